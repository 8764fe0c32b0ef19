"""Which numbers of a text stand right behind a word that names them (身份证号：…, 信用卡号…)."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from scanner.model import Cells, Matches


def behind_names(
    cells: Cells, found: Matches, among: NDArray[np.bool_], names: re.Pattern[bytes], longest: int
) -> NDArray[np.bool_]:
    """bool[n]: which of the matches stand behind text in which ``names``, an expression for its end, is found.

    ``among`` bool[n]: those that are asked about; ``longest``: so many bytes before them are looked at.
    """
    told = among & (found.start > 0)
    first, last = cells.start[found.cell], cells.start[found.cell] + found.start
    for at in np.flatnonzero(told).tolist():
        begin = max(int(first[at]), int(last[at]) - longest)
        told[at] = names.search(cells.data[begin : last[at]].tobytes()) is not None
    return told
