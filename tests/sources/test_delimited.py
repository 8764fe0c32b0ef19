from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_file import MemoryFile
from test_dialect import is_header_word, people, values

from scanner.errors import SourceError
from scanner.model import Batch, Issue, ReadOptions, Table
from scanner.sources import delimited_rows, mixed
from scanner.sources.blocks import decoded
from scanner.sources.delimited import DelimitedSource
from scanner.sources.file import InputFile
from scanner.sources.probe import find_encoding


@dataclass
class Seen:
    """All batches of a file put together."""

    tables: list[Table] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    loose: list[tuple[int, str]] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    loose_places: list[int] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    blank: int = 0
    bytes_read: int = 0

    def add(self, batch: Batch) -> None:
        if batch.table not in self.tables:
            self.tables.append(batch.table)
        numbers = batch.first_row + np.arange(batch.size) if batch.rows is None else batch.rows
        assert len(numbers) == batch.size
        assert batch.locate is not None
        located = [batch.locate(column.cells.start.astype(np.int64)) for column in batch.columns]
        for row in range(batch.size):
            self.rows.append((int(numbers[row]), [column.cells.text(row) for column in batch.columns]))
            self.places.append([int(column[row]) for column in located])
        if batch.loose is not None:
            assert batch.loose_rows is not None
            texts = [batch.loose.text(index) for index in range(len(batch.loose))]
            self.loose += zip(batch.loose_rows.tolist(), texts, strict=True)
            self.loose_places += batch.locate(batch.loose.start.astype(np.int64)).tolist()
        self.blank += batch.blank
        self.bytes_read += batch.bytes_read


def read(data: bytes, longest: int = 64 << 20, **options: object) -> Seen:
    seen = Seen()
    source = DelimitedSource(is_header_word, values, longest)
    for item in source.batches(MemoryFile(data), ReadOptions(**options)):  # type: ignore[arg-type]
        if isinstance(item, Issue):
            seen.issues.append(item)
        else:
            seen.add(item)
    assert seen.bytes_read == len(data)
    return seen


HEADER = ["姓名", "手机号", "生日", "地址", "邮箱"]
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5"]


TRADITIONAL = str.maketrans("赵钱孙吴郑伟静丽强阳区国号机邮", "趙錢孫吳鄭偉靜麗強陽區國號機郵")


def dump(rows: list[list[str]], encoding: str, end: str = "\n", delimiter: str = ",") -> bytes:
    text = "".join(delimiter.join(row) + end for row in rows)
    return (text.translate(TRADITIONAL) if encoding == "big5" else text).encode(encoding)


@pytest.mark.parametrize("block_size", [1, 7, 64, 1000, 8 << 20])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_and_blocks(encoding: str, block_size: int) -> None:
    data = dump([HEADER, *people(40)], encoding, "\r\n")
    seen = read(data, block_size=block_size)
    codec = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
    (table,) = seen.tables
    assert (table.encoding, table.delimiter, table.has_header) == (codec, ",", True)
    assert (table.columns[1] or "")[:1] == "手"
    assert [number for number, _ in seen.rows] == list(range(40))
    assert not seen.issues
    for (_, cells), places in zip(seen.rows, seen.places, strict=True):
        for cell, place in zip(cells, places, strict=True):
            raw = cell.encode(codec)
            assert data[place : place + len(raw)] == raw


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(['"', "a", "中", ",", "\n", "\r\n", "1", '"x"', '""']), min_size=1, max_size=120
    ),
    st.sampled_from(["utf-8", "gb18030", "utf-16-le"]),
    st.integers(1, 60),
    st.sampled_from([1 << 20, 16, 40]),
)
def test_block_size_changes_nothing(parts: list[str], encoding: str, block_size: int, longest: int) -> None:
    data = "".join(parts).encode(encoding)
    options = {"encoding": encoding, "delimiter": ","}
    whole = read(data, longest, **options)
    assert read(data, longest, block_size=block_size, **options) == whole
    numbers = sorted([number for number, _ in whole.rows] + [number for number, _ in whole.loose])
    assert numbers == list(range(len(numbers)))
    text = "".join(cell for _, row in whole.rows for cell in row) + "".join(line for _, line in whole.loose)
    header = "".join(name or "" for table in whole.tables for name in table.columns)
    assert (text + header).count("中") >= data.decode(encoding).count("中")


