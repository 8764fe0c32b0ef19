"""Why a value is or is not taken for something: every detector's checks on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from scanner.columns.names import FORMAL, HEADED, SCIENTIFIC
from scanner.columns.tally import refusal
from scanner.detectors.address import AddressDetector
from scanner.detectors.registry import detectors
from scanner.model import Cells, Check, Detector, check_names
from scanner.scanning.restored import LANDLINES, candidates, lost_digits, parts


class Said(NamedTuple):
    """One line: the name of a sentence (``reports/words.toml``, section explain) and what fills its places."""

    name: str
    values: Mapping[str, Any] = {}


UNSEEN = Said("unseen")


def explain(value: str, as_of: date, packs: tuple[Path, ...] = ()) -> Iterator[Said]:
    """Each candidate that a detector sees in the value, the checks it passes and fails, and what else it needs."""
    cells = Cells.of([value])
    seen = False
    found = detectors(as_of, packs)
    for detector in found:
        matches = detector.find(cells)
        for position in range(len(matches)):
            seen = True
            checks = int(matches.checks[position])
            text = cells.raw(0)[matches.start[position] : matches.end[position]].decode("utf-8", "replace")
            yield _judged(detector, text, checks)
            if checks & Check.PLACEHOLDER:
                yield Said("placeholder")
            valid = checks & detector.required == detector.required
            based = checks & detector.basis == detector.basis and not valid
            own = np.array([position], np.intp)
            if based and lost_digits(detector, matches.take(own)) is not None:
                yield Said("truncated")
            if valid and detector.header_only:
                yield Said("header_only")
            elif valid and detector.whole:
                yield Said("whole", {"share": f"{100 * detector.whole:.0f} %"})
            if isinstance(detector, AddressDetector):
                for parsed in detector.explain(text):
                    for part in parsed.parts:
                        yield Said(
                            "part", {"points": f"{part.points:+d}", "part": part.kind, "text": part.text}
                        )
                    yield Said("score", {"score": parsed.score, "threshold": parsed.threshold})
    for said in _damage(cells, found):
        seen = True
        yield said
    if not seen:
        yield UNSEEN


def _judged(detector: Detector, text: str, checks: int, repair: str | None = None) -> Said:
    """Whether a candidate is valid, and which checks it passes; ``repair``: how it was restored."""
    valid = checks & detector.required == detector.required
    values: dict[str, Any] = {"label": detector.label, "name": detector.name, "text": text}
    if not valid:
        values["fails"] = refusal(checks, detector.required)
    if repair is not None:
        return Said("restored_valid" if valid else "restored_fails", values | {"repair": repair})
    values["checks"] = check_names(checks)
    return Said("valid" if valid else "fails" if values["checks"] else "fails_all", values)


def _damage(cells: Cells, found: Sequence[Detector]) -> Iterator[Said]:
    """What the value may have been before it was damaged or disguised; a header that names telephones is assumed."""
    for part in parts(cells, min(LANDLINES)):
        if part.kind == SCIENTIFIC:
            for at, length in enumerate(part.digits.tolist()):
                yield Said("scientific", {"digits": length, "text": part.cells.text(at)})
            continue
        for detector, plain in candidates(part, found):
            for position in range(len(plain)):
                text = part.cells.raw(plain.cell[position])[
                    plain.start[position] : plain.end[position]
                ].decode()
                checks = int(plain.checks[position])
                yield _judged(detector, text, checks, part.kind)
                if checks & detector.required != detector.required:
                    continue
                if part.kind in FORMAL:
                    yield Said("mostly")
                if part.kind in HEADED:
                    yield Said("header_only")
