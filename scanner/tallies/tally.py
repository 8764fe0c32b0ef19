"""Mergeable exact counts: what every batch adds to, and what threads, files and machines add up.

A **fact** is (column, name): name is a detector's name for a valid match in that column, or ``role:NAME`` (column
ROLE) for a filled cell under a header of that role. A row's **signature** is the set of its facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.columns.coded import MARKS, marked_cells
from scanner.errors import ScannerError
from scanner.kernels.fact_groups import group_facts
from scanner.model import Column, Issue, Table
from scanner.persons.coded_ties import Books
from scanner.store.by_table import TableKey as TableKey
from scanner.store.distinct import DistinctStore
from scanner.tallies.table_tally import Fact as Fact
from scanner.tallies.table_tally import Signature as Signature
from scanner.tallies.table_tally import TableTally as TableTally
from scanner.tallies.tables import Tables

LOOSE = -1  # the pseudo-column of damaged lines
ROLE = -2  # the pseudo-column shared by all columns of one role
MOST_KNOWN = 1 << 14  # signatures that are kept for each kind of table
KINDS = 64  # of tables, for which they are kept
OF_INPUTS = frozenset({"value", "row"})  # groups of a tally's store that name an input

Tagged = tuple[Any, ...]  # what a tag stands for: the sorted facts of a signature, or where they are and they

Rows = NDArray[np.int32]
Keys = NDArray[np.uint64]


class FactNumbers:
    """The facts of tables that are alike, by number, and the signatures that their rows had, by the bits of these."""

    def __init__(self) -> None:
        self.numbers: dict[Fact, int] = {}
        self.signatures: dict[int, Signature] = {}

    def number(self, fact: Fact) -> int:
        """The number of a fact."""
        return self.numbers.setdefault(fact, len(self.numbers))

    def signatures_of(self, held: list[int]) -> list[Signature]:
        """The facts of each of these bits."""
        found = list(map(self.signatures.get, held))
        return [
            known if known is not None else self._new(bits) for known, bits in zip(found, held, strict=True)
        ]

    def _new(self, bits: int) -> Signature:
        if len(self.signatures) >= MOST_KNOWN:
            self.signatures.clear()
        digits = reversed(f"{bits:b}")  # of the facts in the order of their numbers
        facts = frozenset(fact for fact, digit in zip(self.numbers, digits, strict=False) if digit == "1")
        known = self.signatures[bits] = _same(facts)
        return known


class TupleNumbers:
    """The facts that tuples of a tally have in common, numbered as they come, from none at all on (0)."""

    def __init__(self) -> None:
        self.held: list[tuple[Fact, ...]] = [()]
        self._numbers: dict[tuple[Fact, ...], int] = {(): 0}

    def number(self, facts: tuple[Fact, ...]) -> int:
        """The number of such tuples."""
        known = self._numbers.setdefault(facts, len(self.held))
        if known == len(self.held):
            self.held.append(facts)
        return known


class Groups:
    """The rows of a batch, grouped by the set of facts they hold.

    ``signatures[g]`` and ``counts`` int64[g]: the facts of group g and how many rows hold just these;
    ``of_row`` int32[size]: each row's group. ``facts``: the rows that hold each; ``shared``: of columns whose cells
    rows share, the cells that hold each. ``known``: what earlier batches of such a table had (one thread's own).
    """

    def __init__(
        self,
        facts: Sequence[tuple[Fact, Rows]],
        size: int,
        known: FactNumbers,
        shared: Sequence[tuple[Column, Sequence[tuple[Fact, Rows]]]] = (),
    ) -> None:
        rows_of: dict[Fact, list[Rows]] = {}
        for fact, rows in facts:
            rows_of.setdefault(fact, []).append(rows)
        number = known.number
        columns: list[tuple[Rows, NDArray[np.uint8], list[int]]] = []
        for column, held_by in shared:
            assert column.codes is not None
            own = [number(fact) for fact, _ in held_by]
            for at, marks in enumerate(marked_cells(column, [cells for _, cells in held_by])):
                columns.append((column.codes, marks, own[MARKS * at : MARKS * (at + 1)]))
        lists = list(rows_of.values())
        self.of_row, self.counts, held = group_facts(lists, size, list(map(number, rows_of)), columns)
        self.signatures = known.signatures_of(held)


@lru_cache(maxsize=1 << 14)
def _same(signature: Signature) -> Signature:
    """The same object for equal signatures, which are then looked up faster."""
    return signature


@lru_cache(maxsize=1 << 14)
def _in_order(signature: Signature) -> tuple[tuple[Fact, ...], str]:
    """The facts of a signature in order, and their repr: the same ones for all tables of a kind."""
    facts = tuple(sorted(signature))
    return facts, repr(facts)


@lru_cache(maxsize=1 << 10)
def _place(source: int, table: str | None) -> TableKey:
    """The same object for equal places, which very many tags have in common."""
    return source, table


@lru_cache(maxsize=1 << 10)
def _hash_of(place: TableKey) -> int:
    return _hashed(repr(place))


@lru_cache(maxsize=1 << 14)
def _hashed(told: str) -> int:
    """64 bits of a hash."""
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "little")


@dataclass(slots=True)
class Tally:
    """All counts of a run, or of any part of it.

    ``store`` groups: ("value", input, table, column, name): keys; ("row", input, table): digest and tag of the
    sorted signature (``keys.row_keys``); ("link", k): what ties k numbers and names of a row to persons, and the tag of
    input, table and signature (``links``); ("track", k): points (``tracks``). ``tags`` tells what each tag stands for;
    values in a tuple are only there (``ties.TiedValues``), but for those of cells that rows share.
    ``first_numbers``: the numbers that inputs had before they were renumbered. ``tuples``: which facts tuples have,
    numbered as they come; ``tied``: the number of those of a signature's rows (``ties.add_links``). ``books``: where
    tuples of cells that rows share may be stored as numbers of these, in groups ("coded", book); None: nowhere.
    """

    store: DistinctStore = field(default_factory=DistinctStore)
    tables: Tables = field(init=False)
    issues: list[tuple[int, Issue]] = field(default_factory=list)
    tags: dict[int, Tagged] = field(default_factory=dict)
    first_numbers: dict[int, int] = field(default_factory=dict)
    books: Books | None = field(default=None, repr=False)
    tied: dict[Signature, int] = field(default_factory=dict, repr=False)
    tuples: TupleNumbers = field(default_factory=TupleNumbers, repr=False)
    _facts: dict[tuple[str | None, ...], FactNumbers] = field(default_factory=dict, repr=False)
    _signatures: dict[Signature, int] = field(default_factory=dict, repr=False)
    _links: dict[TableKey, dict[Signature, int]] = field(default_factory=dict, repr=False)
    _added: dict[Hashable, Keys] = field(default_factory=dict, repr=False)
    _added_of: TableKey | None = None

    def __post_init__(self) -> None:
        self.tables = Tables(self.store.folder)

    def __reduce__(self) -> tuple[Any, ...]:
        """What ``merge`` adds to another tally: all else only makes counting quicker."""
        return _handed, (self.store, self.tables, self.issues, self.tags)

    def facts(self, table: Table) -> FactNumbers:
        """The facts of tables that have the columns of this one."""
        known = self._facts.get(table.columns)
        if known is None:
            if len(self._facts) >= KINDS:
                self._facts.clear()
            known = self._facts[table.columns] = FactNumbers()
        return known

    def _tag(self, what: Tagged, told: str) -> int:
        """The word that stands for something inside keys: the same in every tally, and never 0. ``told``: its repr."""
        tag = _hashed(told) or 1
        self._note(tag, what)
        return tag

    def signature_tag(self, signature: Signature) -> int:
        """The tag of a signature's facts in order."""
        if signature not in self._signatures:
            self._signatures[signature] = self._tag(*_in_order(signature))
        return self._signatures[signature]

    def signature_tags(self, signatures: Sequence[Signature]) -> Keys:
        """The tag of each signature, 0 for that of nothing."""
        known = self._signatures
        found = [known.get(each) or (self.signature_tag(each) if each else 0) for each in signatures]
        return np.array(found, np.uint64)

    def link_tags(self, where: TableKey, signatures: Sequence[Signature], asked: Sequence[int]) -> Keys:
        """``link_tag`` of each signature that is ``asked`` about, else 0."""
        known = self._known_links(where)
        pairs = zip(signatures, asked, strict=True)
        found = [(known.get(each) or self.link_tag(where, each)) if wanted else 0 for each, wanted in pairs]
        return np.array(found, np.uint64)

    def link_tag(self, where: TableKey, signature: Signature) -> int:
        """The tag of a signature's rows in one table; whether no two have the same is to be seen at the end."""
        known = self._known_links(where)
        if signature not in known:
            first = _place(self.first_numbers.get(where[0], where[0]), where[1])
            known[signature] = self.signature_tag(signature) ^ _hash_of(first) or 1
        return known[signature]

    def all_link_tags(self, where: TableKey, signature_tags: Keys) -> Keys:
        """``link_tag`` of signatures of which the tags are known."""
        first = _place(self.first_numbers.get(where[0], where[0]), where[1])
        found = signature_tags ^ np.uint64(_hash_of(first))
        found[found == 0] = 1
        return found

    def _known_links(self, where: TableKey) -> dict[Signature, int]:
        known = self._links.get(where)
        if known is None:
            if len(self._links) >= KINDS:
                self._links.clear()
            known = self._links[where] = {}
        return known

    def _note(self, tag: int, facts: Tagged) -> None:
        if self.tags.setdefault(tag, facts) != facts:
            raise ScannerError("two sets of facts have the same tag, so records cannot be counted exactly")

    def add_values(self, group: tuple[str, int, str | None, int, str], keys: Keys, *, again: bool) -> None:
        """Adds the keys of values to the store. ``again``: of a dictionary, whose values often come again with the next
        batch of the table; then they are not added twice."""
        if again:
            if self._added_of != group[1:3]:
                self._added_of = group[1:3]
                self._added.clear()
            last = self._added.get(group)
            if last is keys or (last is not None and np.array_equal(last, keys)):
                return
            self._added[group] = keys
        self.store.add(group, keys)

    def table(self, source: int, table: Table) -> TableTally:
        """The tally of a table, made on first use; a table that gets more columns while it is read keeps them all."""
        found = self.tables.taken((source, table.name))
        if found is None:
            found = self.tables[source, table.name] = TableTally(table)
        elif len(table.columns) > len(found.table.columns):
            found.table = table
        return found

    def by_input(self, count: int) -> Iterator[list[TableTally]]:
        """The tables of each of so many inputs, by name: the order in which threads met them may be any."""
        found = groupby(self.tables.items(), key=lambda item: item[0][0])
        source, tables = next(found, (count, iter(())))
        for index in range(count):
            if index < source:
                yield []
                continue
            yield [table for _, table in tables]
            source, tables = next(found, (count, iter(())))

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Gives each input the number that ``numbers`` has for it; nothing may be added or merged afterwards."""

        def renamed(group: Hashable) -> Hashable:
            if isinstance(group, tuple) and group[0] in OF_INPUTS:
                return (group[0], numbers[group[1]], *group[2:])
            return group

        self.tables.renumber(numbers)
        self.issues = [(numbers[source], issue) for source, issue in self.issues]
        self.store.rename(renamed)
        self.first_numbers = {number: first for first, number in numbers.items()}
        self._links = {}

    def merge(self, other: Tally) -> None:
        """Adds another tally, which must not be used afterwards."""
        self.tables.merge(other.tables)
        self.issues += other.issues
        for tag, facts in other.tags.items():
            self._note(tag, facts)
        self._signatures |= other._signatures
        self.store.merge(other.store)


def _handed(
    store: DistinctStore, tables: Tables, issues: list[tuple[int, Issue]], tags: dict[int, Tagged]
) -> Tally:
    made = Tally(store)
    made.tables, made.issues, made.tags = tables, issues, tags
    return made
