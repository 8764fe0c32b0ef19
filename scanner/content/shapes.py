"""The first cells of a column, and which shapes of patterns/content_roles.toml they have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from scanner import knowledge
from scanner.errors import PatternError
from scanner.model import Cells

FILE = "content_roles.toml"
ROWS = 1000  # of the head; the file's own, whatever the size of the blocks
SPREAD = 250  # of them, at equal distances, are enough for shares
PROBE = 12  # filled cells that show whether a shape may be the column's
MISSES = 3  # of them that may lack it
LONGEST = 4096  # bytes of a cell that are looked at


class Shape(NamedTuple):
    """What a cell may be. ``fits`` tells whether one is (true or false, not always a bool).

    ``telling``: words of which ``kinds`` different ones must occur; ``share``: of the filled cells that must fit.
    """

    fits: Callable[[str], object]
    telling: frozenset[str]
    kinds: int
    share: float


class Head:
    """Cells of a column's first rows, stripped; those that only say that there is no value are empty."""

    def __init__(self, cells: Cells, raw: bytes) -> None:
        """``raw``: the bytes of ``cells.data``, shared by the columns of one buffer."""
        self._raw, self._cells, self._empty = raw, cells, _knowledge().empty
        step = -(-min(len(cells), ROWS) // SPREAD) or 1
        self._start = cells.start[:ROWS:step].tolist()
        self._end = cells.end[:ROWS:step].tolist()
        self._texts: list[str] | None = None
        self._filled: list[str] | None = None
        self._shares: dict[str, float] = {}
        self._chances: dict[str, bool] = {}

    def _text(self, start: int, end: int) -> str:
        if end - start > LONGEST:
            end = start + LONGEST
        text = self._raw[start:end].decode("utf-8", "replace").strip()
        return "" if text in self._empty else text

    @cached_property
    def probe(self) -> list[str]:
        """The first filled cells, PROBE of them if there are as many."""
        found: list[str] = []
        for start, end in zip(self._start, self._end, strict=True):
            if end > start and (text := self._text(start, end)):
                found.append(text)
                if len(found) == PROBE:
                    break
        return found

    @property
    def tells(self) -> bool:
        """Are enough of the first cells filled for any shape?"""
        return len(self.probe) >= least_rows()

    def every(self) -> list[str]:
        """The cells of all the first rows in order."""
        return list(map(self._text, self._cells.start[:ROWS].tolist(), self._cells.end[:ROWS].tolist()))

    @property
    def texts(self) -> list[str]:
        """One for each row of those that are looked at, the same ones in every column."""
        if self._texts is None:
            self._texts = list(map(self._text, self._start, self._end))
        return self._texts

    @property
    def filled(self) -> list[str]:
        """Those that are not empty."""
        if self._filled is None:
            self._filled = [text for text in self.texts if text]
        return self._filled

    def share(self, name: str) -> float:
        """The share of the filled cells with a shape; 0 where too few are filled, or the first ones lack it."""
        if name not in self._shares:
            self._shares[name] = self._share(shape(name).fits) if self.may_be(name) else 0.0
        return self._shares[name]

    def _share(self, fits: Callable[[str], object]) -> float:
        return sum(1 for text in self.filled if fits(text)) / len(self.filled)

    def may_be(self, name: str) -> bool:
        """Do enough of the first filled cells have a shape?"""
        if name not in self._chances:
            self._chances[name] = self._may_be(shape(name).fits)
        return self._chances[name]

    def _may_be(self, fits: Callable[[str], object]) -> bool:
        if not self.tells:
            return False
        missed = 0
        for text in self.probe:
            if not fits(text):
                missed += 1
                if missed > MISSES:
                    return False
        return True

    def is_(self, name: str) -> bool:
        """Is the column of this shape?"""
        wanted = shape(name)
        if self.share(name) < wanted.share:
            return False
        return not wanted.telling or len(wanted.telling.intersection(self.filled)) >= wanted.kinds

    def variety(self) -> float:
        """The share of different values among the filled ones."""
        return len(set(self.filled)) / max(1, len(self.filled))


class Columns:
    """The heads of a table's columns, and which of them have a shape."""

    def __init__(self, cells: Sequence[Cells]) -> None:
        raw: dict[int, bytes] = {}
        for each in cells:
            # The columns of a delimited head lie in one buffer.
            if id(each.data) not in raw:
                raw[id(each.data)] = each.data.tobytes()
        self.heads = tuple(Head(each, raw[id(each.data)]) for each in cells)
        self._of: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.heads)

    def __getitem__(self, index: int) -> Head:
        return self.heads[index]

    def of(self, name: str) -> list[int]:
        """The columns of a shape, in order."""
        if name not in self._of:
            self._of[name] = [index for index, head in enumerate(self.heads) if head.is_(name)]
        return self._of[name]

    def pairs(self, one: int, other: int) -> list[tuple[str, str]]:
        """The cells of the rows in which both columns are filled."""
        both = zip(self[one].texts, self[other].texts, strict=True)
        return [(a, b) for a, b in both if a and b]


