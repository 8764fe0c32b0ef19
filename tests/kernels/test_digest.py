import random
import re

import numpy as np
import pytest
from digest_reference import aes_digest, aes_round, cell_sums, row_digest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.digest import (
    ALIKE_FROM,
    digest_cells,
    digest_rows,
    digest_spans,
    fastest_here,
    siphash128,
)
from scanner.model import Cells

MASK = (1 << 64) - 1
SIPS = (
    0,
    1,
    2,
    3,
)  # one text at a time, AVX2, AVX-512, with its byte shuffles, as far as the machine has them
PATHS = (*SIPS, 4)  # rounds of AES
K0, K1 = 0x0706050403020100, 0x0F0E0D0C0B0A0908


def rotate(x: int, b: int) -> int:
    return (x << b | x >> (64 - b)) & MASK


def reference_siphash128(data: bytes, k0: int, k1: int, c: int = 2, d: int = 4) -> tuple[int, int]:
    """SipHash-c-d-128 as the paper and the reference implementation describe it, one byte string at a time."""
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D ^ 0xEE,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(c)
        v[0] ^= word
    v[2] ^= 0xEE
    rounds(d)
    low = v[0] ^ v[1] ^ v[2] ^ v[3]
    v[1] ^= 0xDD
    rounds(d)
    return low, v[0] ^ v[1] ^ v[2] ^ v[3]


def test_siphash_published_vectors():
    # vectors_sip128 of the reference implementation: key 00..0f, input 00, 01, 02 … of length n
    expected = {
        0: "a3817f04ba25a8e66df67214c7550293",
        1: "da87c1d86b99af44347659119b22fc45",
        8: "3b62a9ba6258f5610f83e264f31497b4",
    }
    for length, hexadecimal in expected.items():
        low, high = siphash128(np.arange(length, dtype=np.uint8), K0, K1)
        assert (low.to_bytes(8, "little") + high.to_bytes(8, "little")).hex() == hexadecimal


@given(st.binary(max_size=80), st.integers(0, MASK), st.integers(0, MASK))
def test_siphash_agrees_with_reference(data, k0, k1):
    assert siphash128(np.frombuffer(data, np.uint8), k0, k1) == reference_siphash128(data, k0, k1)
    assert siphash128(np.frombuffer(data, np.uint8), k0, k1, 1, 3) == reference_siphash128(data, k0, k1, 1, 3)


def test_a_round_as_fips_197_shows_it():
    """Appendix B: the first round of its example."""
    begin = bytes.fromhex("193de3bea0f4e22b9ac68d2ae9f84808")
    key = bytes.fromhex("a0fafe1788542cb123a339392a6c7605")
    assert aes_round(begin, key).hex() == "a49c7ff2689f352b6b5bea43026a5049"


def expected_digest(data: bytes, k0: int, k1: int, path: int) -> tuple[int, int]:
    """What a path makes of a text; a machine without rounds of AES takes the next slower path."""
    if fastest_here(path) == 4:
        return aes_digest(data, k0, k1, reference_siphash128)
    return reference_siphash128(data, k0, k1, 1, 3)


def spans_digest(texts: list[str], drop: str = "", path: int = 4) -> list[tuple[int, int]]:
    cells = Cells.of(list(texts))
    every = np.arange(len(texts), dtype=np.int32)
    dropped = np.zeros(128, np.uint8)
    dropped[[ord(c) for c in drop]] = 1
    spans = (
        cells.data,
        cells.start,
        every,
        np.zeros_like(every),
        cells.end - cells.start,
        dropped,
        7,
        K0,
        K1,
    )
    found = digest_spans(*spans, path)
    for other in SIPS if path < 4 else ():
        assert np.array_equal(digest_spans(*spans, other), found)
    return [tuple(pair) for pair in found.tolist()]


