"""The bombs of bombs.py, scaled down: memory, exit code, what is said, nothing left behind, and time that is in bounds.

The full sizes, and the figures: ``make bombs``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bombs import BOMBS, MB, faults, tried

SOME = {bomb.name: bomb for bomb in BOMBS if bomb.small}


@pytest.mark.parametrize("name", SOME)
def test_a_bomb_hurts_nobody(name: str, tmp_path: Path) -> None:
    bomb = SOME[name]
    runs = tried(bomb, tmp_path, bomb.small, seconds=240)
    found = faults(bomb, runs)
    assert not found
    assert list(tmp_path.iterdir()) == []


def test_members_that_all_hold_one_number_take_little(tmp_path: Path) -> None:
    """Pairs of inputs grew with the square of the members: 5,000 took 4.7 GB."""
    (bomb,) = (each for each in BOMBS if each.name == "entries in a tar archive")
    few = replace(bomb, options=("--max-entries", "3000"), halves=False)
    (run,) = tried(few, tmp_path, 4000, seconds=240)
    assert not faults(few, [run])
    assert run.memory < 256 * MB
