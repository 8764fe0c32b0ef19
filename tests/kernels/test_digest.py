import random
import re
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.digest import digest_rows, digest_spans, permute, siphash128, unpermute
from scanner.model import Cells

MASK = (1 << 64) - 1
PATHS = (
    0,
    1,
    2,
    3,
)  # one text at a time, AVX2, AVX-512, with its byte shuffles, as far as the machine has them
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


def test_permutation_published_vector():
    # Speck64/128, "The SIMON and SPECK Families of Lightweight Block Ciphers", appendix C
    result = permute(np.array([0x3B7265747475432D], np.uint64), 0x0B0A090803020100, 0x1B1A191813121110)
    assert int(result[0]) == 0x8C6FA548454E028B


def reference_speck(value: int, k0: int, k1: int) -> int:
    """Speck64/128 as the paper writes it."""
    half = (1 << 32) - 1
    key, spare = k0 & half, [k0 >> 32, k1 & half, k1 >> 32]
    x, y = value >> 32, value & half
    for index in range(27):
        x = ((x >> 8 | x << 24) + y & half) ^ key
        y = ((y << 3 | y >> 29) & half) ^ x
        spare.append((key + (spare[index] >> 8 | spare[index] << 24) & half) ^ index)
        key = ((key << 3 | key >> 29) & half) ^ spare[index + 3]
    return x << 32 | y


@given(st.lists(st.integers(0, MASK), max_size=80), st.integers(0, MASK), st.integers(0, MASK))
def test_permutation_agrees_with_reference(values, k0, k1):
    for path in PATHS:
        found = permute(np.array(values, np.uint64), k0, k1, path).tolist()
        assert found == [reference_speck(value, k0, k1) for value in values]


def test_permutation_is_one_to_one():
    values = np.arange(200_000, dtype=np.uint64)
    assert len(np.unique(permute(values, 3, 4))) == len(values)


def spans_digest(texts: list[str], drop: str = "") -> list[tuple[int, int]]:
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
    found = digest_spans(*spans)
    for path in PATHS:
        assert np.array_equal(digest_spans(*spans, path), found)
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


@given(st.lists(TEXT, max_size=7), st.sampled_from(["", ":-", "Aa"]))
def test_spans_digest_is_that_of_the_normalised_text(texts, drop):
    expected = [reference_siphash128(normalised(text, drop), K0 ^ 7, K1, 1, 3) for text in texts]
    assert spans_digest(texts, drop) == expected


@given(st.lists(st.binary(max_size=9), max_size=5))
def test_spans_digest_of_any_bytes(values):
    """Bad bytes stand for themselves; only whole characters are folded, so decoding with surrogates agrees."""
    texts = [value.decode("utf-8", "surrogateescape") for value in values]
    cells = Cells.of(list(values))
    every = np.arange(len(values), dtype=np.int32)
    nothing = np.zeros(128, np.uint8)
    found = digest_spans(
        cells.data, cells.start, every, every * 0, cells.end - cells.start, nothing, 7, K0, K1
    )
    for path in PATHS:
        again = digest_spans(
            cells.data, cells.start, every, every * 0, cells.end - cells.start, nothing, 7, K0, K1, path
        )
        assert np.array_equal(again, found)
    for pair, text in zip(found.tolist(), texts, strict=True):
        folded = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
        kept = "".join(c.lower() if c.isascii() else c for c in BLANK.sub("", folded))
        assert tuple(pair) == reference_siphash128(kept.encode("utf-8", "surrogateescape"), K0 ^ 7, K1, 1, 3)


CELLS = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from([b" a ", b"\t", b"x" * 15, b"y" * 16, b"z" * 17, b'="1"', b"'7", "１Ａ\u3000".encode()]),
)


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


def normal_row(cells) -> bytes:
    """A row's text without the marks of its writing, said plainly. What a cell holds of 0x1F divides it."""
    text = b"".join((cell or b"").strip(WHITE) + b"\x1f" for cell in cells).decode("utf-8", "surrogateescape")
    folded = re.sub("[\x00\xa0\u200b-\u200f\u2060\u3000\ufeff]", "", half_width(text))
    raw = folded.encode("utf-8", "surrogateescape")
    if len(raw) == len(text.encode("utf-8", "surrogateescape")) and not {ord("="), ord("'")} & set(raw):
        return raw
    *parts, rest = raw.split(b"\x1f")
    return b"".join(unwrapped(part) + b"\x1f" for part in parts) + unwrapped(rest)


def letters_and_digits(row: bytes) -> bytes:
    text = half_width(row.decode("utf-8", "surrogateescape"))
    text = re.sub("[\xa0\u200b-\u200f\u2060\u3000\ufeff]", "", text)
    kept = "".join(
        c.lower() if c.isascii() else c for c in text if not c.isascii() or c.isalnum() or c == "\x1f"
    )
    return kept.encode("utf-8", "surrogateescape")


def check_rows(columns, chosen, rows, separators=(-1,)):
    for path, separator in product(PATHS, separators):
        out, alike = np.zeros((len(chosen), 3), np.uint64), np.zeros((len(chosen), 2), np.uint64)
        digest_rows(columns, np.array(chosen, np.int32), 1, 2, out, path, separator, alike)
        for index, row, like in zip(chosen, out.tolist(), alike.tolist(), strict=True):
            normal = normal_row(rows[index])
            assert tuple(row) == (*reference_siphash128(normal, 1, 2, 1, 3), 0)
            assert tuple(like) == reference_siphash128(letters_and_digits(normal), 1 ^ 3, 2, 1, 3)


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
    views = [(cells.data, cells.start, cells.end, None) for cells in columns]
    out, alike = np.zeros((6, 2), np.uint64), np.zeros((6, 2), np.uint64)
    digest_rows(views, np.arange(6, dtype=np.int32), 1, 2, out, alike=alike)
    assert [len(set(map(tuple, out[part].tolist()))) for part in (slice(0, 3), slice(2, 6))] == [1, 4]
    assert [len(set(map(tuple, alike[part].tolist()))) for part in (slice(0, 5), slice(4, 6))] == [1, 2]


@given(st.lists(st.integers(0, MASK), max_size=80), st.integers(0, MASK), st.integers(0, MASK))
def test_the_permutation_can_be_undone(values, k0, k1):
    assert unpermute(permute(np.array(values, np.uint64), k0, k1), k0, k1).tolist() == values


@given(st.integers(1, 4), st.sampled_from([b",", b"\t", b"x", b"\xb0"]), st.data())
def test_rows_that_lie_in_lines(width, separator, data):
    """As delimited text has them: cells behind each other in one buffer, some quoted, some with white space."""
    plain = st.text(st.sampled_from("abc中王1 "), max_size=60).map(str.encode)
    cell = st.one_of(
        plain,
        st.binary(max_size=60),
        st.sampled_from(
            [b" a", b"b ", b"", b"x" * 31, b"y" * 64, b",", b"\t", b'="1"', b"'7", "１Ａ\u3000".encode()]
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
    check_rows(columns, list(range(len(rows))), rows, (-1, separator[0]))
    check_rows(columns, list(range(0, len(rows), 2)), rows, (-1, separator[0]))


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
    check_rows(columns, list(range(300)), rows, (-1, ord(",")))
