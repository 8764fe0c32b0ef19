"""PDF documents: lines and tables as they stand on pages, over pages; and what is told of all that was not read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pdf_files
import pytest
from pdf_files import Page
from running import command, scanned

from scanner.sources import pdf_reader
from scanner.sources.messages import Trouble
from scanner.sources.pdf_layout import Char, Line, Rule, Table, lines_of, parts_of

HEADS = ("姓名", "手机号码", "地址")
PEOPLE = [
    ("王小明", "13812345678", "北京市海淀区中关村大街1号"),
    ("李小四", "", "上海市浦东新区世纪大道100号"),
    ("张伟", "13912345679", ""),
    ("陈娜", "13712345670", "广州市天河区体育西路3号"),
]
LEFTS = (50, 150, 300)


def chars(*texts: tuple[float, float, str], size: float = 10) -> list[Char]:
    """Characters of texts at (left, bottom): those of ASCII are half as wide."""
    found = []
    for left, bottom, text in texts:
        for each in text:
            wide = size / 2 if each.isascii() else size
            found.append(Char(each, left, left + wide, bottom, bottom + size))
            left += wide
    return found


def told(*texts: tuple[float, float, str], rules: tuple[Rule, ...] = ()) -> list[Any]:
    """Lines as texts, tables as rows."""
    found = parts_of(lines_of(chars(*texts)), rules)
    return [part.text if isinstance(part, Line) else part.rows for part in found]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        ([(0, 50, "电话"), (20, 50, "13812345678")], ["电话13812345678"]),
        ([(0, 50, "no. 5 of"), (46, 51, "2026")], ["no. 5 of 2026"]),
        ([(0, 50, "下"), (0, 80, "上")], ["上", "下"]),
        # One line with a gap is no table.
        ([(0, 50, "姓名"), (100, 50, "电话")], ["姓名 电话"]),
        (
            [(0, 50, "姓名   电话"), (0, 30, "张伟   1"), (0, 10, "王芳   2")],
            [[["姓名", "电话"], ["张伟", "1"], ["王芳", "2"]]],
        ),
        # What is missing leaves its place empty.
        (
            pdf_files.table([("a", "b", "c"), ("d", "", "f"), ("g", "h", "")], LEFTS),
            [[["a", "b", "c"], ["d", "", "f"], ["g", "h", ""]]],
        ),
        # Lines of one cell are further lines of the nearest row, above and below.
        (
            [
                (0, 88, "北京"),
                (0, 76, "路1号"),
                (100, 82, "张伟"),
                (100, 40, "王芳"),
                (200, 40, "2"),
                (200, 82, "1"),
            ],
            [[["北京路1号", "张伟", "1"], ["", "王芳", "2"]]],
        ),
        # A title, a table and a line below it.
        (
            [(0, 200, "名单"), *pdf_files.table([("a", "b"), ("c", "d")], (0, 100), top=120), (0, 0, "完")],
            ["名单", [["a", "b"], ["c", "d"]], "完"],
        ),
        # Two paragraphs whose gaps lie at different places are no table.
        (
            [(0, 50, "甲乙丙"), (100, 50, "丁"), (0, 30, "甲"), (20, 30, "丁" * 9)],
            ["甲乙丙 丁", "甲 " + "丁" * 9],
        ),
    ],
)
def test_what_stands_on_a_page(texts: list[tuple[float, float, str]], expected: list[Any]) -> None:
    assert told(*texts) == expected


def test_rows_lie_between_rules() -> None:
    """However many lines their cells have, and wherever these stand in them."""
    rules = tuple(Rule(0, 300, height) for height in (100, 80, 40, 10))
    texts = [
        (10, 85, "姓名"), (100, 85, "住址"), (10, 60, "张伟"), (100, 68, "北京市"), (100, 56, "长安街"),
        (100, 44, "1号"), (10, 26, "欧阳"), (10, 14, "小明"), (100, 20, "上海市"), (10, 150, "名单"),
    ]  # fmt: skip
    assert told(*texts, rules=rules) == [
        "名单",
        [["姓名", "住址"], ["张伟", "北京市长安街1号"], ["欧阳小明", "上海市"]],
    ]


def test_a_frame_around_a_page_is_no_table() -> None:
    frame = (Rule(0, 300, 200), Rule(0, 300, 0))
    assert told((10, 150, "甲"), (10, 100, "乙"), rules=frame) == ["甲", "乙"]


def test_columns_go_on_over_pages() -> None:
    first, second = (
        [*pdf_files.table(rows, LEFTS)] for rows in ([HEADS, *PEOPLE[:2]], [PEOPLE[2], PEOPLE[2]])
    )
    (table,) = parts_of(lines_of(chars(*first)))
    assert isinstance(table, Table)
    (further,) = parts_of(lines_of(chars(*second)), (), table.columns)
    assert isinstance(further, Table)
    assert further.rows == [["张伟", "13912345679", ""]] * 2


def saved(path: Path, *pages: Page, **more: Any) -> Path:
    path.write_bytes(pdf_files.document(pages, **more))
    return path


def test_a_table_over_pages_is_one(tmp_path: Path) -> None:
    title = (50.0, 810.0, "客户资料一览（2026年）")
    document = scanned(
        saved(
            tmp_path / "a.pdf",
            Page([title, *pdf_files.table([HEADS, *PEOPLE[:2]], LEFTS)]),
            Page(pdf_files.table(PEOPLE[2:], LEFTS)),
        )
    )
    assert document["inputs"][0]["status"] == "complete"
    assert document["inputs"][0]["format"] == "pdf"
    columns = {column["name"]: column for column in document["columns"] if column["table"] == "tables"}
    assert list(columns) == list(HEADS)
    assert [columns[name]["nonempty"] for name in HEADS] == [4, 3, 3]
    assert document["labels"]["person_name"]["distinct"] == 4
    assert document["labels"]["mobile_phone"]["distinct"] == 3
    assert document["subjects"]["distinct"] == 3


def test_the_text_of_a_page_is_read_in_lines(tmp_path: Path) -> None:
    lines = ["申请人：王小明", "身份证号：110101199003071233，电话13812345678", "𠮷野家"]
    page = Page([(50, 800 - 20 * at, text) for at, text in enumerate(lines)])
    document = scanned(saved(tmp_path / "a.pdf", page))
    assert document["records"]["rows"] == 3
    assert {name for name, label in document["labels"].items() if label["matches"]} >= {
        "resident_id",
        "mobile_phone",
    }


def test_pages_without_text_are_told(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.pdf", Page([(50, 800, "电话13812345678")]), Page(picture=True), Page(picture=True)
    )
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "partial"
    assert "2 pages hold no text but pictures, which were not read" in str(entry)


def test_attached_files_are_members(tmp_path: Path) -> None:
    attached = "姓名,手机号\n张伟,13812345678\n王芳,13912345679\n".encode()
    path = saved(tmp_path / "a.pdf", Page([(50, 800, "见附件")]), attached=attached)
    document = scanned(path)
    assert [(entry["member"], entry["status"]) for entry in document["inputs"]] == [
        (None, "complete"),
        ("a.csv", "complete"),
    ]
    assert document["labels"]["mobile_phone"]["distinct"] == 2


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ((), 3, "is encrypted; give its password with --password"),
        (("--password", "wrong"), 3, "is encrypted, and none of the passwords given opens it"),
        (("--password", "wrong", "--password", "open"), 0, ""),
    ],
)
def test_a_password_opens_it(tmp_path: Path, given: tuple[str, ...], code: int, said: str) -> None:
    path = saved(tmp_path / "a.pdf", Page([(50, 800, "电话13812345678")]), password=b"open")
    ended = command("scan", path, "-f", "json", *given)
    assert ended.code == code
    assert said in ended.err
    assert ended.document["labels"].get("mobile_phone", {}).get("distinct", 0) == (code == 0)


def test_what_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = pdf_files.document([Page([(50, 800, "电话13812345678")]), Page([(50, 800, "电话13912345678")])])
    path = tmp_path / "a.pdf"
    path.write_bytes(whole[:-8])
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "partial"
    assert "does not end as a PDF document does" in str(entry)
    path.write_bytes(b"%PDF-1.7\nno document at all\n%%EOF\n")
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "failed"
    assert "is not a whole PDF document" in str(entry)


def test_without_the_library_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "pypdfium2", None)
    (trouble,) = pdf_reader.read(io.BytesIO(b"%PDF-1.7"), 0, {"passwords": [], "cell": 1 << 20})
    assert trouble == Trouble("is a PDF document; to read it, install leaktally[pdf]", fatal=True)