@pytest.mark.parametrize("delimiter", ["----", "\t", "|", "\x01", "，", "||"])
def test_delimiters(delimiter: str) -> None:
    seen = read(dump([HEADER, *people(30)], "gb18030", delimiter=delimiter))
    assert seen.tables[0].delimiter == delimiter
    assert [cells for _, cells in seen.rows] == people(30)


def test_options_win() -> None:
    data = b"a;b\nc;d\n"
    assert read(data, header=True).tables[0].columns == ("a", "b")
    assert read(data, delimiter="\\t").rows[0] == (0, ["a;b"])
    assert read(b'"a"\tb\n', delimiter="\\t", quote="").rows == [(0, ['"a"', "b"])]
    assert read("姓名,手机号\n".encode(), header=False).rows == [(0, ["姓名", "手机号"])]


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": "123456789"},
        {"delimiter": "\\n"},
        {"quote": "ab"},
        {"delimiter": '"', "quote": '"'},
        {"delimiter": "\\xz"},
        {"encoding": "none such"},
    ],
)
def test_options_that_make_no_sense(options: dict[str, str]) -> None:
    with pytest.raises(SourceError):
        read(b"a,b\n", **options)


def test_ragged_rows_are_kept_as_loose_lines_with_their_numbers() -> None:
    rows = people(6)
    lines = [",".join(row) for row in rows]
    lines[1] += ",more"
    lines[4] = "less"
    text = "\n".join([",".join(HEADER), *lines[:3], "", *lines[3:]])
    seen = read(text.encode())
    assert [number for number, _ in seen.rows] == [0, 2, 3, 5]
    assert seen.loose == [(1, lines[1]), (4, "less")]
    assert seen.blank == 1
    assert [text.encode()[place:][:4] for place in seen.loose_places] == [lines[1].encode()[:4], b"less"]


def test_lines_before_the_header() -> None:
    text = "\n".join(["客户名单 2020", ",".join(HEADER), *(",".join(row) for row in people(9))])
    seen = read(text.encode())
    assert seen.tables[0].columns == tuple(HEADER)
    assert seen.loose == [(0, "客户名单 2020")]
    assert [number for number, _ in seen.rows] == list(range(1, 10))


def test_a_header_of_another_width_still_names_the_columns() -> None:
    for header in ([*HEADER, "x"], HEADER[:4]):
        seen = read(dump([header, *people(9)], "utf-8"))
        assert seen.tables[0].columns == (*header[:5], None)[:5]
        assert not seen.loose
        assert [number for number, _ in seen.rows] == list(range(9))


def test_no_header() -> None:
    seen = read(dump(people(9), "utf-8"))
    assert seen.tables[0].columns == (None,) * 5
    assert not seen.tables[0].has_header
    assert len(seen.rows) == 9


def test_header_only_and_a_single_column() -> None:
    seen = read("姓名,手机号\n".encode())
    assert (seen.tables[0].columns, seen.rows) == (("姓名", "手机号"), [])
    seen = read(b"13800138000\n13900139000")
    assert [cells for _, cells in seen.rows] == [["13800138000"], ["13900139000"]]


def test_an_empty_file() -> None:
    with pytest.raises(SourceError, match=r"^is empty$"):
        read(b"")


def test_blank_lines_only() -> None:
    seen = read(b"\n\r\n\n")
    assert (seen.blank, seen.rows, seen.issues) == (3, [], [])


def test_a_file_that_ends_inside_quotes() -> None:
    data = dump([HEADER, *people(3)], "utf-8") + b'a,"13800138000,c'
    seen = read(data)
    assert seen.loose == [(3, 'a,"13800138000,c')]
    (issue,) = seen.issues
    assert issue.row == 3
    assert issue.partial
    assert "never closes" in issue.what


