import numpy as np
from numpy.typing import NDArray

_Words = NDArray[np.uint64]
_Kinds = NDArray[np.uint32]
_Ints = NDArray[np.int64]

def parted_nodes(nodes: _Words, shift: int, mention_bits: int, keys: _Words, kinds: _Kinds) -> _Words: ...
def coded_relations(
    nodes: _Words, shift: int, mention_bits: int, owners: int, kinds: _Kinds
) -> tuple[_Ints, _Ints, _Ints, _Ints]: ...
