import numpy as np
from numpy.typing import NDArray

def escaped(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    pairs: NDArray[np.uint16] | None = None,
) -> NDArray[np.int64]: ...
def write(
    data: NDArray[np.uint8],
    at: int,
    cells: NDArray[np.int64],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    pairs: NDArray[np.uint16] | None = None,
) -> NDArray[np.int64]: ...
