"""Degrees of cells: a table of what is written how, and regular expressions with exact fractions."""

import random
import re
import unicodedata
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.kernels.places import NOWHERE, degrees, pairs
from scanner.model import Cells

ANGLE = re.compile(r"(\d+)(?:\.(\d+))?")
SIXTIETH = re.compile(r" *(\d+)(?:\.(\d+))?")
BILLIONTHS = 10**9


def read(values, decimals=4, limit=180):
    cells = Cells.of(list(values))
    return degrees(cells.data, cells.start, cells.end, decimals, limit).tolist()


def read_pairs(values, decimals=4):
    cells = Cells.of(list(values))
    return [tuple(pair) for pair in pairs(cells.data, cells.start, cells.end, decimals).tolist()]


def fold(text: str) -> str:
    out = []
    for character in text:
        if character in "\u200b\u200c\u200d\u2060\ufeff":
            continue
        character = unicodedata.normalize("NFKC", character) if "！" <= character <= "～" else character
        character = " " if character in "\t\n\v\f\r\xa0\u3000\"'′″‘’“”" else character
        out.append("度" if character == "°" else character.lower() if character.isascii() else character)
    return "".join(out)


def cut(whole, part):
    """Billionths of a number, those beyond cut off."""
    return int(whole) * BILLIONTHS + int((part or "").ljust(9, "0")[:9])


def reference(text: str, wanted: int, pointed: bool, decimals: int):
    """The angles of a text in units of ``decimals`` places, or None if it holds anything but ``wanted`` of them."""
    text = fold(text)
    at, found = 0, []
    while g := ANGLE.search(text, at):
        ahead = text[max(at, g.start() - 2) : g.start()]
        below = ahead.endswith(("-", "西经", "南纬"))
        below |= ahead[-1:] in ("w", "s") and bool(ahead) and not re.match("[a-z].", ahead)
        at, enough = g.end(), len(g[2] or "") >= 3
        if len(g[1]) > 9:
            return None
        value = cut(g[1], g[2])
        if int(g[1]) <= 180:
            if text[at : at + 1] == "度":
                at, enough = at + 1, True
                part, sizes = g[2], ((60, "分"), (3600, "秒"))
                for size, sign in sizes:
                    m = SIXTIETH.match(text, at) if part is None else None
                    if not m or len(m[1]) > 2 or int(m[1]) > 59 or text[m.end() : m.end() + 1] == "度":
                        break
                    value += cut(m[1], m[2]) // size
                    at, part = m.end(), m[2]
                    at += text[at : at + 1] in (" ", sign) and at < len(text)
        elif g[2] is None:
            if len(g[1]) < 6:
                return None
            value = int(g[1]) * 1000
        else:
            if int(g[1][-2:]) > 59:
                return None
            value = int(g[1][:-2]) * BILLIONTHS + cut(g[1][-2:], g[2]) // 60
        if value > 180 * BILLIONTHS or len(found) == wanted or (pointed and not enough):
            return None
        below |= bool(re.match(" *[ws](?![a-z0-9])", text[at:]))
        unit = 10 ** (9 - decimals)
        rounded = (value + unit // 2) // unit
        found.append(-rounded if below else rounded)
    return found if len(found) == wanted else None


SINGLE = {
    "113.123449": 1131234, "113.12345": 1131235, "113.1234499999": 1131234, "E113.1234": 1131234,
    "113.1234E": 1131234,
    "东经113.1234": 1131234, "经度：113.1234°": 1131234, "113°15'30\"E": 1132583,
    "113度15分30秒": 1132583, "113°15.5'": 1132583,
    "113123456": 1131235, "23123456": 231235, "11307.4074": 1131235, "2307.4074": 231235, "-0.00004": 0,
    "-73.98": -739800,
    "73.98W": -739800, "23.1 S": -231000, "西经10.5": -105000, "１１３．５": 1135000, "113": 1130000,
    "113.": 1130000, "0": 0,
    "180": 1800000, "": None, "abc": None, "1.2.3": None, "113.1,23.1": None, "181": None,
    "18001.0": None, "11399.5": None,
    "113.12**": 1131200, "1e5": None, "13800138000": None, "999999999": None, "north 23.1": 231000,
    "news23.1": 231000,
}  # fmt: skip
DOUBLE = {
    "113.1234,23.1234": (1131234, 231234), "POINT(113.1234 23.1234)": (1131234, 231234),
    "-73.9857,40.7484": (-739857, 407484),
    '{"lng":113.1234,"lat":23.1234}': (1131234, 231234), "113°15′30″E,23°07′44″N": (1132583, 231289),
    "113°15'23°07'": (1132500, 231167), "113.26° 23.13°": (1132600, 231300),
    "广州塔 113.3245,23.1065": (1133245, 231065),
    "N23.1234 W113.1234": (231234, -1131234), "3.5-4.2": None, "113.1234,23.1234,5": None, "3栋502": None,
    "113.1234": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "units"), SINGLE.items())
