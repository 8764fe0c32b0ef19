import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.spool import scatter

WORD = st.one_of(st.integers(0, 5), st.integers(0, (1 << 64) - 1))


@pytest.mark.parametrize("shift", [0, 48, 56])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(WORD, st.integers(0, 9)), max_size=30), min_size=1, max_size=4))
def test_rows_lie_by_partition_in_their_order(shift, width, arrays):
    parts = [[[first, *[last] * (width - 1)] for first, last in part] for part in arrays]
    found, offsets = scatter([np.array(part, np.uint64).reshape(-1, width) for part in parts], shift)
    every = [row for part in parts for row in part]
    assert found.tolist() == sorted(every, key=lambda row: row[0] >> shift & 255)
    below = [sum(row[0] >> shift & 255 < part for row in every) for part in range(257)]
    assert offsets.tolist() == below


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="widths"):
        scatter([np.zeros((1, 1), np.uint64), np.zeros((1, 2), np.uint64)], 56)
    with pytest.raises(ValueError, match="bits"):
        scatter([np.zeros((1, 1), np.uint64)], 64)
