"""Gathered tuples against a reference that looks at every row by itself."""

import random

import numpy as np
import pytest

from scanner.kernels.ties import tie_rows, untie
from scanner.kernels.unions import spread

U64 = (1 << 64) - 1


def reference(facts, of_row, kind, tags, kinds):
    """The tuples of all rows, as lists, in their order by kind; further ones behind their row's first."""
    tuples = []
    widths = [len(keys[0]) if keys else 1 for _, keys, _, _ in facts]
    for row, group in sorted(enumerate(of_row), key=lambda each: kind[each[1]]):
        held = kinds[kind[group]]
        if not held:
            continue
        values = []
        for place in held:
            cell, keys, codes, _ = facts[place]
            own = row if codes is None else codes[row]
            values.append([tuple(key) for each, key in zip(cell, keys, strict=True) if each == own])
        nothing = [(0,) * widths[place] for place in held]
        first = [some[0] if some else none for some, none in zip(values, nothing, strict=True)]
        for at, some in enumerate([[first[0]], *(some[1:] for some in values)], -1):
            for value in some:
                words = first if at < 0 else [*first[:at], value, *first[at + 1 :]]
                tuples.append([*(word for each in words for word in each), tags[group]])
    return tuples


def called(facts, of_row, kind, tags, kinds):
    arrays = [
        (
            np.array(cell, np.int32),
            np.array(keys, np.uint64).reshape(len(cell), -1 if keys else 1),
            None if codes is None else np.array(codes, np.int32),
            cells,
        )
        for cell, keys, codes, cells in facts
    ]
    found = tie_rows(
        arrays, np.array(of_row, np.int32), np.array(kind, np.int32), np.array(tags, np.uint64), kinds
    )
    for tuples in found:
        spread(tuples)  # undoes itself
    return [tuples.tolist() for tuples in found]


def drawn(chance: random.Random):
    size = chance.choice([1, 2, 7, 40, 700])
    facts = []
    for _ in range(chance.randrange(1, 5)):
        coded = chance.random() < 0.4
        cells = chance.randrange(1, 9) if coded else size
        often = chance.choice([1, 1, 3])
        cell = sorted(each for each in range(cells) for _ in range(chance.randrange(often + 1)))
        width = chance.choice([1, 2])
        keys = [[chance.choice([0, 5, chance.randrange(U64)]) for _ in range(width)] for _ in cell]
        codes = [chance.randrange(-1, cells) for _ in range(size)] if coded else None
        facts.append((cell, keys, codes, cells))
    kinds = [()] + [
        tuple(place for place in range(len(facts)) if chance.random() < 0.6)
        for _ in range(chance.randrange(4))
    ]
    groups = chance.randrange(1, 6)
    kind = [chance.randrange(len(kinds)) for _ in range(groups)]
    tags = [chance.randrange(U64) for _ in range(groups)]
    return facts, [chance.randrange(groups) for _ in range(size)], kind, tags, kinds


@pytest.mark.parametrize("seed", range(300))
def test_as_the_reference(seed):
    case = drawn(random.Random(seed))
    expected = reference(*case)
    widths = sorted({len(each) for each in expected})
    assert called(*case) == [[each for each in expected if len(each) == width] for width in widths]


FACT = ([0], [[7]], None, 1)
WRONG = [
    ([FACT], [1], [0], [9], [()]),  # no such group
    ([FACT], [-1], [0], [9], [()]),
    ([FACT], [0], [1], [9], [()]),  # no such kind
    ([FACT], [0], [0], [9, 9], [()]),
    ([FACT], [0], [0], [9], [(1,)]),  # no such fact
    ([([0], [[7]], [1], 1)], [0], [0], [9], [(0,)]),  # no such cell
    ([([0], [[7]], [-2], 1)], [0], [0], [9], [(0,)]),
    ([([1], [[7]], [0], 1)], [0], [0], [9], [(0,)]),
    ([([0], [[7]], [0, 0], 1)], [0], [0], [9], [(0,)]),  # codes of other rows
    ([([0], [[7], [8]], None, 1)], [0], [0], [9], [(0,)]),
]


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused(case):
    facts, of_row, kind, tags, kinds = case
    arrays = [
        (
            np.array(cell, np.int32),
            np.array(keys, np.uint64),
            None if codes is None else np.array(codes, np.int32),
            cells,
        )
        for cell, keys, codes, cells in facts
    ]
    with pytest.raises(ValueError, match="fit"):
        tie_rows(
            arrays, np.array(of_row, np.int32), np.array(kind, np.int32), np.array(tags, np.uint64), kinds
        )


