"""Whole commands on archives: what is inside counts as plain files do, says where it lies, and nothing is unpacked."""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from archive_files import Zip, aes_entry, tarred, traditional_entry, zip_of, zipped
from fixtures_reference import ROOT
from running import TODAY_OPTION, Ended, command, lasting, process, rows_file, scanned

from scanner.model import Limits, ReadOptions
from scanner.reports.totals import input_name

COUNTS = ("labels", "records", "subjects", "categories", "verdict")


def people(count: int, seed: int) -> bytes:
    """A table of invented people."""
    rng = random.Random(seed)
    rows = ["姓名,手机号,备注"]
    for number in range(count):
        name = rng.choice("赵钱孙李周吴郑王") + chr(rng.randrange(0x4E00, 0x9000))
        rows.append(f"{name},13{rng.randrange(10**9):09},{seed}-{number}")
    return ("\n".join(rows) + "\n").encode()


PARTS = {
    "a.csv": people(700, 1),
    "d/名单.csv": people(900, 2).decode().encode("gb18030"),
    "again.csv": people(700, 1),
}


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    folder = tmp_path / "plain"
    for name, content in PARTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def archives() -> dict[str, bytes]:
    entries = tuple(PARTS.items())
    inner = zipped(*entries[1:])
    return {
        "x.zip": zipped(*entries),
        "x.tar": tarred(*entries),
        "x.tar.gz": gzip.compress(tarred(*entries)),
        "nested.zip": zipped(entries[0], ("inner.zip", inner)),
        "nested.tar": tarred(entries[0], ("inner.zip", inner)),
    }


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("name", list(archives()))
def test_members_count_as_plain_files_do(plain: Path, tmp_path: Path, name: str, jobs: int) -> None:
    path = tmp_path / name
    path.write_bytes(archives()[name])
    expected, found = scanned(plain), scanned(path, jobs=jobs)
    for key in COUNTS:
        assert found[key] == expected[key], key
    rows = {
        entry["member"].rsplit("!/", 1)[-1]: entry
        for entry in found["inputs"]
        if entry["member"] and entry["format"] == "delimited"
    }
    for entry in expected["inputs"]:
        member = rows[str(Path(entry["path"]).relative_to(plain))]
        for key in ("size", "sha256", "encoding", "delimiter", "rows", "bytes_read", "status"):
            assert member[key] == entry[key], key
    own = found["inputs"][0]
    assert (own["path"], own["member"], own["format"]) == (
        str(path),
        None,
        path.suffix[1:].replace("gz", "gzip"),
    )
    assert own["size"] == own["bytes_read"] == path.stat().st_size


def test_a_report_is_the_same_with_any_number_of_threads(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archives()["nested.zip"][:-30])  # also what is said of damage
    one, three = (
        lasting(scanned(path, jobs=jobs, read=ReadOptions(block_size=block)))
        for jobs, block in ((1, 8 << 20), (3, 700))
    )
    assert json.dumps(one) == json.dumps(three)


def test_findings_say_in_which_member_they_lie(tmp_path: Path) -> None:
    path, findings = tmp_path / "x.zip", tmp_path / "found.csv"
    path.write_bytes(archives()["nested.zip"])
    ended = command("scan", path, "--findings", findings, "-f", "json", *TODAY_OPTION)
    assert ended.code == 0, ended.err
    names = {input_name(entry) for entry in ended.document["inputs"]}
    with findings.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["label"] == "mobile_phone"]
    places = {line["input"] for line in lines}
    assert places == {
        f"{path} › {name}" for name in ("a.csv", "inner.zip!/d/名单.csv", "inner.zip!/again.csv")
    }
    assert places < names
    line = next(line for line in lines if line["input"].endswith("d/名单.csv") and line["row"] == "3")
    content = PARTS["d/名单.csv"]
    at = int(line["byte_offset"])
    assert content[at : at + 11] == content.splitlines()[4].split(b",")[1]


def explained(path: Path, *more: object) -> Ended:
    return command("explain", path, *more, "-f", "json", *TODAY_OPTION)


