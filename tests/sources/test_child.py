"""Readers in child processes: whatever they do, the parent tells what they read and what they did not."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import SourceError
from scanner.model import Limits
from scanner.sources import child, forking
from scanner.sources.messages import Sheet, Trouble

CRASH, HANG, GREEDY, RAISE, LEAVE, PROCESSES, PANDAS = -1, -2, -3, -4, -5, -6, -7


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


def test_it_does_not_matter_how_many_files_are_open() -> None:
    """A process with 1024 of them could not ask for more than its readers told."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip("the system allows too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1030)]
    try:
        assert told([["a", "b"], ["c"]]) == ["a", "b", "c"]
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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


def gone(pid: int) -> bool:
    """Does a process end within some seconds?"""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_many_files_are_read_without_starting_python_again() -> None:
    """A reader's process is forked from one that has loaded all but pandas, which nobody needs there."""
    ((first, without), (second, _)) = (told([[PROCESSES], [PANDAS]]) for _ in range(2))
    assert without == "False"
    assert first.split()[0] == second.split()[0] != str(os.getpid())
    assert first.split()[1] != second.split()[1]
    assert gone(int(second.split()[1]))


def test_what_the_readers_are_forked_from_is_killed() -> None:
    """Between two files nobody notices; within one, that part is read again."""
    home = int(told([[PROCESSES]])[0].split()[0])
    os.kill(home, signal.SIGKILL)
    assert gone(home)
    (line,) = told([[PROCESSES]])
    home = int(line.split()[0])
    timer = threading.Timer(1, os.kill, (home, signal.SIGKILL))
    timer.start()
    found = told([["a"], [HANG], ["c"]], seconds=3)
    assert found == [
        "a",
        "! its reader ended early (no answer for 3 s), twice, in part 1; the rest of that was skipped",
        "c",
    ]


def test_an_interruption_while_a_reader_is_asked_for() -> None:
    """What was asked may still be answered, so nobody asks there again."""
    told([["a"]])
    home = forking._now[0]
    with pytest.raises(KeyboardInterrupt), home._asked():
        raise KeyboardInterrupt
    assert told([["a"]]) == ["a"]
    assert forking._now[0] is not home


def test_other_circumstances_are_those_of_later_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    before = told([[PROCESSES]])[0].split()[0]
    monkeypatch.setenv("TMPDIR", "/")
    assert told([[PROCESSES]])[0].split()[0] != before
    assert gone(int(before))


def test_readers_end_with_the_parent_however_it_ends() -> None:
    program = (
        "import tempfile, json\n"
        "from scanner.model import Limits\n"
        "from scanner.sources import child\n"
        "with tempfile.TemporaryFile() as file:\n"
        f"    file.write(json.dumps([[{PROCESSES}, {HANG}]]).encode()); file.flush()\n"
        "    for item in child.messages('toy_reader', file, Limits(), {}):\n"
        "        if hasattr(item, 'column'): print(item.column(0)[0], flush=True)\n"
    )
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=variables) as parent:
        assert parent.stdout is not None
        processes = [int(each) for each in parent.stdout.readline().split()]
        assert len(processes) == 2
        parent.kill()
    assert all(map(gone, processes))