def test_many_unclosed_quotes_are_told_briefly() -> None:
    line = b'"x' + b"y" * 30 + b"\n"
    seen = read(
        b"a,b\n" * 100 + b"".join(b'"%d' % n + b"," * 5 + b"\n" * 1500 for n in range(30)) + line,
        delimiter=",",
    )
    assert len(seen.loose) == 31
    assert len(seen.issues) == 11


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_long_line_comes_in_pieces(encoding: str) -> None:
    rows = people(60)
    long = "中" * 500 + ",13800138000," * 40 + "文" * 3000
    text = ",".join(HEADER) + "\n" + "".join(",".join(row) + "\n" for row in rows[:30]) + long + "\n"
    text += "".join(",".join(row) + "\n" for row in rows[30:])
    data = text.encode(encoding)
    seen = read(data, longest=1000, block_size=300)
    assert [cells for _, cells in seen.rows] == rows
    assert "".join(piece for _, piece in seen.loose) == long
    assert all(len(piece.encode()) <= 1000 for _, piece in seen.loose)
    assert sum(piece.count("13800138000") for _, piece in seen.loose) == 40
    numbers = [number for number, _ in seen.loose]
    assert numbers == list(range(30, 30 + len(numbers)))
    assert seen.rows[30][0] == 30 + len(numbers)
    for (_, piece), place in zip(seen.loose, seen.loose_places, strict=True):
        assert data[place:].startswith(piece.encode(encoding))
    (issue,) = seen.issues
    assert (issue.row, issue.partial) == (30, True)


@pytest.mark.parametrize(("encoding", "at"), [("utf-8", 1000), ("gb18030", 1001)])
def test_undecodable_bytes_are_counted(encoding: str, at: int) -> None:
    data = bytearray(dump([HEADER, *people(60)], encoding))
    while not (data[at : at + 1].isdigit() and data[at + 1 : at + 2].isdigit()):
        at += 1
    data[at] = 0xFF
    for size in (50, 8 << 20):
        seen = read(bytes(data), block_size=size)
        (issue,) = seen.issues
        assert "holds 1 undecodable" in issue.what
        assert f"byte {at}" in issue.what
        assert issue.partial
        assert len(seen.rows) == 60


def test_too_many_columns_are_read_as_lines() -> None:
    data = b",".join(b"%d" % n for n in range(20000)) + b"\n"
    seen = read(data * 3)
    assert [len(cells) for _, cells in seen.rows] == [1, 1, 1]
    assert "more than 16384 columns" in seen.issues[0].what


