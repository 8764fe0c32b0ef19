import numpy as np
from numpy.typing import NDArray

def count_owners(keys: NDArray[np.uint64], owner: NDArray[np.int64], owned: NDArray[np.int64]) -> None: ...
