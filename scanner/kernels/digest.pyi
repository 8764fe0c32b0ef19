import numpy as np
from numpy.typing import NDArray

def siphash128(
    data: bytes | NDArray[np.uint8], k0: int, k1: int, rounds: int = 2, final_rounds: int = 4
) -> tuple[int, int]: ...
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
    path: int = 3,
) -> NDArray[np.uint64]: ...
def digest_rows(
    columns: list[tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32] | None]],
    rows: NDArray[np.int32],
    k0: int,
    k1: int,
    out: NDArray[np.uint64],
    path: int = 3,
    separator: int = -1,
    alike: NDArray[np.uint64] | None = None,
) -> None: ...
def permute(values: NDArray[np.uint64], k0: int, k1: int, path: int = 3) -> NDArray[np.uint64]: ...
def unpermute(values: NDArray[np.uint64], k0: int, k1: int) -> NDArray[np.uint64]: ...
