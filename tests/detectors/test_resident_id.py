from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from scanner.detectors.resident_id import (
    ForeignResidentId,
    HmtPermit,
    NamedResidentId15,
    ResidentId,
    ResidentId15,
)
from scanner.kernels import cards, number_checks
from scanner.knowledge import table
from scanner.model import Cells, Check, Detector

AS_OF = date(2026, 11, 21)
CODES = dict(zip(table("regions").columns["code"], table("regions").columns["last_year"], strict=True))
Family = ResidentId | HmtPermit | ForeignResidentId | ResidentId15


def with_check(body: str) -> str:
    """17 digits and their check character after ISO 7064: the sum of digit * 2^i is 1 mod 11."""
    for character in "0123456789X":
        value = 10 if character == "X" else int(character)
        total = value + sum(int(d) * 2 ** (17 - i) for i, d in enumerate(body))
        if total % 11 == 1:
            return body + character
    raise AssertionError


def checks(text: str, detector: Family | None = None) -> list[Check]:
    matches = (detector or ResidentId(AS_OF)).find(Cells.of([text]))
    return [Check(int(bits)) for bits in matches.checks]


def valid(detector: Family, text: str) -> bool:
    matches = detector.find(Cells.of([text]))
    return bool(len(matches)) and int(matches.checks[0]) & detector.required == detector.required


def stdnum_accepts(text: str) -> bool:
    """stdnum has no county for some codes and fails on them."""
    try:
        return bool(ric.is_valid(text))
    except KeyError:
        return False


ALL = Check.FORMAT | Check.CHECKSUM | Check.DATE | Check.REGION


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("11010119900101123", ALL),
        ("44190019900101123", ALL),  # 东莞, a prefecture without counties
        ("11010320200101123", ALL ^ Check.REGION | Check.ABOLISHED),  # 崇文区, ended 2010
        ("11010320100101123", ALL),
        ("11010319600101123", ALL),
        ("11011119500101123", ALL),  # 房山区 got its code in 1986: no ground to refuse the elder
        ("11019919900101123", ALL ^ Check.REGION | Check.UNASSIGNED),
        ("20010119900101123", ALL ^ Check.REGION | Check.UNASSIGNED),
        ("11010119900230123", ALL ^ Check.DATE),
        ("11010119000229123", ALL ^ Check.DATE),
        ("11010120000229123", ALL),
        ("11010118791231123", ALL ^ Check.DATE),
        ("11010118800101123", ALL),
        ("11010119901301123", ALL ^ Check.DATE),
        ("11010119900100123", ALL ^ Check.DATE),
        ("11010120261121123", ALL),
        ("11010120261122123", ALL ^ Check.DATE | Check.FUTURE),
    ],
)
def test_checks_tell_why(body: str, expected: Check) -> None:
    text = with_check(body)
    assert checks(text) == [expected]
    wrong = text[:17] + ("1" if text[17] != "1" else "2")
    assert checks(wrong) == [expected ^ Check.CHECKSUM]


@pytest.mark.parametrize("text", ["111111111111111111", "123456789012345678", "888888888888888888"])
def test_placeholders_are_marked(text: str) -> None:
    assert [bool(bits & Check.PLACEHOLDER) for bits in checks(text)] == [True]


@given(st.integers(10**16, 9 * 10**16 - 1))
@settings(max_examples=500)
def test_checksum_agrees_with_stdnum(body: int) -> None:
    text = f"{body}{ric.calc_check_digit(f'{body}0')}"
    assert text == with_check(str(body))
    detectors: list[Family] = [ResidentId(AS_OF), HmtPermit(AS_OF), ForeignResidentId(AS_OF)]
    found = [bits for detector in detectors for bits in checks(text, detector)]
    assert len(found) == 1
    assert found[0] & Check.CHECKSUM


def test_what_stdnum_accepts_is_accepted() -> None:
    """All but a few: the tables of both differ in when some codes ended (432324 宁乡县, 1983)."""
    rng = random.Random(7)
    refused = accepted = 0
    codes = [code for code in CODES if not code.endswith("00")]
    for _ in range(8000):
        born = date(1930, 1, 1) + timedelta(rng.randrange(35000))
        text = with_check(f"{rng.choice(codes)}{born:%Y%m%d}{rng.randrange(1000):03}")
        if born <= AS_OF and stdnum_accepts(text):
            accepted += 1
            refused += not valid(ResidentId(AS_OF), text)
    assert accepted > 1000
    assert refused <= 0.005 * accepted


