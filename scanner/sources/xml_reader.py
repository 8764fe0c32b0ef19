"""XML as tables: elements that repeat are records, what stands in them are cells; all other text as lines.

A record is a row, and the path from it to a value a column; values of one path stand in one cell, a line each. Runs
in a child process.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.probe import find_encoding
from scanner.sources.workbooks.parts import Positioned
from scanner.sources.xml_shape import DEEPEST, KEYS, OTHER, Place, Places, is_name
from scanner.sources.xml_tokens import Tokens, attributes_of

FORMAT = "xml"
HEAD = 1 << 20  # bytes that show what the records are
PIECE = 1 << 18
ROWS, CELLS, SIZE = 4000, 1 << 20, 4 << 20  # of a batch; SIZE: characters
LINE = 1 << 14  # characters of a loose line that are enough
LARGEST = 1 << 22  # characters of a record or text; what is larger comes in parts
MOST_TABLES, MOST_COLUMNS = 1000, 4096
SPARSE, ALWAYS = (
    64,
    1 << 12,
)  # places of a table for each filled cell, at most; places that any table may have
LONGEST_TITLE = 200


@dataclass(slots=True)
class _Open:
    """An element that is being read. ``values``: of elements in it that are in no record, name and text."""

    name: str
    place: Place
    title: str = ""  # its path, with the names that elements of it have
    column: str | None = None  # None outside of records
    texts: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    """The rows of a table that were not told yet."""

    name: str | None
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    count: int = 0  # rows of all batches, and their cells
    cells: int = 0
    told: int = 0  # columns


class _Rows:
    """Makes rows of tokens; messages wait in ``found``."""

    def __init__(self, places: Places) -> None:
        self.found: list[Any] = []
        self.wrong = 0  # ends without a beginning, beginnings without an end
        self._places = places
        self._open = [_Open("", places.root)]
        self._tables: dict[str | None, _Table] = {}
        self._now: str | None = ""  # the sheet that was told last
        self._record: dict[str, str] | None = None
        self._within = 0  # open elements when the record began
        self._size = self._held = 0  # characters of the record, of all rows
        self._beyond = 0  # open elements that lie too deep
        self.deep = 0  # elements that lay too deep

    def leaf(self, name: str, text: str) -> None:
        """An element with nothing but text."""
        if self._record is not None and len(self._open) < DEEPEST:
            above = self._open[-1]
            if above.texts:
                above.texts.append(" ")
            if text := text.strip():
                self._cell(f"{above.column}.{name}" if above.column else name, text)
            return
        self.start(name, "")
        self.text(text)
        self.end(name)

    def start(self, name: str, attributes: str) -> None:
        """An element begins."""
        above = self._open[-1]
        if above.texts:
            above.texts.append(" ")
        if len(self._open) > DEEPEST:
            self._beyond += 1
            self.deep += 1
            self._attributes(above, attributes)
            return
        place = above.place.below.get(name) or self._places.below(above.place, name)
        now = _Open(name, place)
        if self._record is None:
            now.title = f"{above.title}.{name}"[-LONGEST_TITLE:] if above.title else name
        if self._record is not None:
            now.column = f"{above.column}.{name}" if above.column else name
        elif place.is_record:
            self._record, self._within, self._size = {}, len(self._open), 0
            now.column = ""
        self._open.append(now)
        if attributes:
            self._attributes(now, attributes)

    def _attributes(self, now: _Open, attributes: str) -> None:
        for given, value in attributes_of(attributes):
            if given.startswith("xmlns"):
                continue
            if given == now.place.key and now.column and (is_name(value) or value in now.place.keys[given]):
                above = now.column.rpartition(".")[0]
                now.column = f"{above}.{value}" if above else value
                continue
            if now.column is not None:
                self._cell(f"{now.column}.{given}" if now.column else given, value)
            else:
                if given in KEYS and is_name(value):
                    now.title = f"{now.title}[{value}]"
                self._loose(now, given, value)

    def end(self, name: str) -> None:
        """An element ends, and those in it that were left open."""
        if self._beyond:
            self._beyond -= 1
            return
        if self._open[-1].name == name and len(self._open) > 1:
            self._close()
            return
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].name == name:
                self.wrong += len(self._open) - at - 1
                while len(self._open) > at:
                    self._close()
                return
        self.wrong += 1

    def text(self, text: str) -> None:
        """Text of the innermost element."""
        now = self._open[-1]
        if now.texts or not text.isspace():
            now.texts.append(text)
            if len(text) > LINE and sum(map(len, now.texts)) > LARGEST:
                self._told(now)

    def aside(self, text: str) -> None:
        """Text that belongs to no element."""
        if text.strip():
            self._row(None, {"": text.strip()})

    def close(self) -> int:
        """The text ends; returns how many elements were open."""
        still = len(self._open) - 1
        while len(self._open) > 1:
            self._close()
        self._told(self._open[0])
        self._flush(self._open[0])
        self.tell()
        return still

    def _told(self, now: _Open) -> None:
        """What an element holds becomes a cell."""
        if not now.texts:
            return
        text = "".join(now.texts).strip()
        now.texts.clear()
        if text:
            if now.column is not None:
                self._cell(now.column or now.name, text)
            else:
                self._loose(self._open[-2] if len(self._open) > 1 else now, now.name, text)

    def _close(self) -> None:
        now = self._open[-1]
        self._told(now)
        self._open.pop()
        if self._record is not None and len(self._open) == self._within:
            if self._record:
                self._row(now.title, self._record)
            self._record = None
        elif now.values:
            self._flush(now)

    def _cell(self, column: str, text: str) -> None:
        record = self._record
        assert record is not None
        if not text or text.isspace():
            return
        self._size += len(text)
        if self._size > LARGEST and record:
            self._row(self._open[self._within].title, record)
            record = self._record = {}
            self._size = len(text)
        record[column] = f"{record[column]}\n{text}" if column in record else text

    def _loose(self, above: _Open, name: str, text: str) -> None:
        """A value outside of records: those of one element are one line, unless they repeat."""
        if not text.strip():
            return
        if any(name == given for given, _ in above.values) or len(above.values) > 100:
            self._flush(above)
        above.values.append((name, text))
        if len(text) > LINE:
            self._flush(above)

    def _flush(self, now: _Open) -> None:
        if now.values:
            self._row(None, {"": "\n".join(text for _, text in now.values)})
            now.values.clear()

    def _row(self, name: str | None, row: dict[str, str]) -> None:
        table = self._tables.get(name)
        if table is None:
            if len(self._tables) >= MOST_TABLES and name is not None:
                name = OTHER
            table = self._tables.setdefault(name, _Table(name))
        columns = table.columns
        table.count += 1
        table.cells += len(row)
        for column in row:
            if column not in columns:
                wide = (len(columns) + 1) * table.count > SPARSE * table.cells + ALWAYS
                if len(columns) > MOST_COLUMNS or wide:
                    row = _narrowed(row, columns)
                    break
                columns[column] = len(columns)
        table.rows.append(row)
        self._held += 200 + sum(map(len, row.values()))
        if self._held > SIZE or len(table.rows) >= ROWS or len(table.rows) * len(columns) > CELLS:
            self.tell()

    def tell(self) -> None:
        """All rows that wait become messages."""
        for table in self._tables.values():
            if not table.rows:
                continue
            names = list(table.columns)
            if self._now != table.name or len(names) > table.told:
                self.found.append(Sheet(table.name, tuple(names) if table.name else (None,), FORMAT))
                self._now, table.told = table.name, len(names)
            arrays = [pa.array([row.get(each) for row in table.rows], pa.string()) for each in names]
            self.found.append(pa.record_batch(arrays, [each.replace("\0", "\ufffd") for each in names]))
            table.rows = []
        self._held = 0


def _narrowed(row: dict[str, str], columns: dict[str, int]) -> dict[str, str]:
    """A row whose values of further columns stand in one."""
    columns.setdefault(OTHER, len(columns))
    further = "\n".join(text for column, text in row.items() if column not in columns)
    return {column: text for column, text in row.items() if column in columns} | {OTHER: further}


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a text, which is one unit."""
    yield Unit(0, "the text")
    encoding = find_encoding(Positioned(file), options.get("encoding"))
    places = Places()
    tokens = Tokens(places)
    for piece, last in _pieces(file, encoding.name, encoding.mark, tokens, HEAD):
        tokens.feed(piece, last)
    places.decide()
    rows = _Rows(places)
    tokens = Tokens(rows)
    for piece, last in _pieces(file, encoding.name, encoding.mark, tokens, None):
        tokens.feed(piece, last)
        yield from rows.found
        rows.found.clear()
    still = rows.close()
    yield from rows.found
    if still:
        yield Trouble("ends before its elements are closed")
    if tokens.entities:
        yield Trouble(
            counted(
                "declares {count} [count:entity; it was|entities; they were] not expanded, so that what "
                "[count:it stands for is missing where it is|they stand for is missing where they are] used",
                count=tokens.entities,
            )
        )
    if rows.deep:
        yield Trouble(
            counted(
                "holds {count} [count:element|elements] deeper than {levels} levels; "
                "[count:its|their] text was read with the last of these",
                count=rows.deep,
                levels=DEEPEST,
            ),
            partial=False,
        )
    if rows.wrong:
        yield Trouble(
            counted(
                "is no sound XML: {count} [count:tag has|tags have] no counterpart; it was read as it is meant",
                count=rows.wrong,
            ),
            partial=False,
        )


def _pieces(
    file: BinaryIO, encoding: str, mark: int, tokens: Tokens, most: int | None
) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether each is the last; ``most``: bytes that are enough."""
    decoder = codecs.getincrementaldecoder("big5hkscs" if encoding == "big5" else encoding)("replace")
    file.seek(mark)
    done = 0
    while most is None or done < most:
        raw = file.read(max(PIECE, tokens.held))
        done += len(raw)
        yield decoder.decode(raw, not raw), not raw
        if not raw:
            return
