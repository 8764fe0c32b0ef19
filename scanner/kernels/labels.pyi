from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.int32]

def split(
    data: NDArray[np.uint8],
    forms: Sequence[bytes],
    column: _Ints,
    columns: _Ints,
    first: int,
    front: int,
    width: int,
    *,
    lines: bool,
    blank: bool,
    final: bool,
    longest: int,
) -> tuple[_Ints, _Ints, _Ints, _Ints, NDArray[np.int64], int, int, bool]: ...
