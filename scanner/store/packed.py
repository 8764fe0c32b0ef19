"""Very many plain values in little memory: packed some hundred at a time, beyond a limit in a private file."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from scanner.store import private_files
from scanner.store.scratch import Scratch

T = TypeVar("T")
TOGETHER = 512  # values in a piece
KEPT = 4  # pieces of which what they hold is kept for who asks next
IN_MEMORY = 4 << 20  # bytes of pieces


class Pieces:
    """Plain values (what ``marshal`` takes), each under the number of its piece; any thread may ask for them."""

    def __init__(self, folder: str | None = None, limit: int = IN_MEMORY) -> None:
        self._folder = folder
        self._limit = limit
        self._waiting: list[bytes] = []  # behind those in the file
        self._waiting_bytes = 0
        self._ends: list[int] = []  # of those in the file
        self._file: Scratch | None = None
        self._known: list[tuple[int, Any]] = []

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_known": []}

    def __len__(self) -> int:
        return len(self._ends) + len(self._waiting)

    def add(self, value: Any) -> int:
        """Adds a value; returns its number."""
        return self._add(zlib.compress(marshal.dumps(value), 1))

    def take(self, other: Pieces) -> int:
        """Adds all of another one, which must not be used afterwards; returns the number that its first one got."""
        first = len(self)
        for number in range(len(other)):
            self._add(other._packed(number))
        other._file = None
        return first

    def _add(self, piece: bytes) -> int:
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes > self._limit:
            self._write()
        return len(self) - 1

    def _write(self) -> None:
        self._file = self._file or Scratch(self._folder)
        at = self._file.size
        with private_files.told(self._folder):
            self._file.write(b"".join(self._waiting))
        for piece in self._waiting:
            at += len(piece)
            self._ends.append(at)
        self._waiting, self._waiting_bytes = [], 0

    def __getitem__(self, number: int) -> Any:
        """The value with a number. It may be the same object again, so it must not be changed."""
        for known, value in self._known:
            if known == number:
                return value
        value = marshal.loads(zlib.decompress(self._packed(number)))
        self._known = [(number, value), *self._known[: KEPT - 1]]
        return value

    def _packed(self, number: int) -> bytes:
        if number >= len(self._ends):
            return self._waiting[number - len(self._ends)]
        assert self._file is not None
        begin = self._ends[number - 1] if number else 0
        return self._file.read(begin, self._ends[number] - begin)


class Packed(Sequence[T]):
    """A list of plain values (what JSON has, and tuples) that only grows. Two are equal, also to a list, if their
    values are; a value that was taken out must not be changed."""

    def __init__(self, values: Iterable[T] = (), folder: str | None = None) -> None:
        self._pieces = Pieces(folder)
        self._last: list[T] = []
        self.extend(values)

    def append(self, value: T) -> None:
        """Adds a value at the end."""
        self._last.append(value)
        if len(self._last) == TOGETHER:
            self._pieces.add(self._last)
            self._last = []

    def extend(self, values: Iterable[T]) -> None:
        """Adds values at the end."""
        for value in values:
            self.append(value)

    def __len__(self) -> int:
        return len(self._pieces) * TOGETHER + len(self._last)

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._pieces)):
            yield from self._pieces[number]
        yield from self._last

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        piece, at = divmod(place, TOGETHER)
        found: T = (self._last if piece == len(self._pieces) else self._pieces[piece])[at]
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed | list):
            return NotImplemented
        return len(self) == len(other) and all(
            one == another for one, another in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]


def listed(values: Iterable[T], folder: str | None = None) -> Sequence[T]:
    """The values as a list where they are few, else packed."""
    few: list[T] = []
    rest = iter(values)
    for value in rest:
        few.append(value)
        if len(few) == TOGETHER:
            found = Packed(few, folder)
            found.extend(rest)
            return found
    return few
