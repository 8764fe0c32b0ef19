"""Chance is a hypothesis that is tested: number columns of 200,000 rows are rejected, with their figures."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

import scanner

ROWS = 200_000
AS_OF = date(2026, 11, 21)


def luhn(bodies: list[str]) -> list[str]:
    digits = np.array([[int(c) for c in body] for body in bodies])
    doubled = digits.copy()
    doubled[:, -1::-2] *= 2
    doubled[doubled > 9] -= 9
    checks = (-doubled.sum(axis=1)) % 10
    return [f"{body}{check}" for body, check in zip(bodies, checks.tolist(), strict=True)]


@pytest.fixture(scope="module")
def columns() -> dict[tuple[str, str], dict]:
    chance = np.random.default_rng(20170601)
    under_62 = [f"62{number:017d}" for number in chance.integers(0, 10**17, ROWS).tolist()]
    cards = luhn([f"622848{number:012d}" for number in chance.integers(0, 10**12, ROWS).tolist()])
    milliseconds = np.sort(chance.integers(1_400_000_000_000, 1_760_000_000_000, ROWS))
    snowflakes = (milliseconds - 1_288_834_974_657) << np.int64(22) | chance.integers(0, 1 << 22, ROWS)
    ids_of_their_time = 440_000_000_000_000_000 + chance.integers(0, 10**15, ROWS)
    orders = 110101_19900101_0000 + np.arange(ROWS)  # region, date, running number
    table = pa.table(
        {
            "a": under_62,
            "b": snowflakes,
            "c": milliseconds,
            "d": cards,
            "e": ids_of_their_time,
            "f": orders,
            "g": milliseconds // 100,  # eleven or more digits, beginning like a phone
        }
    )
    document = scanner.scan(table, as_of=AS_OF).to_dict()
    return {
        (column["name"], label["label"]): label
        for column in document["columns"]
        for label in column["labels"]
    }


@pytest.mark.parametrize(
    ("column", "label"), [("a", "bank_card"), ("b", "bank_card"), ("b", "resident_id"), ("e", "resident_id")]
)
def test_number_columns_are_rejected_with_their_figures(columns, column, label):
    found = columns[column, label]
    assert found["candidates"] > 1000
    assert found["decision"] == "rejected"
    assert str(found["candidates"]) in found["reason"]


def test_passing_by_chance_is_named_as_such(columns):
    found = columns["a", "bank_card"]
    assert 0.09 < found["valid"] / found["candidates"] < 0.11
    assert found["code"] == "chance"
    assert "10.0 %" in found["reason"]


def test_region_date_and_running_number_are_no_identity_numbers(columns):
    found = columns["f", "resident_id"]
    assert found["valid"] > 0.08 * ROWS
    assert found["code"] == "chance"


def test_the_card_column_beside_them_is_accepted(columns):
    found = columns["d", "bank_card"]
    assert (found["decision"], found["valid"]) == ("accepted", ROWS)


def test_nothing_else_is_accepted(columns):
    accepted = {key for key, found in columns.items() if found["decision"] == "accepted"}
    assert accepted == {("d", "bank_card")}
