"""One sheet of an Office Open XML workbook (ECMA-376 Part 1, 18.3), read as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import Trouble
from scanner.sources.workbooks.grid import Cell, Grid
from scanner.sources.workbooks.number_text import Moment, moment_text, number_text
from scanner.sources.workbooks.strings import Strings
from scanner.sources.workbooks.xml_text import Attributes, DamagedError, Reading, loose_lines, unescaped

NAMES = {name: name for name in ("c", "v", "row", "f", "t", "is", "rPh", "r")}
BEYOND = 1 << 15  # the column of a reference that names none


@dataclass(slots=True)
class Book:
    """What the cells of all sheets refer to. ``moments``: what each cell format shows, None where it is no date."""

    strings: Strings
    moments: list[Moment | None] = field(default_factory=list)
    since_1904: bool = False


@lru_cache(maxsize=1 << 12)
def column_of(letters: str) -> int:
    """The column that letters name, from 0."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            return BEYOND
        number = 26 * number + ord(letter) - 64
    return min(number - 1, BEYOND) if number else BEYOND


class _Cells:
    """The handlers of a sheet's XML: they put its rows into a grid."""

    def __init__(self, grid: Grid, book: Book) -> None:
        self._grid = grid
        self._book = book
        self._row: list[Cell] = []
        self._number = -1
        self._column = -1
        self._kind = "n"
        self._style: str | None = None
        self._value: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._aside = 0  # depth of phonetic hints
        self.lost_strings = self.lost_styles = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        name = NAMES.get(tag) or tag.rpartition(":")[2]
        if name == "c":
            kind, style, column = "n", None, self._column + 1
            for place in range(0, len(attributes), 2):
                key = attributes[place]
                if key == "r":
                    column = column_of(attributes[place + 1].rstrip("0123456789"))
                elif key == "t":
                    kind = attributes[place + 1]
                elif key == "s":
                    style = attributes[place + 1]
            self._column, self._kind, self._style = column, kind, style
            self._value, self._formula = [], []
        elif name == "v" or name == "t":
            if not self._aside:
                self._into = self._value
        elif name == "f":
            self._into = self._formula
        elif name == "row":
            self._finish()
            self._number = self._grid.next
            for place in range(0, len(attributes), 2):
                if attributes[place] == "r" and attributes[place + 1].isdecimal():
                    self._number = max(0, int(attributes[place + 1][:9]) - 1)
        elif name == "rPh":
            self._aside += 1

    def end(self, tag: str) -> None:
        name = NAMES.get(tag) or tag.rpartition(":")[2]
        if name == "c":
            if self._value:
                text = self._text("".join(self._value))
                if text:
                    self._row.append((self._column, text))
            elif self._formula:
                self._row.append((self._column, "=" + "".join(self._formula)))
        elif name == "v" or name == "t" or name == "f":
            self._into = None
        elif name == "row":
            self._finish()
        elif name == "rPh":
            self._aside -= 1

    def text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _finish(self) -> None:
        """The row is over, or what came of it."""
        if self._number >= 0:
            self._grid.add(self._number, self._row)
        self._row, self._number, self._column = [], -1, -1

    close = _finish

    def _text(self, raw: str) -> str | bytes:
        """What a cell shows."""
        kind = self._kind
        if kind == "s":
            found = self._book.strings.get(raw)
            if found is None:
                self.lost_strings += 1
                return b""
            return found
        if kind == "n":
            style = self._style
            moment = None
            if style is not None and style.isdecimal():
                if int(style[:6]) < len(self._book.moments):
                    moment = self._book.moments[int(style[:6])]
                elif style != "0":
                    self.lost_styles += 1
            if moment is not None:
                shown = moment_text(raw, moment, self._book.since_1904)
                if shown is not None:
                    return shown
            return number_text(raw)
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
        return unescaped(raw)


def sheet_rows(
    name: str, pieces: Iterator[bytes], grid: Grid, book: Book
) -> Iterator[pa.RecordBatch | Trouble]:
    """The rows of a sheet's XML; where it is damaged, the text behind that is loose."""
    cells = _Cells(grid, book)
    reading = Reading(cells.start, cells.end, cells.text)
    try:
        for piece in pieces:
            reading.feed(piece)
            if grid.full:
                yield from grid.batches()
        reading.feed(b"", True)
        cells.close()
    except DamagedError as error:
        cells.close()
        rest = iter([reading.rest(b"c>")])
        first = grid.next
        for number, line in enumerate(line for part in (rest, pieces) for line in loose_lines(part)):
            grid.add_loose(first + number, line)
            if grid.full:
                yield from grid.batches()
        yield Trouble(f"sheet {name}: {error}; what follows there was read as free text")
    yield from grid.batches()
    if cells.lost_strings:
        form = "sheet {sheet}: {cells} [cells:cell has|cells have] no text, which is missing from the shared strings"
        yield Trouble(counted(form, sheet=name, cells=cells.lost_strings))
    if cells.lost_styles:
        form = (
            "sheet {sheet}: {cells} [cells:cell has|cells have] a format that is missing; "
            "[cells:it was read as a number|they were read as numbers]"
        )
        yield Trouble(counted(form, sheet=name, cells=cells.lost_styles))
    yield from grid.troubles(name)
