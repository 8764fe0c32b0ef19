"""What candidates are, and the ones of a kind, against the same said plainly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.sieve import judge, kept, mark_covered, marked, told_apart
from scanner.model import Cells

WHITE = bytes(range(0x21))


@settings(deadline=None)  # slow under sanitizers
@given(st.lists(st.integers(0, 7), max_size=70), st.integers(0, 7), st.integers(0, 7), st.booleans())
def test_kept(kinds, bits, value, packed):
    size = len(kinds)
    kind = np.array(kinds, np.uint8)
    columns = [np.arange(size, dtype=np.int32) + shift for shift in (0, 100, 200)]
    checks = np.arange(size, dtype=np.uint32) * 3
    key = np.arange(size, dtype=np.uint64) << np.uint64(33) if packed else None
    which = np.flatnonzero(kind & bits == value)
    for path in (0, 1):
        found = kept(kind, bits, value, len(which), *columns, checks, key, path)
        for got, given_array in zip(found, [*columns, checks, key], strict=True):
            assert (got is None) == (given_array is None)
            assert got is None or got.tolist() == given_array[which].tolist()
        for wrong in {len(which) + 1, max(0, len(which) - 1), -1} - {len(which)}:
            with pytest.raises(ValueError, match="another number"):
                kept(kind, bits, value, wrong, *columns, checks, key, path)


CELL = st.text(" '\"=a1\t", max_size=8).map(str.encode)


@settings(deadline=None)  # slow under sanitizers
@given(
    st.lists(st.tuples(CELL, st.integers(0, 8), st.integers(0, 8), st.integers(0, 15), st.integers(0, 3))),
    st.data(),
)
def test_judge(rows, data):
    """Valid, failed and probable candidates, weighted or not."""
    required = data.draw(st.sampled_from([1, 3, 7]))
    basis = data.draw(st.sampled_from([0, 1, 2]))
    lenient = data.draw(st.sampled_from([0, 1, 8]))
    weighted = data.draw(st.booleans())
    cells = Cells.of([row[0] for row in rows])
    candidates = []
    for index, (value, one, two, checks, _) in enumerate(rows):
        start, end = sorted((min(one, len(value)), min(two, len(value))))
        candidates.append((index, start, end, checks))
    weights = np.array([row[4] for row in rows], np.int64)
    path = data.draw(st.integers(0, 1))
    kind, counts, refused, every = judge(
        cells.data,
        cells.start,
        cells.end,
        *(np.array([each[part] for each in candidates], np.int32) for part in range(3)),
        np.array([each[3] for each in candidates], np.uint32),
        required,
        basis,
        lenient,
        weights if weighted else None,
        path,
    )
    kinds, totals, reasons = [], [0] * 7, {}
    for index, start, end, checks in candidates:
        weight = int(weights[index]) if weighted else 1
        value = rows[index][0]
        valid = checks & required == required
        based = bool(basis) and checks & basis == basis
        probable = bool(lenient) and checks & lenient == lenient
        whole = not value[:start].strip(WHITE + b"'\"=") and not value[end:].strip(WHITE + b"'\"")
        kinds.append(1 if valid else 2 * based + 4 * probable)
        if not valid:
            reasons[checks] = reasons.get(checks, 0) + weight
        bits = [kinds[-1] & bit != 0 for bit in (1, 2, 4)]
        for at, add in enumerate(
            [weight, weight * valid, weight * (valid or based), weight * (valid and whole), *bits]
        ):
            totals[at] += int(add)
    assert kind.tolist() == kinds
    assert list(counts) == totals
    assert refused == list(reasons.items())  # in the order they come
    assert every == np.bitwise_or.reduce(np.array([each[3] for each in candidates], np.int64), initial=0)


@settings(deadline=None)  # slow under sanitizers
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 2, 4, 6]), st.integers(0, 3)), max_size=70), st.integers(1, 3)
)
def test_marked(rows, dummy):
    kind = np.array([row[0] for row in rows], np.uint8)
    cell = np.arange(len(rows), dtype=np.int32) * 2
    checks = np.array([row[1] for row in rows], np.uint32)
    unsound = [2 * i for i, (what, bits) in enumerate(rows) if what == 2 and not bits & dummy]
    dummies = [2 * i for i, (what, bits) in enumerate(rows) if what == 1 and bits & dummy]
    failed = [2 * i for i, (what, bits) in enumerate(rows) if what != 1 and bits & dummy]
    for path in (0, 1):
        found = marked(kind, cell, checks, dummy, path)
        assert [each.tolist() for each in found] == [unsound, dummies, failed]


@settings(deadline=None)  # slow under sanitizers
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(0, 3), st.integers(0, 2))
def test_told_apart(bits, dummy, width):
    checks = np.array(bits, np.uint32)
    cell = np.arange(len(bits), dtype=np.int32) * 2
    keys = np.arange(len(bits) * width, dtype=np.uint64).reshape(len(bits), width)
    expected = (checks & np.uint32(dummy)) == 0
    telling, cells, kept_keys, others = told_apart(checks, dummy, cell, keys)
    assert telling.tolist() == expected.tolist()
    assert cells.tolist() == cell[expected].tolist()
    assert kept_keys.tolist() == keys[expected].tolist()
    assert others.tolist() == keys[~expected].tolist()
    with pytest.raises(ValueError, match="differ"):
        told_apart(np.zeros(len(bits) + 1, np.uint32), dummy, cell, keys)


@pytest.mark.parametrize(
    ("value", "start", "end", "whole"),
    [
        ("123", 0, 3, True),
        (" '123' ", 2, 5, True),
        ('="123"', 2, 5, True),
        ("123=", 0, 3, False),
        ("a123", 1, 4, False),
        ("123　", 0, 3, False),
    ],
)
def test_a_value_fills_its_cell(value, start, end, whole):
    cells = Cells.of([value])
    span = (np.array([part], np.int32) for part in (0, start, end))
    _, counts, *_ = judge(cells.data, cells.start, cells.end, *span, np.ones(1, np.uint32), 1, 0, 0)
    assert counts[3] == whole


@settings(deadline=None)  # slow under sanitizers
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7)), max_size=150), st.integers(0, 7))
def test_mark_covered(rows, required):
    checks = np.array([row[1] for row in rows], np.uint32)
    expected = [3 if under and bits & required == required else under for under, bits in rows]
    for path in (0, 1):
        covered = np.array([row[0] for row in rows], np.uint8)
        assert mark_covered(covered, checks, required, path) == expected.count(3)
        assert covered.tolist() == expected


def column(rng, size, twice):
    """Candidates of a column of cells, nearly one in each, mostly whole."""
    values = [
        rng.choice(["123456", " 123456 ", "a 123456", "'123456'"], p=[0.9, 0.04, 0.03, 0.03])
        for _ in range(size)
    ]
    spans = []
    for cell, value in enumerate(values):
        if rng.random() < 0.05:
            continue
        at = value.index("1")
        spans.append((cell, at, at + 6))
        if twice and rng.random() < 0.05:
            spans.append((cell, at + 6, at + 6))
    return values, [np.array(part, np.int32) for part in zip(*spans, strict=True)]


@pytest.mark.parametrize("seed", range(12))
def test_judge_of_columns_is_the_same_on_both_paths(seed):
    rng = np.random.default_rng(seed)
    values, spans = column(rng, 500, seed % 2)
    cells = Cells.of(values)
    checks = rng.choice(np.array([7, 7, 7, 7, 3, 1, 5, 9], np.uint32), len(spans[0]))
    results = [
        judge(cells.data, cells.start, cells.end, *spans, checks, 7, 3, 1, None, path) for path in (0, 1)
    ]
    assert results[0][0].tolist() == results[1][0].tolist()
    assert results[0][1:] == results[1][1:]
    assert results[0][1][1] == int((checks == 7).sum()) > 0
    whole = sum(
        not cells.text(c).strip(" '")[6:] and cells.text(c)[:a].strip(" '") == "" and b > a
        for c, a, b, bits in zip(*spans, checks, strict=True)
        if bits == 7
    )
    assert abs(results[0][1][3] - whole) <= sum(1 for a, b in zip(spans[1], spans[2], strict=True) if a == b)


@pytest.mark.parametrize("weighted", [False, True])
def test_judge_counts_any_number_of_reasons(weighted):
    size = 3000
    cells = Cells.of(["1"] * size)
    cell = np.arange(size, dtype=np.int32)
    checks = (cell % 1000 * 2).astype(np.uint32)
    weights = np.arange(size, dtype=np.int64)
    zeros, ones = np.zeros(size, np.int32), np.ones(size, np.int32)
    for path in (0, 1):
        _, counts, refused, _ = judge(
            cells.data,
            cells.start,
            cells.end,
            cell,
            zeros,
            ones,
            checks,
            1,
            2,
            0,
            weights if weighted else None,
            path,
        )
        expected: dict[int, int] = {}
        for at, bits in enumerate(checks.tolist()):
            expected[bits] = expected.get(bits, 0) + (at if weighted else 1)
        assert refused == list(expected.items())
        assert counts[0] == (int(weights.sum()) if weighted else size)
        assert counts[5] == int((checks & 2 == 2).sum())


def test_judge_refuses_candidates_in_no_cell():
    cells = Cells.of(["1"] * 3)
    zeros, ones = np.zeros(1, np.int32), np.ones(1, np.int32)
    for cell in (-1, 3):
        for path in (0, 1):
            with pytest.raises(ValueError, match="no cell"):
                judge(
                    cells.data,
                    cells.start,
                    cells.end,
                    np.array([cell], np.int32),
                    zeros,
                    ones,
                    np.ones(1, np.uint32),
                    1,
                    0,
                    0,
                    None,
                    path,
                )
    with pytest.raises(ValueError, match="length"):
        judge(cells.data, cells.start, cells.end, zeros, zeros[:0], ones, np.ones(1, np.uint32), 1, 0, 0)
