"""Avro files, block by block, in a child process (``child_main``); needs fastavro (the extra ``avro``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit

try:
    import fastavro
except ImportError:
    fastavro = None  # type: ignore[assignment]

ROWS = 1 << 13


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the blocks from number ``start`` on. Nested values come as JSON text."""
    if fastavro is None:
        yield Trouble("is an Avro file; to read it, install leaktally[avro]", fatal=True)
        return
    try:
        blocks = fastavro.block_reader(file)
        schema: Any = blocks.writer_schema
        names = tuple(field["name"] for field in schema["fields"]) if "fields" in schema else ("value",)
    except Exception:  # it raises whatever its bytes lead to
        yield Trouble("is not a whole Avro file", fatal=True)
        return
    sheet = Sheet(None, names, "avro")
    twice = next((name for name in names if names.count(name) > 1), None)
    number = 0
    while True:
        try:
            block = next(blocks, None)
            records = None if block is None else list(block)
        except Exception:
            yield Unit(number, f"block {number + 1}")
            yield sheet
            yield Trouble(f"is damaged from block {number + 1} on; its rows could not be read")
            return
        if records is None:
            break
        if number >= start:
            yield Unit(number, f"block {number + 1}")
            yield sheet
            for first in range(0, len(records), ROWS):
                yield _batch(records[first : first + ROWS], names)
        number += 1
    if not number:
        yield Unit(0, "the head")
        yield sheet
    if twice is not None:  # fastavro gives records as dictionaries
        yield Trouble(f"has several fields of the name {twice}; only the last of these could be read")


def _batch(records: Sequence[Any], names: Sequence[str]) -> Any:
    columns = [
        pa.array(
            [_text(record.get(name) if isinstance(record, dict) else record) for record in records],
            pa.string(),
        )
        for name in names
    ]
    return pa.record_batch(columns, list(names))


def _text(value: Any) -> str | None:
    """A value as people would write it; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
