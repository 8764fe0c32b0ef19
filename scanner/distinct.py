"""Exact sets of keyed digests for many groups at once, in memory up to a budget and in private files beyond it.

A group is anything hashable (a column's values, a table's rows). Keys are uint64[n, w] whose first word is
spread evenly; w is fixed for a group. Two stores merge by addition. There should be few groups: what tells many
kinds of keys apart belongs into a word of the key.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.sets import beyond, partition_unique, unique

Keys = NDArray[np.uint64]
PARTITIONS = 256
PIECE = 8 << 20  # bytes of keys that are looked at together, if 256 pieces are enough for that
SMALL = 1 << 16  # bytes of a group that can wait for more
SEVERAL = 8  # resident runs of a group, after which it is worth looking whether they share keys
SAMPLED = 4  # partitions that are looked at for that
FEW = 1 << 15  # keys whose hash table fits the cache
INNER = 48  # the bits of the first word below those that choose the partition


@dataclass(frozen=True, slots=True)
class Run:
    """Keys of one group, partitioned: partition p is rows ``offsets[p]:offsets[p + 1]``.

    ``distinct``: False where a few may be there twice, as looking for them was not worth it.
    """

    width: int
    offsets: NDArray[np.int64]
    keys: Keys | None
    spill: IO[bytes] | None = None
    at: int = 0
    distinct: bool = True

    def part(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``."""
        low, high = int(self.offsets[first]), int(self.offsets[last])
        if self.keys is not None:
            return self.keys[low:high]
        assert self.spill is not None
        self.spill.seek(self.at + low * self.width * 8)
        raw = self.spill.read((high - low) * self.width * 8)
        return np.frombuffer(raw, dtype=np.uint64).reshape(-1, self.width)


