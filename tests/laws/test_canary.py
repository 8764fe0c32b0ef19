"""No value leaves the tool in any form: not in a report, a log, an error, the progress, a spill or a crash."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canary import HEADER, Search, people, values_of
from fixtures_reference import ROOT
from running import Ended, process, rows_file

from scanner import cli
from scanner.commands.options import FORMATS

PLUGIN = """
import threading, warnings
from dataclasses import dataclass, field
from scanner.model import Matches

def text_of(file):
    return file.pread(2000, 0).decode(errors='ignore')

class CellError(Exception):
    def __str__(self):
        return "bad cell: " + self.args[0]

class Source:
    name = "crashing"
    def accepts(self, file):
        return file.path.endswith(".crash")
    def batches(self, file, options):
        text = text_of(file)
        warnings.warn("odd cell: " + text)
        def burst():
            raise CellError(text)
        thread = threading.Thread(target=burst)
        thread.start()
        thread.join()
        class Leaky:
            def __del__(self):
                raise CellError(text)
            def __repr__(self):
                return text
        Leaky()
        raise CellError(text)
        yield

class Detector:
    name = label = "crashing"
    standard = "none"
    required = basis = 1
    chance = 0.0
    rank = 900
    whole = 0.0
    roles = frozenset({"email"})
    header_only = True
    def find(self, cells):
        for index in range(len(cells)):
            if "@example.com" in cells.text(index):
                raise CellError(" ".join(cells.text(index) for index in range(len(cells))))
        return Matches.none()
