from __future__ import annotations

import random

import pytest

from scanner.detectors.landline import Landline
from scanner.knowledge import table
from scanner.model import Cells, Check, Detector


def result(text: str) -> tuple[int, Check] | None:
    """Key and checks of the only candidate."""
    found = Landline().find(Cells.of([text]))
    assert len(found) <= 1
    assert found.key is not None
    return (int(found.key[0]), Check(int(found.checks[0]))) if len(found) else None


OK = Check.FORMAT | Check.PREFIX


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("0755-88888888", 75588888888, OK),
        ("075588888888", 75588888888, OK),
        ("0755 8888 8888", 75588888888, OK),
        ("(0755)8888 8888", 75588888888, OK),
        ("（0755）88888888", 75588888888, OK),
        ("+86-755-88888888", 75588888888, OK),
        ("+86 0755-88888888", 75588888888, OK),
        ("+86.75588888888", 75588888888, OK),
        ("+86 (755) 8888-8888", 75588888888, OK),
        ("86-755-88888888", 75588888888, OK),
        ("86-0755-88888888", 75588888888, OK),
        ("010-62345678-801", 1062345678, OK),
        ("010-62345678转801", 1062345678, OK),
        ("+861062345678", 1062345678, OK),
        ("02162345678", 2162345678, OK),
        ("0310-7549007", 3107549007, OK),
        ("0310-75490071", 31075490071, Check.FORMAT | Check.LENGTH),
        ("010-6234567", 106234567, Check.FORMAT | Check.LENGTH),
        ("0755-18888888", 75518888888, Check.PREFIX | Check.RESERVED),
        ("0309-7549007", 3097549007, Check.FORMAT | Check.UNASSIGNED),
        ("026-75490071", 2675490071, Check.FORMAT | Check.UNASSIGNED),
    ],
)
def test_candidates(text: str, key: int, expected: Check) -> None:
    assert result(text) == (key, expected)


@pytest.mark.parametrize(
    "text",
    [
        "88888888",
        "400-123-4567",
        "4001234567",
        "800-810-1234",
        "0755-888",
        "0.75588888888",
        "x075588888888",
        "2020-01-01",
    ],
)
def test_no_candidates(text: str) -> None:
    assert result(text) is None


def test_every_area_with_its_lengths() -> None:
    areas = table("area_codes").columns
    for code, digits in zip(areas["code"], areas["digits"], strict=True):
        for length in (7, 8):
            text = f"0{code}-{'62345678'[:length]}"
            found = result(text)
            assert found is not None
            assert bool(found[1] & Check.PREFIX) == (str(length) in digits), text


def test_chance_is_what_random_digits_give() -> None:
    rng = random.Random(5)
    cells = [f"0{rng.randrange(10**n):0{n}}" for n in (10, 11) for _ in range(40_000)]
    found = Landline().find(Cells.of(list(cells)))
    based = found.checks[(found.checks & Landline.basis) == Landline.basis]
    share = ((based & Landline.required) == Landline.required).mean()
    assert 0.7 < share / Landline().chance < 1.4


def test_fits_the_protocol() -> None:
    assert isinstance(Landline(), Detector)


def test_digits_of_a_host_name_are_no_landline() -> None:
    cells = Cells.of(
        ["05944491878.example", "www.05944491878.example", "0594-4491878.", "0594-4491878. a", "0594-4491878"]
    )
    assert Landline().find(cells).cell.tolist() == [2, 3, 4]
