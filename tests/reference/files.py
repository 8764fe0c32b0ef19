"""Files as tables of cells, by what they are: delimited text, JSON, Parquet, SQLite, and zip archives of these."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from reference.reading import Given, Table, decode, delimited


@dataclass
class Input:
    """An entry of the report's inputs: a file, or a member of an archive."""

    format: str
    tables: list[Table] = field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool | None = None


def read(path: Path, given: Given, as_of: date) -> list[Input]:
    """A file; of an archive also its members, in their order."""
    raw = path.read_bytes()
    if raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [archive.read(each) for each in archive.infolist() if not each.is_dir()]
        return [Input("zip"), *(_one(member, None, given, as_of) for member in members)]
    return [_one(raw, path, given, as_of)]


def _one(raw: bytes, path: Path | None, given: Given, as_of: date) -> Input:
    if raw.startswith(b"PAR1"):
        return _of([parquet(raw)])
    if raw.startswith(b"SQLite format 3\0"):
        assert path is not None
        return _of(list(sqlite(path)))
    if given.delimiter is None and raw.lstrip()[:1] in (b"{", b"["):
        return _of([json_records(raw)])
    return _of([delimited(raw, given, as_of)])


def _of(tables: list[Table]) -> Input:
    first = tables[0]
    return Input(first.format, tables, first.encoding, first.delimiter, first.has_header)


def json_records(raw: bytes) -> Table:
    """Lines of objects, or a list of them: a key is a column, numbers stand as they are written."""
    text, encoding = decode(raw, None)
    as_written: dict[str, Any] = {"parse_int": str, "parse_float": str, "parse_constant": str}
    if text.lstrip().startswith("["):
        records = json.loads(text, **as_written)
    else:
        records = [json.loads(line, **as_written) for line in text.splitlines() if line.strip()]
    names = list(dict.fromkeys(key for record in records for key in record))
    rows = [[_plain(record.get(name)) for name in names] for record in records]
    return Table("json", list(names), ["text"] * len(names), encoding, rows=rows)


def sqlite(path: Path) -> Iterator[Table]:
    """Each table, by name."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table' order by name")
        for (table,) in found.fetchall():
            cursor = connection.execute(f'select * from "{table}" order by rowid')
            names = [column[0] for column in cursor.description]
            rows = [[_plain(value) for value in row] for row in cursor]
            yield Table("sqlite", list(names), ["text"] * len(names), table=table, rows=rows)


def parquet(raw: bytes) -> Table:
    """Typed columns as plain text: whole numbers as digits, moments as they are printed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pq.ParquetFile(io.BytesIO(raw)).read()
    kinds, columns = [], []
    for column in found.columns:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        kinds.append("float" if pa.types.is_floating(kind) else "text")
        columns.append([_plain(value) for value in column.to_pylist()])
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Table("parquet", list(found.column_names), kinds, rows=rows)


def _plain(value: Any) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower().encode()
    if isinstance(value, float) and value == int(value):
        return str(int(value)).encode()
    return str(value).encode("utf-8", "surrogateescape")