"""


@dataclass(frozen=True)
class Canaries:
    """Files that hold the canaries, and what finds them."""

    folder: Path
    rows: list[tuple[str, ...]]
    values: list[str]
    search: Search


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    folder = tmp_path_factory.mktemp("canaries")
    rows = people(folder)
    values = values_of(rows)
    assert len(values) >= 10_000
    third = len(rows) // 3
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows[:third]])
    (folder / "named.csv").write_text(text.getvalue(), encoding="utf-8")
    rows_file(folder / "bare.txt", ["----".join(row) for row in rows[third : 2 * third]], "gb18030", "\r\n")
    columns = list(zip(*rows[2 * third :], strict=True))
    pq.write_table(pa.table(dict(zip(HEADER, columns, strict=True))), folder / "table.parquet")
    rows_file(
        folder / "odd.csv", [",".join(row) for row in rows[:60]] + [",".join(rows[3][:4]), '"' + rows[4][4]]
    )
    rows_file(folder / "rows.json", ['[{"' + row[1] + '": "' + row[4] + '"}' for row in rows[:40]])
    rows_file(folder / "rows.sql", [f"INSERT INTO t VALUES ('{row[0]}', '{row[2]}');" for row in rows[:40]])
    cut = (folder / "table.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(cut[: len(cut) // 2])
    (folder / "binary.dat").write_bytes(bytes(range(32)) * 40 + rows[0][1].encode() + bytes(range(32)) * 40)
    return Canaries(folder, rows, values, Search(values))


def nothing_in(canaries: Canaries, ended: Ended, *folders: Path) -> None:
    """No canary in what a command wrote."""
    assert canaries.search.in_bytes(ended.out) == []
    assert canaries.search.in_bytes(ended.err.encode()) == []
    for folder in folders:
        assert canaries.search.in_folder(folder) == []


def test_every_format_holds_no_value_and_the_search_can_find_them(canaries: Canaries, tmp_path: Path) -> None:
    for reveal in (False, True):
        out = tmp_path / f"reveal {reveal}"
        out.mkdir()
        options = ["--reveal"] if reveal else []
        ended = process("scan", canaries.folder, "-o", f"{out}/", *options, timeout=300)
        assert ended.code == 3  # some of the files are broken on purpose
        for suffix in ("csv", "jsonl", "parquet"):
            path = out / f"findings.{suffix}"
            process(
                "scan", canaries.folder, "-f", "json", "-o", out / "again.json", "--findings", path, *options
            )
        assert len(list(out.iterdir())) >= len(FORMATS) + 4
        if not reveal:
            nothing_in(canaries, ended, out)
            continue
        revealed = {
            suffix: canaries.search.in_file(out / f"findings.{suffix}")
            for suffix in ("csv", "jsonl", "parquet")
        }
        for suffix, hits in revealed.items():
            plain = {value for value, _ in hits}
            kinds = [sum(row[kind].partition("@")[0] in plain for row in canaries.rows) for kind in range(6)]
            assert min(kinds) > 1000, (suffix, kinds)


@pytest.mark.parametrize("form", FORMATS)
def test_standard_output_holds_no_value(canaries: Canaries, form: str) -> None:
    nothing_in(canaries, process("scan", canaries.folder / "named.csv", "-f", form, "--lang", "en"))


@pytest.mark.parametrize("form", ["json", "html", "terminal"])
def test_a_comparison_holds_no_value(canaries: Canaries, form: str) -> None:
    ended = process("compare", canaries.folder / "named.csv", canaries.folder / "odd.csv", "-f", form)
    assert len(ended.out) > 500
    nothing_in(canaries, ended)


@pytest.mark.parametrize("name", ["named.csv", "bare.txt", "table.parquet", "odd.csv"])
def test_an_explained_row_holds_no_value(canaries: Canaries, name: str) -> None:
    for row in (0, 7, 60):
        for form in ("json", "terminal"):
            ended = process("explain", canaries.folder / name, "--row", row, "-f", form)
            assert len(ended.out) > 200, ended.err
            nothing_in(canaries, ended)
    shown = process("explain", canaries.folder / "named.csv", "--row", 7, "--reveal")
    assert canaries.search.in_bytes(shown.out)


WITH_DATA = {"scan", "compare", "explain", "sample", "sample-result", "verify", "rescan"}
WITHOUT_DATA = {"case", "check-patterns", "detectors", "key", "policy"}


def test_every_command_that_reads_data_is_tried_here() -> None:
    assert set(cli.main.commands) == WITH_DATA | WITHOUT_DATA


def test_a_set_that_is_checked_and_repeated_holds_no_value(canaries: Canaries, tmp_path: Path) -> None:
    out = tmp_path / "set"
    process("scan", canaries.folder / "named.csv", canaries.folder / "odd.csv", "-o", f"{out}/", timeout=300)
    for name in ("verify", "rescan"):
        ended = process(name, out, timeout=300)
        assert ended.code in (0, 3), ended.err
        nothing_in(canaries, ended, out)


def test_a_call_sheet_holds_values_only_if_told_and_then_sealed(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a long passphrase\n")
    drawing = ("sample", canaries.folder / "named.csv", "--size", 200, "--seed", 5)
    masked, sealed, plain = (tmp_path / name for name in ("masked", "sealed", "plain"))
    sealing = ("--reveal", "--passphrase-file", tmp_path / "words.txt")
    for folder in (masked, sealed, plain):
        folder.mkdir()
    nothing_in(canaries, process(*drawing, "-o", masked / "sheet.xlsx"), masked)
    nothing_in(canaries, process(*drawing, "-o", sealed / "sheet.xlsx.age", *sealing, timeout=120), sealed)
    process(*drawing, "-o", plain / "sheet.xlsx", "--reveal", "--plain")
    assert len({value for value, _ in canaries.search.in_folder(plain)}) > 500
    assert (plain / "sheet.xlsx").stat().st_mode & 0o777 == 0o600
    for sheet in (masked / "sheet.xlsx", plain / "sheet.xlsx"):
        nothing_in(canaries, process("sample-result", sheet))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--encoding", "utf-16"),
        ("--encoding", "big5"),
        ("--delimiter", ";"),
        ("--delimiter", "1"),
        ("--quote", "1"),
        ("--no-header",),
        ("--policy", "named.csv"),
        ("--patterns", "named.csv"),
        ("-o", "no/such/folder/x.json"),
        ("-o", "named.csv/x.json"),
        ("--findings", "no/such/folder/x.csv"),
        ("--as-of", "1990-01-01"),
    ],
    ids=" ".join,
)
def test_errors_and_odd_options_hold_no_value(canaries: Canaries, arguments: tuple[str, ...]) -> None:
    ended = process("scan", "named.csv", "odd.csv", "cut.parquet", *arguments, cwd=canaries.folder)
    nothing_in(canaries, ended)


def test_progress_on_a_terminal_holds_no_value(canaries: Canaries, tmp_path: Path) -> None:
    text = (canaries.folder / "named.csv").read_bytes()
    (tmp_path / "large.csv").write_bytes(text * (1 + 100_000_000 // len(text)))
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    arguments = [sys.executable, "-m", "scanner", "scan", "large.csv", "-f", "json", "--memory", "1M"]
    with subprocess.Popen(
        arguments,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal is closed
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    assert running.returncode == 0
    if b"%|" not in shown and b"B/s" not in shown:
        pytest.skip("the scan was over before a bar was shown")
    assert canaries.search.in_bytes(shown) == []


@contextlib.contextmanager
def spilling(folder: Path, tmp: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scan that is stopped while it keeps something in files below ``tmp``."""
    arguments = ["scan", "large.csv", "-f", "json", "--jobs", "2", "--memory", "64K", "--tmp", str(tmp)]
    findings = ["--findings", str(folder / "findings.csv")]
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", *arguments, *findings],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and running.poll() is None and len(kept(running.pid, tmp)) < 3:
                time.sleep(0.005)
            running.send_signal(signal.SIGSTOP)
            yield running
        finally:
            running.kill()


