import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.sets import unique
from scanner.store import distinct, private_files, scratch
from scanner.store.distinct import DistinctStore, Wanted
from scanner.store.stored_keys import SECTIONS


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
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 50))), max_size=20),
    st.integers(100, 4000),
)
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
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert content(store) == {"phones": {spread(value) for value in values}}
    # and again: reading does not use it up
    assert content(store) == {"phones": {spread(value) for value in values}}


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 50))), max_size=8), st.integers(0, 8)
)
def test_keys_that_leave_the_memory_are_counted_as_the_others(batches, when):
    store, expected = DistinctStore(), {}
    for index, (group, values) in enumerate(batches):
        store.add(group, keys(values))
        if index == when:
            store.leave_memory()
            assert store.resident == 0
        if values:
            expected.setdefault(group, set()).update(spread(value) for value in values)
    store.leave_memory()
    assert (store.spilled_bytes > 0) == bool(expected)
    assert content(store) == expected


def test_runs_that_share_keys_are_joined_before_anything_is_spilled(tmp_path):
    store = DistinctStore(60_000, str(tmp_path))
    for _ in range(200):  # far more than the budget, but few different ones
        store.add("few", keys(range(500)))
        store.add("fewer", keys(range(3)))
    assert store.spilled_bytes == 0
    assert content(store) == {"few": {spread(v) for v in range(500)}, "fewer": {spread(v) for v in range(3)}}


@given(st.integers(0, 3000), st.sampled_from([1 << 10, 1 << 16, 1 << 28]))
@settings(deadline=None, max_examples=20)
def test_some_groups_only_and_equal_keys_in_one_piece(count, budget):
    store = DistinctStore(budget)
    for group, first in (("a", 0), ("b", count // 2), ("c", 0)):
        if count:
            store.add(group, keys(range(first, first + count)))
    wanted = [group for group in store.groups() if group != "c"]
    together = 0
    for piece in store.partitions(wanted):
        assert "c" not in piece
        together += len(unique(list(piece.values()))) if piece else 0
    assert together == (count + count // 2 if count else 0)
    owned, payloads, _ = store.count([Wanted("b", 1, 2), Wanted("a", 0, 1)] if count else [], 1, 2)
    assert owned == [count, count]
    half = count // 2
    assert payloads == Counter({1: half, 2: half, 3: count - half})


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("budget", [1 << 12, 1 << 28])
def test_keys_are_counted_by_owner_and_by_the_payload_of_their_tags(budget, threads):
    """Large and small groups, in memory and in files."""
    store = DistinctStore(budget)
    store.threads = threads
    draw = random.Random(budget)
    sizes = (40_000, 30_000, 100, 3)
    values = [[(spread(draw.randrange(50_000)), draw.randrange(1, 4)) for _ in range(size)] for size in sizes]
    slot = np.repeat(np.arange(4, dtype=np.int32), sizes)
    order = np.array(draw.sample(range(len(slot)), len(slot)))
    every = np.array([key for group in values for key in group], np.uint64)
    half = len(order) // 2
    for some in (order[:half], order[half:]):
        for number, group in enumerate("abcd"):
            store.add(group, np.ascontiguousarray(every[some[slot[some] == number]]))
    of_tag = {1: 1, 2: 6}  # a key of tag 3 does not count
    table = np.array(list(of_tag), np.uint64), np.array(list(of_tag.values()), np.uint64)
    owned, payloads, _ = store.count(
        [Wanted(group, owner, table) for group, owner in zip("abcd", (0, 1, 1, 0), strict=True)], 1, 2
    )
    held: dict[int, int] = {}
    owners: list[set[int]] = [set(), set()]
    for group, owner in zip(values, (0, 1, 1, 0), strict=True):
        for value, tag in group:
            if tag in of_tag:
                held[value] = held.get(value, 0) | of_tag[tag]
                owners[owner].add(value)
    assert owned == [len(each) for each in owners]
    assert payloads == Counter(held.values())
    assert [store.width(group) for group in store.groups()] == [2] * 4
    assert (store.spilled_bytes > 0) == (budget == 1 << 12)


@pytest.mark.parametrize("budget", [1 << 12, 1 << 28])
@pytest.mark.parametrize("tags", [[3], [200], [255, 256], [257], [4, 4, 40_000, 4]])
def test_keys_of_few_and_of_many_tags_are_the_same_keys(budget, tags):
    """Few different last words are packed, also if there come to be more of them; whoever merges has others."""
    draw = np.random.default_rng(len(tags))
    stores, every = [], []
    for first in (1, 1000):
        store = DistinctStore(budget)
        for most in tags:
            keys = draw.integers(0, 1 << 64, (20_000, 3), np.uint64)
            keys[1::3] = keys[::3][: len(keys[1::3])]  # each third key is the one before
            keys[:, 2] = first + draw.integers(0, most, len(keys)).astype(np.uint64) * 7919
            keys[2::7, 2] = first
            store.add("rows", keys)
            every.append(keys)
        stores.append(store)
    store, other = stores
    store.merge(other)
    store.add("rows", every[0])
    together = np.concatenate(every)
    expected = set(map(tuple, together.tolist()))
    found = [tuple(key) for part in store.partitions() if "rows" in part for key in part["rows"].tolist()]
    assert len(found) == len(expected)
    assert set(found) == expected
    counted = store.count([Wanted("rows", 0, 5)], 3, 1)
    assert (counted.owned, counted.payloads) == ([len(expected)], Counter({5: len(expected)}))
    wanted = np.array([1, 1000, 1 + 2 * 7919, 5], np.uint64), np.array([1, 2, 4, 64], np.uint64)
    payloads: dict[tuple[int, int], int] = {}
    for one, two, tag in expected:
        if tag in (1, 1000, 1 + 2 * 7919):
            payloads[one, two] = payloads.get((one, two), 0) | {1: 1, 1000: 2, 1 + 2 * 7919: 4}[tag]
    counted = store.count([Wanted("rows", 0, wanted)], 2, 1)
    assert counted.owned == [len(payloads)]
    assert counted.payloads == Counter(payloads.values())
    assert (store.spilled_bytes > 0) == (budget == 1 << 12)


def test_merged_stores_count_with_all_their_threads():
    one, other = DistinctStore(), DistinctStore()
    one.merge(other)
    assert one.threads == 2


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 9000), max_size=3000)), max_size=30)
)
def test_memory_that_is_used_again_keeps_nothing_of_what_was_there(batches):
    """Slabs go on being used after each spill."""
    store = DistinctStore(90_000)
    expected: dict[str, set[int]] = {}
    for group, values in batches:
        for _ in range(3):
            store.add(group, keys(values * 4))
        if values:
            expected.setdefault(group, set()).update(spread(value) for value in values)
    assert content(store) == expected


