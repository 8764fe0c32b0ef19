import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.spool import Parts, scatter

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


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(WORD, WORD), max_size=40), min_size=1, max_size=5), st.integers(0, 256))
def test_gathered_rows_lie_partition_by_partition(arrays, cut):
    parts = [scatter([np.array(rows, np.uint64).reshape(-1, 2)], 56) for rows in arrays]
    room = np.empty(2 * sum(map(len, arrays)) + 1, np.uint64)
    found = []
    for first, last in ((0, cut), (cut, 256)):
        words = Parts(parts).gather(first, last, room)
        found += room[:words].reshape(-1, 2).tolist()
    every = [list(row) for rows in arrays for row in rows]
    assert found == sorted(every, key=lambda row: row[0] >> 56)


def test_rows_that_cannot_be_gathered_are_refused():
    parts = [scatter([np.ones((3, 2), np.uint64)], 56)]
    with pytest.raises(ValueError, match="too little room"):
        Parts(parts).gather(0, 256, np.empty(5, np.uint64))
    with pytest.raises(ValueError, match="widths"):
        Parts([*parts, scatter([np.ones((1, 1), np.uint64)], 56)])
    with pytest.raises(ValueError, match="do not fit"):
        Parts([(parts[0][0][:2], parts[0][1])])
    with pytest.raises(ValueError, match="partitions"):
        Parts(parts).gather(5, 257, np.empty(9, np.uint64))


def test_rows_are_scattered_into_a_room():
    rows = np.arange(60, dtype=np.uint64).reshape(-1, 3) << np.uint64(57)
    room = np.zeros(70, np.uint64)
    scattered, offsets = scatter([rows], 56, room)
    expected, same = scatter([rows], 56)
    assert scattered.base is not None
    assert room[:60].tolist() == expected.reshape(-1).tolist() == scattered.reshape(-1).tolist()
    assert offsets.tolist() == same.tolist()
    with pytest.raises(ValueError, match="room"):
        scatter([rows], 56, room[:59])
