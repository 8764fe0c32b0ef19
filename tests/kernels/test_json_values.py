"""The JSON reader agrees with the standard library on strict JSON, and loses nothing of any other text."""

from __future__ import annotations

import json
import random
import re

import numpy as np
import pytest
from growth import is_linear
from hypothesis import example, given, settings
from hypothesis import strategies as st
from json_reading import Reading, read
from json_reference import Record
from json_reference import read as reference

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_values import DAMAGED, ESCAPED_BIT, LEVELS, ODDITIES, Reader

L = "[]"
KEYS = st.one_of(
    st.sampled_from(["a", "b", "name", "手机", "", "13800138000", "a@b.c", "x.y", "$oid", "k\n", "😀"]),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=4),
    st.just("长" * 30),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**17, 10**18 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
    st.sampled_from(["", "\"", "\\", "a/b", "{", "]", ",", "\u2028", "\x00", "𠮷", "1.5"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)
STYLES = st.tuples(
    st.sampled_from([None, 0, 2, "\t"]), st.booleans(), st.sampled_from([(",", ":"), (" , ", " : ")])
)


def same(found: Reading, expected: list[Record]) -> None:
    """The same records; a path that is an outer list here and lies in a record there may have a "[]" more or less."""
    assert not found.damaged
    assert len(found.records) == len(expected)
    for one, other in zip(found.records, expected, strict=True):
        assert (one.table, one.single) == (other.table, other.single)
        assert plainly(one) == plainly(other)


def plainly(record: Record) -> list[tuple[tuple[str, ...], str]]:
    shown = []
    for path, text in record.values:
        while path[-1:] == (L,):
            path = path[:-1]
        shown.append((path, re.sub(r"\s", "", text) if text.startswith("[") else text))
    return shown


@settings(max_examples=400, deadline=None)
@given(
    st.lists(VALUES, max_size=4),
    STYLES,
    st.booleans(),
    st.integers(1, 40),
    st.sampled_from([0, 0, 2, 4, 8, 6, 1 << 63]),
    st.sampled_from([0, 0, 2, 4, 6, 1 << 8, (1 << 64) - 1]),
)
@example(["NaN"], (None, False, (",", ":")), False, 1, 0, 0)
@example(
    [{"a": ["", None, "x"], "b": {"1": None, "2": {"c": [""]}}}], (None, False, (",", ":")), True, 1, 4, 0
)
@example([[{"a": 1, "b": [{"c": 2}, [{"d": 3}]]}, {}]], (None, False, (",", ":")), False, 1, 0, 2)
def test_agrees_with_the_reference(
    values: list[object], style: tuple[object, ...], whole: bool, piece: int, mapped: int, unfolded: int
) -> None:
    indent, ascii_only, separators = style
    text = "\n".join(
        json.dumps(each, indent=indent, ensure_ascii=ascii_only, separators=separators) for each in values
    )  # type: ignore[arg-type]
    expected = reference(text, whole, mapped, unfolded)
    for found in (
        read(text.encode(), whole, mapped=mapped, unfolded=unfolded),
        read(text.encode(), whole, piece, values=4, records=2, mapped=mapped, unfolded=unfolded),
    ):
        same(found, expected)
        assert not any(found.odd[: ODDITIES.index("twice")])
        assert not found.reader.truncated
        assert found.reader.documents == len(values)


def test_agrees_with_the_reference_on_larger_documents() -> None:
    draw = random.Random(7)

    def value(depth: int) -> object:
        kind = draw.random()
        if depth > 6 or kind < 0.5:
            return draw.choice([None, True, 12, 1.5, "文三路 5 号", 'a"b\\', 138001380001380013, "x" * 40])
        if kind < 0.75:
            return [value(depth + 1) for _ in range(draw.randrange(6))]
        return {
            draw.choice(["a", "b", "c", "13900139000", f"k{draw.randrange(50)}"]): value(depth + 1)
            for _ in range(6)
        }

    for _ in range(40):
        text = "\n".join(json.dumps(value(0), ensure_ascii=draw.random() < 0.5) for _ in range(20))
        for whole in (False, True):
            same(read(text.encode(), whole, draw.choice([7, 100, 5000])), reference(text, whole))


CASES = [
    # text, whole, records as {path: text}, damaged pieces, oddities
    ('{"a":1}{"a":2} {"a":3}', True, [{"a": "1"}, {"a": "2"}, {"a": "3"}], [], {}),
    ('\ufeff{"a":1}\x1e{"a":2}', True, [{"a": "1"}, {"a": "2"}], [], {}),
    ('{"a":"\\u4f60\\u597d\\ud83d\\ude00\\/"}', True, [{"a": "你好😀/"}], [], {}),
    ('{"\\u624b\\u673a":1}', True, [{"手机": "1"}], [], {}),
    ('{"a":"\\ud83d","b":"\\ude00x"}', True, [{"a": "\ufffd", "b": "\ufffdx"}], [], {}),
    ('{"a":"\\u12","b":"\\q","c":"\\x41"}', True, [{"a": "\\u12", "b": "\\q", "c": "A"}], [], {}),
    ('{"a":110101199003078080,"b":1.38E10,"c":-0.0}', True, [{"a": "110101199003078080", "b": "1.38E10",
     "c": "-0.0"}], [], {}),
    ('{"a":NaN,"b":Infinity,"c":undefined}', True, [{"b": "Infinity"}], [], {"word": 3}),
    ('{"a":1,}\n{"a":2,,"b":3}\n{"a":1 "b":2}', True, [{"a": "1"}, {"a": "2", "b": "3"}, {"a": "1", "b": "2"}], [],
     {"comma": 3}),
    ("{'a':'it\\'s',b:\"x\"}", True, [{"a": "it's", "b": "x"}], [], {"quote": 2, "word": 1}),
    ('// x\n{"a":/* 5 */1}# y', True, [{"(other)": "// x"}, {"(other)": "/* 5 */", "a": "1"}], ["# y"], {"comment": 2}),
    ('{"_id":ObjectId("5f"),"n":NumberLong(5)}', True, [{"_id": "5f", "n": "5"}], [], {"word": 4}),
    ('{"a":"x\ny"}\n{"a":"\tz"}', True, [{"a": "x\ny"}, {"a": "\tz"}], [], {"control": 2}),
    ('{"a":,"b":1}', True, [{"b": "1"}], [], {"value": 1}),
    ('{"a":1,"a":2,"a":3}', True, [{"a": "1", f"a {L}": ["2", "3"]}], [], {"twice": 2}),
    ('{"a":1,"b":"cut\n{"a":2}\n', True, [{"a": "2"}], ['{"a":1,"b":"cut'], {}),
    ('{"a":1,"b":[1,2\n{"a":2}\n{"a":3}', True, [{"a": "2"}, {"a": "3"}], ['{"a":1,"b":[1,2'], {}),
    ('{"a":1,"b":\n{"a":2}\n{"a":3}', True, [{"a": "2"}, {"a": "3"}], ['{"a":1,"b":'], {}),
    ('{"a":1}\nfree 13800138000 text\n{"a":2}', True, [{"a": "1"}, {"a": "2"}], ["free 13800138000 text"], {}),
    ('{"a":1}}\n{"a":2}', True, [{"a": "1"}, {"a": "2"}], ["}"], {}),
    ('[{"a":1},{"a":=},{"a":3}]', False, [{f"{L} a": "1"}, {f"{L} a": "3"}], ['{"a":=},'], {}),
    ('[{"a":1},{"a":{"a":"b]},{"a":3}]', False, [{f"{L} a": "1"}, {f"{L} a": "3"}], ['{"a":{"a":"b]},'], {}),
    ('[\n  {"a":1},\n  {"a":"x},\n  {"a":3}\n]', False, [{f"{L} a": "1"}, {f"{L} a": "3"}], ['{"a":"x},'], {}),
    ('[{"a":1}],{"a":2},{"a":3}', False, [{f"{L} a": "1"}, {f"{L} a": "2"}, {f"{L} a": "3"}], [], {"comma": 2}),
    ('["x",{"a":1}]', True, [{"[0]": "x", f"{L} a": "1"}], [], {}),
    ('{"p":[116.39,39.9],"q":[1,2],"r":[[1.5,2.5,3]]}', True, [{"p": "[116.39,39.9]", f"q {L}": ["1", "2"],
     f"r {L}": ["[1.5,2.5,3]"]}], [], {}),
    ('{"data":{"13800138000":{"n":"x"},"13900139000":"y"}}', False, [{"data * (key)": "13800138000", "data * n": "x"},
     {"data * (key)": "13900139000", "data *": "y"}], [], {}),
    ('{"a":{"13800138000":1}}', True, [{"a * (key)": ["13800138000"], "a *": ["1"]}], [], {}),
    ('{"n":5,"m":6,"data":[{"a":1}],"z":7}', False, [{"n": "5", "m": "6"}, {f"data {L} a": "1"}, {"z": "7"}], [], {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "whole", "records", "damaged", "odd"), CASES, ids=[str(n) for n in range(len(CASES))]
)
def test_cases(
    text: str, whole: bool, records: list[dict[str, object]], damaged: list[str], odd: dict[str, int]
) -> None:
    raw = text.encode()
    for piece in (None, *range(1, 12)):
        found = read(raw, whole, piece)
        shown = []
        for record in found.records:
            cells: dict[str, object] = {}
            for path, value in record.values:
                name = " ".join(path)
                if {"[]", "*"} & set(path[1:]) and "[]" not in path[:1] and whole:
                    cells.setdefault(name, []).append(value)  # type: ignore[attr-defined]
                else:
                    cells[name] = value
            shown.append(cells)
        assert shown == records, piece
        assert [text for _, _, text in found.damaged] == [each.encode() for each in damaged]
        assert {name: count for name, count in zip(ODDITIES, found.odd, strict=True) if count} == odd


HOSTILE = [
    b"", b" ", b"[", b"{", b"]", b"}", b'"', b"[]", b"{}", b"[[", b"{{", b'{"', b'{"a', b'{"a"', b'{"a":', b'{"a":1',
     b'{"a":1,',
    b"[1", b"[1,", b"[,]", b"[,,1]", b"[1,,2]", b'["', b'["a', b'["a"', b'["\\', b'["\\u', b'["\\u0', b'["\\ud83d\\',
     b'["\\ud83d\\u"]',
    b"-", b"[-]", b"[1e]", b"[0x1F]", b"[012]", b"[+1]", b"[.5]", b"[1.]", b"nul", b"[nul]", b"[truth]", b"tru",
    b'["\xff"]', b'{"\xc3":1}', b'["\xed\xa0\x80"]', b"\xff\xfe", b"[\x00]", b'["a\x00b"]', b"[1\x00]", b"/", b"/*",
     b"//", b"[/*]", b"[1]/*x",
    b'{"a":"b"}}', b'["a"]]', b"[}", b"{]", b'{"a"]', b'{"a":}', b"{:1}", b'{1:2}', b'{"a" "b"}', b'{"a":1:2}',
     b'["a":1]', b"[1 2]",
    b'{"a":\'b"}', b"[''']", b'["\n"]', b'["\n', b'["a\n"b"]', b"(((((", b")))))", b";;;", b",,,,", b":::", b"[(1)]",
     b"<a>", b"[=]",
    b'{"a":[{"b":[{"c":', b'[{"a":1},{"a":2},{"a', b"\xef\xbb\xbf", b"\xef\xbb\xbf[]", b"\xef\xbb",
     b"[\xe3\x80\x80 1]", b"\xe3\x80",
    b'{"x":"' + b"\\" * 9, b'{"' + b"k" * 70 + b'":1}', b'{"' + b"\\u4f60" * 90 + b'":1}', b"1" * 500,
     b'"' + b"a" * 300 + b'"',
]  # fmt: skip


def covered(raw: bytes, found: Reading) -> None:
    """Every character that is no space and no punctuation of JSON lies in a record or in a damaged piece."""
    seen = bytearray(len(raw))
    reader_spans = [(offset, text) for _, offset, text in found.damaged]
    for offset, text in reader_spans:
        assert raw[offset : offset + len(text)] == text
        seen[offset : offset + len(text)] = b"\x01" * len(text)
    assert [place for place, _, _ in found.damaged] == sorted(place for place, _, _ in found.damaged)


@pytest.mark.parametrize("raw", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
@pytest.mark.parametrize("whole", [True, False])
def test_hostile_text(raw: bytes, whole: bool) -> None:
    """Nothing raises, however the text is cut, and the cuts change nothing."""
    one = read(raw, whole)
    covered(raw, one)
    for piece in (1, 2, 3, 5):
        other = read(raw, whole, piece, values=4, records=2)
        assert (other.records, other.damaged, other.offsets) == (one.records, one.damaged, one.offsets)
        assert (other.odd, other.reader.truncated) == (one.odd, one.reader.truncated)


PIECES = st.sampled_from(
    [b"{", b"}", b"[", b"]", b":", b",", b'"', b"'", b"\\", b"\n", b"\r\n", b"  ", b'"a"', b'"b":', b'{"a":1}',
     b'{"a":', b"13800138000",
     b"null", b"//", b"/*", b"*/", b"x", b"\\u4f60", b"\xe4\xbd\xa0", b"\xff", b"1.5", b"[1.5,2.5]", b"@", b"\x00",
      b"\xe3\x80\x80", b"("]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=40), st.booleans(), st.integers(1, 30), st.sampled_from([16, 40, 1 << 20]))
@example([b"/*", b"{", b"{", b"13800138000", b"*/", b"{"], False, 1, 16)
@example([b"/*", b"13800138000" * 27], True, 1, 16)
@example([b'{"a":1 /*', b"13800138000" * 27], False, 7, 40)
def test_any_text_is_found_the_same_however_it_is_cut(
    parts: list[bytes], whole: bool, piece: int, longest: int
) -> None:
    raw = b"".join(parts)
    one = read(raw, whole, longest=longest)
    other = read(raw, whole, piece, values=4, records=2, longest=longest)
    assert (other.records, other.damaged, other.offsets) == (one.records, one.damaged, one.offsets)
    assert other.odd == one.odd
    assert (other.reader.truncated, other.reader.overlong) == (one.reader.truncated, one.reader.overlong)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30), st.booleans())
