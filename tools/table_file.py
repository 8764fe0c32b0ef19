"""Writes tables in the form scanner.knowledge reads; and the command line that all builds share."""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

TABLES = Path(__file__).resolve().parent.parent / "patterns" / "tables"


def write_table(
    path: Path, header: dict[str, str], columns: Sequence[str], rows: Iterable[Sequence[str | int]]
) -> int:
    """Writes ``# key: value`` lines, the column names and the rows; UTF-8, LF; returns how many rows.

    Raises ValueError for a row of the wrong width or a value that holds a line break.
    """
    text = io.StringIO()
    for key, value in header.items():
        if "\n" in key + value or ":" in key:
            raise ValueError(f"The header '{key}: {value}' does not fit on a line.")
        text.write(f"# {key}: {value}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        if len(row) != len(columns) or any("\n" in str(value) or "\r" in str(value) for value in row):
            raise ValueError(f"{path.name}: the row {row!r} does not fit the columns {list(columns)!r}.")
        writer.writerow(row)
        count += 1
    path.write_bytes(text.getvalue().encode("utf-8"))
    return count


def run(build: Callable[[Path, Path], None], what: str) -> None:
    """The command line of a build: ``[--packages FOLDER] [--out FOLDER]``, then ``build(packages, out)``."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument(
        "--packages", type=Path, help="keep the downloaded packages here (default: a temporary folder)"
    )
    parser.add_argument("--out", type=Path, default=TABLES, help="where the tables are written")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.packages:
        options.packages.mkdir(parents=True, exist_ok=True)
        build(options.packages, options.out)
    else:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), options.out)
