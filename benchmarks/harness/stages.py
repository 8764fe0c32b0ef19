"""The stages of a scan: which functions of the package each of them is.

A row of ``STAGES`` is all that a new stage needs. Detectors are found by themselves.
"""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path

from .clock import StageClock

OUTSIDE = "outside of all stages"  # imports, other threads' library code
UNDIVIDED = frozenset({"inspect the head", "set up: detectors"})
STAGES = {
    "scanner.sources.file:InputFile.read": "read",
    "scanner.sources.file:InputFile.readinto": "read",
    "scanner.sources.hashing:Digests.update": "hash (SHA-256)",
    "scanner.sources.blocks:Blocks.advance": "blocks (buffers, copies)",
    "scanner.sources.blocks:count_invalid": "check UTF-8",
    "scanner.sources.blocks:transcode": "transcode",
    "scanner.kernels.tokenize:tokenize": "tokenise",
    "scanner.sources.delimited:DelimitedSource.plan": "inspect the head",
    "scanner.sources.opening:Sources.batches": "source, rest",
    "scanner.sources.parquet:_read": "Parquet decoding",
    "scanner.sources.arrow:batch_of": "Arrow columns to cells",
    "scanner.detectors.profile:profile_of": "shared: byte classes of cells",
    "scanner.scanning.survey:surveyed": "shared: byte classes of cells",
    "scanner.detectors.runs:runs_of": "shared: number runs",
    "scanner.kernels.spans:filled": "statistics: filled cells",
    "scanner.kernels.spans:overlapping": "statistics: overlaps",
    "scanner.scanning.candidates:counted": "statistics: judge candidates",
    "scanner.scanning.restored:restored": "statistics: damaged numbers",
    "scanner.scanning.restored:set_apart": "statistics: damaged numbers",
    "scanner.scanning.restored:truncated": "statistics: damaged numbers",
    "scanner.detectors.asked:asked": "shared: gates",
    "scanner.scanning.records:_sample": "statistics: samples",
    "scanner.kernels.sets:some_distinct": "statistics: variety",
    "scanner.scanning.records:_scan_column": "statistics: rest of a column",
    "scanner.tallies.tally:Groups.__init__": "signatures of rows",
    "scanner.store.keys:match_keys": "keys of values",
    "scanner.store.keys:row_keys": "keys of rows",
    "scanner.tallies.ties:add_links": "links of rows",
    "scanner.tracks.points:add_points": "points of tracks",
    "scanner.scanning.plausible:plausible_cells": "statistics: plausible cells",
    "scanner.scanning.records:scan_batch": "records, rest",
    "scanner.store.distinct:DistinctStore.add": "store: add",
    "scanner.store.distinct:DistinctStore.count_each": "summary: counting",
    "scanner.persons.counting:Links.__init__": "summary: linking",
    "scanner.persons.counting:Links.persons": "summary: persons",
    "scanner.store.distinct:DistinctStore._compact": "store: sets",
    "scanner.store.distinct:DistinctStore._shrink": "store: spill",
    "scanner.store.distinct:DistinctStore.merge": "store: merge",
    "scanner.store.distinct:DistinctStore.made_of_partitions": "store: pieces at the end",
    "scanner.tallies.ties:TiedValues.of": "summary: values of tuples",
    "scanner.summary.summarise:summarise": "summary",
    "scanner.document.build:build": "report: document",
    "scanner.reports.json_report:render": "report: JSON",
    "scanner.run.job:file_inputs": "set up: inputs",
    "scanner.detectors.registry:detectors": "set up: detectors",
    "scanner.run.job:run": "job, rest",
}


def watch_scan(clock: StageClock) -> None:
    """Puts the clock into the package, for the rest of this process."""
    from scanner.detectors import registry

    for where in STAGES:  # some are imported on first use only
        with contextlib.suppress(ImportError):
            importlib.import_module(where.partition(":")[0])
    for where, stage in STAGES.items():
        clock.watch(where, stage)
    from datetime import date

    classes = {
        each
        for made in registry.detectors(date.today())
        for each in type(made).__mro__
        if "find" in vars(each)
    }
    for kind in classes - {object}:
        if kind.__module__ != "scanner.model":
            clock.watch(
                f"{kind.__module__}:{kind.__qualname__}.find", lambda self, *_: f"detector {self.name}"
            )
    clock.seconds.clear()
    clock.calls.clear()


def table(clock: StageClock, total: float, size: int) -> str:
    """The stages as a table for people; ``total`` seconds of ``size`` bytes."""
    rows = sorted(clock.seconds.items(), key=lambda item: -item[1])
    outside = total - sum(clock.seconds.values())
    lines = [f"{'stage':38} {'calls':>8} {'seconds':>9} {'share':>7} {'ms/MB':>8}"]
    for stage, seconds in [*rows, (OUTSIDE, outside)]:
        share, pace = 100 * seconds / total, 1000 * seconds / max(size / 1e6, 1e-9)
        lines.append(f"{stage:38} {clock.calls[stage]:8} {seconds:9.3f} {share:6.1f}% {pace:8.3f}")
    lines.append(f"{'total':38} {'':8} {total:9.3f} {100:6.1f}% {1000 * total / max(size / 1e6, 1e-9):8.3f}")
    return "\n".join(lines)


def kind_of(stage: str) -> str:
    """What a stage is one of: the words before the colon, or a detector."""
    return "detectors" if stage.startswith("detector ") else stage.partition(": ")[0]


def bytes_in(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return (
        path.stat().st_size
        if path.is_file()
        else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    )
