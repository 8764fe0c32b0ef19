import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unions_reference import Slow, slow_mentions, slow_unite

from scanner.kernels.unions import (
    gather_masks,
    mentions,
    new_memory,
    number_persons,
    numbered,
    one_of_each,
    places_of,
    relations,
    renumber,
    roots,
    split_nodes,
    spread,
    unite,
    unite_pairs,
)

WORD = st.one_of(st.integers(0, 5), st.integers(0, (1 << 64) - 1))
TYPES = pytest.mark.parametrize("dtype", [np.uint32, np.int64])


@pytest.mark.parametrize("width", [1, 2, 4])
@settings(deadline=None)
@given(st.data())
def test_spread_is_undone_by_itself_and_keeps_different_tuples_apart(width, data):
    rows = data.draw(st.lists(st.tuples(*[WORD] * width), unique=True))
    keys = np.array(rows, np.uint64).reshape(-1, width)
    spread(keys)
    assert len({*map(tuple, keys.tolist())}) == len(rows)
    assert keys[:, 1:].tolist() == [list(row[1:]) for row in rows]
    spread(keys)
    assert keys.tolist() == [list(row) for row in rows]


@pytest.mark.parametrize("whole", [False, True])
def test_equal_first_words_are_spread_evenly(whole):
    keys = np.zeros((25_600, 2), np.uint64)
    keys[:, 1] = np.arange(25_600)
    spread(keys, whole)
    for shift in (56, 48, 0):
        counts = np.bincount(
            (keys[:, 0] >> np.uint64(shift) & np.uint64(255)).astype(np.int64), minlength=256
        )
        if shift < 56 or whole:
            assert counts.min() > 50
        else:  # all of one number stay in one partition
            assert counts[0] == 25_600


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.integers(0, 20), WORD)), st.lists(st.one_of(WORD, st.integers(0, 20)), unique=True)
)
def test_numbered(words, tags):
    keys = np.array([[7, word] for word in words], np.uint64).reshape(-1, 2)
    expected = [tags.index(word) if word in tags else -1 for word in words]
    known = np.array(tags, np.uint64)
    assert numbered(keys, known, places_of(known)).tolist() == expected


SLOT = st.tuples(
    st.integers(0, 1 << 23),
    st.integers(-1, 2),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=3),
)


@pytest.mark.parametrize("pairs", [1, 3, 2048])
@settings(deadline=None)
@given(
    st.lists(st.tuples(WORD, WORD, WORD, st.integers(-1, 2)), max_size=30),
    st.tuples(*[st.lists(SLOT, max_size=3)] * 3),
    st.sampled_from([0, 7, (1 << 33) + 1]),
    st.integers(0, 3),
    st.sampled_from([0, 1, 4000]),
)
def test_mentions_agree_with_the_slow_way(pairs, rows, plans, first, further, base):
    keys = np.zeros((len(rows), 4), np.uint64)
    for at, row in enumerate(rows):
        keys[at, :3] = row[:3]  # the last word is a tag
    spread(keys)
    flat = [slot for slots in plans for slot in slots]
    arrays = (
        np.cumsum([0, *map(len, plans)]).astype(np.int32),
        np.array([slot[1] for slot in flat], np.int32),
        np.array([slot[0] for slot in flat], np.uint32),
        np.cumsum([0, *(len(slot[2]) for slot in flat)]).astype(np.int32),
        np.array([place for slot in flat for place, _ in slot[2]], np.int32),
        np.array([kind for slot in flat for _, kind in slot[2]], np.uint32),
        np.array([further] * len(plans), np.int32),
    )
    plan = np.array([row[3] for row in rows], np.int32)
    bases = np.full(len(rows), base, np.int32)
    remembered = new_memory(pairs)
    made: dict[int, tuple] = {}
    of_tuple: list[list[int]] = []
    owners: dict[object, int] = {}
    cut = len(rows) // 2
    for part in (slice(0, cut), slice(cut, None)):
        start = first + len(made)
        nodes, payloads, tuples, numbers = mentions(
            keys[part], plan[part], bases[part], *arrays, start, remembered
        )
        made.update({start + at: (payload, []) for at, payload in enumerate(payloads.tolist())})
        for word, owner, last in nodes.tolist():
            assert last >> 48 == base
            made[last & (1 << 40) - 1][1].append((word, owner, last >> 40 & 255))
        of_tuple += [numbers[tuples == at].tolist() for at in range(len(keys[part]))]
    expected = slow_mentions([row[:3] for row in rows], plan.tolist(), plans)
    assert [len(some) for some in of_tuple] == [len(some) for some in expected]
    for some, should in zip(of_tuple, expected, strict=True):
        for number, (payload, held) in zip(some, should, strict=True):
            for at, (_, owner, _) in enumerate(held):
                if isinstance(owner, tuple):  # any word will do that is this number's alone
                    word = owners.setdefault(owner, made[number][1][at][1])
                    assert word != 0
                    held[at] = held[at][0], word, held[at][2]
            assert made[number] == (payload, held)
    assert len(set(owners.values())) == len(owners)
    assert {number for some in of_tuple for number in some} == set(made)