def test_explaining_a_row_of_a_member(tmp_path: Path, plain: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archives()["nested.zip"])
    own = explained(plain / "a.csv", "--row", 5).document
    inside = explained(path, "--row", 5, "--member", "a.csv").document
    for key in ("columns", "elements", "verdicts", "row", "stage"):
        assert inside[key] == own[key], key
    assert inside["input"]["member"] == "a.csv"
    assert inside["same"] == {"count": 1, "first": [{"input": f"{path} › inner.zip!/again.csv", "row": 5}]}
    named = explained(path, "--row", 5, "--member", f"{path} › a.csv").document  # as the report names it
    assert (named["input"], named["columns"]) == (inside["input"], inside["columns"])
    again = explained(path, "--row", 5, "--member", "inner.zip!/again.csv").document
    assert (again["stage"], again["same"]["first"][0]["input"]) == ("exact_duplicates", f"{path} › a.csv")
    text = command("explain", path, "--row", 5, "--member", "a.csv", "--lang", "en", *TODAY_OPTION)
    assert f"{path} › a.csv" in text.out.decode()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            (),
            "{path} is an archive: say with --member in which of its files the row lies; there are: {names}.",
        ),
        (("--member", "b.csv"), "{path} has no member 'b.csv'; there are: {names}."),
        (("--member", "a.csv", "--row", "700"), "{path} has rows 0 to 699, so there is no row 700."),
    ],
)
def test_rows_that_cannot_be_explained(tmp_path: Path, more: tuple[str, ...], sentence: str) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archives()["x.zip"])
    ended = explained(path, "--row", "5", *more)
    assert ended.code == 2
    names = ", ".join(repr(info.filename) for info in ZipFile(path).infolist() if not info.is_dir())
    assert ended.sentences == [f"leaktally: {sentence.format(path=path, names=names)}"]


def test_no_more_than_some_members_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with ZipFile(path, "w") as archive:
        for number in range(30):
            archive.writestr(f"{number:02}.csv", people(3, number))
    ended = explained(path, "--row", 0)
    assert "'18.csv', '19.csv' and more." in ended.err
    assert "'20.csv'" not in ended.err


def test_comparing_archives(tmp_path: Path, plain: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(archives()["x.tar.gz"])
    ended = command("compare", plain, path, "-f", "json", *TODAY_OPTION)
    assert ended.code == 0, ended.err
    (pair,) = ended.document["pairs"]
    first, second = ended.document["sides"]
    assert (first["records"], first["persons"]) == (second["records"], second["persons"])
    assert (pair["records"], pair["persons"]) == (first["records"], first["persons"])


@pytest.mark.parametrize("given", ["option", "file"])
def test_passwords_open_and_are_never_told(tmp_path: Path, given: str) -> None:
    secret = "Canary-密码-7741"
    data = zip_of(
        traditional_entry(b"old.csv", people(60, 3), secret.encode()),
        aes_entry(b"new.csv", people(50, 4), secret.encode("gb18030")),
        Zip(b"open.csv", people(40, 5)),
    )
    path, out = tmp_path / "x.zip", tmp_path / "out"
    path.write_bytes(data)
    (tmp_path / "words.txt").write_bytes(f"wrong\r\n{secret}\r\n".encode())
    more = ("--password", secret) if given == "option" else ("--password-file", tmp_path / "words.txt")
    shut = command("scan", path, "-f", "json", *TODAY_OPTION)
    assert (shut.code, shut.document["records"]["rows"]) == (3, 40)
    assert shut.err.count("is encrypted; give its password with --password") == 2
    ended = process(
        "scan", path, *more, "-o", f"{out}/", "-f", "json", "-f", "html", "-f", "terminal", *TODAY_OPTION
    )
    assert ended.code == 0, ended.err
    assert json.loads((out / "report.json").read_bytes())["records"]["rows"] == 150
    command_line = json.loads((out / "report.json").read_bytes())["run"]["command"]
    assert secret not in " ".join(command_line)
    for file in out.iterdir():
        for encoding in ("utf-8", "gb18030"):
            assert secret.encode(encoding) not in file.read_bytes(), file
    again = command("rescan", out, *more, "--lang", "en")
    assert again.code == 0, again.out
    assert command("rescan", out, "--lang", "en").code != 0


def test_limits_are_options_and_stand_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archives()["nested.zip"])
    ended = command("scan", path, "--max-depth", 1, "--max-output", "1M", "-f", "json", *TODAY_OPTION)
    assert ended.code == 3
    limits = ended.document["options"]["limits"]
    assert (limits["depth"], limits["output"], limits["ratio"]) == (1, 1 << 20, Limits().ratio)
    assert [entry["status"] for entry in ended.document["inputs"]] == ["complete", "complete", "failed"]
    assert command("scan", path, "--max-depth", 0, *TODAY_OPTION).code == 2
    assert command("scan", path, "--max-output", "much", *TODAY_OPTION).code == 2


def test_what_is_not_read_is_told_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(
        zip_of(Zip(b"a.csv", people(60, 3)), Zip("照片.csv".encode(), b"x", method=9, packed=b"?"))
    )
    for lang, words in (("en", "is packed by method 9 of zip"), ("zh", "第 9 号压缩方法")):
        ended = command("scan", path, "--lang", lang, "-f", "html", "-o", "-", *TODAY_OPTION)
        assert ended.code == 3
        assert words in ended.out.decode()
        assert "照片.csv" in ended.out.decode()


