"""The profile of a column, made once and shared by all detectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.profile import profile
from scanner.model import Cells


class Profile(NamedTuple):
    """``kinds`` uint16[n], the classes of bytes in each cell; ``numeric`` int32[m], the cells that may hold a number.

    ``union``: the classes of the whole column. ``like`` int32[n]: for each cell one with the same writing, whose
    digits may be others; ``models`` int32[k]: those cells, each the first of its writing. See ``kernels.profile``.
    """

    kinds: NDArray[np.uint16]
    numeric: NDArray[np.int32]
    union: int
    like: NDArray[np.int32]
    models: NDArray[np.int32]

    def written_like(self, chosen: NDArray[np.int32]) -> NDArray[np.int32]:
        """All cells that are like one of the chosen models, ascending (int32)."""
        if not len(chosen):
            return chosen
        wanted = np.zeros(len(self.kinds), np.bool_)
        wanted[chosen] = True
        return np.flatnonzero(wanted[self.like]).astype(np.int32)


def profile_of(cells: Cells) -> Profile:
    """The profile of these cells, kept in their memo."""
    known = cells.memo.get("profile")
    if isinstance(known, Profile):
        return known
    made = Profile(*profile(cells.data, cells.start, cells.end))
    cells.memo["profile"] = made
    return made
