"""Lines below the rows of a table: how many there were, sums, who made it and when (``patterns/footers.toml``).

They are of another width than the rows, as is a row that was cut off; that one they must be told from.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from functools import cache
from typing import NamedTuple

from scanner import knowledge
from scanner.kernels.tokenize import Tokens
from scanner.model import Bytes

MOST = 10  # lines
LONGEST = 400  # bytes of one
LEAST_ROWS = 10  # so many that a number that is theirs is theirs by no chance
LINE_ENDS = b"\r\n"
SIGNS = re.compile(r"[\W_]+")
NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d.])|(?<![\d.])\d+(?![\d.])")


class Line(NamedTuple):
    """A line that is no row; ``apart``: a blank one lies before it."""

    text: bytes
    apart: bool


class Footers:
    """The lines that follow the last row so far, buffer by buffer."""

    def __init__(self, delimiter: str | None, width: int) -> None:
        """``width``: cells of a row."""
        self._delimiter = delimiter
        self._width = width
        self._lines: deque[Line] = deque(maxlen=MOST)
        self._before = b""  # what ended the buffer before
        self._rows = 0
        self._blank = 0

    def add(self, buffer: Bytes, tokens: Tokens) -> None:
        """Takes note of the next buffer, as it was before cells were written out."""
        sound, loose = tokens.start.shape[1], len(tokens.loose_row)
        self._rows += sound
        self._blank += tokens.blank
        if sound and (not loose or int(tokens.loose_row[-1]) != sound + loose - 1):
            self._lines.clear()
        elif loose:
            places = tokens.loose_row[-MOST:] - (sound + loose)
            run = 1
            while run < len(places) and int(places[-run - 1]) == -run - 1:
                run += 1
            if sound:
                self._lines.clear()
            spans = zip(tokens.loose_start[-run:].tolist(), tokens.loose_end[-run:].tolist(), strict=True)
            for start, end in spans:
                before = (self._before + buffer[max(start - 8, 0) : start].tobytes())[-8:]
                ends = before[len(before.rstrip(LINE_ENDS + b" \t")) :]
                apart = ends.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") > 1
                self._lines.append(Line(buffer[start : min(end, start + LONGEST + 1)].tobytes(), apart))
        if tokens.consumed:
            self._before = (self._before + buffer[max(tokens.consumed - 8, 0) : tokens.consumed].tobytes())[
                -8:
            ]

    def clear(self) -> None:
        """Takes note of text that is neither."""
        self._lines.clear()

    def count(self, header: bool, above: bool) -> int:
        """How many of the last lines are no rows that were cut off.

        ``header``: one of the rows is none; ``above``: they lie above another table, of which they may be the title.
        """
        rows = self._rows - header
        apart = 2 * self._blank <= rows
        found = 0
        for number, line in enumerate(reversed(self._lines), 1):
            text = line.text.decode("utf-8", "replace").strip()
            cells = [
                cell.strip(" \t\"'") for cell in (text.split(self._delimiter) if self._delimiter else [text])
            ]
            filled = [cell for cell in cells if cell]
            if len(line.text) > LONGEST or len(cells) >= max(self._width, 2):
                break
            if found == number - 1 and tells(filled, rows):
                found = number
            elif len(filled) != 1:
                break
            elif above or (line.apart and apart):
                found = number
        return found


def tells(cells: list[str], rows: int) -> bool:
    """Whether a line of such cells says how many rows there are (``rows``), what they add up to, or who made them."""
    text = unicodedata.normalize("NFKC", " ".join(cells)).casefold()
    numbers = NUMBER.findall(text) if len(cells) == 1 and rows >= LEAST_ROWS else ()
    if any(int(each.replace(",", "")) == rows for each in numbers):
        return True
    signs = SIGNS.match(text)
    return words().match(text, signs.end() if signs else 0) is not None or counts().search(text) is not None


@cache
def words() -> re.Pattern[str]:
    """What a line begins with."""
    known = knowledge.toml("footers.toml")
    begins = "|".join(f"{_form(each)}" for each in known["begins"])
    labels = "|".join(map(re.escape, known["labels"]))
    return re.compile(rf"(?:{begins})|(?:{labels})\s*(?:[:：]|\d)")


def _form(word: str) -> str:
    return re.escape(word) + (r"\b" if word[-1:].isascii() and word[-1:].isalpha() else "")


@cache
def counts() -> re.Pattern[str]:
    """A number of rows."""
    known = "|".join(sorted(map(_form, knowledge.toml("footers.toml")["counted"]), reverse=True))
    return re.compile(rf"(?<![\d.])\d{{1,10}}\s*(?:{known})")
