"""Which of a table's first rows is its header: one rule for delimited text and for sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanner.sources.dialect import Values, differs_below, first_row_tells

MOST_TITLES = 10
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
            return top, found_by
    return None, "none"
