"""The profile of a column, made once and shared by all detectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.profile import Questions, models_of, profile, written_like
from scanner.model import Cells


class Profile(NamedTuple):
    """``kinds`` uint16[n], the classes of bytes in each cell; ``numeric`` int32[m], the cells that may hold a number.

    ``union``: the classes of the whole column. ``like`` int32[n]: for each cell one with the same writing, whose
    digits may be others; ``models`` int32[k]: those cells, each the first of its writing. ``open``, ``odd``,
    ``unsure``: what was asked besides, None where it was not (``survey``). See ``kernels.profile``.
    """

    kinds: NDArray[np.uint16]
    numeric: NDArray[np.int32]
    union: int
    like: NDArray[np.int32]
    models: NDArray[np.int32]
    open: NDArray[np.int32] | None = None
    odd: NDArray[np.int32] | None = None
    unsure: NDArray[np.int32] | None = None
    questions: Questions | None = None

    def without_answers(self) -> Profile:
        """The same without what was asked besides, which takes as much memory as all the rest."""
        return self._replace(open=None, odd=None, unsure=None, questions=None)

    def written_like(
        self, chosen: NDArray[np.int32], among: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """All cells (or those ``among`` some) that are like one of the chosen models, ascending as these (int32)."""
        return written_like(self.like, chosen, among) if len(chosen) else chosen

    def models_of(self, chosen: NDArray[np.int32]) -> NDArray[np.int32]:
        """The models that the chosen cells are like, ascending (int32)."""
        return models_of(self.like, chosen)


def profile_of(cells: Cells) -> Profile:
    """The profile of these cells, kept in their memo."""
    known = cells.memo.get("profile")
    if isinstance(known, Profile):
        return known
    return survey(cells, None)


def survey(cells: Cells, questions: Questions | None) -> Profile:
    """Makes the profile of these cells, with what is asked of them in the same pass, and keeps it in their memo."""
    made = Profile(*profile(cells.data, cells.start, cells.end, questions=questions), questions)
    cells.memo["profile"] = made
    return made
