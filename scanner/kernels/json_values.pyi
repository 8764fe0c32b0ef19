import numpy as np
from numpy.typing import NDArray

from scanner.kernels.json_paths import Paths

WANTS_TEXT: int
ENDED: int
WANTS_ROOM: int
ESCAPED_BIT: int
DAMAGED: int
SINGLE: int
LINE: int
LEVELS: int
ODDITIES: tuple[str, ...]

class Reader:
    def __init__(
        self,
        whole: bool,
        *,
        most: int = ...,
        longest: int = ...,
        most_values: int = ...,
        piece: int = ...,
        mapped: int = 0,
        unfolded: int = 0,
        among: bool = False,
    ) -> None: ...
    @property
    def paths(self) -> Paths: ...
    @property
    def whole(self) -> bool: ...
    @property
    def among(self) -> bool: ...
    @property
    def truncated(self) -> bool: ...
    @property
    def overlong(self) -> int: ...
    @property
    def documents(self) -> int: ...
    @property
    def longest(self) -> int: ...
    @property
    def most_values(self) -> int: ...
    @property
    def piece(self) -> int: ...
    @property
    def odd(self) -> NDArray[np.int64]: ...
    @property
    def open(self) -> int: ...
    def read(
        self,
        data: NDArray[np.uint8],
        final: bool,
        node: NDArray[np.int32],
        record: NDArray[np.int32],
        start: NDArray[np.int32],
        end: NDArray[np.int32],
        records: NDArray[np.int32],
    ) -> tuple[int, int, int, int]: ...
