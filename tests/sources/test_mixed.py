"""Files whose lines are not all in one encoding, read whole; what the report says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import scanned
from test_delimited import HEADER, Seen, read
from test_dialect import people

ROWS = people(400)


def written(rows: list[list[str]], encodings: list[str]) -> bytes:
    """Row k in encoding k modulo their number; "latin-1": UTF-8 that was read as Latin-1."""
    lines = []
    for number, row in enumerate(rows):
        line, encoding = ",".join(row) + "\n", encodings[number % len(encodings)]
        lines.append(
            line.encode().decode("latin-1").encode() if encoding == "latin-1" else line.encode(encoding)
        )
    return b"".join(lines)


def half(first: str, second: str) -> bytes:
    return written([HEADER, *ROWS[:200]], [first]) + written(ROWS[200:], [second])


FILES = [
    ("utf-8", written([HEADER, *ROWS], ["utf-8", "gb18030"])),
    ("utf-8", written([HEADER, *ROWS], ["gb18030", "utf-8", "latin-1"])),
    ("utf-8", half("utf-8", "gb18030")),
    ("gb18030", half("gb18030", "utf-8")),
    ("utf-8", half("latin-1", "utf-8")),
]


@pytest.mark.parametrize(("main", "data"), FILES)
def test_every_row_is_read(main: str, data: bytes) -> None:
    seen = read(data)
    assert seen.tables[0].columns == tuple(HEADER)
    assert [cells for _, cells in seen.rows] == ROWS
    assert not seen.loose
    assert [issue.partial for issue in seen.issues] == [False] * len(seen.issues)
    assert seen.issues
    for (_, cells), places in zip(seen.rows, seen.places, strict=True):
        raw = [cells[0].encode(), cells[0].encode("gb18030"), cells[0].encode().decode("latin-1").encode()]
        assert data[places[0] :].startswith(tuple(raw))
        assert data[places[1] :].startswith(cells[1].encode())


@pytest.mark.parametrize("block_size", [64, 1000, 20_000])
@pytest.mark.parametrize(("main", "data"), FILES)
def test_blocks_change_nothing(main: str, data: bytes, block_size: int) -> None:
    assert read(data, block_size=block_size) == read(data)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["utf-8", "gb18030", "latin-1", "junk", "blank"]), min_size=1, max_size=60),
    st.integers(1, 300),
    st.sampled_from([40, 1000, 1 << 20]),
)
def test_any_mix_in_any_blocks(kinds: list[str], block_size: int, longest: int) -> None:
    data = b"".join(
        {"junk": b"\xe5\xff,\x81\n", "blank": b"\n"}.get(kind) or written(ROWS[n : n + 1], [kind])
        for n, kind in enumerate(kinds)
    )
    whole = read(data, longest)
    assert read(data, longest, block_size=block_size) == whole
    numbers = sorted([number for number, _ in whole.rows] + [number for number, _ in whole.loose])
    assert numbers == list(range(len(numbers)))


def told(seen: Seen) -> list[tuple[str, int | None]]:
    return [(issue.what, issue.row) for issue in seen.issues]


def test_what_is_said() -> None:
    data = half("utf-8", "gb18030") + written(ROWS[:1], ["utf-8"]) + written(ROWS[:30:2], ["gb18030"])
    assert told(read(data)) == [
        ("holds 215 lines in gb18030, not in utf-8; they were read so: rows 200-399, 401-415", 200)
    ]
    data = written([HEADER, *ROWS], ["latin-1", "utf-8"])
    (what, row), *others = told(read(data))
    assert (row, others) == (1, [])
    assert what.startswith(
        "holds 201 lines of utf-8 that had been read as latin-1; they were repaired: rows 1, 3, 5, "
    )
    assert what.endswith("19 (+190)")
    marks = written([["\ufeff" + HEADER[0], *HEADER[1:]], *ROWS[:3]], ["utf-8"]) * 3
    seen = read(marks)
    assert told(seen) == [
        ("has 2 rows that repeat the header: they were not counted", None),
        ("holds 2 byte order marks at the start of lines inside; they were left out", None),
    ]
    assert [cells[0] for _, cells in seen.rows] == 3 * [row[0] for row in ROWS[:3]]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_declared_encoding_is_not_questioned(encoding: str) -> None:
    data = half("utf-8", "gb18030")
    seen = read(data, encoding=encoding)
    assert all("undecodable" in issue.what for issue in seen.issues)
    cells = [cells for _, cells in seen.rows]
    assert (cells[:200] == ROWS[:200]) == (encoding == "utf-8")
    assert (cells[200:] == ROWS[200:]) == (encoding == "gb18030")


def test_the_first_chinese_comes_late_and_in_another_encoding() -> None:
    ascii_rows = b"abc,13800138000,2020-01-01,x,a@b.cn\n" * 300_000
    data = ascii_rows + written(ROWS[:50], ["gb18030"]) + ascii_rows[:360_000] + written(ROWS[:50], ["utf-8"])
    seen = read(data)
    assert [cells for _, cells in seen.rows if not cells[0].isascii()] == ROWS[:50] * 2
    assert len(seen.issues) == 1


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be", "utf-32"])
def test_utf32(codec: str) -> None:
    data = "".join(",".join(row) + "\r\n" for row in [HEADER, *ROWS]).encode(codec)
    for size in (999, 8 << 20):
        seen = read(data, block_size=size)
        assert [cells for _, cells in seen.rows] == ROWS
        plain = "utf-32-le" if codec == "utf-32" else codec
        assert data[seen.places[3][1] :].startswith(ROWS[3][1].encode(plain))


def test_the_report_of_a_mixed_file(tmp_path: Path) -> None:
    """The file is complete, names of all its parts are found, and the report says how many lines were what."""
    path = tmp_path / "a.csv"
    path.write_bytes(half("utf-8", "gb18030") + written(ROWS[:7], ["latin-1"]))
    report = scanned(path)
    (one,) = report["inputs"]
    assert (one["status"], one["rows"], one["rows_damaged"]) == ("complete", 407, 0)
    assert [issue["row"] for issue in report["issues"]] == [200, 400]
    plain = tmp_path / "b.csv"
    plain.write_bytes(written([HEADER, *ROWS, *ROWS[:7]], ["utf-8"]))
    assert report["labels"]
    assert report["labels"] == scanned(plain)["labels"]
    assert report["records"] == scanned(plain)["records"]
