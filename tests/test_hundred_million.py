"""The campaign of many rows: what the dump is said to hold is what a slow count of its text finds."""

import csv
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
narrow = importlib.import_module("benchmarks.harness.narrow")
hundred_million = importlib.import_module("benchmarks.hundred_million")
process = importlib.import_module("benchmarks.harness.process")


def slow_count(path: Path) -> dict[str, int]:
    """Counts the text by itself, persons by following their numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    parent: dict[tuple[str, ...], tuple[str, ...]] = {}

    def root(node: tuple[str, ...]) -> tuple[str, ...]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for name, number, phone, _ in rows:
        nodes = ([("id", number)] if number else []) + ([("phone", phone, name)] if phone else [])
        for node in nodes:
            parent[root(node)] = root(nodes[0])
    return {
        "rows": len(rows),
        "records": len(set(rows)),
        "persons": len({root(node) for node in parent}),
        "resident_id": len({row[1] for row in rows} - {""}),
        "mobile_phone": len({row[2] for row in rows} - {""}),
    }


def test_the_dump_holds_what_is_said_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(narrow, "CHUNK", 700)
    truth = narrow.made(tmp_path / "a.csv", 3000)
    assert truth == slow_count(tmp_path / "a.csv")
    assert 0.6 < truth["records"] / 3000 < 0.8
    monkeypatch.setattr(narrow, "CHUNK", 10_000)
    assert narrow.made(tmp_path / "b.csv", 3000) == truth
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_small_campaign_is_exact(tmp_path):
    words = ["--rows", "20000", "--jobs", "2", "--cache", tmp_path, "--out", tmp_path / "run"]
    subprocess.run([sys.executable, ROOT / "benchmarks" / "hundred_million.py", *words], check=True, cwd=ROOT)
    result = json.loads((tmp_path / "run" / "hundred-million.json").read_text())
    assert result["exact"]
    assert result["found"] == result["truth"] == slow_count(tmp_path / "narrow-20000.csv")
    assert "Exact: yes" in (tmp_path / "run" / "hundred-million.md").read_text()


RIGHT = {"rows": 5, "records": 4}


@pytest.mark.parametrize(
    ("found", "wall", "peak", "holds"),
    [
        (RIGHT, 2.0, 10**9, True),
        ({**RIGHT, "records": 5}, 2.0, 10**9, False),
        (RIGHT, 2.1, 10**9, False),
        (RIGHT, 2.0, 10**9 + 1, False),
    ],
)
def test_what_holds(found, wall, peak, holds):
    exact, plain = process.Run(wall, 1, peak, 0, 0), process.Run(1.0, 1, 2 * 10**9, 0, 0)
    result = hundred_million.verdict(RIGHT, found, [exact], [plain])
    assert result["holds"] == holds
    assert result["exact"] == (found == RIGHT)
