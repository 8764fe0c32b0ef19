"""Exactly at 49 / 50, 499 / 500, 4999 / 5000, at ten times that and in mixed sums, from files to the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fixtures_reference import run as make_fixture
from running import boundary, scanned

TIER = {
    "property": 50,
    "trajectory": 50,
    "lodging": 500,
    "communication_record": 500,
    "bank_account": 500,
    "contact": 5000,
    "identity": 5000,
}
KEYS = {50: "n50", 500: "n500", 5000: "n5000"}


def parts(verdict: dict[str, Any]) -> tuple[int, int, int, int, str]:
    return (verdict["n50"], verdict["n500"], verdict["n5000"], verdict["score"], verdict["level"])


@pytest.mark.parametrize("category", TIER)
@pytest.mark.parametrize(
    ("part", "more", "level"),
    [
        (1, -1, "below"),
        (1, 0, "serious"),
        (10, -1, "serious"),
        (10, 0, "especially_serious"),
    ],
)
def test_one_kind_at_its_boundary(tmp_path: Path, category: str, part: int, more: int, level: str) -> None:
    count = TIER[category] * part + more
    # Exact copies are deducted (Art. 11(3)): they must not lift a count over the boundary.
    found = scanned(boundary(tmp_path / "dump.csv", category, count, copies=3))
    assert found["categories"][category]["distinct"] == count
    assert found["categories"][category]["records"] == count + 3
    assert found["categories"][category]["tier"] == TIER[category]
    assert found["records"] == {
        "rows": count + 3,
        "identifiable": count + 3,
        "distinct": count,
        "counted": count,
        "stages": found["records"]["stages"],
    }
    expected = dict.fromkeys(KEYS.values(), 0) | {KEYS[TIER[category]]: count}
    score = 100 * expected["n50"] + 10 * expected["n500"] + expected["n5000"]
    assert parts(found["verdict"]["main"]) == (*expected.values(), score, level)


MIXED: list[tuple[dict[str, int], bool, int, str]] = [
    # files of so many records, insider, S, level
    ({"property": 25, "lodging": 250}, False, 5000, "serious"),
    ({"property": 24, "lodging": 249}, False, 4890, "below"),
    ({"property": 25, "lodging": 249, "contact": 9}, False, 4999, "below"),
    ({"property": 25, "lodging": 249, "contact": 10}, False, 5000, "serious"),
    ({"property": 20, "communication_record": 200, "identity": 1000}, False, 5000, "serious"),
    ({"property": 20, "communication_record": 200, "identity": 999}, False, 4999, "below"),
    ({"trajectory": 250, "bank_account": 2500}, False, 50000, "especially_serious"),
    ({"trajectory": 250, "bank_account": 2499, "contact": 9}, False, 49999, "serious"),
    # Art. 5(1)(八): half the number, and half of the tenfold number.
    ({"property": 25}, True, 2500, "serious"),
    ({"property": 24}, True, 2400, "below"),
    ({"lodging": 249, "contact": 10}, True, 2500, "serious"),
    ({"lodging": 249, "contact": 9}, True, 2499, "below"),
    ({"property": 250}, True, 25000, "especially_serious"),
    ({"property": 249, "lodging": 9, "contact": 9}, True, 24999, "serious"),
]


@pytest.mark.parametrize(("files", "insider", "score", "level"), MIXED)
def test_a_sum_of_several_files(
    tmp_path: Path, files: dict[str, int], insider: bool, score: int, level: str
) -> None:
    # Another seed for each file: other people.
    for seed, (category, count) in enumerate(files.items(), 1):
        boundary(tmp_path / f"{category}.csv", category, count, copies=1, seed=seed)
    verdict = scanned(tmp_path, insider=insider)["verdict"]["main"]
    assert (verdict["score"], verdict["level"]) == (score, level)


def test_the_same_records_in_a_second_file_are_not_counted_twice(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        boundary(tmp_path / name, "lodging", 300)
    found = scanned(tmp_path)
    assert found["records"]["rows"] == 600
    assert found["categories"]["lodging"]["distinct"] == 300
    assert found["verdict"]["main"]["level"] == "below"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rows", 1500, "--seed", 11, "--broken", 0.01, "--damage", 0.05, "--duplicates", 0.3),
        ("--rows", 1500, "--seed", 12, "--encoding", "gb18030", "--newline", "crlf", "--old", 0.2),
        ("--rows", 1500, "--seed", 13, "--format", "parquet", "--remarks", 0.8),
        ("--rows", 1500, "--seed", 14, "--encoding", "utf-16", "--delimiter", "\\t", "--header", "en"),
    ],
)
def test_a_dump_is_counted_as_it_was_made(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    dump, truth_file = tmp_path / "dump", tmp_path / "truth.json"
    made = make_fixture("dump", *arguments, "--out", dump, "--truth", truth_file)
    assert made.exit_code == 0, made.output
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    found = scanned(dump)
    assert found["inputs"][0]["rows"] == truth["rows"] + truth["rows_damaged"]
    assert found["inputs"][0]["rows_damaged"] == truth["rows_damaged"]
    assert found["records"]["distinct"] == truth["records"]["distinct"]
    for label in ("resident_id", "mobile_phone", "bank_card", "email"):
        assert found["labels"].get(label) == truth["labels"].get(label), label
    for category, count in truth["categories"].items():
        here = found["categories"][category]
        sound = {key: here[key] - here[f"{key}_unsound"] for key in ("records", "distinct")}
        assert sound == count, category
