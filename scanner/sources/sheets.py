"""Tables that a reader hands over as record batches: what a child process tells of a workbook or a database.

A reader yields a ``messages.Sheet`` and then the record batches of it, again and again. Where a sheet has no columns of
its own, its first rows tell whether there is a header, by the rule for delimited text; rows above it stay rows, and a
further head below begins a table of its own (``sheet_rows``), or goes on with the one that has the same head. Sheets
of labels and values become rows (``sheet_forms``). Where a sheet tells the places of its rows, these are their numbers;
blank rows have places, but are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.model import Batch, Cells, Column, Issue, Table, Why
from scanner.sources.arrow import (
    ContentRoles,
    batch_of,
    cells_of,
    table_of,
    text_of,
    told,
    values_of,
)
from scanner.sources.dialect import Values
from scanner.sources.header_rows import LOOKED_AT, MOST_TITLES, goes_on, header_names, header_row
from scanner.sources.messages import LOOSE, ROW, Sheet, Trouble
from scanner.sources.sheet_forms import Form, Row, find_form, record_batch, turned
from scanner.sources.sheet_rows import heads, is_text, texts_of, without_end

NO_ROW = "holds no row"
MOST_TABLES = 64  # of one sheet
MOST_OF_TITLES = 2  # filled cells of a title row
FIRST = LOOKED_AT + MOST_TITLES  # rows that are kept until the header is decided
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a sheet: their cells and, where they are told, their places."""

    rows: pa.RecordBatch
    places: Numbers | None

    def cut(self, first: int, stop: int) -> _Part:
        """Some of the rows."""
        return _Part(
            self.rows.slice(first, stop - first), None if self.places is None else self.places[first:stop]
        )


@dataclass(slots=True)
class _Open:
    """A table of a sheet that is being read: its next row's number, and its first parts as long as it has no table.

    ``header``: the place of the header among the rows, None where there is none or its place does not matter.
    ``top``: which of its first rows is known to be the header; None: they must tell. ``form``: where it holds forms.
    """

    sheet: Sheet
    table: Table | None = None
    row: int = 0
    header: int | None = None
    width: int = 0  # columns of the first rows
    held: list[_Part] = field(default_factory=list)
    top: int | None = None
    form: Form | None = None

    def numbers(self, places: Numbers) -> Numbers:
        """The numbers of rows at these places: the header is not counted."""
        return places if self.header is None else places - (places > self.header)


