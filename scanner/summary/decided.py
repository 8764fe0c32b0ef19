"""What is told of the columns of all tables without being kept for each: decisions, roles, rows and values by label."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

from scanner.columns.decision import Decision, decide
from scanner.columns.headers import subject
from scanner.model import Detector, Table
from scanner.store.by_table import TableKey, place_of, source_of
from scanner.tallies.row_facts import ColumnKey
from scanner.tallies.table_tally import TableTally
from scanner.tallies.tables import Tables
from scanner.tallies.tally import LOOSE

Roles = tuple[str | None, ...]
NOTHING: Mapping[str, Decision] = {}
KEPT = 512  # tables of which the decisions are kept


class RolesOfTables(Mapping[TableKey, Roles]):
    """The role of each column of each table, looked up when it is asked for."""

    def __init__(self, tables: Tables, lookup: Callable[[Table], Roles]) -> None:
        self._tables = tables
        self._lookup = lookup

    def __getitem__(self, key: TableKey) -> Roles:
        return self._lookup(self._tables[key].table)

    def __iter__(self) -> Iterator[TableKey]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


class Decisions(Mapping[ColumnKey, Mapping[str, Decision]]):
    """The decisions for each column of each table, made when they are asked for; those of the first KEPT tables and of
    the last one are kept."""

    def __init__(
        self,
        tables: Mapping[TableKey, TableTally],
        detectors: tuple[Detector, ...],
        roles: Mapping[TableKey, Sequence[str | None]],
    ) -> None:
        self._tables = tables
        self._detectors = detectors
        self._roles = roles
        self._kept: dict[TableKey, dict[int, Mapping[str, Decision]]] = {}
        self._last: tuple[TableKey | None, dict[int, Mapping[str, Decision]]] = None, {}

    def __getitem__(self, key: ColumnKey) -> Mapping[str, Decision]:
        source, name, index = key
        where = source, name
        last, known = self._last
        if last != where:
            known = self._of(where)
        found = known.get(index)
        if found is None:
            table = self._tables[where]
            column = table.columns[index]
            found = NOTHING
            if column.labels:
                if index == LOOSE:
                    found = decide(column, self._detectors, None, loose=True)
                else:
                    role, kind = self._roles[where][index], table.table.kinds[index]
                    found = decide(
                        column, self._detectors, role, kind, subject=subject(table.table.columns[index])
                    )
            known[index] = found
        return found

    def _of(self, where: TableKey) -> dict[int, Mapping[str, Decision]]:
        """What is known of a table: it is looked at twice, by the summary and for the document."""
        known = self._kept.get(where)
        if known is None:
            known = {}
            if len(self._kept) < KEPT:
                self._kept[where] = known
        self._last = where, known
        return known

    def __iter__(self) -> Iterator[ColumnKey]:
        for (source, name), table in self._tables.items():
            for index in sorted(table.columns):
                yield source, name, index

    def __len__(self) -> int:
        return sum(1 for _ in self)


class OfValues(Mapping[tuple[ColumnKey, str], int]):
    """A count for each of very many columns and names of values, in some twenty bytes each."""

    def __init__(self, counts: Sequence[tuple[ColumnKey, str]] = (), numbers: Sequence[int] = ()) -> None:
        """``numbers``: the count of each."""
        rests: dict[tuple[str | None, int, str], int] = {}
        places, rest_of = array("q"), array("q")
        for (source, table, column), name in counts:
            places.append(place_of(source))
            rest_of.append(rests.setdefault((table, column, name), len(rests)))
        order = sorted(range(len(places)), key=places.__getitem__)
        self._places = array("q", map(places.__getitem__, order))
        self._rests = array("q", map(rest_of.__getitem__, order))
        self._numbers = array("q", map(numbers.__getitem__, order))
        self._known = rests

    def __getitem__(self, key: tuple[ColumnKey, str]) -> int:
        (source, table, column), name = key
        rest, place = self._known[table, column, name], place_of(source)
        at = bisect_left(self._places, place)
        while at < len(self._places) and self._places[at] == place:
            if self._rests[at] == rest:
                return self._numbers[at]
            at += 1
        raise KeyError(key)

    def __iter__(self) -> Iterator[tuple[ColumnKey, str]]:
        rests = list(self._known)
        for place, rest in zip(self._places, self._rests, strict=True):
            table, column, name = rests[rest]
            yield (source_of(place), table, column), name

    def __len__(self) -> int:
        return len(self._places)