class DistinctStore:
    """Exact distinct keys for each group.

    ``budget``: bytes of memory, beyond which keys go to unlinked files of mode 0600 in ``folder`` (None: the
    system's temporary folder): at most a sixth is new keys, a third distinct ones, and half is for making these.
    """

    def __init__(self, budget: int = 256 << 20, folder: str | None = None) -> None:
        self.budget = budget
        self.folder = folder
        self._pending: dict[Hashable, list[Keys]] = {}
        self._pending_bytes = 0
        self._various: set[Hashable] = (
            set()
        )  # groups whose keys mostly differ, so that only the end looks for equal ones
        self._runs: dict[Hashable, list[Run]] = {}
        self._resident_bytes = 0
        self.spilled_bytes = 0

    def add(self, group: Hashable, keys: Keys) -> None:
        """Adds keys (uint64[n, w]) to a group."""
        if len(keys):
            self._pending.setdefault(group, []).append(keys)
            self._pending_bytes += keys.nbytes
            if self._pending_bytes > self.budget // 6:
                self._compact(SMALL)
                if self._pending_bytes > self.budget // 12:
                    self._compact()

    def merge(self, other: DistinctStore) -> None:
        """Adds all of another store, which must not be used afterwards."""
        for group, arrays in other._pending.items():
            for keys in arrays:
                self.add(group, keys)
        for group, runs in other._runs.items():
            self._runs.setdefault(group, []).extend(runs)
        self._resident_bytes += other._resident_bytes
        self.spilled_bytes += other.spilled_bytes
        self._shrink()

    def _compact(self, least: int = 0) -> None:
        """Turns the pending keys of each group that has ``least`` bytes of them into one more resident run."""
        for group in list(self._pending):
            size = sum(keys.nbytes for keys in self._pending[group])
            if size < least:
                continue
            arrays = self._pending.pop(group)
            self._pending_bytes -= size
            runs = self._runs.setdefault(group, [])
            distinct = group not in self._various or len(runs) % SEVERAL == 0
            if 4 * self._keep(runs, arrays, distinct) > 3 * sum(map(len, arrays)):
                self._various.add(group)
            else:
                self._various.discard(group)
            if len(runs) % SEVERAL == 0:
                self._join(runs)
        self._shrink()

    def _keep(self, runs: list[Run], arrays: list[Keys], distinct: bool = True) -> int:
        """Makes one more resident run; returns how many keys it has."""
        keys, offsets = partition_unique(arrays, distinct=distinct)
        self._resident_bytes += keys.nbytes
        runs.append(Run(keys.shape[1], offsets, keys, distinct=distinct))
        return len(keys)

    def _join(self, runs: list[Run]) -> None:
        """Makes one resident run of a group's, if a sample shows that they share keys."""
        resident = [run for run in runs if run.keys is not None]
        sample = [part for run in resident if len(part := run.part(0, SAMPLED))]
        if len(resident) < 2 or not sample or 10 * len(self.union(sample)) > 9 * sum(map(len, sample)):
            return
        self._resident_bytes -= sum(run.keys.nbytes for run in resident if run.keys is not None)
        runs[:] = [run for run in runs if run.keys is None]
        self._keep(runs, [run.keys for run in resident if run.keys is not None])

    def _shrink(self) -> None:
        """Joins what is resident, and spills it where it still exceeds its part of the budget."""
        if self._resident_bytes <= self.budget // 3:
            return
        for runs in self._runs.values():
            self._join(runs)
        if self._resident_bytes <= self.budget // 4:
            return
        spill = tempfile.TemporaryFile(prefix="leaktally-", dir=self.folder)  # noqa: SIM115 - lives with the store
        at = 0
        for runs in self._runs.values():
            for index, run in enumerate(runs):
                if run.keys is not None:
                    spill.write(np.ascontiguousarray(run.keys).data)
                    runs[index] = Run(run.width, run.offsets, None, spill, at, run.distinct)
                    at += run.keys.nbytes
        spill.flush()
        self.spilled_bytes += at
        self._resident_bytes = 0

    def groups(self) -> list[Hashable]:
        """All groups, in the order in which they came."""
        return list(dict.fromkeys([*self._runs, *self._pending]))

    def partitions(self, groups: Collection[Hashable] | None = None) -> Iterator[dict[Hashable, Keys]]:
        """Distinct keys of some groups (None: all), piece by piece: equal keys of any two come in the same piece."""
        for piece in self.pieces(groups):
            yield {group: self.union(parts) for group, parts in piece.items()}

    def pieces(self, groups: Collection[Hashable] | None = None) -> Iterator[dict[Hashable, list[Keys]]]:
        """As ``partitions``, but each group's keys as one array of distinct keys or as several of any."""
        self._compact()
        chosen = {group: self._runs[group] for group in (self._runs if groups is None else groups)}
        total = sum(int(run.offsets[-1]) * run.width * 8 for runs in chosen.values() for run in runs)
        pieces = 1
        while pieces < PARTITIONS and total > pieces * PIECE:
            pieces *= 2
        step = PARTITIONS // pieces
        for first in range(0, PARTITIONS, step):
            piece = {}
            for group, runs in chosen.items():
                some = [(run, part) for run in runs if len(part := run.part(first, first + step))]
                if some:
                    alone = len(some) == 1 and not some[0][0].distinct
                    piece[group] = [unique([some[0][1]])] if alone else [part for _, part in some]
            yield piece

    @staticmethod
    def union(parts: list[Keys]) -> Keys:
        """The distinct keys of several arrays from one piece; one alone is taken to be distinct."""
        if len(parts) == 1:
            return parts[0]
        few = sum(map(len, parts)) <= FEW
        keys: Keys = unique(parts) if few else partition_unique(parts, INNER)[0]
        return keys

    @staticmethod
    def size_of_union(sets: list[Keys]) -> int:
        """How many distinct keys several sets of distinct keys from one piece have together."""
        largest, *others = sorted(sets, key=len, reverse=True)
        if not others:
            return len(largest)
        rest = DistinctStore.union(others)
        if 4 * len(rest) > len(largest):
            return len(DistinctStore.union(sets))
        return len(largest) + beyond(rest, largest)
