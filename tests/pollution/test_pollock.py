"""Files of the Pollock benchmark (Vitagliano et al., VLDB 2023), where LEAKTALLY_POLLOCK names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from memory_file import MemoryFile

from scanner.model import Batch, ReadOptions
from scanner.sources.opening import Sources

FOLDER = os.environ.get("LEAKTALLY_POLLOCK")
FILES = sorted(Path(FOLDER).glob("*.csv")) if FOLDER else []


def cells(data: bytes, **told: object) -> set[tuple[int, int, str]]:
    """Row, column and text of all cells; of lines that fit no row the column is -1."""
    found = set()
    sources = Sources(lambda word: False, lambda texts: [False] * len(texts))
    for item in sources.batches(MemoryFile(data), ReadOptions(header=True, **told)):  # type: ignore[arg-type]
        if not isinstance(item, Batch):
            continue
        rows = range(item.first_row, item.first_row + item.size) if item.rows is None else item.rows.tolist()
        for index, column in enumerate(item.columns):
            found |= {(row, index, column.cells.text(place)) for place, row in enumerate(rows)}
        if item.loose is not None and item.loose_rows is not None:
            texts = [item.loose.text(place) for place in range(len(item.loose))]
            found |= {(row, -1, text) for row, text in zip(item.loose_rows.tolist(), texts, strict=True)}
    return found


@pytest.mark.skipif(not FILES, reason="LEAKTALLY_POLLOCK names no folder of its files")
def test_what_is_found_with_the_dialect_is_found_without_it() -> None:
    different = [
        path.name
        for path in FILES
        if cells(path.read_bytes()) != cells(path.read_bytes(), delimiter=",", quote='"', encoding="utf-8")
    ]
    assert different == []


@pytest.mark.skipif(not FILES, reason="LEAKTALLY_POLLOCK names no folder of its files")
def test_no_line_is_lost() -> None:
    """Each word of a file is in a cell, a line or the header."""
    for path in FILES:
        data = path.read_bytes()
        read = " ".join(text for _, _, text in cells(data)).replace('"', " ").replace(",", " ")
        header = data.decode().splitlines()[0]
        words = data.decode().replace('"', " ").replace(",", " ").split()
        missing = set(words) - set(read.split()) - set(header.replace('"', " ").replace(",", " ").split())
        assert not missing, path.name
