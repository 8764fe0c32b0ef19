"""Time per stage of one scan: ``python benchmarks/profile.py FILE [--jobs N] [--core N] [--group]``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # and not this folder, whose profile.py would stand in for the standard library's

import click  # noqa: E402

from benchmarks.harness.clock import StageClock  # noqa: E402
from benchmarks.harness.stages import OUTSIDE, UNDIVIDED, bytes_in, kind_of, table, watch_scan  # noqa: E402


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--jobs", default=1, show_default=True, help="Threads.")
@click.option("--core", type=int, help="Stay on this core.")
@click.option("--memory", default=512, show_default=True, help="MiB for exact distinct counts.")
@click.option(
    "--group", is_flag=True, help="Add up stages of one kind (the word before the colon, all detectors)."
)
@click.option("--json", "as_json", is_flag=True, help="Seconds by stage, and their total, as JSON.")
def main(path: Path, jobs: int, core: int | None, memory: int, group: bool, as_json: bool) -> None:
    """Scans PATH with every stage timed in processor seconds. The clock costs a few microseconds a call."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    from scanner.reports import json_report
    from scanner.run import job

    clock = StageClock(UNDIVIDED)
    watch_scan(clock)
    started, spent = perf_counter(), process_time()
    options = job.Options(jobs=jobs, memory=memory << 20)
    result = job.run(job.file_inputs([path], options), options)
    report = json_report.render(result.document)
    wall, total = perf_counter() - started, process_time() - spent
    if group:
        clock = folded(clock)
    if as_json:
        outside = total - sum(clock.seconds.values())
        click.echo(json.dumps({**clock.seconds, OUTSIDE: outside, "total": total}))
        return
    click.echo(table(clock, total, bytes_in(path)))
    pace = bytes_in(path) / 1e6
    click.echo(
        f"{pace / total:.0f} MB/s of processor time, {pace / wall:.0f} MB/s of the clock ({wall:.3f} s)"
    )
    click.echo(f"report of {len(report)} bytes")
    if clock.missing:
        click.echo(f"not found, so in the stages around them: {', '.join(clock.missing)}", err=True)


def folded(clock: StageClock) -> StageClock:
    """The same times by kind of stage."""
    sums = StageClock()
    for stage, seconds in clock.seconds.items():
        sums.seconds[kind_of(stage)] += seconds
        sums.calls[kind_of(stage)] += clock.calls[stage]
    sums.missing = clock.missing
    return sums


if __name__ == "__main__":
    main()
