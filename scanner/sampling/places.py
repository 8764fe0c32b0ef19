"""Where each record stands: kept while a scan runs, since what counts is known only when all columns are decided."""

from __future__ import annotations

import threading

import numpy as np

from scanner.model import Batch
from scanner.scanning.records import Found, Job, row_numbers
from scanner.store.distinct import DistinctStore
from scanner.store.keys import row_keys

PLACE = "place"


class Places:
    """Collects, from any thread, the digest and the number of every row.

    ``store`` groups: (PLACE, input, table): uint64[n, 3], the two words of the record's digest, as in the groups
    ("row", …) of a tally, and the number of the row. Two add up, and beyond ``budget`` bytes they lie in private files
    below ``folder``.
    """

    def __init__(self, job: Job, budget: int, folder: str | None = None) -> None:
        self.store = DistinctStore(budget, folder)
        self._secret = job.secret
        self._lock = threading.Lock()

    def collect(self, source: int, _: int, batch: Batch, __: list[Found]) -> None:
        """Keeps the places of a batch of input ``source``; damaged lines are no records."""
        if not batch.size or not batch.columns:
            return
        every = np.arange(batch.size, dtype=np.int32)
        keys = row_keys(batch, np.ones(1, np.uint64), np.zeros(batch.size, np.int32), self._secret)
        keys[:, 2] = row_numbers(batch, 0, every).astype(np.uint64)
        with self._lock:
            self.store.add((PLACE, source, batch.table.name), keys)
