"""Shapes of cells: the kernel agrees with a count of characters, said plainly."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels import shapes
from scanner.kernels.shapes import DIGIT, LATIN, LETTER, MASK, NUMERAL, WHITE, ZERO, fitting
from scanner.model import Cells

NUMERALS, MASKS, SIGNS = "〇一二十", "*●", "-/.:：，"
CLASSES = np.full(1 << 16, LETTER, np.uint8)
CLASSES[:0x80] = 0
for low, high, kind in (("A", "Z", LATIN | LETTER), ("a", "z", LATIN | LETTER), ("0", "9", DIGIT | LATIN)):
    CLASSES[ord(low) : ord(high) + 1] = kind
CLASSES[ord("０") : ord("９") + 1] = DIGIT | LATIN
CLASSES[[ord("0"), ord("０")]] |= ZERO
CLASSES[[ord(c) for c in NUMERALS]] |= NUMERAL
CLASSES[[ord(c) for c in MASKS]] = MASK
CLASSES[[ord(c) for c in SIGNS if not c.isascii()]] = 0
CLASSES[[ord(c) for c in " \t\u3000"]] = WHITE

PIECES = [*"079aZé名😀", "０", "９", *NUMERALS, *MASKS, *SIGNS, " ", "\u3000", "00:00", "0000-00-00"]
CELLS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join).map(str.encode), st.binary(max_size=8)
)


def counts(text: str) -> dict[str, int]:
    """What COUNTED names."""
    ascii_or_wide = [c for c in text if c in "0123456789０１２３４５６７８９"]
    runs = sum(len(run) for run in re.findall(f"[{NUMERALS}]{{2,}}", text))
    letters = [
        c
        for c in text
        if (c.isascii() and c.isalpha())
        or (not c.isascii() and c not in "●：，\u3000" and c not in ascii_or_wide)
    ]
    nonzero = sum(c not in "0０" for c in ascii_or_wide)
    return {
        "digits": len(ascii_or_wide) + runs,
        "nonzero": nonzero + runs,
        "latin": len(ascii_or_wide) + sum(c.isascii() for c in letters),
        "letters": len(letters),
        "text": len(letters) + len(ascii_or_wide),
        "plain": sum(c not in MASKS + " \t\u3000" for c in text),
        "telling": len(letters) + nonzero,
    }


def fits(raw: bytes, least: dict[str, int], most: int, clock: bool) -> bool:
    """``fitting`` of one cell that is asked for, said plainly."""
    text = raw.decode("utf-8", "surrogateescape")
    found = counts(text)
    if clock and found["nonzero"] < least["nonzero"]:
        before = counts(re.split("[:：]", text)[0])["digits"] if re.search("[:：]", text) else 0
        found["nonzero"] = least["nonzero"] if before in (1, 2) else found["nonzero"]
    return (
        bool(raw) and all(found[key] >= least[key] for key in least) and (most < 0 or found["digits"] <= most)
    )


@given(
    st.lists(st.tuples(CELLS, st.booleans()), min_size=1),
    st.fixed_dictionaries({key: st.integers(0, 3) for key in shapes.COUNTED}),
    st.integers(-1, 5),
    st.booleans(),
)
def test_fitting(values, least, most, clock):
    cells = Cells.of([raw for raw, _ in values])
    asked = np.array([ask for _, ask in values], np.uint8)
    bounds = np.array([least[key] for key in shapes.COUNTED], np.int32)
    found = fitting(cells.data, cells.start, cells.end, asked, CLASSES, bounds, most, clock)
    assert found.tolist() == [ask and fits(raw, least, most, clock) for raw, ask in values]


@pytest.mark.parametrize(
    ("key", "cell", "count"),
    [
        ("digits", "五十万", 0), ("digits", "二十", 2), ("digits", "一般", 0), ("digits", "１2", 2),
        ("nonzero", "0.00", 0), ("latin", "京A12", 3), ("letters", "张*", 1), ("plain", "** ●", 0), ("text", "。", 1),
        ("telling", "0,0", 0), ("telling", "0,1", 1),
    ],
)  # fmt: skip
def test_what_is_counted(key, cell, count):
    cells = Cells.of([cell])
    for wanted in range(1, 4):
        least = np.array([wanted if each == key else 0 for each in shapes.COUNTED], np.int32)
        found = fitting(cells.data, cells.start, cells.end, np.ones(1, np.uint8), CLASSES, least)
        assert found.tolist() == [count >= wanted]


def test_refuses_what_does_not_fit():
    cells, one, least = Cells.of(["a"]), np.ones(1, np.uint8), np.zeros(7, np.int32)
    with pytest.raises(ValueError, match="outside"):
        fitting(cells.data, cells.start, cells.end + np.int32(1), one, CLASSES, least)
    for asked, classes, bounds in (
        (one[1:], CLASSES, least),
        (one, CLASSES[1:], least),
        (one, CLASSES, least[1:]),
    ):
        with pytest.raises(ValueError, match="length"):
            fitting(cells.data, cells.start, cells.end, asked, classes, bounds)
