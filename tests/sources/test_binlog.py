"""Binary logs of MySQL as mysqlbinlog shows them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from running import scanned

from scanner.sources import binlog_reader
from scanner.sources.messages import Sheet

GIVEN = "伟芳娜洋静敏强磊军勇"
PEOPLE = [(f"{'张王李赵陈'[n % 5]}{GIVEN[n % 10]}", f"138{n * 7919 + 10**7:08}") for n in range(20)]
HEAD = (
    "/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;\nDELIMITER /*!*/;\n# at 4\n"
    "#260101 10:00:00 server id 1  end_log_pos 123 CRC32 0x1 \tWrite_rows: table id 9\nBINLOG '\nAAAA\n'/*!*/;\n"
)


def row(number: int, name: str, phone: str, verbose: bool) -> str:
    cells = [
        (str(number), "INT meta=0 nullable=0 is_null=0"),
        (f"'{name}'", "VARSTRING(60)"),
        (f"'{phone}'", "STRING(11)"),
        ("NULL", "INT"),
    ]
    lines = [
        f"###   @{at}={cell}" + (f" /* {kind} */" if verbose else "")
        for at, (cell, kind) in enumerate(cells, 1)
    ]
    return "\n".join(["### INSERT INTO `crm`.`user`", "### SET", *lines, ""])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("verbose", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_is_a_row(encoding: str, verbose: bool, end: str, tmp_path: Path) -> None:
    text = HEAD + "".join(row(at, *each, verbose) for at, each in enumerate(PEOPLE)) + "# at 999\n"
    path = tmp_path / "a"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    document: Any = scanned(path)
    assert document["inputs"][0]["format"] == "mysqlbinlog"
    assert document["labels"]["person_name"]["rows"] == document["labels"]["mobile_phone"]["rows"] == 20
    assert document["subjects"]["distinct"] == document["records"]["counted"] == 20
    assert {column["table"] for column in document["columns"]} == {"crm.user", "(statements)"}
    assert document["inputs"][0]["status"] == "complete"


def test_both_sides_of_a_change_and_signs() -> None:
    text = (
        "### UPDATE `a`.`b`\n### WHERE\n###   @1=1\n###   @2='it\\'s \\x41 /* x'\n### SET\n###   @1=1\n###   @2='二'\n"
        "### DELETE FROM `a`.`c`\n### WHERE\n###   @1=-5 (4294967291)\n###   @3='x'\nINSERT INTO t VALUES ('y')\n"
    )
    told: dict[str | None, list[Any]] = {}
    name = None
    for message in binlog_reader.read(io.BytesIO(text.encode()), 0, {}):
        if isinstance(message, Sheet):
            name = message.name
        elif isinstance(message, pa.RecordBatch):
            told.setdefault(name, []).extend(zip(*message.to_pydict().values(), strict=True))
    assert told == {
        "a.b": [(b"1", b"it's A /* x"), (b"1", "二".encode())],
        "a.c": [(b"-5 (4294967291)", None, b"x")],
        "(statements)": [(b"INSERT INTO t VALUES ('y')",)],
    }
