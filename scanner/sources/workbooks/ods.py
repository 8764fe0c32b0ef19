"""OpenDocument spreadsheets (.ods, .fods; ISO/IEC 26300): one stream of XML that holds all sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scanner.errors import SourceError
from scanner.sources.messages import Trouble, Unit
from scanner.sources.workbooks.grid import Cell
from scanner.sources.workbooks.number_text import number_text
from scanner.sources.workbooks.parts import Parts
from scanner.sources.workbooks.xml_tables import Tables
from scanner.sources.workbooks.xml_tables import read as read_tables
from scanner.sources.workbooks.xml_text import Attributes, local, value_of

CONTENT, MANIFEST = "content.xml", "meta-inf/manifest.xml"
REPEATED = 1 << 20  # cells that repeats may add to a sheet
FURTHEST = 1 << 15  # column
DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S")


class _Content(Tables):
    """The handlers of the content."""

    format = "ods"
    closing = b"cell>"

    def __init__(self, cell: int) -> None:
        super().__init__(cell)
        self._depth = 0  # of tables in tables
        self._row: list[Cell] = []
        self._at = self._column = 0
        self._times = self._repeat = 1
        self._kept: str | None = None  # the cell's own value
        self._texts: list[str] = []
        self._written: list[str] = []
        self._in_cell = False
        self._paragraph = 0
        self._note = 0
        self._added = 0
        self._style = ""
        self._hidden: set[str] = set()  # styles of tables
        self.cut = False

    def start(self, tag: str, attributes: Attributes) -> None:
        name = local(tag)
        if name == "p" or name == "h":
            if self._in_cell and not self._paragraph:
                texts = self._written if self._note else self._texts
                if texts:
                    texts.append("\n")
            self._paragraph += 1
        elif name == "table-cell" or name == "covered-table-cell":
            self._repeat = _times(value_of(attributes, "number-columns-repeated"))
            self._kept = _kept(attributes)
            self._texts, self._written, self._in_cell = [], [], True
        elif name == "table-row":
            self._row, self._column = [], 0
            self._times = _times(value_of(attributes, "number-rows-repeated"))
        elif name == "table":
            self._depth += 1
            if self._depth == 1:
                self.begin(
                    value_of(attributes, "name") or "", value_of(attributes, "style-name") in self._hidden
                )
                self._at = self._added = 0
        elif name == "annotation":
            self._note += 1
        elif name == "style":
            self._style = value_of(attributes, "name") or ""
        elif name == "table-properties":
            if value_of(attributes, "display") == "false":
                self._hidden.add(self._style)
        elif self._paragraph:
            if name == "s":
                self.text(" " * min(_times(value_of(attributes, "c")), 1000))
            elif name == "tab":
                self.text("\t")
            elif name == "line-break":
                self.text("\n")

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "p" or name == "h":
            self._paragraph -= 1
            if not self._in_cell and self._texts:
                self._outside()
        elif name == "table-cell" or name == "covered-table-cell":
            self._cell()
        elif name == "table-row":
            self.finish()
        elif name == "table":
            self._depth -= 1
            if not self._depth:
                self.flush()
        elif name == "annotation":
            self._note -= 1

    def text(self, text: str) -> None:
        if self._paragraph:
            (self._written if self._note else self._texts).append(text)

    def _cell(self) -> None:
        text = "".join(self._texts) if self._kept is None else self._kept
        self._in_cell = False
        if text:
            for column in range(self._column, self._column + self._allowed(self._repeat, 1)):
                self._row.append((column, text))
        if self._written:
            self.note("".join(self._written))
        self._texts, self._written = [], []
        self._column = min(self._column + self._repeat, FURTHEST)

    def finish(self) -> None:
        """The row is over, as often as it is repeated."""
        if self._row:
            for number in range(self._allowed(self._times, len(self._row))):
                self.grid.add(self._at + number, self._row)
                if self.grid.full:
                    self.found += self.grid.batches()
        self._at = min(self._at + self._times, 1 << 40)
        self._row = []

    def _outside(self) -> None:
        """Text that stands in no cell: headers, footers, shapes."""
        self.note("".join(self._texts))
        self._texts = []

    def _allowed(self, times: int, cells: int) -> int:
        """How often something with so many cells may be repeated."""
        most = 1 + max(0, REPEATED - self._added) // cells
        if times > most:
            self.cut, times = True, most
        self._added += (times - 1) * cells
        return times


def _times(text: str | None) -> int:
    return max(1, int(text[:9])) if text and text.isdecimal() else 1


def _kept(attributes: Attributes) -> str | None:
    """The value of a cell that is no text, as ISO 8601 or plain digits; None where its text tells."""
    kind = value_of(attributes, "value-type")
    if kind in ("float", "currency", "percentage"):
        value = value_of(attributes, "value")
        return None if value is None else number_text(value)
    if kind == "date":
        value = value_of(attributes, "date-value")
        return None if value is None else value.replace("T", " ").removesuffix(" 00:00:00")
    if kind == "time":
        found = DURATION.fullmatch(value_of(attributes, "time-value") or "")
        return None if found is None else f"{int(found[1]):02}:{found[2]:0>2}:{found[3]:0>2}"
    if kind == "boolean":
        return (value_of(attributes, "boolean-value") or "").upper()
    return value_of(attributes, "string-value")


def read(parts: Parts, start: int, cell: int) -> Iterator[Any]:
    """Messages of a spreadsheet, a unit for each sheet."""
    yield Unit(0, "its content")
    if CONTENT not in parts:
        raise SourceError("has no sheet that can be found")
    if MANIFEST in parts and b"encryption-data" in parts.part(MANIFEST).read(1 << 20):
        raise SourceError("is encrypted in a way that is not read")
    if not parts.whole:
        yield Trouble("has no directory of its parts, so it was cut off or damaged; what is left was read")
    part = parts.part(CONTENT)
    yield from content(part.pieces(), start, cell)
    if part.fault is not None:
        yield Trouble(f"was not read whole: {part.fault}")


def content(stream: Iterator[bytes], start: int, cell: int) -> Iterator[Any]:
    """Messages of the content's XML."""
    tables = _Content(cell)
    yield from read_tables(tables, stream, start)
    if tables.cut:
        yield Trouble(f"repeats cells more than {REPEATED} times; the rest of the repeats was left out")
