"""Delimited text, from files of any size: sound rows as columns, every other line as free text.

What is not told is found by inspection (``probe``, ``dialect``) on the head of the file; the rows themselves
are found by the tokenising kernel, so that the result does not depend on how the file is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from scanner.errors import SourceError
from scanner.model import Batch, Cells, Issue, ReadableFile, ReadOptions, Table, Why
from scanner.sources.blocks import Blocks
from scanner.sources.delimited_reading import Plan, Reading
from scanner.sources.delimited_rows import (
    LONGEST_LINE,
    SAMPLE,
    first_rows,
    head,
    lines_above,
    rows_below,
    texts_of,
)
from scanner.sources.dialect import WEAK_ONES, Dialect, Values, find_dialect
from scanner.sources.escapes import escapes_of, in_cells, plain
from scanner.sources.fixed import find_fixed
from scanner.sources.header_rows import has_header, header_names, header_row, names_columns
from scanner.sources.labelled import Labels, find_labels
from scanner.sources.labelled import split as split_labelled
from scanner.sources.probe import Encoding, find_encoding
from scanner.sources.read_options import asked
from scanner.sources.sample_rows import has_carriage, read_rows
from scanner.sources.tables_below import MOST_TABLES, Below, Head, first_head

WIDEST = 1 << 14  # columns; a line of more is no row of a table
Roles = tuple[str | None, ...]
ContentRoles = Callable[[Sequence[str | None], Callable[[], Sequence[Cells]]], Roles | None]


class DelimitedSource:
    """Reads delimited text (a ``model.Source``); ``longest_line`` in bytes bounds the memory."""

    name = "delimited"

    def __init__(
        self,
        is_header_word: Callable[[str], bool],
        values: Values,
        longest_line: int = LONGEST_LINE,
        content_roles: ContentRoles | None = None,
    ) -> None:
        """``content_roles(names, head)``: what the cells of the head show the columns to be (content_roles.py)."""
        self._is_header_word = is_header_word
        self._values = values
        self._longest = longest_line
        self._content_roles = content_roles

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """The rows in order, at least one batch (an empty file: one issue, no batch).

        ``bytes_read`` of all batches adds up to the file's size. Raises SourceError where an option makes no
        sense or the file cannot be read.
        """
        if not file.pread(1, 0):
            raise SourceError("is empty")
        plan = self.plan(file, options)
        yield from plan.issues
        blocks = Blocks(file, plan.encoding, options.block_size)
        longest = min(self._longest, options.limits.line)
        looks = plan.dialect.delimiter is not None and plan.labels is None and options.header is None
        known = [plan]
        while True:
            more = looks and not plan.dialect.cuts and not plan.dialect.aligned and len(known) < MOST_TABLES
            reading = Reading(
                plan, blocks, longest, Below(plan.dialect, self._names_columns) if more else None
            )
            yield from reading.items()
            if reading.head is None:
                break
            plan = self._further(reading.head, blocks, known[0], len(known) + 1)
            known.append(plan)
        yield from blocks.issues()

    def is_plain(self, file: ReadableFile, options: ReadOptions) -> bool:
        """Is this text that would be read line by line, without a header, and nobody asked for it? SourceError."""
        if options.quote is not None or options.header is not None:
            return False
        plan = self.plan(file, options)
        return plan.dialect.delimiter is None and plan.labels is None and plan.header is None

    def plan(self, file: ReadableFile, options: ReadOptions) -> Plan:
        """Decides encoding, dialect and header. Raises SourceError."""
        encoding = find_encoding(file, options.encoding)
        text, whole = head(file, encoding)
        delimiter, quote = asked(options)
        issues: tuple[Issue, ...] = ()
        if encoding.seven:
            issues = (Issue(f"seems to be in {encoding.seven}, which is not decoded; it was read as it is"),)
        given = delimiter is not None or quote is not None or options.header is not None
        maybe_labelled = not given and not has_carriage(text)
        if maybe_labelled:
            labels = find_labels(text, self._is_header_word)
            if labels is not None:
                return self._labelled(text, encoding, labels, issues)
        fixed = find_fixed(text, self._values) if maybe_labelled else None
        dialect = fixed or find_dialect(text, self._values, self._is_header_word, delimiter, quote)
        if maybe_labelled and (dialect.delimiter is None or dialect.delimiter in WEAK_ONES) and fixed is None:
            labels = find_labels(text, self._is_header_word, logged=True)
            if labels is not None:
                return self._labelled(text, encoding, labels, issues)
        plainly = "consistent" if dialect.delimiter else "single_column"
        found_by = "fixed" if fixed else "aligned" if dialect.aligned else plainly
        if dialect.width > WIDEST:
            what = f"has more than {WIDEST} columns; each line is read as one cell"
            issues += (Issue(what),)
            dialect, found_by = dialect._replace(delimiter=None, width=1), "too_wide"
        escapes = escapes_of(text)
        if escapes:
            text = plain(text.encode("utf-8", "replace"), escapes).decode()
        header, names, header_by = self._header(text, whole, dialect, False if fixed else options.header)
        if header != 0 and not given and fixed is None and not dialect.aligned:
            own = self._first_table(text, dialect)
            if own != dialect:
                dialect, found_by = own, "consistent"
                header, names, header_by = self._header(text, whole, dialect, None)
        header_by = header_by if options.header is None else "given"
        table = Table(
            name=None,
            columns=names,
            kinds=("text",) * dialect.width,
            format=self.name,
            encoding=encoding.name,
            delimiter=dialect.delimiter,
            has_header=header is not None,
            titles=header or (lines_above(text, whole, dialect) if header is None and not given else 0),
            why=Why(encoding.why, found_by if delimiter is None else "given", header_by),
        )
        table = self._with_roles(table, lambda: rows_below(text, whole, dialect, header))
        return Plan(table, dialect, encoding, header, issues, escapes=escapes)

    def _names_columns(self, row: Sequence[str]) -> bool:
        return names_columns(row, self._is_header_word, self._values)

    def _further(self, head: Head, blocks: Blocks, first: Plan, number: int) -> Plan:
        """How the table is read whose header begins the buffer."""
        while len(blocks.buffer) < SAMPLE and not blocks.final:
            blocks.advance(0)
        dialect = first.dialect._replace(width=len(head.cells))
        names, width = header_names([head.cells], 0), len(head.cells)
        why = first.table.why and first.table.why._replace(header="known_words")
        table = first.table._replace(
            name=f"/{number}", columns=names, kinds=("text",) * width, has_header=True, titles=0, why=why
        )._replace(content_roles=None)
        text = blocks.buffer[:SAMPLE].tobytes().decode("utf-8", "replace")
        whole = blocks.final and len(blocks.buffer) <= SAMPLE
        table = self._with_roles(table, lambda: rows_below(text, whole, dialect, 0))
        return Plan(table, dialect, first.encoding, 0, escapes=first.escapes)

    def _first_table(self, text: str, dialect: Dialect) -> Dialect:
        """The dialect of the first of several tables, where that one was found for others, or for all together."""
        found = first_head(text, dialect.delimiter, self._names_columns)
        if found is None or len(found[1].cells) == dialect.width:
            return dialect
        delimiter, head = found
        own = find_dialect(text[head.at :], self._values, self._is_header_word, delimiter)
        return own._replace(width=len(head.cells))

    def _labelled(self, text: str, encoding: Encoding, labels: Labels, issues: tuple[Issue, ...]) -> Plan:
        """How a text of labels and values is read."""
        names = labels.names
        why = Why(encoding.why, "labelled", "labelled")
        kinds = ("text",) * len(names)
        table = Table(None, names, kinds, self.name, encoding.name, has_header=False, why=why)

        def first() -> list[Cells]:
            buffer = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
            tokens = split_labelled(buffer, labels, True, LONGEST_LINE)
            cells = [Cells(buffer, *spans) for spans in zip(tokens.start, tokens.end, strict=True)]
            return in_cells(cells, escapes) if escapes else cells

        dialect, escapes = Dialect(None, None, len(names)), escapes_of(text)
        return Plan(self._with_roles(table, first), dialect, encoding, None, issues, labels, escapes)

    def _with_roles(self, table: Table, first: Callable[[], list[Cells]]) -> Table:
        """The table with what the cells of its ``first`` rows show its columns to be."""
        roles = self._content_roles and self._content_roles(table.columns, first)
        return table._replace(content_roles=roles) if roles else table

    def _header(
        self, text: str, whole: bool, dialect: Dialect, wanted: bool | None
    ) -> tuple[int | None, tuple[str | None, ...], str]:
        """The ordinal of the header line, a name for each column, and what told (a code, see ``model.Why``)."""
        none: tuple[str | None, ...] = (None,) * dialect.width
        if wanted is False:
            return None, none, "none"
        buffer, tokens = first_rows(text, whole, dialect)
        numbers = tokens.rows

        def first(count: int) -> list[list[str]]:
            return texts_of(buffer, tokens, count)

        loose_first = len(tokens.loose_row) > 0 and tokens.loose_row[0] == 0
        line = Cells(buffer, tokens.loose_start, tokens.loose_end).text(0) if loose_first else ""
        damaged = self._damaged_header(line, dialect, wanted)
        if wanted and damaged is not None:
            return 0, damaged, "other_width"
        top, found_by = header_row(first, wanted, self._is_header_word, self._values)
        if top is not None:
            header = top if numbers is None else int(numbers[top])
            return header, header_names(first(top + 1), top), found_by
        if damaged is not None:
            return 0, damaged, "other_width"
        return None, none, "none"

    def _damaged_header(
        self, line: str, dialect: Dialect, wanted: bool | None
    ) -> tuple[str | None, ...] | None:
        """The names in a first line of another width than the rows, if it is a header: one that is damaged itself."""
        if not line or not dialect.delimiter:
            return None
        cells = (
            read_rows(line, dialect.delimiter, dialect.quote, dialect.carriage, 1, dialect.escape) or [[]]
        )[0]
        sure = any(self._is_header_word(cell.strip()) for cell in cells)
        told = wanted or (sure and has_header([cells], self._is_header_word, self._values))
        if len(cells) < 2 or not told:
            return None
        names = [cell.strip() or None for cell in cells[: dialect.width]]
        return tuple(names + [None] * (dialect.width - len(names)))
