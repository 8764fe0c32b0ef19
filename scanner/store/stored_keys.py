"""Keys of one group in 256 partitions, in memory or in a private file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.sets import gathered, join, spread, spread_packed
from scanner.store.scratch import Place, Scratch, read_together
from scanner.store.spool import PARTITIONS, write_parts

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
FEWEST, UNEVEN = 1 << 12, 4  # keys, and times its share of a partition, that tell that keys are equal
SLAB = 1 << 20  # words of memory that are asked for together: large enough for the system's large pages
SECTIONS = 4  # files that share the partitions of a run: what is read through can go while others are read
SECTION = PARTITIONS // SECTIONS
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

    ``keys``: those from ``offsets[0]`` on; None: they are in ``spilled``, by section the file and the byte where its
    first partition begins, or None where nobody asks for them any more. ``renumbered``: what the
    last words of the keys of a crowd are to be instead of those in the file. ``tails``: the keys are packed.
    """

    width: int
    offsets: Offsets
    keys: Keys | None
    spilled: list[tuple[Scratch, int] | None] = field(default_factory=list)
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
        return self.offsets.item(first) < self.offsets.item(last)

    def as_stored(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``, packed or not."""
        return as_stored([self], first, last)[0]

    def places(self, first: int, last: int) -> Iterator[Place]:
        """Where those of a run lie that is in files."""
        for begin in _begins(first, last):
            place = self.spilled[begin // SECTION]
            assert place is not None
            end = min(last, begin + SECTION - begin % SECTION)
            base, low, high = (int(self.offsets[at]) for at in (begin - begin % SECTION, begin, end))
            yield place[0], place[1] + (low - base) * self.stored * 8, (high - low) * self.stored * 8

    def leave(self, section: int) -> None:
        """Says that nobody asks for the keys of a section any more, if they are in a file."""
        if self.spilled:
            self.spilled[section] = None

    def part(self, first: int, last: int) -> Keys:
        """The keys of partitions ``first`` to ``last - 1``."""
        return parts([self], first, last)[0]

    def bounds(self, first: int, last: int) -> Offsets:
        """int64[257]: where the partitions begin if there are no others than ``first`` to ``last - 1``."""
        found: Offsets = np.minimum(np.maximum(self.offsets, self.offsets[first]), self.offsets[last])
        return found

    def slices(self, partition: int, size: int) -> Iterator[Run]:
        """The keys of a partition, about ``size`` bytes at a time."""
        low, high = int(self.offsets[partition]), int(self.offsets[partition + 1])
        base, own = int(self.offsets[0]), np.arange(PARTITIONS + 1) > partition
        for at in range(low, high, max(1, size // (8 * self.stored))):
            count = min(max(1, size // (8 * self.stored)), high - at)
            run = replace(self, offsets=np.where(own, count, 0))
            if self.keys is not None:
                yield replace(run, keys=self.keys[at - base : at - base + count])
                continue
            place = self.spilled[section := partition // SECTION]
            assert place is not None
            begin = place[1] + (at - int(self.offsets[section * SECTION])) * self.stored * 8
            spilled: list[tuple[Scratch, int] | None] = [None] * SECTIONS
            spilled[section] = place[0], begin
            yield replace(run, spilled=spilled)

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
    """The private files that a store writes: some for each kind of group, as some are forgotten long before others."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._files: dict[object, list[Scratch]] = {}

    def write(self, group: Hashable, runs: Sequence[Run]) -> Run:
        """One run in files of resident ones, which are packed alike."""
        kind, first = _kind(group), runs[0]
        if kind not in self._files:
            self._files[kind] = [Scratch(self._folder) for _ in range(SECTIONS)]
        files = self._files[kind]
        spilled: list[tuple[Scratch, int] | None] = [(file, file.size) for file in files]
        parts = [(run.keys, run.offsets) for run in runs if run.keys is not None]
        offsets = write_parts([file.write for file in files], parts, first.stored)
        return Run(first.width, offsets, None, spilled, tails=first.tails)

    def leave(self, groups: Iterable[Hashable]) -> None:
        """Writes to other files from now on; those of these kinds of groups go with the runs that are in them."""
        for group in groups:
            self._files.pop(_kind(group), None)


class Last:
    """Lets go of what runs have in files, section by section, behind those who read it for the last time."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = [run for run in runs if run.spilled]
        self._left = 0

    def done(self, last: int) -> None:
        """Says that all partitions before ``last`` have been read."""
        while self._left < last // SECTION:
            for run in self._runs:
                run.leave(self._left)
            self._left += 1


def _kind(group: Hashable) -> object:
    return group[0] if isinstance(group, tuple) else None


def _begins(first: int, last: int) -> list[int]:
    """Where partitions ``first`` to ``last - 1`` begin, and the sections among them."""
    return [first, *range(first - first % SECTION + SECTION, last, SECTION)]


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


def as_stored(runs: Sequence[Run], first: int, last: int) -> list[Keys]:
    """The keys of partitions ``first`` to ``last - 1`` of each run, packed or not; files are read at one go."""
    places = [place for run in runs if run.keys is None for place in run.places(first, last)]
    read = read_together(places, np.empty(sum(size for *_, size in places) // 8, np.uint64))
    found, at = [], 0
    for run in runs:
        told = run.offsets.item  # this is asked for each run in each step
        low, high = told(first), told(last)
        if run.keys is not None:
            base = told(0)
            found.append(run.keys[low - base : high - base])
            continue
        keys = read[at : at + (high - low) * run.stored].reshape(-1, run.stored)
        at += keys.size
        found.append(keys if run.renumbered is None else renumbered(keys, run.renumbered))
    return found


def parts(runs: Sequence[Run], first: int, last: int) -> list[Keys]:
    """The keys of partitions ``first`` to ``last - 1`` of each run; files are read at one go."""
    return [
        keys if run.tails is None else gathered([(keys, run.offsets, run.tails.words)], first, last, False)
        for run, keys in zip(runs, as_stored(runs, first, last), strict=True)
    ]


def gather(runs: Iterable[Run], first: int, last: int, distinct: bool = True) -> Keys:
    """The keys of partitions ``first`` to ``last - 1`` of some runs of one width, by partition; each but once if
    ``distinct``."""
    runs = list(runs)
    keys = as_stored(runs, first, last)
    return gathered(
        [
            (own, run.offsets, None if run.tails is None else run.tails.words)
            for own, run in zip(keys, runs, strict=True)
        ],
        first,
        last,
        distinct,
    )


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


class Slice(NamedTuple):
    """Some keys of a partition of a group."""

    partition: int
    group: Hashable
    run: Run


def torn(
    steps: Sequence[tuple[int, int]], runs: Sequence[tuple[Hashable, Run]], uneven: int
) -> tuple[list[tuple[int, int] | Slice], list[int]]:
    """The steps, but those that hold more than ``uneven`` times their share of some groups' keys, and than that many
    PIECE, in parts. And, for each, up to which partition there is nothing left behind it."""
    sizes = np.zeros(PARTITIONS, np.int64)
    for _, run in runs:
        sizes += np.diff(run.offsets) * run.stored * 8
    most = uneven * max(PIECE, int(sizes.sum()) // len(steps))
    pieces: list[tuple[int, int] | Slice] = []
    ends: list[int] = []
    for first, last in steps:
        if int(sizes[first:last].sum()) <= most:
            pieces.append((first, last))
        else:
            pieces += [
                Slice(at, group, some)
                for at in range(first, last)
                for group, run in runs
                for some in run.slices(at, most)
            ]
        ends += [first] * (len(pieces) - len(ends) - 1) + [last]
    return pieces, ends


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
