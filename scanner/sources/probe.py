"""What a file is: text or not, and in which encoding; decided on samples, tolerant of damaged bytes.

Order: byte order mark; NUL pattern (UTF-16 without a mark); then a score for each of UTF-8, GB18030 and Big5
on lines that hold non-ASCII bytes: the share of common hanzi less the share of undecodable bytes. Common are
the level 1 hanzi of GB/T 2312-1980 and of Big5. A strict trial decode would fail on a single damaged byte.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.errors import SourceError
from scanner.kernels.transcode import count_controls, count_invalid
from scanner.model import ReadableFile
from scanner.sources.signatures import BINARY, PROBED, signed

WINDOW = 32 << 10  # bytes of one sample
SCORED = 128 << 10  # bytes of non-ASCII lines that are judged
WINDOWS = 16  # samples spread over the file
SEARCHED = 256 << 20  # how far the first non-ASCII byte is looked for where no sample holds one
COMMON, NEITHER = 1, 2
LEAST_SCORE = 0.2  # below: none of the three; read as UTF-8, which leaves ASCII as it is
# Those of UTF-32 first: the mark of UTF-16 is their beginning.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
BY_LINES = ("utf-8", "gb18030", "big5")  # encodings whose lines may differ from the rest of the file
GB18030_MARK = b"\x84\x31\x95\x33"
ISO_2022 = re.compile(rb"\x1b\$[()]?[@A-I]")
HZ = re.compile(rb"~\{(?:[\x21-\x7d][\x21-\x7e])+~\}")
UTF_7 = re.compile(rb"\+[A-Za-z0-9+/]{5,}")
TRIPLE = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}")  # what hanzi and their signs are in UTF-8
PADDED = 64  # NULs behind each other
PADDING = re.compile(rb"\0{%d,}" % PADDED)
NON_ASCII = re.compile(rb"[\x80-\xff]")
# From and to which code points characters are in any encoding: ASCII, signs, full-width forms.
NEUTRAL = (
    (0, 0x7F),
    (0x2010, 0x203B),
    (0x3000, 0x303F),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0xFFFD, 0xFFFD),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding as decided.

    ``name``: utf-8, gb18030, big5, utf-16-le, utf-16-be, utf-32-le, utf-32-be; ``mark``: bytes of the byte order
    mark to skip; ``sure``: False where no candidate fits and UTF-8 is only the harmless choice; ``why``: code, see
    ``model.Why``. ``lines``: encodings that single lines may be in instead; None where each line is read as the file.
    ``seven``: an encoding of seven bits that the text seems to be in, which is not decoded.
    """

    name: str
    mark: int = 0
    sure: bool = True
    why: str = field(default="declared", compare=False)
    lines: tuple[str, ...] | None = field(default=None, compare=False)
    seven: str | None = field(default=None, compare=False)


def kind(file: ReadableFile) -> str:
    """What a file is: a kind of ``signatures``, BINARY, or "delimited" (any text, also an empty file)."""
    found = signed(file.pread(PROBED + 8, 0))
    if found is not None:
        return found
    if looks_binary(samples(file)) and not find_encoding(file).name.startswith(("utf-16", "utf-32")):
        return BINARY
    return "delimited"


def looks_binary(parts: list[bytes]) -> bool:
    """Control characters where text has none, and no encoding that fits; or mostly NUL.

    Long runs of NULs do not count: text on a disk, or cut off by a crash, is filled up with them.
    """
    data = b"".join(parts)
    if bytes(PADDED) in data:  # found a hundred times sooner than by the expression
        data = PADDING.sub(b"", data)
    if not data:
        return any(parts)
    if b"\0" in data and data.count(0) > 0.3 * len(data):
        return True
    controls = count_controls(data) / len(data)
    return controls > 0.02 and max(score(parts, name) for name in ("utf-8", "gb18030", "big5")) < 0.5


def non_ascii(data: bytes) -> int:
    """How many bytes of ``data`` are no ASCII; many times faster than a regular expression."""
    return int(np.count_nonzero(np.frombuffer(data, np.int8) < 0))


