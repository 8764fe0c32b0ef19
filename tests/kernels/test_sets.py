import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.digest import ALIKE_FROM
from scanner.kernels.sets import (
    count_distinct,
    gathered,
    group_rows,
    join,
    lookup,
    numbered,
    partition_unique,
    payload_bits,
    some_distinct,
    spread,
    spread_packed,
    unique,
)

WORD = st.integers(0, (1 << 64) - 1)


def chance_keys(width, size, seed=""):
    """Keys of which some are equal, and some differ only in their last word."""
    chance = random.Random(f"{width}-{size}{seed}")
    pool = [tuple(chance.getrandbits(64) for _ in range(width)) for _ in range(size // 3 + 1)]
    pool += [(*key[:-1], key[-1] ^ 1) for key in pool[::2]]
    return [chance.choice(pool) for _ in range(size)]


def array(keys, width):
    return np.array(keys, np.uint64).reshape(-1, width)


def spread_out(keys, width):
    """Keys as a run: spread, and where each partition begins."""
    room = np.zeros(len(keys) * width, np.uint64)
    offsets = spread(array(keys, width), room)
    return room.reshape(-1, width), offsets


def packed_out(keys, width, tails, known):
    """The same, packed, and how many tails there are then."""
    room = np.zeros(len(keys) * (width - 1), np.uint64)
    offsets, known = spread_packed(array(keys, width), room, tails, known)
    return (room.reshape(-1, width - 1), offsets), known


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [0, 1, 7, 5000])
def test_keys_are_spread_by_first_byte_in_order(width, size):
    keys = chance_keys(width, size)
    room = np.zeros(size * width + 3, np.uint64)
    offsets = spread(array(keys, width), room)
    order = sorted(keys, key=lambda key: key[0] >> 56)
    assert list(map(tuple, room[: size * width].reshape(-1, width).tolist())) == order
    assert offsets.tolist() == np.searchsorted([key[0] >> 56 for key in order], range(257)).tolist()
    assert room[size * width :].tolist() == [0, 0, 0]


@pytest.mark.parametrize("top", [1 << 64, 1 << 56])  # all partitions, or a single one
@pytest.mark.parametrize("tags", [1, 3, 256])
@pytest.mark.parametrize("width", [2, 3, 5, 6])
@pytest.mark.parametrize("size", [0, 1, 40, 30_000])
def test_packed_keys_are_gathered_as_they_were(size, width, tags, top):
    draw = np.random.default_rng(size + width)
    tails, known, parts, every = np.zeros(256, np.uint64), 0, [], []
    words = draw.integers(0, 1 << 64, tags, np.uint64)
    for packed in (True, True, False):
        keys = draw.integers(0, top, (size, width), np.uint64, endpoint=False)
        keys[1::3] = keys[::3][: len(keys[1::3])]
        keys[:, -1] = draw.choice(words, size)
        if every and size:
            keys[: size // 3] = every[0][: size // 3]
        every.append(keys)
        if packed:
            (own, offsets), known = packed_out(keys, width, tails, known)
            assert np.diff(offsets).tolist() == np.bincount(keys[:, 0] >> 56, minlength=256).tolist()
            parts.append((own, offsets, tails))
        else:
            parts.append((*spread_out(keys, width), None))
    told = tails[:known].tolist()
    assert sorted(told) == sorted({key[-1] for part in every[:2] for key in part.tolist()})
    for first, last in ((0, 256), (0, 1), (3, 77), (255, 256)):
        some = [(own[offsets[first] : offsets[last]], offsets, each) for own, offsets, each in parts]
        expected = [
            key for part in every for key in map(tuple, part.tolist()) if first <= key[0] >> 56 < last
        ]
        found = list(map(tuple, gathered(some, first, last, False).tolist()))
        assert sorted(found) == sorted(expected)
        assert [key[0] >> 56 for key in found] == sorted(key[0] >> 56 for key in found)
        once = list(map(tuple, gathered(some, first, last).tolist()))
        assert len(once) == len(set(once))
        assert set(once) == set(expected)


def test_more_tails_than_there_are_codes_are_left_alone():
    tails, room = np.zeros(256, np.uint64), np.zeros(600, np.uint64)
    keys = np.column_stack([np.arange(300), np.arange(300), np.arange(300)]).astype(np.uint64)
    _, known = spread_packed(keys[:200], room, tails, 0)
    assert (known, tails[:known].tolist()) == (200, list(range(200)))
    assert spread_packed(keys[100:257], np.zeros(600, np.uint64), tails.copy(), known) is None
    offsets, known = spread_packed(keys[100:256], room, tails, known)
    assert (known, tails.tolist()) == (256, list(range(256)))
    found = gathered([(room[: 2 * 156].reshape(-1, 2), offsets, tails)], 0, 256)
    assert sorted(found.tolist()) == keys[100:256].tolist()


def test_what_does_not_fit_is_refused():
    keys = np.zeros((3, 2), np.uint64)
    tails = np.zeros(256, np.uint64)
    with pytest.raises(ValueError, match="do not fit"):
        spread(keys, np.zeros(5, np.uint64))
    for own, room, codes, known in (
        (keys, 2, tails, 0),
        (keys, 3, tails[1:], 0),
        (keys, 3, tails, 257),
        (keys, 3, tails, -1),
        (keys[:, :1].copy(), 3, tails, 0),
    ):
        with pytest.raises(ValueError, match="do not fit"):
            spread_packed(own, np.zeros(room, np.uint64), codes, known)
    one, two = spread_out(chance_keys(2, 9), 2), packed_out([(1, 2, 3)], 3, tails, 0)[0]
    for parts, first, last in (
        ([(*one, None), (*two, tails)], 0, 256),
        ([(*one, None)], 0, 9),
        ([(*two, tails[1:])], 0, 256),
        ([(*two, tails)], 3, 3),
        ([(*two, tails)], 0, 257),
    ):
        with pytest.raises(ValueError, match=r"partitions|widths|fit"):
            gathered(parts, first, last)
    runs = [spread_out(chance_keys(width, 9), width) for width in (1, 2)]
    with pytest.raises(ValueError, match="widths"):
        join(runs)
    with pytest.raises(ValueError, match="widths"):
        partition_unique([keys for keys, _ in runs])
    (keys, offsets), other = runs
    for bad in (
        [(keys, offsets, 0, 1), (*other, 0, 1)],
        [(keys, offsets, 1, 1)],
        [(keys, offsets, -1, 1)],
        [(keys, offsets, -2, np.ones(1, np.uint64))],
        [(keys, offsets, -1, np.ones(1, np.uint64))],
        [(*other, -1, np.full(1, 2 << payload_bits(1), np.uint64))],
        [(keys[1:], offsets, 0, 1)],
        [(keys, offsets[1:], 0, 1)],
        [(keys, offsets, 0, tails[1:])],
        [(keys, offsets, 0, lookup(np.zeros(0, np.uint64), np.zeros(0, np.uint64)))],
    ):
        with pytest.raises(ValueError, match=r"widths|owners|fit"):
            count_distinct(bad, 1, 1)
    with pytest.raises(ValueError, match="partitions"):
        count_distinct([], 1, 1, 4, 257)
    with pytest.raises(ValueError, match="tag"):
        lookup(np.zeros(1, np.uint64), np.ones(1, np.uint64))


@pytest.mark.parametrize("distinct", [True, False])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [0, 1, 7, 3000])
def test_runs_join_partition_by_partition(width, size, distinct):
    parts = [chance_keys(width, size, seed) for seed in ("", "", "other")]
    runs = [spread_out(part, width) for part in parts]
    found, offsets = join(runs, distinct)
    every = [key for part in parts for key in part]
    assert sorted(map(tuple, found.tolist())) == sorted(set(every) if distinct else every)
    firsts = [key[0] >> 56 for key in map(tuple, found.tolist())]
    assert offsets.tolist() == np.searchsorted(firsts, range(257)).tolist()
    assert firsts == sorted(firsts)


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


@given(st.lists(st.integers(0, 20)), st.lists(st.one_of(WORD, st.integers(0, 20)), unique=True))
def test_numbered(words, known):
    keys = np.array([[7, word] for word in words], np.uint64).reshape(-1, 2)
    expected = [known.index(word) if word in known else -1 for word in words]
    assert numbered(keys, np.array(known, np.uint64)).tolist() == expected


def slow_count(sources, owners):
    """(owner, keys, payload or payloads by tag) each: counted with sets and dictionaries.

    Owner -1: the last word of each key is a number, by which ``payload`` has owner and payload.
    """
    owned = [set() for _ in range(owners)]
    payloads: dict = {}
    for owner, keys, payload in sources:
        for key in keys:
            whose = owner
            if owner < 0:
                *key, number = key
                whose, own = payload.get(number, (0, 0))
            elif isinstance(payload, dict):
                *key, tag = key
                own = payload.get(tag, 0)
            else:
                own = payload
            if own:
                owned[whose].add(tuple(key))
                payloads[tuple(key)] = payloads.get(tuple(key), 0) | own
    return [len(keys) for keys in owned], dict(Counter(payloads.values()))


def numbers_told(told, owners):
    """Owner and payload by number, as ``count_distinct`` takes them."""
    found = np.zeros(max(told, default=-1) + 1, np.uint64)
    for number, (owner, payload) in told.items():
        found[number] = (owner + 1) << payload_bits(owners) | payload if payload else 0
    return found


ALIKE = st.builds(  # first words that meet in a slot, and whose marks are alike
    lambda top, low, other: top << 56 | other << 48 | low,
    st.integers(0, 1),
    st.integers(0, 3),
    st.integers(0, 3),
)
PAYLOAD = st.sampled_from([0, 1, 2, 3, 4, 5000, 1 << 31, (1 << 32) - 1])


@pytest.mark.parametrize("width", [1, 2, 3])
@given(st.data())
def test_distinct_keys_are_counted_by_owner_and_payload(width, data):
    word = st.one_of(ALIKE, WORD)
    key = st.tuples(word, *[st.integers(0, 1)] * (width - 1))
    few = st.lists(key, max_size=30)
    sources, given_sources = [], []
    for owner in sorted(data.draw(st.lists(st.integers(0, 3), max_size=6))):
        keys = data.draw(few)
        payload = data.draw(st.one_of(PAYLOAD, st.dictionaries(st.integers(1, 9), PAYLOAD, max_size=5)))
        if isinstance(payload, dict):
            keys = [(*each, data.draw(st.integers(1, 9))) for each in keys]
            table = lookup(np.array(list(payload), np.uint64), np.array(list(payload.values()), np.uint64))
            if data.draw(st.booleans()):
                tails = np.zeros(256, np.uint64)
                own, known = packed_out(keys, width + 1, tails, 0)
                by_code = np.zeros(256, np.uint64)
                by_code[:known] = [payload.get(tag, 0) for tag in tails[:known].tolist()]
                given_sources.append((*own, owner, by_code))
            else:
                given_sources.append((*spread_out(keys, width + 1), owner, table))
        else:
            given_sources.append((*spread_out(keys, width), owner, payload))
        sources.append((owner, keys, payload))
    told = st.dictionaries(st.integers(0, 6), st.tuples(st.integers(0, 3), PAYLOAD), max_size=7)
    for by_number in data.draw(st.lists(told, max_size=2)):
        keys = [(*each, data.draw(st.one_of(st.integers(0, 7), WORD))) for each in data.draw(few)]
        sources.append((-1, keys, by_number))
        given_sources.insert(0, (*spread_out(keys, width + 1), -1, numbers_told(by_number, 4)))
    owned, payloads, _ = count_distinct(given_sources, width, 4)
    assert (owned.tolist(), payloads) == slow_count(sources, 4)
    cut = data.draw(st.integers(0, 256))
    halves = [
        count_distinct(
            [
                (keys[offsets[low] - offsets[0] : offsets[high] - offsets[0]], offsets, owner, payload)
                for keys, offsets, owner, payload in given_sources
            ],
            width,
            4,
            low,
            high,
        )
        for low, high in ((0, cut), (cut, 256))
    ]
    assert sum(half[0] for half in halves).tolist() == owned.tolist()
    assert Counter(halves[0][1]) + Counter(halves[1][1]) == Counter(payloads)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_keys_of_a_full_partition_are_counted_in_buckets(width, packed):
    draw = np.random.default_rng(width)
    pool = draw.integers(0, 1 << 56, (30_000, width), np.uint64)
    of_tag = {4: 1, 5: 6, 6: 0}
    table = lookup(np.array(list(of_tag), np.uint64), np.array(list(of_tag.values()), np.uint64))
    sources, given_sources = [], []
    for owner in (0, 0, 1):
        keys = np.column_stack([draw.choice(pool, 25_000), draw.integers(4, 7, 25_000).astype(np.uint64)])
        keys = list(map(tuple, keys.tolist()))
        if packed:
            tails = np.zeros(256, np.uint64)
            own, _ = packed_out(keys, width + 1, tails, 0)
            by_code = np.array([of_tag.get(tag, 0) for tag in tails.tolist()], np.uint64)
            given_sources.append((*own, owner, by_code))
        else:
            given_sources.append((*spread_out(keys, width + 1), owner, table))
        sources.append((owner, keys, of_tag))
    for first, last in ((0, 256), (0, 1)):
        owned, payloads, _ = count_distinct(given_sources, width, 2, first, last)
        assert (owned.tolist(), payloads) == slow_count(sources, 2)


@pytest.mark.parametrize("width", [1, 2, 6])
@pytest.mark.parametrize("owners", [1, 3, 5000])
def test_keys_of_many_owners_in_any_order_are_counted(width, owners):
    """In buckets and in none, each owner's keys anywhere among the others; some numbers are nobody's."""
    draw = np.random.default_rng(owners)
    pool = draw.integers(0, 1 << 56, (9_000, width), np.uint64)
    pool[:2_000, 0] <<= np.uint64(8)
    told = {number: (int(draw.integers(owners)), int(draw.integers(3))) for number in range(2 * owners)}
    sources, given_sources = [], []
    for size in (40_000, 1, 0, 20_000):
        numbers = draw.integers(0, 2 * owners + 2, size, np.uint64)
        keys = list(map(tuple, np.column_stack([draw.choice(pool, size), numbers]).tolist()))
        sources.append((-1, keys, told))
        given_sources.append((*spread_out(keys, width + 1), -1, numbers_told(told, owners)))
    plain = list(map(tuple, pool[1_000:3_000].tolist()))
    sources.append((owners - 1, plain, 4))
    given_sources.append((*spread_out(plain, width), owners - 1, 4))
    owned, payloads, _ = count_distinct(given_sources, width, owners)
    assert (owned.tolist(), payloads) == slow_count(sources, owners)


@pytest.mark.parametrize("width", [1, 2])
def test_many_distinct_keys_of_many_payloads_are_counted(width):
    """Tables that fill up to what they hold, many keys whose marks are alike, more payloads than are counted apart."""
    draw = random.Random(width)
    keys = [((each * 8) << 8 | draw.randrange(3), *[5] * (width - 1)) for each in range(20000)]
    keys += [((1 << 56) | each, *[each] * (width - 1)) for each in range(6000)]
    for payload_of in (lambda at: 1, lambda at: 1 + at * 7919 % 9001):
        tags = [(*key, payload_of(at)) for at, key in enumerate(keys)]
        payloads = {tag: tag for *_, tag in tags}
        table = lookup(np.array(list(payloads), np.uint64), np.array(list(payloads.values()), np.uint64))
        runs = [(*spread_out(part, width + 1), 0, table) for part in (tags[:9000], tags[4000:], tags[:500])]
        owned, found, twins = count_distinct(runs, width, 1)
        expected = slow_count([(0, tags, payloads)], 1)
        assert (owned.tolist(), found) == expected
        assert twins == (0 if width == 1 else len(set(keys)) - len({first for first, *_ in keys}))


@pytest.mark.parametrize("seed", range(20))
def test_twins_agree_in_the_first_word_and_the_upper_bits_of_the_second(seed):
    draw = random.Random(seed)
    words = [(draw.randrange(40), draw.randrange(3), draw.randrange(4)) for _ in range(200)]
    keys = [(first << 54 | first, upper << ALIKE_FROM | lower) for first, upper, lower in words]
    tagged = [(*key, draw.choice((1, 2, 9))) for key in keys]
    counted = {key[:2] for key in tagged if key[2] != 9}
    table = lookup(np.array([1, 2], np.uint64), np.array([1, 4], np.uint64))
    runs = [(*spread_out(part, 3), 0, table) for part in (tagged[:90], tagged[90:])]
    expected = len(counted) - len({(first, second >> ALIKE_FROM) for first, second in counted})
    assert count_distinct(runs, 2, 1)[2] == expected


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@given(st.lists(st.lists(st.tuples(WORD, st.integers(0, 2)), max_size=30), min_size=1, max_size=4))
def test_unique(width, arrays):
    """Also of keys whose first words are alike in all but a few bits."""
    parts = [[(first, *[last] * (width - 1)) for first, last in part] for part in arrays]
    found = unique([np.array(part, np.uint64).reshape(-1, width) for part in parts])
    every = [key for part in parts for key in part]
    assert list(map(tuple, found.tolist())) == list(dict.fromkeys(every))


@given(st.lists(st.one_of(WORD, st.integers(0, 5))), st.integers(1, 70))
def test_some_distinct(words, limit):
    found = some_distinct(np.array(words, np.uint64).reshape(-1, 1), limit)
    assert len(found) == len(set(found)) == min(limit, len(set(words)))
    assert set(found) <= set(words)


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
