"""Runs the JSON kernels over a text in pieces of any size, and gives what they find in the form of the reference."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from json_reference import Path, Record

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_paths import Paths
from scanner.kernels.json_values import DAMAGED, ENDED, LINE, SINGLE, WANTS_ROOM, WANTS_TEXT, Reader


@dataclass
class Reading:
    """``records`` and their ``offsets``; ``damaged``, ``lines``: (place among all of these, offset, text)."""

    reader: Reader
    records: list[Record] = field(default_factory=list)
    damaged: list[tuple[int, int, bytes]] = field(default_factory=list)
    lines: list[tuple[int, int, bytes]] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    value_offsets: list[int] = field(default_factory=list)

    @property
    def odd(self) -> list[int]:
        return self.reader.odd.tolist()


def path_of(paths: Paths, node: int) -> Path:
    parts: list[str] = []
    while node > 0:
        parent, kind, key, place, _ = paths.step(node)
        named = {"element": "[]", "any": "*", "key": "(key)", "place": f"[{place}]", "other": "(other)"}
        parts.append(key.decode("utf-8", "replace") if kind == "named" else named[kind])
        node = parent
    return tuple(parts[::-1])


def read(
    text: bytes, whole: bool, piece: int | None = None, values: int = 64, records: int = 16, **options: int
) -> Reading:
    """``piece``: bytes that are added at a time; ``values``, ``records``: room for so many at a time."""
    reader = Reader(whole, **options)
    found = Reading(reader)
    whole_text = np.frombuffer(bytearray(text), np.uint8)
    at, stop, size = 0, len(text) if piece is None else 0, len(text)
    while True:
        arrays = [np.full(values, -7, np.int32) for _ in range(4)]
        table = np.full((records, 4), -7, np.int32)
        before = whole_text[at:stop].tobytes()
        state, consumed, count, rows = reader.read(whole_text[at:stop], stop == size, *arrays, table)
        assert whole_text[at:stop].tobytes() == before, "the text stays as it is"
        node, record, start, end = (array[:count] for array in arrays)
        assert (np.diff(record) >= 0).all()
        buffer = whole_text[at:stop].copy()
        unescape(buffer, start, end)
        made: list[Record | None] = []
        for list_node, low, high, kind in table[:rows].tolist():
            assert 0 <= low <= high <= consumed
            if kind in (DAMAGED, LINE):
                place = len(found.records) + len(found.damaged) + len(found.lines)
                pieces = found.lines if kind == LINE else found.damaged
                pieces.append((place, at + low, buffer[low:high].tobytes()))
                made.append(None)
            else:
                made.append(Record(path_of(reader.paths, list_node), single=kind == SINGLE))
                found.records.append(made[-1])
                found.offsets.append(at + low)
        for one, owner, low, high in zip(*(a.tolist() for a in (node, record, start, end)), strict=True):
            text_of = buffer[low:high].tobytes().decode("utf-8", "replace")
            made[owner].values.append((path_of(reader.paths, one), text_of))
            found.value_offsets.append(at + low)
        at += consumed
        if state == ENDED:
            assert at == size
            return found
        if state == WANTS_ROOM and not consumed and not rows:
            values, records = 2 * values, 2 * records
        elif state == WANTS_TEXT:
            assert stop < size, "there is no more"
            stop = min(stop + piece, size)
