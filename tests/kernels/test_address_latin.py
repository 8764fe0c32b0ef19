from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import knowledge
from tests.kernels import address_latin_reference as reference
from tests.kernels.test_address import kernel

WORDS = [word for words in knowledge.toml("address.toml")["latin"].values() for word in words]
NAMES = ["Jianguo", "Chaoyang", "Main", "Jing'an", "Beijing"]
ODD = ["the", "a", "of", "O'", "'x", "extraordinarily"]
NUMBERS = ["12", "5B", "100022", "3-2-1", "1'", "0x'f", "7th"]
JOINS = [*" " * 12, *[", "] * 6, ". ", "-", "/", "#", "\n", ":", "", "'"]


def made(rng: random.Random) -> bytes:
    pieces = []
    for _ in range(rng.randint(2, 40)):
        group = rng.choices([WORDS, NAMES, NUMBERS, ODD], [5, 5, 4, 1])[0]
        word = rng.choice(group)
        pieces += [
            rng.choice([word, word.title(), word.upper()]) if group is WORDS else word,
            rng.choice(JOINS),
        ]
    return "".join(pieces).encode()


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_reference_on_structured_text(seed: int) -> None:
    rng = random.Random(seed)
    cells = [made(rng) for _ in range(500)]
    found = kernel(cells)
    assert sum(map(len, found)) > 100
    for cell, spans in zip(cells, found, strict=True):
        assert spans == reference.find(cell), cell


@given(st.text(st.characters(min_codepoint=0, max_codepoint=127), max_size=60))
@settings(max_examples=300, deadline=None)
def test_agrees_with_the_reference_on_anything(text: str) -> None:
    assert kernel([text.encode()])[0] == reference.find(text.encode())


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("Room 501, No. 88 Jianguo Road, Chaoyang District, Beijing 100022", None),
        ("No.12 Nanjing Xi Lu, Jing'an Qu, Shanghai", None),
        ("Rm 1203, Unit 2, 15 Zhongshan Rd, Tianhe Dist, Guangzhou, China", None),
        ("88 Renmin Lu", None),
        ("ship to: 12 Renmin Lu, Room 5; thanks", "12 Renmin Lu, Room 5"),
    ],
)
def test_accepts(text: str, span: str | None) -> None:
    spans = [(start, end) for start, end, checks, _ in kernel([text.encode()])[0] if checks & 1]
    assert [text[start:end] for start, end in spans] == [span or text]


@pytest.mark.parametrize(
    "text",
    [
        "I read 3 books on the street",
        "He lives at 12 Main Street with two dogs",
        "Version 2 of the Road Map 3",
        "Room 12 in Building 4",
        "10.0.0.1 - - [12/Mar/2021] GET /road/12",
        "2021-03-04 12:00:00 Error 5 in Block 7",
        "Chaoyang District, Beijing 100022",
    ],
)
def test_rejects(text: str) -> None:
    assert not [1 for *_, checks, _ in kernel([text.encode()])[0] if checks & 1]
