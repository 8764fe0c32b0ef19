"""The share over strata: by hand, and by simulation that its interval covers the truth as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from scanner.sampling.estimate import Checked, one_stratum, overall
from scanner.sampling.interval import clopper_pearson
from scanner.sampling.size import allocate


def checked(true: int, answered: int, population: int) -> Checked:
    return Checked(true, answered, population, population)


def test_the_estimate_weighs_strata_by_their_population():
    found = overall([checked(9, 10, 900), checked(1, 10, 100)], [95])
    assert found.share == pytest.approx(0.9 * 0.9 + 0.1 * 0.1)
    assert found.shift == pytest.approx(0.4)  # half of the answers come from a tenth of the records
    low, high = clopper_pearson(10, 20, 95)
    assert found.intervals[95] == pytest.approx((max(0, low - 0.4), min(1, high + 0.4)))
    assert found.count(1000) == pytest.approx(820)


def test_proportional_answers_are_not_widened():
    found = overall([checked(18, 20, 200), checked(70, 80, 800)], [95, 99])
    assert found.shift == pytest.approx(0)
    assert found.intervals[95] == pytest.approx(clopper_pearson(88, 100, 95))
    assert found.intervals[99].low < found.intervals[95].low


def test_what_was_checked_in_full_is_known():
    assert one_stratum(checked(3, 4, 4), [95]).intervals[95] == (0.75, 0.75)
    assert overall([checked(3, 4, 4), checked(0, 6, 6)], [95]).intervals[95] == pytest.approx((0.3, 0.3))
    assert overall([checked(3, 4, 4)], [95]).counts(4) == {95: (3, 3)}


def test_a_stratum_without_answers_may_hold_anything():
    told, silent = checked(100, 100, 500), checked(0, 0, 500)
    found = overall([told, silent], [95])
    assert found.share == 1.0
    assert found.intervals[95].low < 0.5
    assert overall([silent], [95]).share is None
    assert overall([silent], [95]).intervals[95] == (0, 1)
    assert overall([], [95]).share is None


def test_strata_of_which_nothing_is_meant_do_not_matter():
    some = Checked(5, 10, 100, 40)
    assert overall([some, Checked(0, 50, 900, 0)], [95]) == overall([some], [95])


def coverage(
    strata: list[tuple[int, int]], drawn: list[int], confidence: float, times: int, seed: int
) -> float:
    """How often the interval holds the true share, drawing without putting back; strata are (true, population)."""
    draw = np.random.default_rng(seed)
    population = sum(size for _, size in strata)
    truth = sum(true for true, _ in strata) / population
    samples = np.column_stack(
        [
            draw.hypergeometric(true, size - true, n, times)
            for (true, size), n in zip(strata, drawn, strict=True)
        ]
    )
    kinds, counts = np.unique(samples, axis=0, return_counts=True)
    held = 0
    for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        found = overall(
            [checked(true, n, size) for true, n, (_, size) in zip(kind, drawn, strata, strict=True)],
            [confidence],
        )
        low, high = found.intervals[confidence]
        held += count * (low - 1e-12 <= truth <= high + 1e-12)
    return held / times


SHARES = (0.0, 0.002, 0.05, 0.5, 0.93, 0.998, 1.0)


@pytest.mark.parametrize("confidence", [90, 95])
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    ("population", "drawn"), [(3, 1), (40, 10), (40, 39), (1_000, 278), (2_000_000, 385)]
)
def test_one_stratum_covers_the_truth(population, drawn, share, confidence):
    times = 4000
    found = coverage([(round(share * population), population)], [drawn], confidence, times, 1)
    # Four standard deviations of the simulation itself: it would fail once in 30,000 times by chance.
    assert found >= confidence / 100 - 4 * (0.25 * 0.19 / times) ** 0.5


STRATA = {
    "alike": [(950, 1000)] * 3,
    "apart": [(0, 5000), (5000, 5000), (2500, 5000)],
    "one is all false": [(99_000, 100_000), (0, 3_000), (40, 50)],
    "many small": [(1, 2), (2, 2), (0, 1), (3, 4)] * 10 + [(900, 1000)],
    "nearly none": [(1, 100_000), (0, 50_000), (2, 800)],
    "nearly all": [(99_999, 100_000), (50_000, 50_000), (798, 800)],
    "few": [(1, 2), (3, 5)],
}


@pytest.mark.parametrize("name", STRATA)
@pytest.mark.parametrize("minimum", [1, 20])
@pytest.mark.parametrize(("size", "confidence"), [(8, 90), (60, 95), (385, 95)])
def test_strata_together_cover_the_truth(name, size, minimum, confidence):
    strata = STRATA[name]
    drawn = allocate([population for _, population in strata], size, minimum)
    times = 2000
    assert (
        coverage(strata, drawn, confidence, times, 2) >= confidence / 100 - 4 * (0.25 * 0.19 / times) ** 0.5
    )


def test_the_simulation_can_fail():
    """An interval for less confidence than is asked does not cover the truth as often."""
    assert coverage([(500, 1_000_000 // 1000)], [200], 60, 4000, 3) < 0.9
