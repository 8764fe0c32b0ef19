"""Link tuples of columns of which rows share the cells: a tuple is a few numbers of what the cells hold.

A row of a name, an ID, a phone and a card has five key words; of twenty thousand different ones each the numbers take
up one. What the tuples say is the same, and they are told as others are (``links.LinkStore``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.coded_ties import mentions, pack, unpack
from scanner.kernels.sets import group_rows

Keys = NDArray[np.uint64]
Rows = NDArray[np.int32]
Fact = tuple[int, str]  # column, name
Numbers = NDArray[np.uint32]
Arrays = tuple[Rows, Rows, Numbers, Rows, Rows, Numbers, Rows]  # plans, see ``kernels.unions.mentions``
FEWEST = 1 << 15  # rows of a batch for which this is worth while
TIMES = 4  # values of one fact in a cell
TAG_BITS = 12
BITS = 28  # of a number
OWN_BYTES = 1 << 16  # that a book takes up by itself


class Shape(NamedTuple):
    """The values of a fact: how many words one has, and how many there are in a cell at most."""

    words: int
    times: int


class Held(NamedTuple):
    """The values of a fact in a column's cells: ``cell`` int32[n], ascending, and ``keys`` uint64[n, w] of each."""

    cell: Rows
    keys: Keys


@dataclass(slots=True)
class Shared:
    """A column of a batch: the cell of each row (``codes`` int32[rows], -1: none) of so many, and what these hold."""

    codes: Rows
    cells: int
    facts: dict[Fact, Held] = field(default_factory=dict)


@dataclass(slots=True)
class _Field:
    """A column of a book. ``table`` uint64[m, w]: what cells hold by number, 0 for nothing; ``offsets``: of the values
    of each fact therein. ``numbers`` uint32[cells + 1]: of the cells ``seen`` last, and of none."""

    shapes: dict[Fact, Shape]
    offsets: dict[Fact, int]
    table: Keys
    bits: int
    word: int = 0
    shift: int = 0
    seen: dict[Fact, Held] = field(default_factory=dict)
    numbers: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))

    @staticmethod
    def of(shapes: dict[Fact, Shape], cells: int) -> _Field:
        """One for columns of about so many different cells."""
        offsets, width = {}, 0
        for fact, shape in shapes.items():
            offsets[fact] = width
            width += shape.words * shape.times
        return _Field(shapes, offsets, np.zeros((1, width), np.uint64), (cells + 1).bit_length() + 1)

    def knows(self, column: Shared) -> bool:
        """Are these the cells that were seen last?"""
        return (
            len(self.numbers) == column.cells + 1
            and self.seen.keys() == column.facts.keys()
            and all(
                _same(self.seen[fact].cell, held.cell) and _same(self.seen[fact].keys, held.keys)
                for fact, held in column.facts.items()
            )
        )

    def takes(self, column: Shared) -> bool:
        """Numbers what the cells of a column hold; False where there is no room for it."""
        if any(
            fact not in self.shapes
            or shape.words != self.shapes[fact].words
            or shape.times > self.shapes[fact].times
            for fact, shape in _shapes(column).items()
        ):
            return False
        words = np.zeros((column.cells, self.table.shape[1]), np.uint64)
        for fact, (cell, keys) in column.facts.items():
            first = np.flatnonzero(np.diff(cell, prepend=-1))
            rank = np.arange(len(cell)) - np.repeat(first, np.diff(np.append(first, len(cell))))
            at = self.offsets[fact] + rank * keys.shape[1]
            for word in range(keys.shape[1]):
                words[cell, at + word] = keys[:, word]
        every = np.concatenate([self.table, words])
        different, number, _ = group_rows(np.ascontiguousarray(every.T))
        if len(different) > 1 << self.bits:
            return False
        self.table = every[different]  # in the order in which they came, so that those that were there stay
        self.numbers = np.append(number[-column.cells :] if column.cells else number[:0], 0).astype(np.uint32)
        self.seen = dict(column.facts)
        return True


