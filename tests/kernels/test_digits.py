from __future__ import annotations

import random
import re
from dataclasses import replace

import numpy as np
import pytest
from digits_reference import (
    CARD,
    COUNTRY_CODE,
    ENDS_IN_X,
    FLOAT,
    ID15,
    ID18,
    JOINED,
    LANDLINE,
    MOBILE,
    USCC,
    Run,
    runs,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detectors.runs import contact_words
from scanner.kernels import digits
from scanner.kernels.profile import profile
from scanner.model import Cells


def words(text: str) -> list[str]:
    return text.split()


NUMBERS = words(
    "13800138000 138 0013 8000 1380 0138 13 86 0086 861 8613800138000 008613800138000 010 0755 "
    "88888888 8888 755 10 12345678 1234567 07558888888 075588888888 01012345678 110101 19900101 1234 "
    "123 101 199001011234 0 00 .0 12 6 110101199001011237 11010119900101123 11010119900101123X "
    "013800138000 110101900101123 6222021234567890123 6222 621226 12345678901 0212 3456 7890 1234567890123 12345 "
    "378282 246310 37828224631 91110000802100433B 911100008021004 33B 9 1 ABCDEFGH "
    "12345678901234567890 4111111111111111 400 400-123-4567 2020-01-01 12:00:00 3.14 01-01 801 "
    "A1110000ABCDEFGHJK N1110000 "
)
SIGNS = [
    *("tel", "vX", "m", "whatsapp", "sn", "加"),
    *" -./_·+()'\"=:,;#*~XxAzE\t\0",
    *"转轉电话：，（）＋－．／＿　×хХχΧ０１３８６９Ｘｘｚ\u00a0\u200b\u200d\ufeff\u2060•・‐−—",
    "----",
    "--",
    "+86",
    "(+86)",
    "(",
    ")-",
    ") ",
    "…",
    b"\xff",
    b"\xe2\x80",
    b"\xef\xbc",
    b"\xc2",
]
PIECES = [piece if isinstance(piece, bytes) else piece.encode() for piece in [*NUMBERS, *SIGNS]]


def found(cells: list[bytes]) -> list[Run]:
    column = Cells.of(list(cells))
    arrays = digits.runs(column.data, column.start, column.end, words=contact_words())
    return without_sums(arrays)


SUMS = digits.CHECKED | digits.LUHN | digits.MOD_11_2 | digits.MOD_31_3
USCC_CODES = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def without_sums(found: tuple[np.ndarray | int, ...]) -> list[Run]:
    """The runs, once the check sums noted in their flags are found to be right, and so is the union of these."""
    *arrays, union = found
    runs = [Run(*map(int, row)) for row in zip(*arrays, strict=True)]
    assert union == int(np.bitwise_or.reduce(arrays[-1], initial=0))
    for run in runs:
        if run.flags & digits.CHECKED:
            ends_in_x = bool(run.flags & ENDS_IN_X)
            text = str(run.value).zfill(run.length - ends_in_x) + "X" * ends_in_x
            assert run.flags & SUMS == sums(text)
    return [replace(run, flags=run.flags & ~SUMS) for run in runs]


def sums(text: str) -> int:
    """What holds of the digits (the last may be X), the slow way."""
    found = digits.CHECKED
    if text.isdigit():
        doubled = "".join(str(int(d) * (1 + i % 2)) for i, d in enumerate(reversed(text)))
        found |= digits.LUHN if sum(map(int, doubled)) % 10 == 0 else 0
    if len(text) == 18:
        values = [10 if c == "X" else int(c) for c in text]
        found |= digits.MOD_11_2 if sum(v * 2 ** (17 - i) for i, v in enumerate(values)) % 11 == 1 else 0
        codes = [USCC_CODES.index(c) for c in text]
        total = sum(c * 3**i for i, c in enumerate(codes[:17])) + codes[17]
        found |= digits.MOD_31_3 if total % 31 == 0 else 0
    return found


def one(text: str) -> list[tuple[str, str, int]]:
    """Span, digits and flags of each run of one cell."""
    raw = text.encode()
    return [(raw[r.start : r.end].decode(), str(r.value).zfill(r.length), r.flags) for r in found([raw])]


@pytest.mark.parametrize(
    ("text", "span", "value", "flags"),
    [
        ("13800138000", "13800138000", "13800138000", MOBILE),
        ("手机13800138000号", "13800138000", "13800138000", MOBILE),
        ("１３８００１３８０００", "１３８００１３８０００", "13800138000", MOBILE),
        ("138\u200b0013\u200b8000", "138\u200b0013\u200b8000", "13800138000", MOBILE),
        ("138 0013 8000", "138 0013 8000", "13800138000", MOBILE | JOINED),
        ("138-0013-8000", "138-0013-8000", "13800138000", MOBILE | JOINED),
        ("138\u00a00013\u30008000", "138\u00a00013\u30008000", "13800138000", MOBILE | JOINED),
        ("(+86) 138 0013 8000", "(+86) 138 0013 8000", "13800138000", MOBILE | JOINED | COUNTRY_CODE),
        ("+86138-0013-8000", "+86138-0013-8000", "13800138000", MOBILE | JOINED | COUNTRY_CODE),
        ("+8613800138000", "+8613800138000", "13800138000", MOBILE | COUNTRY_CODE),
        ("0086-13800138000", "0086-13800138000", "13800138000", MOBILE | COUNTRY_CODE),
        ("8613800138000", "8613800138000", "13800138000", MOBILE | COUNTRY_CODE),
        ("86-13800138000", "86-13800138000", "13800138000", MOBILE | COUNTRY_CODE),
        ("tel:13800138000", "13800138000", "13800138000", MOBILE),
        ("Tel13800138000", "13800138000", "13800138000", MOBILE),
        ("加v13800138000", "13800138000", "13800138000", MOBILE),
        ("加ＶＸ13800138000，", "13800138000", "13800138000", MOBILE),
        ("手机号m13800138000.", "13800138000", "13800138000", MOBILE),
        ("'13800138000", "13800138000", "13800138000", MOBILE),
        ('="13800138000"', "13800138000", "13800138000", MOBILE),
        ("13800138000.0", "13800138000", "13800138000", MOBILE | FLOAT),
        ("13800138000.00", "13800138000", "13800138000", MOBILE | FLOAT),
        (
            "110101-19900101-123X",
            "110101-19900101-123X",
            "11010119900101123".zfill(18),
            ID18 | JOINED | ENDS_IN_X,
        ),
        ("13800138000.", "13800138000", "13800138000", MOBILE),
        ("13800138000转1234", "13800138000", "13800138000", MOBILE),
        ("张三----13800138000----a", "13800138000", "13800138000", MOBILE),
        ("2020-01-01 13800138000", "13800138000", "13800138000", MOBILE),
        ("11010119900101123X", "11010119900101123X", "11010119900101123".zfill(18), ID18 | ENDS_IN_X | USCC),
        ("11010119900101123х", "11010119900101123х", "11010119900101123".zfill(18), ID18 | ENDS_IN_X),
        ("110101 19900101 1237", "110101 19900101 1237", "110101199001011237", ID18 | JOINED),
        ("110101199001011237", "110101199001011237", "110101199001011237", ID18 | CARD | USCC),
        ("110101900101123", "110101900101123", "110101900101123", ID15 | CARD),
        ("6222 0212 3456 7890 123", "6222 0212 3456 7890 123", "6222021234567890123", CARD | JOINED),
        ("3782 822463 10005", "3782 822463 10005", "378282246310005", CARD | JOINED),
        ("91110000802100433B", "91110000802100433B", "0" * 18, USCC),
        ("A1110000ABCDEFGHJK", "A1110000ABCDEFGHJK", "0" * 18, USCC),
        ("0755-88888888", "0755-88888888", "075588888888", LANDLINE | JOINED),
        ("(0755)8888 8888", "(0755)8888 8888", "075588888888", LANDLINE | JOINED),
        ("(0835)-69077569", "(0835)-69077569", "083569077569", LANDLINE | JOINED),
        ("010-12345678-801", "010-12345678-801", "01012345678", LANDLINE | JOINED),
        ("075588888888转123", "075588888888转123", "075588888888", LANDLINE),
        ("+86 755 8888 8888", "+86 755 8888 8888", "75588888888", LANDLINE | JOINED | COUNTRY_CODE),
        ("+86-10-12345678", "+86-10-12345678", "1012345678", LANDLINE | JOINED | COUNTRY_CODE),
        # As registries of domains write them (RFC 5733), address books, trade directories and records of calls.
        ("+86.13800138000", "+86.13800138000", "13800138000", MOBILE | COUNTRY_CODE),
        ("+86.1012345678", "+86.1012345678", "1012345678", LANDLINE | COUNTRY_CODE),
        ("+86.75588888888", "+86.75588888888", "75588888888", LANDLINE | COUNTRY_CODE),
        ("+86(755)88888888", "+86(755)88888888", "75588888888", LANDLINE | JOINED | COUNTRY_CODE),
        ("+86 (10) 1234 5678", "+86 (10) 1234 5678", "1012345678", LANDLINE | JOINED | COUNTRY_CODE),
        ("0086（0755）88888888", "0086（0755）88888888", "075588888888", LANDLINE | JOINED | COUNTRY_CODE),
        ("86-755-88888888", "86-755-88888888", "75588888888", LANDLINE | JOINED | COUNTRY_CODE),
        ("86-010-12345678", "86-010-12345678", "01012345678", LANDLINE | JOINED | COUNTRY_CODE),
        ("013800138000", "013800138000", "13800138000", MOBILE),
        ("+86013800138000", "+86013800138000", "13800138000", MOBILE | COUNTRY_CODE),
        # A number that looks like a card by its groups.
        ("1101 0119 9001 0112 37", "1101 0119 9001 0112 37", "110101199001011237", ID18 | CARD | JOINED),
        ("1101 0119 9001 0112 3X", "1101 0119 9001 0112 3X", "011010119900101123", ID18 | JOINED | ENDS_IN_X),
        # Names of files.
        ("身份证_110101199001011237.jpg", "110101199001011237", "110101199001011237", ID18 | CARD | USCC),
        ("11010119900101123X_正面.jpg", "11010119900101123X", "011010119900101123", ID18 | ENDS_IN_X | USCC),
        ("13800138000_20230101.mp3", "13800138000", "13800138000", MOBILE),
    ],
)
def test_takes(text: str, span: str, value: str, flags: int) -> None:
    assert one(text) == [(span, value, flags)]


@pytest.mark.parametrize(
    "text",
    words(
        "1.13800138000 0.6228481234567890 -13800138000 +13800138000 a13800138000 "
        "SN13800138000 hotel13800138000 5tel13800138000 tel13800138000a tel138001380001 tel1380013800 v13800138000 "
        "：v13800138000 .tel13800138000 telephonecall13800138000 v1x13800138000 tel10800138000a 加sv13800138000 "
        "13800138000a 13800138000.5 13800138000.05 13800138000.0a "
        "13800138000.01 138001380001234567890123 86.13800138000 0086.13800138000 0013800138000 "
        "86(755)88888888 +86(75588888888) 139_1234_5678_9 "
        "138-0013-8000-12 1234-138-0013-8000 1.38E+10 2020-01-01T12:00:00 2020-01-01 "
        "20200101120000.123 138.001.3800 622202.1234567890123 12345678 0755-888 400-123-4567 "
        "e10adc3949ba59abbe56e057f20f883e 110101199001011237a 11010119900101123Xa ＋13800138000 "
        "Ａ13800138000 13800138000Ｂ "
    ),
)
def test_refuses(text: str) -> None:
    assert one(text) == []


@pytest.mark.parametrize(
    "word", words("v m vx wx weixin wechat tel mob mobile phone telephone cellphone cell whatsapp")
)
def test_words_in_latin_letters_right_before_a_number(word: str) -> None:
    for text in (word, word.upper(), word.title()):
        assert one(f"加{text}13800138000") == [("13800138000", "13800138000", MOBILE)]
        assert one(f"加q{text}13800138000") == []


def test_several_in_one_cell() -> None:
    text = "张三,138 0013 8000 110101 19900101 1237，座机010-12345678；6222021234567890123"
    assert [value for _, value, _ in one(text)] == [
        "13800138000",
        "110101199001011237",
        "01012345678",
        "6222021234567890123",
    ]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join), max_size=5))
