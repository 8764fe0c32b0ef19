"""JSON texts of any size: lines, lists of records, single objects, documents behind each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.kernels.json_cells import unescape
from scanner.kernels.json_values import ENDED, LEVELS, ODDITIES, WANTS_ROOM, Reader
from scanner.model import Batch, Cells, Column, Issue, ReadableFile, ReadOptions, Table, Why
from scanner.sources.blocks import Blocks
from scanner.sources.delimited import ContentRoles
from scanner.sources.dialect import Values
from scanner.sources.header_rows import header_row
from scanner.sources.json_keys import Knows
from scanner.sources.json_lines import parted
from scanner.sources.json_places import by_place
from scanner.sources.json_plan import MOST_PATHS, Plan, Room, make_plan
from scanner.sources.json_tables import MOST_TABLES
from scanner.sources.json_within import holds_json, write_over
from scanner.sources.probe import find_encoding

HEAD = 256 << 10  # bytes that decide how a text is read; more where they hold no whole record
#: What is no strict JSON but clear, as people call it; see ``json_values.ODDITIES``.
NOT_STRICT = {
    "comment": "comments",
    "comma": "commas missing or one too many",
    "quote": "single quotes",
    "word": "words without quotes",
    "control": "line ends and control characters in texts",
    "value": "missing values",
}


class JsonSource:
    """Reads JSON (a ``model.Source``). A record is one row, a path one column; see ``json_tables``."""

    name = "json"

    def __init__(
        self,
        is_header_word: Callable[[str], bool],
        values: Values,
        content_roles: ContentRoles | None = None,
        among: bool = False,
    ) -> None:
        """``among``: records lie among lines of other text; see ``json_among``."""
        self._among = among
        self._is_header_word = is_header_word
        self._values = values
        self._content_roles = content_roles

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """The records in order, table by table within a block; ``bytes_read`` adds up to the file's size.

        Raises SourceError where the file is empty or in no encoding that is read.
        """
        if not file.pread(1, 0):
            raise SourceError("is empty")
        encoding = find_encoding(file, options.encoding)
        blocks = Blocks(file, encoding, options.block_size)
        table = Table(
            name=None,
            columns=(),
            kinds=(),
            format=self.name,
            encoding=encoding.name,
            why=Why(encoding.why, "format", "format"),
        )
        plan = self._plan(blocks, table, options)
        empty = True
        for batch in _batches(blocks, plan):
            empty = empty and not batch.size and batch.loose is None
            yield batch
        if empty:
            yield Issue("holds no row", partial=False)
        yield from _issues(plan)
        yield from plan.lines.issues()
        yield from blocks.issues()

    def _plan(self, blocks: Blocks, table: Table, options: ReadOptions) -> Plan:
        """Decides on as much of the head as is needed; the same however large blocks are."""

        def header(rows: list[list[str]]) -> str | None:
            top, found_by = header_row(
                lambda most: rows[:most], options.header, self._is_header_word, self._values
            )
            return None if top != 0 else found_by if options.header is None else "given"

        knows = Knows(self._is_header_word, self._values)
        size = HEAD
        while True:
            while len(blocks.buffer) < size and not blocks.final:
                blocks.advance(0)
            final = blocks.final and len(blocks.buffer) <= size
            head = blocks.buffer[:size]
            within = holds_json(head)
            if within:
                head = head.copy()
                write_over(head)
            plan = make_plan(
                head, final, table, options.limits.line, self._content_roles, header, self._among, knows
            )
            if not plan.empty or final or size >= options.limits.line:
                return replace(plan, within=within)
            size = min(8 * size, options.limits.line)


def _batches(blocks: Blocks, plan: Plan) -> Iterator[Batch]:
    """All batches; the last one may be there only for the bytes that no other told."""
    reader, tables, room = plan.reader, plan.tables, Room()
    state = WANTS_ROOM
    last: Batch | None = None
    fresh = True
    while state != ENDED:
        if plan.within and fresh:
            blocks.settle()
            plan.texts += write_over(blocks.buffer)
        state, consumed, values = room.read(reader, blocks.buffer, blocks.final)
        blocks.settle()
        unescape(blocks.buffer, values.start, values.end)
        tell = blocks.tell_rows if blocks.mixed.changed else None
        values, lines = parted(values)
        if plan.columns:
            values = by_place(values, reader.paths, blocks.buffer)
        of_lines = plan.lines.batches(lines, blocks.buffer, tell)
        for batch in chain(tables.batches(values, blocks.buffer, tell), of_lines):
            last = batch._replace(bytes_read=blocks.take_bytes_read(), locate=blocks.locator())
            yield last
        fresh = state != WANTS_ROOM
        if state == WANTS_ROOM:
            blocks.drop(consumed)
        elif state != ENDED:
            blocks.advance(consumed)
    read = blocks.take_bytes_read()
    if read:
        table = tables.known(0).table if last is None else last.table
        nothing = np.zeros(0, np.int32)
        cells = Cells(np.zeros(0, np.uint8), nothing, nothing)
        yield Batch(table, 0, 0, (Column(cells),) * len(table.columns), bytes_read=read)


def _issues(plan: Plan) -> Iterator[Issue]:
    """What is to be said of a text that was read to its end."""
    reader: Reader = plan.reader
    odd = dict(zip(ODDITIES, reader.odd.tolist(), strict=True))
    for name, kind in NOT_STRICT.items():
        if odd[name]:
            yield Issue(
                counted(
                    "is no strict JSON in {places} [places:place|places] ({kind}); it was read as it is meant",
                    places=odd[name],
                    kind=kind,
                ),
                partial=False,
            )
    if odd["twice"]:
        yield Issue(
            counted(
                "has {keys} [keys:key that its|keys that their] object has already; all values were read",
                keys=odd["twice"],
            ),
            partial=False,
        )
    if odd["deep"]:
        yield Issue(
            counted(
                "holds {values} [values:value that lies|values that lie] deeper than {levels} levels; "
                "[values:it|each] was read as free text",
                values=odd["deep"],
                levels=LEVELS,
            )
        )
    if reader.overlong:
        yield Issue(
            counted(
                "has {records} [records:record|records] of more than {most} bytes; "
                "[records:it was|they were] read in pieces, as free text",
                records=reader.overlong,
                most=reader.longest,
            )
        )
    elif plan.cut:
        yield Issue(
            f"may hold a table column by column in more than {reader.longest} bytes (--max-line); "
            "each value was read as a row of its own",
            partial=False,
        )
    if plan.texts:
        yield Issue(
            counted(
                "holds {values} [values:text that is JSON itself; it was|texts that are JSON themselves; they were] "
                "read as such",
                values=plan.texts,
            ),
            partial=False,
        )
    if reader.paths.count >= MOST_PATHS + 2:
        yield Issue(
            f"has more than {MOST_PATHS} different paths; the values of further ones were read as one column"
        )
    if plan.tables.too_many:
        yield Issue(f"has more than {MOST_TABLES} lists of records; further ones were read as one table")
    if reader.truncated:
        yield Issue("ends in the middle of a value, list or object")
