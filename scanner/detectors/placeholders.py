"""Numbers that stand for no person: test numbers, fillers, documentation numbers (patterns/placeholders.toml)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.errors import PatternError
from scanner.kernels.placeholders import Listed
from scanner.model import Check

FILE = "placeholders.toml"
RISING, FALLING = "1234567890" * 4, "9876543210" * 4


class Tail(NamedTuple):
    """Numbers from ``least`` below ``end`` that, divided by ``free``, leave ``rest`` modulo ``modulus``."""

    free: int
    modulus: int
    rest: int
    least: int
    end: int


class Placeholders:
    """The placeholders of one label, as numbers; see ``kernels.placeholders``."""

    def __init__(self, exact: Iterable[int], spans: Sequence[tuple[int, int]], tails: Sequence[Tail]) -> None:
        self._listed = Listed(np.array(sorted(exact), np.uint64), spans, tails)

    def mark(self, numbers: NDArray[np.uint64], checks: NDArray[np.uint32]) -> None:
        """Sets PLACEHOLDER in ``checks`` uint32[n] where ``numbers`` uint64[n] has a placeholder."""
        self._listed.mark(numbers, checks, int(Check.PLACEHOLDER))


@cache
def placeholders(label: str, length: int = 0) -> Placeholders:
    """The placeholders of a label as their digits; ``length`` 18: as keys of identity numbers, 17 digits * 11 + check.

    With a length only placeholders of that many characters. PatternError for an entry that is not well formed.
    """
    exact: set[int] = set()
    spans: list[tuple[int, int]] = []
    tails: list[Tail] = []
    to_key = identity_key if length == 18 else int
    for number, entry in enumerate(knowledge.toml(FILE)["placeholder"], 1):
        try:
            if label not in entry["labels"]:
                continue
            kind = entry["kind"]
            if kind == "prefix":
                spans += [
                    _span(start, entry["length"], to_key)
                    for start in entry["numbers"]
                    if length in (0, entry["length"])
                ]
            elif kind == "tail":
                tails += _tails(entry)
            else:
                exact.update(to_key(text) for text in _numbers(entry) if length in (0, len(text)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PatternError(f"{FILE}: placeholder {number} is not well formed ({error}).") from error
    return Placeholders(exact, spans, tails)


def identity_key(text: str) -> int:
    """An 18-character identity number as ``resident_id`` keys it: 17 digits * 11 + the check value (X: 10)."""
    return int(text[:17]) * 11 + (10 if text[17] in "Xx" else int(text[17]))


def _span(start: str, length: int, to_key: Callable[[str], int]) -> tuple[int, int]:
    """The first key of the numbers of a length that begin so, and how many keys they span."""
    first, last = to_key(start.ljust(length, "0")), to_key(start.ljust(length, "9"))
    return first, last - first + (2 if to_key is identity_key else 1)  # X comes behind 9


def _numbers(entry: dict[str, Any]) -> Iterator[str]:
    """The numbers of an entry that lists them or gives a rule; ValueError for an unknown kind."""
    kind = entry["kind"]
    if kind == "exact":
        yield from entry["numbers"]
        return
    runs: dict[str, Callable[[int], Iterable[str]]] = {
        "one_digit": lambda size: (str(digit) * size for digit in range(1, 10)),
        "ascending": lambda size: (RISING[at : at + size] for at in range(9)),
        "descending": lambda size: (FALLING[at : at + size] for at in range(9)),
        "repeated_pair": lambda size: ((str(pair) * size)[:size] for pair in range(10, 100)),
    }
    if kind not in runs:
        raise ValueError(f"there is no kind '{kind}'")
    for size in entry["lengths"]:
        yield from runs[kind](size)


def _tails(entry: dict[str, Any]) -> Iterator[Tail]:
    """The tails of an entry, one a length; its digits are repeated as far as needed."""
    free = entry.get("free", 0)
    for size in entry["lengths"]:
        width = size - entry["after"] - free
        digits = (entry["digits"] * width)[:width]
        yield Tail(10**free, 10**width, int(digits), 10 ** (size - 1), 10**size)
