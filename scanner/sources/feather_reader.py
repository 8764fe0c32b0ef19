"""Feather files of version 1, in a child process (``child_main``). Pyarrow will give them up some day."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import feather

from scanner.sources.messages import Sheet, Trouble, Unit, as_bytes
from scanner.sources.slices import slices


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """The table, which is read as a whole."""
    yield Unit(0, "the table")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = feather.read_table(file, memory_map=False, use_threads=False)
        batches = table.to_batches(max_chunksize=1 << 16)
        for column in (column for batch in batches for column in batch.columns):
            as_bytes(column).validate(full=True)
    except (pa.ArrowException, OSError, ValueError, AttributeError):
        yield Trouble(
            "is not a whole Feather file of version 1, or the installed pyarrow reads these no more",
            fatal=True,
        )
        return
    yield Sheet(None, tuple(table.schema.names), "feather")
    for batch in batches:
        yield from slices(batch)
