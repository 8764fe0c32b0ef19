"""SQLite databases, table by table, in a child process (``child_main``), without running anything that they hold.

Opened read-only and as if nothing else used it; views, triggers and virtual tables are not run. Values come as text;
of BLOBs those that are text.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import Sheet, Trouble, Unit

ROWS = 4000  # of a batch, fewer where cells are large
BYTES = 8 << 20
IN_MEMORY = 256 << 20  # bytes of a database without a name that may be loaded
CHECKED = 64 << 20  # bytes up to which the database is asked to check itself


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the tables from number ``start`` on, by name."""
    try:
        database = _opened(file)
        tables = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
    except (sqlite3.Error, UnicodeDecodeError, MemoryError):  # messages may quote what is no text
        yield Trouble("is not a whole SQLite database", fatal=True)
        return
    if not start:
        yield Unit(0, "its head")
        yield from _remarks(database)
    number = 0
    for name, sql in ((_shown(name), _shown(sql)) for name, sql in tables):
        if name.startswith("sqlite_"):
            continue
        number += 1
        if number < start:
            continue
        yield Unit(number, f"table {name}")
        if sql.lstrip().upper().startswith("CREATE VIRTUAL"):
            continue  # its content lies in tables of its own
        yield from _rows(database, name)


def _opened(file: BinaryIO) -> sqlite3.Connection:
    size = os.fstat(0).st_size
    try:
        database = _careful(sqlite3.connect("file:/proc/self/fd/0?mode=ro&immutable=1", uri=True))
        database.execute("SELECT 1 FROM sqlite_master").fetchone()
    except (sqlite3.Error, UnicodeDecodeError):
        if size > IN_MEMORY:
            raise
        database = sqlite3.connect(":memory:")  # a private file without a name cannot be opened by one
        database.deserialize(file.read())
        _careful(database)
    return database


def _careful(database: sqlite3.Connection) -> sqlite3.Connection:
    """Sets that nothing of it is run or written, and that one damaged table does not hide the others."""
    database.text_factory = bytearray  # told from BLOBs, which are bytes
    for setting in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "writable_schema=ON"):
        database.execute(f"PRAGMA {setting}")  # the last one only lets SQLite go on behind such a table
    return database


def _remarks(database: sqlite3.Connection) -> Iterator[Any]:
    """What must be said of the database as a whole."""
    with suppress(OSError):
        log = Path(f"{Path('/proc/self/fd/0').readlink()}-wal")
        if log.stat().st_size:
            yield Trouble("has a write-ahead log (-wal) beside it; what stands only there was not read")
    if os.fstat(0).st_size > CHECKED:
        return
    try:
        found = _shown(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except (sqlite3.Error, MemoryError):
        found = ""
    if found != "ok":
        yield Trouble("is damaged by its own check; some rows may be missing")


def _rows(database: sqlite3.Connection, name: str) -> Iterator[Any]:
    """Messages of one table."""
    quoted = name.replace('"', '""')
    done = unread = size = 0
    rows: list[tuple[Any, ...]] = []
    try:
        cursor = database.execute(f'SELECT * FROM "{quoted}"')  # quoted as SQLite asks for
        names = [_shown(each[0]) for each in cursor.description]
        yield Sheet(name, tuple(names), "sqlite")
        for row in cursor:
            rows.append(row)
            size += sum(len(cell) for cell in row if isinstance(cell, bytes | bytearray))
            if len(rows) >= ROWS or size > BYTES:
                batch, left_out = _batch(rows, names)
                yield batch
                done, unread, rows, size = done + len(rows), unread + left_out, [], 0
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):
        yield Trouble(
            f"table {name} is damaged; its rows after the first {done + len(rows)} could not be read"
        )
    if rows:
        batch, left_out = _batch(rows, names)
        yield batch
        unread += left_out
    if unread:
        form = (
            "table {table} holds {values} [values:value that is|values that are] no text; "
            "[values:it was|they were] not read"
        )
        yield Trouble(counted(form, table=name, values=unread))


def _batch(rows: list[tuple[Any, ...]], names: list[str]) -> tuple[Any, int]:
    """Rows as a record batch, and how many values of them are no text."""
    unread = 0
    columns = []
    for cells in zip(*rows, strict=True):
        texts: list[bytes | None] = []
        for cell in cells:
            text = _text(cell)
            unread += text is None and cell is not None
            texts.append(text)
        columns.append(pa.array(texts, pa.binary()))
    return pa.record_batch(columns, names), unread


def _text(cell: Any) -> bytes | None:
    """A value as UTF-8 text; None for null and for what is no text."""
    if cell is None:
        return None
    if isinstance(cell, bytearray):
        return bytes(cell)
    if isinstance(cell, bytes):
        for encoding in ("utf-8", "gb18030", "utf-16-le") if b"\0" not in cell else ("utf-16-le",):
            with suppress(UnicodeDecodeError):
                text = cell.decode(encoding)
                if text.isprintable() or all(c.isprintable() or c in "\t\r\n" for c in text):
                    return text.encode()
        return None
    if isinstance(cell, float):
        return (str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)).encode()
    return str(cell).encode()


def _shown(value: Any) -> str:
    return (
        bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value or "")
    )
