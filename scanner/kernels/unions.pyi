import numpy as np
from numpy.typing import NDArray

_Parents = NDArray[np.uint32] | NDArray[np.int64]
_Masks = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint64]

NODE_KIND: int
NODE_HOLDER: int
NODE_COUNTED: int
NODE_HOLDERS: int

def spread(keys: NDArray[np.uint64], whole: bool = False) -> None: ...
def places_of(tags: NDArray[np.uint64]) -> NDArray[np.int32]: ...
def numbered(
    keys: NDArray[np.uint64], tags: NDArray[np.uint64], table: NDArray[np.int32]
) -> NDArray[np.int32]: ...
def mentions(
    keys: NDArray[np.uint64],
    plan: NDArray[np.int32],
    base: NDArray[np.int32],
    slot_from: NDArray[np.int32],
    name_at: NDArray[np.int32],
    payload_of: NDArray[np.uint32],
    number_from: NDArray[np.int32],
    number_at: NDArray[np.int32],
    kind_of: NDArray[np.uint32],
    further: NDArray[np.int32],
    first: int,
    memory: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.int32], NDArray[np.int64]]: ...
def new_memory(pairs: int = 2048) -> NDArray[np.uint64]: ...
def relations(
    nodes: NDArray[np.uint64], holders: int = 0
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.int64],
    NDArray[np.int64],
]: ...
def unite_edges(edges: NDArray[np.int64], parent: _Parents) -> None: ...
def unite(
    nodes: NDArray[np.uint64], parent: _Parents
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]: ...
def split_nodes(
    nodes: NDArray[np.uint64],
    chosen: NDArray[np.uint8],
    some: NDArray[np.uint64],
    others: NDArray[np.uint64],
) -> int: ...
def one_of_each(
    parent: NDArray[np.uint32], payloads: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int64]]: ...
def renumber(nodes: NDArray[np.uint64], numbers: NDArray[np.uint32]) -> None: ...
def roots(parent: _Parents, which: NDArray[np.int64]) -> None: ...
def unite_pairs(parent: _Parents, one: NDArray[np.int64], two: NDArray[np.int64]) -> None: ...
def number_persons(parent: _Parents) -> int: ...
def gather_masks(person: _Parents, payload: NDArray[np.uint32], masks: _Masks, held: _Masks) -> None: ...
