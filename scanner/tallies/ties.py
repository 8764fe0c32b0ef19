"""The numbers and names of a batch's rows, as the tuples that link rows to persons."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.columns.names import FURTHER, value_name
from scanner.kernels.ties import tie_rows, untie
from scanner.model import Column
from scanner.persons.coded_ties import Held, Shared
from scanner.persons.links import LinkStore, Meant
from scanner.persons.slots import Linking
from scanner.store.crowd import FEW
from scanner.store.distinct import DistinctStore, Run
from scanner.tallies.tally import Fact, Groups, Rows, Signature, TableKey, Tally

Keys = NDArray[np.uint64]


class Tie(NamedTuple):
    """The values of one identity fact: ``cell`` int32[n], ascending, and ``keys`` uint64[n, w] of each.

    ``rank``: where it stands in tuples (``slots.Linking.rank``); ``number``: whether it tells persons apart; a name
    does not.
    """

    fact: Fact
    rank: int
    number: bool
    column: Column
    cell: Rows
    keys: Keys


def identities(
    fact: Fact, label: str, column: Column, told: tuple[Rows, Keys], linking: Linking
) -> list[Tie]:
    """The ties of what was found in a column: those of further numbers of a cell are a fact of their own (FURTHER).

    ``told``: cells and keys. So one tuple has two numbers of a cell, or of a list. Two strong ones, and two names, are
    two persons'.
    """
    number = label in linking.order
    if not number and label != linking.name:
        return []
    tie = Tie(fact, linking.rank(label), number, column, *told)
    if not number or label in linking.strong or len(tie.cell) < 2:
        return [tie]
    where = tie.cell if column.rows is None else column.rows[tie.cell]
    again = np.zeros(len(where), np.bool_)
    np.equal(where[1:], where[:-1], out=again[1:])
    if not again.any():
        return [tie]
    further = tie._replace(fact=(fact[0], fact[1] + FURTHER), cell=tie.cell[again], keys=tie.keys[again])
    return [tie._replace(cell=tie.cell[~again], keys=tie.keys[~again]), further]


def add_links(
    ties: list[Tie], groups: Groups, size: int, where: TableKey, tally: Tally, *, packed: bool = False
) -> NDArray[np.bool_]:
    """Adds a tuple for each row that holds an identity fact; further ones where a row holds several values of one.

    A tuple has the words of a value of each identity fact of the row's signature, in the order of ``tied``.
    ``packed``: where rows share their cells, it may be stored as numbers of these (``coded_ties``).
    Returns bool[groups]: whose rows got a tuple, which holds all their values of these facts.
    """
    ties = sorted(ties, key=lambda tie: (tie.rank, tie.fact))
    facts = tuple((tie.fact, tie.number) for tie in ties)
    if not any(number for _, number in facts) or not size:
        return np.zeros(len(groups.signatures), np.bool_)
    table = tally.tables.taken(where)
    assert table is not None  # its rows are being counted
    for tie in ties:
        table.widths[tie.fact] = tie.keys.shape[1]
        if tie.column.codes is None and tie.column.rows is None:
            table.in_tuples.add(tie.fact)
    known = tally.tied
    for signature in groups.signatures:
        if signature not in known:
            known[signature] = tally.tuples.number(_held(facts, signature))
    numbers = [known[signature] for signature in groups.signatures]
    tags = tally.link_tags(where, groups.signatures, numbers)
    kinds = {0: 0}  # which tuples there are here: these are fewer than signatures
    kind = [kinds.setdefault(number, len(kinds)) for number in numbers]
    kind_of = np.array(kind, np.int32)
    if packed and tally.books is not None and all(tie.column.codes is not None for tie in ties):
        held_by = [tally.tuples.held[number] for number in numbers]
        found = tally.books.packed(where, _shared(ties), groups.of_row, held_by, tags.tolist())
        if found is not None:
            tally.store.add(*found)
            return kind_of > 0
    place = {fact: at for at, (fact, _) in enumerate(facts)}
    places = [tuple([place[fact] for fact in tally.tuples.held[number]]) for number in kinds]
    links = LinkStore(tally.store)
    for tuples in tie_rows([_values(tie) for tie in ties], groups.of_row, kind_of, tags, places):
        links.add_spread(tuples)
    return kind_of > 0


def _held(facts: tuple[tuple[Fact, bool], ...], signature: Signature) -> tuple[Fact, ...]:
    """Which of the facts (and whether it is a number) the tuples of a signature's rows hold; none: no tuples.

    Other batches have other facts, but all that a signature holds of them.
    """
    if not any(number and fact in signature for fact, number in facts):
        return ()
    return tuple(fact for fact, _ in facts if fact in signature)


class Place(NamedTuple):
    """Whose values the words of a tuple are: facts of a table, in their order, with how many words each has.

    ``wanted``: the facts whose values are not known otherwise (``TableTally.in_tuples``).
    """

    table: TableKey
    words: tuple[tuple[Fact, int], ...]
    wanted: Set[Fact]


class TiedValues:
    """The values in tuples, for those who count them: a store with the groups ("value", input, table, column, name).

    ``places``: of each tag the facts whose values its tuples have (their widths are those of ``TableTally.widths``).
    Places of a table come behind each other.
    """

    def __init__(self, store: DistinctStore, places: Mapping[int, Place]) -> None:
        self.store = store
        self._meant = Meant(places)
        own: dict[Fact, int] = {}
        last: TableKey | None = None
        groups: list[Hashable] = []
        width_of = array("i")
        begin, at, words, owner = array("i", [0]), array("i"), array("i"), array("i")
        for where, facts, mine in self._meant.different:
            place = 0
            if where != last:
                own, last = {}, where
            for fact, width in facts:
                if fact in mine:
                    value = value_of(fact)
                    if value not in own:
                        own[value] = len(groups)
                        groups.append(("value", *where, *value))
                        width_of.append(width)
                    at.append(place)
                    words.append(width)
                    owner.append(own[value])
                place += width
            begin.append(len(at))
        begins, ats, wide, owns = (np.array(each, np.int32) for each in (begin, at, words, owner))
        self._plans = begins, ats, wide, owns
        self._groups, slot, self._numbers = groups, list(range(len(groups))), np.zeros(0, np.uint64)
        if 4 * len(groups) > FEW:  # each would have few values in each piece
            members = [store.member(group, width_of[at]) for at, group in enumerate(groups)]
            self._groups = list(dict.fromkeys(crowd for _, crowd in members))
            places_of = {crowd: place for place, crowd in enumerate(self._groups)}
            slot = [places_of[crowd] for _, crowd in members]
            self._numbers = np.array([number for number, _ in members], np.uint64)
        self._slot = np.array(slot, np.int32)

    def of(self, keys: Keys) -> list[tuple[Hashable, Run]]:
        """The values of spread tuples with their tags (uint64[n, k + 1]), for ``add``; any thread may ask for them."""
        if not self._groups:
            return []
        which = self._meant.numbers(keys)
        found = untie(keys, which, *self._plans, self._slot, len(self._groups), self._numbers)
        # Few keys that stay would keep the memory of all that ``untie`` asked for together.
        few = max((some[0].nbytes for some in found if some is not None), default=0) // 4
        return [
            (group, Run(some[0].shape[1], some[1], some[0] if some[0].nbytes > few else some[0].copy()))
            for group, some in zip(self._groups, found, strict=True)
            if some is not None
        ]

    def add(self, values: list[tuple[Hashable, Run]]) -> None:
        """Adds values to the store."""
        for group, run in values:
            self.store.add_run(group, run)

    def leave_memory(self) -> None:
        """Moves those that are in memory to files."""
        self.store.leave_memory()


def value_of(fact: Fact) -> Fact:
    """As which fact the values of one are counted."""
    return fact[0], value_name(fact[1])


def tied(signature: Signature, ranks: Mapping[Fact, int]) -> list[Fact]:
    """Those of the ranked facts that a signature has, in the order of the words of its tuples."""
    return sorted((fact for fact in signature if fact in ranks), key=lambda fact: (ranks[fact], fact))


def _shared(ties: Sequence[Tie]) -> dict[int, Shared]:
    """The columns of identity facts, of which rows share the cells."""
    columns: dict[int, Shared] = {}
    for (index, name), _, _, column, cell, keys in ties:
        assert column.codes is not None
        shared = columns.setdefault(index, Shared(column.codes, len(column.cells)))
        shared.facts[index, name] = Held(cell, keys)
    return columns


def _values(tie: Tie) -> tuple[Rows, Keys, Rows | None, int]:
    """What ``tie_rows`` takes of a fact."""
    column = tie.column
    if column.codes is None and column.rows is not None:
        return column.rows[tie.cell], tie.keys, None, 0
    return tie.cell, tie.keys, column.codes, len(column.cells)
