"""In which order the issues of a document are told, and which ones where there is no room for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from scanner.reports.totals import Document, legible_name

#: Issues of a file that are told before others had their turn.
AT_ONCE = 2
LOST, PARTIAL, REMARK = range(3)


def name_of(document: Document, issue: Mapping[str, Any]) -> str | None:
    """The input that an issue is about; None: it is about the whole run."""
    return None if issue.get("input") is None else legible_name(document["inputs"][issue["input"]])


def by_weight(document: Document) -> Iterator[Mapping[str, Any]]:
    """The issues, the gravest first.

    What was lost goes first (rows, or a file that was not read), then what was read in part, then remarks; of each
    file two are told before the others of any. Otherwise the order is that of the document.
    """
    issues = document["issues"]
    return (issues[place] for place in _places(document))


def weightiest(document: Document, most: int) -> list[Mapping[str, Any]]:
    """At most so many of the issues, the gravest ones, in the order of the document."""
    issues = document["issues"]
    return (
        list(issues) if len(issues) <= most else [issues[place] for place in sorted(_places(document)[:most])]
    )


def _places(document: Document) -> list[int]:
    """Where the issues lie in the document's list, the gravest first."""
    issues = document["issues"]
    weights = np.fromiter((_weight(document, one) for one in issues), np.uint8, len(issues))
    inputs = np.fromiter(
        (-1 if one.get("input") is None else one["input"] for one in issues), np.int64, len(issues)
    )
    by_input = np.lexsort((weights, inputs))  # stable, so that equal ones stay in their order
    first = np.flatnonzero(np.diff(inputs[by_input], prepend=-2))
    turns = np.empty(len(issues), np.int64)
    turns[by_input] = np.arange(len(issues)) - np.repeat(first, np.diff(first, append=len(issues)))
    found: list[int] = np.lexsort((inputs, weights, turns >= AT_ONCE)).tolist()
    return found


def _weight(document: Document, issue: Mapping[str, Any]) -> int:
    if issue.get("input") is None:
        return PARTIAL
    one = document["inputs"][issue["input"]]
    unread = (
        one["status"] in ("failed", "skipped") and one.get("size") != 0
    )  # nothing is lost of an empty file
    if issue["rows_lost"] or unread or one.get("rows_damaged"):
        return LOST
    return PARTIAL if one["status"] == "partial" else REMARK
