"""Figures that the writers of a comparison derive from its document, in one place so that they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.reports.totals import Document, number
from scanner.reports.words import Words

KINDS = ("persons", "records")
#: What is told of each side, with its head.
SIDE_FIGURES = {
    "rows": "rows",
    "records": "compare_records",
    "persons": "compare_persons",
    "shared_records": "compare_shared_records",
    "shared_persons": "compare_shared_persons",
}
_NOTHING: Mapping[str, Any] = {"persons": 0, "records": 0}


@dataclass(frozen=True, slots=True)
class Figures:
    """The pairs of a comparison by their sides (a < b)."""

    sides: Sequence[Mapping[str, Any]]
    pairs: Mapping[tuple[int, int], Mapping[str, Any]]

    @staticmethod
    def of(document: Document) -> Figures:
        """From a document of docs/compare.md."""
        pairs = {(int(one["sides"][0]), int(one["sides"][1])): one for one in document["pairs"]}
        return Figures(document["sides"], pairs)

    def shared(self, kind: str, a: int, b: int) -> int:
        """What two sides share, of KINDS."""
        return int(self.pairs.get((min(a, b), max(a, b)), _NOTHING)[kind])

    def permille(self, kind: str, a: int, b: int) -> int | None:
        """Thousandths of the smaller side that are shared, cut and not rounded; None where that holds nothing."""
        smaller = min(int(self.sides[side][kind]) for side in (a, b))
        return 1000 * self.shared(kind, a, b) // smaller if smaller else None

    def share(self, kind: str, a: int, b: int) -> str:
        """``permille`` for people."""
        return percent(self.permille(kind, a, b))

    def cell(self, a: int, b: int, words: Words) -> str:
        """A pair in a sentence."""
        return words.ui(
            "compare_cell",
            a=side_name(self.sides, a),
            b=side_name(self.sides, b),
            persons=number(self.shared("persons", a, b)),
            share=self.share("persons", a, b),
            records=number(self.shared("records", a, b)),
        )

    def closest(self, count: int) -> list[int]:
        """The sides that share the most persons, then records, with any others; in the order of the sides."""
        order = sorted(
            range(len(self.sides)),
            key=lambda side: (*(-int(self.sides[side][f"shared_{kind}"]) for kind in KINDS), side),
        )
        return sorted(order[:count])


def percent(permille: int | None) -> str:
    """Thousandths as a percentage; an en dash for None."""
    return "–" if permille is None else f"{permille / 10:.1f} %"


def side_name(sides: Sequence[Mapping[str, Any]], side: int) -> str:
    """Number, from 1, and name of a side."""
    return f"{side + 1}  {sides[side]['name']}"


def members(held: Sequence[int], words: Words) -> str:
    """A set of sides by their numbers, from 1."""
    return words.ui("between").join(str(side + 1) for side in held)


def unread(document: Document) -> list[int]:
    """Sides of which nothing could be read: their figures would say that they hold nothing."""
    read = {one["side"] for one in document["inputs"] if one["status"] in ("complete", "partial")}
    return [side for side in range(len(document["sides"])) if side not in read]


def side_figures(document: Document, side: int) -> list[str]:
    """The figures of a side as shown, in the order of SIDE_FIGURES; dashes where it was not read."""
    if side in unread(document):
        return ["–"] * len(SIDE_FIGURES)
    return [number(document["sides"][side][key]) for key in SIDE_FIGURES]


def nothing(document: Document, words: Words) -> list[str]:
    """The sentences on sides that were not read, and on those that share nothing."""
    lost, told = unread(document), []
    if lost:
        names = words.ui("comma").join(side_name(document["sides"], side) for side in lost)
        told.append(words.ui("compare_unread", count=number(len(lost)), sides=names))
    if not document["pairs"] and len(document["sides"]) - len(lost) > 1:
        told.append(words.ui("compare_nothing_read" if lost else "compare_nothing"))
    return told
