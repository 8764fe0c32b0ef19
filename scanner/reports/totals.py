"""Figures that several writers derive from the report document, in one place so that they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
READINGS = ("low", "main", "high")
TIERS = (50, 500, 5000)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the inputs and columns.

    ``size`` bytes; ``rows``, ``damaged``, ``blank`` lines; ``states`` inputs for each status other than
    "complete"; ``refused`` values refused in accepted columns, by (label, check).
    """

    size: int
    rows: int
    damaged: int
    blank: int
    states: Counter[str]
    refused: Counter[tuple[str, str]]

    @staticmethod
    def of(document: Document) -> Totals:
        """The sums of one document."""
        inputs = document["inputs"]
        refused: Counter[tuple[str, str]] = Counter()
        for column in document["columns"]:
            for found in column["labels"]:
                if found["decision"] == "accepted":
                    for check, count in (found.get("refused") or {}).items():
                        refused[found["label"], check] += count
        return Totals(
            sum(one.get("size") or 0 for one in inputs),
            sum(one.get("rows") or 0 for one in inputs),
            sum(one.get("rows_damaged") or 0 for one in inputs),
            sum(one.get("rows_blank") or 0 for one in inputs),
            Counter(one["status"] for one in inputs if one["status"] != "complete"),
            refused,
        )


def standards(verdict: Mapping[str, Any], tier: int) -> tuple[int, int]:
    """The count of one tier's records that alone reaches the standard, and that reaches the higher level.

    Derived from the thresholds on S, so that halved (insider) and other policies come out right.
    """
    weight = 5000 // tier
    return -(-int(verdict["serious"]) // weight), -(-int(verdict["especially_serious"]) // weight)


def also_held(category: Mapping[str, Any]) -> int:
    """Distinct rows that hold the category and are not counted at it."""
    return max(int(category["distinct"]) - int(category["counted"]), 0)


def by_tier(categories: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Categories, the gravest tier first, those that do not count last; otherwise in the document's order."""
    return sorted(categories.items(), key=lambda item: item[1]["tier"] or 1 << 30)


def input_name(one: Mapping[str, Any]) -> str:
    """Path and member of an input."""
    return f"{one['path']} › {one['member']}" if one.get("member") else str(one["path"])


def number(value: int | None) -> str:
    """A count with thousands set apart; an en dash where there is none."""
    return "–" if value is None else f"{value:,}"


def size(count: int) -> str:
    """Bytes in the unit that fits (powers of 1,000)."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return f"{count} B"
