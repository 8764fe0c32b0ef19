"""The JSON reader among lines of other text: records are those of the reference, and every other line is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_reading import read
from json_reference import read as reference
from test_json_values import VALUES, plainly

from scanner.kernels.json_values import Reader

OBJECTS = st.dictionaries(st.sampled_from(["name", "手机", "a b", "13800138000"]), VALUES, max_size=4)
TEXTS = st.one_of(
    st.sampled_from(
        ["2024-05-01 10:00:07 INFO ok", "[INFO] don't", "13800138000", '"', "'", "}", "]", "// x", "/* x", "null",
         "{{a}} b", "{a: 1}", 'x {"a":1}', '[{"a":1}]', "# {", "name: x", '["a",', "\\", "(a)", "a;"]
    ),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r{"), max_size=12),
)  # fmt: skip
EDGES = "".join(map(chr, range(33))) + "\x7f,;)\xa0\u3000\ufeff"


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(OBJECTS, TEXTS), st.sampled_from([None, 1, 2])), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n", ",\n"]),
    st.integers(1, 40),
)
def test_agrees_with_the_reference(
    parts: list[tuple[dict[str, object] | str, int | None]], end: str, piece: int
) -> None:
    """Each part is a record, in a line or in several, or a line of text."""
    shown = [
        part if isinstance(part, str) else json.dumps(part, ensure_ascii=False, indent=indent)
        for part, indent in parts
    ]
    records = [
        record
        for text, (part, _) in zip(shown, parts, strict=True)
        if isinstance(part, dict)
        for record in reference(text, True)
    ]
    lines = [text.strip(EDGES) for text, (part, _) in zip(shown, parts, strict=True) if isinstance(part, str)]
    text = end.join(shown).encode()
    for found in (
        read(text, True, among=True),
        read(text, True, piece, values=4, records=2, among=True),
    ):
        assert not found.damaged
        assert [plainly(one) for one in found.records] == [plainly(one) for one in records]
        told = [line.decode().strip(EDGES) for _, _, line in found.lines]
        assert [line for line in told if line] == [line for line in lines if line]
        assert not found.reader.truncated
        for _, at, line in found.lines:
            assert text[at : at + len(line)] == line


CASES = [
    # text, records as {path: text}, damaged pieces, other lines
    ('INFO\n{"a":1}\nx\n', [{"a": "1"}], [], ["INFO", "x"]),
    ('{"a":1} took 5 ms {"b":2}\n{"a":2}', [{"a": "1"}, {"a": "2"}], [], ['took 5 ms {"b":2}']),
    ('{"a":1}{"a":2}, {"a":3}', [{"a": "1"}, {"a": "2"}, {"a": "3"}], [], []),
    ("{'a':'x'}\n{'a':\n", [{"a": "x"}], ["{'a':"], []),
    ('{"a":1}\n{"a":"cut\nINFO x\n{"a":2}\n', [{"a": "1"}, {"a": "2"}], ['{"a":"cut'], ["INFO x"]),
    ('{"a":1}\nx\n  {"a":2}\n', [{"a": "1"}, {"a": "2"}], [], ["x"]),
    ('{\n "a":1\n}\nx\ny\n{\n "a":=\n}\nz\n{\n "a":3\n}\n', [{"a": "1"}, {"a": "3"}],
     ["{", '"a":=', "}", "z"], ["x", "y"]),
    ("{}\nx\n{", [{}], [], ["x", "{"]),
    ("a\n\n\nb", [], [], ["a", "b"]),
    ("", [], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "records", "damaged", "lines"), CASES, ids=range(len(CASES)))
def test_cases(text: str, records: list[dict[str, str]], damaged: list[str], lines: list[str]) -> None:
    raw = text.encode()
    for piece in (None, *range(1, 12)):
        found = read(raw, True, piece, among=True)
        assert [{".".join(path): value for path, value in each.values} for each in found.records] == records
        assert [each.decode() for _, _, each in found.damaged] == damaged
        assert [each.decode() for _, _, each in found.lines] == lines


PIECES = st.sampled_from(
    ['{"a":1}', "{'b':'x'}", "{", "}", "[", "]", '"', "'", ":", ",", "\n", "\r\n", " ", "x", "//", "/*", "\\", "1",
     "手", '{"a":', '{\n "c":[1,\n 2]\n}', "null", "\x00", "\ufeff", "INFO x\n"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join), st.integers(1, 30), st.sampled_from([16, 40, 1 << 20]))
def test_blocks_change_nothing(text: str, block: int, longest: int) -> None:
    raw = text.encode()
    one = read(raw, True, among=True, longest=longest)
    other = read(raw, True, block, among=True, longest=longest)
    assert [plainly(each) for each in one.records] == [plainly(each) for each in other.records]
    assert (one.damaged, one.lines, one.odd) == (other.damaged, other.lines, other.odd)


def test_only_whole_objects_lie_among_lines() -> None:
    with pytest.raises(ValueError, match="no such limits"):
        Reader(False, among=True)
    assert Reader(True, among=True).among
    assert not Reader(True).among
    assert np.array_equal(Reader(True, among=True).odd, np.zeros(8, np.int64))
