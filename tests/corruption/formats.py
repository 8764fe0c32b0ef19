"""One table of people in every format that is read, made by code; and what a file of each must never hide.

``whole``: the format says of itself where it ends, so that a file which was cut is never complete; ``sealed``: it
holds a sum of its content, so that a file with other bytes never gives other rows and is complete.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import docx
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from archive_files import cabinet, rar5, tarred, zipped
from fixtures_reference import run
from pdf_files import Page
from pdf_files import document as pdf_document
from pdf_files import table as pdf_table
from pyarrow import feather, orc
from sql_dumps import Dumped, dump
from workbooks.books import binary, written

ROWS = 150
FILES = Path(__file__).resolve().parents[1] / "sources" / "workbooks" / "files"


@dataclass(frozen=True)
class Format:
    """A format: how a file of it is made."""

    name: str
    make: Callable[[], bytes]
    whole: bool = False
    sealed: bool = False


@cache
def table() -> pa.Table:
    """The people: columns of text."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "people.csv"
        made = run("dump", "--rows", ROWS, "--seed", 11, "--out", path)
        assert made.exit_code == 0, made.output
        with path.open(encoding="utf-8", newline="") as file:
            names, *rows = list(csv.reader(file))
    return pa.table([list(cells) for cells in zip(*rows, strict=True)], names=names)


def plain() -> tuple[list[str], list[list[str]]]:
    """Names of the columns, and rows."""
    columns = [column.to_pylist() for column in table().columns]
    return table().column_names, [list(row) for row in zip(*columns, strict=True)]


def text(encoding: str = "utf-8") -> bytes:
    sink = io.StringIO(newline="")
    names, rows = plain()
    csv.writer(sink).writerows([names, *rows])
    return sink.getvalue().encode(encoding)


def json_lines() -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table().to_pylist()).encode()


def json_array() -> bytes:
    return json.dumps({"data": {"people": table().to_pylist()}}, ensure_ascii=False, indent=1).encode()


def sql(dialect: str) -> bytes:
    names, rows = plain()
    columns = ["id", *(f"c{place}" for place in range(1, len(names)))]
    cells: list[list[str | None]] = [[cell or None for cell in row] for row in rows]
    return dump([Dumped("people", columns, cells)], dialect).encode()


def workbook() -> bytes:
    names, rows = plain()

    def fill(book: object) -> None:
        sheet = book.add_worksheet("客户")  # type: ignore[attr-defined]
        for place, row in enumerate([names, *rows]):
            sheet.write_row(place, 0, row)

    return written(fill)


def binary_workbook() -> bytes:
    names, rows = plain()
    return binary(
        {(row, column): cell for row, cells in enumerate([names, *rows]) for column, cell in enumerate(cells)}
    )


def sqlite_file() -> bytes:
    names, rows = plain()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "people.db"
        database = sqlite3.connect(path)
        database.execute(f"CREATE TABLE people ({', '.join(f'[{name}] TEXT' for name in names)})")
        database.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(names))})", rows)
        database.commit()
        database.close()
        return path.read_bytes()


def avro() -> bytes:
    names = [f"c{place}" for place in range(table().num_columns)]
    fields = [{"name": name, "type": ["null", "string"]} for name in names]
    rows = [dict(zip(names, row.values(), strict=True)) for row in table().to_pylist()]
    sink = io.BytesIO()
    schema = {"type": "record", "name": "row", "fields": fields}
    fastavro.writer(sink, schema, rows, codec="deflate", sync_interval=2000, sync_marker=bytes(range(16)))
    return sink.getvalue()


def columns(write: Callable[[pa.Table, io.BytesIO], None]) -> bytes:
    sink = io.BytesIO()
    write(table(), sink)
    return sink.getvalue()


def parquet(codec: str) -> bytes:
    return columns(lambda rows, sink: pq.write_table(rows, sink, compression=codec, row_group_size=50))


def message(number: int, row: list[str], attached: bytes = b"") -> bytes:
    import email.message

    mail = email.message.EmailMessage()
    mail["From"] = "a <a@example.com>"
    mail["To"] = "b@example.com"
    mail["Subject"] = "客户名单"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0800"
    mail.set_content(f"{number}: " + "，".join(row), charset="utf-8")
    if attached:
        mail.add_attachment(attached, maintype="text", subtype="csv", filename="people.csv")
    return mail.as_bytes()


