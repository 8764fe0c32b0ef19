"""Members of a container are inputs of their own: counted as files of the same content are, each where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from containers import container
from fixtures_reference import run
from running import TODAY, scanned

from scanner.annex import Annex
from scanner.run import job

COUNTS = ("labels", "records", "subjects", "categories", "verdict")


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("dumps")
    for seed in (1, 2, 1):  # the first and the last are the same
        name = f"{len(list(folder.iterdir()))}.csv"
        made = run("dump", "--rows", 400, "--seed", seed, "--out", folder / name)
        assert made.exit_code == 0, made.output
    return sorted(folder.glob("*.csv"))


def report(inputs: Sequence[job.Input], annex: Annex | None = None, jobs: int = 1) -> job.Result:
    return job.run(inputs, job.Options(as_of=TODAY, jobs=jobs), annex)


@pytest.mark.parametrize("jobs", [1, 3])
def test_members_count_as_files_do(dumps: list[Path], jobs: int) -> None:
    plain: Any = scanned(*dumps)
    boxed = report([container("box", dumps[:2]), container("other", dumps[2:])], jobs=jobs).document
    for key in COUNTS:
        assert boxed[key] == plain[key], key
    assert [(each["path"], each["member"], each["format"]) for each in boxed["inputs"]] == [
        ("box", None, "box"),
        ("box", dumps[0].name, "delimited"),
        ("box", dumps[1].name, "delimited"),
        ("other", None, "box"),
        ("other", dumps[2].name, "delimited"),
    ]
    assert {column["input"] for column in boxed["columns"]} == {1, 2, 4}
    assert {each["status"] for each in boxed["inputs"]} == {"complete"}


def test_findings_lie_in_their_member(dumps: list[Path]) -> None:
    annex = Annex(False)
    result = report([container("box", dumps[:2])], annex)
    names = [str(each["member"]) for each in result.document["inputs"]]
    found: dict[str, int] = {}
    for table in annex.tables(names, result.decisions):
        for name in table["input"].to_pylist():
            found[name] = found.get(name, 0) + 1
    assert set(found) == {each.name for each in dumps[:2]}


def test_a_container_that_fails_is_told_with_the_member_it_failed_in(dumps: list[Path]) -> None:
    document = report([container("box", dumps[:1], failing="is cut off")]).document
    own, first, last = document["inputs"]
    assert (own["status"], own["reasons"]) == ("partial", ["a remark on the container", "is cut off"])
    assert (first["status"], first["rows"] > 0) == ("complete", True)
    assert (last["status"], last["reasons"]) == ("partial", ["was not read to its end: its container failed"])
