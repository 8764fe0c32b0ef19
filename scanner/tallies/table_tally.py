"""The counts of one table, also as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from scanner.columns.tally import ColumnTally, LabelTally
from scanner.model import Table, Why

Fact = tuple[int, str]
Signature = frozenset[Fact]
Form = tuple[Any, ...]
TOLD = 8  # damaged rows that are told by their numbers


@dataclass(slots=True)
class TableTally:
    """The counts of one table: rows and damaged rows by signature, and its columns (LOOSE: the damaged lines).

    ``widths``: how many words a value of an identity fact has; ``in_tuples``: those of these facts of which some values
    are in tuples only; ``first_damaged``: the numbers of the first damaged rows, at most TOLD, ascending;
    ``below``: how many of them, the last ones, are text below the rows.
    """

    table: Table
    rows: int = 0
    damaged: int = 0
    blank: int = 0
    signatures: Counter[Signature] = field(default_factory=Counter)
    damaged_signatures: Counter[Signature] = field(default_factory=Counter)
    columns: dict[int, ColumnTally] = field(default_factory=dict)
    widths: dict[Fact, int] = field(default_factory=dict)
    in_tuples: set[Fact] = field(default_factory=set)
    first_damaged: list[int] = field(default_factory=list)
    below: int = 0

    def add_damaged(self, count: int, numbers: Sequence[int]) -> None:
        """Adds so many damaged rows; ``numbers``: theirs, or the first of them."""
        self.damaged += count
        self.first_damaged = sorted({*self.first_damaged, *numbers})[:TOLD]

    def column(self, index: int) -> ColumnTally:
        """The tally of a column, made on first use."""
        known = self.columns.get(index)
        if known is None:
            known = self.columns[index] = ColumnTally()
        return known

    def merge(self, other: TableTally) -> None:
        """Adds another part of the same table."""
        if len(other.table.columns) > len(self.table.columns):
            self.table = other.table  # a table that gets more columns while it is read keeps them all
        self.rows += other.rows
        self.add_damaged(other.damaged, other.first_damaged)
        self.blank += other.blank
        self.below += other.below
        self.signatures += other.signatures
        self.damaged_signatures += other.damaged_signatures
        for index, column in other.columns.items():
            self.column(index).merge(column)
        self.widths |= other.widths
        self.in_tuples |= other.in_tuples


def packed(table: TableTally) -> Form:
    """The counts as plain values, which takes a twentieth of the time of pickling objects."""
    own = table.table
    return (
        (*own[:-1], None if own.why is None else tuple(own.why)),
        table.rows,
        table.damaged,
        table.blank,
        tuple(table.signatures.items()),
        tuple(table.damaged_signatures.items()),
        tuple(
            (
                index,
                column.cells,
                column.nonempty,
                tuple((name, *_label(label)) for name, label in column.labels.items()),
            )
            for index, column in table.columns.items()
        ),
        tuple(table.widths.items()),
        tuple(table.in_tuples),
        tuple(table.first_damaged),
        table.below,
    )


def _label(label: LabelTally) -> tuple[Any, ...]:
    return (
        label.candidates,
        label.valid,
        label.basis,
        label.whole,
        label.dated,
        dict(label.variants),
        dict(label.contested),
        dict(label.refused),
        tuple(label.samples),
        tuple(label.variety),
    )


def unpacked(form: Form) -> TableTally:
    """The counts that ``packed`` made plain values of."""
    (
        table,
        rows,
        damaged,
        blank,
        signatures,
        damaged_signatures,
        columns,
        widths,
        in_tuples,
        first_damaged,
        below,
    ) = form
    return TableTally(
        _table_of(table),
        rows,
        damaged,
        blank,
        _counter(signatures),
        _counter(damaged_signatures),
        {
            index: ColumnTally(cells, nonempty, {name: _label_of(*label) for name, *label in labels})
            for index, cells, nonempty, labels in columns
        },
        dict(widths),
        set(in_tuples),
        list(first_damaged),
        below,
    )


@lru_cache(maxsize=64)
def _table_of(form: tuple[Any, ...]) -> Table:
    why = form[-1]
    fields: tuple[Any, ...] = (*form[:-1], None if why is None else Why(*why))
    return Table(*fields)


def _counter(counts: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    dict.update(found, counts)  # much faster than counting
    return found


def _label_of(
    candidates: int,
    valid: int,
    basis: int,
    whole: int,
    dated: int,
    variants: Any,
    contested: Any,
    refused: Any,
    samples: Any,
    variety: Any,
) -> LabelTally:
    return LabelTally(
        candidates,
        valid,
        basis,
        whole,
        dated,
        _counter(variants),
        _counter(contested),
        _counter(refused),
        list(samples),
        list(variety),
    )
