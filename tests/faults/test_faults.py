"""A call of the system fails, or memory is refused: no wrong count, no half report; a share of ``make faults``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.campaign import NEVER, WHATS, Scans, calls, library
from faults.driver import KINDS

MOST = 2  # calls of a kind


@pytest.fixture(scope="module", params=WHATS)
def scans(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scans]:
    folder = tmp_path_factory.mktemp(request.param)
    try:
        library(folder)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("failing.c cannot be compiled here")
    with Scans(folder, request.param) as made:
        yield made


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "size"])
def test_a_call_that_fails_never_makes_a_wrong_report(scans: Scans, kind: str) -> None:
    ran = list(calls(scans, kind, MOST))
    assert len(ran) >= 2
    assert [(each.call, each.lasting, each.faults) for each in ran if each.faults] == []


def test_the_judge_sees_what_is_wrong(scans: Scans, tmp_path: Path) -> None:
    """A report that tells less than the undisturbed one and calls itself complete is a fault."""
    sound = scans.run("memory", NEVER, False)
    assert (sound.code, sound.faults) == (0, [])
    assert sound.report
    sound.report["labels"].pop("mobile_phone")
    assert any("differ" in each for each in scans._broken(sound))
    sound.report, sound.code = None, 0
    assert any("without a report" in each for each in scans._broken(sound))
