"""Lines in several encodings: tables of what people have seen, and agreement with the plain reference."""

from __future__ import annotations

import random

import mixed_reference
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.mixed import READINGS_OF_LINES, UNIT, Lines, Recoded, suspects
from scanner.sources.mixed import weights


def latin(raw: bytes) -> bytes:
    """Bytes read as Windows-1252, as browsers do, and written as UTF-8."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in raw).encode()


def run(
    source: bytes, main: str = "utf-8", others: tuple[str, ...] = ("gb18030",), sizes: tuple[int, ...] = ()
) -> tuple[bytes, list[int], list[int], int, int, int]:
    """The same as ``mixed_reference.recode``; ``sizes``: how many bytes more are given at a time."""
    lines = Lines(main, others, weights)
    output, places, counts, marks, bad, first_bad = b"", [], np.zeros(6, np.int64), 0, 0, -1
    at, stop, last, room = 0, 0, -1, np.zeros(3 * len(source) + 6 * UNIT + 64, np.uint8)
    sizes = (*sizes, len(source))
    while at < len(source):
        stop = min(len(source), stop + sizes[0])
        sizes = sizes[1:] or sizes
        piece = np.frombuffer(source[at:stop], np.uint8)
        done: Recoded = lines.recode(piece, room, final=stop == len(source), last=last)
        output += room[: done.written].tobytes()
        found = lines.retrace(piece, done.pieces, np.arange(done.written, dtype=np.int64))
        places += (found + at).tolist()
        if done.bad and first_bad < 0:
            first_bad = at + done.first_bad
        counts += done.lines
        marks, bad, last = marks + done.marks, bad + done.bad, done.last
        at += done.consumed
    return output, places, counts.tolist(), marks, bad, first_bad


SEEN = [
    ("张三", "å¼\u00a0ä¸‰", "utf-8 as latin-1"),
    ("张三", "å¼ ä¸‰", "utf-8 as latin-1"),
    ("张三", "寮犱笁", "utf-8 as gb18030"),
    ("张三", "ÕÅÈý", "gb18030 as latin-1"),
    ("姓名,手机号", "濮撳悕,鎵嬫満鍙\ufffd", "utf-8 as gb18030"),
    ("阿凡提·买买提", "é˜¿å‡¡æ\u008f\u0090Â·ä¹°ä¹°æ\u008f\u0090", "utf-8 as latin-1"),
]


@pytest.mark.parametrize("name", ["甯峰方", "王谷平"])
def test_a_name_that_could_be_another_stays(name: str) -> None:
    """The bytes of the first in GBK are valid UTF-8, of 帷巽."""
    line = f"{name},13800138000\n".encode()
    assert run(line * 3)[0] == line * 3


@pytest.mark.parametrize(("meant", "written", "reading"), SEEN)
def test_what_people_see(meant: str, written: str, reading: str) -> None:
    output, _, lines, *_ = run(f"1,{written},13800138000\n李四,x\n".encode())
    first, second, _ = output.decode().split("\n")
    assert first.replace("\ufffd", "号") == f"1,{meant},13800138000"
    assert second == "李四,x"
    assert lines[READINGS_OF_LINES.index(reading)] == 1


@pytest.mark.parametrize(
    "line",
    [
        "François Müller, Größe 3, naïve café à la carte, São Paulo, Ærø, CRÉÉE",
        "ÄÖÜ äöü ß; ÀÉÈ; Ångström; Łódź; Žižek",
        "闫妮,覃辉,鑫淼,犇羴鱻,垚焱",
        "联通,电信",
        "Привет, мир; Ελληνικά; こんにちは; 안녕하세요",
        "€100, £5, ±0.5, 25°C, ×2, «цитата»",
        "阎锡山,濮存昕,鎵,锟斤拷",
    ],
)
def test_sound_text_is_left_as_it_is(line: str) -> None:
    raw = (line + "\n").encode()
    output, places, lines, *rest = run(raw)
    assert (output, places, lines[0], rest) == (raw, list(range(len(raw))), 1, [0, 0, -1])


ROW = "{},{},1380013{:04d},北京市朝阳区建国路{}号院\n"
NAMES = ["张三", "欧阳娜娜", "李雷", "王小明", "赵敏", "闫妮"]


def rows(count: int) -> list[str]:
    return [ROW.format(n, NAMES[n % len(NAMES)], n, n) for n in range(count)]


@pytest.mark.parametrize("main", ["utf-8", "gb18030"])
@pytest.mark.parametrize("every", [1, 2, 3, 50])
def test_alternating_lines(main: str, every: int) -> None:
    lines = rows(300)
    other = "gb18030" if main == "utf-8" else "utf-8"
    source = b"".join(line.encode(main if n // every % 2 else other) for n, line in enumerate(lines))
    output, _, _, marks, bad, _ = run(source, main, (other,))
    assert output.decode() == "".join(lines)
    assert (marks, bad) == (0, 0)


WRONG = {
    "utf-8": str.encode,
    "gb18030": lambda text: text.encode("gb18030"),
    "utf-8 as latin-1": lambda text: latin(text.encode()),
    "gb18030 as latin-1": lambda text: latin(text.encode("gb18030")),
}


@pytest.mark.parametrize("seed", range(5))
def test_all_kinds_in_one_file(seed: int) -> None:
    rng = random.Random(seed)
    lines = rows(400)
    kinds = [rng.choice(list(WRONG)) for _ in lines]
    source = b"".join(WRONG[kind](line) for kind, line in zip(kinds, lines, strict=True))
    output, _, counts, *_ = run(source)
    assert output.decode() == "".join(lines)
    assert counts == [kinds.count(name) for name in READINGS_OF_LINES]


def test_a_damaged_line_of_utf8_stays_utf8() -> None:
    rng = random.Random(4)
    wrong = 0
    for line in rows(2000):
        raw = bytearray(line.encode())
        raw[rng.choice([at for at, byte in enumerate(raw) if byte >= 0x80])] = rng.randrange(0x80, 0x100)
        _, _, lines, *_ = run(bytes(raw))
        wrong += lines[0] != 1
    assert wrong == 0


def test_byte_order_marks_inside() -> None:
    source = b"".join("\ufeff姓名,手机\n张三,1\n".encode() for _ in range(3))
    output, places, _, marks, *_ = run(source)
    assert output.decode() == "姓名,手机\n张三,1\n" * 3
    assert marks == 3
    assert [source[place] for place in places] == list(output)


PARTS = st.sampled_from(
    [
        b"\n", b"\n", b"\r\n", b",", b"13800138000", b" ", b"?", b"x", "张".encode(), "三李四".encode(),
        "张三".encode("gb18030"), "丰".encode("gb18030"), "張三".encode("big5"), latin("张三丰".encode()),
        latin("张三丰".encode("gb18030")), "张三丰".encode().decode("gbk", "replace").encode(), b"\xff", b"\x81",
        b"\xef\xbb\xbf", b"\x84\x31\x95\x33", "€".encode(), "é".encode(), "𠀀".encode(), "闫".encode(), b"\xe5",
        b"\x81\x30\x81\x30", b"\0", "，".encode("gbk"), "·".encode(), "\ufffd".encode(),
    ]
)  # fmt: skip
MAINS = st.sampled_from(
    [("utf-8", ("gb18030",)), ("utf-8", ("big5",)), ("gb18030", ("utf-8",)), ("big5", ("utf-8", "gb18030"))]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PARTS, max_size=25), MAINS)
def test_the_reference_agrees(parts: list[bytes], main: tuple[str, tuple[str, ...]]) -> None:
    source = b"".join(parts)
    assert run(source, *main) == mixed_reference.recode(source, *main)


@settings(max_examples=800, deadline=None)
@given(st.binary(max_size=50), MAINS)
def test_the_reference_agrees_on_random_bytes(source: bytes, main: tuple[str, tuple[str, ...]]) -> None:
    assert run(source, *main) == mixed_reference.recode(source, *main)


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=40), MAINS, st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_any_cut_gives_the_same(
    parts: list[bytes], main: tuple[str, tuple[str, ...]], sizes: list[int]
) -> None:
    source = b"".join(parts)
    assert run(source, *main, tuple(sizes)) == run(source, *main)


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=40), st.integers(0, 200))
def test_what_is_sound_needs_no_decision(parts: list[bytes], ascii_bytes: int) -> None:
    """Up to where ``sound`` says so, the text stays as it is; and it says so only at a line's end."""
    source = b"a" * ascii_bytes + b"".join(parts)
    stop, more = Lines("utf-8", ("gb18030",), weights).sound(np.frombuffer(source, np.uint8), final=True)
    assert run(source[:stop])[:2] == (source[:stop], list(range(stop)))
    assert stop == len(source) if not more else stop == 0 or source[stop - 1] in b"\r\n"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 400), st.integers(0, 70), st.booleans())
