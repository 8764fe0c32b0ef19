from __future__ import annotations

import random
import re

import numpy as np
import pytest

from scanner.detectors.mobile import Mobile
from scanner.model import Cells, Check, Detector

# MIIT's plan in the words of a regular expression, written down apart from the table.
PLAN = re.compile(
    r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-35-8]|8\d|9[0-35-9])\d{8}"
    r"|1(?:349|619|74[09])\d{7}|1741[0-2]\d{6}"
)


def result(text: str) -> tuple[int, Check] | None:
    """Key and checks of the only candidate."""
    found = Mobile().find(Cells.of([text]))
    assert len(found) <= 1
    assert found.key is not None
    return (int(found.key[0]), Check(int(found.checks[0]))) if len(found) else None


OK = Check.FORMAT | Check.PREFIX


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("13912345670", 13912345670, OK),
        ("(+86) 149-9629-1652", 14996291652, OK),
        ("+86 198 0013 8001", 19800138001, OK),
        ("+86.19800138001", 19800138001, OK),
        ("019800138001", 19800138001, OK),
        ("010123456789", 10123456789, Check.FORMAT | Check.UNASSIGNED),
        ("张三_19800138001_20230101.mp3", 19800138001, OK),
        ("联系电话：１９２００１３８００１。", 19200138001, OK),
        ("13912345670.0", 13912345670, OK),
        ("15412345670", 15412345670, Check.FORMAT | Check.UNASSIGNED),
        ("11012345670", 11012345670, Check.FORMAT | Check.UNASSIGNED),
        ("17415345670", 17415345670, Check.FORMAT | Check.UNASSIGNED),
        ("14012345670", 14012345670, Check.FORMAT | Check.RESERVED),
        ("13800138000", 13800138000, OK | Check.PLACEHOLDER),
        ("12345678901", 12345678901, Check.FORMAT | Check.UNASSIGNED | Check.PLACEHOLDER),
        ("11111111111", 11111111111, Check.FORMAT | Check.UNASSIGNED | Check.PLACEHOLDER),
    ],
)
def test_candidates(text: str, key: int, expected: Check) -> None:
    assert result(text) == (key, expected)


@pytest.mark.parametrize(
    "text",
    [
        "1391234567",
        "139123456701",
        "1.13912345670",
        "-13912345670",
        "23912345670",
        "id13912345670",
        "075512345678",
    ],
)
def test_no_candidates(text: str) -> None:
    assert result(text) is None


def test_prefixes_follow_the_plan() -> None:
    numbers = [f"{prefix}123456" for prefix in range(10_000, 20_000)]
    found = Mobile().find(Cells.of(list(numbers)))
    assert [bool(bits & Check.PREFIX) for bits in found.checks] == [bool(PLAN.fullmatch(n)) for n in numbers]


def test_chance_is_what_random_digits_give() -> None:
    rng = random.Random(1)
    found = Mobile().find(Cells.of([f"1{rng.randrange(10**10):010}" for _ in range(50_000)]))
    share = np.mean((found.checks & Mobile.required) == Mobile.required)
    assert abs(share - Mobile().chance) < 0.01


def test_fits_the_protocol() -> None:
    assert isinstance(Mobile(), Detector)


@pytest.mark.parametrize(
    ("number", "expected"), [(18032512345, True), (15123199999, True), (18130012345, False)]
)
def test_numbers_that_begin_with_a_date(number: int, expected: bool) -> None:
    found = Mobile().find(Cells.of([str(number)]))
    assert Mobile().date_led(found).tolist() == [expected]


def test_few_telephones_begin_with_a_date() -> None:
    rng = random.Random(5)
    found = Mobile().find(Cells.of([f"1{rng.randrange(10**10):010}" for _ in range(20000)]))
    assert 0.03 < Mobile().date_led(found).mean() < 0.06
