import numpy as np
from numpy.typing import NDArray

DIGIT: int
LETTER: int
COLON: int
JOINT: int
HAN: int
MARK: int
HIGH: int

def byte_classes() -> NDArray[np.uint16]: ...
def profile(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32], path: int = 0
) -> tuple[NDArray[np.uint16], NDArray[np.int32], int, NDArray[np.int32], NDArray[np.int32]]: ...
