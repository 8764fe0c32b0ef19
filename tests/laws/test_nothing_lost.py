"""Bytes read = file size; rows + damaged + blank + header = an independent count of the lines."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from running import scanned

from scanner.model import Batch, Issue, ReadOptions
from scanner.run import job

QUICK = settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@dataclass(frozen=True)
class Lines:
    """What a text holds: logical lines with content, and lines without."""

    full: int
    blank: int


def count(text: str, quote: str | None, delimiter: str) -> Lines:
    """Counts logical lines character by character: a line end inside a quoted cell ends none.

    A quote opens only at the start of a cell; in one, a doubled quote is a character. Only for text whose
    quotes all close.
    """
    full = blank = at = 0
    cell_start, filled, inside = True, False, False
    while at < len(text):
        char = text[at]
        if inside:
            if char == quote:
                if text[at + 1 : at + 2] == quote:
                    at += 1
                else:
                    inside = False
        elif char == quote and cell_start:
            inside, cell_start, filled = True, False, True
        elif text.startswith(delimiter, at):
            at += len(delimiter) - 1
            cell_start, filled = True, True
        elif char in "\r\n":
            if text[at : at + 2] == "\r\n":
                at += 1
            full, blank = full + filled, blank + (not filled)
            cell_start, filled = True, False
        else:
            cell_start = False
            filled = True
        at += 1
    assert not inside, "the counter was given a quote that never closes"
    return Lines(full + filled, blank)


def read_whole(path: Path, **options: object) -> tuple[int, Lines]:
    """(bytes read, lines) as the sources tell them, the header line counted."""
    choices = job.Options(jobs=1, read=ReadOptions(**options))  # type: ignore[arg-type]
    [item] = job.file_inputs([path], choices)
    read = blank = rows = 0
    header = False
    seen: list[int] = []
    for batch in item.stream():
        if isinstance(batch, Issue):
            continue
        assert isinstance(batch, Batch)
        read += batch.bytes_read
        blank += batch.blank
        rows += batch.size + (0 if batch.loose is None else len(batch.loose))
        header = batch.table.has_header
        seen += (
            batch.rows.tolist()
            if batch.rows is not None
            else range(batch.first_row, batch.first_row + batch.size)
        )
        seen += [] if batch.loose_rows is None else batch.loose_rows.tolist()
    item.finish()
    assert sorted(seen) == list(range(rows)), "each line has a number of its own, without gaps"
    return read, Lines(rows + header, blank)


def row(draw: random.Random, delimiter: str, quote: bool, width: int) -> str:
    """A line of cells, some quoted, some quoted with line ends and delimiters inside."""
    cells = []
    for _ in range(width):
        text = "".join(draw.choices("王三ab01", k=draw.randrange(1, 8)))
        if quote and draw.random() < 0.3:
            text = f'"{text}{draw.choice(["", delimiter, chr(10), chr(34) * 2, chr(10) * 2])}{text}"'
        cells.append(text)
    return delimiter.join(cells)


DIALECTS = [
    # delimiter, quoted, line end, encoding
    (",", True, "\n", "utf-8"),
    (",", True, "\r\n", "gb18030"),
    (";", True, "\n", "utf-8-sig"),
    ("\t", False, "\n", "utf-16"),
    ("|", True, "\r\n", "big5"),
    ("----", False, "\n", "gb18030"),
    ("::", False, "\r\n", "utf-8"),
    ("\x01", False, "\n", "utf-8"),
]


@pytest.mark.parametrize(("delimiter", "quoted", "end", "encoding"), DIALECTS)
@pytest.mark.parametrize("final_end", [True, False])
def test_dialects(
    tmp_path: Path, delimiter: str, quoted: bool, end: str, encoding: str, final_end: bool
) -> None:
    draw = random.Random(f"{delimiter}{end}{final_end}")
    lines = [delimiter.join(["name", "phone", "remark"])]
    for _ in range(300):
        kind = draw.random()
        if kind < 0.05:
            lines.append("")
        else:
            width = draw.choice([1, 2, 4, 7]) if kind < 0.12 else 3
            # A row of another width is taken apart into its lines, so it must hold no line end itself.
            lines.append(row(draw, delimiter, quoted and width == 3, width))
    text = end.join(lines) + (end if final_end else "")
    path = tmp_path / "dump.txt"
    path.write_bytes(text.encode(encoding))
    asked = {"delimiter": delimiter, "header": True, "quote": '"' if quoted else ""}
    expected = count(text, '"' if quoted else None, delimiter)
    for size in (509, 1 << 20):
        read, lines_read = read_whole(path, **asked, block_size=size)
        assert read == path.stat().st_size
        assert lines_read == expected
    document = scanned(path, read=ReadOptions(**asked))  # type: ignore[arg-type]
    [found] = document["inputs"]
    assert found["size"] == path.stat().st_size
    assert found["rows"] + found["rows_blank"] + found["has_header"] == expected.full + expected.blank
    assert document["records"]["rows"] == found["rows"]


@QUICK
@given(text=st.text(alphabet='ab1,;\n"', min_size=1, max_size=60), size=st.integers(1, 40))
def test_any_text_without_quotes(text: str, size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("lines") / "x"
    path.write_bytes(text.encode())
    asked = {"delimiter": ",", "header": False, "quote": ""}
    read, lines = read_whole(path, **asked, block_size=size)
    assert read == len(text)
    expected = count(text, None, ",")
    signs = sum(
        not any(map(str.isalnum, line)) for line in text.split("\n") if line
    )  # blank where they are no row
    assert lines.full + lines.blank == expected.full + expected.blank
    assert expected.full - signs <= lines.full <= expected.full


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_random_damage(tmp_path: Path, encoding: str) -> None:
    """Whatever bytes are overwritten, cut out or put in: all are read, and every line is told."""
    draw = random.Random(encoding)
    lines = [row(draw, ",", True, 3) for _ in range(100)]
    sound = "\n".join(["name,phone,remark", *lines]).encode(encoding)
    for number in range(8):
        data = bytearray(sound)
        for _ in range(draw.randrange(1, 30)):
            at = draw.randrange(len(data))
            match draw.randrange(3):
                case 0:
                    data[at] = draw.randrange(256)
                case 1:
                    del data[at : at + draw.randrange(1, 9)]
                case _:
                    data[at:at] = draw.randbytes(draw.randrange(1, 5))
        path = tmp_path / f"{number}.csv"
        path.write_bytes(data)
        read, lines_read = read_whole(path)
        assert read == len(data)
        for size in (1021,):
            assert read_whole(path, block_size=size) == (read, lines_read)


def test_damage_without_line_ends_or_quotes_keeps_the_number_of_lines(tmp_path: Path) -> None:
    draw = random.Random(5)
    text = "".join(row(draw, ",", False, 4) + "\n" for _ in range(500)).encode()
    data = bytearray(text)
    for at in draw.sample(range(len(data)), 400):
        if data[at] != 10:
            data[at] = draw.choice([0, 1, 44, 65, 0x80, 0xC0, 0xE4, 0xFF])
    path = tmp_path / "damaged.csv"
    path.write_bytes(data)
    read, lines = read_whole(path, quote="", encoding="utf-8")
    assert read == len(data)
    assert lines.full + lines.blank == 500


def test_the_counter_itself() -> None:
    assert count("", None, ",") == Lines(0, 0)
    assert count("a,b\n\nc,d", None, ",") == Lines(2, 1)
    assert count('"a\n\nb",c\r\n"x""\n",y\n', '"', ",") == Lines(2, 0)
    assert count('a"b,c\nd,e\n', '"', ",") == Lines(2, 0)
    assert count('""\n,\n', '"', ",") == Lines(2, 0)
