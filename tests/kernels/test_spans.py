"""The passes over spans and cells agree with what they say, said plainly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.spans import filled, judge, overlapping, picked
from scanner.model import Cells

NOTHING = {
    b"",
    b"-",
    b"--",
    b"---",
    b"----",
    b"/",
    b"//",
    b"-/",
    b"na",
    b"nan",
    b"n/a",
    b"null",
    b"none",
    b"\\N",
}
NOTHING |= {"无".encode(), "空".encode()}
WHITE = bytes(range(0x21))


@st.composite
def spans(draw, disjoint=False):
    """Spans (cell, start, end), sorted by cell and start."""
    found = []
    for cell in range(draw(st.integers(0, 5))):
        last = 0
        for start, length in draw(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=4)):
            at = last + start if disjoint else start
            found.append((cell, at, at + length))
            last = at + length
    return sorted(found)


def arrays(found):
    return [np.array([span[part] for span in found], np.int32) for part in range(3)]


@given(spans(disjoint=True), spans(disjoint=True))
def test_overlapping(one, other):
    expected = [any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for b in other) for a in one]
    assert overlapping(*arrays(one), *arrays(other)).tolist() == expected


@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(NOTHING)),
            st.sampled_from(
                [b" NULL ", b"-1", b"NaN ", b"\\n", "无名".encode(), b"0", b"    a", b"a    ", b"-----"]
            ),
            st.text(" \t-/naulNoe\\", max_size=6).map(str.encode),
            st.binary(max_size=6),
        )
    )
)
def test_filled(values):
    cells = Cells.of(list(values))
    found = filled(cells.data, cells.start, cells.end).tolist()
    for value, full in zip(values, found, strict=True):
        text = value.strip(WHITE)
        slashes = 0 < len(text) <= 4 and set(text) <= set(b"-/")
        assert full == (not (text.lower() in NOTHING | {b"\\n"} and text != b"\\n") and not slashes), value


@given(st.lists(st.integers(0, 7)), st.integers(0, 7), st.integers(0, 7))
def test_picked(kinds, bits, value):
    expected = [at for at, kind in enumerate(kinds) if kind & bits == value]
    kind = np.array(kinds, np.uint8)
    assert picked(kind, bits, value, len(expected)).tolist() == expected
    for wrong in {len(expected) + 1, max(0, len(expected) - 1)} - {len(expected)}:
        with pytest.raises(ValueError, match="another number"):
            picked(kind, bits, value, wrong)


CELL = st.text(" '\"=a1\t", max_size=8).map(str.encode)


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
    kind, counts = judge(
        cells.data,
        cells.start,
        cells.end,
        *(np.array([each[part] for each in candidates], np.int32) for part in range(3)),
        np.array([each[3] for each in candidates], np.uint32),
        required,
        basis,
        lenient,
        weights if weighted else None,
    )
    kinds, totals = [], [0] * 7
    for index, start, end, checks in candidates:
        weight = int(weights[index]) if weighted else 1
        value = rows[index][0]
        valid = checks & required == required
        based = bool(basis) and checks & basis == basis
        probable = bool(lenient) and checks & lenient == lenient
        whole = not value[:start].strip(WHITE + b"'\"=") and not value[end:].strip(WHITE + b"'\"")
        kinds.append(1 if valid else 2 * based + 4 * probable)
        bits = [kinds[-1] & bit != 0 for bit in (1, 2, 4)]
        for at, add in enumerate(
            [weight, weight * valid, weight * (valid or based), weight * (valid and whole), *bits]
        ):
            totals[at] += int(add)
    assert kind.tolist() == kinds
    assert list(counts) == totals


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
    _, counts = judge(cells.data, cells.start, cells.end, *span, np.ones(1, np.uint32), 1, 0, 0)
    assert counts[3] == whole
