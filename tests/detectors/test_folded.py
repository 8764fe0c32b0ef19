"""Folded cells (full-width, invisible characters): the kernel finds in them what the ``regex`` library finds."""

from __future__ import annotations

import random

import numpy as np
import pytest

from scanner.detectors.packs import built_in
from scanner.detectors.pattern import PatternDetector, pattern_detectors
from scanner.model import Cells

DETECTORS = {each.name: each for each in pattern_detectors(built_in())}
PIECES = (
    "ＱＱ：１２３４５６", "ＱＱ:123456", "QQ：１２３\u200b４５６", "ａ＠ｂ．ｃｎ", "a@b\ufeff.cn",
    "li.si＠mail.example.com", "138****5678", "１３８＊＊＊＊５６７８", "a**@qq.com", "京Ａ１２３４５",
    "京A·12345", "张**", "Ｅ１２３４５６７８", "E12345678", "192．168．0．1", "fe80：：1",
    "39．9042，116.4074", "39.90421,116\u200b.4074", "39.90421；116.39712", "第Ａ1234", "第12345\u200b",
    "，３５６９３８０３５６４３８０９，", "1\u2060HGCM82633A004352", "AA-BB-CC-DD-EE-FF", "wxid＿abc123",
    "护照：Ｅ１２３４５６７８", "IMEI：３５６９３８０３５６４３８０９",
    "回乡证Ｈ１２３４５６７８",
    "军官证军字第１２３４５６７", "微信：ａbcd_12",
    "台胞证１２３４５６７８", "台湾通行证Ｔ１２３４５６７８", "IMSI：４６０００１２３４５６７８９０",
    "，CAN３１００７５０３２１０１，", "军官证第Ａ1234",
    "，", "。", "联系：", " ", "\u3000", "\u200b", "x", "0", "😀",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(name for name, each in DETECTORS.items() if not each.header_only))
def test_kernel_and_library_agree(name: str) -> None:
    detector: PatternDetector = DETECTORS[name]
    rng = random.Random(name)
    apart = 0
    for _ in range(40):
        column: list[str | bytes | None] = [
            "".join(rng.choices(PIECES, k=rng.randint(1, 7))) for _ in range(30)
        ]
        cells = Cells.of(column)
        plain, others, folded = detector._candidates(cells)
        fast = detector.find(cells)
        slow = detector._find_by_regex(cells, np.union1d(plain, others).astype(np.int32), folded)
        for field in ("cell", "start", "end", "checks", "key"):
            assert np.array_equal(getattr(fast, field), getattr(slow, field)), field
        apart += len(others)
    assert apart