@settings(max_examples=1500, deadline=None)
def test_kernel_agrees_with_the_reference(cells: list[bytes]) -> None:
    assert found(cells) == runs(cells)


@given(st.lists(st.binary(max_size=40), max_size=4))
@settings(max_examples=300, deadline=None)
def test_kernel_agrees_on_any_bytes(cells: list[bytes]) -> None:
    assert found(cells) == runs(cells)


@pytest.mark.parametrize("seed", range(4))
def test_kernel_agrees_on_seeded_material(seed: int) -> None:
    rng = random.Random(seed)
    alphabet = "0123456789 -.86+()转Ｘ０"
    cells = []
    for _ in range(3000):
        if rng.random() < 0.6:
            weights = [3 if re.match(rb"[0-9]", p) else 1 for p in PIECES]
            cells.append(b"".join(rng.choices(PIECES, weights, k=rng.randrange(1, 7))))
        else:
            cells.append("".join(rng.choices(alphabet, k=rng.randrange(8, 40))).encode())
    assert found(cells) == runs(cells)


LAYOUTS = [(3, 4, 4), (3, 3, 5), (6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 4, 2, 2, 4), (6, 6, 3)]
LAYOUTS += [
    (4, 4, 4, 4),
    (4, 4, 4, 4, 3),
    (4, 6, 5),
    (6, 13),
    (3, 8),
    (4, 8),
    (4, 4, 4),
    (4, 7),
    (3, 3, 8, 4),
]


