"""Pairs of bytes that gates cannot do without, and their sorting into the buckets of ``kernels.gate``.

How common bytes are in dumps is estimated roughly; it decides speed only, never what is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import inf

import numpy as np
from numpy.typing import NDArray

ORDINARY = 13  # buckets of traits; then come those of dense ones, and one for sequences without
ANY = 15

# Kinds of bytes: digits, letters, other ASCII, first bytes of Chinese characters, other first bytes, later bytes.
_KINDS = np.zeros(256, np.int64)
_KINDS[0:128] = 2
_KINDS[0x30:0x3A] = 0
_KINDS[0x41:0x5B] = _KINDS[0x61:0x7B] = 1
_KINDS[0x80:0xC0] = 5
_KINDS[0xC0:] = 4
_KINDS[0xE4:0xEA] = 3
_SHARES = np.array([5.0, 1.0, 0.5, 6.0, 2.0, 1.0])[_KINDS]
_SHARES[0x41:0x5B] = 0.4
_SHARES[[0xEF, 0xBC]] = 40.0, 8.0  # full-width punctuation
# How likely a kind follows another, against chance.
_FOLLOWS = np.array(
    [
        [2.0, 0.3, 1.0, 0.2, 0.2, 0.0],
        [0.3, 3.0, 1.0, 0.1, 0.1, 0.0],
        [0.5, 0.3, 0.3, 0.2, 0.1, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.5],
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.5],
        [0.1, 0.05, 0.1, 0.5, 0.5, 0.8],
    ]
)
_PAIRS = _SHARES[:, None] * _SHARES[None, :] * _FOLLOWS[_KINDS[:, None], _KINDS[None, :]] + 1e-3
_PAIRS[0xEF, 0xBC], _PAIRS[0xBC, 0x8C], _PAIRS[0xBC, 0x9A] = 2000.0, 1000.0, 300.0  # ，：


@dataclass(frozen=True, slots=True)
class Trait:
    """Two neighbouring bytes that a sequence cannot do without; none where it has no two certain ones.

    ``dense``: at least eleven such pairs in line.
    """

    firsts: frozenset[int]
    seconds: frozenset[int]
    dense: bool
    frequency: float


NO_TRAIT = Trait(frozenset(), frozenset(), False, inf)


def frequency(firsts: Iterable[int], seconds: Iterable[int]) -> float:
    """How common it is that one of the first bytes and then one of the second occurs."""
    return float(_PAIRS[np.ix_(list(firsts), list(seconds))].sum())


def halves(accepts: Iterable[int], bit: int) -> NDArray[np.uint8]:
    """uint8[2, 16]: the bit for the low and the high half of each byte."""
    tables = np.zeros((2, 16), np.uint8)
    for byte in accepts:
        tables[0, byte & 15] |= bit
        tables[1, byte >> 4] |= bit
    return tables


@lru_cache(maxsize=1 << 12)
def _looked_up(accepts: frozenset[int]) -> NDArray[np.int64]:
    """The bytes that a look-up by halves takes for those."""
    lows, highs = {byte & 15 for byte in accepts}, {byte >> 4 for byte in accepts}
    return np.array(sorted(16 * high + low for high in highs for low in lows), np.int64)


def sorted_in(traits: Iterable[Trait]) -> dict[Trait, int]:
    """A bucket for each trait; where there are too many, those share one that lets through least in addition."""
    unique = list(dict.fromkeys(traits))
    found = {trait: ANY for trait in unique if not trait.firsts}
    for dense, first, room in ((False, 0, ORDINARY), (True, ORDINARY, ANY - ORDINARY)):
        groups = [[trait] for trait in unique if trait.dense == dense and trait.firsts]
        cost = [_cost(group) for group in groups]
        added = {
            (one, other): _cost(groups[one] + groups[other]) - cost[one] - cost[other]
            for one, other in combinations(range(len(groups)), 2)
        }
        while len(groups) > room:
            one, other = min(added, key=lambda pair: added[pair])
            groups[one] = groups[one] + groups.pop(other)
            cost.pop(other)
            cost[one] = _cost(groups[one])
            # Groups behind the one that is gone have moved up by one.
            added = {
                (low - (low > other), high - (high > other)): value
                for (low, high), value in added.items()
                if other not in (low, high)
            }
            for each in (each for each in range(len(groups)) if each != one):
                pair = (min(one, each), max(one, each))
                added[pair] = _cost(groups[pair[0]] + groups[pair[1]]) - cost[pair[0]] - cost[pair[1]]
            added = dict(sorted(added.items()))  # of equal ones the first pair
        for bucket, group in enumerate(groups):
            found |= dict.fromkeys(group, first + bucket)
    return found


def _cost(group: list[Trait]) -> float:
    """How much a bucket of these traits lets through."""
    firsts = _looked_up(frozenset[int]().union(*(trait.firsts for trait in group)))
    seconds = _looked_up(frozenset[int]().union(*(trait.seconds for trait in group)))
    return float(_PAIRS[np.ix_(firsts, seconds)].sum())
