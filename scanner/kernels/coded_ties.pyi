import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.int32]
_Words = NDArray[np.uint64]
_Book = tuple[list[tuple[_Words, int, int, int]], int, _Words, _Ints, _Ints, _Ints, _Ints]

def pack(
    fields: list[tuple[_Ints, NDArray[np.uint32], int, int]], of_row: _Ints, tag: _Ints, words: int
) -> _Words: ...
def unpack(keys: _Words, book: _Book) -> list[_Words]: ...
def mentions(
    keys: _Words,
    book: _Book,
    plan: _Ints,
    slot_from: _Ints,
    name_at: _Ints,
    payload_of: NDArray[np.uint32],
    number_from: _Ints,
    number_at: _Ints,
    kind_of: NDArray[np.uint32],
    further: _Ints,
    first: int,
    memory: _Words,
    names: int = 0,
    shift: int = 0,
    mention_bits: int = 0,
) -> tuple[_Words, NDArray[np.uint32]]: ...
