"""Mentions that are united while the tuples are read, as all tuples with their number lie in one piece.

A tuple lies where the top byte of its first word says. So where numbers of a kind are nothing but first words, what is
one person's by them is known within a piece: such numbers never leave it, and of a person's mentions with the same
elements one is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.unions import one_of_each, relations, renumber, split_nodes, unite_edges
from scanner.persons.links import Mentions
from scanner.persons.uniting import Relations, some_numbers

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


class EarlyUnions:
    """Unites what is one person's by numbers of some ``kinds`` (uint8[256]: 1 for each).

    ``holders``: how many columns' numbers are counted. Memory that was filled once is used again for the next piece:
    new pages would cost as much as filling them.
    """

    def __init__(self, kinds: Kinds, holders: int = 0) -> None:
        self._kinds = kinds
        self._holders = holders
        self._idle: list[NDArray[np.uint64]] = []
        self.any = bool(kinds.any())

    @contextmanager
    def united(self, mentions: Iterable[Mentions], room: int) -> Iterator[Early]:
        """The mentions of a whole piece, which has no more than ``room`` nodes; those that are left lie in memory that
        is lent out again afterwards."""
        memory = self._idle.pop() if self._idle else np.empty(0, np.uint64)
        if len(memory) < 6 * room:
            memory = np.empty(6 * room, np.uint64)
        try:
            yield united_early(mentions, memory[: 6 * room].reshape(2, room, 3), self._kinds, self._holders)
        finally:
            self._idle.append(memory)

    def give_back(self) -> None:
        """Gives back the memory that is free."""
        self._idle.clear()


def united_early(
    mentions: Iterable[Mentions], room: NDArray[np.uint64], kinds: Kinds, holders: int = 0
) -> Early:
    """Unites what is one person's by numbers of some ``kinds``, all of which are here.

    ``room``: uint64[2, n, 3], for at most n nodes, in which those lie that are left.
    """
    own, others = room
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
