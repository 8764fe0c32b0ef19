"""The profile kernel against its definition, and against what the number kernel finds without it."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_digits import PIECES, without_sums

from scanner.kernels import digits, profile
from scanner.model import Cells

CLASSES = profile.byte_classes()


def kinds_of(cell: bytes) -> int:
    """The slow way: each byte by itself."""
    return int(np.bitwise_or.reduce(CLASSES[list(cell)]) if cell else 0)


def may_hold_number(cell: bytes) -> bool:
    """The rule of profile.h for a cell of one window."""
    if len(cell) < 10:
        return False
    if kinds_of(cell) & profile.MARK:
        return len(re.findall(rb"[0-9\xEF]", cell)) >= 7
    groups = re.findall(rb"[0-9]+", cell)
    longest = max(map(len, groups), default=0)
    joined = re.search(rb"[0-9]{2}[ )\-./_PY\]^]", cell)
    return (
        longest >= 10
        or (longest >= 7 and len(cell) >= 18)
        or (
            joined is not None
            and sum(map(len, groups)) >= 9
            and (longest >= 5 or sum(len(group) >= 3 for group in groups) >= 2)
        )
    )


def both_paths(values: list[bytes]) -> tuple[list[int], list[int]]:
    cells = Cells.of(list(values))
    fast = profile.profile(cells.data, cells.start, cells.end)
    fast, plain, narrow = (profile.profile(cells.data, cells.start, cells.end, path) for path in (0, 1, 2))
    for found in (fast, plain, narrow):
        assert found[0].tolist() == plain[0].tolist()
        assert found[1].tolist() == plain[1].tolist()
        assert found[2] == int(np.bitwise_or.reduce(plain[0], initial=0))
        assert_like(values, found[3].tolist(), found[4].tolist())
    return fast[0].tolist(), fast[1].tolist()


def assert_like(values: list[bytes], like: list[int], models: list[int]) -> None:
    for index, value in enumerate(values):
        other = values[like[index]]
        assert like[index] <= index
        assert like[like[index]] == like[index]
        assert value == other or len(value) <= 64
        assert re.sub(rb"[0-9]", b"0", value) == re.sub(rb"[0-9]", b"0", other)
    assert models == [i for i, value in enumerate(values) if value and like[i] == i]


def assert_agrees(values: list[bytes]) -> None:
    kinds, numeric = both_paths(values)
    assert kinds == [kinds_of(value) for value in values]
    short = [i for i, value in enumerate(values) if len(value) <= 64]
    assert [i for i in short if i in set(numeric)] == [i for i in short if may_hold_number(values[i])]


def assert_loses_no_number(values: list[bytes]) -> int:
    cells = Cells.of(list(values))
    kinds, numeric, *_ = profile.profile(cells.data, cells.start, cells.end)
    every = digits.runs(cells.data, cells.start, cells.end)
    chosen = digits.runs(cells.data, cells.start, cells.end, numeric, kinds)
    assert without_sums(every) == without_sums(chosen)
    return len(every[0])


def test_every_byte_has_a_class_and_named_ones_are_exact():
    assert (CLASSES > 0).all()
    named = {
        profile.DIGIT: b"0123456789",
        profile.LETTER: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        profile.COLON: b":",
        profile.HAN: bytes(range(0xE4, 0xEA)),
        profile.HIGH: bytes(range(0x80, 0x100)),
    }
    for bit, members in named.items():
        assert bytes(np.flatnonzero(CLASSES & bit).tolist()) == members


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join), max_size=12))
def test_agrees_on_numbers_in_all_writings(values):
    assert_agrees(values)
    assert_loses_no_number(values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=150), max_size=8))
def test_agrees_on_bytes(values):
    assert_agrees(values)
    assert_loses_no_number(values)


def test_loses_no_number_in_long_and_short_cells():
    rng = random.Random(3)
    values = []
    for _ in range(6000):
        size = rng.choice([2, 4, 8, 30])
        padding = rng.choice(["", "地址" * rng.randint(0, 30), "x" * rng.randint(0, 70)]).encode()
        values.append(padding + b"".join(rng.choices(PIECES, k=size)) + rng.choice([b"", padding]))
    assert_agrees(values)
    assert assert_loses_no_number(values) > 500


@pytest.mark.parametrize("first", "1234567890")
def test_solid_cells_are_read_as_any_other(first):
    rng = random.Random(int(first))
    values = [
        (first + "".join(rng.choices("0123456789", k=n))).encode() for n in range(25) for _ in range(20)
    ]
    assert assert_loses_no_number(values) > 0


def test_times_amounts_and_names_are_left_out():
    cells = ["2023-01-05 05:39:41", "2020.36", "张三", "", "2023/01/05", "5-1-301", "v1.24.3", "123456789"]
    assert both_paths([cell.encode() for cell in cells])[1] == []


def test_cells_that_differ_in_digits_have_one_model():
    rng = random.Random(4)
    shapes = [
        "0000-00-00 00:00:00",
        "0.00",
        "+00.0",
        "00000000000000000X",
        "0" * 18,
        "0" * 32,
        "a0",
        "",
        "京0",
    ]
    values = [
        re.sub("0", lambda _: rng.choice("0123456789"), rng.choice(shapes)).encode() for _ in range(500)
    ]
    cells = Cells.of(list(values))
    _, _, _, like, models, *_ = profile.profile(cells.data, cells.start, cells.end)
    assert_like(values, like.tolist(), models.tolist())
    plain = [index for index in models.tolist() if values[index].isascii()]
    assert len(plain) <= 7


def test_more_writings_than_places():
    values = [f"{chr(97 + i % 26)}{chr(97 + i // 26)}{i % 10}".encode() for i in range(676)] * 2
    assert both_paths(values)[1] == []


def test_refuses_cells_that_do_not_fit():
    data, one = np.zeros(4, np.uint8), np.array([0], np.int32)
    with pytest.raises(ValueError, match="outside"):
        profile.profile(data, one, np.array([5], np.int32))
    with pytest.raises(ValueError, match="length"):
        profile.profile(data, one, np.zeros(2, np.int32))
    assert profile.profile(np.zeros(0, np.uint8), one, one)[0].tolist() == [0]


def test_many_writings_in_texts_of_any_bytes():
    rng = random.Random(8)
    names = [f"{chr(0x4E00 + i)}{chr(0x5000 + 7 * i)}" for i in range(3000)]
    texts = ["订单{}已发货", "版本{}，{}号", "\0", "\0\0", "1" * 63 + "x", "{}\xff"]
    filled = [rng.choice(texts).replace("{}", str(rng.randrange(10**6))) for _ in range(3000)]
    values = [value.encode("latin-1" if "\xff" in value else "utf-8") for value in names + filled]
    rng.shuffle(values)
    both_paths(values)
    cells = Cells.of([*filled[:500]])
    assert len(profile.profile(cells.data, cells.start, cells.end)[4]) < 100


@given(st.lists(st.integers(0, 9), max_size=40), st.data())
def test_cells_of_some_writings(writings: list[int], data: st.DataObject) -> None:
    """``like``: the first cell of the same writing, here a number."""
    like = np.array([writings.index(each) for each in writings], np.int32)
    numbers = st.integers(0, max(len(writings) - 1, 0))
    some = sorted(data.draw(st.sets(numbers))) if writings else []
    chosen = data.draw(st.lists(st.sampled_from(like.tolist()))) if writings else []
    models = profile.models_of(like, np.array(some, np.int32))
    assert models.dtype == np.int32
    assert models.tolist() == sorted({int(like[cell]) for cell in some})
    for among in (None, np.array(some, np.int32)):
        found = profile.written_like(like, np.array(chosen, np.int32), among)
        every = range(len(like)) if among is None else some
        assert found.dtype == np.int32
        assert found.tolist() == [cell for cell in every if like[cell] in chosen]


@pytest.mark.parametrize("outside", [-1, 2])
def test_cells_that_lie_outside(outside: int) -> None:
    like, other = np.zeros(2, np.int32), np.array([0, outside], np.int32)
    with pytest.raises(ValueError, match="outside"):
        profile.models_of(like, other)
    for arguments in ((like, other), (like, like, other), (other, like)):
        with pytest.raises(ValueError, match="outside"):
            profile.written_like(*arguments)
