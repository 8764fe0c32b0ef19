"""What stands on a page: characters at places, put together to lines, and lines in columns to rows of a table.

A PDF has no tables, only characters. Where lines behind each other have gaps at the same places, these are columns;
what no gap tells apart stays one line.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SAME_LINE = 0.5  # of a character's height: between the middles of two that stand on one line
APART = 0.3  # of the height: a gap without a space within a line that tells cells apart
LEAST_ROWS = 2  # of a table
NEAR = 1.6  # of the height: how far from a row the further lines of its cells may be
FURTHEST = 6  # of the height: between two rows


class Char(NamedTuple):
    """A character and its box on the page, in points, upwards."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


class Rule(NamedTuple):
    """A line that is drawn from left to right, at some height."""

    left: float
    right: float
    height: float


class Cell(NamedTuple):
    """Some text of a line and where it begins and ends."""

    text: str
    left: float
    right: float


@dataclass(slots=True)
class Line:
    """The cells of a line from left to right; ``middle`` and ``height`` of its characters."""

    middle: float
    height: float
    cells: list[Cell] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(cell.text for cell in self.cells)


@dataclass(slots=True)
class Columns:
    """Where the columns of a table lie: what stands in each of them, as far as it is known."""

    spans: list[tuple[float, float]]

    def places(self, cells: Iterable[Cell]) -> list[int] | None:
        """The column of each cell; None where one lies in none or in two, or two in one."""
        found = []
        for cell in cells:
            held = [
                at for at, (left, right) in enumerate(self.spans) if cell.left < right and left < cell.right
            ]
            if len(held) != 1 or held[0] in found:
                return None
            found.append(held[0])
        return found

    def first(self, cell: Cell) -> int:
        """The first column that a cell lies in, or that is nearest to it."""
        return min(
            range(len(self.spans)),
            key=lambda at: max(self.spans[at][0] - cell.right, cell.left - self.spans[at][1], 0),
        )


class Table(NamedTuple):
    """Rows of texts, one for each of the columns; empty where nothing stands there."""

    columns: Columns
    rows: list[list[str]]


def lines_of(chars: Iterable[Char]) -> list[Line]:
    """The lines of a page from top to bottom."""
    held: list[tuple[float, float, list[Char]]] = []  # middle, height, characters
    for char in sorted(chars, key=lambda each: -(each.bottom + each.top)):
        middle, height = (char.bottom + char.top) / 2, char.top - char.bottom
        if held and held[-1][0] - middle <= SAME_LINE * max(height, held[-1][1]):
            held[-1][2].append(char)
            if height > held[-1][1]:
                held[-1] = (held[-1][0], height, held[-1][2])
        else:
            held.append((middle, height, [char]))
    lines = [Line(middle, height, _cells(some, height)) for middle, height, some in held]
    return [line for line in lines if line.cells]


def _cells(chars: list[Char], height: float) -> list[Cell]:
    """Characters of a line, as cells where gaps are wide, or are several spaces."""
    cells: list[Cell] = []
    text, left, right, spaces = "", 0.0, 0.0, 0
    for char in sorted(chars, key=lambda each: each.left):
        if text and (char.left - right > APART * height or spaces > 1) and char.text.strip():
            cells.append(Cell(text.strip(), left, right))
            text = ""
        if not char.text.strip():
            text += " " if text else ""
            right, spaces = max(right, char.right) if not spaces else right, spaces + 1
            continue
        if not text:
            left = right = char.left
        text, right, spaces = text + char.text, max(right, char.right), 0
    cells.append(Cell(text.strip(), left, right))
    return [cell for cell in cells if cell.text]


def parts_of(
    lines: Sequence[Line], rules: Sequence[Rule] = (), before: Columns | None = None
) -> list[Line | Table]:
    """Lines, and tables of those that stand in columns; ``before``: the columns of the page before.

    What lies between two ``rules`` is one row. Elsewhere a line of one cell between the rows of a table is a further
    line of the nearest row's cell.
    """
    found: list[Line | Table] = []
    bands = _bands(lines, rules)
    at = 0
    while at < len(lines):
        end = at + 1
        while bands[at] is not None and end < len(lines) and bands[end] is not None:
            end += 1
        table = _ruled(lines[at:end], bands[at:end], before)
        if table is None and bands[at] is None:
            end = _end_of_table(lines, at, bands)
            table = _table(lines[at:end], before) if end - at >= LEAST_ROWS else None
            end = end if table else at + 1
        if table is None:
            found += lines[at:end]
        else:
            found.append(table)
            before = table.columns
        at = end
    return found


