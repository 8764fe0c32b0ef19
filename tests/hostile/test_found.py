"""What the fuzzing and the bombs found, each as the smallest input that showed it (2026-11-22)."""

from __future__ import annotations

import io
import sqlite3
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import ipc, orc
from running import scanned

from scanner.model import Limits, ReadOptions
from scanner.sources.arrow import cells_of, column_of

PHONE = "13812345678"


def texts(*values: bytes) -> pa.Array:
    """A column that is said to be UTF-8, whatever it is."""
    offsets = [0]
    for value in values:
        offsets.append(offsets[-1] + len(value))
    buffers = [None, pa.py_buffer(pa.array(offsets, pa.int32()).buffers()[1]), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


@pytest.mark.parametrize("form", ["orc", "arrow file", "arrow stream"])
def test_text_of_another_encoding_loses_no_rows(form: str, tmp_path: Path) -> None:
    """One cell that was not UTF-8 made a whole ORC file unreadable, and a whole batch of an Arrow file."""
    table = pa.table(
        {"姓名": texts("张三".encode("gb18030"), b"x"), "手机号": texts(PHONE.encode(), b"13987654321")}
    )
    path = tmp_path / "rows"
    if form == "orc":
        orc.write_table(table, path)
    else:
        make = ipc.new_file if form == "arrow file" else ipc.new_stream
        with path.open("wb") as sink, make(sink, table.schema) as writer:
            writer.write_table(table)
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 2
    assert (document["inputs"][0]["status"], document["inputs"][0]["rows"]) == ("complete", 2)


@pytest.mark.parametrize("header", ["=?utf-8?b?YWJjZ?=", "=?utf-8?b?A=?= x"])
def test_a_damaged_header_of_mail_loses_no_message(header: str, tmp_path: Path) -> None:
    mail = f"From: a@example.com\nSubject: {header}\nDate: x\n\n{PHONE}\n"
    other = "From: b@example.com\nSubject: y\n\n13987654321\n"
    path = tmp_path / "box"
    path.write_text(
        f"From a Mon Mar  2 10:00:00 2026\n{mail}\nFrom b Mon Mar  2 10:00:00 2026\n{other}", encoding="utf-8"
    )
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 2
    assert document["inputs"][0]["status"] == "complete"


@pytest.mark.parametrize("charset", ["a\0b", "utf-7", "hex", "unicode_escape"])
def test_any_character_set_of_a_card_is_survived(charset: str, tmp_path: Path) -> None:
    path = tmp_path / "cards.vcf"
    card = f"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET={charset}:\\ud800+2AA-\r\nTEL:{PHONE}\r\nEND:VCARD\r\n"
    path.write_bytes(card.encode())
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 1
    assert document["inputs"][0]["status"] == "complete"


@pytest.mark.parametrize("encoding", ["UTF-9", "hex", "gb18030"])
def test_an_encoding_of_xml_that_nobody_knows(encoding: str, tmp_path: Path) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<?xml version="1.0" encoding="{encoding}"?><w:p xmlns:w="w">{PHONE}</w:p>'
        )
    path = tmp_path / "a.docx"
    path.write_bytes(sink.getvalue())
    reasons = [reason for each in scanned(path)["inputs"] for reason in each["reasons"]]
    assert "holds XML that is damaged; what came before was read" in reasons


def test_the_limit_of_lines_holds_for_delimited_text(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(f"{PHONE},张三\n".encode() * 20 + f"{PHONE} ".encode() * 9000 + b"\n")
    options = ReadOptions(limits=Limits(line=50_000))
    (entry,) = scanned(path, read=options)["inputs"]
    assert any("has a line of more than 50000 bytes" in reason for reason in entry["reasons"])
    (entry,) = scanned(path)["inputs"]
    assert not any("has a line of more than" in reason for reason in entry["reasons"])


def test_a_row_that_holds_a_million_values_is_sampled_at_once(tmp_path: Path) -> None:
    """Each value of a row was masked, to keep three of them: a line of 64 MB took a minute and a half."""
    path = tmp_path / "row.txt"
    path.write_bytes(f"abcdefgh {PHONE} ".encode() * 400_000)
    begin = time.process_time()
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 1
    assert time.process_time() - begin < 8


def test_a_damaged_table_does_not_hide_the_others(tmp_path: Path) -> None:
    """Where a table could not even be begun, the reader stopped, and those behind it were lost."""
    path = tmp_path / "two.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (x TEXT)")
        database.execute("CREATE TABLE b (x TEXT)")
        database.execute("INSERT INTO b VALUES (?)", (PHONE,))
    database.close()
    raw = bytearray(path.read_bytes())
    size = int.from_bytes(raw[16:18], "big")
    raw[size : size + 20] = b"\xff" * 20  # the page of table a
    path.write_bytes(raw)
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 1
    (entry,) = document["inputs"]
    assert entry["status"] == "partial"
    assert any("table a is damaged" in reason for reason in entry["reasons"])


