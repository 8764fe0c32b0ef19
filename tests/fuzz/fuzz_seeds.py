"""Small sound files of every format that is read, as seeds of the fuzzing; all people in them are made up."""

from __future__ import annotations

import bz2
import email.message
import gzip
import io
import json
import lzma
import sqlite3
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from unittest import mock

import archive_files
import compound_files
import pdf_files
import pyarrow as pa
import xlsxwriter
from pyarrow import feather, ipc, orc, parquet
from workbooks import books

HEADS = ("姓名", "身份证号", "手机号", "住址", "注册时间", "余额")
ROWS = [
    (f"张{'伟芳娜敏静'[n % 5]}", f"11010119900307{7000 + n}", f"138{12345678 + 7919 * n}", f"北京市朝阳区建国路{n}号",
     f"2024-05-{1 + n % 28:02} 14:30:00", f"{n * 1.5}")
    for n in range(60)
]  # fmt: skip
BOOKS = Path(__file__).resolve().parents[1] / "sources" / "workbooks" / "files"


TINY = 2  # rows of tables that are as small as they can be; these are narrower, too


def width(rows: int) -> int:
    """How many columns a table of so many rows has."""
    return len(HEADS) if rows > TINY else 3


def text(delimiter: str = ",", quote: str = "", rows: int = 60) -> str:
    """The table as delimited text."""
    lines = [cells[: width(rows)] for cells in (HEADS, *ROWS[:rows])]
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in line) + "\n" for line in lines)


def table(rows: int = 60) -> pa.Table:
    """The table as Arrow has it, with columns of several types."""
    columns = [list(column) for column in zip(*ROWS[:rows], strict=True)]
    more = {
        "数": [*range(rows - 1), None],
        "实": [float(n) for n in range(rows)],
        "列": [["a", str(n)] for n in range(rows)],
    }
    held = pa.table(dict(zip(HEADS, columns, strict=True)) | more).append_column(
        "典", pa.array([f"v{n % 3}" for n in range(rows)]).dictionary_encode()
    )
    return held if rows > TINY else held.select([HEADS[0], "数", "列", "典"])