def test_text_identity_is_normalised():
    same = spans_digest(["Ab1@x.cn", "ＡＢ１＠x.cn", "a b\u200b1@x.cn ", "ab1@x\u3000.cn\ufeff"])
    assert len(set(same)) == 1
    assert len(set(spans_digest(["ab", "ac", "京a", "京b", ""]))) == 5
    assert len(set(spans_digest(["cc:a4", "CC-A4"], drop=":-"))) == 1


WHITE = bytes(range(0x21))
BLANK = re.compile("[\x00-\x20\xa0\u200b-\u200f\u2060\u3000\ufeff]")


def normalised(text: str, drop: str) -> bytes:
    """What two texts of one identity have in common, said plainly."""
    folded = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    kept = "".join(c for c in BLANK.sub("", folded) if c not in drop)
    return "".join(c.lower() if c.isascii() else c for c in kept).encode()


TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("aZ0 :-\xa0\u3000\u200b\ufeff中ＡＺ：～、。"),
    )
)


@settings(deadline=None)
@given(st.lists(TEXT, max_size=7), st.sampled_from(["", ":-", "Aa"]))
def test_spans_digest_is_that_of_the_normalised_text(texts, drop):
    for path in (0, 4):
        expected = [expected_digest(normalised(text, drop), K0 ^ 7, K1, path) for text in texts]
        assert spans_digest(texts, drop, path) == expected


@settings(deadline=None)
@given(st.lists(st.binary(max_size=9), max_size=5))
def test_spans_digest_of_any_bytes(values):
    """Bad bytes stand for themselves; only whole characters are folded, so decoding with surrogates agrees."""
    texts = [value.decode("utf-8", "surrogateescape") for value in values]
    cells = Cells.of(list(values))
    every = np.arange(len(values), dtype=np.int32)
    nothing = np.zeros(128, np.uint8)
    for path in PATHS:
        found = digest_spans(
            cells.data, cells.start, every, every * 0, cells.end - cells.start, nothing, 7, K0, K1, path
        )
        for pair, text in zip(found.tolist(), texts, strict=True):
            folded = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
            kept = "".join(c.lower() if c.isascii() else c for c in BLANK.sub("", folded))
            assert tuple(pair) == expected_digest(kept.encode("utf-8", "surrogateescape"), K0 ^ 7, K1, path)


CELLS = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from([b" a ", b"\t", b"x" * 15, b"y" * 16, b"z" * 17, b'="1"', b"'7", "１Ａ\u3000".encode()]),
)


@settings(deadline=None)
@given(
    st.integers(0, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width))),
    st.randoms(),
)
def test_row_digests_are_those_of_the_trimmed_cells(rows, chance):
    """Plain and dictionary columns, any choice of rows; null and empty are the same."""
    columns = []
    for column in zip(*rows, strict=True):
        if chance.random() < 0.5:
            cells = Cells.of(list(column))
            columns.append((cells.data, cells.start, cells.end, None))
        else:
            values = list(dict.fromkeys(cell for cell in column if cell is not None))
            cells = Cells.of(list(values))
            codes = [-1 if cell is None else values.index(cell) for cell in column]
            columns.append((cells.data, cells.start, cells.end, np.array(codes, np.int32)))
    chosen = [index for index in range(len(rows)) if chance.random() < 0.8]
    check_rows(columns, chosen, rows)


def half_width(text: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)


def unwrapped(cell: bytes) -> bytes:
    cell = cell.strip(WHITE)
    if len(cell) > 2 and cell.startswith(b'="') and cell.endswith(b'"'):
        return cell[2:-1]
    return cell[1:] if re.match(b"'[0-9]", cell) else cell


def normal(cell: bytes | None) -> bytes:
    """A cell's text without the marks of its writing, said plainly."""
    text = (cell or b"").strip(WHITE).decode("utf-8", "surrogateescape")
    folded = re.sub("[\x00\xa0\u200b-\u200f\u2060\u3000\ufeff]", "", half_width(text))
    return unwrapped(folded.encode("utf-8", "surrogateescape"))


