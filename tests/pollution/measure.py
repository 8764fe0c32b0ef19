"""How much of what is planted in polluted files is found, and in which rows; for the tests and `make pollution`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from click.testing import CliRunner
from pollution.generator import ENCODINGS, Polluted, files

from scanner import cli

GROUP = 250  # files of one scan
LABELS = ("resident_id", "mobile_phone")
START, END = "<!-- pollution: written by `make pollution` -->\n", "<!-- end of pollution -->\n"


@dataclass(frozen=True)
class Measured:
    """One file: identifiers planted, found in any row, found in their row; and how it was read."""

    file: Polluted
    planted: int
    found: int
    in_row: int
    status: str
    delimiter: str | None
    missing: tuple[tuple[str, str, int], ...]


def measured(polluted: Iterable[Polluted], *options: str) -> list[Measured]:
    """Scans the files, ``GROUP`` at a time, as the command does."""
    rest, results = iter(polluted), []
    while group := list(islice(rest, GROUP)):
        with tempfile.TemporaryDirectory() as name:
            results += _scanned(Path(name), group, options)
    return results


def _scanned(folder: Path, group: Sequence[Polluted], options: Sequence[str]) -> list[Measured]:
    inputs = folder / "in"
    inputs.mkdir()
    for file in group:
        (inputs / file.name).write_bytes(file.content)
    report, findings = folder / "report.json", folder / "findings.jsonl"
    arguments = ["scan", inputs, "-o", report, "--findings", findings, "--reveal", *options]
    ran = CliRunner().invoke(cli.main, [str(each) for each in arguments])
    assert ran.exit_code in (0, 3), ran.output
    read = {Path(each["path"]).name: each for each in json.loads(report.read_text("utf-8"))["inputs"]}
    found: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    with findings.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["label"] in LABELS and row["accepted"]:
                found[Path(row["input"]).name].add((row["label"], row["masked"], row["row"]))
    return [_compared(file, read[file.name], found[file.name]) for file in group]


def _compared(file: Polluted, read: dict[str, str], found: set[tuple[str, str, int]]) -> Measured:
    values = {(label, value) for label, value, _ in found}
    missing = tuple(sorted(each for each in file.planted if each[:2] not in values))
    in_row = len(file.planted & found)
    count = len(file.planted)
    return Measured(file, count, count - len(missing), in_row, read["status"], read["delimiter"], missing)


def table(results: Sequence[Measured]) -> str:
    """The table of the documentation: by family, and by encoding."""
    lines = ["| pollution | files | identifiers | found | in their row |", "|---|--:|--:|--:|--:|"]
    groups: dict[str, list[Measured]] = defaultdict(list)
    for each in results:
        groups[each.file.family].append(each)
    for encoding in ENCODINGS:
        groups[f"all, {encoding}"] = [each for each in results if each.file.encoding == encoding]
    groups["**all**"] = list(results)
    for name, group in groups.items():
        if not group:
            continue
        count = sum(each.planted for each in group)
        found, in_row = (
            sum(values) for values in zip(*((each.found, each.in_row) for each in group), strict=True)
        )
        shares = (f"{100 * part / max(count, 1):.2f} %" for part in (found, in_row))
        lines.append(f"| {name} | {len(group):,} | {count:,} | {' | '.join(shares)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measures all files and writes the table between its marks in a page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--page", type=Path, help="the page to write the table into")
    parser.add_argument("--every", type=int, default=1, help="only each n-th file")
    parser.add_argument("--missing", action="store_true", help="list files in which something was not found")
    given = parser.parse_args()
    results = measured(islice(files(), 0, None, given.every))
    for each in results if given.missing else ():
        if each.found < each.planted or each.in_row < 0.99 * each.planted:
            lost = f"{each.planted - each.found} lost, {each.planted - each.in_row} not in row"
            print(f"{each.file.name}: {lost}, {each.status}, {each.delimiter!r}, {each.missing[:2]}")
    made = table(results)
    print(made)
    if given.page:
        text = given.page.read_text("utf-8")
        before, after = text.index(START) + len(START), text.index(END)
        given.page.write_text(text[:before] + "\n" + made + "\n" + text[after:], "utf-8")


if __name__ == "__main__":
    main()
