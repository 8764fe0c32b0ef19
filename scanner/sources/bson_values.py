"""Documents of MongoDB as mongodump writes them (bsonspec.org, version 1.1): their values, each with its path."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

LEAST, MOST = 5, 17 << 20  # bytes of a document: MongoDB has 16 MiB and a little
DEEPEST = 64  # levels
NESTED, LIST = 0x03, 0x04
SIZES = {
    0x01: 8,
    0x06: 0,
    0x07: 12,
    0x08: 1,
    0x09: 8,
    0x0A: 0,
    0x10: 4,
    0x11: 8,
    0x12: 8,
    0x13: 16,
    0x7F: 0,
    0xFF: 0,
}
TEXTS = frozenset({0x02, 0x0D, 0x0E})  # strings, code, symbols
BINARY, REGEX, POINTER, SCOPED = 0x05, 0x0B, 0x0C, 0x0F
FIRST_DAY = datetime(1970, 1, 1)
LARGEST_EXACT = 2.0**53

Value = tuple[str, str | None]  # path, and the value as text; None: it is none


def values(raw: bytes) -> Iterator[Value]:
    """The values of a document in order; ``a.b`` for fields, ``a[]`` for elements of lists. ValueError: it is none."""
    if len(raw) < LEAST or int.from_bytes(raw[:4], "little") != len(raw) or raw[-1]:
        raise ValueError("no document")
    yield from _elements(raw, 4, len(raw) - 1, "", False, DEEPEST)


def _elements(raw: bytes, at: int, stop: int, path: str, in_list: bool, levels: int) -> Iterator[Value]:
    """The values between two places. ValueError."""
    if not levels:
        raise ValueError("too deep")
    while at < stop:
        kind, named = raw[at], raw.index(0, at + 1, stop)
        name = raw[at + 1 : named].decode("utf-8", "replace")
        here = f"{path}[]" if in_list else f"{path}.{name}" if path else name
        at = named + 1
        end = at + size_of(raw, at, stop, kind)
        if end > stop:
            raise ValueError("ends too early")
        if kind in (NESTED, LIST):
            yield from _elements(raw, at + 4, end - 1, here, kind == LIST, levels - 1)
        elif kind == SCOPED:
            yield here, _string(raw[at + 4 : end])
        else:
            yield here, text_of(kind, raw[at:end])
        at = end


def size_of(raw: bytes, at: int, stop: int, kind: int) -> int:
    """Bytes of the value of this kind that begins at ``at``. ValueError where there is no such kind or size."""
    size = SIZES.get(kind)
    if size is not None:
        return size
    if kind == REGEX:
        return raw.index(0, raw.index(0, at, stop) + 1, stop) + 1 - at
    if stop - at < 4:
        raise ValueError("ends too early")
    told = int.from_bytes(raw[at : at + 4], "little")
    if kind in TEXTS and told:
        return 4 + told
    if kind == BINARY:
        return 5 + told
    if kind == POINTER and told:
        return 4 + told + 12
    if kind in (NESTED, LIST, SCOPED) and told >= LEAST:
        return told
    raise ValueError("no kind of value")


def text_of(kind: int, raw: bytes) -> str | None:
    """A value as people would write it; empty for null, None for what is no text."""
    if kind in TEXTS:
        return _string(raw)
    if kind == 0x01:
        number = float(struct.unpack("<d", raw)[0])
        return str(int(number)) if number.is_integer() and abs(number) < LARGEST_EXACT else repr(number)
    if kind in (0x10, 0x12):
        return str(int.from_bytes(raw, "little", signed=True))
    if kind == 0x07:
        return raw.hex()
    if kind == 0x08:
        return str(raw != b"\0").lower()
    if kind == 0x09:
        with suppress(OverflowError):
            moment = FIRST_DAY + timedelta(milliseconds=int.from_bytes(raw, "little", signed=True))
            return moment.isoformat(" ", "seconds")
        return str(int.from_bytes(raw, "little", signed=True))
    if kind == 0x13:
        return _decimal(int.from_bytes(raw, "little"))
    if kind == REGEX:
        return raw.split(b"\0")[0].decode("utf-8", "replace")
    if kind == BINARY:
        return _readable(raw[5:])
    return ""


def _string(raw: bytes) -> str:
    """A string behind its length, with a NUL at its end."""
    return raw[4 : 4 + int.from_bytes(raw[:4], "little")].decode("utf-8", "replace").removesuffix("\0")


def _decimal(bits: int) -> str:
    """A decimal128 (IEEE 754-2008, binary form) in plain digits, or with an exponent; empty where it is no number."""
    if bits >> 125 & 3 == 3:
        return ""
    exponent, digits = (bits >> 113 & 0x3FFF) - 6176, str(bits & ((1 << 113) - 1))
    if exponent > 0:
        digits += f"E+{exponent}" if exponent > len(digits) + 40 else "0" * exponent
    elif exponent:
        digits = digits.rjust(1 - exponent, "0") if -exponent < 100 else f"{digits}E{exponent}"
        if "E" not in digits:
            digits = f"{digits[:exponent]}.{digits[exponent:]}".rstrip("0").rstrip(".")
    return f"-{digits}" if bits >> 127 else digits


def _readable(raw: bytes) -> str | None:
    """Bytes that are text in UTF-8; None for others."""
    with suppress(UnicodeDecodeError):
        text = raw.decode()
        if all(char.isprintable() or char in "\t\r\n" for char in text):
            return text
    return None


def is_bson(head: bytes) -> bool:
    """Does a file begin with a document: whole, or as far as ``head`` shows it, and at least one value of it?"""
    size = int.from_bytes(head[:4], "little")
    if len(head) < LEAST + 3 or not LEAST < size <= MOST or head[4] == 0:
        return False
    stop, at = min(size - 1, len(head)), 4
    try:
        while at < stop:
            named = head.index(0, at + 1, stop)
            if named == at + 1:
                return False
            head[at + 1 : named].decode()
            end = named + 1 + size_of(head, named + 1, stop, head[at])
            if end > stop:
                return len(head) < size and at > 4
            at = end
    except (ValueError, UnicodeDecodeError):
        return len(head) < size and at > 4
    return size > len(head) or head[size - 1] == 0
