"""Unites mentions partition by partition of their numbers, however many mentions one number has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.in_turn import in_turn
from scanner.kernels.sets import group_rows
from scanner.kernels.spool import scatter
from scanner.kernels.unions import (
    NODE_COUNTED,
    NODE_HOLDER,
    NODE_HOLDERS,
    NODE_KIND,
    relations,
    unite,
    unite_edges,
)
from scanner.store.freed import give_back_if_grown
from scanner.store.spool import PARTITIONS, Spool, Tape

Nodes = NDArray[np.uint64]
Parents = NDArray[np.uint32] | NDArray[np.int64]
Pairs = NDArray[np.int64]
Relations = tuple[Pairs, Pairs, Nodes, Nodes, Pairs, Pairs]
INNER = 48  # the bits of a number below those that choose the partition
FEW = 1 << 15  # nodes whose tables fit the cache
CROWD = 1 << 20  # nodes whose tables fit the memory
LARGE = 1 << 22  # nodes of a partition that fit the memory
KIND, KINDS, HOLDERS, COUNTED = np.uint64(NODE_KIND), 256, NODE_HOLDERS, np.uint64(NODE_COUNTED)
HOLDING = np.uint64(KINDS * HOLDERS - 1)  # the bits of a kind and of who holds the number
WITHOUT_HOLDER = np.array(
    [(1 << 64) - 1, (1 << 64) - 1, (1 << NODE_HOLDER) - 1], np.uint64
)  # what a node is but for that


class Found(NamedTuple):
    """What uniting finds besides: ``bare``: pairs of a bare mention and an owner's (int64[n, 2] each).

    ``conflicts``: uint64[n, 3] each: the key of a strong number with several names, its kind, and how many names.
    ``counts`` int64[256 + h]: how many numbers there are of each kind, and behind these how many each of h holders has.
    """

    bare: Tape
    conflicts: Tape
    counts: NDArray[np.int64]

    @property
    def holders(self) -> int:
        """How many holders are told apart."""
        return len(self.counts) - KINDS

    def unite(self, nodes: Nodes, parent: Parents) -> None:
        """Unites all mentions by all nodes of their numbers; see ``kernels.unions.unite``."""
        self.follow(relations(nodes, self.holders), parent)

    def follow(self, found: Relations, parent: Parents) -> None:
        """Unites all mentions that were found to be one person's; see ``kernels.unions.relations``."""
        unite_edges(found[0], parent)
        self.note(found)

    def note(self, found: Relations, first: int = 0) -> None:
        """Keeps what was found besides edges, of mentions that are numbered from ``first`` on."""
        _, pairs, numbers, kinds, names, counts = found
        if len(counts):
            self.counts[:] += counts
        self.bare.add(pairs + first)
        self.conflicts.add(np.column_stack([numbers, kinds, names.astype(np.uint64)]))


def unite_all(
    nodes: Spool,
    parent: Parents,
    found: Found,
    limit: int,
    folder: str | None,
    threads: int = 1,
    memory: int = 1 << 62,
) -> None:
    """Unites all mentions by all their nodes (a spool by the top bits).

    ``limit``: bytes of nodes in memory where one partition or number has very many; ``threads``: how many look for
    relations, which one follows; ``memory``: see ``freed.give_back_if_grown``.
    """
    larger: list[int] = []

    def told(some: int | Nodes) -> list[Relations]:
        pieces = _pieces(nodes, some) if isinstance(some, int) else [some]
        return [relations(piece, found.holders) for piece in pieces]

    nodes.close()
    for relations_of_some in in_turn(told, _small(nodes, larger), threads):
        for each in relations_of_some:
            found.follow(each, parent)
        give_back_if_grown(memory)
    for index in larger:
        if nodes.size(index) > LARGE:
            _unite_large(nodes, index, parent, found, limit, folder)
        else:
            for piece in _pieces(nodes, index):
                if len(piece) > CROWD:
                    _unite_crowd(_chunks([piece]), parent, found, limit, folder)


def _small(nodes: Spool, large: list[int]) -> Iterator[int | Nodes]:
    """The numbers of small partitions, and of others the pieces that hold no crowd; ``large`` gets the numbers of the
    partitions that are left."""
    for index in range(PARTITIONS):
        if nodes.size(index) <= CROWD:
            yield index
        elif nodes.size(index) > LARGE:
            large.append(index)
        else:
            crowded = False
            for piece in _pieces(nodes, index):
                if len(piece) <= CROWD:
                    yield piece
                else:
                    crowded = True
            if crowded:
                large.append(index)


