"""The oracle is Python's own codecs, character by character.

Known difference: a character that is cut by the end of the input. Python makes one U+FFFD of all its bytes;
the kernel makes one of each byte that is not ASCII and keeps the ASCII ones, so that no digit is swallowed.
Big5 is Python's ``big5hkscs`` and, for what that lacks, ``cp950``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.transcode import (
    ENCODINGS,
    Transcoded,
    count_controls,
    count_invalid,
    offsets,
    transcode,
)

CODECS = {"big5": "big5hkscs"}


def run(
    source: bytes, encoding: str, final: bool = True, room: int | None = None
) -> tuple[bytes, Transcoded]:
    output = np.zeros(3 * len(source) + 16 if room is None else room, np.uint8)
    done = transcode(source, output, encoding, final=final)
    return output[: done.written].tobytes(), done


def one(source: bytes, encoding: str) -> tuple[str | None, int]:
    """The first character of ``source`` and its length in bytes; None where there is none."""
    changed = CHANGED.get(source[:2].hex()) if encoding == "gb18030" else None
    if changed is not None:
        return changed, 2
    for codec in (CODECS.get(encoding, encoding), *(["cp950"] if encoding == "big5" else [])):
        for length in (4,) if encoding.startswith("utf-32") else (1, 2, 4):
            try:
                text = source[:length].decode(codec)
            except UnicodeDecodeError:
                continue
            if len(source) >= length and text:
                return text, length
    if encoding.startswith("utf-32"):
        return None, min(len(source), 4)
    return None, 2 if encoding.startswith("utf-16") and len(source) >= 2 else 1


def reference(source: bytes, encoding: str) -> tuple[str, int, list[int]]:
    """Text, undecodable bytes, and the source offset of each byte of the text's UTF-8."""
    text, bad, at, places = "", 0, 0, []
    while at < len(source):
        char, length = one(source[at : at + 4], encoding)
        bad += char is None
        text += char or "\ufffd"
        places += [at] * len((char or "\ufffd").encode())
        at += length
    return text, bad, places


# Where Python has the table of GB 18030-2000: the change of 2005, and the 18 of 2022. Six pairs (FE51, FE52, FE53,
# FE6C, FE76, FE91) still stand for places of private use in the standard. The sequences of four bytes that changed with
# the 18 (to the places the pairs had) are read as before, so that both ways of writing these characters are.
CHANGED = {
    "a8bc": "\u1e3f", "a6d9": "\ufe10", "a6da": "\ufe12", "a6db": "\ufe11", "a6dc": "\ufe13", "a6dd": "\ufe14",
    "a6de": "\ufe15", "a6df": "\ufe16", "a6ec": "\ufe17", "a6ed": "\ufe18", "a6f3": "\ufe19", "fe59": "\u9fb4",
    "fe61": "\u9fb5", "fe66": "\u9fb6", "fe67": "\u9fb7", "fe6d": "\u9fb8", "fe7e": "\u9fb9", "fe90": "\u9fba",
    "fea0": "\u9fbb",
}  # fmt: skip
PRIVATE = range(0xE000, 0xF900)


def test_all_gb18030_pairs() -> None:
    seen = 0
    for lead, trail in product(range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0x80, 0xFF)]):
        pair = bytes((lead, trail))
        text = run(pair, "gb18030")[0].decode()
        assert text == (CHANGED.get(pair.hex()) or pair.decode("gb18030", "replace")), pair
        seen += 1
    assert seen == 23940


@pytest.mark.parametrize(
    ("leads", "trails", "first"),
    [
        (range(0xAA, 0xB0), range(0xA1, 0xFF), 0xE000),
        (range(0xF8, 0xFF), range(0xA1, 0xFF), 0xE234),
        (range(0xA1, 0xA8), [*range(0x40, 0x7F), *range(0x80, 0xA1)], 0xE4C6),
    ],
)
def test_the_areas_for_users_are_places_of_private_use(
    leads: range, trails: Sequence[int], first: int
) -> None:
    text = run(bytes(byte for pair in product(leads, trails) for byte in pair), "gb18030")[0].decode()
    assert text == "".join(map(chr, range(first, first + len(leads) * len(trails))))