def test_numbers_are_never_lost(parts: list[bytes], whole: bool) -> None:
    """A number anywhere in a text is in a value or in a damaged piece, but for comments between a key and its value."""
    if b"//" in b"".join(parts) or b"/*" in b"".join(parts):
        return
    raw = b"".join(parts)
    found = read(raw, whole)
    texts = [value for record in found.records for path, value in record.values]
    texts += ["".join(path) for record in found.records for path, _ in record.values]
    texts += [text.decode("utf-8", "replace") for _, _, text in found.damaged]
    names = [
        found.reader.paths.step(node)[2].decode("utf-8", "replace")
        for node in range(2, found.reader.paths.count)
    ]
    held = sum(text.count("13800138000") for text in [*texts, *names])
    assert (held > 0) == (b"13800138000" in raw)


def test_depth_is_survived() -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for depth in (LEVELS - 2, LEVELS + 2, 1_000_000):
            raw = opening * depth + b'"13800138000"' + closing * depth
            for whole in (True, False):
                found = read(raw, whole, longest=1 << 27)
                assert not found.damaged
                assert (
                    sum("13800138000" in text for record in found.records for _, text in record.values) == 1
                )
                assert found.odd[ODDITIES.index("deep")] == (depth > LEVELS)
            found = read(opening * depth, True, longest=1 << 27)
            assert found.reader.truncated
            # The outermost containers are entered; all others are one damaged record.
            left = b"".join(text for _, _, text in found.damaged)
            assert left in opening * depth
            assert len(left) >= (depth - 8) * len(opening)