def grouped(rng: random.Random) -> bytes:
    """A layout between neighbours, sometimes with a group too many, too few or too long, or with X."""
    layout = list(rng.choice(LAYOUTS))
    if rng.random() < 0.3:
        layout[rng.randrange(len(layout))] += rng.choice([-1, 1])
    if rng.random() < 0.2:
        layout.insert(rng.choice([0, len(layout)]), rng.randrange(1, 5))
    groups = ["".join(rng.choices("0123456789", k=size)) for size in layout]
    if rng.random() < 0.3:
        groups[0] = rng.choice(["138", "0755", "010", "6222", "86138", "+86138"])
    if rng.random() < 0.3:
        groups[-1] = groups[-1][:-1] + rng.choice("Xx×Х")
    before, after = (
        rng.choice(["", "", "+86", "+86 ", "(+86)", "----", "-", "号", "a"]),
        rng.choice(["", "", ".0", "a", "元"]),
    )
    return (before + rng.choice(" -.·_/－").join(groups) + after).encode()


@pytest.mark.parametrize("seed", range(4))
def test_kernel_agrees_on_layouts(seed: int) -> None:
    rng = random.Random(seed)
    cells = [grouped(rng) for _ in range(3000)]
    expected = runs(cells)
    assert found(cells) == expected
    kinds = {run.flags & ~COUNTRY_CODE for run in expected}
    assert kinds >= {kind | JOINED for kind in (MOBILE, LANDLINE, ID18, ID18 | ENDS_IN_X, ID15, CARD)}


