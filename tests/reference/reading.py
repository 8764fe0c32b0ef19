"""Delimited text, whose dialect is given or plainly found, as a table of cells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import NamedTuple

from reference import headers
from reference.detectors import detectors

# The less often a delimiter stands inside values, the earlier it is tried; longer ones hold shorter ones.
DELIMITERS = (
    "----",
    "|||",
    "---",
    "||",
    "::",
    ",",
    "\t",
    ";",
    "|",
    "\x01",
    "\x1f",
    "--",
    "，",
    "；",
    "^",
    "~",
)
DELIMITERS += ("、", "#", "\u3000", ":", " ")
SAMPLE = 100
LEAST_SHARE = 0.55
HEADER_BONUS = 1.3  # for one that makes a header word a cell of the first line
TITLES = 10
NUMBER = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?([eE][+-]?[0-9]+)?%?|[+-]?\.[0-9]+")
DAY = re.compile(
    r"[0-9]{4}[-/.年][0-9]{1,2}([-/.月][0-9]{1,2}日?)?([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?Z?"
    r"|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
)


@dataclass
class Given:
    """What is said about a file; None: to be found."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None


@dataclass
class Table:
    """``rows``: the cells of each sound row, None for a null; ``loose``: damaged lines; ``table``: its name.

    ``numbers``, ``loose_numbers``: which row of all each of them is, the header left out.
    """

    format: str
    names: list[str | None]
    kinds: list[str]
    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool = True
    table: str | None = None
    rows: list[list[bytes | None]] = field(default_factory=list)
    loose: list[bytes] = field(default_factory=list)
    blank: int = 0
    numbers: list[int] = field(default_factory=list)
    loose_numbers: list[int] = field(default_factory=list)


# Delimited text -------------------------------------------------------------------------------------------------


def decode(raw: bytes, given: str | None) -> tuple[str, str]:
    """The text and its encoding: as given, by its mark, else the first one that every byte fits."""
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8"), "utf-8"
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if raw.startswith(mark):
            return raw[2:].decode(name), name
    for name in (given,) if given else ("utf-8", "gb18030"):
        try:
            return raw.decode(name), name
        except UnicodeDecodeError:
            continue
    raise ValueError("an encoding that the reference does not know")


class Line(NamedTuple):
    """``cells`` None where a quote is broken; ``text``: as it stands, without its end."""

    cells: list[str] | None
    text: str


def lines(text: str, delimiter: str | None, width: int = 0, quote: str = '"') -> list[Line]:
    """Rows; ends are LF and CR LF, CR where there is no LF. A row of another width over several lines is none."""
    ends = "\n" if "\n" in text else "\r"
    found: list[Line] = []
    at = 0
    while at < len(text):
        row, behind = _row(text, at, delimiter, quote if delimiter in (",", ";", "\t", "|") else "", ends)
        stop = text.find(ends, at)
        stop = len(text) if stop < 0 else stop
        if row is None or (
            width
            and behind > stop + 1
            and not (fits(row, width) and not _swallows(text, at, delimiter, width, ends))
        ):
            row, behind = None, stop + 1
        found.append(Line(row, text[at : behind - 1].removesuffix("\r")))
        at = behind
    return found


def _swallows(text: str, at: int, delimiter: str | None, width: int, ends: str) -> bool:
    """Are the line here and the next one rows without quoting, each with one quote at most?"""
    two = text[at:].split(ends, 2)[:2]
    return width >= 4 and all(len(line.split(delimiter)) == width and line.count('"') < 2 for line in two)


def fits(row: list[str], width: int) -> bool:
    """So many cells, and no other ones that are filled."""
    return len(row) >= width and not any(row[width:])


def _row(text: str, at: int, delimiter: str | None, quote: str, ends: str) -> tuple[list[str] | None, int]:
    cells: list[str] = []
    while True:
        if quote and text.startswith(quote, at):
            cell, at = "", at + 1
            while True:
                close = text.find(quote, at)
                if close < 0:
                    return None, 0
                cell += text[at:close]
                at = close + 1
                if not text.startswith(quote, at):
                    break
                cell, at = cell + quote, at + 1
            if text.startswith("\r\n", at):
                at += 1
            ended = at == len(text) or text[at] == ends
            if not ended and not (delimiter and text.startswith(delimiter, at)):
                return None, 0
        else:
            stops = [place for mark in (delimiter, ends) if mark and (place := text.find(mark, at)) >= 0]
            stop = min(stops, default=len(text))
            cell = text[at:stop]
            ended = stop == len(text) or text[stop] == ends
            if ended:
                cell = cell.removesuffix("\r")
            at = stop
        cells.append(cell)
        if ended:
            return cells, at + 1
        at += len(delimiter or "")


