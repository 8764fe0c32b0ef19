"""Sheets that are no single table: several below each other, forms, and tables on their side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.columns import headers
from scanner.model import Batch, Issue
from scanner.scanning.records import row_numbers
from scanner.sources.messages import ROW, Sheet
from scanner.sources.sheet_rows import may_name, names_columns
from scanner.sources.sheets import FIRST, MOST_TABLES, Sheets

HEAD = ["姓名", "手机号", "备注"]
Tables = dict[str | None, tuple[tuple[str | None, ...], list[tuple[int, list[str]]]]]


def is_number(texts: Any) -> list[bool]:
    return [text.isdigit() and len(text) == 11 for text in texts]


def batch(rows: list[list[str]], first: int | None = 0) -> pa.RecordBatch:
    """The rows that are not blank, with their places if there is a ``first`` one."""
    width = max(map(len, rows))
    kept = [place for place, row in enumerate(rows) if any(row) or first is None]
    columns = [[rows[at][c] if c < len(rows[at]) else "" for at in kept] for c in range(width)]
    arrays = [pa.array([cell.encode() for cell in column], pa.binary()) for column in columns]
    if first is None:
        return pa.record_batch(arrays, list(map(str, range(width))))
    return pa.record_batch([pa.array(kept, pa.int64()), *arrays], [ROW, *map(str, range(width))])


def read(rows: list[list[str]], first: int | None = 0) -> tuple[Tables, list[Issue]]:
    """Names and rows of each table."""
    items = list(
        Sheets(headers.is_header_word, is_number).batches([Sheet("S", None, "xlsx"), batch(rows, first)])
    )
    found: Tables = {}
    for each in (item for item in items if isinstance(item, Batch)):
        held = found.setdefault(each.table.name, (each.table.columns, []))[1]
        numbers = row_numbers(each, 0, np.arange(each.size, dtype=np.int32)).tolist()
        held += [(number, [c.cells.text(row) for c in each.columns]) for row, number in enumerate(numbers)]
    return found, [item for item in items if isinstance(item, Issue)]


def person(number: int) -> list[str]:
    return [f"张{number}", f"138{number:08}", ""]


@pytest.mark.parametrize("between", [[], [[]], [["二车间"]], [[], ["二车间"]]])
def test_a_further_head_begins_a_table_of_its_own(between: list[list[str]]) -> None:
    below = [["工号", "电话", "联系人"], ["A1", "13900000001", "李四"], ["A2", "13900000002", "王五"]]
    found, issues = read([HEAD, person(1), person(2), *between, *below])
    start = 3 + len(between)  # the place of the second head, and the number of the row below it
    assert found["S/2"] == (tuple(below[0]), [(start, below[1]), (start + 1, below[2])])
    assert found["S"][0] == tuple(HEAD)
    titles = [(3 + at - 1, [*row, "", ""]) for at, row in enumerate(between) if row]
    assert found["S"][1] == [(0, person(1)), (1, person(2)), *titles]
    assert not issues


def test_the_same_head_goes_on_with_the_same_table() -> None:
    other = ["公司", "电话", "地址"]
    found, _ = read(
        [HEAD, person(1), [], HEAD, person(2), other, ["甲", "13900000001", "x"], HEAD, person(3)]
    )
    assert found["S"][1] == [(0, person(1)), (3, person(2)), (7, person(3))]
    assert found["S/2"][0] == tuple(other)


def test_heads_are_found_where_places_are_not_told() -> None:
    found, _ = read([HEAD, person(1), HEAD, person(2), ["电话", "姓名"], ["13900000001", "李四"]], None)
    assert found["S"][1] == [(0, person(1)), (2, person(2))]
    assert found["S/2"] == (("电话", "姓名", None), [(3, ["13900000001", "李四", ""])])


def test_a_head_below_many_lines_of_notes() -> None:
    notes = [[f"第{at}条", "", ""] for at in range(15)]
    found, _ = read([*notes, HEAD, person(1), person(2)])
    assert found["S/2"] == (tuple(HEAD), [(15, person(1)), (16, person(2))])


@pytest.mark.parametrize(
    "rows",
    [
        [["字段", "说明"], ["name", "姓名"], ["mobile", "手机号"], ["idcard", "身份证号"], ["addr", "地址"]],
        [HEAD, *[[f"张{at}", "财务部", "经理"] for at in range(300)]],
        [HEAD, person(1), ["姓名", "手机号", "13800000000"], person(2)],  # a value beside the words
        [HEAD, person(1), ["姓名", "张三", "李四"], person(2)],
        [HEAD, person(1), HEAD[::-1]],  # nothing below
    ],
)
def test_words_that_are_no_head_stay_rows(rows: list[list[str]]) -> None:
    found, _ = read(rows)
    assert list(found) == ["S"]
    assert len(found["S"][1]) == len(rows) - 1


def test_very_many_heads_are_rows() -> None:
    header_words = [
        "性别",
        "备注",
        "地址",
        "邮箱",
        "部门",
        "工号",
        "学历",
        "民族",
        "籍贯",
        "车牌号",
        "微信号",
        "序号",
    ]
    rows: list[list[str]] = []
    for at in range(2 * MOST_TABLES):
        words = [header_words[at % 12], header_words[at // 12]]
        rows += [["姓名", "手机号", *words], [*person(at), ""]]
    found, _ = read(rows)
    assert len(found) == MOST_TABLES
    assert sum(len(each) for _, each in found.values()) == 3 * MOST_TABLES


def form(name: str, phone: str, address: str) -> list[list[str]]:
    return [["登记表"], ["姓名：", name, "性别：", "男"], ["联系电话", "", phone], ["家庭住址", address], []]


@pytest.mark.parametrize("count", [1, 3, 2 * FIRST])
def test_forms_are_rows(count: int) -> None:
    values = [(f"张{at}", f"138{at:08}", f"某路{at}号") for at in range(count)]
    found, issues = read([row for each in values for row in form(*each)])
    names, rows = found["S"]
    assert names == ("姓名", "性别", "联系电话", "家庭住址", None)
    assert [tuple(cells[at] for at in (0, 2, 3)) for _, cells in rows] == values
    assert [number for number, _ in rows] == ([0, *range(6, 5 * count, 5)])
    assert sum(cells[4].count("登记表") for _, cells in rows) == count
    assert not issues


def test_tables_in_forms_are_tables() -> None:
    rows = []
    for at in range(40):
        rows += form(f"张{at}", f"138{at:08}", "某路1号")
        rows += [["家庭成员"], ["关系", "姓名", "电话"], ["父亲", f"张{at}一", f"139{at:08}"], []]
    found, _ = read(rows)
    assert [len(each) for _, each in found.values()] == [40, 79]  # with the titles of the forms that follow
    assert found["S/2"][0][:3] == ("关系", "姓名", "电话")


def test_a_table_on_its_side_is_turned() -> None:
    found, issues = read(
        [
            ["", "名单"],
            ["", "姓名", "张三", "李四"],
            ["", "手机号", "13800000001", "13900000002"],
            ["", "备注", "", "x"],
        ]
    )
    names, rows = found["S"]
    assert names == (None, "姓名", "手机号", "备注")
    assert rows == [
        (1, ["名单", "", "", ""]),
        (2, ["", "张三", "13800000001", ""]),
        (3, ["", "李四", "13900000002", "x"]),
    ]
    assert [issue.partial for issue in issues] == [False]


def test_rows_that_begin_with_words_are_not_turned() -> None:
    rows = [["父亲", "张三", "13800000001"], ["母亲", "李四", "13900000002"]]
    found, issues = read(rows)
    assert [cells for _, cells in found["S"][1]] == rows
    assert not issues


CELLS = st.sampled_from(
    ["", "姓名", "手机号", "张三", "13800000001", "a1", "备注：", "x" * 70, "电话", "地址"]
)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=30), st.booleans())
def test_no_cell_is_lost(rows: list[list[str]], placed: bool) -> None:
    """Every cell is in a row or names a column, whatever a sheet holds."""
    if not any(map(any, rows)):
        return
    found, _ = read(rows, 0 if placed else None)
    if not found:  # a header, and nothing below
        return
    shown = [text for names, each in found.values() for text in names if text]
    shown += [text for names, each in found.values() for _, cells in each for text in cells]
    together = "\n".join(shown)
    for cell in {cell for row in rows for cell in row}:
        assert cell.strip("：") in together


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=20))
def test_rows_that_name_columns_are_looked_at(rows: list[list[str]]) -> None:
    table = batch(rows, None)
    named = [at for at, row in enumerate(rows) if names_columns(row, headers.is_header_word, is_number)]
    assert {*named} <= {*may_name(table, None, headers.is_header_word).tolist()}


def test_persons_of_a_sheet_with_two_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名单")
        rows = [["姓名", "手机号"], ["张伟", "13812345678"], ["王芳", "13912345678"]]
        rows += [
            [],
            ["序号", "联系电话", "联系人"],
            ["1", "13712345678", "李娜"],
            ["2", "13612345678", "刘洋"],
        ]
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    report = scanned(path)
    assert report["labels"]["person_name"]["distinct"] == 4
    assert report["subjects"]["distinct"] == 4
    assert {column["table"] for column in report["columns"]} == {"名单", "名单/2"}
