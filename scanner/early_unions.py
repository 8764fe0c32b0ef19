"""Mentions that are united while the tuples are read, as all tuples with their number lie in one piece.

A tuple lies where the top byte of its first word says. So where numbers of a kind are nothing but first words, what is
one person's by them is known within a piece: such numbers never leave it, and of a person's mentions with the same
elements one is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.unions import one_of_each, relations, renumber, split_nodes, unite_edges
from scanner.links import Mentions
from scanner.uniting import Relations, some_numbers

Nodes = NDArray[np.uint64]
Kinds = NDArray[np.uint8]
NO_EDGES = np.zeros((0, 2), np.int64)
MANY = 1 << 18  # nodes that are looked at together: more are first brought in order


class Early(NamedTuple):
    """The mentions of a piece, numbered anew from 0.

    ``nodes`` uint64[n, 3]: those that are left; ``payloads`` uint32[k]: of each mention; ``numbers`` uint32[m]: the new
    number of each that there was; ``edges`` int64[e, 2]: those of one person; ``found``: what else their numbers tell,
    without edges.
    """

    nodes: Nodes
    payloads: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    edges: NDArray[np.int64]
    found: Sequence[Relations]


def united_early(mentions: Iterable[Mentions], room: int, kinds: Kinds, holders: int = 0) -> Early:
    """Unites what is one person's by numbers of some ``kinds`` (uint8[256]: 1 for each), all of which are here.

    ``room``: they have no more nodes; ``holders``: how many columns' numbers are counted.
    """
    own, others = np.empty((room, 3), np.uint64), np.empty((room, 3), np.uint64)
    chosen = done = 0
    parts = [np.zeros(0, np.uint32)]
    for each in mentions:  # what was just made is still in the cache
        chosen += split_nodes(each.nodes, kinds, own[chosen:], others[done - chosen :])
        done += len(each.nodes)
        parts.append(each.payloads)
    left, payloads = others[: done - chosen], np.concatenate(parts)
    parent = np.arange(len(payloads), dtype=np.uint32)
    found = [relations(some, holders) for some in some_numbers(own[:chosen], MANY)]
    for edges, *_ in found:
        unite_edges(edges, parent)
    numbers, payloads, edges = one_of_each(parent, payloads)
    renumber(left, numbers)
    told = [
        (NO_EDGES, numbers[pairs].astype(np.int64), keys, of_kind, names, counts)
        for _, pairs, keys, of_kind, names, counts in found
    ]
    return Early(left, payloads, numbers, edges, told)
