"""Rows of text with labels, the slow and obvious way: by a regular expression, line by line."""

from __future__ import annotations

import re

import numpy as np

from scanner.kernels.tokenize import WRONG_WIDTH, Tokens
from scanner.model import Bytes
from scanner.sources.labelled import BRACKETS, EDGES, HEAD, PAIR, RULE, Labels

MOST_APART = 16
WIDE_EDGES = ("，".encode(), "；".encode(), "、".encode(), "\u3000".encode())


def _pattern(forms: tuple[bytes, ...]) -> re.Pattern[bytes]:
    told = b"|".join(re.escape(form) for form in sorted({*forms} - {b""}, key=len, reverse=True))
    return re.compile(PAIR % (told, told), re.MULTILINE)


def split(buffer: Bytes, labels: Labels, final: bool, longest: int) -> Tokens:
    """The rows of a buffer that begins with a row; as ``kernels.tokenize`` tells those of delimited text.

    A line of more than ``longest`` bytes ends what can be read; rows that the buffer cuts are left for the next.
    """
    raw = buffer.tobytes()
    rows = _Rows(labels)
    pattern = _pattern(labels.forms)
    at, overlong = 0, False
    while at < len(raw):
        stop = raw.find(b"\n", at)
        after = stop + 1
        if stop < 0:
            stop = after = len(raw)
        if stop - at > longest:
            rows.close()
            overlong = True
            break
        if after == stop and not final:
            break
        rows.line(raw, at, stop, list(pattern.finditer(raw, at, stop)))
        at = after
    if final and not overlong:
        rows.close()
    return rows.tokens(at, overlong)


class _Rows:
    """Puts rows together, line by line."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._first = next(form for form in labels.forms if form)
        self._columns: dict[bytes, list[int]] = {}
        for column, form in enumerate(labels.forms):
            self._columns.setdefault(form, []).append(column)
        self._spans: list[list[tuple[int, int]]] = []  # of each row, a span for each column
        self._open = self._headed = False
        self._begin = (0, 0, 0)  # of the open row: its place, and the loose texts and blank lines before it
        self._last = b""
        self._apart = 0
        self._loose: list[tuple[int, int, int]] = []  # start, end, ordinal
        self._blank = 0

    def line(self, raw: bytes, start: int, stop: int, pairs: list[re.Match[bytes]]) -> None:
        """Takes a line in."""
        if not pairs:
            self._plain(raw, start, stop)
            return
        self._apart = 0
        front = _trimmed(raw, start, pairs[0].start())
        ends = [pair.start() for pair in pairs[1:]] + [stop]
        for number, (pair, end) in enumerate(zip(pairs, ends, strict=True)):
            form, value = pair[1] or pair[2], _trimmed(raw, pair.end(), end)
            if form == self._first != self._last and not self._headed:
                self.close()
            self._last = form
            if value[0] < value[1]:
                columns = self._columns[form]
                free = self._free(columns)
                if free is None:
                    self._begin_row(start if number == 0 else pair.start())
                    free = columns[0]
                self._spans[-1][free] = value
            if number == 0 and front[0] < front[1]:
                if self._labels.lines and b"" in self._columns and not self._open:
                    self._begin_row(start)
                self._put_front(front)
        if self._labels.lines:
            self.close()

    def _free(self, columns: list[int]) -> int | None:
        if self._open:
            for column in columns:
                low, high = self._spans[-1][column]
                if low == high:
                    return column
        return None

    def _begin_row(self, place: int) -> None:
        self._spans.append([(place, place)] * len(self._labels.forms))
        self._open, self._headed = True, False
        self._begin = (place, len(self._loose), self._blank)

    def _put_front(self, span: tuple[int, int]) -> None:
        free = self._free(self._columns.get(b"", []))
        if free is None:
            self._add_loose(span)
        else:
            self._spans[-1][free] = span

    def _plain(self, raw: bytes, start: int, stop: int) -> None:
        """A line without a label."""
        span = _trimmed(raw, start, stop)
        rule = RULE.match(raw, *span)
        if span[0] == span[1] or (rule and rule.end() == span[1]) or BRACKETS.fullmatch(raw, *span):
            self._blank += 1
            if self._labels.blank:
                self.close()
            return
        labels = self._labels
        if labels.blank and not labels.lines and b"" in labels.forms and HEAD.fullmatch(raw, *span):
            self._begin_row(start)
            self._put_front(span)
            self._headed, self._apart = True, 0
            return
        self._add_loose(span)
        self._apart += 1
        if rule or self._apart > MOST_APART:
            self.close()

    def _add_loose(self, span: tuple[int, int]) -> None:
        self._loose.append((*span, len(self._spans) + len(self._loose)))

    def close(self) -> None:
        """The open row ends."""
        self._open = False

    def tokens(self, consumed: int, overlong: bool) -> Tokens:
        """All that ended."""
        loose, blank = self._loose, self._blank
        if self._open:
            consumed, kept, blank = self._begin
            loose = loose[:kept]
            self._spans.pop()
        spans = np.array(self._spans, np.int32).reshape(-1, len(self._labels.forms), 2)
        start, end = np.ascontiguousarray(spans[:, :, 0].T), np.ascontiguousarray(spans[:, :, 1].T)
        told = np.array(loose, np.int64).reshape(-1, 3)
        why = np.full(len(told), WRONG_WIDTH, np.uint8)
        lows, highs = told[:, 0].astype(np.int32), told[:, 1].astype(np.int32)
        return Tokens(start, end, lows, highs, told[:, 2].copy(), why, blank, consumed, overlong)


def _trimmed(raw: bytes, start: int, stop: int) -> tuple[int, int]:
    """Where the text in a span begins and ends, without spaces, quotes and what parts values."""
    while True:
        text = raw[start:stop]
        start += len(text) - len(text.lstrip(EDGES))
        stop = max(start, stop - (len(text) - len(text.rstrip(EDGES))))
        if raw.startswith(WIDE_EDGES, start, stop):
            start += 3
        elif raw[max(start, stop - 3) : stop] in WIDE_EDGES:
            stop -= 3
        else:
            return start, stop
