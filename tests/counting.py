"""Toy detectors and tables for the tests of counting, and the same counts made the slow and obvious way."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scanner.columns.names import FURTHER, UNSOUND, value_name
from scanner.kernels.unions import spread
from scanner.model import Batch, Cells, Check, Column, Matches, Table
from scanner.persons.slots import Linking
from scanner.scanning.records import Job, scan_batch
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import ROLE, Fact, Tally
from scanner.tallies.ties import value_of

WHITE = bytes(range(0x21))


@dataclass(frozen=True)
class Toy:
    """Finds a letter and digits; valid where the digits end on an even one. Packed keys, or text."""

    name: str
    label: str
    letter: str
    rank: int
    packed: bool
    lenient: int = 0
    standard: str = "none"
    required: int = int(Check.FORMAT | Check.CHECKSUM)
    basis: int = int(Check.FORMAT)
    chance: float = 0.0
    whole: float = 0.0
    roles: frozenset[str] = field(default_factory=frozenset)
    header_only: bool = False

    def spans(self, value: bytes) -> list[tuple[int, int, bool, int]]:
        """(start, end, valid, identity) of each candidate."""
        found = re.finditer(self.letter.encode() + rb"(\d{1,9})", value)
        return [(m.start(), m.end(), int(m[1]) % 2 == 0, int(m[1]) + (len(m[1]) << 32)) for m in found]

    def find(self, cells: Cells) -> Matches:
        rows = [(i, *span) for i in range(len(cells)) for span in self.spans(cells.raw(i))]
        cell, start, end, valid, key = (list(part) for part in zip(*rows, strict=True)) if rows else ([],) * 5
        return Matches(
            np.array(cell, np.int32),
            np.array(start, np.int32),
            np.array(end, np.int32),
            np.array([self.required if ok else self.basis for ok in valid], np.uint32),
            np.array(key, np.uint64) if self.packed else None,
        )


TOYS = (
    Toy("person", "resident_id", "P", 1, True),
    Toy("phone", "mobile_phone", "M", 2, True),
    Toy("mail", "email", "E", 3, False),
    Toy("chat", "wechat_id", "W", 4, False),
    Toy("plate", "license_plate", "L", 5, False),
)
LINKING = Linking.read()
WEAK = {toy.name for toy in TOYS if toy.label not in LINKING.strong}
TABLE = Table(None, ("甲", "乙", "丙", "丁"), ("text",) * 4, "toy")
Value = bytes | list[bytes]


def toy_job(detectors: tuple[Any, ...] = TOYS, roles: tuple[str | None, ...] = (None,) * 4) -> Job:
    """A job that looks for toys; every role of a column is a fact."""
    known = frozenset(role for role in roles if role)
    return Job(detectors, lambda table: roles[: len(table.columns)], known, LINKING, (11, 22))


def value(draw: random.Random) -> bytes:
    """A cell with no, one or several candidates, from few different ones."""
    parts = [f"{draw.choice('PMEWLX')}{draw.randrange(6)}" for _ in range(draw.choice((0, 1, 1, 1, 2)))]
    return (draw.choice(("", " ", "x,")) + "、".join(parts)).encode()


def toy_rows(draw: random.Random, count: int, kinds: str) -> list[list[Value]]:
    """Rows of cells; ``kinds``: p, d, l for a plain, dictionary or list column each."""
    return [
        [[value(draw) for _ in range(draw.randrange(3))] if kind == "l" else value(draw) for kind in kinds]
        for _ in range(count)
    ]


def toy_batch(rows: list[list[Value]], kinds: str, first_row: int = 0, table: Table = TABLE) -> Batch:
    """The rows as a batch."""
    columns = []
    for index, kind in enumerate(kinds):
        cells: list[Any] = [row[index] for row in rows]
        if kind == "p":
            columns.append(Column(Cells.of(cells)))
        elif kind == "d":
            words = list(dict.fromkeys(cells))
            codes = [words.index(cell) if cell else -1 for cell in cells]
            columns.append(Column(Cells.of([*words, b"P8 never used"]), codes=np.array(codes, np.int32)))
        else:
            numbers = [row for row, cell in enumerate(cells) for _ in cell]
            flat = [item for cell in cells for item in cell]
            columns.append(Column(Cells.of(flat), rows=np.array(numbers, np.int32)))
    return Batch(table, first_row, len(rows), tuple(columns))


def toy_tally(
    rows: list[list[Value]], kinds: str, cuts: list[int], job: Job, source: int = 0, **store: Any
) -> Tally:
    """The tally of the rows, scanned in pieces."""
    tally = Tally(DistinctStore(**store))
    for low, high in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        scan_batch(toy_batch(rows[low:high], kinds, low), source, job, tally)
    return tally


@dataclass
class Expected:
    """What a tally must hold, counted with sets."""

    signatures: Counter[frozenset[tuple[int, str]]] = field(default_factory=Counter)
    records: dict[Any, set[Any]] = field(default_factory=lambda: defaultdict(set))  # by signature
    links: dict[Any, set[Any]] = field(default_factory=lambda: defaultdict(set))  # tuples by signature
    values: dict[Any, set[Any]] = field(default_factory=lambda: defaultdict(set))  # by column and name
    columns: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def filled(cell: bytes) -> bool:
    """Does a toy's cell hold something?"""
    return bool(cell.strip(WHITE))


