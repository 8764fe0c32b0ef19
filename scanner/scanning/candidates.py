"""Candidates of one detector in one column: which are valid, and what they add to its statistics."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.columns import coded
from scanner.columns.names import DUMMY, FAILED_DUMMY, UNSOUND
from scanner.columns.tally import LabelTally, refusal
from scanner.kernels.codes import count_codes
from scanner.kernels.sieve import BASED, LENIENT, VALID, judge, kept, marked
from scanner.kernels.spans import overlapping
from scanner.model import Check, Column, Detector, Matches

Rows = NDArray[np.int32]
NO_CELLS = np.zeros(0, np.int32)
PLACEHOLDER = int(Check.PLACEHOLDER)
APART = 8  # a kind beside those of kernels.sieve: valid ones that are told apart


def weights_of(column: Column) -> NDArray[np.int64] | None:
    """How many rows hold each cell of a dictionary column; None where each cell counts once."""
    if column.codes is None:
        return None
    return count_codes(column.codes, len(column.cells))


def rows_of(cell: Rows, weights: NDArray[np.int64] | None) -> int:
    """How many rows hold matches in these cells; one with several counts as often."""
    return len(cell) if weights is None else int(weights[cell].sum())


def overlap(one: Matches, other: Matches) -> tuple[NDArray[np.uint8], int]:
    """uint8[n]: which of ``one`` lie on some of ``other``, and how many; both sorted by (cell, start)."""
    return overlapping(one.cell, one.start, one.end, other.cell, other.start, other.end)


class Judged(NamedTuple):
    """The candidates of a detector in one column, told apart.

    ``valid``: but those that are ``apart``; ``failed``: that have the basis; ``marks``: by mark the cells of those that
    failed and are no more than that, of valid placeholders, and of others, if any; ``lost`` bool[n]: which of
    ``failed`` lost digits, None: none.
    """

    valid: Matches
    apart: Matches
    failed: Matches
    probable: Matches
    marks: list[tuple[str, Rows]]
    lost: NDArray[np.bool_] | None


def counted(
    label: LabelTally,
    detector: Detector,
    candidates: Matches,
    column: Column,
    weights: NDArray[np.int64] | None,
    set_apart: Callable[[Detector, Matches, NDArray[np.uint8], int, int], int],
    lost_digits: Callable[[Detector, Matches], NDArray[np.bool_] | None],
) -> Judged:
    """Adds candidates to the statistics, and tells them apart.

    ``set_apart(detector, candidates, kind, VALID, APART)`` sets APART in ``kind`` of valid ones, and tells of how many;
    ``lost_digits(detector, failed)`` tells which of these are counted apart and leave no mark, None: none.
    """
    cells, c = column.cells, candidates
    required, basis, lenient = (
        int(detector.required),
        int(detector.basis),
        int(getattr(detector, "lenient", 0)),
    )
    kind, counts, refused, some = judge(
        cells.data,
        cells.start,
        cells.end,
        c.cell,
        c.start,
        c.end,
        c.checks,
        required,
        basis,
        lenient,
        weights,
    )
    total, valid, based, whole, valid_ones, failed, probable = counts
    if whole < valid and getattr(detector, "fills_cells", False):
        whole = rows_of(ascending(c.cell[kind & VALID != 0]), weights)
    label.candidates += total
    label.valid += valid
    label.basis += based if basis else 0
    label.whole += whole
    for checks, count in refused:
        if count:
            label.refused[_refusal(checks, required)] += count

    def told_apart() -> Judged:
        aside = set_apart(detector, c, kind, VALID, APART) if valid_ones else 0
        found = taken(c, kind, VALID | APART, VALID, valid_ones - aside)
        apart = taken(c, kind, APART, APART, aside)
        left = taken(c, kind, BASED, BASED, failed)
        lost = lost_digits(detector, left) if failed else None
        if not (probable or some & PLACEHOLDER):
            none = Matches.none(packed=c.key is not None)
            unsound = left.cell if lost is None else left.cell[~lost]
            return Judged(found, apart, left, none, [(UNSOUND, unsound)] if len(unsound) else [], lost)
        telling = kind
        if lost is not None:
            telling = kind.copy()
            telling[np.flatnonzero(kind & BASED)[lost]] = 0
        marks = zip(
            (UNSOUND, DUMMY, FAILED_DUMMY), marked(telling, c.cell, c.checks, PLACEHOLDER), strict=True
        )
        several = [(mark, which) for mark, which in marks if len(which)]
        likely = taken(c, kind, LENIENT, LENIENT, probable)
        if some & PLACEHOLDER:  # no column makes up for a placeholder: it is nobody's wherever it stands
            likely = likely.take((likely.checks & np.uint32(PLACEHOLDER)) == 0)
        return Judged(found, apart, left, likely, several, lost)

    return coded.kept(cells, ("judged", detector.name), told_apart)


_refusal = lru_cache(maxsize=1 << 12)(refusal)


def taken(matches: Matches, kind: NDArray[np.uint8], bits: int, value: int, count: int) -> Matches:
    """The ``count`` matches whose ``kind`` has ``value`` in ``bits``."""
    if not count:
        return Matches.none(packed=matches.key is not None)
    if count == len(matches):
        return matches
    m = matches
    return Matches(*kept(kind, bits, value, count, m.cell, m.start, m.end, m.checks, m.key))