def named(label: str) -> str:
    """Our name of an encoding the user asked for; raises SourceError for one that is not read."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        raise SourceError(f"The encoding {label!r} is not known.") from None
    same = {
        "utf-8": ("utf-8", "utf-8-sig", "ascii"),
        "gb18030": ("gb18030", "gbk", "gb2312"),
        "big5": ("big5", "big5hkscs", "cp950"),
        "utf-16": ("utf-16",),
        "utf-16-le": ("utf-16-le",),
        "utf-16-be": ("utf-16-be",),
        "utf-32": ("utf-32",),
        "utf-32-le": ("utf-32-le",),
        "utf-32-be": ("utf-32-be",),
    }
    for ours, theirs in same.items():
        if name in theirs:
            return ours
    raise SourceError(f"The encoding {label!r} is not read; utf-8, gb18030, big5, utf-16 and utf-32 are.")


def find_encoding(file: ReadableFile, declared: str | None = None) -> Encoding:
    """The encoding of a text file; ``declared`` settles all but the byte order mark. Raises SourceError."""
    found = marked(file.pread(4, 0))
    if declared is not None:
        name = named(declared)
        if name in ("utf-16", "utf-32"):
            name = found.name if found and found.name.startswith(name) else f"{name}-le"
        return Encoding(name, found.mark if found and found.name == name else 0)
    parts = samples(file)
    if found and found.name not in BY_LINES:
        return found
    wide = wide_pattern(parts[0]) if parts and not found else None
    if wide:
        return Encoding(wide, why="utf16_pattern" if wide.startswith("utf-16") else "utf32_pattern")
    lines = non_ascii_lines(parts) or non_ascii_lines(searched(file))
    if found:
        return replace(found, lines=other_encodings(found.name, lines))
    if not lines:
        return Encoding("utf-8", why="ascii", lines=other_encodings("utf-8", []), seven=seven_bits(parts))
    if score(lines, "utf-8") >= 1:  # the others can at most do as well
        return Encoding("utf-8", why="valid_utf8", lines=other_encodings("utf-8", []))
    # What no line of UTF-8 explains tells the other encoding, also where the lines of a file are not all alike.
    strange = [line for line in lines if count_invalid(line)[0]]
    scores = {name: score(strange, name) for name in BY_LINES}
    best = max(scores, key=lambda name: scores[name])  # the first of equals
    if scores[best] < LEAST_SCORE:
        return Encoding("utf-8", sure=False, why="unsure", lines=other_encodings("utf-8", lines))
    # Pairs of bytes such as those of 诈骗 are valid UTF-8, too, but no hanzi there.
    told = [line for line in lines if TRIPLE.search(line) and not count_invalid(line)[0]]
    if sum(map(len, strange)) < sum(map(len, told)):
        best = "utf-8"
    return Encoding(best, why="scored", lines=other_encodings(best, strange))


def other_encodings(name: str, lines: list[bytes]) -> tuple[str, ...]:
    """In which encodings single lines of a file may be, as sampled lines show it.

    Two encodings of pairs of bytes cannot be told apart by a short line, so the other one must show clearly.
    """
    pairs = ("gb18030", "big5")
    if name != "utf-8":
        (other,) = (each for each in pairs if each != name)
        parts = (
            [lines[at : at + 64] for at in range(0, len(lines), 64)]
            if lines and score(lines, name) < 0.9
            else []
        )
        clear = any(
            sum(map(len, part)) >= 200 and score(part, other) > max(0.8, score(part, name) + 0.4)
            for part in parts
        )
        return ("utf-8", other) if clear else ("utf-8",)
    strange = [line for line in lines if count_invalid(line)[0]]
    scores = {each: score(strange, each) for each in pairs} if strange else {"gb18030": 1.0, "big5": 0.0}
    return (max(pairs, key=lambda each: scores[each]),)


def seven_bits(parts: list[bytes]) -> str | None:
    """The encoding that writes hanzi with ASCII characters, where samples without any other byte show it."""
    text = b"\n".join(parts)
    if ISO_2022.search(text):
        return "ISO-2022"
    if len(HZ.findall(text)) > 1:
        return "HZ"
    found = set(UTF_7.findall(text))
    hanzi = {*common("gb18030").tolist(), *common("big5").tolist()} if found else set()
    told = [run for run in found if {*map(ord, (run + b"-").decode("utf-7", "replace"))} <= hanzi]
    return "UTF-7" if len(told) > 1 and len(told) > 0.5 * len(found) else None


def marked(head: bytes) -> Encoding | None:
    """The encoding a byte order mark tells."""
    for mark, name in (*MARKS, (GB18030_MARK, "gb18030")):
        if head.startswith(mark):
            return Encoding(name, len(mark), why="bom")
    return None


def samples(file: ReadableFile) -> list[bytes]:
    """Windows spread evenly over the file, the first at its start and the last at its end."""
    if file.size <= WINDOW * WINDOWS:
        whole = file.pread(WINDOW * WINDOWS, 0)
        step = len(whole) if len(whole) <= SCORED else -(-len(whole) // WINDOWS) + 3 & ~3
        return [whole[at : at + step] for at in range(0, len(whole), step)] if whole else []
    last = file.size - WINDOW
    return [file.pread(WINDOW, last * i // (WINDOWS - 1) & ~3) for i in range(WINDOWS)]


def searched(file: ReadableFile) -> list[bytes]:
    """One window at the first non-ASCII byte, if there is one in the part that is searched."""
    step = 4 << 20
    for offset in range(0, min(file.size, SEARCHED), step):
        piece = file.pread(step, offset)
        if not piece.isascii():
            at = NON_ASCII.search(piece)
            start = offset + (at.start() if at else 0)
            return [file.pread(WINDOW, start)]
    return []


def non_ascii_lines(parts: list[bytes]) -> list[bytes]:
    """Lines of the samples that hold non-ASCII bytes; lines cut by a window only where there is no other."""
    found: list[bytes] = []
    room = SCORED // max(len(parts), 1)
    for index, part in enumerate(parts):
        few = split_lines(part[: room + room // 2])[:-1]  # mostly enough, and none of them is cut by its end
        chosen = taken(few[(index > 0) :], room) if len(part) > 2 * room and len(few) > 2 else []
        if sum(map(len, chosen)) < room:
            lines = split_lines(part)
            inner = lines[(index > 0) : -1] if len(lines) > 2 else lines
            chosen = taken(inner, room) or taken(lines, room)
        found += [line[:room] for line in chosen]
    return found


def taken(lines: list[bytes], room: int) -> list[bytes]:
    """The first of the lines with non-ASCII bytes, until they have ``room`` bytes."""
    chosen = []
    for line in lines:
        if not line.isascii():
            chosen.append(line)
            room -= len(line)
            if room <= 0:
                break
    return chosen


def score(lines: list[bytes], name: str) -> float:
    """How well ``name`` fits lines: 1 for common hanzi throughout, down to below 0 for undecodable bytes."""
    data = b"\n".join(lines)
    if name == "utf-8":
        high = non_ascii(data)
        return 1 - 2 * count_invalid(data)[0] / high if high else 1.0
    # What cp950 and big5hkscs share is enough to tell Big5.
    text = data.decode("big5hkscs" if name == "big5" else name, "replace")
    errors = text.count("\ufffd")
    kinds = judged(name)[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")]
    seen = len(kinds) - int(np.count_nonzero(kinds == NEITHER)) + errors
    if not seen:
        return 0.5
    return (int(np.count_nonzero(kinds == COMMON)) - 2 * errors) / seen


@cache
def judged(name: str) -> NDArray[np.uint8]:
    """uint8[0x110000] by code point: COMMON in an encoding, NEITHER for or against it (``NEUTRAL``), or 0."""
    kinds = np.zeros(0x110000, np.uint8)
    kinds[common(name)] = COMMON
    kinds[is_neutral()] = NEITHER
    return kinds


@cache
def is_neutral() -> NDArray[np.bool_]:
    """bool[0x110000] by code point: what says nothing for or against an encoding (``NEUTRAL``)."""
    found = np.zeros(0x110000, np.bool_)
    for first, last in NEUTRAL:
        found[first : last + 1] = True
    return found


def split_lines(part: bytes) -> list[bytes]:
    """The lines of a window without blank ones; the first and the last as they are, which may be cut or empty."""
    if b"\r" in part:
        part = part.replace(b"\r", b"\n")
    first, *inner = part.split(b"\n")
    return [first, *filter(None, inner[:-1]), *inner[-1:]]


@cache
def common(name: str) -> NDArray[np.uint32]:
    """The level 1 hanzi of the standard behind an encoding (3,755 in GB/T 2312, 5,401 in Big5) as code points."""
    codec, leads, trails, last = (
        ("gb2312", range(0xB0, 0xD8), [*range(0xA1, 0xFF)], 0xFFFF)
        if name == "gb18030"
        else ("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)], 0xC67E)
    )
    pairs = np.add.outer(np.array(leads) << 8, trails).ravel()
    text = pairs[pairs <= last].astype(">u2").tobytes().decode(codec, "ignore")
    return np.frombuffer(text.encode("utf-32-le"), "<u4")


def wide_pattern(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark."""
    return utf32_pattern(head) or utf16_pattern(head)