def test_rows_without_tuples_give_none():
    assert called([FACT], [0], [0], [9], [()]) == []
    assert called([([], [], None, 0)], [], [0], [9], [(0,)]) == []
    assert called([FACT], [0, 0, 0], [0], [9], [(0,)]) == [[[7, 9], [0, 9], [0, 9]]]


@pytest.mark.parametrize("seed", range(200))
def test_the_values_of_tuples_are_found_again(seed):
    chance = random.Random(seed)
    width = chance.randrange(1, 6)
    owners = chance.randrange(1, 4)
    wide = [chance.randrange(1, width + 1) for _ in range(owners)]
    plans = []
    for _ in range(chance.randrange(4)):
        of = [chance.randrange(owners) for _ in range(chance.randrange(4))]
        plans.append([(chance.randrange(width - wide[owner] + 1), wide[owner], owner) for owner in of])
    rows = [[chance.choice([0, 0, 5, chance.randrange(U64)]) for _ in range(width)] for _ in range(60)]
    plan = [chance.randrange(-1, len(plans)) for _ in rows]
    expected = [[] for _ in range(owners)]
    for row, which in zip(rows, plan, strict=True):
        for at, words, owner in plans[which] if which >= 0 else ():
            if any(row[at : at + words]):
                expected[owner].append(row[at : at + words])
    keys = np.array([[*row, 7] for row in rows], np.uint64)
    spread(keys)
    begin = np.cumsum([0, *map(len, plans)]).astype(np.int32)
    at, words, owner = (np.array([each[i] for some in plans for each in some], np.int32) for i in range(3))
    slots, none = np.arange(owners, dtype=np.int32), np.zeros(0, np.uint64)
    found = untie(keys, np.array(plan, np.int32), begin, at, words, owner, slots, owners, none)
    assert [[] if some is None else some[0].tolist() for some in found] == [
        sorted(values, key=lambda value: value[0] >> 56) for values in expected
    ]
    for some in found:
        if some is not None:
            tops = (some[0][:, 0] >> np.uint64(56)).astype(np.int64)
            assert some[1].tolist() == [int((tops < partition).sum()) for partition in range(257)]
    # With a number behind each, all of one width are together.
    widths = sorted(set(wide))
    slots = np.array([widths.index(each) for each in wide], np.int32)
    numbers = np.arange(50, 50 + owners, dtype=np.uint64)
    together = untie(keys, np.array(plan, np.int32), begin, at, words, owner, slots, len(widths), numbers)
    for width, some in zip(widths, together, strict=True):
        values = [] if some is None else some[0].tolist()
        tops = [value[0] >> 56 for value in values]
        assert tops == sorted(tops)
        assert sorted(values) == sorted(
            [*value, 50 + owner]
            for owner, found_here in enumerate(expected)
            for value in found_here
            if wide[owner] == width
        )


@pytest.mark.parametrize(
    ("plan", "at", "words", "owner"),
    [([1], 0, 1, 0), ([-2], 0, 1, 0), ([0], 1, 1, 0), ([0], -1, 1, 0), ([0], 0, 2, 0), ([0], 0, 1, 1)],
)
def test_plans_that_tuples_do_not_fit_are_refused(plan, at, words, owner):
    arrays = [np.array([each], np.int32) for each in (at, words, owner)]
    begin = np.array([0, 1], np.int32)
    slots, none = np.zeros(1, np.int32), np.zeros(0, np.uint64)
    with pytest.raises(ValueError, match=r"fit|have"):
        untie(np.ones((1, 2), np.uint64), np.array(plan, np.int32), begin, *arrays, slots, 1, none)


@pytest.mark.parametrize(("slot", "numbers"), [([1], []), ([-1], []), ([0], [1, 2])])
def test_slots_and_numbers_that_owners_do_not_fit_are_refused(slot, numbers):
    begin, one = np.array([0, 1], np.int32), np.array([1], np.int32)
    plan = at = owner = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="fit"):
        untie(
            np.ones((1, 2), np.uint64), plan, begin, at, one, owner,
            np.array(slot, np.int32), 1, np.array(numbers, np.uint64),
        )  # fmt: skip
