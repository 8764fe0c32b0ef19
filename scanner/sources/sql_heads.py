"""The first rows of tables whose columns have no telling name: kept until they show what the columns are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.model import Batch, Cells, Column
from scanner.sources.delimited import ContentRoles, Roles
from scanner.sources.sql_tables import Known

ROWS = 1000  # of a table that show what its columns are; fewer where they hold
BYTES = 256 << 10
MOST_TABLES = 32  # that are looked at so; further ones stay without roles by content
Row = tuple[int, list[bytes]]  # its number, its dense cells


@dataclass(frozen=True, slots=True)
class Moved:
    """A ``model.Locator`` for copied cells: ``positions`` ascending, ``offsets`` where each begins in the file."""

    positions: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions."""
        at = np.maximum(np.searchsorted(self.positions, positions, side="right") - 1, 0)
        return self.offsets[at] + (positions - self.positions[at])


@dataclass(slots=True)
class Held:
    """What waits of a table: its batches, and its first rows with how many bytes they hold."""

    batches: list[Batch] = field(default_factory=list)
    rows: list[list[bytes]] = field(default_factory=list)
    bytes: int = 0

    def look(self, known: Known, batches: Sequence[Batch]) -> None:
        """Adds rows in the order of the file until there are enough."""
        found = sorted(
            (row for batch in batches for row in first_rows(batch, known.dense)), key=lambda row: row[0]
        )
        for _, cells in found:
            if self.full:
                return
            self.rows.append(cells)
            self.bytes += sum(map(len, cells))

    @property
    def full(self) -> bool:
        """Are there enough rows to decide?"""
        return len(self.rows) >= ROWS or self.bytes >= BYTES


class Heads:
    """Gives each table the roles that its first rows show; its batches wait until there are enough of them."""

    def __init__(self, content_roles: ContentRoles | None) -> None:
        self._content_roles = content_roles
        self._held: dict[int, tuple[Known, Held]] = {}
        self._roles: dict[int, Roles | None] = {}
        self._looked_at = 0

    def told(self, known: Known, batches: Sequence[Batch]) -> Iterator[Batch]:
        """What of a table can be handed on: the batches of a buffer's sound rows, and those that waited before."""
        key = id(known)
        if key not in self._roles and key not in self._held:
            if self._looked_at < MOST_TABLES and self._wants(known):
                self._held[key] = known, Held()
                self._looked_at += 1
            else:
                self._roles[key] = None
        if key not in self._roles:
            held = self._held[key][1]
            held.look(known, batches)
            if not held.full:
                held.batches += map(copied, batches)
                return
            yield from self._decided(key)
        roles = self._roles[key]
        yield from (with_roles(batch, roles) for batch in batches)

    def rest(self) -> Iterator[Batch]:
        """What still waits at the end."""
        for key in list(self._held):
            yield from self._decided(key)

    def _wants(self, known: Known) -> bool:
        """Whether the cells are asked for at all."""
        asked: list[bool] = []

        def nothing() -> list[Cells]:
            asked.append(True)
            return [Cells.of([]) for _ in range(known.dense)]

        if self._content_roles is not None:
            self._content_roles(known.table.columns[: known.dense], nothing)
        return bool(asked)

    def _decided(self, key: int) -> Iterator[Batch]:
        known, held = self._held.pop(key)
        assert self._content_roles is not None
        columns = [Cells.of(list(cells)) for cells in zip(*held.rows, strict=True)]
        roles = self._content_roles(known.table.columns[: known.dense], lambda: columns) if columns else None
        self._roles[key] = roles
        yield from (with_roles(batch, roles) for batch in held.batches)


def with_roles(batch: Batch, roles: Roles | None) -> Batch:
    """The batch, its table with roles of the dense columns."""
    if roles is None:
        return batch
    more = (None,) * (len(batch.table.columns) - len(roles))
    return batch._replace(table=batch.table._replace(content_roles=roles + more))


def first_rows(batch: Batch, dense: int) -> list[Row]:
    """The first rows of a batch, at most ROWS."""
    count = min(batch.size, ROWS)
    numbers = batch.first_row + np.arange(count) if batch.rows is None else batch.rows[:count]
    columns = [[column.cells.raw(row) for row in range(count)] for column in batch.columns[:dense]]
    return [
        (number, list(cells))
        for number, cells in zip(numbers.tolist(), zip(*columns, strict=True), strict=True)
    ]


def copied(batch: Batch) -> Batch:
    """The same batch on a buffer of its own, that holds its cells and nothing else."""
    starts = np.concatenate([column.cells.start for column in batch.columns]).astype(np.int64)
    ends = np.concatenate([column.cells.end for column in batch.columns]).astype(np.int64)
    order = np.argsort(starts, kind="stable")
    lengths = (ends - starts)[order]
    new_ends = np.cumsum(lengths)
    new_starts = new_ends - lengths
    data = batch.columns[0].cells.data
    pieces = [
        data[start:end] for start, end in zip(starts[order].tolist(), ends[order].tolist(), strict=True)
    ]
    buffer = np.concatenate([np.zeros(0, np.uint8), *pieces])
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    filled = lengths > 0
    locate = batch.locate
    if locate is not None and filled.any():
        locate = Moved(new_starts[filled], locate(starts[order][filled]))
    columns, first = [], 0
    for column in batch.columns:
        mine = back[first : first + len(column.cells)]
        first += len(column.cells)
        cells = Cells(buffer, new_starts[mine].astype(np.int32), new_ends[mine].astype(np.int32))
        columns.append(Column(cells, rows=column.rows))
    return batch._replace(columns=tuple(columns), locate=locate)
