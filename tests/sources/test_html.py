"""HTML as sheets: tables by cells, the rest as loose lines, and nothing lost where tags are missing."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
import pytest
from growth import is_linear
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.sources import html_reader
from scanner.sources.messages import LOOSE, Sheet, Trouble
from scanner.sources.text_kinds import is_html

Tables = dict[str | None, list[list[str]]]


def read(data: bytes) -> tuple[Tables, list[str]]:
    tables: Tables = {}
    loose: list[str] = []
    name: str | None = ""
    for message in html_reader.read(io.BytesIO(data), 0, {"cell": 1 << 20}):
        if isinstance(message, Sheet):
            name = message.name
        elif isinstance(message, pa.RecordBatch):
            columns = [
                [(text or b"").decode() for text in column.to_pylist()] for column in message.columns[1:]
            ]
            assert message.schema.names[1:] != [LOOSE]
            if name is None:
                loose += columns[0]
            else:
                tables.setdefault(name, []).extend(map(list, zip(*columns, strict=True)))
    return tables, loose


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        (
            "<table><tr><td>姓名</td><td>电话</td></tr><tr><td>张三</td><td>1</td></tr></table>",
            [["姓名", "电话"], ["张三", "1"]],
        ),
        ("<TABLE><TR><TD>a<TD>b<TR><TD>c<TD>d", [["a", "b"], ["c", "d"]]),
        ("<table><tr><td colspan=2>a</td><td>b</td></tr></table>", [["a", "", "b"]]),
        ("<table><tr><th> a\n  b </th><td>c<br>d</td></tr></table>", [["a b", "c\nd"]]),
        ("<table><tr><td>&#24352;&lt;&nbsp;x</td></tr></table>", [["张< x"]]),
        (
            "<table><tr><td> 张\u3000三 \n</td><td>\u3000</td><td>x</td></tr></table>",
            [["张\u3000三", "", "x"]],
        ),
        ('<table><tr><td x:num="13812345678">1.38E+10</td></tr></table>', [["13812345678"]]),
        ("<table><tr><td><b>a</b><i>b</i></td></tr></table>", [["ab"]]),
        ("<table><tr><td>a<style>x('</td>')</style>b</td></tr></table>", [["ab"]]),
    ],
)
def test_tables(page: str, rows: list[list[str]]) -> None:
    assert read(page.encode()) == ({"table 1": rows}, [])


def test_scripts_are_lines() -> None:
    """Also a long one, in pieces between its values, and one in a table."""
    phones = [f"1381{number:07}" for number in range(40_000)]
    page = f"<table><tr><td>a<script>x('</td>',{','.join(phones)})\ny = 1</script>b</td></tr></table>"
    tables, lines = read(page.encode())
    assert tables == {"table 1": [["ab"]]}
    assert "y = 1" in lines
    assert {*phones} <= {*re.findall("[0-9]{11}", "\n".join(lines))}
    assert read(b"<script>var phone = '13800138000'")[1] == ["var phone = '13800138000'"]


def test_tables_in_tables_and_text_around_them() -> None:
    page = (
        "<html><head><title>名单</title></head><body>电话 1<p>2</p><table><tr><td>a"
        "<table><tr><td>b</td></tr></table>c</td><td>d</td></tr></table>"
        '3 &amp; <a href="mailto:x@example.com">y</a></body>'
    )
    tables, loose = read(page.encode("gb18030"))
    assert tables == {"table 1": [["ac", "d"]], "table 2": [["b"]]}
    assert [line for line in loose if line != "mailto:x@example.com"] == ["名单", "电话 1", "2", "3 & y"]
    assert "mailto:x@example.com" in loose


@given(
    st.lists(
        st.sampled_from(
            ["<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<", ">", "<!--", "<script", "&", "<b>"]
        )
    )
)
def test_no_text_is_lost_whatever_the_tags(tags: list[str]) -> None:
    marks = [f"m{place}m" for place in range(len(tags) + 1)]
    page = marks[0] + "".join(tag + mark for tag, mark in zip(tags, marks[1:], strict=True))
    tables, loose = read(page.encode())
    texts = " ".join([cell for rows in tables.values() for row in rows for cell in row] + loose)
    for mark in marks:
        if any(mark in found.group(0) for found in html_reader.TAG.finditer(page)):
            continue  # it is part of a tag
        assert mark in texts or "<script" in page


@pytest.mark.parametrize("piece", ["<", "<!--", "<table>", "<td", "&", '<a href="', "<tr><td>x"])
def test_time_is_linear(piece: str) -> None:
    assert is_linear(lambda count: read((piece * count).encode()), 20_000, 80_000)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("<html><body>", True),
        ("  <!DOCTYPE html>\n<html>", True),
        ("<table border=1>", True),
        ('<meta http-equiv="Content-Type">', True),
        ("<person>1</person>", False),
        ("name,phone\n<b>", False),
        ("<tableau>", False),
    ],
)
def test_what_is_html(head: str, answer: bool) -> None:
    assert is_html(head) is answer


@pytest.mark.parametrize(
    ("page", "cut"),
    [
        ("<table><tr><td>13800138000", True),
        ("<html><body><p>13800138000</p><table><tr><td>1</td></tr>", True),
        ("<table><tr><td>1</td></tr></table", True),
        ("<p>1</p><a href='tel:138", True),
        ("<p>1</p><!-- 13800138000", True),
        ("<p>1</p><script>var phones = ['13800138000'", True),
        ("<table><tr><td>1</td></tr></table>", False),
        ("<p>1</p><p>2", False),
        ("<p>1 < 2", False),
        ("<table><tr><td>1<td>2</body></html>", False),  # badly written, but whole
        ("<script>'</html>'", True),
        ("", False),
    ],
)
def test_a_page_that_ends_too_early_is_told(page: str, cut: bool) -> None:
    messages = html_reader.read(io.BytesIO(page.encode()), 0, {"cell": 1 << 20})
    told = [each.what for each in messages if isinstance(each, Trouble) and each.partial]
    assert told == ["ends within a table, a tag or a script, so it may be cut off"] * cut


def test_a_page_named_as_a_workbook(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>张三</td><td>138000000{place:02}</td></tr>" for place in range(50))
    rows = f"<tr><td>姓名</td><td>手机号</td></tr>{rows}"
    page = f"<html><meta charset=gb2312><body>客服 13912345678<table>{rows}</table>"
    (tmp_path / "名单.xls").write_bytes(page.encode("gb18030"))
    document = scanned(tmp_path / "名单.xls")
    (only,) = document["inputs"]
    assert (only["format"], only["status"], only["rows"], only["rows_damaged"]) == ("html", "complete", 51, 0)
    assert document["labels"]["mobile_phone"]["matches"] == 51
    assert [column["name"] for column in document["columns"] if column["table"]] == ["姓名", "手机号"]
