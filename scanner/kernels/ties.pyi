import numpy as np
from numpy.typing import NDArray

def tie_rows(
    facts: list[tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32] | None, int]],
    of_row: NDArray[np.int32],
    kind: NDArray[np.int32],
    tags: NDArray[np.uint64],
    kinds: list[tuple[int, ...]],
) -> list[NDArray[np.uint64]]: ...
