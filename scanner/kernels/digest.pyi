import numpy as np
from numpy.typing import NDArray

ALIKE_FROM: int

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
    path: int = 4,
) -> NDArray[np.uint64]: ...
def fastest_here(path: int = 4) -> int: ...
def digest_cells(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    place: int,
    k0: int,
    k1: int,
    path: int = 4,
) -> NDArray[np.uint64]: ...
def digest_rows(
    columns: list[
        tuple[
            NDArray[np.uint8],
            NDArray[np.int32],
            NDArray[np.int32],
            NDArray[np.int32] | None,
            NDArray[np.uint64] | None,
        ]
    ],
    of_row: NDArray[np.int32],
    tags: NDArray[np.uint64],
    k0: int,
    k1: int,
    path: int = 4,
) -> NDArray[np.uint64]: ...
