"""How delimited text is written: delimiter, quote, line ends, number of columns; found on a sample.

For each candidate delimiter the sample is split, and two things are judged: how many rows have the most
common number of cells, and how many cells are of a clean kind (number, date, word, a value some detector
knows). The product decides; the idea is that of van den Burg et al., "Wrangling messy CSV files", 2019.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from scanner.kernels.tokenize import tokenize
from scanner.sources.aligned import cells, is_aligned
from scanner.sources.inner_signs import DATE, grouped, stamped
from scanner.sources.sample_rows import has_carriage, read_rows, split_lines
from scanner.sources.separators import found_separators, holds_values

Judge = Callable[[str], bool]
Values = Callable[[Sequence[str]], Sequence[bool]]  # which of some texts are values as a whole

# Longer ones first, since they hold shorter ones. The weight is lower the more often it occurs inside values.
DELIMITERS: tuple[tuple[str, float], ...] = (
    ("----", 1.0),
    ("|||", 1.0),
    ("---", 0.95),
    ("||", 1.0),
    ("::", 0.95),
    ("--", 0.8),
    (",", 1.0),
    ("\t", 1.0),
    (";", 1.0),
    ("|", 1.0),
    ("\x01", 1.0),
    ("\x1f", 1.0),
    ("，", 0.85),
    ("\u3000", 0.6),
    ("；", 0.85),
    ("、", 0.7),
    ("^", 0.8),
    ("~", 0.8),
    ("#", 0.7),
    (":", 0.6),
    (" ", 0.5),
    ("-", 0.3),
)
QUOTED_BY_DEFAULT = frozenset({",", ";", "\t", "|"})
QUOTES = ('"', "'")
ESCAPES = ("\\", "/", "^")
SAMPLE_LINES = 100
LEAST_SHARE = 0.55  # of the rows must have the same number of cells
WEAK, LEAST_SHARE_OF_WEAK = 0.6, 0.9  # delimiters of this weight or less are common in text that is no table
WEAK_ONES = frozenset(sign for sign, weight in DELIMITERS if weight <= WEAK)
LINE_WEIGHT = 0.2  # the score of lines that are one clean cell each
HEADER_BONUS = 1.3  # for a delimiter that makes a header word a cell of the first row
SLACK = 1e-9  # against rounding, where a candidate is passed over because it cannot win
LEAST_CLEAN = 0.3  # of the cells must be of a clean kind
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?%?|[+-]?\.\d+")
WIDE = frozenset({"，", "；", "、", "\u3000"})
DATED = frozenset({":", "::", " ", "-"})  # what also stands inside dates and times
GROUPING = frozenset({"-", "--", " ", "\u3000"})  # stand between the groups of a number
GROUPED = re.compile(r"[+(（]{0,2}\d[\d ()（）+\u3000-]{6,30}[\dXx]", re.ASCII)
WORD = re.compile(r"[^\W_]+([ _.·'-][^\W_]+){0,3}|\*+|[^\W_]*\*+[^\W_]*|NULL|\\N|-", re.IGNORECASE)
# Several hyphens behind each other are in no name of a host but at its coded ones: a@b.com----12345 is two cells.
HOST = r"(xn--)?\w+(-\w+)*(\.(xn--)?\w+(-\w+)*)*\.(xn--[\w-]+|\w+)"
ADDRESS = re.compile(rf"[\w.+%]+(-[\w.+%]+)*@{HOST}|https?://[^\s,;|^#]+|\d+(\.\d+){{3}}", re.ASCII)
LIST = "[一-鿿]{2,4}(、[一-鿿]{2,4})+"  # as of names
PLAIN = re.compile(
    f"(?:{LIST})|(?:{NUMBER.pattern})|(?:{DATE.pattern})|(?i:{WORD.pattern})|(?a:{ADDRESS.pattern})"
)


class Dialect(NamedTuple):
    """How a text is delimited.

    ``delimiter``: 1 or more characters, None where each line is one cell; ``quote``: None for no quoting;
    ``width``: cells of a sound row; ``carriage``: a lone carriage return ends a line (old Mac); ``escape``: what makes
    a quote behind it a part of the cell, None where a doubled quote does; ``aligned``: spaces fill cells up;
    ``cuts``: where cells begin and end that have fixed places (``sources.fixed``), empty where they have none, and
    ``hanzi``: how many places one takes.
    """

    delimiter: str | None
    quote: str | None
    width: int
    carriage: bool = False
    escape: str | None = None
    aligned: bool = False
    cuts: tuple[int, ...] = ()
    hanzi: int = 2


def unwrapped(text: str) -> str:
    """A text without the marks by which spreadsheets keep numbers as text: ="123" and '123."""
    if text[:1] in ("=", "'"):
        text = text[1:].removeprefix('"') if text[0] == "=" else text[1:]
    return text.removesuffix('"')


