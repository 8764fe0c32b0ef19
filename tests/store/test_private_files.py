"""Temporary files have no name and lie in a private folder; what killed runs left goes, what others use stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_reference import DEMO, ROOT
from running import process

from scanner.errors import OutputError
from scanner.evidence.output_set import OutputSet
from scanner.store import private_files

HOLD = """
import sys, time
from scanner.store import private_files
with private_files.unnamed(sys.argv[1]) as file:
    open(private_files.folder(sys.argv[1]) + "/named", "w").write("x")
    print("ready", flush=True)
    sys.stdin.read()
"""


OUTPUTS = """
import sys
from scanner.evidence.output_set import OutputSet
with OutputSet() as outputs:
    outputs.write(sys.argv[1] + "/report.json", b"half")
    print("ready", flush=True)
    sys.stdin.read()
    outputs.commit()
"""


def holding(folder: Path, script: str = HOLD) -> subprocess.Popen[str]:
    """A process that has a private file and a named one below a folder, or outputs that are not in place yet."""
    running = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    return running


def test_a_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with private_files.unnamed(str(tmp_path)) as file:
            found = os.fstat(file.fileno())
            assert (found.st_mode & 0o777, found.st_nlink) == (0o600, 0)
            file.write(b"kept")
            file.seek(0)
            assert file.read() == b"kept"
            [folder] = tmp_path.iterdir()
            assert folder.stat().st_mode & 0o777 == 0o700
            assert list(folder.iterdir()) == []
    finally:
        os.umask(before)


def test_a_run_that_ends_takes_its_folder_along(tmp_path: Path) -> None:
    running = holding(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    running.communicate("")
    assert running.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_looked_at_at_the_end_says_nothing(tmp_path: Path) -> None:
    """What stays goes with the next run; no traceback."""
    code = (
        "import os, sys\n"
        "from scanner.store import private_files\n"
        "private_files.folder(sys.argv[1])\n"
        "def fail(*_):\n"
        "    raise OSError(5, 'failing')\n"
        "os.fstat = fail\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    private_files.sweep(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_only_what_killed_runs_left_is_removed(tmp_path: Path) -> None:
    dead, living = holding(tmp_path), holding(tmp_path)
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    assert len(list(tmp_path.iterdir())) == 2
    private_files.sweep(str(tmp_path))
    [kept] = tmp_path.iterdir()
    assert (kept / "named").read_text() == "x"
    living.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_a_killed_run_left_unfinished_go_with_the_next(tmp_path: Path) -> None:
    dead, living = holding(tmp_path, OUTPUTS), holding(tmp_path, OUTPUTS)
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    with OutputSet() as outputs:
        outputs.write(tmp_path / "other.json", b"whole")
        assert len(list(tmp_path.iterdir())) == 2  # this one's and the living one's
        outputs.commit()
    living.communicate("")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "report.json": b"half",
        "other.json": b"whole",
    }


def test_a_sweep_follows_no_link_and_leaves_alone_what_is_not_ours(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    (precious / "deep").mkdir(parents=True)
    (precious / "file").write_text("x")
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    name = private_files.PREFIX
    (tmp / f"{name}link").symlink_to(precious)
    (tmp / f"{name}file").write_text("no folder")
    (tmp / f"{name}open").mkdir(mode=0o755)  # anybody may look in: not one of ours
    (tmp / "other").mkdir(mode=0o700)
    left = tmp / f"{name}left"
    left.mkdir(mode=0o700)
    (left / "link").symlink_to(precious)
    (left / "sub").mkdir()
    (left / "sub" / "link").symlink_to(precious)
    private_files.sweep(str(tmp))
    assert sorted(path.name for path in tmp.iterdir()) == sorted(
        [f"{name}link", f"{name}file", f"{name}open", "other"]
    )
    assert (precious / "file").exists()
    assert (precious / "deep").exists()


def test_many_runs_at_once_do_not_take_each_others_folders(tmp_path: Path) -> None:
    running = [holding(tmp_path) for _ in range(4)]
    for _ in range(20):
        private_files.sweep(str(tmp_path))
        with private_files.unnamed(str(tmp_path)) as file:
            file.write(b"x")
    for each in running:
        each.communicate("")
        assert each.returncode == 0


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no such file.*--tmp"):
        private_files.unnamed(str(tmp_path / "missing"))
    ended = process("scan", DEMO, "--tmp", tmp_path / "missing")
    assert ended.code == 2
    assert "does not exist" in ended.err


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from scanner.cli import main; main(sys.argv[1:], prog_name='leaktally')"
    )
    arguments = ["scan", str(DEMO), "-f", "json", "--memory", "20K", "--jobs", "2", "--tmp", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 4
    [sentence] = ended.stderr.splitlines()
    assert sentence.startswith(f"leaktally: cannot keep temporary files in '{tmp_path}'")
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_command_dumps_no_core() -> None:
    """What the system says of the process while a command runs."""
    script = (
        "import click, resource, ctypes; from scanner import cli\n"
        "@cli.main.command()\n"
        "def look(): print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
        "cli.main(['look'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert shown.stdout.split() == ["(0,", "0)", "0" if sys.platform == "linux" else "-1"]


def test_a_command_may_open_as_many_files_as_the_system_grants(tmp_path: Path) -> None:
    """Ninety-six threads need more than the thousand that a shell allows by default."""
    path = tmp_path / "a.csv"
    path.write_text("手机号\n13800138000\n", "utf-8")
    code = (
        "import atexit, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 300))\n"
        "atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_NOFILE)))\n"
        "from scanner.cli import main\n"
        "main(['scan', sys.argv[1]])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "(300, 300)"
