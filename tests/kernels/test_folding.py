"""The folding kernel against ``detectors.folding.fold``, which folds one decoded text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detectors.folding import FoldedCells, decoded, fold
from scanner.kernels.folding import fold_cells, unfolded
from scanner.model import Cells

SIGNS = [
    *(chr(code).encode() for code in (0xFF00, 0xFF01, 0xFF10, 0xFF20, 0xFF5E, 0xFF5F, 0xFF3F, 0xFF40)),
    *(chr(code).encode() for code in (0x200A, 0x200B, 0x200D, 0x200E, 0x2060, 0x2061, 0xFEFF, 0xFEFE)),
    *(chr(code).encode() for code in (0x3000, 0x3001, 0xA0, 0xAD, 0xAE, 0x20, 0x41, 0x4E2D, 0x1F600)),
    b"\xef", b"\xbc", b"\xe2", b"\x80", b"\xc2", b"\xf0\x9f", b"",
]  # fmt: skip


def slowly(raw: bytes) -> bytes:
    return fold(decoded(raw)).text.encode("utf-8", "surrogateescape")


def assert_agrees(values: list[bytes]) -> None:
    cells = Cells.of(list(values))
    chosen = np.arange(len(values), dtype=np.int32)[::2].copy()
    folded = FoldedCells(cells, chosen)
    assert [folded.cells.raw(i) for i in range(len(chosen))] == [slowly(value) for value in values[::2]]
    assert folded.among(np.arange(len(values), dtype=np.int32)).tolist() == [
        i % 2 == 0 for i in range(len(values))
    ]
    for index, value in enumerate(values):
        assert folded.get(index) == (fold(decoded(value)) if index % 2 == 0 else None)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SIGNS), max_size=8).map(b"".join), max_size=7))
def test_agrees_on_signs_and_their_neighbours(values):
    assert_agrees(values)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=5))
def test_agrees_on_bytes(values):
    assert_agrees(values)


def test_places_are_those_of_the_original():
    folded = fold("\ufeffＡ\u200b１\u3000b，")
    assert folded.text == "A1 b,"
    assert folded.span(0, 2) == (1, 4)
    assert fold("Ａ１").span(0, 2) == (0, 2)


def test_refuses_cells_that_do_not_fit():
    data, zero = np.zeros(4, np.uint8), np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="outside"):
        fold_cells(data, zero, np.array([5], np.int32), zero)
    with pytest.raises(ValueError, match="none of the cells"):
        fold_cells(data, zero, zero, np.array([1], np.int32))
    with pytest.raises(ValueError, match="length"):
        fold_cells(data, zero, np.zeros(2, np.int32), zero)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SIGNS), max_size=9).map(b"".join), max_size=5), st.data())
def test_spans_are_those_of_one_text(values, data):
    values = [value.decode("utf-8", "ignore").encode() for value in values]
    cells = Cells.of(list(values))
    chosen = np.arange(len(values), dtype=np.int32)[::2].copy()
    folded = FoldedCells(cells, chosen)
    asked, expected = [], []
    for row, cell in enumerate(chosen.tolist()):
        text, original = fold(values[cell].decode()), values[cell].decode()
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text.text)), max_size=6)))
        for a, b in list(pairwise(cuts))[:: data.draw(st.integers(1, 2))]:
            asked.append([row, len(text.text[:a].encode()), len(text.text[:b].encode())])
            a, b = text.span(a, b)
            expected.append([cell, len(original[:a].encode()), len(original[:b].encode())])
    assert folded.unfolded(np.array(asked, np.int32).reshape(-1, 3)).tolist() == expected


@pytest.mark.parametrize("span", [[0, 0, 9], [0, 2, 2], [1, 0, 1], [-1, 0, 1], [0, 3, 1]])
def test_refuses_spans_that_do_not_fit(span):
    cells = Cells.of(["ＡＢ中"])
    zero = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="outside"):
        unfolded(cells.data, cells.start, cells.end, zero, np.array([span], np.int32))
