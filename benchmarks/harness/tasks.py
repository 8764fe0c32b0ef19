"""What one measured process does: ``python -m benchmarks.harness.tasks NAME ARGUMENTS``; prints one line of JSON.

``seconds``: of the work alone, without starting Python and importing. Imports are inside the functions, so that each
process loads only what it measures.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from scanner.__main__ import COLLECTED

SAMPLE = 256  # keys that the statistics of a column may ask for, when keys are left out


class PlainFile:
    """Stands in for ``InputFile``: reads without a hash."""

    def __init__(self, path: str, **options: object) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, count: int) -> bytes:
        """The next bytes."""
        return os.read(self._descriptor, count)

    def fill(self, buffer: memoryview) -> int:
        """The next bytes, into memory that is already there; how many."""
        filled = 0
        while filled < len(buffer) and (count := os.readv(self._descriptor, [buffer[filled:]])):
            filled += count
        return filled

    def settle(self) -> None:
        """Nothing waits for a hash."""

    def expect(self, marks: object) -> None:
        """No interrupted scan goes on here."""

    def pread(self, count: int, offset: int) -> bytes:
        """Bytes at an offset."""
        return os.pread(self._descriptor, count, offset)


def detect(path: str) -> dict[str, Any]:
    """Tokenise, run all detectors, column statistics; no hash, no keys, no distinct sets, no signatures, no report."""
    from datetime import UTC, datetime

    import numpy as np

    from scanner.columns.tally import VARIETY
    from scanner.model import Batch, Column
    from scanner.run import inputs
    from scanner.run.job import Options
    from scanner.scanning import records
    from scanner.store import keys
    from scanner.store.distinct import DistinctStore
    from scanner.tallies.tally import LOOSE, Tally

    class NoStore(DistinctStore):
        def add(self, group: object, keys: Any) -> None:
            """Keeps nothing."""

    whole_keys = keys.match_keys
    rooms: dict[int, Any] = {}  # by words of a key: zeros but for the first ones

    def few_keys(cells: Any, matches: Any, detector: Any, secret: Any) -> Any:
        """Keys of the first matches only: the statistics look at no more than VARIETY + 1 values, and do so at once."""
        if len(matches) <= SAMPLE:
            return whole_keys(cells, matches, detector, secret)
        some = whole_keys(cells, matches.take(np.arange(SAMPLE)), detector, secret)
        words = some.shape[1]
        if words not in rooms or len(rooms[words]) < len(matches):
            rooms[words] = np.zeros((2 * len(matches), words), np.uint64)
        rooms[words][:SAMPLE] = some
        return rooms[words][: len(matches)]

    assert SAMPLE > VARIETY
    setattr(records, "match_keys", few_keys)  # noqa: B010 - stand-ins, for this process only
    setattr(inputs, "InputFile", PlainFile)  # noqa: B010
    started = perf_counter()
    found = inputs.detectors_of(datetime.now(UTC).date(), ())  # made once, as the job does
    job = records.Job(found, _roles(), frozenset(), (), (1, 2))
    tally, size = Tally(NoStore()), 0
    (each,) = inputs.file_inputs([path], Options(jobs=1))
    for batch in each.stream():
        if not isinstance(batch, Batch):
            continue
        size += batch.size
        roles = job.roles(batch.table)
        for index, column in enumerate(batch.columns):
            records._scan_column(index, roles[index], column, batch, 0, job, tally, [])
        if batch.loose is not None and len(batch.loose):
            records._scan_column(LOOSE, None, Column(batch.loose), batch, 0, job, tally, [])
    seconds = perf_counter() - started
    valid: dict[str, int] = {}
    for table in tally.tables.values():
        for tallied in table.columns.values():
            for name, label in tallied.labels.items():
                valid[name] = valid.get(name, 0) + label.valid
    return {"seconds": seconds, "rows": size, "valid": valid}


def _roles() -> Callable[[Any], tuple[str | None, ...]]:
    """The sure header roles of a table's columns, as the job looks them up."""
    from scanner.columns import headers

    known: dict[Any, tuple[str | None, ...]] = {}

    def roles(table: Any) -> tuple[str | None, ...]:
        if table.columns not in known:
            found = [headers.role(name) if name else None for name in table.columns]
            known[table.columns] = tuple(r.name if r and r.strength == "sure" else None for r in found)
        return known[table.columns]

    return roles


def read_csv(path: str) -> dict[str, Any]:
    """The yardstick: pyarrow reads every column as binary on one thread, and nothing else is done."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    from scanner.model import ReadOptions

    pa.set_cpu_count(1)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a str, as the tasks take
        names = file.readline().rstrip("\n").split(",")
    started, rows = perf_counter(), 0
    reader = pacsv.open_csv(
        path,
        pacsv.ReadOptions(use_threads=False, block_size=ReadOptions().block_size),
        pacsv.ParseOptions(newlines_in_values=True),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False, check_utf8=False
        ),
    )
    for batch in reader:
        rows += len(batch)
    return {"seconds": perf_counter() - started, "rows": rows}


def read_parquet(path: str) -> dict[str, Any]:
    """Decodes every row group on one thread, and nothing else."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    started, rows = perf_counter(), 0
    file = pq.ParquetFile(path)
    for batch in file.iter_batches(batch_size=1 << 16, use_threads=False):
        rows += len(batch)
    return {"seconds": perf_counter() - started, "rows": rows}


def store(count: str, memory: str) -> dict[str, Any]:
    """Exact distinct of packed numbers, one key in five twice, by the store alone."""
    import numpy as np

    from scanner.kernels.permutation import permute
    from scanner.store.distinct import DistinctStore

    total, step = int(count), 1 << 18
    different = total * 4 // 5
    started = perf_counter()
    keys = DistinctStore(int(memory))
    for first in range(0, total, step):
        values = np.arange(first, min(first + step, total), dtype=np.uint64) % np.uint64(different)
        keys.add("value", permute(values, 3, 5).reshape(-1, 1))
    found = sum(len(part) for piece in keys.partitions() for part in piece.values())
    return {"seconds": perf_counter() - started, "found": found, "exact": found == different}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each for each in (detect, read_csv, read_parquet, store)
}


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    gc.set_threshold(*COLLECTED)  # as the program itself does
    print(json.dumps(TASKS[name](*arguments), ensure_ascii=False))
