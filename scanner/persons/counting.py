"""Persons: mentions in all inputs that share numbers, united exactly and counted, in memory or beyond it.

The rules, which do not depend on any order or split:

1. Mentions with the same strong number (an ID) are one person.
2. Mentions with the same weak number (a phone, a card) and the same name are one person.
3. Bare mentions (neither a name nor a strong number) that share a number are one. They never make two persons one:
   where all others that have any of their numbers are one person, they are this person; else they stand for themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scanner.in_turn import Aside, in_turn
from scanner.kernels.spool import scatter
from scanner.kernels.unions import gather_masks, number_persons, roots, unite_edges, unite_pairs
from scanner.persons.coded_persons import CodedNodes
from scanner.persons.coded_ties import Packed
from scanner.persons.early_unions import NO_EDGES, EarlyUnions
from scanner.persons.gatherings import NAMED, Gatherings, Masks
from scanner.persons.links import (
    ALL_ALIKE,
    PAYLOADS,
    LinkStore,
    Mentions,
    Number,
    Plan,
    PlanTable,
    Profile,
    Tuples,
)
from scanner.persons.uniting import KINDS, LARGE, Found, Relations, unite_all
from scanner.store.distinct import Run
from scanner.store.freed import give_back_if_grown, make_room
from scanner.store.spool import PARTITIONS, Part, Spool, Tape, private_array

Keys = NDArray[np.uint64]
Plain = Callable[[str, Keys], Keys | None]
EXAMPLES = 100
TOP = 56  # nodes are spread by the top byte of their numbers
CHUNK = 1 << 20  # mentions that are looked at together
PASSES = 8  # over all records where the elements of all persons do not fit the memory at once
PAYLOAD_BITS = PAYLOADS.bit_length() - 1
NONE = np.zeros(256, np.uint8)  # of the kinds of numbers


class Values(Protocol):
    """Counts the values in tuples."""

    def of(self, keys: Keys) -> list[tuple[Hashable, Run]]:
        """What it needs of some tuples, found on any thread."""
        ...

    def add(self, values: Any) -> None:
        """Takes that in, on one thread."""
        ...

    def leave_memory(self) -> None:
        """Moves what it keeps in memory to files."""
        ...


class _Made(NamedTuple):
    """Mentions of a piece: their nodes, in some parts, the payloads of each, and what is known of them already."""

    parts: list[Part]
    payloads: list[NDArray[np.uint32]]
    edges: NDArray[np.int64]
    found: Sequence[Relations]

    @property
    def nbytes(self) -> int:
        """What it takes up."""
        found = (each for some in self.found for each in some)
        return sum(
            each.nbytes for each in (*(rows for rows, _ in self.parts), *self.payloads, self.edges, *found)
        )


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """A number that one person alone should have, and with how many different names it occurs."""

    label: str
    number: int
    names: int


@dataclass(slots=True)
class Persons:
    """Exact counts of persons.

    ``profiles``: persons by all elements that their records hold together. ``sources``: persons of each input;
    ``inputs``: persons by the set of inputs they occur in, the most frequent sets (and all of one input), and
    ``other_inputs`` those in sets beyond these; ``shared``: persons of both inputs of each pair (a < b).
    ``conflicts``: strong numbers with two or more names; ``examples``: the first of them by label and number.
    """

    distinct: int = 0
    profiles: Counter[Profile] = field(default_factory=Counter)
    sources: Counter[int] = field(default_factory=Counter)
    inputs: Counter[frozenset[int]] = field(default_factory=Counter)
    other_inputs: int = 0
    shared: Counter[tuple[int, int]] = field(default_factory=Counter)
    conflicts: int = 0
    examples: list[Conflict] = field(default_factory=list)

    @property
    def by_category(self) -> Counter[str]:
        """How many persons hold each element."""
        counts: Counter[str] = Counter()
        for profile, persons in self.profiles.items():
            counts.update(dict.fromkeys(profile, persons))
        return counts


def count(
    store: LinkStore,
    plans: Mapping[int, Plan],
    budget: int = 256 << 20,
    folder: str | None = None,
    plain: Plain | None = None,
    named: int = NAMED,
) -> Persons:
    """Counts the persons that tuples mention. ``plans``: by tag; tuples with other tags are left out.

    ``budget``: bytes of memory beyond which private files in ``folder`` are used; ``plain``: from a label and keys to
    the numbers by which conflicts are ordered and told (without it: the keys;
    None: not to be told); ``named``: how many sets of inputs get a name.
    """
    return Links(store, plans, budget, folder).persons(plain, named)


class Links:
    """The mentions of all tuples, which are united when that is needed first.

    ``more``: (input, elements) that persons may be said to ``hold`` besides; ``values`` is given all tuples on the way.
    ``keep``: the store keeps the tuples, for ``numbers``. ``counted``: keys (uint64[n] each) that are counted with the
    numbers in the tuples, if they are not packed; ``bases`` (see ``PlanTable``) and ``holders``: in whose counts these
    are.
    """

    def __init__(
        self,
        store: LinkStore,
        plans: Mapping[int, Plan],
        budget: int = 256 << 20,
        folder: str | None = None,
        more: Collection[tuple[int, Profile]] = (),
        values: Values | None = None,
        keep: bool = True,
        counted: Iterable[tuple[Number, Keys]] = (),
        bases: NDArray[np.int32] = ALL_ALIKE,
        holders: int = 0,
    ) -> None:
        self._store = store
        counted = list(counted)
        self._table = PlanTable(plans, more, {number.label for number, _ in counted}, bases)
        self._held: list[tuple[NDArray[Any], int]] = []
        self._budget = budget
        self._memory = 3 * store.store.budget  # keys have a third of it
        self._folder = folder
        self._payloads = Tape(budget // 16, folder)
        self._edges = Tape(budget // 16, folder)  # pairs of mentions that are known to be one person's
        counts = np.zeros(KINDS + holders, np.int64)
        self._found = Found(Tape(budget // 16, folder), Tape(budget // 16, folder), counts)
        self._person: NDArray[Any] = np.zeros(0, np.uint32)
        self.distinct = 0
        self._nodes: Spool | None = Spool(TOP, 3 * budget // 4, folder)  # until they are united
        self._mentioned = 0
        self._few = CodedNodes.of(store, self._table)
        threads = store.store.threads

        # Packed tuples do not lie by their first words.
        packed = any(isinstance(group, tuple) and group[0] == "coded" for group in store.groups())
        kinds = self._table.firsts(number for number, keys in counted if len(keys)) if not packed else NONE
        self._early = EarlyUnions(kinds, holders)

        def made(piece: Tuples, whole: bool) -> tuple[_Made, list[Any]]:
            # The values of packed tuples are known otherwise.
            plain = [keys for keys in piece if not isinstance(keys, Packed)]
            return self._made(piece, whole), [values.of(keys) for keys in plain] if values else []

        def kept(held: list[Any]) -> None:
            for each in held:
                assert values is not None
                values.add(each)

        # Either may write to a file meanwhile, and neither keeps those waiting who make more.
        waiting = budget // 16
        with Aside(kept, threads, waiting) as valued, Aside(self._keep, threads, waiting) as mentioned:
            for some, held in store.made_of_pieces(made, last=not keep):
                valued.give(held, sum(run.nbytes for each in held for _, run in each))
                mentioned.give(some, some.nbytes)
                del some, held
                give_back_if_grown(self._memory)
        self._early.give_back()
        for number, keys in counted:
            self._nodes.add(self._table.counted(number, keys))
        most = budget // 2  # bytes of persons in memory
        if not keep:
            store.forget()
            most = max(most, store.store.budget // 2)
        self.spilled_bytes = self._nodes.spilled_bytes + self._payloads.spilled_bytes
        dtype = np.uint32 if self._mentioned < 1 << 32 else np.int64
        self._person = private_array(self._mentioned, dtype, most, folder)
        if isinstance(self._person, np.memmap):  # its pages are the process's as well: others have to go
            for each in (self._nodes, store.store, *([values] if values else ())):
                each.leave_memory()
            self.unite()

    def _made(self, piece: Tuples, whole: bool) -> _Made:
        """What is kept of the mentions of a piece."""
        if whole and self._early.any:
            with self._early.united(self._table.mentions(piece), self._most_nodes(piece)) as early:
                return _Made([scatter([early.nodes], TOP)], [early.payloads], early.edges, early.found)
        # Memory that is asked for at one go comes in large pages; what is not used is not there.
        room = np.empty(3 * self._most_nodes(piece), np.uint64)
        parts, payloads, at = [], [], 0
        for each in (self._few or self._table).mentions(piece):
            parts.append(scatter([each.nodes], TOP, room[at:]))
            payloads.append(each.payloads)
            at += each.nodes.size
        return _Made(parts, payloads, NO_EDGES, [])

    def _most_nodes(self, piece: Tuples) -> int:
        return self._table.most * sum(map(len, piece))

    def _keep(self, made: _Made) -> None:
        """Takes in some mentions, which are numbered from 0 in each piece."""
        assert self._nodes is not None
        first = self._mentioned
        for part in made.parts:
            part[0][:, -1] += np.uint64(first)
            self._nodes.add_part(part)
        for payloads in made.payloads:
            self._payloads.add(payloads)
            self._mentioned += len(payloads)
        self._edges.add(made.edges + first)
        for found in made.found:
            self._found.note(found, first)

    def unite(self) -> None:
        """Unites all mentions, unless that is done: then persons have numbers, of which there are ``distinct``."""
        nodes, self._nodes = self._nodes, None
        if nodes is None:
            return
        make_room(self._memory, self._person.nbytes)
        for at in range(0, self._mentioned, CHUNK):
            some = self._person[at : at + CHUNK]
            some[:] = np.arange(at, at + len(some), dtype=some.dtype)
        for edges in self._edges:
            unite_edges(edges, self._person)
        store = self._store.store
        limit = self._budget // 8
        left = nodes if self._few is None else self._unite_few(nodes, self._few)
        unite_all(left, self._person, self._found, limit, self._folder, store.threads, self._memory)
        self._settle(self._mentioned)
        self.distinct = number_persons(self._person)
        nodes.dispose()
        give_back_if_grown(self._memory)

    def different(self, number: Number) -> int:
        """How many different numbers of the label there are."""
        self.unite()
        return int(self._found.counts[self._table.kind(number) % KINDS])

    def held(self) -> NDArray[np.int64]:
        """How many different numbers each of the ``holders`` has."""
        self.unite()
        return self._found.counts[KINDS:]

    def _unite_few(self, nodes: Spool, few: CodedNodes) -> Spool:
        """Unites mentions by nodes of one word; returns those of large partitions, which are left, in three words."""
        left = Spool(TOP, self._budget // 8, self._folder)
        small = [index for index in range(PARTITIONS) if 0 < nodes.size(index) <= LARGE]
        threads = self._store.store.threads
        for found in in_turn(lambda index: few.relations(nodes.part(index)), small, threads):
            self._found.follow(found, self._person)
        for index in range(PARTITIONS):
            for segment in nodes.segments(index) if nodes.size(index) > LARGE else ():
                left.add(few.as_others(segment))
        return left

    def _settle(self, mentioned: int) -> None:
        """Gives bare mentions to the only person who has any of their numbers."""
        together = Spool(max(0, mentioned.bit_length() - 8), self._budget // 8, self._folder)
        for pairs in self._found.bare:
            for at in range(0, len(pairs), CHUNK):
                some = pairs[at : at + CHUNK].copy()
                roots(self._person, some)
                together.add(some.view(np.uint64))
        for index in range(PARTITIONS):
            ranges = np.zeros((0, 3), np.int64)  # bare ones, with the lowest and the highest of the others
            for segment in together.segments(index):
                pairs = segment.view(np.int64)
                ranges = _ranges(np.concatenate([ranges, pairs[:, [0, 1, 1]]]))
            own, lowest, highest = ranges.T
            only = lowest == highest
            unite_pairs(self._person, own[only], lowest[only])

    def numbers(self) -> Iterator[tuple[Keys, NDArray[np.int32], NDArray[Any]]]:
        """For some tuples at a time: themselves, positions among them, and their persons.

        Positions are int32[m], persons uint32[m] or int64[m]; a tuple is there once for each person it mentions.
        """
        self.unite()

        def made(piece: Tuples, whole: bool) -> tuple[list[Mentions], NDArray[np.uint32] | None, int]:
            found = list(self._table.mentions(piece))
            if whole and self._early.any:
                with self._early.united(found, self._most_nodes(piece)) as early:
                    return found, early.numbers, len(early.payloads)
            return found, None, sum(len(each.payloads) for each in found)

        first = 0
        for found, numbers, count in self._store.made_of_pieces(made):
            for each in found:
                own = each.numbers if numbers is None else numbers[each.numbers]
                yield each.keys, each.tuples, self._person[own.astype(np.int64) + first]
            first += count

    def hold(self, persons: NDArray[np.int64], source: int, profile: Profile) -> None:
        """Says that these persons (their numbers, as in ``numbers``) hold more elements: a pair of ``more``."""
        self._held.append((persons, self._table.payloads.index((source, profile))))

    def persons(self, plain: Plain | None = None, named: int = NAMED) -> Persons:
        """The counts; see ``count``."""
        self.unite()
        result = Persons(distinct=self.distinct)
        spool = Spool(PAYLOAD_BITS + max(0, self.distinct.bit_length() - 8), self._budget // 8, self._folder)
        gatherings = Gatherings(self._table.payloads, PAYLOAD_BITS, self._budget // 8, self._folder)
        # What the nodes took is free by now.
        masks = gatherings.simple_masks()
        threads = self._store.store.threads
        if masks is not None and masks.itemsize * self.distinct * threads <= PASSES * self._budget // 2:
            size = max(1, self._budget // 2 // (masks.itemsize * threads))
            for first in range(0, self.distinct, size):
                gatherings.add_held(self._masks(masks, first, min(size, self.distinct - first), threads))
        else:
            for person, payloads in self._records():
                spool.add((person.astype(np.uint64) << np.uint64(PAYLOAD_BITS) | payloads).reshape(-1, 1))
            for part in spool:
                gatherings.add(part[:, 0])
        result.profiles = gatherings.profiles()
        result.sources = gatherings.sources()
        result.shared = gatherings.shared()
        result.inputs, result.other_inputs = gatherings.inputs(spool, named)
        result.conflicts = sum(map(len, self._found.conflicts))
        result.examples = self._examples(plain)
        return result

    def _masks(self, masks: Masks, first: int, count: int, threads: int) -> Masks:
        """The elements of the persons from ``first`` on: each thread gathers some in an array of its own."""
        idle = [np.zeros(count, masks.dtype) for _ in range(threads)]

        def gather(records: tuple[NDArray[Any], NDArray[np.uint32]]) -> None:
            held = idle.pop()
            gather_masks(*_within(*records, first, count), masks, held)
            idle.append(held)

        for _ in in_turn(gather, self._records(), threads):
            pass
        held = idle.pop()
        while idle:
            held |= idle.pop()
        return held

    def _records(self) -> Iterator[tuple[NDArray[Any], NDArray[np.uint32]]]:
        """The person and the payload of each mention, some at a time."""
        at = 0
        for payloads in self._payloads:
            for begin in range(0, len(payloads), CHUNK):
                some = payloads[begin : begin + CHUNK]
                yield self._person[at : at + len(some)], some
                at += len(some)
        for persons, payload in self._held:
            yield persons.astype(self._person.dtype), np.full(len(persons), payload, np.uint32)

    def _examples(self, plain: Plain | None) -> list[Conflict]:
        """The first conflicts by label and number."""
        found: list[tuple[str, int, int]] = []
        for rows in self._found.conflicts:
            for kind in np.flatnonzero(np.bincount(rows[:, 1].astype(np.int64))).tolist():
                label = self._table.labels[kind >> 1]
                own, _, names = rows[rows[:, 1] == kind].T
                own = np.ascontiguousarray(own)
                told = own if plain is None else plain(label, own)
                if told is None:
                    continue
                own = told
                first = np.argsort(own, kind="stable")[:EXAMPLES]
                found += zip(repeat(label), own[first].tolist(), names[first].tolist(), strict=False)
            if len(found) > 64 * EXAMPLES:
                found = sorted(found)[:EXAMPLES]
        return [Conflict(*each) for each in sorted(found)[:EXAMPLES]]


def _within(
    person: NDArray[Any], payloads: NDArray[np.uint32], first: int, count: int
) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """Of some records those of the persons from ``first`` on, ``count`` persons, who are numbered from 0 then."""
    if not first and (not len(person) or int(person.max()) < count):
        return person, payloads
    some = (person >= first) & (person < first + count)
    return person[some] - person.dtype.type(first), payloads[some]


def _ranges(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each first word (int64[n, 3]) the minimum of the second ones and the maximum of the third ones."""
    if len(rows) < 2:
        return rows
    rows = rows[np.argsort(rows[:, 0])]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:, 0] != rows[:-1, 0]]))
    lowest, highest = np.minimum.reduceat(rows[:, 1], starts), np.maximum.reduceat(rows[:, 2], starts)
    return np.column_stack([rows[starts, 0], lowest, highest])
