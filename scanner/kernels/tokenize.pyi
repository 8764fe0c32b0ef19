from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WRONG_WIDTH: int
BROKEN_QUOTE: int
UNCLOSED_QUOTE: int
LONGEST_QUOTED: int
MOST_LINES: int

class Tokens(NamedTuple):
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    loose_start: NDArray[np.int32]
    loose_end: NDArray[np.int32]
    loose_row: NDArray[np.int64]
    loose_why: NDArray[np.uint8]
    blank: int
    consumed: int
    overlong: bool
    doubled: NDArray[np.int64] = ...

    @property
    def rows(self) -> NDArray[np.int64] | None: ...

def tokenize(
    data: NDArray[np.uint8],
    delimiter: bytes,
    quote: int,
    width: int,
    *,
    final: bool,
    carriage: bool = False,
    longest: int = ...,
    longest_quoted: int = ...,
    most_lines: int = ...,
    escape: int = -1,
    path: int = 0,
) -> Tokens: ...
def undouble(
    data: NDArray[np.uint8],
    at: int,
    cells: NDArray[np.int64],
    quote: int,
    escape: int,
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    path: int = 0,
) -> NDArray[np.int64]: ...
def lone_returns(
    data: NDArray[np.uint8], start: NDArray[np.int32], end: NDArray[np.int32]
) -> NDArray[np.bool_]: ...
