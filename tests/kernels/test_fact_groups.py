"""Rows grouped by what they hold, against sets."""

import random

import numpy as np
import pytest

from scanner.kernels.fact_groups import group_facts


@pytest.mark.parametrize("most", [5, 70, 5000])
@pytest.mark.parametrize("size", [0, 1, 40, 3000])
@pytest.mark.parametrize("seed", range(4))
def test_rows_are_grouped_by_their_facts(size, seed, most):
    """Facts of few rows, of nearly all, of all; rows named twice; a fact of several lists; numbers far apart."""
    draw = random.Random(f"{size}-{seed}-{most}")
    facts = []
    for share in draw.choices((0, 0.01, 0.3, 0.5, 0.97, 1), k=min(draw.randrange(30), most)):
        rows = [[row for row in range(size) if draw.random() < share] for _ in range(draw.choice((1, 1, 2)))]
        if draw.random() < 0.3:
            rows[0] = sorted(rows[0] + rows[0][::3])
        facts.append(rows)
    numbers = draw.sample(range(most), len(facts))
    members = [
        (1 << number, set().union(*map(set, rows))) for number, rows in zip(numbers, facts, strict=True)
    ]
    held = [sum(bit for bit, rows in members if row in rows) for row in range(size)]
    of_row, counts, groups = group_facts(
        [[np.array(rows, np.int32) for rows in lists] for lists in facts], size, numbers
    )
    assert groups == list(dict.fromkeys(held))
    assert [groups[group] for group in of_row.tolist()] == held
    assert counts.tolist() == [held.count(group) for group in groups]


@pytest.mark.parametrize("kinds", [1, 2, 9, 400])
@pytest.mark.parametrize("size", [0, 1, 40, 3000])
@pytest.mark.parametrize("seed", range(4))
def test_rows_that_share_cells_are_grouped_as_others_are(size, seed, kinds):
    """Columns of up to eight facts each beside lists of rows; facts of several columns, of a list and a column;
    cells of none of the facts; marks that no fact has; so many groups that columns are taken fact by fact."""
    draw = random.Random(f"{size}-{seed}-{kinds}")
    members, facts, numbers, columns = [], [], [], []
    for number in draw.sample(range(150), draw.randrange(4)):
        rows = [row for row in range(size) if draw.random() < 0.3]
        facts.append([np.array(rows, np.int32)])
        numbers.append(number)
        members.append((1 << number, set(rows)))
    for _ in range(draw.randrange(1, 7)):
        own = draw.choices(range(150 if draw.random() < 0.5 else 12), k=draw.randrange(1, 9))
        cells = draw.randrange(1, 300)
        marks = [draw.choice([0, draw.randrange(256)]) for _ in range(kinds)]
        marks = [draw.choice(marks) for _ in range(cells)]
        codes = [draw.randrange(-1, cells) for _ in range(size)]
        columns.append((np.array(codes, np.int32), np.array(marks, np.uint8), own))
        for bit, number in enumerate(own):
            rows = {row for row, code in enumerate(codes) if code >= 0 and marks[code] >> bit & 1}
            members.append((1 << number, rows))
    held = [0] * size
    for bit, rows in members:
        for row in rows:
            held[row] |= bit
    of_row, counts, groups = group_facts(facts, size, numbers, columns)
    assert groups == list(dict.fromkeys(held))
    assert [groups[group] for group in of_row.tolist()] == held
    assert counts.tolist() == [held.count(group) for group in groups]


def test_a_column_of_other_rows_is_refused():
    codes, marks = np.zeros(3, np.int32), np.ones(2, np.uint8)
    for column in (
        (codes[:2], marks, [0]),
        (codes, marks, []),
        (codes, marks, [0] * 9),
        (codes, marks, [-1]),
    ):
        with pytest.raises(ValueError, match="fit"):
            group_facts([], 3, [], [column])
    of_row, counts, groups = group_facts([], 3, [], [(codes + 5, marks, [0])])  # cells that there are not
    assert (of_row.tolist(), counts.tolist(), groups) == ([0, 0, 0], [3], [0])
    assert group_facts([], 3, [], [(codes, marks[:0], [0])])[2] == [0]


def test_many_facts_of_few_rows_each_apart():
    """Groups whose rows have all gone on are given up, so that memory follows the rows and not the facts."""
    draw = np.random.default_rng(5)
    held = draw.random((3000, 50)) < 0.5
    of_row, counts, groups = group_facts(
        [[np.flatnonzero(rows).astype(np.int32)] for rows in held], 50, list(range(3000))
    )
    assert of_row.tolist() == list(range(50))
    assert counts.tolist() == [1] * 50
    assert [[group >> fact & 1 for group in groups] for fact in range(3000)] == held.astype(int).tolist()


@pytest.mark.parametrize("rows", [[-1], [3], [0, 1, 3], [-1, 0, 1], [0, -1]])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises(ValueError, match="range"):
        group_facts([[np.array(rows, np.int32)]], 3, [0])
    with pytest.raises(ValueError, match="range"):
        group_facts([[np.array([0], np.int32)]], 0, [0])


@pytest.mark.parametrize("numbers", [[], [0, 1], [-1]])
def test_each_fact_has_a_number(numbers):
    with pytest.raises(ValueError, match="fit"):
        group_facts([[np.array([0], np.int32)]], 3, numbers)


@pytest.mark.parametrize("size", [-1, (1 << 31) - 1, 1 << 31])
def test_more_rows_than_have_numbers_are_refused(size):
    with pytest.raises(ValueError, match="fit"):
        group_facts([], size, [])
