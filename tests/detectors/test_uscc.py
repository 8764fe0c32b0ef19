from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

import scanner
from scanner.detectors.uscc import Uscc
from scanner.model import Cells, Check, Detector

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OK = Check.FORMAT | Check.CHECKSUM


def checks(text: str) -> list[Check]:
    return [Check(int(bits)) for bits in Uscc().find(Cells.of([text])).checks]


def a_code(rng: random.Random) -> str:
    body = rng.choice("123456789ANY") + rng.choice("123456789") + f"{rng.randrange(10**6):06}"
    body += "".join(rng.choices(ALPHABET, k=9))
    return body + uscc.calc_check_digit(body)


@pytest.mark.parametrize(
    "text", ["91110000600037341L", "91110000600037341l", "９１１１００００６０００３７３４１Ｌ"]
)
def test_vectors(text: str) -> None:
    assert checks(text) == [OK]
    assert checks(f"税号:{text}。") == [OK]


@pytest.mark.parametrize(
    "text",
    [
        "9111000060003734IL",
        "9111000060003734L",
        "91110000600037341LA",
        "B1110000600037341L",
        "9A110000600037341L",
        "90110000600037341L",
    ],
)
def test_no_candidates(text: str) -> None:
    assert checks(text) == []


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_stdnum(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(400):
        code = a_code(rng)
        assert checks(code) == [OK], code
        other = code[:17] + rng.choice(ALPHABET)
        assert checks(other) == [OK if other == code else Check.FORMAT], other


@given(st.integers(11 * 10**16, 10**18 - 1))
@settings(max_examples=400)
def test_digits_alone_agree_with_stdnum(number: int) -> None:
    text = str(number)
    if text[1] == "0":
        assert checks(text) == []
    else:
        assert checks(text) == [OK if uscc.is_valid(text) else Check.FORMAT]


def test_fits_the_protocol() -> None:
    assert isinstance(Uscc(), Detector)


@pytest.mark.parametrize("header", ["卡号", "收款账号"])
def test_a_card_of_18_digits_is_no_code_where_the_header_says_so(header: str) -> None:
    """The first passes as both."""
    cards = ["622908152339632666", "622908400100000013", "622908400100000021", "622908400100000138"]
    frame = pd.DataFrame({header: cards, "序号": range(len(cards))})
    found = scanner.scan(frame).to_dict()["labels"]
    assert {name: counts["matches"] for name, counts in found.items() if counts["matches"]} == {
        "bank_card": 4
    }
