"""XML spreadsheets of Excel 2003 (``urn:schemas-microsoft-com:office:spreadsheet``), often named .xls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.sources.messages import Unit
from scanner.sources.workbooks.grid import Cell
from scanner.sources.workbooks.number_text import number_text
from scanner.sources.workbooks.xml_tables import Tables
from scanner.sources.workbooks.xml_tables import read as read_tables
from scanner.sources.workbooks.xml_text import Attributes, local, value_of


class _Content(Tables):
    """The handlers of its elements."""

    format = "excel_xml"
    closing = b"Cell>"

    def __init__(self, cell: int) -> None:
        super().__init__(cell)
        self._row: list[Cell] = []
        self._number = self._column = -1
        self._kind = ""
        self._data: list[str] = []
        self._inside = 0
        self._is_note = False

    def start(self, tag: str, attributes: Attributes) -> None:
        name = local(tag)
        if name == "Data":
            self._inside += 1
            self._kind = value_of(attributes, "Type") or ""
        elif name == "Cell":
            self._column = _index(attributes, self._column + 1)
        elif name == "Row":
            self._row, self._column = [], -1
            self._number = _index(attributes, self._number + 1)
        elif name == "Worksheet":
            self.begin(value_of(attributes, "Name") or "")
            self._number = -1
        elif name == "Comment":
            self._is_note = True

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "Data":
            self._inside -= 1
            text = "".join(self._data)
            self._data = []
            if self._is_note:
                self.note(text)
            elif text:
                self._row.append((max(0, self._column), self._shown(text)))
        elif name == "Row":
            self.finish()
        elif name == "Worksheet":
            self.flush()
        elif name == "Comment":
            self._is_note = False

    def text(self, text: str) -> None:
        if self._inside:
            self._data.append(text)

    def finish(self) -> None:
        """The row is over."""
        self.grid.add(max(0, self._number), self._row)
        self._row = []
        if self.grid.full:
            self.found += self.grid.batches()

    def _shown(self, text: str) -> str:
        if self._kind == "Number":
            return number_text(text)
        if self._kind == "DateTime":
            return text.partition(".")[0].replace("T", " ").removesuffix(" 00:00:00")
        if self._kind == "Boolean":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        return text


def _index(attributes: Attributes, following: int) -> int:
    told = value_of(attributes, "Index")
    return max(following, int(told[:9]) - 1) if told and told.isdecimal() else following


def read(stream: Iterator[bytes], start: int, cell: int) -> Iterator[Any]:
    """Messages of the sheets, a unit for each."""
    yield Unit(0, "its content")
    yield from read_tables(_Content(cell), stream, start)
