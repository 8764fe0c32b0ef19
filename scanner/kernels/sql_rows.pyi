from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

HUNGRY: int
ASKS: int
WIDEST: int

class Rows(NamedTuple):
    shape: int
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    order: NDArray[np.int32]

class Taken(NamedTuple):
    rows: list[Rows]
    loose_start: NDArray[np.int32]
    loose_end: NDArray[np.int32]
    loose_shape: NDArray[np.int32]
    loose_before: NDArray[np.int32]
    text_start: NDArray[np.int32]
    text_end: NDArray[np.int32]
    overlong: int
    wide: int
    exceeded: int

@disjoint_base
class Reader:
    def __new__(cls, backslash: bool, longest: int = ..., cell: int = ...) -> Self: ...
    @property
    def at(self) -> int: ...
    def width(self, shape: int) -> int: ...
    def open(self, data: NDArray[np.uint8], final: bool) -> None: ...
    def walk(self) -> int: ...
    def shape_of(self, width: int, settled: bool = False) -> int: ...
    def forget(self) -> None: ...
    def tuples(self, shape: int, length: int) -> None: ...
    def lines(self, shape: int, length: int, delimiter: int = 9) -> None: ...
    def text(self) -> None: ...
    def take(self, before_change: Callable[[], None] | None = None) -> Taken: ...
