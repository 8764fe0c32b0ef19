import numpy as np
from numpy.typing import NDArray

MATCH: int
ONE: int
REPEAT: int
KEEP: int
SPLIT: int
JUMP: int
SAVE: int
BACK: int
AHEAD: int
BEHIND: int
NOT_BEHIND: int
ATOMIC: int
END_HERE: int
BORDER: int

def search_cells(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    chosen: NDArray[np.int32],
    code: NDArray[np.int32],
    ascii: NDArray[np.uint8],
    ranges: NDArray[np.int32],
    places: NDArray[np.int32],
    first: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...
def pack_spans(
    data: NDArray[np.uint8],
    origin: NDArray[np.int32],
    spans: NDArray[np.int32],
    digits: NDArray[np.int32],
    base: int,
) -> NDArray[np.uint64]: ...
