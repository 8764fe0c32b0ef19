"""A slow, plain reading of lines in several encodings: the same rules as ``kernels/mixed.pyx``, on Python's codecs."""

from __future__ import annotations

from dataclasses import dataclass, field

from test_transcode import one

from scanner.kernels.mixed import COMMON_BIG5, COMMON_GB, NEITHER, UNIT
from scanner.sources.mixed import weights

AS_IS, GB, BIG5, LATIN_UTF8, LATIN_GB, GB_UTF8 = range(6)
NAMES = ("utf-8", "gb18030", "big5")
WINDOWS = {bytes([byte]).decode("cp1252", "ignore"): byte for byte in range(0x80, 0xA0)}


@dataclass
class Read:
    """A line as one reading has it: the UTF-8 of each character with its offset, and how it weighs."""

    parts: list[tuple[int, bytes]] = field(default_factory=list)
    seen: int = 0
    common: int = 0
    bad: list[int] = field(default_factory=list)
    hanzi: int = 0
    repaired: int = 0
    repaired_common: int = 0
    lost: int = 0
    in_threes: bool = True

    @property
    def score(self) -> float:
        bad = -(-len(self.bad) // 3) if self.in_threes else len(self.bad)
        return (self.common - 2 * bad) / (self.seen + bad) if self.seen + bad else 0.5


def character(data: bytes) -> str | None:
    """The first character of UTF-8."""
    for length in (1, 2, 3, 4):
        try:
            return data[:length].decode() or None
        except UnicodeDecodeError:
            continue
    return None


def byte_of(char: str | None) -> int:
    """The byte a character of Latin-1 or Windows-1252 stands for, 0 for none."""
    if char is None or ord(char) < 0x80:
        return 0
    return WINDOWS.get(char, 0) or (ord(char) if ord(char) < 0x100 else 0)


def gbk(char: str | None) -> bytes:
    """The bytes of a character in GBK, empty for none."""
    if char is None or ord(char) < 0x80:
        return b""
    if char == "€":
        return b"\x80"
    raw = char.encode("gb18030", "ignore")
    return raw if len(raw) == 2 else b""


def from_latin_utf8(data: bytes) -> tuple[str, int] | None:
    found, at = b"", 0
    while at < len(data) and len(found) < 4:
        char = character(data[at:])
        byte = byte_of(char)
        if char == " " and found:
            byte = 0xA0
        if not byte or char is None or (found and byte & 0xC0 != 0x80):
            break
        found += bytes([byte])
        at += len(char.encode())
        if found[0] != 0xC2 and found[0] < 0xE0:
            break
        text = character(found)
        if text:
            return text, at
    return None


def from_latin_gb(data: bytes) -> tuple[str, int] | None:
    found, ends, at = b"", [0], 0
    while at < len(data) and len(found) < 4:
        char = character(data[at:])
        if char is None or not ((ord(char) < 0x80 and found) or byte_of(char)):
            break
        found += bytes([byte_of(char) or ord(char)])
        at += len(char.encode())
        ends.append(at)
    if not found or found[0] < 0x81:
        return None
    text, length = one(found, "gb18030")
    return None if text is None or length < 2 else (text, ends[length])


def read(line: bytes, reading: int) -> Read:
    """A line in a reading."""
    result = Read(in_threes=reading not in (GB, BIG5))
    common = {GB: COMMON_GB, BIG5: COMMON_BIG5}.get(reading, COMMON_GB | COMMON_BIG5)
    at, carry = 0, b""
    while at < len(line):
        rest = line[at:]
        plain = character(rest)
        text, length, repaired, lost, raw = plain, len((plain or "x").encode()), False, False, b""
        if reading in (GB, BIG5):
            text, length = one(rest[:4], NAMES[reading])
            raw = b"" if text else "\ufffd".encode()
        elif reading == LATIN_UTF8:
            found = from_latin_utf8(rest)
            if found:
                (text, length), repaired = found, True
        elif reading == LATIN_GB:
            found = from_latin_gb(rest)
            if found:
                (text, length), repaired = found, True
            elif byte_of(plain) >= 0x81:
                text, raw = None, rest[:length]
        elif reading == GB_UTF8 and (carry or (plain and ord(plain) >= 0x80)):
            text, length, carry, lost = from_gb(rest, carry)
            repaired = text is not None and not lost
            if text is None:
                length = len((plain or "x").encode())
                raw = rest[:length]
        if text is None:
            result.bad.append(at)
        elif lost:
            result.lost += 1
        elif ord(text[0]) >= 0x80:
            weight = int(weights()[ord(text)]) if len(text) == 1 and ord(text) < 0x10000 else 0
            if weight & common or not weight & NEITHER:
                result.seen += 1
                result.common += bool(weight & common)
            result.hanzi += length == 3
            if repaired and ord(text[0]) >= 0x2E80:
                result.repaired += 1
                result.repaired_common += bool(weight & common)
        result.parts.append((at, raw or (rest[:length] if text is None else text.encode())))
        at += length
    if carry:
        result.parts.append((at, "\ufffd".encode()))
    return result


def from_gb(data: bytes, carry: bytes) -> tuple[str | None, int, bytes, bool]:
    """Text, its length, what is left of the last pair, and whether a byte was lost."""
    found, at, first = carry, 0, 0
    while not found or (0xC2 <= found[0] <= 0xF4 and len(found) < needed(found)):
        char = character(data[at:])
        pair = gbk(char)
        if not pair:
            if char == "\ufffd" or (found and char == "?"):
                at += len(char.encode())
            elif not found:
                return None, 0, b"", False
            return "\ufffd", at, b"", True
        found += pair
        at += len((char or "").encode())
        first = first or at
    text = character(found[: needed(found)]) if len(found) >= needed(found) else None
    if text is not None and len(text.encode()) == needed(found):
        return text, at, found[needed(found) :], False
    if carry:
        return "\ufffd", 0, b"", True
    rest = found[1:2] if len(found) > 1 and found[1] >= 0xC2 and len(pair) == 2 else b""
    return "\ufffd", first, rest, True


def needed(found: bytes) -> int:
    """How many bytes a character of UTF-8 has that begins so."""
    return 2 if 0xC2 <= found[0] < 0xE0 else 3 if 0xE0 <= found[0] < 0xF0 else 4


def may_be(reading: int, own: Read, other: Read) -> bool:
    better = own.score + 0.3
    if reading == LATIN_UTF8:
        return other.repaired > 0 and other.score > max(own.score, 0.5)
    if reading == LATIN_GB and other.repaired_common < 0.7 * other.repaired:
        return False
    if reading == GB_UTF8 and (own.score > 0.5 or other.lost > other.repaired):
        return False
    if reading in (LATIN_GB, GB_UTF8):
        return (
            other.repaired > 1 and 10 * len(other.bad) <= other.repaired and other.score >= max(better, 0.6)
        )
    if reading == AS_IS and (not other.hanzi or len(other.bad) > 3 * other.hanzi):
        return False
    return other.score >= max(better, 0.3)


def decide(line: bytes, main: int, others: set[int]) -> int:
    """How a line is read whose file is read as ``main``."""
    own = read(line, main)
    candidates = sorted(others - {main})
    if main == AS_IS:
        candidates = [*(candidates if len(own.bad) > 3 * own.hanzi else []), LATIN_UTF8, LATIN_GB, GB_UTF8]
    found = [(reading, other) for reading in candidates if may_be(reading, own, other := read(line, reading))]
    return max(found, key=lambda each: each[1].score)[0] if found else main


def may_differ(line: bytes, main: int, others: set[int]) -> bool:
    """Whether a line is looked at closely."""
    first = next((at for at, byte in enumerate(line) if byte >= 0x80), len(line))
    char = character(line[first:])
    if main == AS_IS:
        start = gbk(char)
        begins = len(start) == 2 and 0xE2 <= start[0] <= 0xEF and 0x80 <= start[1] <= 0xBF
        return begins or b"\xc3" in line or char == "\ufeff" or bool(read(line, AS_IS).bad)
    high = [at for at, byte in enumerate(line) if byte >= 0x80]
    utf8 = any(
        line[at] & 0xF0 == 0xE0 and line[at + 1] & 0xC0 == line[at + 2] & 0xC0 == 0x80
        for at in high[:8]
        if at + 2 < len(line)
    )
    return utf8 or bool(others & {GB, BIG5} - {main}) or bool(read(line, main).bad)


def units(data: bytes) -> list[bytes]:
    """Lines, and parts of long ones (which are never cut inside a character here)."""
    found, at = [], 0
    while at < len(data):
        end = at
        while end < len(data) and end - at < UNIT and data[end] not in b"\r\n":
            end += 1
        if end - at == UNIT:
            while end < len(data) and data[end] >= 0x30:
                end += 1
        found.append(data[at : end + 1])
        at = end + 1
    return found


def recode(
    data: bytes, main: str, others: tuple[str, ...]
) -> tuple[bytes, list[int], list[int], int, int, int]:
    """UTF-8, the offset of each of its bytes, lines by reading, marks, undecodable bytes and the first (-1: none)."""
    index, rest = NAMES.index(main), {NAMES.index(other) for other in others}
    output, places, lines, marks, bad, last, at = b"", [], [0] * 6, 0, [], index, 0
    for unit in units(data):
        reading = last if unit.isascii() else index
        if not unit.isascii() and may_differ(unit, index, rest):
            reading = decide(unit, index, rest)
        mark = {AS_IS: b"\xef\xbb\xbf", GB: b"\x84\x31\x95\x33"}.get(reading)
        skip = len(mark) if mark and unit.startswith(mark) else 0
        marks += skip > 0
        whole = read(unit, reading)
        bad += [at + place for place in whole.bad]
        for place, part in read(unit[skip:], reading).parts:
            output += part
            inner = range(len(part)) if reading == AS_IS else [0] * len(part)
            places += [at + skip + place + step for step in inner]
        lines[reading] += not unit.isascii()
        last = reading
        at += len(unit)
    return output, places, lines, marks, len(bad), bad[0] if bad else -1
