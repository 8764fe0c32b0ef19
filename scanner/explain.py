"""Why a value is or is not taken for something: every detector's checks on it, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from scanner.columns import refusal
from scanner.detectors.address import AddressDetector
from scanner.detectors.registry import detectors
from scanner.model import Cells, check_names


def explain(value: str, as_of: date, packs: tuple[Path, ...] = ()) -> Iterator[str]:
    """Lines for people: each candidate that a detector sees in the value, the checks it passes and fails."""
    cells = Cells.of([value])
    seen = False
    for detector in detectors(as_of, packs):
        matches = detector.find(cells)
        for position in range(len(matches)):
            seen = True
            checks = int(matches.checks[position])
            text = cells.raw(0)[matches.start[position] : matches.end[position]].decode("utf-8", "replace")
            valid = checks & detector.required == detector.required
            verdict = "valid" if valid else f"not valid: fails {refusal(checks, detector.required)}"
            yield f"{detector.label} ({detector.name}): {text!r}: {verdict}; passes {check_names(checks) or 'nothing'}"
            if valid and detector.header_only:
                yield "    accepted only in a column whose header names it"
            elif valid and detector.whole:
                share = f"{100 * detector.whole:.0f} %"
                yield f"    accepted where at least {share} of a column are such values, or the header names it"
            if isinstance(detector, AddressDetector):
                for found in detector.explain(text):
                    yield from (f"    {part.points:+d} {part.kind} {part.text}" for part in found.parts)
                    yield f"    score {found.score}, {found.threshold} are needed"
    if not seen:
        yield "no detector sees a candidate in this value"
