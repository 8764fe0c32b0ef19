"""The directory of a zip archive (APPNOTE 6.3.10), and headers of entries that no directory names.

Read entry by entry: an archive may have a million of them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from scanner.model import ReadableFile

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END_64, LOCATOR_64, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
CENTRAL_HEADER = struct.Struct("<4s6H3I5H2I")
END_RECORD = struct.Struct("<4s4H2IH")
END_RECORD_64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
LONGEST_COMMENT = 0xFFFF
WINDOW = 1 << 20
MANY, MANY_64 = 0xFFFF, 0xFFFFFFFF
ENCRYPTED, DESCRIBED, STRONG, UTF_8, MASKED = 1, 1 << 3, 1 << 6, 1 << 11, 1 << 13  # flags
EXTRA_64, EXTRA_AES, EXTRA_NAME = 0x0001, 0x9901, 0x7075


class Record(NamedTuple):
    """What a directory, or an entry's own header, says of an entry.

    ``raw``: its name; ``packed``: bytes it takes up, None where only its end tells; ``size``: bytes that come out,
    None where that is not said; ``offset`` of its own header in the file; ``aes``: version, strength and method of an
    entry that is encrypted by AES.
    """

    raw: bytes
    flags: int
    method: int
    time: int
    crc: int
    packed: int | None
    size: int | None
    offset: int
    name: str | None = None
    aes: tuple[int, int, int] | None = None
    link: bool = False

    @property
    def is_folder(self) -> bool:
        """A name without content."""
        empty = not self.size and (not self.packed or self.packed == 2)  # two bytes: nothing, deflated
        return empty and self.raw.endswith((b"/", b"\\"))


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory lies. ``shift``: bytes that were put before the archive; ``end``: where the archive ends."""

    start: int
    stop: int
    count: int
    shift: int
    end: int
    split: bool


def find(file: ReadableFile) -> Directory | None:
    """The directory of an archive; None where its end record is missing or does not lead to one."""
    reach = min(file.size, END_RECORD.size + LONGEST_COMMENT + WINDOW)
    base = file.size - reach
    tail = file.pread(reach, base)
    at = len(tail)
    for _ in range(64):  # any of the bytes may look like an end record
        at = tail.rfind(END, 0, at)
        if at < 0:
            return None
        if at + END_RECORD.size <= len(tail) and (found := _from_end(file, base + at, tail[at:])):
            return found
    return None


def _from_end(file: ReadableFile, at: int, record: bytes) -> Directory | None:
    _, disk, first_disk, here, count, size, offset, comment = END_RECORD.unpack_from(record)
    end = at + END_RECORD.size + min(comment, len(record) - END_RECORD.size)
    stop = at
    locator = file.pread(LOCATOR.size, at - LOCATOR.size) if at >= LOCATOR.size else b""
    if locator[:4] == LOCATOR_64 and len(locator) == LOCATOR.size:
        for place in (LOCATOR.unpack(locator)[2], at - LOCATOR.size - END_RECORD_64.size):
            wide = file.pread(END_RECORD_64.size, place) if 0 <= place < file.size else b""
            if wide[:4] == END_64 and len(wide) == END_RECORD_64.size:
                _, _, _, _, disk, first_disk, here, count, size, offset = END_RECORD_64.unpack(wide)
                stop = place
                break
    split = bool(disk or first_disk or here != count)
    start = stop - size
    if start < 0:
        return None
    if size and file.pread(4, start) != CENTRAL:
        if file.pread(4, offset) != CENTRAL:
            return None
        start, stop = offset, offset + size  # something stands between the directory and its end record
    return Directory(start, stop, count, max(0, start - offset), end, split)


def records(file: ReadableFile, where: Directory) -> Iterator[Record]:
    """The entries that a directory names, as far as it is sound."""
    at, held, here = where.start, b"", 0
    while at + CENTRAL_HEADER.size <= where.stop:
        if len(held) - here < CENTRAL_HEADER.size + 3 * MANY:
            held, here = held[here:], 0
            held += file.pread(min(WINDOW, where.stop - at - len(held)), at + len(held))
        if len(held) - here < CENTRAL_HEADER.size or held[here : here + 4] != CENTRAL:
            return
        fields = CENTRAL_HEADER.unpack_from(held, here)
        flags, method, time = fields[3], fields[4], fields[5]
        crc, packed, size = fields[7:10]
        name_length, extra_length, comment_length = fields[10:13]
        attributes, offset = fields[15], fields[16]
        begin = here + CENTRAL_HEADER.size
        raw = held[begin : begin + name_length]
        extra = extra_fields(held[begin + name_length : begin + name_length + extra_length])
        wide = extra.get(EXTRA_64, b"")
        size, wide = _wide(size, wide)
        packed, wide = _wide(packed, wide)
        offset, wide = _wide(offset, wide)
        link = fields[1] >> 8 == 3 and attributes >> 28 == 0xA  # made on Unix, a symbolic link
        yield Record(
            raw,
            flags,
            method,
            time,
            crc,
            packed,
            size,
            offset + where.shift,
            _name(raw, flags, extra),
            _aes(extra),
            link,
        )
        length = CENTRAL_HEADER.size + name_length + extra_length + comment_length
        at += length
        here += length


def own_header(file: ReadableFile, offset: int) -> tuple[Record, int] | None:
    """What stands before an entry's data, and where the data begin; None where there is no header."""
    head = file.pread(LOCAL_HEADER.size, offset)
    if len(head) < LOCAL_HEADER.size or head[:4] != LOCAL:
        return None
    _, _, flags, method, time, _, crc, packed, size, name_length, extra_length = LOCAL_HEADER.unpack(head)
    more = file.pread(name_length + extra_length, offset + LOCAL_HEADER.size)
    raw, extra = more[:name_length], extra_fields(more[name_length:])
    wide = extra.get(EXTRA_64, b"")
    size, wide = _wide(size, wide)
    packed, wide = _wide(packed, wide)
    later = bool(flags & DESCRIBED) and not packed
    record = Record(
        raw,
        flags,
        method,
        time,
        crc,
        None if later else packed,
        None if later else size,
        offset,
        _name(raw, flags, extra),
        _aes(extra),
    )
    return record, offset + LOCAL_HEADER.size + name_length + extra_length


def extra_fields(raw: bytes) -> dict[int, bytes]:
    """The extra fields of a header by their number."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(raw):
        kind, length = struct.unpack_from("<2H", raw, at)
        found.setdefault(kind, raw[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def _wide(value: int, extra: bytes) -> tuple[int, bytes]:
    """A number whose 32 bits are full stands in the extra field."""
    if value != MANY_64 or len(extra) < 8:
        return value, extra
    return int.from_bytes(extra[:8], "little"), extra[8:]


def _name(raw: bytes, flags: int, extra: dict[int, bytes]) -> str | None:
    """The name where its encoding is told: by a flag, or by Info-ZIP's field for it."""
    told = extra.get(EXTRA_NAME, b"")
    if len(told) > 5 and told[0] == 1 and int.from_bytes(told[1:5], "little") == zlib.crc32(raw):
        return told[5:].decode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace") if flags & UTF_8 else None


def _aes(extra: dict[int, bytes]) -> tuple[int, int, int] | None:
    told = extra.get(EXTRA_AES, b"")
    if len(told) < 7:
        return None
    version, _, strength, method = struct.unpack_from("<H2sBH", told)
    return version, strength, method