def test_long_text_is_scanned_to_its_end() -> None:
    filler = "这是一段没有号码的话，价格12元。" * 500
    text = f"{filler}13800138000{filler}0755-88888888"
    assert [value for _, value, _ in one(text)] == ["13800138000", "075588888888"]


def test_spans_outside_the_data_are_refused() -> None:
    data = np.frombuffer(b"13800138000", np.uint8)
    for start, end in [(-1, 11), (0, 12), (5, 4)]:
        with pytest.raises(ValueError, match="cell 0"):
            digits.runs(data, np.array([start], np.int32), np.array([end], np.int32))
    with pytest.raises(ValueError, match="length"):
        digits.runs(data, np.zeros(1, np.int32), np.zeros(2, np.int32))


@pytest.mark.parametrize("size", range(10, 21))
def test_solid_cells_are_read_and_summed_right(size: int) -> None:
    rng = random.Random(size)
    texts = ["".join(rng.choices("0123456789", k=size)) for _ in range(3000)]
    texts += [text[:-1] + "X" for text in texts[:1000] if size == 18] + [
        text[:-1] + "x" for text in texts[:9]
    ]
    texts += [text[:5] + "/" + text[6:-1] + "X" for text in texts[:50]]
    texts += [text[:-1] + rng.choice(["Y", "x", "Ｘ", "X "]) for text in texts[:200]]
    texts += ["0" + text[1:-1] + "X" for text in texts[:20]] + [text[:-3] + "X12" for text in texts[:20]]
    rng.shuffle(texts)
    column = Cells.of(list(texts))
    kinds, numeric, *_ = profile(column.data, column.start, column.end)
    read = without_sums(digits.runs(column.data, column.start, column.end, numeric, kinds, contact_words()))
    assert read == runs([text.encode() for text in texts])


