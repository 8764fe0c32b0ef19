"""Which lines of a file were read in another encoding than the file, or repaired; and what the report says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scanner.counted import counted
from scanner.kernels.mixed import COMMON_BIG5, COMMON_GB, NEITHER, READINGS_OF_LINES, Lines
from scanner.model import Issue
from scanner.sources.probe import Encoding, common, is_neutral

TOLD = 10  # ranges of rows that are told of one reading
REPAIRED = {  # readings of lines that had been decoded wrongly: what they were, and what they were taken for
    "utf-8 as latin-1": ("utf-8", "latin-1"),
    "gb18030 as latin-1": ("gb18030", "latin-1"),
    "utf-8 as gb18030": ("utf-8", "gb18030"),
}


@cache
def weights() -> NDArray[np.uint8]:
    """uint8[65536] by code point: what a character says for an encoding; see ``kernels.mixed.Lines``."""
    table = np.zeros(0x10000, np.uint8)
    table[common("gb18030")] |= COMMON_GB
    table[common("big5")] |= COMMON_BIG5
    table[is_neutral()[:0x10000]] = NEITHER
    return table


def line_reader(encoding: Encoding) -> Lines | None:
    """What decides for each line of a file; None where the user told the encoding, and for UTF-16 and UTF-32."""
    return None if encoding.lines is None else Lines(encoding.name, encoding.lines, weights)


@dataclass(slots=True)
class MixedLines:
    """Lines of a file by how they were read (int64[6], in the order of READINGS_OF_LINES), and their rows.

    ``marks``: byte order marks that were left out at the start of lines; ``ranges``: the first and last rows of lines
    that follow each other and are read alike, by reading; ``more``: how many ranges there are beyond those.
    """

    main: str
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(READINGS_OF_LINES), np.int64))
    marks: int = 0
    ranges: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    more: dict[int, int] = field(default_factory=dict)
    _last: dict[int, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether any line was read otherwise than the file."""
        return any(self.lines[reading] for reading, name in enumerate(READINGS_OF_LINES) if name != self.main)

    def add_rows(self, pieces: NDArray[np.int64], starts: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Tells where the rows of a buffer lie.

        ``pieces`` int64[n, 2]: reading, and where it starts in the buffer, ascending; ``starts``, ``rows`` int64[rows]:
        where rows start in the buffer, ascending, and their numbers.
        """
        if not len(pieces) or not len(starts):
            return
        owner = np.maximum(np.searchsorted(pieces[:, 1], starts, side="right") - 1, 0)
        readings = pieces[owner, 0]
        cuts = np.flatnonzero(np.diff(readings)) + 1
        main = READINGS_OF_LINES.index(self.main)
        for first, stop in zip([0, *cuts.tolist()], [*cuts.tolist(), len(rows)], strict=True):
            if readings[first] != main:
                self._add(int(readings[first]), int(rows[first]), int(rows[stop - 1]))

    def _add(self, reading: int, first: int, last: int) -> None:
        ranges = self.ranges.setdefault(reading, [])
        follows = self._last.get(reading) == first - 1
        self._last[reading] = last
        if follows and not self.more.get(reading):
            ranges[-1] = (ranges[-1][0], last)
        elif not follows and len(ranges) < TOLD:
            ranges.append((first, last))
        elif not follows:
            self.more[reading] = self.more.get(reading, 0) + 1

    def issues(self) -> list[Issue]:
        """One for each way of reading but the file's own, with the count of its lines and where they lie."""
        found = []
        for reading, name in enumerate(READINGS_OF_LINES):
            count = int(self.lines[reading])
            if not count or name == self.main:
                continue
            ranges = self.ranges.get(reading, [])
            rows = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges) or "-"
            rows += f" (+{self.more[reading]})" if self.more.get(reading) else ""
            if name in REPAIRED:
                was, taken = REPAIRED[name]
                what = counted(
                    "holds {lines} [lines:line|lines] of {encoding} that had been read as {taken}; "
                    "[lines:it was|they were] repaired: [lines:row|rows] {rows}",
                    lines=count,
                    encoding=was,
                    taken=taken,
                    rows=rows,
                )
            else:
                what = counted(
                    "holds {lines} [lines:line|lines] in {encoding}, not in {main}; "
                    "[lines:it was|they were] read so: [lines:row|rows] {rows}",
                    lines=count,
                    encoding=name,
                    main=self.main,
                    rows=rows,
                )
            found.append(Issue(what, row=ranges[0][0] if ranges else None, partial=False))
        if self.marks:
            what = counted(
                "holds {marks} byte order [marks:mark at the start of a line inside; it was|"
                "marks at the start of lines inside; they were] left out",
                marks=self.marks,
            )
            found.append(Issue(what, partial=False))
        return found
