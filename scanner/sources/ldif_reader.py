"""Entries of directories (LDIF, RFC 2849), a row for each, in a child process (``child_main``)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import Sheet, Trouble, Unit

ROWS, BYTES = 1 << 12, 4 << 20  # of a batch
LARGEST = 1 << 20  # bytes of a line, or of what is folded into one
MOST_COLUMNS, OTHERS = 1024, "(other)"
#: Attributes whose short names say little, by what RFC 4519 and RFC 4524 call them.
TITLES = {"cn": "full name", "sn": "surname", "l": "city", "o": "company", "ou": "department", "c": "country"}
UNREAD = "has {values} [values:value that is|values that are] no text; [values:it was|they were] not read"
DAMAGED = "has {values} [values:value|values] in damaged base64, read as [values:it is|they are]"


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the entries: attributes are columns, several values of one a line each; other lines too."""
    yield Unit(0, "the entries")
    columns: dict[str, int] = {}
    rows: list[dict[int, list[str]]] = []
    entry: dict[int, list[str]] = {}
    size = unread = damaged = 0
    for line in _lines(file):
        if line:
            name, text = _value(line)
            unread += text is None
            damaged += name != OTHERS and line[len(name) :].startswith(b"::") and _decoded(line) is None
            title = TITLES.get(name.lower(), name)
            if title not in columns and len(columns) >= MOST_COLUMNS:
                title = OTHERS
            column = columns.setdefault(title, len(columns))
            if text:
                entry.setdefault(column, []).append(text)
                size += len(text)
        if entry and (not line or size > BYTES):
            rows.append(entry)
            entry = {}
        if len(rows) >= ROWS or size > BYTES:
            yield Sheet(None, tuple(columns), "ldif")
            yield _batch(rows, len(columns))
            rows, size = [], 0
    rows += [entry] if entry else []
    yield Sheet(None, tuple(columns), "ldif")
    if rows:
        yield _batch(rows, len(columns))
    if unread:
        yield Trouble(counted(UNREAD, values=unread))
    if damaged:
        yield Trouble(counted(DAMAGED, values=damaged))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines put together where they were folded, without comments; b"" for blank ones, and at the end."""
    held: list[bytes] = []
    size = 0
    for raw in iter(lambda: file.readline(LARGEST), b""):
        line = raw.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
        if line[:1] == b" " and held and size < LARGEST:
            held.append(line[1:])
            size += len(line)
            continue
        if held:
            yield b"".join(held)
        held, size = [line], len(line)
        if not line:
            yield b""
            held = []
    if held:
        yield b"".join(held)
    yield b""


def _value(line: bytes) -> tuple[str, str | None]:
    """The attribute of a line, without its options, and the text of its value; None where that is no text."""
    head, colon, value = line.partition(b":")
    if line[:1] == b"#" or not colon:
        return OTHERS, _text(line)
    name = head.split(b";")[0].decode("ascii", "replace").strip() or OTHERS
    if not value.startswith(b":"):
        return name, _text(value.strip())
    decoded = _decoded(line)
    if decoded is None:
        return name, _text(value[1:].strip())
    return name, None if b"\0" in decoded[:1024] else _text(decoded)


def _decoded(line: bytes) -> bytes | None:
    """What is behind the two colons of a line; None where it is damaged."""
    try:
        return base64.b64decode(line.partition(b"::")[2].strip(), validate=True)
    except binascii.Error:
        return None


def _text(value: bytes) -> str | None:
    for encoding in ("utf-8", "gb18030"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _batch(rows: list[dict[int, list[str]]], width: int) -> pa.RecordBatch:
    cells = [
        pa.array(["\n".join(row.get(column, [])) for row in rows], pa.string()) for column in range(width)
    ]
    return pa.record_batch(cells, [str(column) for column in range(width)])
