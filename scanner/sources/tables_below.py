"""Tables below the first one in delimited text: each begins with a header of known words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from scanner.kernels.tokenize import WRONG_WIDTH, Tokens
from scanner.model import Bytes
from scanner.sources.dialect import SAMPLE_LINES, WEAK_ONES, Dialect
from scanner.sources.sample_rows import read_rows

MOST_TABLES = 64
MOST_TRIED = 20_000  # lines of one table that may be such a header
LOOKED_AT = 16 << 10  # bytes of a header and the row below it
LIKELY = (",", "\t", ";", "|")
NUMBER = re.compile(r"[0-9]{3}")
Names = Callable[[Sequence[str]], bool]  # does a row name columns?


class Head(NamedTuple):
    """A header of a table that begins there. ``at``: bytes before it; ``sure``: the row below it was seen."""

    at: int
    cells: tuple[str, ...]
    sure: bool = True


def first_head(text: str, delimiter: str | None, names: Names) -> tuple[str, Head] | None:
    """The first header among a text's first lines, and what delimits it; ``Head.at`` counts characters.

    ``delimiter``: the one that was found; where that is none, or one that is common in other text, usual ones are.
    """
    tried = LIKELY if delimiter is None or delimiter in WEAK_ONES else (delimiter,)
    signs = [sign for sign in tried if sign in text]
    at = 0
    for _ in range(SAMPLE_LINES if signs else 0):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        if not NUMBER.search(line):
            for sign in signs:
                cells = sign in line and _head(text[at : at + LOOKED_AT], Dialect(sign, '"', 0), names)
                if cells:
                    return sign, Head(at, cells)
        if end == len(text):
            break
        at = end
    return None


class Below:
    """Looks for the header of the next table: among lines that are no rows of one, and rows of which no cell
    begins with a digit.

    ``own``: the cells of the table's header, once they were read.
    """

    def __init__(self, dialect: Dialect, names: Names) -> None:
        self._dialect = dialect
        self._names = names
        self._tried = 0
        self._telling = 0  # the column that mostly holds numbers
        self.own: tuple[str, ...] = ()

    def find(self, buffer: Bytes, tokens: Tokens, final: bool, first: int = 0) -> Head | None:
        """The first one in a buffer; not ``sure`` where the buffer ends before that can be told.

        ``first``: how many lines at the buffer's start are no rows yet.
        """
        found = [*self._loose(tokens, final), *self._sound(buffer, tokens, first)]
        for at in sorted(found):
            if self._tried == MOST_TRIED:
                return None
            self._tried += 1
            text = buffer[at : at + LOOKED_AT].tobytes().decode("utf-8", "replace")
            if NUMBER.search(text, 0, text.find("\n") + 1 or len(text)):
                continue
            short = not final and at + LOOKED_AT > len(buffer)
            cells = _head(text, self._dialect, self._names, alone=short)
            if cells and cells != self.own:
                self._tried -= short
                return Head(at, cells, sure=not short)
        return None

    def _loose(self, tokens: Tokens, final: bool) -> list[int]:
        """Where lines of another width begin that such a line follows."""
        rows = tokens.loose_row
        if not len(rows) or (len(rows) == 1 and final):
            return []
        wide = tokens.loose_why == WRONG_WIDTH
        followed = np.append(
            np.diff(rows) == 1, not final and int(rows[-1]) == tokens.start.shape[1] + len(rows) - 1
        )
        found: list[int] = tokens.loose_start[wide & followed].tolist()
        return found

    def _sound(self, buffer: Bytes, tokens: Tokens, first: int) -> list[int]:
        """Where rows begin of which no cell begins with a digit: few in a table that holds numbers."""
        width, count = tokens.start.shape
        if not count or width < 2:
            return []
        left = np.arange(min(first, count), count)
        for column in sorted(range(width), key=lambda each: each != self._telling):
            if not len(left):
                break
            start = tokens.start[column]
            start = start if len(left) == count else start[left]
            digit = buffer.take(start, mode="clip") - np.uint8(ord("0")) < 10
            if 2 * np.count_nonzero(digit) > len(left):
                self._telling = column
            left = left[~digit]
        starts: list[int] = tokens.start[0][left[:MOST_TRIED]].tolist()
        quote = ord(self._dialect.quote) if self._dialect.quote else -1
        return [at - (at > 0 and buffer[at - 1] == quote) for at in starts]


def _head(text: str, dialect: Dialect, names: Names, alone: bool = False) -> tuple[str, ...] | None:
    """The cells of a text's first row if it names the columns of a row below it; ``alone``: whatever is below."""

    def rows(part: str) -> list[list[str]]:
        return read_rows(part, dialect.delimiter, dialect.quote, dialect.carriage, 2, dialect.escape)

    first = next(iter(rows(text[: text.find("\n") + 1 or len(text)])), [])
    if len(first) < 2 or not names(first) or (len(first) == dialect.width and not all(map(str.strip, first))):
        return None
    if alone:
        return tuple(first)
    found = rows(text)
    alike = len(found) == 2 and found[0] == first and len(found[1]) == len(first)
    return tuple(first) if alike and not names(found[1]) else None
