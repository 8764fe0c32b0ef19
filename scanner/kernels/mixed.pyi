from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

READINGS_OF_LINES: tuple[str, ...]
UNIT: int
COMMON_GB: int
COMMON_BIG5: int
NEITHER: int
LATIN_END: int

class Recoded(NamedTuple):
    consumed: int
    written: int
    pieces: NDArray[np.int64]
    lines: NDArray[np.int64]
    marks: int
    bad: int
    first_bad: int
    last: int

def latin() -> NDArray[np.uint8]: ...
def gbk() -> NDArray[np.uint16]: ...
def suspects() -> NDArray[np.uint8]: ...

@disjoint_base
class Lines:
    def __init__(
        self, main: str, others: Collection[str], weights: Callable[[], NDArray[np.uint8]]
    ) -> None: ...
    def sound(self, data: NDArray[np.uint8], *, final: bool, path: int = 0) -> tuple[int, bool]: ...
    def recode(
        self, source: NDArray[np.uint8], output: NDArray[np.uint8], *, final: bool, last: int = -1
    ) -> Recoded: ...
    def retrace(
        self, source: NDArray[np.uint8], pieces: NDArray[np.int64], positions: NDArray[np.int64]
    ) -> NDArray[np.int64]: ...
