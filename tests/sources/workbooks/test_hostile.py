"""Workbooks that are damaged or made to hurt: what is left is read, the rest is named, and little is asked for."""

from __future__ import annotations

import io
import random
import resource
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from workbooks.books import HEAD, MAIN, binary, content, made, sheet_of, told, written, zipped

from scanner.errors import SourceError
from scanner.model import Batch, Issue, Limits, ReadOptions
from scanner.sources.messages import Trouble
from scanner.sources.opening import Sources

FILES = Path(__file__).parent / "files"
PHONE = "13812345678"


def row(number: int, text: str = PHONE, column: str = "A") -> str:
    return f'<row r="{number}"><c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def people(book: Any) -> None:
    """A sheet with shared strings, numbers and dates."""
    sheet = book.add_worksheet("客户")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place in range(200):
        sheet.write_row(place, 0, [f"张{place}", 13800000000 + place, f"备注{place % 7}"])
        sheet.write_number(place, 3, 40000 + place, day)


class File:
    """A file as the sources see one, without a descriptor."""

    path = "x"

    def __init__(self, data: bytes) -> None:
        self._data, self.size, self._at = data, len(data), 0

    def read(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def pread(self, count: int, offset: int) -> bytes:
        return self._data[offset : offset + count]


def scanned(data: bytes, **limits: int) -> tuple[int, list[str]]:
    """Rows and loose texts that the parent gets, and what it is told: what became of the whole file comes last."""
    sources = Sources(lambda _: False, lambda texts: [False for _ in texts])
    rows, said = 0, []
    try:
        for item in sources.batches(File(data), ReadOptions(limits=Limits(**limits))):
            if isinstance(item, Batch):
                rows += item.size + (len(item.loose) if item.loose is not None else 0)
            elif isinstance(item, Issue):
                said.append(item.what)
    except SourceError as error:
        said.append(str(error))
    return rows, said


def test_two_cells_as_far_apart_as_can_be() -> None:
    """calamine asks for 549,755,813,888 bytes here (python-calamine #130)."""
    data = made(sheet_of(row(1) + row(1048576, "13987654321", "XFD")))
    sheets, loose, troubles = content(data)
    assert sheets == {"S": {0: [PHONE]}}
    assert loose == [(1048575, "13987654321")]
    assert not troubles
    assert scanned(data) == (2, [])


def test_rows_far_apart_and_a_row_as_wide_as_can_be() -> None:
    wide = "".join(f'<c t="n"><v>{place}</v></c>' for place in range(16384))
    data = made(sheet_of(f'<row r="2">{wide}</row>{row(1048576)}'))
    sheets, loose, troubles = content(data)
    assert sheets["S"][1] == [str(place) for place in range(16384)]
    assert sheets["S"][1048575][0] == PHONE
    assert not loose
    assert not troubles


@pytest.mark.parametrize(
    ("cells", "places"),
    [
        (
            '<row r="7"><c r="A7"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>',
            [6, 7],
        ),  # falls back
        ("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>", [0, 1]),
        ('<row r="0"><c r="A0"><v>1</v></c></row><row r="99999999999"><c><v>2</v></c></row>', [0, 999999998]),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>', [0, 1]),
    ],
)
def test_places_always_rise(cells: str, places: list[int]) -> None:
    sheets, _, _ = content(made(sheet_of(cells)))
    assert list(sheets["S"]) == places


@pytest.mark.parametrize("letters", ["ZZZZ", "A" * 1000, "", "1", "é"])
def test_cells_of_no_column_are_loose_or_follow(letters: str) -> None:
    sheets, loose, _ = content(made(sheet_of(f'<row r="1"><c r="{letters}1"><v>{PHONE}</v></c></row>')))
    texts = [cell for rows in sheets.values() for cells in rows.values() for cell in cells if cell]
    assert [*texts, *(text for _, text in loose)] == [PHONE]


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    + "]>"
)


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_entities_are_never_expanded(part: str) -> None:
    body = f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="str"><v>&a12;{PHONE}</v></c></row></sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": sheet_of(row(1)), part: LAUGHS + body}
    started = time.monotonic()
    sheets, loose, troubles = content(made(parts["xl/worksheets/sheet1.xml"], parts))
    assert time.monotonic() - started < 5
    assert any("declares a document type" in what for what in troubles)
    texts = [text for rows in sheets.values() for cells in rows.values() for text in cells]
    assert any(
        PHONE in text for text in [*texts, *(text for _, text in loose)]
    )  # read as free text where need be


