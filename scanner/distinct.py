"""Exact sets of keyed digests for many groups at once, in memory up to a budget and in private files beyond it.

A group is anything hashable (a column's values, a table's rows). Keys are uint64[n, w] whose first word is
spread evenly; w is fixed for a group. Two stores merge by addition. There should be few groups: what tells many
kinds of keys apart belongs into a word of the key, its tag.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple, TypeVar
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from scanner import private_files
from scanner.in_turn import in_turn
from scanner.kernels.sets import count_distinct, join, spread, unique
from scanner.spool import read_words, write_parts

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
T = TypeVar("T")
PARTITIONS = 256
PIECE = 4 << 20  # bytes of keys that are copied or read together, if 256 pieces are enough for that
SMALL = 1 << 16  # bytes of a group that can wait for more
INNER = 48  # the bits of the first word below those that choose the partition
SAMPLED = 4  # partitions that are looked at for whether runs share keys
SLAB = 1 << 20  # words of memory that are asked for together: large enough for the system's large pages


@dataclass(frozen=True, slots=True)
class Run:
    """Keys of one group, some of them perhaps several times: partition p is ``offsets[p]`` and on of int64[257].

    ``keys``: those from ``offsets[0]`` on; None: they are in ``spill`` from byte ``at`` on.
    """

    width: int
    offsets: Offsets
    keys: Keys | None
    spill: IO[bytes] | None = None
    at: int = 0

    def __len__(self) -> int:
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def nbytes(self) -> int:
        """What it takes up, wherever it is."""
        return len(self) * self.width * 8 + self.offsets.nbytes

    def part(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``."""
        base, low, high = (int(self.offsets[at]) for at in (0, first, last))
        low, high = low - base, high - base
        if self.keys is not None:
            return self.keys[low:high]
        assert self.spill is not None
        return read_words(self.spill, self.at + low * self.width * 8, high - low, self.width)


class Wanted(NamedTuple):
    """A group whose keys are to be counted.

    ``owner``: the number of the set that its keys belong to. ``payload``: 32 bits that its keys carry (0: not counted),
    or a table of these by the key's last word, its tag, which is no part of its identity (``sets.lookup``).
    """

    group: Hashable
    owner: int
    payload: int | Keys


class Counted(NamedTuple):
    """Different keys: of each owner, and over all by payload. ``twins``: those that are like another, earlier one
    but not the same (``digest.digest_rows``)."""

    owned: list[int]
    payloads: Counter[int]
    twins: int


