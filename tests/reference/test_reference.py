"""The scanner says of every fixture, and of random dumps, what a slow and plain one says that shares no code with it.

``python tests/reference/test_reference.py --dumps 1000 --trials --log FILE`` compares more of them, and ends with 1
where any differs. The dump of a seed that differs is written by ``--keep FOLDER``.
"""

from __future__ import annotations

import argparse
import ast
import platform
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fixtures_reference import FIXTURES
from generator import cases
from reference import comparing, dumps, reading, scan
from running import TODAY, boundary

from scanner import __version__
from scanner.annex import Annex
from scanner.model import ReadOptions
from scanner.run import job

DUMPS, TOGETHER = 100, 10
DIFFERED = [296, 823]  # seeds of JSON whose first record has nothing in one of its first keys
CATEGORIES = (
    "bank_account", "communication_record", "contact", "home_address", "identity", "lodging", "property", "trajectory",
    "transaction", "vehicle_owner",
)  # fmt: skip
ROWS = [name for name in cases.names() if name.startswith("row-")]
TRIALS = [name for name in cases.names() if name.startswith("trial-")]
SMALL_TRIALS = ("trial-10-exactly-fifty-vehicles", "trial-13-payment-accounts", "trial-15-eighty-flights")


def reported(paths: Sequence[Path], how: reading.Given) -> dict[str, Any]:
    """What the scanner says, in the form of the reference."""
    read = ReadOptions(encoding=how.encoding, delimiter=how.delimiter, header=how.header)
    options = job.Options(as_of=TODAY, jobs=1, read=read)
    annex = Annex(False)
    result = job.run(job.file_inputs([str(path) for path in paths], options), options, annex)
    numbers = [str(number) for number in range(len(result.document["inputs"]))]
    findings = [line for table in annex.tables(numbers, result.decisions) for line in table.to_pylist()]
    annex.close()
    return comparing.of_report(result.document, findings)


def compared(paths: Sequence[Path], given: reading.Given | None = None) -> list[str]:
    """How the scanner and the reference differ on files."""
    how = given or reading.Given()
    return list(comparing.differences(reported(paths, how), scan.scan(paths, TODAY, how)))


def files_of(case: str, folder: Path) -> list[Path]:
    """The files of a case, as committed or made from its recipe."""
    names = [file["name"] for file in cases.recipe(case)["file"]]
    committed = [FIXTURES / "cases" / case / name for name in names]
    return committed if all(path.exists() for path in committed) else cases.build(cases.recipe(case), folder)


@pytest.mark.parametrize("case", [*ROWS, *SMALL_TRIALS])
def test_cases(case: str, tmp_path: Path) -> None:
    assert compared(files_of(case, tmp_path)) == []


@pytest.mark.parametrize("folder", ["demo", "worked"])
def test_folders_of_fixtures(folder: str) -> None:
    paths = sorted(
        path for path in (FIXTURES / folder).iterdir() if path.suffix in (".csv", ".txt", ".parquet")
    )
    assert compared(paths) == []


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("count", [49, 50])
def test_files_at_a_boundary(category: str, count: int, tmp_path: Path) -> None:
    assert compared([boundary(tmp_path / "made.csv", category, count, copies=3)]) == []


@pytest.mark.parametrize(
    "seeds", [*(range(first, first + TOGETHER) for first in range(0, DUMPS, TOGETHER)), DIFFERED]
)
def test_random_dumps(seeds: Sequence[int], tmp_path: Path) -> None:
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = dumps.dump(seed, folder)
        assert (seed, compared(made.paths, made.given)) == (seed, [])


def test_the_reference_counts_as_the_law_has_it(tmp_path: Path) -> None:
    """Not only as the scanner does: the expected figures of the cases are from the text of the law."""
    for case in ROWS:
        for expected in tomllib.loads((FIXTURES / "cases" / case / "expected.toml").read_text("utf-8"))[
            "scan"
        ]:
            if expected.get("options"):
                continue
            folder = FIXTURES / "cases" / case
            found = scan.scan([folder / file for file in expected["files"]], TODAY)
            told = {reading: expected[reading] for reading in ("low", "main", "high")}
            assert found["verdict"] == told, case


