import numpy as np
from numpy.typing import NDArray

def names(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    single: NDArray[np.uint8],
    double: NDArray[np.uint32],
    score: NDArray[np.int16],
    last_floor: int,
    mean_floor: int,
    kinds: NDArray[np.uint16] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]: ...
