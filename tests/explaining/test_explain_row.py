"""What is told of each row adds up to what the scan of its file counts, and every stage and fault is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from fixtures_reference import DEMO, FIXTURES
from hypothesis import given, settings
from hypothesis import strategies as st
from running import TODAY, TODAY_OPTION, command, rows_file, scanned

from scanner import categories
from scanner.categories import described
from scanner.errors import ScannerError
from scanner.explaining.row import Place, explain_row, only_column
from scanner.explaining.rule_trace import held_by, holds, lacking
from scanner.reports import explain_text
from scanner.run import job
from scanner.sources.file import InputFile

CASES = sorted(path for path in (FIXTURES / "cases").glob("row-*/*") if path.suffix in (".csv", ".txt"))
CANDIDATE = "姓名（person_name）：“网站来客”：不合格，姓氏不在表内（surname）；通过格式（format）"
VALUES = {  # what a Chinese reader is told of single values
    "13800138000": [
        "手机号码（mobile_phone）：“13800138000”：合格；通过格式、号段（format+prefix）",
        "    占位值或测试值：不属于任何人，一律不计",
    ],
    "网站来客": [CANDIDATE],
    "4.40981E+17": ["18 位的号码只余 440981（科学计数法）：一律不计"],
    "13,912,345,678": ["手机号码（mobile_phone）：还原为“13912345678”（千位分隔符）：合格"],
    "朝阳区建国路88号": ["    +2 门牌号 88号"],
    "abc": ["没有检测器在其中发现候选"],
}
TOTALS = ("rows", "fails_checks", "likely_duplicates")  # stages that take off nothing in the main reading


def options(**choices: Any) -> job.Options:
    return job.Options(**{"as_of": TODAY, "jobs": 1, **choices})


def explained(path: Path, row: int, others: tuple[str, ...] = (), **choices: Any) -> dict[str, Any]:
    return explain_row(str(path), row, options(**choices), others)


def all_rows(path: Path) -> Iterator[dict[str, Any]]:
    row = 0
    while True:
        try:
            yield explained(path, row)
        except ScannerError:
            return  # as many as the scan counts, or the test fails
        row += 1


def adds_up(path: Path) -> None:
    """The stages, tiers and categories of a file's rows are those of the scan."""
    told, scan = list(all_rows(path)), scanned(path)
    stages = {one["name"]: one["rows"] for one in scan["records"]["stages"]}
    assert len(told) == stages["rows"]
    found = Counter(one["stage"] for one in told)
    assert found == Counter({name: n for name, n in stages.items() if n and name not in TOTALS})
    records = [one for one in told if one["stage"] != "damaged" and one["stage"] != "exact_duplicates"]
    assert sum(one["fails_checks"] for one in records) == stages["fails_checks"]
    held: Counter[str] = Counter()
    for one in records:
        held.update({element["name"].rstrip("!").partition(".")[0] for element in one["elements"]})
    assert held == {name: one["distinct"] for name, one in scan["categories"].items() if one["distinct"]}
    for reading in ("low", "main", "high"):
        tiers = Counter(
            verdict["readings"][reading]["tier"] for one in records for verdict in one["verdicts"]
        )
        figures = {size: scan["verdict"][reading][f"n{size}"] for size in (50, 500, 5000)}
        assert {size: tiers[size] for size in figures} == figures, reading


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}/{path.name}" for path in CASES])
def test_rows_add_up_to_the_scan(path: Path) -> None:
    adds_up(path)


