import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

LONGER_MARK: int
SCHEME_SHIFT: int
PAGE_SHIFT: int
PAGE_SIZE: int
RUN_FLAGS: dict[str, tuple[int, int]]

@disjoint_base
class Issuers:
    def __init__(
        self, leading: NDArray[np.uint32], pages: NDArray[np.uint8], longest: NDArray[np.uint64]
    ) -> None: ...

def bank_cards(
    value: NDArray[np.uint64],
    length: NDArray[np.uint8],
    flags: NDArray[np.uint16],
    issuers: Issuers,
    path: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint64], NDArray[np.int32]]: ...
def scheme_cards(
    which: NDArray[np.int32], checks: NDArray[np.uint32], scheme: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]: ...
def luhns(value: NDArray[np.uint64]) -> NDArray[np.bool_]: ...