def test_batches_own_their_buffers() -> None:
    data = dump(people(200), "utf-8")
    source = DelimitedSource(is_header_word, values)
    batches = [
        b for b in source.batches(MemoryFile(data), ReadOptions(block_size=500)) if isinstance(b, Batch)
    ]
    assert len(batches) > 10
    assert [b.columns[1].cells.text(r) for b in batches for r in range(b.size)] == [
        row[1] for row in people(200)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_junk_never_stops_it(seed: int) -> None:
    rng = random.Random(seed)
    kinds = [
        rng.randbytes(rng.randrange(1, 3000)),
        bytes(rng.choices(b'a,"\n\r\0\xff\xd5', k=2000)),
        b'"' * 999,
    ]
    for data in kinds:
        seen = read(data, longest=rng.choice([10, 500, 1 << 20]), block_size=rng.randrange(1, 400))
        numbers = sorted([number for number, _ in seen.rows] + [number for number, _ in seen.loose])
        assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("size", range(1, 20))
def test_a_broken_quote_beyond_the_longest_line_is_the_same_in_any_block(size: int) -> None:
    data = '"中中\r\n"""""x""x"a'.encode()
    options = {"encoding": "utf-8", "delimiter": ","}
    assert read(data, 16, block_size=size, **options) == read(data, 16, **options)


def test_title_lines_above_the_header() -> None:
    rows = [["客户余额表", "", ""], ["导出时间:2025-01-01", "", ""], ["姓名", "手机号", "余额"]]
    people_below = [[f"张{n}", f"1380013{n:04d}", f"{n}.50"] for n in range(40)]
    seen = read(dump(rows + people_below, "utf-8"))
    assert seen.tables[0].columns == ("姓名", "手机号", "余额")
    assert [number for number, _ in seen.rows] == list(range(42))
    assert seen.rows[2][1] == people_below[0]


@pytest.mark.parametrize("wrap", ['="{}"', "'{}", '"=""{}"""'])
def test_numbers_kept_as_text_the_way_spreadsheets_do(wrap: str) -> None:
    lines = ["姓名,身份证,手机,卡号"]
    lines += [
        ",".join(wrap.format(f"{kind}{n:010d}") for kind in ("a", "1101", "138", "6228")) for n in range(50)
    ]
    seen = read("\n".join(lines).encode())
    assert (seen.tables[0].delimiter, len(seen.rows), seen.loose) == (",", 50, [])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("block_size", [100, 5000, 8 << 20])
def test_doubled_quotes_are_read_and_the_hash_is_of_the_file(
    tmp_path: Path, encoding: str, block_size: int
) -> None:
    rows = [[name, f'说 ""{phone}"" 了', day, place, mail] for name, phone, day, place, mail in people(300)]
    data = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode(encoding)
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    seen = Seen()
    with InputFile(path) as file:
        for item in DelimitedSource(is_header_word, values).batches(file, ReadOptions(block_size=block_size)):
            assert isinstance(item, Batch)
            seen.add(item)
        assert file.finish() == hashlib.sha256(data).hexdigest()
    assert [cells for _, cells in seen.rows] == [[cell.replace('""', '"') for cell in row] for row in rows]
    assert seen == read(data)
    for places, row in zip(seen.places, rows, strict=True):
        for place, cell in zip(places, row, strict=True):
            raw = f'"{cell}"'.encode(encoding)
            assert data[place - 1 :][: len(raw)] == raw


@pytest.mark.parametrize("block_size", [100, 8 << 20])
def test_an_empty_cell_at_the_end_of_the_file_lies_there(block_size: int) -> None:
    data = "".join(f'"{name} ""x""",{phone},\n' for name, phone, *_ in people(300)).encode()[:-1]
    seen = read(data, block_size=block_size)
    assert len(seen.rows) == 300
    assert seen.places[-1][-1] == len(data)
    assert [places[0] for places in seen.places] == [
        at + 1 for at in range(len(data)) if data[at - 1 : at] in (b"", b"\n")
    ]


def test_a_pseudo_file_without_a_size() -> None:
    class Pseudo(MemoryFile):
        def __init__(self, data: bytes) -> None:
            super().__init__(data)
            self.size = 0

    rows = people(30)
    source = DelimitedSource(is_header_word, values)
    seen = Seen()
    for item in source.batches(Pseudo(dump(rows, "utf-8")), ReadOptions(block_size=200)):
        assert isinstance(item, Batch)
        seen.add(item)
    assert [cells for _, cells in seen.rows] == rows


@pytest.mark.parametrize("block_size", [50, 1000, 8 << 20])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("ends", [["\n", "\r"], ["\r\n", "\r", "\n"], ["\n"] * 30 + ["\r"]])
def test_mixed_line_ends(ends: list[str], quoted: bool, block_size: int) -> None:
    rows = people(200)
    lines = [",".join(f'"{cell}"' if quoted else cell for cell in row) for row in [HEADER, *rows]]
    data = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines)).encode()
    seen = read(data, block_size=block_size)
    assert [cells for _, cells in seen.rows] == rows
    assert [number for number, _ in seen.rows] == list(range(200))
    assert not seen.loose
    for (_, cells), places in zip(seen.rows, seen.places, strict=True):
        assert data[places[1] :].startswith(cells[1].encode())


