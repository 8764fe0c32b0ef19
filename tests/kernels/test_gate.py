"""The gate kernel against regular expressions and against position sets, one cell at a time."""

import random
import re
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detectors.gates import EDGE, MAX_POSITIONS, GateSet, parse
from scanner.kernels.gate import gate
from scanner.kernels.opened import any_of, holding, opened
from scanner.model import Cells

GATES = [
    ["[a-c]@[0-9a]"],
    ["~[0-9]{3}~"],
    ["[0-9]\\.[0-9]+\\.[0-9]", "::"],
    ["[京沪]A", "é"],
    ["~a+~"],
    [],
    ["[０-９]", "[\u200b-\u200d]"],
    ["[a-z0-9]{40}"],
    ["~[0-9]{15}~", "~[0-9A-F]{17}~", "[0-9]{18}"],
    ["[0-9]{15}"],
    ["使[0-9]", "民航", "[使民][航A]"],
    ["[0-9]{12}", "[ab]{3}[0-9]{9}", "~a", "[a-c]{11}", "[0-9]+[a-f]{12}"],
]


def holds(cell: bytes, gate_text: str) -> bool:
    """The slow way: every place in edge + cell + edge, every set of positions that may be open there."""
    values = [EDGE, *cell, EDGE]
    for sequence in parse(gate_text):
        open_at: set[int] = set()
        for value in values:
            reached = {0} | {i + 1 for i in open_at} | {i for i in open_at if sequence[i].loops}
            open_at = {i for i in reached if i < len(sequence) and value in sequence[i].accepts}
            if len(sequence) - 1 in open_at:
                return True
    return False


def assert_agrees(values: list[bytes], gates: list[list[str]]) -> None:
    program = GateSet(gates)
    column = Cells.of(list(values))
    cells, opens = program.run(Cells.of(list(values)))
    assert cells.dtype == np.int32
    assert opens.shape == (len(cells), 1)
    for path in (0, 1, 2):  # without profile, with the widest vector instructions, none, and others
        plain, hits = gate(column.data, column.start, column.end, *program.program, path=path)
        assert hits.shape == (len(plain), len(program.starts))
        assert opened(plain, hits, program.of_bit)[1].tolist() == opens.tolist()
        assert plain.tolist() == cells.tolist()
    for index, texts in enumerate(gates):
        expected = [i for i, v in enumerate(values) if v and any(holds(v, text) for text in texts)]
        assert holding(cells, opens, index)[0].tolist() == expected
        assert any_of(opens)[0] >> np.uint64(index) & 1 == bool(expected)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("abc@0123.:~京沪Aé４\u200b_- ", max_size=25).map(str.encode), max_size=8))
def test_agrees_with_reference_on_text(values):
    assert_agrees(values, GATES)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_agrees_with_reference_on_bytes(values):
    assert_agrees(values, GATES)


def test_agrees_on_structured_cells_and_many_words():
    rng = random.Random(5)
    gates = [["".join(rng.choices("ab[cd]"[:2], k=rng.randint(2, 30)))] for _ in range(12)] + GATES
    assert len(GateSet(gates).starts) > 2
    values = []
    for _ in range(400):
        kind = rng.randrange(4)
        length = rng.choice([1, 3, 14, 15, 16, 17, 18, 39, 40, 41, 70])
        alphabet = ["0123456789", "ab", string.ascii_lowercase + "0123456789", "0123456789ABCDEF."][kind]
        values.append("".join(rng.choices(alphabet, k=length)).encode())
    assert_agrees(values, gates)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("[a-c]@", "[abc]@"),
        ("~[0-9]{3}~", r"(?:^|(?<=[^0-9A-Za-z_]))[0-9]{3}(?:$|[^0-9A-Za-z_])"),
        ("x+y", "xx*y"),
        ("\\[\\.", r"\[\."),
        ("[a\\]b]", r"[a\]b]"),
        ("京", "京"),
    ],
)
def test_syntax_means_what_a_regular_expression_means(text, expression):
    rng = random.Random(1)
    program = GateSet([[text]])
    values = ["".join(rng.choices("abcxy@12_ .[]京京", k=rng.randint(1, 12))) for _ in range(600)]
    cells, _ = program.run(Cells.of(values))
    expected = [i for i, v in enumerate(values) if re.search(expression, v, re.ASCII)]
    assert cells.tolist() == expected
    assert expected


