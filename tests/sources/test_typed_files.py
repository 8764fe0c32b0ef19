"""SQLite, ORC, Avro and Arrow files: the same rows in each give the same counts, whatever happened to the file."""

from __future__ import annotations

import csv
import random
import sqlite3
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pytest
from fixtures_reference import run
from pyarrow import feather, orc
from running import scanned, scanned_table

from scanner.sources import bson_values, dbf_reader
from scanner.sources.messages import Trouble

Writer = Callable[[Path, pa.Table], None]


def write_sqlite(path: Path, table: pa.Table) -> None:
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE 客户 ({', '.join(f'[{name}] TEXT' for name in table.column_names)})")
        marks = ", ".join("?" * table.num_columns)
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        database.executemany(f"INSERT INTO 客户 VALUES ({marks})", rows)
    database.close()


def write_avro(path: Path, table: pa.Table) -> None:
    ascii_names = [f"c{place}" for place in range(table.num_columns)]
    fields = [{"name": name, "type": ["null", "string"]} for name in ascii_names]
    schema = {"type": "record", "name": "row", "fields": fields}
    rows = [dict(zip(ascii_names, row.values(), strict=True)) for row in table.to_pylist()]
    with path.open("wb") as file:
        fastavro.writer(file, schema, rows, sync_interval=4000)


def write_orc(path: Path, table: pa.Table) -> None:
    orc.write_table(table, path, stripe_size=20_000)


def write_arrow(path: Path, table: pa.Table) -> None:
    feather.write_feather(table, path, chunksize=50)


def write_old_feather(path: Path, table: pa.Table) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feather.write_feather(table, path, version=1)


def write_dbf(
    path: Path, table: pa.Table, encoding: str = "gb18030", page: int = 0x4D, version: int = 3
) -> None:
    columns = [[(cell or "").encode(encoding) for cell in column.to_pylist()] for column in table.columns]
    sizes = [max(map(len, column)) for column in columns]
    names = [name.encode(encoding)[:10] for name in table.column_names]
    head = struct.pack(
        "<BBBBIHH17xBxx", version, 24, 5, 1, table.num_rows, 33 + 32 * len(sizes), 1 + sum(sizes), page
    )
    head += b"".join(
        struct.pack("<11sc4xB15x", name, b"C", size) for name, size in zip(names, sizes, strict=True)
    )
    rows = (
        b"".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True))
        for row in zip(*columns, strict=True)
    )
    path.write_bytes(head + b"\r" + b"".join(b" " + row for row in rows) + b"\x1a")


def document(fields: dict[str, Any]) -> bytes:
    """A document as MongoDB keeps it."""
    raw = b""
    for name, value in fields.items():
        kind, content = b"\x0a", b""
        if isinstance(value, str):
            kind, content = b"\x02", struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"
        elif isinstance(value, int):
            kind, content = b"\x12", struct.pack("<q", value)
        elif isinstance(value, float):
            kind, content = b"\x01", struct.pack("<d", value)
        elif isinstance(value, bytes):
            kind, content = b"\x05", struct.pack("<iB", len(value), 0) + value
        elif isinstance(value, dict):
            kind, content = b"\x03", document(value)
        elif isinstance(value, list):
            kind, content = b"\x04", document({str(at): each for at, each in enumerate(value)})
        elif isinstance(value, tuple):  # a kind, and the bytes of a value
            kind, content = value
        raw += kind + name.encode() + b"\0" + content
    return struct.pack("<i", len(raw) + 5) + raw + b"\0"


def write_bson(path: Path, table: pa.Table) -> None:
    path.write_bytes(b"".join(map(document, table.to_pylist())))


