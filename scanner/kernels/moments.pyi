import numpy as np
from numpy.typing import NDArray

_Moments = NDArray[np.int64]

def moments(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32], clock: bool = False
) -> _Moments: ...
def combined(date: _Moments, time: _Moments) -> _Moments: ...
