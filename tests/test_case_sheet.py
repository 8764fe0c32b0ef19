"""The case sheet: what a case file may hold, what it may not, and where its entries come out."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT, TODAY_OPTION, command, scanned

from scanner.case_sheet import MOST_BYTES, CaseSheet, Exhibit, Operator, of, read, template
from scanner.errors import ScannerError
from scanner.report import scan

DUMP = ROOT / "fixtures" / "demo" / "orders.csv"
FULL = """
number = "示例〔2026〕1号"
cause = "示例案由"
entrusting_body = "甲单位"
examining_body = "乙检验室"
purpose = "统计数量"
place = "某地"
write_protection = "只读接口"
holder = "持有甲"
witness = "见证乙"
[[operators]]
name = "张示例"
title = "工程师"
[[operators]]
name = "李示例"
[[exhibits]]
number = "JC-1"
name = "硬盘"
source = "扣押"
medium = "1 TB"
seal = "封存完好"
"""


def test_the_template_holds_every_entry_and_says_nothing():
    content = tomllib.loads(template())
    assert of(content) == CaseSheet()
    assert set(content) == set(CaseSheet().to_dict())
    assert set(content["exhibits"][0]) == set(Exhibit.__slots__)
    assert set(content["operators"][0]) == set(Operator.__slots__)
    assert len(content["operators"]) == 2


def test_every_entry_of_the_template_is_explained_in_both_languages():
    lines, explained = template().split("\n"), set()
    for place, line in enumerate(lines):
        told = line.partition("#")[2] or lines[place - 1] + lines[place - 2]
        chinese = any("\u4e00" <= char <= "\u9fff" for char in told)
        if " = " in line and chinese and any(char.isascii() and char.isalpha() for char in told):
            explained.add(line.partition(" = ")[0])
    assert explained == set(CaseSheet.__slots__) - {"operators", "exhibits"} | {
        *Exhibit.__slots__,
        *Operator.__slots__,
    }


def test_a_full_sheet_is_read_whole(tmp_path):
    path = tmp_path / "案件 一.toml"
    path.write_text("\ufeff" + FULL, "utf-8")  # as some editors save it
    sheet = read(path)
    assert sheet.number == "示例〔2026〕1号"
    assert sheet.operators == (Operator("张示例", "工程师"), Operator("李示例", None))
    assert sheet.exhibits == (Exhibit("JC-1", "硬盘", "扣押", "1 TB", "封存完好"),)
    assert None not in [value for key, value in sheet.to_dict().items() if key != "operators"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("numbr = ''", "unknown entry 'numbr'"),
        ("number = 7", "'number' must be text in quotes, not a number"),
        ("number = true", "'number' must be text in quotes, not a truth value"),
        ("place = 2026-11-21", "'place' must be text in quotes, not a date or time"),
        ("witness = ['a', 'b']", "'witness' must be text in quotes, not a list"),
        ("witness = {name = 'a'}", "'witness' must be text in quotes, not a table"),
        ("operators = ['a', 'b']", "tables, each beginning with [[operators]]"),
        ("[exhibits]\nname = 'a'", "tables, each beginning with [[exhibits]]"),
        ("[[operators]]\nname = 'a'\n[[operators]]\nnom = 'b'", "entry 2 of 'operators' has an unknown entry 'nom'"),
        ("[[exhibits]]\nseal = 1", "entry 1 of 'exhibits': 'seal' must be text"),
        ("number = 'a", "is not valid TOML"),
        ("number = 'a'\nnumber = 'b'", "is not valid TOML"),
        ("\"\\u202e\" = ''", "unknown entry '\\u202e'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "case.toml"
    path.write_text(text, "utf-8")
    ended = command("scan", DUMP, "--case", path, "-o", tmp_path / "report.json")
    assert ended.code == 2
    (sentence,) = ended.sentences
    assert said in sentence
    assert str(path) in sentence
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    ("content", "said"), [(b"number = '\xff'", "is not UTF-8"), (b"#" * (MOST_BYTES + 1), "is larger than")]
)
def test_what_is_no_text_is_refused(tmp_path, content, said):
    (tmp_path / "case.toml").write_bytes(content)
    ended = command("scan", DUMP, "--case", tmp_path / "case.toml")
    assert (ended.code, len(ended.sentences)) == (2, 1)
    assert said in ended.err


@pytest.mark.parametrize(("name", "said"), [("none.toml", "No such file"), ("", "is not a file")])
def test_what_is_no_file_is_refused(tmp_path, name, said):
    ended = command("scan", DUMP, "--case", tmp_path / name)
    assert (ended.code, len(ended.sentences)) == (2, 1)
    assert said in ended.err


def test_a_device_is_not_read():
    with pytest.raises(ScannerError, match="is not a file"):
        read("/dev/zero")


TEXTS = st.none() | st.text(min_size=1).map(str.strip).filter(bool)
SHEETS = st.builds(
    CaseSheet,
    *([TEXTS] * 7),
    st.lists(st.builds(Exhibit, *([TEXTS] * 5)).filter(lambda one: one != Exhibit())).map(tuple),
    st.lists(st.builds(Operator, TEXTS, TEXTS).filter(lambda one: one != Operator())).map(tuple),
    TEXTS,
    TEXTS,
)


@given(SHEETS)
def test_what_a_document_holds_reads_back(sheet):
    assert of(json.loads(json.dumps(sheet.to_dict()))) == sheet


def test_the_document_holds_the_sheet_and_the_rest_stays_as_it_is(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(FULL, "utf-8")
    told = command("scan", DUMP, "--case", path, "-f", "json", *TODAY_OPTION).document
    plain = command("scan", DUMP, "-f", "json", *TODAY_OPTION).document
    assert told.pop("case") == read(path).to_dict()
    assert plain.pop("case") == CaseSheet().to_dict()
    del told["run"], plain["run"]
    assert told == plain


def test_python_takes_a_path_a_table_or_a_sheet(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(FULL, "utf-8")
    sheet = read(path)
    for given_case in (path, str(path), sheet.to_dict(), sheet):
        assert scan(DUMP, case=given_case).to_dict()["case"] == sheet.to_dict()
    assert scanned(DUMP)["case"] == CaseSheet().to_dict()
    with pytest.raises(TypeError, match="case is a int"):
        scan(DUMP, case=7)


def test_case_new_writes_a_blank_sheet_and_overwrites_nothing(tmp_path):
    path = tmp_path / "case.toml"
    assert command("case", "new", path).code == 0
    assert path.read_text("utf-8") == template() == command("case", "new").out.decode()
    path.write_text(FULL, "utf-8")
    ended = command("case", "new", path)
    assert (ended.code, len(ended.sentences)) == (4, 1)
    assert "exists already" in ended.err
    assert path.read_text("utf-8") == FULL
    assert command("case", "new", tmp_path / "no" / "case.toml").code == 4
