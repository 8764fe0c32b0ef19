import numpy as np
from numpy.typing import NDArray

_Offsets = NDArray[np.int32]
_Bytes = NDArray[np.uint8]

OTHER: int
PLAIN: int
FORM: int
NUMERAL: int
LETTER: int
JOINT: int
BREAK: int
INVISIBLE: int
X_END: int
COMMA: int
BOUND: int
WRAPPER: int
CODES: int
SPACE: int
HYPHEN: int
POINT: int
SLASH: int
LOW_LINE: int
MIDDLE_DOT: int
ODD: int
EXPONENT: int
THOUSANDS: int
SEPARATORS: int
LINE_BREAK: int
LEADING_ZERO: int
NUMERALS: int
FORMS: int
LETTERS: int
UNSEEN: int
SCIENTIFIC: int
KINDS: tuple[str, ...]
GATE_BITS: list[int]

def suspects(
    data: _Bytes,
    start: _Offsets,
    end: _Offsets,
    chosen: _Offsets,
    kinds: NDArray[np.uint16],
    table: _Bytes,
    gate: _Bytes,
    landlines: bool = False,
    letters_digits: int = 7,
    letters_most: int = 4,
    path: int = 0,
) -> _Offsets: ...
def gate_tables(table: _Bytes) -> _Bytes: ...
def token_tables(table: _Bytes) -> tuple[_Bytes, _Bytes]: ...
def restore(
    data: _Bytes,
    start: _Offsets,
    end: _Offsets,
    chosen: _Offsets,
    table: _Bytes,
    landlines: bool = False,
    letters_digits: int = 7,
    letters_most: int = 4,
) -> tuple[_Offsets, _Offsets, _Offsets, _Bytes, _Bytes, _Bytes, _Offsets, _Offsets, _Bytes]: ...
def zero_tails(key: NDArray[np.uint64], identity: bool) -> tuple[NDArray[np.uint8], int]: ...
def mark_zero_tails(
    kind: NDArray[np.uint8],
    asked: int,
    bit: int,
    key: NDArray[np.uint64],
    checks: NDArray[np.uint32],
    without: int,
    identity: bool,
) -> int: ...
