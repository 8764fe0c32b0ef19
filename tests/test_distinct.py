import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.distinct import DistinctStore


def spread(value: int) -> int:
    return value * 0x9E3779B97F4A7C15 & (1 << 64) - 1


def keys(values) -> np.ndarray:
    return np.array([[spread(value)] for value in values], np.uint64).reshape(-1, 1)


def content(store: DistinctStore) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for piece in store.partitions():
        for group, array in piece.items():
            values = array[:, 0].tolist()
            assert len(values) == len(set(values))
            assert not found.setdefault(group, set()) & set(values)
            found[group] |= set(values)
    return found


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 50))), max_size=20), st.integers(100, 4000))
def test_exact_whatever_the_budget_and_the_split(batches, budget):
    whole, left, right = DistinctStore(), DistinctStore(budget), DistinctStore(budget)
    expected: dict[str, set[int]] = {}
    for index, (group, values) in enumerate(batches):
        whole.add(group, keys(values))
        (left if index % 2 else right).add(group, keys(values))
        if values:
            expected.setdefault(group, set()).update(spread(value) for value in values)
    left.merge(right)
    assert content(whole) == content(left) == expected


def test_spills_to_private_unlinked_files(tmp_path):
    store = DistinctStore(60_000, str(tmp_path))
    chance = random.Random(3)
    values = [chance.randrange(40_000) for _ in range(100_000)]
    for at in range(0, len(values), 1000):
        store.add("phones", keys(values[at : at + 1000]))
    assert store.spilled_bytes > 0
    assert list(tmp_path.iterdir()) == []
    assert content(store) == {"phones": {spread(value) for value in values}}
    # and again: reading does not use it up
    assert content(store) == {"phones": {spread(value) for value in values}}
