"""fixtures/demo as it is committed: made by the generator, and its truth true."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from fixtures_reference import (
    DEMO,
    identity,
    is_valid,
    knowledge,
    plain,
    read_json,
    read_values,
    rows_of,
    run,
    tables,
)
from stdnum import ean, luhn

TRUTH = DEMO.parent / "truth"
DEMO_FILES = ("customers.csv", "inventory.csv", "members.txt", "orders.csv", "stays.parquet")


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return knowledge()


def test_is_what_the_generator_makes(tmp_path: Path) -> None:
    recorded = read_json(TRUTH / "demo.json")["made"]["tables"]
    assert recorded == tables.digests(), "tables changed since: run python fixtures/make.py demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "truth").mkdir()
    assert run("demo", "--out", tmp_path / "demo", "--truth", tmp_path / "truth").exit_code == 0
    for folder in (DEMO, TRUTH):
        made = tmp_path / folder.name
        assert sorted(path.name for path in made.iterdir()) == sorted(path.name for path in folder.iterdir())
        for path in sorted(made.iterdir()):
            if path.suffix == ".parquet":  # other versions of pyarrow write other bytes
                assert pq.read_table(path).equals(pq.read_table(folder / path.name))
            else:
                assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_is_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 1_500_000


def demo_rows(name: str) -> list[list[str]]:
    match name:
        case "customers.csv":
            return rows_of(DEMO / name, "gbk")
        case "inventory.csv":
            return rows_of(DEMO / name, "utf-8-sig", ";")
        case "members.txt":
            return rows_of(DEMO / name, "utf-8", "----", False)
        case "orders.csv":
            return rows_of(DEMO / name, "utf-8")
        case _:
            table = pq.read_table(DEMO / name)
            return [["" if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist()]


@pytest.mark.parametrize("name", DEMO_FILES)
def test_truth(known: dict[str, Any], name: str) -> None:
    rows = demo_rows(name)
    truth = read_json(TRUTH / "demo.json")["inputs"][name]
    values = [value for value in read_values(TRUTH / "demo.csv") if value["input"] == name]
    sound = [tuple(row) for row in rows if len(row) == len(truth["columns"])]
    assert truth["rows"] == len(sound)
    assert truth["rows_damaged"] == len(rows) - len(sound)
    assert truth["records"]["distinct"] == len(set(sound))
    for value in values:
        cell = rows[int(value["row"])][int(value["column"])]
        assert plain(cell.encode()[int(value["start"]) : int(value["end"])].decode()) == value["value"]
        assert is_valid(value["label"], value["value"], known), value
    for label, counts in truth["labels"].items():
        mine = [value for value in values if value["label"] == label]
        assert counts["matches"] == len(mine)
        assert counts["rows"] == len({value["row"] for value in mine})
    assert sum(counts["matches"] for counts in truth["labels"].values()) == len(values)


def test_persons_are_found_in_more_than_one_file() -> None:
    truth = read_json(TRUTH / "demo.json")
    for label in ("resident_id", "mobile_phone", "address"):
        over_files = sum(
            file["labels"].get(label, {"distinct": 0})["distinct"] for file in truth["inputs"].values()
        )
        assert truth["labels"][label]["distinct"] < over_files < truth["labels"][label]["matches"]


def test_distinct_values_over_all_files() -> None:
    keys = defaultdict(set)
    for value in read_values(TRUTH / "demo.csv"):
        keys[value["label"]].add(identity(value))
    counts = {label: count["distinct"] for label, count in read_json(TRUTH / "demo.json")["labels"].items()}
    assert counts == {label: len(texts) for label, texts in keys.items()}


def test_no_tier_is_reached_alone_but_the_sum_is() -> None:
    # The main reading of each category, as in the contract of the policy file: 100, 10 or 1 a record.
    weights = {"property": 100, "transaction": 10, "lodging": 10, "bank_account": 10}
    counts = {100: 0, 10: 0, 1: 0}
    for profile in read_json(TRUTH / "demo.json")["profiles"]:
        if profile["categories"]:
            counts[max(weights.get(name, 1) for name in profile["categories"])] += profile["distinct"]
    assert 0 < counts[100] < 50
    assert 0 < counts[10] < 500
    assert 0 < counts[1] < 5000
    assert sum(weight * count for weight, count in counts.items()) >= 5000


def test_the_clean_export_tempts() -> None:
    """Bar codes are right, and serial numbers pass Luhn and prefixes as often as chance has it."""
    rows = demo_rows("inventory.csv")
    assert all(ean.is_valid(row[1]) for row in rows)
    assert 0.05 < np.mean([luhn.is_valid(row[7]) for row in rows]) < 0.15
    assert all(re.fullmatch(r"1\d{10}", row[6]) for row in rows)
    assert read_json(TRUTH / "demo.json")["inputs"]["inventory.csv"]["labels"] == {}