def test_a_class_of_chinese_characters_never_misses_a_member():
    provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
    values = [f"有{c}A" for c in provinces]
    cells, _ = GateSet([[f"[{provinces}]A"]]).run(Cells.of(values))
    assert len(cells) == len(provinces)


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "a{0}", "{3}", "+", "京+", "[z-a]", "a{49}", "[a京é]" * 4, "a\\", "京" * 17]
)
def test_refuses_what_is_not_well_formed(text):
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def test_limits_of_positions():
    assert len(parse("a" * MAX_POSITIONS)[0]) == MAX_POSITIONS


def test_refuses_tables_and_cells_that_do_not_fit():
    data = np.zeros(4, np.uint8)
    good = np.array([0], np.int32), np.array([4], np.int32)
    one = np.zeros(1, np.uint64)
    lines = np.full(2, 10, np.uint8)
    buckets = np.zeros(65536, np.uint16), np.zeros((8, 16), np.uint8), lines, np.zeros(65, np.uint16)
    sequences, begins = np.array([[0, 3, 5, 4]], np.int32), np.ones(17, np.int32)
    begins[0] = 0
    tables = (np.zeros(257, np.uint64), one, one, one, *buckets, sequences, begins)
    gate(data, *good, *tables)
    with pytest.raises(ValueError, match="outside"):
        gate(data, good[0], np.array([5], np.int32), *tables)
    with pytest.raises(ValueError, match="length"):
        gate(data, np.zeros(2, np.int32), good[1], *tables)
    with pytest.raises(ValueError, match="width"):
        gate(data, *good, np.zeros(256, np.uint64), *tables[1:])
    with pytest.raises(ValueError, match="65"):
        gate(data, *good, *tables[:7], np.zeros(64, np.uint16), *tables[8:])
    with pytest.raises(ValueError, match="lines"):
        gate(data, *good, *tables[:6], np.full(2, 9, np.uint8), *tables[7:])
    for row in ([1, 3, 5, 4], [0, 3, 64, 4], [0, 3, 5, 5], [0, 4, 5, 3], [-1, 3, 5, 4]):
        with pytest.raises(ValueError, match=r"a (sequence|pair) does not lie"):
            gate(data, *good, *tables[:8], np.array([row], np.int32), begins)
    with pytest.raises(ValueError, match="ascend"):
        gate(data, *good, *tables[:8], sequences, np.array([0, 2, *[1] * 15], np.int32))


def test_agrees_on_long_cells_with_lines_across_windows():
    rng = random.Random(6)
    values = []
    for _ in range(300):
        parts = []
        while sum(map(len, parts)) < rng.choice([60, 130, 200, 400]):
            alphabet = rng.choice(["0123456789", "0123456789ABCDEF", "abc", "使京， .:~_民航é"])
            parts.append("".join(rng.choices(alphabet, k=rng.choice([1, 2, 9, 15, 17, 18, 62, 64, 65]))))
        values.append("".join(parts).encode())
    assert_agrees(values, GATES)


def test_pairs_at_every_place_do_not_change_the_answer():
    """Comparing from every pair would be slow here, so the whole cell is read instead."""
    gates = [["[ab]+[ab]+[ab]+c"], ["~b+[ab]+a~"], ["[ab]b+d"]]
    values = [part * 150 + end for part in (b"a", b"ab", b"bba") for end in (b"", b"c", b"d", b"a", b" c")]
    assert_agrees(values, gates)
