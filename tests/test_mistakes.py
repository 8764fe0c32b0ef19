"""What people mistype or name twice, and what ends early: said in one sentence, and nothing good is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_reference import DEMO, ROOT
from fixtures_reference import run as make_fixture
from running import command, rows_file


def test_a_mistyped_path_leaves_the_reports_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("scan", DEMO / "inventory.csv", "-o", "out/").code == 0
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    for paths in (["mistyped"], ["mistyped", "mistyped too"], ["--acquired", "one", "--sold", "other"]):
        ended = command("scan", *paths, "-o", "out/")
        assert (ended.code, ended.out, len(ended.sentences)) == (2, b"", 1)
        assert "there is no '" in ended.err
    assert command("sample", "mistyped", "-o", "x.xlsx").code == 2
    assert command("compare", "mistyped", "mistyped too").code == 2
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before
    ended = command("scan", "mistyped", DEMO / "inventory.csv", "-o", "x.json")
    assert ended.code == 3, "one of several may be missing: the rest is told"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "x.json"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_a_folder_that_takes_no_file_is_not_said_to_be_missing() -> None:
    ended = command("scan", DEMO / "inventory.csv", "-o", "/proc/x.json")
    assert (ended.code, len(ended.sentences)) == (4, 1)
    assert "no file can be made in that folder" in ended.err


def test_a_folder_that_was_made_for_nothing_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "there").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("scanner.evidence.output_set.atomic.write", full)
        for name in ("made", "there"):
            ended = command("scan", DEMO / "inventory.csv", "-f", "json", "-o", f"{tmp_path / name}/")
            assert (ended.code, len(ended.sentences)) == (4, 1)
            assert "no space is left" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert command("scan", DEMO / "inventory.csv", "-f", "json", "-o", f"{tmp_path}/made/").code == 0
    assert (tmp_path / "made" / "report.json").is_file()


def test_a_file_that_is_named_in_several_ways_is_scanned_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mess").mkdir()
    (tmp_path / "here").symlink_to("mess")
    for name in ("a.csv", "mess/b.csv"):
        rows_file(tmp_path / name, ["姓名,手机号码", "王小明,13800138000"])
    os.link("a.csv", "c.csv")
    for paths, names in (
        (["a.csv", "./mess/../a.csv", tmp_path / "a.csv"], ["a.csv"]),
        (["mess", "mess/b.csv"], ["mess/b.csv"]),
        (["mess/b.csv", "mess/"], ["mess/b.csv"]),
        (["here/b.csv", "mess/b.csv"], ["here/b.csv"]),
        (["a.csv", "c.csv"], ["a.csv", "c.csv"]),  # two names that are both seized
    ):
        ended = command("scan", *paths, "-f", "json")
        assert ended.code == 0, ended.err
        assert [each["path"] for each in ended.document["inputs"]] == names
    (tmp_path / "empty").mkdir()
    assert command("scan", "a.csv", "empty").code == 3


def test_an_interrupt_while_the_command_is_loaded_is_one_line() -> None:
    loading = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell ignores it for what it runs beside
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'scanner.commands.annexes':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "import scanner.__main__\n"
        "scanner.__main__.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", loading],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (130, b"")
    assert ended.stderr == b"leaktally: interrupted; nothing was written\n"


def test_explain_tells_the_line_and_the_table(tmp_path: Path) -> None:
    workbook = pytest.importorskip("xlsxwriter").Workbook(tmp_path / "x.xlsx")
    for title in ("客户", "订单"):
        sheet = workbook.add_worksheet(title)
        for line, texts in enumerate(
            [("姓名", "手机号码"), ("王小明", "13800138000"), ("李雷", "13900139000")]
        ):
            sheet.write_row(line, 0, texts)
    workbook.close()
    ended = command("explain", tmp_path / "x.xlsx", "--row", 1, "--lang", "en")
    assert ended.code == 0, ended.err
    assert "table 客户, row 1 (from 0, without the header; line 3 in a spreadsheet)" in " ".join(
        ended.out.decode().split()
    )
    rows_file(tmp_path / "bare.csv", ["王小明,13800138000", "李雷,13900139000"])
    ended = command("explain", tmp_path / "bare.csv", "--row", 1, "--no-header", "-f", "json")
    assert (ended.document["row"], ended.document["line"]) == (1, 2)


@pytest.mark.parametrize("option", ["--out", "--truth", "--values"])
def test_a_fixture_in_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path, option: str) -> None:
    places = {"--out": tmp_path / "x.csv", option: tmp_path / "missing" / "x"}
    ran = make_fixture("dump", "--rows", 3, *(each for pair in places.items() for each in pair))
    assert (ran.exit_code, "there is no folder" in ran.output) == (2, True), ran.output
    assert not list(tmp_path.iterdir())
