"""Tables that a reader hands over as record batches: what a child process tells of a workbook or a database.

A reader yields a ``messages.Sheet`` and then the record batches of it, again and again. Where a sheet has no columns of
its own, its first rows tell whether there is a header, by the rule for delimited text; rows above it stay rows. Where
it tells the places of its rows, these are their numbers; blank rows have places, but are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.model import Batch, Cells, Column, Issue, Table, Why
from scanner.sources.arrow import ContentRoles, batch_of, cells_of, table_of, text_of, told, values_of
from scanner.sources.dialect import Values
from scanner.sources.header_rows import LOOKED_AT, MOST_TITLES, header_names, header_row
from scanner.sources.messages import LOOSE, ROW, Sheet, Trouble, as_bytes

FIRST = LOOKED_AT + MOST_TITLES  # rows that are kept until the header is decided
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a sheet: their cells and, where they are told, their places."""

    rows: pa.RecordBatch
    places: Numbers | None


@dataclass(slots=True)
class _Open:
    """A sheet that is being read: its next row's number, and its first parts as long as it has no table.

    ``header``: the place of the header among the rows, None where there is none or its place does not matter.
    """

    sheet: Sheet
    table: Table | None = None
    row: int = 0
    header: int | None = None
    width: int = 0  # columns of the first rows
    held: list[_Part] = field(default_factory=list)

    def numbers(self, places: Numbers) -> Numbers:
        """The numbers of rows at these places: the header is not counted."""
        return places if self.header is None else places - (places > self.header)


@dataclass(frozen=True, slots=True)
class Sheets:
    """Makes batches of what a reader tells. ``header``: whether a first row is one, where the user says so."""

    is_header_word: Callable[[str], bool]
    values: Values
    content_roles: ContentRoles | None = None
    header: bool | None = None

    def batches(self, messages: Iterable[Any]) -> Iterator[Batch | Issue]:
        """The batches of all sheets in order; a sheet that comes again goes on where it was."""
        known: dict[str | None, _Open] = {}
        now: _Open | None = None
        empty = True
        for message in messages:
            if isinstance(message, Trouble):
                yield Issue(message.what, None, message.rows_lost, message.partial)
            elif isinstance(message, Sheet):
                if now is not None and now.sheet.name != message.name:
                    yield from self._settled(now)
                now = known.setdefault(message.name, _Open(message))
                now.sheet = message  # it may have more columns now
            elif now is not None and message.num_rows:
                empty = False
                yield from self._taken(now, message)
        if now is not None:
            yield from self._settled(now)
        if empty:
            yield Issue("holds no row", partial=False)

    def _taken(self, now: _Open, batch: pa.RecordBatch) -> Iterator[Batch]:
        if batch.schema.names == [ROW, LOOSE]:
            yield from self._settled(now)
            yield _loose(now, batch)
            return
        places = None
        if batch.schema.names[:1] == [ROW]:
            places = values_of(batch.column(0))
            batch = batch.select(range(1, batch.num_columns))
        now.held.append(_Part(batch, places))
        if now.table is None:
            if sum(each.rows.num_rows for each in now.held) >= FIRST:
                yield from self._settled(now)
            return
        (part,) = now.held
        now.held = []
        yield _further(now, part)

    def _settled(self, now: _Open) -> Iterator[Batch]:
        """Decides the table from its first rows, and gives these."""
        held, now.held = now.held, []
        if not held:
            return
        if now.table is not None:  # it had loose text only so far
            yield from (_further(now, part) for part in held)
            return
        widest = max((part.rows.schema for part in held), key=len)
        width = len(widest)
        tables = [pa.Table.from_batches([_padded(part.rows, widest.names)]) for part in held]
        if len({*widest.names}) < width:  # Arrow joins by names, which may come twice
            tables = [each.rename_columns([str(at) for at in range(each.num_columns)]) for each in tables]
        first = pa.concat_tables(tables, promote_options="permissive").combine_chunks()
        first = first.rename_columns(widest.names)
        places = None if held[0].places is None else np.concatenate([part.places for part in held])
        table = table_of(first.schema, now.sheet.format, now.sheet.name)
        names, top = now.sheet.columns, None
        if names is None:
            rows = _texts(first)
            top, found_by = header_row(
                lambda count: rows[:count], self.header, self.is_header_word, self.values
            )
            names = (None,) * width if top is None else header_names(rows, top)
            why = Why("format", "format", found_by if self.header is None else "given")
            table = table._replace(has_header=top is not None, why=why)
        if len(names) == len(table.columns):  # nested types have more columns, and names of their own
            table = table._replace(columns=names)
        elif not any(names):
            table = table._replace(has_header=False)
        if top is not None:
            first = pa.concat_tables([first.slice(0, top), first.slice(top + 1)]).combine_chunks()
            if places is not None:
                now.header = int(places[top])
                places = np.delete(places, top)
        batches: Iterator[Batch | Issue] = iter(
            [batch_of(each, table, 0) for each in first.to_batches() if each.num_rows]
        )
        taken = 0
        for made in batches if self.content_roles is None else told(batches, self.content_roles):
            assert isinstance(made, Batch)
            table = made.table
            yield _numbered(now, made, None if places is None else places[taken : taken + made.size])
            taken += made.size
        now.table, now.width = table, len(table.columns)


