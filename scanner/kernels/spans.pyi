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
def judge(
    data: NDArray[np.uint8],
    cell_start: NDArray[np.int32],
    cell_end: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    checks: NDArray[np.uint32],
    required: int,
    basis: int,
    lenient: int,
    weights: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int, int, int, int]]: ...
def picked(kind: NDArray[np.uint8], bits: int, value: int, count: int) -> NDArray[np.int64]: ...
def filled(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32]
) -> NDArray[np.bool_]: ...
