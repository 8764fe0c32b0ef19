"""Sizes, allocation, numbers of rows, and exact intervals: against published figures and slow, obvious references."""

from __future__ import annotations

import hashlib
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import ScannerError
from scanner.sampling.interval import clopper_pearson, incomplete_beta
from scanner.sampling.numbers import numbers, words_of
from scanner.sampling.size import allocate, most_needed, needed

WORD = (1 << 64) - 1


@pytest.mark.parametrize(
    ("population", "confidence", "margin", "size"),
    [
        # Krejcie and Morgan's table (1970) is the same formula with a rounded chi-square of 3.841.
        (10, 95, 5, 10),
        (100, 95, 5, 80),
        (500, 95, 5, 218),
        (1000, 95, 5, 278),
        (10_000, 95, 5, 370),
        (100_000, 95, 5, 383),
        (1_000_000, 95, 5, 384),
        (1_000_000, 99, 1, 16_317),
        (1, 95, 5, 1),
        (0, 95, 5, 0),
    ],
)
def test_sizes_are_those_of_the_tables(population, confidence, margin, size):
    assert needed(population, confidence, margin) == size


def test_no_population_needs_more_than_an_endless_one():
    assert most_needed(95, 5) == 385
    assert all(needed(n, 95, 5) <= min(n, 385) for n in range(1, 5000, 7))


@pytest.mark.parametrize(
    ("confidence", "margin"), [(0, 5), (100, 5), (49, 5), (95, 0), (95, 60), (math.nan, 5), (95, math.nan)]
)
def test_percentages_that_mean_nothing_are_refused(confidence, margin):
    with pytest.raises(ScannerError, match="must be from"):
        needed(100, confidence, margin)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.integers(1, 10**6), st.integers(1, 50))
def test_allocation_is_proportional_and_reaches_every_stratum(populations, size, minimum):
    found = allocate(populations, size, minimum)
    total = sum(populations)
    asked = min(size, total)
    for population, drawn in zip(populations, found, strict=True):
        assert min(minimum, population) <= drawn <= population
        exact = asked * population / total
        assert drawn <= max(math.ceil(exact - 1e-6) + 1e-9 * exact, min(minimum, population))
        assert drawn >= math.floor(exact - 1e-6 * (1 + exact))
    assert asked <= sum(found) <= asked + minimum * len(populations)
    if all(asked * population >= minimum * total for population in populations):
        assert sum(found) == asked


def test_allocation_by_hand():
    assert allocate([600, 300, 100], 10) == [6, 3, 1]
    assert allocate([1000, 10, 1, 1], 50) == [49, 1, 1, 1]
    assert allocate([5, 5], 100) == [5, 5]
    assert allocate([5, 50], 11, 4) == [4, 10]


def slow_number(seed: int, identity: str, table: str | None, row: int) -> int:
    """The rule as the docstring tells it, with Python's numbers."""
    text = f"leaktally-sample-1\n{seed}\n{identity}\n{table or ''}\n"
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    x = row
    for at in (0, 8):
        x = x + int.from_bytes(digest[at : at + 8], "little") & WORD
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & WORD
        x = (x ^ x >> 27) * 0x94D049BB133111EB & WORD
        x ^= x >> 31
    return x


@given(st.integers(0, 2**63 - 1), st.text("0123456789abcdef", max_size=64), st.none() | st.text(max_size=9))
def test_numbers_are_those_of_the_rule(seed, identity, table):
    rows = [0, 1, 2, 77, 2**31, 2**40 - 1]
    try:
        found = numbers(np.array(rows, np.uint64), words_of(seed, identity, table)).tolist()
    except UnicodeEncodeError:
        pytest.fail("a name that is no UTF-8 must do")
    assert found == [slow_number(seed, identity, table, row) for row in rows]


def test_numbers_hang_on_all_they_are_made_of_and_are_even():
    rows = np.arange(100_000, dtype=np.uint64)
    some = [
        numbers(rows, words_of(*given))
        for given in ((1, "a", None), (2, "a", None), (1, "b", None), (1, "a", "t"))
    ]
    for one in some:
        assert len(np.unique(one)) == len(rows)
        held, _ = np.histogram(one.astype(np.float64), 64, (0, 2.0**64))
        assert abs(held - len(rows) / 64).max() < 6 * math.sqrt(len(rows) / 64)
        # No trace of the order of rows: neighbours are as often up as down.
        assert abs(int((one[1:] > one[:-1]).sum()) - 50_000) < 1000
    assert all(len(np.intersect1d(some[0], other)) < 3 for other in some[1:])


def slow_tail(found: int, checked: int, share: float) -> float:
    """P(X >= found) term by term."""
    return math.fsum(
        math.comb(checked, k) * share**k * (1 - share) ** (checked - k) for k in range(found, checked + 1)
    )


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.0, 1.0))
def test_the_beta_function_is_the_tail_of_the_binomial(found, more, share):
    checked = found + more - 1
    assert incomplete_beta(found, checked - found + 1, share) == pytest.approx(
        slow_tail(found, checked, share), abs=1e-11
    )


@pytest.mark.parametrize(
    ("found", "checked", "confidence", "low", "high"),
    [
        # Tables of exact binomial limits (Geigy; Conover A4; Fleiss), to the digits they print.
        (0, 10, 95, 0.0, 0.3085),
        (1, 10, 95, 0.0025, 0.4450),
        (5, 10, 95, 0.1871, 0.8129),
        (8, 10, 95, 0.4439, 0.9748),
        (10, 10, 95, 0.6915, 1.0),
        (0, 10, 99, 0.0, 0.4113),
        (5, 10, 99, 0.1283, 0.8717),
        (0, 100, 95, 0.0, 0.0362),
        (10, 100, 95, 0.0490, 0.1762),
        (50, 100, 95, 0.3983, 0.6017),
        (1, 1, 95, 0.025, 1.0),
        (0, 0, 95, 0.0, 1.0),
    ],
)
def test_intervals_are_those_of_published_tables(found, checked, confidence, low, high):
    interval = clopper_pearson(found, checked, confidence)
    assert interval.low == pytest.approx(low, abs=6e-5)
    assert interval.high == pytest.approx(high, abs=6e-5)


def test_ends_leave_half_of_the_rest_each_also_for_large_samples():
    draw = random.Random(1)
    for _ in range(200):
        checked = draw.choice((1, 5, 30, 200))
        found = draw.randrange(checked + 1)
        confidence = draw.choice((80, 95, 99, 99.9))
        low, high = clopper_pearson(found, checked, confidence)
        tail = (1 - confidence / 100) / 2
        if found:
            assert slow_tail(found, checked, low) == pytest.approx(tail, rel=1e-6)
        if found < checked:
            assert 1 - slow_tail(found + 1, checked, high) == pytest.approx(tail, rel=1e-6)
    for found in (0, 1, 500_000, 999_999, 1_000_000):
        low, high = clopper_pearson(found, 1_000_000, 95)
        other = clopper_pearson(1_000_000 - found, 1_000_000, 95)
        assert low <= found / 1_000_000 <= high
        assert high - low < 0.0021
        assert (1 - other.high, 1 - other.low) == pytest.approx((low, high), abs=1e-9)


def test_more_than_was_checked_cannot_be_found():
    with pytest.raises(ValueError, match="cannot be found"):
        clopper_pearson(3, 2, 95)
