"""Keyed identities of values and of whole rows: what exact counts of different things are made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.digest import ALIKE_FROM, digest_cells, digest_rows, digest_spans, siphash128
from scanner.kernels.names import pack_names
from scanner.kernels.permutation import permute, unpermute
from scanner.model import Batch, Cells, Column, Detector, Matches

Rows = NDArray[np.int32]
Keys = NDArray[np.uint64]
Secret = tuple[int, int]  # the two key words of a run
GB_11643 = frozenset({"resident_id", "foreign_resident_id", "hmt_residence_permit"})
NAMES = frozenset({"person_name"})
LONG = np.uint64(1 << 63)  # of a name that is told by its digest
EXACT = np.uint64((1 << ALIKE_FROM) - 1)
NOTHING_DROPPED = np.zeros(128, np.uint8)
TOGETHER = 1 << 16  # rows of a batch whose keys are made and stored together, in the cache
KEPT = 1 << 15  # cells of a dictionary whose digests are kept, in 1 MB


@lru_cache(maxsize=1024)
def domain(label: str, secret: Secret) -> int:
    """A word that keeps keys of different labels apart."""
    low: int = siphash128(np.frombuffer(label.encode(), np.uint8), *secret)[0]
    return low


def match_keys(cells: Cells, matches: Matches, detector: Detector, secret: Secret) -> Keys:
    """The keyed identity of each match: uint64[n, 1] for packed numbers and names, uint64[n, 2] for other text.

    Names of one to four characters are packed without loss; longer ones, as of Uyghurs, are told apart by 63 bits of
    their digest, since a name stands in the link tuple of every row.
    """
    word = domain(detector.label, secret)
    low, high = secret
    if matches.key is not None:
        return permute(matches.key, low ^ word, high).reshape(-1, 1)
    drop = getattr(detector, "drop", NOTHING_DROPPED)

    def digests(which: Matches) -> Keys:
        return digest_spans(
            cells.data, cells.start, which.cell, which.start, which.end, drop, word, low, high
        )

    if detector.label not in NAMES:
        return digests(matches)
    packed = pack_names(cells.data, cells.start, matches.cell, matches.start, matches.end)
    long = np.flatnonzero(packed == 0)
    if len(long):
        packed[long] = digests(matches.take(long))[:, 0] | LONG
    return permute(packed, low ^ word, high).reshape(-1, 1)


def numbers_of(label: str, keys: Keys, secret: Secret) -> Keys | None:
    """The packed numbers (uint64[n]) of keys: undoes ``match_keys``. None where ``number_text`` cannot tell them."""
    if label not in GB_11643:
        return None
    return unpermute(keys, secret[0] ^ domain(label, secret), secret[1])


def number_text(number: int) -> str:
    """The 18 characters of a packed number of GB 11643 (17 digits * 11 + check value)."""
    digits, check = divmod(number, 11)
    return f"{digits:017}{'X' if check == 10 else check}"


def row_keys(batch: Batch, tags: Keys, group_of_row: Rows, secret: Secret) -> Keys:
    """uint64[n, 3]: the keyed identity of each row that has a tag, cell by cell (two words), and that tag.

    By word 0 and the bits of word 1 from ALIKE_FROM on, rows are alike: they have the same letters and digits
    (``digest_rows``). ``tags`` uint64[g]: the tag of each group of rows, 0 for none; ``group_of_row`` int32[rows].
    """
    columns = batch.columns
    low, high = secret[0] ^ 1, secret[1]
    plain = (column for column in columns if column.rows is None)
    views = [_view(place, column, low, high) for place, column in enumerate(plain)]
    keys: Keys = digest_rows(views, group_of_row, tags, low, high)
    lists = [pair for pair in enumerate(columns) if pair[1].rows is not None and len(pair[1].cells)]
    if lists:
        chosen = np.flatnonzero(tags.take(group_of_row))
        place = np.full(batch.size, -1, np.intp)
        place[chosen] = np.arange(len(chosen))
        exact, alike = keys[:, 1] & EXACT, keys[:, 1] & ~EXACT
        for index, column in lists:
            rows, sums = _list_sums(index, column, secret)
            at = place[rows]
            at, sums = at[at >= 0], sums[at >= 0]
            keys[at, 0] += sums[:, 0]
            exact[at] += sums[:, 1]
            alike[at] += sums[:, 2]
        keys[:, 1] = (exact & EXACT) | alike
    return keys


def alike_rows(keys: Keys, key: Keys) -> NDArray[np.bool_]:
    """bool[n]: which keys of rows (uint64[n, 2]: the first words of ``row_keys``) are alike with one, uint64[2]."""
    found: NDArray[np.bool_] = ((keys ^ key) & np.array((~np.uint64(0), ~EXACT), np.uint64) == 0).all(axis=1)
    return found


def row_keys_in_parts(batch: Batch, tags: Keys, group_of_row: Rows, secret: Secret) -> Iterator[Keys]:
    """``row_keys`` of the rows, some at a time where all of them share their cells."""
    if any(column.codes is None for column in batch.columns):
        yield row_keys(batch, tags, group_of_row, secret)
        return
    low, high = secret[0] ^ 1, secret[1]
    views = [_view(place, column, low, high) for place, column in enumerate(batch.columns)]
    for first in range(0, batch.size, TOGETHER):
        some = slice(first, first + TOGETHER)
        part = [
            (data, start, end, None if codes is None else codes[some], digests)
            for data, start, end, codes, digests in views
        ]
        yield digest_rows(part, group_of_row[some], tags, low, high)


def _view(
    place: int, column: Column, low: int, high: int
) -> tuple[NDArray[np.uint8], Rows, Rows, Rows | None, Keys | None]:
    """What ``digest_rows`` takes of a column; cells that rows share are digested once."""
    cells, codes = column.cells, column.codes
    view = cells.data, cells.start, cells.end
    if codes is None or len(codes) < len(cells):
        return *view, codes, None
    known: Any = cells.memo.get("found", {})  # of a dictionary that comes again (sources.arrow.Dictionaries)
    digests = known.get(key := ("digests", place, low, high))
    if digests is None:
        digests = digest_cells(*view, place, low, high)
        if len(cells) <= KEPT:
            known[key] = digests
    return *view, codes, digests


def _list_sums(index: int, column: Column, secret: Secret) -> tuple[Rows, Keys]:
    """The rows that have list elements, ascending, and uint64[n, 3]: the sum of their digests, weighted by position.

    Elements are digested as cells are. Words 0 and 2 (the bits from ALIKE_FROM on) tell what is alike, word 1 (those
    below it) the rest. Elements that hold nothing add nothing: with an empty value a record says what it says without.
    """
    cells, rows = column.cells, column.rows
    assert rows is not None
    size = len(cells)
    with_nothing = Cells(
        cells.data, np.append(cells.start, np.int32(0)), np.append(cells.end, np.int32(0))
    )  # the last one
    view = with_nothing.data, with_nothing.start, with_nothing.end, None, None
    every, tag = np.zeros(size + 1, np.int32), np.ones(1, np.uint64)
    digests: Keys = digest_rows([view], every, tag, secret[0] ^ (index + 2), secret[1])
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    first = np.repeat(starts, np.diff(np.append(starts, size)))
    words = np.stack([digests[:, 0], digests[:, 1] & EXACT, digests[:, 1] & ~EXACT], axis=1)
    weights = (2 * (np.arange(size) - first) + 1).astype(np.uint64)
    told = words[:-1] != words[-1]
    told[:, 0] = told[:, 2] = told[:, 0] | told[:, 2]
    return rows[starts], np.add.reduceat(words[:-1] * (weights[:, None] * told), starts)
