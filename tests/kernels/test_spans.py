"""The passes over spans and cells agree with what they say, said plainly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.profile import byte_classes, profile
from scanner.kernels.spans import Blanks, filled, overlapping
from scanner.model import Cells

WORDS = ["NULL", "n/a", "\\N", "无", "暂无", "未填写", "（空）"]
SIGNS = "-/…—"
SPACES = "\u3000\u00a0"
BLANKS = Blanks(WORDS, SIGNS, SPACES)
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

    def column(share):
        found = []
        for cell in range(400 if seed % 5 else 3000):
            if rng.random() < share:
                at = int(rng.integers(0, 3))
                found.append((cell, at, at + int(rng.integers(1, 5))))
                if rng.random() < 0.02:
                    found.append((cell, at + 9, at + 12))
        return found

    one, other = (column(rng.choice([0.97, 0.5, 0.03])) for _ in range(2))
    expected = [any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for b in other) for a in one]
    for path in (0, 1):
        assert overlapping(*arrays(one), *arrays(other), path)[0].tolist() == expected
    assert len(one) > 2


def test_overlapping_refuses_arrays_that_do_not_fit():
    one, two = arrays([(0, 0, 1)]), arrays([(0, 0, 1), (1, 0, 1)])
    with pytest.raises(ValueError, match="length"):
        overlapping(one[0], one[1], two[2], *two)


PIECES = [*WORDS, *SIGNS, *SPACES, " ", "\t", "\n", "a", "N", "7", "名", "未填", "😀", "\u3001", "é"]


@given(
    st.lists(
        st.one_of(
            st.lists(st.sampled_from(PIECES), max_size=4).map("".join).map(str.encode),
            st.sampled_from([b" NULL ", b"nuLL", b"\\n", b"0", "暂无\u3000".encode(), b"-" * 32, b"-" * 33]),
            st.text("\t -/…\u3000", max_size=40).map(str.encode),
            st.binary(max_size=6),
            st.tuples(st.binary(max_size=3), st.sampled_from(PIECES), st.binary(max_size=3)).map(
                lambda parts: parts[0] + parts[1].encode() + parts[2]
            ),
        )
    )
)
def test_filled(values):
    check_filled(values, Cells.of(list(values)))
    check_filled(values * 20, Cells.of(list(values) * 20))  # as many as a vector holds, and more


@pytest.mark.parametrize(
    ("cell", "full"),
    [
        ("", False), (" ", False), ("\u3000", False), ("null", False), (" Null\t", False), ("\u3000暂无 ", False),
        ("-", False), ("-----", False), ("- -", False), ("……", False), ("/", False), ("N/A", False), ("\\N", False),
        ("未填写", False), ("-1", True), ("无名", True), ("暂无 无", True), ("NULLs", True), ("0", True), ("·", True),
        ("-" * 32, False), ("-" * 33, True), ("未填", True), ("😀", True),
    ],
)  # fmt: skip
def test_what_is_filled(cell, full):
    cells = Cells.of([cell])
    assert filled(cells.data, cells.start, cells.end, BLANKS)[0].tolist() == [full]


@pytest.mark.parametrize(
    ("words", "signs", "white"),
    [([""], "", ""), (["a1"], "", ""), (["x" * 33], "", ""), ([], "0", ""), ([], "", "😀")],
)
def test_blanks_refuse_what_they_cannot_hold(words, signs, white):
    with pytest.raises(ValueError, match=r"should have|can stand"):
        Blanks(words, signs, white)


def test_filled_relies_on_classes_of_bytes():
    """Where a cell holds no white space by its kinds, none of its bytes is white; only digits are digits."""
    classes = byte_classes()
    assert all(classes[byte] & 0x9080 for byte in (*WHITE, *range(0x80, 0x100)))
    assert [chr(byte) for byte in range(256) if classes[byte] & 1] == list("0123456789")


def test_filled_refuses_cells_outside():
    cells = Cells.of(["abc"] * 40)
    kinds = profile(cells.data, cells.start, cells.end)[0]
    for end in (cells.end + np.int32(1), cells.start - np.int32(1)):
        for path in (0, 1):
            with pytest.raises(ValueError, match="outside"):
                filled(cells.data, cells.start, end, BLANKS, kinds, path)
    with pytest.raises(ValueError, match="length"):
        filled(cells.data, cells.start, cells.end, BLANKS, kinds[1:])


def characters(raw):
    """The cell's characters; a byte that is none stands for itself, as a character beyond the first plane."""
    return raw.decode("utf-8", "surrogateescape")


def holds_something(raw):
    """``filled`` of one cell, said plainly."""
    white = "".join(map(chr, WHITE)) + SPACES
    text = characters(raw).strip(white)
    size = len(text.encode("utf-8", "surrogateescape"))
    lower = "".join(c.lower() if c.isascii() else c for c in text)
    if size > 32:
        return True
    return lower not in [word.lower() for word in WORDS] and not set(text) <= set(SIGNS + white)


def check_filled(values, cells):
    found, count = filled(cells.data, cells.start, cells.end, BLANKS)
    kinds = profile(cells.data, cells.start, cells.end)[0]
    for path in (0, 1):
        again, as_many = filled(cells.data, cells.start, cells.end, BLANKS, kinds, path)
        assert again.tolist() == found.tolist()
        assert as_many == count == found.sum()
    assert found.tolist() == [holds_something(value) for value in values]
