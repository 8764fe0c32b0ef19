"""An interrupted scan goes on and ends as an undisturbed one would have; or it is refused in a sentence."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_reference import run
from running import TODAY, lasting, scanned

from scanner.document.canonical import body_sha256
from scanner.errors import ScannerError
from scanner.journal.folder import Folder, JournalError
from scanner.journal.journal import Journal
from scanner.journal.sealed_file import DamagedError, SealedWriter
from scanner.model import ReadOptions
from scanner.run import job

SECRET = (0x0123456789ABCDEF, 0xFEDCBA9876543210)
READ = ReadOptions(block_size=1 << 14)  # so that small files have several batches


class StopError(Exception):
    """What ends a scan in these tests."""


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    for seed, kind in enumerate(("csv", "txt", "parquet"), 1):
        made = run(
            "dump", "--rows", 600, "--seed", seed, "--format", kind, "--out", folder / f"{seed}.{kind}"
        )
        assert made.exit_code == 0, made.output
    for left in folder.glob("*.json"):
        left.unlink()
    (folder / "people.jsonl").write_text(
        '{"手机号": "13800138000", "姓名": "王小明"}\n' * 50, encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def expected(dumps: Path) -> str:
    return body_sha256(scanned(dumps, read=READ))


def options(jobs: int = 1) -> job.Options:
    return job.Options(as_of=TODAY, jobs=jobs, read=READ)


def interrupted(dumps: Path, place: Path, batches: int, jobs: int = 1) -> None:
    """A scan that is stopped behind so many batches, with a part behind each."""
    journal = Journal(place, SECRET, {"asked": "all"}, 0)
    seen = []

    def stop(batch: object) -> None:
        seen.append(batch)
        if len(seen) > batches:
            raise StopError

    with pytest.raises(StopError):
        job.run(job.file_inputs([dumps], options(jobs)), options(jobs), None, stop, None, journal)
    journal.close()


def resumed(dumps: Path, place: Path, jobs: int = 1) -> tuple[str, int, list[str]]:
    """The body's hash, how many batches were scanned, and what was warned of."""
    folder = Folder.open(place)
    warnings: list[str] = []
    scans: list[object] = []
    journal = Journal(place, folder.secret, folder.head, 0, warnings.append, folder)
    try:
        result = job.run(
            job.file_inputs([dumps], options(jobs)), options(jobs), None, scans.append, None, journal
        )
    finally:
        journal.close()
    return body_sha256(result.document), len(scans), warnings


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("batches", [1, 2, 5, 9, 15])
def test_a_resumed_scan_equals_an_undisturbed_one(
    dumps: Path, expected: str, tmp_path: Path, batches: int, jobs: int
) -> None:
    place = tmp_path / "journal"
    interrupted(dumps, place, batches, jobs)
    body, scans, warnings = resumed(dumps, place, jobs)
    assert body == expected
    assert not warnings
    assert scans <= len(all_batches(dumps)) - batches
    assert resumed(dumps, place, jobs) == (expected, 0, [])  # all of it is kept now


def all_batches(dumps: Path) -> list[object]:
    found: list[object] = []
    job.run(job.file_inputs([dumps], options()), options(), None, found.append)
    return found


