"""Lines below the rows are text, and told from a row that was cut off."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from memory_file import MemoryFile
from running import TODAY_OPTION, command, rows_file
from test_dialect import is_header_word, values

from scanner.model import Batch, ReadOptions
from scanner.sources.delimited import DelimitedSource

ROWS = [f"王小明,139{n:08},北京市朝阳区建国路{n + 1}号" for n in range(20)]
TEXT = "\n".join(["姓名,手机号,地址", *ROWS, ""])

#: What programs and people write below rows, and how many lines it has that are not blank.
FOOTERS = [
    ("(20 rows)\n\n", 1),
    ("\n(20 rows affected)\n", 1),
    ("\n20 rows selected.\n\n", 1),
    ("\n已选择20行。\n", 1),
    ("\n  7 record(s) selected.\n\n", 1),
    ("7 rows in set (0.01 sec)\n", 1),
    ("(7 行受影响)\n\n完成时间: 2024-05-01T10:00:00.1+08:00", 2),
    ("Time taken: 0.512 seconds, Fetched: 7 row(s)\n", 1),
    ("合计,7\n", 1),
    ("\n\n合计：7\n制表人：李明  审核：王芳\n\n", 2),
    ("共 7 条", 1),
    ("第 1 页,共 1 页\n", 1),
    ("20", 1),  # as many as there are
    ("\n仅供内部使用\n", 1),
]
#: Rows that were cut off, or are of another width.
TORN = [
    "李芳,138001",
    "李",
    "李\n",
    "1391",
    "李芳,13800138000,北京市,多一列\n",
    "20,北京市朝阳区建国路100号\n",
]


def below(text: str, block_size: int = 1 << 20) -> int:
    source = DelimitedSource(is_header_word, values)
    items = source.batches(MemoryFile(text.encode()), ReadOptions(block_size=block_size))
    return sum(item.below for item in items if isinstance(item, Batch))


@pytest.mark.parametrize("block_size", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize(("footer", "lines"), FOOTERS)
def test_lines_below_the_rows_are_none(footer: str, lines: int, block_size: int) -> None:
    for end in ("\n", "\r\n"):
        assert below((TEXT + footer).replace("\n", end), block_size) == lines


@pytest.mark.parametrize("torn", TORN)
def test_a_row_that_was_cut_off_is_damaged(torn: str) -> None:
    assert below(TEXT + torn) == 0
    assert below(TEXT + torn.rstrip("\n") + "\n(20 rows)\n") == 1
    assert below(TEXT + "(20 rows)\n" + torn) == 0


def test_rows_behind_a_footer_make_it_damage() -> None:
    assert below(TEXT + "合计,7\n" + "\n".join(ROWS)) == 0


def test_a_row_cut_off_anywhere_is_damaged() -> None:
    """A file that ends within its last row: no place in it looks like what stands below rows."""
    rng = random.Random(3)
    for _ in range(200):
        row = rng.choice(ROWS)
        cut = rng.randrange(1, row.rindex(","))
        assert below(TEXT + row[:cut]) == 0, row[:cut]


def test_they_are_told_and_no_damage(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "x.csv", [*TEXT.splitlines(), "", "(20 rows)", "制表人：李明 13912345678"])
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    [entry] = ended.document["inputs"]
    assert (ended.code, entry["status"]) == (0, "complete")
    assert entry["reasons"] == ["2 lines below the rows were scanned as free text"]
    assert ended.document["labels"]["mobile_phone"]["matches"] == 21
    path = rows_file(
        tmp_path / "y.csv", [*TEXT.splitlines()[:10], "李芳,139", *TEXT.splitlines()[10:], "合计,20"]
    )
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    assert ended.code == 3
    assert "1 line below the rows was scanned as free text" in ended.err
    assert "row 9: 1 of 21 rows is not of the width of the others" in ended.err


@pytest.mark.parametrize("block_size", [7, 1 << 20])
@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("mysqld, Version: 5.7\nport: 3306\n".replace(",", ""), 2),
        ("@relation users\n\n@attribute a string\n@data\n", 3),
        ("# exported 2024\n", 1),
        ("路100号\n", 0),  # a row that was cut off at its beginning
        ("138,北京市朝阳区建国路100号\n", 0),
        ("138,北京市朝阳区建国路100号\n路100号\n", 0),
        ("", 0),
    ],
)
def test_lines_above_rows_without_a_header(above: str, lines: int, block_size: int) -> None:
    source = DelimitedSource(is_header_word, values)
    data = (above + "\n".join(ROWS)).encode()
    items = source.batches(MemoryFile(data), ReadOptions(block_size=block_size))
    assert {(item.table.has_header, item.table.titles) for item in items if isinstance(item, Batch)} == {
        (False, lines)
    }


def test_they_are_told_where_they_lie(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "x.csv", ["server started", "port 3306", *ROWS])
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    assert ended.code == 0
    assert ended.document["inputs"][0]["reasons"] == ["2 lines above the rows were scanned as free text"]
