"""Figures that several writers derive from the report document, in one place so that they agree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import compress
from typing import Any, NamedTuple

Document = Mapping[str, Any]
_NO_UTF8 = re.compile("[\ud800-\udfff]")  # bytes of a path that are no UTF-8, as Python keeps them
_ENCODINGS = {"gb18030": "GB18030", "big5hkscs": "Big5"}


class Totals(NamedTuple):
    """Sums over the inputs and columns.

    ``size`` bytes of files, not of what archives hold; ``rows``, ``damaged``, ``blank`` lines; ``states`` inputs for
    each status other than "complete"; ``refused`` values refused in accepted columns, by (label, check); ``restored``
    numbers of accepted columns, by (label, repair); ``lost``: numbers that lost digits, in all columns, by
    (label, how).
    """

    size: int
    rows: int
    damaged: int
    blank: int
    states: Counter[str]
    refused: Counter[tuple[str, str]]
    restored: Counter[tuple[str, str]]
    lost: Counter[tuple[str, str]]

    @staticmethod
    def of(document: Document) -> Totals:
        """The sums of one document."""
        inputs = document["inputs"]
        refused, restored, lost = (Counter[tuple[str, str]]() for _ in range(3))
        for column in document["columns"]:
            for found in column["labels"]:
                for kind, count in (found.get("restored") or {}).items():
                    restored[found["label"], kind] += count
                for kind, count in (found.get("lost") or {}).items():
                    lost[found["label"], kind] += count
                if found["decision"] == "accepted":
                    for check, count in (found.get("refused") or {}).items():
                        refused[found["label"], check] += count
        return Totals(
            sum(one.get("size") or 0 for one in inputs if one.get("member") is None),
            sum(one.get("rows") or 0 for one in inputs),
            sum(one.get("rows_damaged") or 0 for one in inputs),
            sum(one.get("rows_blank") or 0 for one in inputs),
            Counter(one["status"] for one in inputs if one["status"] != "complete"),
            refused,
            restored,
            lost,
        )


def files_of(document: Document) -> tuple[int, int]:
    """How many files were scanned, and how many members of archives among them."""
    members = sum(one.get("member") is not None for one in document["inputs"])
    return len(document["inputs"]) - members, members


def by_kind(counts: Counter[tuple[str, str]]) -> dict[str, int]:
    """Counts by (label, kind) summed up over labels, the most first."""
    kinds = Counter[str]()
    for (_, kind), count in counts.items():
        kinds[kind] += count
    return dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0])))


class Stage(NamedTuple):
    """A stage from rows to records.

    ``deducted``: "always", "low_main" (kept in the high reading), "low" (in the low reading only) or "never";
    ``total``: a total, not a deduction; ``left``: what the main reading keeps after it.
    """

    name: str
    rows: int
    deducted: str
    total: bool
    left: int

    @property
    def taken(self) -> bool:
        """Whether the main reading takes it off."""
        return not self.total and self.deducted in ("always", "low_main")


def stages(document: Document) -> Iterator[Stage]:
    """All stages in order; the first and the last one are totals."""
    given = document["records"]["stages"]
    left = 0
    for i, one in enumerate(given):
        rows, deducted, total = int(one["rows"]), str(one["deducted"]), i in (0, len(given) - 1)
        if total:
            left = rows
        elif deducted in ("always", "low_main"):
            left -= rows
        yield Stage(str(one["name"]), rows, deducted, total, left)


def also_held(category: Mapping[str, Any]) -> int:
    """Distinct rows that hold the category and are not counted at it."""
    return max(int(category["distinct"]) - int(category["counted"]), 0)


def by_tier(categories: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Categories, the gravest tier first, those that do not count last; otherwise in the document's order."""
    return sorted(categories.items(), key=lambda item: item[1]["tier"] or 1 << 30)


def input_name(one: Mapping[str, Any]) -> str:
    """Path and member of an input."""
    return f"{one['path']} › {one['member']}" if one.get("member") else str(one["path"])


def legible_name(one: Mapping[str, Any]) -> str:
    """As ``input_name``, for people: a name that is no UTF-8 is told once more as it reads in GB18030 or Big5.

    The bytes stay in front, as escapes: which encoding was meant, they do not say.
    """
    name = input_name(one)
    return f"{name} [{reading}]" if not name.isascii() and (reading := _reading(str(one["path"]))) else name


def _reading(path: str) -> str | None:
    """The parts of a path from the first that is no UTF-8 on, decoded, behind the encoding; None for other paths."""
    if not _NO_UTF8.search(path):
        return None
    from scanner.sources.archives.names import decoded, encoding_of

    parts = path.split("/")
    foreign = [_NO_UTF8.search(part) is not None for part in parts]
    try:
        raw = [part.encode("utf-8", "surrogateescape") for part in parts]
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return None
    encoding = encoding_of(compress(raw, foreign))
    if encoding not in _ENCODINGS:
        return None
    read = [decoded(part, encoding if other else "utf-8") for part, other in zip(raw, foreign, strict=True)]
    return f"{_ENCODINGS[encoding]}: {'/'.join(read[foreign.index(True) :])}"


def number(value: int | None) -> str:
    """A count with thousands set apart; an en dash where there is none."""
    return "–" if value is None else f"{value:,}"


def size(count: int) -> str:
    """Bytes in the unit that fits (powers of 1,000)."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return f"{count} B"
