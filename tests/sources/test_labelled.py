"""Text of labels and values: which texts are read so, what their rows are, and that no byte of them is lost."""

from __future__ import annotations

import csv
import io
from itertools import product
from pathlib import Path

import pytest
from fixtures_reference import made as made_dump
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_file import MemoryFile
from running import command, scanned
from test_delimited import Seen
from test_dialect import people, values

from scanner.columns.headers import is_header_word
from scanner.model import Issue, ReadOptions
from scanner.sources.delimited import DelimitedSource
from scanner.sources.labelled import find_labels

A, B, C = "13912345678", "13812345679", "13712345670"
BLOCKS = f"姓名: 王小明\n手机: {A}\n\n姓名: 李小红\n手机: {B}\n"


def read(text: str, block: int = 1 << 20, longest: int = 64 << 20, **options: object) -> Seen:
    seen = Seen()
    source = DelimitedSource(is_header_word, values, longest)
    given_options = ReadOptions(block_size=block, **options)  # type: ignore[arg-type]
    for item in source.batches(MemoryFile(text.encode()), given_options):
        if isinstance(item, Issue):
            seen.issues.append(item)
        else:
            seen.add(item)
    return seen


def rows(seen: Seen) -> list[dict[str | None, str]]:
    (table,) = seen.tables
    found = []
    for _, cells in seen.rows:
        row: dict[str | None, str] = {}
        for name, cell in zip(table.columns, cells, strict=True):
            if cell:
                row[name] = f"{row[name]}+{cell}" if name in row else cell
        found.append(row)
    return found