@pytest.mark.parametrize(
    "instead", [b"CREATE TXBLE b (", b"CREATE TABLE \xe6 (", b'CREATE TABLE "\xff(', b"\xff" * 16]
)
def test_a_damaged_definition_of_a_table_does_not_hide_the_others(instead: bytes, tmp_path: Path) -> None:
    """A database of which one definition could not be parsed was not read at all."""
    path = tmp_path / "three.db"
    with sqlite3.connect(path) as database:
        for name, number in (("a", PHONE), ("b", "13987654321"), ("c", "13712345678")):
            database.execute(f"CREATE TABLE {name} (手机号 TEXT)")
            database.execute(f"INSERT INTO {name} VALUES (?)", (number,))
    database.close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE b (", instead))
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] >= 2
    (entry,) = document["inputs"]
    assert entry["status"] == "partial"
    assert entry["reasons"]


def test_fields_of_one_name_in_an_avro_file(tmp_path: Path) -> None:
    """Several blocks of such a file ended the scan of it with an error of Arrow; the first field's values are lost."""
    fastavro = pytest.importorskip("fastavro")
    fields = [{"name": name, "type": "string"} for name in ("phone", "other")]
    rows = [{"phone": f"x{at}", "other": f"{13800000000 + 7919 * at}"} for at in range(300)]
    sink = io.BytesIO()
    fastavro.writer(sink, {"type": "record", "name": "row", "fields": fields}, rows, sync_interval=500)
    path = tmp_path / "a.avro"
    path.write_bytes(sink.getvalue().replace(b'"other"', b'"phone"'))
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 300
    (entry,) = document["inputs"]
    assert (entry["status"], entry["rows"]) == ("partial", 300)
    assert entry["reasons"] == ["has several fields of the name phone; only the last of these could be read"]


def test_columns_of_one_name_in_an_arrow_file(tmp_path: Path) -> None:
    columns = [
        pa.array([f"x{at}" for at in range(300)]),
        pa.array([f"{13800000000 + at}" for at in range(300)]),
    ]
    path = tmp_path / "a.arrow"
    with path.open("wb") as sink, ipc.new_file(sink, pa.schema([("a", "string"), ("a", "string")])) as writer:
        for batch in pa.table(columns, ["a", "a"]).to_batches(20):
            writer.write_batch(batch)
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 300
    assert (document["inputs"][0]["status"], document["inputs"][0]["rows"]) == ("complete", 300)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_binary()])
def test_offsets_with_half_of_one_behind_them(kind: pa.DataType) -> None:
    """A damaged head of a batch told a size of the offsets that was no multiple of theirs; all of them were sound."""
    sound = pa.array(["13800138000", None, "x"], kind)
    mask, offsets, data = sound.buffers()
    longer = pa.py_buffer(offsets.to_pybytes() + b"\0\0\0")
    for at in (0, 1):
        array = pa.Array.from_buffers(kind, 3 - at, [mask, longer, data], offset=at)
        array.validate(full=True)
        cells = cells_of(array)
        assert [cells.raw(each) for each in range(3 - at)] == [b"13800138000", b"", b"x"][at:]


def test_codes_with_half_of_one_behind_them() -> None:
    codes = pa.Array.from_buffers(pa.int32(), 3, [None, pa.py_buffer(bytes(8) + b"\1\0\0\0\0")])
    column = column_of(pa.DictionaryArray.from_arrays(codes, ["a", "b"]), None)
    assert column.codes is not None
    assert column.codes.tolist() == [0, 0, 1]


def test_a_reader_that_a_file_kills_is_told_and_no_more_is_lost(tmp_path: Path) -> None:
    """A damaged ORC file (made of 60 generated rows) ends the process that reads it with SIGSEGV, in pyarrow."""
    other = tmp_path / "other.csv"
    other.write_text(f"手机号\n{PHONE}\n", encoding="utf-8")
    document = scanned(Path(__file__).parent / "files" / "dead.orc", other)
    dead, sound = document["inputs"]
    assert dead["status"] in ("partial", "failed")
    said = [issue["what"] for issue in document["issues"]]
    assert any("its reader ended early (SIGSEGV), twice" in what for what in said)
    assert (sound["status"], sound["rows"]) == ("complete", 1)
