"""What is run: groups of measures that take turns (A B C A B C …), so that a slow minute of the machine hits all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import inputs
from .process import FailedError, Run, run, warm

Command = list[str | Path]
PEER_ROWS = {"presidio": 2_000, "stdnum": 20_000, "jionlp": 20_000}
GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes and places of one benchmark.

    ``size``: bytes of the dump (the large one has ten times as many, and there is a phone number for every ten bytes);
    ``rounds``: runs of each measure; ``cores``: those to be used; ``peers``: the Python of the peers, or why not.
    """

    cache: Path
    scratch: Path
    size: int = GIGABYTE
    rounds: int = 5
    cores: tuple[int, ...] = ()
    peers: Path | str = "not asked for"

    @property
    def values(self) -> int:
        """How many values the distinct count is tried with."""
        return self.size // 10

    def said(self) -> dict[str, int]:
        """For raw.json."""
        return {"size": self.size, "rounds": self.rounds, "values": self.values, "cores": len(self.cores)}

    def input(self, name: str) -> Path:
        """An input, made where it is missing."""
        if name == "big.csv":
            return inputs.made(self.cache, "dump.csv", 10 * self.size)
        return inputs.made(self.cache, name, self.values if name == "phones.csv" else self.size)


@dataclass(frozen=True, slots=True)
class Measure:
    """One command to be timed: on how many cores, which inputs it reads, and what is read off its result."""

    name: str
    command: Callable[[Plan], Command]
    cores: int = 1
    reads: tuple[str, ...] = ()
    report: bool = False


@dataclass(slots=True)
class Results:
    """All runs by measure; ``reasons``: why a measure has none; ``sizes``: bytes of each input."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def _task(name: str, *arguments: str) -> Callable[[Plan], Command]:
    def command(plan: Plan) -> Command:
        words = [plan.input(each) if each in inputs.RECIPES else each for each in arguments]
        return [sys.executable, "-m", "benchmarks.harness.tasks", name, *words]

    return command


def _scan(name: str, jobs: int, memory: str | None = None) -> Callable[[Plan], Command]:
    def command(plan: Plan) -> Command:
        report = plan.scratch / "report.json"
        extra = ["--memory", memory] if memory else []
        threads = ["--jobs", str(jobs)] if jobs else []
        return [*program(), "scan", plan.input(name), "-f", "json", "-o", report, *threads, *extra]

    return command


def scan(name: str, jobs: int, memory: str | None = None) -> Measure:
    """The whole scan of an input, as a user starts it."""
    title = f"scan {name}, {jobs} core{'s' if jobs > 1 else ''}"
    return Measure(title, _scan(name, jobs, memory), jobs, (name,), report=True)


def task(name: str, read: str) -> Measure:
    """A task of ``tasks`` on an input, on one core."""
    return Measure(f"{name} {read}", _task(name, read), 1, (read,))


def _peer(name: str, by: str) -> Measure:
    def command(plan: Plan) -> Command:
        if isinstance(plan.peers, str):
            raise FailedError(plan.peers)
        script = inputs.ROOT / "benchmarks" / "peers" / "run.py"
        return [plan.peers, script, name, plan.input("dump.csv"), str(PEER_ROWS[name]), by]

    return Measure(f"{name} by {by}", command, 1, ("dump.csv",))


def program() -> Command:
    """``leaktally`` as it is installed beside this Python, else the module."""
    installed = Path(sys.executable).parent / "leaktally"
    return [installed] if installed.exists() else [sys.executable, "-m", "scanner"]


def _store(plan: Plan) -> Command:
    return [*_task("store")(plan), str(plan.values), str(1 << 30)]


GROUPS: dict[str, tuple[Measure, ...]] = {
    "start": (
        Measure("version", lambda plan: [*program(), "--version"], 0),
        Measure("scan small.csv", _scan("small.csv", 0), 0, ("small.csv",), report=True),
    ),
    "text": (
        task("read_csv", "dump.csv"),
        task("detect", "dump.csv"),
        scan("dump.csv", 1),
        scan("dump.gb18030.csv", 1),
        scan("stock.csv", 1),
        scan("dump.csv", 2),
    ),
    "parquet": (
        task("read_parquet", "dump.parquet"),
        task("detect", "dump.parquet"),
        scan("dump.parquet", 1),
    ),
    "dictionary": (scan("plain.parquet", 1), scan("dictionary.parquet", 1)),
    "files": (scan("files", 1), scan("files", 2)),
    "peers": (
        Measure("scan beside peers", _scan("dump.csv", 1), 1, ("dump.csv",), report=True),
        *(_peer(name, by) for name in PEER_ROWS for by in ("cells", "rows")),
    ),
    "distinct": (
        Measure("scan phones.csv", _scan("phones.csv", 2, "1G"), 2, ("phones.csv",), report=True),
        Measure("store", _store, 1),
    ),
    "big": (
        Measure("scan dump.csv beside big", _scan("dump.csv", 2), 2, ("dump.csv",), report=True),
        scan("big.csv", 2),
    ),
}
LATER = ("big",)  # groups that are measured only if asked for: ten times the bytes of all others
MORE_ROUNDS = {"start": 3}  # times as many runs of what takes a moment


def measure(
    plan: Plan, names: Sequence[str], tell: Callable[[str], None], results: Results | None = None
) -> Results:
    """Runs the groups; what cannot be run has a reason instead. ``results``: what was measured before."""
    results = Results() if results is None else results
    for name in names:
        for each in GROUPS[name]:
            results.runs.pop(each.name, None)
            results.reasons.pop(each.name, None)
        _group(plan, name, results, tell)
    return results


def _group(plan: Plan, name: str, results: Results, tell: Callable[[str], None]) -> None:
    ready = []
    for each in GROUPS[name]:
        if each.cores > max(1, len(plan.cores)):
            results.reasons[each.name] = f"needs {each.cores} cores, and this machine gives {len(plan.cores)}"
            continue
        try:
            command = each.command(plan)
        except FailedError as failure:
            results.reasons[each.name] = str(failure)
            continue
        for read in each.reads:
            path = plan.input(read)
            results.sizes[read] = sum(size for _, size in _files(path))
        ready.append((each, command))
    rounds = plan.rounds * MORE_ROUNDS.get(name, 1)
    for number in range(rounds):
        for each, command in ready:
            if each.name in results.reasons:
                continue
            try:
                if number == 0:
                    for read in each.reads:
                        warm(plan.input(read))
                made = run(command, plan.cores[: each.cores])
                if each.report:
                    made.said.update(read_report(plan.scratch / "report.json"))
            except (FailedError, OSError, ValueError) as failure:
                results.reasons[each.name] = str(failure).replace(str(inputs.ROOT), ".")
                results.runs.pop(each.name, None)
                continue
            results.runs.setdefault(each.name, []).append(made)
            tell(f"{name} {number + 1}/{rounds}: {each.name}: {made.seconds:.3f} s, {made.peak / 1e6:.0f} MB")


def _files(path: Path) -> Iterator[tuple[Path, int]]:
    """Each file of a path with its size."""
    for each in [path] if path.is_file() else sorted(path.rglob("*")):
        if each.is_file():
            yield each, each.stat().st_size


def read_report(path: Path) -> dict[str, Any]:
    """What must not change with the way of running: rows, and for each label its counts."""
    document = json.loads(path.read_text(encoding="utf-8"))
    labels = {name: [count["matches"], count["distinct"]] for name, count in document["labels"].items()}
    records = {name: document["records"][name] for name in ("rows", "identifiable", "distinct")}
    return {"rows": records["rows"], "records": records, "labels": labels}
