"""Candidates of one detector in one column: which are valid, and what they add to its statistics."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scanner.columns import LabelTally, refusal
from scanner.kernels.codes import count_codes
from scanner.kernels.sieve import BASED, LENIENT, VALID, judge, kept
from scanner.kernels.spans import overlapping
from scanner.model import Check, Column, Detector, Matches

Rows = NDArray[np.int32]
NO_CELLS = np.zeros(0, np.int32)


def weights_of(column: Column) -> NDArray[np.int64] | None:
    """How many rows hold each cell of a dictionary column; None where each cell counts once."""
    if column.codes is None:
        return None
    return count_codes(column.codes, len(column.cells))


def overlap(one: Matches, other: Matches) -> tuple[NDArray[np.uint8], int]:
    """uint8[n]: which of ``one`` lie on some of ``other``, and how many; both sorted by (cell, start)."""
    return overlapping(one.cell, one.start, one.end, other.cell, other.start, other.end)


def counted(
    label: LabelTally,
    detector: Detector,
    candidates: Matches,
    column: Column,
    weights: NDArray[np.int64] | None,
) -> tuple[Matches, Matches, Matches, tuple[Rows, Rows, Rows]]:
    """Adds candidates to the statistics; returns the valid, the failed ones that have the basis, the probable ones; and
    the cells of those that failed and are no more than that, of valid placeholders, and of others."""
    cells, c = column.cells, candidates
    kind, counts, refused = judge(
        cells.data,
        cells.start,
        cells.end,
        c.cell,
        c.start,
        c.end,
        c.checks,
        int(detector.required),
        int(detector.basis),
        int(getattr(detector, "lenient", 0)),
        weights,
    )
    total, valid, based, whole, *found = counts
    label.candidates += total
    label.valid += valid
    label.basis += based if detector.basis else 0
    label.whole += whole
    for checks, count in refused:
        if count:
            label.refused[_refusal(checks, int(detector.required))] += count
    kinds = [taken(c, kind, bit, bit, held) for bit, held in zip((VALID, BASED, LENIENT), found, strict=True)]
    unsound, dummies, others = kinds[1].cell, NO_CELLS, NO_CELLS
    if len(kinds[2]):
        unsound = c.cell[(kind & (BASED | LENIENT)) == BASED]
    is_dummy = (c.checks & np.uint32(Check.PLACEHOLDER)) != 0
    if is_dummy.any():
        valid_one = (kind & VALID) != 0
        dummies, others = c.cell[is_dummy & valid_one], c.cell[is_dummy & ~valid_one]
        unsound = c.cell[((kind & (BASED | LENIENT)) == BASED) & ~is_dummy]
    return kinds[0], kinds[1], kinds[2], (unsound, dummies, others)


_refusal = lru_cache(maxsize=1 << 12)(refusal)


def taken(matches: Matches, kind: NDArray[np.uint8], bits: int, value: int, count: int) -> Matches:
    """The ``count`` matches whose ``kind`` has ``value`` in ``bits``."""
    if not count:
        return Matches.none(packed=matches.key is not None)
    if count == len(matches):
        return matches
    m = matches
    return Matches(*kept(kind, bits, value, count, m.cell, m.start, m.end, m.checks, m.key))
