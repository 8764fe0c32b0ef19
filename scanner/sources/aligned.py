"""Rows whose cells are filled up with spaces: cells are what stands between runs of them, as many in each row.

A line of another number of cells is a row of one, as each line of other text is; without a letter or digit it is blank.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.tokenize import WRONG_WIDTH, Tokens
from scanner.model import Bytes
from scanner.sources.labelled import with_lines

FILLING = np.zeros(256, np.bool_)
FILLING[list(b" \t\r\n")] = True
TELLING = np.array([byte >= 128 or chr(byte).isalnum() for byte in range(256)])
SPACE = "\u3000".encode()


def is_aligned(lines: Sequence[str]) -> bool:
    """Whether most lines hold several spaces behind each other."""
    return 2 * sum("  " in line.strip() or "\u3000" in line.strip() for line in lines) > len(lines)


def cells(line: str) -> list[str]:
    """The cells of a line."""
    return line.replace("\u3000", " ").split()


def split(buffer: Bytes, width: int, final: bool, longest: int) -> Tokens:
    """The rows of a buffer that begins with one: ``kernels.tokenize.Tokens``, no cell of which is empty."""
    stops = np.flatnonzero(buffer == 10)
    if final and len(buffer) and buffer[-1] != 10:
        stops = np.append(stops, len(buffer))
    begins = np.concatenate([[0], stops[:-1] + 1]) if len(stops) else stops
    behind = int(stops[-1]) + 1 if len(stops) else 0
    long = np.flatnonzero(stops - begins > longest)
    overlong = bool(len(long)) or len(buffer) - behind > longest
    if len(long):
        behind = int(begins[long[0]])
        stops, begins = stops[: long[0]], begins[: long[0]]
    consumed = min(behind, len(buffer))
    text = buffer[:consumed]
    starts, ends = _runs(text)
    line = np.searchsorted(stops, starts)
    counts = np.bincount(line, minlength=len(stops))
    sound = counts == width
    chosen = sound[line]
    others = np.flatnonzero(~sound)
    telling = np.concatenate([[0], np.cumsum(TELLING[text], dtype=np.int64)])
    told = telling[stops[others]] > telling[begins[others]]
    loose = others[told]
    loose_end = stops[loose] - (text[np.maximum(stops[loose] - 1, 0)] == 13)
    order = np.cumsum(sound) + np.cumsum(np.isin(np.arange(len(stops)), loose)) - 1
    tokens = Tokens(
        np.ascontiguousarray(starts[chosen].reshape(-1, width).T, np.int32),
        np.ascontiguousarray(ends[chosen].reshape(-1, width).T, np.int32),
        begins[loose].astype(np.int32),
        loose_end.astype(np.int32),
        order[loose].astype(np.int64),
        np.full(len(loose), WRONG_WIDTH, np.uint8),
        int(len(others) - len(loose)),
        consumed,
        overlong,
    )
    return with_lines(tokens, 0) if len(loose) else tokens


def _runs(text: Bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where what is no space begins and ends."""
    filling = np.concatenate([[True], FILLING[text], [True]])
    first, second, third = (text[at : len(text) - 2 + at] == SPACE[at] for at in range(3))
    wide = np.flatnonzero(first & second & third) if len(text) > 2 else np.zeros(0, np.int64)
    for at in range(1, 4):
        filling[wide + at] = True
    edges = np.flatnonzero(filling[1:] != filling[:-1])
    return edges[::2], edges[1::2]