def expect(rows: list[list[Value]], roles: tuple[str | None, ...] = (None,) * 4) -> Expected:
    """Counts row by row and cell by cell."""
    expected = Expected()
    for row in rows:
        held_of: dict[tuple[int, str], list[Any]] = defaultdict(list)
        facts = set()
        for column, held in enumerate(row):
            cells = held if isinstance(held, list) else [held]
            expected.columns[column]["cells"] += len(cells)
            expected.columns[column]["nonempty"] += sum(map(filled, cells))
            if roles[column] and any(map(filled, cells)):
                facts.add((ROLE, f"role:{roles[column]}"))
            for toy in TOYS:
                for cell in cells:
                    for start, end, valid, _ in toy.spans(cell):
                        expected.columns[column][f"{toy.name} candidates"] += 1
                        if not valid:
                            facts.add((column, toy.name + UNSOUND))
                        else:
                            facts.add((column, toy.name))
                            expected.columns[column][f"{toy.name} valid"] += 1
                            held_of[column, toy.name].append(cell[start:end])
                            expected.values[column, toy.name].add(cell[start:end])
        for fact, several in list(held_of.items()):
            if fact[1] in WEAK and len(several) > 1:
                held_of[fact] = several[:1]
                held_of[fact[0], fact[1] + FURTHER] = several[1:]
                facts.add((fact[0], fact[1] + FURTHER))
        signature = frozenset(facts)
        expected.signatures[signature] += 1
        if not signature:
            continue
        expected.records[signature].add(
            tuple(elements(held) if isinstance(held, list) else held.strip(WHITE) for held in row)
        )
        facts_held = in_order(held_of)
        first = [held_of[fact][0] for fact in facts_held]
        for at, fact in enumerate(facts_held):
            for other in held_of[fact]:
                expected.links[signature].add((*first[:at], other, *first[at + 1 :]))
    return expected


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Facts in the order of the words of tuples: numbers, strongest first, and then names."""
    labels = {toy.name: toy.label for toy in TOYS}
    return sorted(facts, key=lambda fact: (LINKING.rank(labels[value_name(fact[1])]), fact))


def elements(held: list[bytes]) -> tuple[tuple[int, bytes], ...]:
    """What tells a list from others: its filled elements, each with its place."""
    return tuple((place, cell.strip(WHITE)) for place, cell in enumerate(held) if filled(cell))


def store_counts(tally: Tally) -> dict[str, dict[Any, int]]:
    """How many different keys the store holds: values by column and name, rows and links by facts.

    Values in tuples count, too, but not those that the tally has elsewhere.
    """
    found: dict[str, dict[Any, set[Any]]] = defaultdict(lambda: defaultdict(set))
    labels = {toy.name: toy.label for toy in TOYS}
    widths = {
        (where, fact): width for where, each in tally.tables.items() for fact, width in each.widths.items()
    }
    in_tuples = {(where, fact) for where, each in tally.tables.items() for fact in each.in_tuples}
    tied = {fact for fact in {fact for _, fact in widths} if labels[value_name(fact[1])] in LINKING.order}
    link_of = {
        tally.link_tag(where, signature): (where, tuple(sorted(signature)))
        for where, each in tally.tables.items()
        for signature in each.signatures
    }
    for piece in tally.store.partitions():
        for (kind, *rest), keys in piece.items():
            if kind == "link":
                spread(keys)
            for *key, last in map(tuple, keys.tolist()):
                if kind == "value":
                    found[kind][rest[2], rest[3]].add((*key, last))
                    continue
                what = link_of[last][1] if kind == "link" else tally.tags[last]
                found[kind][frozenset(what)].add(tuple(key))
                for fact in in_order(tied.intersection(what)) if kind == "link" else ():
                    width = widths[link_of[last][0], fact]
                    value, key = tuple(key[:width]), key[width:]
                    if (link_of[last][0], fact) in in_tuples:
                        found["value"][value_of(fact)].add(value)
    return {kind: {key: len(held) for key, held in sets.items()} for kind, sets in found.items()}