def _pieces(nodes: Spool, index: int) -> Iterator[Nodes]:
    """The nodes of a partition, some at a time, all of one number together; none where they are too many."""
    if 0 < nodes.size(index) <= LARGE:
        yield from some_numbers(nodes.part(index), FEW)


def some_numbers(nodes: Nodes, few: int) -> Iterator[Nodes]:
    """The nodes of a partition, about ``few`` at a time, all of one number together."""
    if len(nodes) <= few:
        yield nodes
        return
    rows, offsets = scatter([nodes], INNER)
    step = max(1, PARTITIONS * few // len(nodes))
    for first in range(0, PARTITIONS, step):
        yield rows[offsets[first] : offsets[min(first + step, PARTITIONS)]]


def _unite_large(
    nodes: Spool, index: int, parent: Parents, found: Found, limit: int, folder: str | None
) -> None:
    """Unites by the nodes of a partition that does not fit the memory."""
    inner = Spool(INNER, limit, folder)
    for segment in nodes.segments(index):
        inner.add(segment)
    for part in range(PARTITIONS):
        if inner.size(part) <= CROWD:
            found.unite(inner.part(part), parent)
        else:
            _unite_crowd(_chunks(inner.segments(part)), parent, found, limit, folder)


def _chunks(arrays: Iterable[Nodes]) -> Iterator[Nodes]:
    for array in arrays:
        for at in range(0, len(array), CROWD):
            yield array[at : at + CROWD]


def _unite_crowd(
    chunks: Iterable[Nodes], parent: Parents, found: Found, limit: int, folder: str | None
) -> None:
    """Unites by all nodes of a few numbers that have very many: first what is with nobody, then owner by owner.

    A strong number's mentions are one in any case: all are united with its first one, which stands for it with nobody.
    """
    firsts, held = np.zeros((0, 3), np.uint64), np.zeros((0, 2), np.uint64)
    owned = Spool(56, limit, folder)
    for nodes in chunks:
        held = _held_by(held, nodes)
        nodes = nodes[nodes[:, 2] >> COUNTED & np.uint64(1) == 0] & WITHOUT_HOLDER
        alone = nodes[:, 1] == 0
        strong = _firsts(nodes[~alone & (nodes[:, 2] >> KIND & np.uint64(1) == 1)], (0,))
        strong[:, 1] = 0
        together = np.concatenate([firsts, strong, nodes[alone]])
        unite(together, parent)
        firsts = _firsts(together, (0,))
        owned.add(_swapped(nodes[~alone]))
    names: Counter[tuple[int, int]] = Counter()
    for part in owned:
        some = _firsts(_swapped(part), (0, 1))
        common = (
            [firsts, some] if len(part) > CROWD else [firsts]
        )  # what makes the chunks of one part hang together
        for at in range(0, len(part), CROWD):
            pairs = unite(np.concatenate([*common, _swapped(part[at : at + CROWD])]), parent)[0]
            found.bare.add(pairs)
        kinds = some[:, 2] >> KIND
        which = kinds & np.uint64(1) == 1
        names.update(zip(some[which, 0].tolist(), kinds[which].tolist(), strict=True))
    several = sorted((*number, count) for number, count in names.items() if count > 1)
    found.conflicts.add(np.array(several, np.uint64).reshape(-1, 3))
    holders = held[:, 1].astype(np.int64) // KINDS
    np.add.at(found.counts, KINDS + holders[holders < found.holders], 1)
    held[:, 1] %= np.uint64(KINDS)
    np.add.at(found.counts, _different(held)[:, 1].astype(np.int64), 1)


def _held_by(known: Nodes, nodes: Nodes) -> Nodes:
    """The numbers of the nodes and those that are known, each but once for a kind and a holder (the second word)."""
    return _different(np.concatenate([known, np.stack([nodes[:, 0], nodes[:, 2] >> KIND & HOLDING], axis=1)]))


def _different(rows: Nodes) -> Nodes:
    """Rows of two words, each but once."""
    return rows[group_rows(np.ascontiguousarray(rows.T))[0]]


def _swapped(nodes: Nodes) -> Nodes:
    """The nodes with the owner's word in front, or back again."""
    return np.ascontiguousarray(nodes[:, [1, 0, 2]])


def _firsts(nodes: Nodes, columns: tuple[int, ...]) -> Nodes:
    """The first node of each kind with the same words in ``columns``."""
    words = np.stack([nodes[:, 2] >> KIND, *(nodes[:, column] for column in columns)])
    return nodes[group_rows(words)[0]]
