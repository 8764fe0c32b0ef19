"""Writes a run's folder: README.md (machine, versions, commands), raw.json (every run), summary.md (the table)."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from .inputs import ROOT
from .measures import GIGABYTE, Results
from .runs import Made
from .stages import OUTSIDE, kind_of
from .table import Measured

LIMITS = ROOT / "benchmarks" / "limits.toml"
LARGEST = 6  # stages that are named where an aim is missed


def number(value: float, unit: str) -> str:
    """A figure as the table shows it; "" is yes or no."""
    if unit == "":
        return "yes" if value else "no"
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return f"{text} ×" if unit == "×" else f"{text} {unit}"


def bound(value: float | None, measured: Measured) -> str:
    """A bound as the table shows it."""
    if value is None:
        return ""
    unit = measured.row.unit
    if unit == "":
        return "yes"
    return f"{'≥' if measured.row.at_least else '≤'} {value:g}{' ' + unit if unit != '×' else ' ×'}"


def verdict(measured: Measured) -> str:
    """What holds: "aim", "must", "no"; empty where nothing is asked."""
    must, aim = measured.holds(measured.row.must), measured.holds(measured.row.aim)
    if measured.figure is None and (measured.row.must is not None or measured.row.aim is not None):
        return "?"
    if must is False:
        return "no"
    if aim:
        return "aim"
    if must:
        return "must" if aim is False else "yes"
    return "aim missed" if aim is False else ""


def summary(table: Sequence[Measured]) -> str:
    """The table in Markdown."""
    lines = ["| what | must | aim | measured | holds |", "|---|---|---|---|---|"]
    for each in table:
        figure = f"— ({each.reason})" if each.figure is None else number(each.figure, each.row.unit)
        cells = [each.row.name, bound(each.row.must, each), bound(each.row.aim, each), figure, verdict(each)]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def measures(results: Results) -> str:
    """Every measure with its median, least and greatest time and its greatest memory, in Markdown."""
    lines = [
        "| measure | runs | median s | least | greatest | processor s | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in results.runs.items():
        times = [run.seconds for run in runs]
        cells = [f"{median(times):.3f}", f"{min(times):.3f}", f"{max(times):.3f}"]
        cells += [f"{median(run.cpu for run in runs):.2f}", f"{max(run.peak for run in runs) / 1e6:.0f}"]
        lines.append(f"| {name} | {len(runs)} | {' | '.join(cells)} |")
    lines += [
        f"| {name} | 0 | {reason.replace('|', '/')} | | | | |" for name, reason in results.reasons.items()
    ]
    return "\n".join(lines) + "\n"


def limits(table: Sequence[Measured], made: Made) -> str:
    """For each row that misses a bound, what limits it: a sentence, and the largest stages of the profile."""
    sentences = tomllib.loads(LIMITS.read_text(encoding="utf-8"))["limits"]
    lines = []
    for each in table:
        if verdict(each) not in ("no", "must", "aim missed"):
            continue
        says = [sentences[each.row.name]] if each.row.name in sentences else []
        stages = made.profiles.get(each.row.profile)
        if stages:
            says.append(f"Processor time of a scan of {each.row.profile}: {shares(stages)}.")
        lines.append(f"- *{each.row.name}*: {' '.join(says) or 'not known yet.'}")
    return "\n".join(["## What limits the rows that miss a bound", "", *lines]) + "\n" if lines else ""


def shares(stages: Mapping[str, float]) -> str:
    """The largest kinds of stages with their shares of the whole."""
    kinds: Counter[str] = Counter()
    for name, seconds in stages.items():
        kinds[kind_of(name)] += seconds
    total = kinds.pop("total")
    return ", ".join(f"{kind} {100 * seconds / total:.0f} %" for kind, seconds in kinds.most_common(LARGEST))


def profile(made: Made) -> str:
    """The stages of every profiled input, for people."""
    parts = []
    for name, stages in made.profiles.items():
        if not stages:
            parts.append(f"{name}: the profile could not be made\n")
            continue
        size, total = made.results.sizes.get(name, 0), stages["total"]
        lines = [f"{name}, {size} bytes, one core", f"{'stage':38} {'seconds':>9} {'share':>7} {'ms/MB':>8}"]
        order = sorted(stages.items(), key=lambda item: (item[0] in (OUTSIDE, "total"), -item[1]))
        for stage, seconds in order:
            pace = 1000 * seconds / max(size / 1e6, 1e-9)
            lines.append(f"{stage:38} {seconds:9.3f} {100 * seconds / total:6.1f}% {pace:8.3f}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write(folder: Path, made: Made, table: Sequence[Measured]) -> None:
    """Writes the folder of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    size = made.plan["size"]
    small = "" if size >= GIGABYTE else SMALL.format(share=size / GIGABYTE)
    parts = [small + summary(table), limits(table, made), measures(made.results)]
    _write(folder / "summary.md", "\n".join(part for part in parts if part))
    machine = "".join(f"- {name}: {value}\n" for name, value in made.facts.items())
    sizes = "".join(f"- {name}: {size} bytes\n" for name, size in made.results.sizes.items())
    command = "".join(f"- `{command}`\n" for command in made.commands)
    _write(folder / "README.md", README.format(command=command, machine=machine, sizes=sizes, small=small))
    _write(folder / "profile.txt", profile(made))
    rows = [
        {"what": each.row.name, "unit": each.row.unit, "must": each.row.must, "aim": each.row.aim}
        | {"measured": each.figure, "reason": each.reason, "holds": verdict(each)}
        for each in table
    ]
    raw = made.as_dict() | {"table": rows}
    _write(folder / "raw.json", json.dumps(raw, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


SMALL = (
    "**The inputs of this run are {share:.2g} of the size that the bounds are meant for, "
    "so starting up weighs more than it should.**\n\n"
)
README = """# A run of the benchmark

[summary.md](summary.md) is the table, [profile.txt](profile.txt) the time per stage of scans on one core, raw.json has
every run. How it is measured: [benchmarks/README.md](../../README.md). Made by

{command}
{small}## Machine and versions

{machine}
## Inputs

{sizes}"""
