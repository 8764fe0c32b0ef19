from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Hash = tuple[int, int, NDArray[np.uint16], NDArray[np.uint32]]

def word_table(
    words: list[str], values: list[int], rest: list[int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], _Hash, dict[str, list[tuple[str, int]]]]: ...
def name_table(
    names: list[str], groups: list[int], group: NDArray[np.int32], divisions: NDArray[Any], rest: list[int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], _Hash]: ...
def sign_table(
    kind_of: NDArray[np.uint8], words: Iterable[str], names: Iterable[str]
) -> NDArray[np.uint32]: ...
def kind_table(
    marks: NDArray[np.uint16], single: NDArray[np.uint32]
) -> tuple[NDArray[np.uint8], list[tuple[int, int]], int]: ...
def last_table(
    names: list[str], groups: list[int], group: NDArray[np.int32], divisions: NDArray[Any]
) -> NDArray[np.uint8]: ...
def division_table(parent: NDArray[np.int32], level: NDArray[np.uint8]) -> NDArray[Any]: ...
def latin_table(words: dict[str, int]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]: ...