@pytest.fixture
def opened(monkeypatch):
    """The files that stores open, in this order."""
    files = []
    made = private_files.unnamed
    monkeypatch.setattr(private_files, "unnamed", lambda folder: files.append(made(folder)) or files[-1])
    return files


def closed(files):
    """Which of some files are closed, once all that was begun is done."""
    scratch.settle()
    return [file.closed for file in files]


def test_files_of_what_is_forgotten_are_closed_and_no_others(tmp_path, opened):
    """Giving back gigabytes of a disk that is told of free blocks took seconds at the end of a run."""
    store = DistinctStore(1 << 12, str(tmp_path))
    keys = np.random.default_rng(3).integers(0, 1 << 64, (20_000, 2), np.uint64)
    for part in np.split(keys, 4):
        store.add(("link", 1), part)
        store.add(("row", 0, "a"), part)
        store.add(("row", 1, "b"), part)
    links, rows = (
        opened[:SECTIONS],
        opened[SECTIONS:],
    )  # some for each kind, however often they are written to
    assert len(rows) == SECTIONS
    store.forget([("link", 1), ("row", 0, "a")])
    assert all(closed(links))
    assert not any(closed(rows))
    assert store.count([Wanted(("row", 1, "b"), 0, 1)], 2, 1).owned == [len(keys)]
    store.add(("link", 1), keys)
    assert store.count([Wanted(("link", 1), 0, 1)], 2, 1).owned == [len(keys)]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_read_for_the_last_time_goes_on_the_way(tmp_path, opened, threads, monkeypatch):
    monkeypatch.setattr(distinct, "PIECE", 1 << 17)
    store = DistinctStore(1 << 12, str(tmp_path))
    store.threads = threads
    keys = np.random.default_rng(4).integers(0, 1 << 64, (200_000, 2), np.uint64)
    store.add(("row", 1), keys)
    store.add(("row", 2), keys[:1000])
    seen, gone = 0, set()
    for piece in store.made_of_partitions(lambda piece: len(piece["row", 1]), [("row", 1)]):
        seen += piece
        gone.add(sum(closed(opened)))
    assert (seen, gone) == (len(keys), {0})  # it may be asked for again
    seen = 0
    for piece in store.made_of_partitions(
        lambda piece: len(piece["row", 1]), [("row", 1), ("row", 2)], last=True
    ):
        seen += piece
        store.forget([("row", 2)])
        gone.add(sum(closed(opened)))
    assert seen == len(keys)
    assert gone >= {1, 2, 3}


def test_counting_for_the_last_time_counts_the_same(tmp_path, opened):
    store = DistinctStore(1 << 12, str(tmp_path))
    keys = np.random.default_rng(5).integers(0, 1 << 64, (100_000, 2), np.uint64)
    store.add(("row", 1), keys)
    store.add(("row", 2), keys[:60_000])
    asked = [([Wanted(("row", 1), 0, 1), Wanted(("row", 2), 0, 2)], 2, 1)]
    found = [store.count_each(asked, last=last)[0] for last in (False, True)]
    assert found[0] == found[1]
    assert found[0].payloads == {3: 60_000, 1: 40_000}
    assert all(closed(opened))
