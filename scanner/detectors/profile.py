"""The profile of a column, made once and shared by all detectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.profile import profile
from scanner.model import Cells, Matches


class Profile(NamedTuple):
    """``kinds`` uint16[n], the classes of bytes in each cell; ``numeric`` int32[m], the cells that may hold a number.

    ``union``: the classes of the whole column. See ``kernels.profile``.
    """

    kinds: NDArray[np.uint16]
    numeric: NDArray[np.int32]
    union: int


def profile_of(cells: Cells) -> Profile:
    """The profile of these cells, kept in their memo."""
    known = cells.memo.get("profile")
    if isinstance(known, Profile):
        return known
    made = Profile(*profile(cells.data, cells.start, cells.end))
    cells.memo["profile"] = made
    return made


def numbered(matches: Matches, chosen: NDArray[np.int32]) -> Matches:
    """Matches in some of the cells as matches in all: ``chosen`` int32 tells which cells they were."""
    return Matches(chosen[matches.cell], matches.start, matches.end, matches.checks, matches.key)
