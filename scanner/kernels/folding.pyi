import numpy as np
from numpy.typing import NDArray

def fold_cells(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    chosen: NDArray[np.int32],
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]: ...
def unfolded(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    chosen: NDArray[np.int32],
    spans: NDArray[np.int32],
) -> NDArray[np.int32]: ...
