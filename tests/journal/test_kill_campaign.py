"""Scans that are killed at random points end as undisturbed ones do; ``make kill-campaign`` is the large one."""

from __future__ import annotations

import random
from pathlib import Path

from kill_campaign import campaign, make_set


def test_kills_at_random_points(tmp_path: Path) -> None:
    make_set(tmp_path / "set", 4_000_000)
    random.seed(20_261_122)
    lines: list[str] = []
    points = campaign(tmp_path / "set", 3, (1, 2, 4), "0.05", lines.append)
    assert all(point.same for point in points), lines
    assert any(point.kills for point in points), lines
