"""Full-width and invisible characters: matching runs on a folded copy, spans are given in the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.folding import fold_cells, unfolded
from scanner.model import Cells

# Seen in a cell, any of these means that the cell must be folded before it is matched (gate syntax):
# full-width digits, letters, ＠ ． ＿, full-width joints between plain characters, zero-width characters.
TRIGGERS = (
    "[０-９Ａ-Ｚ＠＿]",
    "．",  # by itself: looked up by halves of bytes, it would let in the comma
    "[ａ-ｚ]",
    "[0-9A-Za-z][：－＋／]",
    "[\u200b-\u200d\u2060]",
    "\ufeff",
)
NO_CELLS = Cells.of([])
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


class Folded(NamedTuple):
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


class FoldedCells:
    """The cells of a column that must be folded before they are matched: ``index`` int32, ascending.

    ``cells``: their folded texts; single ones are folded anew with their places, because few are ever asked for.
    """

    def __init__(self, cells: Cells, index: NDArray[np.int32]) -> None:
        self.index = index
        self.cells = Cells(*fold_cells(cells.data, cells.start, cells.end, index)) if len(index) else NO_CELLS
        self._original = cells
        self._held = frozenset(index.tolist())

    def unfolded(self, spans: NDArray[np.int32]) -> NDArray[np.int32]:
        """Spans int32[n, 3] of ``cells`` (cell, start, end), sorted and disjoint, as spans of the original ones."""
        cells = self._original
        return unfolded(cells.data, cells.start, cells.end, self.index, spans)

    def among(self, chosen: NDArray[np.int32]) -> NDArray[np.bool_]:
        """bool[m]: which of the chosen cells are folded."""
        if not self._held:
            return np.zeros(len(chosen), np.bool_)
        held: NDArray[np.bool_] = np.isin(chosen, self.index)
        return held

    def get(self, cell: int) -> Folded | None:
        """The folded text of a cell, None where it need not be folded."""
        return fold(decoded(self._original.raw(cell))) if cell in self._held else None


def decoded(raw: bytes) -> str:
    """UTF-8 text in which each bad byte stays one character, so that offsets can be given back."""
    return raw.decode("utf-8", "surrogateescape")
