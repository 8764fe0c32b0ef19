"""Which detectors can find something in a column, told from what its cells hold together: most need not be asked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from scanner.detectors.pattern import PatternDetector
from scanner.detectors.runs import runs_of
from scanner.model import Cells, Detector

MOST_KNOWN = 1 << 12


class Asking:
    """The detectors of a run, by what they need: ``kinds`` of number runs (an attribute they may have), open gates.

    All others are always asked, but those that need a header only under one of their roles.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self.detectors = detectors
        self._kinds = [int(getattr(each, "kinds", 0)) for each in detectors]
        self._patterns = {
            at: (each.gates, each.place)
            for at, each in enumerate(detectors)
            if isinstance(each, PatternDetector) and each.place is not None
        }
        self.gates = list({id(gates): gates for gates, _ in self._patterns.values()}.values())
        self._known: dict[Hashable, tuple[Detector, ...]] = {}

    def of(self, role: str | None, cells: Cells) -> tuple[Detector, ...]:
        """Those that may find something in cells under a header of that role, in their order."""
        every = "found" in cells.memo  # of a dictionary whose findings are known: nothing is to be looked at
        kinds = -1 if every else runs_of(cells).kinds
        live = () if every else tuple(gates.open(cells).live for gates in self.gates)
        key = role, kinds, live
        known = self._known.get(key)
        if known is None:
            open_gates = {id(gates): bits for gates, bits in zip(self.gates, live, strict=bool(live))}
            known = tuple(
                each
                for at, each in enumerate(self.detectors)
                if (not each.header_only or role in each.roles)
                and (not self._kinds[at] or self._kinds[at] & kinds)
                and self._may_open(at, open_gates)
            )
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = known
        return known

    def _may_open(self, at: int, open_gates: dict[int, int]) -> bool:
        if at not in self._patterns or not open_gates:
            return True
        gates, place = self._patterns[at]
        return bool(open_gates[id(gates)] >> place & 1)


_last: Asking | None = None


def asked(detectors: Sequence[Detector], role: str | None, cells: Cells) -> tuple[Detector, ...]:
    """``asking(detectors).of(role, cells)``."""
    return asking(detectors).of(role, cells)


def asking(detectors: Sequence[Detector]) -> Asking:
    """``Asking(detectors)``, kept for the next column of the same run."""
    global _last
    known = _last
    if known is None or known.detectors is not detectors:
        _last = known = Asking(detectors)
    return known
