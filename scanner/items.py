"""The lines of the itemised annex: a second reading of the files that hold records at the upper tiers.

Only whole-column counts decide which rows count, so they are known when a scan is over. A row is found again by the
digest of its content; detectors look at these rows alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.errors import SourceError
from scanner.explaining.row_cells import first_line
from scanner.model import Batch, Cells, Column, Issue, check_names
from scanner.run import job, local
from scanner.scanning.plausible import filled_cells, plausible_cells
from scanner.scanning.records import Found, expand, masked, row_numbers, scan_batch
from scanner.sources.file import STDIN
from scanner.store.keys import row_keys
from scanner.summary.upper_tiers import Records
from scanner.tallies.tally import TableKey, Tally

Rows = NDArray[np.int32]
SLICE = 8192  # rows that are looked at together: what is made of them is many objects


class Value(NamedTuple):
    """An accepted value, masked unless values are revealed; ``checks`` as in the findings."""

    label: str
    text: str
    checks: str


class Item(NamedTuple):
    """One row that is a listed record.

    ``record``: its place among the records; ``listed``: that of its category; ``source``: of its input in the
    document; ``row`` counts from 0 without the header, ``line`` from 1 with it; ``columns``: header, or number, of the
    filled columns whose role a category may follow from.
    """

    record: int
    listed: int
    source: int
    table: str | None
    row: int
    line: int
    values: tuple[Value, ...]
    columns: tuple[str, ...]


def items(
    result: job.Result, inputs: Sequence[job.Input], options: job.Options, records: Records
) -> Iterator[Item]:
    """All rows of the records in the order of the inputs. ``inputs``: those of the job.

    SourceError where a file is no longer what it was when it was counted, or was standard input.
    """
    entries = result.scanned.entries
    tables: dict[int, set[TableKey]] = defaultdict(set)
    for key in records.tables:
        tables[entries.inputs[key[0]]].add(key)
    for index, wanted in sorted(tables.items()):
        yield from _of_file(index, inputs[index].record.path, wanted, result, options, records)


def _of_file(
    index: int, path: str, wanted: set[TableKey], result: job.Result, options: job.Options, records: Records
) -> Iterator[Item]:
    if path == STDIN:
        raise SourceError("standard input can be read only once, so its records cannot be itemised")
    entries = result.scanned.entries
    own = entries.numbers[index]
    (again,) = job.file_inputs([path], replace(options, acquired=(), sold=()))
    reading = local.Reading(index, again.stream, again.finish, again.settle)
    while (taken := reading.take()) is not None:
        number, _, batch = taken
        reading.settle()
        if isinstance(batch, Issue) or not batch.size or not batch.columns:
            continue
        key = (entries.numbers.get(number, -1), batch.table.name)
        if key in wanted:
            yield from _of_batch(batch, key, result, options, records)
    if reading.failure:
        raise SourceError(f"{path} {reading.failure}: its records, which were counted, cannot be itemised")
    if again.record.sha256 != entries.records[own].sha256:
        raise SourceError(f"{path} changed after it was counted, so its records cannot be itemised")


def _of_batch(
    batch: Batch, key: TableKey, result: job.Result, options: job.Options, records: Records
) -> Iterator[Item]:
    every = np.ones(1, np.uint64), np.zeros(batch.size, np.int32)
    digests = row_keys(batch, *every, result.job.secret)[:, :2]
    places = records.find(digests)
    rows = np.flatnonzero(places >= 0).astype(np.int32)
    for begin in range(0, len(rows), SLICE):
        yield from _of_rows(batch, rows[begin : begin + SLICE], places, key, result, options, records)


def _of_rows(
    batch: Batch,
    rows: Rows,
    places: NDArray[np.int64],
    key: TableKey,
    result: job.Result,
    options: job.Options,
    records: Records,
) -> Iterator[Item]:
    small = part(batch, rows)
    found = scan_batch(small, 0, result.job, Tally())
    values = _values(found, key, result, options.reveal)
    columns = _columns(small, found, key, result)
    first = first_line(batch.table)
    numbers = row_numbers(small, 0, np.arange(len(rows), dtype=np.int32)).tolist()
    for at, (row, place) in enumerate(zip(numbers, places[rows].tolist(), strict=True)):
        listed = int(records.listed[place])
        yield Item(place, listed, *key, row, row + first, tuple(values[at]), tuple(columns[at]))


def part(batch: Batch, rows: Rows) -> Batch:
    """Some rows of a batch (ascending), as a batch of their own."""
    return batch._replace(
        size=len(rows),
        columns=tuple(_cells(column, rows) for column in batch.columns),
        loose=None,
        loose_rows=None,
        rows=row_numbers(batch, 0, rows),
        blank=0,
        locate=None,
    )


def _cells(column: Column, rows: Rows) -> Column:
    cells = column.cells
    if column.codes is not None:
        return Column(Cells(cells.data, cells.start, cells.end), codes=column.codes[rows])
    if column.rows is None:
        return Column(Cells(cells.data, cells.start[rows], cells.end[rows]))
    at = np.minimum(np.searchsorted(rows, column.rows), len(rows) - 1).astype(np.int32)
    keep = rows[at] == column.rows
    return Column(Cells(cells.data, cells.start[keep], cells.end[keep]), rows=at[keep])


def _values(
    found: Sequence[Found], key: TableKey, result: job.Result, reveal: bool
) -> defaultdict[int, list[Value]]:
    """The accepted values of each row, by column and place in the cell; without placeholders."""
    lines: list[tuple[int, int, int, Value]] = []
    for item in found:
        if not _accepted(item, key, result):
            continue
        start, checks = item.matches.start.tolist(), item.matches.checks.tolist()
        at, rows = expand(item)
        texts: dict[int, Value] = {}
        for position, row in zip(at.tolist(), rows.tolist(), strict=True):
            if item.telling is not None and not item.telling[position]:
                continue
            if position not in texts:
                text = masked(item, position, reveal)
                texts[position] = Value(item.detector.label, text, _names(checks[position]))
            lines.append((row, item.column_index, start[position], texts[position]))
    values: defaultdict[int, list[Value]] = defaultdict(list)
    for row, _, _, value in sorted(lines):
        values[row].append(value)
    return values


_names = lru_cache(maxsize=4096)(check_names)


def _accepted(item: Found, key: TableKey, result: job.Result) -> bool:
    decision = result.decisions[*key, item.column_index].get(item.name)
    return decision is not None and decision.accepted


def _columns(
    batch: Batch, found: Sequence[Found], key: TableKey, result: job.Result
) -> defaultdict[int, list[str]]:
    """For each row the columns that a category may follow from by their role, and that hold no accepted value."""
    telling = {item.column_index for item in found if _accepted(item, key, result)}
    names: defaultdict[int, list[str]] = defaultdict(list)
    for index, (column, role) in enumerate(zip(batch.columns, result.scanned.roles[key], strict=True)):
        if role not in result.job.fact_roles or index in telling:
            continue
        full = filled_cells(column.cells)[0]
        sound = plausible_cells(column.cells, full, role)
        column.cells.memo.clear()
        header = batch.table.columns[index]
        if column.codes is not None:
            held = np.flatnonzero((column.codes >= 0) & np.append(sound, False)[column.codes])
        else:
            held = (
                np.flatnonzero(sound)
                if column.rows is None
                else ascending(column.rows[sound].astype(np.intp))
            )
        for row in held.tolist():
            names[row].append(str(index) if header is None else header)
    return names
