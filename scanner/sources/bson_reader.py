"""Documents of a dump of MongoDB, in a child process (``child_main``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.bson_values import LEAST, MOST, values
from scanner.sources.messages import LOOSE, ROW, Sheet, Trouble, Unit

ROWS, BYTES = 1 << 13, 4 << 20  # of a part
MOST_COLUMNS, OTHERS = 4096, "(other)"
UNSOUND = "has {rows} [rows:document|documents] that [rows:is|are] damaged; [rows:it was|they were] read as free text"
UNREAD = "has {values} [values:value that is|values that are] no text; [values:it was|they were] not read"
ENDS = "is cut off or damaged from document {document} on; what follows there was not read"


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the documents: each is a row, and its paths are columns, several values of one a line each."""
    columns: dict[str, int] = {}
    number = row = unread = unsound = 0
    while True:
        parts, whole = _documents(file)
        rows, loose = [], []
        for at, raw in enumerate(parts, row):
            try:
                cells: dict[int, list[str]] = {}
                for path, text in values(raw):
                    if path not in columns and len(columns) >= MOST_COLUMNS:
                        path = OTHERS
                    column = columns.setdefault(path, len(columns))
                    if text:
                        cells.setdefault(column, []).append(text)
                    unread += text is None
                rows.append((at, cells))
            except ValueError:
                loose.append((at, raw))
        row, unsound = row + len(parts), unsound + len(loose)
        if number >= start:
            yield Unit(number, f"part {number + 1}")
            yield Sheet(None, tuple(columns), "bson")
            if rows:
                yield _batch(rows, len(columns))
            if loose:
                numbers, texts = zip(*loose, strict=True)
                yield pa.record_batch(
                    [pa.array(numbers, pa.int64()), pa.array(texts, pa.binary())], [ROW, LOOSE]
                )
        number += 1
        if whole is not None:
            break
    if not whole:
        yield Trouble(ENDS.format(document=row + 1))
    if unsound:
        yield Trouble(counted(UNSOUND, rows=unsound))
    if unread:
        yield Trouble(counted(UNREAD, values=unread))


def _documents(file: BinaryIO) -> tuple[list[bytes], bool | None]:
    """The next documents, and at the end of the file whether it ends with a whole one; None before."""
    found: list[bytes] = []
    size = 0
    while len(found) < ROWS and size < BYTES:
        head = file.read(4)
        length = int.from_bytes(head, "little")
        if not head or not LEAST <= length <= MOST:
            return found, not head
        raw = head + file.read(length - 4)
        if len(raw) < length:
            return found, False
        found.append(raw)
        size += length
    return found, None


def _batch(rows: list[tuple[int, dict[int, list[str]]]], width: int) -> Any:
    columns: list[list[bytes | None]] = [[None] * len(rows) for _ in range(width)]
    for at, (_, cells) in enumerate(rows):
        for column, texts in cells.items():
            columns[column][at] = "\n".join(texts).encode("utf-8", "replace")
    arrays = [
        pa.array([number for number, _ in rows], pa.int64()),
        *(pa.array(each, pa.binary()) for each in columns),
    ]
    return pa.record_batch(arrays, [ROW, *map(str, range(width))])
