"""Writes a run's folder: README.md (machine, versions, command), raw.json (every run), summary.md (the table)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from .measures import GIGABYTE, Plan, Results
from .table import Measured


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


def write(
    folder: Path,
    results: Results,
    table: Sequence[Measured],
    plan: Plan,
    facts: Mapping[str, str],
    command: str,
    profile: str,
) -> None:
    """Writes the folder of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    small = "" if plan.size >= GIGABYTE else SMALL.format(share=plan.size / GIGABYTE)
    _write(folder / "summary.md", small + summary(table) + "\n" + measures(results))
    machine = "".join(f"- {name}: {value}\n" for name, value in facts.items())
    sizes = "".join(f"- {name}: {size} bytes\n" for name, size in results.sizes.items())
    _write(folder / "README.md", README.format(command=command, machine=machine, sizes=sizes, small=small))
    _write(folder / "profile.txt", profile)
    raw = {
        "command": command,
        "machine": dict(facts),
        "plan": {"size": plan.size, "rounds": plan.rounds, "values": plan.values, "cores": len(plan.cores)},
        "sizes": results.sizes,
        "table": [
            {"what": each.row.name, "unit": each.row.unit, "must": each.row.must, "aim": each.row.aim}
            | {"measured": each.figure, "reason": each.reason, "holds": verdict(each)}
            for each in table
        ],
        "runs": {name: [run.as_dict() for run in runs] for name, runs in results.runs.items()},
        "reasons": results.reasons,
    }
    _write(folder / "raw.json", json.dumps(raw, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


SMALL = (
    "**The inputs of this run are {share:.2g} of the size that the bounds are meant for, "
    "so starting up weighs more than it should.**\n\n"
)
README = """# A run of the benchmark

Made by `{command}`; [summary.md](summary.md) is the table, [profile.txt](profile.txt) the time per stage of a scan of
the dump on one core, raw.json has every run. How it is measured: [benchmarks/README.md](../../README.md).

{small}## Machine and versions

{machine}
## Inputs

{sizes}"""
