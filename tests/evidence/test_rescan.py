"""A scan is repeated from its manifest."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest
from fixtures_reference import DEMO
from running import command, process, rows_file

from scanner.evidence.differences import Difference, differences

ROWS = ["姓名,手机号码", *(f"王小明,138001380{n:02}" for n in range(20))]


PACK = """
[[pattern]]
name = "badge"
label = "badge"
standard = "House rule: two letters, five digits"
pattern = 'WK[0-9]{5}'
gate = ["WK[0-9]"]
examples = ["WK00471"]
counterexamples = ["WK471"]
"""


def scan(folder: Path, *more: object) -> None:
    ended = command("scan", "data", "-f", "json", "-o", "out/", "--jobs", 1, *more)
    assert ended.code in (0, 3), ended.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    rows_file(tmp_path / "data" / "a.csv", ROWS)
    return tmp_path


def test_the_demo_is_the_same_from_anywhere_and_with_other_threads(tmp_path: Path) -> None:
    ended = process("scan", DEMO, "-f", "json", "-o", f"{tmp_path}/out/", cwd=tmp_path)
    assert ended.code == 3  # one file of the demo is damaged
    ended = process("rescan", tmp_path / "out" / "manifest.json", "--jobs", 3, "--lang", "en", cwd=DEMO)
    assert ended.code == 0
    assert b"byte for byte" in ended.out


@pytest.mark.parametrize(
    "options",
    [
        ("--insider", "--recipients", 3, "--illegal-income", 9),
        ("--as-of", "2019-03-04", "--delimiter", ",", "--no-header", "--encoding", "utf-8"),
        ("--policy", "own.toml", "--policy", "cn-incident-2025"),
        ("--patterns", "pack.toml"),
        ("--case", "case.toml"),
        ("--acquired", "data", "--sold", "more.csv"),
        ("--hash", "sm3", "--rehash"),
    ],
)
def test_every_option_is_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...]
) -> None:
    patterns = Path(__file__).parents[2] / "patterns"
    (folder / "own.toml").write_bytes((patterns / "policies" / "cn-criminal-2017.toml").read_bytes())
    (folder / "pack.toml").write_text(PACK, encoding="utf-8")
    (folder / "case.toml").write_text('number = "1"\n[[operators]]\nname = "甲"\n', encoding="utf-8")
    rows_file(folder / "more.csv", ROWS[:5])
    ended = command("scan", "data", "-f", "json", "-o", "out/", *options)
    assert ended.code == 0, ended.err
    monkeypatch.chdir(folder.parent)
    again = command("rescan", folder / "out", "--lang", "en")
    assert (again.code, again.err) == (0, ""), again.out.decode()
    assert command("verify", folder / "out").code == 0


def test_the_first_keys_that_differ_are_told(folder: Path) -> None:
    scan(folder)
    rows_file(folder / "data" / "a.csv", [*ROWS, "李雷,13900139000"])
    ended = command("rescan", "out", "--lang", "en")
    assert ended.code == 1
    told = ended.out.decode()
    assert "inputs[0].sha256" in told
    assert "inputs[0].rows: was 20, is now 21" in told
    assert "13900139000" not in told
    (folder / "out" / "report.json").unlink()
    ended = command("rescan", "out", "--lang", "en")
    assert ended.code == 1
    assert "only the hashes can be compared" in ended.out.decode()


def test_another_tool_is_told_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(folder)
    monkeypatch.setattr("scanner.__version__", "99.1")
    lines = command("rescan", "out", "--lang", "en").out.decode().splitlines()
    assert "tool.version" in lines[0]
    assert '"99.1"' in lines[0]
    assert any("tool.version: was" in line for line in lines[2:])


def test_relative_paths_start_where_the_root_is(folder: Path, tmp_path: Path) -> None:
    scan(folder)
    (folder / "moved").mkdir()
    (folder / "data").rename(folder / "moved" / "data")
    ended = command("rescan", "out", "--lang", "en")
    assert (ended.code, ended.err, len(ended.out.splitlines())) == (3, "", 2)
    assert "say --root DIR" in ended.out.decode()
    assert command("rescan", "out", "--root", "moved").code == 0


@pytest.mark.parametrize("change", ["altered", "gone"])
def test_own_knowledge_must_be_as_it_was(folder: Path, change: str) -> None:
    policy = Path(__file__).parents[2] / "patterns" / "policies" / "cn-criminal-2017.toml"
    own = folder / "own.toml"
    own.write_bytes(policy.read_bytes())
    scan(folder, "--policy", "own.toml")
    if change == "gone":
        own.unlink()
    else:
        own.write_bytes(own.read_bytes() + b"# more\n")
    ended = command("rescan", "out")
    assert ended.code == 2
    assert "'own.toml', which the scan used" in ended.err
    assert command("verify", "out").code == (3 if change == "gone" else 1)


def test_standard_input_cannot_be_repeated(folder: Path) -> None:
    ended = process("scan", "-", "-f", "json", "-o", f"{folder}/out/", stdin=Path("data/a.csv").read_bytes())
    assert ended.code == 0, ended.err
    ended = command("rescan", "out")
    assert (ended.code, len(ended.sentences)) == (3, 1)
    assert command("verify", "out").code == 3


def test_a_manifest_of_a_later_version_is_refused(folder: Path) -> None:
    scan(folder)
    path = folder / "out" / "manifest.json"
    content = json.loads(path.read_bytes())
    content["options"]["shiny"] = True
    path.write_text(json.dumps(content))
    ended = command("rescan", "out")
    assert (ended.code, "'shiny'" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("then", "now", "keys"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": 1}, {}, ["a"]),
        ({}, {"a": None}, ["a"]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]}, ["a[1].b", "a[2]"]),
        ({"a": {"b": 1}}, {"a": [1]}, ["a"]),
    ],
)
def test_differences(then: object, now: object, keys: list[str]) -> None:
    assert [each.key for each in differences(then, now, 9)] == keys


def test_no_more_differences_than_asked_for() -> None:
    found = differences(list(range(50)), list(range(1, 51)), 3)
    assert found == [Difference(f"[{n}]", n, n + 1) for n in range(3)]


def test_inputs_that_are_missing_or_new_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.csv", "c.csv"):
        rows_file(folder / "data" / name, ROWS[:9])
    scan(folder)
    (folder / "data" / "a.csv").unlink()
    rows_file(folder / "data" / "aa.csv", ROWS)
    rows_file(folder / "data" / "c.csv", [*ROWS[:9], "李雷,13900139000"])
    with monkeypatch.context() as patch:
        patch.setattr("scanner.run.job.run", None)
        ended = command("rescan", "out", "--lang", "en")
    assert (ended.code, ended.err) == (3, ""), "and nothing is scanned"
    told = [line.strip() for line in ended.out.decode().splitlines()]
    assert told[1:] == ["data/a.csv is missing", "data/aa.csv is new"]
    chinese = command("rescan", "out").out.decode()
    assert "data/a.csv：缺失" in chinese
    assert "data/aa.csv：当时没有，系新增" in chinese
    rows_file(folder / "data" / "a.csv", ROWS)
    ended = command("rescan", "out", "--lang", "en")
    assert ended.code == 1
    told = [line.strip() for line in ended.out.decode().splitlines()]
    assert told.count("data/aa.csv is new") == 1
    assert any(line.startswith("inputs[2].rows: was 8, is now 9") for line in told)
    assert not any("inputs[0]" in line or "inputs[1]" in line or ".path" in line for line in told)


def test_members_are_missing_and_new_too(folder: Path) -> None:
    def pack(*names: str) -> None:
        with zipfile.ZipFile("data/x.zip", "w") as archive:
            for name in names:
                archive.writestr(name, "\n".join(ROWS))

    pack("one.csv", "two.csv")
    scan(folder)
    pack("two.csv", "three.csv")
    ended = command("rescan", "out", "--lang", "en")
    told = ended.out.decode()
    assert (ended.code, len(told.splitlines())) == (3, 3)
    assert re.search(r"x.zip.*one.csv.* is missing", told)
    assert re.search(r"x.zip.*three.csv.* is new", told)
    (folder / "data" / "x.zip").unlink()
    told = command("rescan", "out", "--lang", "en").out.decode()
    assert "x.zip is missing" in told
    assert "one.csv" not in told.replace("data/x.zip is missing", "")


def test_a_scan_with_passwords_asks_for_them(folder: Path) -> None:
    scan(folder, "--password", "geheim")
    manifest = (folder / "out" / "manifest.json").read_text()
    assert json.loads(manifest)["passwords_given"] is True
    assert command("rescan", "out").code == 0, "nothing here needed them"
    rows_file(folder / "data" / "a.csv", ROWS[:5])
    said = "The scan was given passwords, which no manifest holds"
    ended = command("rescan", "out", "--lang", "en")
    assert (ended.code, ended.err, len(ended.out.splitlines())) == (3, "", 1), "that alone"
    assert said in ended.out.decode()
    assert said not in command("rescan", "out", "--lang", "en", "--password", "geheim").out.decode()
