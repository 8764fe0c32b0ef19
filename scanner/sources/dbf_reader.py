"""Rows of dBase files, in a child process (``child_main``)."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.dbf_layout import Field, Layout, layout
from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.probe import BY_LINES, score

HEAD = 16 << 10
ROWS = 1 << 13
JUDGED = 1 << 20  # bytes of the first rows that tell the encoding where the code page does not
PAGES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
PROMISED = "promises {promised} [promised:row|rows] and holds {rows}"
UNREAD = (
    "has {values} [values:value that lies|values that lie] in a file beside it or "
    "[values:is|are] no text; [values:it was|they were] not read"
)
UNSOUND = (
    "has {values} [values:value that is|values that are] damaged text; [values:it was|they "
    "were] read as far as [values:it is|they are] sound"
)
MARKED = "has {rows} [rows:row that is|rows that are] marked as deleted; [rows:it was|they were] read, too"
END = b"\x1a"
DELETED = b"*"
FIRST_DAY = 1721426  # the Julian day number of 1 January of the year 1


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the rows, those that are marked as deleted too; a part is ROWS rows."""
    told = layout(file.read(HEAD))
    if told is None:
        yield Trouble("is not a whole dBase file", fatal=True)
        return
    file.seek(told.first)
    encoding = PAGES.get(told.page) or _encoding(file.read(JUDGED // told.size * told.size), told)
    names = tuple(each.name.decode(encoding, "replace") for each in told.fields)
    held = (file.seek(0, os.SEEK_END) - told.first) // told.size
    number = rows = deleted = unread = unsound = 0
    ended = False
    while not ended:
        file.seek(told.first + number * ROWS * told.size)
        records = _records(file.read(ROWS * told.size), told.size)
        ended = len(records) < ROWS
        rows += len(records)
        deleted += sum(record[:1] == DELETED for record in records)
        unread += sum(_unread(record, told) for record in records)
        if number >= start:
            yield Unit(number, f"part {number + 1}")
            yield Sheet(None, names, "dbf")
            columns = [[_text(record, field, encoding) for record in records] for field in told.fields]
            unsound += sum("\ufffd" in (cell or "") for column in columns for cell in column)
            arrays = [pa.array(column, pa.string()) for column in columns]
            yield pa.record_batch(arrays, [str(place) for place in range(len(names))])
        number += 1
    if rows != told.rows or held > rows:
        missing = max(told.rows - rows, held - rows, 0)
        yield Trouble(counted(PROMISED, promised=told.rows, rows=rows), rows_lost=missing)
    if unread:
        yield Trouble(counted(UNREAD, values=unread))
    if unsound:
        yield Trouble(counted(UNSOUND, values=unsound))
    if deleted:
        yield Trouble(counted(MARKED, rows=deleted), partial=False)


def _records(raw: bytes, size: int) -> list[bytes]:
    """Whole rows, up to the mark that ends them."""
    records = [raw[at : at + size] for at in range(0, len(raw) - size + 1, size)]
    return records[: next((at for at, record in enumerate(records) if record[:1] == END), len(records))]


def _encoding(raw: bytes, told: Layout) -> str:
    """The one that texts of the first rows fit best."""
    records = _records(raw, told.size)
    texts = [
        record[field.start : field.start + field.size]
        for record in records
        for field in told.fields
        if field.kind == "C"
    ]
    texts = [text for text in (*texts, *(field.name for field in told.fields)) if not text.isascii()]
    return max(BY_LINES, key=lambda name: score(texts, name)) if texts else "gb18030"


def _stamp(raw: bytes) -> str:
    day, thousandths = struct.unpack("<iI", raw)
    moment = datetime(1, 1, 1) + timedelta(days=day - FIRST_DAY, milliseconds=thousandths)
    return moment.isoformat(" ", "seconds")


#: Kinds of FoxPro that are no text, by letter and size.
NUMBERS: dict[tuple[str, int], Callable[[bytes], str]] = {
    ("I", 4): lambda raw: str(int.from_bytes(raw, "little", signed=True)),
    ("B", 8): lambda raw: f"{struct.unpack('<d', raw)[0]:.17g}",
    ("Y", 8): lambda raw: f"{int.from_bytes(raw, 'little', signed=True) / 10_000:.4f}",
    ("T", 8): _stamp,
}


def _text(record: bytes, field: Field, encoding: str) -> str | None:
    """A cell; None where it is empty or not read."""
    raw = record[field.start : field.start + field.size]
    number = NUMBERS.get((field.kind, field.size))
    if number is not None and raw.strip(b"\0 "):
        try:
            return number(raw)
        except (OverflowError, ValueError):
            return None
    if field.kind not in "CNFDLV":
        return None
    return raw.decode(encoding, "replace").strip("\0 ") or None


def _unread(record: bytes, told: Layout) -> int:
    """How many values of a row are not read: notes in a file of their own, pictures."""
    return sum(
        field.kind in "MGPWQB" and (field.kind, field.size) not in NUMBERS
        and bool(record[field.start : field.start + field.size].strip(b"\0 0"))
        for field in told.fields
    )  # fmt: skip