def test_what_is_mentioned_again_is_not_made_again():
    """One sender (a phone, a name) and many receivers."""
    keys = np.array([[7, 8, 100 + at % 50, 200 + at % 50, at] for at in range(1000)], np.uint64)
    spread(keys)
    arrays = [np.array(each, np.int32) for each in ([0, 2], [1, 3], [0, 0], [0, 1, 2], [0, 2], [2, 2], [0])]
    arrays[2], arrays[5] = arrays[2].astype(np.uint32), arrays[5].astype(np.uint32)
    plan = np.zeros(1000, np.int32)
    nodes, payloads, tuples, numbers = mentions(keys, plan, plan, *arrays, 0, new_memory())
    assert len(tuples) == len(numbers) == 2000
    assert len(payloads) == len(nodes) == 51
    assert set(numbers[::2].tolist()) == {0}
    bases = np.arange(1000, dtype=np.int32) // 500  # what another table has is made for its own count
    assert len(mentions(keys, plan, bases, *arrays, 0, new_memory())[1]) == 102


def test_each_tuple_has_a_plan_and_a_base():
    keys, none, two = np.zeros((2, 3), np.uint64), np.zeros(0, np.int32), np.zeros(2, np.int32)
    arrays = [np.array(each, np.int32) for each in ([0, 1], [1], [0], [0, 1], [0], [2], [0])]
    arrays[2], arrays[5] = arrays[2].astype(np.uint32), arrays[5].astype(np.uint32)
    for plan, base in ((two, none), (none, two)):
        with pytest.raises(ValueError, match="each tuple has"):
            mentions(keys, plan, base, *arrays, 0, new_memory())


def test_mentions_are_looked_for_where_some_are_found():
    """Tuples that all differ, then one person in all: no mention is lost, and soon that person is found again."""
    size, memory = 90_000, new_memory()
    arrays = [np.array(each, np.int32) for each in ([0, 1], [1], [0], [0, 1], [0], [2], [0])]
    arrays[2], arrays[5] = arrays[2].astype(np.uint32), arrays[5].astype(np.uint32)
    for phones in (np.arange(1, size + 1), np.full(size, 7)):
        keys = np.stack([phones, phones + 1, np.arange(size), np.zeros(size)], axis=1).astype(np.uint64)
        spread(keys)
        plan = np.zeros(size, np.int32)
        nodes, payloads, tuples, numbers = mentions(keys, plan, plan, *arrays, 5, memory)
        assert tuples.tolist() == list(range(size))
        assert len(payloads) == len(nodes) == len(set(numbers.tolist()))
        phone_of = dict(
            zip((nodes[:, 2] & np.uint64((1 << 40) - 1)).tolist(), nodes[:, 0].tolist(), strict=True)
        )
        assert [phone_of[number] for number in numbers.tolist()] == phones.tolist()
    assert len(nodes) < size // 2


