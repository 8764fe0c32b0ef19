"""Runs one command as a process of its own, on chosen cores, and tells what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KILOBYTE = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True, slots=True)
class Run:
    """``wall`` and ``cpu`` in seconds (start of Python and imports included), ``peak`` in bytes.

    ``load``: running processes on the machine when it began, over the last minute. ``said``: what it printed.
    """

    wall: float
    cpu: float
    peak: int
    load: float
    code: int
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Of the work alone where the process tells it, else from start to end."""
        return float(self.said.get("seconds", self.wall))

    def as_dict(self) -> dict[str, Any]:
        """For raw.json."""
        return asdict(self) | {"seconds": self.seconds}


class FailedError(Exception):
    """A measured command ended badly."""


def cores() -> list[int]:
    """The cores that this process may use; none where the system cannot tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def run(command: Sequence[str | Path], on: Sequence[int] = (), accepted: Sequence[int] = (0,)) -> Run:
    """Runs a command on the cores ``on`` (empty: any). Raises FailedError for an exit code that is not ``accepted``.

    The child's peak begins with what the parent held when it was started, so the parent loads nothing large.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    before, load = cores(), os.getloadavg()[0]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if on:
            os.sched_setaffinity(0, on)  # inherited by the child
        try:
            started = perf_counter()
            child = subprocess.Popen(
                [str(word) for word in command], stdout=out, stderr=err, cwd=ROOT, env=environment
            )
            _, status, used = os.wait4(child.pid, 0)
            wall = perf_counter() - started
        finally:
            if on:
                os.sched_setaffinity(0, before)
        child.returncode = code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, trouble = out.read(), err.read().decode("utf-8", "replace")
    if code not in accepted:
        words = " ".join(map(str, command))
        raise FailedError(f"{words} ended with {code}: {trouble.strip().splitlines()[-1:] or 'no message'}")
    said = json.loads(text) if text.startswith(b"{") and text.count(b"\n") == 1 else {}
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * KILOBYTE, load, code, said)


def warm(path: Path) -> None:
    """Reads a file or a folder's files once, so that no run waits for the disk."""
    for each in [path] if path.is_file() else sorted(path.rglob("*")):
        if each.is_file():
            with each.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
