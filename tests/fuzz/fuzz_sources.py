"""One batch for each source: damaged files, read as the product reads them. What runs in a child process there runs here.

A reader that raises an exception of its own is no failure: its child tells the parent, and the file is named as not
read; so is one that dies. Both are counted.
"""

from __future__ import annotations

import importlib
import io
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any
from unittest import mock

import pyarrow as pa
from fuzz_material import Chance
from fuzz_seeds import TINY, repacked, seeds, unpacked

from scanner.columns import headers
from scanner.content.roles import ContentRoles
from scanner.errors import SourceError
from scanner.limits import Limits
from scanner.model import Batch, Cells, Issue, Member, ReadOptions
from scanner.run.inputs import sure_role
from scanner.sources import child
from scanner.sources.messages import Trouble, Unit, as_bytes
from scanner.sources.opening import Sources

FILES = 50  # in a batch
SIZES = (TINY, 6, 60)  # rows of the tables that are damaged
SHARES = (94, 5, 1)  # how many of 100 files have them
SLOW = 8.0  # seconds of a processor for one file of some kilobytes
LIMITS = Limits(depth=4, entries=400, output=8 << 20, ratio=200, armed=1 << 20, line=1 << 16, cell=1 << 14)
NOTES: Counter[str] = Counter()  # what was said of the inputs
STATE: Any = None  # of the campaign: whether a reader runs that would be in a child process
IN_READER = slice(16, 24)


class File:
    """Bytes as the sources see a file."""

    path = "fuzzed"

    def __init__(self, data: bytes) -> None:
        self.data, self.size, self._at = data, len(data), 0

    def read(self, count: int) -> bytes:
        piece = self.data[self._at : self._at + count]
        self._at += len(piece)
        return piece

    def pread(self, count: int, offset: int) -> bytes:
        return self.data[offset : offset + count]

    def fileno(self) -> int:
        raise AssertionError("only readers of child processes ask for it, which are here")


def messages(reader: str, file: Any, limits: Limits, options: Mapping[str, Any]) -> Iterator[Any]:
    """``child.messages``, in this process."""
    data = file.data if isinstance(file, File) else os.pread(file.fileno(), 1 << 30, 0)
    if not reader.endswith("sqlite_reader"):
        yield from told(reader, data, options)
        return
    kept, own = os.dup(0), os.memfd_create("fuzzed")  # it is the one that opens standard input by itself
    try:
        os.write(own, data)
        os.dup2(own, 0)
        yield from told(reader, data, options)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(own)


def told(reader: str, data: bytes, options: Mapping[str, Any]) -> Iterator[Any]:
    """What a reader says of these bytes; its exceptions as its child would tell them."""
    made = importlib.import_module(reader).read(io.BufferedReader(io.BytesIO(data)), 0, dict(options))
    while True:
        if STATE is not None:
            STATE[IN_READER] = (1).to_bytes(8, "little")
        try:
            message = next(made, None)
        except BaseException as error:  # panics of Rust are no Exception
            NOTES[f"{reader.rpartition('.')[2]} stopped with {type(error).__name__}"] += 1
            message = Trouble(f"the reader stopped with {type(error).__name__}", fatal=True)
        finally:
            if STATE is not None:
                STATE[IN_READER] = bytes(8)
        if message is None:
            return
        if isinstance(message, Unit):
            continue
        if isinstance(message, Trouble) and message.fatal:
            raise SourceError(message.what)
        if isinstance(message, pa.RecordBatch):
            for column in message.columns:
                as_bytes(column).validate(full=True)
        yield message


@cache
def sources() -> Sources:
    """As ``inputs.file_inputs`` makes them, but for what the detectors say of cells."""
    return Sources(
        headers.is_header_word,
        lambda texts: [text.isdigit() for text in texts],
        ContentRoles(sure_role),
        sure_role,
    )


def warm() -> None:
    """Makes once what each process needs."""
    sources()
    for rows in SIZES:
        seeds(rows)


