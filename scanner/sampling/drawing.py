"""Draws a truth sample from a scan: the scan, its strata, the sizes, the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from scanner.errors import ScannerError
from scanner.model import Batch
from scanner.policy import TierPolicy
from scanner.run import job, local
from scanner.sampling import record
from scanner.sampling.places import Places
from scanner.sampling.rows import Row, read_rows
from scanner.sampling.size import allocate, most_needed, needed
from scanner.sampling.strata import Population, population
from scanner.scanning.records import Job
from scanner.sources.file import STDIN
from scanner.summary.summarise import Summary
from scanner.tallies.tally import TableKey, Tally

MOST_DRAWN = 1_000_000  # a sheet has no more rows


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: ``size`` records, or as many as show a share to ± ``margin`` at ``confidence`` (percent)."""

    seed: int
    confidence: float = 95.0
    margin: float = 5.0
    size: int | None = None
    minimum: int = 1

    def most(self) -> int:
        """The most records that any stratum can be asked for."""
        return max(self.minimum, self.size or most_needed(self.confidence, self.margin))

    def shown(self) -> dict[str, Any]:
        """As in the record; what did not matter is None."""
        by_margin = self.size is None
        return {
            "seed": self.seed,
            "confidence": self.confidence if by_margin else None,
            "margin": self.margin if by_margin else None,
            "size": self.size,
            "minimum": self.minimum,
        }


class Sample(NamedTuple):
    """A draw: its record, the drawn rows in the same order, and the document of the scan."""

    record: record.Record
    rows: list[Row]
    document: dict[str, Any]


class _Sampler:
    """What the job tells while it runs."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.seeker: Job
        self._places: Places
        self.found: Population

    def start(self, seeker: Job, options: job.Options) -> local.Sink:
        self.seeker = seeker
        self._places = Places(seeker, options.memory // 4, options.tmp)
        return self._places.collect

    def draw(self, document: dict[str, Any], tally: Tally, summary: Summary, policy: TierPolicy) -> None:
        self.found = population(
            self._places.store, tally, summary, policy, document["inputs"], self._plan.seed, self._plan.most()
        )


def sample(
    inputs: Sequence[job.Input],
    paths: Sequence[str],
    options: job.Options,
    plan: Plan,
    progress: Callable[[Batch], None] | None = None,
) -> Sample:
    """Scans, draws, and reads the drawn rows again; a second reading, but no second scan.

    ``inputs``: those of ``paths`` (``job.file_inputs``). The same seed, files and options give the same rows.
    ScannerError where nothing counts, where too many records are asked for, or where a file is not what it was when
    it was counted; whatever ``job.run`` raises.
    """
    if STDIN in paths:
        raise ScannerError(
            "Standard input can be read only once, so no rows can be drawn from it: name a file."
        )
    if plan.most() > MOST_DRAWN:
        raise ScannerError(
            f"A sample of more than {MOST_DRAWN:,} records does not fit a sheet: ask for fewer."
        )
    sampler = _Sampler(plan)
    document, decisions = job.run(inputs, options, None, progress, sampler)[:2]
    found = sampler.found
    if not found.strata:
        raise ScannerError("No record counts in the main reading, so there is nothing to draw a sample from.")
    sizes = _sizes(found, plan)
    if sum(sizes) > MOST_DRAWN:
        raise ScannerError(
            f"A sample of more than {MOST_DRAWN:,} records does not fit a sheet: ask for fewer."
        )
    drawn = [
        (stratum, place)
        for stratum, size in zip(found.strata, sizes, strict=True)
        for place in stratum.lowest[:size]
    ]
    keys = [(found.tables[place.table], place.row) for _, place in drawn]
    wanted: dict[TableKey, set[int]] = {}
    for key, row in keys:
        wanted.setdefault(key, set()).add(row)
    containers = [
        (number, str(entry["path"]), entry["sha256"])
        for number, entry in enumerate(document["inputs"])
        if entry.get("member") is None
    ]
    rows_of = read_rows(
        paths,
        options,
        sampler.seeker,
        decisions,
        {key: frozenset(rows) for key, rows in wanted.items()},
        containers,
    )
    rows = [rows_of[key] for key in keys]
    told = record.build(document, plan.shown(), found, drawn, rows)
    return Sample(told, rows, document)


def _sizes(found: Population, plan: Plan) -> list[int]:
    """How many of each stratum."""
    asked = plan.size or needed(found.size, plan.confidence, plan.margin)
    return allocate([each.population for each in found.strata], asked, plan.minimum)
