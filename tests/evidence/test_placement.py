"""Where a run may write, and how files are named from the manifest's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import OutputError, ScannerError
from scanner.evidence.placement import location, refuse


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "data" / "a.csv").write_bytes(b"x")
    (tmp_path / "database").mkdir()
    (tmp_path / "to_data").symlink_to("data")
    (tmp_path / "to_file").symlink_to("data/a.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("target", "error", "why"),
    [
        ("out.json", None, ""),
        ("database/out.json", None, ""),
        ("-", None, ""),
        ("new/", None, ""),
        ("data/out.json", ScannerError, "--allow-inside"),
        ("data/", ScannerError, "--allow-inside"),
        ("data/deep/../out.json", ScannerError, "--allow-inside"),
        ("database/../data/deep/", ScannerError, "--allow-inside"),
        ("to_data/out.json", ScannerError, "--allow-inside"),
        ("to_data/", OutputError, "symbolic link"),
        ("to_file", OutputError, "symbolic link"),
        ("data/a.csv", ScannerError, "itself to be scanned"),
        ("data/deep/../a.csv", ScannerError, "itself to be scanned"),
    ],
)
def test_places(folder: Path, target: str, error: type[ScannerError] | None, why: str) -> None:
    def ask(allowed: bool) -> None:
        refuse([target], ["data/a.csv", "-"], ["data", "-", "nothing"], allowed)

    if error is None:
        ask(False)
        return
    with pytest.raises(error, match=why) as caught:
        ask(False)
    assert caught.value.exit_code == (4 if error is OutputError else 2)
    if "--allow-inside" in why:
        ask(True)
    else:
        with pytest.raises(error, match=why):
            ask(True)


def test_one_file_makes_nothing_of_its_folder_forbidden(folder: Path) -> None:
    refuse(["data/out.json"], ["data/a.csv"], ["data/a.csv"], False)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("out/x", "x"),
        ("out/deep/x", "deep/x"),
        ("data/a.csv", "../data/a.csv"),
        ("x", "../x"),
        ("to_data/a.csv", "../data/a.csv"),
        ("to_file", "../to_file"),
        ("../x", None),
        ("/x", "/x"),
    ],
)
def test_locations(folder: Path, path: str, named: str | None) -> None:
    assert location(path, "out") == (named or str(folder.resolve().parent / "x"))


def test_a_location_leads_to_the_file_also_through_links(folder: Path, tmp_path: Path) -> None:
    (folder / "far" / "away").mkdir(parents=True)
    (folder / "out").symlink_to("far/away")
    found = location("data/a.csv", "out")
    assert Path("out", found).samefile("data/a.csv")