def test_time_is_linear_in_hostile_text() -> None:
    for line in (
        b'{"a":\n',
        b'{"a":[\n',
        b'{"a":/*\n',
        b'{"a":"\n',
        b"[\n",
        b'{"a":1,"b":{"a":\n',
        b'{"a":1},{"a":\n',
    ):

        def work(count: int, line: bytes = line) -> None:
            read(line * count, True, 1 << 20, values=1 << 16, records=1 << 15)

        assert is_linear(work, 20_000, 80_000), line


def test_paths_beyond_the_most_are_one() -> None:
    raw = b"\n".join(b'{"k%d":"%d"}' % (n, n) for n in range(100))
    found = read(raw, True, most=20)
    paths = {path for record in found.records for path, _ in record.values}
    assert len(paths) == 21
    assert [text for record in found.records for _, text in record.values] == [str(n) for n in range(100)]


def test_long_records_are_read_in_pieces() -> None:
    raw = b'{"a":1}\n{"a":"' + b"x" * 3000 + b' 13800138000"}\n{"a":2}\n'
    for piece in (None, 100, 977):
        found = read(raw, True, piece, longest=1000) if piece else read(raw, True, longest=1000)
        assert [record.values for record in found.records] == [[(("a",), "1")], [(("a",), "2")]]
        assert found.reader.overlong == 1
        assert b"13800138000" in b"".join(text for _, _, text in found.damaged)