@pytest.mark.parametrize("odd", [0.0, 0.01, 0.1])
def test_columns_of_numbers_are_read_right_whatever_stands_among_them(odd: float) -> None:
    """Eight cells of digits are read at once; any other ends that, and so does a country code."""
    rng = random.Random(f"{odd}")
    others = ["", "12", "0755-88888888", "13800138000 13900139000", "08613800138000", "住3单元"]
    texts = [
        rng.choice([*others, "11010119900307123X", "1" * 20])
        if rng.random() < odd
        else rng.choice("1234567") + "".join(rng.choices("0123456789", k=rng.randrange(9, 19)))
        for _ in range(5000)
    ]
    column = Cells.of(list(texts))
    kinds, numeric, *_ = profile(column.data, column.start, column.end)
    some = numeric[np.array([rng.random() < 0.95 for _ in numeric])]
    for chosen in (numeric, some):
        read = without_sums(
            digits.runs(column.data, column.start, column.end, chosen, kinds, contact_words())
        )
        kept = set(chosen.tolist())
        assert read == [run for run in runs([text.encode() for text in texts]) if run.cell in kept]


@pytest.mark.parametrize("at", range(16))
def test_a_span_outside_the_data_is_refused_in_a_column_of_numbers(at: int) -> None:
    column = Cells.of(["13800138000"] * 16)
    kinds, numeric, *_ = profile(column.data, column.start, column.end)
    for start, end in [(-1, 10), (len(column.data) - 10, len(column.data) + 1), (20, 11)]:
        starts, ends = column.start.copy(), column.end.copy()
        starts[at], ends[at] = start, end
        with pytest.raises(ValueError, match=f"cell {at} "):
            digits.runs(column.data, starts, ends, numeric, kinds)


def test_one_cell_may_hold_many_runs() -> None:
    cell = b",".join(b"13800138%03d" % i for i in range(1000))
    assert [run.value for run in found([b"", cell, b"13800138000"])] == [
        *(13800138000 + i for i in range(1000)), 13800138000
    ]  # fmt: skip


def test_no_cell_sees_its_neighbour() -> None:
    data = np.frombuffer(b"9913800138000+99", np.uint8)
    arrays = digits.runs(data, np.array([2], np.int32), np.array([13], np.int32))
    assert [int(a[0]) for a in arrays[:6]] == [0, 0, 11, 13800138000, 11, MOBILE]


@pytest.mark.parametrize("path", [0, 1])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 300, 5000])
def test_runs_of_a_kind(count: int, share: float, path: int) -> None:
    """They are those that a mask takes; where they are most, all stay."""
    chance = np.random.default_rng(count)
    has = chance.random(count) < share
    flags = chance.integers(0, 1 << 16, count).astype(np.uint16) & ~np.uint16(digits.ID18 | digits.CARD)
    flags |= np.where(
        has, chance.choice([digits.ID18, digits.CARD, digits.ID18 | digits.CARD], count), 0
    ).astype(np.uint16)
    arrays = [chance.integers(0, np.iinfo(each).max, count, each) for each in digits.DTYPES[:-1]]
    found = digits.of_kind(digits.ID18 | digits.CARD, *arrays, flags, path=path)
    if 2 * has.sum() >= count:
        assert found is None
        return
    assert found is not None
    for got, array in zip(found, [*arrays, flags], strict=True):
        assert got.dtype == array.dtype
        assert got.tolist() == array[has].tolist()


def test_runs_of_a_kind_differ_in_length() -> None:
    arrays = [np.zeros(3, each) for each in digits.DTYPES]
    with pytest.raises(ValueError, match="differ in length"):
        digits.of_kind(digits.CARD, *arrays[:-1], np.zeros(2, np.uint16))


@pytest.mark.parametrize("word", ["", "TEL", "a" * 13, "电话", "e-mail"])
def test_words_are_of_few_letters(word: str) -> None:
    with pytest.raises(ValueError, match="not a word of 1 to 12 letters"):
        digits.packed_words(["tel", word])


def test_letters_before_a_number_are_no_word_unless_they_are_listed() -> None:
    column = Cells.of([b"tel13812345678", b"telephonenumber13812345678"])
    spans = (column.data, column.start, column.end)
    assert len(digits.runs(*spans)[0]) == 0
    assert digits.runs(*spans, words=digits.packed_words(["tel"]))[0].tolist() == [0]
    assert digits.runs(*spans, words=digits.packed_words(["fax", "phone"]))[0].tolist() == []