def _bands(lines: Sequence[Line], rules: Iterable[Rule]) -> list[int | None]:
    """For each line between which two rules it lies: the number of the lower one; None where it lies between none."""
    reach: dict[int, tuple[float, float]] = {}  # by height: from where to where rules go
    for left, right, height in rules:
        known = reach.get(round(height), (left, right))
        reach[round(height)] = min(known[0], left), max(known[1], right)
    heights = sorted(reach, reverse=True)
    found: list[int | None] = []
    for line in lines:
        below = bisect(heights, -line.middle, key=lambda height: -height)
        around = [reach[height] for height in heights[max(0, below - 1) : below + 1]]
        inside = all(left <= line.cells[0].left and line.cells[-1].right <= right for left, right in around)
        found.append(below if 0 < below < len(heights) and inside else None)
    return found


def _ruled(lines: Sequence[Line], bands: Sequence[int | None], before: Columns | None) -> Table | None:
    """The table whose rows are bands; None where there are no two rows of several cells."""
    rows: dict[int, list[Line]] = {}
    for line, band in zip(lines, bands, strict=True):
        if band is not None:
            rows.setdefault(band, []).append(line)
    several = [[cell for line in some for cell in line.cells] for some in rows.values()]
    several = [cells for cells in several if len(_spans([cells])) > 1]
    if len(rows) < LEAST_ROWS or not several:
        return None
    columns = before
    if columns is None or any(columns.places(line.cells) is None for some in rows.values() for line in some):
        columns = Columns(_spans(several))
    made = []
    for some in rows.values():
        texts: list[list[str]] = [[] for _ in columns.spans]
        for line in some:
            for cell in line.cells:
                texts[columns.first(cell)].append(cell.text)
        made.append(["".join(parts) for parts in texts])
    return Table(columns, made)


def _end_of_table(lines: Sequence[Line], first: int, bands: Sequence[int | None]) -> int:
    """Behind the last of the lines from ``first`` on that may be rows of one table, or further lines of such."""
    end, rows = first, 0
    for at in range(first, len(lines)):
        gap = lines[at - 1].middle - lines[at].middle if at > first else 0.0
        several = len(lines[at].cells) > 1
        if bands[at] is not None or gap > FURTHEST * max(lines[at - 1].height, lines[at].height):
            break
        if not several and _nearest(lines, at) is None:
            break
        rows, end = rows + several, at + 1
    return end if rows >= LEAST_ROWS else first


def _nearest(lines: Sequence[Line], at: int) -> int | None:
    """The line of several cells that is nearest to one of one cell, and near enough; the upper one of two."""
    best: tuple[float, int] | None = None
    for step in (-1, 1):
        other = at + step
        while 0 <= other < len(lines) and len(lines[other].cells) == 1:
            other += step
        if 0 <= other < len(lines):
            away = abs(lines[other].middle - lines[at].middle)
            within = NEAR * max(lines[at].height, lines[other].height) * abs(other - at)
            if away <= within and (best is None or away < best[0]):
                best = away, other
    return best[1] if best else None


def _table(lines: Sequence[Line], before: Columns | None) -> Table | None:
    """The table that lines are; None where they stand in no columns."""
    every = [line.cells for line in lines]
    tried = (before, Columns(_spans(cells for cells in every if len(cells) > 1)), Columns(_spans(every)))
    columns = next((each for each in tried if each and all(map(each.places, every))), None)
    if columns is None or len(columns.spans) < 2:
        return None
    texts: dict[int, list[list[str]]] = {
        at: [[] for _ in columns.spans] for at, line in enumerate(lines) if len(line.cells) > 1
    }
    for at, line in enumerate(lines):  # from top to bottom, so the lines of a cell come in their order
        row = at if at in texts else _nearest(lines, at)
        if row is None:
            return None
        for place, cell in zip(columns.places(line.cells) or (), line.cells, strict=True):
            texts[row][place].append(cell.text)
    return Table(columns, [["".join(parts) for parts in row] for row in texts.values()])


def _spans(rows: Iterable[Sequence[Cell]]) -> list[tuple[float, float]]:
    """Where something stands in any row, from left to right."""
    spans: list[tuple[float, float]] = []
    for left, right in sorted((cell.left, cell.right) for cells in rows for cell in cells):
        if spans and left < spans[-1][1]:
            spans[-1] = spans[-1][0], max(right, spans[-1][1])
        else:
            spans.append((left, right))
    return spans
