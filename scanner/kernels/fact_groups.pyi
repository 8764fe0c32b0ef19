import numpy as np
from numpy.typing import NDArray

def group_facts(
    facts: list[list[NDArray[np.int32]]], size: int, numbers: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[int]]: ...
