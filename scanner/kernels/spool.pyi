from typing import Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

def scatter(
    arrays: list[NDArray[np.uint64]], shift: int, room: NDArray[np.uint64] | None = None
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...
def read_all(places: list[tuple[int, int, int]], out: NDArray[np.uint8]) -> None: ...

@disjoint_base
class Parts:
    def __new__(cls, parts: list[tuple[NDArray[np.uint64], NDArray[np.int64]]]) -> Self: ...
    def gather(self, first: int, last: int, out: NDArray[np.uint64]) -> int: ...
