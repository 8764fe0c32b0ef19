"""100 million rows, exactly: ``python benchmarks/hundred_million.py --help``; see benchmarks/README.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # and not this folder, whose profile.py would stand in for the standard library's

import click  # noqa: E402

from benchmarks.harness import machine  # noqa: E402
from benchmarks.harness.process import Run, run  # noqa: E402

MEMORY = "1G"
MOST_BYTES = 10**9  # of resident memory
VALUES = ("resident_id", "mobile_phone")
MOST_TIMES = 2.0  # the time of the same scan without distinct counting


def counted(report: dict[str, Any]) -> dict[str, int]:
    """What a report says of the figures that the dump's truth names."""
    return {
        "rows": report["records"]["rows"],
        "records": report["records"]["distinct"],
        "persons": report["subjects"]["distinct"],
        **{name: report["labels"].get(name, {}).get("distinct", 0) for name in VALUES},
    }


def verdict(
    truth: dict[str, int], found: dict[str, int], exact: list[Run], plain: list[Run]
) -> dict[str, Any]:
    """The figures of a campaign and whether they hold."""
    times = min(each.wall for each in exact) / min(each.wall for each in plain)
    peak = max(each.peak for each in exact)
    return {
        "truth": truth,
        "found": found,
        "memory": MEMORY,
        "runs": [each.as_dict() for each in exact],
        "runs without distinct counting": [each.as_dict() for each in plain],
        "times": times,
        "peak": peak,
        "exact": truth == found,
        "holds": truth == found and peak <= MOST_BYTES and times <= MOST_TIMES,
    }


def page(result: dict[str, Any], facts: dict[str, str]) -> str:
    """The figures for people."""
    exact, plain = result["runs"], result["runs without distinct counting"]
    loads = ", ".join(f"{each['load']:.1f}" for each in exact + plain)
    lines = [
        f"# {result['truth']['rows']:,} rows, counted exactly",
        "",
        "| | by construction | counted |",
        "|---|---:|---:|",
        *(f"| {name} | {result['truth'][name]:,} | {result['found'][name]:,} |" for name in result["truth"]),
        "",
        f"- Exact: {'yes' if result['exact'] else 'NO'}.",
        f"- Greatest resident memory with `--memory {MEMORY}`: {result['peak'] / 1e6:.0f} MB "
        f"(at most {MOST_BYTES / 1e6:.0f}).",
        f"- Time: {min(r['wall'] for r in exact):.1f} s; without distinct counting "
        f"{min(r['wall'] for r in plain):.1f} s; {result['times']:.2f} × (at most {MOST_TIMES:g} ×).",
        f"- Load of the machine before each run: {loads} (where others worked on it, times say little).",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
    ]
    return "\n".join(lines)


@click.command()
@click.option("--rows", default=100_000_000, show_default=True, help="Rows of the dump.")
@click.option("--rounds", default=1, show_default=True, help="Runs of each scan.")
@click.option("--jobs", default=lambda: os.cpu_count() or 1, help="Threads; default: all cores.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=ROOT / "out" / "bench", help="Where the dump is kept."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the result; default: in benchmarks/runs."
)
def main(rows: int, rounds: int, jobs: int, cache: Path, out: Path | None) -> None:
    """Scans a dump of known counts with little memory; the exit code is 1 where a count is wrong."""
    path = cache.resolve() / f"narrow-{rows}.csv"
    making = [sys.executable, "-m", "benchmarks.harness.narrow", str(path), str(rows)]
    subprocess.run(making, check=True, cwd=ROOT)
    report = path.with_suffix(".report.json")
    scan = [sys.executable, "-m", "scanner", "scan", path, "-f", "json", "-o", report]
    scan += ["--memory", MEMORY, "--jobs", str(jobs)]
    exact: list[Run] = []
    plain: list[Run] = []
    for _ in range(rounds):
        plain.append(run([sys.executable, "-m", "benchmarks.harness.uncounted", path, str(jobs)]))
        report.unlink(missing_ok=True)
        exact.append(run(scan))
    truth = json.loads(path.with_suffix(".json").read_text())
    result = verdict(truth, counted(json.loads(report.read_text())), exact, plain)
    today = datetime.now(UTC).date().isoformat()
    folder = out or ROOT / "benchmarks" / "runs" / f"{today}-{machine.short_name(jobs)}"
    folder.mkdir(parents=True, exist_ok=True)
    facts = machine.facts(jobs, ROOT)
    (folder / "hundred-million.json").write_text(
        json.dumps({"machine": facts, **result}, indent=1, ensure_ascii=False) + "\n"
    )
    (folder / "hundred-million.md").write_text(page(result, facts))
    click.echo(page(result, facts))
    sys.exit(0 if result["exact"] else 1)


if __name__ == "__main__":
    main()
