import numpy as np
from numpy.typing import NDArray

DIGIT: int
ZERO: int
LATIN: int
LETTER: int
NUMERAL: int
MASK: int
WHITE: int
COUNTED: tuple[str, ...]

def fitting(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    asked: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    least: NDArray[np.int32],
    most_digits: int = -1,
    clock: bool = False,
    kinds: NDArray[np.uint16] | None = None,
    enough_kinds: int = 0,
) -> NDArray[np.bool_]: ...
