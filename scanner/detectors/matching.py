"""What a program finds in cells: spans, their texts, and matches put together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.folding import decoded
from scanner.detectors.programs import Program
from scanner.kernels.matcher import search_cells
from scanner.model import Cells, Matches


def searched(
    cells: Cells, chosen: NDArray[np.int32], program: Program
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """See ``kernels.matcher.search_cells``."""
    return search_cells(
        cells.data,
        cells.start,
        cells.end,
        chosen,
        program.code,
        program.ascii,
        program.ranges,
        program.places,
        program.first,
    )


def merged(one: Matches, other: Matches) -> Matches:
    """Both, sorted by (cell, start); they have no cell in common."""
    key = None
    if one.key is not None and other.key is not None:
        key = np.concatenate([one.key, other.key])
    both = Matches(
        np.concatenate([one.cell, other.cell]),
        np.concatenate([one.start, other.start]),
        np.concatenate([one.end, other.end]),
        np.concatenate([one.checks, other.checks]),
        key,
    )
    return both.take(np.argsort(both.cell, kind="stable"))


def columns(matches: Matches) -> NDArray[np.int32]:
    """int32[n, 3]: cell, start and end of matches."""
    return np.stack([matches.cell, matches.start, matches.end], axis=1)


def span_text(cells: Cells, span: NDArray[np.int32]) -> str:
    """The text of a span (cell, start, end)."""
    cell, start, end = span.tolist()
    origin = int(cells.start[cell])
    return decoded(cells.data[origin + start : origin + end].tobytes())


def in_bytes(text: str, start: int, end: int) -> tuple[int, int]:
    """A span of characters as a span of UTF-8 bytes."""
    first = len(text[:start].encode("utf-8", "surrogateescape"))
    return first, first + len(text[start:end].encode("utf-8", "surrogateescape"))
