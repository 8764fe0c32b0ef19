import numpy as np
from numpy.typing import NDArray

def tie_rows(
    facts: list[tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32] | None, int]],
    of_row: NDArray[np.int32],
    kind: NDArray[np.int32],
    tags: NDArray[np.uint64],
    kinds: list[tuple[int, ...]],
) -> list[NDArray[np.uint64]]: ...
def untie(
    keys: NDArray[np.uint64],
    plan: NDArray[np.int32],
    begin: NDArray[np.int32],
    at: NDArray[np.int32],
    words: NDArray[np.int32],
    owner: NDArray[np.int32],
    slot: NDArray[np.int32],
    slots: int,
    numbers: NDArray[np.uint64],
) -> list[tuple[NDArray[np.uint64], NDArray[np.int64]] | None]: ...
