from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

RESIDENT: int
RESIDENCE_PERMIT: int
FOREIGN: int
CHECKS: dict[str, int]
RUN_FLAGS: dict[str, tuple[int, int]]
PERMIT_MARK: int

_Candidates = tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint64]]

@disjoint_base
class RegionTable:
    def __init__(self, regions: NDArray[np.uint16], nations: NDArray[np.uint8]) -> None: ...

def hundreds(table: NDArray[Any]) -> tuple[NDArray[np.uint16], NDArray[Any]]: ...
def identity_numbers(
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    table: RegionTable,
    earliest: int,
    as_of: int,
    path: int = 0,
) -> list[_Candidates]: ...
def identity_numbers_15(
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
    table: RegionTable,
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
def credit_codes(
    data: NDArray[np.uint8],
    origin: NDArray[np.int32],
    cell: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
    value: NDArray[np.uint64],
    flags: NDArray[np.uint16],
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]: ...