class Book:
    """The tuples of rows of one table as numbers of what their cells hold: groups ("coded", book) of a store."""

    def __init__(self, columns: Mapping[int, Shared], before: Book | None) -> None:
        self._fields: dict[int, _Field] = {}
        for index, column in sorted(columns.items()):
            known = dict(before._fields[index].shapes) if before and index in before._fields else {}
            for fact, shape in _shapes(column).items():
                known[fact] = Shape(shape.words, max(shape.times, known.get(fact, shape).times))
            self._fields[index] = _Field.of(known, column.cells)
        self._numbers: dict[int, int] = {}  # of tags
        self._begin, self._places = [0], list[tuple[int, int]]()
        self._several_from, self._several = [0], list[tuple[int, int, int, int, int]]()
        self._words, free = 1, TAG_BITS
        for each in self._fields.values():
            if free + each.bits > 64:
                self._words, free = self._words + 1, 0
            each.word, each.shift = self._words - 1, free
            free += each.bits
        self._told: tuple[Any, ...] | None = None
        self.sound = all(each.bits <= BITS for each in self._fields.values())

    @property
    def nbytes(self) -> int:
        """What it takes up."""
        return OWN_BYTES + sum(each.table.nbytes + each.numbers.nbytes for each in self._fields.values())

    def knows(self, columns: Mapping[int, Shared]) -> bool:
        """Are these columns of the cells that came last?"""
        return columns.keys() == self._fields.keys() and all(
            self._fields[index].knows(column) for index, column in columns.items()
        )

    def takes(self, columns: Mapping[int, Shared]) -> bool:
        """Makes columns known; False where the book has no room for them."""
        return (
            self.sound
            and columns.keys() == self._fields.keys()
            and all(
                self._fields[index].knows(column) or self._fields[index].takes(column)
                for index, column in columns.items()
            )
        )

    def packed(
        self,
        columns: Mapping[int, Shared],
        of_row: Rows,
        facts: Sequence[Sequence[Fact]],
        tags: Sequence[int],
    ) -> Keys | None:
        """The tuples of a batch of known columns: one for each row of a group that has ``facts`` (in their order), with
        its tag. None where there are too many tags. ``of_row`` int32[rows]: each row's group."""
        self._told = None
        known = self._numbers
        tag = [
            (known[each] if each in known else self._number(each, own)) if own else -1
            for each, own in zip(tags, facts, strict=True)
        ]
        if len(self._numbers) > 1 << TAG_BITS:
            return None
        fields = [
            (column.codes, each.numbers, each.word, each.shift)
            for column, each in ((columns[index], each) for index, each in self._fields.items())
        ]
        return pack(fields, of_row, np.array(tag, np.int32), self._words)

    def _number(self, tag: int, facts: Sequence[Fact]) -> int:
        """The number of a tag, whose tuples have the values of these facts."""
        number = self._numbers.setdefault(tag, len(self._numbers))
        if number == len(self._begin) - 1:
            at, place = 0, {index: position for position, index in enumerate(self._fields)}
            for fact in facts:
                each = self._fields[fact[0]]
                (words, times), offset = each.shapes[fact], each.offsets[fact]
                self._places += [(place[fact[0]], offset + word) for word in range(words)]
                if times > 1:
                    self._several.append((at, words, place[fact[0]], offset, times))
                at += words
            self._begin.append(len(self._places))
            self._several_from.append(len(self._several))
        return number

    def tuples(self, keys: Keys) -> list[Keys]:
        """The tuples that were packed, spread, with their tags: uint64[n, k + 1] for each k that there are any of."""
        return unpack(keys, self.told)

    @property
    def tags(self) -> Keys:
        """uint64[t]: the tags of its tuples."""
        return np.fromiter(self._numbers, np.uint64, len(self._numbers))

    @property
    def times(self) -> int:
        """How many tuples a packed one may stand for."""
        many = np.diff(
            np.append([0], np.cumsum([times - 1 for *_, times in self._several]))[self._several_from]
        )
        return 1 + int(many.max(initial=0))

    def mentions(
        self, keys: Keys, plan: Rows, arrays: Arrays, first: int, memory: Keys
    ) -> tuple[Keys, NDArray[np.uint32]]:
        """The nodes and payloads of the persons that packed tuples mention; see ``kernels.coded_ties``.

        ``plan`` int32[t]: of each of its tags.
        """
        return mentions(keys, self.told, plan, *arrays, first, memory)

    @property
    def told(self) -> tuple[Any, ...]:
        """What ``kernels.coded_ties`` takes of a book."""
        if self._told is None:
            self._told = self._now()
        return self._told

    def _now(self) -> tuple[Any, ...]:
        return (
            [
                (np.ascontiguousarray(each.table.T), each.word, each.shift, each.bits)
                for each in self._fields.values()
            ],
            TAG_BITS,
            self.tags,
            np.array(self._begin, np.int32),
            np.array(self._places, np.int32).reshape(-1, 2),
            np.array(self._several_from, np.int32),
            np.array(self._several, np.int32).reshape(-1, 5),
        )


@dataclass(frozen=True, slots=True)
class Packed:
    """Some packed tuples of a book: uint64[n, words]."""

    book: Book
    keys: Keys

    def __len__(self) -> int:
        """How many tuples that may be."""
        return self.book.times * len(self.keys)


class Books:
    """The books of the tables that one thread counts, of about ``limit`` bytes together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._full = 0  # bytes of books that have no room for more
        self._books: dict[Hashable, Book] = {}

    def packed(
        self,
        where: Hashable,
        columns: Mapping[int, Shared],
        of_row: Rows,
        facts: Sequence[Sequence[Fact]],
        tags: Sequence[int],
    ) -> tuple[Hashable, Keys] | None:
        """The group of a store and the keys for the tuples of a batch of a table (``Book.packed``); None where they had
        better be stored as they are."""
        book = self._books.get(where)
        if book is None and len(of_row) < FEWEST:
            return None
        if book is None or not book.knows(columns):
            shapes = {index: _shapes(column) for index, column in columns.items()}
            widths = {
                index: sum(words * times for words, times in each.values()) for index, each in shapes.items()
            }
            more = OWN_BYTES + sum(8 * columns[index].cells * (width + 1) for index, width in widths.items())
            if self._full + sum(each.nbytes for each in self._books.values()) + more > self._limit:
                return None
            if any(times > TIMES for each in shapes.values() for _, times in each.values()):
                return None
        if book is None or not book.takes(columns):
            self._full += book.nbytes if book is not None else 0
            book = self._books[where] = Book(columns, book)
            if not book.takes(columns):
                return None
        keys = book.packed(columns, of_row, facts, tags)
        return None if keys is None else (("coded", book), keys)


def _shapes(column: Shared) -> dict[Fact, Shape]:
    """What the values of a column look like."""
    return {
        fact: Shape(keys.shape[1], int(np.bincount(cell).max(initial=1)) if len(cell) else 1)
        for fact, (cell, keys) in column.facts.items()
    }


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Are they equal? Those of a dictionary that comes again are the same arrays."""
    return one is other or np.array_equal(one, other)
