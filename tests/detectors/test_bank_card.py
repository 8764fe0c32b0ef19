from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.identifiers import named_cards
from stdnum import luhn

from scanner.detectors.bank_card import BankCard, NamedSchemeCard, SchemeCard
from scanner.knowledge import table
from scanner.model import Cells, Check, Detector

OK = Check.FORMAT | Check.CHECKSUM | Check.BIN


def result(text: str, detector: BankCard | None = None) -> tuple[int, Check] | None:
    """Key and checks of the only candidate."""
    found = (detector or BankCard()).find(Cells.of([text]))
    assert len(found) <= 1
    assert found.key is not None
    return (int(found.key[0]), Check(int(found.checks[0]))) if len(found) else None


def card(bin_digits: str, length: int, rng: random.Random) -> str:
    body = bin_digits + "".join(rng.choices("0123456789", k=length - 1 - len(bin_digits)))
    return body + luhn.calc_check_digit(body)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        # UnionPay numbers that payment services publish for tests; two of them no list has.
        ("6200000000000005", 6200000000000005, OK | Check.PLACEHOLDER),
        ("6205500000000000004", 6205500000000000004, OK | Check.PLACEHOLDER),
        ("6250941006528581", 6250941006528581, OK),
        ("6250 9410 0652 8581", 6250941006528581, OK),
        ("6216-2610-0001-0000-016", 6216261000010000016, OK),
        ("6221558812340018", 6221558812340018, OK ^ Check.CHECKSUM),
        ("4111111111111111", 4111111111111111, OK ^ Check.BIN | Check.UNASSIGNED | Check.PLACEHOLDER),
        ("1234567890123456", 1234567890123456, Check.FORMAT | Check.UNASSIGNED | Check.PLACEHOLDER),
    ],
)
def test_candidates(text: str, key: int, expected: Check) -> None:
    assert result(text) == (key, expected)


@pytest.mark.parametrize(
    "text",
    ["620000000000", "0.6200000000000005", "62000000000000051234", "6200000000000005a", "0200000000000005"],
)
def test_no_candidates(text: str) -> None:
    assert result(text) is None


def test_every_row_of_the_table_is_known_with_its_length() -> None:
    bins = table("bins").columns
    rng = random.Random(11)
    rows = [(b, int(n)) for b, n in zip(bins["bin"], bins["length"], strict=True) if 13 <= int(n) <= 19]
    assert len(rows) > 2000
    cells = [card(b, n, rng) for b, n in rows]
    found = BankCard().find(Cells.of(list(cells)))
    assert [Check(int(bits)) & OK for bits in found.checks] == [OK] * len(rows)


def test_bins_of_any_size_agree_with_a_plain_search() -> None:
    bins = table("bins").columns
    known = set(zip(bins["bin"], bins["length"], strict=True))
    rng = random.Random(13)
    starts = rng.choices([b for b in bins["bin"] if len(b) != 6], k=2000) + rng.choices(bins["bin"], k=2000)
    cells, expected = [], []
    for start in starts:
        length = rng.randrange(13, 20)
        cut = start[: rng.randrange(3, len(start) + 1)]
        text = cut + "".join(rng.choices("0123456789", k=length - len(cut)))
        listed = any((text[:size], str(length)) in known for size in range(1, 13))
        cells.append(text)
        expected.append(listed or (text.startswith("62") and 16 <= length <= 19))
    found = BankCard().find(Cells.of(list(cells)))
    assert [bool(bits & Check.BIN) for bits in found.checks] == expected
    assert 500 < sum(expected) < 3900


def test_a_known_bin_with_another_length_says_so() -> None:
    rng = random.Random(17)
    columns = table("bins").columns
    lengths: dict[str, set[int]] = {}
    for start, length in zip(columns["bin"], columns["length"], strict=True):
        lengths.setdefault(start, set()).add(int(length))
    lone = next(b for b in sorted(lengths) if len(b) == 6 and b.startswith("94") and lengths[b] == {19})
    found = result(card(lone, 14, rng))
    assert found is not None
    assert found[1] == Check.FORMAT | Check.CHECKSUM | Check.LENGTH


@given(st.integers(10**12, 10**19 - 1))
@settings(max_examples=500)
def test_luhn_agrees_with_stdnum(number: int) -> None:
    found = result(str(number))
    if len(str(number)) == 13 and str(number).startswith("861"):
        return  # a mobile number behind 86
    assert found is not None
    assert bool(found[1] & Check.CHECKSUM) == luhn.is_valid(str(number))


def test_foreign_schemes_need_their_own_detector() -> None:
    texts = ["4111111111111111", "378282246310005", "3782 822463 10005", "30569309025904", "6011111111111117"]
    for text in texts:
        found = result(text, SchemeCard())
        assert found is not None
        assert found[1] & ~Check.PLACEHOLDER == OK
    assert result("6200000000000005", SchemeCard()) is None
    assert result("411111111111111", SchemeCard()) is None
    assert SchemeCard.whole > 0 == BankCard.whole
    both = Cells.of(list(texts))
    assert not any(int(bits) & BankCard.required == OK for bits in BankCard().find(both).checks)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("信用卡号：4539 5787 6362 1486，", True),
        ("我的信用卡是4539578763621486", True),
        ("银行卡号码为 4539578763621486。", True),
        ("Credit Card No. 4539578763621486", True),
        ("visa 4539578763621486", True),
        ("信用卡号：4539578763621487", False),  # check digit
        ("会员卡号：4539578763621486", False),
        ("卡号4539578763621486", False),
        ("信用卡还款单4539578763621486", False),
        ("mycreditcard 4539578763621486", False),
        ("4539578763621486", False),
        ("信用卡号：6222020200000000000", False),  # what BankCard knows
    ],
)
def test_a_card_of_a_scheme_behind_its_name(text: str, found: bool) -> None:
    cells = Cells.of(["x", text])
    matches = NamedSchemeCard().find(cells)
    assert matches.cell.tolist() == [1] * found
    assert [(each.start, each.end) for each in named_cards(text.encode())] == list(
        zip(matches.start.tolist(), matches.end.tolist(), strict=True)
    )


def test_fits_the_protocol() -> None:
    assert isinstance(NamedSchemeCard(), Detector)
    assert isinstance(BankCard(), Detector)
    assert isinstance(SchemeCard(), Detector)
