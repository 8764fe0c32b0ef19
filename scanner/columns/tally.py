"""The additive statistics of a column, and of each detector in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.columns.names import base
from scanner.model import Check

SAMPLES = 3
VARIETY = 64


@dataclass(slots=True)
class LabelTally:
    """One detector in one column. All numbers add up over batches.

    ``basis``: candidates with the detector's basis checks; ``whole``: valid matches that fill their cell; ``dated``:
    those that begin with a date; ``contested``: valid matches lying on a better-ranked candidate that failed its own
    checks, by that detector's name; ``refused``: invalid candidates by the first reason; ``samples``: (row, masked
    value), the first few; ``variants``: matches that count only if the whole column says so, by their name (PROBABLE:
    what they lack a column of such values makes up for; COVERED: they lie on a better-ranked match, which may yet be
    rejected); ``variety``: some different values, never more than VARIETY + 1.
    """

    candidates: int = 0
    valid: int = 0
    basis: int = 0
    whole: int = 0
    dated: int = 0
    variants: Counter[str] = field(default_factory=Counter)
    contested: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[int, str]] = field(default_factory=list)
    variety: list[int] = field(default_factory=list)  # a set of one value takes three times the memory

    def seen(self, values: Sequence[int]) -> None:
        """Notes different values, as far as the decision needs to know: at most VARIETY + 1 of them."""
        if len(self.variety) <= VARIETY:
            self.variety = list(dict.fromkeys((*self.variety, *values)))[: VARIETY + 1]

    def merge(self, other: LabelTally) -> None:
        """Adds another part of the same column."""
        self.candidates += other.candidates
        self.valid += other.valid
        self.basis += other.basis
        self.whole += other.whole
        self.dated += other.dated
        self.variants += other.variants
        self.contested += other.contested
        self.refused += other.refused
        self.samples = sorted({*self.samples, *other.samples})[:SAMPLES]
        self.seen(other.variety)


@dataclass(slots=True)
class ColumnTally:
    """One column of one table: cells, non-empty cells, and a LabelTally for each detector that saw a candidate.

    Restored numbers and those that lost digits have tallies of their own, beside their detector's (RESTORED).
    """

    cells: int = 0
    nonempty: int = 0
    labels: dict[str, LabelTally] = field(default_factory=dict)

    def label(self, name: str) -> LabelTally:
        """The tally of a detector, made on first use."""
        known = self.labels.get(name)
        if known is None:
            known = self.labels[name] = LabelTally()
        return known

    def merge(self, other: ColumnTally) -> None:
        """Adds another part of the same column."""
        self.cells += other.cells
        self.nonempty += other.nonempty
        for name, tally in other.labels.items():
            self.label(name).merge(tally)


FAULT_NAMES = {
    Check.FUTURE: "future_date",
    Check.ABOLISHED: "region_abolished",
    Check.UNASSIGNED: "unassigned",
    Check.LENGTH: "length",
    Check.RESERVED: "reserved",
}


def refusal(checks: int, required: int) -> str:
    """The first reason why a candidate with these checks is not valid."""
    for flag, name in FAULT_NAMES.items():
        if checks & flag:
            return name
    missing = required & ~checks
    return next(flag.name.lower() for flag in Check if flag & missing and flag.name)


def matches(tally: LabelTally, name: str) -> int:
    """How many matches the fact ``name`` stands for."""
    return tally.variants[name] if base(name) != name else tally.valid