@cache
def is_value(text: str, as_of: date) -> bool:
    """Is a text as a whole a value that some detector is sure of, wherever it stands?"""
    raw = text.encode("utf-8", "surrogateescape")
    for each in detectors(as_of):
        if each.header_only or each.whole:
            continue
        for found in each.find(raw):
            if each.required <= found.passes and (found.start, found.end) == (0, len(raw)):
                return True
    return False


def find_delimiter(text: str, as_of: date) -> str | None:
    """The one that splits most lines into the same number of cells, and a header into its words."""
    head = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line][:SAMPLE]
    sample = "\n".join(head)
    single = [line for line in head if NUMBER.fullmatch(line.strip()) or is_value(line.strip(), as_of)]
    if len(single) > 0.8 * len(head):
        return None
    best, highest = None, 0.0
    taken: list[str] = []
    for delimiter in DELIMITERS:
        rest = sample
        for longer in taken:
            rest = rest.replace(longer, "") if delimiter in longer else rest
        if delimiter not in rest:
            continue
        widths = Counter(len(line.cells) for line in lines(sample, delimiter) if line.cells)
        width, count = max(
            widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0)
        )
        share = count / len(head)
        if width < 2 or share < LEAST_SHARE:
            continue
        taken.append(delimiter)
        early = 1 - DELIMITERS.index(delimiter) / len(DELIMITERS) / 2
        named = any(headers.is_word(cell.strip()) for cell in lines(head[0], delimiter)[0].cells or ())
        score = share * share * (width - 1) / width * early * (HEADER_BONUS if named else 1)
        if score > highest:
            best, highest = delimiter, score
    return best


def kind_of(cell: str) -> str:
    cell = cell.strip()
    if not cell:
        return "empty"
    if NUMBER.fullmatch(cell) or DAY.fullmatch(cell):
        return "number"
    return "long" if len(cell) > 40 else "digits" if 2 * sum(map(str.isdigit, cell)) > len(cell) else "word"


def names_columns(rows: list[list[str]], as_of: date) -> bool:
    """Is the first row a header: a header word and no value, or short words over another kind of cells?"""
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if not filled or any(is_value(cell, as_of) for cell in filled):
        return False
    kinds = [kind_of(cell) for cell in first]
    if any(headers.is_word(cell) for cell in filled):
        return 2 * sum(kind in ("word", "empty") for kind in kinds) > len(kinds)
    if any(kind not in ("word", "empty") for kind in kinds) or len(set(filled)) < len(filled):
        return False
    for place, kind in enumerate(kinds):
        below = Counter(kind_of(row[place]) for row in rows[1:101])
        del below["empty"]
        other = below.total() - below["word"]
        if kind == "word" and other > 0.8 * below.total() and other:
            return True
    return False


def delimited(raw: bytes, given: Given, as_of: date) -> Table:
    text, encoding = decode(raw, given.encoding)
    if given.encoding is None:
        text = re.sub("(?m)^\ufeff", "", text)  # where files were put together
    delimiter = find_delimiter(text, as_of) if given.delimiter is None else given.delimiter
    widths = Counter(len(line.cells) for line in lines(text, delimiter)[:SAMPLE] if line.cells and line.text)
    width = max(widths, key=lambda cells: (widths[cells] * (cells > 1), cells), default=1)
    table = Table("delimited", [None] * width, ["text"] * width, encoding, delimiter, False)
    sound: list[list[str]] = []
    for line in lines(text, delimiter, width):
        if not line.text:
            table.blank += 1
        elif line.cells is not None and fits(line.cells, width):
            table.numbers.append(len(sound) + len(table.loose))
            sound.append(line.cells[:width])
        elif any(c.isalnum() or not c.isascii() for c in line.text):
            table.loose_numbers.append(len(sound) + len(table.loose))
            table.loose.append(line.text.encode("utf-8", "surrogateescape"))
        else:
            table.blank += 1
    top = next(
        (n for n, row in enumerate(sound[:TITLES]) if 2 * sum(bool(c.strip()) for c in row) >= width), 0
    )
    for place in dict.fromkeys((top, 0)) if sound and given.header is not False else ():
        if given.header or names_columns(sound[place:], as_of):
            table.names = [cell.strip() or None for cell in sound[place]]
            table.has_header = True
            del sound[place]
            header = table.numbers.pop(place)
            for every in (table.numbers, table.loose_numbers):
                every[:] = [number - (number > header) for number in every]
            break
    table.rows = [[cell.encode("utf-8", "surrogateescape") for cell in row] for row in sound]
    return table