def test_gb18030_places_that_changed_were_of_private_use() -> None:
    for pair, text in CHANGED.items():
        assert ord(bytes.fromhex(pair).decode("gb18030")) in PRIVATE
        four = text.encode("gb18030")
        assert len(four) == 4
        assert run(four, "gb18030")[0].decode() == text


def test_all_gb18030_quadruples_of_the_basic_plane_and_samples_beyond() -> None:
    numbers = [*range(50400), *range(50400, 126 * 12600, 997), 189000, 189000 + 0xFFFFF, 189000 + 0x100000]
    for number in numbers:
        rest, fourth = divmod(number, 10)
        rest, third = divmod(rest, 126)
        first, second = divmod(rest, 10)
        four = bytes((0x81 + first, 0x30 + second, 0x81 + third, 0x30 + fourth))
        assert run(four + b",,,,", "gb18030")[0].decode() == (four + b",,,,").decode("gb18030", "replace"), (
            four
        )


@pytest.mark.parametrize("codec", ["big5", "big5hkscs", "cp950"])
def test_big5_characters(codec: str) -> None:
    seen = 0
    for lead, trail in product(range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0xA1, 0xFF)]):
        pair = bytes((lead, trail))
        # The vendors agree on the hanzi of Big5 (level 1 and 2) only, not on signs and kana.
        hanzi = b"\xa4\x40" <= pair <= b"\xc6\x7e" or b"\xc9\x40" <= pair <= b"\xf9\xd5"
        try:
            expected = pair.decode(codec)
        except UnicodeDecodeError:
            continue
        if codec == "big5hkscs" or hanzi:
            assert run(pair, "big5")[0].decode() == expected, pair
            seen += 1
    assert seen >= 13053


TEXTS = {
    "gb18030": "姓名,手机号\n张三,13800138000,北京市朝阳区€㐀𠀀\n",
    "big5": "姓名,手機號\n張三,0912345678,臺北市大安區\n",
    "utf-16-le": "姓名,a\n張三𠀀\0x",
    "utf-16-be": "姓名,a\n張三𠀀\0x",
    "utf-32-le": "姓名,a\n張三𠀀\0x",
    "utf-32-be": "姓名,a\n張三𠀀\0x",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_plain_text(encoding: str) -> None:
    source = (TEXTS[encoding] * 50).encode(encoding)
    text, done = run(source, encoding)
    assert text.decode() == TEXTS[encoding] * 50
    assert (done.consumed, done.bad, done.first_bad) == (len(source), 0, ())


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(ENCODINGS),
    st.lists(
        st.sampled_from(
            [
                b"0",
                b"9",
                b"A",
                b"\x81",
                b"\xfe",
                b"\xff",
                b"\x80",
                b"\xd5\xc5",
                b"\x40",
                b"\xd8",
                b"\xdc",
                b"\0",
                b"\x84\x31\xa4\x37",
                b"\x90\x30",
                b"12345678",
                b",",
            ]
        ),
        max_size=40,
    ),
)
def test_damaged_text(encoding: str, parts: list[bytes]) -> None:
    source = b"".join(parts)
    text, bad, places = reference(source, encoding)
    output, done = run(source, encoding)
    assert output.decode() == text
    assert done.bad == bad
    assert done.consumed == len(source)
    found = offsets(source, np.arange(len(output), dtype=np.int64), encoding)
    assert found.tolist() == places


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ENCODINGS), st.binary(max_size=60))
def test_random_bytes(encoding: str, source: bytes) -> None:
    text, bad, _ = reference(source, encoding)
    output, done = run(source, encoding)
    assert (output.decode(), done.bad) == (text, bad)
    assert len(done.first_bad) == min(bad, 8)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ENCODINGS), st.binary(max_size=6), st.integers(0, 1 << 32))
def test_any_split_and_any_room_give_the_same(encoding: str, noise: bytes, seed: int) -> None:
    rng = random.Random(seed)
    source = TEXTS[encoding].encode(encoding) + noise + TEXTS[encoding].encode(encoding)
    whole, complete = run(source, encoding)
    pieces, bad, at, stop = b"", 0, 0, 0
    while at < len(source):
        stop = min(len(source), stop + rng.randrange(20))
        output, done = run(source[at:stop], encoding, stop == len(source), rng.randrange(4, 40))
        pieces += output
        bad += done.bad
        at += done.consumed
    assert (pieces, bad) == (whole, complete.bad)


