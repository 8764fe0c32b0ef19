"""Gathered tuples against a reference that looks at every row by itself."""

import random

import numpy as np
import pytest

from scanner.kernels.ties import tie_rows
from scanner.kernels.unions import spread

U64 = (1 << 64) - 1


def reference(facts, of_row, kind, tags, kinds):
    """The tuples of all rows, as lists, in their order; further ones behind their row's first."""
    tuples = []
    for row, group in enumerate(of_row):
        held = kinds[kind[group]]
        if not held:
            continue
        values = []
        for place in held:
            cell, keys, codes, _ = facts[place]
            own = row if codes is None else codes[row]
            values.append([key[0] for each, key in zip(cell, keys, strict=True) if each == own])
        first = [some[0] if some else 0 for some in values]
        tuples.append([*first, tags[group]])
        for at, some in enumerate(values):
            for further in some[1:]:
                tuples.append([*first[:at], further, *first[at + 1 :], tags[group]])
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
    size = chance.choice([1, 2, 7, 40])
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