def test_what_is_sound_does_not_depend_on_vectors(seed: int, longest: int, first: int, final: bool) -> None:
    """Lines that begin with ASCII, with honest hanzi, with ones that make them suspect, or with accents."""
    chance = random.Random(seed)
    tokens = ["a", "a", "张", "红", "é", "昊" if chance.random() < 0.3 else "李", "€", "𠀀", ",1"]
    weighted = [chance.random() ** 3 for _ in tokens]
    lines = ["".join(chance.choices(tokens, weighted, k=chance.randrange(longest))) for _ in range(300)]
    ends = chance.choices(["\n", "\r\n", "\r", ""], [9, 1, 1, chance.random()], k=len(lines))
    text = "x" * first + "".join(line + end for line, end in zip(lines, ends, strict=True))
    source = np.frombuffer(text.encode(), np.uint8)
    found = [Lines("utf-8", ("gb18030",), weights).sound(source, final=final, path=path) for path in (0, 1)]
    assert found[0] == found[1]


@pytest.mark.parametrize("main", ["utf-8", "gb18030"])
def test_long_lines_are_decided_in_parts(main: str) -> None:
    line = "".join(rows(9000)).replace("\n", " ")
    source = (line.encode("utf-8") + line.encode("gb18030")) * 2 + b"\n"
    output, _, counts, _, bad, _ = run(source, main, ("utf-8", "gb18030"))
    # Only a part in which one encoding passes into the other may be read wrongly.
    assert bad < 3 * UNIT // 2
    wrong = [
        a != b for a, b in zip(output.decode("utf-8", "replace").split(), (line * 4).split(), strict=True)
    ]
    assert sum(wrong) < 3 * UNIT // len(rows(1)[0])
    assert counts[0] > 10
    assert counts[1] > 10


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_without_any_place_to_cut(encoding: str) -> None:
    text = "中文地址" * 60_000
    source = b"a" + text.encode(encoding)
    output, places, _, _, bad, _ = run(source, encoding, ("utf-8",))
    assert (output.decode(), bad) == ("a" + text, 0)
    assert places[0] == 0
    assert run(source, encoding, ("utf-8",), (9999,)) == run(source, encoding, ("utf-8",))


