"""Lines that fit no row but are rows where carriage returns end lines, in a file whose other lines end otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scanner.kernels.tokenize import Tokens, lone_returns
from scanner.model import Bytes


def with_returns(buffer: Bytes, tokens: Tokens, read: Callable[[Bytes], Tokens]) -> Tokens:
    """The tokens, loose lines taken apart at lone carriage returns where a row of the table comes before the first.

    ``read(line)``: the rows of a line if lone carriage returns end lines.
    """
    parts = []
    for index in np.flatnonzero(lone_returns(buffer, tokens.loose_start, tokens.loose_end)).tolist():
        start = int(tokens.loose_start[index])
        found = read(buffer[start : tokens.loose_end[index]])
        if found.start.shape[1] and not (len(found.loose_row) and found.loose_row[0] == 0):
            parts.append((index, start, found))
    return _spliced(tokens, parts) if parts else tokens


def _spliced(tokens: Tokens, parts: list[tuple[int, int, Tokens]]) -> Tokens:
    kept = np.ones(len(tokens.loose_row), np.bool_)
    kept[[index for index, _, _ in parts]] = False
    start = np.concatenate([tokens.start, *(found.start + at for _, at, found in parts)], axis=1)
    end = np.concatenate([tokens.end, *(found.end + at for _, at, found in parts)], axis=1)
    order = np.argsort(start[0])
    loose_start = np.concatenate(
        [tokens.loose_start[kept], *(found.loose_start + at for _, at, found in parts)]
    )
    loose_end = np.concatenate([tokens.loose_end[kept], *(found.loose_end + at for _, at, found in parts)])
    why = np.concatenate([tokens.loose_why[kept], *(found.loose_why for _, _, found in parts)])
    loose_order = np.argsort(loose_start)
    loose_start = loose_start[loose_order]
    start, end = np.ascontiguousarray(start[:, order]), np.ascontiguousarray(end[:, order])
    width, place = len(start), np.argsort(order)
    doubled, first = [], 0
    for found in (tokens, *(found for _, _, found in parts)):
        doubled.append(place[found.doubled // width + first] * width + found.doubled % width)
        first += found.start.shape[1]
    # A loose line comes behind as many rows as start before it, and behind the loose lines before it.
    ordinals = np.searchsorted(start[0], loose_start) + np.arange(len(loose_start))
    return Tokens(
        start,
        end,
        loose_start,
        loose_end[loose_order],
        ordinals.astype(np.int64),
        why[loose_order],
        tokens.blank + sum(found.blank for _, _, found in parts),
        tokens.consumed,
        tokens.overlong,
        np.sort(np.concatenate(doubled)),
    )
