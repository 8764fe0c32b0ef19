"""Marks of placeholders against the slow way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.placeholders import Listed

BIT = 1 << 20


def stands_for_nobody(number, exact, spans, tails):
    return (
        number in exact
        or any(first <= number < first + count for first, count in spans)
        or any(
            least <= number < end and number // free % modulus == rest
            for free, modulus, rest, least, end in tails
        )
    )


numbers = st.one_of(
    st.integers(0, 300), st.integers(0, 2**64 - 1), st.integers(0, 2**45).map(lambda n: n << 16)
)


@st.composite
def rules(draw):
    modulus = draw(st.sampled_from([1, 2, 7, 100, 1000, 10**8, 1 << 17]))
    least = draw(st.integers(0, 500))
    return (
        draw(st.sampled_from([1, 3, 10, 100])),
        modulus,
        draw(st.integers(0, modulus - 1)),
        least,
        draw(st.integers(least, 2**64 - 1)),
    )


@given(
    st.sets(numbers),
    st.lists(st.tuples(st.integers(0, 2**63), st.integers(0, 200))),
    st.lists(rules()),
    st.lists(numbers),
    st.data(),
)
def test_agrees_with_the_slow_way(exact, spans, tails, asked, data):
    near = [first + data.draw(st.integers(0, 300)) for first, _ in spans]
    ends = [min(rest * free + free * modulus * data.draw(st.integers(0, 9)), 2**64 - 1)
            for free, modulus, rest, _, _ in tails]  # fmt: skip
    asked = [*asked, *exact, *near, *ends]
    expected = [stands_for_nobody(number, exact, spans, tails) for number in asked]
    checks = np.arange(len(asked), dtype=np.uint32)
    listed = Listed(sorted(exact), spans, tails)
    assert listed.mark(np.array(asked, np.uint64), checks, BIT) == sum(expected)
    assert checks.tolist() == [i | BIT * hit for i, hit in enumerate(expected)]


@pytest.mark.parametrize(
    ("exact", "tails"), [([2, 1], []), ([1, 1], []), ([], [(0, 1, 0, 0, 9)]), ([], [(1, 0, 0, 0, 9)])]
)
def test_tables_that_make_no_sense_are_refused(exact, tails):
    with pytest.raises(ValueError, match="ascend"):
        Listed(exact, [], tails)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="length"):
        Listed([1], [], []).mark(np.zeros(2, np.uint64), np.zeros(1, np.uint32), BIT)
