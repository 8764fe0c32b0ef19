"""Columns that spaces fill up: the rows are those that a plain split gives, in any blocks, and no text is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_file import MemoryFile
from test_dialect import find, people, values

from scanner.columns.headers import is_header_word
from scanner.model import Batch, ReadOptions
from scanner.sources.aligned import split
from scanner.sources.delimited import DelimitedSource


def padded(cell: str, size: int) -> str:
    return cell + " " * max(1, size - len(cell.encode("gb18030")))


def table(rows: list[list[str]]) -> str:
    return "".join("".join(padded(cell, 24) for cell in row).rstrip() + "\n" for row in rows)


def read(text: str, block: int = 1 << 20) -> tuple[list[list[str]], int, int]:
    rows, blank, count = [], 0, 0
    source = DelimitedSource(is_header_word, values)
    for item in source.batches(MemoryFile(text.encode()), ReadOptions(block_size=block)):
        assert isinstance(item, Batch)
        assert item.loose is None
        columns = [column.cells for column in item.columns]
        rows += [[cells.text(row) for cells in columns] for row in range(item.size)]
        blank, count = blank + item.blank, count + item.bytes_read
    return rows, blank, count


@pytest.mark.parametrize("block", [1, 50, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows(block: int, end: str) -> None:
    rows = [[row[0], row[1], row[4]] for row in people(60)]
    text = (
        table([["姓名", "手机号", "邮箱"], *rows[:30]])
        + "------ ------\n\n"
        + "备注：王五 13800138000\n"
        + table(rows[30:])
    )
    found = read(text.replace("\n", end), block)
    assert found == (
        [*rows[:30], ["备注：王五 13800138000", "", ""], *rows[30:]],
        2,
        len(text.replace("\n", end).encode()),
    )


def test_what_is_aligned_without_values_is_no_table() -> None:
    assert find("".join(f"{n:4}   {'ab' * (n % 3)}   x y\n" for n in range(40))).delimiter is None
    assert (
        find(table([[row[0], "甲 乙" * (n % 3), row[1]] for n, row in enumerate(people(40))])).delimiter
        is None
    )


SIGNS = st.sampled_from(
    [
        " ",
        "  ",
        "\t",
        "\u3000",
        "\n",
        "\r\n",
        "a",
        "王",
        "1",
        "-",
        "\x80".encode("latin-1").decode("latin-1"),
        "\xe3",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SIGNS, max_size=40).map("".join), st.integers(1, 3), st.booleans(), st.sampled_from([3, 99]))
def test_a_plain_split_agrees(text: str, width: int, final: bool, longest: int) -> None:
    raw = text.encode()
    tokens = split(np.frombuffer(raw, np.uint8), width, final, longest)
    rows: list[list[bytes]] = []
    blank = at = 0
    overlong = False
    while at < len(raw):
        stop = raw.find(b"\n", at)
        line = raw[at:] if stop < 0 else raw[at:stop]
        overlong = len(line) > longest
        if overlong or (stop < 0 and not final):
            break
        cells = [
            cell.encode()
            for cell in line.decode().replace("\u3000", " ").replace("\r", " ").split(" ")
            if cell
        ]
        cells = [part for cell in cells for part in cell.split(b"\t") if part]
        if len(cells) == width:
            rows.append(cells)
        elif any(byte >= 128 or chr(byte).isalnum() for byte in line):
            rows.append([line.removesuffix(b"\r"), *[b""] * (width - 1)])
        else:
            blank += 1
        at = len(raw) if stop < 0 else stop + 1
    found = [
        [raw[s:e] for s, e in zip(*spans, strict=True)]
        for spans in zip(tokens.start.T, tokens.end.T, strict=True)
    ]
    assert (found, tokens.blank, tokens.consumed, tokens.overlong) == (rows, blank, at, overlong)
    assert not len(tokens.loose_row)