READ = [
    # text, rows, what is no cell
    (BLOCKS, [{"姓名": "王小明", "手机": A}, {"姓名": "李小红", "手机": B}], []),
    (BLOCKS.replace("\n\n", "\n"), [{"姓名": "王小明", "手机": A}, {"姓名": "李小红", "手机": B}], []),
    (BLOCKS.replace("\n", "\r\n"), [{"姓名": "王小明", "手机": A}, {"姓名": "李小红", "手机": B}], []),
    (f"姓　名：王小明\n电　话：{A}\n======\n姓　名：李小红\n电　话：{B}",
     [{"姓名": "王小明", "电话": A}, {"姓名": "李小红", "电话": B}], []),
    (f"姓名：王小明，电话：{A}，住址：杭州\n姓名：李小红，电话：{B}，住址：宁波\n",
     [{"姓名": "王小明", "电话": A, "住址": "杭州"}, {"姓名": "李小红", "电话": B, "住址": "宁波"}], []),
    (f"【姓名】王小明【电话】{A}\n【姓名】李小红【电话】{B}\n",
     [{"姓名": "王小明", "电话": A}, {"姓名": "李小红", "电话": B}], []),
    (f"*** 1. row ***\n   name: 王小明\n  phone: {A}\n*** 2. row ***\n   name: 李小红\n  phone: {B}\n2 rows in set\n",
     [{"name": "王小明", "phone": A}, {"name": "李小红", "phone": B}], ["2 rows in set"]),
    (f"users:\n  - name: 王小明\n    phone: \"{A}\"\n  - name: 李小红\n    phone: '{B}'\n",
     [{"name": "王小明", "phone": A}, {"name": "李小红", "phone": B}], []),
    (f"09:01 INFO login phone={A} name=王小明\n09:02 INFO login phone={B} name=李小红\n",
     [{None: "09:01 INFO login", "phone": A, "name": "王小明"},
      {None: "09:02 INFO login", "phone": B, "name": "李小红"}], []),
    (f"1、姓名：王小明\n电话：{A}\n电话：{C}\n2、姓名：李小红\n电话：{B}\n",
     [{"姓名": "王小明", "电话": f"{A}+{C}"}, {"姓名": "李小红", "电话": B}], []),
    (f"姓名：\n电话：{A}\n姓名：李小红\n电话：{B}\n", [{"电话": A}, {"姓名": "李小红", "电话": B}], []),
    (f"姓名：王小明\n电话：{A}\n备注：电话：{C}\n", [{"姓名": "王小明", "电话": A, "备注": f"电话：{C}"}], []),
    (f"姓名：王小明\n电话：{A}\n性别：男\n身份证号：\n来自王五 {C}\n",
     [{"姓名": "王小明", "电话": A, "性别": "男"}], [f"来自王五 {C}"]),
    (f"[u1]\nname=王小明\nphone={A}\n\n[u2]\nname=李小红\nphone={B}\n",
     [{None: "[u1]", "name": "王小明", "phone": A}, {None: "[u2]", "name": "李小红", "phone": B}], []),
    (f"[[users]]\nname = \"王小明\"\nphone = \"{A}\"\n[[users]]\nname = \"李小红\"\nphone = \"{B}\"\n",
     [{None: "[[users]]", "name": "王小明", "phone": A}, {None: "[[users]]", "name": "李小红", "phone": B}], []),
    (f"[{C}]\nphone={A}\nname=王小明\n[{B}]\nname=李小红\nphone={B}\n",
     [{None: f"[{C}]", "phone": A, "name": "王小明"}, {None: f"[{B}]", "name": "李小红", "phone": B}], []),
    (f"user {{\n  name: \"王小明\"\n  phone: \"{A}\"\n}}\nuser {{\n  name: \"李小红\"\n  phone: \"{B}\"\n}}\n",
     [{None: "user {", "name": "王小明", "phone": A}, {None: "user {", "name": "李小红", "phone": B}], []),
    (f"-[ RECORD 1 ]----\nname  | 王小明\nphone | {A}\n-[ RECORD 2 ]----\nname  | 李小红\nphone | {B}\n",
     [{None: "-[ RECORD 1 ]----", "name": "王小明", "phone": A},
      {None: "-[ RECORD 2 ]----", "name": "李小红", "phone": B}], []),
    (f"(\n  [0] => Array\n  (\n    [name] => 王小明\n    [phone] => {A}\n  )\n\n"
     f"  [1] => Array\n  (\n    [name] => 李小红\n    [phone] => {B}\n  )\n\n)\n",
     [{None: "[0] => Array"}, {"name": "王小明", "phone": A}, {None: "[1] => Array"}, {"name": "李小红", "phone": B}],
     []),
    (f"简历\n姓名：王小明  手机：{A}\n邮箱：a@example.com\n紧急时找王五 {C}\n\n"
     f"简历\n姓名：李小红  手机：{B}\n邮箱：b@example.com\n性别：女\n2018-2020 会计\n",
     [{None: "简历"}, {"姓名": "王小明", "手机": A, "邮箱": "a@example.com"},
      {None: f"紧急时找王五 {C}"}, {None: "简历"}, {"姓名": "李小红", "手机": B, "邮箱": "b@example.com", "性别": "女"},
      {None: "2018-2020 会计"}], []),
    (f"contact {{\n  name: x\n}}\ncontact {{\n  phone: {A}\n}}\n",
     [{"name": "x", "phone": A}], ["contact {", "contact {"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "beside"), READ, ids=range(len(READ)))
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_rows(text: str, expected: list[dict[str | None, str]], beside: list[str], block: int) -> None:
    seen = read(text, block)
    assert rows(seen) == expected
    assert [each for _, each in seen.loose] == beside
    assert seen.tables[0].why is not None
    assert (seen.tables[0].why.delimiter, seen.tables[0].has_header) == ("labelled", False)
    numbers = sorted([number for number, _ in seen.rows] + [number for number, _ in seen.loose])
    assert numbers == [*range(len(numbers))]
    assert seen.bytes_read == len(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(",".join(row) for row in people(20)),
        f"姓名,手机\n王小明,{A}\n",
        f"王小明 2024-01-01 12:00:00\n你好\n李小红 2024-01-01 12:01:00\n电话：{A}\n在吗\n",
        f"姓名 王小明\n手机 {A}\n",
        "foo: a\nbar: 1\n",
        "http://a.cn/x\nhttp://a.cn/y\n",
        f"地址：杭州\n{A}\n{B}\n",
        f"{A}:abc\n{B}:def\n",
        "".join(
            f"客户{w}姓名：x，客户{w}电话：y\n" for w in map("".join, product("abcdefghijklmnopqr", repeat=2))
        ),
        "",
        "\n\n",
    ],
)
def test_other_text_is_not_read_so(text: str) -> None:
    assert find_labels(text, is_header_word) is None


