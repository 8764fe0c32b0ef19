"""The command as other programs see it: exit codes, where the report goes, findings, masking."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fixtures_reference import DEMO, ROOT
from fixtures_reference import run as make_fixture
from running import TODAY_OPTION, Ended, boundary, command, process, rows_file

import scanner

FINDINGS = ["input", "table", "row", "column", "column_name", "start", "end", "byte_offset"]
FINDINGS += ["label", "checks", "accepted", "masked"]


def dump(folder: Path, *arguments: object) -> tuple[Path, list[dict[str, str]]]:
    """A dump and the values planted in it."""
    path, values = folder / "dump.dat", folder / "values"
    made = make_fixture("dump", *arguments, "--out", path, "--values", values)
    assert made.exit_code == 0, made.output
    with values.open(encoding="utf-8", newline="") as file:
        return path, list(csv.DictReader(file))


# Exit codes


@pytest.mark.parametrize(
    ("count", "level", "code"),
    [
        (49, "never", 0),
        (49, "any", 1),
        (49, "serious", 0),
        (50, "serious", 1),
        (50, "never", 0),
        (50, "especially-serious", 0),
        (499, "especially-serious", 0),
        (500, "especially-serious", 1),
        (500, "serious", 1),
    ],
)
def test_fail_on_at_the_boundary(tmp_path: Path, count: int, level: str, code: int) -> None:
    path = boundary(tmp_path / "x.csv", "property", count)
    ended = command("scan", path, "-f", "json", "--fail-on", level)
    assert (ended.code, ended.err) == (code, "")
    assert ended.document["categories"]["property"]["distinct"] == count


def test_insiders_reach_the_level_with_half(tmp_path: Path) -> None:
    path = boundary(tmp_path / "x.csv", "property", 25)
    assert command("scan", path, "--fail-on", "serious").code == 0
    assert command("scan", path, "--fail-on", "serious", "--insider").code == 1


def test_nothing_found_is_not_a_failure(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "clean.csv", ["part,amount", "bolt,7", "nut,9"])
    assert command("scan", path, "--fail-on", "any").code == 0


def test_incomplete_wins_over_reached(tmp_path: Path) -> None:
    path = boundary(tmp_path / "x.csv", "property", 50)
    ended = command("scan", path, tmp_path / "missing", "-f", "json", "--fail-on", "serious")
    assert ended.code == 3
    assert ended.document["verdict"]["main"]["level"] == "serious"


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("scan",), "PATH"),
        (("scan", "{csv}", "--nonsense"), "nonsense"),
        (("scan", "{csv}", "-f", "pdf"), "pdf"),
        (("scan", "{csv}", "-o", "report.pdf"), "report.pdf"),
        (("scan", "{csv}", "-f", "json", "-f", "html"), "-o DIR/"),
        (("scan", "{csv}", "-f", "json", "-f", "html", "-o", "one.json"), "-o DIR/"),
        (("scan", "{csv}", "--jobs", "0"), "--jobs"),
        (("scan", "{csv}", "--jobs", "two"), "--jobs"),
        (("scan", "{csv}", "--memory", "much"), "--memory"),
        (("scan", "{csv}", "--as-of", "yesterday"), "--as-of"),
        (("scan", "{csv}", "--as-of", "1850-01-01"), "birth dates begin in"),
        (("scan", "{csv}", "-f", "html", "-o", "one.json"), "which is for json"),
        (("compare", "{csv}", "{csv}", "-f", "json", "-o", "one.html"), "which is for html"),
        (("scan", "{csv}", "--header", "--no-header"), "--header and --no-header"),
        (("explain", "{csv}"), "say with --row"),
        (("explain", "{csv}", "--row", "0", "--no-header", "--header"), "--header and --no-header"),
        (
            ("scan", "--resume", "nowhere", "--fail-on", "any"),
            "--resume DIR goes on with what the scan was told",
        ),
        (("verify", "no-such-manifest.json"), "no-such-manifest.json"),
        (("rescan", "no-such-manifest.json"), "no-such-manifest.json"),
        (("scan", "{csv}", "--fail-on", "sometimes"), "--fail-on"),
        (("scan", "{csv}", "--recipients", "-1"), "--recipients"),
        (("scan", "{csv}", "--illegal-income", "-1"), "--illegal-income"),
        (("scan", "{csv}", "--findings", "matches.xlsx"), "matches.xlsx"),
        (("scan", "{csv}", "--encoding", "klingon"), "klingon"),
        (("scan", "{csv}", "--delimiter", "123456789"), "delimiter"),
        (("scan", "{csv}", "--delimiter", ""), "--delimiter is empty"),
        (("scan", "{csv}", "--quote", "ab"), "quote"),
        (("scan", "{csv}", "--policy", "no-such-policy"), "no-such-policy"),
        (("scan", "{csv}", "--patterns", "no-such-pack.toml"), "no-such-pack.toml"),
        (("policy", "no-such-policy"), "no-such-policy"),
        (("check-patterns", "no-such-pack.toml"), "no-such-pack.toml"),
        (("explain",), "VALUE"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    path = boundary(tmp_path / "x.csv", "property", 3)
    ended = command(*(argument.format(csv=path) for argument in arguments))
    assert ended.code == 2, ended.err
    assert ended.out == b""
    [sentence] = ended.sentences
    assert sentence.startswith("leaktally: ")
    assert words in sentence
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("scan", "x", "--fial-on", "any"), "there is no option '--fial-on': did you mean --fail-on?"),
        (
            ("sample", "x", "--hedaer"),
            "there is no option '--hedaer': did you mean --header?",
        ),
        (("scan", "x", "--zzz"), "there is no option '--zzz'"),
        (("scna",), "there is no command 'scna': did you mean scan or rescan?"),
        (("key", "\x1b[31m"), "there is no command '\\x1b[31m'"),
        (("scan", "x", "--memory"), "option '--memory' requires an argument"),
        (("scan",), "missing argument 'PATH...'"),
    ],
)
def test_a_slip_is_told_with_what_was_meant_and_where_help_is(
    arguments: tuple[str, ...], sentence: str
) -> None:
    ended = command(*arguments)
    path = "leaktally" if arguments == ("scna",) else f"leaktally {arguments[0]}"
    assert (ended.code, ended.out, ended.sentences) == (
        2,
        b"",
        [f"leaktally: {sentence} (help: {path} --help)"],
    )


def test_version_and_help() -> None:
    assert command("--version").out.decode().strip() == f"leaktally, version {scanner.__version__}"
    for arguments in (("--help",), ("scan", "-h"), ("explain", "--help"), ("policy", "--help")):
        ended = command(*arguments)
        assert (ended.code, ended.err) == (0, "")
        assert b"Usage:" in ended.out


def test_the_other_commands_end_well() -> None:
    explained = ("explain", "11010519491231002X")
    for arguments in (
        ("detectors",),
        ("check-patterns",),
        ("policy",),
        ("policy", "--lang", "en"),
        explained,
    ):
        ended = command(*arguments)
        assert (ended.code, ended.err) == (0, ""), arguments
        assert ended.out


# Where the report goes


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        ((), b"leaktally"),
        (("-f", "terminal"), b"leaktally"),
        (("-o", "-"), b"leaktally"),
        (("-f", "json"), b"{"),
        (("-f", "json", "-o", "-"), b"{"),
        (("-f", "html", "-o", "-"), b"<!"),
    ],
)
def test_standard_output_carries_only_the_report(arguments: tuple[str, ...], start: bytes) -> None:
    ended = command("scan", DEMO / "inventory.csv", *arguments)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.lower().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "name", "start"),
    [
        (("-o", "report.json"), "report.json", b"{"),
        (("-o", "REPORT.HTML"), "REPORT.HTML", b"<!"),
        (("-o", "report.txt"), "report.txt", b"leaktally"),
        (("-f", "json", "-o", "report.dat"), "report.dat", b"{"),
        (("-f", "json", "-o", "report.txt"), "report.txt", b"{"),
    ],
)
def test_a_file_gets_the_report_and_standard_output_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], name: str, start: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = command("scan", DEMO / "inventory.csv", *arguments)
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes().lower().startswith(start)


def test_a_folder_gets_several_formats(tmp_path: Path) -> None:
    ended = command("scan", DEMO / "inventory.csv", "-f", "json", "-f", "html", "-o", f"{tmp_path}/")
    assert (ended.code, ended.out) == (0, b""), ended.err
    assert {"report.json", "report.html"} <= {path.name for path in tmp_path.iterdir()}


def test_standard_input_is_scanned_like_the_file(tmp_path: Path) -> None:
    path, _ = dump(tmp_path, "--rows", 60, "--encoding", "gb18030")
    here = command("scan", path, "-f", "json", *TODAY_OPTION).document
    piped = process("scan", "-", "-f", "json", *TODAY_OPTION, stdin=path.read_bytes()).document
    assert piped["inputs"][0]["path"] == "-"
    assert piped["inputs"][0]["sha256"] == here["inputs"][0]["sha256"]
    for key in ("columns", "labels", "records", "categories", "verdict"):
        assert piped[key] == here[key]


@pytest.mark.parametrize("target", ["-", "/dev/full"])
def test_a_full_disk_is_told(target: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as file:
        ended = process(
            "scan", DEMO / "inventory.csv", "-f", "json", "-o", target, stdout=file if target == "-" else None
        )
    assert ended.code == 4
    assert len(ended.sentences) == 1
    assert "no space" in ended.err.lower()


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = command("scan", DEMO / "inventory.csv", "-o", tmp_path / "none" / "report.json")
    assert (ended.code, len(ended.sentences)) == (4, 1)
    ended = command("scan", DEMO / "inventory.csv", "--findings", tmp_path / "none" / "matches.csv")
    assert (ended.code, len(ended.sentences)) == (4, 1)
    (tmp_path / "folder.json").mkdir()
    ended = command("scan", DEMO / "inventory.csv", "-o", tmp_path / "folder.json")
    assert (ended.code, len(ended.sentences)) == (4, 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder.json"]


PRINTING: list[tuple[object, ...]] = [
    ("scan", DEMO / "inventory.csv", "-f", "json"),
    ("scan", DEMO / "inventory.csv"),
    ("compare", DEMO / "inventory.csv", DEMO / "inventory.csv"),
    ("explain", "11010519491231002X"),
    ("explain", DEMO / "inventory.csv", "--row", 0),
    ("detectors",),
    ("policy",),
    ("check-patterns",),
    ("case", "new"),
    ("--help",),
    ("--version",),
    ("scan", "--help"),
    ("key", "new", "--help"),
]


@pytest.mark.parametrize("arguments", PRINTING, ids=lambda arguments: " ".join(map(str, arguments[:1])))
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[object, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ended = process(*arguments, stdout=write)
    finally:
        os.close(write)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("arguments", [("detectors",), ("--help",), ("scan", "--help"), ("case", "new")])
def test_what_cannot_be_printed_is_told(arguments: tuple[str, ...]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as file:
        ended = process(*arguments, stdout=file)
    assert (ended.code, len(ended.sentences)) == (4, 1)
    assert "standard output could not be written" in ended.err


def closed(streams: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """A command with standard streams that the shell closes before."""
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'exec "$@" {streams}',
            "sh",
            sys.executable,
            "-m",
            "scanner",
            *map(str, arguments),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("scan", DEMO / "inventory.csv"), ("detectors",), ("--help",)])
def test_a_closed_standard_output_is_told(arguments: tuple[object, ...]) -> None:
    ended = closed(">&-", *arguments)
    assert (ended.returncode, ended.stderr) == (
        4,
        b"leaktally: standard output could not be written: it is closed\n",
    )


def test_other_closed_streams_stop_nothing(tmp_path: Path) -> None:
    assert closed("2>&-", "scan", DEMO / "inventory.csv", "-f", "json").stdout.startswith(b"{")
    report = tmp_path / "report.json"
    assert closed("<&- >&- 2>&-", "scan", DEMO / "inventory.csv", "-o", report).returncode == 0
    assert json.loads(report.read_bytes())["inputs"][0]["status"] == "complete"
    ended = closed("<&-", "scan", "-", "-f", "json")
    assert (ended.returncode, ended.stderr) == (3, b"leaktally: -: is closed\n")


def test_nobody_who_reads_standard_error_stops_nothing(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    report = tmp_path / "report.json"
    code = subprocess.run(
        [sys.executable, "-m", "scanner", "scan", tmp_path / "missing", DEMO / "inventory.csv", "-o", report],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=write,
        timeout=60,
        check=False,
    ).returncode
    os.close(write)
    assert code == 3
    assert report.is_file()


def test_the_exit_code_does_not_hang_on_the_reader(tmp_path: Path) -> None:
    bad = rows_file(tmp_path / "bad.toml", [*PACK, "examples = ['KX-000001']"])
    read, write = os.pipe()
    os.close(read)
    try:
        assert process("check-patterns", bad, stdout=write).code == 2
    finally:
        os.close(write)


PACK = ("[[pattern]]", "name = 'number'", "label = 'number'", "standard = 'ours'", "pattern = 'KH-[0-9]{6}'")
PACK += ("counterexamples = ['KH-1']",)


def test_a_misspelt_field_of_a_pack_is_named(tmp_path: Path) -> None:
    lines = [line.replace("standard", "standrad") for line in PACK]
    ended = command("check-patterns", rows_file(tmp_path / "x.toml", [*lines, "examples = ['KH-000001']"]))
    assert (ended.code, len(ended.sentences)) == (2, 1)
    assert "has the unknown field 'standrad'" in ended.err


def test_one_failure_is_one(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "x.toml", [*PACK, "examples = ['KX-000001']"])
    ended = command("check-patterns", path)
    assert (ended.code, ended.out.decode().splitlines()[0]) == (2, "x.toml: 1 failure")


# Findings


def read_findings(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def findings(path: Path, out: Path, *arguments: object) -> tuple[Ended, list[dict[str, Any]]]:
    ended = command("scan", path, "-f", "json", *TODAY_OPTION, "--findings", out, *arguments)
    found = read_findings(out)
    assert all(list(row) == FINDINGS for row in found)
    return ended, found


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_findings_are_one_row_a_match(tmp_path: Path, suffix: str) -> None:
    path, values = dump(tmp_path, "--rows", 300, "--damage", 0, "--seed", 5)
    ended, found = findings(path, tmp_path / f"matches{suffix}")
    accepted = [row for row in found if row["accepted"] in (True, "true")]
    labels = ended.document["labels"]
    for label in labels:
        assert sum(row["label"] == label for row in accepted) == labels[label]["matches"], label
    order = [(int(row["row"]), int(row["column"]), int(row["start"])) for row in found]
    assert order == sorted(order)
    # Where a value starts is the detector's choice (+86 belongs to the match), where it ends is not.
    planted = {
        (int(v["row"]), int(v["column"]), int(v["end"]), v["label"])
        for v in values
        if v["label"] not in ("address", "person_name")
    }
    seen = {
        (int(r["row"]), int(r["column"]), int(r["end"]), r["label"])
        for r in accepted
        if r["label"] not in ("address", "person_name")
    }
    assert planted == seen


def cell_at(raw: bytes, offset: int, length: int, encoding: str) -> str:
    """The text that starts at a byte; quotes are doubled where the cell is quoted."""
    text = raw[offset : offset + length].decode(encoding, "ignore")
    quoted = raw[:offset].endswith('"'.encode(encoding))
    return text.replace('""', '"') if quoted else text


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--encoding", "gb18030", "--newline", "crlf"),
        ("--encoding", "utf-8-sig", "--delimiter", ";"),
        ("--encoding", "utf-16", "--delimiter", "\\t"),
        ("--format", "txt", "--encoding", "gbk"),
        ("--broken", 0.05),
    ],
)
def test_byte_offsets_lead_to_the_cell_in_the_file(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    path, _ = dump(tmp_path, "--rows", 200, "--seed", 6, "--remarks", 0.9, *arguments)
    ended, found = findings(path, tmp_path / "matches.jsonl", "--reveal")
    encoding = ended.document["inputs"][0]["encoding"]
    raw = path.read_bytes()
    assert len(found) > 500
    for row in found:
        here = cell_at(raw, row["byte_offset"], 4 * row["end"] + 8, encoding).encode("utf-8")
        assert here[row["start"] : row["end"]].decode("utf-8") == row["masked"], row


@pytest.mark.parametrize(
    ("encoding", "cell", "at"),
    [
        ("utf-8", '"他说""好"", 13800138000"', 1),
        ("gb18030", '"张三，13800138000"', 1),
        ("gb18030", "张三，13800138000", 0),
        ("utf-8", '"第一行\n13800138000"', 1),
        ("gb18030", '"第一行\r\n13800138000"', 1),
    ],
)
def test_the_offset_of_a_quoted_cell_is_behind_its_quote(
    tmp_path: Path, encoding: str, cell: str, at: int
) -> None:
    lines = ["编号,备注,城市", "1,无,北京", f"2,{cell},上海", *(f"{n},无,广州" for n in range(3, 30))]
    path = rows_file(tmp_path / "x.csv", lines, encoding)
    _, found = findings(path, tmp_path / "matches.jsonl", "--reveal")
    [match] = [row for row in found if row["label"] == "mobile_phone"]
    raw = path.read_bytes()
    assert match["byte_offset"] == raw.index(cell.encode(encoding)) + at
    assert (match["row"], match["column"], match["masked"]) == (1, 1, "13800138000")


def test_parquet_has_no_byte_offset(tmp_path: Path) -> None:
    path, _ = dump(tmp_path, "--rows", 50, "--format", "parquet")
    _, found = findings(path, tmp_path / "matches.jsonl")
    assert found
    assert all(row["byte_offset"] is None for row in found)


# Masking


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_no_value_is_written_without_reveal(tmp_path: Path, suffix: str) -> None:
    path, values = dump(tmp_path, "--rows", 150, "--seed", 8, "--remarks", 0.8, "--damage", 0.1)
    out = tmp_path / "out"
    out.mkdir()
    texts = []
    for form in ("json", "html", "terminal"):
        ended = command("scan", path, "-f", form, "--findings", out / f"matches{suffix}")
        texts += [ended.out.decode("utf-8"), ended.err]
    texts.append(str(read_findings(out / f"matches{suffix}")))
    secret = {value["value"] for value in values if value["label"] != "person_name"}
    secret |= {value["value"] for value in values if len(value["value"]) > 2}
    assert len(secret) > 400
    together = "\n".join(texts)
    assert [value for value in secret if value in together] == []


def test_reveal_shows_values_and_keeps_the_files_private(tmp_path: Path) -> None:
    path, values = dump(tmp_path, "--rows", 40, "--seed", 9)
    report, annex = tmp_path / "report.json", tmp_path / "matches.jsonl"
    ended = command("scan", path, "-o", report, "--findings", annex, "--reveal")
    assert ended.code == 0
    for file in (report, annex):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    phone = next(value["value"] for value in values if value["label"] == "mobile_phone")
    assert phone in annex.read_text(encoding="utf-8")
    assert json.loads(report.read_text(encoding="utf-8"))["options"]["reveal"] is True


def test_values_in_a_damaged_row_or_a_bad_quote_are_masked_too(tmp_path: Path) -> None:
    phones = [f"1380013{n:04}" for n in range(40)]
    lines = ["姓名,手机号码", *(f"王小明,{phone}" for phone in phones[:30])]
    lines += [f"李雷,{phone},x,y" for phone in phones[30:39]] + [f'韩梅,"{phones[39]}']
    path = rows_file(tmp_path / "x.csv", lines)
    out = tmp_path / "matches.jsonl"
    for form in ("json", "html", "terminal"):
        ended = command("scan", path, "-f", form, "--findings", out)
        text = ended.out.decode() + ended.err + out.read_text(encoding="utf-8")
        assert [phone for phone in phones if phone in text] == []


@pytest.mark.parametrize("bare", [0, 4])
def test_persons_of_bare_contacts_are_told_from_those_of_counted_records(tmp_path: Path, bare: int) -> None:
    # Else more persons than records stand there, and nothing says why.
    lines = ["姓名,手机号码", "王小明,13912345670", "李雷,13912345671"]
    path = rows_file(tmp_path / "x.csv", lines + [f",1391234568{n}" for n in range(bare)])
    told = {"zh": "其中 2 人有计入主口径的记录", "en": "2 of these in records that the main reading counts"}
    for lang, sentence in told.items():
        for form in ("terminal", "html"):
            shown = command("scan", path, "-f", form, "--lang", lang, *TODAY_OPTION).out.decode()
            assert (sentence in shown) == (bare > 0)
