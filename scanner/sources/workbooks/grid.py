"""The cells of a sheet, collected into record batches of bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import AnyStr

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import LOOSE, ROW, Trouble

ROWS, CELLS, BYTES = 8192, 1 << 17, 4 << 20  # of a batch
WIDEST = 1 << 14  # columns of a sheet
SPARSE = 64  # places of a batch for each filled cell, at most
ALWAYS = 1 << 12  # places that any batch may have

Cell = tuple[int, str | bytes]  # column, text


class Grid:
    """Takes rows in order and gives them as batches (see ``messages``): the table, and cells far right of it as loose.

    Rows without a filled cell are left out: ``ROW`` tells where the others stand.
    """

    def __init__(self, cell: int) -> None:
        """``cell``: the longest text of a cell, in bytes; longer ones are loose, in pieces."""
        self._cell = cell
        self._numbers: list[int] = []
        self._rows: list[Sequence[Cell]] = []
        self._loose: list[tuple[int, str | bytes]] = []
        self._cells = self._bytes = 0
        self._last = -1
        self._long = 0  # cells that were longer than they may be

    @property
    def next(self) -> int:
        """The number of the row behind the last."""
        return self._last + 1

    @property
    def full(self) -> bool:
        """Whether it is time to take a batch."""
        return self._cells >= CELLS or self._bytes >= BYTES or len(self._rows) >= ROWS

    def add(self, number: int, cells: Sequence[Cell]) -> None:
        """One row: its place in the sheet, which rises, and its filled cells, a column each."""
        number = max(number, self._last + 1)
        self._last = number
        if not cells:
            return
        size = sum([len(text) for _, text in cells])
        if size > self._cell // 4:
            cells = self._shortened(number, cells)
            if not cells:
                return
        self._numbers.append(number)
        self._rows.append(cells)
        self._cells += len(cells)
        self._bytes += size

    def append(self, cells: Sequence[AnyStr]) -> None:
        """The row behind the last: its cells from the first column on, of which blank ones are none."""
        self.add(self.next, [(column, cell) for column, cell in enumerate(cells) if cell.strip()])

    def add_loose(self, number: int, text: str | bytes) -> None:
        """Text of a row that is no cell of it."""
        raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
        for at in range(0, len(raw), self._cell):
            self._loose.append((number, raw[at : at + self._cell]))
            self._cells += 1
        self._bytes += len(raw)

    def _shortened(self, number: int, cells: Sequence[Cell]) -> Sequence[Cell]:
        kept = []
        for column, text in cells:
            raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
            if len(raw) > self._cell:
                self._long += 1
                self.add_loose(number, raw)
            else:
                kept.append((column, raw))
        return kept

    def batches(self) -> list[pa.RecordBatch]:
        """What was collected since the last time."""
        made = []
        if self._rows:
            width = self._width()
            self._drop_beyond(width)
            columns: list[list[str | bytes | None]] = [[None] * len(self._rows) for _ in range(width)]
            for place, cells in enumerate(self._rows):
                for column, text in cells:
                    columns[column][place] = text
            arrays = [pa.array(self._numbers, pa.int64()), *(pa.array(each, pa.binary()) for each in columns)]
            if self._rows:
                made.append(pa.record_batch(arrays, [ROW, *map(str, range(width))]))
        if self._loose:
            numbers, texts = zip(*self._loose, strict=True)
            arrays = [pa.array(numbers, pa.int64()), pa.array(texts, pa.binary())]
            made.append(pa.record_batch(arrays, [ROW, LOOSE]))
        self._numbers, self._rows, self._loose = [], [], []
        self._cells = self._bytes = 0
        return made

    def troubles(self, name: str) -> list[Trouble]:
        """What is to be said of the sheet of this name since the last time."""
        long, self._long = self._long, 0
        if not long:
            return []
        return [
            Trouble(
                counted(
                    "sheet {sheet}: {cells} [cells:cell is|cells are] longer than a cell may be; "
                    "[cells:it was|they were] read in pieces, as free text",
                    sheet=name,
                    cells=long,
                )
            )
        ]

    def _drop_beyond(self, width: int) -> None:
        """Cells right of the table are loose; rows that have no others are no rows."""
        kept: list[tuple[int, Sequence[Cell]]] = []
        for number, cells in zip(self._numbers, self._rows, strict=True):
            if max([column for column, _ in cells]) >= width:
                for column, text in cells:
                    if column >= width:
                        self.add_loose(number, text)
                cells = [each for each in cells if each[0] < width]
            if cells:
                kept.append((number, cells))
        self._numbers = [number for number, _ in kept]
        self._rows = [cells for _, cells in kept]

    def _width(self) -> int:
        """How many columns the batch has: as many as its cells fill not too sparsely."""
        counts: dict[int, int] = {}
        for cells in self._rows:
            for column, _ in cells:
                counts[column] = counts.get(column, 0) + 1
        width = filled = 0
        for column in sorted(counts):
            filled += counts[column]
            if column < WIDEST and (column + 1) * len(self._rows) <= SPARSE * filled + ALWAYS:
                width = column + 1
        return width
