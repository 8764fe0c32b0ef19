import numpy as np
from numpy.typing import NDArray

NOWHERE: int

def degrees(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    decimals: int,
    limit: int = 180,
) -> NDArray[np.int64]: ...
def pairs(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32], decimals: int
) -> NDArray[np.int64]: ...
