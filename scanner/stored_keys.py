"""Keys of one group in 256 partitions, in memory or in a private file."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from scanner import private_files
from scanner.kernels.sets import gathered, join, spread, spread_packed
from scanner.spool import PARTITIONS, read_words, write_parts

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
FEWEST, UNEVEN = 1 << 12, 4  # keys, and times its share of a partition, that tell that keys are equal
SLAB = 1 << 20  # words of memory that are asked for together: large enough for the system's large pages
PIECE = 4 << 20  # bytes of keys that are copied or read together, if 256 pieces are enough for that


@dataclass(slots=True, eq=False)
class Tails:
    """The last words of a group's keys, where these are few, by the codes that packed keys have (``kernels.sets``).

    ``words`` uint64[256], of which ``known`` are told. What has a code keeps it.
    """

    words: Keys = field(default_factory=lambda: np.zeros(256, np.uint64))
    known: int = 0

    def by_code(self, tags: Keys, payloads: Keys) -> Keys:
        """uint64[256]: by code the payload of a last word, as ``tags`` and ``payloads`` have it, or 0."""
        found = np.zeros_like(self.words)
        if len(tags):
            order = np.argsort(tags)
            at = np.searchsorted(tags, self.words[: self.known], sorter=order)
            place = order[np.minimum(at, len(tags) - 1)]
            same = tags[place] == self.words[: self.known]
            found[: self.known] = np.where(same, payloads[place], np.uint64(0))
        return found


@dataclass(frozen=True, slots=True)
class Run:
    """Keys of one group, some of them perhaps several times: partition p is ``offsets[p]`` and on of int64[257].

    ``keys``: those from ``offsets[0]`` on; None: they are in ``spill`` from byte ``at`` on. ``renumbered``: what the
    last words of the keys of a crowd are to be instead of those in the file. ``tails``: the keys are packed.
    """

    width: int
    offsets: Offsets
    keys: Keys | None
    spill: IO[bytes] | None = None
    at: int = 0
    renumbered: Keys | None = None
    tails: Tails | None = None

    def __len__(self) -> int:
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def stored(self) -> int:
        """How many words a key takes up."""
        return self.width - (self.tails is not None)

    @property
    def nbytes(self) -> int:
        """What it takes up, wherever it is."""
        return len(self) * self.stored * 8 + self.offsets.nbytes

    def holds(self, first: int, last: int) -> bool:
        """Whether there are any in partitions ``first`` to ``last - 1``."""
        return bool(self.offsets[first] < self.offsets[last])

    def as_stored(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``, packed or not."""
        base, low, high = (int(self.offsets[at]) for at in (0, first, last))
        low, high = low - base, high - base
        if self.keys is not None:
            return self.keys[low:high]
        assert self.spill is not None
        keys = read_words(self.spill, self.at + low * self.stored * 8, high - low, self.stored)
        return keys if self.renumbered is None else renumbered(keys, self.renumbered)

    def part(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``."""
        return self.as_stored(first, last) if self.tails is None else gather([self], first, last, False)

    def bounds(self, first: int, last: int) -> Offsets:
        """int64[257]: where the partitions begin if there are no others than ``first`` to ``last - 1``."""
        return np.clip(self.offsets, self.offsets[first], self.offsets[last])

    def pieces(self) -> Iterator[Run]:
        """The same keys in memory, about PIECE bytes at a time."""
        steps = max(1, min(PARTITIONS, self.nbytes // PIECE))
        for first in range(0, PARTITIONS, -(-PARTITIONS // steps)):
            last = min(PARTITIONS, first + -(-PARTITIONS // steps))
            yield Run(self.width, self.bounds(first, last), self.part(first, last))


class Rooms:
    """Memory for keys. What was filled once is used again: new memory would cost as much as filling it."""

    def __init__(self) -> None:
        self._slab: Keys = np.empty(0, np.uint64)
        self._lent: list[ReferenceType[Keys]] = []  # what runs lie in
        self._free: list[Keys] = []

    def take(self, words: int) -> Keys:
        """Memory for so many words."""
        if 4 * words > SLAB:
            return self._new(words)[:words]
        if words > len(self._slab):
            self._slab = self._new(SLAB)
        room, self._slab = self._slab[:words], self._slab[words:]
        return room

    def _new(self, words: int) -> Keys:
        for at, room in enumerate(self._free):
            if words <= len(room) <= words + words // 4:
                del self._free[at]
                break
        else:
            room = np.empty(words + (words >> 4 if words != SLAB else 0), np.uint64)
        self._lent.append(ref(room))
        return room

    def lent(self) -> list[Keys]:
        """All memory that runs lie in."""
        return [room for each in self._lent if (room := each()) is not None]

    def use_again(self, rooms: list[Keys]) -> None:
        """Takes back memory, which no run may lie in any more: all that was lent."""
        self._free, self._lent = rooms, []
        self._slab = np.empty(0, np.uint64)

    def give_back(self) -> None:
        """Gives back to the system what is free."""
        self._free = []


class Spills:
    """The private files that a store writes: one for each kind of group, as some are forgotten long before others."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._files: dict[object, IO[bytes]] = {}

    def write(self, group: Hashable, runs: Sequence[Run]) -> Run:
        """One run in a file of resident ones, which are packed alike."""
        kind = group[0] if isinstance(group, tuple) else None
        if kind not in self._files:
            self._files[kind] = private_files.unnamed(self._folder)
        file, first = self._files[kind], runs[0]
        at = file.seek(0, os.SEEK_END)
        parts = [(run.keys, run.offsets) for run in runs if run.keys is not None]
        return Run(first.width, write_parts(file, parts, first.stored), None, file, at, tails=first.tails)

    def dispose(self, gone: Iterable[Run], left: Iterable[Run]) -> None:
        """Closes the files of runs that are ``gone``, whoever wrote them, unless some that are ``left`` lie there."""
        files = {id(run.spill): run.spill for run in gone if run.spill is not None}
        for run in left if files else ():
            files.pop(id(run.spill), None)
        self._files = {kind: file for kind, file in self._files.items() if id(file) not in files}
        for file in files.values():
            private_files.dispose(file)


def spread_run(keys: Keys, room: Callable[[int], Keys]) -> Run:
    """Keys (uint64[n, w]) as a run in memory that ``room`` finds for so many words."""
    words = room(keys.size)
    return Run(keys.shape[1], spread(keys, words), words.reshape(keys.shape))


def packed_run(keys: Keys, room: Callable[[int], Keys], tails: Tails) -> Run | None:
    """The same, packed; None where the last words are too many for that."""
    width = keys.shape[1]
    words = room(len(keys) * (width - 1))
    packed = spread_packed(keys, words, tails.words, tails.known)
    if packed is None:
        return None
    offsets, tails.known = packed
    return Run(width, offsets, words.reshape(len(keys), width - 1), tails=tails)


def gather(runs: Iterable[Run], first: int, last: int, distinct: bool = True) -> Keys:
    """The keys of partitions ``first`` to ``last - 1`` of some runs of one width, by partition; each but once if
    ``distinct``."""
    parts = [
        (run.as_stored(first, last), run.offsets, None if run.tails is None else run.tails.words)
        for run in runs
    ]
    return gathered(parts, first, last, distinct)


def by_packing(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs whose keys are stored alike together."""
    alike: dict[int, list[Run]] = {}
    for run in runs:
        alike.setdefault(id(run.tails), []).append(run)
    return list(alike.values())


def joined(runs: Sequence[Run]) -> Run:
    """One run of several resident ones that are packed alike, each key but once."""
    keys, offsets = join([(run.keys, run.offsets) for run in runs if run.keys is not None])
    return Run(runs[0].width, offsets, keys, tails=runs[0].tails)


def thinned(run: Run) -> Run:
    """A resident run, each key but once where one partition shows that some are there very often.

    Different keys are spread evenly, so a partition with many more than its share holds the same few again and again;
    left as they are, they would all lie in memory when that partition is looked at.
    """
    count = len(run)
    uneven = count >= FEWEST and int(np.diff(run.offsets).max()) * PARTITIONS > UNEVEN * count
    return joined([run]) if uneven else run


def renumbered(keys: Keys, numbers: Keys) -> Keys:
    """The keys of a crowd with other numbers behind them."""
    keys = keys.copy()
    keys[:, -1] = numbers[keys[:, -1].astype(np.intp)]
    return keys


def with_numbers(run: Run, numbers: Keys) -> Run:
    """A crowd's run with other numbers behind the keys."""
    if run.keys is not None:
        return Run(run.width, run.offsets, renumbered(run.keys, numbers))
    before = run.renumbered
    return replace(run, renumbered=numbers if before is None else numbers[before.astype(np.intp)])
