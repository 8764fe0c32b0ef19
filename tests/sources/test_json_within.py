"""JSON in texts of JSON is read as if it stood there by itself."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memory_file import MemoryFile
from running import scanned
from test_dialect import is_header_word, values

from scanner.model import Batch, ReadOptions
from scanner.sources.json_source import JsonSource
from scanner.sources.json_within import write_over, written_over

NAMES = ["王伟", "李芳", '张"敏', "刘\\静", "陈\n强", "杨/磊", "赵\u2028军", "黄😀勇"]


def person(rng: random.Random, number: int) -> dict[str, Any]:
    held: dict[str, Any] = {
        "name": rng.choice(NAMES),
        "phone": f"139{number:08}",
        "none": None,
        "more": {"x": [1, "{}"]},
    }
    return held


def wrapped(record: dict[str, Any], depth: int, ascii_only: bool) -> dict[str, Any]:
    for _ in range(depth):
        record = {"body": json.dumps(record, ensure_ascii=ascii_only)}
    return record


def plain(record: dict[str, Any], depth: int) -> dict[str, Any]:
    for _ in range(depth):
        record = {"body": record}
    return record


def cells(text: str, block_size: int) -> list[tuple[object, ...]]:
    """Each cell that holds something: its table, row, column and text, white space aside."""
    found: list[tuple[object, ...]] = []
    size = 0
    for item in JsonSource(is_header_word, values).batches(
        MemoryFile(text.encode()), ReadOptions(block_size=block_size)
    ):
        if not isinstance(item, Batch):
            continue
        size += item.bytes_read
        assert item.loose is None
        for name, column in zip(item.table.columns, item.columns, strict=True):
            for at in range(len(column.cells)):
                row = at if column.rows is None else int(column.rows[at])
                if column.cells.text(at):
                    shown = " ".join(column.cells.text(at).split())
                    found.append((item.table.name, item.first_row + row, name, shown))
    assert size == len(text.encode())
    return sorted(found, key=repr)


@pytest.mark.parametrize("block_size", [100, 3000, 1 << 20])
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_it_is_read_as_if_it_were_in_no_text(depth: int, ascii_only: bool, block_size: int) -> None:
    rng = random.Random(depth)
    people = [person(rng, number) for number in range(60)]
    lines = "".join(
        json.dumps(wrapped(each, depth, ascii_only), ensure_ascii=ascii_only) + "\n" for each in people
    )
    expected = "".join(json.dumps(plain(each, depth), ensure_ascii=False) + "\n" for each in people)
    assert cells(lines, block_size) == cells(expected, 1 << 20)


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_in_a_text_is_a_table(tmp_path: Path, indent: int | None) -> None:
    people = [
        {"name": f"王{name}", "phone": f"1391380{n:04}"}
        for n, name in enumerate("伟芳敏静强磊军勇杰艳涛超明霞平")
    ]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"code": 0, "data": json.dumps(people, indent=indent)}))
    document = scanned(path)
    assert document["records"]["identifiable"] == document["subjects"]["distinct"] == len(people)
    assert document["labels"]["person_name"]["distinct"] == len(people)
    assert [issue["what"] for issue in document["issues"]] == [
        "holds 1 text that is JSON itself; it was read as such"
    ]
    assert document["inputs"][0]["status"] == "complete"


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": "{\"b\": 1"}',  # cut off
        r'{"a": "{\"b\": c}"}',
        r'{"a": "so {\"b\": 1}"}',
        r'{"a": "{\"b\": 1} and more"}',
        r'{"a": "\\"{\"b\": 1}"}',
        r'{"a": "{\"b\": 1}',
        r'{"a": "[1, 2]", "b": "{}"}',
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert written_over(text.encode()) == (text.encode(), 0)


def test_bytes_are_as_many_as_before_and_a_second_time_changes_nothing() -> None:
    rng = random.Random(7)
    for _ in range(300):
        text = json.dumps(wrapped(person(rng, 1), rng.randint(0, 4), rng.random() < 0.5)).encode()
        cut = text[: rng.randrange(len(text) + 1)] if rng.random() < 0.3 else text
        data = np.frombuffer(bytearray(cut), np.uint8)
        write_over(data)
        once = data.tobytes()
        assert len(once) == len(cut)
        write_over(data)
        assert data.tobytes() == once


@pytest.mark.parametrize("piece", [rb"{\"", rb'"{\"', rb'"{\"a', rb'"[{\"a\":', rb"\\{", rb'"{\"a\": 1} '])
def test_hostile_text_takes_no_long_time(piece: bytes) -> None:
    begun = time.perf_counter()
    written_over(b'{"a": "' + piece * (2_000_000 // len(piece)))
    assert time.perf_counter() - begun < 20
