"""The name kernel against a reading of the same rule on decoded text."""

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.digest import digest_spans
from scanner.kernels.names import Characters, names, pack_names
from scanner.kernels.profile import byte_classes, profile
from scanner.model import Cells, Check

SINGLE = "王李欧成"
DOUBLE = ["欧阳", "司马"]
SCORES = {"伟": 300, "阳": 50, "区": -400, "部": -199, "店": -201, "下": -150, "上": -151}
WORDS = ["王伟", "伟阳", "欧阳伟", "李上下", "司马伟阳"]  # that are nobody's
LAST, MEAN = -200, -150
SPACES, DOTS, SIGNS = " \t\n\v\f\r\u00a0\u3000", "·•‧・．･∙⋅", ",/;、，／；"


def tables():
    single = np.zeros(65536, np.uint8)
    single[[ord(c) for c in SINGLE]] = 1
    double = np.array(sorted(ord(a) << 16 | ord(b) for a, b in DOUBLE), np.uint32)
    score = np.zeros(65536, np.int16)
    for c, value in SCORES.items():
        score[ord(c)] = value
    cells = Cells.of(list(WORDS))
    which = np.arange(len(cells), dtype=np.int32)
    words = pack_names(cells.data, cells.start, which, 0 * which, cells.end - cells.start)
    return single, double, score, words


def is_han(c):
    return 0x3400 <= ord(c) <= 0x9FFF or 0x20000 <= ord(c) <= 0x3FFFF or c == "〇"


def plausible(given_name):
    scores = [SCORES.get(c, 0) for c in given_name]
    return bool(scores) and scores[-1] >= LAST and sum(scores) / len(scores) >= MEAN


def whole(text: str):
    """Start and end in characters of the one name that a text is, and whether it has a surname; None: it is none."""
    inner = text.strip(SPACES)
    start = len(text) - len(text.lstrip(SPACES))
    end = start + len(inner)
    if any(c in DOTS for c in inner):
        for dot in DOTS:
            inner = inner.replace(dot, "·")
        parts = inner.split("·")
        joined = "".join(parts)
        if not all(parts) or not all(map(is_han, joined)) or not 3 <= len(joined) <= 24:
            return None
        return start, end, True
    words = inner.split() if all(is_han(c) or c in SPACES for c in inner) else []
    joined = "".join(words)
    if len(words) not in (1, 2) or not 2 <= len(joined) <= 4 or joined in WORDS:
        return None
    named = joined[:2] in DOUBLE and plausible(joined[2:])
    named = named or (len(joined) < 4 and joined[0] in SINGLE and plausible(joined[1:]))
    return start, end, named


def reference(raw: bytes) -> list[tuple[int, int, bool]]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return []
    one = whole(text)
    between = SIGNS if any(c in SIGNS for c in text) else SPACES
    parts = re.finditer(f"[^{between}]+", text)
    several = [(part.start(), whole(part[0])) for part in parts if part[0].strip(SPACES)]
    leads = any(c in SIGNS for c in text) and not re.match(f"[{SPACES}]*[^{SIGNS}{SPACES}]", text)
    found = [one] if one else []
    if not (one and one[2]) and not leads and all(name and name[2] for _, name in several):
        found = [(at + name[0], at + name[1], True) for at, name in several]
    return [(len(text[:a].encode()), len(text[:b].encode()), named) for a, b, named in found]


def assert_agrees(values: list[bytes]) -> None:
    cells = arrays(values)
    kinds = profile(*cells)[0]
    expect(values, *names(*cells, Characters(*tables()), LAST, MEAN))
    for path in (0, 1):
        expect(values, *names(*cells, Characters(*tables()), LAST, MEAN, kinds, path))


def expect(values, cell, start, end, checks) -> None:
    expected = [(i, name) for i, names in enumerate(map(reference, values)) for name in names]
    assert cell.tolist() == [i for i, _ in expected]
    assert list(zip(start.tolist(), end.tolist(), strict=True)) == [r[:2] for _, r in expected]
    assert checks.tolist() == [int(Check.FORMAT | (Check.SURNAME if r[2] else 0)) for _, r in expected]


def arrays(values):
    cells = Cells.of(list(values))
    return cells.data, cells.start, cells.end


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.text("王李欧阳司马伟区部店下上〇𠮷· •．･∙⋅\u3000\u00a0\ta1，、／；,;/", max_size=8).map(
            str.encode
        ),
        max_size=8,
    )
)
def test_agrees_with_reference_on_text(values):
    assert_agrees(values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=14), max_size=8))
def test_agrees_with_reference_on_bytes(values):
    assert_agrees(values)


def test_agrees_on_broken_and_long_cells():
    rng = random.Random(3)
    values = []
    for _ in range(2000):
        raw = bytearray(
            "".join(rng.choices("王欧阳伟区·．　 司马、", k=rng.choice([2, 2, 3, 3, 4, 5, 8, 26]))).encode()
        )
        if rng.random() < 0.3:
            raw[rng.randrange(len(raw))] = rng.choice([0x80, 0xFF, 0xE4, 0x20])
        values.append(bytes(raw[: rng.choice([len(raw), len(raw), rng.randint(1, len(raw))])]))
    assert_agrees(values)
    assert sum(bool(r) for r in map(reference, values)) > 200