@dataclass(slots=True)
class _Tables:
    """The tables of a sheet, and which of them its rows belong to now."""

    first: _Open
    now: _Open
    others: list[_Open] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheets:
    """Makes batches of what a reader tells. ``header``: whether a first row is one, where the user says so."""

    is_header_word: Callable[[str], bool]
    values: Values
    content_roles: ContentRoles | None = None
    header: bool | None = None

    def batches(self, messages: Iterable[Any]) -> Iterator[Batch | Issue]:
        """The batches of all sheets in order; a sheet that comes again goes on where it was."""
        known: dict[str | None, _Tables] = {}
        tables: _Tables | None = None
        empty = True
        for message in messages:
            if isinstance(message, Trouble):
                yield Issue(message.what, None, message.rows_lost, message.partial)
            elif isinstance(message, Sheet):
                if tables is not None and tables.first.sheet.name != message.name:
                    yield from self._closed(tables)
                if message.name not in known:
                    made = _Open(message)
                    known[message.name] = _Tables(made, made)
                tables = known[message.name]
                tables.first.sheet = message  # it may have more columns now
            elif tables is not None and message.num_rows:
                empty = False
                yield from self._taken(tables, message)
        if tables is not None:
            yield from self._closed(tables)
        if empty:
            yield Issue(NO_ROW, partial=False)

    def _taken(self, tables: _Tables, batch: pa.RecordBatch) -> Iterator[Batch | Issue]:
        now = tables.now
        if batch.schema.names == [ROW, LOOSE]:
            yield from self._settled(now, whole=False)
            yield _loose(now, batch)
            return
        places = None
        if batch.schema.names[:1] == [ROW]:
            places = values_of(batch.column(0))
            batch = batch.select(range(1, batch.num_columns))
        part = _Part(batch, places)
        if now.sheet.columns is not None or self.header is not None or not is_text(batch):
            yield from self._added(now, part)
            return
        after = 0
        for first, stop in heads(batch, places, self.is_header_word, self.values):
            yield from self._below(tables, part.cut(after, first))
            after = first
            if not _holds_titles(tables.now):
                after += yield from self._next_table(tables, part.cut(first, stop))
            elif tables.now.top is None:
                tables.now.top = self._top(part.cut(first, stop), _held_rows(tables.now))
        yield from self._below(tables, part.cut(after, batch.num_rows))

    def _below(self, tables: _Tables, part: _Part) -> Iterator[Batch | Issue]:
        """Rows up to the next head; forms go on where their first label comes again below another table."""
        form = tables.first.form
        if form is not None and tables.now is not tables.first:
            again = next((at for at, row in enumerate(texts_of(part.rows)) if form.begins(row)), None)
            if again is not None:
                yield from self._added(tables.now, part.cut(0, again))
                yield from self._settled(tables.now)
                tables.now, part = tables.first, part.cut(again, part.rows.num_rows)
        yield from self._added(tables.now, part)

    def _top(self, head: _Part, above: int) -> int:
        """The row that is the header, where the rows of a head lie below so many others."""
        return above + goes_on(texts_of(head.rows), self.is_header_word, self.values)

    def _next_table(self, tables: _Tables, head: _Part) -> Generator[Batch | Issue, None, int]:
        """Begins the table below a head, or goes on with the one that has it; how many rows of it are used up."""
        yield from self._settled(tables.now)
        top, rows = self._top(head, 0), texts_of(head.rows)
        names = without_end(header_names(rows, top))
        every = [tables.first, *tables.others]
        known = next(
            (each for each in every if each.table and without_end(each.table.columns) == names), None
        )
        if known is not None:
            tables.now = known
            known.row += 0 if head.places is not None else top + 1
            return top + 1
        if len(every) < MOST_TABLES:
            sheet = replace(tables.first.sheet, name=f"{tables.first.sheet.name or ''}/{len(every) + 1}")
            tables.now = _Open(sheet, row=tables.now.row if head.places is None else 0, top=top)
            tables.others.append(tables.now)
        return 0

    def _closed(self, tables: _Tables) -> Iterator[Batch | Issue]:
        """The last rows of a sheet's tables."""
        yield from self._settled(tables.now)
        for each in (tables.first, *tables.others):
            if each.form is not None and each.table is not None:
                yield from self._put_together(each, list(each.form.rest()))

    def _added(self, now: _Open, part: _Part) -> Iterator[Batch | Issue]:
        """Rows of one table: they are held until it is decided."""
        if not part.rows.num_rows:
            return
        if now.table is None:
            now.held.append(part)
            if _held_rows(now) >= FIRST:
                yield from self._settled(now, whole=False)
        elif now.form is not None:
            yield from self._of_form(now, part)
        else:
            yield _further(now, part)

    def _settled(self, now: _Open, whole: bool = True) -> Iterator[Batch | Issue]:
        """Decides the table from its first rows, and gives these. ``whole``: these are all of its rows."""
        held, now.held = now.held, []
        if not held:
            return
        if now.table is not None:  # it had loose text only so far
            for part in held:
                now.held = []
                yield from self._added(now, part)
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
            rows = texts_of(first.slice(0, FIRST))
            if now.top is not None:
                top, found_by = now.top, "known_words"
            elif self.header is None and (yield from self._labelled(now, rows, first, places, whole)):
                return
            else:
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
        yield from self._first_batches(now, table, first, places)

    def _first_batches(
        self, now: _Open, table: Table, first: pa.Table, places: Numbers | None
    ) -> Iterator[Batch]:
        """The first rows of a table that is decided but for what its cells show."""
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

    def _labelled(
        self, now: _Open, rows: list[list[str]], first: pa.Table, places: Numbers | None, whole: bool
    ) -> Generator[Batch | Issue, None, bool]:
        """The rows of forms or of a table on its side; whether the sheet is one of these."""
        if not is_text(first):
            return False
        form = find_form(rows, self.is_header_word)
        if form is not None:
            now.form, names = form, form.columns
            stood = _places(now, first.num_rows, places)
            made = list(form.taken(texts_of(first), stood.tolist()))
            if whole:
                made += form.rest()
        else:
            on_side = (
                turned(rows, self.is_header_word, self.values) if whole and first.num_rows <= FIRST else None
            )
            if on_side is None:
                return False
            names, made = on_side
            what = f"sheet {now.sheet.name} lies on its side: each column of it was read as a row"
            yield Issue(what, partial=False)
        why = Why("format", "format", "labelled")
        kinds = ("text",) * len(names)
        now.table = Table(now.sheet.name, names, kinds, now.sheet.format, has_header=False, why=why)
        if made:
            batch = pa.Table.from_batches([record_batch(made, len(names))])
            yield from self._first_batches(now, now.table, batch, _numbers_of(made))
        now.width = len(names)
        return True

    def _of_form(self, now: _Open, part: _Part) -> Iterator[Batch]:
        """Further rows of a sheet of forms."""
        assert now.form is not None
        places = _places(now, part.rows.num_rows, part.places)
        yield from self._put_together(now, list(now.form.taken(texts_of(part.rows), places.tolist())))

    def _put_together(self, now: _Open, made: list[Row]) -> Iterator[Batch]:
        """Rows that are whole, as a batch."""
        if made and now.table is not None:
            rows = record_batch(made, len(now.table.columns))
            yield _numbered(now, batch_of(rows, now.table, 0), _numbers_of(made))


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


def _held_rows(now: _Open) -> int:
    return sum(part.rows.num_rows for part in now.held)


def _holds_titles(now: _Open) -> bool:
    """Whether a table has no rows so far but titles, which have a cell or two each; one row alone is a title."""
    if now.table is not None or _held_rows(now) >= MOST_TITLES or now.top is not None:
        return False
    rows = [row for part in now.held for row in texts_of(part.rows)]
    return len(rows) < 2 or all(sum(map(bool, map(str.strip, row))) <= MOST_OF_TITLES for row in rows)


def _places(now: _Open, count: int, places: Numbers | None) -> Numbers:
    """Where rows of a sheet stand: as it tells, or counted."""
    if places is None:
        places = np.arange(now.row, now.row + count)
        now.row += count
    return places


def _numbers_of(rows: list[Row]) -> Numbers:
    return np.array([row.place for row in rows], np.int64)
