"""Persons of packed tuples alone: numbers and names are few, so that a node takes one word, and tables of them unite.

Words of a book (``coded_ties``) become numbers from 1 on, those of numbers and those of names each by themselves. A
node is ``number | owner | mention`` in 64 bits; owners are the names, and behind these the numbers that tell persons
apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.coded_persons import coded_relations, parted_nodes
from scanner.kernels.coded_ties import mentions
from scanner.kernels.sets import group_rows
from scanner.kernels.unions import new_memory
from scanner.persons.coded_ties import Book, Packed
from scanner.persons.links import CHUNK, LinkStore, Mentions, PlanTable, Tuples

Keys = NDArray[np.uint64]
Rows = NDArray[np.int32]
Relations = tuple[NDArray[np.int64], NDArray[np.int64], Keys, Keys, NDArray[np.int64], NDArray[np.int64]]
NAME = -1  # in place of a kind
Used = dict[tuple[int, int], int]  # field and word of a book: the kind of the numbers there, or NAME
_NO_KEYS, _NO_ROWS = np.zeros((0, 1), np.uint64), np.zeros(0, np.int32)


class CodedNodes:
    """The nodes of all tuples of a store, of which all are packed."""

    def __init__(self, table: PlanTable, used: dict[Book, Used], most: int) -> None:
        """``used``: what the plans name of the words of each book; ``most``: mentions, at most."""
        self._arrays = table.arrays
        self._plans = {book: table.plans_of(book.tags) for book in used}
        held = [(book, place, kind) for book, places in used.items() for place, kind in places.items()]
        numbers = [each for each in held if each[2] != NAME]
        names = [each for each in held if each[2] == NAME]
        of_numbers, self._keys, self._kinds = _numbered(numbers)
        of_names, self._names, _ = _numbered(names)
        self._owners = len(self._names) + len(self._keys)
        self._mention_bits = most.bit_length()
        self._owner_bits = self._owners.bit_length()
        self._shift = 64 - max(1, (len(self._keys) - 1).bit_length())  # of numbers
        self.fits = self._shift >= self._owner_bits + self._mention_bits
        self._books = {book: _told(book, used[book], of_numbers | of_names) for book in used}

    @staticmethod
    def of(store: LinkStore, table: PlanTable) -> CodedNodes | None:
        """Those of a store; None where some of its tuples are not packed, or nodes take more than a word."""
        groups: Any = store.groups()
        if not groups or any(kind != "coded" for kind, _ in groups):
            return None
        sizes: dict[Any, int] = {group: sum(map(len, runs)) for group, runs in store.store.all_runs()}
        most, used = 0, {}
        for group in groups:
            book = group[1]
            found = _used(book, table)
            if found is None:
                return None
            used[book] = found
            most += sizes[group] * book.times * table.slots
        nodes = CodedNodes(table, used, most)
        return nodes if nodes.fits else None

    def mentions(self, piece: Tuples) -> Iterator[Mentions]:
        """The persons that the tuples of a piece mention, some at a time; their nodes are uint64[m, 1]."""
        memory, first = new_memory(), 0
        for some in piece:
            assert isinstance(some, Packed)
            told, plan = self._books[some.book], self._plans[some.book]
            for at in range(0, len(some.keys), CHUNK):
                keys = some.keys[at : at + CHUNK]
                bits = len(self._names), self._shift, self._mention_bits
                nodes, payloads = mentions(keys, told, plan, *self._arrays, first, memory, *bits)
                first += len(payloads)
                yield Mentions(_NO_KEYS, nodes, payloads, _NO_ROWS, _NO_ROWS.astype(np.int64))

    def relations(self, nodes: Keys) -> Relations:
        """What ``kernels.unions.relations`` says of the same: of all nodes of some numbers, which are not counted."""
        edges, pairs, numbers, names = coded_relations(
            nodes.reshape(-1), self._shift, self._mention_bits, self._owners, self._kinds
        )
        kinds = self._kinds[numbers].astype(np.uint64)
        return edges, pairs, self._keys[numbers], kinds, names, np.zeros((0, 0), np.int64)

    def as_others(self, nodes: Keys) -> Keys:
        """The nodes as they are otherwise (uint64[n, 3]), but that owners have any words of their own."""
        return parted_nodes(nodes.reshape(-1), self._shift, self._mention_bits, self._keys, self._kinds)


def _used(book: Book, table: PlanTable) -> Used | None:
    """What the plans name of the words of a book; None where one is named in two ways."""
    found: Used = {}
    _, _, _, begin, places, *_ = book.told
    slot_from, name_at, _, number_from, number_at, kind_of, _ = (each.tolist() for each in table.arrays)
    at_of = places.tolist()
    for tag, plan in enumerate(table.plans_of(book.tags).tolist()):
        for slot in range(slot_from[plan], slot_from[plan + 1]) if plan >= 0 else ():
            numbers = range(number_from[slot], number_from[slot + 1])
            named = [(number_at[number], kind_of[number]) for number in numbers]
            if named and name_at[slot] >= 0:
                named.append((name_at[slot], NAME))
            for at, kind in named:
                if at >= begin[tag + 1] - begin[tag]:
                    return None
                field, word = at_of[begin[tag] + at]
                if found.setdefault((field, word), kind) != kind:
                    return None
    return found


def _numbered(
    held: list[tuple[Book, tuple[int, int], int]],
) -> tuple[dict[tuple[Book, tuple[int, int]], Keys], Keys, NDArray[np.uint32]]:
    """Numbers for all words in some places: by place uint64[times, m], 0 for none; words and kinds by number."""
    tables = [_values(book, place) for book, place, _ in held]
    words = np.concatenate([np.zeros(0, np.uint64), *(each.reshape(-1) for each in tables)])
    kinds = np.repeat(
        np.array([max(0, kind) for *_, kind in held], np.uint64),
        np.array([each.size for each in tables], np.intp),
    )
    kinds[words == 0] = np.iinfo(np.uint64).max
    # What is nothing comes first.
    words, kinds = np.append(np.uint64(0), words), np.append(np.iinfo(np.uint64).max, kinds).astype(np.uint64)
    first, number, _ = group_rows(np.stack([words, kinds]))
    found, at = {}, 1
    for (book, place, _), table in zip(held, tables, strict=True):
        found[book, place] = number[at : at + table.size].reshape(table.shape).astype(np.uint64)
        at += table.size
    return found, words[first], kinds[first].astype(np.uint32)


def _several(book: Book) -> dict[tuple[int, int], tuple[int, int]]:
    """Of the words of a book of which a cell may hold several: from one to the next, and how many."""
    return {
        (field, offset + word): (words, times)
        for _, words, field, offset, times in book.told[6].tolist()
        for word in range(words)
    }


def _values(book: Book, place: tuple[int, int]) -> Keys:
    """The words in a place of a book, and the further ones that cells hold: uint64[times, m]."""
    step, times = _several(book).get(place, (1, 1))
    table: Keys = book.told[0][place[0]][0]
    return table[place[1] :: step][:times] if times > 1 else table[place[1] : place[1] + 1]


def _told(book: Book, used: Used, numbers: dict[tuple[Book, tuple[int, int]], Keys]) -> tuple[Any, ...]:
    """What the kernels take of a book, with numbers in place of words, and without words that no plan names."""
    fields, tag_bits, tags, begin, places, several_from, several = book.told
    columns: list[list[Keys]] = [[] for _ in fields]
    offsets: dict[tuple[int, int], int] = {}
    for place in used:
        own = columns[place[0]]
        offsets[place] = sum(map(len, own))
        own.append(numbers[book, place])
    made = [
        (np.ascontiguousarray(np.concatenate(own)) if own else np.zeros((1, 1), np.uint64), *rest)
        for own, (_, *rest) in zip(columns, fields, strict=True)
    ]
    moved = [(field, offsets.get((field, word), 0)) for field, word in places.tolist()]
    further, further_from = [], [0]
    for tag in range(len(tags)):
        for at, words, field, offset, times in several[several_from[tag] : several_from[tag + 1]].tolist():
            further += [
                (at + word, 1, field, offsets[field, offset + word], times)
                for word in range(words)
                if (field, offset + word) in offsets
            ]
        further_from.append(len(further))
    return (
        made,
        tag_bits,
        tags,
        begin,
        np.array(moved, np.int32).reshape(-1, 2),
        np.array(further_from, np.int32),
        np.array(further, np.int32).reshape(-1, 5),
    )
