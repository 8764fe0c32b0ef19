"""Pairs of bytes that gates cannot do without, and their sorting into the buckets of ``kernels.gate``.

How common bytes are in dumps is estimated roughly; it decides speed only, never what is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

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
_LEAST = 1e-3
_PAIRS = _SHARES[:, None] * _SHARES[None, :] * _FOLLOWS[_KINDS[:, None], _KINDS[None, :]] + _LEAST
_MARKS = np.array([0xEF, 0xBC, 0xBC, 0xBC, 0xBC]), np.array([0xBC, 0x8C, 0x9A, 0x88, 0x89])  # ，：（）
_MORE = np.array([2000.0, 1000.0, 300.0, 300.0, 300.0]) - _PAIRS[_MARKS]
_PAIRS[_MARKS] += _MORE
_SHARES_BY_KIND = _SHARES[:, None] * (_KINDS[:, None] == np.arange(len(_FOLLOWS)))


class Trait(NamedTuple):
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
    return float(_PAIRS[[*firsts]][:, [*seconds]].sum())


def halves(accepts: Iterable[int], bit: int) -> NDArray[np.uint8]:
    """uint8[2, 16]: the bit for the low and the high half of each byte."""
    tables = np.zeros((2, 16), np.uint8)
    for byte in accepts:
        tables[0, byte & 15] |= bit
        tables[1, byte >> 4] |= bit
    return tables


def sorted_in(traits: Iterable[Trait]) -> dict[Trait, int]:
    """A bucket for each trait; where there are too many, those share one that lets through least in addition."""
    unique = list(dict.fromkeys(traits))
    found = {trait: ANY for trait in unique if not trait.firsts}
    for dense, first, room in ((False, 0, ORDINARY), (True, ORDINARY, ANY - ORDINARY)):
        groups = [[trait] for trait in unique if trait.dense == dense and trait.firsts]
        if len(groups) > room:
            groups = _joined(groups, room)
        for bucket, group in enumerate(groups):
            found |= dict.fromkeys(group, first + bucket)
    return found


def _joined(groups: list[list[Trait]], room: int) -> list[list[Trait]]:
    """The groups, two of them made one until there are no more than ``room``."""
    halved = np.array([_halved(trait) for (trait,) in groups])
    cost = _let_through(halved)
    added = np.full((len(groups), len(groups)), inf)
    for one in range(len(groups) - 1):
        added[one, one + 1 :] = _let_through(halved[one + 1 :] | halved[one]) - cost[one + 1 :] - cost[one]
    while len(groups) > room:
        one, other = divmod(int(np.argmin(added)), len(groups))  # of equal ones the first pair
        groups[one] = groups[one] + groups.pop(other)
        halved[one] |= halved[other]
        halved, cost = np.delete(halved, other, axis=0), np.delete(cost, other)
        added = np.delete(np.delete(added, other, axis=0), other, axis=1)
        both = _let_through(halved | halved[one])
        cost[one] = both[one]
        both -= cost + cost[one]
        added[one, one + 1 :], added[:one, one] = both[one + 1 :], both[:one]
    return groups


def _halved(trait: Trait) -> NDArray[np.bool_]:
    """bool[4, 16]: the low and the high halves of the first bytes, then of the second ones."""
    tables = (halves(trait.firsts, 1), halves(trait.seconds, 1))
    return np.concatenate(tables).astype(np.bool_)


def _let_through(halved: NDArray[np.bool_]) -> NDArray[np.float64]:
    """float64[n]: how much each bucket bool[n, 4, 16] lets through, as bytes are looked up by halves."""
    looked_up = halved[:, 1::2, :, None] & halved[:, ::2, None, :]
    firsts, seconds = looked_up.reshape(-1, 2, 256).astype(np.float64).swapaxes(0, 1)
    # The sum over all pairs of _PAIRS, by its parts.
    by_kind = (firsts @ _SHARES_BY_KIND @ _FOLLOWS) * (seconds @ _SHARES_BY_KIND)
    marks = (firsts[:, _MARKS[0]] * seconds[:, _MARKS[1]]) @ _MORE
    sums: NDArray[np.float64] = (
        by_kind.sum(axis=1) + marks + _LEAST * firsts.sum(axis=1) * seconds.sum(axis=1)
    )
    return sums
