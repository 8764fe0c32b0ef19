"""The passes over spans and cells agree with what they say, said plainly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.profile import byte_classes, profile
from scanner.kernels.spans import filled, overlapping
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
    for path in (0, 1):
        found, count = overlapping(*arrays(one), *arrays(other), path)
        assert found.tolist() == expected
        assert count == sum(expected)


@pytest.mark.parametrize("seed", range(30))
def test_overlapping_of_columns(seed):
    """Nearly one span a cell in both, some missing, some twice: as identifiers and what lies on them."""
    rng = np.random.default_rng(seed)

    def column():
        found = []
        for cell in range(400):
            if rng.random() < (0.97, 0.5, 0.03)[seed % 3]:
                at = int(rng.integers(0, 3))
                found.append((cell, at, at + int(rng.integers(1, 5))))
                if rng.random() < 0.02:
                    found.append((cell, at + 9, at + 12))
        return found

    one, other = column(), column()
    expected = [any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for b in other) for a in one]
    for path in (0, 1):
        assert overlapping(*arrays(one), *arrays(other), path)[0].tolist() == expected
    assert any(expected) or seed % 3 == 2


def test_overlapping_refuses_arrays_that_do_not_fit():
    one, two = arrays([(0, 0, 1)]), arrays([(0, 0, 1), (1, 0, 1)])
    with pytest.raises(ValueError, match="length"):
        overlapping(one[0], one[1], two[2], *two)


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
    check_filled(values, cells)
    check_filled(values * 20, Cells.of(list(values) * 20))  # as many as a vector holds, and more


def test_filled_relies_on_classes_of_bytes():
    """Where a cell holds no white space by its kinds, none of its bytes is white; only digits are digits."""
    classes = byte_classes()
    assert all(classes[byte] & 0x1080 for byte in WHITE)
    assert [chr(byte) for byte in range(256) if classes[byte] & 1] == list("0123456789")


def test_filled_refuses_cells_outside():
    cells = Cells.of(["abc"] * 40)
    kinds = profile(cells.data, cells.start, cells.end)[0]
    for end in (cells.end + np.int32(1), cells.start - np.int32(1)):
        for path in (0, 1):
            with pytest.raises(ValueError, match="outside"):
                filled(cells.data, cells.start, end, kinds, path)
    with pytest.raises(ValueError, match="length"):
        filled(cells.data, cells.start, cells.end, kinds[1:])


def check_filled(values, cells):
    found, count = filled(cells.data, cells.start, cells.end)
    kinds = profile(cells.data, cells.start, cells.end)[0]
    for path in (0, 1):
        again, as_many = filled(cells.data, cells.start, cells.end, kinds, path)
        assert again.tolist() == found.tolist()
        assert as_many == count == found.sum()
    for value, full in zip(values, found.tolist(), strict=True):
        text = value.strip(WHITE)
        slashes = 0 < len(text) <= 4 and set(text) <= set(b"-/")
        assert full == (not (text.lower() in NOTHING | {b"\\n"} and text != b"\\n") and not slashes), value
