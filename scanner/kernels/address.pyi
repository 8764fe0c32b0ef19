from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

@disjoint_base
class Parser:
    def __init__(
        self,
        flags: NDArray[np.uint8],
        words: list[str],
        values: list[int],
        names: list[str],
        groups: Sequence[int] | NDArray[np.int64],
        group: NDArray[np.int32],
        parent: NDArray[np.int32],
        level: NDArray[np.uint8],
        points: NDArray[np.int32],
        latin: dict[str, int],
        path: int = 0,
    ) -> None: ...
    def find(
        self,
        data: NDArray[np.uint8],
        start: NDArray[np.int32],
        end: NDArray[np.int32],
        keep_parts: bool = False,
        kinds: NDArray[np.uint16] | None = None,
        asked: NDArray[np.uint8] | None = None,
    ) -> tuple[
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.uint32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
    ]: ...