def bomb(size: int) -> bytes:
    """A sheet that unpacks to many bytes of nothing."""
    sink = io.BytesIO(made(sheet_of(row(1))))
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", sheet_of(row(1) + " " * size + row(2)))
    return sink.getvalue()


def test_a_sheet_that_unpacks_without_end_is_cut() -> None:
    sheets, _, troubles = content(bomb(40 << 20))
    assert sheets["xl/worksheets/sheet2.xml"] == {0: [PHONE]}
    assert any("unpacks to more than 200 times" in what for what in troubles)
    assert content(bomb(40 << 20), ratio=100_000)[0]["xl/worksheets/sheet2.xml"] == {0: [PHONE], 1: [PHONE]}
    assert any("--max-output" in what for what in content(bomb(1 << 20), output=1 << 20)[2])


def test_cells_that_repeat_without_end_are_cut() -> None:
    """17 billion cells from 300 bytes."""
    body = (
        '<d xmlns:table="t" xmlns:text="x"><table:table table:name="S">'
        '<table:table-row table:number-rows-repeated="1048576">'
        f'<table:table-cell table:number-columns-repeated="16384"><text:p>{PHONE}</text:p></table:table-cell>'
        "</table:table-row></table:table></d>"
    )
    data = zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": body})
    started = time.monotonic()
    sheets, _, troubles = content(data)
    assert time.monotonic() - started < 30
    assert sum(len(cells) for cells in sheets["S"].values()) >= 1 << 20
    assert troubles == ["repeats cells more than 1048576 times; the rest of the repeats was left out"]


def test_a_cell_that_is_too_long_is_read_in_pieces() -> None:
    sheets, loose, troubles = content(made(sheet_of(row(1, "x" * 2500 + PHONE) + row(2))), cell=1000)
    assert sheets == {"S": {1: [PHONE]}}
    assert "".join(text for _, text in loose) == "x" * 2500 + PHONE
    assert len(loose) == 3
    assert troubles == ["sheet S: 1 cell is longer than a cell may be; it was read in pieces, as free text"]


