"""The kernel that writes characters in place of escapes, against regular expressions (``sources.escapes.plain``)."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.escapes import escaped, write
from scanner.model import Cells
from scanner.sources.escapes import escapes_of, pairs_of_gbk, plain

PARTS = [
    *(
        b"\\u5f20",
        b"\\\\u4e09",
        b"\\u00e9",
        b"\\u0041",
        b"\\u5f2",
        b"\\",
        b"u5f20",
        b"\\n",
        b"x",
        b"0",
        b"\xe5",
    ),
    *(b"\\ud83d\\ude00", b"\\ud83d", b"\\ude00", b"\\uD83D\\u0041", b"\\\\\\uDBFF\\uDFFF"),
    *(
        b"%E5%BC%A0",
        b"%e5%bc%a0",
        b"%E5",
        b"%BC",
        b"%A0",
        b"%C3%A9",
        b"%F0%9F%98%80",
        b"%41",
        b"%",
        b"%40",
        b"%25",
        b"%2b",
        b"%7f",
        b"%0A",
    ),
    *(b"%ED%A0%80", b"%C0%80", b"%E0%80%80", b"%F5", b"%F4%90%80%80"),
    *(b"%D5%C5", b"%d5", b"%E9F", b"%E9%46", b"%81%30", b"%80%80", b"%FE%FE", b"@"),
]


def written(values: list[bytes], encoding: str = "utf-8") -> list[bytes]:
    pairs = pairs_of_gbk() if encoding == "gbk" else None
    cells = Cells.of(list(values))
    start, end = cells.start.copy(), cells.end.copy()
    which = escaped(cells.data, start, end, pairs)
    room = int((end[which] - start[which]).sum())
    memory = np.concatenate([cells.data, np.zeros(room, np.uint8)])
    begin, origin = write(memory, len(cells.data), which, start, end, pairs)
    assert (origin == cells.start[which]).all()
    assert (begin == start[which]).all()
    assert (memory[: len(cells.data)] == cells.data).all()
    changed = [at for at, value in enumerate(values) if plain(value, encoding) != value]
    assert which.tolist() == changed
    return [memory[a:b].tobytes() for a, b in zip(start, end, strict=True)]


@settings(max_examples=500)
@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=6).map(b"".join), max_size=5))
def test_cells_agree(values: list[bytes]) -> None:
    for encoding in ("utf-8", "gbk"):
        assert written(values, encoding) == [plain(value, encoding) for value in values]


@pytest.mark.parametrize("text", ["张三", "镕", "朱镕基 of 北京", "a=王伟&b=1", "〇"])
@pytest.mark.parametrize("safe", ["/", "@ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
def test_gbk_behind_percent_signs(text: str, safe: str) -> None:
    coded = quote(text.encode("gbk"), safe=f"{safe} =&").encode()
    assert plain(coded, "gbk").decode() == text
    assert written([coded], "gbk") == [text.encode()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"\\u5f20\\u4e09", "张三"), (b"%E5%BC%A0%E4%B8%89", "张三"), (b"%e5%bc%a0+%20", "张+ "),
        (b"\\\\u5f20", "张"),
        (b"\\ud83d\\ude00", "😀"), (b"\\ud83d x", "\\ud83d x"), (b"\\u0041%41", "\\u0041%41"), (b"%E5%BC", "%E5%BC"),
        (b"%D5%C5", "%D5%C5"), (b"100%E5%BC%A0", "100张"), (b"%E5%E5%BC%A0", "%E5张"), (b"\\u5f2", "\\u5f2"),
        (b"a%40b.cn", "a@b.cn"), (b"%2B8613812345678", "+8613812345678"), (b"%7B%22a%22%3A%221%22%7D", '{"a":"1"}'),
        (b"%2540", "%2540"), (b"%0A%00%7F%30%4", "%0A%00%7F%30%4"), (b"%E5%BC%40", "%E5%BC@"),
    ],
)  # fmt: skip
def test_texts(text: bytes, shown: str) -> None:
    assert plain(text).decode() == shown
    assert written([b"", text, b"x"]) == [b"", shown.encode(), b"x"]


def test_what_does_not_fit_is_refused() -> None:
    data = np.frombuffer(b"\\u5f20", np.uint8).copy()
    one, six = np.zeros(1, np.int32), np.array([6], np.int32)
    with pytest.raises(ValueError, match="does not lie in the text"):
        escaped(data, one, six + 1)
    with pytest.raises(ValueError, match="none there"):
        write(data, 6, np.zeros(1, np.int64), one, six)
    with pytest.raises(ValueError, match="none there"):
        write(np.zeros(20, np.uint8), 6, np.ones(1, np.int64), one, six)


@pytest.mark.parametrize(
    ("head", "holds"),
    [
        ("a\\u5f20", "utf-8"), ("%E5%BC%A0", "utf-8"), ("a\\u00e9", None), ("50%", None), ("张三", None),
        ("n=%CD%F5%CE%B0&n=%D5%C5%C8%FD", "gbk"), ("n=%E7%8E%8B%E4%BC%9F&n=%E5%BC%A0%E4%B8%89", "utf-8"),
        ("%C3%A9%C3%A8%C3%A9%C3%A8", None), ("%81%40%82%41%83%42%84%43", None), ("%D5%C5", None),
    ],
)  # fmt: skip
def test_heads(head: str, holds: str | None) -> None:
    assert escapes_of(head) == holds


def test_a_table_of_another_size_is_refused() -> None:
    data, none = np.zeros(1, np.uint8), np.zeros(0, np.int32)
    with pytest.raises(ValueError, match="a table of pairs"):
        escaped(data, none, none, np.zeros(9, np.uint16))
