"""How many records are drawn, and from which stratum how many."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import NormalDist

from scanner.errors import ScannerError


def needed(population: int, confidence: float, margin: float) -> int:
    """How many of ``population`` records show a share to ± ``margin`` at ``confidence`` (both in percent).

    n0 = z² · 0.25 / e², and with the finite population n = n0 / (1 + (n0 - 1) / N), rounded up: W. G. Cochran,
    Sampling Techniques, 3rd ed. 1977, (4.1) and (4.2), at the share 0.5, where most are needed.
    """
    check(confidence, margin)
    z = NormalDist().inv_cdf(0.5 + confidence / 200)
    most = z * z * 0.25 / (margin / 100) ** 2
    size = most / (1 + (most - 1) / population) if population else 0.0
    return min(population, max(1, ceil(size - 1e-9))) if population else 0


def most_needed(confidence: float, margin: float) -> int:
    """The size that is enough for any population."""
    return needed(1 << 62, confidence, margin)


def check(confidence: float, margin: float = 5.0) -> None:
    """Raises ScannerError for percentages that mean nothing."""
    if not 0.5 <= confidence / 100 <= 0.99999:
        raise ScannerError(f"The confidence is {confidence:g} %, but must be from 50 to 99.999 %.")
    if not 0.001 <= margin / 100 <= 0.5:
        raise ScannerError(f"The margin is {margin:g} %, but must be from 0.1 to 50 %.")


def allocate(populations: Sequence[int], size: int, minimum: int = 1) -> list[int]:
    """How many of each stratum: in proportion to its population, ``minimum`` at least, all of it at most.

    Proportional shares are rounded down, and what is left goes to the largest remainders, earlier strata first
    (Hamilton). The minimum comes on top, so the sum may be more than ``size``.
    """
    total = sum(populations)
    size = min(size, total)
    shares = [size * population // total if total else 0 for population in populations]
    rest = [size * population % total if total else 0 for population in populations]
    for place in sorted(range(len(rest)), key=lambda place: (-rest[place], place))[: size - sum(shares)]:
        shares[place] += 1
    return [
        max(share, min(minimum, population)) for share, population in zip(shares, populations, strict=True)
    ]