def clean_cells(cells: Sequence[str], values: Values) -> int:
    """How many cells are one value of a plain kind, with no delimiter left inside."""
    # Most cells are letters and digits only, which is a word; asking that first saves all that takes longer.
    unlike = [cell for cell in cells if len(cell) > 200 or not cell.isalnum()]
    texts = [unwrapped(cell.strip()) for cell in unlike]
    open_ = [text for text in texts if text and (len(text) > 200 or not text.isalnum())]
    others = [text for text in open_ if len(text) <= 200 and not PLAIN.fullmatch(text)]
    too_long = sum(len(text) > 200 for text in open_)
    return len(cells) - too_long - len(others) + sum(values(others))


def judge(
    rows: Sequence[Sequence[str]], values: Values, least: float = 0.0, least_share: float = LEAST_SHARE
) -> tuple[float, int]:
    """``(score, width)`` of rows as one delimiter splits them; 0 where they are no table.

    Where the score can only be ``least`` or lower, the cells are not looked at, and it is 0 too.
    """
    if not rows:
        return 0.0, 1
    counts = Counter(len(row) for row in rows)
    width, most = max(counts.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    share = most / len(rows)
    even = share * share * (width - 1) / width
    if width < 2 or share < least_share or even <= least:
        return 0.0, width
    sound = [row for row in rows if len(row) == width][:100]
    cells = [cell for row in sound for cell in row[:200]]
    filled = [cell for cell in cells if cell.strip()]
    # Mostly empty cells speak against a delimiter: "a----b" split at "-".
    fullness = 0.5 + 0.5 * min(1.0, 2 * len(filled) / len(cells))
    if even * fullness <= least:
        return 0.0, width
    clean = fullness * clean_cells(filled, values) / max(len(filled), 1)
    if clean < LEAST_CLEAN:
        return 0.0, width
    return share * share * clean * (width - 1) / width, width


def find_quote(
    text: str, delimiter: str | None, carriage: bool, count: Callable[[str], int] | None = None
) -> str | None:
    """The quote of a text split at ``delimiter``: one that opens and closes whole cells.

    ``count``: ``text.count``, for those who ask for several delimiters and remember what line ends they counted.
    """
    edges = {delimiter or "\n", "\r", "\n"}
    count = count or text.count
    best, most = None, 0
    for quote in (each for each in QUOTES if count(each)):
        opened = text.startswith(quote) + sum(count(edge + quote) for edge in edges)
        closed = text.endswith(quote) + sum(count(quote + edge) for edge in edges)
        pairs = min(opened, closed)
        # An apostrophe at the edge of a few cells is text.
        if pairs > most and (quote == '"' or pairs > 0.2 * len(split_lines(text, carriage))):
            best, most = quote, pairs
    if best is None and delimiter in QUOTED_BY_DEFAULT:
        return '"'
    return best


def find_escape(text: str, delimiter: str, quote: str | None, carriage: bool) -> str | None:
    """The escape of a text with quotes: one with which more rows are sound than without it."""
    likely = [each for each in ESCAPES if quote and each not in delimiter and each + quote in text]
    found, most = None, -1
    for escape in (None, *likely) if likely and quote else ():
        counts = Counter(map(len, read_rows(text, delimiter, quote, carriage, SAMPLE_LINES, escape)))
        width = max(counts, key=lambda cells: (counts[cells], cells), default=1)
        sound, _ = _counts(text, Dialect(delimiter, quote, width, carriage, escape))
        if sound > most:
            found, most = escape, sound
    return found


def _without_stray(text: str, dialect: Dialect) -> Dialect:
    """The dialect without its quote, where this swallows rows or breaks most: it begins or ends cells by chance."""
    quote = dialect.quote
    if not quote or quote not in text:
        return dialect
    plain = dialect._replace(quote=None, escape=None)
    (sound, loose), (sound_plain, loose_plain) = _counts(text, dialect), _counts(text, plain)
    if dialect.delimiter is None or loose > sound:
        return plain if loose > sound and sound_plain > sound else dialect
    if sound_plain <= sound or sound_plain + loose_plain == sound + loose:
        return dialect  # a quote that is left open costs one line
    rows = read_rows(text, dialect.delimiter, None, dialect.carriage, SAMPLE_LINES)
    paired = sum(len(cell) > 1 and cell[0] == cell[-1] == quote for row in rows for cell in row)
    return plain if 2 * paired < len(rows) else dialect


def _counts(text: str, dialect: Dialect) -> tuple[int, int]:
    """How many rows of a text are sound, and how many are not."""
    tokens = tokenize(
        np.frombuffer(text.encode("utf-8", "replace"), np.uint8),
        (dialect.delimiter or "").encode(),
        ord(dialect.quote) if dialect.quote else -1,
        dialect.width,
        final=True,
        carriage=dialect.carriage,
        escape=ord(dialect.escape) if dialect.escape else -1,
    )
    return tokens.start.shape[1], len(tokens.loose_row)


def clean_lines(lines: Sequence[str], values: Values) -> float:
    """The share of lines that may be one cell; 1 where most are one number, date or e-mail address."""
    if single_values(lines):
        return 1.0
    return 0.99 * clean_cells([line.strip() for line in lines], values) / len(lines)


def single_values(lines: Sequence[str]) -> bool:
    """Whether most lines are one number, date or e-mail address."""
    others = (len(lines) + 4) // 5  # so many lines that are something else, and it is not most
    for text in map(str.strip, lines):
        if not (text.isdigit() or DATE.fullmatch(text) or ADDRESS.fullmatch(text)):
            others -= 1
            if not others:
                return False
    return True


def grouped_numbers(lines: Sequence[str], values: Values) -> bool:
    """Whether most lines are one number written in groups (138-0013-8000), which is a value as a whole."""
    grouped = [text for line in lines if GROUPED.fullmatch(text := line.strip())]
    return bool(grouped) and 5 * len(grouped) >= 4 * len(lines) and 5 * sum(values(grouped)) >= 4 * len(lines)


def covers(longer: str, shorter: str, text: str) -> bool:
    """``shorter`` occurs (nearly) only as a part of ``longer``."""
    if shorter not in longer or longer == shorter:
        return False
    return text.replace(longer, "").count(shorter) <= 0.1 * text.count(longer)


def first_lines(text: str, carriage: bool) -> str:
    """As many lines as the decision needs; lines, not rows, as quotes are not known yet."""
    mark, at = "\r" if carriage else "\n", 0
    for _ in range(SAMPLE_LINES):
        at = text.find(mark, at) + 1
        if not at:
            return text
    return text[:at]


def find_dialect(
    text: str,
    values: Values,
    is_header_word: Judge,
    delimiter: str | None = None,
    quote: str | None = None,
) -> Dialect:
    """The dialect of a sample that starts at the file's start and ends with a whole line.

    ``delimiter`` and ``quote`` are what the user said; an empty string says there is none.
    """
    most = has_carriage(text)
    lone = text.count("\r") - text.count("\r\n") if "\r" in text else 0
    found = [_found(text, values, is_header_word, delimiter, quote, most)]
    if not most and 20 * lone > text.count("\n"):
        # Both ends are common: the better table tells whether the rarer one ends lines, too.
        found.append(_found(text, values, is_header_word, delimiter, quote, True))
    return max(found, key=lambda each: each[1])[0]


def _found(
    text: str, values: Values, is_header_word: Judge, delimiter: str | None, quote: str | None, carriage: bool
) -> tuple[Dialect, float]:
    """The best dialect, given what ends lines, and its score."""
    text = first_lines(text, carriage)
    count = cache(text.count)
    lines = best = Dialect(None, quote or None, 1, carriage)
    highest = 0.0
    candidates = DELIMITERS if delimiter is None else ((delimiter, 1.0),) if delimiter else ()
    if delimiter is None and single_values(split_lines(text, carriage)):
        candidates = ()
    elif delimiter is None and grouped_numbers(split_lines(text, carriage), values):
        candidates = tuple(each for each in DELIMITERS if each[0] not in GROUPING)
    longer: list[str] = []
    headed = False  # a header and all rows have as many cells
    for candidate, weight in candidates:
        # Shares are 1 at most, so no table can make good for the weight: nothing needs to be split.
        if len(candidate) == 1 and highest / (weight * HEADER_BONUS) - SLACK >= 1:
            continue
        if delimiter is None and candidate == " " and is_aligned(split_lines(text, carriage)):
            continue
        if headed and candidate in WIDE and candidate not in text.partition("\r" if carriage else "\n")[0]:
            continue  # a sign within the cells of a table whose header is without it
        if candidate not in text or any(covers(mark, candidate, text) for mark in longer):
            continue
        mark = (find_quote(text, candidate, carriage, count) if quote is None else quote) or None
        escape = find_escape(text, candidate, mark, carriage)
        rows = read_rows(text, candidate, mark, carriage, SAMPLE_LINES, escape)
        bonus = HEADER_BONUS if rows and any(is_header_word(cell) for cell in rows[0]) else 1.0
        headed = headed or (bonus > 1 and len({*map(len, rows)}) == 1 < len(rows[0]))
        # One that holds shorter ones is judged in full, as these depend on whether it is a delimiter at all.
        least = highest / (weight * bonus) - SLACK if len(candidate) == 1 else 0.0
        least_share = LEAST_SHARE if weight > WEAK or delimiter is not None else LEAST_SHARE_OF_WEAK
        score, width = judge(rows, values, least, least_share)
        if score > 0 and delimiter is None and candidate in DATED:
            # Dates and times alone are no table: it must be one without what stands inside them, too. Where numbers in
            # groups are parted, their digits are no values any more.
            split = partial(
                read_rows,
                delimiter=candidate,
                quote=mark,
                carriage=carriage,
                most=SAMPLE_LINES,
                escape=escape,
            )
            inner = [
                judge(split(each), values, 0.0, least_share)
                for each in (stamped(text), stamped(grouped(text)))
            ]
            score = score if all(found for found, _ in inner) and inner[0][1] == inner[1][1] else 0.0
        score *= weight
        score *= bonus
        if score:
            longer.append(candidate)
        if score > highest:
            best, highest = Dialect(candidate, mark, width, carriage, escape), score
    if delimiter is None and highest < LINE_WEIGHT and best.delimiter is not None:
        line_score = LINE_WEIGHT * clean_lines(split_lines(text, carriage), values)
        best = lines if line_score >= highest else best
    if delimiter is None and candidates:
        best, highest = _unlisted(text, values, best, highest)
    if quote is None:
        best = _without_stray(text, best)
    if delimiter and best.delimiter is None:
        mark = (find_quote(text, delimiter, carriage) if quote is None else quote) or None
        escape = find_escape(text, delimiter, mark, carriage)
        rows = read_rows(text, delimiter, mark, carriage, SAMPLE_LINES, escape)
        counts = Counter(len(row) for row in rows)
        width = max(counts, key=lambda cells: (counts[cells], cells)) if counts else 1
        return Dialect(delimiter, mark, width, carriage, escape), 0.0
    if best.delimiter is None and quote is None:
        return _without_stray(text, Dialect(None, find_quote(text, None, carriage), 1, carriage)), highest
    return best, highest


def _is_plain(cell: str) -> bool:
    return PLAIN.fullmatch(cell) is not None


def _unlisted(text: str, values: Values, best: Dialect, score: float) -> tuple[Dialect, float]:
    """The dialect of columns that spaces fill up or other signs part, where they hold values; else the best so far.

    Beside a listed one it must be a longer run of the same sign, of which that one would leave a part in the cells.
    """
    shorter = best.delimiter
    if shorter is None and not best.carriage:
        lines = split_lines(text, False)
        rows = [cells(line) for line in lines] if is_aligned(lines) else []
        found, width = judge(rows, values, 0.0, LEAST_SHARE_OF_WEAK)
        if found and holds_values(rows, width, values, _is_plain):
            return Dialect(" ", None, width, aligned=True), max(found, score)
    if shorter is not None and len({*shorter}) > 1:
        return best, score
    for sign in found_separators(split_lines(text, best.carriage), LEAST_SHARE_OF_WEAK, shorter):
        if any(sign == listed for listed, _ in DELIMITERS):
            continue
        if shorter is not None and not covers(sign, shorter, text):
            continue
        rows = read_rows(text, sign, None, best.carriage, SAMPLE_LINES)
        found, width = judge(rows, values, 0.0, LEAST_SHARE_OF_WEAK)
        if found and holds_values(rows, width, values, _is_plain):
            return Dialect(sign, None, width, best.carriage), max(found, score)
    return best, score