def letters_and_digits(cell: bytes) -> bytes:
    text = half_width(cell.decode("utf-8", "surrogateescape"))
    text = re.sub("[\xa0\u200b-\u200f\u2060\u3000\ufeff]", "", text)
    kept = "".join(c.lower() if c.isascii() else c for c in text if not c.isascii() or c.isalnum())
    return kept.encode("utf-8", "surrogateescape")


def expected_row(cells, path) -> list[int]:
    """The two words of a row's key."""
    texts = [(letters_and_digits(text), text) for text in map(normal, cells)]
    like, exact = row_digest(texts, 1, 2, fastest_here(path) == 4, reference_siphash128)
    own, rest = exact % (1 << ALIKE_FROM), (like >> 64) >> ALIKE_FROM << ALIKE_FROM
    return [like & MASK, rest | own]


def check_rows(columns, chosen, rows):
    """``columns``: as ``digest_rows`` takes them, but for digests of their cells."""
    group = np.array([index + 1 if index in set(chosen) else 0 for index in range(len(rows))], np.int32)
    tags = np.array([0, *(3 * index + 1 for index in range(len(rows)))], np.uint64)
    for path in PATHS:
        views = [
            (
                *column,
                None if column[3] is None or place % 2 else digest_cells(*column[:3], place, 1, 2, path),
            )
            for place, column in enumerate(columns)
        ]
        found = digest_rows(views, group, tags, 1, 2, path).tolist()
        if path in (0, 4):
            expected = [[*expected_row(rows[index], path), 3 * index + 1] for index in chosen]
        assert found == expected


def test_groups_and_tags_that_do_not_fit_are_refused():
    cells = Cells.of(["a", "b"])
    columns = [(cells.data, cells.start, cells.end, None, None)]
    for group, tags in (([0, 1], [1]), ([-1, 0], [1]), ([0, 0, 0], [1])):
        with pytest.raises(ValueError, match="fit"):
            digest_rows(columns, np.array(group, np.int32), np.array(tags, np.uint64), 1, 2)
    for codes, digests in (
        ([0] * 3, None),
        ([0, 2], None),
        ([0, 1], np.zeros((2, 4), np.uint64)),
        (None, None),
    ):
        held = None if codes is None else np.array(codes, np.int32)
        column = (cells.data, cells.start, cells.end[: 1 if codes is None else 2], held, digests)
        with pytest.raises(ValueError, match="fit"):
            digest_rows([column], np.zeros(2, np.int32), np.ones(1, np.uint64), 1, 2)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40), st.integers(0, 3))
def test_digests_of_cells_that_rows_share(values, place):
    cells = Cells.of(list(values))
    for path in (0, 4):
        found = digest_cells(cells.data, cells.start, cells.end, place, 1, 2, path).tolist()
        texts = [(letters_and_digits(text), text) for text in map(normal, [*values, None])]
        sums = [cell_sums(each, place, 1, 2, fastest_here(path) == 4, reference_siphash128) for each in texts]
        assert found == [[like & MASK, like >> 64, exact & MASK, exact >> 64] for like, exact in sums]


def test_writing_does_not_make_a_record_another_one():
    rows = [
        [b"138-0013-8000", "张三".encode(), b"1.50"],
        [b" 138-0013-8000", "张\u3000三".encode(), "１.50".encode()],
        [b"'138-0013-8000", b'="' + "张三".encode() + b'"', b"1.50 "],
        [b"13800138000", "张三".encode(), b"1.50"],
        [b"138-0013-8000", "张三".encode(), b"150"],
        [b"138-0013-8001", "张三".encode(), b"1.50"],
    ]
    columns = [Cells.of([row[at] for row in rows]) for at in range(3)]
    views = [(cells.data, cells.start, cells.end, None, None) for cells in columns]
    for path in PATHS:
        found = digest_rows(views, np.zeros(6, np.int32), np.ones(1, np.uint64), 1, 2, path)
        same, alike = found[:, :2], np.stack([found[:, 0], found[:, 1] >> np.uint64(ALIKE_FROM)], axis=1)
        assert [len(set(map(tuple, same[part].tolist()))) for part in (slice(0, 3), slice(2, 6))] == [1, 4]
        assert [len(set(map(tuple, alike[part].tolist()))) for part in (slice(0, 5), slice(4, 6))] == [1, 2]