def test_who_says_how_a_text_is_delimited_is_heard() -> None:
    options: list[dict[str, object]] = [
        {"delimiter": ":"},
        {"delimiter": ""},
        {"header": True},
        {"quote": '"'},
    ]
    for each in options:
        (table,) = read(BLOCKS, **each).tables
        assert table.why is not None
        assert table.why.delimiter != "labelled"


def logged(objects: int, others: int, text: str = "2024-05-01 10:00:07 ERROR no user") -> str:
    """Lines that end with an object, and others, spread evenly."""
    lines, total = [], objects + others
    for n in range(total):
        is_other = n * others // total != (n + 1) * others // total
        person = f'{{"user":{{"name":"王小明","phone":"1391234{n:04}"}},"ok":true}}'
        lines.append(text if is_other else f"2024-05-01 10:00:07 INFO {person}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("objects", "others", "is_log"), [(30, 0, True), (30, 3, True), (30, 30, True), (30, 59, True), (30, 62, False),
                                      (3, 2, True), (2, 2, False)],
)  # fmt: skip
@pytest.mark.parametrize("block", [7, 1000, 1 << 20])
def test_objects_behind_text_in_logs(objects: int, others: int, is_log: bool, block: int) -> None:
    """A third of the lines is enough, and the other lines are rows as well."""
    text = logged(objects, others)
    seen = read(text, block)
    assert (len(seen.rows), seen.loose, seen.issues, seen.bytes_read) == (
        objects + others,
        [],
        [],
        len(text.encode()),
    )
    assert [number for number, _ in seen.rows] == [*range(objects + others)]
    if not is_log:
        assert "phone" not in seen.tables[0].columns
        return
    found = rows(seen)
    people = [row for row in found if "phone" in row]
    assert {row["name"] for row in people} == {"王小明"}
    assert len({row["phone"] for row in people}) == len(people) == objects
    assert [row for row in found if "phone" not in row] == [
        {None: "2024-05-01 10:00:07 ERROR no user"}
    ] * others


def test_a_table_with_objects_in_its_last_column_stays_one() -> None:
    for sign in (",", "\t", "|"):
        lines = [
            sign.join([str(n), "李小红", f"1391234{n:04}", '{"name":"王小明"}' if n % 2 else "-"])
            for n in range(40)
        ]
        (table,) = read("\n".join(lines)).tables
        assert (table.delimiter, len(table.columns)) == (sign, 4)


def test_lines_may_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(BLOCKS)
    document = command("scan", path, "--delimiter", "none", "-f", "json").document
    [entry] = document["inputs"]
    assert (entry["format"], entry["delimiter"], entry["why"]["delimiter"]) == ("delimited", None, "given")
    assert [column["name"] for column in document["columns"]] == [None]
    assert document["options"]["delimiter"] == ""


def test_a_line_too_long_ends_a_row_and_is_read_in_pieces() -> None:
    text = BLOCKS + "姓名：赵六\n备注：" + "长" * 2000 + f"\n手机：{C}\n"
    one = read(text, 1 << 20, longest=1000)
    assert rows(one) == [
        {"姓名": "王小明", "手机": A},
        {"姓名": "李小红", "手机": B},
        {"姓名": "赵六"},
        {"手机": C},
    ]
    assert "".join(each for _, each in one.loose) == "备注：" + "长" * 2000
    assert any("longer" in issue.what or "more than 1000" in issue.what for issue in one.issues)
    for block in (1, 100, 3000):
        other = read(text, block, longest=1000)
        assert (other.rows, [number for number, _ in other.loose]) == (one.rows, [n for n, _ in one.loose])


def test_a_row_ends_where_long_text_without_a_label_follows() -> None:
    text = BLOCKS.replace("\n\n", "\n") * 50 + "".join(f"第 {n} 行\n" for n in range(40)) + f"手机: {C}\n"
    assert rows(read(text))[-1] == {"手机": C}
    assert len(read(text).loose) == 40


PIECES = st.sampled_from(
    ["姓名", "手机", "：", ":", "=", "\n", "\n\n", "\r\n", " ", "　", "，", "【姓名】", "- ", "1. ", "----", "王小明",
     A, B, "备注", "x", '"', "\x00", "name", "=>", "姓名：王小明\n", f"手机：{A}\n", "é", "。"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 60), st.sampled_from([20, 60, 1 << 20]))
