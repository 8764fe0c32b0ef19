"""The different values of an array."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def ascending(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Each value of a one-dimensional array once, in ascending order.

    ``numpy.unique`` does the same, and loads ``numpy.ma`` for it, which takes as long as to scan a small file.
    """
    found = np.sort(values)
    first = np.ones(len(found), np.bool_)
    np.not_equal(found[1:], found[:-1], out=first[1:])
    return found[first]
