"""One pass over the rows of a delimited text: how they are read is decided (``Plan``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.counted import counted
from scanner.kernels.tokenize import UNCLOSED_QUOTE, Tokens
from scanner.model import Batch, Cells, Column, Issue, Table
from scanner.sources.blocks import Blocks
from scanner.sources.delimited_rows import repeated, split
from scanner.sources.dialect import Dialect
from scanner.sources.doubled_quotes import Behind, Copies, single
from scanner.sources.escapes import written_out
from scanner.sources.footers import Footers
from scanner.sources.labelled import Labels
from scanner.sources.labelled import split as split_labelled
from scanner.sources.long_lines import cut, line_end
from scanner.sources.probe import Encoding
from scanner.sources.tables_below import Below, Head

PIECE = 1 << 20  # bytes of a longer line that are looked at together
TOLD = 10  # issues of one sort that are told one by one


class Plan(NamedTuple):
    """How one file is read.

    ``header``: ordinal of the header line among all that are not blank, or None; ``labels``: of values that have labels
    instead of places in a row; ``escapes``: how cells are to be written out (``sources.escapes``).
    """

    table: Table
    dialect: Dialect
    encoding: Encoding
    header: int | None
    issues: tuple[Issue, ...] = ()
    labels: Labels | None = None
    escapes: str | None = None


class Reading:
    """One pass over a table: counts lines, and keeps the issues of one sort within bounds.

    ``head``: the header of a further table, at which the pass ended and the buffer begins now.
    """

    def __init__(self, plan: Plan, blocks: Blocks, longest: int, below: Below | None = None) -> None:
        """``below``: what looks for further tables."""
        self.head: Head | None = None
        self._below = below
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
            head = self._next_head(tokens)
            if head:
                tokens = split(blocks.buffer[: head.at], self._plan.dialect, True, self._longest)
            yield from self._batch(tokens)
            if head and head.sure:
                blocks.drop(head.at)
                self.head = head
                break
            if head:
                blocks.advance(head.at)
            elif tokens.overlong:
                blocks.drop(tokens.consumed)
                yield from self._pieces()
            elif blocks.final:
                break
            else:
                blocks.advance(tokens.consumed)
        yield from self._last()

    def _next_head(self, tokens: Tokens) -> Head | None:
        """The header of a further table in the present buffer."""
        if self._below is None:
            return None
        buffer, blocks = self._blocks.buffer, self._blocks
        lines = 0 if self._plan.header is None else max(self._plan.header + 1 - self._line, 0)
        if lines and not self._below.own and tokens.start.shape[1] + len(tokens.loose_row) >= lines:
            ordinals = tokens.rows
            place = lines - 1 if ordinals is None else int(np.searchsorted(ordinals, lines - 1))
            if place < tokens.start.shape[1]:
                spans = zip(tokens.start[:, place], tokens.end[:, place], strict=True)
                self._below.own = tuple(buffer[a:b].tobytes().decode("utf-8", "replace") for a, b in spans)
        return self._below.find(buffer, tokens, blocks.final, lines)

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
            buffer, tokens, copies = written_out(
                buffer, tokens, copies, self._blocks.behind, self._plan.escapes
            )
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
        below = self._footers.count(self._plan.header is not None, self.head is not None)
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
