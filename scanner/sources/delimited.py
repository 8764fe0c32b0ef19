"""Delimited text, from files of any size: sound rows as columns, every other line as free text.

What is not told is found by inspection (``probe``, ``dialect``) on the head of the file; the rows themselves
are found by the tokenising kernel, so that the result does not depend on how the file is cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.kernels.tokenize import UNCLOSED_QUOTE, Tokens
from scanner.model import Batch, Cells, Column, Issue, ReadableFile, ReadOptions, Table, Why
from scanner.sources.blocks import Blocks
from scanner.sources.delimited_rows import (
    LONGEST_LINE,
    first_rows,
    head,
    repeated,
    rows_below,
    split,
    texts_of,
)
from scanner.sources.dialect import (
    WEAK_ONES,
    Dialect,
    Values,
    find_dialect,
    has_carriage,
    read_rows,
)
from scanner.sources.doubled_quotes import Behind, Copies, single
from scanner.sources.escapes import holds_escapes, in_cells, plain, written_out
from scanner.sources.fixed import find_fixed
from scanner.sources.footers import Footers
from scanner.sources.header_rows import has_header, header_names, header_row
from scanner.sources.labelled import Labels, find_labels
from scanner.sources.labelled import split as split_labelled
from scanner.sources.long_lines import cut, line_end
from scanner.sources.probe import Encoding, find_encoding
from scanner.sources.read_options import asked

PIECE = 1 << 20  # bytes of a longer line that are looked at together
WIDEST = 1 << 14  # columns; a line of more is no row of a table
TOLD = 10  # issues of one sort that are told one by one
Roles = tuple[str | None, ...]
ContentRoles = Callable[[Sequence[str | None], Callable[[], Sequence[Cells]]], Roles | None]


class Plan(NamedTuple):
    """How one file is read.

    ``header``: ordinal of the header line among all that are not blank, or None; ``labels``: of values that have labels
    instead of places in a row; ``escapes``: whether cells are written out (``sources.escapes``).
    """

    table: Table
    dialect: Dialect
    encoding: Encoding
    header: int | None
    issues: tuple[Issue, ...] = ()
    labels: Labels | None = None
    escapes: bool = False


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
        yield from Reading(plan, blocks, min(self._longest, options.limits.line)).items()
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
        escapes = holds_escapes(text)
        if escapes:
            text = plain(text.encode("utf-8", "replace")).decode()
        header, names, header_by = self._header(text, whole, dialect, False if fixed else options.header)
        header_by = header_by if options.header is None else "given"
        table = Table(
            name=None,
            columns=names,
            kinds=("text",) * dialect.width,
            format=self.name,
            encoding=encoding.name,
            delimiter=dialect.delimiter,
            has_header=header is not None,
            titles=header or 0,
            why=Why(encoding.why, found_by if delimiter is None else "given", header_by),
        )
        table = self._with_roles(table, lambda: rows_below(text, whole, dialect, header))
        return Plan(table, dialect, encoding, header, issues, escapes=escapes)

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
            return in_cells(cells) if escapes else cells

        dialect, escapes = Dialect(None, None, len(names)), holds_escapes(text)
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


class Reading:
    """One pass over a file: counts lines, and keeps the issues of one sort within bounds."""

    def __init__(self, plan: Plan, blocks: Blocks, longest: int) -> None:
        self._plan = plan
        self._blocks = blocks
        self._longest = longest
        self._line = 0  # ordinal of the next line that is not blank, the header counted
        self._yielded = False
        self._unclosed = 0
        self._cut = 0
        self._header: list[bytes] = []  # its cells, once they were read
        self._repeated = 0
        self._footers = Footers(plan.dialect.delimiter, plan.dialect.width)

    def items(self) -> Iterator[Batch | Issue]:
        """All batches and issues."""
        blocks = self._blocks
        while True:
            tokens = self._tokens()
            yield from self._batch(tokens)
            if tokens.overlong:
                blocks.drop(tokens.consumed)
                yield from self._pieces()
            elif blocks.final:
                break
            else:
                blocks.advance(tokens.consumed)
        yield from self._last()

    def _tokens(self) -> Tokens:
        """What the present buffer holds."""
        plan, blocks = self._plan, self._blocks
        if plan.labels is not None:
            return split_labelled(blocks.buffer, plan.labels, blocks.final, self._longest)
        return split(blocks.buffer, plan.dialect, blocks.final, self._longest)

    def _batch(self, tokens: Tokens) -> Iterator[Batch | Issue]:
        """The rows and loose lines of a buffer, if any."""
        sound, loose = tokens.start.shape[1], len(tokens.loose_row)
        if not (sound or loose or tokens.blank):
            return
        self._footers.add(self._blocks.buffer, tokens)
        first, header = self._line, self._plan.header
        self._line += sound + loose
        ordinals = tokens.rows
        buffer, copies = single(self._blocks.buffer, tokens, self._plan.dialect, self._blocks.behind)
        if self._plan.escapes:
            buffer, tokens, copies = written_out(buffer, tokens, copies, self._blocks.behind)
        loose_rows = self._numbers(tokens.loose_row + first)
        start, end, skip_loose, place = tokens.start, tokens.end, 0, -1
        if header is not None and first <= header < self._line:
            # The header is a sound row, or a loose line before all others.
            skip_loose = int(loose > 0 and int(tokens.loose_row[0]) + first == header)
            if not skip_loose:
                line = header - first
                place = line if ordinals is None else int(np.searchsorted(ordinals, line))
                self._header = [
                    buffer[a:b].tobytes() for a, b in zip(start[:, place], end[:, place], strict=True)
                ]
                start, end = _without(start, place), _without(end, place)
        again = repeated(buffer, start, end, self._header)
        if loose or ordinals is not None or len(again) or self._blocks.mixed.changed:
            rows = self._numbers((np.arange(sound) if ordinals is None else ordinals) + first)
            rows = rows if place < 0 else np.delete(rows, place)
            if len(again):
                self._repeated += len(again)
                start, end = (np.ascontiguousarray(np.delete(each, again, axis=1)) for each in (start, end))
                rows = np.delete(rows, again)
        else:  # consecutive, so that only the first is asked for
            rows = self._numbers(np.array([first + (place == 0)]))
        if self._blocks.mixed.changed:
            first_cells = start[0] if copies is None else copies.back(start[0])
            starts = np.concatenate([first_cells, tokens.loose_start[skip_loose:]]).astype(np.int64)
            order = np.argsort(starts)
            self._blocks.tell_rows(starts[order], np.concatenate([rows, loose_rows[skip_loose:]])[order])
        cells = [Cells(buffer, s, e) for s, e in zip(start, end, strict=True)]
        yield self._made(
            cells,
            Cells(buffer, tokens.loose_start[skip_loose:], tokens.loose_end[skip_loose:]),
            rows,
            loose_rows[skip_loose:],
            tokens.blank,
            start.shape[1],
            copies,
        )
        for index in np.flatnonzero(tokens.loose_why == UNCLOSED_QUOTE):
            self._unclosed += 1
            if self._unclosed <= TOLD:
                what = "has a quote that never closes; its line was read without quotes, as free text"
                yield Issue(what, row=int(loose_rows[index]))

    def _pieces(self) -> Iterator[Batch | Issue]:
        """The line at the buffer's start, which is longer than any row may be, in pieces of free text."""
        blocks = self._blocks
        self._footers.clear()
        self._cut += 1
        if self._cut <= TOLD:
            what = f"has a line of more than {self._longest} bytes; it was read in pieces, as free text"
            yield Issue(what, row=int(self._numbers(np.array([self._line]))[0]))
        piece = min(self._longest, PIECE)
        while True:
            stop, after = line_end(blocks.buffer, self._plan.dialect.carriage, blocks.final, piece)
            if stop < 0 and len(blocks.buffer) <= piece + 1 and not blocks.final:
                blocks.advance(0)
                continue
            whole = stop >= 0
            if not whole:
                stop = after = cut(blocks.buffer, piece)
            if stop:
                span = np.zeros(1, np.int32), np.array([stop], np.int32)
                rows = self._numbers(np.array([self._line]))
                self._line += 1
                nothing = np.zeros(0, np.int32)
                cells = [Cells(blocks.buffer, nothing, nothing) for _ in self._plan.table.columns]
                yield self._made(cells, Cells(blocks.buffer, *span), rows[:0], rows, 0, 0)
            blocks.drop(after)
            if whole:
                return

    def _made(
        self,
        cells: list[Cells],
        loose: Cells,
        rows: NDArray[np.int64],
        loose_rows: NDArray[np.int64],
        blank: int,
        size: int,
        copies: Copies | None = None,
    ) -> Batch:
        """A batch of the present buffer with ``size`` sound rows.

        ``rows``: their numbers; where these are consecutive the first is enough. ``copies``: cells that lie behind it.
        """
        self._yielded = True
        numbers = np.concatenate([rows[: min(size, 1)], loose_rows[:1]])
        locate = self._blocks.locator()
        first_row = int(numbers.min()) if len(numbers) else int(self._numbers(np.array([self._line]))[0])
        return Batch(
            table=self._plan.table,
            first_row=first_row,
            size=size,
            columns=tuple(Column(part) for part in cells),
            loose=loose if len(loose_rows) else None,
            loose_rows=loose_rows if len(loose_rows) else None,
            rows=rows if len(rows) == size and (len(loose_rows) or self._repeated) else None,
            blank=blank,
            bytes_read=self._blocks.take_bytes_read(),
            locate=locate if copies is None else Behind(copies, locate),
        )

    def _numbers(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers of line ordinals: the header has none."""
        header = self._plan.header
        return lines if header is None else lines - (lines > header)

    def _last(self) -> Iterator[Batch | Issue]:
        """What must be said at the end: bytes that no batch told yet, and issues that were only counted."""
        empty = Cells(np.zeros(0, np.uint8), np.zeros(0, np.int32), np.zeros(0, np.int32))
        none = np.zeros(0, np.int64)
        rest = self._made([empty] * len(self._plan.table.columns), empty, none, none, 0, 0)
        below = self._footers.count(self._plan.header is not None)
        if rest.bytes_read or below:
            yield rest._replace(below=below)
        if self._repeated:
            told = counted(
                "has {rows} [rows:row that repeats|rows that repeat] the header: [rows:it was|they were] not counted",
                rows=self._repeated,
            )
            yield Issue(told, partial=False)
        if self._unclosed > TOLD:
            what = f"has {self._unclosed} quotes that never close; the first {TOLD} are told"
            yield Issue(what)
        if self._cut > TOLD:
            what = f"has {self._cut} lines of more than {self._longest} bytes; the first {TOLD} are told"
            yield Issue(what)


def _without(parts: NDArray[np.int32], place: int) -> NDArray[np.int32]:
    """The parts of each column without those of one row, which mostly is the first."""
    return np.delete(parts, place, axis=1) if place else parts[:, 1:]
