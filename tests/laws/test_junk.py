"""Hostile values thrown at every detector and every source: nothing raises, nothing points outside."""

from __future__ import annotations

import random
import time
from pathlib import Path

import hostile
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import TODAY, command, scanned, scanned_table

from scanner.detectors.registry import detectors
from scanner.model import Cells, Detector, Matches, ReadOptions

DETECTORS = {each.name: each for each in detectors(TODAY)}
SHORT = hostile.values(long=False)


def check(cells: Cells, found: Matches) -> None:
    """What the contract of ``find`` promises, whatever lies in the cells."""
    assert found.cell.dtype == found.start.dtype == found.end.dtype == np.int32
    assert found.checks.dtype == np.uint32
    assert len(found.cell) == len(found.start) == len(found.end) == len(found.checks)
    if found.key is not None:
        assert found.key.dtype == np.uint64
        assert len(found.key) == len(found)
    if not len(found):
        return
    assert found.cell.min() >= 0
    assert found.cell.max() < len(cells)
    lengths = (cells.end - cells.start)[found.cell]
    assert (found.start >= 0).all()
    assert (found.start < found.end).all()
    assert (found.end <= lengths).all()
    same = found.cell[1:] == found.cell[:-1]
    assert (found.cell[1:] >= found.cell[:-1]).all(), "sorted by cell"
    assert (found.start[1:][same] >= found.end[:-1][same]).all(), "sorted by start, never overlapping"


@pytest.mark.parametrize("name", DETECTORS)
def test_every_value_at_every_detector(name: str) -> None:
    values: list[str | bytes | None] = [None, *hostile.values()]
    cells = Cells.of(values)
    started = time.monotonic()
    check(cells, DETECTORS[name].find(cells))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("name", DETECTORS)
def test_values_joined_at_random(name: str) -> None:
    draw = random.Random(name)
    planted = ["13800138000", "11010519491231002X", "6222020200112233", "a@example.com", "京A12345"]
    pieces = [*SHORT, *(text.encode() for text in planted)]
    cells = Cells.of([b"".join(draw.choices(pieces, k=draw.randrange(1, 6))) for _ in range(3000)])
    check(cells, DETECTORS[name].find(cells))


@pytest.mark.parametrize("name", DETECTORS)
def test_no_cells_and_empty_cells(name: str) -> None:
    nothing: list[str | bytes | None]
    for nothing in ([], [None], [b"", b"", None]):
        cells = Cells.of(nothing)
        assert len(DETECTORS[name].find(cells)) == 0


ANY_TEXT = st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), ANY_TEXT), max_size=8))
def test_any_bytes(values: list[bytes]) -> None:
    cells = Cells.of([*values])
    for detector in DETECTORS.values():
        check(cells, detector.find(cells))


@pytest.mark.parametrize("name", DETECTORS)
def test_what_a_detector_finds_does_not_depend_on_the_neighbours(name: str) -> None:
    detector: Detector = DETECTORS[name]
    cells = Cells.of([*SHORT])
    together = detector.find(cells)
    for index in range(0, len(SHORT), 3):
        alone = detector.find(Cells.of([SHORT[index]]))
        mine = together.cell == index
        assert together.start[mine].tolist() == alone.start.tolist()
        assert together.end[mine].tolist() == alone.end.tolist()
        assert together.checks[mine].tolist() == alone.checks.tolist()


@pytest.mark.parametrize("separator", [b"\n", b",", b"\r\n", b"\t", b"----", b'","'])
def test_every_value_at_the_text_source(tmp_path: Path, separator: bytes) -> None:
    data = separator.join(hostile.values())
    path = tmp_path / "junk.txt"
    path.write_bytes(data)
    [found] = scanned(path)["inputs"]
    assert found["size"] == len(data)
    assert found["status"] in ("complete", "partial")
    assert found["rows"] > 0


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be"])
def test_every_value_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "junk.csv"
    path.write_bytes(b"name,phone\n" + b"\n".join(value + b",13800138000" for value in SHORT))
    [found] = scanned(path, read=ReadOptions(encoding=encoding))["inputs"]
    assert found["encoding"] == encoding
    assert found["status"] in ("complete", "partial")


def test_each_value_as_a_whole_file(tmp_path: Path) -> None:
    for number, value in enumerate(SHORT):
        (tmp_path / f"{number:03}").write_bytes(value)
    found = scanned(tmp_path)["inputs"]
    assert len(found) == len(SHORT)
    for item, value in zip(found, SHORT, strict=True):
        assert item["size"] == len(value)
        assert item["status"] == "complete" or item["reasons"]


def test_every_value_at_the_arrow_and_parquet_sources(tmp_path: Path) -> None:
    values = hostile.values()
    text = [value.decode("utf-8", "replace") for value in values]
    table = pa.table(
        {
            "binary": pa.array(values, pa.binary()),
            "large": pa.array(values, pa.large_binary()),
            "text": pa.array(text, pa.string()),
            "coded": pa.array(text, pa.string()).dictionary_encode(),
            "list": pa.array([[value, None, value] for value in text], pa.list_(pa.string())),
            "struct": pa.array([{"a": value} for value in text], pa.struct([("a", pa.string())])),
            "float": pa.array([float(n % 7) / (n % 3) if n % 3 else float("nan") for n in range(len(text))]),
            "null": pa.nulls(len(text)),
        }
    )
    assert scanned_table(table)["records"]["rows"] == len(values)
    pq.write_table(table, tmp_path / "junk.parquet")
    [found] = scanned(tmp_path / "junk.parquet")["inputs"]
    assert (found["rows"], found["status"]) == (len(values), "complete")


def test_hostile_names_and_values_are_harmless_in_every_report(tmp_path: Path) -> None:
    names = [
        "\x1b[2J\x1b[H.csv",
        "<script>alert(1)</script>".replace("/", "") + ".csv",
        "\u202egpj.csv",
        "a\nb.csv",
    ]
    phones = "".join(f"<b>\x1b[31m王</b>,1380013{n:04}\n" for n in range(30))
    for name in names:
        (tmp_path / name).write_text(f"<img src=x>\x1b]0;x\x07,手机号码\n{phones}", encoding="utf-8")
    for form in ("terminal", "html", "json"):
        out = command("scan", tmp_path, "-f", form).out.decode("utf-8")
        assert "\x1b" not in out, form
        # JSON is for programs and holds text as it is.
        assert form == "json" or "\u202e" not in out, form
        if form == "html":
            assert "<script" not in out.lower()
            assert "<img" not in out.lower()
        else:
            assert "a\nb.csv" not in out
