"""The itemised annex: one line for each match, kept in a private file until every column is decided."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from scanner.columns.decision import Decision
from scanner.model import Batch, check_names
from scanner.scanning.records import Found, expand, masked, row_numbers
from scanner.store import private_files
from scanner.tallies.tally import LOOSE

_HALF = re.compile("[\ud800-\udfff]")
PIECE = pa.schema(
    [
        ("row", pa.int64()),
        ("column", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("byte_offset", pa.int64()),
        ("detector", pa.string()),
        ("label", pa.string()),
        ("checks", pa.string()),
        ("masked", pa.string()),
    ]
)
#: One row a match; ``row``, ``column`` and the offsets count from 0, offsets are bytes.
FINDINGS = pa.schema(
    [
        pa.field("input", pa.string(), nullable=False),
        pa.field("table", pa.string()),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("column", pa.int32()),
        pa.field("column_name", pa.string()),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("byte_offset", pa.int64()),
        pa.field("label", pa.string(), nullable=False),
        pa.field("checks", pa.string(), nullable=False),
        pa.field("accepted", pa.bool_(), nullable=False),
        pa.field("masked", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class _Piece:
    table: str | None
    columns: tuple[str | None, ...]
    at: int
    size: int


class Annex:
    """Collects what batches hold (from any thread) and yields it in the order of the inputs."""

    def __init__(self, reveal: bool, folder: str | None = None) -> None:
        self._reveal = reveal
        self._file = private_files.unnamed(folder)
        self._pieces: dict[tuple[int, int], _Piece] = {}
        self._lock = threading.Lock()

    def collect(self, source: int, number: int, batch: Batch, found: list[Found]) -> None:
        """Keeps the matches of batch ``number`` of input ``source``."""
        parts = [self._part(batch, item) for item in found]
        if not parts:
            return
        piece = pa.concat_tables(parts).sort_by(
            [("row", "ascending"), ("column", "ascending"), ("start", "ascending")]
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, PIECE) as writer:
            writer.write_table(piece)
        raw = sink.getvalue()
        with self._lock:
            at = self._file.seek(0, 2)
            self._file.write(raw)
            self._pieces[source, number] = _Piece(batch.table.name, batch.table.columns, at, raw.size)

    def _part(self, batch: Batch, item: Found) -> pa.Table:
        matches = item.matches
        at, rows = expand(item)
        count = len(at)
        offsets = pa.nulls(count, pa.int64())
        if batch.locate is not None and count:
            positions = item.column.cells.start[matches.cell[at]].astype(np.int64)
            order = np.argsort(positions, kind="stable")
            located = np.empty(count, np.int64)
            located[order] = batch.locate(positions[order])
            offsets = pa.array(located)
        kinds, inverse = np.unique(matches.checks, return_inverse=True)
        names = pa.array([check_names(int(checks)) for checks in kinds], pa.string())
        texts = pa.array(
            [masked(item, position, self._reveal) for position in range(len(matches))], pa.string()
        )
        column = pa.array([None if item.column_index == LOOSE else item.column_index], pa.int32())
        return pa.table(
            [
                pa.array(row_numbers(batch, item.column_index, rows), pa.int64()),
                column.take(pa.array(np.zeros(count, np.int32))),
                pa.array(matches.start[at]),
                pa.array(matches.end[at]),
                offsets,
                pa.array([item.name], pa.string()).take(pa.array(np.zeros(count, np.int32))),
                pa.array([item.detector.label], pa.string()).take(pa.array(np.zeros(count, np.int32))),
                names.take(pa.array(inverse[at].astype(np.int32))),
                texts.take(pa.array(at.astype(np.int32))),
            ],
            schema=PIECE,
        )

    def tables(
        self, paths: list[str], decisions: Mapping[tuple[int, str | None, int], Mapping[str, Decision]]
    ) -> Iterator[pa.Table]:
        """The findings in order, with the decision of their column; an empty table first, so that there is one."""
        yield FINDINGS.empty_table()
        for (source, _), piece in sorted(self._pieces.items()):
            self._file.seek(piece.at)
            table = pa.ipc.open_stream(self._file.read(piece.size)).read_all()
            columns = [LOOSE if index is None else index for index in table["column"].to_pylist()]
            detectors = table["detector"].to_pylist()
            told = [
                decisions[source, piece.table, index].get(name)
                for index, name in zip(columns, detectors, strict=True)
            ]
            accepted = [decision is not None and decision.accepted for decision in told]
            # Without a decision: what might have been damaged numbers, had their column been one of such values.
            kept = [at for at in _told_once(table, accepted) if told[at] is not None]
            if len(kept) < len(table):
                table = table.take(pa.array(kept))
                accepted, columns = [accepted[at] for at in kept], [columns[at] for at in kept]
            heads = [name and _storable(name) for name in piece.columns]
            names = [None if index == LOOSE else heads[index] for index in columns]
            count = len(table)
            yield pa.table(
                [
                    pa.array([_storable(paths[source])] * count, pa.string()),
                    pa.array([piece.table and _storable(piece.table)] * count, pa.string()),
                    table["row"],
                    table["column"],
                    pa.array(names, pa.string()),
                    table["start"],
                    table["end"],
                    table["byte_offset"],
                    table["label"],
                    table["checks"],
                    pa.array(accepted, pa.bool_()),
                    table["masked"],
                ],
                schema=FINDINGS,
            )

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Gives each input the number that ``numbers`` has for it."""
        self._pieces = {(numbers[source], at): piece for (source, at), piece in self._pieces.items()}

    def close(self) -> None:
        """Gives the private file back."""
        self._file.close()


def _storable(text: str) -> str:
    """A name as Arrow can hold it: its bytes that are no UTF-8 are written as in the other reports (``\\xb9``)."""
    return _HALF.sub(lambda half: _escaped(ord(half[0])), text)


def _escaped(code: int) -> str:
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _told_once(table: pa.Table, accepted: list[bool]) -> list[int]:
    """The lines without those not accepted that lie on an accepted one of the same label: several detectors find it."""
    places = list(zip(*(table[name].to_pylist() for name in ("row", "column", "label")), strict=True))
    spans = list(zip(*(table[name].to_pylist() for name in ("start", "end")), strict=True))
    held: dict[tuple[int, int | None, str], list[tuple[int, int]]] = {}
    for place, span, sound in zip(places, spans, accepted, strict=True):
        if sound:
            held.setdefault(place, []).append(span)
    return [
        at
        for at, (place, (start, end)) in enumerate(zip(places, spans, strict=True))
        if accepted[at] or not any(start < last and first < end for first, last in held.get(place, ()))
    ]
