"""Cells with doubled quotes, written anew with single ones behind the buffer: its own bytes stay those of the file.

So these may be hashed at any time, and none of the others need to be moved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.tokenize import Tokens, undouble
from scanner.model import Bytes, Locator
from scanner.sources.dialect import Dialect

Room = Callable[[int], tuple[Bytes, int]]  # as ``Blocks.behind``


class Copies(NamedTuple):
    """Where cells lie that were written anew (int64, ascending), and where they began in the text (int64)."""

    begin: NDArray[np.int64]
    origin: NDArray[np.int64]

    def back(self, positions: NDArray[np.integer]) -> NDArray[np.int64]:
        """Positions as if each cell began where it did; those in other cells stay."""
        at = np.searchsorted(self.begin, positions, side="right") - 1
        return np.where(at < 0, positions, self.origin[at] + (positions - self.begin[at]))


class Behind(NamedTuple):
    """A ``model.Locator`` for a buffer with copies behind it."""

    copies: Copies
    text: Locator

    def __call__(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """File offsets of buffer positions."""
        found = self.copies.back(positions)
        order = np.argsort(found, kind="stable")
        found[order] = self.text(found[order])
        return found


def single(
    buffer: Bytes, tokens: Tokens, dialect: Dialect, room: Room | None = None
) -> tuple[Bytes, Copies | None]:
    """The buffer with copies of the cells that hold doubled quotes behind it, to which the tokens then point.

    ``tokens``: those of the buffer, which are changed; ``room``: where there is some behind it (None: in a copy of it).
    """
    if dialect.quote is None or not len(tokens.doubled):
        return buffer, None
    rows, columns = divmod(tokens.doubled, dialect.width)
    size = int((tokens.end[columns, rows] - tokens.start[columns, rows]).sum(dtype=np.int64))
    size += 1  # between text and copies: an empty cell may lie at the end of the text
    memory, at = room(size) if room else (np.concatenate([buffer, np.empty(size, np.uint8)]), len(buffer))
    signs = ord(dialect.quote), ord(dialect.escape) if dialect.escape else -1
    copies = undouble(memory, at + 1, tokens.doubled, *signs, tokens.start, tokens.end)
    return memory, Copies(*copies)
