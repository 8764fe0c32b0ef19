"""The survey of a column: all that is asked of the bytes of every cell, in one pass over them."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.detectors.asked import asking
from scanner.detectors.profile import survey
from scanner.model import Cells, Detector
from scanner.scanning.plausible import blanks
from scanner.scanning.restored import token_tables


def surveyed(cells: Cells, detectors: Sequence[Detector]) -> None:
    """Puts into the memo of cells what they are made of, and which of them need to be looked at again: by the gates of
    the detectors, for damaged numbers, and for being empty. Nothing where that is known already."""
    if "profile" in cells.memo:
        return
    gates = asking(detectors).gates
    if not gates:
        survey(cells, None)
        return
    own = gates[0].gates
    survey(cells, own.questions or own.asking(*token_tables(), *blanks().first_bytes()))