def test_more_shared_strings_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.sources.workbooks.strings.MOST", 30)
    texts = "".join(f"<si><t>1380000000{place}</t></si>" for place in range(4))
    cells = "".join(f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c></row>' for n in range(4))
    data = made(sheet_of(cells), {"xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{texts}</sst>'})
    sheets, loose, troubles = content(data)
    assert sheets["S"] == {0: ["13800000000"], 1: ["13800000001"]}
    assert [text for _, text in loose] == ["13800000002", "13800000003"]
    assert len(troubles) == 2
    assert content(data)[0] == sheets


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        (sheet_of(row(1)) + "<more/>", [PHONE]),
        (sheet_of(row(1) + "<c><v>" + "\x01" + "13987654321</v></c>"), [PHONE, "\x0113987654321"]),
        (sheet_of(row(1) + row(2, "13987654321"))[:-40], [PHONE, "13987654321"]),
        ("13987654321", ["13987654321"]),
        (
            sheet_of(row(1) + "<c t='str'><v>13987654321 &unknown; x</v></c>"),
            [PHONE, "13987654321 &unknown; x"],
        ),
    ],
)
def test_damaged_xml_is_free_text_from_there_on(sheet: str, found: list[str]) -> None:
    sheets, loose, troubles = content(made(sheet))
    texts = [text for cells in sheets["S"].values() for text in cells] + [text for _, text in loose]
    assert [text for text in texts if text.strip("\0 ")][: len(found)] == found or set(found) <= set(texts)
    assert any("its XML is damaged" in what for what in troubles)


def outcome(data: bytes) -> tuple[Any, list[str]]:
    """What the reader tells, and what it says is wrong."""
    try:
        sheets, loose, troubles = content(data)
    except SourceError as error:
        return None, [str(error)]
    return (sheets, loose), troubles


def told_or_failed(data: bytes) -> tuple[Any, list[str]]:
    fatal = [m.what for m in told(data) if isinstance(m, Trouble) and m.fatal]
    return (None, fatal) if fatal else outcome(data)


@pytest.mark.parametrize("memory", [True, False])
def test_every_cut_is_noticed(memory: bool) -> None:
    data = written(people) if memory else (FILES / "people.ods").read_bytes()
    whole, _ = told_or_failed(data)
    read = 0
    for part in range(1, 64):
        found, said = told_or_failed(data[: len(data) * part // 64])
        assert found != whole or said
        assert said
        read += bool(found and found[0] and any(found[0].values()))
    assert read > 5  # what lies before the cut is read


@pytest.mark.parametrize("seed", range(3))
def test_every_flipped_byte_is_harmless_or_noticed(seed: int) -> None:
    draw = random.Random(seed)
    data = written(people)
    whole, said = told_or_failed(data)
    assert not said
    for _ in range(100):
        flipped = bytearray(data)
        flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        if not flipped.startswith(b"PK"):
            continue  # then it is no workbook for anybody
        found, said = told_or_failed(bytes(flipped))
        assert found == whole or said


@pytest.mark.parametrize("name", ["people.xls", "people.ods"])
def test_the_parent_outlives_whatever_a_damaged_file_does(name: str) -> None:
    data = (FILES / name).read_bytes()
    draw = random.Random(7)
    for turn in range(12):
        hurt = bytearray(data)
        if turn % 2:
            for _ in range(8):
                hurt[draw.randrange(8, len(hurt))] = draw.randrange(256)
        else:
            del hurt[draw.randrange(600, len(hurt)) :]
        rows, said = scanned(bytes(hurt), memory=256 << 20, seconds=20)
        assert rows or said


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped({"xl/workbook.xml": "<workbook/>"}), "has no sheet that can be found"),
        (
            zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
            "has no sheet that can be found",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
            "is a damaged workbook or other Office document, of which nothing could be read",
        ),
        (
            zipped(
                {
                    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                    "META-INF/manifest.xml": "<manifest:encryption-data/>",
                    "content.xml": b"\x93\x01\x7f",
                }
            ),
            "is encrypted in a way that is not read",
        ),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, why: str) -> None:
    rows, said = scanned(data)
    assert rows == 0
    assert said[-1] == why


@pytest.mark.parametrize("shape", ["numbers", "constant"])
def test_memory_does_not_grow_with_a_sheet(shape: str) -> None:
    """1,048,576 rows are read in less than a batch takes, and no sound sheet is taken for a bomb."""

    def write(book: Any) -> None:
        sheet = book.add_worksheet("S")
        for place in range(1 << 17):
            sheet.write_row(place, 0, [PHONE, 1] if shape == "constant" else [place, 13800000000 + place])

    data = written(write, constant_memory=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = sum(message.num_rows for message in told(data) if hasattr(message, "num_rows"))
    assert rows == 1 << 17
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_binary_workbook_that_asks_for_everything_is_named() -> None:
    """Two cells far apart: calamine aborts, its process ends, the parent goes on."""
    rows, said = scanned(binary({(0, 0): PHONE, (1048575, 16383): 1.0}))
    assert rows == 0
    assert any("its reader ended early (SIGABRT), twice" in what for what in said)


@pytest.mark.parametrize(("at", "byte"), [(3943, 128), (4879, 32)])
def test_an_old_workbook_that_asks_for_gigabytes_is_named(at: int, byte: int) -> None:
    """One wrong byte: calamine asks for more memory than there may be, and aborts. Found by fuzzing, 2026-11-22."""
    data = bytearray((FILES / "people.xls").read_bytes())
    data[at] = byte
    _, said = scanned(bytes(data))
    assert any("its reader ended early (SIGABRT), twice" in what for what in said)


def test_a_damaged_part_of_a_binary_workbook_is_named() -> None:
    """calamine takes what it cannot read for the end of the sheet, so that rows would be missing without a word."""
    whole = binary({(place, 0): f"1381234{place:04}" for place in range(2000)})
    assert scanned(whole) == (2000, [])
    names = zipfile.ZipFile(io.BytesIO(whole)).infolist()
    sheet = next(entry for entry in names if "sheet1" in entry.filename)
    damaged = bytearray(whole)
    damaged[sheet.header_offset + sheet.compress_size // 2] ^= 0xFF
    rows, said = scanned(bytes(damaged))
    assert rows < 2000
    assert f"part {sheet.filename} is damaged by its own checksum; rows of it may be missing" in said