def utf32_pattern(head: bytes) -> str | None:
    """UTF-32 without a mark: of each four bytes the highest is NUL and the next at most 0x10."""
    head = head[: len(head) & ~3]
    count = len(head) // 4
    for name, highest, next_ in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
        if count and head[highest::4].count(0) > 0.9 * count and head[next_::4].count(0) > 0.85 * count:
            text = head.decode(name, "replace")
            if text.count("\0") < 0.05 * count:
                return name
    return None


def utf16_pattern(head: bytes) -> str | None:
    """UTF-16 without a mark: NUL bytes mostly at places of one parity, and text when it is read so."""
    head = head[: len(head) & ~1]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < max(0.01 * (len(head) // 2), 1):
        return None
    names = ("utf-16-le", "utf-16-be") if odd > even else ("utf-16-be", "utf-16-le")
    for name in names:
        kinds = in_wide_text()[np.frombuffer(head.decode(name, "replace").encode("utf-32-le"), "<u4")]
        if int(kinds.sum()) > 0.7 * len(kinds):
            return name
    return None


@cache
def in_wide_text() -> NDArray[np.int8]:
    """int8[0x110000] by code point: 1 for what text in UTF-16 mostly is, -1 for control characters that none has."""
    kinds = np.zeros(0x110000, np.int8)
    kinds[common("gb18030")] = kinds[common("big5")] = 1
    kinds[0x2010:0xFFFD] |= is_neutral()[0x2010:0xFFFD]
    kinds[:0x20] = -1
    kinds[[ord(char) for char in "\x01\x02\x03\x1f\0"]] = 0
    kinds[[*b"\t\r\n", *range(0x20, 0x7F)]] = 1
    return kinds
