"""SQL dumps of any size and dialect: the rows of INSERT … VALUES and of COPY, table by table; all else as free text.

Tables are named as in the dump, with the schema where there are several. What stands outside of rows (definitions,
comments, UPDATE, procedures) are rows of one column in the table ``(statements)``, a line each. A tuple that is no SQL,
or has another number of values than its table has columns, is a damaged row, scanned as free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.counted import counted
from scanner.errors import SourceError
from scanner.kernels.sql_rows import ASKS, WIDEST, Reader, Rows, Taken
from scanner.limits import Limits
from scanner.model import Batch, Bytes, Cells, Column, Issue, ReadableFile, ReadOptions, Table, Why
from scanner.sources.blocks import Blocks
from scanner.sources.delimited import ContentRoles
from scanner.sources.delimited_rows import head
from scanner.sources.probe import find_encoding
from scanner.sources.sql_heads import Heads
from scanner.sources.sql_signs import escapes
from scanner.sources.sql_statements import (
    Comment,
    Definition,
    Lines,
    Tuples,
    UnfinishedError,
    Use,
    read_statement,
)
from scanner.sources.sql_tables import MOST_SHAPES, Known, Tables, columns_of

PIECES = (4 << 10, 64 << 10, 1 << 20)  # bytes of a statement's head that are looked at, more where it goes on


class SqlSource:
    """Reads SQL dumps (a ``model.Source``)."""

    name = "sql"

    def __init__(
        self,
        header_role: Callable[[str], str | None] | None = None,
        content_roles: ContentRoles | None = None,
    ) -> None:
        """``header_role``: what a header names for sure; asked for comments of columns."""
        self._header_role = header_role
        self._content_roles = content_roles

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """The rows in order, table by table within a block; ``bytes_read`` adds up to the file's size.

        Raises SourceError where the file is empty or in no encoding that is read.
        """
        if not file.pread(1, 0):
            raise SourceError("is empty")
        encoding = find_encoding(file, options.encoding)
        text, _ = head(file, encoding)
        limits = options.limits
        reader = Reader(escapes(text), longest=limits.line, cell=limits.cell)
        table = Table(
            name=None,
            columns=(),
            kinds=(),
            format=self.name,
            encoding=encoding.name,
            why=Why(encoding.why, "format", "format"),
        )
        role = self._header_role
        tables = Tables(reader, table, lambda text: role is not None and role(text) is not None)
        blocks = Blocks(file, encoding, options.block_size)
        reading = Reading(blocks, reader, tables, Heads(self._content_roles))
        yield from reading.batches()
        yield from reading.issues(limits)
        yield from blocks.issues()


class Reading:
    """One pass over a dump."""

    def __init__(self, blocks: Blocks, reader: Reader, tables: Tables, heads: Heads) -> None:
        self._blocks = blocks
        self._reader = reader
        self._tables = tables
        self._heads = heads
        self._overlong = 0
        self._wide = 0
        self._exceeded = 0

    def batches(self) -> Iterator[Batch]:
        """All batches; the last is there for the bytes that no other told."""
        blocks, reader, last = self._blocks, self._reader, self._tables.statements.table
        while True:
            reader.open(blocks.buffer, blocks.final)
            while reader.walk() == ASKS and self._answer():
                pass
            taken = reader.take(blocks.settle)
            self._overlong += taken.overlong
            self._wide += taken.wide
            self._exceeded += taken.exceeded
            for batch in self._made(taken, blocks.buffer):
                last = batch.table
                yield batch._replace(bytes_read=blocks.take_bytes_read())
            if blocks.final:
                break
            blocks.advance(reader.at)
        for batch in self._heads.rest():
            last = batch.table
            yield batch._replace(bytes_read=blocks.take_bytes_read())
        read = blocks.take_bytes_read()
        if read:
            nothing = tuple(Column(Cells(NO_BYTES, NONE, NONE)) for _ in last.columns)
            yield self._batch(last, NOTHING, nothing)._replace(bytes_read=read)

    def issues(self, limits: Limits) -> Iterator[Issue]:
        """What is to be said of a dump that was read to its end."""
        if not any(known.lines for known in self._tables.all()):
            yield Issue("holds no row", partial=False)
        if self._overlong:
            form = (
                "has {rows} [rows:line or row|lines or rows] of more than {most} bytes; "
                "[rows:it was|they were] read in pieces, as free text"
            )
            yield Issue(counted(form, rows=self._overlong, most=limits.line))
        if self._exceeded:
            form = (
                "has {values} [values:value of more than {most} bytes, or a quote that never closes; it was|"
                "values of more than {most} bytes, or quotes that never close; they were] read as free text"
            )
            yield Issue(counted(form, values=self._exceeded, most=limits.cell))
        if self._wide:
            form = "has {rows} [rows:row|rows] of more than {most} values; [rows:it was|they were] read as free text"
            yield Issue(counted(form, rows=self._wide, most=WIDEST))
        if self._tables.too_many:
            many = f"has more than {MOST_SHAPES} different tables or lists of columns"
            yield Issue(f"{many}; further rows were read as free text")

    def _answer(self) -> bool:
        """Tells the reader what the statement is that it stands at; False: the next buffer must be there to tell."""
        blocks, reader = self._blocks, self._reader
        rest = blocks.buffer[reader.at :]
        for size in PIECES:
            piece = rest[:size].tobytes()
            try:
                said = read_statement(piece, blocks.final and len(piece) == len(rest))
                break
            except UnfinishedError:
                if len(rest) <= size and not blocks.final:
                    return False
        else:
            said = None
        number = self._tables.shape(said) if isinstance(said, Tuples | Lines) else None
        if isinstance(said, Use):
            self._tables.schema = said.schema
            reader.forget()
        elif isinstance(said, Definition | Comment):
            self._tables.define(said)
        if number is None or not isinstance(said, Tuples | Lines):
            reader.text()
        elif isinstance(said, Lines):
            reader.lines(number, said.length, said.delimiter)
        else:
            reader.tuples(number, said.length)
        return True

    def _made(self, taken: Taken, buffer: Bytes) -> Iterator[Batch]:
        """The batches of a buffer: each sort of row of a table apart, its damaged ones, free text."""
        tables = self._tables
        parts: dict[int, tuple[Known, list[Rows]]] = {}
        for rows in taken.rows:
            known = tables.settle(rows.shape).known
            parts.setdefault(id(known), (known, []))[1].append(rows)
        damaged: dict[int, list[NDArray[np.int64]]] = {}
        for number in ascending(taken.loose_shape).tolist():
            known = tables.shapes[number].known
            parts.setdefault(id(known), (known, []))
            damaged.setdefault(id(known), []).append(np.flatnonzero(taken.loose_shape == number))
        for key, (known, sound) in parts.items():
            mine = np.sort(np.concatenate(damaged.get(key, [NOTHING])))
            orders = [rows.order.astype(np.int64) for rows in sound]
            numbers, loose = numbered(orders, taken.loose_before[mine].astype(np.int64), known.lines)
            known.lines += sum(map(len, numbers)) + len(loose)
            batches = []
            for own, rows in zip(numbers, sound, strict=True):
                shape = tables.settle(rows.shape)
                columns = columns_of(shape, buffer, rows.start, rows.end)
                batches.append(self._batch(shape.table or known.table, own, columns))
            yield from self._heads.told(known, batches) if batches else ()
            if len(loose):
                table = known.table._replace(columns=(), kinds=())  # never the one that tells the columns
                cells = Cells(buffer, taken.loose_start[mine], taken.loose_end[mine])
                made = self._batch(table, NOTHING, ())
                yield made._replace(first_row=int(loose[0]), loose=cells, loose_rows=loose)
        if len(taken.text_start):
            known = tables.statements
            lines = np.arange(known.lines, known.lines + len(taken.text_start), dtype=np.int64)
            known.lines += len(lines)
            yield self._batch(known.table, lines, (Column(Cells(buffer, taken.text_start, taken.text_end)),))

    def _batch(self, table: Table, rows: NDArray[np.int64], columns: tuple[Column, ...]) -> Batch:
        consecutive = len(rows) == 0 or int(rows[-1]) - int(rows[0]) + 1 == len(rows)
        return Batch(
            table=table,
            first_row=int(rows[0]) if len(rows) else 0,
            size=len(rows),
            columns=columns,
            rows=None if consecutive else rows,
            locate=self._blocks.locator(),
        )


NO_BYTES = np.zeros(0, np.uint8)
NONE = np.zeros(0, np.int32)
NOTHING = np.zeros(0, np.int64)


def numbered(
    orders: list[NDArray[np.int64]], before: NDArray[np.int64], first: int
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Row numbers from ``first`` on, in the order of the file: of the rows of each sort, and of the damaged ones.

    ``orders``: the place of each row among all sound rows; ``before``: how many sound rows lie before a damaged one.
    """
    rows = np.concatenate([*orders, NOTHING])
    # A damaged row stands before the sound row of its number; the sort keeps the order of equals.
    places = np.concatenate([2 * rows + 1, 2 * before])
    numbers = np.empty(len(places), np.int64)
    numbers[np.argsort(places, kind="stable")] = np.arange(first, first + len(places))
    edges = np.cumsum([len(order) for order in orders])
    parts = np.split(numbers, edges) if len(edges) else [numbers]
    return parts[:-1] if len(edges) else [], parts[-1]
