"""What a row of a sheet is by its cells: a head that names columns, labels with their values beside them, or data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.sources.arrow import cells_of, kind_of, text_of
from scanner.sources.dialect import Judge, Values
from scanner.sources.header_rows import LEAST_WORDS, LONGEST_WORD, MARKS, names_columns

MOST_ROWS = 2  # of one head
FEW, FEW_SHARE = 64, 1 / 16  # rows of words that are judged wherever they stand
MOST_DIGITS = 2  # of a header word
ENDS = ":：" + MARKS + " \t　"  # what stands around a label
ZERO, NINE = ord("0"), ord("9")


def texts_of(rows: pa.RecordBatch | pa.Table) -> list[list[str]]:
    """The cells of rows as texts, row by row; empty where there are none."""
    columns = [
        _texts(each.combine_chunks() if isinstance(each, pa.ChunkedArray) else each) for each in rows.columns
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _texts(array: pa.Array) -> list[str]:
    cells = cells_of(text_of(array))
    raw = cells.data.tobytes()
    return [
        raw[start:end].decode("utf-8", "replace")
        for start, end in zip(cells.start.tolist(), cells.end.tolist(), strict=True)
    ]


def is_text(rows: pa.RecordBatch | pa.Table) -> bool:
    """Whether all columns hold text."""
    return all(kind_of(each) == "text" and not pa.types.is_dictionary(each) for each in rows.schema.types)


def without_end(names: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """Names without the columns at the end that have none."""
    kept = max((at + 1 for at, name in enumerate(names) if name), default=0)
    return names[:kept]


def is_label(cell: str, is_header_word: Judge) -> bool:
    """Whether a cell names the one beside it."""
    return len(cell) <= LONGEST_WORD and is_header_word(cell.strip(ENDS))


def heads(
    batch: pa.RecordBatch, places: NDArray[np.int64] | None, is_header_word: Judge, values: Values
) -> list[tuple[int, int]]:
    """Where heads lie in a batch (columns of strings or binary): the first row of each, and the one behind it.

    A head has one row or two, and a row below it in the batch that is none; where more are alike they are data, as in a
    list of columns and their meanings. ``places``: of the rows in the sheet, where they are told.
    """
    named = [
        at
        for at in may_name(batch, places, is_header_word).tolist()
        if names_columns(texts_of(batch.slice(at, 1))[0], is_header_word, values)
    ]
    runs: list[tuple[int, int]] = []
    for at in named:
        if runs and runs[-1][1] == at and (places is None or places[at] - places[at - 1] == 1):
            runs[-1] = runs[-1][0], at + 1
        else:
            runs.append((at, at + 1))
    begun = {first for first, _ in runs} | {batch.num_rows}
    return [(first, stop) for first, stop in runs if stop - first <= MOST_ROWS and stop not in begun]


def may_name(
    batch: pa.RecordBatch, places: NDArray[np.int64] | None, is_header_word: Judge
) -> NDArray[np.int64]:
    """int64: the rows with two filled cells and more, all of them short and without a number.

    Where very many rows are so, judging them all would take long: then only those that begin with a header word, if
    their beginnings are few, and those behind a blank row or one of a single cell.
    """
    size = batch.num_rows
    filled = np.zeros(size, np.int64)
    maybe = np.arange(size)
    columns = [cells_of(text_of(array)) for array in batch.columns]
    for cells in columns:
        filled += cells.end > cells.start
    maybe = maybe[filled >= LEAST_WORDS]
    for cells in columns:
        length = cells.end[maybe] - cells.start[maybe]
        maybe, length = maybe[length <= LONGEST_WORD], length[length <= LONGEST_WORD]
        if not len(maybe):
            break
        maybe = maybe[~_numbers(cells.data, cells.start[maybe], length)]
    if len(maybe) > max(FEW, size * FEW_SHARE):
        apart = np.ones(size, np.bool_)
        apart[1:] = filled[:-1] < LEAST_WORDS
        if places is not None:
            apart[1:] |= np.diff(places) > 1
        first = [next(filter(None, map(str.strip, row)), "") for row in texts_of(batch.take(pa.array(maybe)))]
        if len({*first}) <= FEW:
            apart[maybe] |= np.array([is_header_word(cell) for cell in first])
        maybe = maybe[apart[maybe]]
    return maybe


def _numbers(
    data: NDArray[np.uint8], start: NDArray[np.int32], length: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether short cells begin with a digit or hold more than two."""
    found = np.zeros(len(start), np.int64)
    for at in range(int(length.max(initial=0))):
        which = np.flatnonzero((length > at) & (found <= MOST_DIGITS))
        if not len(which):
            break
        there = data[start[which] + at]
        found[which] += ((there >= ZERO) & (there <= NINE)) * (1 if at else MOST_DIGITS + 1)
    return found > MOST_DIGITS


def pairs(row: Sequence[str], label: Callable[[str], bool]) -> list[tuple[str, list[str]]] | None:
    """The labels of a row with the cells behind each up to the next; None where it is no row of labels and values.

    It is one if its first cell that is filled is a label, and no label stands directly behind another but where its
    place is left open (an empty cell between them). Labels are without what stands around them.
    """
    found: list[tuple[str, list[str]]] = []
    before = -1  # the place of the last label as long as nothing followed it
    for place, cell in enumerate(row):
        text = cell.strip()
        if not text:
            continue
        if label(text):
            if before == place - 1 and found:
                return None
            found.append((text.strip(ENDS), []))
            before = place
        elif not found:
            return None
        else:
            found[-1][1].append(text)
            before = -1 - len(row)
    return found or None
