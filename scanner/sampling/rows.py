"""Reads the drawn rows a second time: their cells, and where they lie in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scanner.columns.decision import Decision
from scanner.errors import ScannerError
from scanner.explaining.row_cells import cells_of_row, first_line
from scanner.model import Batch, Issue
from scanner.run import job, local
from scanner.scanning.records import Found, Job, masked, row_numbers, scan_batch
from scanner.tallies.row_facts import ColumnKey
from scanner.tallies.tally import TableKey, Tally

Decisions = Mapping[ColumnKey, Mapping[str, Decision]]
Wanted = Mapping[
    TableKey, frozenset[int]
]  # rows by table; an input has the number that it has in the document


class Value(NamedTuple):
    """An accepted value of a row, masked unless values are revealed."""

    label: str
    text: str


class Row(NamedTuple):
    """A drawn row. ``byte_offset``: where its first filled cell starts in the file's bytes, None where that has no
    meaning; ``cells``: (name of the column or its number from 0, text) of each filled cell, only if revealed;
    ``line``: its line in a spreadsheet, from 1 with the header."""

    byte_offset: int | None
    values: tuple[Value, ...]
    cells: tuple[tuple[str, str], ...]
    line: int = 0


def read_rows(
    paths: Sequence[str],
    options: job.Options,
    seeker: Job,
    decisions: Decisions,
    wanted: Wanted,
    inputs: Sequence[tuple[int, str, str | None]],
) -> dict[tuple[TableKey, int], Row]:
    """The wanted rows. ``inputs``: (number in the document, path, SHA-256) of each input of the job, in order.

    ScannerError where a file is not what it was when it was counted.
    """
    again = job.file_inputs(paths, options)
    if [item.record.path for item in again] != [path for _, path, _ in inputs]:
        raise ScannerError(
            "The files were renamed, added or removed while the sample was drawn; nothing was written."
        )
    rows: dict[tuple[TableKey, int], Row] = {}
    ends = [number for number, _, _ in inputs[1:]] + [1 << 62]
    for item, (number, path, sha256), end in zip(again, inputs, ends, strict=True):
        mine = {key: held for key, held in wanted.items() if number <= key[0] < end}
        if not mine:
            continue
        left = sum(len(held) for held in mine.values())
        reading = local.Reading(0, item.stream, item.finish, item.settle)
        while left and (taken := reading.take()) is not None:
            source, _, batch = taken
            key = (number + (source >> local.PART), getattr(getattr(batch, "table", None), "name", None))
            if isinstance(batch, Issue) or key not in mine:
                continue
            for row, place in _places(batch, mine[key]):
                found = _row(batch, place, key, seeker, decisions, options.reveal)
                rows[key, row] = found._replace(line=row + first_line(batch.table))
                left -= 1
        if not reading.done:
            reading.close()  # reads on to the end, so that the whole file is compared
        if left or item.record.sha256 != sha256:
            raise ScannerError(f"{path} changed while the sample was drawn; nothing was written.")
    return rows


def _places(batch: Batch, rows: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Each wanted row that is in the batch, with its place there."""
    if not batch.size:
        return
    here = row_numbers(batch, 0, np.arange(batch.size, dtype=np.int32))
    chosen = np.fromiter(rows, np.int64, len(rows))
    chosen = chosen[(chosen >= here[0]) & (chosen <= here[-1])]
    at = np.searchsorted(here, chosen)
    for row, place in zip(chosen.tolist(), at.tolist(), strict=True):
        if here[place] == row:
            yield row, place


def _row(batch: Batch, place: int, key: TableKey, seeker: Job, decisions: Decisions, reveal: bool) -> Row:
    columns = tuple(cells_of_row(column, place) for column in batch.columns)
    single = batch._replace(
        size=1,
        first_row=0,
        columns=columns,
        loose=None,
        loose_rows=None,
        rows=None,
        blank=0,
        locate=None,
    )
    values = [
        Value(item.detector.label, masked(item, position, reveal))
        for item in scan_batch(single, 0, seeker, Tally())
        if _accepted(item, key, decisions)
        for position in range(len(item.matches))
    ]
    shown = []
    for index, column in enumerate(columns if reveal else ()):
        name = batch.table.columns[index]
        texts = [column.cells.text(at) for at in range(len(column.cells))]
        if any(text.strip() for text in texts):
            shown.append((name or f"[{index}]", " | ".join(texts)))
    return Row(_offset(batch, place), tuple(dict.fromkeys(values)), tuple(shown))


def _accepted(item: Found, key: TableKey, decisions: Decisions) -> bool:
    decision = decisions.get((*key, item.column_index), {}).get(item.name)
    return decision is not None and decision.accepted


def _offset(batch: Batch, place: int) -> int | None:
    """Where the first filled cell of a row starts in the file."""
    if batch.locate is None:
        return None
    starts = [
        int(column.cells.start[place])
        for column in batch.columns
        if column.codes is None
        and column.rows is None
        and column.cells.end[place] > column.cells.start[place]
    ]
    return int(batch.locate(np.array(sorted(starts), np.int64)).min()) if starts else None
