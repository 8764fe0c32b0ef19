"""Chance as a hypothesis: how well counts of passes fit random digits (scanner/columns.py asks)."""

from __future__ import annotations

import math

FEW = 100  # above it a rate that is likelier than chance is beyond it, too
UNLIKELY = 0.02


def likelier_than_chance(valid: int, basis: int, chance: float) -> bool:
    """Do ``valid`` of ``basis`` passes fit an identifier column (pass rate q) better than random digits?

    q is half-way between chance and 1 but at least one half: up to about half of the identifiers may be damaged.
    """
    q = max(0.5, (1 + chance) / 2)
    failed = basis - valid
    return valid * math.log(q / chance) + failed * math.log((1 - q) / (1 - chance)) > 0


def beyond_chance(valid: int, basis: int, chance: float) -> bool:
    """Would so many of ``basis`` random numbers pass in fewer than one of fifty columns (``UNLIKELY``)?

    For columns of which most numbers are surely something else: a few of those that remain pass in many of them.
    """
    if basis > FEW:
        return True
    fewer = (math.comb(basis, k) * chance**k * (1 - chance) ** (basis - k) for k in range(valid))
    return 1 - sum(fewer) < UNLIKELY