def test_the_region_rule_on_every_code() -> None:
    cells, expected = [], []
    for code, last_year in CODES.items():
        if code in ("810000", "820000", "830000"):
            continue
        for year in (1960, 1995, 2020):
            cells.append(with_check(f"{code}{year}0615001"))
            expected.append(not last_year or year <= int(last_year))
    matches = ResidentId(AS_OF).find(Cells.of(list(cells)))
    assert [bool(bits & Check.REGION) for bits in matches.checks] == expected


def test_each_number_belongs_to_one_family() -> None:
    texts = {
        "810000199408230021": HmtPermit,  # vectors published with the rules of these documents
        "830000199201300022": HmtPermit,
        "932682198501010017": ForeignResidentId,
        with_check("11010119900101123"): ResidentId,
    }
    for text, owner in texts.items():
        families = (ResidentId, HmtPermit, ForeignResidentId)
        assert [valid(family(AS_OF), text) for family in families] == [f is owner for f in families]
    assert not valid(ForeignResidentId(AS_OF), "911124198108030028")  # wrong check digit
    assert not valid(ForeignResidentId(AS_OF), with_check("91199919850101001"))  # no country 999
    assert not valid(ForeignResidentId(AS_OF), with_check("92034019850101001"))  # no province 20


def test_fifteen_digits_have_the_key_of_their_eighteen() -> None:
    new, old = with_check("11010119660101123"), "110101660101123"
    keys = [
        int(detector.find(Cells.of([text])).key[0])  # type: ignore[index]
        for detector, text in [(ResidentId(AS_OF), new), (ResidentId15(AS_OF), old)]
    ]
    assert keys[0] == keys[1] == 11010119660101123 * 11 + "0123456789X".index(new[17])
    assert valid(ResidentId15(AS_OF), old)
    assert not valid(ResidentId15(AS_OF), "110101660230123")
    assert not valid(ResidentId15(AS_OF), "119901660101123")
    assert checks("110101660101998", ResidentId15(AS_OF)) == [
        Check.FORMAT | Check.REGION
    ]  # born 1866: too early


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("身份证110101660101123", True),
        ("本人身份证号：110101660101123，旧证", True),
        ("身份证件号码为 110101660101123", True),
        ("身份證號碼:110101660101123", True),
        ("身分證 # 110101660101123", True),
        ("110101660101123", False),
        ("旧证110101660101123", False),
        ("身份证办理110101660101123", False),
        ("身份证号：110101660230123", False),  # no such day
        ("身份证号：119901660101123", False),  # no such region
        ("身份证号：  110101660101123", True),
        ("身份证号：   110101660101123", False),
    ],
)
def test_fifteen_digits_behind_their_name(text: str, found: bool) -> None:
    cells = Cells.of(["", text, "x"])
    matches = NamedResidentId15(AS_OF).find(cells)
    assert matches.cell.tolist() == [1] * found
    if found:
        plain = ResidentId15(AS_OF).find(cells)
        assert matches.key is not None
        assert plain.key is not None
        assert (matches.start.tolist(), matches.key.tolist()) == (plain.start.tolist(), plain.key.tolist())


def test_x_in_all_spellings_is_one_key() -> None:
    body = next(b for b in map(str, range(11010119900101000, 11010119900101999)) if with_check(b)[17] == "X")
    found = ResidentId(AS_OF).find(Cells.of([f"{body}{x}" for x in "Xx×ＸｘХхΧχ"]))
    assert len(found) == 9
    assert found.key is not None
    assert set(found.key.tolist()) == {int(body) * 11 + 10}
    assert {int(bits) & int(Check.CHECKSUM) for bits in found.checks} == {int(Check.CHECKSUM)}


@pytest.mark.parametrize(
    "text",
    ["11010119900101123", "1101011990010112345", "A11010519491231002X", "11010519491231002X1", "0" * 18],
)
def test_other_shapes_are_no_candidates(text: str) -> None:
    assert checks(text) == []


def test_chance_is_what_random_digits_give() -> None:
    rng = random.Random(3)
    cells = [f"{rng.randrange(10**14, 9 * 10**14)}" for _ in range(200_000)]
    detector = ResidentId15(AS_OF)
    found = detector.find(Cells.of(list(cells)))
    share = float(((found.checks & detector.required) == detector.required).mean())
    assert 0.5 < share / detector.chance < 1.5


def test_the_kernel_has_the_bits_of_the_model() -> None:
    assert {name: int(Check[name]) for name in number_checks.CHECKS} == number_checks.CHECKS
    for module in (number_checks, cards):
        assert all(ours == theirs for ours, theirs in module.RUN_FLAGS.values()), module.RUN_FLAGS


@pytest.mark.parametrize("kind", [ResidentId, HmtPermit, ForeignResidentId, ResidentId15, NamedResidentId15])
def test_fits_the_protocol(kind: type[Family]) -> None:
    assert isinstance(kind(AS_OF), Detector)
