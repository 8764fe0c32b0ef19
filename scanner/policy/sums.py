"""The proportional sum: records by tier, S, and the level it reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from scanner.policy.policies import Mapped

Level = Literal["below", "serious", "especially_serious"]
LEVELS: tuple[Level, ...] = ("below", "serious", "especially_serious")


class Limits(NamedTuple):
    """From where on a sum reaches the standard, and its tenfold where the policy knows one."""

    serious: int
    especially: int | None


class Sold(NamedTuple):
    """What was sold or provided, by the insider's standard, beside the union by the general one."""

    score: int
    limits: Limits
    level: Level
    arithmetic: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report."""
        return {
            "score": self.score,
            "serious": self.limits.serious,
            "especially_serious": self.limits.especially,
            "level": self.level,
            "arithmetic": self.arithmetic,
        }


class Reading(NamedTuple):
    """One reading: ``counts`` records per tier (times recipients), the sum ``score`` and its ``level``.

    ``sold``: for an insider with sets, the sold part by itself; the level is the graver of the two.
    """

    counts: dict[int, int]
    score: int
    level: Level
    arithmetic: str
    sold: Sold | None = None

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report: n50, n500, n5000 (or the policy's sizes), score, level, arithmetic, sold."""
        counts = {f"n{tier}": count for tier, count in self.counts.items()}
        found = {**counts, "score": self.score, "level": self.level, "arithmetic": self.arithmetic}
        return found if self.sold is None else {**found, "sold": self.sold.to_dict()}


class Rows(NamedTuple):
    """What is summed: (what it holds, how many). ``once``: counted once; ``times``: multiplied by ``factor``.

    ``weights``: what a record of each tier adds, in the order of the tiers; ``limits``: for the whole sum;
    ``sold``: limits for ``times`` alone, where those differ.
    """

    weights: dict[int, int]
    once: list[tuple[tuple[Mapped, ...], int]]
    times: list[tuple[tuple[Mapped, ...], int]]
    factor: int
    limits: Limits
    sold: Limits | None = None

    def all(self) -> Iterator[tuple[tuple[Mapped, ...], int]]:
        """All rows, before the factor."""
        yield from self.once
        yield from self.times

    def reading(self, tier_of: Callable[[Mapped], int]) -> Reading:
        """The sum where each record counts once, at the highest tier (the smallest size) of what it holds."""
        once, times = self._counted(self.once, tier_of), self._counted(self.times, tier_of)
        counts = {tier: once[tier] + times[tier] * self.factor for tier in self.weights}
        score = sum(self.weights[tier] * count for tier, count in counts.items())
        level = level_of(score, self.limits)
        arithmetic = f"{self._terms(once, times)} = {score} {relation(score, self.limits)}"
        if self.sold is None:
            return Reading(counts, score, level, arithmetic)
        part = sum(self.weights[tier] * count * self.factor for tier, count in times.items())
        shown = f"{self._terms(dict.fromkeys(self.weights, 0), times)} = {part} {relation(part, self.sold)}"
        sold = Sold(part, self.sold, level_of(part, self.sold), shown)
        return Reading(counts, score, max(level, sold.level, key=LEVELS.index), arithmetic, sold)

    def _counted(
        self, rows: list[tuple[tuple[Mapped, ...], int]], tier_of: Callable[[Mapped], int]
    ) -> dict[int, int]:
        counts = dict.fromkeys(self.weights, 0)
        for held, count in rows:
            tier = min((size for each in held if (size := tier_of(each))), default=0)
            if tier:
                counts[tier] += count
        return counts

    def _terms(self, once: dict[int, int], times: dict[int, int]) -> str:
        """The sum written out. Art. 11(2) multiplies counts; the factor is shown, so that they can be found again."""
        terms = []
        for tier, weight in self.weights.items():
            if self.factor == 1:
                shown, several = f"{once[tier] + times[tier]}", False
            elif once[tier]:
                shown, several = f"{once[tier]} + {times[tier]}×{self.factor}", True
            else:
                shown, several = f"{times[tier]}×{self.factor}", True
            bracketed = f"({shown})" if several else shown
            terms.append(f"{weight}×{bracketed}" if weight > 1 else shown)
        return " + ".join(terms)


def level_of(value: int, limits: Limits) -> Level:
    """The level of a sum; 以上 includes the number itself (刑法 Art. 99)."""
    if limits.especially is not None and value >= limits.especially:
        return "especially_serious"
    return "serious" if value >= limits.serious else "below"


def relation(value: int, limits: Limits) -> str:
    """The comparison that gave the level, in plain digits."""
    if value < limits.serious:
        return f"< {limits.serious}"
    if limits.especially is None:
        return f"≥ {limits.serious}"
    if value >= limits.especially:
        return f"≥ {limits.especially}"
    return f"≥ {limits.serious}, < {limits.especially}"
