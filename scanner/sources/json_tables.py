"""The tables of JSON text: which path is which column, and the values of a block as batches.

Columns of the head are dense, one cell a row, unless most cells would be empty. All others, and those that turn up
later, are list columns: they hold what there is, so that a row is the same however many columns are known when it is
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.json_cells import count, fill
from scanner.kernels.json_paths import Paths
from scanner.kernels.json_values import DAMAGED
from scanner.model import Batch, Bytes, Cells, Column, Table
from scanner.sources.json_names import OTHER, column_name, table_name

Numbers = NDArray[np.int32]
Step = tuple[int, str, bytes, int, bool]  # of a path, see Paths.step
Tell = Callable[[NDArray[np.int64], NDArray[np.int64]], None]
MOST_TABLES = 64  # further ones are one table, named OTHER
MOST_DENSE = 512
FULL = 8  # columns are dense if at least one cell of so many holds a value
CELLS = 1 << 22  # dense cells of a batch


@dataclass(frozen=True, slots=True)
class Values:
    """What ``json_values.Reader`` found in a text: values by path, record, start and end; records int32[n, 4]."""

    node: Numbers
    record: Numbers
    start: Numbers
    end: Numbers
    records: Numbers

    def of_records(self, first: int, last: int) -> Values:
        """The records from ``first`` up to, not including, ``last``, numbered from 0."""
        low, high = np.searchsorted(self.record, [first, last])
        part = slice(int(low), int(high))
        records = self.records[first:last]
        return Values(
            self.node[part], self.record[part] - np.int32(first), self.start[part], self.end[part], records
        )


@dataclass(slots=True)
class Known:
    """A table as far as it is known.

    ``column`` int32[paths]: the number of each path's column, or -1; ``nodes``: the paths of the columns, of which the
    first ``dense`` have one cell a row; ``lines``: rows and damaged pieces so far; ``header``: is its first record one?
    """

    node: int
    table: Table
    column: Numbers
    nodes: list[int] = field(default_factory=list)
    dense: int = 0
    lines: int = 0
    header: bool = False

    def add(self, paths: Paths, nodes: list[int], placed: bool) -> None:
        """Further columns; ``placed``: see ``Tables``."""
        self.column[nodes] = np.arange(len(self.nodes), len(self.nodes) + len(nodes), dtype=np.int32)
        self.nodes += nodes
        old = self.table
        roles = old.content_roles
        self.table = old._replace(
            columns=old.columns + tuple(column_name(paths, node, self.node, placed) for node in nodes),
            kinds=("text",) * len(self.nodes),
            content_roles=None if roles is None else roles + (None,) * len(nodes),
        )


class Tables:
    """All tables of one text.

    ``shape``: what they share; its name and columns are filled in. ``placed``: values below keys of places are cells.
    """

    def __init__(self, paths: Paths, shape: Table, placed: bool = False) -> None:
        self.paths = paths
        self._placed = placed
        self._shape = shape
        self._known: dict[int, Known] = {}
        self._names: set[str | None] = set()
        self._other: int | None = None

    @property
    def too_many(self) -> bool:
        """Are there more than MOST_TABLES?"""
        return self._other is not None

    def known(self, node: int) -> Known:
        """The table of the records below a path."""
        found = self._known.get(node)
        if found is None:
            if len(self._known) >= MOST_TABLES:
                if self._other is None:
                    self._other = node
                    self._known[node] = self._made(node, OTHER)
                return self._known[self._other]
            found = self._known[node] = self._made(node, table_name(self.paths, node))
        return found

    def _made(self, node: int, name: str | None) -> Known:
        free, number = name, 2
        while free in self._names:  # "a.b" may be one key or two
            free, number = f"{name or ''} ({number})".strip(), number + 1
        self._names.add(free)
        return Known(node, self._shape._replace(name=free), np.full(self.paths.most + 2, -1, np.int32))

    def tables(self, records: Numbers) -> list[tuple[Known, NDArray[np.bool_] | None]]:
        """The tables of some records in the order of their first ones, and which records are theirs; None for all."""
        nodes, first = np.unique(records[:, 0], return_index=True)
        of_node = [(self.known(node), node) for node in nodes[np.argsort(first)].tolist()]
        owners = list({id(known): known for known, _ in of_node}.values())
        if len(owners) == 1:
            return [(owners[0], None)]
        return [
            (owner, np.isin(records[:, 0], [node for known, node in of_node if known is owner]))
            for owner in owners
        ]

    def learn(self, values: Values) -> list[Known]:
        """Makes columns of the head's paths, the dense ones first; returns the tables."""
        learned = []
        steps = [self.paths.step(node) for node in range(self.paths.count)]
        for known, mine in self.tables(values.records) if len(values.records) else ():
            row, sound = rows_of(values.records, mine)
            new, counts = count(values.node, values.record, row, known.column, 0)
            filled = new.tolist()
            often = dense_paths(dict(zip(filled, counts.tolist(), strict=True)), sound, steps)
            # In the order of their keys, also those without a value: as in the same table in another format.
            often += empty_columns(steps, known.node, set(filled))
            if all(steps[node][1] == "named" for node in often):
                often.sort()
            del often[MOST_DENSE:]
            known.dense = len(often)
            dense = set(often)
            known.add(self.paths, often + [node for node in filled if node not in dense], self._placed)
            learned.append(known)
        return learned

    def batches(self, values: Values, buffer: Bytes, tell: Tell | None = None) -> Iterator[Batch]:
        """The records of a text as batches, table by table; ``tell`` gets where they start and their rows."""
        total = len(values.records)
        for known, mine in self.tables(values.records) if total else ():
            step = max(CELLS // max(known.dense, 1), 1)
            for first in range(0, total, step):
                last = min(first + step, total)
                part = values if total <= step else values.of_records(first, last)
                chosen = None if mine is None else mine[first:last]
                if chosen is None or chosen.any():
                    yield self._batch(known, part, chosen, buffer, tell)

    def _batch(
        self, known: Known, values: Values, mine: NDArray[np.bool_] | None, buffer: Bytes, tell: Tell | None
    ) -> Batch:
        records = values.records
        row, sound = rows_of(records, mine)
        own = np.arange(len(records)) if mine is None else np.flatnonzero(mine)
        first = known.lines
        if known.header:  # it has no number
            known.header = False
            row, sound, own = np.maximum(row - 1, -1).astype(np.int32), sound - 1, own[1:]
        known.lines += len(own)
        numbers = np.arange(first, known.lines, dtype=np.int64)
        new, counts = count(values.node, values.record, row, known.column, len(known.nodes))
        if len(new):
            known.add(self.paths, new.tolist(), self._placed)
        damaged = records[own, 3] == DAMAGED
        loose = None
        if damaged.any():
            places = records[own[damaged]]
            loose = Cells(buffer, np.ascontiguousarray(places[:, 1]), np.ascontiguousarray(places[:, 2]))
        if tell is not None:
            tell(records[own, 1].astype(np.int64), numbers)
        return Batch(
            table=known.table,
            first_row=first,
            size=sound,
            columns=cells_of(known, values, row, sound, counts, buffer),
            loose=loose,
            loose_rows=None if loose is None else numbers[damaged],
            rows=None if loose is None else numbers[~damaged],
        )


def dense_paths(held: dict[int, int], rows: int, steps: Sequence[Step]) -> list[int]:
    """The paths with one cell a row, of those that have so many values: all, if at least one cell of FULL is filled.

    Else only those of which this is true by themselves. So a column that is empty here and there is the same column in
    parts of a table of which one holds more of its values than another: records that are the same are so in any part.
    """
    single = {node: count for node, count in held.items() if not steps[node][4]}
    if FULL * sum(single.values()) >= rows * len(single):
        return list(single)
    return [node for node, count in single.items() if FULL * count >= rows]


def empty_columns(steps: Sequence[Step], table: int, filled: set[int]) -> list[int]:
    """The paths below a table's records that have a key, but no value so far and nothing below.

    ``steps``: what ``Paths.step`` says of each path.
    """
    records = {table} | {
        node
        for node, (parent, kind, _, _, many) in enumerate(steps)
        if parent == table and kind in ("element", "any") and not many
    }
    keys: set[int] = set()
    for node, (parent, kind, _, _, many) in enumerate(steps):  # parents come before their children
        if kind == "named" and (parent in keys or parent in records) and not many:
            keys.add(node)
    return sorted(keys - filled - {step[0] for step in steps})


def rows_of(records: Numbers, mine: NDArray[np.bool_] | None) -> tuple[Numbers, int]:
    """int32[records]: the row of each record among the sound ones that are ``mine``, else -1; how many these are."""
    sound = records[:, 3] != DAMAGED
    if mine is not None:
        sound &= mine
    row = np.full(len(records), -1, np.int32)
    total = int(np.count_nonzero(sound))
    row[sound] = np.arange(total, dtype=np.int32)
    return row, total


def cells_of(
    known: Known, values: Values, row: Numbers, rows: int, counts: NDArray[np.int64], buffer: Bytes
) -> tuple[Column, ...]:
    """The columns of a table's rows; ``counts``: how many values each has."""
    dense = known.dense
    start, end = np.zeros((dense, rows), np.int32), np.zeros((dense, rows), np.int32)
    listed = counts.copy()
    listed[:dense] = 0
    edges = np.concatenate([[0], np.cumsum(listed)])
    flat = [np.empty(int(edges[-1]), np.int32) for _ in range(3)]
    fill(
        values.node,
        values.record,
        values.start,
        values.end,
        row,
        known.column,
        start,
        end,
        edges[:-1].copy(),
        *flat,
    )
    columns = [Column(Cells(buffer, s, e)) for s, e in zip(start, end, strict=True)]
    for number in range(dense, len(known.nodes)):
        part = slice(int(edges[number]), int(edges[number + 1]))
        columns.append(Column(Cells(buffer, flat[0][part], flat[1][part]), rows=flat[2][part]))
    return tuple(columns)
