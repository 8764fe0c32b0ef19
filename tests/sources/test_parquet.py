"""Parquet: the same cells however the file encodes them, and dictionaries that stay dictionaries."""

import random
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from memory_file import MemoryFile

from scanner.model import Batch, ReadOptions
from scanner.sources import parquet
from scanner.sources.arrow import Dictionaries, column_of
from scanner.sources.parquet import ParquetSource

WORDS = ["甲", "", " 乙 ", "13800138000", None, "中文" * 40, "x"]


def written(table, **options):
    target = pa.BufferOutputStream()
    pq.write_table(table, target, **options)
    return target.getvalue().to_pybytes()


def batches(raw):
    return list(ParquetSource().batches(MemoryFile(raw), ReadOptions()))


def texts(batch, place):
    """The column's cells by row, null and empty alike."""
    column = batch.columns[place]
    if column.codes is not None:
        return [column.cells.raw(code) if code >= 0 else b"" for code in column.codes.tolist()]
    return [column.cells.raw(row) for row in range(batch.size)]


def all_texts(raw, place=0):
    return [text for batch in batches(raw) for text in texts(batch, place)]


def values(seed, count):
    draw = random.Random(seed)
    return [draw.choice(WORDS) for _ in range(count)]


ENCODINGS = [
    {"use_dictionary": False},
    {"use_dictionary": True},
    {"use_dictionary": True, "dictionary_pagesize_limit": 64},  # falls back to plain values
    {"use_dictionary": True, "data_page_version": "2.0", "compression": "zstd"},
    {"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY"},
    {"use_dictionary": False, "column_encoding": "DELTA_LENGTH_BYTE_ARRAY"},
    {"row_group_size": 7, "data_page_size": 32},
]
KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int8(), pa.string())]


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_encoding_gives_the_same_cells(kind, options):
    held = values(str(kind), 500)
    column = pa.array(held, pa.string())
    column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
    if pa.types.is_dictionary(kind):
        options = {key: value for key, value in options.items() if key != "column_encoding"}
    raw = written(pa.table({"甲": column}), **options)
    assert all_texts(raw) == [(value or "").encode() for value in held]


def test_a_column_with_a_dictionary_is_read_as_codes():
    held = [f"值{number % 50}" for number in range(20_000)]
    (batch,) = batches(written(pa.table({"few": held, "other": range(20_000)})))
    assert len(batch.columns[0].cells) == 50
    assert batch.columns[0].codes is not None
    assert batch.columns[1].codes is None
    assert texts(batch, 0) == [value.encode() for value in held]


def test_values_that_differ_are_not_read_as_codes():
    held = [f"value {number}" for number in range(20_000)]
    (batch,) = batches(written(pa.table({"many": held}), dictionary_pagesize_limit=1000))
    assert batch.columns[0].codes is None
    assert texts(batch, 0) == [value.encode() for value in held]


def test_a_dictionary_that_comes_again_shares_its_cells(monkeypatch):
    monkeypatch.setattr(parquet, "MOST", 1000)
    monkeypatch.setattr(parquet, "FEWEST", 1000)
    first = pa.table({"few": [f"值{number % 50}" for number in range(3000)]})
    second = pa.table({"few": [f"另{number % 50}" for number in range(1000)]})
    found = batches(written(pa.concat_tables([first, second]), row_group_size=3000))
    cells = [batch.columns[0].cells for batch in found]
    assert len(cells) == 4
    shared = [each.memo["found"] for each in cells]
    assert shared[0] is shared[1] is shared[2]
    assert shared[3] is not shared[0]
    assert len({id(each.memo) for each in cells}) == 4


def test_known_dictionaries_are_told_apart():
    known = Dictionaries()

    def memo(words, place=0):
        return known.cells(place, pa.array(words, pa.string())).memo["found"]

    first = memo(["ab", "c"])
    assert memo(["ab", "c"]) is first
    assert memo(["ab", "c"], 1) is not first
    assert memo(pa.array(["x", "ab", "c"]).slice(1).to_pylist()) is first
    assert memo(["a", "bc"]) is not first
    assert memo(["ab"]) is not first
    assert memo([]) is memo([])


@pytest.mark.parametrize(
    ("codes", "words", "expected"),
    [
        ([1, 0, None, 1], ["a", "b"], [1, 0, -1, 1]),
        ([0, 1, 0], ["a", None], [0, -1, 0]),
        ([None, None], ["a", None], [-1, -1]),
    ],
)
@pytest.mark.parametrize("width", [pa.int8(), pa.uint16(), pa.int32(), pa.int64()])
def test_codes_of_rows(codes, words, expected, width):
    array = pa.DictionaryArray.from_arrays(pa.array(codes, width), pa.array(words, pa.string()))
    assert column_of(array, None).codes.tolist() == expected
    padded = pa.concat_arrays([array, array]).slice(len(codes))
    assert column_of(padded, None).codes.tolist() == expected


def test_a_code_that_names_no_value_is_refused():
    wrong = pa.DictionaryArray.from_arrays(pa.array([0, 5, 1]), pa.array(["a", "b"]), safe=False)
    with pytest.raises(ValueError, match="names no value"):
        column_of(wrong, None)


def test_batches_are_small_where_rows_are_large():
    rows = 20_000
    table = pa.table({"text": pa.array(["长" * 1000] * rows), "n": range(rows)})
    found = batches(written(table, use_dictionary=False))
    assert sum(batch.size for batch in found) == rows
    assert max(len(batch.columns[0].cells.data) for batch in found) < 4 * parquet.BYTES
    assert [batch.first_row for batch in found] == np.cumsum([0, *(b.size for b in found[:-1])]).tolist()
    assert sum(batch.bytes_read for batch in found) > 0


def test_values_of_every_kind_are_text():
    table = pa.table(
        {
            "float": [13800138000.0, 1.5, None],
            "decimal": pa.array([Decimal("12.50"), None, Decimal("7.00")]),
            "day": [date(2024, 1, 2), None, None],
            "list": [["a", "b"], [], ["c"]],
            "struct": [{"x": "1"}, {"x": None}, None],
        }
    )
    (batch,) = batches(written(table))
    assert isinstance(batch, Batch)
    assert batch.table.columns == ("float", "decimal", "day", "list[]", "struct.x")
    assert texts(batch, 0) == [b"13800138000", b"1.5", b""]
    assert texts(batch, 1) == [b"12.5", b"", b"7"]
    assert texts(batch, 2) == [b"2024-01-02", b"", b""]
    column = batch.columns[3]
    assert [column.cells.raw(at) for at in range(3)] == [b"a", b"b", b"c"]
    assert column.rows.tolist() == [0, 0, 2]
    assert texts(batch, 4) == [b"1", b"", b""]
