"""Tables that come as record batches: headers are found as in delimited text, and rows are numbered through."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from scanner.columns import headers
from scanner.model import Batch, Column, Issue
from scanner.scanning.records import row_numbers
from scanner.sources.messages import LOOSE, ROW, Sheet, Trouble
from scanner.sources.sheets import FIRST, Sheets

PEOPLE = [["张三", "13812345678", ""], ["李四", "13912345678", "x"]]


def batch(rows: list[list[Any]]) -> pa.RecordBatch:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(columns, [f"c{place}" for place in range(len(columns))])


def read(messages: list[Any], header: bool | None = None) -> tuple[list[Batch], list[Issue]]:
    sheets = Sheets(headers.is_header_word, lambda texts: [text.isdigit() for text in texts], header=header)
    items = list(sheets.batches(messages))
    return [i for i in items if isinstance(i, Batch)], [i for i in items if isinstance(i, Issue)]


def text_of(column: Column, row: int) -> str:
    """A cell; columns that turned up late are lists of what there is."""
    if column.rows is None:
        return column.cells.text(row)
    return "".join(column.cells.text(at) for at in np.flatnonzero(column.rows == row))


def rows_of(batches: list[Batch]) -> list[tuple[int, list[str]]]:
    found = []
    for each in batches:
        numbers = row_numbers(each, 0, np.arange(each.size, dtype=np.int32))
        texts = [[text_of(column, row) for column in each.columns] for row in range(each.size)]
        found += list(zip(numbers.tolist(), texts, strict=True))
    return found


@pytest.mark.parametrize("titles", [[], [["客户名单", "", ""]]])
def test_the_header_is_found_below_titles(titles: list[list[str]]) -> None:
    (only,), issues = read([Sheet("一", None, "xlsx"), batch([*titles, ["姓名", "手机号", "备注"], *PEOPLE])])
    assert not issues
    assert (only.table.name, only.table.columns, only.table.has_header) == (
        "一",
        ("姓名", "手机号", "备注"),
        True,
    )
    assert rows_of([only]) == list(enumerate([*titles, *PEOPLE]))


@pytest.mark.parametrize("header", [None, False])
def test_without_a_header_every_row_is_data(header: bool | None) -> None:
    (only,), _ = read([Sheet("一", None, "xlsx"), batch(PEOPLE)], header)
    assert only.table.columns == (None, None, None)
    assert rows_of([only]) == list(enumerate(PEOPLE))


def test_rows_are_numbered_through_batches_and_sheets_that_come_again() -> None:
    many = [[f"张{place}", f"138{place:08}"] for place in range(3 * FIRST)]
    messages = [
        Sheet("a", None, "xlsx"),
        batch([["姓名", "手机号"]]),
        batch(many[:FIRST]),
        batch(many[FIRST : FIRST + 5]),
    ]
    messages += [
        Sheet("b", ("名",), "xlsx"),
        batch([["王"]]),
        Sheet("a", None, "xlsx"),
        batch(many[FIRST + 5 :]),
    ]
    batches, issues = read(messages)
    assert not issues
    assert rows_of([each for each in batches if each.table.name == "a"]) == list(enumerate(many))
    assert rows_of([each for each in batches if each.table.name == "b"]) == [(0, ["王"])]
    assert len({each.table for each in batches}) == 2


def test_troubles_are_issues_and_nothing_is_said_to_be_nothing() -> None:
    batches, issues = read([Sheet("a", None, "xlsx"), Trouble("is damaged", 3)])
    assert not batches
    assert issues == [Issue("is damaged", None, 3, True), Issue("holds no row", partial=False)]


def placed(places: list[int], rows: list[list[Any]]) -> pa.RecordBatch:
    made = batch(rows)
    return pa.record_batch([pa.array(places, pa.int64()), *made.columns], [ROW, *made.schema.names])


def loose(places: list[int], texts: list[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(places, pa.int64()), pa.array(texts, pa.binary())], [ROW, LOOSE])


def test_rows_keep_the_places_that_they_are_told_to_have() -> None:
    messages = [
        Sheet("a", None, "xlsx"),
        placed([1, 3, 4, 9], [["名单", "", ""], ["姓名", "手机号", ""], *PEOPLE]),
        placed([20, 21], [["王五", "13712345678", ""], ["赵六", "13612345678", ""]]),
        loose([21], ["x"]),
    ]
    batches, issues = read(messages)
    assert not issues
    # One less below the header, which is not counted.
    assert [number for number, _ in rows_of(batches)] == [1, 3, 8, 19, 20]
    told = [each for each in batches if each.loose is not None and each.loose_rows is not None]
    found = [(each.loose_rows.tolist(), each.loose.text(0)) for each in told]  # type: ignore[union-attr]
    assert found == [([20], "x")]


@pytest.mark.parametrize("first", [3, 300])
def test_a_table_grows_with_its_rows(first: int) -> None:
    many = [[f"张{place}", f"138{place:08}"] for place in range(first)]
    messages = [
        Sheet("a", None, "xlsx"),
        batch([["姓名", "手机号"], *many]),
        batch([["李", "13912345678", "", "备注"]]),
        batch([["王", "13712345678"]]),
    ]
    batches, issues = read(messages)
    assert not issues
    assert batches[-1].table.columns == ("姓名", "手机号", None, None)
    assert rows_of(batches)[-2:] == [
        (first, ["李", "13912345678", "", "备注"]),
        (first + 1, ["王", "13712345678", "", ""]),
    ]


def test_a_sheet_of_loose_text_alone() -> None:
    batches, issues = read([Sheet("a", None, "xlsx"), loose([5], ["13812345678"])])
    assert not issues
    assert [(each.size, each.loose.text(0) if each.loose else None) for each in batches] == [
        (0, "13812345678")
    ]