def test_degrees(text, units):
    assert read([text]) == [NOWHERE if units is None else units]
    assert reference(text, 1, False, 4) == (None if units is None else [units])


@pytest.mark.parametrize(("text", "units"), DOUBLE.items())
def test_pairs(text, units):
    assert read_pairs([text]) == [(NOWHERE, NOWHERE) if units is None else units]
    assert reference(text, 2, True, 4) == (None if units is None else list(units))


def test_latitudes_end_at_ninety():
    assert read(["90", "90.00004", "90.0001", "-91"], limit=90) == [900000, 900000, NOWHERE, NOWHERE]


def test_shapes_that_do_not_fit():
    cells = Cells.of(["1.5"])
    for function in (degrees, pairs):
        with pytest.raises(ValueError, match="do not fit"):
            function(cells.data, cells.start, cells.end + 1, 4)
        with pytest.raises(ValueError, match="do not fit"):
            function(cells.data, cells.start, cells.end, 10)
    assert read([]) == []


@given(st.lists(st.decimals(-180, 180, places=7)), st.integers(0, 6))
def test_rounding_is_that_of_the_decimals(values, decimals):
    def rounded(value):
        size = (abs(Fraction(value)) * 10**decimals + Fraction(1, 2)).__floor__()
        return size if value >= 0 else -size

    assert read([f"{value:f}" for value in values], decimals) == [rounded(value) for value in values]


PIECES = [
    *"0123456789", "113", "23", "15", "60", "180", ".", ".", ",", " ", "-", "°", "度", "分", "秒", "'",
    "\"", "′", "″", "E", "W", "s",
    "N", "东经", "西经", "南纬", "x", "lng", "甲", "113.123456", "23.1234", "11307.4074", "113123456",
    "２", "．", "\u200b", "\xa0", ":",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), max_size=20), st.integers(0, 9))
def test_any_text_as_the_grammar_has_it(texts, decimals):
    agree(texts, decimals)


@pytest.mark.parametrize("seed", range(3))
def test_many_random_texts(seed):
    draw = random.Random(seed)
    assert agree(["".join(draw.choices(PIECES, k=draw.randrange(10))) for _ in range(10000)], 4) > 1000


def agree(texts, decimals):
    one, two = read(texts, decimals), read_pairs(texts, decimals)
    for text, single, pair in zip(texts, one, two, strict=True):
        expected = reference(text, 1, False, decimals)
        assert (text, single) == (text, expected[0] if expected else NOWHERE)
        expected = reference(text, 2, True, decimals)
        assert (text, pair) == (text, tuple(expected) if expected else (NOWHERE, NOWHERE))
    return sum(value != NOWHERE for value in one)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), max_size=20))
def test_bytes_that_are_no_text_do_no_harm(values):
    assert read(values) == [read([value])[0] for value in values]
    assert np.abs([value for value in read(values) if value != NOWHERE] or [0]).max() <= 1800000
