"""Small sound files of every format that is read, as seeds of the fuzzing; all people in them are made up."""

from __future__ import annotations

import bz2
import email.message
import gzip
import io
import json
import lzma
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import archive_files
import pyarrow as pa
import xlsxwriter
from pyarrow import feather, ipc, orc, parquet

HEADS = ("姓名", "身份证号", "手机号", "住址", "注册时间", "余额")
ROWS = [
    (f"张{'伟芳娜敏静'[n % 5]}", f"11010119900307{7000 + n}", f"138{12345678 + 7919 * n}", f"北京市朝阳区建国路{n}号",
     f"2024-05-{1 + n % 28:02} 14:30:00", f"{n * 1.5}")
    for n in range(60)
]  # fmt: skip
BOOKS = Path(__file__).resolve().parents[1] / "sources" / "workbooks" / "files"


def text(delimiter: str = ",", quote: str = "", rows: int = 60) -> str:
    """The table as delimited text."""
    lines = [HEADS, *ROWS[:rows]]
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in line) + "\n" for line in lines)


def table(rows: int = 60) -> pa.Table:
    """The table as Arrow has it, with columns of several types."""
    columns = [list(column) for column in zip(*ROWS[:rows], strict=True)]
    more = {
        "数": [*range(rows - 1), None],
        "实": [float(n) for n in range(rows)],
        "列": [["a", str(n)] for n in range(rows)],
    }
    return pa.table(dict(zip(HEADS, columns, strict=True)) | more).append_column(
        "典", pa.array([f"v{n % 3}" for n in range(rows)]).dictionary_encode()
    )