def test_a_difference_is_told(tmp_path: Path) -> None:
    """A cell that only one of them sees is not overlooked."""
    path = boundary(tmp_path / "made.csv", "identity", 20)
    report = reported([path], reading.Given())
    path.write_bytes(path.read_bytes() + path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2] + b"\n")
    told = list(comparing.differences(report, scan.scan([path], TODAY)))
    assert "stages.rows: 20, the reference 21" in told
    assert "stages.exact_duplicates: 0, the reference 1" in told
    assert any(line.startswith("findings.0/None/20/") for line in told)


def test_a_dump_depends_on_its_seed_alone(tmp_path: Path) -> None:
    made = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        made.append([path.read_bytes() for path in dumps.dump(7, folder).paths])
    assert made[0] == made[1]


def test_it_shares_no_code_with_the_scanner() -> None:
    here = Path(__file__)
    used = ["digits", "moments", "address", "address_words", "address_latin"]
    references = [
        here.parents[1] / "kernels" / f"{name}_reference.py" for name in used if name != "address_words"
    ]
    references.append(here.parents[1] / "kernels" / "address_reference_words.py")
    for path in [*here.parent.glob("*.py"), *references]:
        if path != here:
            assert "scanner" not in set(imported(path)), path.name


def imported(path: Path) -> Iterator[str]:
    """The first parts of the names of all modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


# The campaign ---------------------------------------------------------------------------------------------------


def each_fixture(trials: bool) -> Iterator[tuple[str, Callable[[Path], list[Path]]]]:
    """A name and what gives the files, for everything under fixtures/ and the files at a boundary."""
    for folder in ("demo", "worked"):
        paths = sorted(p for p in (FIXTURES / folder).iterdir() if p.suffix in (".csv", ".txt", ".parquet"))
        yield folder, lambda _, paths=paths: paths  # type: ignore[misc]
    for case in [*ROWS, *(TRIALS if trials else SMALL_TRIALS)]:
        yield case, lambda folder, case=case: files_of(case, folder)  # type: ignore[misc]
    for category in CATEGORIES:
        yield (
            f"boundary {category}",
            lambda folder, category=category: [  # type: ignore[misc]
                boundary(folder / "made.csv", category, 50, copies=3)
            ],
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dumps", type=int, default=1000, help="how many random dumps")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--trials", action="store_true", help="the large cases, too")
    parser.add_argument("--log", type=Path, help="where to write what was compared")
    parser.add_argument("--keep", type=Path, help="where to keep the dumps that differ")
    chosen = parser.parse_args(arguments)
    begun, differing, rows = time.monotonic(), [], 0
    lines = []
    for name, make in each_fixture(chosen.trials):
        with tempfile.TemporaryDirectory() as folder:
            told = compared(make(Path(folder)))
        lines.append(f"{name}: {'the same' if not told else 'DIFFERS'}")
        lines += [f"    {line}" for line in told]
        differing += [name] if told else []
        print(lines[-1 - len(told)], flush=True)
    for seed in range(chosen.first, chosen.first + chosen.dumps):
        with tempfile.TemporaryDirectory() as folder:
            made = dumps.dump(seed, Path(folder))
            rows += made.rows
            told = compared(made.paths, made.given)
        if told:
            differing.append(f"seed {seed}")
            lines += [f"seed {seed}: DIFFERS", *(f"    {line}" for line in told)]
            print("\n".join(lines[-1 - len(told) :]), flush=True)
            if chosen.keep:
                (chosen.keep / str(seed)).mkdir(parents=True, exist_ok=True)
                dumps.dump(seed, chosen.keep / str(seed))
    last = chosen.first + chosen.dumps - 1
    lines += [f"random dumps, seeds {chosen.first} to {last} ({rows} rows): {chosen.dumps} compared"]
    lines += [f"{len(differing)} of all differ" + (": " + ", ".join(differing) if differing else "")]
    head = [
        f"leaktally {__version__} and the reference, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
    ]
    lines = [*head, *lines, f"{time.monotonic() - begun:.0f} s"]
    print("\n".join(lines[-3:]))
    if chosen.log:
        chosen.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
