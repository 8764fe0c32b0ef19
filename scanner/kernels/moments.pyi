import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.int64]

def moments(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32], clock: bool = False
) -> Moments: ...
def combined(date: Moments, time: Moments) -> Moments: ...
