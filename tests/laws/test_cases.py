"""Every case of fixtures/cases counts as the law has it: the mapping table's rows, and the decided cases."""

from __future__ import annotations

import itertools
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixtures_reference import FIXTURES, run
from generator import cases
from running import scanned
from stdnum.cn import uscc

NAMES = cases.names()
READINGS = ("low", "main", "high")
TIERS = {50: "n50", 500: "n500", 5000: "n5000"}
WEIGHTS = {"n50": 100, "n500": 10, "n5000": 1}


@cache
def expected(name: str) -> dict[str, Any]:
    return tomllib.loads((FIXTURES / "cases" / name / "expected.toml").read_text(encoding="utf-8"))


def level(score: int, insider: bool) -> str:
    score *= 2 if insider else 1
    return "especially_serious" if score >= 50000 else "serious" if score >= 5000 else "below"


def files_of(name: str) -> list[str]:
    return [file["name"] for file in cases.recipe(name)["file"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder with a case's files: as committed, or made from the recipe."""

    @cache
    def folder(name: str) -> Path:
        committed = FIXTURES / "cases" / name
        if all((committed / file).exists() for file in files_of(name)):
            return committed
        made = tmp_path_factory.mktemp(name)
        cases.build(cases.recipe(name), made)
        return made

    return folder


@pytest.mark.parametrize(
    ("name", "index"), [(name, index) for name in NAMES for index in range(len(expected(name)["scan"]))]
)
def test_a_case(made: Any, name: str, index: int) -> None:
    scan = expected(name)["scan"][index]
    found = scanned(*(made(name) / file for file in scan["files"]), **scan.get("options", {}))
    verdict = found["verdict"]
    assert {reading: {key: verdict[reading][key] for key in scan[reading]} for reading in READINGS} == {
        reading: scan[reading] for reading in READINGS
    }
    assert found["records"]["rows"] == scan["rows"]
    none = {"distinct": 0}
    counts = {key: found["categories"].get(key, none)["distinct"] for key in scan["categories"]}
    assert counts == scan["categories"]
    stages = {stage["name"]: stage["rows"] for stage in found["records"]["stages"]}
    assert {key: stages.get(key) for key in scan.get("stages", {})} == scan.get("stages", {})
    if "persons" in scan:
        assert found["subjects"]["distinct"] == scan["persons"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_expected_adds_up(name: str) -> None:
    """The groups of a case are the arithmetic behind its totals, so that no total is a mere number."""
    for scan in expected(name)["scan"]:
        for reading in READINGS:
            counts = dict.fromkeys(TIERS.values(), 0)
            for group in scan["group"]:
                if group[reading]:
                    counts[TIERS[group[reading]]] += group["rows"]
            score = sum(WEIGHTS[key] * count for key, count in counts.items())
            insider = scan.get("options", {}).get("insider", False)
            assert scan[reading] == {**counts, "score": score, "level": level(score, insider)}
        assert sum(group["rows"] for group in scan["group"]) <= scan["rows"]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_kept_are_those_of_the_recipe(tmp_path: Path, name: str) -> None:
    folder = FIXTURES / "cases" / name
    kept = {path.name for path in folder.iterdir()} - {"input.toml", "expected.toml"}
    if name.startswith("row-"):
        assert kept == set(files_of(name))
        for path in cases.build(cases.recipe(name), tmp_path):
            assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    else:
        assert not kept


def test_there_is_a_case_for_each_row_and_trial() -> None:
    assert {e["row"] for e in map(expected, NAMES) if "row" in e} == set(range(1, 42))
    trials = sorted(e["trial"] for e in map(expected, NAMES) if "trial" in e)
    assert trials == [2, 3, 4, 5, 7, *range(9, 17)]


@pytest.mark.parametrize("name", NAMES)
def test_the_readings_of_each_group_are_in_order(name: str) -> None:
    weight = {50: 3, 500: 2, 5000: 1, 0: 0}
    for scan in expected(name)["scan"]:
        for group in scan["group"]:
            assert weight[group["low"]] <= weight[group["main"]] <= weight[group["high"]], group["what"]


def test_the_command_makes_a_case(tmp_path: Path) -> None:
    made = run("case", "row-09-card-with-credential", "--out", tmp_path / "new")
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["cvv.csv", "password.csv"]
    assert run("case", "row-99", "--out", tmp_path).exit_code == 2


def one_block(columns: dict[str, Any], **block: Any) -> dict[str, Any]:
    return {"seed": 1, "file": [{"name": "made.csv", "columns": columns, "block": [{"rows": 4, **block}]}]}


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (one_block({"a": "phone|halved"}), "halved is no change"),
        (one_block({"a": "telephone"}), "telephone is no kind"),
        (one_block({"a": "name"}, cells={"b": ""}), "no column b"),
        (one_block({"a": "name"}, many=3), "no many"),
        (one_block({"a": "name"}, subjects=2, standing=4), "has to arrive first"),
    ],
)
def test_a_recipe_that_says_nothing_is_refused(tmp_path: Path, recipe: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cases.build(recipe, tmp_path)


@pytest.mark.parametrize(
    ("rows", "subjects", "standing"), [(12, 3, 4), (11, 1, 5), (1310, 2, 1200), (7, 7, 0)]
)
def test_a_track_moves_and_stands_as_often_as_said(
    tmp_path: Path, rows: int, subjects: int, standing: int
) -> None:
    columns = {"phone": "phone", "time": "moment", "x": "longitude", "y": "latitude"}
    made = cases.build(one_block(columns, rows=rows, subjects=subjects, standing=standing), tmp_path)[0]
    tracks: dict[str, list[list[str]]] = {}
    for phone, *point in (line.split(",") for line in made.read_text(encoding="utf-8").splitlines()[1:]):
        tracks.setdefault(phone, []).append(point)
    assert len(tracks) == subjects
    assert all(
        track == sorted(track) and len({p[0] for p in track}) == len(track) for track in tracks.values()
    )
    stood = sum(a[1:] == b[1:] for track in tracks.values() for a, b in itertools.pairwise(track))
    assert stood == standing


def test_vehicle_and_company_numbers_pass_their_checks(tmp_path: Path) -> None:
    made = cases.build(one_block({"vin": "vin", "code": "credit_code"}, rows=200), tmp_path)[0]
    value = {**{str(n): n for n in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))}
    value |= dict(zip("JKLMN", range(1, 6), strict=True)) | {"P": 7, "R": 9}
    value |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    for line in made.read_text(encoding="utf-8").splitlines()[1:]:
        vin, code = line.split(",")
        total = sum(value[c] * w for c, w in zip(vin, weights, strict=True)) % 11
        assert vin[8] == "0123456789X"[total]
        assert uscc.is_valid(code)
