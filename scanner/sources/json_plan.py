"""How a JSON text is read, decided on its head: what its records are, and which columns most of them have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_values import DAMAGED, SINGLE, WANTS_ROOM, Reader
from scanner.model import Batch, Bytes, Table
from scanner.sources.delimited import ContentRoles
from scanner.sources.json_heads import Header, names_beside, tell_columns
from scanner.sources.json_keys import LEAST, Knows, are_data, texts_below
from scanner.sources.json_lines import Lines, parted
from scanner.sources.json_lists import may_hold_lists, unfolded_levels
from scanner.sources.json_names import steps as steps_to
from scanner.sources.json_places import DEPTHS, FIELDS, LEAST_PLACES, LEAST_SHARE, by_place, holds_columns
from scanner.sources.json_tables import Tables, Values

MOST_PATHS = 4096  # values of further ones are one column
ROOM = 1 << 19  # values that are taken at a time, more where a record has more
LITTLE = 1 << 16
SOME = 64  # values, where the first record is all that is asked for
MANY = 16  # records below an object that make it a container
ALIKE = 8  # objects that are alike, below keys that are no names
WIDEST_ALIKE = 3  # how many keys such objects have together, as a multiple of what one has
BLANK = b" \t\r\n\x00\x1e\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of a text are: see ``json_values.Reader``."""

    whole: bool
    mapped: int = 0
    among: bool = False
    unfolded: int = 0

    def reader(self, longest: int) -> Reader:
        """A reader from the start of such a text; ``longest``: bytes of a record."""
        return Reader(
            self.whole,
            most=MOST_PATHS,
            longest=longest,
            mapped=self.mapped,
            among=self.among,
            unfolded=self.unfolded,
        )


