"""The cells of one line of the itemised annex."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.reports.paper import shown
from scanner.reports.totals import Document, legible_name
from scanner.reports.words import Words

if TYPE_CHECKING:
    from scanner.items import Item
    from scanner.summary.upper_tiers import Listed

LONGEST = 20_000  # characters of a cell; Excel keeps 32,767


class Lines:
    """Makes the cells of lines; what many lines share is made once."""

    def __init__(self, document: Document, listed: Sequence[Listed], words: Words) -> None:
        self._words = words
        self._inputs = [shown(legible_name(one)) for one in document["inputs"]]
        self._tiers = [each.tier for each in listed]
        self._categories = [
            shown(words.ui("bracketed", text=words.category(each.category), note=each.category))
            for each in listed
        ]
        self._label = lru_cache(maxsize=1024)(lambda name: shown(words.name("labels", name)))
        self._checks = lru_cache(maxsize=1024)(words.passed)
        self._shown = lru_cache(maxsize=1024)(shown)

    def of(self, item: Item, number: int, repeats: int) -> list[str | int]:
        """The cells of a line, in the columns of ``annex_text.COLUMNS``; ``repeats``: the line it repeats, or 0."""
        values = (f"{self._label(each.label)} {shown(each.text)}" for each in item.values)
        checks = (f"{self._label(each.label)} {self._checks(each.checks)}" for each in item.values)
        return [
            number,
            repeats or "",
            self._tiers[item.listed],
            self._categories[item.listed],
            self._inputs[item.source],
            "" if item.table is None else self._shown(item.table),
            item.line,
            item.row,
            self._joined(values),
            self._joined(dict.fromkeys(checks)),
            self._joined(self._shown(each) for each in item.columns),
        ]

    def _joined(self, parts: Iterable[str]) -> str:
        whole = self._words.ui("semicolon").join(parts)
        return whole if len(whole) <= LONGEST else whole[:LONGEST] + "…"
