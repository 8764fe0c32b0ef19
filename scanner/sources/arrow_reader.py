"""Arrow IPC files (Feather version 2) and streams, batch by batch, in a child process (``child_main``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit, as_bytes
from scanner.sources.slices import slices


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the record batches from number ``start`` on."""
    failures = (pa.ArrowException, OSError, ValueError, KeyError)
    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    try:
        reader = pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file)
    except failures:
        # A file that was cut off has no footer, but behind its mark it is a stream.
        file.seek(8)
        try:
            reader, is_file = pa.ipc.open_stream(file), False
            yield Unit(0, "the head")
            yield Trouble("has no footer; it was read as a stream, as far as it goes")
        except failures:
            yield Trouble("is not a whole Arrow file", fatal=True)
            return
    sheet = Sheet(None, tuple(reader.schema.names), "arrow")
    number = 0
    while not is_file or number < reader.num_record_batches:
        try:
            batch = reader.get_batch(number) if is_file else reader.read_next_batch()
            for column in batch.columns:
                as_bytes(column).validate(full=True)
        except StopIteration:
            break
        except failures:
            yield Unit(number, f"batch {number + 1}")
            yield sheet
            yield Trouble(f"batch {number + 1} is damaged; its rows could not be read")
            if not is_file:
                break
            number += 1
            continue
        if number >= start:
            yield Unit(number, f"batch {number + 1}")
            yield sheet
            yield from slices(batch)
        number += 1
    if not number:
        yield Unit(0, "the head")
        yield sheet
