"""Office documents are read as their paragraphs and the rows of their tables."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from archive_files import read, zipped
from hypothesis import given
from hypothesis import strategies as st
from running import TODAY_OPTION, command

from scanner.errors import SourceError
from scanner.sources.archives.office_text import lines_of

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def text(xml: str, step: int = 1 << 16) -> str:
    stream = io.BytesIO(xml.encode())
    return b"".join(lines_of(lambda _: stream.read(step))).decode()


def word(body: str) -> str:
    return f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'


def run(*parts: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in parts) + "</w:p>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{run(*cell.split('|'))}</w:tc>" for cell in cells) + "</w:tr>"


@pytest.mark.parametrize(
    ("xml", "lines"),
    [
        (word(run("电话 138", "0013", "8000") + run("二")), ["电话 13800138000", "二"]),
        (word(f"<w:tbl>{row('姓名', '手机')}{row('张|三', '138|00')}</w:tbl>"), ["姓名\t手机", "张三\t13800"]),
        (word(f"<w:tr><w:tc>{run('一')}{run('二')}</w:tc><w:tc/></w:tr>"), ["一 二"]),
        (word("<w:tr><w:tc/><w:tc>" + run("x") + "</w:tc></w:tr>"), ["\tx"]),
        (word("<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>"), ["a", "b\tc"]),
        (word("<w:p><w:instrText>HYPERLINK x</w:instrText><w:t>y</w:t></w:p>"), ["y"]),
        (word(""), []),
        ("<core><creator>张三</creator><by>李四</by></core>", ["张三", "李四"]),
        ('<a:p xmlns:a="d"><a:r><a:t>一</a:t></a:r><a:r><a:t>二</a:t></a:r></a:p>', ["一二"]),
        ("<table-row><table-cell><p>a</p></table-cell><table-cell><p>b</p></table-cell></table-row>", ["a\tb"]),
        ("<p>&#20013;&amp;&lt;</p>", ["中&<"]),
    ],
)  # fmt: skip
def test_lines(xml: str, lines: list[str]) -> None:
    assert text(xml).splitlines() == lines
    assert text(xml, 7).splitlines() == lines


def test_rows_and_paragraphs_apart() -> None:
    xml = word(run("一") + "<w:tbl>" + row("姓名", "手机") + "</w:tbl>" + run("二")).encode()
    for rows, lines in ((False, "一\n二\n"), (True, "姓名\t手机\n\n"), (None, "一\n姓名\t手机\n二\n")):
        assert b"".join(lines_of(io.BytesIO(xml).read, rows)).decode() == lines


def test_damage_is_told_behind_what_came_before() -> None:
    def all_of(xml: str) -> Iterator[bytes]:
        yield from lines_of(io.BytesIO(xml.encode()).read)

    lines = all_of(word(run("一")).replace("</w:body>", "</w:other>"))
    assert next(lines) == "一\n".encode()
    with pytest.raises(SourceError, match="XML that is damaged"):
        next(lines)


def test_entities_are_refused() -> None:
    laughs = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><p>&b;</p>'
    with pytest.raises(SourceError, match="declares entities of its own"):
        text(laughs)


def test_a_row_that_never_ends_is_not_held() -> None:
    xml = word("<w:tr>" + "".join(f"<w:tc>{run('0123456789' * 100)}</w:tc>" for _ in range(5000)))
    stream, held = io.BytesIO(xml.encode()), []
    with pytest.raises(SourceError):
        held.extend(len(piece) for piece in lines_of(stream.read))
    assert len(held) > 3
    assert max(held) < 3_000_000


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9), max_size=9))
def test_any_text_comes_out(parts: list[str]) -> None:
    from xml.sax.saxutils import escape

    assert text(word("".join(run(escape(part)) for part in parts))).splitlines() == parts


def made(rows: int) -> bytes:
    """A list of people in a table of a text document."""
    document = docx.Document()
    document.add_heading("客户名单")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "姓名", "手机号"
    for number in range(rows):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = f"王{chr(0x4E00 + number)}", f"138{number * 7919 + 10**7:08}"
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_a_table_of_people_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "名单.docx"
    path.write_bytes(made(60))
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    document = ended.document
    assert document["labels"]["mobile_phone"]["distinct"] == 60
    assert document["categories"]["contact"]["distinct"] == 60
    at, part = next(
        pair for pair in enumerate(document["inputs"]) if pair[1]["member"] == "word/document.xml"
    )
    assert (part["status"], part["rows"]) == ("complete", 61)  # a paragraph and the rows below the header
    tables = [(column["table"], column["name"]) for column in document["columns"] if column["input"] == at]
    assert tables == [(None, None), ("tables", "姓名"), ("tables", "手机号")]
    assert {entry["status"] for entry in document["inputs"]} == {"complete"}
    preview = next(e for e in document["inputs"] if e["member"] == "docProps/thumbnail.jpeg")
    assert ended.code == 0
    assert [issue["input"] for issue in document["issues"]] == [document["inputs"].index(preview)]
    assert document["inputs"][0]["format"] == "office"


def test_persons_of_tables_and_forms(tmp_path: Path) -> None:
    """Tables of several widths in one document, and a form: each has its own columns."""
    tables = [
        [["姓名", "手机号"], ["张伟", "13812345678"], ["王芳", "13912345678"]],
        [
            ["联系电话", "联系人", "部门"],
            ["13712345678", "李娜", "财务部"],
            ["13612345678", "刘洋", "财务部"],
        ],
        [["姓名", "手机号"], ["陈静", "13512345678"]],
    ]
    form = [["姓名", "赵敏", "性别", "女"], ["联系电话", "15012345678"], ["住址", "北京市朝阳区建国路88号"]]
    for name, held, count in (("tables", tables, 5), ("form", [form], 1)):
        path = tmp_path / f"{name}.docx"
        body = "".join(f"<w:tbl>{''.join(row(*cells) for cells in rows)}</w:tbl>{run('附')}" for rows in held)
        path.write_bytes(zipped(("word/document.xml", word(body).encode())))
        ended = command("scan", path, "-f", "json", *TODAY_OPTION)
        assert ended.document["labels"]["person_name"]["distinct"] == count
        assert ended.document["subjects"]["distinct"] == count
        assert ended.code == 0


def test_a_file_named_like_a_picture_of_the_first_page_is_read() -> None:
    """Only a picture is passed over."""
    data = zipped(("word/document.xml", word(run("x")).encode()), ("docProps/thumbnail.png", b"a,b\n1,2\n"))
    own, part, inside = read(data)
    assert (own.format, part.content, inside.content) == ("office", b"x\n", b"a,b\n1,2\n")


def test_what_is_embedded_is_read_as_what_it_is() -> None:
    data = zipped(("word/document.xml", word(run("x")).encode()), ("word/embeddings/1.bin", b"a,b\n1,2\n"))
    own, part, inside = read(data)
    assert (own.format, part.content, inside.content) == ("office", b"x\n", b"a,b\n1,2\n")


def test_open_document() -> None:
    mark = ("mimetype", b"application/vnd.oasis.opendocument.text")
    body = "<o:text xmlns:o='o' xmlns:t='t'><t:p>电话<t:span>138</t:span>0013</t:p><t:h>题</t:h></o:text>"
    own, _, part = read(zipped(mark, ("content.xml", body.encode()), method=0))
    assert own.format == "office"
    assert part.content.decode() == "电话1380013\n题\n"
    assert part.sound
