"""Any split of an input into blocks, threads, files, batches or formats gives the same counts."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from fixtures_reference import run as make_fixture
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from running import lasting, scanned, scanned_table

from scanner.model import ReadOptions

# A failing example is not made smaller: each try is two whole scans.
QUICK = settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


def dump(folder: Path, *arguments: object) -> Path:
    path = folder / "dump"
    made = make_fixture("dump", *arguments, "--out", path)
    assert made.exit_code == 0, made.output
    return path


def counted(document: dict[str, Any]) -> dict[str, Any]:
    """What must be the same however the same table is handed over."""
    columns = [
        {
            "name": column["name"],
            "cells": column["cells"],
            "nonempty": column["nonempty"],
            "labels": {
                label["label"]: [label[key] for key in ("candidates", "valid", "distinct", "decision")]
                for label in column["labels"]
            },
        }
        for column in document["columns"]
    ]
    kept = ("labels", "records", "subjects", "categories", "verdict")
    return {"columns": columns, **{key: document[key] for key in kept}}


DUMPS = {
    "csv": ("--rows", 160, "--seed", 21, "--damage", 0.1, "--broken", 0.02),
    "gb18030": ("--rows", 160, "--seed", 22, "--encoding", "gb18030", "--newline", "crlf"),
    "utf-16": ("--rows", 160, "--seed", 23, "--encoding", "utf-16", "--delimiter", "\\t"),
    "txt": ("--rows", 160, "--seed", 24, "--format", "txt", "--encoding", "gbk"),
}


@pytest.mark.parametrize("name", DUMPS)
def test_blocks_of_any_size(tmp_path: Path, name: str) -> None:
    path = dump(tmp_path, *DUMPS[name])
    whole = lasting(scanned(path))
    assert whole["labels"]["resident_id"]["matches"] > 100
    draw = random.Random(name)
    # Odd sizes that cut characters, larger than the file.
    for size in (1999, draw.randrange(3000, 9000), draw.randrange(9000, 40000), 1 << 28):
        assert lasting(scanned(path, read=ReadOptions(block_size=size))) == whole, size


def test_blocks_of_a_few_bytes(tmp_path: Path) -> None:
    path = dump(tmp_path, "--rows", 6, "--seed", 25, "--encoding", "gb18030")
    whole = lasting(scanned(path))
    for size in (1, 2, 3, 7, 16):
        assert lasting(scanned(path, read=ReadOptions(block_size=size))) == whole, size


def test_any_number_of_threads_and_little_memory(tmp_path: Path) -> None:
    for name, arguments in DUMPS.items():
        dump(tmp_path, *arguments).rename(tmp_path / f"{name}.dat")
    read = ReadOptions(block_size=9001)
    whole = lasting(scanned(tmp_path))
    for jobs in (1, 2, 4):
        assert lasting(scanned(tmp_path, jobs=jobs, read=read)) == whole, jobs
    # So little memory that the distinct sets must go to files.
    assert lasting(scanned(tmp_path, jobs=2, read=read, memory=1 << 18)) == whole


@pytest.mark.parametrize("pieces", [2, 5])
def test_a_file_split_into_several(tmp_path: Path, pieces: int) -> None:
    path = dump(tmp_path, "--rows", 600, "--seed", 26, "--duplicates", 0.3, "--remarks", 0.4)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    folder = tmp_path / "parts"
    folder.mkdir()
    draw = random.Random(pieces)
    cuts = sorted(draw.sample(range(50, len(rows) - 50), pieces - 1))
    for low, high in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows[low:high]])
        (folder / f"{low:05}.csv").write_text(text.getvalue(), encoding="utf-8")
    whole, parts = scanned(path), scanned(folder)
    for key in ("labels", "records", "subjects", "categories", "verdict"):
        assert parts[key] == whole[key], key


def test_arrow_batches_of_any_size(tmp_path: Path) -> None:
    path = dump(tmp_path, "--rows", 500, "--seed", 27, "--format", "parquet")
    table = pq.read_table(path)
    whole = counted(scanned_table(table))
    assert whole["labels"]["mobile_phone"]["rows"] > 300
    for size in (1, 7, 64, 499):
        if size == 1:
            some = table.slice(0, 40)
            assert counted(scanned_table(rebatched(some, 1))) == counted(scanned_table(some))
            continue
        assert counted(scanned_table(rebatched(table, size))) == whole, size
    # Offsets into shared buffers, and batches without rows.
    empty = table.schema.empty_table()
    pieces = [empty, table.slice(0, 3), table.slice(3, 250), empty, table.slice(253)]
    assert counted(scanned_table(pa.concat_tables(pieces))) == whole


def rebatched(table: pa.Table, size: int) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=size))


def test_dictionary_columns_count_as_plain_ones(tmp_path: Path) -> None:
    path = dump(tmp_path, "--rows", 500, "--seed", 28, "--format", "parquet", "--duplicates", 0.5)
    table = pq.read_table(path)
    coded = pa.table(
        {
            name: table[name].dictionary_encode() if pa.types.is_string(table[name].type) else table[name]
            for name in table.column_names
        }
    )
    whole = counted(scanned_table(table))
    assert counted(scanned_table(coded)) == whole
    # Of three rows, each cell is looked at: their dictionary has more values.
    assert counted(scanned_table(pa.concat_tables([coded.slice(0, 3), coded.slice(3)]))) == whole


def test_one_table_as_csv_parquet_arrow_and_pandas(tmp_path: Path) -> None:
    path = dump(tmp_path, "--rows", 500, "--seed", 29, "--damage", 0.05)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, tmp_path / "dump.parquet", row_group_size=37)
    whole = counted(scanned(path))
    assert whole["labels"]["bank_card"]["distinct"] > 200
    assert counted(scanned(tmp_path / "dump.parquet")) == whole
    assert counted(scanned_table(table)) == whole
    assert counted(scanned_table(frame)) == whole


ALIKE = ["A b", "a b", "ab", "A b ", "Ａ b", '="A b"', "A.b", "", " ", ".", "\u200b"]


def said_of(marks: list[str]) -> tuple[list[str], list[list[str]]]:
    """Rows about two people that differ in a remark, or only in how it is written."""
    head = ["姓名", "备注", "手机号码", "身份证号"]
    people = [
        ["王小明", "13912345678", "110101199003074514"],
        ["李小红", "13812345678", "44052418800101001X"],
    ]
    return head, [[name, mark, *rest] for mark in marks for name, *rest in people]


def test_values_in_lists_are_told_apart_as_cells_are(tmp_path: Path) -> None:
    """What makes two cells the same or alike does so in lists, too, and in columns that few records fill."""
    head, rows = said_of([*ALIKE, *ALIKE])
    (tmp_path / "a.csv").write_bytes(written(rows, head))
    of_cells = scanned(tmp_path / "a.csv")
    stages = {stage["name"]: stage["rows"] for stage in of_cells["records"]["stages"]}
    assert (of_cells["records"]["distinct"], stages["likely_duplicates"]) == (12, 8)
    lists = [pa.array([[row[at]] for row in rows], pa.list_(pa.string())) for at in range(4)]
    pq.write_table(pa.table(lists, names=head), tmp_path / "a.parquet", row_group_size=5)
    # Of these columns most records have none.
    records = [dict(zip(head, row, strict=True)) for row in rows]
    others = [{"姓名": f"王{at}", "手机号码": "13712345678", f"k{at % 50}": at} for at in range(500)]
    text = "".join(json.dumps(each) + "\n" for each in [*records, *others])
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    for name, more in (("a.parquet", 0), ("a.json", len(others))):
        found = scanned(tmp_path / name)["records"]
        stages = {stage["name"]: stage["rows"] for stage in found["stages"]}
        assert (found["distinct"] - more, stages["likely_duplicates"]) == (12, 8), name


@pytest.mark.parametrize("form", ["xml", "xlsx", "json"])
def test_a_column_that_turns_up_late_changes_no_row(tmp_path: Path, form: str) -> None:
    """Rows before and behind the first that has more columns are the same, in whichever batches they are."""
    records = [{"姓名": f"王小{'大中老新'[at % 4]}", "手机号": f"1391234567{at % 4}"} for at in range(9000)]
    records[7000]["身份证号"] = "110101199003074514"
    path = tmp_path / f"late.{form}"
    if form == "xlsx":
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        for at, row in enumerate([["姓名", "手机号"], *(list(each.values()) for each in records)]):
            sheet.write_row(at, 0, row)
        book.close()
    elif form == "xml":
        made = ("".join(f"<{key}>{cell}</{key}>" for key, cell in each.items()) for each in records)
        path.write_text("<rows>" + "".join(f"<row>{each}</row>\n" for each in made) + "</rows>", "utf-8")
    else:
        path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    found = scanned(path)
    assert (found["records"]["rows"], found["records"]["distinct"], found["subjects"]["distinct"]) == (
        9000,
        5,
        4,
    )
    late = [column["name"] for column in found["columns"] if column["index"] == 2]
    assert late == [None if form == "xlsx" else "身份证号"]


@pytest.mark.parametrize("empty", ["", None])
def test_json_in_parts_of_which_some_hold_hardly_a_value(tmp_path: Path, empty: str | None) -> None:
    """A column that has few values in one part and more in another stays where it is, so records are the same."""
    head, rows = said_of(["已核", "VIP", *[""] * 18])
    rows += rows
    random.Random(3).shuffle(rows)
    texts = [
        json.dumps({key: cell or empty for key, cell in zip(head, row, strict=True)}) + "\n" for row in rows
    ]
    (tmp_path / "parts").mkdir()
    (tmp_path / "whole.json").write_text("".join(texts), encoding="utf-8")
    (tmp_path / "table.csv").write_bytes(written(rows, head))
    for part in range(4):
        path = tmp_path / "parts" / f"{part}.json"
        path.write_text("".join(texts[20 * part : 20 * part + 20]), encoding="utf-8")
    whole, parts, table = (scanned(tmp_path / name) for name in ("whole.json", "parts", "table.csv"))
    assert whole["records"]["distinct"] == 6
    for key in ("labels", "records", "subjects", "categories", "verdict"):
        assert parts[key] == whole[key] == table[key], key


VALUES = st.sampled_from(
    ["13800138000", "11010519491231002X", "6222020200112233", "zhang.san@example.com", "王小明", "20170601"]
)
CELL = st.one_of(
    st.text(alphabet="ab0\"',;\t\n\r 中１３+.", max_size=12),
    VALUES,
    st.tuples(st.text(alphabet='联系"\n, ', max_size=4), VALUES).map("".join),
)


@st.composite
def tables(draw: Any) -> list[list[str]]:
    width = draw(st.integers(2, 4))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12))


def written(rows: list[list[str]], names: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *rows])
    return text.getvalue().encode()


@QUICK
@given(tables(), st.integers(1, 64))
def test_small_tables_with_quotes_and_newlines(rows: list[list[str]], size: int) -> None:
    names = ["姓名", "手机号码", "备注", "身份证号"][: len(rows[0])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(written(rows, names))
        read = {"delimiter": ",", "quote": '"', "header": True, "encoding": "utf-8"}
        whole = scanned(path, read=ReadOptions(**read))  # type: ignore[arg-type]
        assert whole["inputs"][0]["rows"] == len(rows)
        assert whole["inputs"][0]["rows_damaged"] == 0
        small = scanned(path, read=ReadOptions(**read, block_size=size))  # type: ignore[arg-type]
        assert lasting(small) == lasting(whole)
        frame = pd.DataFrame(rows, columns=names)
        assert counted(scanned_table(frame)) == counted(whole)


@QUICK
@given(st.lists(st.lists(CELL, max_size=5), max_size=15), st.integers(1, 64), st.booleans())
@example([["13800138000"] * 3, ["13800138000"]], 1, False)  # the samples must be the same too
def test_ragged_text_in_blocks(rows: list[list[str]], size: int, quoted: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ragged.txt"
        text = io.StringIO()
        if quoted:
            csv.writer(text, lineterminator="\r\n").writerows(rows)
        else:
            text.write("\n".join(",".join(row) for row in rows))
        path.write_bytes(text.getvalue().encode())
        whole = lasting(scanned(path))
        small = lasting(scanned(path, read=ReadOptions(block_size=size)))
        assert small == whole
