"""Footers of Parquet files: what pyarrow says of sound ones, and an answer for any bytes."""

from __future__ import annotations

import io
import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_file import MemoryFile
from pyarrow import parquet

from scanner.errors import SourceError
from scanner.model import Batch, Issue, ReadOptions
from scanner.sources.parquet import ParquetSource
from scanner.sources.parquet_footer import row_groups

TABLE = pa.table(
    {
        "手机号": [f"138{number % 90:08}" for number in range(900)],
        "n": list(range(900)),
        "x": [{"a": [number, None], "b": "c"} for number in range(900)],
        "m": pa.array([[("k", 1)]] * 900, pa.map_(pa.string(), pa.int32())),
        "t": [None if number % 3 else 0.5 for number in range(900)],
    }
)


def written(**options: Any) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(TABLE, sink, **options)
    return sink.getvalue()


STYLES: list[dict[str, Any]] = [
    {},
    {"row_group_size": 7},
    {"use_dictionary": False, "compression": "none"},
    {"use_dictionary": ["手机号"], "data_page_version": "2.0", "version": "2.6"},
    {"write_page_index": True, "write_page_checksum": True, "compression": "zstd"},
    {"write_statistics": False, "store_schema": False},
    {"sorting_columns": [parquet.SortingColumn(1)]},
]


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_says_what_pyarrow_says(style: dict[str, Any]) -> None:
    data = written(**style)
    found, meant = row_groups(MemoryFile(data)), parquet.ParquetFile(io.BytesIO(data)).metadata
    assert [group.rows for group in found] == [
        meant.row_group(number).num_rows for number in range(meant.num_row_groups)
    ]
    for number, group in enumerate(found):
        columns = [meant.row_group(number).column(place) for place in range(meant.num_columns)]
        assert [(each.path, each.values, each.size, each.has_dictionary) for each in group.chunks] == [
            (each.path_in_schema, each.num_values, each.total_uncompressed_size, each.has_dictionary_page)
            for each in columns
        ]


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(noise: bytes) -> None:
    data = b"PAR1" + noise + struct.pack("<I", len(noise)) + b"PAR1"
    try:
        row_groups(MemoryFile(data))
    except ValueError as error:
        assert str(error)  # noqa: PT017 - one sentence, whichever it is


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"\xff\xff\xff\xffPAR1", b"\0\0\0\0PARE", b"\x1c" * 5000 + b"\x88\x13\0\0PAR1"]
)
def test_what_is_no_footer(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"footer|early|deep|longer|unknown"):
        row_groups(MemoryFile(data))


def small() -> bytes:
    """One column, one row group: few bytes, so that each may be damaged in turn."""
    sink = io.BytesIO()
    table = pa.table({"p": pa.array(["13812345678", None])})
    parquet.write_table(table, sink, compression="none", use_dictionary=False, store_schema=False)
    return sink.getvalue()


def test_no_byte_of_a_footer_ends_the_process() -> None:
    """Histograms of another length than the levels have, and others: found by fuzzing, 2026-11-22."""
    data = small()
    start = len(data) - 8 - struct.unpack("<I", data[-8:-4])[0]
    refused = read = 0
    for at in range(start, len(data) - 8):
        for value in {data[at] ^ 1, data[at] ^ 2, data[at] ^ 16, 0, 0x16, 0x26} - {data[at]}:
            broken = bytearray(data)
            broken[at] = value
            try:
                items = list(ParquetSource().batches(MemoryFile(bytes(broken)), ReadOptions()))
            except SourceError:
                refused += 1
                continue
            told = any(isinstance(item, Issue) and item.partial for item in items)
            whole = sum(item.size for item in items if isinstance(item, Batch)) == 2
            assert told or whole, (at, value)  # fewer rows are never all that there is to say
            refused += told
            read += whole
    assert refused > 100
    assert read > 100
