"""What the writers say of the itemised annex: its columns, and what it leaves out for its size."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.reports.totals import Document, number
from scanner.reports.words import Words

LINE, HIGHEST = 15.0, 409.0  # points: a line of text; the most that Excel takes
SLACK = 108  # of a hundred: lines end before they are full

#: Columns of a line, with their width in characters.
COLUMNS = {
    "number_head": 8,
    "annex_repeats_of": 8,
    "tier": 6,
    "category": 18,
    "path": 24,
    "annex_table": 10,
    "annex_row": 10,
    "annex_data_row": 10,
    "annex_values": 44,
    "annex_checks": 34,
    "annex_columns": 24,
}


def heads(words: Words, reveal: bool) -> list[str]:
    """The head of the lines; ``reveal``: values stand there in plain."""
    return [words.ui("annex_plain" if reveal and key == "annex_values" else key) for key in COLUMNS]


def widths() -> list[int]:
    """The width of each column."""
    return list(COLUMNS.values())


def height(cells: Sequence[str | int], columns: Sequence[int]) -> float:
    """The height in points of a row whose cells are wrapped in ``columns`` (their widths); hanzi are two wide.

    Excel finds it by itself where none is told; other programs cut what does not fit.
    """
    lines = 1
    for cell, width in zip(cells, columns, strict=False):
        if isinstance(cell, str) and cell:
            wide = (len(cell) + len(cell.encode("utf-8", "replace"))) // 2
            lines = max(lines, -(-wide * SLACK // (100 * width)))
    return min(HIGHEST, LINE * lines)


def left_out(document: Document, words: Words) -> str | None:
    """The sentence on what the annex leaves out for its size; None where it leaves out nothing."""
    left = [one for one in (document.get("annex") or {"categories": []})["categories"] if not one["itemised"]]
    if not left:
        return None
    names = words.ui("between").join(words.category(one["category"]) for one in left)
    count = number(sum(one["records"] for one in left))
    return words.ui("annex_left_out", names=names, count=count, limit=number(document["annex"]["limit"]))