class _Knowledge(NamedTuple):
    """The file, validated."""

    shapes: dict[str, Shape]
    empty: frozenset[str]
    limits: dict[str, dict[str, Any]]


def shape(name: str) -> Shape:
    """A shape by its name."""
    return _knowledge().shapes[name]


def least_rows() -> int:
    """Filled cells that a column needs."""
    return int(_knowledge().limits["least"]["rows"])


def limits(name: str) -> dict[str, Any]:
    """The numbers of one rule."""
    return _knowledge().limits[name]


@lru_cache(maxsize=4096)
def says_nothing(name: str | None) -> bool:
    """Is a column without a header, or is its header one that names nothing ("c1", "字段3")?"""
    text = (name or "").strip().casefold()
    if not text:
        return True
    nothing, but = _nothing()
    return nothing.fullmatch(text) is not None and text not in but


@cache
def _nothing() -> tuple[re.Pattern[str], frozenset[str]]:
    """By itself, as it is asked of each table; the shapes are asked for where headers tell too little."""
    try:
        entry = knowledge.toml(FILE)["nothing"]
        return re.compile(entry["pattern"], re.IGNORECASE), frozenset(entry["except"])
    except (KeyError, TypeError, re.error) as error:
        raise PatternError(f"{FILE} is not well formed: {error}.") from error


@cache
def _knowledge() -> _Knowledge:
    return parse(knowledge.toml(FILE))


def parse(content: dict[str, Any]) -> _Knowledge:
    """Validates the content of the file; PatternError names the entry and the reason."""
    try:
        share = float(content["least"]["share"])
        found = {name: _shape(name, entry, share) for name, entry in content["shape"].items()}
        return _Knowledge(
            found,
            frozenset(content["empty"]["words"]),
            {name: entry for name, entry in content.items() if isinstance(entry, dict)},
        )
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        raise PatternError(f"{FILE} is not well formed: {error}.") from error


def _shape(name: str, entry: dict[str, Any], share: float) -> Shape:
    given = [key for key in ("pattern", "words", "holds") if key in entry]
    if len(given) != 1:
        raise PatternError(f"{FILE}: the shape '{name}' should give one of pattern, words and holds.")
    words, telling = frozenset(entry.get("words", ())), frozenset(entry.get("telling", ()))
    if not telling <= words:
        raise PatternError(f"{FILE}: the shape '{name}' has a telling word that is none of its words.")
    pattern = re.compile(entry.get("pattern", entry.get("holds", "")), re.ASCII)
    fits: Callable[[str], object] = pattern.search if "holds" in entry else pattern.fullmatch
    if words:
        fits = words.__contains__
    return Shape(fits, telling, int(entry.get("kinds", 0)), float(entry.get("share", share)))
