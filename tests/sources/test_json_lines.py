"""JSON records among lines of other text: which texts are such, what their records and lines are, and what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from memory_file import MemoryFile
from running import lasting, scanned
from test_dialect import values

from scanner.columns.headers import is_header_word
from scanner.model import Batch, Issue, ReadOptions
from scanner.sources.json_source import JsonSource
from scanner.sources.text_kinds import text_kind

NAMES = [
    family + given for given in ("小明", "志强", "秀英", "桂兰", "建国") for family in "王李张刘陈杨赵黄周吴"
]
DATED = "2024-05-01 10:00:07 INFO login ok"
PLAIN = "INFO login ok"
Write = Callable[[int], str]


def record(number: int) -> dict[str, object]:
    user = {"name": NAMES[number % 50], "phone": f"1380013{number:04}"}
    return {"ts": "2024-05-01T10:00:00", "level": "INFO", "user": user, "msg": "ok"}


def compact(number: int) -> str:
    return json.dumps(record(number), ensure_ascii=False, separators=(",", ":"))


def tall(number: int) -> str:
    return json.dumps(record(number), ensure_ascii=False, indent=2)


def escaped(number: int) -> str:
    return json.dumps(record(number))


def mixed(records: int, others: int, text: str = DATED, write: Write = compact, first: str = "") -> str:
    """Records and lines of text, spread evenly; ``first``: what the text begins with."""
    total, lines = records + others, [first] if first else []
    for number in range(total):
        is_text = number * others // total != (number + 1) * others // total
        lines.append(text if is_text else write(number))
    return "\n".join(lines) + "\n"


KINDS = [
    # what, text, kind
    ("three of four", mixed(60, 20), "json_among"),
    ("and text comes first", mixed(60, 20, first=DATED), "json_among"),
    ("no dates", mixed(90, 30, PLAIN), "json_among"),
    ("no dates and text comes first", mixed(90, 30, PLAIN, first=PLAIN), "json_among"),
    ("half", mixed(30, 30, first=DATED), "json_among"),
    ("a little more than a third", mixed(30, 58, first=PLAIN), "json_among"),
    ("less than a third", mixed(30, 62, first=PLAIN), "few_among"),
    ("three of a hundred", mixed(3, 97, first=PLAIN), "few_among"),
    ("one in twenty is text", mixed(95, 5), "json_among"),
    ("hardly any is text", mixed(98, 2), "json"),
    ("one line of text, at the top", mixed(60, 0, first=DATED), "json_among"),
    ("in several lines", mixed(10, 10, write=tall, first=DATED), "json_among"),
    ("escapes", mixed(10, 10, write=escaped, first=DATED), "json_among"),
    ("Python", mixed(10, 10, write=lambda n: repr(record(n)), first=DATED), "json_among"),
    ("indented", mixed(10, 10, write=lambda n: "\t" + compact(n), first=DATED), "json_among"),
    ("blank lines", mixed(10, 10, first=DATED).replace("\n", "\n\n"), "json_among"),
    ("CR LF", mixed(10, 10, first=DATED).replace("\n", "\r\n"), "json_among"),
    ("CR", mixed(10, 10, first=DATED).replace("\n", "\r"), "json_among"),
    ("elements in a program", "var x = [\n" + mixed(10, 0, write=lambda n: compact(n) + ",") + "];\n", "json_among"),
    ("three", mixed(3, 0, first=DATED), "json_among"),
    ("two", mixed(2, 0, first=DATED), "delimited"),
    ("one object", f"{DATED}\n{tall(0)}\n{DATED}\n", "delimited"),
    ("a prefix", mixed(30, 0, write=lambda n: f"{DATED} {compact(n)}"), "delimited"),
    ("one value", mixed(30, 0, write=lambda n: f"INFO user={compact(n)}"), "delimited"),
    ("the last column", "id,name,data\n" + mixed(30, 0, write=lambda n: f'{n},李,"{{""a"":{n}}}"'), "delimited"),
    ("the last column without quotes", "id\tname\tdata\n" + mixed(30, 0, write=lambda n: f"{n}\t李\t{compact(n)}"),
     "delimited"),
    ("the first column", "data\tname\n" + mixed(30, 0, write=lambda n: f"{compact(n)}\t李小红"), "delimited"),
    ("the first column without a header", mixed(30, 0, write=lambda n: f"{compact(n)}\t李小红"), "delimited"),
    ("the only column, in quotes", 'data\n' + mixed(30, 0, write=lambda n: f'"{{""a"":{n}}}"'), "delimited"),
    ("identifiers in braces", "id\n" + mixed(30, 0, write=lambda n: f"{{0000-{n:04}-11}}"), "delimited"),
    ("templates", mixed(30, 0, write=lambda n: "{name} {phone}", first="Hello"), "delimited"),
    ("style sheets", mixed(30, 0, write=lambda n: f"a{n}\n{{\n color: red;\n}}", first="body"), "delimited"),
    ("programs", mixed(30, 0, write=lambda n: f"int f{n}()\n{{\n return {n};\n}}", first="/* x */"), "delimited"),
    ("SQL", "INSERT INTO t VALUES\n(1,'\n" + mixed(10, 0) + "');\n", "sql"),
    ("a list", json.dumps([record(n) for n in range(9)], indent=1), "json"),
    ("lines of lists", mixed(5, 5, '["x", "y"]'), "json"),
    ("lines of numbers and texts", mixed(5, 5, '13800138000\n"x"'), "json"),
    ("records that lost their beginnings", mixed(10, 10, compact(5)[30:]), "json"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), [each[1:] for each in KINDS], ids=[each[0] for each in KINDS])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_what_is_read_so(text: str, kind: str, encoding: str) -> None:
    assert text_kind(MemoryFile(text.encode(encoding))) == kind


def read(data: bytes, block: int) -> tuple[list[tuple[object, ...]], list[str], int]:
    """(table, number, cells, places) of each row and damaged line, what is said, and the bytes that were read."""
    rows: list[tuple[object, ...]] = []
    said, size = [], 0
    source = JsonSource(is_header_word, values, among=True)
    for item in source.batches(MemoryFile(data), ReadOptions(block_size=block)):
        if isinstance(item, Issue):
            said.append(item.what)
            continue
        assert isinstance(item, Batch)
        size += item.bytes_read
        first = range(item.first_row, item.first_row + item.size)
        numbers = list(first) if item.rows is None else item.rows.tolist()
        for at, number in enumerate(numbers):
            cells = tuple(c.cells.text(at) for c in item.columns if c.rows is None)
            where: tuple[int, ...] = ()
            if item.locate is not None and item.table.name is not None:
                where = (int(item.locate(item.columns[0].cells.start[at : at + 1].astype("int64"))[0]),)
            rows.append((item.table.name, number, cells, where))
        if item.loose is not None and item.loose_rows is not None:
            rows += [
                ("damaged", number, item.loose.text(at), ()) for at, number in enumerate(item.loose_rows)
            ]
    return sorted(rows, key=repr), said, size


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
@pytest.mark.parametrize("write", [compact, tall, escaped])
def test_rows_and_lines(write: Write, encoding: str) -> None:
    text = mixed(12, 9, "ERROR 用户 13900139000", write, first=DATED) + '{"ts" 5}\n'
    raw = text.encode(encoding)
    rows, said, size = read(raw, 1 << 20)
    people = [row for row in rows if row[0] is None]
    shown = [
        record(n)["user"] for n, line in enumerate(mixed(12, 9, "x", compact).splitlines()) if line != "x"
    ]
    found = [(row[2][2], row[2][3]) for row in sorted(people, key=lambda row: row[1])]  # type: ignore[index,arg-type,return-value]
    assert found == [(user["name"], user["phone"]) for user in shown]  # type: ignore[index]
    lines = sorted((row for row in rows if row[0] == "(lines)"), key=lambda row: int(str(row[1])))
    assert [row[2] for row in lines] == [(DATED,), *[("ERROR 用户 13900139000",)] * 9]
    for row in lines:
        assert raw[row[3][0] :].startswith(row[2][0].encode(encoding))  # type: ignore[index]
    assert [row[2] for row in rows if row[0] == "damaged"] == ['{"ts" 5}']
    assert said == ["holds 10 lines among its records that are no JSON; they were read as the table (lines)"]
    assert size == len(raw)
    for block in (1, 50, 1000):
        assert read(raw, block) == (rows, said, size)


def test_what_a_scan_says(tmp_path: Path) -> None:
    """Names are found in the records, numbers in the lines, and the file is complete."""
    path = tmp_path / "app.log"
    path.write_text(mixed(60, 20, f"{PLAIN} 13912345678", first=PLAIN))
    document = scanned(path)
    [entry] = document["inputs"]
    assert (entry["status"], entry["format"], entry["rows"], entry["rows_damaged"]) == (
        "complete",
        "json",
        81,
        0,
    )
    assert [issue["what"] for issue in document["issues"]] == [
        "holds 21 lines among its records that are no JSON; they were read as the table (lines)"
    ]
    assert document["labels"]["mobile_phone"]["distinct"] == 61
    assert document["labels"]["person_name"]["distinct"] > 30
    assert document["records"]["counted"] == 60
    assert {column["table"] for column in document["columns"]} == {None, "(lines)"}
    for block, jobs in ((100, 1), (3000, 2)):
        assert lasting(scanned(path, read=ReadOptions(block_size=block), jobs=jobs)) == lasting(document)


def test_few_records_among_lines(tmp_path: Path) -> None:
    """They are read as such where the lines are no table, and nobody says how to read them."""
    path = tmp_path / "app.log"
    path.write_text(mixed(10, 90, f"{PLAIN} 13912345678", first=PLAIN))
    document = scanned(path)
    assert [issue["what"] for issue in document["issues"]] == [
        "holds 91 lines among its records that are no JSON; they were read as the table (lines)"
    ]
    assert (document["labels"]["mobile_phone"]["distinct"], document["records"]["counted"]) == (11, 10)
    [entry] = scanned(path, read=ReadOptions(delimiter="none"))["inputs"]
    assert (entry["format"], entry["rows"]) == ("delimited", 101)
    table = "".join(f"{n},李小红,1380013{n:04}\n" for n in range(90))
    path.write_text("编号,姓名,手机号\n" + table + mixed(5, 0))
    [entry] = scanned(path)["inputs"]
    assert (entry["format"], entry["delimiter"]) == ("delimited", ",")


def test_a_broken_record_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text(mixed(60, 20, first=PLAIN) + compact(70)[:-20] + "\n" + PLAIN + "\n")
    [entry] = scanned(path)["inputs"]
    assert (entry["status"], entry["rows"], entry["rows_damaged"]) == ("partial", 83, 1)


def test_later_parts_with_other_shares(tmp_path: Path) -> None:
    """The head decides; what comes later is read in the same way, however much of it is text."""
    path = tmp_path / "app.log"
    path.write_text(mixed(600, 200) + f"{PLAIN} 13912345678\n" * 5000 + mixed(10, 10))
    document = scanned(path)
    assert document["inputs"][0]["rows"] == 5820
    assert document["labels"]["mobile_phone"]["distinct"] > 600