WRITERS: dict[str, Writer] = {
    "bson": write_bson,
    "dbf": write_dbf,
    "sqlite": write_sqlite,
    "orc": write_orc,
    "avro": write_avro,
    "arrow": write_arrow,
    "feather": write_old_feather,
}


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pa.Table]:
    path = tmp_path_factory.mktemp("typed") / "dump.csv"
    assert run("dump", "--rows", 400, "--seed", 5, "--out", path).exit_code == 0
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = list(csv.reader(file))
    return path, pa.table(
        [[cell or None for cell in cells] for cells in zip(*rows, strict=True)], names=names
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_counts_as_the_same_rows_in_text_do(
    kind: str, dump: tuple[Path, pa.Table], tmp_path: Path
) -> None:
    _, table = dump
    WRITERS[kind](tmp_path / "dump", table)
    columns = [f"c{place}" for place in range(table.num_columns)] if kind == "avro" else table.column_names
    plain: Any = scanned_table(table.rename_columns(columns))
    found: Any = scanned(tmp_path / "dump")
    (entry,) = found["inputs"]
    assert (entry["status"], entry["rows"], entry["format"]) == ("complete", table.num_rows, kind)
    for key in ("labels", "records", "subjects", "categories", "verdict"):
        assert found[key] == plain[key], key
    assert {column["table"] for column in found["columns"]} == {"客户" if kind == "sqlite" else None}


def test_values_of_bson() -> None:
    fields = {
        "_id": (b"\x07", bytes(range(12))), "n": 13812345678, "f": 13812345678.0, "half": 0.5, "none": None,
        "yes": (b"\x08", b"\1"), "when": (b"\x09", struct.pack("<q", 1714564800000)),
        "price": (b"\x13", (125 | (6176 - 2) << 113).to_bytes(16, "little")),
        "card": (b"\x13", (62220 | 6176 << 113).to_bytes(16, "little")),
        "expression": (b"\x0b", b"a+\0i\0"), "text": "姓名".encode(), "photo": b"\xff\0",
        "user": {"phones": ["1", "2"], "homes": [{"city": "京"}]},
        "code": (b"\x0f", struct.pack("<ii", 4 + 4 + 2 + 5, 2) + b"x\0" + document({})),
    }  # fmt: skip
    assert list(bson_values.values(document(fields))) == [
        ("_id", bytes(range(12)).hex()), ("n", "13812345678"), ("f", "13812345678"), ("half", "0.5"), ("none", ""),
        ("yes", "true"), ("when", "2024-05-01 12:00:00"), ("price", "1.25"), ("card", "62220"), ("expression", "a+"),
        ("text", "姓名"), ("photo", None), ("user.phones[]", "1"), ("user.phones[]", "2"), ("user.homes[].city", "京"),
        ("code", "x"),
    ]  # fmt: skip


def test_bson_tells_what_it_cannot_read(tmp_path: Path) -> None:
    damaged = bytearray(document({"name": "13912345678"}))
    damaged[4] = 0x50  # no kind of value
    path = tmp_path / "users"
    path.write_bytes(
        document({"name": "张伟", "photo": b"\xff"}) + damaged + document({"tel": "13812345678"}) + b"\x20"
    )
    found: Any = scanned(path)
    (entry,) = found["inputs"]
    assert (entry["format"], entry["rows"], entry["rows_damaged"], entry["status"]) == (
        "bson",
        3,
        1,
        "partial",
    )
    assert found["labels"]["mobile_phone"]["distinct"] == 2
    assert any("from document 4 on" in reason for reason in entry["reasons"])
    assert any("1 value that is no text" in reason for reason in entry["reasons"])


@pytest.mark.parametrize(
    "raw",
    [
        "a\t\nb,c\r\n".encode("utf-16-le"), b"\x05\0\0\0\0",
        b"\x09\0\0\0\x10\0\1\0\0", b"\x10\0\0\0\x02name\0\x20\0\0\0x",
        b"\x10\0\0\0\x44name\0\x20\0\0\0", "姓名,手机号\n".encode("gb18030"),
    ],
)  # fmt: skip
def test_what_is_no_bson(raw: bytes) -> None:
    assert not bson_values.is_bson(raw)


def test_a_long_first_document_is_known_by_its_beginning() -> None:
    raw = document({"name": "张伟", "notes": "x" * 100_000})
    assert bson_values.is_bson(raw[:32768])
    assert bson_values.is_bson(raw)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_damaged_file_never_counts_as_whole_or_as_more(
    kind: str, dump: tuple[Path, pa.Table], tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    WRITERS[kind](path, dump[1])
    whole = path.read_bytes()
    chance = random.Random(kind)
    damaged = [whole[: len(whole) * part // 8] for part in range(1, 8)]
    for _ in range(8):
        changed = bytearray(whole)
        for place in chance.sample(range(len(whole)), 20):
            changed[place] ^= 1 << chance.randrange(8)
        damaged.append(bytes(changed))
    rows = dump[1].num_rows
    for content in damaged:
        path.write_bytes(content)
        (entry,) = scanned(path)["inputs"]
        assert entry["status"] in ("partial", "failed") or entry["rows"] == rows, entry
        assert entry["status"] == "complete" or entry["reasons"]
        assert entry["rows"] <= rows


def test_a_database_runs_nothing_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE [a \"b' c] (手机号 INTEGER, 备注, 照片 BLOB)")
        photo = bytes(range(256))
        rows = [(13812345678 + place, "张三".encode(), photo) for place in range(30)]
        database.executemany("INSERT INTO [a \"b' c] VALUES (?, ?, ?)", rows)
        database.execute("CREATE VIEW v AS SELECT 手机号 FROM [a \"b' c]")
        database.execute("CREATE VIRTUAL TABLE f USING fts5(正文)")
        database.execute("INSERT INTO f VALUES ('电话 13912345678')")
    database.close()
    document: Any = scanned(path)
    (entry,) = document["inputs"]
    assert "table a \"b' c holds 30 values that are no text; they were not read" in entry["reasons"]
    tables = {column["table"] for column in document["columns"]}
    assert "a \"b' c" in tables
    assert not tables & {"v", "f"}
    assert document["labels"]["mobile_phone"]["matches"] >= 30


def test_a_write_ahead_log_beside_a_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (手机号)")
    database.execute("INSERT INTO t VALUES ('13812345678')")
    database.commit()
    before = sorted((each.name, each.read_bytes()) for each in tmp_path.iterdir())
    (entry, *_) = scanned(path)["inputs"]
    assert any("write-ahead log" in reason for reason in entry["reasons"])
    assert sorted((each.name, each.read_bytes()) for each in tmp_path.iterdir()) == before
    database.close()


def test_an_arrow_stream_that_was_cut_is_read_as_far_as_it_goes(
    dump: tuple[Path, pa.Table], tmp_path: Path
) -> None:
    path = tmp_path / "dump"
    write_arrow(path, dump[1])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "partial"
    assert 0 < entry["rows"] < dump[1].num_rows


@pytest.mark.parametrize(
    ("encoding", "page", "version"),
    [("gb18030", 0, 3), ("utf-8", 0, 0x30), ("gb18030", 0x7A, 0xF5), ("big5", 0x78, 3)],
)
def test_dbf_is_decoded(encoding: str, page: int, version: int, tmp_path: Path) -> None:
    names = pa.table(
        {"姓名": ["林小明", "李大文", "王小美"] * 20, "電話": [f"138123456{n:02}" for n in range(60)]}
    )
    write_dbf(tmp_path / "x", names, encoding, page, version)
    document: Any = scanned(tmp_path / "x")
    assert [column["name"] for column in document["columns"]] == ["姓名", "電話"]
    assert (
        document["labels"]["person_name"]["matches"] == document["labels"]["mobile_phone"]["distinct"] == 60
    )
    assert document["inputs"][0]["status"] == "complete"


def test_dbf_tells_what_is_deleted_and_what_lies_elsewhere(tmp_path: Path) -> None:
    fields = [(b"N", b"I", 4), (b"WHEN", b"T", 8), (b"NOTE", b"M", 10), (b"TEL", b"C", 11)]
    head = struct.pack("<BBBBIHH20x", 0x30, 24, 5, 1, 3, 33 + 32 * len(fields) + 263, 34)
    head += b"".join(struct.pack("<11sc4xB15x", *field) for field in fields) + b"\r" + bytes(263)
    moment = struct.pack("<iI", 2460432, 43_200_000)
    rows = [
        mark + struct.pack("<i", -7) + moment + note + b"1381234567%d" % n
        for n, (mark, note) in enumerate([(b" ", b" " * 10), (b"*", b" " * 9 + b"4"), (b" ", b" " * 10)])
    ]
    (tmp_path / "x").write_bytes(head + b"".join(rows))
    messages = list(dbf_reader.read((tmp_path / "x").open("rb"), 0, {}))
    (batch,) = (each for each in messages if isinstance(each, pa.RecordBatch))
    assert batch.to_pylist()[1] == {"0": "-7", "1": "2024-05-01 12:00:00", "2": None, "3": "13812345671"}
    assert [(each.what.split()[1:3], each.partial) for each in messages if isinstance(each, Trouble)] == [
        (["1", "value"], True), (["1", "row"], False),
    ]  # fmt: skip
    (entry,) = scanned(tmp_path / "x")["inputs"]
    assert (entry["rows"], entry["status"]) == (3, "partial")


@pytest.mark.parametrize(
    ("raw", "what"), [(b"\x93NUMPY\x01\0v\0{'descr': '<U18'}", "NumPy"), (b"$FL2@(#) SPSS DATA FILE", "SPSS")]
)
def test_what_is_not_read_is_told(raw: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(raw + bytes(range(200)))
    (entry,) = scanned(tmp_path / "x")["inputs"]
    assert entry["status"] == "failed"
    assert what in entry["reasons"][0]
