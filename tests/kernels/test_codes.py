"""Passes over codes agree with loops over Python lists."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.codes import count_codes, rows_of
from scanner.kernels.digest import digest_cells, digest_rows
from scanner.model import Cells

CODES = st.integers(1, 9).flatmap(
    lambda size: st.tuples(st.just(size), st.lists(st.integers(-1, size - 1), max_size=60))
)


def array(values, kind=np.int32):
    return np.array(values, kind)


@given(CODES)
def test_each_cell_is_counted(case):
    size, codes = case
    assert count_codes(array(codes), size).tolist() == [codes.count(cell) for cell in range(size)]


def test_a_code_without_a_cell_is_refused():
    with pytest.raises(ValueError, match="names no cell"):
        count_codes(array([0, 3]), 3)


@given(CODES, st.data())
def test_rows_of_wanted_cells(case, data):
    size, codes = case
    wanted = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    limit = data.draw(st.integers(-1, 70))
    rows = [row for row, code in enumerate(codes) if code >= 0 and wanted[code]]
    found = rows_of(array(codes), array(wanted, np.uint8), limit)
    assert found.dtype == np.int32
    assert found.tolist() == (rows if limit < 0 else rows[:limit])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 1.0])
@pytest.mark.parametrize("count", [0, 15, 16, 17, 1000])
def test_rows_of_many_codes(count, share):
    draw = np.random.default_rng(count)
    codes = draw.integers(-1, 300, count).astype(np.int32)
    wanted = (draw.random(300) < share).astype(np.uint8)
    expected = [row for row, code in enumerate(codes.tolist()) if code >= 0 and wanted[code]]
    assert rows_of(codes, wanted).tolist() == expected


@pytest.mark.parametrize("seed", range(30))
def test_a_row_of_codes_has_the_digest_of_its_texts(seed):
    draw = random.Random(seed)
    count = draw.randrange(1, 300)
    coded, plain = [], []
    for _ in range(draw.randrange(1, 5)):
        longest = draw.choice((0, 3, 13, 14, 15, 29, 30, 31, 61, 62, 63, 126, 249, 250, 251, 300))
        words = [
            draw.choice(("", " ", "\t")) + "x" * draw.randrange(longest + 1) + draw.choice(("", " "))
            for _ in range(draw.randrange(1, 30))
        ]
        codes = [draw.randrange(-1, len(words)) for _ in range(count)]
        cells, each = Cells.of(words), Cells.of([words[code] if code >= 0 else None for code in codes])
        coded.append((cells.data, cells.start, cells.end, array(codes), None))
        plain.append((each.data, each.start, each.end, None, None))
    group = array([draw.randrange(3) for _ in range(count)])
    tags = np.array([7, 0, 9], np.uint64)
    for path in range(5):
        known = [(*column[:4], digest_cells(*column[:3], at, 5, 6, path)) for at, column in enumerate(coded)]
        some = [draw.choice(columns) for columns in zip(coded, plain, known, strict=True)]
        one, *others = (
            digest_rows(columns, group, tags, 5, 6, path) for columns in (plain, coded, known, some)
        )
        assert len(one) == sum(each != 1 for each in group.tolist())
        assert all(np.array_equal(one, other) for other in others)