def test_likely_duplicates_are_told(tmp_path: Path) -> None:
    """As the stage counts them: other signs, spaces or capitals; never the same content."""
    street = "北京市海淀区中关村大街"
    cells = [f"{street}1号A座", f"{street} 1号-a座", f"{street}1号A座", f"{street}2号A座"]
    path = rows_file(
        tmp_path / "a.csv", ["姓名,手机号,住址", *(f"王小明,13812345671,{each}" for each in cells)]
    )
    told = [explained(path, row) for row in range(4)]
    assert [one["alike"] for one in told] == [
        {"count": count, "first": [{"input": str(path), "row": row} for row in rows]}
        for count, rows in ((1, [1]), (2, [0, 2]), (1, [1]), (0, []))
    ]
    assert [one["same"]["count"] for one in told] == [1, 0, 1, 0]
    stages = {each["name"]: each["rows"] for each in scanned(path)["records"]["stages"]}
    assert (stages["exact_duplicates"], stages["likely_duplicates"]) == (1, 1)
    assert "疑似重复：另有 2 行" in explain_text.render(told[1], 200, "zh")
    assert "Likely duplicate: 1 more row of" in explain_text.render(told[0], 200, "en")
    assert "疑似重复" not in explain_text.render(told[3], 200, "zh")


def test_every_stage(tmp_path: Path) -> None:
    rows = ["姓名,手机号,单位,信用代码"]
    rows += [f"王{chr(0x4E00 + n)}伟,139{4000000 + n * 7919:08},," for n in range(30)]
    rows += [
        "王一伟,13904000000",
        "李,,,",
        ",138****1234,,",
        ",11111111111,,",
        ",,北京公司,91110000600037341L",
    ]
    rows += [rows[3]]
    path = rows_file(tmp_path / "a.csv", rows)
    adds_up(path)
    stages = Counter(one["stage"] for one in all_rows(path))
    assert stages["counted"] == 30
    assert stages["damaged"] == stages["exact_duplicates"] == stages["masked"] == 1
    again = explained(path, 35)
    assert again["stage"] == "exact_duplicates"
    assert again["same"] == {"count": 1, "first": [{"input": str(path), "row": 2}]}
    assert explained(path, 2)["same"] == {"count": 1, "first": [{"input": str(path), "row": 35}]}
    for one in all_rows(path):
        for lang in ("zh", "en"):
            text = explain_text.render(one, 80, lang)
            assert text.count("\n") > 5


def test_no_file_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rows_file(tmp_path / "a.csv", ["姓名,手机号码", "王小明,13912345678"])
    opened: list[InputFile] = []
    enter = InputFile.__init__

    def entered(self: InputFile, *words: Any, **more: Any) -> None:
        enter(self, *words, **more)
        opened.append(self)

    monkeypatch.setattr(InputFile, "__init__", entered)
    explained(path, 0)
    assert [file.fileno() for file in opened] == [-1, -1]


def test_the_same_record_in_another_file(tmp_path: Path) -> None:
    lines = ["姓名,手机号", *(f"王{chr(0x4E00 + n)}伟,139{4000000 + n * 7919:08}" for n in range(9))]
    one = rows_file(tmp_path / "a.csv", lines)
    columns = [line.split(",") for line in lines[1:]][::-1]
    names, phones = zip(*columns, strict=True)
    pq.write_table(pa.table({"姓名": names, "手机号": phones}), tmp_path / "b.parquet")
    same = explained(one, 2, (str(tmp_path / "b.parquet"),))["same"]
    assert same == {"count": 1, "first": [{"input": str(tmp_path / "b.parquet"), "row": 6}]}
    assert explained(one, 2)["same"]["count"] == 0


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_blocks_do_not_matter(tmp_path: Path, block: int) -> None:
    path = DEMO / "members.txt"
    read = job.ReadOptions(block_size=block)
    one = explain_row(str(path), 250, options(read=read, jobs=2))
    assert json.dumps(one) == json.dumps(explained(path, 250))


@pytest.mark.parametrize("name", ["stays.parquet", "orders.csv"])
def test_values_are_masked_unless_asked_for(name: str) -> None:
    plain = explained(DEMO / name, 3, reveal=True)
    shown = [value["text"] for column in plain["columns"] for value in column["values"]]
    masked = json.dumps(explained(DEMO / name, 3), ensure_ascii=False)
    assert shown
    assert all(text not in masked for text in shown if len(text) > 3)
    assert any(column["text"] for column in plain["columns"])
    assert "null" in masked


