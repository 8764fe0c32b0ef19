import numpy as np
from numpy.typing import NDArray

RESIDENT: int
RESIDENCE_PERMIT: int
FOREIGN: int
CHECKS: dict[str, int]

_Candidates = tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint64]]

def identity_numbers(
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    last_year: NDArray[np.int16],
    nations: NDArray[np.uint8],
    earliest: int,
    as_of: int,
) -> list[_Candidates]: ...
def identity_numbers_15(
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    last_year: NDArray[np.int16],
    earliest: int,
    as_of: int,
) -> _Candidates: ...
def mobiles(
    value: NDArray[np.uint64], flags: NDArray[np.uint16], prefixes: NDArray[np.uint8]
) -> _Candidates: ...
def landlines(
    value: NDArray[np.uint64],
    length: NDArray[np.uint8],
    flags: NDArray[np.uint16],
    areas: NDArray[np.uint8],
) -> _Candidates: ...
def bank_cards(
    value: NDArray[np.uint64],
    length: NDArray[np.uint8],
    flags: NDArray[np.uint16],
    short_bins: NDArray[np.uint8],
    long_bins: NDArray[np.uint64],
) -> _Candidates: ...
def credit_codes(
    data: NDArray[np.uint8],
    origin: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]: ...
def scheme_cards(
    value: NDArray[np.uint64],
    length: NDArray[np.uint8],
    which: NDArray[np.int32],
    checks: NDArray[np.uint32],
    ranges: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]: ...
def luhns(value: NDArray[np.uint64]) -> NDArray[np.bool_]: ...
