"""Addresses 地址: from the division down to the room, with a score made of its parts."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.detectors.profile import profile_of
from scanner.errors import PatternError
from scanner.kernels.address import Parser
from scanner.kernels.address_tables import name_groups
from scanner.kernels.profile import DIGIT as HAS_DIGIT
from scanner.kernels.profile import HIGH, JOINT
from scanner.kernels.profile import LETTER as HAS_LETTER
from scanner.model import Cells, Check, Matches

# The order of the kernel's kinds.
KINDS = (
    "none",
    "region",
    "town",
    "village",
    "hamlet",
    "group",
    "road",
    "lane",
    "number",
    "estate",
    "zone",
    "building",
    "unit",
    "floor",
    "room",
    "district",
    "before_number",
    "beside",
    "lead",
    "break",
    "stop",
    "organisation",
)
SLOTS = ("region_short", "region_full", "region_chain", "number_loose", "whole", "organisation")
PLAIN_SECTIONS = ("stop", "before_number", "lead", "break", "beside", "organisation", "district")
FIRST_SLOT = 32
THRESHOLD = FIRST_SLOT + len(SLOTS)

DIGIT, NUMERAL, HAN, HARD, SOFT, OPEN, CLOSE, LETTER = (1 << bit for bit in range(8))


class Part(NamedTuple):
    """A part of an address: its kind, its text and the points it brings."""

    kind: str
    text: str
    points: int


class Explanation(NamedTuple):
    """One span of ``AddressDetector.explain``: ``score`` is the sum of the parts' points."""

    text: str
    start: int
    end: int
    score: int
    threshold: int
    accepted: bool
    parts: tuple[Part, ...]


class AddressDetector:
    """Detector of addresses in Chinese writing; FORMAT is set where the points reach the threshold."""

    name = "address"
    label = "address"
    standard = "GB/T 23705-2009, GB/T 39609-2020, GB/T 2260"
    required = int(Check.FORMAT)
    basis = 0
    chance = 0.0
    rank = 60
    whole = 0.0
    roles = frozenset({"address"})
    header_only = False

    def find(self, cells: Cells) -> Matches:
        """Spans of two parts and more; those below the threshold lack FORMAT."""
        profile = profile_of(cells)
        if not _asked()[profile.union]:
            return Matches.none()
        cell, start, end, checks, *_ = _parser().find(
            cells.data, cells.start, cells.end, False, profile.kinds, _asked()
        )
        return Matches(cell, start, end, checks)

    def explain(self, text: str) -> list[Explanation]:
        """The spans in ``text`` with their parts; offsets are bytes of the UTF-8 text."""
        cells = Cells.of([text])
        found = _parser().find(cells.data, cells.start, cells.end, True)
        _, start, end, checks, score, first, parts = (array.tolist() for array in found)
        raw = cells.raw(0)
        names = {FIRST_SLOT + index: name for index, name in enumerate(SLOTS)}
        names |= dict(enumerate(KINDS))
        threshold = int(knowledge.toml("address.toml")["threshold"])

        def cut(begin: int, stop: int) -> str:
            return raw[begin:stop].decode("utf-8", "replace")

        result = []
        for index, begin in enumerate(start):
            stop = first[index + 1] if index + 1 < len(first) else len(parts)
            pieces = sorted(parts[first[index] : stop], key=lambda part: (part[0] >= FIRST_SLOT, part[1]))
            result.append(
                Explanation(
                    cut(begin, end[index]),
                    begin,
                    end[index],
                    score[index],
                    threshold,
                    bool(checks[index] & Check.FORMAT),
                    tuple(Part(names[kind], cut(a, b), points) for kind, a, b, points in pieces),
                )
            )
        return result


@cache
def _asked() -> NDArray[np.uint8]:
    """uint8[65536]: 1 for the kinds of cells (``kernels.profile``) that may hold Chinese or Latin writing."""
    kinds = np.arange(1 << 16)
    latin = (kinds & HAS_DIGIT != 0) & (kinds & JOINT != 0) & (kinds & HAS_LETTER != 0)
    asked: NDArray[np.uint8] = ((kinds & HIGH != 0) | latin).astype(np.uint8)
    return asked


@cache
def _parser(path: int = 0) -> Any:
    """The kernel's tables, built once; ``path`` 1 goes without vector instructions (for tests)."""
    lexicon = knowledge.toml("address.toml")
    words, values = _words(lexicon)
    latin = {word: KINDS.index(kind) for kind, group in lexicon["latin"].items() for word in group}
    return Parser(_flags(), words, values, *_divisions(), _points(lexicon), latin, path)


def _points(lexicon: dict[str, Any]) -> NDArray[np.int32]:
    """Points by kind and slot, int32."""
    points = np.zeros(THRESHOLD + 1, np.int32)
    for name, value in lexicon["points"].items():
        if name in SLOTS:
            points[FIRST_SLOT + SLOTS.index(name)] = value
        elif name in KINDS:
            points[KINDS.index(name)] = value
        else:
            raise PatternError(f"address.toml, points: '{name}' is no kind of address part.")
    points[THRESHOLD] = lexicon["threshold"]
    return points


def _words(lexicon: dict[str, Any]) -> tuple[list[str], list[int]]:
    """The words and for each the kind it ends (low byte) and the kind it numbers (next byte)."""
    sections: list[tuple[str, list[str]]] = [(kind, lexicon[kind]["words"]) for kind in PLAIN_SECTIONS]
    sections += lexicon["named"].items()
    named: dict[str, str] = {}
    for kind, words in sections:
        for word in words:
            if word in named:
                raise PatternError(f"address.toml has '{word}' both as {named[word]} and as {kind}.")
            named[word] = kind
    found = {word: KINDS.index(kind) for word, kind in named.items()}
    for kind, words in lexicon["numbered"].items():
        for word in words:
            found[word] = found.get(word, 0) & 0xFF | KINDS.index(kind) << 8
    return list(found), list(found.values())


def _divisions() -> tuple[
    list[str], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]
]:
    """Names, 1 + index of each name's group, the groups, and parent and level by division."""
    columns = knowledge.table("divisions").columns
    number = {code: index for index, code in enumerate(columns["code"])}
    parent = np.array([number.get(code, -1) for code in columns["parent"]], np.int32)
    level = np.array(columns["level"], np.uint8)
    return *name_groups(columns["name"], columns["aliases"]), parent, level


def _flags() -> NDArray[np.uint8]:
    """The kinds of each character of the basic plane."""
    flags = np.zeros(65536, np.uint8)
    flags[0x3400:0xA000] = HAN
    flags[0x3007] = HAN
    flags[0xF900:0xFB00] = HAN
    flags[0x4E00] |= HAN
    for text, kind in (
        ("0123456789０１２３４５６７８９", DIGIT),
        ("〇零一二三四五六七八九十百两壹贰叁肆伍陆柒捌玖拾", NUMERAL),
        ('\n\r\t\v\f\0。！？；;!?“”"《》<>「」『』', HARD),
        (" \u00a0\u3000，,、·•/|｜\u200b\ufeff", SOFT),
        ("(（[［【", OPEN),
        (")）]］】", CLOSE),
    ):
        for ch in text:
            flags[ord(ch)] |= kind
    for low in (0x41, 0x61, 0xFF21, 0xFF41):
        flags[low : low + 26] |= LETTER
    return flags
