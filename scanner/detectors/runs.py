"""The number runs of a column, found once and shared by all number detectors."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.detectors.profile import profile_of
from scanner.kernels import digits
from scanner.model import Cells, Matches

Checked = tuple[
    NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint64]
]  # which runs, their checks and keys


class Runs(NamedTuple):
    """Numbers as parallel arrays, sorted by (cell, start); see ``digits.runs``.

    ``cell``, ``start``, ``end`` int32 (bytes inside the cell); ``value`` uint64, the digits; ``length``
    uint8, characters; ``flags`` uint16, kinds and manner of writing. ``kinds``: the flags of all together
    (of those chosen ``of_kind``: of all that they were chosen from).
    """

    cell: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    value: NDArray[np.uint64]
    length: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    kinds: int

    def of_kind(self, kind: int) -> Runs:
        """Those that a detector of that kind looks at; with the others where these are few, as it looks past them."""
        found = digits.of_kind(kind, self.cell, self.start, self.end, self.value, self.length, self.flags)
        return self if found is None else Runs(*found, self.kinds)

    def matches(
        self,
        which: NDArray[np.int32],
        checks: NDArray[np.uint32],
        key: NDArray[np.uint64] | None = None,
    ) -> Matches:
        """The runs that a check took for candidates (ascending)."""
        if not len(which):
            return Matches.none(packed=key is not None)
        if len(which) == len(self.cell):
            return Matches(self.cell, self.start, self.end, checks, key)
        return Matches(*digits.picked(which, self.cell, self.start, self.end), checks, key)


@cache
def contact_words() -> NDArray[np.uint64]:
    """The words of patterns/contact_words.toml, packed."""
    return digits.packed_words(knowledge.toml("contact_words.toml")["words"])


def runs_of(cells: Cells) -> Runs:
    """The runs of these cells, kept in their memo."""
    known = cells.memo.get("runs")
    if isinstance(known, Runs):
        return known
    profile = profile_of(cells)
    found = digits.runs(cells.data, cells.start, cells.end, profile.numeric, profile.kinds, contact_words())
    runs = Runs(*found)
    cells.memo["runs"] = runs
    return runs
