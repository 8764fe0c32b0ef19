"""Workbooks for tests: made by xlsxwriter, or part by part."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import xlsxwriter

from scanner.model import Limits
from scanner.sources.messages import LOOSE, ROW, Sheet, Trouble, Unit
from scanner.sources.workbooks import reader

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def written(write: Callable[[Any], None], **options: Any) -> bytes:
    """A workbook as xlsxwriter makes it."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, **options}) as book:
        write(book)
    return sink.getvalue()


def made(sheet: str, others: Mapping[str, str] | None = None, name: str = "S") -> bytes:
    """A workbook of one sheet whose XML is given."""
    parts = {
        "[Content_Types].xml": HEAD + "<Types/>",
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships><Relationship Id="rId1" Type="{LINKS}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        **(others or {}),
    }
    return zipped(parts)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text, zipfile.ZIP_STORED if part == "mimetype" else None)
    return sink.getvalue()


def sheet_of(rows: str) -> str:
    """The XML of a sheet with these rows."""
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def told(data: bytes, start: int = 0, cell: int = 1 << 20, **limits: int) -> Iterator[Any]:
    """The reader's messages."""
    options = {"limits": asdict(Limits(**limits)), "cell": cell}
    return reader.read(io.BytesIO(data), start, options)


def content(
    data: bytes, **options: Any
) -> tuple[dict[str, dict[int, list[str]]], list[tuple[int, str]], list[str]]:
    """Filled rows by sheet and place, loose texts with their places, and the sentences of troubles."""
    sheets: dict[str, dict[int, list[str]]] = {}
    loose: list[tuple[int, str]] = []
    troubles: list[str] = []
    now: dict[int, list[str]] = {}
    for message in told(data, **options):
        if isinstance(message, Trouble):
            troubles.append(message.what)
        elif isinstance(message, Sheet):
            now = sheets.setdefault(message.name or "", {})
        elif isinstance(message, pa.RecordBatch):
            places = message.column(0).to_pylist()
            columns = [[text or b"" for text in column.to_pylist()] for column in message.columns[1:]]
            if message.schema.names == [ROW, LOOSE]:
                loose += [
                    (place, text.decode("utf-8", "replace"))
                    for place, text in zip(places, columns[0], strict=True)
                ]
                continue
            for place, cells in zip(places, zip(*columns, strict=True), strict=True):
                assert place not in now
                now[place] = [cell.decode() for cell in cells]
        else:
            assert isinstance(message, Unit)
    return sheets, loose, troubles


def records(*items: tuple[int, bytes]) -> bytes:
    """Records of a part of a binary workbook ([MS-XLSB] 2.1.4)."""
    made = bytearray()
    for number, raw in items:
        made += bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
        size = len(raw)
        while size > 127:
            made.append(size & 127 | 128)
            size >>= 7
        made += bytes([size]) + raw
    return bytes(made)


def wide(text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<I", len(raw) // 2) + raw


def binary(cells: Mapping[tuple[int, int], str | float], state: int = 0) -> bytes:
    """A binary workbook of one sheet, its cells by row and column in their order."""
    rows = sorted({row for row, _ in cells})
    columns = [column for _, column in cells]
    body = []
    for row in rows:
        body.append((0, struct.pack("<I", row) + bytes(13)))
        for (at, column), value in cells.items():
            if at == row:
                head = struct.pack("<II", column, 0)
                body.append(
                    (6, head + wide(value))
                    if isinstance(value, str)
                    else (5, head + struct.pack("<d", value))
                )
    extent = struct.pack("<4I", rows[0], rows[-1], min(columns), max(columns))
    sheet = records((129, b""), (148, extent), (145, b""), *body, (146, b""), (130, b""))
    listed = struct.pack("<II", state, 1) + wide("rId1") + wide("客户")
    return zipped(
        {
            "[Content_Types].xml": HEAD + "<Types/>",
            "xl/_rels/workbook.bin.rels": f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            f'relationships"><Relationship Id="rId1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
            "xl/workbook.bin": records((131, b""), (143, b""), (156, listed), (144, b""), (132, b"")),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )
