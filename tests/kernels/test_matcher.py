"""Programs against the ``regex`` library, which says what a pattern means."""

from __future__ import annotations

import random

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detectors.packs import built_in
from scanner.detectors.pattern import Pattern
from scanner.detectors.programs import Program, compiled, widened
from scanner.kernels.matcher import pack_spans, search_cells
from scanner.model import Cells

PATTERNS = built_in()
PIECES = sorted(
    {text[a : a + n] for p in PATTERNS for t in (*p.examples, *p.counterexamples)
     for text in [t if isinstance(t, str) else t[0]] for n in (1, 2, 5, 40) for a in range(0, len(text), n)}
)  # fmt: skip
OTHERS = ["，", "：", " ", "@", ".", "é", "ſ", "K", "中国", "😀", "\n", "", "--", "_", "京", "·"]


def by_regex(pattern: regex.Pattern[str], cell: bytes) -> list[tuple[int, int]]:
    text = cell.decode("utf-8", "surrogateescape")
    at = [0]
    for character in text:
        at.append(at[-1] + len(character.encode("utf-8", "surrogateescape")))
    return [(at[m.start()], at[m.end()]) for m in pattern.finditer(text) if m.end() > m.start()]


def found(program: Program, values: list[bytes]) -> tuple[dict[int, list[tuple[int, int]]], list[int]]:
    cells = Cells.of(list(values))
    spans, left = search_cells(
        cells.data, cells.start, cells.end, np.arange(len(values), dtype=np.int32),
        program.code, program.ascii, program.ranges, program.places, program.first,
    )  # fmt: skip
    result: dict[int, list[tuple[int, int]]] = {}
    for cell, start, end in spans.tolist():
        result.setdefault(cell, []).append((start, end))
    return result, left.tolist()


def assert_agrees(program: Program, pattern: regex.Pattern[str], values: list[bytes]) -> None:
    result, left = found(program, values)
    assert sorted(result) == list(result)
    assert not set(left) & set(result)
    for index, value in enumerate(values):
        if index not in left:
            assert result.get(index, []) == by_regex(pattern, value), value


def program_of(pattern: Pattern) -> Program:
    program = compiled(pattern.bounded(), pattern.verbose)
    assert program is not None
    return program


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.name)
def test_built_in_patterns_find_what_regex_finds(pattern):
    program, expression = program_of(pattern), pattern.compile()
    rng = random.Random(pattern.name)
    own = [t if isinstance(t, str) else t[0] for t in (*pattern.examples, *pattern.counterexamples)]
    values = [text.encode() for text in own]
    for _ in range(1500):
        parts = rng.choices(own + OTHERS if rng.random() < 0.6 else PIECES + OTHERS, k=rng.randint(1, 5))
        text = "".join(parts)
        if rng.random() < 0.4:
            cut = rng.randrange(len(text) + 1)
            text = text[:cut] + rng.choice(["", *OTHERS, *"0aAxX1-:"]) + text[cut + 1 :]
        values.append(text.encode())
    assert_agrees(program, expression, values)
    assert any(by_regex(expression, value) for value in values)
    assert not found(program, values)[1]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(PATTERNS),
    st.lists(st.binary(max_size=40) | st.text(max_size=40).map(str.encode), max_size=6),
)
def test_any_bytes(pattern, values):
    assert_agrees(program_of(pattern), pattern.compile(), values)


SMALL = [
    r"a|ab", r"(?:a|ab)(?:c|bcd)", r"(a|b)\1", r"a{2,3}b", r"a++a", r"a*ab", r"(?:ab?)+b", r"(?:ab|a)*+b",
    r"(?<!ab{1,3})c", r"(?<=a[bc]?)c", r"a(?=b|c)", r"a(?!b{2})", r"[^a]b", r"[a-c-]+", r"\bab\b", r"[\d\s]+b",
    r"(?i:aB)c", r"(?:(a)|b)\1c", r"(?:a+b){2}", r"中+b", r"[一-鿿]{2,3}a", r"\w+@\w", r"(?<![^a])b", r"a.c",
    r"(?:a{0,2}b)+",    r"(?<!(?<!a)b)c", r"[^b]c", r"(?=a)[ab]+", r"(?:a|b|ab)+c",
]  # fmt: skip


@pytest.mark.parametrize("text", SMALL)
def test_constructs_mean_what_regex_means(text):
    program = compiled(text, False)
    assert program is not None
    rng = random.Random(text)
    values = [
        "".join(rng.choices("aaabbbccABCd-@1 \n中文é", k=rng.randint(0, 12))).encode() for _ in range(1500)
    ]
    assert_agrees(program, regex.compile(text, regex.ASCII), values)


