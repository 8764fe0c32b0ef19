"""The exact interval of a share from a sample, by C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p
from typing import NamedTuple

TINY = 1e-300
STEPS = 60  # of the bisection: an end is right to 1e-18


class Interval(NamedTuple):
    """From ``low`` to ``high``, both shares from 0 to 1."""

    low: float
    high: float


@lru_cache(maxsize=1 << 14)  # readings and tiers ask for the same ones again
def clopper_pearson(found: int, checked: int, confidence: float) -> Interval:
    """The shares under which ``found`` of ``checked`` is not too rare; ``confidence`` in percent.

    Each end leaves half of what the confidence leaves: P(X >= found | low) = P(X <= found | high) = alpha / 2 for the
    binomial X. Nothing checked tells nothing: 0 to 1. It covers the truth at least as often as it says, also where
    records are drawn without being put back, as here.
    """
    if not 0 <= found <= checked:
        raise ValueError(f"{found} of {checked} cannot be found")
    tail = (1 - confidence / 100) / 2
    low = _solve(found, checked - found + 1, tail) if found else 0.0
    high = _solve(found + 1, checked - found, 1 - tail) if found < checked else 1.0
    return Interval(low, high)


def _solve(a: int, b: int, area: float) -> float:
    """The x at which the incomplete beta function of a and b is ``area``, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if incomplete_beta(a, b, middle) < area:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), a and b > 0; P(X >= a) of the binomial of a + b - 1 at x.

    By its continued fraction (NIST Digital Library of Mathematical Functions, 8.17.22), taken by Lentz's method from
    the side on which it converges fast.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """1 / (1 + d1 / (1 + d2 / (1 + …))), until a step changes nothing."""
    value = numerator = 1.0
    denominator = _away(1 - (a + b) * x / (a + 1))
    denominator = 1 / denominator
    value = denominator
    m = 0
    while True:
        m += 1
        for d in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / _away(1 + d * denominator)
            numerator = _away(1 + d / numerator)
            value *= denominator * numerator
        if abs(denominator * numerator - 1) < 1e-15 or m > 100_000:
            return value


def _away(value: float) -> float:
    """``value``, but never so near to 0 that it cannot be divided by."""
    return value if abs(value) > TINY else TINY
