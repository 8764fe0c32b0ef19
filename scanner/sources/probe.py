"""What a file is: text or not, and in which encoding; decided on samples, tolerant of damaged bytes.

Order: byte order mark; NUL pattern (UTF-16 without a mark); then a score for each of UTF-8, GB18030 and Big5
on lines that hold non-ASCII bytes: the share of common hanzi less the share of undecodable bytes. Common are
the level 1 hanzi of GB/T 2312-1980 and of Big5. A strict trial decode would fail on a single damaged byte.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
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
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
GB18030_MARK = b"\x84\x31\x95\x33"
HIGH = bytes(range(0x80, 0x100))
NON_ASCII = re.compile(rb"[\x80-\xff]")
NEUTRAL = re.compile("[\u0000-\u007f\u2010-\u203b\u3000-\u303f\ufe30-\ufe4f\uff00-\uffef\ufffd]+")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding as decided.

    ``name``: utf-8, gb18030, big5, utf-16-le, utf-16-be; ``mark``: bytes of the byte order mark to skip;
    ``sure``: False where no candidate fits and UTF-8 is only the harmless choice; ``why``: code, see ``model.Why``.
    """

    name: str
    mark: int = 0
    sure: bool = True
    why: str = field(default="declared", compare=False)


def kind(file: ReadableFile) -> str:
    """What a file is: a kind of ``signatures``, BINARY, or "delimited" (any text, also an empty file)."""
    found = signed(file.pread(PROBED + 8, 0))
    if found is not None:
        return found
    if looks_binary(samples(file)) and not find_encoding(file).name.startswith("utf-16"):
        return BINARY
    return "delimited"


def looks_binary(parts: list[bytes]) -> bool:
    """Control characters where text has none, and no encoding that fits; or mostly NUL."""
    data = b"".join(parts)
    if not data:
        return False
    if b"\0" in data and data.count(0) > 0.3 * len(data):
        return True
    controls = count_controls(data) / len(data)
    return controls > 0.02 and max(score(parts, name) for name in ("utf-8", "gb18030", "big5")) < 0.5


def occurrences(data: bytes, wanted: bytes) -> int:
    """How many bytes of ``data`` are among ``wanted``; many times faster than a regular expression."""
    return len(data) - len(data.translate(None, wanted))


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
    }
    for ours, theirs in same.items():
        if name in theirs:
            return ours
    raise SourceError(f"The encoding {label!r} is not read; utf-8, gb18030, big5 and utf-16 are.")


def find_encoding(file: ReadableFile, declared: str | None = None) -> Encoding:
    """The encoding of a text file; ``declared`` settles all but the byte order mark. Raises SourceError."""
    head = file.pread(4, 0)
    if head == codecs.BOM_UTF32_LE or head == codecs.BOM_UTF32_BE:
        raise SourceError("is UTF-32, which is not read")
    found = marked(head)
    if declared is not None:
        name = named(declared)
        if name == "utf-16":
            name = found.name if found and found.name.startswith("utf-16") else "utf-16-le"
        return Encoding(name, found.mark if found and found.name == name else 0)
    if found:
        return found
    parts = samples(file)
    wide = utf16_pattern(parts[0]) if parts else None
    if wide:
        return Encoding(wide, why="utf16_pattern")
    lines = non_ascii_lines(parts) or non_ascii_lines(searched(file))
    if not lines:
        return Encoding("utf-8", why="ascii")
    scores = {"utf-8": score(lines, "utf-8")}
    if scores["utf-8"] >= 1:  # the others can at most do as well
        return Encoding("utf-8", why="valid_utf8")
    scores |= {name: score(lines, name) for name in ("gb18030", "big5")}
    best = max(scores, key=lambda name: scores[name])  # the first of equals
    return (
        Encoding(best, why="scored")
        if scores[best] >= LEAST_SCORE
        else Encoding("utf-8", sure=False, why="unsure")
    )


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
        return [whole] if whole else []
    last = file.size - WINDOW
    return [file.pread(WINDOW, last * i // (WINDOWS - 1) & ~1) for i in range(WINDOWS)]


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
        high = occurrences(data, HIGH)
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
    kinds[[ord(char) for char in common(name)]] = COMMON
    neutral = NEUTRAL.findall("".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000)])))
    kinds[[ord(char) for run in neutral for char in run]] = NEITHER
    return kinds


def split_lines(part: bytes) -> list[bytes]:
    """The lines of a window without blank ones; the first and the last as they are, which may be cut or empty."""
    if b"\r" in part:
        part = part.replace(b"\r", b"\n")
    first, *inner = part.split(b"\n")
    return [first, *filter(None, inner[:-1]), *inner[-1:]]


@cache
def common(name: str) -> frozenset[str]:
    """The level 1 hanzi of the standard behind an encoding (3,755 in GB/T 2312, 5,401 in Big5)."""
    if name == "gb18030":
        rows = [bytes((lead, trail)) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF)]
        return frozenset(b"".join(rows).decode("gb2312", "ignore"))
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    pairs = [bytes((lead, trail)) for lead in range(0xA4, 0xC7) for trail in trails]
    return frozenset(b"".join(pair for pair in pairs if pair <= b"\xc6\x7e").decode("big5", "ignore"))


def utf16_pattern(head: bytes) -> str | None:
    """UTF-16 without a mark: NUL bytes at places of one parity only, and text when it is read so."""
    head = head[: len(head) & ~1]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if most < 0.01 * (len(head) // 2) or most < 1 or least > 0.1 * most:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    text = head.decode(name, "replace")
    known = common("gb18030") | common("big5")
    plain = sum(
        1
        for c in text
        if c in known or " " <= c <= "~" or c in "\t\r\n" or ("\u2010" <= c < "\ufffd" and NEUTRAL.match(c))
    )
    strange = sum(1 for c in text if c < " " and c not in "\t\r\n\x01\x02\x03\x1f\0")
    return name if plain - strange > 0.7 * len(text) else None
