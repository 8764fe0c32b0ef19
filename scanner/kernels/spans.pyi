from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

def overlapping(
    cell_a: NDArray[np.int32],
    start_a: NDArray[np.int32],
    end_a: NDArray[np.int32],
    cell_b: NDArray[np.int32],
    start_b: NDArray[np.int32],
    end_b: NDArray[np.int32],
    path: int = 0,
) -> tuple[NDArray[np.uint8], int]: ...

@disjoint_base
class Blanks:
    def __init__(self, words: Iterable[str], signs: str, white: str) -> None: ...
    def first_bytes(self) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]: ...

def filled(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    blanks: Blanks,
    kinds: NDArray[np.uint16] | None = None,
    path: int = 0,
    unsure: NDArray[np.int32] | None = None,
) -> tuple[NDArray[np.bool_], int]: ...
