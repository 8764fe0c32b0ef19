"""A scan of many files in several processes: the same counts, and what goes wrong in one of them."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_reference import run

from scanner.errors import ScannerError
from scanner.journal.journal import Journal
from scanner.run import handover, job, local, processes
from scanner.run.entries import Outcomes
from scanner.run.inputs import FileInputs
from scanner.store import private_files
from scanner.store.scratch import Scratch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some forty files of all kinds, with the same people in some of them."""
    folder = tmp_path_factory.mktemp("many")
    made = run("dump", "--rows", 4000, "--seed", 3, "--out", folder / "all.csv")
    assert made.exit_code == 0, made.output
    head, *rows = (folder / "all.csv").read_text(encoding="utf-8").splitlines()
    (folder / "all.csv").unlink()
    for left in folder.glob("*.json"):
        left.unlink()
    for number in range(36):
        some = rows[100 * number : 100 * number + 300]
        (folder / f"{number:02}.csv").write_text("\n".join([head, *some]), encoding="utf-8")
    names = head.split(",")
    (folder / "lines.jsonl").write_text(
        "\n".join(json.dumps(dict(zip(names, row.split(","), strict=False))) for row in rows[:200])
    )
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        for number in range(70):  # more than are packed with their container
            archive.writestr(f"{number}.csv", "\n".join([head, *rows[10 * number : 10 * number + 20]]))
    (folder / "broken.zip").write_bytes((folder / "packed.zip").read_bytes()[:5000])
    (folder / "empty.csv").write_bytes(b"")
    (folder / "gone.csv").symlink_to(folder / "nowhere")
    return folder


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Has few bytes scanned in processes; the numbers of those that were forked, of which none may be left."""
    made: list[int] = []
    fork = os.fork

    def noted() -> int:
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(processes, "LEAST", 1)
    monkeypatch.setattr(os, "fork", noted)
    yield made
    for pid in made:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, 0)


def scanned(folder: Path, jobs: int, tmp: Path, **more: Any) -> dict[str, Any]:
    options = job.Options(as_of=DAY, jobs=jobs, tmp=str(tmp), **more)
    document = job.run(job.file_inputs([folder], options), options).document
    del document["run"]
    return json.loads(json.dumps(document, default=list))  # type: ignore[no-any-return]


def test_the_document_is_that_of_one_process(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scanned(many, 1, tmp_path)
    assert not forks
    assert len(one["inputs"]) > 100
    for jobs in (2, 3):
        assert scanned(many, jobs, tmp_path) == one
    assert len(forks) == 1 + 2
    # Two threads in each of two processes, and all keys in files.
    monkeypatch.setattr(processes, "IN_MEMORY", 0)
    assert scanned(many, 4, tmp_path, memory=2 * processes.OF_A_PROCESS) == one
    assert len(forks) == 4


@pytest.mark.parametrize("tiny", [1 << 20, 8 << 20])
def test_so_it_is_where_the_keys_do_not_fit_the_memory(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: int
) -> None:
    monkeypatch.setattr(processes, "OF_A_PROCESS", tiny // 2)
    assert scanned(many, 2, tmp_path, memory=tiny) == scanned(many, 1, tmp_path)
    assert len(forks) == 1


def test_where_no_process_can_be_made_this_one_does_it_all(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(processes, "LEAST", 1)
    one = scanned(many, 1, tmp_path)
    monkeypatch.setattr(os, "fork", refused)
    assert scanned(many, 2, tmp_path) == one


def scanned_until(folder: Path, tmp: Path, forks: list[int]) -> None:
    """Fails here once another process is stopped."""

    def told(_: object) -> None:
        if forks:
            os.waitid(os.P_PID, forks[0], os.WSTOPPED | os.WNOWAIT)
            raise KeyError("here")

    options = job.Options(as_of=DAY, jobs=2, tmp=str(tmp))
    job.run(job.file_inputs([folder], options), options, progress=told)


def elsewhere(monkeypatch: pytest.MonkeyPatch, what: Any) -> None:
    """Has ``what`` called with each batch that another process scans."""
    here, scan_batch = os.getpid(), local.scan_batch

    def scan(*arguments: Any) -> Any:
        if os.getpid() != here:
            what()
        return scan_batch(*arguments)

    monkeypatch.setattr(local, "scan_batch", scan)


def test_a_fault_in_another_process_is_raised(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("of its own kind")

    elsewhere(monkeypatch, fail)
    with pytest.raises(ValueError, match="of its own kind") as raised:
        scanned(many, 2, tmp_path)
    assert "test_processes.py" in raised.value.__notes__[0]


class OddError(Exception):
    """One that cannot be handed over."""

    def __init__(self) -> None:
        super().__init__(threading.Lock())


@pytest.mark.parametrize(
    ("error", "raised", "told"),
    [
        (OddError(), RuntimeError, r"^OddError$"),  # by its kind
        (
            OSError(28, "No space left on device"),
            ScannerError,
            r"cannot keep temporary files .* no space left on device",
        ),  # as here
    ],
)
def test_what_is_raised_for_an_error_in_another_process(
    many: Path,
    forks: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    raised: type[Exception],
    told: str,
) -> None:
    def fail() -> None:
        raise error

    elsewhere(monkeypatch, fail)
    with pytest.raises(raised, match=told):
        scanned(many, 2, tmp_path)


def test_a_process_that_is_killed_ends_the_scan(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(ScannerError, match="ended by signal 9; nothing was written"):
        scanned(many, 3, tmp_path)


def test_others_end_where_the_first_one_fails(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, scan_batch = os.getpid(), local.scan_batch

    def scan(*arguments: Any) -> Any:
        if os.getpid() == here and forks:
            raise KeyError("here")
        return scan_batch(*arguments)

    monkeypatch.setattr(local, "scan_batch", scan)
    with pytest.raises(KeyError):
        scanned(many, 3, tmp_path)
    assert len(forks) == 2


def test_one_that_is_stopped_keeps_no_failed_scan_from_ending(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGSTOP))
    with pytest.raises(KeyError, match="here"):
        scanned_until(many, tmp_path, forks)


def test_what_a_killed_one_left_is_swept(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        (Path(private_files.folder(str(tmp_path))) / "plain").write_bytes(b"x")
        os.kill(os.getpid(), signal.SIGKILL)

    elsewhere(monkeypatch, killed)
    with pytest.raises(ScannerError, match="ended by signal 9"):
        scanned(many, 2, tmp_path)
    private_files.remove_own()
    assert not list(tmp_path.iterdir())


def test_the_first_one_stops_within_a_file_where_another_failed(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, scan_batch, after = os.getpid(), local.scan_batch, []

    def scan(*arguments: Any) -> Any:
        if os.getpid() != here:
            raise ValueError("there")
        if forks:
            time.sleep(0.2)
            after.append(1)
        return scan_batch(*arguments)

    with zipfile.ZipFile(tmp_path / "long.zip", "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.csv", (many / "00.csv").read_bytes())
    for number in range(20):
        (tmp_path / f"{number}.csv").write_bytes((many / "00.csv").read_bytes())
    options = job.Options(as_of=DAY, jobs=2, tmp=str(tmp_path))
    monkeypatch.setattr(local, "scan_batch", scan)
    monkeypatch.setattr(processes, "worth_while", lambda *_: 2)
    paths = [many / "00.csv", tmp_path / "long.zip", *tmp_path.glob("*.csv")]
    with pytest.raises(ValueError, match="there"):
        job.run(job.file_inputs(paths, options), options)
    assert len(after) < 20


def test_a_signal_while_one_is_forked_is_for_the_first_process(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, fork = scanned(many, 1, tmp_path), os.fork

    def interrupted() -> int:
        pid = fork()
        if not pid:
            os.kill(os.getpid(), signal.SIGINT)
        return pid

    monkeypatch.setattr(os, "fork", interrupted)
    assert scanned(many, 2, tmp_path) == one
    assert len(forks) == 1


def test_a_signal_before_anybody_listens_to_one_is_no_fault(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def struck(self: threading.Thread) -> None:
        if self.name == "leaktally-listener":
            raise KeyboardInterrupt
        start(self)

    monkeypatch.setattr(threading.Thread, "start", struck)
    with pytest.raises(KeyboardInterrupt):
        scanned(many, 2, tmp_path)
    assert forks


def test_none_is_forked_where_a_reader_began_threads_meanwhile(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, scan_batch, end = scanned(many, 1, tmp_path), local.scan_batch, threading.Event()
    begun: list[threading.Thread] = []

    def scan(*arguments: Any) -> Any:
        if not begun:
            begun.append(threading.Thread(target=end.wait))
            begun[0].start()
        return scan_batch(*arguments)

    monkeypatch.setattr(local, "scan_batch", scan)
    assert scanned(many, 2, tmp_path) == one
    assert not forks
    end.set()
    begun[0].join()


def test_what_cannot_be_told_of_another_ends_the_scan(
    many: Path, forks: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        if threading.current_thread().name == "leaktally-listener":
            raise OSError(5, "Input/output error")  # a terminal that is closed

    monkeypatch.setattr(processes, "OFTEN", 0.0)
    options = job.Options(as_of=DAY, jobs=2, tmp=str(tmp_path))
    with pytest.raises(ScannerError, match="input/output error"):
        job.run(job.file_inputs([many], options), options, progress=gone)


def test_that_no_journal_can_be_kept_is_said_once(
    many: Path,
    forks: list[int],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def warn(sentence: str) -> None:
        os.write(2, sentence.encode())  # as the command does: a list would not be seen from another process

    journal = Journal(tmp_path / "nowhere" / "journal", (1, 2), {}, 0.0, warn)
    monkeypatch.setattr(journal, "due", lambda _: bool(forks))  # not before there are several
    options = job.Options(as_of=DAY, jobs=3, tmp=str(tmp_path))
    job.run(job.file_inputs([many], options), options, journal=journal)
    journal.remove()
    assert capfd.readouterr().err.count("cannot be kept") == 1


def test_members_that_are_handed_over_lie_in_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    outcomes = Outcomes(1, str(tmp_path))
    outcomes._many[0] = [("name", None, None, None, False, None)]
    assert outcomes.handed().many[0]._pieces._folder == str(tmp_path)


def test_the_progress_of_all_is_told(many: Path, forks: list[int], tmp_path: Path) -> None:
    told: list[int] = []
    by_one: list[int] = []
    for jobs, into in ((1, by_one), (2, told)):
        options = job.Options(as_of=DAY, jobs=jobs, tmp=str(tmp_path))
        inputs = job.file_inputs([many], options)
        job.run(inputs, options, progress=lambda batch, into=into: into.append(batch.bytes_read))  # type: ignore[misc]
    assert forks
    assert sum(told) == sum(by_one) > 0


def files(sizes: list[int]) -> FileInputs:
    inputs = FileInputs(lambda record: None)  # type: ignore[arg-type, return-value]
    for number, size in enumerate(sizes):
        inputs.append(f"/nowhere/{number}", None)
        inputs.bytes += size
        inputs.largest = max(inputs.largest, size)
    return inputs


@pytest.mark.parametrize(
    ("sizes", "threads", "memory", "count"),
    [
        ([10 << 20] * 100, 2, 512 << 20, 2),
        ([10 << 20] * 100, 1, 512 << 20, 1),
        ([10 << 20] * 7, 2, 512 << 20, 1),  # few files
        ([1 << 10] * 99, 2, 512 << 20, 1),  # and little in them
        ([1 << 10] * 100, 2, 512 << 20, 2),
        ([1 << 20] * 100 + [101 << 20], 2, 512 << 20, 1),  # one holds more than half of all
        ([1 << 20] * 100 + [50 << 20], 16, 4 << 30, 3),  # a third: its process has more threads
        ([10 << 20] * 10, 16, 4 << 30, 2),
        ([0] * 100, 2, 512 << 20, 1),
        ([10 << 20] * 100, 16, 512 << 20, 16),
        ([10 << 20] * 100, 40, 512 << 20, 16),
        ([10 << 20] * 100, 16, 4 << 30, 16),
        ([10 << 20] * 100, 4, 64 << 20, 2),
        ([10 << 20] * 100, 4, 40 << 20, 1),
    ],
)
def test_how_many_processes_are_worth_while(sizes: list[int], threads: int, memory: int, count: int) -> None:
    assert processes.worth_while(files(sizes), threads, memory) == count


def test_none_is_forked_beside_threads_of_others() -> None:
    inputs, end = files([10 << 20] * 100), threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert processes.worth_while(inputs, 2, 512 << 20) == 1
    end.set()
    thread.join()
    assert processes.worth_while(inputs, 2, 512 << 20) == 2
    assert processes.worth_while(list(inputs), 2, 512 << 20) == 1


def test_what_is_handed_over_brings_its_files(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    scratch = [Scratch(str(tmp_path)) for _ in range(300)]
    for number, each in enumerate(scratch):
        each.write(f"file {number}".encode())
    what = {"files": [*scratch, scratch[0]], "array": np.arange(5)}
    sender = threading.Thread(target=handover.send, args=(ours, what))
    sender.start()
    found = handover.receive(theirs)
    sender.join()
    assert [each.read(0, each.size).decode() for each in found["files"][:-1]] == [
        f"file {number}" for number in range(300)
    ]
    assert found["files"][-1] is found["files"][0]
    assert found["array"].tolist() == [0, 1, 2, 3, 4]
    ours.close()
    with theirs, pytest.raises(EOFError):
        handover.receive(theirs)


def test_where_no_more_files_can_be_open_that_is_told(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    scratch = [Scratch(str(tmp_path)) for _ in range(120)]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ours, theirs:
        handover.send(ours, scratch)
        held = opened()
        resource.setrlimit(resource.RLIMIT_NOFILE, (with_room_for(10), before[1]))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                handover.receive(theirs)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert opened() == held


def opened() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def with_room_for(files: int) -> int:
    """The number below which so many descriptors are free."""
    used = {int(each.name) for each in Path("/proc/self/fd").iterdir()}
    free = (number for number in range(1 << 20) if number not in used)
    return next(islice(free, files, None))
