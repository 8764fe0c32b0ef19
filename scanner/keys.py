"""Keyed identities of values and of whole rows: what exact counts of different things are made of."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.digest import digest_rows, digest_spans, permute, siphash128, unpermute
from scanner.model import Batch, Cells, Column, Detector, Matches

Rows = NDArray[np.int32]
Keys = NDArray[np.uint64]
Secret = tuple[int, int]  # the two key words of a run
GB_11643 = frozenset({"resident_id", "foreign_resident_id", "hmt_residence_permit"})
NOTHING_DROPPED = np.zeros(128, np.uint8)


@lru_cache(maxsize=1024)
def domain(label: str, secret: Secret) -> int:
    """A word that keeps keys of different labels apart."""
    low: int = siphash128(np.frombuffer(label.encode(), np.uint8), *secret)[0]
    return low


def match_keys(cells: Cells, matches: Matches, detector: Detector, secret: Secret) -> Keys:
    """The keyed identity of each match: uint64[n, 1] for packed numbers, uint64[n, 2] for text."""
    word = domain(detector.label, secret)
    low, high = secret
    if matches.key is not None:
        packed: Keys = permute(matches.key, low ^ word, high).reshape(-1, 1)
        return packed
    drop = getattr(detector, "drop", None)
    return digest_spans(
        cells.data,
        cells.start,
        matches.cell,
        matches.start,
        matches.end,
        NOTHING_DROPPED if drop is None else drop,
        word,
        low,
        high,
    )


def numbers_of(label: str, keys: Keys, secret: Secret) -> Keys | None:
    """The packed numbers (uint64[n]) of keys: undoes ``match_keys``. None where ``number_text`` cannot tell them."""
    if label not in GB_11643:
        return None
    return unpermute(keys, secret[0] ^ domain(label, secret), secret[1])


def number_text(number: int) -> str:
    """The 18 characters of a packed number of GB 11643 (17 digits * 11 + check value)."""
    digits, check = divmod(number, 11)
    return f"{digits:017}{'X' if check == 10 else check}"


def row_keys(batch: Batch, tags: Keys, group_of_row: Rows, secret: Secret) -> tuple[Keys, Keys]:
    """uint64[n, 3] twice: the keyed digest (two words) of each row, cell by cell, and its tag; n rows have one.

    First of the row's normal content, then of its letters and digits alone, by which likely duplicates are found.
    ``tags`` uint64[g]: the tag of each group of rows, 0 for none; ``group_of_row`` int32[rows].
    """
    columns = batch.columns
    row_tags = tags.take(group_of_row)
    rows = None if tags.all() else np.flatnonzero(row_tags).astype(np.int32)
    row_tags = row_tags if rows is None else row_tags.take(rows)
    keys, alike = np.empty((len(row_tags), 3), np.uint64), np.empty((len(row_tags), 3), np.uint64)
    views = [
        (column.cells.data, column.cells.start, column.cells.end, column.codes)
        for column in columns
        if column.rows is None
    ]
    rows = np.arange(batch.size, dtype=np.int32) if rows is None else rows
    delimiter = (batch.table.delimiter or "").encode()
    separator = delimiter[0] if len(delimiter) == 1 else -1
    digest_rows(views, rows, secret[0] ^ 1, secret[1], keys, separator=separator, alike=alike)
    for index, column in enumerate(columns):
        if column.rows is not None:
            sums = _list_sums(index, column, batch.size, secret)[rows]
            keys[:, :2] += sums
            alike[:, :2] += sums
    keys[:, 2] = alike[:, 2] = row_tags
    return keys, alike


def _list_sums(index: int, column: Column, size: int, secret: Secret) -> Keys:
    """uint64[rows, 2]: for each row the sum of its list elements' digests, weighted by position."""
    cells, rows = column.cells, column.rows
    assert rows is not None
    every = np.arange(len(cells), dtype=np.int32)
    lengths = (cells.end - cells.start).astype(np.int32)
    keys = digest_spans(
        cells.data, cells.start, every, np.zeros_like(every), lengths, NOTHING_DROPPED, index + 2, *secret
    )
    first = np.searchsorted(rows, rows)
    weights = (2 * (every - first) + 1).astype(np.uint64)
    sums = np.zeros((size, 2), np.uint64)
    np.add.at(sums, rows, keys * weights[:, None])
    return sums
