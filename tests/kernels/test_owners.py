"""Whose keys there are, counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.owners import count_owners

NUMBER = st.one_of(st.integers(0, 12), st.integers((1 << 64) - 3, (1 << 64) - 1), st.just(1 << 63))


@given(
    st.lists(st.tuples(st.integers(0, 3), NUMBER), max_size=50),
    st.lists(st.integers(-1, 4), max_size=10),
    st.sampled_from([1, 2, 3]),
)
def test_keys_are_counted_for_the_owner_of_their_number(keys, owner, width):
    rows = np.array([[*[first] * (width - 1), number] for first, number in keys], np.uint64)
    owned = np.arange(5)
    count_owners(rows.reshape(-1, width), np.array(owner, np.int64), owned)
    expected = list(range(5))
    for _, number in keys:
        if number < len(owner) and owner[number] >= 0:
            expected[owner[number]] += 1
    assert owned.tolist() == expected


@pytest.mark.parametrize("owner", [-2, 5])
def test_an_owner_without_a_place_is_refused(owner):
    with pytest.raises(ValueError, match="no place"):
        count_owners(np.zeros((1, 1), np.uint64), np.array([owner]), np.zeros(5, np.int64))
