"""Objects whose keys are data though they look like names: ``{"王小明": "13800138000", …}``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_paths import Paths
from scanner.model import Bytes
from scanner.sources.dialect import Judge
from scanner.sources.dialect import Values as Test
from scanner.sources.json_tables import Values

LEAST = 8  # values below keys that are no names of fields
LEAST_SHARE = 0.9  # of them must be values that some detector knows
MOST_WORDS = 0.1  # of the keys may be header words


class Knows(NamedTuple):
    """What is known of words and values: is a text a header word, and which of some texts are values as a whole?"""

    is_header_word: Judge
    test: Test


def are_data(keys: Sequence[str], below: Sequence[Sequence[str]], knows: Knows) -> bool:
    """Whether keys are data, by them and by the texts below each (those of a list, too).

    A thing has few fields that hold a value of a known kind, and most of their names are known words.
    """
    if len(keys) < LEAST or sum(map(knows.is_header_word, keys)) > MOST_WORDS * len(keys):
        return False
    told = iter(knows.test([text for texts in below for text in texts]))
    known = [sum(next(told) for _ in texts) for texts in below]
    return sum(map(bool, known)) >= LEAST_SHARE * len(keys)


def texts_of(text: Bytes, values: Values, which: NDArray[np.bool_]) -> list[str]:
    """The texts of some values."""
    start, end = values.start[which], values.end[which].copy()
    copy = text.copy()
    unescape(copy, start, end)
    return [
        copy[a:b].tobytes().decode("utf-8", "replace")
        for a, b in zip(start.tolist(), end.tolist(), strict=True)
    ]


def texts_below(parts: Iterable[tuple[Bytes, Values]], paths: Paths, nodes: Sequence[int]) -> list[list[str]]:
    """The texts of some paths, and of the elements of lists that they are; ``parts``: of a text, each used at once."""
    place = {node: at for at, node in enumerate(nodes)}
    for node in range(2, paths.count):
        parent, kind, *_ = paths.step(node)
        if kind == "element" and parent in nodes:
            place[node] = place[parent]
    found: list[list[str]] = [[] for _ in nodes]
    for text, values in parts:
        which = np.isin(values.node, list(place))
        for node, shown in zip(values.node[which].tolist(), texts_of(text, values, which), strict=True):
            found[place[node]].append(shown)
    return found