def mailbox() -> bytes:
    head = b"From a@example.com Mon Mar  2 10:00:00 2026\n"
    return b"".join(head + message(number, row) + b"\n" for number, row in enumerate(plain()[1]))


def letter() -> bytes:
    return message(0, [cell for row in plain()[1][:9] for cell in row], text())


def cards() -> bytes:
    names, rows = plain()
    phone = next(place for place, name in enumerate(names) if "手机" in name or "电话" in name)
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{row[0]}\r\nTEL;TYPE=CELL:{row[phone]}\r\nEND:VCARD\r\n"
        for row in rows
    ).encode()


def page() -> bytes:
    names, rows = plain()
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in [names, *rows])
    body = "".join(f"<tr>{row}</tr>\n" for row in cells)
    return f"<!DOCTYPE html><html><body><table>{body}</table></body></html>".encode()


def document() -> bytes:
    names, rows = plain()
    made = docx.Document()
    grid = made.add_table(rows=0, cols=3)
    for row in [names, *rows[:40]]:
        for cell, words in zip(grid.add_row().cells, row, strict=False):
            cell.text = words
    sink = io.BytesIO()
    made.save(sink)
    with zipfile.ZipFile(sink) as parts:  # without the picture that python-docx puts there
        return zipped(*((name, parts.read(name)) for name in parts.namelist() if not name.endswith(".jpeg")))


def seven_zip() -> bytes:
    import libarchive

    made = bytearray()
    with libarchive.custom_writer(lambda piece: made.extend(piece) or len(piece), "7zip") as archive:
        archive.add_file_from_memory("people.csv", len(text()), text())
    return bytes(made)


def pdf() -> bytes:
    rows = [[str(value) for value in row.values()][:3] for row in table().to_pylist()]
    pages = [Page(pdf_table(rows[at : at + 30], (40, 200, 400))) for at in range(0, len(rows), 30)]
    return pdf_document(pages)


def packed_twice() -> bytes:
    return gzip.compress(tarred(("a/people.csv", text()), ("b.jsonl", json_lines())), mtime=0)


FORMATS = (
    Format("csv-utf-8", text),
    Format("csv-gb18030", lambda: text("gb18030")),
    Format("csv-utf-16", lambda: text("utf-16")),
    Format("json-lines", json_lines),
    Format("json-array", json_array, whole=True),
    Format("sql-mysql", lambda: sql("mysql")),
    Format("sql-postgresql-copy", lambda: sql("postgresql")),
    Format("xlsx", workbook, whole=True, sealed=True),
    Format("xls", lambda: (FILES / "people.xls").read_bytes(), whole=True),
    Format("xlsb", binary_workbook, whole=True, sealed=True),
    Format("ods", lambda: (FILES / "people.ods").read_bytes(), whole=True, sealed=True),
    Format("sqlite", sqlite_file, whole=True),
    Format("orc", lambda: columns(lambda rows, sink: orc.write_table(rows, sink)), whole=True),
    Format("avro", avro),
    Format("arrow", lambda: columns(lambda rows, sink: feather.write_feather(rows, sink)), whole=True),
    *(
        Format(f"parquet-{codec}", lambda codec=codec: parquet(codec), whole=True)  # type: ignore[misc]
        for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4")
    ),
    Format("zip", lambda: zipped(("a/people.csv", text()), ("b.jsonl", json_lines())), True, True),
    Format("tar", lambda: tarred(("a/people.csv", text()), ("b.jsonl", json_lines()))),
    Format("tar-gz", packed_twice, True, True),
    Format("gzip", lambda: gzip.compress(text(), mtime=0), True, True),
    Format("bzip2", lambda: bz2.compress(text()), True, True),
    Format("xz", lambda: lzma.compress(text()), True, True),
    Format("zstandard", lambda: pa.compress(text(), "zstd", asbytes=True), True),
    Format("lz4", lambda: pa.compress(text(), "lz4", asbytes=True), True),
    Format("7z", seven_zip, True, True),
    Format("cab", lambda: cabinet((b"people.csv", text())), True),
    Format("rar", lambda: rar5((b"people.csv", text())), True, True),
    Format("eml", letter, whole=True),
    Format("mbox", mailbox),
    Format("vcf", cards, whole=False),
    Format("html", page),
    Format("docx", document, True, True),
    Format("doc", lambda: (FILES / "people.doc").read_bytes(), whole=True),
    Format("pdf", pdf, whole=True),
)
