"""The evidence stays what it was, and the report says how much of it was read, as what, and with which hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_reference import DEMO, ROOT
from running import TODAY, command, process, rows_file

import scanner
from scanner.errors import ScannerError
from scanner.model import ReadOptions
from scanner.reports import ledger
from scanner.reports.words import LANGS, Words, table
from scanner.run import job
from scanner.sources import hashing
from scanner.sources.file import InputFile

# GM/T 0004-2012, appendix A: the two examples.
SM3_VECTORS = [
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
]
PEOPLE = ["姓名,手机号码,城市", *(f"王小明,1380013{number:04},杭州" for number in range(4000))]


@pytest.mark.parametrize(("data", "expected"), SM3_VECTORS)
@pytest.mark.parametrize("without", [False, True], ids=["hashlib", "cryptography"])
def test_sm3_is_that_of_the_standard(
    data: bytes, expected: str, without: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if without:

        def refuse(name: str, *_: object, **__: object) -> object:
            raise ValueError(name)

        monkeypatch.setattr("scanner.sources.hashing.hashlib.new", refuse)
        assert type(hashing.sm3()).__module__ == hashing.__name__
    (tmp_path / "x").write_bytes(data)
    with InputFile(tmp_path / "x", sm3=True) as file:
        assert file.finish() == hashlib.sha256(data).hexdigest()
        assert file.hashes.sm3 == expected


def hashed(path: Path, name: str) -> str:
    """The hash of a file, all at once."""
    return hashlib.new(name, path.read_bytes()).hexdigest()


def made(folder: Path) -> list[Path]:
    """Files of every kind of reading."""
    columns = {"姓名": ["王小明"] * 5000, "手机号码": [f"1380013{number:04}" for number in range(5000)]}
    pq.write_table(pa.table(columns), folder / "groups.parquet", row_group_size=500)
    return [
        rows_file(folder / "plain.csv", PEOPLE),
        rows_file(folder / "gbk.csv", PEOPLE, "gb18030", "\r\n"),
        rows_file(folder / "wide.csv", PEOPLE, "utf-16"),
        rows_file(
            folder / "quoted.csv", [f'"{line.replace(",", chr(34) + "," + chr(34))}"' for line in PEOPLE]
        ),
        folder / "groups.parquet",
    ]


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("block", [1000, 8 << 20])
def test_the_hashes_are_those_of_the_files(tmp_path: Path, jobs: int, block: int) -> None:
    paths = made(tmp_path)
    options = job.Options(
        as_of=TODAY, jobs=jobs, hashes=("sm3",), rehash=True, read=ReadOptions(block_size=block)
    )
    document = job.run(job.file_inputs([str(path) for path in paths], options), options).document
    assert document["options"]["hashes"] == ["sha256", "sm3"]
    for path, entry in zip(paths, document["inputs"], strict=True):
        assert entry["status"] == "complete", entry
        assert entry["bytes_read"] == entry["size"] == path.stat().st_size
        assert entry["sha256"] == entry["sha256_after"] == hashed(path, "sha256")
        assert entry["sm3"] == hashed(path, "sm3")


def test_the_command_hashes_by_sm3_and_again_where_told(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    [plain] = command("scan", path, "-f", "json").document["inputs"]
    assert (plain["sm3"], plain["sha256_after"]) == (None, None)
    ended = command("scan", path, "-f", "json", "--hash", "sha256", "--hash", "sm3", "--rehash")
    [entry] = ended.document["inputs"]
    assert (entry["sm3"], entry["sha256_after"]) == (hashed(path, "sm3"), hashed(path, "sha256"))
    options = ("-f", "json", "--hash", "sm3", "--rehash")
    [piped] = process("scan", "-", *options, stdin=path.read_bytes()).document["inputs"]
    assert (piped["sha256"], piped["sm3"]) == (entry["sha256"], entry["sm3"])
    assert piped["sha256_after"] is None  # there is nothing that could be read again


@pytest.mark.parametrize("hashes", [("md5",), "sm3", ("sm3", "sha1")])
def test_another_hash_is_refused(tmp_path: Path, hashes: Any) -> None:
    with pytest.raises(ScannerError, match="must be a list of sha256 and sm3"):
        scanner.scan(rows_file(tmp_path / "x.csv", PEOPLE), hashes=hashes)


def overwrite(path: Path) -> None:
    """Other bytes in the middle, with the old time of change of the content put back."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        file.write(b"#")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    """Another file of the same content under the same name."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def grow(path: Path) -> None:
    """More behind the end."""
    with path.open("ab") as file:
        file.write(b"x\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "truncation": lambda path: os.truncate(path, 100),
    "growth": grow,
    "replacement": replace,
    "overwritten in place": overwrite,
    "deletion": lambda path: path.unlink(),
}


def scanned_meanwhile(path: Path, change: Callable[[Path], object], **choices: Any) -> dict[str, Any]:
    """The document of a scan during which, after the first batch, something happens to the file."""
    options = job.Options(as_of=TODAY, jobs=1, read=ReadOptions(block_size=4096), **choices)
    done: list[object] = []

    def progress(_: object) -> None:
        if not done:
            done.append(change(path))

    document = job.run(job.file_inputs([str(path)], options), options, progress=progress).document
    assert done
    return document


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, how: str, kind: str) -> None:
    paths = made(tmp_path)
    path = paths[0] if kind == "csv" else paths[-1]
    document = scanned_meanwhile(path, CHANGES[how])
    [entry] = document["inputs"]
    assert entry["status"] == "partial"
    assert "changed while it was read" in entry["reasons"]
    from scanner.cli import exit_code

    assert exit_code(document, "never") == 3


