"""What the writers say of the itemised annex: its columns, and what it leaves out for its size."""

from __future__ import annotations

from scanner.reports.totals import Document, number
from scanner.reports.words import Words

#: Columns of a line, with their width in characters.
COLUMNS = {
    "number_head": 9,
    "annex_repeats_of": 10,
    "tier": 7,
    "category": 30,
    "path": 34,
    "annex_table": 12,
    "annex_row": 16,
    "annex_data_row": 12,
    "annex_values": 70,
    "annex_checks": 60,
    "annex_columns": 34,
}


def heads(words: Words, reveal: bool) -> list[str]:
    """The head of the lines; ``reveal``: values stand there in plain."""
    return [words.ui("annex_plain" if reveal and key == "annex_values" else key) for key in COLUMNS]


def widths() -> list[int]:
    """The width of each column."""
    return list(COLUMNS.values())


def left_out(document: Document, words: Words) -> str | None:
    """The sentence on what the annex leaves out for its size; None where it leaves out nothing."""
    left = [one for one in (document.get("annex") or {"categories": []})["categories"] if not one["itemised"]]
    if not left:
        return None
    names = words.ui("between").join(words.category(one["category"]) for one in left)
    count = number(sum(one["records"] for one in left))
    return words.ui("annex_left_out", names=names, count=count, limit=number(document["annex"]["limit"]))
