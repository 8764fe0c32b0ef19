"""The command line that reports print can be typed again."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from fixtures_reference import DEMO
from running import process

from scanner.document import environment


@pytest.mark.parametrize(
    ("spec", "argv", "orig", "told"),
    [
        (
            None,
            ["/x/bin/leaktally", "scan", "a b"],
            ["py", "/x/bin/leaktally", "scan", "a b"],
            "/x/bin/leaktally scan 'a b'",
        ),
        (
            "scanner.__main__",
            ["/x/__main__.py", "scan", "a"],
            ["py", "-X", "dev", "-m", "scanner", "scan", "a"],
            "py -X dev -m scanner scan a",
        ),
        ("scanner.__main__", ["/x/__main__.py"], ["py", "-m", "scanner"], "py -m scanner"),
        ("scanner.__main__", ["/x/__main__.py", "a"], ["py", "-mscanner", "a"], "py -m scanner a"),
        (
            "scanner.__main__",
            ["/x/__main__.py", "a", "--more"],
            ["py", "-m", "scanner", "a"],
            "py -m scanner a --more",
        ),
        (
            "runs",
            ["/x/runs.py", "--password", "p"],
            ["py", "-m", "runs", "--password", "p"],
            "py -m runs --password '***'",
        ),
    ],
)
def test_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str], orig: list[str], told: str
) -> None:
    main = SimpleNamespace(__spec__=spec and SimpleNamespace(name=spec))
    monkeypatch.setitem(sys.modules, "__main__", main)  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", orig)
    assert shlex.join(environment.command()) == told


def test_a_scan_can_be_repeated_from_its_report() -> None:
    first = process("scan", DEMO / "inventory.csv", "-f", "json").document
    command = first["run"]["environment"]["command_line"]
    assert "__main__" not in command
    root = Path(environment.__file__).parents[2]
    again = subprocess.run(command, shell=True, cwd=root, capture_output=True, check=True, timeout=60)
    second = json.loads(again.stdout)
    assert {**second, "run": None} == {**first, "run": None}
    assert second["run"]["environment"]["command_line"] == command
