"""Objects that hold a table column by column: a row for each place in their columns.

A column is a list, ``{"name": [...], "phone": [...]}``, or an object whose keys are the same in all of them, as data
frames are written, ``{"name": {"0": ..., "1": ...}, "phone": {"0": ..., "1": ...}}``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.json_paths import Paths
from scanner.kernels.json_values import DAMAGED
from scanner.model import Bytes
from scanner.sources.json_tables import Step, Values

DEPTHS = (2, 3, 4)  # of columns: in the outermost object, in one within it, or in one within that
LEAST_COLUMNS, LEAST_PLACES = 2, 8  # an object with fewer has several phones or the like
LEAST_SHARE = 0.9  # of its values must lie in such columns
FIELDS = 256  # values below different keys of an object, of which each is a record then
DATA = re.compile(rb"[0-9]{5}|@")  # in keys that are no names, as ``json_records`` knows them
Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]


def holds_columns(values: Values, paths: Paths, text: Bytes) -> bool:
    """Does the first record hold a table column by column? ``text``: where the values lie, without escapes."""
    if not len(values.records) or values.records[0, 3] == DAMAGED:
        return False
    return _rows(values.of_records(0, 1), paths, text) is not None


def by_place(values: Values, paths: Paths, text: Bytes) -> Values:
    """The values, those of records that hold columns as records of their own: one for each place in their columns."""
    parts, total = [], 0
    for number in range(len(values.records)):
        part = values.of_records(number, number + 1)
        found = None if part.records[0, 3] == DAMAGED else _rows(part, paths, text)
        rows, kept = found or (np.zeros(len(part.node), np.int32), part.end > part.start)
        order = np.flatnonzero(kept)
        order = order[np.argsort(rows[order], kind="stable")]
        count = int(rows.max(initial=0)) + 1
        parts.append(
            (
                *(each[order] for each in (part.node, rows + np.int32(total), part.start, part.end)),
                np.repeat(part.records, count, 0),
            )
        )
        total += count
    return Values(*map(np.concatenate, zip(*parts, strict=True))) if parts else values


def _rows(record: Values, paths: Paths, text: Bytes) -> tuple[Numbers, Flags] | None:
    """int32[values]: the place of each value in its column, 0 of others; which of them are cells of a table.

    None where the record is no table of columns. Cells are all but those that are empty, and of the keys of places
    those of the first column.
    """
    if len(record.node) < LEAST_COLUMNS * LEAST_PLACES:
        return None
    nodes, which = np.unique(record.node, return_inverse=True)
    steps = [paths.step(node) for node in range(paths.count)]
    column = np.array([_column(steps, node) for node in nodes.tolist()], np.int32)
    begins = np.array([_begins(steps, node) for node in nodes.tolist()], np.bool_) & (column >= 0)
    of_column, starts = column[which], begins[which]
    columns, sizes = np.unique(of_column[starts], return_counts=True)
    held = of_column >= 0
    if len({steps[steps[node][0]][0] for node in columns.tolist()}) != 1 or len({*sizes.tolist()}) != 1:
        return None
    if len(columns) < LEAST_COLUMNS or sizes[0] < LEAST_PLACES or held.sum() < LEAST_SHARE * len(held):
        return None
    rows = np.zeros(len(held), np.int32)
    is_key = np.array([steps[node][1] == "key" for node in nodes.tolist()], np.bool_)[which] & starts
    keys: list[bytes] = []
    for node in columns.tolist():
        at = np.flatnonzero(of_column == node)
        rows[at] = np.cumsum(starts[at]) - 1
        keyed = at[is_key[at]]
        if rows[at[0]] < 0:
            return None
        if len(keyed):
            keys.append(_joined(text, record.start[keyed], record.end[keyed]))
    names = [steps[steps[node][0]][2] for node in columns.tolist()]
    if keys and (
        len(keys) < len(columns) or len({*keys}) > 1 or not _are_places(keys[0], int(sizes[0]), names)
    ):
        return None
    return rows, (record.end > record.start) & ~(is_key & (of_column != columns[0]))


def _column(steps: Sequence[Step], node: int) -> int:
    """The path of the elements of the outermost list, or of the values below the outermost keys that are data, that a
    path lies in or is; -1 where it lies in none, or in one that has no name."""
    found = -1
    while node > 1:
        if steps[node][1] in ("element", "any"):
            found = node if steps[steps[node][0]][1] == "named" else -1
        node = steps[node][0]
    return found


def _begins(steps: Sequence[Step], node: int) -> bool:
    """Do values of a path begin a place of their column: are they its elements, or its keys?"""
    parent, kind, *_ = steps[node]
    return kind == "element" or (
        kind == "key" and steps[parent][1] == "any" and _column(steps, node) == parent
    )


def _joined(text: Bytes, start: Numbers, end: Numbers) -> bytes:
    """Keys, each behind another."""
    size = (end - start).astype(np.int64) + 1
    edge = np.cumsum(size)
    at = np.arange(int(edge[-1])) + np.repeat(start - (edge - size), size)
    found: Bytes = text[np.minimum(at, len(text) - 1)]
    found[edge - 1] = ord("\n")
    return found.tobytes()


def _are_places(keys: bytes, count: int, names: Sequence[bytes]) -> bool:
    """Are the keys of columns places in them, not what fields of things are called?

    They are whole numbers, or data, or more than a thing has fields; and more than there are columns where these have
    numbers.
    """
    if all(name.isdigit() for name in names) and count <= len(names):
        return False
    return count >= FIELDS or all(key.isdigit() or DATA.search(key) for key in keys.splitlines())
