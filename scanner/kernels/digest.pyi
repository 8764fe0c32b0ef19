import numpy as np
from numpy.typing import NDArray

def siphash128(data: bytes | NDArray[np.uint8], k0: int, k1: int) -> tuple[int, int]: ...
def digest_spans(
    data: NDArray[np.uint8],
    cell_start: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    drop: NDArray[np.uint8],
    domain: int,
    k0: int,
    k1: int,
) -> NDArray[np.uint64]: ...
def absorb_column(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    codes: NDArray[np.int32] | None,
    coded: bool,
    rows: NDArray[np.int32],
    state: NDArray[np.uint64],
) -> None: ...
def start_rows(n: int, k0: int, k1: int) -> NDArray[np.uint64]: ...
def finish_rows(state: NDArray[np.uint64]) -> NDArray[np.uint64]: ...
def permute(values: NDArray[np.uint64], k0: int, k1: int) -> NDArray[np.uint64]: ...
def partition_unique(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...
def group_rows(
    words: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]: ...
