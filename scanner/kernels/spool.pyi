import numpy as np
from numpy.typing import NDArray

def scatter(arrays: list[NDArray[np.uint64]], shift: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...