WATCHED = """
import os, sys
made = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
        made.append(str(arguments[0]))
    if event in ("os.mkdir", "os.rename", "os.symlink", "os.link", "os.truncate", "os.chmod"):
        made.append(f"{event} {arguments[0]}")
sys.addaudithook(hook)
from scanner.cli import main
try:
    main(sys.argv[1:])
finally:
    print("\\n".join(made), file=sys.stderr)
"""


def test_nothing_is_written_but_private_files(tmp_path: Path) -> None:
    names = ("../../evil.csv", "/tmp/evil.csv", "a/../../evil.csv", "con", "C:\\evil.csv")
    big = people(400_000, 7)  # more than stays in memory
    data = zipped(*((name, people(5, 6)) for name in names), ("big.zip", zipped(("big.csv", big), method=0)))
    folder = tmp_path / "private"
    folder.mkdir()
    (tmp_path / "x.zip").write_bytes(data)
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, "scan", "x.zip", "--tmp", str(folder), "-f", "json", *TODAY_OPTION],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    document: Any = json.loads(ran.stdout)
    assert {entry["member"] for entry in document["inputs"]} > {name.replace("\\", "/") for name in names}
    written = [line for line in ran.stderr.decode().splitlines() if line and "/dev/null" not in line]
    assert written
    assert all(str(folder) in line for line in written), written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["private", "x.zip"]
    assert list(folder.iterdir()) == []


MEASURED = """
import re, sys
from scanner.cli import main
try:
    main(sys.argv[1:])
finally:  # not what getrusage tells: that begins with the memory of the process that started this one
    print(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
"""


def measured(path: Path, *more: object) -> tuple[int, int, list[str]]:
    """Exit code, the most memory of a scan in MiB, and what it said."""
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            MEASURED,
            "scan",
            path,
            "-f",
            "json",
            "--jobs",
            "2",
            *map(str, more),
            *TODAY_OPTION,
        ],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        timeout=300,
    )
    *said, most = ran.stderr.decode().splitlines()
    return ran.returncode, int(most) >> 10, said


def zeros() -> bytes:
    stream = BytesIO()
    with (
        ZipFile(stream, "w", ZIP_DEFLATED) as archive,
        archive.open("zeros.csv", "w", force_zip64=True) as file,
    ):
        for _ in range(256):
            file.write(bytes(1 << 20))
    return stream.getvalue()


def nested() -> bytes:
    data = zipped(("0.csv", b"0" * (1 << 25)))
    for _ in range(6):
        data = zipped(*((f"{number}.zip", data) for number in range(16)))
    return data


def deep() -> bytes:
    data = people(50, 1)
    for _ in range(100):
        data = gzip.compress(data)
    return data


def overlapping() -> bytes:
    first = Zip(b"a", b"0" * (1 << 20))
    return zip_of(
        first, *(Zip(b"%d" % number, b"", packed=b"", size=1, offset=0) for number in range(20_000))
    )


BOMBS = {"zeros": zeros, "nested": nested, "deep": deep, "overlapping": overlapping}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs(tmp_path: Path, kind: str) -> None:
    """Memory and time stay bounded however much would come out; the limit that was hit is named."""
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    code, most, said = measured(path, "--max-entries", 1000)
    assert code == 3
    assert most < 350
    assert any("--max-" in line or "on the bytes of others" in line for line in said)


def test_a_large_member_takes_hardly_more_memory_than_a_file(tmp_path: Path) -> None:
    """A member of 200 MB is read as it comes out: neither it nor its archive is ever held."""
    block = people(20_000, 8)
    plain, packed = tmp_path / "x.csv", tmp_path / "x.csv.gz"
    with plain.open("wb") as file, gzip.open(packed, "wb", 1) as other:
        for _ in range(200_000_000 // len(block)):
            file.write(block)
            other.write(block)
    first, second = measured(plain), measured(packed)
    assert (first[0], second[0]) == (0, 0)
    assert second[1] < first[1] + 64


def test_standard_input_may_be_an_archive() -> None:
    ended = command("scan", "-", "-f", "json", *TODAY_OPTION, stdin=archives()["x.tar.gz"])
    assert ended.code == 0, ended.err
    assert ended.document["records"]["rows"] == 2300


def test_many_archives_in_a_folder(tmp_path: Path) -> None:
    for name, data in archives().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "cut.zip").write_bytes(archives()["x.zip"][:-60])
    rows_file(tmp_path / "plain.csv", people(10, 9).decode().splitlines())
    found = scanned(tmp_path, jobs=3)
    assert found["records"]["rows"] == 6 * 2300 + 10
    assert [entry["path"] for entry in found["inputs"] if entry["status"] != "complete"] == [
        str(tmp_path / "cut.zip")
    ]