class Room:
    """Arrays that take values; they grow where a record needs it, and are used again and again."""

    def __init__(self, values: int = ROOM) -> None:
        self._make(values)

    def _make(self, values: int) -> None:
        self._arrays = np.empty((4, values), np.int32)
        self._records = np.empty((values // 2 + 2, 4), np.int32)

    def read(self, reader: Reader, text: Bytes, final: bool) -> tuple[int, int, Values]:
        """What ``Reader.read`` says (state, consumed), and what was found; the next call overwrites that."""
        while True:
            node, record, start, end = self._arrays
            state, consumed, values, records = reader.read(
                text, final, node, record, start, end, self._records
            )
            if state != WANTS_ROOM or consumed or records:
                found = Values(
                    node[:values], record[:values], start[:values], end[:values], self._records[:records]
                )
                return state, consumed, found
            self._make(min(2 * self._arrays.shape[1], reader.most_values + 16))


def all_values(
    reader: Reader, text: Bytes, final: bool, values: int = LITTLE
) -> Iterator[tuple[Bytes, Values]]:
    """What is found in a text, part by part, so many values at a time; texts keep their escapes."""
    room, state = Room(values), WANTS_ROOM
    while state == WANTS_ROOM:
        state, consumed, found = room.read(reader, text, final)
        yield text, found
        text = text[consumed:]


def first_values(reader: Reader, text: Bytes, final: bool, values: int = LITTLE) -> tuple[Bytes, Values]:
    """The first part of a text that holds a record; its last one if none does."""
    for part in all_values(reader, text, final, values):
        if len(part[1].records):
            break
    return part


def find_shape(head: Bytes, final: bool, knows: Knows | None = None) -> Shape:
    """What the records of a text are.

    Of a list its elements; of several documents these; of one object that, unless most of its values lie in lists of
    objects with several values each, or in objects whose keys are data.
    """
    mapped = mapped_levels(head, final, knows)
    reader = Shape(False, mapped).reader(len(head) + 16)
    inside = total = records = 0
    for text, part in all_values(reader, head, final):
        if not len(part.records):
            continue
        sizes = np.bincount(part.record, minlength=len(part.records))
        kinds, first = part.records[:, 3], text[part.records[:, 1]]
        opens = (first == ord("{")) | (first == ord("[")) | ((first == ord('"')) & (sizes > 1))
        nested = (kinds != DAMAGED) & (kinds != SINGLE) & opens & (sizes > 0)
        total += int(sizes[kinds != DAMAGED].sum())
        inside += int(sizes[nested].sum())
        records += int(np.count_nonzero(nested))
    if reader.documents > 1:
        whole = not (records >= MANY * reader.documents and inside > 0.9 * total)
        return Shape(whole, 0 if whole else mapped)
    is_object = head[:LITTLE].tobytes().lstrip(BLANK)[:1] == b"{"
    listed = records > 1 and inside > 0.5 * total and (records >= MANY or inside >= 2 * records)
    whole = is_object and not listed
    if whole or knows is None or not may_hold_lists(reader.paths):
        return Shape(whole, 0 if whole else mapped)

    def read(unfolded: int) -> tuple[Reader, Iterator[tuple[Bytes, Values]]]:
        reader = Shape(False, mapped, unfolded=unfolded).reader(len(head) + 16)
        return reader, all_values(reader, head, final)

    return Shape(False, mapped, unfolded=unfolded_levels(read, knows))


def find_columns(head: Bytes, final: bool, longest: int) -> tuple[Shape | None, bool]:
    """How a text is read whose first record holds a table column by column; whether it may be one, but goes on."""
    if head[:LITTLE].tobytes().lstrip(BLANK)[:1] != b"{":
        return None, False
    for depth in DEPTHS:
        shape = Shape(True, 1 << depth)
        reader = shape.reader(longest)
        text, values = first_values(reader, head, final, SOME)
        if not len(values.records):
            return None, not final and any(map(partial(may_hold_columns, head), DEPTHS))
        values, text = values.of_records(0, 1), text[: int(values.records[0, 2])].copy()
        unescape(text, values.start, values.end)
        if holds_columns(values, reader.paths, text):
            return shape, False
    return None, False


def may_hold_columns(head: Bytes, depth: int) -> bool:
    """Does a text that goes on hold, so far, nothing but columns of a table in the objects and lists at a depth?"""
    reader = Shape(False, 1 << depth).reader(len(head) + 16)
    sizes: dict[int, int] = {}
    total = 0
    for text, part in all_values(reader, head, False):
        places = part.records[:, 3] == 0
        nodes, counts = np.unique(part.records[places, 0], return_counts=True)
        for node, count in zip(nodes.tolist(), counts.tolist(), strict=True):
            sizes[node] = sizes.get(node, 0) + count
        if np.isin(text[part.records[places, 1]], list(b"{[")).any():
            return False  # a list of records
        keys = [node for node in range(reader.paths.count) if reader.paths.step(node)[1] == "key"]
        total += int(np.isin(part.node, keys, invert=True).sum())
    steps = [steps_to(reader.paths, node) for node in sorted(sizes)]
    if not steps or any(len(each) != depth - 1 or each[-1].kind != "named" for each in steps):
        return False
    *whole, last = (sizes[node] for node in sorted(sizes))  # as they came
    most = max(sizes.values())
    return (
        most >= LEAST_PLACES
        and {*whole} <= {most}
        and last <= most
        and total <= most * len(sizes) / LEAST_SHARE
    )


def mapped_levels(head: Bytes, final: bool, knows: Knows | None = None) -> int:
    """Bit d: objects at depth d hold many objects that are alike, or more values than a record has fields.

    Then their keys are data: {"alice": {…}, …}, {"alice": "13800138000", …}; so are those of fewer values
    that are told to be data (``json_keys``). Keys that count from 0 or 1 make a list.
    """
    reader = Shape(False).reader(len(head) + 16)
    for _ in all_values(reader, head, final):
        pass
    paths = reader.paths
    below: dict[int, list[tuple[int, bytes]]] = {}
    depth = {0: 0}
    for node in range(2, paths.count):
        parent, kind, key, _, _ = paths.step(node)
        if kind == "named" and parent in depth:
            depth[node] = depth[parent] + 1
            below.setdefault(parent, []).append((node, key))
    mapped = 0
    for parent, children in below.items():
        keys = [{key for _, key in below[node]} for node, _ in children if node in below]
        if len(children) - len(keys) >= FIELDS and reader.documents <= 1:
            mapped |= 2 << depth[parent]
        plain = [node for node, _ in children]
        if knows and reader.documents <= 1 and not keys and LEAST <= len(plain) < FIELDS:
            again = all_values(Shape(False).reader(len(head) + 16), head, final)
            texts = texts_below(again, paths, plain)
            if are_data([key.decode("utf-8", "replace") for _, key in children], texts, knows):
                mapped |= 2 << depth[parent]
        least = 2 if are_counted([key for _, key in children]) else ALIKE
        if len(keys) >= least and len(keys) >= 0.9 * len(children):
            together = len(set().union(*keys))
            if together * len(keys) <= WIDEST_ALIKE * sum(map(len, keys)):
                mapped |= 2 << depth[parent]
    return mapped


def are_counted(keys: Sequence[bytes]) -> bool:
    """Are keys the whole numbers from 0 or 1 on, in order?"""
    return [*keys] in ([b"%d" % number for number in range(first, first + len(keys))] for first in (0, 1))


@dataclass(slots=True)
class Plan:
    """How a text is read from its start: its reader, and its tables as far as the head shows them.

    ``lines``: what lies among the records; ``empty``: the head shows too little; ``columns``: the first record holds a
    table column by column; ``cut``: it may, but the head ends before that is seen. ``within``: some texts are JSON
    themselves; ``texts``: how many, so far.
    """

    reader: Reader
    tables: Tables
    lines: Lines
    empty: bool
    columns: bool = False
    cut: bool = False
    within: bool = False
    texts: int = 0


def make_plan(
    head: Bytes,
    final: bool,
    table: Table,
    longest: int,
    content_roles: ContentRoles | None,
    header: Header,
    among: bool,
    knows: Knows | None = None,
) -> Plan:
    """Decides on the first bytes of a text, which are left as they are.

    ``table``: what all tables share; ``header``: why the first of some rows names the columns, or None if it does
    not; ``among``: records lie among lines of other text; ``knows``: what keys and values are like.
    """
    columns, cut = (None, False) if among else find_columns(head, final, longest)
    shape = columns or (Shape(True, among=True) if among else find_shape(head, final, knows))
    trial = shape.reader(longest)
    tables = Tables(trial.paths, table, columns is not None)
    text, values = first_values(trial, head, final)
    values, _ = parted(values)
    text = text.copy()
    unescape(text, values.start, values.end)
    if columns:
        values = by_place(values, trial.paths, text)
    learned = tables.learn(values)
    first: dict[str | None, Batch] = {}
    for batch in tables.batches(values, text):
        first.setdefault(batch.table.name, batch)
    for known in learned:
        if known.table.name in first and known.dense:
            beside = names_beside(trial.paths, known, learned, first)
            tell_columns(known, first[known.table.name], beside, content_roles, header)
        known.lines = 0
    reader = shape.reader(longest)
    tables.paths = reader.paths  # which gives the same paths the same numbers
    empty = cut or not len(values.records)
    return Plan(reader, tables, Lines(table), empty, columns is not None, cut)