def test_a_carriage_return_in_a_cell_is_text() -> None:
    sound = b"".join(b"%d,z\n" % n for n in range(200))
    seen = read(sound + b"1,x\ry\n2,z\r\n3\r4,5,6\n7,8\r9\r10,11\n", header=False)
    assert [cells for _, cells in seen.rows[200:]] == [["1", "x\ry"], ["2", "z"], ["7", "8"], ["10", "11"]]
    assert seen.loose == [(202, "3\r4,5,6"), (204, "9")]


@pytest.mark.parametrize("escape", ["\\", "/", "^"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_escaped_quotes(escape: str, delimiter: str) -> None:
    rows = [[f'说{escape}"{n}{escape}"{delimiter}了', f"1380013{n:04d}", "x"] for n in range(60)]
    text = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    seen = read(text.encode())
    assert seen.tables[0].delimiter == delimiter
    assert [cells for _, cells in seen.rows] == rows
    assert not seen.loose


PIECES = [
    *("姓名,电话", "张三,13800138000", "é,½", "a,b", "", " "),
    "诈骗".encode("gb18030"),
    b"\xff",
    "北京".encode().decode("latin-1"),
]
ENDS = [b"\n", b"\r\n", b"\r", b","]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(ENDS)), max_size=30),
    st.sampled_from([None, "utf-8", "gb18030"]),
    st.integers(min_value=1, max_value=200),
)
def test_the_head_is_that_of_the_whole_sample(
    parts: list[tuple[str | bytes, bytes]], declared: str | None, sample: int
) -> None:
    data = b"".join((part if isinstance(part, bytes) else part.encode()) + end for part, end in parts)
    encoding = find_encoding(MemoryFile(data), declared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_rows, "SAMPLE", sample)
        patch.setattr(delimited_rows, "LONGEST_SAMPLE", sample)
        text, whole = delimited_rows.head(MemoryFile(data), encoding)
    expected = decoded(data[:sample], encoding)
    end = max(expected.rfind("\n"), expected.rfind("\r", 0, -1)) + 1
    assert whole is (len(data) < sample)
    assert text == (expected if whole or not end else expected[:end])


def test_only_lines_that_need_it_have_the_tables_of_other_encodings_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    real = mixed.weights
    monkeypatch.setattr(mixed, "weights", lambda: made.append(1) or real())
    row = "张三,13800138000\n".encode()
    sound = row * 5000  # the sample ends inside a character
    assert read(sound).rows
    assert not made
    damaged = row + b"\xff\xfe,13800138001\n" + row * 10
    assert read(damaged).rows
    assert made


@pytest.mark.parametrize("size", [1, 60, 700, 8 << 20])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_header_that_comes_again_is_no_row(size: int, quoted: bool) -> None:
    head = ["姓名", "手机号", "备注,其他" if quoted else "备注"]
    rows = [[f"张{n:02}", f"1380013{n:04d}", "姓名" if n % 3 else ""] for n in range(40)]
    several = [head, *rows[:20], head, head, *rows[20:39], ["姓名", "手机号", ""], rows[39], head]
    lines = [",".join(f'"{cell}"' if quoted else cell for cell in row) for row in several]
    seen = read("\n".join(["名单", *lines]).encode(), block_size=size)
    assert [cells for _, cells in seen.rows] == [*rows[:39], ["姓名", "手机号", ""], rows[39]]
    numbers = [number for number, _ in seen.rows]
    assert numbers == [*range(1, 21), *range(23, 44)]  # each line has its own, but for the header
    assert seen.loose == [(0, "名单")]
    assert [issue.what for issue in seen.issues] == [
        "has 3 rows that repeat the header: they were not counted"
    ]
    assert not seen.issues[0].partial


def test_a_header_without_a_word_is_none_that_could_come_again() -> None:
    seen = read(b",\n1,2\n3,4\n,\n", header=True)
    assert len(seen.rows) == 3
    assert not seen.issues
