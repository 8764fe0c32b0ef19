"""Full-width and invisible characters: matching runs on a folded copy, spans are given in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Seen in a cell, any of these means that the cell must be folded before it is matched (gate syntax):
# full-width digits, letters, ＠ ． ＿, full-width joints between plain characters, zero-width characters.
TRIGGERS = (
    "[０-９Ａ-Ｚ＠．＿]",
    "[ａ-ｚ]",
    "[0-9A-Za-z][：－＋／]",
    "[\u200b-\u200d\u2060]",
    "\ufeff",
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, the index of the character in the original."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original characters behind the non-empty folded span [start, end)."""
        return self.origin[start], self.origin[end - 1] + 1


_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}


def fold(text: str) -> Folded:
    """Full-width ASCII (U+FF01-FF5E) and wide spaces as plain ones, invisible characters left out."""
    plain = text.translate(_PLAIN)
    if _INVISIBLE.isdisjoint(text):
        return Folded(plain, range(len(text)))
    origin = [index for index, character in enumerate(text) if character not in _INVISIBLE]
    return Folded("".join(plain[index] for index in origin), origin)
