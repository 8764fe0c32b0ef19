"""Workbooks through the whole tool: counted as the same table in a text file is, each finding where it lies."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from running import TODAY_OPTION, scanned
from workbooks.books import made, sheet_of, written

from scanner import cli

COUNTS = ("labels", "records", "subjects", "categories", "verdict")
HEADER = ["姓名", "身份证号", "手机号", "住址"]
PEOPLE = [
    ["张伟", "11010519491231002X", "13812345678", "北京市朝阳区建国路88号院3号楼2单元501室"],
    ["李娜", "440524188001010014", "13987654321", "广东省汕头市龙湖区金砂路1号"],
    ["王芳", "", "15012345679", ""],
]


def table(rows: list[list[str]]) -> bytes:
    sink = io.StringIO()
    csv.writer(sink).writerows(rows)
    return sink.getvalue().encode()


def book(rows: list[list[str]], titles: int = 0, gap: int = 0) -> bytes:
    def write(each: Any) -> None:
        sheet = each.add_worksheet("客户")
        if titles:
            sheet.write(0, 0, "客户名单（合成）")
        for place, row in enumerate(rows):
            sheet.write_row(place + titles + (gap if place else 0), 0, [cell or None for cell in row])

    return written(write)


@pytest.mark.parametrize("repeats", [1, 400])
def test_a_workbook_counts_as_a_text_file_of_its_cells(tmp_path: Path, repeats: int) -> None:
    rows = [HEADER, *PEOPLE * repeats]
    (tmp_path / "a.csv").write_bytes(table(rows))
    (tmp_path / "a.xlsx").write_bytes(book(rows))
    plain, sheets = (scanned(tmp_path / name) for name in ("a.csv", "a.xlsx"))
    for key in COUNTS:
        assert sheets[key] == plain[key], key
    assert sheets["records"]["rows"] == 3 * repeats
    (only,) = sheets["inputs"]
    assert (only["format"], only["status"], only["rows"], only["has_header"]) == (
        "xlsx",
        "complete",
        3 * repeats,
        True,
    )
    assert [column["name"] for column in sheets["columns"]] == HEADER
    assert {column["table"] for column in sheets["columns"]} == {"客户"}


@pytest.mark.parametrize(("titles", "gap"), [(0, 0), (1, 0), (1, 5)])
def test_findings_name_the_sheet_and_the_row(tmp_path: Path, titles: int, gap: int) -> None:
    path, findings = tmp_path / "a.xlsx", tmp_path / "f.jsonl"
    path.write_bytes(book([HEADER, *PEOPLE], titles, gap))
    run = CliRunner().invoke(
        cli.main,
        [
            "scan",
            str(path),
            *TODAY_OPTION,
            "-f",
            "json",
            "-o",
            str(tmp_path / "r.json"),
            "--findings",
            str(findings),
        ],
    )
    assert run.exit_code == 0, run.output
    found = [json.loads(line) for line in findings.read_text("utf-8").splitlines()]
    phones = [each for each in found if each["label"] == "mobile_phone"]
    # The header is not counted: its number of rows above, and the blank rows below, are.
    assert [(each["table"], each["row"], each["column"], each["byte_offset"]) for each in phones] == [
        ("客户", titles + gap + place, 2, None) for place in range(3)
    ]


def test_what_was_not_read_whole_is_told(tmp_path: Path) -> None:
    path = tmp_path / "名单.xlsx"
    whole = book([HEADER, *PEOPLE * 100])
    path.write_bytes(whole[: len(whole) - 60])
    run = CliRunner().invoke(cli.main, ["scan", str(path), *TODAY_OPTION, "-f", "json"])
    assert run.exit_code == 3, run.output
    document = json.loads(run.stdout)
    (only,) = document["inputs"]
    assert only["status"] == "partial"
    assert any("no directory of its parts" in reason for reason in only["reasons"])
    assert only["rows"] == 300
    assert document["labels"]["mobile_phone"]["matches"] == 300


@pytest.mark.parametrize(
    ("data", "kind"), [(table([HEADER, *PEOPLE]), "delimited"), (book([HEADER, *PEOPLE]), "xlsx")]
)
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.ods", "a.csv", "a"])
def test_content_tells_and_names_do_not(tmp_path: Path, data: bytes, kind: str, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    document = scanned(tmp_path / name)
    assert document["inputs"][0]["format"] == kind
    assert document["labels"]["mobile_phone"]["matches"] == 3


def test_text_far_right_of_a_table_is_found(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 200))
    far = '<row r="1048576"><c r="XFD1048576"><v>13812345678</v></c></row>'
    (tmp_path / "a.xlsx").write_bytes(made(sheet_of(cells + far)))
    document = scanned(tmp_path / "a.xlsx")
    assert document["labels"]["mobile_phone"]["matches"] == 1
    assert document["inputs"][0]["rows_damaged"] == 1
    assert len(document["columns"]) <= 2


def test_text_boxes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"

    def write(book: Any) -> None:
        sheet = book.add_worksheet("名单")
        sheet.write(0, 0, "见右")
        sheet.insert_textbox(1, 1, "联系人 张伟\n手机 13812345678")

    path.write_bytes(written(write))
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 1
    assert {column["name"] for column in document["columns"]} == {None, "text box"}
    assert document["inputs"][0]["status"] == "complete"
