"""Folders that hold what none should: names that hide or command, what may not be read, links, very many files."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fixtures_reference import ROOT
from running import TODAY_OPTION, Ended, command, rows_file, scanned

from scanner.run import inputs, job

ROWS = ["姓名,手机号码", *(f"王小明,1380013{n:04}" for n in range(20))]
NAMES = [
    "名单.csv".encode("gbk"),
    b"bad\xff\xfe\xed\xa0\x80.csv",
    b"two\nlines.csv",
    b"esc\x1b[31m\x1b]0;title\x07.csv",
    "gpj\u202evsc.csv".encode(),
    b"<script>alert(1)<!-- .csv",
    b"=HYPERLINK(1).csv",
    b"--reveal",
    b"-o",
    b"tab\tquote\"'.csv",
    b" ",
    b"x" * 255,
]


def strange(folder: Path) -> list[Path]:
    """A folder of files with such names."""
    folder.mkdir()
    paths = [Path(os.fsdecode(os.fsencode(folder) + b"/" + name)) for name in NAMES]
    for path in paths:
        rows_file(path, ROWS)
    return paths


def test_names_of_any_bytes_are_read_and_told(tmp_path: Path) -> None:
    paths = strange(tmp_path / "in")
    out = tmp_path / "out"
    formats = [word for name in ("json", "html", "terminal", "docx", "xlsx", "list") for word in ("-f", name)]
    ended = command("scan", tmp_path / "in", "-o", f"{out}/", *formats, "--rehash", *TODAY_OPTION)
    assert ended.code == 0, ended.err
    document = json.loads((out / "report.json").read_bytes())
    assert {entry["path"] for entry in document["inputs"]} == set(map(str, paths))
    assert {(entry["status"], entry["rows"]) for entry in document["inputs"]} == {("complete", 20)}
    for name in ("report.txt", "report.html", "list.csv"):
        text = (out / name).read_bytes()
        assert b"\x1b" not in text, name
        assert "\u202e".encode() not in text, name
        text.decode("utf-8")
    assert "<script>alert(1)" not in (out / "report.html").read_text("utf-8")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_findings_name_files_of_any_name(tmp_path: Path, suffix: str) -> None:
    strange(tmp_path / "in")
    place = tmp_path / f"findings.{suffix}"
    ended = command("scan", tmp_path / "in", "-f", "json", "--findings", place, *TODAY_OPTION)
    assert ended.code == 0, ended.err
    if suffix == "parquet":
        found = set(pq.read_table(place)["input"].to_pylist())
        assert len(found) == len(NAMES)
        assert any(each.endswith("\\xc3\\xfb\\xb5\\xa5.csv") for each in found)
    else:
        text = place.read_text("utf-8")
        assert ("\\xc3\\xfb\\xb5\\xa5.csv" if suffix == "csv" else r"\\xc3\\xfb\\xb5\\xa5.csv") in text
        assert "\x1b" not in text


def as_nobody(*arguments: object) -> Ended:
    """The command as a user who may not read everything; skipped where there is no such user."""
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("only root may become another user")
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-m", "scanner"]
        + [str(each) for each in arguments],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": "/tmp"},
        cwd="/",
        check=False,
    )
    if b"Permission denied" in done.stderr or b"No module named" in done.stderr:
        pytest.skip("this checkout is closed to other users")
    return Ended(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def test_what_may_not_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "closed").mkdir(parents=True)
    (folder / "listed").mkdir()
    for name in ("closed/a.csv", "listed/b.csv", "locked.csv", "z.csv"):
        rows_file(folder / name, ROWS)
    for each in (tmp_path, *tmp_path.parents):
        if not each.stat().st_mode & 0o001:
            each.chmod(0o711)
    (folder / "closed").chmod(0)
    (folder / "listed").chmod(0o744)  # its names may be read, its files may not
    (folder / "locked.csv").chmod(0)
    folder.chmod(0o755)
    ended = as_nobody("scan", folder, "-f", "json", *TODAY_OPTION)
    assert ended.code == 3, ended.err
    told = {Path(entry["path"]).name: entry for entry in ended.document["inputs"]}
    assert told.pop("z.csv")["rows"] == 20
    assert set(told) == {"closed", "b.csv", "locked.csv"}
    for entry in told.values():
        assert (entry["status"], entry["reasons"]) == ("failed", ["cannot be read: permission denied"])
    assert len(ended.sentences) == 3


def test_a_path_longer_than_the_system_allows(tmp_path: Path) -> None:
    rows_file(tmp_path / "a.csv", ROWS)
    name = "d" * 200
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    document = scanned(tmp_path)
    first, deep = document["inputs"]
    assert (first["status"], first["rows"]) == ("complete", 20)
    assert (deep["status"], deep["reasons"]) == ("failed", ["cannot be read: file name too long"])


def test_a_file_that_is_gone_when_its_turn_comes(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        rows_file(tmp_path / name, ROWS)
    options = job.Options(jobs=1)
    found = inputs.file_inputs([tmp_path], options)
    (tmp_path / "b.csv").unlink()
    (tmp_path / "c.csv").unlink()
    os.mkfifo(tmp_path / "c.csv")
    entries = job.run(found, options).document["inputs"]
    assert [(each["status"], each["reasons"]) for each in entries] == [
        ("complete", []),
        ("failed", ["cannot be read: no such file or directory"]),
        ("failed", ["is a named pipe, which is not read"]),
    ]


def test_what_the_system_shows_as_empty_files(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc")
    (entry,) = scanned("/proc/cpuinfo")["inputs"]
    assert entry["bytes_read"] > 100
    assert entry["rows"] > 5


def test_sockets_and_devices_in_a_folder_are_named(tmp_path: Path) -> None:
    rows_file(tmp_path / "a.csv", ROWS)
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket has a limit of its own
        try:
            one.bind("socket")
        finally:
            os.chdir(here)
        if not os.geteuid():
            os.mknod(tmp_path / "zero", 0o20666, os.makedev(1, 5))
        document = scanned(tmp_path)
    told = {Path(each["path"]).name: each for each in document["inputs"]}
    assert told["a.csv"]["status"] == "complete"
    assert told["socket"]["reasons"] == ["is a socket, which is not read"]
    if "zero" in told:
        assert told["zero"]["reasons"] == ["is a device, which is not read"]


def test_one_file_under_two_names_is_two_inputs_with_the_same_records(tmp_path: Path) -> None:
    first = rows_file(tmp_path / "a.csv", ROWS)
    (tmp_path / "b.csv").hardlink_to(first)
    document = scanned(tmp_path)
    one, other = document["inputs"]
    assert one["sha256"] == other["sha256"]
    assert document["labels"]["mobile_phone"] == {"matches": 40, "rows": 40, "distinct": 20}
    assert document["categories"]["contact"]["distinct"] == 20


FEW = """
import resource, sys
from scanner.run import job
options = job.Options(jobs=1)
found = job.file_inputs([sys.argv[1]], options)
print(len(found), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_the_list_of_inputs_takes_little_memory(tmp_path: Path) -> None:
    """Beyond what few files take; a million files must not fill the memory before anything is read."""
    known = {}
    for count in (1, 20_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:06}").touch()
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" "$@"', sys.executable, "-c", FEW, str(folder)],
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
        seen, known[count] = map(int, done.stdout.split())
        assert seen == count
    assert (known[20_000] - known[1]) * 1024 / 20_000 < 2500
