"""Which of a table's first rows is its header: one rule for delimited text and for sheets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from scanner.sources.dialect import NUMBER, Judge, Values
from scanner.sources.inner_signs import DATE

MARKS = "*＊"  # what a form must not leave empty is marked by; beside a word they look like a masked value
IDENTIFIER = re.compile(r"[0-9]{11}")  # names of columns hold none, but for odd ones among many known words

MOST_TITLES = 10
LONGEST_WORD = 60  # bytes of a cell that may be a header word
LEAST_WORDS, LEAST_SHARE = 2, 2 / 3  # header words of a head among other rows, and their share of its cells
LOOKED_AT = 101  # the first row, and the rows below that it is compared with


def below_titles(rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows may be the header: the first that is at least half filled; 0 where none is.

    Above it lie title lines (what the table is, when it was exported), padded to the table's width.
    """
    for place, row in enumerate(rows[:MOST_TITLES]):
        if 2 * sum(bool(cell.strip()) for cell in row) >= len(row):
            return place
    return 0


def header_row(
    first: Callable[[int], Sequence[Sequence[str]]],
    wanted: bool | None,
    is_header_word: Callable[[str], bool],
    values: Values,
) -> tuple[int | None, str]:
    """The place of the header among the first rows, or None, and what told (a code, see ``model.Why``).

    ``first(count)``: so many of the first rows, as far as there are any; ``wanted``: what the user says, if anything.
    """
    rows = first(MOST_TITLES)
    if wanted is False or not rows:
        return None, "none"
    for top in dict.fromkeys((below_titles(rows), 0)):
        found_by = "known_words"
        told = wanted or first_row_tells(rows[top], is_header_word, values)
        if told is None:
            found_by, told = "values_below", differs_below(first(LOOKED_AT)[top:])
        if told:
            return top + (wanted is None and goes_on(rows[top:], is_header_word, values)), found_by
    return None, "none"


def goes_on(rows: Sequence[Sequence[str]], is_header_word: Judge, values: Values) -> bool:
    """Whether the row below a header names columns that it leaves open: its cells lie over several of them."""
    if len(rows) < 2 or not first_row_tells(rows[1], is_header_word, values):
        return False
    pairs = [(above.strip(), below.strip()) for above, below in zip(*rows[:2], strict=False)]
    return any(below and not above for above, below in pairs)


def header_names(rows: Sequence[Sequence[str]], place: int) -> tuple[str | None, ...]:
    """The names of the columns: cells of the header, or where they are empty those above, if these are no title."""
    above = (
        rows[place - 1]
        if place and 2 * sum(bool(cell.strip()) for cell in rows[place - 1]) >= len(rows[place])
        else ()
    )
    names = [cell.strip() or None for cell in rows[place]]
    return tuple(
        name or (above[at].strip() or None if at < len(above) else None) for at, name in enumerate(names)
    )


def shape(cell: str) -> str:
    """The kind of a cell as a header judges it: empty, number, date, long or word."""
    cell = cell.strip()
    if not cell:
        return "empty"
    if NUMBER.fullmatch(cell):
        return "number"
    if DATE.fullmatch(cell):
        return "date"
    return (
        "long" if len(cell) > 40 else "digits" if sum(c.isdigit() for c in cell) > len(cell) / 2 else "word"
    )


def has_header(rows: Sequence[Sequence[str]], is_header_word: Judge, values: Values) -> bool:
    """Whether the first of these rows names columns.

    It does if it holds a header word and no value; or if its cells are short, distinct texts without numbers
    and most rows below have another kind (number, date, digits, long) in some column.
    """
    told = first_row_tells(rows[0], is_header_word, values) if rows else False
    return told if told is not None else differs_below(rows)


def first_row_tells(row: Sequence[str], is_header_word: Judge, values: Values) -> bool | None:
    """``has_header`` as far as the first row alone decides it; None: the rows below do."""
    first = [cell.strip() for cell in row]
    filled = [cell for cell in first if cell]
    if not filled or any(values([cell.strip(MARKS) for cell in filled])):
        return False
    kinds = [shape(cell) for cell in first]
    words = sum(map(is_header_word, filled))
    numbered = sum(IDENTIFIER.search(cell) is not None for cell in filled)
    if numbered and 2 * numbered >= words:
        return False
    if words:
        return kinds.count("word") + kinds.count("empty") > len(kinds) / 2
    if any(kind not in ("word", "empty") for kind in kinds) or len(set(filled)) < len(filled):
        return False
    return None


def names_columns(row: Sequence[str], is_header_word: Judge, values: Values) -> bool:
    """Whether a row among others is a head: most of its cells, which differ, are header words, and none is a value."""
    filled = [cell.strip() for cell in row if cell.strip()]
    words = sum(map(is_header_word, filled))
    return (
        words >= LEAST_WORDS
        and words >= LEAST_SHARE * len(filled)
        and len({*filled}) > 1
        and max(len(cell.encode("utf-8", "replace")) for cell in row) <= LONGEST_WORD
        and first_row_tells(row, is_header_word, values) is True
    )


def differs_below(rows: Sequence[Sequence[str]]) -> bool:
    """Whether most rows below the first have another kind than a word where the first has one."""
    first = rows[0]
    below = [row for row in rows[1:101] if len(row) == len(first)]
    for column, cell in enumerate(first):
        if shape(cell) != "word":
            continue
        found = Counter(shape(row[column]) for row in below)
        del found["empty"]
        other = sum(found.values()) - found["word"]
        if other > 0.8 * sum(found.values()) and other > 0:
            return True
    return False