def test_columns_tell_role_and_origin(tmp_path: Path) -> None:
    rows = ["姓名,XM,c3,金额"]
    rows += [f"王{chr(0x4E00 + n)}伟,张{chr(0x4F00 + n)},139{4000000 + n * 7919:08},{n}.5" for n in range(30)]
    told = explained(rows_file(tmp_path / "a.csv", rows), 7)["columns"]
    assert (told[0]["role"], told[0]["role_from"]) == ("name", "header")
    assert told[1]["ambiguous"] or told[1]["role_from"] in ("header", "content", "values")
    assert (told[2]["role"], told[2]["role_from"]) == ("mobile", "values")
    (value,) = told[2]["values"]
    assert (value["label"], value["state"], value["checks"]) == ("mobile_phone", "accepted", "format+prefix")


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    rows = ["姓名,手机号,诊断,余额"]
    rows += [f"王{chr(0x4E00 + n)}伟,139{4000000 + n * 7919:08},高血压,{n}00" for n in range(30)]
    rows += ["赵伟,13947190021,,", ",,糖尿病,5"]
    path = rows_file(tmp_path / "a.csv", rows)
    lacking_cells = {one["name"] for one in explained(path, 30)["nearest"]}
    assert {"health", "property"} <= lacking_cells
    nobody = explained(path, 31)
    assert nobody["stage"] == "not_identifiable"
    (health,) = [one for one in nobody["nearest"] if one["name"] == "health"]
    (missing,) = health["missing"]
    assert missing["term"] == "@anchor"
    assert "mobile_phone" in missing["any_of"]


FACTS = sorted(
    {"resident_id", "mobile_phone", "person_name", "bank_card", "address", "uscc", "license_plate", "email"}
    | {f"role:{role}" for role in categories.fact_roles()}
)


@given(st.frozensets(st.sampled_from(FACTS), max_size=8))
@settings(max_examples=300, deadline=None)
def test_rules_are_told_as_they_hold(facts: frozenset[str]) -> None:
    held = categories.elements(facts)
    for category in described():
        terms, near = held_by(category, facts), lacking(category, facts)
        lacks = None if near is None else near.lacks
        if category.name in held:
            assert terms is not None
            assert lacks == ()
        elif not category.rest and not category.derived:
            assert terms is None
            assert lacks
        for one in terms or ():
            assert set(one.by) <= facts
            assert bool(one.by) != one.term.startswith("!")
        for lack in lacks or ():
            assert not holds(lack.term, facts)
            assert lack.any_of
        if category.derived:
            assert lacks is None


# The command


def test_the_command_tells_a_row_as_text_and_as_json() -> None:
    path = DEMO / "customers.csv"
    ended = command("explain", path, "--row", 3, *TODAY_OPTION)
    assert ended.code == 0
    assert "第 3 行" in ended.out.decode()
    document = command("explain", path, "--row", 3, "-f", "json", *TODAY_OPTION).document
    assert document["stage"] == "counted"
    english = command("explain", path, "--row", 3, "--lang", "en", "--policy", "cn-pipl-audit-2025")
    assert "persons 1" in english.out.decode()
    chosen = command("explain", path, "--row", 3, "--column", "身份证号", "-f", "json").document
    by_number = command("explain", path, "--row", 3, "--column", 2, "-f", "json").document
    assert [one["index"] for one in chosen["columns"]] == [2]
    assert chosen["columns"] == by_number["columns"]
    with pytest.raises(ScannerError, match="no column"):
        only_column(document, "99")


