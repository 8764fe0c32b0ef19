"""SQLite, ORC, Avro and Arrow files: the same rows in each give the same counts, whatever happened to the file."""

from __future__ import annotations

import csv
import random
import sqlite3
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


WRITERS: dict[str, Writer] = {
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
