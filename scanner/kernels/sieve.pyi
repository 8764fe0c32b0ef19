import numpy as np
from numpy.typing import NDArray

VALID: int
BASED: int
LENIENT: int

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
    path: int = 0,
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int, int, int, int], list[tuple[int, int]], int]: ...
def marked(
    kind: NDArray[np.uint8],
    cell: NDArray[np.int32],
    checks: NDArray[np.uint32],
    dummy: int,
    path: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]: ...
def told_apart(
    checks: NDArray[np.uint32], dummy: int, cell: NDArray[np.int32], keys: NDArray[np.uint64]
) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.uint64], NDArray[np.uint64]]: ...
def mark_covered(
    covered: NDArray[np.uint8], checks: NDArray[np.uint32], required: int, path: int = 0
) -> int: ...
def kept(
    kind: NDArray[np.uint8],
    bits: int,
    value: int,
    count: int,
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    checks: NDArray[np.uint32],
    key: NDArray[np.uint64] | None,
    path: int = 0,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.uint32],
    NDArray[np.uint64] | None,
]: ...
