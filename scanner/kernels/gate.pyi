import numpy as np
from numpy.typing import NDArray

def gate(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    accept: NDArray[np.uint64],
    starts: NDArray[np.uint64],
    loops: NDArray[np.uint64],
    finals: NDArray[np.uint64],
    pairs: NDArray[np.uint16],
    tables: NDArray[np.uint8],
    lines: NDArray[np.uint8],
    wanted: NDArray[np.uint16],
    sequences: NDArray[np.int32],
    begins: NDArray[np.int32],
    chosen: NDArray[np.int32] | None = None,
    kinds: NDArray[np.uint16] | None = None,
    needs: NDArray[np.uint16] | None = None,
    path: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]: ...
