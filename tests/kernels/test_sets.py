import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.sets import (
    beyond,
    first_positions,
    group_rows,
    mark,
    numbered,
    partition_unique,
    slots,
    some_distinct,
    sort_keys,
    unique,
)

WORD = st.integers(0, (1 << 64) - 1)


@pytest.mark.parametrize("shift", [56, 48])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("size", [0, 1, 7, 5000])
def test_partition_unique_agrees_with_a_set(width, size, shift):
    chance = random.Random(f"{width}-{size}")
    # Keys that differ only in their last word, too.
    pool = [
        (*(chance.getrandbits(64) for _ in range(width - 1)), chance.getrandbits(64))
        for _ in range(size // 3 + 1)
    ]
    pool += [(*key[:-1], key[-1] ^ 1) for key in pool[::2]]
    keys = [chance.choice(pool) for _ in range(size)]
    whole = np.array(keys, np.uint64).reshape(size, width)
    cuts = sorted(chance.randrange(size + 1) for _ in range(3))
    found, offsets = partition_unique([np.ascontiguousarray(part) for part in np.split(whole, cuts)], shift)
    assert sorted(map(tuple, found.tolist())) == sorted(set(keys))
    every, bounds = partition_unique([whole], shift, False)
    assert sorted(map(tuple, every.tolist())) == sorted(keys)
    assert bounds.tolist() == [sum(key[0] >> shift & 255 < part for key in keys) for part in range(257)]
    assert offsets[0] == 0
    assert offsets[256] == len(found)
    for part in range(256):
        assert all(row[0] >> shift & 255 == part for row in found[offsets[part] : offsets[part + 1]].tolist())


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@given(st.lists(st.lists(st.tuples(WORD, st.integers(0, 2)), max_size=30), min_size=1, max_size=4))
def test_unique(width, arrays):
    """Also of keys whose first words are alike in all but a few bits."""
    parts = [[(first, *[last] * (width - 1)) for first, last in part] for part in arrays]
    found = unique([np.array(part, np.uint64).reshape(-1, width) for part in parts])
    every = [key for part in parts for key in part]
    assert list(map(tuple, found.tolist())) == list(dict.fromkeys(every))


KEYS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), max_size=40)


@given(st.one_of(KEYS, st.lists(st.tuples(WORD, WORD))), KEYS)
def test_beyond(few, many):
    few = list(dict.fromkeys([*few, *many[::3]]))
    found = beyond(*(np.array(keys, np.uint64).reshape(-1, 2) for keys in (few, many)))
    assert found == len(set(few) - set(many))


def test_keys_of_different_widths_are_refused():
    with pytest.raises(ValueError, match="widths"):
        partition_unique([np.zeros((1, 1), np.uint64), np.zeros((1, 2), np.uint64)])


@given(st.lists(st.one_of(WORD, st.integers(0, 5))), st.integers(1, 70))
def test_some_distinct(words, limit):
    found = some_distinct(np.array(words, np.uint64).reshape(-1, 1), limit)
    assert len(found) == len(set(found)) == min(limit, len(set(words)))
    assert set(found) <= set(words)


@given(st.lists(st.integers(0, 20)), st.lists(st.one_of(WORD, st.integers(0, 20)), unique=True))
def test_numbered(words, known):
    keys = np.array([[7, word] for word in words], np.uint64).reshape(-1, 2)
    expected = [known.index(word) if word in known else -1 for word in words]
    assert numbered(keys, np.array(known, np.uint64)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=200))
def test_groups_agree_with_a_dictionary(rows):
    words = np.array(rows, np.uint64).reshape(len(rows), 2).T.copy()
    first, inverse, counts = group_rows(words)
    expected: dict[tuple[int, int], list[int]] = {}
    for index, row in enumerate(rows):
        expected.setdefault(row, []).append(index)
    assert [rows[index] for index in first.tolist()] == list(expected)
    assert counts.tolist() == [len(indices) for indices in expected.values()]
    assert [list(expected)[group] for group in inverse.tolist()] == rows


@given(st.lists(st.integers(0, 9)), st.integers(0, 63))
def test_mark(rows, bit):
    words = np.full(10, 1, np.uint64)
    mark(words, np.array(rows, np.int32), 1 << bit)
    assert words.tolist() == [1 | (1 << bit if row in rows else 0) for row in range(10)]


@given(st.lists(st.integers(0, 9)))
def test_first_positions(named):
    position = first_positions(np.array(named, np.int32), 10)
    assert position.tolist() == [named.index(row) if row in named else -1 for row in range(10)]


@given(
    st.lists(st.integers(0, 9)).map(sorted),
    st.lists(st.integers(0, 3), min_size=10, max_size=10),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.integers(1, 3),
)
def test_slots_and_the_keys_sorted_by_them(rows, group_of_row, slot_of_group, width):
    found, counts = slots(*(np.array(each, np.int32) for each in (rows, group_of_row, slot_of_group)), 3)
    expected = [0 if row in rows[:at] else slot_of_group[group_of_row[row]] for at, row in enumerate(rows)]
    assert found.tolist() == expected
    assert counts.tolist() == [expected.count(slot) for slot in range(3)]
    keys = np.arange(width * len(rows), dtype=np.uint64).reshape(-1, width)
    order = sorted(range(len(rows)), key=lambda at: expected[at])
    assert sort_keys(keys, found, counts).tolist() == keys[order].tolist()
