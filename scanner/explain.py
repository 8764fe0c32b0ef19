"""Why a value is or is not taken for something: every detector's checks on it, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from scanner.columns import FORMAL, HEADED, SCIENTIFIC, refusal
from scanner.detectors.address import AddressDetector
from scanner.detectors.registry import detectors
from scanner.model import Cells, Detector, check_names
from scanner.restored import LANDLINES, candidates, parts, truncated

UNSEEN = "no detector sees a candidate in this value"


def explain(value: str, as_of: date, packs: tuple[Path, ...] = ()) -> Iterator[str]:
    """Lines for people: each candidate that a detector sees in the value, the checks it passes and fails."""
    cells = Cells.of([value])
    seen = False
    found = detectors(as_of, packs)
    for detector in found:
        matches = detector.find(cells)
        for position in range(len(matches)):
            seen = True
            checks = int(matches.checks[position])
            text = cells.raw(0)[matches.start[position] : matches.end[position]].decode("utf-8", "replace")
            valid = checks & detector.required == detector.required
            verdict = "valid" if valid else f"not valid: fails {refusal(checks, detector.required)}"
            yield f"{detector.label} ({detector.name}): {text!r}: {verdict}; passes {check_names(checks) or 'nothing'}"
            based = checks & detector.basis == detector.basis and not valid
            if based and truncated(detector, matches.take(np.array([position], np.intp))):
                yield "    it ends in zeros, as where a spreadsheet kept 15 digits (truncated)"
            if valid and detector.header_only:
                yield "    accepted only in a column whose header names it"
            elif valid and detector.whole:
                share = f"{100 * detector.whole:.0f} %"
                yield f"    accepted where at least {share} of a column are such values, or the header names it"
            if isinstance(detector, AddressDetector):
                for parsed in detector.explain(text):
                    yield from (f"    {part.points:+d} {part.kind} {part.text}" for part in parsed.parts)
                    yield f"    score {parsed.score}, {parsed.threshold} are needed"
    for line in _damage(cells, found):
        seen = True
        yield line
    if not seen:
        yield UNSEEN


def _damage(cells: Cells, found: Sequence[Detector]) -> Iterator[str]:
    """What the value may have been before it was damaged or disguised; a header that names telephones is assumed."""
    for part in parts(cells, min(LANDLINES)):
        if part.kind == SCIENTIFIC:
            for at, length in enumerate(part.digits.tolist()):
                shown = part.cells.text(at)
                yield f"a number of {length} digits of which only {shown} is left (scientific): never counted"
            continue
        for detector, plain in candidates(part, found):
            for position in range(len(plain)):
                text = part.cells.raw(plain.cell[position])[
                    plain.start[position] : plain.end[position]
                ].decode()
                checks = int(plain.checks[position])
                valid = checks & detector.required == detector.required
                verdict = "valid" if valid else f"not valid: fails {refusal(checks, detector.required)}"
                yield f"{detector.label} ({detector.name}): restored ({part.kind}) as {text!r}: {verdict}"
                if valid and part.kind in FORMAL:
                    yield "    accepted where most of a column are such values, or the header names it"
                if valid and part.kind in HEADED:
                    yield "    accepted only in a column whose header names it"