def check_unite(nodes, size, dtype):
    parent = np.arange(size, dtype=dtype)
    array = np.array([(word, owner, mention | kind << 40) for word, owner, mention, kind in nodes], np.uint64)
    pairs, numbers, kinds, names = unite(array.reshape(-1, 3), parent)
    assert (parent <= np.arange(size)).all()
    slow = Slow(size)
    expected_pairs, conflicts = slow_unite(nodes, slow)
    every = np.arange(size, dtype=np.int64).reshape(-1, 1)
    roots(parent, every)
    assert every[:, 0].tolist() == slow.roots()
    roots(parent, pairs)
    assert sorted(map(tuple, pairs.tolist())) == expected_pairs
    found = zip(numbers.tolist(), kinds.tolist(), names.tolist(), strict=True)
    assert sorted(found) == conflicts
    assert number_persons(parent) == len(set(slow.roots()))
    order = {root: person for person, root in enumerate(sorted(set(slow.roots())))}
    assert parent.tolist() == [order[root] for root in slow.roots()]


@TYPES
@settings(deadline=None)
@given(nodes=st.lists(st.tuples(WORD, st.integers(0, 3), st.integers(0, 29), st.integers(0, 3)), max_size=60))
def test_unite_agrees_with_sets(dtype, nodes):
    check_unite(nodes, 30, dtype)


@TYPES
@pytest.mark.parametrize("seed", range(4))
def test_unite_agrees_with_sets_on_larger_graphs(seed, dtype):
    chance = random.Random(seed)
    span, names = chance.choice([(40, 30), (300, 3), (2, 500), (1, 2)])
    nodes = [
        (
            chance.randrange(span) << 55 | 5,
            chance.randrange(names),
            chance.randrange(900),
            chance.randrange(4),
        )
        for _ in range(700)
    ]
    check_unite(nodes, 900, dtype)


def test_numbers_that_differ_only_where_the_table_does_not_look():
    """Words of one slot and one part: the whole word decides; and owners of different numbers."""
    nodes = [
        (word, owner, 4 * at + owner, 2) for at, word in enumerate((1, 2, 1 << 63)) for owner in (0, 1, 2)
    ]
    check_unite(nodes, 12, np.uint32)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            WORD, st.integers(0, 3), st.integers(0, 29), st.integers(0, 3), st.integers(0, 9), st.booleans()
        ),
        max_size=80,
    ),
    st.sampled_from([0, 1, 5, 10, 4096]),
)
def test_numbers_are_counted_by_holder_and_those_of_nobody_change_nothing_else(nodes, holders):
    """Each node: number, owner, mention, kind, holder, and whether it is only counted."""
    words = [
        (word, 0 if counted else owner, mention | kind << 40 | holder << 48 | counted << 63)
        for word, owner, mention, kind, holder, counted in nodes
    ]
    told = relations(np.array(words, np.uint64).reshape(-1, 3), holders)
    expected = np.zeros(256 + max(10, holders), np.int64)
    for _, _, holder in {(word, kind, holder) for word, _, _, kind, holder, _ in nodes}:
        expected[256 + holder] += 1
    for _, kind in {(word, kind) for word, _, _, kind, _, _ in nodes}:
        expected[kind] += 1
    assert told[5].tolist() == expected[: 256 + holders].tolist()
    plain = [(word, owner, mention, kind) for word, owner, mention, kind, _, counted in nodes if not counted]
    without = relations(
        np.array(
            [(word, owner, mention | kind << 40) for word, owner, mention, kind in plain], np.uint64
        ).reshape(-1, 3)
    )
    slow, fast = Slow(30), Slow(30)
    for found, sets in ((told, fast), (without, slow)):
        for one, other in found[0].tolist():
            sets.join(one, other)
    assert fast.roots() == slow.roots()
    assert sorted(zip(*(each.tolist() for each in told[2:5]), strict=True)) == sorted(
        zip(*(each.tolist() for each in without[2:5]), strict=True)
    )
    pairs = [{(slow.roots()[a], slow.roots()[b]) for a, b in found[1].tolist()} for found in (told, without)]
    assert pairs[0] == pairs[1]


@TYPES
@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_pairs_are_united(dtype, pairs):
    parent = np.arange(20, dtype=dtype)
    one, two = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    unite_pairs(parent, one, two)
    slow = Slow(20)
    for pair in pairs:
        slow.join(*pair)
    every = np.arange(20, dtype=np.int64).reshape(10, 2)
    roots(parent, every)
    assert every.ravel().tolist() == slow.roots()
    assert number_persons(parent) == len(set(slow.roots()))