def test_another_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        Lines("latin-1", (), weights)


@pytest.mark.parametrize("size", [100, 5000, 40_000, 1 << 20])
def test_long_lines_of_sound_text_need_no_decision(size: int) -> None:
    line = "".join(rows(3000)).replace("\n", " ").encode()
    source = b"a,b\n" + line + b"\n" + line[:7000] + b"\n" + line
    lines, at, stop = Lines("utf-8", ("gb18030",), weights), 0, 0
    while at < len(source):
        stop = min(stop + size, len(source))
        sound, more = lines.sound(np.frombuffer(source[at:stop], np.uint8), final=stop == len(source))
        assert not more
        assert stop - at - sound <= 2 * UNIT
        at += sound


def test_lines_that_are_decided_for_utf8_do_not_end_what_is_sound() -> None:
    """Hanzi that wrongly decoded lines begin with begin honest lines, too; and so do accents."""
    told = [character for character in "昊宸璩宓" if suspects()[ord(character)]]
    assert len(told) == 4
    honest = [f"{character}红,{n},北京市朝阳区建国路88号\n" for n, character in enumerate([*told, "é"] * 50)]
    lines = Lines("utf-8", ("gb18030",), weights)
    source = "".join(honest).encode()
    assert lines.sound(np.frombuffer(source, np.uint8), final=True) == (len(source), False)
    assert run(source)[0] == source
    for other in ("张伟,1,广东省深圳市南山区\n".encode("gb18030"), b"\xef\xbb\xbf1\n", b"\xe5\xbc\n"):
        mixed = np.frombuffer(source + other + source, np.uint8)
        assert Lines("utf-8", ("gb18030",), weights).sound(mixed, final=True) == (len(source), True)
