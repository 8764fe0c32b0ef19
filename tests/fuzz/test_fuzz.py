"""A little of ``make fuzz`` in every run of the tests: the first batches of each target, and what it once found."""

from __future__ import annotations

import sys
from pathlib import Path

import fuzz_array_kernels
import fuzz_cell_kernels
import fuzz_coded_kernels
import fuzz_sources
import fuzz_text_kernels
import pytest
from campaign import KERNELS, SOURCES, Outcome, campaign, earlier, page, targets
from fuzz_material import Chance
from fuzz_seeds import seeds

from scanner.model import Batch, Member, ReadOptions

ALL = {
    **fuzz_cell_kernels.TARGETS,
    **fuzz_text_kernels.TARGETS,
    **fuzz_array_kernels.TARGETS,
    **fuzz_coded_kernels.TARGETS,
    **fuzz_sources.TARGETS,
}
#: Kernels without a target of their own, and the one that runs them.
WITH = {
    "json_paths": "json_values",
    "json_records": "json_values",
    "json_damage": "json_values",
    "json_tokens": "json_values",
}


@pytest.mark.parametrize("name", ALL)
def test_first_batches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unraised: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: unraised.append(what.exc_value))
    assert sum(ALL[name](Chance(name, batch)) for batch in range(3)) > 0
    assert not unraised


def test_a_batch_is_the_same_again() -> None:
    assert Chance("x", 7).bytes(400) == Chance("x", 7).bytes(400) != Chance("x", 8).bytes(400)
    assert Chance("x", 7).cells().data.tolist() == Chance("x", 7).cells().data.tolist()


@pytest.mark.parametrize("rows", fuzz_sources.SIZES)
def test_seeds_are_the_same_again(rows: int) -> None:
    """No marker, boundary or date is drawn anew: a batch that failed fails again."""
    assert seeds.__wrapped__(rows) == seeds.__wrapped__(rows)


def test_every_kernel_is_fuzzed() -> None:
    folder = Path(__file__).resolve().parents[2] / "scanner" / "kernels"
    kernels = {path.stem for path in folder.glob("*.pyx")}
    assert kernels - set(WITH) == set(targets(KERNELS))
    assert set(WITH.values()) <= set(targets(KERNELS))


@pytest.mark.parametrize("rows", fuzz_sources.SIZES)
@pytest.mark.parametrize("name", seeds())
def test_seeds_are_sound(name: str, rows: int) -> None:
    """What is broken is worth breaking: whole, it is read with rows."""
    from unittest import mock

    from scanner.sources import child

    if name == "foreign":
        pytest.importorskip("libarchive")
    for seed in seeds(rows)[name]:
        with mock.patch.object(child, "messages", fuzz_sources.messages):
            items = list(fuzz_sources.sources().batches(fuzz_sources.File(seed), ReadOptions()))
        failures = {item.failure for item in items if isinstance(item, Member) and item.failure}
        assert failures <= {"looks like a JPEG image, which is not read"}
        held = sum(
            item.size + (len(item.loose) if item.loose else 0) for item in items if isinstance(item, Batch)
        )
        assert held > 0


def test_a_target_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A campaign over a target that dies, raises and hangs names each of these, and goes on behind them."""
    module = tmp_path / "fuzz_toy.py"
    module.write_text(
        "import os, time\n"
        "def toy(chance):\n"
        "    chance.random.random()\n"
        "    global at\n"
        "    at = chance.batch\n"
        "    if at == 3: os.abort()\n"
        "    if at == 4:\n"
        "        STATE[16:24] = (1).to_bytes(8, 'little')\n"
        "        os.abort()\n"
        "    if at == 5: raise AssertionError('no')\n"
        "    return 10\n"
        "TARGETS = {'toy': toy}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("LEAKTALLY_FUZZ_MODULES", f"{tmp_path}:fuzz_toy")
    found: list[Outcome] = campaign([Outcome("toy", "source")], None, 100, 60, 1, lambda _: None)
    (outcome,) = found
    assert [batch for batch, _ in outcome.failures] == [3, 5]
    assert "AssertionError: no" in outcome.failures[1][1]
    assert outcome.executions == 100
    assert (outcome.batches, outcome.deaths_of_readers) == (11, 1)  # 3 and 4 died; 5 gave no answer
    text = page(found, 100, 60, sanitized=False)
    assert "| toy | source | 100 |" in text
    assert "## toy, batch 3" in text
    assert SOURCES == ("fuzz_sources",)
    again = earlier(text)["toy"]
    assert (again.executions, again.batches, again.earlier_failures) == (
        outcome.executions,
        outcome.batches,
        2,
    )
    (more,) = campaign([again], None, 150, 60, 1, lambda _: None)  # none of its batches is run a second time
    assert (more.executions, more.failures) == (150, [])
    assert "| toy | source | 150 |" in page([more], 150, 60, sanitized=False)
