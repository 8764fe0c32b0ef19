"""Whole scans of SQL dumps: what is found in them is what is found in the same rows as delimited text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from fixtures_reference import run
from running import TODAY_OPTION, command, lasting, scanned
from sql_dumps import DIALECTS, Dumped, dump

from scanner.model import ReadOptions

COUNTS = ("labels", "subjects", "categories", "verdict")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dumped]:
    """Rows of a generated dump as a CSV file and as a table."""
    folder = tmp_path_factory.mktemp("people")
    made = run("dump", "--rows", 600, "--seed", 4, "--out", folder / "made.csv")
    assert made.exit_code == 0, made.output
    with (folder / "made.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    sound = [row for row in rows if len(row) == len(header)]
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *sound])
    return folder / "people.csv", Dumped("people", header, [[cell or None for cell in row] for row in sound])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("dialect", [each for each in DIALECTS if each != "navicat"])
def test_counts_are_those_of_the_same_rows_as_text(
    people: tuple[Path, Dumped], dialect: str, encoding: str, tmp_path: Path
) -> None:
    plain, table = people
    path = tmp_path / "dump.sql"
    path.write_bytes(dump([table], dialect).encode(encoding))
    wanted, got = scanned(plain), scanned(path)
    for key in COUNTS:
        assert got[key] == wanted[key], key
    (entry,) = got["inputs"]
    assert (entry["format"], entry["status"], entry["rows_damaged"]) == ("sql", "complete", 0)
    assert entry["encoding"] == ("utf-16-le" if encoding == "utf-16" else encoding)
    columns = [column for column in got["columns"] if column["table"] == "people"]
    assert [column["name"].lower() for column in columns] == [name.lower() for name in table.columns]
    assert [column["role"] for column in columns] == [column["role"] for column in wanted["columns"]]


def test_columns_without_names_are_still_found(people: tuple[Path, Dumped], tmp_path: Path) -> None:
    plain, table = people
    path, bare = tmp_path / "dump.sql", tmp_path / "bare.csv"
    path.write_text(dump([table], "navicat"), encoding="utf-8")
    bare.write_bytes(plain.read_bytes().partition(b"\n")[2])
    wanted, got = scanned(bare), scanned(path)
    for key in COUNTS:
        assert got[key] == wanted[key], key


@pytest.mark.parametrize("block_size", [3000, 50_000])
def test_the_report_does_not_depend_on_blocks_and_threads(
    people: tuple[Path, Dumped], block_size: int, tmp_path: Path
) -> None:
    _, table = people
    path = tmp_path / "dump.sql"
    # Two tables, damage, text, and columns that come later.
    text = dump([table], "mysql") + dump([Dumped("other", table.columns, table.rows[:50])], "navicat")
    text += "INSERT INTO `people` VALUES ('broken, '13800138000');\nUPDATE people SET a = '13800138000';\n"
    text += "INSERT INTO `people` (`客户电话`, `新列`) VALUES ('13900139000', 'x');\n"
    path.write_text(text, encoding="utf-8")
    whole = lasting(scanned(path))
    assert whole["inputs"][0]["rows_damaged"] == 1
    assert whole["inputs"][0]["status"] == "partial"
    again = scanned(path, read=ReadOptions(block_size=block_size), jobs=2)
    assert lasting(again) == whole


def test_a_cut_dump_ends_with_exit_code_3(people: tuple[Path, Dumped], tmp_path: Path) -> None:
    _, table = people
    text = dump([table], "mysql")
    path = tmp_path / "cut.sql"
    path.write_text(text[: text.rindex("'") - 3], encoding="utf-8")
    ended = command("scan", path, "-f", "json", "-o", "-", *TODAY_OPTION)
    assert ended.code == 3
    (entry,) = ended.document["inputs"]
    assert entry["status"] == "partial"
    assert entry["rows_damaged"] == 1
    sound = [column for column in ended.document["columns"] if column["table"] == "people"]
    assert sound[0]["cells"] == len(table.rows) - 1


def test_findings_say_table_row_and_byte(tmp_path: Path) -> None:
    raw = "INSERT INTO `甲` (`x`,`手机`) VALUES (1,'a\\'b'),(2,'13800138000');\n".encode("gb18030")
    path, findings = tmp_path / "a.sql", tmp_path / "findings.csv"
    path.write_bytes(raw)
    ended = command("scan", path, "-f", "json", "-o", "-", "--findings", findings, *TODAY_OPTION)
    assert ended.code == 0
    with findings.open(encoding="utf-8-sig", newline="") as file:
        (found,) = csv.DictReader(file)
    assert (found["table"], found["row"], found["column"], found["column_name"]) == ("甲", "1", "1", "手机")
    assert raw[int(found["byte_offset"]) :].startswith(b"13800138000")
