"""Text in which names are written as escapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from running import scanned

from scanner.model import ReadOptions

PEOPLE = [("张伟", "13812345678"), ("王芳", "13912345678"), ("李娜", "13712345678"), ("刘洋", "13612345678")]


def log(name: str, phone: str) -> str:
    return f"2026-01-01 10:00:00 INFO c.x.Service - req: {json.dumps({'name': name, 'phone': phone})}"


def address(name: str, phone: str) -> str:
    return f'10.0.0.1 - - [01/Jan/2026:00:00:01 +0800] "GET /reg?name={quote(name)}&phone={phone} HTTP/1.1" 200 12'


def cells(name: str, phone: str) -> str:
    return f'"{json.dumps(name)[1:-1]}","a ""b"" {quote(name)}",{phone}'


FORMS = {"log": log, "address": address, "cells": cells}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block", [40, 10 << 20])
def test_names_are_found(form: str, block: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    header = ["name,note,phone"] if form == "cells" else []
    path.write_text("\n".join([*header, *(FORMS[form](*each) for each in PEOPLE * 5)]) + "\n")
    document: Any = scanned(path, read=ReadOptions(block_size=block))
    for label in ("person_name", "mobile_phone"):
        assert (document["labels"][label]["matches"], document["labels"][label]["distinct"]) == (20, 4)
    assert document["subjects"]["distinct"] == 4
    assert document["inputs"][0]["status"] == "complete"


@pytest.mark.parametrize(
    "line",
    [
        "GET /reg?mail=u{n}%40example.com&mobile=%2B8613812345{n} HTTP/1.1",
        "GET /reg?data=%7B%22mail%22%3A%22u{n}%40example.com%22%2C%22mobile%22%3A%2213812345{n}%22%7D HTTP/1.1",
    ],
)
def test_signs_in_addresses_of_the_web_are_written_out(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(
        "".join(f"10.0.0.1 - - [01/Jan/2026:00:00:01 +0800] {line.format(n=n)}\n" for n in range(100, 120))
    )
    document: Any = scanned(path)
    for label in ("email", "mobile_phone"):
        assert (document["labels"][label]["matches"], document["labels"][label]["distinct"]) == (20, 20)
    assert document["inputs"][0]["status"] == "complete"


def test_a_header_is_written_out_too(tmp_path: Path) -> None:
    path = tmp_path / "a"
    rows = [("姓名", "手机号"), *PEOPLE]
    path.write_text("\n".join(",".join(json.dumps(cell)[1:-1] for cell in row) for row in rows) + "\n")
    document: Any = scanned(path)
    assert [column["name"] for column in document["columns"]] == ["姓名", "手机号"]
    assert document["labels"]["person_name"]["distinct"] == 4


def test_text_without_hanzi_in_escapes_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("name,rate\n" + "".join(f"a{number}%C3%A9,{number}%\n" for number in range(20)))
    document: Any = scanned(path)
    assert document["inputs"][0]["rows"] == 20


def test_names_in_addresses_of_gbk_are_found(tmp_path: Path) -> None:
    names = ["王伟", "李芳", "张敏", "刘静", "陈强", "杨磊"]
    path = tmp_path / "access.log"
    path.write_text(
        "".join(
            f'10.0.0.{n} - "GET /r?name={quote(names[n % 6].encode("gbk"))}&phone=1391380{n:04} HTTP/1.1"\n'
            for n in range(30)
        )
    )
    document = scanned(path)
    assert document["labels"]["person_name"] == {"matches": 30, "rows": 30, "distinct": 6}
