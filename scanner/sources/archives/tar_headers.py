"""Headers of a tar archive: POSIX.1-2017 (ustar and pax), GNU tar, and the older form without a mark."""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = 512
NAME, SIZE, SUM, TYPE = slice(0, 100), slice(124, 136), slice(148, 156), slice(156, 157)
MARK, PREFIX = slice(257, 265), slice(345, 345 + 155)
GNU = b"ustar  \0"
FILES = (b"0", b"\0", b"7")
FOLDERS = (b"5", b"D")
EMPTY = (
    b"1",
    b"2",
    b"3",
    b"4",
    b"6",
    b"V",
)  # links, devices, pipes, the name of a volume; anything else is a file
LONG_NAME, LONG_LINK, PAX, GLOBAL_PAX, OLD_PAX = b"L", b"K", b"x", b"g", b"X"
KEYS = (b"path", b"size")
RECORD = re.compile(rb"([0-9]{1,20}) ")
Spans = list[tuple[int, int]]  # offset in the file, bytes of data


@dataclass(slots=True)
class Header:
    """One header block. ``size``: bytes of data behind it; ``spans``: of a GNU sparse file, ``real``: its whole size.

    ``more``: whether another block of spans follows.
    """

    name: bytes
    size: int
    kind: bytes
    spans: Spans | None = None
    real: int = 0
    more: bool = False


@dataclass(slots=True)
class Extended:
    """What extended headers say of the next file; None where they do not."""

    name: bytes | None = None
    size: int | None = None
    real: int | None = None
    spans: Spans | None = None
    mapped: bool = False  # the spans stand at the start of the data
    told: bool = False  # some header said something


def is_header(block: bytes) -> bool:
    """Does the sum of its bytes agree with what the block says of it?"""
    if len(block) < BLOCK:
        return False
    said = number(block[SUM])
    plain = sum(block[:148]) + sum(block[156:BLOCK]) + 8 * 32
    if said == plain:
        return True
    high = sum(1 for byte in block[:148] if byte > 127) + sum(1 for byte in block[156:BLOCK] if byte > 127)
    return said == plain - 256 * high  # old programs added signed bytes


def number(raw: bytes) -> int | None:
    """A number of a header: octal digits, or base 256 where the first bit is set; None for anything else."""
    if raw[:1] >= b"\x80":
        return int.from_bytes(bytes([raw[0] & 0x7F]) + raw[1:], "big") if raw[0] < 0xFF else None
    digits = raw.split(b"\0", 1)[0].strip()
    if not digits:
        return 0
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else None


def parsed(block: bytes) -> Header | None:
    """The header in a block; None where it is none."""
    if not is_header(block):
        return None
    size = number(block[SIZE])
    if size is None:
        return None
    name = block[NAME].split(b"\0", 1)[0]
    mark = block[MARK]
    prefix = block[PREFIX].split(b"\0", 1)[0]
    if mark[:5] == b"ustar" and mark != GNU and prefix:
        name = prefix + b"/" + name
    header = Header(name, size, block[TYPE])
    if header.kind == b"S":
        header.spans = spans_of(block[386:482])
        header.more = block[482:483] == b"\1"
        header.real = number(block[483:495]) or 0
    elif header.kind in FILES and name.endswith(b"/") and not size:
        header.kind = FOLDERS[0]
    return header


def spans_of(raw: bytes) -> Spans:
    """The spans of a GNU sparse header."""
    found: Spans = []
    for at in range(0, len(raw) - 23, 24):
        offset, length = number(raw[at : at + 12]), number(raw[at + 12 : at + 24])
        if not raw[at] or offset is None or length is None:
            break
        found.append((offset, length))
    return found


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """Those records of a pax header that bear on the data: ``length key=value`` on a line each; damage ends them."""
    found: dict[bytes, bytes] = {}
    pairs: list[bytes] = []
    at = 0
    while told := RECORD.match(data, at):
        end = at + int(told[1])
        if end <= told.end() or end > len(data):
            break
        key, equals, value = data[told.end() : end - 1].partition(b"=")
        if not equals:
            break
        if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):  # version 0.0 repeats them
            pairs.append(value)
        if key in KEYS or key.startswith(b"GNU.sparse."):
            found[key] = value
        at = end
    if pairs:
        found[b"GNU.sparse.map"] = b",".join(pairs)
    return found


def extended(records: dict[bytes, bytes], name: bytes | None = None) -> Extended:
    """What the records of pax headers say of a file; ``name``: what a header before them said."""
    told = Extended(records.get(b"GNU.sparse.name") or records.get(b"path") or name, told=True)
    told.size = _whole(records.get(b"size"))
    told.real = _whole(records.get(b"GNU.sparse.realsize") or records.get(b"GNU.sparse.size"))
    told.mapped = records.get(b"GNU.sparse.major") == b"1"
    if b"GNU.sparse.map" in records:
        numbers = [_whole(each) for each in records[b"GNU.sparse.map"].split(b",")]
        if None not in numbers:
            values = [each for each in numbers if each is not None]
            told.spans = list(zip(values[::2], values[1::2], strict=False))
    return told


def _whole(raw: bytes | None) -> int | None:
    return int(raw) if raw is not None and re.fullmatch(rb"[0-9]{1,19}", raw) else None
