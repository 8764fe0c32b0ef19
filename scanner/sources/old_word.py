"""Text of Word 97 to 2003 ([MS-DOC]): paragraphs in lines, and the rows of tables."""

from __future__ import annotations

import importlib
import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from scanner.errors import SourceError
from scanner.sources.messages import HOLDS, Sheet, Unit
from scanner.sources.workbooks.grid import Grid

_library: Any = importlib.import_module("olefile")
FORMAT, TABLES = "doc", "tables"
MAGIC, OLDEST = 0xA5EC, 0x00C1  # wIdent, and nFib of Word 97 (2.5.1)
FLAGS, PIECES = 0x0A, 0x01A2  # of the FIB: its bits, and where the table of pieces lies (2.5.6)
ENCRYPTED, SECOND_TABLE, COMPRESSED = 0x0100, 0x0200, 1 << 30
CELL = "\x07"  # ends a cell, and again a row (2.4.3)
#: A field: its instruction, and behind a separator what it shows (2.8.25).
FIELD = re.compile("\x13[^\x13\x14\x15]*(?:\x14([^\x13\x14\x15]*))?\x15")
DEEPEST = 16  # fields within fields
SIGNS = {0x0B: "\n", 0x0C: "\r", 0x0E: "\r", 0x1E: "-", 0xA0: " "} | dict.fromkeys(
    (1, 2, 3, 4, 5, 8, 0x13, 0x14, 0x15, 0x1F)
)
WIDEST = 63  # cells of a row that Word allows


def read(file: BinaryIO, cell: int) -> Iterator[Any]:
    """Messages of a document, which is one unit. SourceError where it is none, or damaged."""
    yield Unit(0, "its content")
    try:
        text = _text(file)
    except SourceError:
        raise
    except Exception as error:  # of damage the library raises whatever that leads to
        raise SourceError("is not a whole Word document") from error
    if text is None:
        yield HOLDS  # what ``decrypting`` tells
        return
    lines, tables = parts_of(text)
    for sheet, rows in (
        (Sheet(None, (None,), FORMAT), [[line] for line in lines]),
        (Sheet(TABLES, None, FORMAT), tables),
    ):
        grid = Grid(cell)
        yield sheet
        for row in rows:
            grid.append(row)
            if grid.full:
                yield from grid.batches()
        yield from grid.batches()
        yield from grid.troubles(sheet.name or "")


def _text(file: BinaryIO) -> str | None:
    """All text of a document in the order of its pieces; None where it is encrypted."""
    with _library.OleFileIO(file) as streams:
        word = streams.openstream("WordDocument").read()
        magic, version, flags = (struct.unpack_from("<H", word, at)[0] for at in (0, 2, FLAGS))
        if magic != MAGIC or version < OLDEST:
            raise SourceError("looks like a document of Word 95 or before, which is not read")
        if flags & ENCRYPTED:
            return None
        place, size = struct.unpack_from("<2I", word, PIECES)
        table = streams.openstream("1Table" if flags & SECOND_TABLE else "0Table").read()[
            place : place + size
        ]
    at = 0
    while table[at] == 1:  # formats (2.9.209)
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    (length,) = struct.unpack_from("<I", table, at + 1)
    count = (length - 4) // 12
    first = at + 5
    bounds = struct.unpack_from(f"<{count + 1}I", table, first)
    found = []
    for number in range(count):
        (where,) = struct.unpack_from("<I", table, first + 4 * (count + 1) + 8 * number + 2)
        characters = bounds[number + 1] - bounds[number]
        if where & COMPRESSED:
            begin = (where ^ COMPRESSED) // 2
            raw, encoding = word[begin : begin + characters], "cp1252"
        else:
            raw, encoding = word[where : where + 2 * characters], "utf-16-le"
        found.append(raw.decode(encoding, "replace"))
    return "".join(found)


def parts_of(text: str) -> tuple[list[str], list[list[str]]]:
    """The lines of a document's text, and the rows of its tables, with an empty one behind each table."""
    for _ in range(DEEPEST):
        text, count = FIELD.subn(r"\1", text)
        if not count:
            break
    *cells, rest = text.translate(SIGNS).split(CELL)
    lines: list[str] = []
    rows: list[list[str]] = []
    table: list[str] = []
    for cell in cells:
        if "\r" in cell and (
            not table or not table[-1]
        ):  # what stands above a table; within one, a cell of several
            above, _, cell = cell.rpartition("\r")
            rows += _rows(table)
            lines += above.split("\r")
            table = []
        table.append(cell.replace("\r", "\n"))
    rows += _rows(table)
    lines += rest.split("\r")
    return [part for line in lines for part in line.split("\n") if part.strip()], rows


def _rows(cells: list[str]) -> list[list[str]]:
    """The rows of a table, and an empty one: each ends with an empty cell; it may have others where all are as wide."""
    if not cells:
        return []
    for width in range(1, WIDEST + 1):
        rows = [cells[at : at + width] for at in range(0, len(cells), width + 1)]
        even = len(cells) == len(rows) * (width + 1) and not any(cells[width :: width + 1])
        if even and (len(rows) > 1 or all(map(all, rows))):
            return [*rows, []]
    found: list[list[str]] = [[]]
    for cell in cells:
        if cell:
            found[-1].append(cell)
        elif found[-1]:
            found.append([])
    return found if found[0] else []