def check(batch: Batch) -> None:
    """What all who take batches rely on."""
    every = [column.cells for column in batch.columns] + ([] if batch.loose is None else [batch.loose])
    for cells in every:
        assert isinstance(cells, Cells)
        assert len(cells.start) == len(cells.end)
        assert ((cells.start >= 0) & (cells.start <= cells.end) & (cells.end <= len(cells.data))).all()
    for column in batch.columns:
        if column.codes is not None:
            assert len(column.codes) == batch.size
            assert ((column.codes >= -1) & (column.codes < len(column.cells))).all()
        elif column.rows is not None:
            assert len(column.rows) == len(column.cells)
            assert ((column.rows >= 0) & (column.rows < batch.size)).all()
        else:
            assert len(column.cells) == batch.size
    assert len(batch.columns) == len(batch.table.columns) == len(batch.table.kinds)
    if batch.loose is not None:
        assert batch.loose_rows is not None
        assert len(batch.loose_rows) == len(batch.loose)
    if batch.rows is not None:
        assert len(batch.rows) == batch.size


def read(data: bytes) -> None:
    """Reads one file whole; a second time where it took long, by the clock of the processor, which is slow to ask."""
    begin = time.monotonic()
    taken(data)
    if time.monotonic() - begin > SLOW:
        begin = time.process_time()
        taken(data)
        took = time.process_time() - begin
        assert took < SLOW, f"{len(data)} bytes took {took:.1f} s"


def taken(data: bytes) -> None:
    """All that is told of a file."""
    items, members = 0, []
    options = ReadOptions(limits=LIMITS, block_size=4096 if len(data) % 2 else 8 << 20, passwords=("x",))
    try:
        for item in sources().batches(File(data), options):
            items += 1
            if isinstance(item, Batch):
                check(item)
            elif isinstance(item, Member):
                members.append(item)
            else:
                assert isinstance(item, Issue)
                assert item.what
    except SourceError as error:
        items += bool(str(error))
    for member in members:
        if (member.failure or "").startswith("the reader stopped"):
            NOTES["a member: " + str(member.failure)] += 1
    if not items and data.strip():
        NOTES["nothing was told of it"] += 1


def broken(chance: Chance, seed: bytes) -> bytes:
    """A seed, damaged: at times within the parts of a zip archive, at times put together with another."""
    rng = chance.random
    if seed.startswith(b"PK\3\4") and rng.random() < 0.6:
        parts = unpacked(seed)
        name = rng.choice(list(parts))
        parts[name] = chance.damaged(parts[name], 30)
        if rng.random() < 0.05:
            del parts[name]
        return repacked(parts)
    if rng.random() < 0.1:
        seed = seed[: rng.randrange(len(seed))]
    if rng.random() < 0.05:
        seed += rng.choice(some_seeds(chance)[rng.choice(list(seeds()))])
    return chance.damaged(seed, rng.choice((12, 200)))


def some_seeds(chance: Chance) -> dict[str, list[bytes]]:
    """Mostly tiny ones: what breaks a reader is seldom long, and is read ten times as fast."""
    return seeds(chance.random.choices(SIZES, SHARES)[0])


def fuzz(name: str, chance: Chance) -> int:
    """So many files of one format."""
    with mock.patch.object(child, "messages", messages):
        for _ in range(FILES):
            read(broken(chance, chance.random.choice(some_seeds(chance)[name])))
    return FILES


def fuzz_any(chance: Chance) -> int:
    """Files of anything."""
    rng = chance.random
    heads = [seed for some in some_seeds(chance).values() for seed in some]
    with mock.patch.object(child, "messages", messages):
        for _ in range(FILES):
            head = b"" if rng.random() < 0.05 else rng.choice(heads)[: rng.randrange(1, 600)]
            read(head + chance.bytes(rng.choice((100, 100, 300, 3000))))
    return FILES


TARGETS: dict[str, Callable[[Chance], int]] = {
    **{name: partial(fuzz, name) for name in (
        "delimited", "json", "sql", "parquet", "orc", "arrow", "avro", "binlog", "ldif", "bson", "dbf", "sqlite", "mail", "vcard", "html", "pdf", "rtf", "workbook",
        "document", "zip", "tar", "compressed", "foreign",
    )},
    "any": fuzz_any,
}  # fmt: skip
