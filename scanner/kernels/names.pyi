from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

@disjoint_base
class Characters:
    def __init__(
        self,
        single: NDArray[np.uint8],
        doubled: NDArray[np.uint32],
        score: NDArray[np.int16],
        words: Sequence[int] | NDArray[np.uint64] = (),
    ) -> None: ...

def names(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    characters: Characters,
    last_floor: int,
    mean_floor: int,
    kinds: NDArray[np.uint16] | None = None,
    path: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint32]]: ...
def pack_names(
    data: NDArray[np.uint8],
    cell_start: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
) -> NDArray[np.uint64]: ...
