"""Documents of Word and PowerPoint 97 to 2003: lines and tables, and what is told of others."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from compound_files import compound
from running import command, scanned

from scanner.sources.old_word import parts_of

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize(
    ("text", "lines", "rows"),
    [
        ("", [], []),
        ("一\r二\x0b三\r", ["一", "二", "三"], []),
        (
            "名单\r姓名\x07电话\x07\x07张伟\x071\x07\x07完\r",
            ["名单", "完"],
            [["姓名", "电话"], ["张伟", "1"], []],
        ),
        # Empty cells, as other rows tell how many there are.
        ("a\x07b\x07c\x07\x07d\x07\x07f\x07\x07\r", [], [["a", "b", "c"], ["d", "", "f"], []]),
        ("a\x07\x07\x07c\x07d\x07\x07\r", [], [["a", ""], ["c", "d"], []]),
        # Rows of different widths: cells that are joined.
        ("名单\x07\x07a\x07b\x07\x07c\x07d\x07\x07", [], [["名单"], ["a", "b"], ["c", "d"], []]),
        # Cells of several paragraphs; two tables with a line between them.
        (
            "a\x07b\rc\x07\x07d\x07e\x07\x07下\rf\x07g\x07\x07",
            ["下"],
            [["a", "b\nc"], ["d", "e"], [], ["f", "g"], []],
        ),
        # Of fields what they show, also of those within others.
        (
            '见\x13 HYPERLINK "mailto:a@b.cn" \x14附\x13 PAGE \x141\x15件\x15。\x13 X \x15\r',
            ["见附1件。"],
            [],
        ),
        ("138\x1e1234\xa0\x1f5678\x01\r", ["138-1234 5678"], []),
    ],
)
def test_marks_end_lines_cells_and_rows(text: str, lines: list[str], rows: list[list[str]]) -> None:
    assert parts_of(text) == (lines, rows)


def test_a_document_of_word(tmp_path: Path) -> None:
    """Written by LibreOffice 7.4: a line, a table with empty cells, two lines."""
    document = scanned(FILES / "people.doc")
    assert [(entry["format"], entry["status"]) for entry in document["inputs"]] == [("doc", "complete")]
    columns = {
        column["name"]: column["nonempty"] for column in document["columns"] if column["table"] == "tables"
    }
    assert columns == {"姓名": 3, "手机号码": 2, "住址": 2}
    assert document["records"]["rows"] == 6
    assert {name: label["distinct"] for name, label in document["labels"].items() if label["distinct"]} == {
        "address": 2,
        "mobile_phone": 2,
        "person_name": 3,
        "resident_id": 1,
    }


def word(text: str, version: int = 0xC1, flags: int = 0x0200) -> bytes:
    """A document whose text is one piece in one byte a character, and one in two, behind a format."""
    half = len(text) // 2
    one, two = text[:half].encode("cp1252"), text[half:].encode("utf-16-le")
    head = bytearray(2048)
    struct.pack_into("<HH", head, 0, 0xA5EC, version)
    struct.pack_into("<H", head, 0x0A, flags)
    pieces = struct.pack("<3I", 0, half, len(text))
    pieces += struct.pack("<HIHHIH", 0, 2048 * 2 | 1 << 30, 0, 0, 2048 + len(one), 0)
    table = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<2I", head, 0x01A2, 16, len(table))
    return compound(
        {"WordDocument": bytes(head) + one + two, "1Table" if flags & 0x0200 else "0Table": bytes(16) + table}
    )


@pytest.mark.parametrize("flags", [0, 0x0200])
def test_pieces_have_one_byte_or_two(tmp_path: Path, flags: int) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(word("phone 13812345678\rphone 13912345679\r", flags=flags))
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["distinct"] == 2
    assert document["records"]["rows"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (word("a" * 40, flags=0x0300), "is encrypted"),
        (word("a" * 40, version=0x65), "looks like a document of Word 95 or before, which is not read"),
        (compound({"WordDocument": b"\xec\xa5\xc1\x00"}), "is not a whole Word document"),
        (compound({"VisioDocument": b""}), "looks like an old Visio drawing, which is not read"),
        (
            compound({"PowerPoint Document": b"", "EncryptedSummary": b""}),
            "is encrypted in a way that is not read",
        ),
    ],
)
def test_what_is_not_read_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(content)
    for language in ("en", "zh"):
        ended = command("scan", path, "--lang", language)
        assert ended.code == 3
        assert language == "zh" or said in ended.err
        assert language == "en" or said not in ended.out.decode()


def slides(*records: tuple[int, bytes]) -> bytes:
    inner = b"".join(struct.pack("<HHI", 0, kind, len(content)) + content for kind, content in records)
    return struct.pack("<HHI", 0xF, 0x03E8, len(inner)) + inner


def test_slides(tmp_path: Path) -> None:
    text = "客户\r张伟，电话13812345678\x0b第二行".encode("utf-16-le")
    made = slides((0x0FA0, text), (0x1234, b"13912345679"), (0x0FA8, b"tel 13712345670"))
    path = tmp_path / "a.ppt"
    path.write_bytes(
        compound({"PowerPoint Document": made + struct.pack("<HHI", 0, 1, 4096 - len(made) - 8)})
    )
    document = scanned(path)
    assert [(entry["format"], entry["status"]) for entry in document["inputs"]] == [("ppt", "complete")]
    assert document["records"]["rows"] == 4
    assert document["labels"]["mobile_phone"]["distinct"] == 2
    path.write_bytes(compound({"PowerPoint Document": made + struct.pack("<HHI", 0, 1, 99999)}))
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "partial"