def test_interrupted_again_and_again(dumps: Path, expected: str, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    interrupted(dumps, place, 1)
    for _ in range(4):
        folder = Folder.open(place)
        journal = Journal(place, folder.secret, folder.head, 0, folder=folder)
        left = [2]

        def stop(_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise StopError

        with pytest.raises(StopError):
            job.run(job.file_inputs([dumps], options()), options(), None, stop, None, journal)
        folder.close()
    assert resumed(dumps, place)[0] == expected


def test_any_parts_that_are_left_are_enough(dumps: Path, expected: str, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    interrupted(dumps, whole, 12)
    parts = sorted(whole.glob("*.part"))
    for number, part in enumerate(parts):
        place = tmp_path / f"without-{number}"
        shutil.copytree(whole, place)
        (place / part.name).unlink()
        assert resumed(dumps, place)[0] == expected, part.name


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "a.csv").write_text("手机号,姓名\n13800138000,王小明\n13800138001,李小红\n", encoding="utf-8")
    (folder / "b.csv").write_text("手机号\n13800138000\n", encoding="utf-8")
    return folder


def variants(raw: bytes, step: int) -> Iterator[tuple[int, bytes]]:
    """The bytes cut off at every ``step``-th place, and with a bit flipped there."""
    for at in range(0, len(raw), step):
        yield at, raw[:at]
        yield at, raw[:at] + bytes([raw[at] ^ (1 << at % 8)]) + raw[at + 1 :]


def test_a_file_of_a_journal_that_is_cut_or_flipped_anywhere_is_not_used(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    interrupted(small, place, 1)
    part = place / "00000001.part"
    folder = Folder.open(place)
    short = place / "00000099.part"
    with folder.new_part() as file:
        file.write(bytes(range(100)))
        file.seal({"taken": []})
        (place / "00000002.part").rename(short)
    for each, step in ((short, 1), (part, 17)):
        raw = each.read_bytes()
        for at, changed in variants(raw, step):
            each.write_bytes(changed)
            with pytest.raises(DamagedError), folder.opened(each):
                pytest.fail(f"byte {at}")
        each.write_bytes(raw)
    short.unlink()
    with folder.opened(part) as (_, told):
        assert told["taken"]
    folder.close()
    for name in ("secret", "head"):
        for _, changed in variants(whole := (place / name).read_bytes(), 1):
            (place / name).write_bytes(changed)
            with pytest.raises(JournalError, match="cannot be used"):
                Folder.open(place)
        (place / name).write_bytes(whole)
    Folder.open(place).close()


def test_a_journal_with_a_damaged_part_counts_no_more_and_no_less(small: Path, tmp_path: Path) -> None:
    plain = body_sha256(scanned(small, read=READ))
    place = tmp_path / "journal"
    interrupted(small, place, 1)
    part = place / "00000001.part"
    raw = part.read_bytes()
    for at, changed in variants(raw, len(raw) // 15):
        part.write_bytes(changed)
        for new in set(place.glob("*.part")) - {part}:
            new.unlink()
        body, _, warnings = resumed(small, place)
        assert body == plain, at
        assert warnings == [f"of the journal '{place}' 1 part is damaged: what was in there is counted again"]


class KillError(BaseException):
    """As a kill would end a run: nothing is tidied up behind it."""


@pytest.mark.parametrize("name", ["mkdir", "rename"])
def test_a_run_that_is_killed_while_its_journal_is_made_or_removed_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from scanner.journal import folder as module

    place = tmp_path / "journal"
    real = getattr(Path, name)

    def killed(self: Path, *more: object, **options: object) -> None:
        if name == "mkdir":
            real(self, *more, **options)
        raise KillError

    with monkeypatch.context() as patched:
        patched.setattr(Path, name, killed)
        patched.setattr(module, "_remove", lambda _: None)
        with pytest.raises(KillError):
            Folder.make(place, SECRET, {})
    assert not place.exists()
    assert (tmp_path / "journal.new").exists()
    made = Folder.make(place, SECRET, {"asked": 1})
    assert [each.name for each in tmp_path.iterdir()] == ["journal"]
    with monkeypatch.context() as patched:
        patched.setattr(module, "_remove", lambda _: None)
        made.remove()
    assert not place.exists()
    module.sweep(place)
    assert not list(tmp_path.iterdir())


def test_a_part_that_is_there_twice_counts_once(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    interrupted(small, place, 1)
    shutil.copy(place / "00000001.part", place / "00000007.part")
    body, _, warnings = resumed(small, place)
    assert body == body_sha256(scanned(small, read=READ))
    assert warnings == [f"of the journal '{place}' 1 part is damaged: what was in there is counted again"]


def test_a_part_of_another_run_is_not_used(small: Path, tmp_path: Path) -> None:
    place, other = tmp_path / "journal", tmp_path / "other"
    interrupted(small, place, 1)
    journal = Journal(other, (1, 2), {}, 0)
    job.run(job.file_inputs([small], options()), options(), journal=journal)
    journal.close()  # all its parts are written
    shutil.copy(other / "00000002.part", place / "00000002.part")
    body, _, warnings = resumed(small, place)
    assert body == body_sha256(scanned(small, read=READ))
    assert len(warnings) == 1


def test_an_input_that_was_changed_is_refused(dumps: Path, tmp_path: Path) -> None:
    copy, place = tmp_path / "in", tmp_path / "journal"
    shutil.copytree(dumps, copy)
    interrupted(copy, place, 3)
    first = copy / "1.csv"
    state = first.stat()
    raw = bytearray(first.read_bytes())
    raw[-20] ^= 1
    first.write_bytes(raw)
    os.utime(
        first, ns=(state.st_atime_ns, state.st_mtime_ns)
    )  # only the time of the change of its data tells
    with pytest.raises(JournalError, match="was changed after the interruption"):
        resumed(copy, place)


def test_content_that_was_changed_unnoticed_is_refused(
    dumps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a disk is damaged, or an image is mounted again: no time and no size tells."""
    from scanner.journal import resuming

    copy, place = tmp_path / "in", tmp_path / "journal"
    shutil.copytree(dumps, copy)
    interrupted(copy, place, 2)
    first = copy / "1.csv"
    raw = first.read_bytes()
    at = raw.index(b"\n", 2000) - 1
    first.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    monkeypatch.setattr(resuming, "_refuse_other_file", lambda *_: None)
    with pytest.raises(ScannerError, match="is not what it was before the interruption"):
        resumed(copy, place)


def test_an_input_that_is_read_otherwise_is_refused(dumps: Path, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    interrupted(dumps, place, 2)
    other = job.Options(as_of=TODAY, jobs=1, read=ReadOptions(block_size=1 << 15))
    folder = Folder.open(place)
    journal = Journal(place, folder.secret, folder.head, 0, folder=folder)
    with pytest.raises(ScannerError, match="is not read as it was"):
        job.run(job.file_inputs([dumps], other), other, journal=journal)


def test_the_journal_is_private_and_refuses_others(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "journal"
    interrupted(small, place, 1)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in place.iterdir()} == {0o600}
    text = b"".join(each.read_bytes() for each in place.iterdir())
    for value in ("13800138000", "王小明", "李小红"):
        assert value.encode() not in text
    held = Folder.open(place)
    with pytest.raises(JournalError, match="in use"):
        Folder.open(place)
    held.close()
    place.chmod(0o750)
    with pytest.raises(JournalError, match="open to others"):
        Folder.open(place)


def test_a_journal_that_cannot_be_written_does_not_stop_the_scan(small: Path, tmp_path: Path) -> None:
    warnings: list[str] = []
    journal = Journal(tmp_path / "no" / "such", SECRET, {}, 0, warnings.append)
    result = job.run(job.file_inputs([small], options()), options(), journal=journal)
    assert lasting(result.document) == lasting(scanned(small, read=READ))
    assert warnings == [
        f"the journal '{tmp_path}/no/such' cannot be kept: no such file or directory; the scan goes on"
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_could_not_be_kept_is_in_a_later_part(
    dumps: Path, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """As on a disk that is full for a while."""
    place, failed = tmp_path / "journal", []
    made = Folder.new_part

    def full(self: Folder) -> SealedWriter:
        if len(failed) < 5:
            failed.append(self)
            raise OSError(28, "No space left on device")
        return made(self)

    monkeypatch.setattr(Folder, "new_part", full)
    interrupted(dumps, place, 12, jobs)
    assert len(failed) == 5
    body, scans, warnings = resumed(dumps, place, jobs)
    assert (body, warnings) == (expected, [])
    assert scans <= len(all_batches(dumps)) - 12


def test_a_scan_goes_on_while_a_part_is_written(
    dumps: Path, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, further = [], threading.Event()
    made = Folder.new_part

    def slow(self: Folder) -> SealedWriter:
        if not seen[1:]:
            assert further.wait(30), "no batch was counted meanwhile"
        return made(self)

    def tell(batch: object) -> None:
        seen.append(batch)
        if seen[1:]:
            further.set()

    monkeypatch.setattr(Folder, "new_part", slow)
    journal = Journal(tmp_path / "journal", SECRET, {}, 0)
    result = job.run(job.file_inputs([dumps], options()), options(), None, tell, None, journal)
    assert body_sha256(result.document) == expected


def test_many_parts_hold_no_more_files(dumps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan of days writes thousands of parts: what was spilled for each must not stay open in files of its own."""
    held: list[int] = []
    made = Folder.new_part

    def counting(self: Folder) -> SealedWriter:
        held.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))
        return made(self)

    monkeypatch.setattr(Folder, "new_part", counting)
    journal = Journal(tmp_path / "journal", SECRET, {}, 0)
    job.run(job.file_inputs([dumps], options()), options(), journal=journal)
    journal.close()  # all its parts are written
    assert len(held) > 12
    assert max(held[6:]) <= max(held[:6]) + 2


def test_a_run_that_ends_does_not_wait_for_its_journal(
    dumps: Path, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that is being written is given up when the last output is in place, and those behind it."""
    begun, place = threading.Event(), tmp_path / "journal"
    made = SealedWriter.write

    def slow(self: SealedWriter, data: bytes) -> int:
        begun.set()
        for _ in range(3000):  # a slow disk, until nobody wants it any more
            if self._given_up:
                break
            time.sleep(0.01)
        return made(self, data)

    warnings: list[str] = []
    journal = Journal(place, SECRET, {}, 0, warnings.append)
    with monkeypatch.context() as patched:
        patched.setattr(
            "scanner.journal.key_runs.write", lambda _, file: [slow(file, b"x") for _ in range(9)]
        )
        result = job.run(job.file_inputs([dumps], options()), options(), journal=journal)
        assert begun.wait(30)
        began = time.monotonic()
        journal.remove()
        assert time.monotonic() - began < 10
    assert body_sha256(result.document) == expected
    assert not place.exists()
    assert not warnings
