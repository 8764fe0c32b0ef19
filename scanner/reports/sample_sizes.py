"""The sentences that tell how many records a truth sample has and why, for all who tell of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.reports.totals import number

#: Name of a text and its places (words.toml).
Sentence = tuple[str, dict[str, object]]


def sizes(record: Mapping[str, Any]) -> list[Sentence]:
    """From what and how many, what was asked for, and how the strata share it, of the record of a draw."""
    figures: dict[str, object] = {key: number(record[key]) for key in ("population", "drawn")}
    if record["size"] is None:
        asked: Sentence = (
            "sample_by_margin",
            {key: f"{record[key]:g}" for key in ("confidence", "margin")},
        )
    else:
        asked = ("sample_by_size", {"size": number(record["size"])})
    shared: Sentence = ("sample_at_least", {"minimum": record["minimum"]})
    if record["drawn"] == record["population"]:
        shared = ("sample_all_drawn", {"population": figures["population"]})
    return [("sample_drawn_of", figures), asked, shared]
