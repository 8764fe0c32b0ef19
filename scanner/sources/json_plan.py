"""How a JSON text is read, decided on its head: what its records are, and which columns most of them have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scanner.kernels.json_cells import unescape
from scanner.kernels.json_values import DAMAGED, SINGLE, WANTS_ROOM, Reader
from scanner.model import Batch, Bytes, Cells, Table
from scanner.sources.delimited import ContentRoles
from scanner.sources.json_lines import Lines, parted
from scanner.sources.json_places import holds_columns
from scanner.sources.json_tables import Known, Tables, Values

MOST_PATHS = 4096  # values of further ones are one column
ROOM = 1 << 19  # values that are taken at a time, more where a record has more
LITTLE = 1 << 16
MANY = 16  # records below an object that make it a container
FIELDS = 256  # values below different keys of a lone object, of which each is a record then
ALIKE = 8  # objects that are alike, below keys that are no names
WIDEST_ALIKE = 3  # how many keys such objects have together, as a multiple of what one has
ROWS = 1000  # rows of the head that show what columns are
BLANK = b" \t\r\n\x00\x1e\xef\xbb\xbf"
Row = list[str]
Header = Callable[[list[Row]], str | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the records of a text are: see ``json_values.Reader``."""

    whole: bool
    mapped: int = 0
    among: bool = False

    def reader(self, longest: int) -> Reader:
        """A reader from the start of such a text; ``longest``: bytes of a record."""
        return Reader(self.whole, most=MOST_PATHS, longest=longest, mapped=self.mapped, among=self.among)


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


def all_values(reader: Reader, text: Bytes, final: bool) -> Iterator[tuple[Bytes, Values]]:
    """What is found in a text, part by part; texts keep their escapes."""
    room, state = Room(LITTLE), WANTS_ROOM
    while state == WANTS_ROOM:
        state, consumed, values = room.read(reader, text, final)
        yield text, values
        text = text[consumed:]


def find_shape(head: Bytes, final: bool) -> Shape:
    """What the records of a text are.

    Of a list its elements; of several documents these; of one object that, unless most of its values lie in lists of
    objects with several values each, or in objects whose keys are data.
    """
    mapped = mapped_levels(head, final)
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
        return Shape(not (records >= MANY * reader.documents and inside > 0.9 * total), mapped)
    is_object = head[:LITTLE].tobytes().lstrip(BLANK)[:1] == b"{"
    listed = records > 1 and inside > 0.5 * total and (records >= MANY or inside >= 2 * records)
    return Shape(is_object and not listed, mapped)


def mapped_levels(head: Bytes, final: bool) -> int:
    """Bit d: objects at depth d hold many objects that are alike, or more values than a record has fields.

    Then their keys are data: {"alice": {…}, …}, {"alice": "13800138000", …}.
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
        if len(keys) >= ALIKE and len(keys) >= 0.9 * len(children):
            together = len(set().union(*keys))
            if together * len(keys) <= WIDEST_ALIKE * sum(map(len, keys)):
                mapped |= 2 << depth[parent]
    return mapped


@dataclass(frozen=True, slots=True)
class Plan:
    """How a text is read from its start: its reader, and its tables as far as the head shows them.

    ``lines``: what lies among the records; ``empty``: the head shows no record; ``columns``: the first record holds a
    table column by column.
    """

    reader: Reader
    tables: Tables
    lines: Lines
    empty: bool
    columns: bool = False


def make_plan(
    head: Bytes,
    final: bool,
    table: Table,
    longest: int,
    content_roles: ContentRoles | None,
    header: Header,
    among: bool,
) -> Plan:
    """Decides on the first bytes of a text, which are left as they are.

    ``table``: what all tables share; ``header``: why the first of some rows names the columns, or None if it does
    not; ``among``: records lie among lines of other text.
    """
    shape = Shape(True, among=True) if among else find_shape(head, final)
    trial = shape.reader(longest)
    tables = Tables(trial.paths, table)
    _, _, values = Room(LITTLE).read(trial, head, final)
    values, _ = parted(values)
    columns = shape.whole and not among and holds_columns(values, trial.paths)
    text = head.copy()
    unescape(text, values.start, values.end)
    learned = tables.learn(values)
    first: dict[str | None, Batch] = {}
    for batch in tables.batches(values, text):
        first.setdefault(batch.table.name, batch)
    for known in learned:
        if known.table.name in first and known.dense:
            _tell(known, first[known.table.name], content_roles, header)
        known.lines = 0
    reader = shape.reader(longest)
    tables.paths = reader.paths  # which gives the same paths the same numbers
    return Plan(reader, tables, Lines(table), not len(values.records), columns)


def _tell(known: Known, batch: Batch, content_roles: ContentRoles | None, header: Header) -> None:
    """Notes what the first rows of a table show its dense columns to be: a header of lists, and roles."""
    first = [
        Cells(c.cells.data, c.cells.start[:ROWS], c.cells.end[:ROWS]) for c in batch.columns[: known.dense]
    ]
    old = known.table
    names: Sequence[str | None] = old.columns[: known.dense]
    if known.dense > 1 and not any(old.columns):
        rows = [[cells.text(at) for cells in first] for at in range(min(batch.size, 100))]
        found_by = header(rows)
        if found_by:
            names = tuple(cell.strip() or None for cell in rows[0])
            first = [Cells(cells.data, cells.start[1:], cells.end[1:]) for cells in first]
            known.header = True
            why = old.why._replace(header=found_by) if old.why else None
            known.table = old._replace(columns=(*names, *old.columns[known.dense :]), why=why)
    roles = None if content_roles is None else content_roles(names, lambda: first)
    if roles:
        rest = (None,) * (len(old.columns) - known.dense)
        known.table = known.table._replace(content_roles=(*roles, *rest))
