"""Record batches cut so that none is large: what goes over a pipe to the parent is held there as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

BYTES = 8 << 20


def slices(batch: pa.RecordBatch, most: int = BYTES) -> Iterator[pa.RecordBatch]:
    """The batch in pieces of about ``most`` bytes, in order; a single row is never cut."""
    rows = max(1, batch.num_rows * most // max(batch.nbytes, 1))
    for first in range(0, batch.num_rows, rows):
        yield batch.slice(first, rows)