def kept(process_id: int, tmp: Path) -> list[Path]:
    """What a process holds open below a folder, with some content."""
    found = []
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{process_id}/fd").iterdir():
            with contextlib.suppress(OSError):
                if (
                    str(entry.readlink()).startswith(f"{tmp}/")
                    and entry.stat().st_size
                    and not entry.is_dir()
                ):
                    found.append(entry)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_spill_and_a_killed_scan_hold_no_value_and_the_next_start_clears_up(
    canaries: Canaries, tmp_path: Path
) -> None:
    if os.geteuid():
        pytest.skip("only root may look into a process that is protected from being dumped")
    work, tmp = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    tmp.mkdir()
    lines = (canaries.folder / "named.csv").read_text(encoding="utf-8").splitlines()
    rows_file(
        work / "large.csv", [lines[0], *(f"{line}{number}" for number in range(200) for line in lines[1:])]
    )
    with spilling(work, tmp) as running:
        spilled = kept(running.pid, tmp)
        assert len(spilled) >= 3
        held = 0
        for entry in spilled:
            data = entry.read_bytes()
            held += len(data)
            assert canaries.search.in_bytes(data) == []
        assert held > 10_000
        assert [path for path in tmp.rglob("*") if path.is_file()] == []  # none of them has a name
        [folder] = tmp.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        # A run that is still there keeps its folder, whoever else starts.
        process("scan", canaries.folder / "named.csv", "-f", "json", "--tmp", tmp)
        assert list(tmp.iterdir()) == [folder]
    assert running.wait() == -signal.SIGKILL
    assert list(work.iterdir()) == [work / "large.csv"]
    assert list(tmp.iterdir()) == [folder]
    (folder / "left").write_text("by something that needs names")
    (folder / "link").symlink_to(work)
    process("scan", canaries.folder / "named.csv", "-f", "json", "--tmp", tmp)
    assert list(tmp.iterdir()) == []
    assert (work / "large.csv").exists()


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with a source and a detector that crash with the cells' text in their messages."""
    folder = tmp_path / "plugins"
    facts = folder / "crashing-1.dist-info"
    facts.mkdir(parents=True)
    (folder / "crashing.py").write_text(PLUGIN)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: crashing\nVersion: 1\n")
    return folder


def entry_points(folder: Path, text: str) -> dict[str, str]:
    """Makes the plugins known; the environment in which they are."""
    (folder / "crashing-1.dist-info" / "entry_points.txt").write_text(text)
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}


def test_a_reader_that_crashes_tells_no_value(canaries: Canaries, plugins: Path, tmp_path: Path) -> None:
    environment = entry_points(plugins, "[leaktally.sources]\ncrashing = crashing:Source\n")
    (tmp_path / "x.crash").write_text("\n".join(map(",".join, canaries.rows[:20])), encoding="utf-8")
    ended = process("scan", tmp_path / "x.crash", "-f", "json", environment=environment)
    assert ended.code == 3
    assert "the reader stopped with CellError" in ended.err
    assert ended.err.count("CellError") >= 3  # the thread's and the destructor's, too
    nothing_in(canaries, ended)


def test_a_detector_that_crashes_tells_no_value(canaries: Canaries, plugins: Path, tmp_path: Path) -> None:
    environment = entry_points(plugins, "[leaktally.detectors]\ncrashing = crashing:Detector\n")
    path = rows_file(tmp_path / "x.csv", [",".join(row) for row in (HEADER, *canaries.rows[:20])])
    for jobs in (1, 2):
        arguments = ("scan", path, "-f", "json", "--jobs", jobs)
        ended = process(*arguments, environment=environment)
        assert ended.code == 4
        [sentence] = ended.sentences
        assert "CellError" in sentence
        assert "scanner/" in sentence
        assert ended.out == b""
        nothing_in(canaries, ended)
    shown = subprocess.run(
        [sys.executable, "-m", "scanner", "--debug", *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert canaries.search.in_bytes(shown.stderr)  # so the check above can fail
