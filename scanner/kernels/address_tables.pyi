from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Octets = NDArray[np.uint8]
_Hash = tuple[int, int, NDArray[np.uint16], NDArray[np.uint32]]
_Found = tuple[_Octets, _Octets, _Hash, NDArray[np.uint32], NDArray[np.uint16]]

def name_groups(
    full_names: Sequence[str], aliases: Sequence[str]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int32]]: ...

class Texts:
    codes: NDArray[np.uint16]
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    head: NDArray[np.uint32]
    third: NDArray[np.uint16]
    tail: NDArray[np.uint64]
    counts: NDArray[np.uint64]
    def __init__(self, texts: list[str], least: int) -> None: ...
    def behind(self, begin: int) -> tuple[NDArray[np.uint16], NDArray[np.int64]]: ...

def word_table(words: Texts, values: NDArray[np.int64], begin: int) -> _Found: ...
def name_table(
    names: Texts, groups: NDArray[np.int64], group: NDArray[np.int32], divisions: NDArray[Any], begin: int
) -> _Found: ...
def sign_table(
    kind_of: _Octets, words: NDArray[np.uint32], names: NDArray[np.uint32]
) -> NDArray[np.uint32]: ...
def kind_table(
    marks: NDArray[np.uint16], single: NDArray[np.uint32]
) -> tuple[_Octets, list[tuple[int, int]], int]: ...
def last_table(
    names: Texts, groups: NDArray[np.int64], group: NDArray[np.int32], divisions: NDArray[Any]
) -> _Octets: ...
def division_table(parent: NDArray[np.int32], level: _Octets) -> NDArray[Any]: ...
def latin_table(words: dict[str, int]) -> tuple[NDArray[np.uint64], _Octets]: ...
