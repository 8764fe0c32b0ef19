"""Objects in lists that only hold lists of records: ``[{"type": "table", "data": [{…}, …]}]``, groups of members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from scanner.kernels.json_paths import Paths
from scanner.kernels.json_values import DAMAGED, SINGLE, Reader
from scanner.model import Bytes
from scanner.sources.json_keys import Knows, texts_of
from scanner.sources.json_tables import Values

LEVELS = 6  # of containers around such an object
LEAST_WORDS = 2  # header words among the keys of records
LEAST_EACH = 4  # records in a list of such an object: things have fewer phones
SHAPE = ["element", "named", "element"]  # the last steps to an object in a list in an object in a list
Read = Callable[[int], tuple[Reader, Iterable[tuple[Bytes, Values]]]]  # a text, by which levels are unfolded


def unfolded_levels(read: Read, knows: Knows) -> int:
    """Bit d: objects in lists at depth d are no records, but the records in the lists that they hold are.

    So it is where they hold nothing of a known kind themselves, and several records each that do.
    """
    unfolded = 0
    for _ in range(LEVELS):
        found = next(
            (levels for levels in _levels(read, unfolded, knows) if _is_around(read, levels, knows)), 0
        )
        if not found:
            break
        unfolded = found
    return unfolded


def may_hold_lists(paths: Paths) -> bool:
    """Whether objects in a list may hold lists: asked before all that takes longer."""
    return any(_steps(paths, node)[-3:] == SHAPE for node in range(2, paths.count))


def _levels(read: Read, unfolded: int, knows: Knows) -> list[int]:
    """Levels with those above them, whose objects hold lists of objects with header words as keys, some for each."""
    reader, parts = read(unfolded)
    rows = [(values.node.copy(), values.record.copy()) for _, values in parts]
    paths = reader.paths
    words: Counter[int] = Counter()
    for node in range(2, paths.count):
        parent, kind, key, *_ = paths.step(node)
        if kind == "named" and paths.step(parent)[1] == "element":
            words[parent] += knows.is_header_word(key.decode("utf-8", "replace"))
    levels: dict[int, list[int]] = {}
    for node, count in words.items():
        steps = _steps(paths, node)
        if count >= LEAST_WORDS and steps[-3:] == SHAPE and len(steps) - 2 <= LEVELS:
            around = sum(2 << place for place, kind in enumerate(steps[:-2]) if kind == "element")
            levels.setdefault(unfolded | around, []).append(node)
    found = []
    for further, nodes in sorted(levels.items()):
        inside = np.array([_below(paths, node, nodes) for node in range(paths.count)], np.bool_)
        holders = sum(len(np.unique(record[inside[node]])) for node, record in rows)
        if further != unfolded and _records(read, further) >= LEAST_EACH * max(holders, 1):
            found.append(further)
    return found


def _records(read: Read, unfolded: int) -> int:
    """How many records there are that are no runs of values around others."""
    _, parts = read(unfolded)
    return sum(int(np.isin(part.records[:, 3], (SINGLE, DAMAGED), invert=True).sum()) for _, part in parts)


def _is_around(read: Read, unfolded: int, knows: Knows) -> bool:
    """Whether values of a known kind lie in records that are so found, and none beside these."""
    _, parts = read(unfolded)
    outside: list[str] = []
    inside: list[str] = []
    for text, values in parts:
        runs = (values.records[:, 3] == SINGLE)[values.record]
        outside += texts_of(text, values, runs)
        inside += texts_of(text, values, ~runs)
    return not any(knows.test(outside)) and sum(knows.test(inside)) >= LEAST_EACH


def _steps(paths: Paths, node: int) -> list[str]:
    """The kinds of the steps to a path."""
    kinds: list[str] = []
    while node > 1:
        node, kind, *_ = paths.step(node)
        kinds.append(kind)
    return kinds[::-1]


def _below(paths: Paths, node: int, above: list[int]) -> bool:
    """Whether a path is one of some, or lies below one."""
    while node > 1:
        if node in above:
            return True
        node = paths.step(node)[0]
    return False
