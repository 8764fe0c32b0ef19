"""Tables of another width below each other in delimited text are tables of their own."""

from __future__ import annotations

import random

import pytest
from memory_file import MemoryFile
from test_delimited import read
from test_dialect import is_header_word, values

from scanner.model import Batch, ReadOptions
from scanner.sources.delimited import DelimitedSource

NAMES = ["王伟", "李芳", "张敏", "刘静", "陈强", "杨磊"]
PEOPLE, ORDERS = "姓名,手机号,地址", "name,姓名,phone,身份证号,生日"


def people(count: int, first: int = 0) -> list[str]:
    return [f"{NAMES[n % 6]},139{first + n:08},北京市朝阳区建国路{n + 1}号" for n in range(count)]


def orders(count: int, first: int = 0) -> list[str]:
    return [
        f"{1000 + n},{NAMES[n % 6]},138{first + n:08},{n}.50,1990-01-{n % 28 + 1:02}" for n in range(count)
    ]


def tables_of(
    lines: list[str], end: str = "\n", **options: object
) -> tuple[dict[str | None, list[object]], int]:
    """The header and the rows of each table, and how many lines are no rows without being told as text."""
    found: dict[str | None, list[object]] = {}
    damaged = 0
    source = DelimitedSource(is_header_word, values)
    data = "".join(line + end for line in lines).encode()
    size = 0
    for item in source.batches(MemoryFile(data), ReadOptions(**options)):  # type: ignore[arg-type]
        if not isinstance(item, Batch):
            continue
        size += item.bytes_read
        rows = found.setdefault(item.table.name, [",".join(name or "" for name in item.table.columns)])
        rows += [",".join(column.cells.text(at) for column in item.columns) for at in range(item.size)]
        titles = 0 if item.loose_rows is None else int((item.loose_rows < item.table.titles).sum())
        damaged += (0 if item.loose is None else len(item.loose)) - item.below - titles
    assert size == len(data)
    return found, damaged


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block_size", [64, 1000, 1 << 20])
@pytest.mark.parametrize(
    ("first", "second"), [(20, 20), (20, 400), (400, 20), (100, 100), (1, 60), (60, 1)], ids=str
)
@pytest.mark.parametrize(
    ("above", "between"),
    [([], []), ([], [""]), (["客户表", ""], ["合计,7", "", "订单表"])],
    ids=["", "blank", "titles"],
)
def test_two_tables(
    first: int, second: int, above: list[str], between: list[str], block_size: int, end: str
) -> None:
    a, b = [PEOPLE, *people(first)], [ORDERS, *orders(second)]
    assert tables_of([*above, *a, *between, *b], end, block_size=block_size) == ({None: a, "/2": b}, 0)
    assert tables_of([*above, *b, *between, *a], end, block_size=block_size) == ({None: b, "/2": a}, 0)


def test_many_tables() -> None:
    lines: list[str] = []
    expected: dict[str | None, list[str]] = {}
    rng = random.Random(5)
    for number in range(1, 20):
        own = [PEOPLE, *people(rng.randint(1, 90))] if number % 2 else [ORDERS, *orders(rng.randint(1, 90))]
        expected[None if number == 1 else f"/{number}"] = own
        lines += own
    for block_size in (100, 5000, 1 << 20):
        assert tables_of(lines, block_size=block_size) == (expected, 0)


@pytest.mark.parametrize(
    "torn",
    [
        ["李芳,139", "王"],
        ["姓名,手机号", "姓名,电话,地址,生日"],  # no row below them
        ["姓名,手机号,地址,phone"] * 2,
        ["地址,北京市"] * 2,
    ],
)
def test_damaged_rows_begin_no_table(torn: list[str]) -> None:
    lines = [PEOPLE, *people(30), *torn, *people(30, 100)]
    found, damaged = tables_of(lines)
    assert (list(found), damaged) == ([None], len(torn))
    assert len(found[None]) == 61


@pytest.mark.parametrize("block_size", [64, 1000, 1 << 20])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_header_of_the_same_width_begins_a_table_too(quote: str, block_size: int) -> None:
    """Files with other columns, or with the same in another order, that were put behind each other."""

    def lines(*parts: list[list[str]]) -> list[str]:
        return [",".join(f"{quote}{cell}{quote}" for cell in row) for part in parts for row in part]

    first = [
        ["姓名", "手机号", "地址"],
        *([NAMES[n % 6], f"139{n:08}", f"北京市朝阳区{n}号"] for n in range(40)),
    ]
    other = [["手机号", "地址", "姓名"], *([row[1], row[2], row[0]] for row in first[1:])]
    found, damaged = tables_of(lines(first, other, other, first), block_size=block_size)
    plain = [[",".join(row) for row in part] for part in (first, other)]
    assert found == {None: plain[0], "/2": [*plain[1], *plain[1][1:]], "/3": plain[0]}
    assert damaged == 0


def test_rows_of_words_begin_no_table() -> None:
    rows = [["姓名", "手机号", ""], ["地址", "地址", "地址"], ["", "", "姓名"]]
    lines = [PEOPLE, *people(10)]
    for row in rows:
        lines += [",".join(row), *people(10, 50)]
    assert [*tables_of(lines)[0]] == [None]


def test_the_user_overrules_it() -> None:
    lines = [PEOPLE, *people(30), ORDERS, *orders(10)]
    assert [*tables_of(lines, header=True)[0]] == [None]
    assert [*tables_of(lines, header=False)[0]] == [None]


def test_places_in_the_file_are_those_of_the_bytes() -> None:
    lines = [PEOPLE, *people(30), ORDERS, *orders(10), PEOPLE, *people(30, 500)]
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        data = "\n".join(lines).encode(encoding)
        for block_size in (300, 1 << 20):
            seen = read(data, block_size=block_size)
            assert len(seen.rows) == 70
            for (_, cells), places in zip(seen.rows, seen.places, strict=True):
                for cell, place in zip(cells, places, strict=True):
                    assert data[place:].startswith(cell.encode(encoding))
