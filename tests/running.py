"""Ways to run the whole tool: in this process, through its commands, and as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from fixtures_reference import ROOT, make

from scanner import cli
from scanner.model import ReadOptions
from scanner.run import job

TODAY = date(2026, 1, 1)
TODAY_OPTION = ("--as-of", TODAY.isoformat())


def scanned(*paths: object, read: ReadOptions | None = None, **choices: Any) -> dict[str, Any]:
    """The document of a scan of files and folders, one thread unless told otherwise."""
    options = job.Options(**{"as_of": TODAY, "jobs": 1, "read": read or ReadOptions(), **choices})
    return job.run(job.file_inputs([str(path) for path in paths], options), options).document


def scanned_table(data: object, **choices: Any) -> dict[str, Any]:
    """The document of a scan of a DataFrame or Arrow data."""
    options = job.Options(**{"as_of": TODAY, "jobs": 1, **choices})
    return job.run([job.table_input(data)], options).document


def lasting(document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a document that may not differ between two runs on the same input."""
    return {key: value for key, value in document.items() if key != "run"}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON: fails where anything but the report was written there."""
        return json.loads(self.out)

    @property
    def sentences(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


def command(*arguments: object, stdin: bytes | None = None) -> Ended:
    """Runs the command in this process."""
    texts = [str(argument) for argument in arguments]
    result = CliRunner().invoke(cli.main, texts, input=stdin, prog_name="leaktally")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout_bytes, result.stderr)


def process(
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    cwd: Path | None = None,
    stdout: Any = subprocess.PIPE,
    timeout: float = 60,
) -> Ended:
    """Runs the command as a process of its own; fails on a traceback and where it does not end."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=variables,
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
    err = done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in err, err
    return Ended(done.returncode, done.stdout or b"", err)


def boundary(path: Path, category: str, count: int, copies: int = 0, seed: int = 1) -> Path:
    """A file of exactly ``count`` different records of a category (fixtures/make.py boundary)."""
    arguments = ["boundary", "--category", category, "--count", count, "--copies", copies]
    ran = CliRunner().invoke(make.main, [str(a) for a in (*arguments, "--seed", seed, "--out", path)])
    assert ran.exit_code == 0, ran.output
    return path


def rows_file(path: Path, rows: Sequence[str], encoding: str = "utf-8", newline: str = "\n") -> Path:
    """A text file of these lines."""
    path.write_bytes("".join(row + newline for row in rows).encode(encoding))
    return path