def written(write: Callable[[Path], object]) -> bytes:
    """What a library writes to a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        write(path)
        return path.read_bytes()


def database(path: Path, rows: int) -> None:
    """A SQLite database of two tables, an index and a view; a tiny one of a table."""
    with sqlite3.connect(path) as held:
        if rows == TINY:
            held.execute("PRAGMA page_size = 512")
            held.execute("CREATE TABLE 客户 (a TEXT, b TEXT, c REAL)")
            held.executemany("INSERT INTO 客户 VALUES (?,?,?)", [(*row[:2], row[5]) for row in ROWS[:rows]])
            return
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

    fields = [{"name": f"c{n}", "type": ["null", "string"]} for n in range(width(count))]
    rows = [{f"c{n}": cell for n, cell in enumerate(row[: width(count)])} for row in ROWS[:count]]
    with path.open("wb") as file:
        fastavro.writer(
            file,
            {"type": "record", "name": "row", "fields": fields},
            rows,
            sync_interval=2000,
            sync_marker=bytes(range(16)),
        )


def dbf(count: int) -> bytes:
    """A dBase file: text, and a number and a moment as FoxPro keeps them."""
    fields = [
        (b"\xd0\xd5\xc3\xfb", b"C", 12),
        (b"TEL", b"C", 11),
        (b"N", b"I", 4),
        (b"WHEN", b"T", 8),
        (b"NOTE", b"M", 4),
    ]
    head = struct.pack("<BBBBIHH17xBxx", 0x30, 24, 5, 1, count, 33 + 32 * len(fields), 40, 0x7A)
    head += b"".join(struct.pack("<11sc4xB15x", *field) for field in fields) + b"\r"
    row = " 王小明      13812345678".encode("gb18030") + struct.pack("<iiIi", -7, 2460432, 43_200_000, 5)
    return head + row * count + b"\x1a"


def rtf(count: int) -> bytes:
    rows = b"\n".join(rb"\intbl %d\cell 1381234567%d\cell\row" % (n, n % 10) for n in range(count))
    return (
        rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 A;}}{\*\x {a}}\f0 \'d5\'c5\u20255?\par "
        + rows
        + b"}"
    )


def bson(count: int) -> bytes:
    """A dump of MongoDB: text, a number, a list."""
    name, phone = "王小明".encode(), b"\x02" + b"0\0" + struct.pack("<i", 12) + b"13812345678\0"
    raw = b"\x07_id\0" + bytes(range(12)) + b"\x02name\0" + struct.pack("<i", len(name) + 1) + name + b"\0"
    raw += b"\x12n\0" + struct.pack("<q", 13812345678)
    raw += b"\x04tel\0" + struct.pack("<i", len(phone) + 5) + phone + b"\0"
    return (struct.pack("<i", len(raw) + 5) + raw + b"\0") * count


def stream(rows: int) -> bytes:
    """An Arrow stream."""
    sink = io.BytesIO()
    with ipc.new_stream(sink, table(rows).schema) as writer:
        writer.write_table(table(rows), max(1, rows // 3))
    return sink.getvalue()


def workbook(rows: int) -> bytes:
    """A workbook with shared strings, numbers, dates and a note."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2024, 5, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("客户")
        for place, row in enumerate([HEADS, *ROWS[: max(1, rows // 3)]]):
            sheet.write_row(place, 0, row)
            sheet.write_number(place, 7, 40000 + place, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_comment("A2", "回电 13600000004")
    return sink.getvalue()


def tiny_workbooks() -> list[bytes]:
    """Workbooks of a few cells, as Excel and as LibreOffice write them, with no more parts than they need."""
    cells = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>手机号</t></is></c></row>'
        '<row r="2"><c r="A2" s="1"><v>40000</v></c><c r="B2"><v>13812345678</v></c></row>'
    )
    styles = f'<styleSheet xmlns="{books.MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    strings = f'<sst xmlns="{books.MAIN}"><si><t>注册时间</t></si></sst>'
    places = "urn:oasis:names:tc:opendocument:xmlns:"
    rows = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>手机号</text:p></table:table-cell></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="2" office:value-type="float" '
        'office:value="13812345678"><text:p>1.38E+10</text:p></table:table-cell></table:table-row>'
    )
    names = "".join(f' xmlns:{name}="{places}{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<office:body><office:spreadsheet><table:table table:name="客户">{rows}</table:table></office:spreadsheet></office:body>'
    return [
        books.made(books.sheet_of(cells), {"xl/styles.xml": styles, "xl/sharedStrings.xml": strings}),
        books.zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": f"{books.HEAD}<office:document-content{names}>{body}</office:document-content>",
            }
        ),
    ]


def tiny_documents() -> list[bytes]:
    """A paragraph and a table as Word, PowerPoint and LibreOffice write them, with no more parts than they need."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    slide = "http://schemas.openxmlformats.org/drawingml/2006/main"
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    return [
        books.zipped(
            {
                "word/document.xml": f'{books.HEAD}<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>张伟 1381234</w:t></w:r>'
                "<w:r><w:tab/><w:t>5678</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>手机号</w:t></w:r></w:p></w:tc><w:tc>"
                "<w:p><w:r><w:t>13987654321</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>",
            }
        ),
        books.zipped(
            {
                "ppt/presentation.xml": f'<p xmlns:a="{slide}"><a:p><a:r><a:t>张伟</a:t></a:r><a:br/><a:r><a:t>13812345678</a:t></a:r></a:p></p>',
                "ppt/media/a.csv": text(rows=TINY),
            }
        ),
        books.zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": f'<o:document-content xmlns:o="{office}office:1.0" xmlns:text="{office}text:1.0" '
                f'xmlns:table="{office}table:1.0"><text:h>张伟<text:line-break/>13812345678</text:h><table:table><table:table-row>'
                "<table:table-cell><text:p>a</text:p></table:table-cell></table:table-row></table:table></o:document-content>",
            }
        ),
    ]


def tiny_mail() -> bytes:
    """A message without any part, whose header and body are encoded."""
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "张三 <zhang@example.com>", "li@example.com", "名单"
    message.set_content("请致电 13812345678", charset="gb18030")
    return message.as_bytes()


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
    for number, part in enumerate(each for each in message.walk() if each.is_multipart()):
        part.set_boundary(f"==boundary{number}==")
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
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
        for row in [HEADS, *ROWS[: max(1, rows // 6)]]
    )
    return f"<html><meta charset=utf-8><body><p>电话&#49;38&amp;</p><table>{body}<tr><td><table><tr><td>a</table></table>".encode()


def excel_xml(rows: int) -> bytes:
    """A workbook of 2003."""
    cells = "".join(f'<Row><Cell><Data ss:Type="String">{a}</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">{c}</Data></Cell></Row>' for a, _, c, *_ in ROWS[: max(1, rows // 6)])  # fmt: skip
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:'
        f'spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="客户"><Table>{cells}'
        "</Table></Worksheet></Workbook>"
    ).encode()


def sql(rows: int) -> list[bytes]:
    """Dumps of MySQL, PostgreSQL and Oracle."""
    tuples = ",\n".join(
        "(" + ",".join(f"'{cell}'" for cell in row) + ")" for row in ROWS[: max(1, rows // 3)]
    )
    copied = "".join("\t".join(row) + "\n" for row in ROWS[: max(1, rows // 3)])
    return [
        f"-- MySQL dump 10.13\nCREATE TABLE `客户` (`a` text,`b` text);\nINSERT INTO `客户` VALUES {tuples};\n".encode(),
        f"-- PostgreSQL database dump\nCOPY public.t (a,b,c,d,e,f) FROM stdin;\n{copied}\\.\n".encode(),
        f"SET DEFINE OFF;\nInsert into T (A,B) values (to_date('2024','YYYY'),q'[a'b]');\n{tuples};\nGO\n".encode(),
    ]


@cache
def seeds(rows: int = 60) -> dict[str, list[bytes]]:
    """Sound files by the name of the target that breaks them; their tables have ``rows`` rows or a fixed share of it.

    With TINY rows they are as small as files of their kind can be. They are the same in every process, so that a batch
    can be run again.
    """
    then = time.struct_time((2024, 5, 1, *[0] * 6))
    with mock.patch.object(time, "localtime", return_value=then):  # is what zipfile dates members by
        return made(rows)


def made(rows: int) -> dict[str, list[bytes]]:
    """The seeds."""
    tiny, third, sixth = rows == TINY, max(1, rows // 3), max(1, rows // 6)
    objects = [
        dict(list(zip(HEADS, row, strict=True))[: width(rows)]) | {"其他": {"a": [1, {"b": None}]}}
        for row in ROWS[:third]
    ]
    plain = text(rows=rows).encode()
    parts = [
        ("a/客户.csv", plain),
        ("b.txt", b"13812345678\n"),
        ("c.zip", archive_files.zipped(("d.csv", plain[:900]))),
    ]
    small = [(name.encode("gb18030"), content) for name, content in parts[:2]]
    packed = archive_files.zipped(*parts)
    tars = [archive_files.tarred(*parts)]
    described = archive_files.Zip(small[0][0], plain, described=True)
    zips = [packed, archive_files.zip_of(described, archive_files.Zip(small[1][0], b"x"))]
    if tiny:
        (name, content), small = small[1], small[1:]
        packed = archive_files.zipped(parts[1])
        zips = [
            packed,
            archive_files.zipped(parts[2]),
            archive_files.zip_of(archive_files.Zip(name, content, described=True)),
        ]
        tars = [
            archive_files.tar_header(name, len(content), mark=mark) + archive_files.padded(content)
            for name, content, mark in (
                (b"b.txt", content, b"ustar\x0000"),
                (small[0][0], content, bytes(8)),
                (b"c.zip", packed, b"ustar  \0"),
            )
        ]
    letter = tiny_mail() if tiny else mail()
    return {
        "delimited": [
            "姓名：王小明\n电话：13812345678\n\n姓名：李小红\n电话：13912345678\n".encode() * 3,
            plain, text("\t", '"', rows).encode("gb18030"), text("----", rows=rows).encode(), text("|", rows=rows).encode("utf-16"),
            text(";", "'", rows).encode("big5", "ignore"), text(" ", rows=rows).encode("utf-8-sig"),
            "电话 13812345678，".encode() * (rows // 2),
        ],
        "json": [
            json.dumps(objects, ensure_ascii=False).encode(), json.dumps({"data": {"rows": objects}}, indent=1).encode(),
            "".join(json.dumps(each) + "\n" for each in objects).encode(), json.dumps({row[1]: row for row in ROWS[:sixth]}).encode(),
            "".join(f"{n} INFO ok\n{json.dumps(each)}\n" for n, each in enumerate(objects)).encode(),
        ],
        "sql": sql(rows),
        "parquet": [
            written(lambda path: parquet.write_table(table(rows), path, row_group_size=rows // 2)),
            written(lambda path: parquet.write_table(table(rows), path, compression="none", use_dictionary=False)),
        ],
        "orc": [written(lambda path: orc.write_table(table(rows).drop_columns(["典"]), path))],
        "arrow": [stream(rows), written(lambda path: feather.write_feather(table(rows), path, chunksize=third, compression="lz4"))],
        "avro": [written(lambda path: avro(path, rows))],
        "binlog": ["".join(
            f"### UPDATE `a`.`b`\n### WHERE\n###   @1={n}\n###   @2='王小明'\n### SET\n###   @1='1381234567{n % 10}' /* STRING(11) */\n# at 9\n"
            for n in range(rows)
        ).encode()],
        "bson": [bson(rows)],
        "ldif": [b"version: 1\n\ndn: uid=x,dc=y\ncn:: 5byg5LiJ\nmobile: 138123\n 45678\njpegPhoto:: AAAA\n\n" * (1 if tiny else 3)],
        "dbf": [dbf(rows)],
        "sqlite": [written(lambda path: database(path, rows))],
        "mail": [letter, b"From x@example.com Mon Mar  2 10:00:00 2026\n" + letter + b"\n\nFrom y@example.com Mon Mar  2 10:00:00 2026\n" + letter],
        "vcard": ["BEGIN:VCARD\r\nVERSION:3.0\r\nFN:张三\r\nTEL;TYPE=CELL:138 1234 5678\r\nADR;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=E5=8C=97\r\n =E4=BA=AC\r\nEND:VCARD\r\n".encode() * (1 if tiny else 3)],
        "html": [html(rows)],
        "rtf": [rtf(rows)],
        "pdf": [pdf_files.document([pdf_files.Page(pdf_files.table([HEADS[:3], *(row[:3] for row in ROWS[:third])], (50, 150, 300)))], plain)],
        "workbook": [
            *(tiny_workbooks() if tiny else (workbook(rows), (BOOKS / "people.ods").read_bytes())),
            excel_xml(rows), (BOOKS / "people.xls").read_bytes(), (BOOKS / "people.doc").read_bytes(),
            compound_files.compound({"PowerPoint Document": struct.pack("<HHI", 0, 0x0FA0, 4088) + ("张伟 13812345678\r" * 292).encode("utf-16-le")[:4088]}),
        ],
        "document": tiny_documents() if tiny else [document()],
        "zip": zips,
        "tar": [*tars, gzip.compress(tars[0], 1, mtime=0)],
        "compressed": [
            gzip.compress(plain, 1, mtime=0), bz2.compress(plain), lzma.compress(plain), lzma.compress(plain, lzma.FORMAT_ALONE),
            pa.compress(plain, "zstd", asbytes=True), pa.compress(plain, "lz4", asbytes=True), gzip.compress(packed, 1, mtime=0),
        ],
        "foreign": [archive_files.cabinet(*small), archive_files.rar4(*small), archive_files.rar5(*small)],
    }  # fmt: skip
