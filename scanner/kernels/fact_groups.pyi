import numpy as np
from numpy.typing import NDArray

_Shared = tuple[NDArray[np.int32], NDArray[np.uint8], list[int]]

def group_facts(
    facts: list[list[NDArray[np.int32]]], size: int, numbers: list[int], columns: list[_Shared] = ...
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[int]]: ...
