"""Reads patterns/ for the reference scanner: TOML files and tables, nothing else."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2] / "patterns"


class Table(NamedTuple):
    """A table by its columns."""

    columns: dict[str, tuple[str, ...]]

    def rows(self) -> list[dict[str, str]]:
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]


@cache
def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


@cache
def folder(name: str) -> list[dict[str, Any]]:
    return [toml(f"{name}/{path.name}") for path in sorted((ROOT / name).glob("*.toml"))]


@cache
def table(name: str) -> Table:
    lines = (ROOT / "tables" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    head, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    return Table(dict(zip(head, zip(*rows, strict=True), strict=True)))
