"""``scanner.scan`` and ``Report``; the document has every key of the contract, of the right type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_reference import DEMO
from running import TODAY, boundary, command, lasting

import scanner
from scanner.errors import PatternError, PolicyError, ScannerError

NUMBER, TEXT, MAYBE_TEXT, MAYBE_NUMBER = int, str, (str, type(None)), (int, type(None))
READING = {"n50": NUMBER, "n500": NUMBER, "n5000": NUMBER, "score": NUMBER, "level": TEXT}
COUNT = {"matches": NUMBER, "rows": NUMBER, "distinct": NUMBER}
# dict: these keys must exist; {"*": x}: any keys, each such a value; [x]: a list of such.
SCHEMA: dict[str, Any] = {
    "schema_version": NUMBER,
    "tool": {"name": TEXT, "version": TEXT, "knowledge_sha256": TEXT},
    "inputs": [
        {
            "path": TEXT,
            "member": MAYBE_TEXT,
            "size": MAYBE_NUMBER,
            "sha256": MAYBE_TEXT,
            "format": MAYBE_TEXT,
            "encoding": MAYBE_TEXT,
            "delimiter": MAYBE_TEXT,
            "has_header": (bool, type(None)),
            "rows": NUMBER,
            "rows_damaged": NUMBER,
            "status": TEXT,
            "reasons": [TEXT],
        }
    ],
    "columns": [
        {
            "input": NUMBER,
            "table": MAYBE_TEXT,
            "index": MAYBE_NUMBER,
            "name": MAYBE_TEXT,
            "cells": NUMBER,
            "nonempty": NUMBER,
            "role": MAYBE_TEXT,
            "labels": [
                {
                    "label": TEXT,
                    "candidates": NUMBER,
                    "valid": NUMBER,
                    "distinct": NUMBER,
                    "decision": TEXT,
                    "reason": TEXT,
                }
            ],
        }
    ],
    "labels": {"*": COUNT},
    "records": {
        "rows": NUMBER,
        "identifiable": NUMBER,
        "distinct": NUMBER,
        "counted": NUMBER,
        "stages": [{"name": TEXT, "rows": NUMBER}],
    },
    "subjects": {"distinct": NUMBER},
    "categories": {"*": {"tier": MAYBE_NUMBER, "records": NUMBER, "distinct": NUMBER}},
    "verdict": {"policy": TEXT, "low": READING, "main": READING, "high": READING},
    "issues": [{"input": MAYBE_NUMBER, "row": MAYBE_NUMBER, "what": TEXT, "rows_lost": NUMBER}],
    "run": {},
}


def faults(value: Any, schema: Any, where: str = "$") -> list[str]:
    """Where a document does not fit the schema."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        if "*" in schema:
            return [f for key in value for f in faults(value[key], schema["*"], f"{where}.{key}")]
        missing = [f"{where}.{key} is missing" for key in schema if key not in value]
        here = [
            f for key in schema if key in value for f in faults(value[key], schema[key], f"{where}.{key}")
        ]
        return missing + here
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [f for n, item in enumerate(value) for f in faults(item, schema[0], f"{where}[{n}]")]
    allowed = schema if isinstance(schema, tuple) else (schema,)
    return [] if type(value) in allowed else [f"{where} is a {type(value).__name__}"]


def test_the_schema_check_can_fail() -> None:
    assert faults({"a": [{"b": 1}, {"b": None}, {}]}, {"a": [{"b": int}], "c": str}) == [
        "$.c is missing",
        "$.a[1].b is a NoneType",
        "$.a[2].b is missing",
    ]
    assert faults(True, int) == ["$ is a bool"]


@pytest.fixture(scope="module")
def report() -> scanner.Report:
    return scanner.scan(DEMO, as_of=TODAY, jobs=1)


def test_the_contract_s_keys(report: scanner.Report, tmp_path: Path) -> None:
    document = report.to_dict()
    assert faults(document, SCHEMA) == []
    assert document["schema_version"] == 1
    assert document["tool"]["name"] == "leaktally"
    assert document["tool"]["version"] == scanner.__version__
    assert len(document["tool"]["knowledge_sha256"]) == 64
    # As a program sees it, with an input that fails besides.
    broken = command("scan", DEMO, tmp_path / "missing", "-f", "json").document
    assert faults(broken, SCHEMA) == []
    assert broken["issues"]
    tiers = {entry["tier"] for entry in broken["categories"].values()}
    assert tiers <= {50, 500, 5000, None}
    assert {entry["status"] for entry in broken["inputs"]} <= {"complete", "partial", "skipped", "failed"}
    levels = {broken["verdict"][reading]["level"] for reading in ("low", "main", "high")}
    assert levels <= {"below", "serious", "especially_serious"}
    decisions = {label["decision"] for column in broken["columns"] for label in column["labels"]}
    assert decisions <= {"accepted", "rejected"}


