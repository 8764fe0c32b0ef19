"""Ctrl-C, SIGTERM and SIGKILL: a scan ends within a second, says how to go on, and goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_reference import ROOT, run


def command(*arguments: object, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scanner", "scan", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("large")
    (folder / "in").mkdir()
    made = run("dump", "--size", "3M", "--seed", 5, "--out", folder / "part.csv")
    assert made.exit_code == 0, made.output
    raw = (folder / "part.csv").read_bytes()
    with (folder / "in" / "long.csv").open("wb") as file:
        for _ in range(24):
            file.write(raw)
    (folder / "many").mkdir()
    for number in range(24):
        shutil.copyfile(folder / "part.csv", folder / "many" / f"{number}.csv")
    yield folder
    shutil.rmtree(folder / "in")
    shutil.rmtree(folder / "many")


def running_with(text: str) -> list[str]:
    """The command lines of all processes, if they have a text in them."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = each.read_bytes().decode(errors="replace").replace("\0", " ")
            found += [line] if text in line else []
    return found


def wait_for(pattern: str, folder: Path) -> None:
    until = time.monotonic() + 60
    while not list(folder.glob(pattern)):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code", "jobs", "what"),
    [
        (signal.SIGINT, 130, 1, "in"),
        (signal.SIGINT, 130, 2, "in"),
        (signal.SIGTERM, 143, 2, "in"),
        (signal.SIGKILL, -9, 2, "in"),
        (signal.SIGINT, 130, 3, "many"),  # in several processes
        (signal.SIGTERM, 143, 2, "many"),
        (signal.SIGKILL, -9, 2, "many"),
    ],
)
def test_signals_end_soon_and_say_how_to_go_on(
    large: Path, tmp_path: Path, number: signal.Signals, code: int, jobs: int, what: str
) -> None:
    report = tmp_path / "report.json"
    scan = command(what, "-o", report, "--checkpoint", "0.1", "--jobs", jobs, "--tmp", tmp_path, folder=large)
    journal = Path(f"{report}.leaktally-journal")
    wait_for("*.part", journal)
    began = time.monotonic()
    scan.send_signal(number)
    _, said = scan.communicate(timeout=30)
    assert time.monotonic() - began < 1.5  # a second, on a machine that has other work
    assert scan.returncode == code
    assert not report.exists()
    assert not list(tmp_path.glob(".leaktally-*"))
    if code > 0:
        assert said == (
            f"leaktally: interrupted; nothing was written; go on with: leaktally scan --resume {journal}\n"
        )
        assert not list(tmp_path.glob("leaktally-run-*"))
        assert not running_with(str(report))
    again = command(what, "-o", report, folder=large)
    assert again.wait() == 2
    assert "add --resume to go on with it" in again.stderr.read()  # type: ignore[union-attr]
    again = command("--resume", journal, folder=large)
    _, said = again.communicate()
    assert again.returncode == 0, said
    assert not journal.exists()
    assert report.exists()


def test_a_hanging_reader_does_not_keep_a_scan_from_ending(tmp_path: Path) -> None:
    """A thread that waits for a child process, and a main thread that waits for it."""
    code = (
        "import os, signal, sys, threading\n"
        "from scanner.commands import interruption\n"
        "restore = interruption.watch()\n"
        "threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as pool:\n"
        "    pool.submit(lambda: os.read(os.pipe()[0], 1)).result()\n"
    )
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert ended.returncode == 130
    assert ended.stderr == b"leaktally: interrupted; nothing was written\n"
    assert time.monotonic() - began < 3