def written(write: Callable[[Path], object]) -> bytes:
    """What a library writes to a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        write(path)
        return path.read_bytes()


def database(path: Path, rows: int) -> None:
    """A SQLite database of two tables, an index and a view."""
    with sqlite3.connect(path) as held:
        held.execute("PRAGMA page_size = 1024")
        held.execute("CREATE TABLE 客户 (a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f REAL)")
        held.executemany("INSERT INTO 客户 VALUES (?,?,?,?,?,?)", ROWS[:rows])
        held.execute("CREATE TABLE other (id INTEGER PRIMARY KEY, x BLOB)")
        held.execute("INSERT INTO other (x) VALUES (zeroblob(3000)), (NULL), (x'ff00')")
        held.execute("CREATE INDEX i ON 客户 (c)")
        held.execute("CREATE VIEW v AS SELECT a FROM 客户")
    held.close()


def avro(path: Path, count: int) -> None:
    """An Avro file in two blocks."""
    import fastavro

    fields = [{"name": f"c{n}", "type": ["null", "string"]} for n in range(6)]
    rows = [{f"c{n}": cell for n, cell in enumerate(row)} for row in ROWS[:count]]
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "row", "fields": fields}, rows, sync_interval=2000)


def stream(rows: int) -> bytes:
    """An Arrow stream."""
    sink = io.BytesIO()
    with ipc.new_stream(sink, table().schema) as writer:
        writer.write_table(table(rows), max(1, rows // 3))
    return sink.getvalue()


def workbook(rows: int) -> bytes:
    """A workbook with shared strings, numbers, dates and a note."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet("客户")
        for place, row in enumerate([HEADS, *ROWS[: rows // 3]]):
            sheet.write_row(place, 0, row)
            sheet.write_number(place, 7, 40000 + place, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_comment("A2", "回电 13600000004")
    return sink.getvalue()


def mail() -> bytes:
    """A message with a page and an attachment."""
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "张三 <zhang@example.com>",
        "li@example.com",
        "客户名单",
    )
    message.set_content("请致电 13812345678", charset="gb18030")
    message.add_alternative("<p>电话&#49;3812345678</p><table><tr><td>a</table>", subtype="html")
    message.add_attachment(text(rows=3).encode(), maintype="text", subtype="csv", filename="客户.csv")
    return message.as_bytes()


def document() -> bytes:
    """A text document with a paragraph and a table."""
    import docx

    sink = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("姓名 张伟 手机 13812345678")
    rows = made.add_table(rows=2, cols=2).rows
    rows[0].cells[0].text, rows[1].cells[1].text = "手机号", "13987654321"
    made.save(sink)
    return repacked(
        {
            name: part
            for name, part in unpacked(sink.getvalue()).items()
            if "theme" not in name and "styles" not in name
        }
    )


def unpacked(data: bytes) -> dict[str, bytes]:
    """The parts of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(parts: dict[str, bytes]) -> bytes:
    """A zip archive of these parts."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return sink.getvalue()


def html(rows: int) -> bytes:
    """A page with a table in a table."""
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADS, *ROWS[: rows // 6]]
    )
    return f"<html><meta charset=utf-8><body><p>电话&#49;38&amp;</p><table>{body}<tr><td><table><tr><td>a</table></table>".encode()


def excel_xml(rows: int) -> bytes:
    """A workbook of 2003."""
    cells = "".join(f'<Row><Cell><Data ss:Type="String">{a}</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">{c}</Data></Cell></Row>' for a, _, c, *_ in ROWS[: rows // 6])  # fmt: skip
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:'
        f'spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="客户"><Table>{cells}'
        "</Table></Worksheet></Workbook>"
    ).encode()


def sql(rows: int) -> list[bytes]:
    """Dumps of MySQL, PostgreSQL and Oracle."""
    tuples = ",\n".join("(" + ",".join(f"'{cell}'" for cell in row) + ")" for row in ROWS[: rows // 3])
    copied = "".join("\t".join(row) + "\n" for row in ROWS[: rows // 3])
    return [
        f"-- MySQL dump 10.13\nCREATE TABLE `客户` (`a` text,`b` text);\nINSERT INTO `客户` VALUES {tuples};\n".encode(),
        f"-- PostgreSQL database dump\nCOPY public.t (a,b,c,d,e,f) FROM stdin;\n{copied}\\.\n".encode(),
        f"SET DEFINE OFF;\nInsert into T (A,B) values (to_date('2024','YYYY'),q'[a'b]');\n{tuples};\nGO\n".encode(),
    ]


@cache
def seeds(rows: int = 60) -> dict[str, list[bytes]]:
    """Sound files by the name of the target that breaks them; their tables have ``rows`` rows or a fixed share of it."""
    objects = [
        dict(zip(HEADS, row, strict=True)) | {"其他": {"a": [1, {"b": None}]}} for row in ROWS[: rows // 3]
    ]
    plain = text(rows=rows).encode()
    parts = [
        ("a/客户.csv", plain),
        ("b.txt", b"13812345678\n"),
        ("c.zip", archive_files.zipped(("d.csv", plain[:900]))),
    ]
    small = [(name.encode("gb18030"), content) for name, content in parts[:2]]
    packed = archive_files.zipped(*parts)
    return {
        "delimited": [
            "姓名：王小明\n电话：13812345678\n\n姓名：李小红\n电话：13912345678\n".encode() * 3,
            plain, text("\t", '"', rows).encode("gb18030"), text("----", rows=rows).encode(), text("|", rows=rows).encode("utf-16"),
            text(";", "'", rows).encode("big5", "ignore"), text(" ", rows=rows).encode("utf-8-sig"),
            "电话 13812345678，".encode() * (rows // 2),
        ],
        "json": [
            json.dumps(objects, ensure_ascii=False).encode(), json.dumps({"data": {"rows": objects}}, indent=1).encode(),
            "".join(json.dumps(each) + "\n" for each in objects).encode(), json.dumps({row[1]: row for row in ROWS[: rows // 6]}).encode(),
        ],
        "sql": sql(rows),
        "parquet": [
            written(lambda path: parquet.write_table(table(rows), path, row_group_size=rows // 2)),
            written(lambda path: parquet.write_table(table(rows), path, compression="none", use_dictionary=False)),
        ],
        "orc": [written(lambda path: orc.write_table(table(rows).drop_columns(["典"]), path))],
        "arrow": [stream(rows), written(lambda path: feather.write_feather(table(rows), path, chunksize=rows // 3, compression="lz4"))],
        "avro": [written(lambda path: avro(path, rows))],
        "sqlite": [written(lambda path: database(path, rows))],
        "mail": [mail(), b"From x@example.com Mon Mar  2 10:00:00 2026\n" + mail() + b"\n\nFrom y@example.com Mon Mar  2 10:00:00 2026\n" + mail()],
        "vcard": ["BEGIN:VCARD\r\nVERSION:3.0\r\nFN:张三\r\nTEL;TYPE=CELL:138 1234 5678\r\nADR;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=E5=8C=97\r\n =E4=BA=AC\r\nEND:VCARD\r\n".encode() * 3],
        "html": [html(rows)],
        "workbook": [workbook(rows), excel_xml(rows), *((BOOKS / name).read_bytes() for name in ("people.xls", "people.ods"))],
        "document": [document()],
        "zip": [packed, archive_files.zip_of(archive_files.Zip(small[0][0], plain, described=True), archive_files.Zip(small[1][0], b"x"))],
        "tar": [archive_files.tarred(*parts), gzip.compress(archive_files.tarred(*parts), 1)],
        "compressed": [
            gzip.compress(plain, 1), bz2.compress(plain), lzma.compress(plain), lzma.compress(plain, lzma.FORMAT_ALONE),
            pa.compress(plain, "zstd", asbytes=True), pa.compress(plain, "lz4", asbytes=True), gzip.compress(packed, 1),
        ],
        "foreign": [archive_files.cabinet(*small), archive_files.rar4(*small), archive_files.rar5(*small)],
    }  # fmt: skip