def test_a_value_is_told_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "13912345678").write_text("a value may also be the name of a file")
    (tmp_path / "notes").write_text("no value is called so")
    ended = command("explain", "13912345678")
    assert ended.code == 0
    assert "mobile_phone" in ended.out.decode()
    for path in (DEMO / "customers.csv", "notes"):
        ended = command("explain", path)
        assert (ended.code, "say with --row" in ended.err) == (2, True), "nobody means the path itself"
    assert command("explain", DEMO / "missing.csv").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([DEMO / "customers.csv", "--row", 900], "rows 0 to 899"),
        ([DEMO / "customers.csv", "--row", 3, "--column", "nothing"], "no column"),
        ([DEMO, "--row", 0], "a folder"),
        ([DEMO / "missing.csv", "--row", 0], "no such file"),
        (["-", "--row", 0], "standard input"),
        ([DEMO / "customers.csv", "--row", 3, "--among", DEMO / "missing.csv"], "missing.csv"),
        ([DEMO / "customers.csv", "--row", -1], "--row"),
        ([DEMO / "customers.csv", "--column", "1"], "--row"),
        ([DEMO / "customers.csv", "--row", 1, "--policy", "none"], "none"),
    ],
)
def test_wrong_usage(arguments: list[object], words: str) -> None:
    ended = command("explain", *arguments)
    assert (ended.code, ended.out) == (2, b"")
    assert words in ended.err


def test_a_table_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "册 子.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("一月 客户", "二月"):
            book.add_worksheet(name).write_column(0, 0, ["手机号", "13912345678"])
    assert explain_row(str(path), 0, options(), (), Place(table="二月"))["table"] == "二月"
    ended = command("explain", path, "--row", 0, "--table", "三月")
    assert ended.code == 2
    assert ended.sentences == [f"leaktally: {path} has no table '三月'; there are: '一月 客户', '二月'."]
    ended = command(
        "explain", rows_file(tmp_path / "a.csv", ["手机号", "13912345678"]), "--row", 0, "--table", "三月"
    )
    assert ended.sentences == [f"leaktally: {tmp_path / 'a.csv'} has no table '三月'."]


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "a.csv", ["姓名,手机号", "王小明,13912345678"])
    ended = command("explain", path, "--row", 0, "--column", "nope")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.sentences == [
        f"leaktally: {path} has no column 'nope' in row 0; there are: '姓名', '手机号'."
    ]
    path = rows_file(tmp_path / "b.csv", ["王小明,13912345678", "李雷,13900139000"])
    ended = command("explain", path, "--row", 0, "--no-header", "--column", "nope")
    assert ended.sentences[0].endswith("in row 0; there are: 0, 1.")


def test_an_empty_file_has_no_row(tmp_path: Path) -> None:
    ended = command("explain", rows_file(tmp_path / "a.csv", []), "--row", 0)
    assert ended.code == 2
    assert len(ended.sentences) == 1


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_explained_in_chinese(value: str) -> None:
    told = command("explain", value, *TODAY_OPTION).out.decode().split("\n")
    assert [line for line in told if line in VALUES[value]] == VALUES[value], told


def test_a_check_that_the_column_makes_up_for_is_told(tmp_path: Path) -> None:
    names = [f"王小{chr(0x4E00 + i)}" for i in range(300, 340)] + ["网站来客"]
    path = rows_file(
        tmp_path / "x.csv", ["姓名,手机", *(f"{name},1391234{i:04}" for i, name in enumerate(names))]
    )
    document = command("explain", path, "--row", 40, "-f", "json", *TODAY_OPTION).document
    (value,) = document["columns"][0]["values"]
    assert (value["state"], value["checks"], value["fails"]) == ("accepted", "format", "surname")
    assert (
        "通过格式；但姓氏不在表内；本列采信"
        in command("explain", path, "--row", 40, *TODAY_OPTION).out.decode()
    )
    (value,) = command("explain", path, "--row", 3, "-f", "json", *TODAY_OPTION).document["columns"][0][
        "values"
    ]
    assert (value["state"], value["fails"]) == ("accepted", None)
