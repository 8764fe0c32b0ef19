"""What the answers say of the whole population: the share found true over all strata, with an interval.

The estimate is the stratified one, sum of W · x / n with W the stratum's part of the population (Cochran 1977, 5.3).
The interval is made to be too wide rather than too narrow: that of Clopper and Pearson for all answers together,
widened on both sides by the *shift* D = sum of max(0, n/sum(n) - W). Answers of several strata together spread less
than the binomial does at their mean share (W. Hoeffding, Ann. Math. Statist. 27 (1956), 713-721); and that mean and the
population's share differ by D at most, whatever the strata hold. In proportional draws D is near 0. A stratum without
answers may hold anything, and D holds all of its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from scanner.sampling.interval import Interval, clopper_pearson

ROUNDING = 1e-9  # less than any share of a population differs from the next


class Checked(NamedTuple):
    """What was answered of one stratum: ``true`` of ``answered``, its ``population``, and how many of these are meant.

    ``part``: those that a reading counts, say; the share is taken to be the same in every part of a stratum.
    """

    true: int
    answered: int
    population: int
    part: int

    @property
    def known(self) -> bool:
        """Was all of it answered, so that nothing is estimated?"""
        return self.answered == self.population > 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share from 0 to 1; None where nothing was answered. ``shift``: what the interval was widened by."""

    share: float | None
    intervals: Mapping[float, Interval]
    shift: float

    def count(self, population: int) -> float | None:
        """The records that the share makes of some."""
        return None if self.share is None else self.share * population

    def counts(self, population: int) -> dict[float, tuple[int, int]]:
        """The interval in whole records, by confidence, rounded outwards."""
        return {
            confidence: (
                floor(each.low * population + ROUNDING),
                ceil(each.high * population - ROUNDING),
            )
            for confidence, each in self.intervals.items()
        }


def one_stratum(stratum: Checked, confidences: Sequence[float]) -> Estimate:
    """The share of one stratum; where all of it was answered, that is known and not estimated."""
    share = stratum.true / stratum.answered if stratum.answered else None
    if share is not None and stratum.known:
        return Estimate(share, {each: Interval(share, share) for each in confidences}, 0.0)
    intervals = {each: clopper_pearson(stratum.true, stratum.answered, each) for each in confidences}
    return Estimate(share, intervals, 0.0)


def overall(strata: Sequence[Checked], confidences: Sequence[float]) -> Estimate:
    """The share over the parts of all strata; those without answers are in the interval alone."""
    strata = [each for each in strata if each.part]
    told = [each for each in strata if each.answered]
    if not told:
        return Estimate(None, {each: Interval(0.0, 1.0) for each in confidences}, 0.0)
    if len(strata) == 1:
        return one_stratum(strata[0], confidences)
    share = sum(each.part * each.true / each.answered for each in told) / sum(each.part for each in told)
    if all(each.known for each in strata):
        return Estimate(share, {each: Interval(share, share) for each in confidences}, 0.0)
    parts = sum(each.part for each in strata)
    answered, true = sum(each.answered for each in told), sum(each.true for each in told)
    shift = sum(max(0.0, each.answered / answered - each.part / parts) for each in strata)
    intervals = {}
    for each in confidences:
        low, high = clopper_pearson(true, answered, each)
        intervals[each] = Interval(max(0.0, low - shift), min(1.0, high + shift))
    return Estimate(share, intervals, shift)
