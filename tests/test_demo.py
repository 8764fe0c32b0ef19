"""The demo's counts equal the truth that the generator counted while it planted it, value by value."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from scanner.annex import Annex
from scanner.reports.findings import FindingsWriter
from scanner.run.job import Options, file_inputs, run

FIXTURES = Path(__file__).parent.parent / "fixtures"
AS_OF = date(2026, 11, 21)


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((FIXTURES / "truth" / "demo.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> tuple[dict, list[dict[str, str]]]:
    options = Options(as_of=AS_OF, reveal=True, jobs=1)
    annex = Annex(reveal=True)
    result = run(file_inputs([FIXTURES / "demo"], options), options, annex)
    path = tmp_path_factory.mktemp("demo") / "findings.csv"
    with FindingsWriter(path, private=True) as writer:
        for table in annex.tables([item["path"] for item in result.document["inputs"]], result.decisions):
            writer.write(table)
    with path.open(encoding="utf-8", newline="") as file:
        return result.document, list(csv.DictReader(file))


def test_labels(scanned, truth):
    found = dict(scanned[0]["labels"])
    assert found.pop("masked") == {"matches": 5, "rows": 5, "distinct": 5}  # lures in the remarks
    assert found == truth["labels"]


def test_categories(scanned, truth):
    found = scanned[0]["categories"]
    # What is held only through a number that fails its checks is planted as damaged, not as a record.
    sound = {
        name: {key: each[key] - each[f"{key}_unsound"] for key in ("records", "distinct")}
        for name, each in found.items()
    }
    assert sound == truth["categories"]
    assert found["identity"]["records_unsound"] == 7


def test_persons(scanned, truth):
    # One planted person cannot be linked: her phone is cut off in one file, and the other holds nothing else of her.
    assert scanned[0]["subjects"]["distinct"] == truth["persons"] + 1


def test_rows_and_records(scanned, truth):
    found = scanned[0]
    assert sum(each["rows"] - each["rows_damaged"] for each in found["inputs"]) == truth["rows"]
    assert sum(each["rows_damaged"] for each in found["inputs"]) == truth["rows_damaged"]
    identifiable = sum(each["distinct"] for each in truth["profiles"] if each["categories"])
    assert found["records"]["distinct"] == identifiable


def test_columns(scanned, truth):
    found = scanned[0]
    for index, each in enumerate(found["inputs"]):
        expected = truth["inputs"][Path(each["path"]).name]["columns"]
        for column in (c for c in found["columns"] if c["input"] == index and c["index"] is not None):
            accepted = {
                label["label"]: {
                    "matches": label["valid"],
                    "rows": label["rows"],
                    "distinct": label["distinct"],
                }
                for label in column["labels"]
                if label["decision"] == "accepted" and label["label"] != "masked"
            }
            assert accepted == expected[column["index"]]["labels"], (each["path"], column["name"])


def test_every_planted_value_is_found_where_it_lies_and_nothing_else(scanned):
    # A span ends where the value ends; it begins there too, or at its country code.
    with (FIXTURES / "truth" / "demo.csv").open(encoding="utf-8", newline="") as file:
        planted = {
            (line["input"], line["row"], line["column"], line["label"], line["end"]): int(line["start"])
            for line in csv.DictReader(file)
        }
    found = {
        (Path(line["input"]).name, line["row"], line["column"], line["label"], line["end"]): int(
            line["start"]
        )
        for line in scanned[1]
        if line["accepted"] == "true" and line["label"] != "masked"
    }
    assert found.keys() == planted.keys()
    assert all(0 <= start - found[key] <= len("(+86) ") for key, start in planted.items())
