"""Arrays that may outgrow memory: beyond a limit they lie in private files without a name (mode 0600)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scanner.kernels.spool import Parts, scatter
from scanner.store import private_files
from scanner.store.scratch import Place, Scratch, read_together

Words = NDArray[np.uint64]
Offsets = NDArray[np.int64]
Part = tuple[Words, Offsets]  # rows by partition; partition p begins at row ``offsets[p] - offsets[0]``
PARTITIONS = 256
TOGETHER = 8 << 20  # bytes of rows that are brought in order together
WRITTEN = 1 << 17  # words that are written together: they stay in the cache


def private_array(size: int, dtype: DTypeLike, limit: int, folder: str | None = None) -> NDArray[Any]:
    """An array of ``size``, all 0: in memory up to ``limit`` bytes, else mapped from a private file."""
    if size * np.dtype(dtype).itemsize <= limit:
        return np.zeros(size, dtype)
    with private_files.unnamed(folder) as file:  # the map keeps the file
        count = size * np.dtype(dtype).itemsize
        if hasattr(os, "posix_fallocate"):  # a disk that is full is an error here, and no signal later
            os.posix_fallocate(file.fileno(), 0, count)
        else:
            file.truncate(count)
        array: NDArray[Any] = np.memmap(file, dtype=dtype, mode="r+", shape=(size,))
        return array


class Tape:
    """Arrays of one type and width, written once and read in their order."""

    def __init__(self, limit: int, folder: str | None = None) -> None:
        self._limit = limit
        self._folder = folder
        self._arrays: list[NDArray[Any]] = []
        self._bytes = 0
        self._file: Scratch | None = None
        self._written: list[tuple[int, tuple[int, ...], np.dtype[Any]]] = []
        self.spilled_bytes = 0

    def add(self, array: NDArray[Any]) -> None:
        """Adds an array behind the others; it must not be changed afterwards."""
        if not len(array):
            return
        self._arrays.append(array)
        self._bytes += array.nbytes
        if self._bytes > self._limit:
            self._file = self._file or Scratch(self._folder)
            for each in self._arrays:
                self._file.write(np.ascontiguousarray(each).data)
                self._written.append((self.spilled_bytes, each.shape, each.dtype))
                self.spilled_bytes += each.nbytes
            self._arrays, self._bytes = [], 0

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for at, shape, dtype in self._written:
            assert self._file is not None
            found = np.empty(shape, dtype)
            yield read_together([(self._file, at, found.nbytes)], found)
        yield from self._arrays


def write_parts(
    writes: Sequence[Callable[[memoryview], object]], parts: Sequence[Part], width: int
) -> Offsets:
    """Writes rows that lie by partition, partition by partition over all ``parts``; returns where each begins.

    Each of ``writes`` gets as many partitions as the others.
    """
    offsets = np.zeros(PARTITIONS + 1, np.int64)
    for _, bounds in parts:
        offsets += bounds - bounds[0]
    first, sizes, together = 0, offsets.tolist(), Parts(list(parts))
    buffer = np.empty(max(WRITTEN, int(np.diff(offsets).max()) * width), np.uint64)
    share = PARTITIONS // len(writes)
    while first < PARTITIONS:
        last = first + 1
        while last % share and (sizes[last + 1] - sizes[first]) * width <= len(buffer):
            last += 1
        words = together.gather(first, last, buffer)
        writes[first // share](buffer[:words].data)
        first = last
    return offsets


class Spool:
    """Rows of words (uint64[n, w]) in 256 partitions by the 8 bits of their first word that begin at ``shift``."""

    def __init__(self, shift: int, limit: int, folder: str | None = None) -> None:
        self._shift = shift
        self._limit = limit
        self._folder = folder
        self._pending: list[Words] = []
        self._pending_bytes = 0
        self._parts: list[Part] = []
        self._bytes = 0
        self._file: Scratch | None = None
        self._segments: list[tuple[int, Offsets]] = []
        self._together: Parts | None = None  # what is in memory, once nothing more is added
        self._resident: Offsets = np.zeros(PARTITIONS, np.int64)
        self._sizes: Offsets = np.zeros(PARTITIONS, np.int64)
        self.width = 0
        self.spilled_bytes = 0

    def add(self, rows: Words) -> None:
        """Adds rows (all of one width); they must not be changed afterwards."""
        if not len(rows):
            return
        self.width = rows.shape[1]
        self._pending.append(rows)
        self._pending_bytes += rows.nbytes
        self._bytes += rows.nbytes
        if self._pending_bytes >= TOGETHER or self._bytes > self._limit:
            self._scatter()
        if self._bytes > self._limit:
            self._spill()

    def add_part(self, part: Part) -> None:
        """Adds rows that are in order already (``kernels.spool.scatter``)."""
        rows = part[0]
        if not len(rows):
            return
        self.width = rows.shape[1]
        self._parts.append(part)
        self._bytes += rows.nbytes
        if self._bytes > self._limit:
            self._scatter()
            self._spill()

    def _scatter(self) -> None:
        """Brings what came last in order."""
        if self._pending:
            self._parts.append(scatter(self._pending, self._shift))
        self._pending, self._pending_bytes = [], 0

    def _spill(self) -> None:
        self._file = self._file or Scratch(self._folder)
        offsets = write_parts([self._file.write], self._parts, self.width)
        self._segments.append((self.spilled_bytes, offsets))
        self.spilled_bytes += int(offsets[-1]) * self.width * 8
        self._parts, self._bytes = [], 0

    def leave_memory(self) -> None:
        """Moves all rows that are in memory to the file; to be called before rows are asked for."""
        self._scatter()
        if self._parts:
            self._spill()

    def dispose(self) -> None:
        """Gives back memory and file; no rows may be asked for any more."""
        self._parts, self._together, self._segments, self._file = [], None, [], None

    def size(self, index: int) -> int:
        """How many rows a partition has; from then on, nothing more can be added."""
        self.close()
        return int(self._sizes[index])

    def close(self) -> None:
        """Says that nothing more will be added; from then on any thread may ask for rows."""
        if self._together is None:
            self._scatter()
            self._together = Parts(self._parts)
            for _, offsets in self._parts:
                self._resident += np.diff(offsets)
            self._sizes += self._resident
            for _, offsets in self._segments:
                self._sizes += np.diff(offsets)

    def segments(self, index: int) -> Iterator[Words]:
        """The rows of a partition, some at a time."""
        self._scatter()
        for at, offsets in self._segments:
            place = self._place(at, offsets, index)
            found = np.empty((place[2] // (8 * self.width), self.width), np.uint64)
            yield read_together([place], found)
        for rows, offsets in self._parts:
            yield rows[offsets[index] : offsets[index + 1]]

    def part(self, index: int) -> Words:
        """All rows of a partition."""
        found = np.empty((self.size(index), self.width), np.uint64)
        resident = int(self._resident[index])
        places = [self._place(at, offsets, index) for at, offsets in self._segments]
        read_together(places, found[: len(found) - resident])
        if resident and self._together is not None:
            self._together.gather(index, index + 1, found[len(found) - resident :].reshape(-1))
        return found

    def _place(self, at: int, offsets: Offsets, index: int) -> Place:
        """Where the rows of a partition are of what was written from byte ``at`` on."""
        assert self._file is not None
        low, row = int(offsets[index]), 8 * self.width
        return self._file, at + low * row, (int(offsets[index + 1]) - low) * row

    def __iter__(self) -> Iterator[Words]:
        """The partitions in order, without empty ones."""
        for index in range(PARTITIONS):
            part = self.part(index)
            if len(part):
                yield part
