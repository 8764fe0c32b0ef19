"""The counts of the tables of all inputs, of which there may be very many: the latest as they are, others packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.store.by_table import TableKey, place_of, source_of, table_order
from scanner.store.packed import Pieces
from scanner.tallies.table_tally import TableTally, packed, unpacked

Numbers = NDArray[np.int64]

TOGETHER = 256  # tables that are packed together
LATEST = 2 * TOGETHER  # tables that are kept as they are


class _Piece(NamedTuple):
    """Some packed tables in their order: where each lies (``place_of``), its figures; ``gone``: not here any more."""

    number: int
    places: Numbers
    names: tuple[str | None, ...] | None  # None: none has a name
    rows: Numbers
    damaged: Numbers
    gone: set[int]

    def name(self, at: int) -> str | None:
        return None if self.names is None else self.names[at]


class Tables(MutableMapping[TableKey, TableTally]):
    """Tables by input and name, always in their order (``table_order``).

    A table that is looked up may be but a copy of what is packed: what is to be changed must be got by ``taken``, and
    is to be changed before the next but few are added.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._latest: dict[TableKey, TableTally] = {}
        self._pieces = Pieces(folder)
        self._index: list[_Piece] = []
        self._first = np.zeros(0, np.int64)  # of each piece, and its last: places
        self._last = np.zeros(0, np.int64)
        self._gone = 0
        self._shown: tuple[TableKey, TableTally] | None = None  # the last one that was made of what is packed

    def __getstate__(self) -> dict[str, Any]:
        """As another process takes it: packed, which is far smaller and quicker than objects."""
        if self._latest:
            self._pack(len(self._latest))
        return self.__dict__ | {"_shown": None}

    def taken(self, key: TableKey) -> TableTally | None:
        """A table that may be changed; None where there is none."""
        found = self._latest.get(key)
        if found is None and self._index and (where := self._find(key)) is not None:
            piece, at = where
            found = unpacked(self._pieces[piece.number][at])
            self._leave_out(piece, at)
            self[key] = found
        return found

    def _find(self, key: TableKey) -> tuple[_Piece, int] | None:
        place = place_of(key[0])
        for number in np.flatnonzero((self._first <= place) & (place <= self._last)).tolist():
            piece = self._index[number]
            first, last = np.searchsorted(piece.places, (place, place + 1)).tolist()
            for at in range(first, last):
                if piece.name(at) == key[1] and at not in piece.gone:
                    return piece, at
        return None

    def __getitem__(self, key: TableKey) -> TableTally:
        found = self._latest.get(key)
        if found is not None:
            return found
        shown = self._shown
        if shown is not None and shown[0] == key:
            return shown[1]
        where = self._find(key)
        if where is None:
            raise KeyError(key)
        return self._table(*where, key)

    def __setitem__(self, key: TableKey, table: TableTally) -> None:
        if key not in self._latest:
            if key in self:
                del self[key]
            if len(self._latest) >= LATEST:
                self._pack(TOGETHER)
        self._latest[key] = table

    def __contains__(self, key: object) -> bool:
        return key in self._latest or (bool(self._index) and self._find(key) is not None)  # type: ignore[arg-type]

    def __delitem__(self, key: TableKey) -> None:
        if key in self._latest:
            del self._latest[key]
        elif (where := self._find(key)) is not None:
            self._leave_out(*where)
        else:
            raise KeyError(key)

    def _leave_out(self, piece: _Piece, at: int) -> None:
        piece.gone.add(at)
        self._gone += 1
        self._shown = None

    def __len__(self) -> int:
        return len(self._latest) + sum(len(each.places) for each in self._index) - self._gone

    def _pack(self, count: int) -> None:
        keys = sorted(islice(self._latest, count), key=table_order)
        tables = [self._latest.pop(key) for key in keys]
        number = self._pieces.add([packed(table) for table in tables])
        names = tuple(name for _, name in keys)
        self._enter(
            _Piece(
                number,
                np.array([place_of(source) for source, _ in keys], np.int64),
                names if any(name is not None for name in names) else None,
                np.array([table.rows for table in tables], np.int64),
                np.array([table.damaged for table in tables], np.int64),
                set(),
            )
        )

    def _enter(self, *pieces: _Piece) -> None:
        self._index += pieces
        self._first = np.append(self._first, [piece.places[0] for piece in pieces])
        self._last = np.append(self._last, [piece.places[-1] for piece in pieces])

    def merge(self, other: Tables) -> None:
        """Adds others, which must not be used afterwards; what both have is added up."""
        both = [key for key in other._latest if key in self]
        own = self._places()
        for piece in other._index:
            keys = [
                (source_of(int(piece.places[at])), piece.name(at))
                for at in np.flatnonzero(np.isin(piece.places, own)).tolist()
                if at not in piece.gone
            ]
            both += [key for key in keys if key in self]
        for key in both:
            table = self.taken(key)
            assert table is not None
            table.merge(other.pop(key))
        first = self._pieces.take(other._pieces)
        if other._index:
            self._enter(*(piece._replace(number=first + piece.number) for piece in other._index))
            self._gone += other._gone
        for key, table in other._latest.items():
            self[key] = table

    def _places(self) -> Numbers:
        """Where all tables lie, and some that are gone: first those that are packed."""
        latest = np.array([place_of(source) for source, _ in self._latest], np.int64)
        return np.concatenate([*(piece.places for piece in self._index), latest])

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Gives each input the number that ``numbers`` has for it, which leaves all in their order."""
        self._shown = None
        self._latest = {(numbers[source], name): table for (source, name), table in self._latest.items()}
        for at, piece in enumerate(self._index):
            places = [place_of(numbers[source_of(place)]) for place in piece.places.tolist()]
            self._index[at] = piece._replace(places=np.array(places, np.int64))
        self._first = np.array([piece.places[0] for piece in self._index], np.int64)
        self._last = np.array([piece.places[-1] for piece in self._index], np.int64)

    def __iter__(self) -> Iterator[TableKey]:
        return (key for key, _, _ in self._in_order())

    def items(self) -> Any:
        """Keys and tables in order; a view that is read but once."""
        return ((key, self._table(piece, at, key)) for key, piece, at in self._in_order())

    def values(self) -> Any:
        """The tables in order; a view that is read but once."""
        return (self._table(piece, at, key) for key, piece, at in self._in_order())

    def figures(self) -> Iterator[tuple[TableKey, int, int]]:
        """Of each table in order its key, its sound rows and its damaged ones."""
        for key, piece, at in self._in_order():
            if piece is None:
                yield key, self._latest[key].rows, self._latest[key].damaged
            else:
                yield key, int(piece.rows[at]), int(piece.damaged[at])

    def _table(self, piece: _Piece | None, at: int, key: TableKey) -> TableTally:
        if piece is None:
            return self._latest[key]
        table = unpacked(self._pieces[piece.number][at])
        self._shown = key, table
        return table

    def _in_order(self) -> Iterator[tuple[TableKey, _Piece | None, int]]:
        """Each key with the piece that it is in, and its place there."""
        if not self._index:
            for key in sorted(self._latest, key=table_order):
                yield key, None, 0
            return
        latest = list(self._latest)
        places = self._places()
        ends = np.cumsum([len(piece.places) for piece in self._index])
        order = np.argsort(places, kind="stable")
        places = places[order]
        pieces = np.searchsorted(ends, order, side="right")
        ats = order - np.append(0, ends)[pieces]
        same: list[tuple[TableKey, _Piece | None, int]] = []
        for place, number, at in _triples(places, pieces, ats):
            if number == len(self._index):
                one: tuple[TableKey, _Piece | None, int] = latest[at], None, 0
            else:
                piece = self._index[number]
                if at in piece.gone:
                    continue
                one = (source_of(place), piece.name(at)), piece, at
            if same and same[0][0][0] != one[0][0]:
                same.sort(key=lambda each: each[0][1] or "")
                yield from same
                same = []
            same.append(one)
        same.sort(key=lambda each: each[0][1] or "")
        yield from same


def _triples(*arrays: NDArray[Any]) -> Iterator[tuple[Any, ...]]:
    """The values of some arrays beside each other; as Python's own numbers only some at a time."""
    for first in range(0, len(arrays[0]), 1 << 12):
        yield from zip(*(each[first : first + (1 << 12)].tolist() for each in arrays), strict=True)
