"""Binary workbooks (.xls, .xlsb) through calamine, which keeps a whole sheet in memory."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, BinaryIO

import python_calamine

from scanner.errors import SourceError
from scanner.sources.messages import HOLDS, Sheet, Trouble, Unit
from scanner.sources.workbooks.grid import Cell, Grid
from scanner.sources.workbooks.number_text import number_text

HIDDEN = (python_calamine.SheetVisibleEnum.Hidden, python_calamine.SheetVisibleEnum.VeryHidden)
#: The signature of .xls is that of all old Office documents, and tells no more of a damaged one.
DAMAGED = "is a damaged workbook or other Office document, of which nothing could be read"
TABLES = (python_calamine.SheetTypeEnum.WorkSheet, python_calamine.SheetTypeEnum.MacroSheet)


def read(file: BinaryIO, start: int, cell: int, kind: str) -> Iterator[Any]:
    """Messages of a workbook, a unit for each sheet. SourceError where it cannot be opened."""
    file.seek(0)
    if not start:  # not of later parts: where it dies here, it would do so for each of them, without end
        yield Unit(0, "sheet 1")
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        yield HOLDS  # by ``decrypting``
        return
    except (python_calamine.CalamineError, ValueError, OSError):
        raise SourceError(DAMAGED) from None
    except BaseException as error:  # what Rust calls a panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise SourceError(DAMAGED) from None
    for number, sheet in enumerate(book.sheets_metadata):
        if number < start:
            continue
        yield Unit(number, sheet.name)
        if sheet.visible in HIDDEN:
            yield Trouble(f"sheet {sheet.name} is hidden; it was read", partial=False)
        if sheet.typ not in TABLES:
            continue
        yield Sheet(sheet.name, None, kind)
        yield from _rows(book, number, sheet.name, cell)


def _rows(book: python_calamine.CalamineWorkbook, number: int, name: str, cell: int) -> Iterator[Any]:
    grid = Grid(cell)
    try:
        sheet = book.get_sheet_by_index(number)
        _, left = sheet.start or (0, 0)
        # Rows begin with the first of the sheet, columns with the first one that is filled.
        for place, row in enumerate(sheet.iter_rows()):
            cells: list[Cell] = [
                (left + column, value if type(value) is str else _text(value))
                for column, value in enumerate(row)
                if value != ""
            ]
            grid.add(place, cells)
            if grid.full:
                yield from grid.batches()
    except (python_calamine.CalamineError, ValueError, OSError):
        yield from grid.batches()
        yield Trouble(f"sheet {name} is damaged; what follows there was not read")
        return
    yield from grid.batches()
    yield from grid.troubles(name)


def _text(value: Any) -> str:
    """A cell that is no text, as a person sees it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return number_text(repr(value))
    if isinstance(value, datetime.datetime):
        if value.microsecond:
            value += datetime.timedelta(milliseconds=1) / 2
            value = value.replace(microsecond=value.microsecond // 1000 * 1000)
        text: str = value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
        return text.removesuffix(" 00:00:00")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, datetime.date | datetime.time):
        return str(value.isoformat())
    return str(value)
