"""Objects that hold a table column by column: ``{"name": [...], "phone": [...]}``; a row for each place in them."""

from __future__ import annotations

import numpy as np

from scanner.kernels.json_paths import Paths
from scanner.kernels.json_values import DAMAGED
from scanner.sources.json_tables import Values

LEAST_LISTS, LEAST_PLACES = 2, 8  # an object with fewer has several phones or the like
LEAST_SHARE = 0.9  # of its values must lie in such lists


def holds_columns(values: Values, paths: Paths) -> bool:
    """Does the first record hold a table column by column?"""
    if not len(values.records) or values.records[0, 3] == DAMAGED:
        return False
    return _rows(values.of_records(0, 1), paths) is not None


def by_place(values: Values, paths: Paths) -> Values:
    """The values, those of records that hold columns as records of their own: one for each place in their lists."""
    parts, total = [], 0
    for number in range(len(values.records)):
        part = values.of_records(number, number + 1)
        rows = None if part.records[0, 3] == DAMAGED else _rows(part, paths)
        if rows is None:
            rows = np.zeros(len(part.node), np.int32)
        order = np.argsort(rows, kind="stable")
        count = int(rows.max(initial=0)) + 1
        parts.append(
            (
                *(each[order] for each in (part.node, rows + np.int32(total), part.start, part.end)),
                np.repeat(part.records, count, 0),
            )
        )
        total += count
    return Values(*map(np.concatenate, zip(*parts, strict=True))) if parts else values


def _rows(record: Values, paths: Paths) -> np.ndarray[tuple[int], np.dtype[np.int32]] | None:
    """int32[values]: the place in its list of each value, 0 of others; None where the record is no table of columns."""
    nodes, counts = np.unique(record.node, return_counts=True)
    steps = [paths.step(node) for node in nodes.tolist()]
    listed = np.array(
        [kind == "element" and paths.step(parent)[1] == "named" for parent, kind, _, _, _ in steps], np.bool_
    )
    parents = {paths.step(parent)[0] for (parent, *_), one in zip(steps, listed, strict=True) if one}
    sizes = {*counts[listed].tolist()}
    if len(parents) != 1 or len(sizes) != 1 or listed.sum() < LEAST_LISTS or min(sizes) < LEAST_PLACES:
        return None
    if counts[listed].sum() < LEAST_SHARE * len(record.node):
        return None
    rows = np.zeros(len(record.node), np.int32)
    for node in nodes[listed].tolist():
        rows[record.node == node] = np.arange(min(sizes), dtype=np.int32)
    return rows
