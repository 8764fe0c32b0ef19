"""Rows that mysqlbinlog shows (``--verbose``), as they were before a change and after it, in a child (``child_main``).

A row lies in lines of comments, ``###   @2='…'``, below the statement that it stands for. All other lines are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Unit
from scanner.sources.probe import BY_LINES, score

FORMAT = "mysqlbinlog"
OTHERS = "(statements)"
TABLE = re.compile(rb"### (?:INSERT INTO|UPDATE|DELETE FROM) (.+)")
CELL = re.compile(
    rb"###   @([0-9]{1,4})=(?:'((?:[^'\\]|\\.|'(?! /\*|$))*)'|(.*?))(?: /\*.*\*/)?\Z", re.DOTALL
)
ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
LINE = 1 << 20  # bytes; a longer one is several
ROWS, LINES, BYTES = 1 << 13, 1 << 14, 4 << 20  # of a batch
HEAD = 1 << 18
Cells = dict[int, bytes]


class _Rows:
    """The rows of each table that wait to be told, and the other lines."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._rows: dict[str, list[Cells]] = {}
        self._widths: dict[str, int] = {}
        self._lines: list[bytes] = []
        self._count = self._bytes = 0

    @property
    def full(self) -> bool:
        """Whether it is time to tell."""
        return self._count >= ROWS or len(self._lines) >= LINES or self._bytes >= BYTES

    def add(self, table: str, cells: Cells) -> None:
        """A row, by the numbers of its columns."""
        if cells:
            self._rows.setdefault(table, []).append(cells)
            self._widths[table] = max(self._widths.get(table, 0), *cells)
            self._count += 1
            self._bytes += sum(map(len, cells.values()))

    def add_line(self, line: bytes) -> None:
        """Another line."""
        if line.strip():
            self._lines.append(line)
            self._bytes += len(line)

    def told(self) -> Iterator[Any]:
        """Messages of what waits."""
        for table, rows in self._rows.items():
            width = self._widths[table]
            yield Sheet(table, (None,) * width, FORMAT)
            columns = [
                pa.array([self._text(row.get(at)) for row in rows], pa.binary()) for at in range(1, width + 1)
            ]
            yield pa.record_batch(columns, [str(at) for at in range(width)])
        if self._lines:
            yield Sheet(OTHERS, (None,), FORMAT)
            yield pa.record_batch([pa.array([self._text(line) for line in self._lines], pa.binary())], ["0"])
        self._rows, self._lines = {}, []
        self._count = self._bytes = 0

    def _text(self, raw: bytes | None) -> bytes | None:
        if raw is None or self._encoding == "utf-8":
            return raw
        return raw.decode(self._encoding, "replace").encode()


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a log: its tables, whose columns it does not name, and its other lines."""
    yield Unit(0, "the log")
    head = file.read(HEAD)
    file.seek(0)
    named = str(options.get("encoding") or max(BY_LINES, key=lambda each: score([head], each)))
    rows = _Rows("big5hkscs" if named == "big5" else named)
    table, cells = "", Cells()
    while line := file.readline(LINE):
        line = line.rstrip(b"\r\n")
        found = CELL.match(line) if line.startswith(b"###   @") else None
        if found is not None:
            if int(found[1]) in cells:
                rows.add(table, cells)
                cells = {}
            if found[2] is not None or found[3] != b"NULL":
                cells[int(found[1])] = ESCAPE.sub(_sign, found[2]) if found[2] is not None else found[3]
            continue
        if cells:
            rows.add(table, cells)
            cells = {}
        if told := TABLE.match(line):
            table = told[1].replace(b"`", b"").decode("utf-8", "replace")
        elif line not in (b"### SET", b"### WHERE"):
            rows.add_line(line)
        if rows.full:
            yield from rows.told()
    rows.add(table, cells)
    yield from rows.told()


def _sign(found: re.Match[bytes]) -> bytes:
    """What stands behind a backslash."""
    return bytes([int(found[1][1:], 16)]) if len(found[1]) == 3 else found[1]