def test_relies_on_classes_of_bytes():
    """A dot, a wide space or sign or 〇 shows in the kinds of a cell, and so do others; letters rule a name out."""
    classes = byte_classes()
    signs = SPACES + SIGNS
    assert all(classes[c.encode()[0]] & 0x4000 for c in DOTS + signs + "〇㐀" if not c.isascii())
    assert all(classes[ord(c)] & 0x1C80 for c in signs if c.isascii())
    assert not any(classes[ord(c)] & 0x037F for c in signs if c.isascii())
    assert not any(classes[byte] & 0x037F for byte in range(128, 256))
    assert all(classes[byte] & 0x8000 for byte in range(128, 256))


def test_agrees_on_long_cells_of_many_kinds():
    rng = random.Random(5)
    values = [
        "".join(rng.choices("王李欧阳·　 司a，㐀", k=rng.choice([1, 2, 3, 4, 6, 9, 30]))) for _ in range(3000)
    ]
    assert_agrees([value.encode() for value in values])


def test_agrees_on_cells_of_several_names():
    rng = random.Random(6)
    parts = [
        "王伟",
        "李伟上",
        "欧阳下",
        "司马 伟伟",
        "王 伟",
        "伟王·李",
        "王",
        "伟伟",
        "王伟区",
        "",
        " 李上 ",
    ]
    values = []
    for _ in range(4000):
        between = [rng.choice([*SIGNS, " ", "\u3000", "、", "、", "  ", "和"])] * rng.choice([1, 9])
        between += rng.choices(SIGNS + " ", k=9 - len(between) % 9)
        drawn = rng.choices(parts[: rng.choice([3, 6, 11])], k=rng.choice([1, 2, 2, 3, 5, 9, 40]))
        values.append(
            "".join(part + rng.choice(between) for part in drawn)[: -rng.choice([0, 1]) or None].encode()
        )
    assert_agrees(values)
    assert sum(len(r) > 1 for r in map(reference, values)) > 400


@pytest.mark.parametrize(
    "raw", [b"\xe7\x8e\x8b\xf0\x84\xb8\x80", b"\xe7\x8e\x8b\xed\xa0\x80", b"\xe7\x8e\x8b\xe4\xbc"]
)
def test_what_is_no_utf8_is_no_name(raw):
    assert reference(raw) == []
    assert_agrees([raw])


def test_refuses_tables_and_cells_that_do_not_fit():
    single, double, score, _ = tables()
    data, start, end = arrays([b"abc"])
    with pytest.raises(ValueError, match="65536"):
        Characters(single[:10], double, score)
    with pytest.raises(ValueError, match="outside"):
        names(data, start, end + np.int32(1), Characters(single, double, score), LAST, MEAN)
    with pytest.raises(ValueError, match="length"):
        names(data, start, end[:0], Characters(single, double, score), LAST, MEAN)


def spans_of(texts):
    cells = Cells.of(list(texts))
    every = np.arange(len(cells), dtype=np.int32)
    return cells.data, cells.start, every, np.zeros_like(every), (cells.end - cells.start).astype(np.int32)


def packed_reference(text):
    """One to four characters of the common blocks, each a digit of base 2^15, without what digests leave out."""
    text = "".join(c for c in text if c not in " \t\n\v\f\r\x00\u00a0\u3000\u200b\u200e\u2060\ufeff")
    if not 1 <= len(text) <= 4 or not all(0x3400 <= ord(c) <= 0x9FFF for c in text):
        return 0
    number = 0
    for c in text:
        number = number << 15 | ord(c) - 0x33FF
    return number


PACKED = st.text(
    st.one_of(
        st.sampled_from("王㐀鿿㏿ꀀ𠀀〇·A 　\u200b\u00a0é"),
        st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF),
    ),
    max_size=7,
)


@given(st.lists(PACKED, max_size=40))
def test_short_names_are_packed_without_loss(texts):
    assert pack_names(*spans_of(texts)).tolist() == [packed_reference(text) for text in texts]


@given(st.lists(PACKED, min_size=2, max_size=20))
def test_packed_names_are_equal_where_their_digests_are(texts):
    spans = spans_of(texts)
    packed = pack_names(*spans).tolist()
    digests = digest_spans(*spans, np.zeros(128, np.uint8), 1, 2, 3).tolist()
    for i, one in enumerate(packed):
        for j, other in enumerate(packed[:i]):
            assert not one or (one == other) == (digests[i] == digests[j])


def test_a_name_is_the_same_with_much_white_space_in_it():
    assert (
        len(set(pack_names(*spans_of(["张三", " 张\u3000三 ", "张\n\t三", "张" + 80 * " " + "三"])).tolist()))
        == 1
    )
    assert pack_names(*spans_of(["", " "])).tolist() == [0, 0]  # told by their digests


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [([1], [0], [1]), ([-1], [0], [1]), ([0], [0], [7]), ([0], [-1], [3]), ([0], [3], [0]), ([0], [0], [])],
)
def test_names_outside_of_the_data_are_refused(cell, start, end):
    arrays = (np.array(values, np.int32) for values in (cell, start, end))
    with pytest.raises(ValueError, match="outside"):
        pack_names(np.frombuffer("张三".encode(), np.uint8), np.zeros(1, np.int32), *arrays)