def test_figures_of_a_document_fit_together(report: scanner.Report) -> None:
    document = report.to_dict()
    for name in ("low", "main", "high"):
        reading = document["verdict"][name]
        assert reading["score"] == 100 * reading["n50"] + 10 * reading["n500"] + reading["n5000"]
    records = document["records"]
    assert records["rows"] == sum(item["rows"] for item in document["inputs"])
    stages = [stage["rows"] for stage in records["stages"]]
    assert stages[0] - sum(stages[1:-1]) == stages[-1] == records["counted"]
    counted = sum(entry["counted"] for entry in document["categories"].values())
    assert records["counted"] == counted <= records["distinct"]
    assert records["distinct"] <= records["identifiable"] <= records["rows"]
    for label, count in document["labels"].items():
        assert 0 < count["distinct"] <= count["matches"], label
        assert 0 < count["rows"] <= count["matches"], label


def test_a_path_a_folder_and_the_command_agree(tmp_path: Path) -> None:
    path = boundary(tmp_path / "x.csv", "lodging", 30)
    one = lasting(scanner.scan(path, as_of=TODAY).to_dict())
    assert lasting(scanner.scan(str(path), as_of=TODAY).to_dict()) == one
    assert lasting(scanner.scan(tmp_path, as_of=TODAY).to_dict()) == one
    written = command("scan", path, "-f", "json", "--as-of", TODAY.isoformat()).document
    assert lasting(written) == json.loads(json.dumps(one))


