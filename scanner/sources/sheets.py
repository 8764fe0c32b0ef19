"""Tables that a reader hands over as record batches: what a child process tells of a workbook or a database.

A reader yields a ``messages.Sheet`` and then the record batches of it, again and again. Where a sheet has no columns of
its own, its first rows tell whether there is a header, by the rule for delimited text; rows above it stay rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from scanner.model import Batch, Issue, Table, Why
from scanner.sources.arrow import ContentRoles, batch_of, table_of, text_of, told
from scanner.sources.dialect import Values
from scanner.sources.header_rows import LOOKED_AT, MOST_TITLES, header_row
from scanner.sources.messages import Sheet, Trouble

FIRST = LOOKED_AT + MOST_TITLES  # rows that are kept until the header is decided


@dataclass(slots=True)
class _Open:
    """A sheet that is being read: its next row's number, and its first batches as long as it has no table."""

    sheet: Sheet
    table: Table | None = None
    row: int = 0
    held: list[pa.RecordBatch] = field(default_factory=list)


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
        for message in messages:
            if isinstance(message, Trouble):
                yield Issue(message.what, None, message.rows_lost, message.partial)
            elif isinstance(message, Sheet):
                if now is not None and now.sheet.name != message.name:
                    yield from self._settled(now)
                now = known.setdefault(message.name, _Open(message))
            elif now is not None and message.num_rows:
                yield from self._taken(now, message)
        if now is not None:
            yield from self._settled(now)
        if not any(each.row for each in known.values()):
            yield Issue("holds no row", partial=False)

    def _taken(self, now: _Open, batch: pa.RecordBatch) -> Iterator[Batch]:
        if now.table is None:
            now.held.append(batch)
            if sum(each.num_rows for each in now.held) >= FIRST:
                yield from self._settled(now)
            return
        made = batch_of(batch, now.table, now.row)
        now.row += made.size
        yield made

    def _settled(self, now: _Open) -> Iterator[Batch]:
        """Decides the table from its first rows, and gives these."""
        held, now.held = now.held, []
        if not held:
            return
        schema = held[0].schema
        table = table_of(schema, now.sheet.format, now.sheet.name)
        names, top = now.sheet.columns, None
        if names is None:
            rows = _texts(held)
            top, found_by = header_row(
                lambda count: rows[:count], self.header, self.is_header_word, self.values
            )
            names = (None,) * len(schema) if top is None else tuple(c.strip() or None for c in rows[top])
            why = Why("format", "format", found_by if self.header is None else "given")
            table = replace(table, has_header=top is not None, why=why)
        if len(names) == len(
            table.columns
        ):  # nested types have more columns than names, and names of their own
            table = replace(table, columns=names)
        first = pa.Table.from_batches(held).combine_chunks()
        if top is not None:
            first = pa.concat_tables([first.slice(0, top), first.slice(top + 1)]).combine_chunks()
        batches: Iterator[Batch | Issue] = iter(
            [batch_of(each, table, 0) for each in first.to_batches() if each.num_rows]
        )
        for made in batches if self.content_roles is None else told(batches, self.content_roles):
            assert isinstance(made, Batch)
            table = made.table
            made = replace(made, first_row=now.row)
            now.row += made.size
            yield made
        now.table = table


def _texts(batches: list[pa.RecordBatch]) -> list[list[str]]:
    """The first rows as texts."""
    first = pa.Table.from_batches(batches).slice(0, FIRST)
    columns = [text_of(column.combine_chunks()).to_pylist() for column in first.columns]
    return [
        [cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell or "" for cell in row]
        for row in zip(*columns, strict=True)
    ]
