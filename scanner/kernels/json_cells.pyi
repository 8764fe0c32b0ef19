import numpy as np
from numpy.typing import NDArray

def unescape(data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32]) -> None: ...
def count(
    node: NDArray[np.int32],
    record: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    columns: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
def fill(
    node: NDArray[np.int32],
    record: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    cell_start: NDArray[np.int32],
    cell_end: NDArray[np.int32],
    at: NDArray[np.int64],
    list_start: NDArray[np.int32],
    list_end: NDArray[np.int32],
    list_row: NDArray[np.int32],
) -> None: ...