@TYPES
def test_nothing_to_unite(dtype):
    parent = np.zeros(0, dtype)
    pairs, numbers, kinds, names = unite(np.zeros((0, 3), np.uint64), parent)
    assert (pairs.shape, len(numbers), len(kinds), len(names)) == ((0, 2), 0, 0, 0)
    assert number_persons(parent) == 0


@TYPES
@pytest.mark.parametrize("word", [np.uint8, np.uint16, np.uint64])
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=30))
@settings(deadline=None)
def test_masks_of_a_person_are_united(dtype, word, records):
    masks = [1, 2, 12, 1 << np.iinfo(word).bits - 1]
    held = np.zeros(7, word)
    person, payload = np.array(records, np.int64).reshape(-1, 2).T
    gather_masks(person.astype(dtype), payload.astype(np.uint32), np.array(masks, word), held)
    expected = [0] * 7
    for who, what in records:
        expected[who] |= masks[what]
    assert held.tolist() == expected


@pytest.mark.parametrize(("person", "payload"), [([7], [0]), ([-1], [0]), ([0], [4]), ([0, 1], [0])])
def test_masks_of_nobody_are_refused(person, payload):
    with pytest.raises(ValueError, match="do not fit"):
        gather_masks(
            np.array(person, np.int64),
            np.array(payload, np.uint32),
            np.zeros(4, np.uint64),
            np.zeros(7, np.uint64),
        )


@settings(deadline=None)
@given(st.lists(st.tuples(WORD, WORD, WORD)), st.sets(st.integers(0, 255)))
def test_nodes_are_split_by_their_kinds(rows, kinds):
    nodes = np.array(rows, np.uint64).reshape(-1, 3)
    chosen = np.zeros(256, np.uint8)
    chosen[list(kinds)] = 1
    some, others = np.empty_like(nodes), np.empty_like(nodes)
    found = split_nodes(nodes, chosen, some, others)
    own = [row for row in rows if row[2] >> 40 & 255 in kinds]
    assert [tuple(row) for row in some[:found].tolist()] == own
    rest = [row for row in rows if row[2] >> 40 & 255 not in kinds]
    assert [tuple(row) for row in others[: len(rows) - found].tolist()] == rest


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 11))))
def test_one_mention_stays_of_each_person_and_payload(mentions_of):
    persons, payloads = [person for person, _ in mentions_of], [payload for _, payload in mentions_of]
    parent = np.array([persons.index(person) for person in persons], np.uint32)
    numbers, kept, edges = one_of_each(parent, np.array(payloads, np.uint32))
    assert kept[numbers].tolist() == payloads
    slow = Slow(len(kept))
    for one, two in edges.tolist():
        slow.join(one, two)
    root = slow.roots()
    told = [root[number] for number in numbers.tolist()]
    assert [told.index(each) for each in told] == parent.tolist()
    pairs = Counter(zip(persons, numbers.tolist(), strict=True))
    assert len(pairs) == len(kept) == len(edges) + len(set(persons))
    if all(len({payload for who, payload in mentions_of if who == person}) <= 8 for person in persons):
        assert len(kept) == len(set(mentions_of))
    nodes = np.array([[1, 2, at | 3 << 40] for at in range(len(numbers))] + [[1, 2, 1 << 63]], np.uint64)
    renumber(nodes, numbers)
    assert nodes[:, 2].tolist() == [number | 3 << 40 for number in numbers.tolist()] + [1 << 63]


def test_what_does_not_fit_is_refused():
    nodes, kinds = np.array([[1, 2, 5]], np.uint64), np.zeros(256, np.uint8)
    for holders in (-1, 4097):
        with pytest.raises(ValueError, match="cannot hold"):
            relations(nodes, holders)
    with pytest.raises(ValueError, match="too little room"):
        split_nodes(nodes, kinds, nodes[:0], nodes.copy())
    with pytest.raises(ValueError, match="no kinds"):
        split_nodes(nodes, kinds[:9], nodes.copy(), nodes.copy())
    with pytest.raises(ValueError, match="do not fit"):
        one_of_each(np.zeros(2, np.uint32), np.zeros(1, np.uint32))
    with pytest.raises(ValueError, match="no mention"):
        renumber(nodes, np.zeros(5, np.uint32))