@pytest.mark.parametrize("how", ["overwritten in place", "deletion"])
def test_a_file_that_changes_after_it_was_read_is_told_by_a_second_hash(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    sound = hashed(path, "sha256")
    counted = job.summarise

    def change_first(*arguments: Any) -> Any:
        CHANGES[how](path)
        return counted(*arguments)

    monkeypatch.setattr(job, "summarise", change_first)
    options = job.Options(as_of=TODAY, rehash=True)
    [entry] = job.run(job.file_inputs([str(path)], options), options).document["inputs"]
    assert entry["sha256"] == sound
    assert entry["status"] == "partial"
    if how == "deletion":
        assert entry["sha256_after"] is None
        assert entry["reasons"] == ["cannot be hashed again after the scan: no such file or directory"]
    else:
        assert entry["sha256_after"] == hashed(path, "sha256") != sound
        assert entry["reasons"] == ["is not what it was: after the scan, its SHA-256 is another one"]


def test_a_scan_leaves_no_trace_in_the_files(tmp_path: Path) -> None:
    paths = [path for path in made(tmp_path) if os.utime(path, ns=(10**18, 10**18)) is None]
    os.utime(tmp_path, ns=(10**18, 10**18))
    before = [path.stat() for path in (*paths, tmp_path)]
    command("scan", tmp_path, "-f", "json", "--rehash", "--hash", "sm3")
    for path, then in zip((*paths, tmp_path), before, strict=True):
        now = path.stat()
        for mark in ("st_atime_ns", "st_mtime_ns", "st_ctime_ns"):
            assert getattr(now, mark) == getattr(then, mark), (path, mark)


def test_inputs_are_only_opened_for_reading(tmp_path: Path) -> None:
    """Every opening of a file of the folder, as the audit of Python sees it."""
    made(tmp_path)
    script = (
        "import os, sys\nfolder, seen = sys.argv.pop(1), []\n"
        "def look(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).startswith(folder): seen.append(arguments[2])\n"
        "sys.addaudithook(look)\n"
        "from scanner.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as ended: code = ended.code\n"
        "assert len(seen) >= 5, seen\n"
        "assert all(flags & os.O_ACCMODE == os.O_RDONLY for flags in seen), seen\n"
        "files = [flags for flags in seen if not flags & os.O_DIRECTORY]\n"
        "assert all(flags & os.O_NOFOLLOW for flags in files), seen\n"
        "sys.exit(code)"
    )
    arguments = [str(tmp_path), "scan", str(tmp_path), "-f", "json", "--rehash"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


ID = "11010119900307803X"
LEDGER = [
    ("姓名,手机号码\n王小明,13800138000\n".encode(), {}, ("valid_utf8", "consistent", "known_words")),
    (b"name,phone\nLi,13800138000\nWu,13900139000\n", {}, ("ascii", "consistent", "known_words")),
    ("\ufeff姓名,手机号码\n王小明,13800138000\n".encode(), {}, ("bom", "consistent", "known_words")),
    (
        "姓名,手机号码\n王小明,13800138000\n".encode("gb18030") * 9,
        {},
        ("scored", "consistent", "known_words"),
    ),
    (
        "姓名,手机号码\n王小明,13800138000\n".encode("utf-16-le") * 9,
        {},
        ("utf16_pattern", "consistent", "known_words"),
    ),
    (f"王小明,{ID}\n李小红,{ID}\n".encode(), {}, ("valid_utf8", "consistent", "none")),
    (b"alpha,beta\nx,12\ny,13\nz,14\n", {}, ("ascii", "consistent", "values_below")),
    (b"13800138000\n13900139000\n", {}, ("ascii", "single_column", "none")),
    (b'{"a": 1}\n{"a": 2}\n', {}, ("ascii", "format", "format")),
    (b"a;b\n1;2\n", {"delimiter": ";", "header": False}, ("ascii", "given", "given")),
    (
        "姓名,城市\n王小明,杭州\n".encode("gb18030"),
        {"encoding": "gbk"},
        ("declared", "consistent", "known_words"),
    ),
]


@pytest.mark.parametrize(
    ("data", "read", "expected"), LEDGER, ids=[str(index) for index in range(len(LEDGER))]
)
def test_the_ledger_says_why_a_file_was_read_as_it_was(
    tmp_path: Path, data: bytes, read: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    options = job.Options(as_of=TODAY, read=ReadOptions(**read))
    [entry] = job.run(job.file_inputs([str(path)], options), options).document["inputs"]
    assert tuple(entry["why"].values()) == expected
    assert list(entry["why"]) == ["encoding", "delimiter", "header"]
    for lang in LANGS:
        shown = ledger.decisions(entry, Words(lang))
        assert len(shown) == 3 - (entry["why"]["delimiter"] == "format")
        for what, code in entry["why"].items():
            assert any(table()[f"why_{what}"][code][lang] in line for line in shown)
        assert str(len(data)) in ledger.coverage(entry, Words(lang))


def test_what_was_not_read_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(DEMO / "orders.csv")
    rows_file(tmp_path / "x.csv", PEOPLE)
    link, sound = command("scan", tmp_path, "-f", "json").document["inputs"]
    assert (link["bytes_read"], link["sha256"], link["why"]["encoding"]) == (0, None, None)
    assert sound["bytes_read"] == sound["size"]
    assert ledger.decisions(link, Words("en")) == []
