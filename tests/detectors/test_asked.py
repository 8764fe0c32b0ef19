"""Who is not asked would have found nothing."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hostile import values

from scanner.detectors.asked import Asking, asked
from scanner.detectors.packs import read_pack
from scanner.detectors.registry import detectors
from scanner.model import Cells, Matches

EVERY = detectors(date(2026, 1, 1))
SAMPLES = (
    *("11010519491231002X", "13912345678", "010-62781234", "6222021234567890128", "91350100M000100Y43"),
    *("110105491231002", "a@b.example.cn", "某某", "张三", "138****5678", "京A12345", "1HGCM82633A004352"),
    *("朝阳区建国路88号", "39.9042,116.4074", "192.168.10.7", "2026-01-05", "12.50", ""),
    *("ＱＱ：１２３４５６", "E12345678"),
)


def same(one: Matches, other: Matches) -> bool:
    """Are the spans and checks of both the same?"""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("cell", "start", "end", "checks")
    )


@pytest.mark.parametrize("role", [None, "mobile", "resident_id", "name", "passport", "plate"])
def test_who_is_not_asked_finds_nothing(role: str | None) -> None:
    rng = random.Random(str(role))
    junk = values(long=False)
    spared = 0
    for _ in range(60):
        column: list[str | bytes | None] = [
            *rng.choices(SAMPLES, k=rng.randint(0, 3)),
            *rng.choices(junk, k=2),
        ]
        cells = Cells.of(column)
        some = asked(EVERY, role, cells)
        assert list(some) == [each for each in EVERY if each in some]
        for each in EVERY:
            found = each.find(Cells.of(column))
            if each in some:
                assert same(each.find(cells), found)
            elif not each.header_only or role in each.roles:
                assert not len(found)
                spared += 1
    assert spared > 500


def test_packs_of_users_are_asked_too(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[[pattern]]\nname = "badge"\nlabel = "badge"\nstandard = "our own"\npattern = \'B-[0-9]{4}\'\n'
        'examples = ["B-1234"]\ncounterexamples = ["B-12345"]\n',
        encoding="utf-8",
    )
    assert read_pack(pack)
    own = detectors(date(2026, 1, 1), [pack])
    assert "badge" in [each.name for each in Asking(own).of(None, Cells.of(["x", "B-1234"]))]
    assert "badge" in [each.name for each in asked(own, None, Cells.of(["B-1234"]))]
    assert "badge" not in [each.name for each in asked(EVERY, None, Cells.of(["B-1234"]))]


def test_all_are_asked_about_a_dictionary_whose_findings_are_known() -> None:
    cells = Cells.of(["nothing"])
    cells.memo["found"] = {}
    assert len(asked(EVERY, None, cells)) == sum(not each.header_only for each in EVERY)
