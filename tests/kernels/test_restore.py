"""The kernel of damaged numbers against its reference, and the gate against the kernel."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kernels.restore_reference import Piece, found_in

from scanner.kernels import restore
from scanner.kernels.profile import profile
from scanner.model import Cells
from scanner.scanning.restored import characters

TABLE, GATE = characters()[:2]
PARTS = [
    *"0123456789", "13800138001", "440981", "1.3800138001E10", "E+17", "e", "+", ".", ",", "，", "-", " ", "–", "\t",
    "_", "/", "·", "\n", "\r", "一", "三", "八", "〇", "零", "壹", "叁", "十", "万", "①", "⓪", "③", "¹", "٣", "𝟛", "Z",
    "\U0001f101", "l", "O", "o", "I", "О", "X", "x", "Х", "×", "a", "\u200b", "\ufeff", "\u00ad", "\ufe0f\u20e3",
    "\u202d", "'", '"', "=", "“", "１", "３", "８", "号", "张", "(", ":", "@", "l ", " O", "Il-", "138 ",
]  # fmt: skip
SHAPED = [
    "1.3800138001E10", "1.38E+10", "4.40981E+17", "13,800,138,001", "13，800，138，001.00", "1 3 8 0 0 1 3 8 0 0 1",
    "1380013\n8001", "10-87654321", "75512345678", "一三八〇〇一三八〇〇一", "壹叁捌零零壹叁捌零零壹", "l38OO138001",
    "①③⑧⓪⓪①③⑧⓪⓪①", "138–0013–8001", "138\u00ad00138001", "44098119900101123x", "4409811990010112三X",
]  # fmt: skip


def pieces(raw: list[bytes], landlines: bool, path: int = 0) -> list[list[Piece]]:
    """What the kernel makes of cells, all of them or those that its gate lets through."""
    cells = Cells.of(list(raw))
    chosen = np.arange(len(raw), dtype=np.int32)
    if path:
        kinds, _, _, like, models, *_ = profile(cells.data, cells.start, cells.end)
        if path == 2:  # behind it lies enough for whole vectors
            cells = Cells(
                np.concatenate([cells.data, np.full(64, ord("9"), np.uint8)]), cells.start, cells.end
            )
        args = (cells.data, cells.start, cells.end, models, kinds, TABLE, GATE, landlines, 7, 4, path == 1)
        chosen = np.flatnonzero(np.isin(like, restore.suspects(*args))).astype(np.int32)
    cell, begin, end, kind, digits, text, low, high, odd = restore.restore(
        cells.data, cells.start, cells.end, chosen, TABLE, landlines
    )
    found: list[list[Piece]] = [[] for _ in raw]
    for at in range(len(cell)):
        span = slice(begin[at], end[at])
        back = list(
            zip(low[span].tolist(), high[span].tolist(), odd[span].astype(bool).tolist(), strict=True)
        )
        shown = text[span].tobytes().decode()
        found[cell[at]].append(Piece(shown, restore.KINDS[kind[at]], int(digits[at]), back))
    return found


def agrees(raw: list[bytes]) -> None:
    for landlines in (False, True):
        expected = [found_in(each, TABLE, landlines) for each in raw]
        assert pieces(raw, landlines) == expected
        assert pieces(raw, landlines, path=1) == expected  # the gate misses nothing
        assert pieces(raw, landlines, path=2) == expected


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=24).map("".join).map(str.encode), max_size=6))
@example([b"1E+17", b"1e17", b"1E10", b"4.4E17", b"1E+1", b"4.E+17"])
def test_agrees_with_the_reference_on_parts(raw: list[bytes]) -> None:
    agrees(raw)


@given(st.lists(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode)), max_size=4))
@example([b"1380013800\xe0\x99\xa0", b"1380013800\xf0\x80\x99\xa0"])  # a digit in more bytes than it has
@example([b"1380013800\xf0\x82\x91\xa0", b"138\xf4\x90\x80\x8000138000", b"138\xed\xa0\x8000138000"])
def test_agrees_with_the_reference_on_any_bytes(raw: list[bytes]) -> None:
    agrees(raw)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_reference_on_shapes_that_are_nearly_right(seed: int) -> None:
    draw = random.Random(seed)
    raw = []
    for _ in range(1500):
        text = list(draw.choice(SHAPED))
        for _ in range(draw.choice((0, 0, 1, 1, 2, 3))):
            at = draw.randrange(len(text) + 1)
            text[at : at + draw.choice((0, 0, 1))] = [draw.choice(PARTS)]
        around = draw.choice(
            (
                "{}",
                "{}",
                "电话{}。",
                "{} {}",
                "北京市朝阳区建国路{}号一三五室，{}谢谢",
                "'{}'",
                '="{}"',
                "x{}",
            )
        )
        one = around.replace("{}", "".join(text)).encode()
        raw.append(one[draw.choice((0, 0, 0, 1, 2)) :] if draw.random() < 0.2 else one)
    agrees(raw)
    kinds = {piece.kind for found in pieces(raw, True) for piece in found}
    assert kinds == set(restore.KINDS[1:])


def test_a_long_cell_is_read_in_linear_time_and_whole() -> None:
    number = "一三八〇〇一三八〇〇一"
    raw = ("，".join([number] * 20_000) + "一" * 100_000 + "\u200b1" * 50_000 + " 1" * 50_000).encode()
    (found,) = pieces([raw], False)
    assert [piece.text for piece in found] == ["13800138001"] * 19_999  # the last one goes on for too long
    assert pieces([raw], False, path=1) == [found]


def test_spans_outside_of_the_data_are_refused() -> None:
    data, one = np.zeros(4, np.uint8), np.zeros(1, np.int32)
    for start, end in ((0, 5), (-1, 2), (3, 2)):
        low, high = np.array([start], np.int32), np.array([end], np.int32)
        with pytest.raises(ValueError, match="does not lie in the data"):
            restore.suspects(data, low, high, one, np.zeros(1, np.uint16), TABLE, GATE)
        with pytest.raises(ValueError, match="does not lie in the data"):
            restore.restore(data, low, high, one, TABLE)
    with pytest.raises(ValueError, match="does not lie in the data"):
        restore.restore(data, one, one, np.ones(1, np.int32), TABLE)
    with pytest.raises(ValueError, match="size"):
        restore.restore(data, one, one, one, TABLE[:-1])


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 10**16).map(lambda n: n * 1000), max_size=20))
def test_numbers_that_end_in_zeros(keys: list[int]) -> None:
    key = np.array(keys, np.uint64)
    cards, count = restore.zero_tails(key, False)
    texts = [str(value) for value in keys]
    expected = [len(text) >= 18 and text.endswith("000" if len(text) == 18 else "0000") for text in texts]
    assert (cards.astype(bool).tolist(), count) == (expected, sum(expected))
    identities, _ = restore.zero_tails(key, True)
    assert identities.astype(bool).tolist() == [
        value % 11 == 0 and (value // 11) % 100 == 0 for value in keys
    ]
    kind, checks = np.arange(len(keys), dtype=np.uint8) % 4, np.arange(len(keys), dtype=np.uint32) % 3
    for identity, tails in ((False, cards), (True, identities)):
        marked = kind.copy()
        count = restore.mark_zero_tails(marked, 1, 8, key, checks, 2, identity)
        wanted = (tails == 1) & (kind & 1 == 1) & (checks & 2 == 0)
        assert marked.tolist() == np.where(wanted, kind | 8, kind).tolist()
        assert count == wanted.sum()


def test_tails_of_numbers_that_differ_in_length() -> None:
    for sizes in ((1, 2, 2), (2, 1, 2), (2, 2, 1)):
        kind, key, checks = (
            np.zeros(n, each) for n, each in zip(sizes, (np.uint8, np.uint64, np.uint32), strict=True)
        )
        with pytest.raises(ValueError, match="differ in length"):
            restore.mark_zero_tails(kind, 1, 8, key, checks, 0, False)