@pytest.mark.parametrize("seed", range(4))
def test_large_text_with_bad_bytes(seed: int) -> None:
    rng = random.Random(seed)
    source = bytearray((TEXTS["gb18030"] * 300).encode("gb18030"))
    for _ in range(40):
        source[rng.randrange(len(source))] = rng.randrange(256)
    source += b"\n"
    output, done = run(bytes(source), "gb18030")
    expected = bytes(source).decode("gb18030", "replace")
    for pair, text in CHANGED.items():
        expected = expected.replace(bytes.fromhex(pair).decode("gb18030"), text)
    assert output.decode() == expected
    assert done.bad == output.decode().count("\ufffd")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="no transcoder"):
        run(b"a", "latin-1")


def invalid(data: bytes) -> tuple[int, int]:
    """Bytes that are in no well-formed sequence: those that Python's decoder escapes one by one."""
    count, first, at = 0, -1, 0
    while at < len(data):
        for length in (1, 2, 3, 4):
            try:
                data[at : at + length].decode()
            except UnicodeDecodeError:
                continue
            break
        else:
            count, first, length = count + 1, at if first < 0 else first, 1
        at += length
    return count, first


@settings(max_examples=800, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"a",
                b"12345678",
                "中".encode(),
                "é".encode(),
                "𠀀".encode(),
                b"\xe4",
                b"\xb8",
                b"\xed\xa0\x80",
                b"\xf4\x90\x80\x80",
                b"\xc0\xaf",
                b"\xff",
                b"\xe0\x80\x80",
                b"\xf0\x80\x80\x80",
            ]
        ),
        max_size=30,
    )
)
def test_invalid_utf8_is_counted(parts: list[bytes]) -> None:
    assert count_invalid(b"".join(parts)) == invalid(b"".join(parts))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40))
def test_invalid_utf8_in_random_bytes(data: bytes) -> None:
    assert count_invalid(data) == invalid(data)


SOUND = [b"a", b"\n", b"x" * 61, "é".encode(), "中".encode(), "𠀀".encode(), "中文地址".encode() * 30]
DAMAGED = [
    b"\x80", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xc0\x80", b"\xc2", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xff",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(120))
def test_invalid_utf8_in_long_text(seed: int) -> None:
    rng = random.Random(seed)
    damaged = rng.choice([0.0, 0.001, 0.02, 0.3])
    parts = [rng.choice(DAMAGED if rng.random() < damaged else SOUND) for _ in range(rng.randrange(1, 400))]
    data = b"".join(parts)[rng.randrange(3) :]
    expected = invalid(data)
    for path in (0, 1, 2):
        assert count_invalid(data, path=path) == expected


@pytest.mark.parametrize("place", [0, 1, 61, 62, 63, 64, 65, 126, 1021, 1022, 1023, 1024, 1025, 2047, 3000])
@pytest.mark.parametrize("fault", DAMAGED)
def test_one_fault_at_every_edge(place: int, fault: bytes) -> None:
    for filling in (b"a", "中".encode()):
        data = (filling * 4000)[: place - place % len(filling)] + fault + filling * 700
        for size in (len(data), place + 1, place + 64):
            expected = invalid(data[:size])
            for path in (0, 1, 2):
                assert count_invalid(data[:size], path=path) == expected


def test_every_pair_of_bytes_is_judged_alike() -> None:
    for first in range(256):
        data = b"".join(b"a" * 5 + bytes((first, second)) + b"\x80\x80a" for second in range(256))
        expected = invalid(data)
        for path in (0, 1, 2):
            assert count_invalid(data, path=path) == expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_control_characters_are_counted(data: bytes) -> None:
    assert count_controls(data) == sum(byte in b"\0\4\5\6\7\x08\x0b\x7f" or 14 <= byte <= 25 for byte in data)


def test_every_control_character() -> None:
    found = [byte for byte in range(256) if count_controls(bytes([byte]))]
    assert found == [0, 4, 5, 6, 7, 8, 11, *range(14, 26), 127]
