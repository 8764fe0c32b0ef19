from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

MOBILE: int
LANDLINE: int
ID18: int
ID15: int
CARD: int
USCC: int
ENDS_IN_X: int
COUNTRY_CODE: int
FLOAT: int
JOINED: int
CHECKED: int
LUHN: int
MOD_11_2: int
MOD_31_3: int
DTYPES: tuple[type, ...]

def packed_words(words: Iterable[str]) -> NDArray[np.uint64]: ...
def picked(
    which: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]: ...
def of_kind(
    kind: int,
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint64],
    length: NDArray[np.uint8],
    flags: NDArray[np.uint16],
    path: int = 0,
) -> (
    tuple[
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.uint64],
        NDArray[np.uint8],
        NDArray[np.uint16],
    ]
    | None
): ...
def runs(
    data: NDArray[np.uint8],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    chosen: NDArray[np.int32] | None = None,
    kinds: NDArray[np.uint16] | None = None,
    words: NDArray[np.uint64] | None = None,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.uint64],
    NDArray[np.uint8],
    NDArray[np.uint16],
    int,
]: ...