@settings(deadline=None)
@given(st.integers(1, 4), st.sampled_from([b",", b"\t", b"x", b"\xb0"]), st.data())
def test_rows_that_lie_in_lines(width, separator, data):
    """As delimited text has them: cells behind each other in one buffer, some quoted, some with white space."""
    plain = st.text(st.sampled_from("abc中王1 "), max_size=60).map(str.encode)
    cell = st.one_of(
        plain,
        st.binary(max_size=60),
        st.sampled_from(
            [
                b" a",
                b"b ",
                b"",
                b"x" * 31,
                b"y" * 64,
                b",",
                b"\t",
                b'="1"',
                b"'7",
                "１Ａ\u3000".encode(),
                "，".encode(),
                "＝（１）".encode(),
                "“中”、。".encode(),
                ("x" * 62 + "，～ｚ").encode(),
                "\xa0".encode(),
                b"\xef\xbc",
                b"\xef",
            ]
        ),
    )
    rows = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=20))
    buffer, places = bytearray(), []
    for row in rows:
        for value in row:
            quote = b'"' if data.draw(st.integers(0, 9)) == 0 else b""
            buffer += quote
            places.append((len(buffer), len(buffer) + len(value)))
            buffer += value + quote + separator
    buffer += bytes(data.draw(st.sampled_from([0, 5, 40])))
    flat = np.frombuffer(bytes(buffer), np.uint8)
    at = np.array(places, np.int32).reshape(-1, width, 2)
    columns = [(flat, at[:, j, 0].copy(), at[:, j, 1].copy(), None) for j in range(width)]
    check_rows(columns, list(range(len(rows))), rows)
    check_rows(columns, list(range(0, len(rows), 2)), rows)


def test_long_rows_in_lines():
    """Rows of many times 64 bytes, with all that makes a row odd at every place of the vectors."""
    draw = random.Random(5)
    rows = []
    for _ in range(300):
        row = [draw.randbytes(draw.randrange(90)).translate(None, b",") for _ in range(5)]
        row = [bytes(0x30 + byte % 70 for byte in cell).replace(b",", b".") for cell in row]
        if draw.random() < 0.5:
            which, odd = draw.randrange(5), draw.choice([b" ", b",", b"\t", b"\x1f", b"\xff"])
            place = draw.choice([0, len(row[which]), draw.randrange(len(row[which]) + 1)])
            row[which] = row[which][:place] + odd + row[which][place:]
        rows.append(row)
    buffer = b"".join(b",".join(row) + b"\n" for row in rows)
    ends = np.cumsum([len(cell) + 1 for row in rows for cell in row], dtype=np.int32).reshape(-1, 5) - 1
    starts = ends - np.array([[len(cell) for cell in row] for row in rows], np.int32)
    flat = np.frombuffer(buffer, np.uint8)
    columns = [(flat, starts[:, j].copy(), ends[:, j].copy(), None) for j in range(5)]
    check_rows(columns, list(range(300)), rows)


def test_long_cells():
    """About the bounds of pieces and of what is taken from where it lies, plain and with what a normal form changes."""
    draw = random.Random(7)
    rows = []
    for size in (0, 1, 15, 16, 17, 62, 63, 64, 65, 66, 127, 128, 129, 1022, 1023, 1024, 1025, 1100, 5000):
        plain = bytes(draw.choice(b"abXY019-.") for _ in range(size))
        for odd in (b"", b" ", b"\0", "，".encode(), "\u3000".encode(), b"'1", "·".encode()):
            place = draw.choice([0, size, draw.randrange(size + 1)])
            rows.append([plain[:place] + odd + plain[place:], b"z"])
    columns = [Cells.of([row[at] for row in rows]) for at in range(2)]
    check_rows([(each.data, each.start, each.end, None) for each in columns], list(range(len(rows))), rows)