def test_blocks_change_nothing_and_no_byte_is_lost(text: str, block: int, longest: int) -> None:
    text = BLOCKS * 8 + text
    if find_labels(text, is_header_word) is None:
        return
    one, other = read(text, 1 << 20, longest), read(text, block, longest)
    assert (other.rows, other.loose, other.places, other.blank) == (
        one.rows,
        one.loose,
        one.places,
        one.blank,
    )
    assert (other.loose_places, other.bytes_read) == (one.loose_places, one.bytes_read)
    held = sum(text.count(A) for _, cells in one.rows for text in cells) + sum(
        text.count(A) for _, text in one.loose
    )
    raw = text.encode()
    assert held == text.count(A) or longest < len(raw)  # which may cut a number
    for (_, cells), places in zip(one.rows, one.places, strict=True):
        for cell, place in zip(cells, places, strict=True):
            assert not cell or raw[place:].startswith(cell.encode())


def test_a_person_is_a_row(tmp_path: Path) -> None:
    """The command counts those whose name and phone stand below each other as persons with contact details."""
    file = tmp_path / "people.txt"
    file.write_text(
        "".join(f"姓名：{name}\n电话：139{n:08}\n\n" for n, name in enumerate(["王小明", "李小红"], 1))
    )
    document = scanned(file)
    (entry,) = document["inputs"]
    assert (entry["format"], entry["delimiter"], entry["rows"], entry["rows_damaged"]) == (
        "delimited",
        None,
        2,
        0,
    )
    assert [column["name"] for column in document["columns"]] == ["姓名", "电话"]
    (contact,) = [name for name, each in document["categories"].items() if each["counted"]]
    assert document["categories"][contact]["persons"] == 2


STYLES = {  # a pair, what stands between pairs, and behind a row
    "below each other": ("{}：{}", "\n", "\n\n"),
    "without blank lines": ("{}: {}", "\n", "\n"),
    "in a line": ("{}：{}", "，", "\n"),
    "framed": ("【{}】{}", "", "\n"),
}


def labelled(heads: list[str], body: list[list[str]], style: str) -> str:
    pair, between, end = STYLES[style]
    return "".join(between.join(map(pair.format, heads, row)) + end for row in body)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_table_counts_the_same_with_labels(tmp_path: Path, style: str, encoding: str) -> None:
    """The same persons, written as a table or with labels, make the same counts of everything."""
    dump = made_dump(tmp_path, "--rows", "400", "--seed", "11", "--remarks", "0")
    heads, *body = csv.reader(io.StringIO(dump.read_text("utf-8")))
    counted = []
    for name, text in (
        ("table.csv", "".join("\t".join(row) + "\n" for row in [heads, *body])),
        ("labels.txt", labelled(heads, body, style)),
    ):
        (tmp_path / name).write_bytes(text.encode(encoding))
        document = scanned(tmp_path / name)
        columns = {
            column["name"]: {each["label"]: (each["valid"], each["distinct"]) for each in column["labels"]}
            for column in document["columns"]
        }
        counted.append((document["inputs"][0]["rows"], document["categories"], document["verdicts"], columns))
    assert counted[1] == counted[0]


def test_a_title_above_few_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("个人简历\n姓名：张伟\n手机：13812345678\n住址：北京市朝阳区建国路88号\n")
    document = scanned(path)
    assert document["labels"]["person_name"]["distinct"] == 1
    assert (document["inputs"][0]["status"], document["records"]["identifiable"]) == ("complete", 1)


@pytest.mark.parametrize("first", ["c.x.Dao : ", "user="])
@pytest.mark.parametrize("others", [0, 1])
def test_text_in_front_of_a_label_without_a_value_is_a_cell(first: str, others: int) -> None:
    lines = []
    for n in range(20):
        lines.append(
            f'2024-05-01 10:00:{n:02} INFO [exec] {first}req={{"name": "王小明", "phone": "1391380{n:04}"}} cost=3'
        )
        lines += [f"2024-05-01 10:00:{n:02} INFO [main] {first}start {n}"] * others
    seen = read("\n".join(lines) + "\n")
    assert (len(seen.rows), seen.loose) == (len(lines), [])
    told = [row for row in rows(seen) if row.get("phone")]
    assert [row["phone"].strip('}"') for row in told] == [f"1391380{n:04}" for n in range(20)]
    assert all((row[None] or "").startswith("2024-05-01 10:00:") for row in told)