def test_more_values_than_there_is_room_for() -> None:
    raw = json.dumps({"a": list(range(5000))}).encode()
    [record] = read(raw, True, values=8, records=2).records
    assert [int(text) for _, text in record.values] == list(range(5000))
    found = read(raw, True, values=8, records=2, most_values=100)
    assert (found.records, found.reader.overlong) == ([], 1)


def test_arguments() -> None:
    data = np.zeros(4, np.uint8)
    arrays = [np.zeros(4, np.int32) for _ in range(4)]
    with pytest.raises(ValueError, match="no room"):
        Reader(True).read(data, True, *arrays, np.zeros((1, 4), np.int32))
    with pytest.raises(ValueError, match="no such limits"):
        Reader(True, longest=1)
    with pytest.raises(ValueError, match="outside"):
        unescape(data, np.array([3], np.int32), np.array([9], np.int32))
    with pytest.raises(IndexError):
        Reader(True).paths.step(2)
    assert DAMAGED != 0
    assert ESCAPED_BIT > 1 << 29


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20), st.booleans())
def test_texts_lose_their_escapes(text: str, ascii_only: bool) -> None:
    raw = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=ascii_only).encode()
    data = np.frombuffer(bytearray(raw), np.uint8)
    start, end = np.array([1], np.int32), np.array([(len(raw) - 1) | ESCAPED_BIT], np.int32)
    unescape(data, start, end)
    assert data[1 : end[0]].tobytes().decode() == text.encode("utf-8", "replace").decode()


def test_an_empty_value_of_no_text_has_no_escapes() -> None:
    """Found by fuzzing, 2026-11-22: the address of the first byte of nothing was taken."""
    end = np.array([ESCAPED_BIT], np.int64).astype(np.int32)
    unescape(np.zeros(0, np.uint8), np.zeros(1, np.int32), end)
    assert end.tolist() == [0]
