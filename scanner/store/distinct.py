"""Exact sets of keyed digests for many groups at once, in memory up to a budget and in private files beyond it.

A group is anything hashable (a column's values, a table's rows). Keys are uint64[n, w] whose first word is
spread evenly; w is fixed for a group. Two stores merge by addition. Where there are very many groups with few keys
each, they become members of a crowd (``crowd``), which is one group with one more word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scanner.in_turn import in_turn
from scanner.kernels.sets import count_distinct, lookup, unique
from scanner.store.crowd import FEW, Counted, Counts, Crowd, Roll, by_member, crowd_of, numbered
from scanner.store.crowd import Wanted as Wanted
from scanner.store.freed import give_back_if_grown
from scanner.store.spool import PARTITIONS as PARTITIONS
from scanner.store.stored_keys import (
    PIECE,
    UNEVEN,
    Last,
    Rooms,
    Slice,
    Spills,
    Tails,
    as_stored,
    by_packing,
    gather,
    joined,
    packed_run,
    parts,
    renumbered,
    spread_run,
    thinned,
    torn,
    with_numbers,
)
from scanner.store.stored_keys import Run as Run

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
T = TypeVar("T")
SMALL = 1 << 16  # bytes of a group that can wait for more
INNER = 48  # the bits of the first word below those that choose the partition
SAMPLED = 4  # partitions that are looked at for whether runs share keys


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
        self._tails: dict[Hashable, Tails | None] = {}  # None: keys are not packed
        self._roll = Roll()
        self._gather_at = FEW  # so many groups that wait become members of crowds
        self._resident_bytes = 0
        self._rooms = Rooms()
        self._spills = Spills(folder)
        self.spilled_bytes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """All that ``merge`` takes, for another process. Where it is much, ``leave_memory`` comes first."""
        self._settle_all()
        return _handed, (self.budget, self.folder, self.threads, self._runs, self._roll, self.spilled_bytes)

    def another(self) -> DistinctStore:
        """An empty store that spills to the same files, so that many which are merged one by one have no more of them.

        For the thread that adds to this one.
        """
        store = DistinctStore(self.budget, self.folder)
        store._spills = self._spills
        return store

    def add(self, group: Hashable, keys: Keys) -> None:
        """Adds keys (uint64[n, w]) to a group."""
        if keys.nbytes < SMALL:
            self._wait(group, keys)
        else:
            self._keep(group, thinned(self._run_of(group, keys)))
            self._shrink()

    def add_run(self, group: Hashable, run: Run) -> None:
        """Adds keys that are spread already; they must not be changed afterwards."""
        self._keep(group, run)
        self._shrink()

    def _wait(self, group: Hashable, keys: Keys) -> None:
        """Adds few keys, which wait until there are more."""
        if not len(keys):
            return
        self._hold(group, keys)
        if self._pending_bytes[group] >= SMALL:
            self._compact(group)
            self._shrink()
        elif self._resident_bytes > self._limit():
            self._shrink()
        elif len(self._pending) > self._gather_at:
            self._gather()

    def _hold(self, group: Hashable, keys: Keys) -> None:
        self._pending.setdefault(group, []).append(keys)
        self._pending_bytes[group] += keys.nbytes
        self._resident_bytes += keys.nbytes

    def _gather(self) -> None:
        """Makes members of crowds of the groups that wait and have no keys elsewhere, if these are many."""
        waiting: dict[Crowd, list[Hashable]] = {}
        for group, arrays in self._pending.items():
            if group not in self._runs and (crowd := crowd_of(group, arrays[0].shape[1])):
                waiting.setdefault(crowd, []).append(group)
        if sum(map(len, waiting.values())) > FEW // 2:
            for crowd, groups in waiting.items():
                self._join_crowd(crowd, groups)
        self._gather_at = len(self._pending) + FEW

    def _join_crowd(self, crowd: Crowd, groups: Sequence[Hashable]) -> None:
        """Makes members of groups without runs, or gives the crowd what waits of its members."""
        arrays, numbers = [], []
        for group in groups:
            number = self._roll.enter(group, crowd)
            for keys in self._pending.pop(group, ()):
                arrays.append(keys)
                numbers.append(number)
            self._resident_bytes -= self._pending_bytes.pop(group, 0)
        if arrays:
            self._hold(crowd, numbered(arrays, numbers))
            if self._pending_bytes[crowd] >= SMALL:
                self._compact(crowd)

    def member(self, group: Hashable, width: int) -> tuple[int, Crowd]:
        """Makes a group, of whose keys there may be some, a member of a crowd; returns its number and the crowd.

        Then ``add_run`` takes its keys (``width`` words each) with that number behind each, for the crowd.
        """
        if group not in self._roll:
            crowd = crowd_of(group, width)
            if crowd is None:
                raise ValueError("the group is of a kind that belongs to no crowd")
            self._join_crowd(crowd, [group])
            self._tails.pop(group, None)
            for run in self._runs.pop(group, ()):
                self._resident_bytes -= run.nbytes if run.keys is not None else 0
                self._keep(group, run)
        number = self._roll.number(group)
        return number, self._roll.crowd_of(number)

    @property
    def resident(self) -> int:
        """Bytes of keys that are in memory."""
        return self._resident_bytes

    def _limit(self) -> int:
        """Bytes of keys in memory."""
        return self.budget * 3 // 4

    def _run_of(self, group: Hashable, keys: Keys) -> Run:
        """Keys of a group, packed as long as their last words are few."""
        if keys.shape[1] > 1 and not isinstance(group, Crowd):
            tails = self._tails.setdefault(group, Tails())
            if tails is not None:
                run = packed_run(keys, self._rooms.take, tails)
                if run is not None:
                    return run
                self._tails[group] = None
        return spread_run(keys, self._rooms.take)

    def _keep(self, group: Hashable, run: Run) -> None:
        number = 0 if isinstance(group, Crowd) else self._roll.number(group)
        if not number:
            self._runs.setdefault(group, []).append(run)
            self._resident_bytes += run.nbytes if run.keys is not None else 0
            return
        crowd = self._roll.crowd_of(number)
        for piece in run.pieces():
            assert piece.keys is not None
            if len(piece):
                self._keep(crowd, Run(run.width + 1, piece.offsets, numbered([piece.keys], [number])))
                if run.keys is None:
                    self._shrink()

    def _compact(self, group: Hashable) -> None:
        """Turns a group's waiting keys into a run; those of a member go to its crowd."""
        if group in self._roll:
            self._join_crowd(self._roll.crowd(group), [group])
            return
        arrays = self._pending.pop(group, None)
        if arrays is None:
            return
        self._resident_bytes -= self._pending_bytes.pop(group)
        self._keep(group, self._run_of(group, arrays[0] if len(arrays) == 1 else np.concatenate(arrays)))

    def merge(self, other: DistinctStore) -> None:
        """Adds all of another store, which must not be used afterwards."""
        numbers = self._as_here(other)
        for group, arrays in other._pending.items():
            for keys in arrays:
                self._wait(group, renumbered(keys, numbers) if isinstance(group, Crowd) else keys)
        for group, runs in other._runs.items():
            for run in runs:
                if isinstance(group, Crowd):
                    run = with_numbers(run, numbers)
                self._keep(group, run)
        self.spilled_bytes += other.spilled_bytes
        self.threads += other.threads
        self._rooms.give_back()
        other._rooms.give_back()
        other._spills = Spills(other.folder)  # nothing but the runs holds their files
        self._shrink()

    def _as_here(self, other: DistinctStore) -> Keys:
        """What the number of each of another store's members is in this one."""
        numbers = [0]
        for group, crowd in other._roll.members():
            if group in other._roll:
                self.member(group, crowd.width)
            numbers.append(self._roll.number(group))
        return np.array(numbers, np.uint64)

    def _shrink(self) -> None:
        """Leaves out equal keys where memory gets scarce, and spills all of it where that does not help."""
        if self._resident_bytes <= self._limit():
            return
        self._settle_all()
        for runs in self._runs.values():
            self._join(runs)
        if self._resident_bytes > self._limit() // 2:
            self._spill()

    def _join(self, runs: list[Run]) -> None:
        """Makes one resident run of a group's, or two, if a sample shows that it has equal keys."""
        resident = [run for run in runs if run.keys is not None]
        sample = [part for run in resident if len(part := run.part(0, SAMPLED))]
        if not sample or 10 * len(unique(sample)) > 9 * sum(map(len, sample)):
            return
        self._resident_bytes -= sum(run.nbytes for run in resident)
        together = [joined(alike) for alike in by_packing(resident)]
        runs[:] = [*(run for run in runs if run.keys is None), *together]
        self._resident_bytes += sum(run.nbytes for run in together)

    def _spill(self) -> None:
        """Moves all runs to files: one run for each group and way of packing, one file for each kind of group."""
        free = self._rooms.lent()
        for group, runs in self._runs.items():
            resident = [run for run in runs if run.keys is not None]
            runs[:] = [run for run in runs if run.keys is None]
            for alike in by_packing(resident):
                runs.append(self._spills.write(group, alike))
                self.spilled_bytes += len(runs[-1]) * runs[-1].stored * 8
        self._resident_bytes = 0
        self._rooms.use_again(free)

    def leave_memory(self) -> None:
        """Moves all keys that are in memory to files."""
        self._settle_all()
        self._spill()
        self._rooms.give_back()

    def rename(self, renamed: Callable[[Hashable], Hashable]) -> None:
        """Gives every group another name; no two may get the same."""
        self._pending = {renamed(group): arrays for group, arrays in self._pending.items()}
        self._pending_bytes = Counter({renamed(group): size for group, size in self._pending_bytes.items()})
        self._runs = {renamed(group): runs for group, runs in self._runs.items()}
        self._tails = {renamed(group): tails for group, tails in self._tails.items()}
        self._roll.rename(renamed)

    def all_runs(self) -> Iterator[tuple[Hashable, list[Run]]]:
        """Every group with all its keys, and every crowd; they stay in the store."""
        self._settle_all()
        yield from self._runs.items()

    def members(self) -> list[tuple[Hashable, Crowd]]:
        """The members of crowds in the order of their numbers, from 1 on."""
        return self._roll.members()

    def groups(self, kind: str | None = None) -> list[Hashable]:
        """All groups, or those of a kind, in the order in which they came, those in crowds last."""
        own = (group for group in (*self._runs, *self._pending) if not isinstance(group, Crowd))
        every = chain(dict.fromkeys(group for group in own if group not in self._roll), self._roll)
        return [group for group in every if kind is None or (isinstance(group, tuple) and group[0] == kind)]

    def forget(self, groups: Collection[Hashable]) -> None:
        """Leaves out some groups, and gives back their memory and the files that hold nothing else."""
        for group in groups:
            self._compact(group)
            self._roll.forget(group)
            self._tails.pop(group, None)
            for run in self._runs.pop(group, []):
                self._resident_bytes -= run.nbytes if run.keys is not None else 0
        self._spills.leave(groups)

    def width(self, group: Hashable) -> int:
        """How many words the keys of a group have."""
        if group in self._roll:
            return self._roll.crowd(group).width
        return self._runs[group][0].width if group in self._runs else self._pending[group][0].shape[1]

    def count(self, wanted: Sequence[Wanted], width: int, owners: int) -> Counted:
        """How many different keys of ``width`` words there are by owner; and, over all, by the payload.

        Equal keys of several groups are one, with all their payloads (bitwise or). Members of crowds whose payloads
        are in tables by tag have one owner.
        """
        return self.count_each([(wanted, width, owners)])[0]

    def count_each(
        self, asked: Sequence[tuple[Sequence[Wanted], int, int]], last: bool = False
    ) -> list[Counted]:
        """What ``count`` says of each, together: no thread waits until the others are done with one of them.

        ``last``: the groups, each in one of these, are to be forgotten then; their room in files goes back on the way.
        """
        plans = [self._counting(*each) for each in asked]
        behind = [self._last(each.group for each in wanted) if last else Last(()) for wanted, *_ in asked]
        found = [Counted([0] * owners, Counter(), 0) for _, _, owners in asked]
        steps = [(number, step) for number, (steps, _) in enumerate(plans) for step in steps]
        # Groups of a kind share their files, which go section by section.
        steps.sort(key=lambda each: each[1])
        done = in_turn(lambda step: plans[step[0]][1](step[1]), steps, self.threads)
        for (number, step), counts in zip(steps, done, strict=True):
            found[number] = found[number].plus(*counts)
            behind[number].done(step[1])
            give_back_if_grown(3 * self.budget)
        return found

    def _counting(
        self, wanted: Sequence[Wanted], width: int, owners: int
    ) -> tuple[list[tuple[int, int]], Callable[[tuple[int, int]], Counts]]:
        """The steps of a count, and what counts the keys of one step."""
        groups = [each.group for each in wanted]
        steps = list(self._steps(groups, 2 * PIECE, self.threads))
        order = sorted((each for each in wanted if each.group not in self._roll), key=lambda each: each.owner)
        plain: list[tuple[Run, int, int | Keys]] = []
        packed: list[tuple[Run, int, int | Keys]] = []
        for each in order:
            payload = each.payload if isinstance(each.payload, int) else lookup(*each.payload)
            for run in self._runs[each.group]:
                if run.tails is None or isinstance(each.payload, int):
                    plain.append((run, each.owner, payload))
                else:
                    packed.append((run, each.owner, run.tails.by_code(*each.payload)))
        plans = self._roll.countings(wanted, owners)

        def counted(step: tuple[int, int]) -> Counts:
            sources: list[tuple[Keys, Offsets, int, int | Keys]] = []
            for some, read in (plain, parts), (packed, as_stored):
                held = [each for each in some if each[0].holds(*step)]
                keys = read([run for run, *_ in held], *step)
                pairs = zip(keys, held, strict=True)
                sources += [(own, run.offsets, owner, payload) for own, (run, owner, payload) in pairs]
            for crowd, plan in plans.items():
                runs = [run for run in self._runs.get(crowd, ()) if run.holds(*step)]
                if runs:
                    bounds = (run.bounds(*step) for run in runs)
                    sources += plan.sources(list(zip(parts(runs, *step), bounds, strict=True)))
            sources.sort(key=lambda source: source[2])
            return count_distinct(sources, width, owners, *step)

        return steps, counted

    def _last(self, groups: Iterable[Hashable]) -> Last:
        """What lets go of files that are read for the last time: those of groups that are in no crowd."""
        apart = [group for group in groups if group not in self._roll]
        self._spills.leave(apart)
        return Last(run for group in apart for run in self._runs.get(group, ()))

    def _settle_all(self) -> None:
        """Turns all that waits into runs."""
        self._gather()
        for group in [group for group in self._pending if not isinstance(group, Crowd)]:
            self._compact(group)
        for group in list(self._pending):
            self._compact(group)

    def _settled(self, groups: Collection[Hashable]) -> list[Hashable]:
        """Turns all that waits of some groups into runs; returns these groups, and the crowds of those in crowds."""
        for group in groups:
            self._compact(group)
        crowds = self._roll.crowds(groups)
        for crowd in crowds:
            self._compact(crowd)
        every = [*(group for group in groups if group not in self._roll), *crowds]
        return [group for group in every if group in self._runs]

    def _steps(self, groups: Collection[Hashable], size: int, least: int = 1) -> Iterator[tuple[int, int]]:
        """Ranges of partitions, at least some, of about ``size`` bytes in memory or PIECE in files; keys are spread."""
        self._rooms.give_back()
        runs = [run for group in self._settled(groups) for run in self._runs[group]]
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
        self,
        make: Callable[[dict[Hashable, Keys]], T],
        groups: Collection[Hashable] | None = None,
        last: bool = False,
    ) -> Iterator[T]:
        """What ``make`` makes of each piece of ``partitions``, in their order; it is called on all threads.

        ``last``: the groups are to be forgotten then; their room in files goes back on the way.
        """
        return self._made(
            lambda piece, _: make(piece), self.groups() if groups is None else list(groups), last
        )

    def made_of_uneven(
        self,
        make: Callable[[dict[Hashable, Keys], bool], T],
        groups: Collection[Hashable],
        last: bool = False,
    ) -> Iterator[T]:
        """The same of keys that may lie unevenly: a piece that is far larger than others comes in parts.

        Equal keys may be in several of these. ``make`` is also told whether it has the whole piece.
        """
        return self._made(make, list(groups), last, UNEVEN)

    def _made(
        self,
        make: Callable[[dict[Hashable, Keys], bool], T],
        chosen: list[Hashable],
        last: bool,
        uneven: int = PARTITIONS,
    ) -> Iterator[T]:
        steps = list(self._steps(chosen, PIECE))
        crowds = self._roll.crowds(chosen)
        apart = [group for group in chosen if group not in self._roll]
        asked = np.zeros(len(self._roll) + 1, np.bool_)
        asked[[number for group in chosen if (number := self._roll.number(group))]] = True

        def piece(step: tuple[int, int] | Slice) -> T:
            if isinstance(step, Slice):
                return make({step.group: step.run.part(step.partition, step.partition + 1)}, False)
            found = {}
            for group in (*apart, *crowds):
                runs = [run for run in self._runs.get(group, ()) if run.holds(*step)]
                if runs and not isinstance(group, Crowd):
                    found[group] = gather(runs, *step)
                elif runs:
                    members = by_member(parts(runs, *step), asked)
                    found |= {self._roll.name(number): keys for number, keys in members}
            return make(found, True)

        runs = [(group, run) for group in apart for run in self._runs.get(group, ())]
        pieces, ends = torn(steps, runs, uneven)
        behind = self._last(chosen) if last else Last(())
        for end, made in zip(ends, in_turn(piece, pieces, self.threads), strict=True):
            yield made
            behind.done(end)


def _handed(
    budget: int,
    folder: str | None,
    threads: int,
    runs: dict[Hashable, list[Run]],
    roll: Roll,
    spilled_bytes: int,
) -> DistinctStore:
    made = DistinctStore(budget, folder)
    made.threads, made.spilled_bytes = threads, spilled_bytes
    made._runs, made._roll = runs, roll
    every = [run for of_group in runs.values() for run in of_group]
    made._resident_bytes = sum(run.nbytes for run in every if run.keys is not None)
    return made
