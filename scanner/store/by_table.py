"""What very many tables, or tags of their rows, have in common: few values, and some bytes for each of them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

TableKey = tuple[int, str | None]  # (input, table name)
T = TypeVar("T")

PART = 32  # bits below the number of a part in the number of an input: the same however threads run


def place_of(source: int) -> int:
    """By what inputs come in order: each member of a container behind it, as in the report."""
    return (source & ((1 << PART) - 1)) << PART - 1 | source >> PART


def table_order(key: TableKey) -> tuple[int, str]:
    """By what tables come in order: those of an input by name."""
    return place_of(key[0]), key[1] or ""


def source_of(place: int) -> int:
    """The input that lies there."""
    return place >> PART - 1 | (place & ((1 << PART - 1) - 1)) << PART


class ByTable(Mapping[TableKey, T], Generic[T]):
    """One of few values for each of very many tables, in some twenty bytes each. They are added in their order."""

    def __init__(self) -> None:
        self.different: list[T] = []
        self._places = array("q")
        self._names: list[str | None] = []
        self._which = array("i")

    def new(self, value: T) -> int:
        """The number of a value that further tables may have."""
        self.different.append(value)
        return len(self.different) - 1

    def add(self, key: TableKey, which: int) -> None:
        """Adds a table, which comes behind all others, with the number of its value."""
        self._places.append(place_of(key[0]))
        self._names.append(key[1])
        self._which.append(which)

    def __getitem__(self, key: TableKey) -> T:
        place = place_of(key[0])
        at = bisect_left(self._places, place)
        while at < len(self._places) and self._places[at] == place:
            if self._names[at] == key[1]:
                return self.different[self._which[at]]
            at += 1
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[TableKey]:
        for place, name in zip(self._places, self._names, strict=True):
            yield source_of(place), name


class ByTag(Mapping[int, T], Generic[T]):
    """One of some values for each of very many tags, in some ten bytes each."""

    def __init__(self) -> None:
        self.tags = array("Q")
        self.different: list[T] = []
        self._which = array("i")
        self._order: Any = None

    def new(self, value: T) -> int:
        """The number of a value that tags may have."""
        self.different.append(value)
        return len(self.different) - 1

    def add(self, tags: NDArray[np.uint64], which: NDArray[np.signedinteger[Any]]) -> None:
        """Adds tags, each with the number of its value."""
        self.tags.frombytes(tags.astype(np.uint64).tobytes())
        self._which.frombytes(which.astype(np.intc).tobytes())

    @classmethod
    def of(cls, meant: Mapping[int, T]) -> ByTag[T]:
        """The same as any mapping, each value but once."""
        if isinstance(meant, cls):
            return meant
        found, places = cls(), dict[int, int]()
        for tag, value in meant.items():
            if id(value) not in places:
                places[id(value)] = found.new(value)
            found.tags.append(tag)
            found._which.append(places[id(value)])
        return found

    def arrays(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """All tags, in the order in which they came, and where in ``different`` the value of each is."""
        return np.array(self.tags, np.uint64), np.array(self._which, np.int32)

    def with_values(self, different: list[T]) -> ByTag[T]:
        """The same tags with others in place of ``different``."""
        found = type(self)()
        found.tags, found._which, found.different = self.tags, self._which, different
        return found

    def __getitem__(self, tag: int) -> T:
        tags = np.asarray(self.tags)
        if self._order is None:
            self._order = np.argsort(tags)
        at = int(np.searchsorted(tags, np.uint64(tag), sorter=self._order))
        if at < len(tags) and self.tags[place := int(self._order[at])] == tag:
            return self.different[self._which[place]]
        raise KeyError(tag)

    def __len__(self) -> int:
        return len(self.tags)

    def __iter__(self) -> Iterator[int]:
        return iter(self.tags)

    def items(self) -> Any:
        """Tags and values in the order in which they came; a view that is read but once."""
        return zip(self.tags, self.values(), strict=True)

    def values(self) -> Any:
        """The values in that order; a view that is read but once."""
        return (self.different[which] for which in self._which)
