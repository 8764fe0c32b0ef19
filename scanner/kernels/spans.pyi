import numpy as np
from numpy.typing import NDArray

def overlapping(
    cell_a: NDArray[np.int32],
    start_a: NDArray[np.int32],
    end_a: NDArray[np.int32],
    cell_b: NDArray[np.int32],
    start_b: NDArray[np.int32],
    end_b: NDArray[np.int32],
) -> NDArray[np.bool_]: ...
def trimmed(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...
def filled(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32]
) -> NDArray[np.bool_]: ...
