"""Readers in child processes: whatever they do, the parent tells what they read and what they did not."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import SourceError
from scanner.model import Limits
from scanner.sources import child
from scanner.sources.messages import Sheet, Trouble

CRASH, HANG, GREEDY, RAISE, LEAVE = -1, -2, -3, -4, -5


def told(units: Any, seconds: int = 20, memory: int = 256 << 20) -> list[Any]:
    """Texts of rows, sentences of troubles."""
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(units).encode())
        file.seek(3)  # the child has a position of its own
        found = []
        for item in child.messages(
            "toy_reader", file, Limits(seconds=seconds, memory=memory), {"secret": "S3CRET"}
        ):
            if isinstance(item, Trouble):
                found.append(f"! {item.what}")
            elif not isinstance(item, Sheet):
                found += item.column(0).to_pylist()
        assert file.tell() == 3
    return found


def test_rows_and_troubles_come_in_order() -> None:
    assert told([["a", "b"], ["c", 5, "d"]]) == ["a", "b", "c", "! trouble 5", "d"]


@pytest.mark.parametrize(
    ("command", "words"),
    [(CRASH, "SIGSEGV"), (LEAVE, "exit code 7")],
)
def test_what_kills_the_reader_twice_is_skipped_and_named(command: int, words: str) -> None:
    found = told([["a"], ["b", command, "never"], ["c"]])
    assert found == [
        "a",
        "b",
        f"! its reader ended early ({words}), twice, in part 1; the rest of that was skipped",
        "c",
    ]


def test_a_reader_that_hangs_is_ended() -> None:
    found = told([["a"], [HANG], ["c"]], seconds=2)
    assert found == [
        "a",
        "! its reader ended early (no answer for 2 s), twice, in part 1; the rest of that was skipped",
        "c",
    ]


def test_every_part_kills_the_reader() -> None:
    found = told([["a", CRASH], ["b", CRASH], [CRASH]])
    assert [each for each in found if not each.startswith("!")] == ["a", "b"]
    assert len(found) == 5


def test_a_reader_that_dies_wherever_it_starts_is_given_up() -> None:
    found = told("dies wherever it starts")
    assert len(found) == child.BARREN + 1
    assert found[-1].endswith("the rest was skipped")


def test_memory_is_bounded() -> None:
    with pytest.raises(SourceError, match="asks for more memory than its reader may have"):
        told([[GREEDY]])


def test_messages_of_errors_are_not_passed_on() -> None:
    with pytest.raises(SourceError) as raised:
        told([["a", RAISE]])
    assert str(raised.value) == "the reader stopped with ValueError"


def test_a_reader_that_cannot_start(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    with path.open("rb") as file, pytest.raises(SourceError, match=r"ended early \(exit code 1\)"):
        list(child.messages("no_such_reader", file, Limits(), {}))
