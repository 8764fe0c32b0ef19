"""Columns of which several rows may share a cell: which rows hold which cells."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.codes import rows_of
from scanner.model import Cells, Column, Detector, Matches

Rows = NDArray[np.int32]
Positions = NDArray[np.intp]
Made = TypeVar("Made")
MARKS = 8  # of a cell, a bit each


def candidates_of(detector: Detector, cells: Cells) -> Matches:
    """All candidates; those of a dictionary that was seen before are known (sources.arrow.Dictionaries)."""
    known: Any = cells.memo.get("found")
    if known is None:
        return detector.find(cells)
    if detector.name not in known:
        found = detector.find(cells)
        if "timeouts" in cells.memo:  # what was cut off is told of every time
            return found
        known[detector.name] = found
    again: Matches = known[detector.name]
    return again


def kept(cells: Cells, what: Hashable, make: Callable[[], Made]) -> Made:
    """What is ``made`` of cells; of a dictionary that comes again, what was made the first time.

    Once candidates of a dictionary were cut off, nothing that comes of them is kept.
    """
    known: Any = cells.memo.get("found")
    if known is None or "timeouts" in cells.memo:
        return make()
    if what not in known:
        known[what] = make()
    made: Made = known[what]
    return made


def rows_with(column: Column, cells: Rows, limit: int = -1) -> Rows:
    """The rows of a dictionary column that hold one of ``cells``, ascending; at most ``limit`` if that is not -1."""
    assert column.codes is not None
    wanted = np.zeros(len(column.cells), np.uint8)
    wanted[cells] = 1
    rows: Rows = rows_of(column.codes, wanted, limit)
    return rows


def marked_cells(column: Column, cells: list[Rows]) -> list[NDArray[np.uint8]]:
    """For every MARKS of some lists of cells uint8[cells]: in which of these each cell of a column is, by bits."""
    found: list[NDArray[np.uint8]] = []
    for at in range(0, len(cells), MARKS):
        marks = np.zeros(len(column.cells), np.uint8)
        for bit, each in enumerate(cells[at : at + MARKS]):
            held = np.zeros(len(marks), np.uint8)
            held[each] = 1 << bit
            marks |= held
        found.append(marks)
    return found


def first_rows(column: Column, cells: Rows, count: int) -> tuple[Positions, Rows]:
    """(position in ``cells``, row) for the first ``count`` rows of a dictionary column that hold any, by row.

    ``cells`` ascend.
    """
    assert column.codes is not None
    rows = rows_with(column, cells, count)
    held = column.codes[rows]
    low, high = np.searchsorted(cells, held, "left"), np.searchsorted(cells, held, "right")
    pairs = [(at, row) for row, *span in zip(rows, low, high, strict=True) for at in range(*span)]
    return np.array([at for at, _ in pairs], np.intp), np.array([row for _, row in pairs], np.int32)


def expanded(column: Column, cells: Rows) -> tuple[Positions, Rows]:
    """For cells: (position in ``cells``, row) for each row that holds them, by position and row."""
    if column.rows is not None:
        return np.arange(len(cells)), column.rows[cells]
    if column.codes is None:
        return np.arange(len(cells)), cells
    order = np.argsort(column.codes, kind="stable").astype(np.int32)
    codes = column.codes[order]
    low, high = np.searchsorted(codes, cells, "left"), np.searchsorted(codes, cells, "right")
    positions = np.repeat(np.arange(len(cells)), high - low)
    offsets = np.arange(len(positions)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return positions, order[np.repeat(low, high - low) + offsets]
