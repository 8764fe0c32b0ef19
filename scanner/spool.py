"""Arrays that may outgrow memory: beyond a limit they lie in private files without a name (mode 0600)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scanner.kernels.spool import scatter

Words = NDArray[np.uint64]
PARTITIONS = 256


def _private(folder: str | None) -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="leaktally-", dir=folder)


def private_array(size: int, dtype: DTypeLike, limit: int, folder: str | None = None) -> NDArray[Any]:
    """An array of ``size``, all 0: in memory up to ``limit`` bytes, else mapped from a private file."""
    if size * np.dtype(dtype).itemsize <= limit:
        return np.zeros(size, dtype)
    with _private(folder) as file:  # the map keeps the file
        file.truncate(size * np.dtype(dtype).itemsize)
        array: NDArray[Any] = np.memmap(file, dtype=dtype, mode="r+", shape=(size,))
        return array


class Tape:
    """Arrays of one type and width, written once and read in their order."""

    def __init__(self, limit: int, folder: str | None = None) -> None:
        self._limit = limit
        self._folder = folder
        self._arrays: list[NDArray[Any]] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._written: list[tuple[int, tuple[int, ...], np.dtype[Any]]] = []
        self.spilled_bytes = 0

    def add(self, array: NDArray[Any]) -> None:
        """Adds an array behind the others; it must not be changed afterwards."""
        if not len(array):
            return
        self._arrays.append(array)
        self._bytes += array.nbytes
        if self._bytes > self._limit:
            self._file = self._file or _private(self._folder)
            self._file.seek(self.spilled_bytes)
            for each in self._arrays:
                self._file.write(np.ascontiguousarray(each).data)
                self._written.append((self.spilled_bytes, each.shape, each.dtype))
                self.spilled_bytes += each.nbytes
            self._arrays, self._bytes = [], 0

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for at, shape, dtype in self._written:
            assert self._file is not None
            self._file.seek(at)
            raw = self._file.read(int(np.prod(shape)) * dtype.itemsize)
            yield np.frombuffer(raw, dtype).reshape(shape)
        yield from self._arrays


class Spool:
    """Rows of words (uint64[n, w]) in 256 partitions by the 8 bits of their first word that begin at ``shift``."""

    def __init__(self, shift: int, limit: int, folder: str | None = None) -> None:
        self._shift = shift
        self._limit = limit
        self._folder = folder
        self._pending: list[Words] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._segments: list[tuple[int, NDArray[np.int64]]] = []
        self._rest: tuple[Words, NDArray[np.int64]] | None = None
        self.width = 0
        self.spilled_bytes = 0

    def add(self, rows: Words) -> None:
        """Adds rows (all of one width); they must not be changed afterwards."""
        if not len(rows):
            return
        self.width = rows.shape[1]
        self._pending.append(rows)
        self._bytes += rows.nbytes
        if self._bytes > self._limit // 2:  # the other half is for them in their new order
            sorted_rows, offsets = self._scatter()
            self._file = self._file or _private(self._folder)
            self._file.seek(self.spilled_bytes)
            self._file.write(sorted_rows.data)
            self._segments.append((self.spilled_bytes, offsets))
            self.spilled_bytes += sorted_rows.nbytes

    def _scatter(self) -> tuple[Words, NDArray[np.int64]]:
        sorted_rows, offsets = scatter(self._pending, self._shift)
        self._pending, self._bytes = [], 0
        return sorted_rows, offsets

    def _close(self) -> None:
        if self._pending:
            self._rest = self._scatter()

    def size(self, index: int) -> int:
        """How many rows a partition has; from then on, nothing more can be added."""
        self._close()
        parts = [offsets for _, offsets in self._segments] + ([self._rest[1]] if self._rest else [])
        return sum(int(offsets[index + 1] - offsets[index]) for offsets in parts)

    def segments(self, index: int) -> Iterator[Words]:
        """The rows of a partition, some at a time."""
        self._close()
        for at, offsets in self._segments:
            assert self._file is not None
            self._file.seek(at + int(offsets[index]) * self.width * 8)
            raw = self._file.read(int(offsets[index + 1] - offsets[index]) * self.width * 8)
            yield np.frombuffer(raw, np.uint64).reshape(-1, self.width)
        if self._rest is not None:
            rows, offsets = self._rest
            yield rows[offsets[index] : offsets[index + 1]]

    def part(self, index: int) -> Words:
        """All rows of a partition."""
        found = list(self.segments(index))
        if not found:
            return np.zeros((0, self.width), np.uint64)
        return found[0] if len(found) == 1 else np.concatenate(found)

    def __iter__(self) -> Iterator[Words]:
        """The partitions in order, without empty ones."""
        for index in range(PARTITIONS):
            part = self.part(index)
            if len(part):
                yield part