class Stream:
    """Anything with ``__arrow_c_stream__``, as polars and duckdb have it."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


TABLE = pa.table(
    {
        "姓名": [f"王小{c}" for c in "明红刚军芳敏静丽强磊"] * 3,
        "手机号码": [13800138001 + n for n in range(30)],
        "余额": [n / 7 for n in range(30)],
    }
)


@pytest.mark.parametrize(
    "data",
    [
        TABLE,
        TABLE.to_pandas(),
        TABLE.to_reader(7),
        TABLE.combine_chunks().to_batches()[0],
        Stream(TABLE),
        TABLE.to_pandas().astype({"手机号码": "string"}),
        TABLE.to_pandas().astype({"手机号码": "category", "姓名": "category"}),
        TABLE.to_pandas().set_index(pd.Index([f"row {n}" for n in range(30)])),
    ],
    ids=["table", "frame", "reader", "batch", "stream", "strings", "categories", "index"],
)
def test_tables_in_memory(data: object) -> None:
    document = scanner.scan(data).to_dict()
    assert faults(document, SCHEMA) == []
    assert document["inputs"][0]["status"] == "complete"
    assert document["labels"]["mobile_phone"] == {"matches": 30, "rows": 30, "distinct": 30}
    assert document["categories"]["property"]["distinct"] == 30


def test_an_input_is_left_as_it_was() -> None:
    frame = TABLE.to_pandas()
    before = frame.copy(deep=True)
    scanner.scan(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("data", [TABLE.schema.empty_table(), pd.DataFrame(), pd.DataFrame({"手机号码": []})])
def test_tables_without_rows(data: object) -> None:
    document = scanner.scan(data).to_dict()
    assert faults(document, SCHEMA) == []
    assert document["records"]["rows"] == 0


@pytest.mark.parametrize("data", [7, None, b"bytes", ["13800138000", 7], [], {"a": 1}, object()])
def test_what_cannot_be_scanned(data: object) -> None:
    with pytest.raises(TypeError, match=type(data).__name__):
        scanner.scan(data)


def test_choices_are_checked() -> None:
    with pytest.raises(PolicyError):
        scanner.scan(TABLE, policy="no-such-policy")
    with pytest.raises(PatternError):
        scanner.scan(TABLE, patterns=(Path("no-such-pack.toml"),))
    with pytest.raises(TypeError):
        scanner.scan(TABLE, no_such_choice=1)


def test_an_input_that_fails_is_in_the_report(tmp_path: Path) -> None:
    report = scanner.scan(tmp_path / "missing.csv")
    assert not report.complete
    [entry] = report.to_dict()["inputs"]
    assert entry["status"] == "failed"
    assert faults(report.to_dict(), SCHEMA) == []
    assert report.to_pandas().empty
    assert "missing.csv" in report.to_html()


def test_to_pandas_has_a_line_for_each_column_and_label(report: scanner.Report) -> None:
    frame = report.to_pandas()
    document = report.to_dict()
    assert len(frame) == sum(len(column["labels"]) for column in document["columns"])
    assert {"input", "column", "role", "label", "decision", "valid", "distinct", "reason"} <= set(frame)
    mobile = frame[(frame["label"] == "mobile_phone") & (frame["decision"] == "accepted")]
    assert int(mobile["valid"].sum()) == document["labels"]["mobile_phone"]["matches"]


def test_html_for_browsers_and_notebooks(report: scanner.Report, tmp_path: Path) -> None:
    page = report.to_html()
    assert page.lower().startswith("<!doctype html>")
    assert 'lang="zh' in page
    assert 'lang="en' in report.to_html("en")
    table = report._repr_html_()
    assert "<table" in table
    hostile = pa.table({"<script>alert(1)</script>": ["13800138000"] * 5})
    seen = scanner.scan(hostile)
    for text in (seen.to_html(), seen._repr_html_()):
        assert "<script>alert" not in text


def test_to_json_is_what_the_command_writes(report: scanner.Report) -> None:
    assert json.loads(report.to_json()) == json.loads(json.dumps(report.to_dict()))


def test_no_value_without_reveal(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "x.parquet")
    for data in (TABLE, tmp_path / "x.parquet"):
        shown = scanner.scan(data)
        texts = (shown.to_json(), shown.to_html(), shown._repr_html_(), str(shown.to_pandas().to_dict()))
        for text in texts:
            assert [n for n in range(30) if str(13800138001 + n) in text] == []
    assert "13800138001" in scanner.scan(TABLE, reveal=True).to_json()


def figures(report: scanner.Report) -> dict[str, int]:
    return {label: count["matches"] for label, count in report.to_dict()["labels"].items()}


def test_a_list_of_paths(tmp_path: Path) -> None:
    paths = [boundary(tmp_path / f"{i}.csv", "lodging", 5) for i in range(2)]
    found = scanner.scan([paths[0], str(paths[1])], as_of=TODAY).to_dict()
    assert [entry["path"] for entry in found["inputs"]] == [str(path) for path in paths]


NUMBERS = [f"1380013{n:04d}" for n in range(30)]


@pytest.mark.parametrize(
    "data",
    [
        pd.Series(NUMBERS),
        pd.Series(NUMBERS, name="手机号码"),
        pd.Series([int(number) for number in NUMBERS], name="手机号码"),
        pd.Series([int(number) for number in NUMBERS] + [None], name="手机号码"),  # floats
        pd.Series([int(number) if i % 2 else number for i, number in enumerate(NUMBERS)], dtype=object),
        pd.Series([float(number) if i % 2 else number for i, number in enumerate(NUMBERS)], dtype=object),
        pd.Series([number.encode() if i % 2 else number for i, number in enumerate(NUMBERS)], dtype=object),
        pd.Series([*NUMBERS, None, float("nan"), pd.NA, pd.NaT, {1, 2}, 2**80, "\ud800"], dtype=object),
        pd.Series(NUMBERS, dtype="category"),
        pd.Series([[number] for number in NUMBERS]),
        pd.DataFrame({("a", "手机"): NUMBERS}),
        pd.DataFrame([[number, number] for number in NUMBERS], columns=["手机", "手机"]).iloc[:, :1],
        pa.array(NUMBERS),
        pa.chunked_array([NUMBERS[:10], NUMBERS[10:]]),
        Stream(pa.table({"手机": NUMBERS})),
    ],
    ids=range(15),
)
def test_numbers_in_whatever_python_holds_them(data: object) -> None:
    assert figures(scanner.scan(data)) == {"mobile_phone": 30}


def test_columns_of_one_name_are_all_scanned() -> None:
    frame = pd.DataFrame([[number, number] for number in NUMBERS], columns=["手机", "手机"])
    assert figures(scanner.scan(frame)) == {"mobile_phone": 60}


def test_only_a_named_index_is_data() -> None:
    frame = pd.DataFrame({"a": range(30)}, index=NUMBERS)
    assert figures(scanner.scan(frame)) == {}
    frame.index.name = "手机"
    assert figures(scanner.scan(frame)) == {"mobile_phone": 30}
    assert [column["name"] for column in scanner.scan(frame).to_dict()["columns"]] == ["手机", "a"]
    assert figures(scanner.scan(frame["a"])) == {"mobile_phone": 30}
    twice = frame.reset_index().set_index("手机", drop=False)
    assert figures(scanner.scan(twice)) == {"mobile_phone": 30}


def test_streams_that_are_no_table_are_refused() -> None:
    class Broken:
        def __arrow_c_stream__(self, _: object = None) -> object:
            raise ValueError("no")

    with pytest.raises(TypeError, match="Broken"):
        scanner.scan(Broken())
    with pytest.raises(TypeError, match="Index"):
        scanner.scan(pd.Index(NUMBERS))


def test_options_by_name(tmp_path: Path) -> None:
    assert scanner.scan(TABLE, as_of="2020-01-01").to_dict()["options"]["as_of"] == "2020-01-01"
    assert (
        scanner.scan(TABLE, as_of=pd.Timestamp("2020-01-01 12:00")).to_dict()["options"]["as_of"]
        == "2020-01-01"
    )
    path = tmp_path / "x.txt"
    path.write_text("手机#备注\n" + "".join(f"{number}#x\n" for number in NUMBERS), encoding="gb18030")
    found = scanner.scan(path, delimiter="#", encoding="gb18030", header=True).to_dict()
    assert [column["name"] for column in found["columns"]] == ["手机", "备注"]
    with pytest.raises(ScannerError, match=r"'1\.1\.2020'"):
        scanner.scan(TABLE, as_of="1.1.2020")
    with pytest.raises(TypeError, match="as_of is a int"):
        scanner.scan(TABLE, as_of=2020)
    with pytest.raises(TypeError, match=r"no option 'colour'; the options are as_of, .*policy.*delimiter"):
        scanner.scan(TABLE, colour=True)


def test_a_report_in_a_line() -> None:
    assert (
        repr(scanner.scan(TABLE.schema.empty_table()))
        == "<Report: 1 input, 0 rows, 0 records counted, below>"
    )
    shown = repr(scanner.scan(TABLE))
    assert "\n" not in shown
    assert "13800138" not in shown


def check_digit(number: str) -> str:
    weights = [2**power % 11 for power in range(17, 0, -1)]
    return "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11]


def test_columns_that_are_mute() -> None:
    ids = [f"11010119900307{i:03d}" for i in range(60)]
    wrong = [number + ("1" if check_digit(number) != "1" else "2") for number in ids]
    data = pa.table(
        {"身份证号": wrong, "手机": [""] * 60, "邮箱": ["x"] * 60, "备注": ["13"] * 60, "电话": NUMBERS * 2}
    )
    found = scanner.scan(data).to_dict()
    assert found["mute"] == [
        {"input": 0, "table": None, "index": 0, "name": "身份证号", "role": "id_number", "nonempty": 60,
         "refused": {"checksum": 60}, "lost": {}},
        {"input": 0, "table": None, "index": 2, "name": "邮箱", "role": "email", "nonempty": 60, "refused": {},
         "lost": {}},
    ]  # fmt: skip
    right = pa.table({"身份证号": [number + check_digit(number) for number in ids]})
    assert scanner.scan(right).to_dict()["mute"] == []


def test_stages_end_with_what_the_main_reading_counts() -> None:
    found = scanner.scan(pd.Series(NUMBERS + NUMBERS[:4], name="手机")).to_dict()
    stages = {stage["name"]: stage["rows"] for stage in found["records"]["stages"]}
    assert stages == {
        "rows": 34, "damaged": 0, "not_identifiable": 0, "fails_checks": 0, "placeholders": 0, "masked": 0,
        "company": 0, "exact_duplicates": 4, "likely_duplicates": 0, "standing_points": 0, "not_counted": 30,
        "counted": 0,
    }  # fmt: skip
    assert (found["records"]["distinct"], found["records"]["counted"]) == (30, 0)


def test_companies_are_told_of_where_there_are_any() -> None:
    def told(table: dict[str, list[str]]) -> bool:
        caveats = scanner.scan(pa.table(table)).to_dict()["verdict"]["caveats"]
        return "company" in {caveat["when"] for caveat in caveats}

    assert told({"手机": NUMBERS, "企业名称": ["甲公司"] * 30})
    assert not told({"手机": NUMBERS})
