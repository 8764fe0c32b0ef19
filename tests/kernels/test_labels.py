"""The kernel that reads labels and values agrees with the regular expression, whatever the text and its end are."""

from __future__ import annotations

import random

import numpy as np
import pytest
from growth import is_linear
from hypothesis import example, given, settings
from hypothesis import strategies as st
from labels_reference import split as reference

from scanner.kernels import labels as kernel
from scanner.sources.labelled import Labels, split

PARTS = [
    "姓名", "姓", "电话", "name", "full name", "x", "：", ":", "=", "=>", "->", "-", "://", " ", "\t", "　", "，",
    "；", "、", "。", ",", ";", "|", "/", "(", "（", "&", "?", "{", "\"", "'", "[", "]", "【", "】", "【姓名】",
    "\n", "\r\n", "\n\n", "•", "·", "* ", "> ", "1.", "12）", "12345.", "3、", "---", "====", "** 1. row **",
    "*** 12. row ***", "────", "——————", "row", "1", "王", "138", "\x00", "\v", "é", "\xad", "姓名：王\n",
    "电话:138\n", "name=x ", "[user]\n", "user {\n", "}\n", "-[ RECORD 1 ]-\n", "Array\n(\n", " | ", "name\t| x\n",
]  # fmt: skip
FORMS = st.lists(
    st.sampled_from(["姓名", "姓", "电话", "name", "full name", "x"]), min_size=1, max_size=4, unique=True
)


def as_lists(buffer: bytes, labels: Labels, final: bool, longest: int, slow: bool) -> tuple[object, ...]:
    data = np.frombuffer(buffer, np.uint8)
    found = (reference if slow else split)(data, labels, final, longest)
    return tuple(each.tolist() if isinstance(each, np.ndarray) else each for each in found)


def agrees(text: bytes, labels: Labels, final: bool, longest: int) -> None:
    assert as_lists(text, labels, final, longest, False) == as_lists(text, labels, final, longest, True)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=40).map("".join).map(str.encode),
    FORMS,
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([3, 20, 1 << 20]),
)
@example("-•· 1. 姓名：王".encode(), ["姓名"], 1, False, False, False, True, 99)
@example(b"x:1\n" + b"y\n" * 20 + b"x:2\n", ["x"], 2, False, False, False, True, 99)
def test_agrees_with_the_reference(
    text: bytes,
    forms: list[str],
    alike: int,
    front: bool,
    lines: bool,
    blank: bool,
    final: bool,
    longest: int,
) -> None:
    columns = [form.encode() for form in forms for _ in range(alike)]
    agrees(text, Labels((*([b""] if front else []), *columns), lines, blank), final, longest)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_reference_on_any_bytes(seed: int) -> None:
    draw = random.Random(seed)
    labels = Labels((b"", b"ab", "姓".encode(), "姓".encode()), bool(seed & 1), bool(seed & 2))
    parts = [
        b"ab",
        "姓".encode(),
        b":",
        b"\n",
        b" ",
        b"\xe3\x80",
        b"\xef\xbc",
        b"\x9a",
        b"\xe3",
        b"\xff",
        b"]",
        b"-",
    ]
    for _ in range(1500):
        agrees(b"".join(draw.choices(parts, k=draw.randrange(30))), labels, draw.random() < 0.7, 1 << 20)


def test_time_is_linear() -> None:
    labels = Labels((b"a", b"a b"), False, False)
    for part in (b"a ", b" ", b"'", b"-", b"a a b", "【".encode(), b"1", b"a: x\n", b"z\n", b"/a"):

        def read(size: int, part: bytes = part) -> None:
            split(np.frombuffer(part * (size // len(part)), np.uint8), labels, True, 1 << 30)

        assert is_linear(read, 1 << 18, 1 << 20), part


def test_columns_that_are_none_are_refused() -> None:
    data, one = np.zeros(4, np.uint8), np.ones(1, np.int32)
    given_ = {"lines": False, "blank": False, "final": True, "longest": 9}
    for forms, column, columns, front, width in (
        ([], one[:0], one[:0], -1, 1), ([b""], one, one, -1, 2), ([b"a"], one, one, -1, 1), ([b"a"], -one, one, -1, 2),
        ([b"a"], one * 0, one * 0, -1, 1), ([b"a"], one * 0, one, 1, 1), ([b"a"], one[:0], one, -1, 1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="column"):
            kernel.split(data, forms, column, columns, 0, front, width, **given_)
