"""The tables of a dump: their names and columns, and which value of a statement's tuples goes to which column.

The columns a table has when its first rows come are dense: one cell a row, empty where a statement leaves it out.
Columns that later statements name besides are list columns, so that a row is the same however many columns are known by
then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.sql_rows import Reader
from scanner.model import Bytes, Cells, Column, Table
from scanner.sources.sql_statements import SHOWN, Comment, Definition, Lines, Name, Tuples

MOST_SHAPES = 10_000  # statements that differ in table or columns
MOST_COLUMNS = 1 << 20  # of all of them together
STATEMENTS = "(statements)"
Numbers = NDArray[np.int32]
NOTHING = np.zeros(0, np.int32)


@dataclass(slots=True)
class Known:
    """A table as far as it is known.

    ``defined``: columns by CREATE TABLE, lower case to the name shown; ``dense``: how many columns have one cell a row,
    -1 before the first row; ``places``: columns by their names in lower case; ``lines``: rows and damaged ones so far;
    ``shapes``: the numbers of those that are not settled; ``begun``: did a statement with rows come?
    """

    table: Table
    defined: dict[str, str] = field(default_factory=dict)
    dense: int = -1
    places: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    shapes: list[int] = field(default_factory=list)
    begun: bool = False


@dataclass(slots=True)
class Shape:
    """The rows of one sort of statement.

    ``columns`` as it names them; ``places``: to which column each value goes, once that is known; ``table``: the
    columns known at that time.
    """

    known: Known
    columns: tuple[str, ...] | None
    places: list[int] | None = None
    table: Table | None = None


class Tables:
    """All tables of one dump.

    ``reader`` numbers the shapes and knows their widths; ``like``: what the tables' ``model.Table`` share; ``sure``:
    does a text name a role?
    """

    def __init__(self, reader: Reader, like: Table, sure: Callable[[str], bool]) -> None:
        self._reader = reader
        self._like = like
        self._sure = sure
        self._known: dict[tuple[str, str], Known] = {}
        self._shapes: dict[tuple[int, tuple[str, ...] | None], int] = {}
        self._columns = 0
        self._home: str | None = None
        self.schema = ""
        self.shapes: list[Shape] = []
        self.statements = Known(
            like._replace(name=STATEMENTS, columns=(None,), kinds=("text",), has_header=False), dense=1
        )
        self.too_many = False

    def define(self, said: Definition | Comment) -> None:
        """Takes note of what a statement says of columns; too late once the table has rows."""
        if len(self._known) >= MOST_SHAPES or self._columns > MOST_COLUMNS:
            return
        known = self._of(said.name)
        if known.begun:
            return
        if isinstance(said, Comment):
            name = known.defined.get(said.column.casefold())
            if name is not None:
                known.defined[said.column.casefold()] = self._shown(said.column, said.text)
            return
        known.defined = {name.casefold(): self._shown(name, comment) for name, comment in said.columns}
        self._columns += len(known.defined)

    def shape(self, said: Tuples | Lines) -> int | None:
        """The number of the shape of a statement's rows, None where there are too many of them."""
        self.too_many |= len(self.shapes) >= MOST_SHAPES or self._columns > MOST_COLUMNS
        if self.too_many and not self._has(said):
            return None
        known = self._of(said.name)
        found = self._shapes.get((id(known), said.columns))
        if found is None:
            # Which columns a table has must depend on the order of its statements alone, not on where blocks end.
            for number in [number for number in known.shapes if self._reader.width(number) >= 0]:
                self.settle(number)
            known.begun = True
            width = len(said.columns) if said.columns is not None else len(known.defined) or -1
            found = self._shapes[id(known), said.columns] = self._reader.shape_of(
                width, said.columns is not None
            )
            self.shapes.append(Shape(known, said.columns))
            known.shapes.append(found)
            self._columns += max(width, 1)
            if said.columns is not None:
                self.settle(found)
        return found

    def all(self) -> list[Known]:
        """All tables, that of free text too."""
        return [self.statements, *self._known.values()]

    def settle(self, number: int) -> Shape:
        """The shape, whose places are decided now if they were not: the reader knows how many values it has."""
        shape = self.shapes[number]
        if shape.places is None:
            shape.places = self._placed(shape.known, shape.columns, self._reader.width(number))
            shape.table = shape.known.table
            shape.known.shapes.remove(number)
        return shape

    def _has(self, said: Tuples | Lines) -> bool:
        known = self._known.get(self._key(said.name))
        return known is not None and (id(known), said.columns) in self._shapes

    def _key(self, name: Name) -> tuple[str, str]:
        return (name[-2] if len(name) > 1 else self.schema).casefold(), name[-1].casefold()

    def _of(self, name: Name) -> Known:
        key = self._key(name)
        if self._home is None:
            self._home = key[0]
        if key not in self._known:
            schema = name[-2] if len(name) > 1 else self.schema
            shown = name[-1] if key[0] in ("", self._home) else f"{schema}.{name[-1]}"
            self._known[key] = Known(self._like._replace(name=shown))
        return self._known[key]

    def _shown(self, name: str, comment: str | None) -> str:
        """A column's name, and its comment where only that tells what it is."""
        text = " ".join((comment or "").split())
        if text and text != name and len(text) <= SHOWN and not self._sure(name) and self._sure(text):
            return f"{name}（{text}）"
        return name

    def _placed(self, known: Known, columns: Sequence[str] | None, width: int) -> list[int]:
        if known.dense < 0:
            if columns is None and len(known.defined) != width:
                known.defined = {}  # what the rows have was not defined here, or not wholly
            named = known.defined or {name.casefold(): name for name in columns or ()}
            shown: tuple[str | None, ...] = tuple(named.values()) or (None,) * width
            known.places = {name: place for place, name in enumerate(named)}
            self._widen(known, shown)
            known.dense = len(shown)
        unnamed = known.table.columns.count(None) == len(known.table.columns)
        if columns is None or (unnamed and width == known.dense):
            more = max(width - len(known.table.columns), 0)
            self._widen(known, (None,) * more)
            return list(range(width))
        places: list[int] = []
        for name in columns:
            place = known.places.get(name.casefold())
            if place is None or place in places:
                place = len(known.table.columns)
                known.places.setdefault(name.casefold(), place)
                self._widen(known, (name,))
            places.append(place)
        return places

    @staticmethod
    def _widen(known: Known, names: Sequence[str | None]) -> None:
        if names or not known.table.columns:
            columns = known.table.columns + tuple(names)
            known.table = known.table._replace(
                columns=columns,
                kinds=("text",) * len(columns),
                has_header=any(name is not None for name in columns),
            )


def columns_of(shape: Shape, buffer: Bytes, start: Numbers, end: Numbers) -> tuple[Column, ...]:
    """The columns of some rows; ``start``, ``end`` int32[values, rows]."""
    assert shape.places is not None
    assert shape.table is not None
    empty = np.zeros(start.shape[1], np.int32)
    columns = []
    values = {place: value for value, place in enumerate(shape.places)}
    for place in range(len(shape.table.columns)):
        value = values.get(place)
        if place < shape.known.dense:
            spans = (empty, empty) if value is None else (start[value], end[value])
            columns.append(Column(Cells(buffer, *spans)))
        elif value is None:
            columns.append(Column(Cells(buffer, NOTHING, NOTHING), rows=NOTHING))
        else:
            filled = np.flatnonzero(end[value] > start[value]).astype(np.int32)
            columns.append(Column(Cells(buffer, start[value][filled], end[value][filled]), rows=filled))
    return tuple(columns)
