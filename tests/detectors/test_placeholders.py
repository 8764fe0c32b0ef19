"""Numbers that stand for nobody are marked, numbers that people own are not."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import rows_file, scanned

from scanner import knowledge
from scanner.detectors.bank_card import BankCard, SchemeCard
from scanner.detectors.mobile import Mobile
from scanner.detectors.placeholders import identity_key, placeholders
from scanner.detectors.resident_id import ForeignResidentId, ResidentId, ResidentId15
from scanner.errors import PatternError
from scanner.model import Cells, Check, Detector

AS_OF = date(2026, 1, 1)
RULES = {
    "one_digit": lambda text: len(set(text)) == 1,
    "ascending": lambda text: {(int(b) - int(a)) % 10 for a, b in pairwise(text)} == {1} and text[0] != "0",
    "descending": lambda text: {(int(b) - int(a)) % 10 for a, b in pairwise(text)} == {9} and text[0] != "0",
    "repeated_pair": lambda text: all(a == b for a, b in zip(text, text[2:], strict=False)),
}
ENTRIES = knowledge.toml("placeholders.toml")["placeholder"]


def stands_for_nobody(label: str, text: str) -> bool:
    """The file, read entry by entry: the slow way."""
    for entry in (each for each in ENTRIES if label in each["labels"]):
        kind = entry["kind"]
        if kind == "exact":
            if text in entry["numbers"]:
                return True
        elif kind == "prefix":
            if len(text) == entry["length"] and text.startswith(tuple(entry["numbers"])):
                return True
        elif len(text) in entry["lengths"] and text.isdigit():
            if kind == "tail":
                middle = text[entry["after"] : len(text) - entry.get("free", 0)]
                if middle == (entry["digits"] * 20)[: len(middle)]:
                    return True
            elif RULES[kind](text):
                return True
    return False


def marks(detector: Detector, texts: list[str]) -> list[bool]:
    """For each text, which must be one candidate, whether it is marked."""
    found = detector.find(Cells.of([*texts]))
    assert found.cell.tolist() == list(range(len(texts)))
    return [bool(bits & Check.PLACEHOLDER) for bits in found.checks.tolist()]


@pytest.mark.parametrize(
    ("detector", "text", "expected"),
    [
        (Mobile(), "13800138000", True),
        (Mobile(), "138 0013 8000", True),
        (Mobile(), "+8613800138000", True),
        (Mobile(), "13800000000", True),
        (Mobile(), "13000000000", True),
        (Mobile(), "13912345678", False),
        (Mobile(), "12345678901", True),
        (Mobile(), "11111111111", True),
        (Mobile(), "10987654321", True),
        (Mobile(), "13800138001", False),
        (Mobile(), "13800000001", False),
        (Mobile(), "13912345670", False),
        (Mobile(), "13888888888", False),
        (Mobile(), "13131313131", False),
        (Mobile(), "19876543210", False),
        (ResidentId(AS_OF), "11010519491231002X", False),
        (ResidentId(AS_OF), "11010519491231002x", False),
        (ResidentId(AS_OF), "440524188001010014", False),
        (ResidentId(AS_OF), "110101199001011234", True),
        (ResidentId(AS_OF), "110101199003071234", False),
        (ResidentId(AS_OF), "110101199003079999", False),
        (ResidentId(AS_OF), "11010119900307999X", False),
        (ResidentId(AS_OF), "11010119900307000X", False),
        (ResidentId(AS_OF), "110101199003080000", False),
        (ResidentId(AS_OF), "11010119900306999X", False),
        (ResidentId(AS_OF), "110105194912310021", False),
        (ResidentId(AS_OF), "123456789012345678", True),
        (ResidentId(AS_OF), "111111111111111111", True),
        (ResidentId(AS_OF), "121212121212121212", True),
        (ResidentId(AS_OF), "876543210987654321", True),
        (ResidentId(AS_OF), "12345678901234567X", False),
        (ForeignResidentId(AS_OF), "987654321098765432", True),
        (ForeignResidentId(AS_OF), "999999999999999999", True),
        (ResidentId15(AS_OF), "111111111111111", True),
        (ResidentId15(AS_OF), "123456789012345", True),
        (ResidentId15(AS_OF), "110101900307123", False),  # as the 18 characters it became
        (ResidentId15(AS_OF), "110105491231002", False),
        (ResidentId15(AS_OF), "110105491231003", False),
        (BankCard(), "4111111111111111", True),
        (BankCard(), "4111 1111 1111 1111", True),
        (BankCard(), "5555555555554444", True),
        (SchemeCard(), "4111111111111111", True),
        (SchemeCard(), "4012888888881881", True),
        (BankCard(), "6216261000000000018", True),
        (BankCard(), "6205500000000000004", True),
        (BankCard(), "6222020000000000000", True),
        (BankCard(), "6222020000000000006", True),
        (BankCard(), "6222021234567890123", True),
        (BankCard(), "6222021234567890", True),
        (BankCard(), "6666666666666666", True),
        (BankCard(), "6262626262626262", True),
        (BankCard(), "6222020000000000016", False),
        (BankCard(), "6222021234567890124", False),
        (BankCard(), "6228480000000010018", False),
    ],
)
def test_what_is_marked(detector: Detector, text: str, expected: bool) -> None:
    assert marks(detector, [text]) == [expected]


def test_a_mark_changes_no_other_check() -> None:
    found = Mobile().find(Cells.of(["13800138000", "13800138001"]))
    assert found.checks[0] == found.checks[1] | np.uint32(Check.PLACEHOLDER)
    assert found.checks[0] & Mobile.required == Mobile.required


def test_numbers_that_people_own_are_not_marked() -> None:
    for entry in knowledge.toml("placeholders.toml")["owned"]:
        detector = {"mobile_phone": Mobile(), "resident_id": ResidentId(AS_OF)}[entry["labels"][0]]
        assert not any(marks(detector, entry["numbers"]))


def near(text: str, draw: random.Random) -> str:
    """The number with one digit changed, or as it is."""
    at = draw.randrange(len(text) - 1)
    return draw.choice([text, text[:at] + draw.choice("0123456789") + text[at + 1 :]])


@pytest.mark.parametrize(
    ("label", "detector", "lengths"),
    [
        ("mobile_phone", Mobile(), [11]),
        ("resident_id", ResidentId(AS_OF), [18]),
        ("bank_card", BankCard(), range(13, 20)),
    ],
)
def test_the_quick_way_agrees_with_the_slow_one(label: str, detector: Detector, lengths: list[int]) -> None:
    draw = random.Random(label)
    starts = {"mobile_phone": "1", "resident_id": "12345678", "bank_card": "3456"}[label]
    texts = [text for entry in ENTRIES if label in entry["labels"] for text in entry.get("numbers", ())]
    for length in lengths:
        for _ in range(400):
            first = draw.choice(starts)
            text = draw.choice(["1", "8", "12", "98", "1234567890", "9876543210", "0", "00000001"]) * 20
            head = "".join(draw.choices("0123456789", k=draw.choice([0, 2, 5])))
            texts.append((first + head + text)[:length])
            texts.append(text[:length])
            texts.append("".join(draw.choices("0123456789", k=length)))
            texts.append(("11010119900307" + head + text)[:length])
    texts = [near(text, draw) for text in texts for _ in range(3)]
    texts = [text for text in texts if text[0] in starts and len(text) in lengths]
    expected = [stands_for_nobody(label, text) for text in texts]
    assert marks(detector, texts) == expected
    assert 100 < sum(expected) < len(expected) - 100


@given(st.integers(10**16, 9 * 10**16 - 1), st.sampled_from("0123456789X"))
def test_identity_keys_are_those_of_the_detector(body: int, last: str) -> None:
    found = ResidentId(AS_OF).find(Cells.of([f"{body}{last}"]))
    found = found if len(found) else ForeignResidentId(AS_OF).find(Cells.of([f"{body}{last}"]))
    if len(found) and found.key is not None:
        assert found.key.tolist() == [identity_key(f"{body}{last}")]


def test_nothing_at_all() -> None:
    checks = np.zeros(0, np.uint32)
    placeholders("bank_card").mark(np.zeros(0, np.uint64), checks)
    checks = np.zeros(1000, np.uint32)
    placeholders("passport").mark(np.arange(1000, dtype=np.uint64), checks)
    assert not checks.any()


@pytest.mark.parametrize(
    "entry",
    [
        {"labels": ["x"], "kind": "guessed", "lengths": [3]},
        {"labels": ["x"], "kind": "tail", "lengths": [11]},
        {"labels": ["x"], "kind": "exact", "numbers": ["12a"]},
        {"kind": "exact", "numbers": ["12"]},
    ],
)
def test_a_file_that_is_not_well_formed_is_refused(
    entry: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "toml", lambda _: {"placeholder": [entry]})
    placeholders.cache_clear()
    with pytest.raises(PatternError, match=r"placeholders\.toml: placeholder 1 is not well formed"):
        placeholders("x")
    placeholders.cache_clear()


def test_every_entry_says_why() -> None:
    content = knowledge.toml("placeholders.toml")
    assert {"origin", "licence", "date"} <= set(content)
    for entry in [*content["placeholder"], *content["owned"]]:
        assert len(entry["why"]) > 10
        numbers = entry.get("numbers", [])
        assert len(numbers) == len(set(numbers))


def test_no_column_of_cards_makes_a_placeholder_count(tmp_path: Path) -> None:
    """A column makes up for an issuer that is not listed, but a test card is nobody's wherever it stands."""
    draw = random.Random(5)
    cards = ["622202" + "".join(draw.choices("123456789", k=12)) for _ in range(40)]
    cards = [body + next(last for last in "0123456789" if luhn(body + last)) for body in cards]
    fillers = [
        text
        for entry in ENTRIES
        if entry["labels"] == ["bank_card"] and entry["kind"] == "exact"
        for text in entry["numbers"]
    ]
    own = rows_file(tmp_path / "own.csv", ["银行卡号", *cards])
    both = rows_file(tmp_path / "both.csv", ["银行卡号", *cards, *fillers])
    stages = {stage["name"]: stage["rows"] for stage in scanned(both)["records"]["stages"]}
    assert (stages["placeholders"], stages["counted"], len(fillers)) == (len(fillers), 40, 61)
    for key in ("subjects", "verdict", "categories"):
        assert scanned(both)[key] == scanned(own)[key], key


def luhn(text: str) -> bool:
    digits = [int(each) for each in reversed(text)]
    return sum(digits[::2] + [sum(divmod(2 * each, 10)) for each in digits[1::2]]) % 10 == 0
