from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ENCODINGS: tuple[str, ...]
FIRST_BAD: int

class Transcoded(NamedTuple):
    consumed: int
    written: int
    bad: int
    first_bad: tuple[int, ...]

def pairs(encoding: str) -> NDArray[np.uint32]: ...
def fours() -> NDArray[np.uint16]: ...
def transcode(
    source: bytes | NDArray[np.uint8], output: NDArray[np.uint8], encoding: str, *, final: bool
) -> Transcoded: ...
def offsets(
    source: bytes | NDArray[np.uint8], positions: NDArray[np.int64], encoding: str
) -> NDArray[np.int64]: ...
def count_invalid(data: bytes | NDArray[np.uint8], *, path: int = 0) -> tuple[int, int]: ...
def count_controls(data: bytes | NDArray[np.uint8]) -> int: ...