def _further(now: _Open, part: _Part) -> Batch:
    """A batch of a sheet whose table is known; the table grows where its rows do.

    Columns that turn up then are list columns: a row is the same before and behind the first that has more of them.
    """
    assert now.table is not None
    rows = _padded(part.rows, [str(place) for place in range(len(now.table.columns))])
    more = rows.num_columns - len(now.table.columns)
    now.width = now.width or rows.num_columns  # there was loose text only so far
    nested = any(pa.types.is_nested(each.type) for each in rows.schema)
    if more > 0 and not nested:
        roles = now.table.content_roles
        names = (now.sheet.columns or ())[len(now.table.columns) : rows.num_columns]
        now.table = now.table._replace(
            columns=now.table.columns + names + (None,) * (more - len(names)),
            kinds=now.table.kinds + ("text",) * more,
            content_roles=None if roles is None else roles + (None,) * more,
        )
    made = batch_of(rows, now.table, 0)
    if not nested and len(made.columns) > now.width:
        own = made.columns[: now.width] + tuple(map(_held, made.columns[now.width :]))
        made = made._replace(columns=own)
    return _numbered(now, made, part.places)


def _held(column: Column) -> Column:
    """A column as one of lists, which hold what there is."""
    if column.codes is not None or column.rows is not None:
        return column
    cells = column.cells
    rows = np.flatnonzero(cells.end > cells.start).astype(np.int32)
    return Column(Cells(cells.data, cells.start[rows], cells.end[rows]), rows=rows)


def _numbered(now: _Open, made: Batch, places: Numbers | None) -> Batch:
    """The batch with the numbers of its rows."""
    if places is None:
        made = made._replace(first_row=now.row)
        now.row += made.size
        return made
    numbers = now.numbers(places)
    first = int(numbers[0])
    now.row = int(numbers[-1]) + 1
    if now.row - first == len(numbers):
        return made._replace(first_row=first)
    return made._replace(first_row=first, rows=np.ascontiguousarray(numbers, np.int64))


def _loose(now: _Open, batch: pa.RecordBatch) -> Batch:
    """Text that is no cell of a row, as a batch without sound rows."""
    if now.table is None:
        columns = now.sheet.columns or ()
        now.table = Table(
            now.sheet.name, columns, ("text",) * len(columns), now.sheet.format, has_header=bool(columns)
        )
    numbers = now.numbers(values_of(batch.column(0)))
    none = Cells(np.zeros(0, np.uint8), np.zeros(0, np.int32), np.zeros(0, np.int32))
    columns_of = tuple(Column(none) for _ in now.table.columns)
    loose = cells_of(text_of(batch.column(1)))
    return Batch(
        now.table, now.row, 0, columns_of, loose=loose, loose_rows=np.ascontiguousarray(numbers, np.int64)
    )


def _padded(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """The batch with empty columns behind its own, so that it has as many as there are ``names``."""
    more = len(names) - batch.num_columns
    if more <= 0 or any(pa.types.is_nested(each.type) for each in batch.schema):
        return batch
    return pa.record_batch([*batch.columns, *[pa.nulls(batch.num_rows)] * more], names)


def _texts(first: pa.Table) -> list[list[str]]:
    """The first rows as texts."""
    columns = [
        as_bytes(text_of(column.combine_chunks())).to_pylist() for column in first.slice(0, FIRST).columns
    ]
    return [[(cell or b"").decode("utf-8", "replace") for cell in row] for row in zip(*columns, strict=True)]
