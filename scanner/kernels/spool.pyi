import numpy as np
from numpy.typing import NDArray

def scatter(
    arrays: list[NDArray[np.uint64]], shift: int, room: NDArray[np.uint64] | None = None
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...
def gather(
    parts: list[tuple[NDArray[np.uint64], NDArray[np.int64]]], first: int, last: int, out: NDArray[np.uint64]
) -> int: ...