@pytest.mark.parametrize(
    "text",
    [
        "(?:foo){e<=1}", r"\p{Han}", "[[:alpha:]]", "a*?", "^a", "a$", "(?P<x>a)", "(?|a|b)", r"\X", "a{,3}", "(?r)a",
        "[a&&b]",        "[a--b]", "(?:a*)*b", "(?i:é)", "a**", "(", "a)", "[", "[b-a]", r"(?<=a*)b", r"(?<=(a))b",
        r"\2(a)", "a*", "{1}", r"\Aa",        "(?i)a", "a{3,2}", r"[\b]", "]", r"(?<=a++)b",
    ],
)  # fmt: skip
def test_leaves_to_regex_what_it_does_not_know(text):
    assert compiled(text, False) is None


def test_gives_up_on_hostile_cells_and_on_bad_bytes():
    program = compiled("(?:a|aa)+b", False)
    assert program is not None
    values = [b"aab", b"a" * 200, b"\xffaab", b"aab\xe4\xb8", b"c"]
    result, left = found(program, values)
    assert result == {0: [(0, 3)]}
    assert left == [1, 2, 3]


def test_packs_as_the_slow_way_does():
    from scanner.detectors.pattern import PatternDetector

    for pattern in (p for p in PATTERNS if p.alphabet):
        detector = PatternDetector(pattern)
        texts = [t if isinstance(t, str) else t[1] for t in pattern.examples] + [
            "Z" * 40,
            "9" * 12,
            "é",
            "京A",
        ]
        texts = [t[1] if isinstance(t, tuple) else t for t in texts]
        cells = Cells.of(texts)
        spans = np.array([[i, 0, len(t.encode())] for i, t in enumerate(texts)], np.int32)
        digits = {c: i for i, c in enumerate(pattern.alphabet)}
        keys = pack_spans(cells.data, cells.start, spans, detector._packed_digits, len(digits))
        for key, text in zip(keys.tolist(), texts, strict=True):
            slow = detector.pack(text)
            assert key in (0, slow)
            if text.isascii() and not slow >> 63 and slow < 1 << 60:
                assert key == slow


def test_refuses_what_does_not_fit():
    program = compiled("a", False)
    assert program is not None
    arrays = (program.code, program.ascii, program.ranges, program.places, program.first)
    data, zero, four = np.zeros(4, np.uint8), np.zeros(1, np.int32), np.array([4], np.int32)
    with pytest.raises(ValueError, match="outside"):
        search_cells(data, zero, np.array([5], np.int32), zero, *arrays)
    with pytest.raises(ValueError, match="outside"):
        search_cells(data, zero, four, np.array([1], np.int32), *arrays)
    with pytest.raises(ValueError, match="fit"):
        search_cells(data, zero, four, zero, program.code[:, :4].copy(), *arrays[1:])


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_widened_program_finds_something_wherever_the_expression_does(pattern):
    wide = widened(pattern.bounded(), pattern.verbose)
    if wide is None:
        return
    rng = random.Random(pattern.name)
    expression = pattern.compile()
    values = [
        "".join(
            rng.choices(PIECES if rng.random() < 0.5 else OTHERS + list("0123456789X-"), k=rng.randint(1, 5))
        )
        for _ in range(1500)
    ]
    values += [text if isinstance(text, str) else text[0] for text in pattern.examples]
    raw = [value.encode() for value in values]
    spans, left = found(wide, raw)
    for index, value in enumerate(raw):
        if any(end > start for start, end in by_regex(expression, value)):
            assert index in spans or index in left
    # And it takes all digits alike.
    other = [bytes(rng.choice(b"0123456789") if 48 <= c <= 57 else c for c in value) for value in raw]
    others, left_of_others = found(wide, other)
    assert {i: s for i, s in spans.items() if i not in left_of_others} == {
        i: s for i, s in others.items() if i not in left
    }


@pytest.mark.parametrize(
    ("expression", "hit", "miss"),
    [
        ("1[45][0-9]{2}", ["9999", "1445"], ["999", "99x99"]),
        ("(?<![1-3])a(?!4)", ["1a4", "a", "2a"], ["b"]),
        ("(?<!0)a[^5]", ["a5", "0ax", "ab"], ["a"]),
        ("(?=[1-5])[0-9]{2}", ["99", "11"], ["9"]),
    ],
)
def test_widened_by_example(expression, hit, miss):
    wide = widened(expression, False)
    assert wide is not None
    spans, _ = found(wide, [text.encode() for text in hit + miss])
    assert [i in spans for i in range(len(hit + miss))] == [True] * len(hit) + [False] * len(miss)


@pytest.mark.parametrize("expression", ["[1-5]++6", "([0-9])x\\1", "(?:[0-9]|1)?+1[2-4]{3}+"])
def test_nothing_is_widened_that_could_then_find_less(expression):
    assert compiled(expression, False) is not None
    assert widened(expression, False) is None
