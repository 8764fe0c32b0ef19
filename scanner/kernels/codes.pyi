import numpy as np
from numpy.typing import NDArray

def count_codes(codes: NDArray[np.int32], cells: int) -> NDArray[np.int64]: ...
def rows_of(codes: NDArray[np.int32], wanted: NDArray[np.uint8], limit: int = -1) -> NDArray[np.int32]: ...
def mark_pairs(
    codes: NDArray[np.int32],
    place: NDArray[np.int32],
    group_of_row: NDArray[np.int32],
    number: NDArray[np.int32],
    width: int,
    seen: NDArray[np.uint8],
) -> None: ...
