"""The truth sample in the HTML report: how rows were drawn for people to check, or that none were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.reports.markup import Child, Section, row, section, table, tag
from scanner.reports.sample_sizes import sizes
from scanner.reports.totals import Document, legible_name, number
from scanner.reports.words import Words

ROWS_SHOWN = 1000


def sample(document: Document, words: Words) -> Section:
    """``document["sample"]``, the record of a draw (scanner/sampling/record.py); a sentence where there is none."""
    record = document.get("sample")
    if not record:
        return section("sample", words.ui("sample"), tag("p", words.ui("sample_none")))
    return section(
        "sample",
        words.ui("sample"),
        tag("ul", [tag("li", text) for text in drawing(record, words)]),
        _strata(record, words),
        tag("h3", words.ui("sample_rows")),
        _rows(record, words),
        tag("p", words.ui("row_zero"), class_="note"),
    )


def drawing(record: Mapping[str, Any], words: Words) -> list[str]:
    """From what, how many and by which rule."""
    told = [
        *(words.ui(name, **values) for name, values in sizes(record)),
        words.ui("sample_rule", rule=record["rule"], seed=record["seed"]),
        words.ui("sample_none_counts"),
    ]
    return told if record["complete"] else [*told, words.ui("sample_incomplete")]


def _strata(record: Mapping[str, Any], words: Words) -> Child:
    styles = ["n", "wide", None, "n", "n"]
    rows = [
        row(
            [
                one["number"],
                legible_name(one),
                words.category(one["category"]),
                number(one["population"]),
                number(one["drawn"]),
            ],
            styles,
        )
        for one in record["strata"]
    ]
    keys = ("sample_stratum", "sample_file", "category", "sample_population", "sample_drawn")
    return table([words.ui(key) for key in keys], rows, styles, "strata")


def _rows(record: Mapping[str, Any], words: Words) -> list[Child]:
    """Where each drawn row lies, without its values."""
    styles = ["n", "n", "wide", None, "n", "n"]
    strata = {one["number"]: one for one in record["strata"]}
    rows = [
        row(
            [
                one["number"],
                one["stratum"],
                legible_name(strata[one["stratum"]]),
                one["table"] or "",
                number(one["row"]),
                number(one["byte_offset"]),
            ],
            styles,
        )
        for one in record["rows"][:ROWS_SHOWN]
    ]
    keys = ("sample_number", "sample_stratum", "sample_file", "sample_table", "row_number", "sample_offset")
    rest = len(record["rows"]) - ROWS_SHOWN
    more = tag("p", words.ui("more_issues", count=number(rest)), class_="note strong") if rest > 0 else None
    return [table([words.ui(key) for key in keys], rows, styles, "drawn"), more]