class DistinctStore:
    """Exact distinct keys for each group.

    ``budget``: bytes of memory, beyond which keys go to unlinked files of mode 0600 in ``folder`` (None: the
    system's temporary folder): three quarters may be keys; looking for equal ones takes as much again at most.
    ``threads``: how many threads count; the sum of both where two stores are merged.
    """

    def __init__(self, budget: int = 256 << 20, folder: str | None = None) -> None:
        self.budget = budget
        self.folder = folder
        self.threads = 1
        self._pending: dict[Hashable, list[Keys]] = {}
        self._pending_bytes: Counter[Hashable] = Counter()
        self._runs: dict[Hashable, list[Run]] = {}
        self._resident_bytes = 0
        self._slab: Keys = np.empty(0, np.uint64)
        self._slabs: list[ReferenceType[Keys]] = []  # those that runs lie in
        self._free: list[
            Keys
        ] = []  # those that no run lies in any more: new ones would cost as much as filling them
        self.spilled_bytes = 0

    def add(self, group: Hashable, keys: Keys) -> None:
        """Adds keys (uint64[n, w]) to a group."""
        self.add_split([group], keys, None, [len(keys)])

    def add_split(
        self, groups: Sequence[Hashable], keys: Keys, slot: NDArray[np.int32] | None, counts: Sequence[int]
    ) -> None:
        """Adds each of the keys (uint64[n, w]) to ``groups[slot]``; ``counts``: how many each group gets."""
        if slot is None and keys.nbytes < SMALL:
            self._wait(groups[0], keys)
            return
        room = self._room(keys.size)
        offsets = spread(keys, room, slot, len(groups))
        width = keys.shape[1]
        for number, (group, count) in enumerate(zip(groups, counts, strict=True)):
            bounds = offsets[number * PARTITIONS : (number + 1) * PARTITIONS + 1]
            some = room[bounds[0] * width : bounds[-1] * width].reshape(-1, width)
            if count * width * 8 < SMALL:
                self._wait(group, some.copy())
            else:
                self._keep(group, Run(width, bounds, some))
        self._shrink()

    def add_run(self, group: Hashable, run: Run) -> None:
        """Adds keys that are spread already; they must not be changed afterwards."""
        self._keep(group, run)
        self._shrink()

    def _wait(self, group: Hashable, keys: Keys) -> None:
        """Adds few keys, which wait until there are more."""
        if not len(keys):
            return
        self._pending.setdefault(group, []).append(keys)
        self._pending_bytes[group] += keys.nbytes
        self._resident_bytes += keys.nbytes
        if self._pending_bytes[group] >= SMALL:
            self._compact(group)
            self._shrink()
        elif self._resident_bytes > self._limit():
            self._shrink()

    @property
    def resident(self) -> int:
        """Bytes of keys that are in memory."""
        return self._resident_bytes

    def _limit(self) -> int:
        """Bytes of keys in memory."""
        return self.budget * 3 // 4

    def _room(self, words: int) -> Keys:
        """Memory for some words."""
        if words > len(self._slab):
            if 4 * words > SLAB:
                return np.empty(words, np.uint64)
            self._slab = self._free.pop() if self._free else np.empty(SLAB, np.uint64)
            self._slabs.append(ref(self._slab))
        room, self._slab = self._slab[:words], self._slab[words:]
        return room

    def _keep(self, group: Hashable, run: Run) -> None:
        self._runs.setdefault(group, []).append(run)
        self._resident_bytes += run.nbytes

    def _compact(self, group: Hashable) -> None:
        """Turns a group's waiting keys into a run."""
        arrays = self._pending.pop(group, None)
        if arrays is None:
            return
        self._resident_bytes -= self._pending_bytes.pop(group)
        keys = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
        room = self._room(keys.size)
        self._keep(group, Run(keys.shape[1], spread(keys, room), room.reshape(keys.shape)))

    def merge(self, other: DistinctStore) -> None:
        """Adds all of another store, which must not be used afterwards."""
        for group, arrays in other._pending.items():
            for keys in arrays:
                self._wait(group, keys)
        for group, runs in other._runs.items():
            for run in runs:
                self._runs.setdefault(group, []).append(run)
                self._resident_bytes += run.nbytes if run.keys is not None else 0
        self.spilled_bytes += other.spilled_bytes
        self.threads += other.threads
        self._free, other._free = [], []
        self._shrink()

    def _shrink(self) -> None:
        """Leaves out equal keys where memory gets scarce, and spills all of it where that does not help."""
        if self._resident_bytes <= self._limit():
            return
        for group in list(self._pending):
            self._compact(group)
        for runs in self._runs.values():
            self._join(runs)
        if self._resident_bytes > self._limit() // 2:
            self._spill()

    def _join(self, runs: list[Run]) -> None:
        """Makes one resident run of a group's, if a sample shows that it has equal keys."""
        resident = [run for run in runs if run.keys is not None]
        sample = [part for run in resident if len(part := run.part(0, SAMPLED))]
        if not sample or 10 * len(unique(sample)) > 9 * sum(map(len, sample)):
            return
        self._resident_bytes -= sum(run.nbytes for run in resident)
        runs[:] = [run for run in runs if run.keys is None]
        joined = _joined(resident)
        self._resident_bytes += joined.nbytes
        runs.append(joined)

    def _spill(self) -> None:
        """Moves all runs to a file: one for each group."""
        spill = private_files.unnamed(self.folder)
        at = 0
        slabs = [slab for each in self._slabs if (slab := each()) is not None]
        for runs in self._runs.values():
            resident = [(run.keys, run.offsets) for run in runs if run.keys is not None]
            if resident:
                width = runs[0].width
                offsets = write_parts(spill, resident, width)
                runs[:] = [run for run in runs if run.keys is None]
                runs.append(Run(width, offsets, None, spill, at))
                at += int(offsets[-1]) * width * 8
        self.spilled_bytes += at
        self._resident_bytes = 0
        self._free, self._slabs = slabs, []
        self._slab = np.empty(0, np.uint64)

    def rename(self, renamed: Callable[[Hashable], Hashable]) -> None:
        """Gives every group another name; no two may get the same."""
        self._pending = {renamed(group): arrays for group, arrays in self._pending.items()}
        self._pending_bytes = Counter({renamed(group): size for group, size in self._pending_bytes.items()})
        self._runs = {renamed(group): runs for group, runs in self._runs.items()}

    def all_runs(self) -> Iterator[tuple[Hashable, list[Run]]]:
        """Every group with all its keys; they stay in the store."""
        for group in list(self._pending):
            self._compact(group)
        yield from self._runs.items()

    def groups(self) -> list[Hashable]:
        """All groups, in the order in which they came."""
        return list(dict.fromkeys([*self._runs, *self._pending]))

    def forget(self, groups: Collection[Hashable]) -> None:
        """Leaves out some groups, and gives back their memory."""
        for group in groups:
            self._compact(group)
            for run in self._runs.pop(group, []):
                self._resident_bytes -= run.nbytes if run.keys is not None else 0

    def width(self, group: Hashable) -> int:
        """How many words the keys of a group have."""
        return self._runs[group][0].width if group in self._runs else self._pending[group][0].shape[1]

    def count(self, wanted: Sequence[Wanted], width: int, owners: int) -> Counted:
        """How many different keys of ``width`` words there are by owner; and, over all, by the payload.

        Equal keys of several groups are one, with all their payloads (bitwise or).
        """
        order = sorted(wanted, key=lambda each: each.owner)
        owned = np.zeros(owners, np.int64)
        payloads: Counter[int] = Counter()
        twins = 0
        groups = [each.group for each in order]

        def counted(step: tuple[int, int]) -> tuple[NDArray[np.int64], dict[int, int], int]:
            sources = [
                (run.part(*step), run.offsets, each.owner, each.payload)
                for each in order
                for run in self._runs[each.group]
            ]
            return count_distinct(sources, width, owners, *step)

        steps = self._steps(groups, sys.maxsize, self.threads)
        for some, found, twins_of_some in in_turn(counted, steps, self.threads):
            owned += some
            payloads.update(found)
            twins += twins_of_some
        return Counted(owned.tolist(), payloads, twins)

    def _steps(self, groups: Collection[Hashable], size: int, least: int = 1) -> Iterator[tuple[int, int]]:
        """Ranges of partitions, at least some, of about ``size`` bytes in memory or PIECE in files; keys are spread."""
        self._free = []
        for group in groups:
            self._compact(group)
        runs = [run for group in groups for run in self._runs[group]]
        total = sum(run.nbytes for run in runs)
        size = PIECE if any(run.keys is None for run in runs) else size
        pieces = 1
        while pieces < PARTITIONS and (total > pieces * size or pieces < least):
            pieces *= 2
        step = PARTITIONS // pieces
        for first in range(0, PARTITIONS, step):
            yield first, first + step

    def partitions(self, groups: Collection[Hashable] | None = None) -> Iterator[dict[Hashable, Keys]]:
        """Distinct keys of some groups (None: all), piece by piece: equal keys of any two come in the same piece."""
        return self.made_of_partitions(lambda piece: piece, groups)

    def made_of_partitions(
        self, make: Callable[[dict[Hashable, Keys]], T], groups: Collection[Hashable] | None = None
    ) -> Iterator[T]:
        """What ``make`` makes of each piece of ``partitions``, in their order; it is called on all threads."""
        chosen = self.groups() if groups is None else list(groups)

        def piece(step: tuple[int, int]) -> T:
            found = {}
            for group in chosen:
                parts = [part for run in self._runs[group] if len(part := run.part(*step))]
                if parts:
                    found[group] = unique(parts)
            return make(found)

        yield from in_turn(piece, self._steps(chosen, PIECE), self.threads)


def _joined(runs: Sequence[Run]) -> Run:
    """One run of several resident ones, each key but once."""
    keys, offsets = join([(run.keys, run.offsets) for run in runs if run.keys is not None])
    return Run(keys.shape[1], offsets, keys)
