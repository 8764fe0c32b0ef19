"""Sheets without a head: forms (a label in one cell, its value beside it), and tables that lie on their side.

Both become rows with the labels as columns. What else a sheet holds, such as titles, stands in columns without a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from scanner.sources.dialect import Judge, Values
from scanner.sources.sheet_rows import is_label, pairs

LEAST_LABELS = 2  # different header words of a form, and rows that begin with one
LEAST_SHARE = (
    0.5  # of the rows with several cells begin with a label; of these, have several values, on a side
)
MOST_ALIKE = 3  # columns of one label, where a row repeats it
MOST_COLUMNS = 256

Rows = Sequence[Sequence[str]]
Pairs = list[tuple[str, list[str]]]


class Row(NamedTuple):
    """A row that was put together: its place, and its cells in the order of the columns."""

    place: int
    cells: list[str]


def record_batch(rows: Sequence[Row], width: int) -> pa.RecordBatch:
    """The cells of rows as columns of binary; cells that are empty are null."""
    columns: list[list[bytes | None]] = [[None] * len(rows) for _ in range(width)]
    for at, row in enumerate(rows):
        for column, cell in enumerate(row.cells):
            if cell:
                columns[column][at] = cell.encode("utf-8", "replace")
    return pa.record_batch(
        [pa.array(each, pa.binary()) for each in columns], [str(at) for at in range(width)]
    )


@dataclass(slots=True)
class Form:
    """Reads forms that lie below each other: a row begins where the first label comes again.

    ``columns``: the labels, each as often as a row repeats it, and None for all else at the end.
    """

    columns: tuple[str | None, ...]
    is_header_word: Judge
    _now: dict[int, list[str]] = field(default_factory=dict)
    _place: int = 0

    def begins(self, row: Sequence[str]) -> bool:
        """Whether a form begins with this row."""
        found = pairs(row, self._label)
        return found is not None and found[0][0] == self.columns[0]

    def taken(self, rows: Rows, places: Sequence[int]) -> Iterator[Row]:
        """The rows that are whole behind these rows of the sheet, whose places these are."""
        for row, place in zip(rows, places, strict=True):
            found = pairs(row, self._label)
            if found is None:
                self._held(len(self.columns) - 1, [cell.strip() for cell in row if cell.strip()], place)
                continue
            for label, cells in found:
                if label == self.columns[0] and 0 in self._now:
                    yield from self.rest()
                self._held(self._column(label), cells if label in self.columns else [label, *cells], place)

    def rest(self) -> Iterator[Row]:
        """The row that is not closed yet, if any."""
        if any(self._now.values()):
            last = len(self.columns) - 1
            texts = [("\n" if at == last else " ").join(self._now.get(at, ())) for at in range(last + 1)]
            yield Row(self._place, texts)
        self._now = {}

    def _label(self, cell: str) -> bool:
        return is_label(cell, self.is_header_word)

    def _column(self, label: str) -> int:
        """The next column of this name that the row has not filled."""
        places = [at for at, name in enumerate(self.columns[:-1]) if name == label]
        return next((at for at in places if at not in self._now), (places or [len(self.columns) - 1])[-1])

    def _held(self, column: int, cells: list[str], place: int) -> None:
        if not self._now:
            self._place = place
        self._now.setdefault(column, []).extend(cells)


def find_form(rows: Rows, is_header_word: Judge) -> Form | None:
    """How the first rows of a sheet are read as forms; None where they are none."""
    found = _labelled(rows, is_header_word)
    if not found or _on_its_side(found):
        return None
    told = [each for each in found if each is not None]
    first = told[0][0][0]
    most: dict[str, int] = {}
    count: dict[str, int] = {}
    for label, _ in (pair for row in told for pair in row):
        if label == first:
            count = {}
        count[label] = count.get(label, 0) + 1
        most[label] = max(most.get(label, 0), count[label])
    columns = [label for label, times in most.items() for _ in range(min(times, MOST_ALIKE))]
    return Form((*columns[:MOST_COLUMNS], None), is_header_word)


def turned(
    rows: Rows, is_header_word: Judge, values: Values
) -> tuple[tuple[str | None, ...], list[Row]] | None:
    """The names and rows of a table on its side, whose first filled column holds the labels; None where it is none.

    A row's place is its column in the sheet. What stands beside no label is a row at the place of the labels.
    """
    found = _labelled(rows, is_header_word)
    if not _on_its_side(found):
        return None
    sides = {
        next(at for at, cell in enumerate(row) if cell.strip())
        for row, each in zip(rows, found, strict=True)
        if each is not None
    }
    if len(sides) != 1 or not _alike([each[0][1] for each in found if each is not None], values):
        return None
    (side,) = sides
    names = [None if each is None else row[side].strip() for row, each in zip(rows, found, strict=True)]
    made = []
    for place in range(side, max(map(len, rows))):
        cells = [row[place].strip() if place < len(row) else "" for row in rows]
        if place == side:
            cells = ["" if name else cell for name, cell in zip(names, cells, strict=True)]
        if any(cells):
            made.append(Row(place, cells))
    return tuple(names), made


def _labelled(rows: Rows, is_header_word: Judge) -> list[Pairs | None]:
    """The labels and values of each row, None of others; empty where they are too few for a form."""
    found = [pairs(row, lambda cell: is_label(cell, is_header_word)) for row in rows]
    filled = [each for each in found if each is not None and any(cells for _, cells in each)]
    labels = {label for each in filled for label, cells in each if cells}
    several = sum(sum(bool(cell.strip()) for cell in row) > 1 for row in rows)
    enough = min(len(filled), len(labels)) >= LEAST_LABELS and len(filled) >= LEAST_SHARE * several
    return found if enough else []


def _alike(cells_of: list[list[str]], values: Values) -> bool:
    """Whether rows hold cells of one kind each, some of them numbers and the like: no row of a table does."""
    told = [values(cells) for cells in cells_of if len(cells) > 1]
    return any(map(all, told)) and sum(any(each) and not all(each) for each in told) <= LEAST_SHARE * sum(
        map(any, told)
    )


def _on_its_side(found: list[Pairs | None]) -> bool:
    """Whether rows have one label each, and most of these more values than one."""
    told = [each for each in found if each is not None]
    several = sum(len(each[0][1]) > 1 for each in told)
    return bool(told) and all(len(each) == 1 for each in told) and several >= LEAST_SHARE * len(told)
