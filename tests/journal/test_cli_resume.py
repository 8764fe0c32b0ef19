"""The options of scan for its journal, as typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from running import TODAY

from scanner import cli, knowledge
from scanner.document.canonical import body_sha256
from scanner.run import job

DAY = ("--as-of", TODAY.isoformat())


class PowerCutError(BaseException):
    """What ends a scan in these tests, as early as a power cut does."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with two files to scan, below a name with a blank and Chinese characters."""
    place = tmp_path / "案件 1"
    (place / "in").mkdir(parents=True)
    (place / "in" / "a.csv").write_text(
        "手机号,姓名\n13800138000,王小明\n13800138001,李小红\n", encoding="utf-8"
    )
    (place / "in" / "b.csv").write_text("手机号\n13800138000\n", encoding="utf-8")
    monkeypatch.chdir(place)
    return place


def scan(*arguments: str) -> tuple[int, str]:
    """Exit code and standard error."""
    ended = CliRunner().invoke(cli.main, ["scan", *arguments])
    return ended.exit_code, ended.stderr


@pytest.fixture
def cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The journal of a scan into r.json that ended when all was counted and nothing written."""
    real = job.build
    monkeypatch.setattr(job, "build", _no_build)
    code, said = scan(
        "in", "-o", "r.json", *DAY, "--jobs", "1", "--checkpoint", "0.000001", "--password", "geheim"
    )
    monkeypatch.setattr(job, "build", real)
    assert code == 4, said
    return folder / "r.json.leaktally-journal"


def _no_build(*_: object) -> None:
    raise PowerCutError


def report(path: Path) -> str:
    return body_sha256(json.loads(path.read_bytes()))


def test_the_same_command_goes_on_with_resume(folder: Path, cut: Path) -> None:
    assert scan("in", "-o", "plain.json", *DAY) == (0, "")
    again = ("in", "-o", "r.json", *DAY, "--password", "geheim", "--resume")
    assert scan(*again) == (0, "")
    assert report(folder / "r.json") == report(folder / "plain.json")
    assert not cut.exists()
    code, said = scan(*again)
    assert (code, said) == (
        2,
        "leaktally: there is no journal 'r.json.leaktally-journal', so there is nothing to resume\n",
    )


def test_the_journal_alone_goes_on_too_and_holds_no_password(folder: Path, cut: Path) -> None:
    assert b"geheim" not in b"".join(each.read_bytes() for each in cut.iterdir())
    code, said = scan("--resume", str(cut))
    assert (code, said) == (
        2,
        "leaktally: the interrupted scan was not the same, so it cannot be resumed: passwords\n",
    )
    assert scan(f"--resume={cut}", "--password", "geheim") == (0, "")
    assert (folder / "r.json").exists()
    assert not cut.exists()


def test_what_changes_nothing_may_be_said_anew_beside_the_journal(folder: Path, cut: Path) -> None:
    code, said = scan("--resume", str(cut), "--fail-on", "any")
    assert code == 2
    assert "--resume DIR goes on with what the scan was told: name no other option but --jobs" in said
    assert cut.exists()
    more = ("--jobs", "2", "--memory=64M", "--tmp", str(folder), "--password", "geheim")
    assert scan("--jobs=1", "--resume", str(cut), *more) == (0, "")
    assert (folder / "r.json").exists()


def test_the_day_is_that_of_the_interrupted_scan(folder: Path, cut: Path) -> None:
    assert scan("in", "-o", "r.json", "--password", "geheim", "--resume") == (0, "")
    assert json.loads((folder / "r.json").read_bytes())["options"]["as_of"] == TODAY.isoformat()


def test_another_folder_is_named(folder: Path, cut: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    code, said = scan("--resume", str(cut), "--password", "geheim")
    assert (code, said) == (
        2,
        f"leaktally: the interrupted scan was started in '{folder}': resume it there\n",
    )


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--as-of", "2026-01-02"), "as_of (then '2026-01-01', now '2026-01-02')"),
        ((*DAY, "--recipients", "3"), "recipients (then 1, now 3)"),
        ((*DAY, "--no-header"), "header (then None, now False)"),
        ((*DAY, "--max-depth", "3"), "limits ("),
    ],
)
@pytest.mark.usefixtures("cut")
def test_other_options_are_refused_by_name(more: tuple[str, ...], what: str) -> None:
    code, said = scan("in", "-o", "r.json", "--password", "geheim", *more, "--resume")
    assert code == 2
    assert said.startswith(
        f"leaktally: the interrupted scan was not the same, so it cannot be resumed: {what}"
    )


@pytest.mark.usefixtures("cut")
def test_another_version_or_other_tables_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "sha256", lambda: "0" * 64)
    code, said = scan("in", "-o", "r.json", *DAY, "--password", "geheim", "--resume")
    assert (code, said[-11:]) == (2, " knowledge\n")


def test_other_files_are_refused_by_name(folder: Path, cut: Path) -> None:
    (folder / "in" / "c.csv").write_text("x\n1\n", encoding="utf-8")
    code, said = scan("in", "-o", "r.json", *DAY, "--password", "geheim", "--resume")
    assert code == 2
    assert "the files to be scanned are not those of the interrupted scan" in said
    assert "in/c.csv" in said
    assert cut.exists()


@pytest.mark.usefixtures("cut")
def test_a_journal_is_not_passed_over() -> None:
    code, said = scan("in", "-o", "r.json", *DAY)
    assert code == 2
    assert said == (
        "leaktally: 'r.json.leaktally-journal' is there, the journal of an interrupted scan: add --resume to go on "
        "with it, or remove it to scan anew\n"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("in", "-o", "r.json", "--findings", "f.csv", "--resume"), "findings cannot be resumed yet"),
        (("-", "-o", "r.json", "--journal", "j"), "standard input can be read only once"),
        (("in", "--resume"), "there is no output beside which a journal lies"),
        (("in", "--journal", "j", "--resume", "k"), "leave --journal out"),
        (("in", "-o", "r.json", "--journal", "in/j"), "which is to be scanned"),
    ],
)
def test_what_does_not_go_together(arguments: tuple[str, ...], sentence: str) -> None:
    code, said = scan(*arguments)
    assert code == 2
    assert sentence in said


def test_a_short_scan_and_one_without_checkpoints_leave_no_journal(folder: Path) -> None:
    for more in ((), ("--checkpoint", "0"), ("--journal", "j"), ("--findings", "f.csv")):
        assert scan("in", "-o", "r.json", *DAY, *more) == (0, "")
    assert {each.name for each in folder.iterdir()} == {"in", "r.json", "f.csv"}


def test_an_output_folder_has_its_journal_beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "build", _no_build)
    assert scan("in", "-o", "out/", *DAY, "--checkpoint", "0.000001")[0] == 4
    assert (folder / "out.leaktally-journal").is_dir()
    shutil.rmtree("out.leaktally-journal")
