"""Objects whose keys are data though they look like names: ``{"王小明": "13800138000", …}``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_paths import Paths
from scanner.model import Bytes
from scanner.sources.dialect import Judge
from scanner.sources.dialect import Values as Test
from scanner.sources.json_tables import Values

LEAST = 8  # values below keys that are no names of fields
LEAST_SHARE = 0.9  # of them must be values that some detector knows
MOST_WORDS = 0.1  # of the keys may be header words
Keyed = Callable[[Sequence[str], Sequence[Sequence[str]]], bool]


def keyed_by(is_header_word: Judge, test: Test) -> Keyed:
    """Tells whether keys are data, by them and by the texts below each (those of a list, too).

    A thing has few fields that hold a value of a known kind, and most of their names are known words.
    """

    def are_data(keys: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
        if len(keys) < LEAST or sum(map(is_header_word, keys)) > MOST_WORDS * len(keys):
            return False
        told = iter(test([text for texts in below for text in texts]))
        known = [sum(next(told) for _ in texts) for texts in below]
        return sum(map(bool, known)) >= LEAST_SHARE * len(keys)

    return are_data


def texts_below(parts: Iterable[tuple[Bytes, Values]], paths: Paths, nodes: Sequence[int]) -> list[list[str]]:
    """The texts of some paths, and of the elements of lists that they are; ``parts``: of a text, each used at once."""
    place = {node: at for at, node in enumerate(nodes)}
    for node in range(2, paths.count):
        parent, kind, *_ = paths.step(node)
        if kind == "element" and parent in nodes:
            place[node] = place[parent]
    found: list[list[str]] = [[] for _ in nodes]
    for text, values in parts:
        copy, end = text.copy(), values.end.copy()
        unescape(copy, values.start, end)
        for node, first, stop in zip(values.node.tolist(), values.start.tolist(), end.tolist(), strict=True):
            if node in place:
                found[place[node]].append(copy[first:stop].tobytes().decode("utf-8", "replace"))
    return found
