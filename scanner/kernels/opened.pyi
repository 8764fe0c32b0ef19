import numpy as np
from numpy.typing import NDArray

def opened(
    cells: NDArray[np.int32],
    hits: NDArray[np.uint64],
    of_bit: NDArray[np.uint64],
    like: NDArray[np.int32] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]: ...
def holding(
    index: NDArray[np.int32], opens: NDArray[np.uint64], pattern: int, apart: int = -1
) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...
def any_of(opens: NDArray[np.uint64]) -> NDArray[np.uint64]: ...
