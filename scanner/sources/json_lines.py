"""The lines of other text among JSON records, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scanner.counted import counted
from scanner.kernels.json_values import LINE
from scanner.model import Batch, Bytes, Cells, Column, Issue, Table
from scanner.sources.json_tables import Tell, Values

LINES = "(lines)"


def parted(values: Values) -> tuple[Values, NDArray[np.int32]]:
    """The records and their values, and int32[n, 2]: start and end of the other lines."""
    beside = values.records[:, 3] == LINE
    spans = values.records[beside, 1:3]
    if len(spans):
        number = np.cumsum(~beside, dtype=np.int32) - np.int32(1)
        values = replace(values, record=number[values.record], records=values.records[~beside])
    return values, spans


@dataclass(slots=True)
class Lines:
    """The other lines of a text as the rows of a table of one column; ``shape``: what its tables share."""

    shape: Table
    count: int = 0

    def batches(self, spans: NDArray[np.int32], buffer: Bytes, tell: Tell | None = None) -> Iterator[Batch]:
        """Some more lines, int32[n, 2], if there are any; ``tell`` gets where they start and their rows."""
        if not len(spans):
            return
        first = self.count
        self.count += len(spans)
        start, end = (np.ascontiguousarray(side) for side in spans.T)
        if tell is not None:
            tell(start.astype(np.int64), np.arange(first, self.count, dtype=np.int64))
        table = self.shape._replace(name=LINES, columns=(None,), kinds=("text",))
        yield Batch(table, first, len(spans), (Column(Cells(buffer, start, end)),))

    def issues(self) -> Iterator[Issue]:
        """How many there are."""
        if self.count:
            what = counted(
                "holds {lines} [lines:line|lines] among its records that [lines:is|are] no JSON; "
                "[lines:it was|they were] read as the table (lines)",
                lines=self.count,
            )
            yield Issue(what, partial=False)
