"""Compares dumps: how many persons and records they share, exactly, and which overlaps with which.

The way from a seized file to the system that leaked it: each path is a side; of one folder, each of its files.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import scanner
from scanner import knowledge
from scanner.document.build import SCHEMA_VERSION, input_entry, issues
from scanner.document.environment import command
from scanner.errors import ScannerError
from scanner.model import Batch
from scanner.overlaps import Overlaps, of_records
from scanner.persons.gatherings import MOST_PAIRED
from scanner.run import job
from scanner.sources.file import STDIN

SETS_TOLD = 1000  # sets of sides in the document


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared with the others: a file, or all files of a folder."""

    name: str
    inputs: tuple[job.Input, ...]


def sides_of(paths: Sequence[str | Path], options: job.Options) -> list[Side]:
    """Each path as a side; a single folder gives one for each of its files. ScannerError for fewer than two."""
    starts = [str(path) for path in paths]
    if starts.count(STDIN) > 1:
        raise ScannerError("standard input can be read only once, so it can be only one of the sides.")
    if len(starts) == 1:
        found = job.file_inputs(starts, options) if Path(starts[0]).is_dir() else []
        sides = [Side(item.record.path, (item,)) for item in found]
    else:
        sides = [Side(start, tuple(job.file_inputs([start], options))) for start in starts]
    if len(sides) < 2:
        raise ScannerError(
            "a comparison needs two sides: give two paths, or a folder with two files or more."
        )
    if len(sides) > MOST_PAIRED:
        raise ScannerError(f"a comparison has at most {MOST_PAIRED} sides, and these are {len(sides)}.")
    return sides


def run(
    sides: Sequence[Side],
    options: job.Options,
    progress: Callable[[Batch], None] | None = None,
) -> dict[str, Any]:
    """The document of a comparison (docs/compare.md). PatternError and PluginError before anything is read."""
    started, clock = datetime.now(UTC), time.monotonic()
    options = replace(options, as_of=options.day())
    inputs = [item for side in sides for item in side.inputs]
    own = [number for number, side in enumerate(sides) for _ in side.inputs]
    tally, summary, _, found = job.scanned(
        inputs, options, job.job_of(options), progress=progress, sides=dict(enumerate(own))
    )
    persons = Overlaps.of_persons(summary.persons)
    tags = {
        key: np.array([tally.signature_tag(signature) for signature in known], np.uint64)
        for key, known in summary.profiles.items()
    }
    sides_of_entries = {place: own[index] for place, index in enumerate(found.inputs)}
    records = of_records(tally, tags, sides_of_entries)
    entries = [
        {"side": sides_of_entries[place], **input_entry(record, tables)}
        for place, (record, tables) in enumerate(
            zip(found.records, tally.by_input(len(found.records)), strict=True)
        )
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "leaktally", "version": scanner.__version__, "knowledge_sha256": knowledge.sha256()},
        "options": _options_shown(options),
        "inputs": entries,
        "sides": [_side(number, side, entries, persons, records) for number, side in enumerate(sides)],
        "distinct": {"persons": persons.total, "records": records.total},
        "pairs": _pairs(persons, records),
        "sets": {"persons": _sets(persons), "records": _sets(records)},
        "issues": list(issues(found.records)),
        "run": {
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - clock, 3),
            "host": platform.node(),
            "jobs": options.threads(),
            "command": command(),
        },
    }


def _options_shown(options: job.Options) -> dict[str, Any]:
    """What of the options bears on a comparison."""
    shown = job.options_shown(options)
    return {key: shown[key] for key in ("as_of", "encoding", "delimiter", "header", "quote", "patterns")}


def _side(
    number: int, side: Side, entries: Sequence[dict[str, Any]], persons: Overlaps, records: Overlaps
) -> dict[str, Any]:
    own = [entry for entry in entries if entry["side"] == number]
    return {
        "name": side.name,
        "inputs": len(own),
        "rows": sum(entry["rows"] for entry in own),
        "records": records.held[number],
        "persons": persons.held[number],
        "shared_records": records.held[number] - records.sets[frozenset({number})],
        "shared_persons": persons.held[number] - persons.sets[frozenset({number})],
        "complete": all(entry["status"] == "complete" for entry in own),
    }


def _pairs(persons: Overlaps, records: Overlaps) -> list[dict[str, Any]]:
    """Pairs of sides that share something: most persons first, then most records."""
    found = set(persons.pairs) | set(records.pairs)
    order = sorted(found, key=lambda pair: (-persons.pairs[pair], -records.pairs[pair], pair))
    return [
        {
            "sides": list(pair),
            "persons": persons.pairs[pair],
            "persons_of_smaller": _share(persons, pair),
            "records": records.pairs[pair],
            "records_of_smaller": _share(records, pair),
        }
        for pair in order
    ]


def _share(overlaps: Overlaps, pair: tuple[int, int]) -> float | None:
    """What is shared, as a share of the smaller side, cut so that 1 is all of it; None where that has nothing."""
    smaller = min(overlaps.held[side] for side in pair)
    return overlaps.pairs[pair] * 10**6 // smaller / 10**6 if smaller else None


def _sets(overlaps: Overlaps) -> dict[str, Any]:
    """Sets of several sides by what just these share, the most first; ``further``: what is in sets beyond these."""
    several = [(count, sorted(held)) for held, count in overlaps.sets.items() if len(held) > 1]
    several.sort(key=lambda item: (-item[0], item[1]))
    told = several[:SETS_TOLD]
    further = overlaps.further + sum(count for count, _ in several[SETS_TOLD:])
    return {"sets": [{"sides": held, "count": count} for count, held in told], "further": further}
