import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

@disjoint_base
class Listed:
    def __init__(self, exact: ArrayLike, spans: ArrayLike, tails: ArrayLike) -> None: ...
    def mark(self, numbers: NDArray[np.uint64], checks: NDArray[np.uint32], bit: int) -> int: ...
