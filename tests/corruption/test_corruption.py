"""Damaged files of every format: the scan goes on, and each has a status with a reason; a share of ``make corrupt``."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from corruption.damage import PARTS, cuts, flips, swaps
from corruption.formats import FORMATS, Format
from corruption.measure import MEMORY, measured, scanned

IN_CHILD = {
    "xlsx",
    "xls",
    "xlsb",
    "ods",
    "sqlite",
    "orc",
    "avro",
    "arrow",
    "eml",
    "mbox",
    "vcf",
    "html",
    "pdf",
    "doc",
}
GIVEN = os.environ.get("LEAKTALLY_PARQUET_BAD")


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_damaged_files_are_told_as_damaged(format_: Format) -> None:
    if format_.name in ("7z", "cab", "rar"):
        pytest.importorskip("libarchive")
    result = measured(format_, 200, seed=7, every=29 if format_.name in IN_CHILD else 19)
    assert result.broken == []
    assert result.files >= 4
    if format_.whole:
        assert result.statuses["partial"] + result.statuses["failed"] > 0


def test_damage_is_damage() -> None:
    data, draw = bytes(range(256)) * 40, random.Random(1)
    cut = [each for _, each in cuts(data)]
    assert len(cut) == PARTS - 1
    assert all(data.startswith(each) and 0 < len(each) < len(data) for each in cut)
    flipped = [sum(a != b for a, b in zip(each, data, strict=True)) for _, each in flips(data, 1000, draw)]
    assert 990 <= sum(flipped) <= 1000 + 16
    assert set(flipped) <= {1, 14, 15, 16}
    swapped = [each for _, each in swaps(random.Random(2).randbytes(9000), 20, draw)]
    assert len(set(swapped)) > 10
    assert {len(each) for each in swapped} == {9000}


@pytest.mark.skipif(not GIVEN, reason="LEAKTALLY_PARQUET_BAD names no folder of damaged Parquet files")
def test_given_parquet_files_never_stop_the_scan() -> None:
    paths = sorted(Path(str(GIVEN)).glob("*.parquet"))
    assert paths
    told, code, err, peak = scanned([path.read_bytes() for path in paths])
    assert code == 3, err
    assert len(told) == len(paths)
    assert [each for each in told if each.status not in ("complete", "partial", "failed")] == []
    assert [each for each in told if each.status != "complete" and not each.reasons] == []
    assert peak < MEMORY
