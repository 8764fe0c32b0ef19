"""Which patterns cells open, against the slow way; and refusals of what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.opened import any_of, holding, opened

NOTHING = np.zeros(0, np.int32)


def words(rows, count):
    """The low 64 bits of each number first, then the next, as uint64[len(rows), count]."""
    parts = [[row >> 64 * w & (1 << 64) - 1 for w in range(count)] for row in rows]
    return np.array(parts, np.uint64).reshape(len(rows), count)


@given(st.data())
def test_agrees_with_the_slow_way(data):
    bits = data.draw(st.integers(1, 2), "words of positions")
    size = data.draw(st.integers(1, 2), "words of patterns")
    cells = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=12), "like: models below ten")
    cells = [min(model, i) for i, model in enumerate(cells)]
    like = [model if cells[model] == model else i for i, model in enumerate(cells)]
    models = sorted({m for m in like if data.draw(st.booleans())})
    hits = data.draw(
        st.lists(st.integers(1, 2 ** (64 * bits) - 1), min_size=len(models), max_size=len(models))
    )
    of_bit = data.draw(st.lists(st.integers(0, 2 ** (64 * size) - 1), min_size=64 * bits, max_size=64 * bits))
    index, opens = opened(
        np.array(models, np.int32), words(hits, bits), words(of_bit, size), np.array(like, np.int32)
    )
    meant = {}
    for model, hit in zip(models, hits, strict=True):
        meant[model] = 0
        for position in range(64 * bits):
            meant[model] |= of_bit[position] if hit >> position & 1 else 0
    expected = [(i, meant[model]) for i, model in enumerate(like) if model in meant]
    assert index.tolist() == [i for i, _ in expected]
    assert opens.tolist() == words([patterns for _, patterns in expected], size).tolist()
    every = 0
    for _, patterns in expected:
        every |= patterns
    assert any_of(opens).tolist() == words([every], size)[0].tolist()
    pattern, apart = (data.draw(st.integers(0, 64 * size - 1)) for _ in range(2))
    plain, others = holding(index, opens, pattern, apart)
    held = [(i, patterns >> apart & 1) for i, patterns in expected if patterns >> pattern & 1]
    assert plain.tolist() == [i for i, folds in held if not folds]
    assert others.tolist() == [i for i, folds in held if folds]
    assert holding(index, opens, pattern)[0].tolist() == [i for i, _ in held]


def test_no_cells_and_no_models():
    index, opens = opened(NOTHING, np.zeros((0, 2), np.uint64), np.zeros((128, 1), np.uint64))
    assert index.tolist() == []
    assert opens.shape == (0, 1)
    alone, _ = opened(np.array([3], np.int32), np.ones((1, 1), np.uint64), np.ones((64, 1), np.uint64))
    assert alone.tolist() == [3]


@pytest.mark.parametrize(
    ("cells", "hits", "of_bit", "like"),
    [
        ([0], (2, 1), (64, 1), None),
        ([0], (1, 1), (63, 1), None),
        ([0], (1, 1), (64, 0), None),
        ([4], (1, 1), (64, 1), [0, 1]),
        ([-1], (1, 1), (64, 1), [0, 1]),
        ([0], (1, 1), (64, 1), [0, 2]),
        ([0], (1, 1), (64, 1), [0, -1]),
    ],
)
def test_what_does_not_fit_is_refused(cells, hits, of_bit, like):
    with pytest.raises(ValueError, match=r"fit|cells"):
        opened(
            np.array(cells, np.int32),
            np.zeros(hits, np.uint64),
            np.zeros(of_bit, np.uint64),
            None if like is None else np.array(like, np.int32),
        )


@pytest.mark.parametrize(("pattern", "apart"), [(64, -1), (-1, -1), (0, 64)])
def test_a_pattern_that_is_none_is_refused(pattern, apart):
    with pytest.raises(ValueError, match="no such pattern"):
        holding(np.zeros(1, np.int32), np.zeros((1, 1), np.uint64), pattern, apart)
