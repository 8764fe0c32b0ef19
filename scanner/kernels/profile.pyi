import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

_Offsets = NDArray[np.int32]
_Answer = _Offsets | None

DIGIT: int
LETTER: int
COLON: int
JOINT: int
HAN: int
MARK: int
HIGH: int

def byte_classes() -> NDArray[np.uint16]: ...

@disjoint_base
class Questions:
    def __init__(
        self,
        tables: NDArray[np.uint8],
        pairs: NDArray[np.uint16],
        lines: NDArray[np.uint8],
        fitting: NDArray[np.uint16],
        needs: NDArray[np.uint16],
        tokens: NDArray[np.uint8],
        held: NDArray[np.uint8],
        begins: NDArray[np.uint32],
        blank: NDArray[np.uint8],
    ) -> None: ...

def profile(
    data: NDArray[np.uint8],
    start: _Offsets,
    end: _Offsets,
    path: int = 0,
    questions: Questions | None = None,
) -> tuple[NDArray[np.uint16], _Offsets, int, _Offsets, _Offsets, _Answer, _Answer, _Answer]: ...
def models_of(like: NDArray[np.int32], chosen: NDArray[np.int32]) -> NDArray[np.int32]: ...
def written_like(
    like: NDArray[np.int32], models: NDArray[np.int32], among: NDArray[np.int32] | None = None
) -> NDArray[np.int32]: ...
