"""Groups of keys that are very many and have few keys each: together in one group, each key with a number behind it.

A group by itself costs some kilobytes, however few keys it has. Of ten thousand files each has a dozen of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.kernels.sets import join, lookup, payload_bits, unique

Keys = NDArray[np.uint64]
Offsets = NDArray[np.int64]
Counts = tuple[NDArray[np.int64], dict[int, int], int]  # what ``sets.count_distinct`` returns
Table = tuple[Keys, Keys]  # tags, all different and not 0, and the payload of each
Source = tuple[Keys, Offsets, int, int | Keys]  # as ``sets.count_distinct`` takes it
FEW = 256  # groups that may have few keys each by themselves


class Crowd(NamedTuple):
    """The groups of one kind whose keys have so many words, as one group; its keys have one more: a member's number."""

    kind: tuple[object, ...]
    width: int


def crowd_of(group: Hashable, width: int) -> Crowd | None:
    """The crowd that a group may join: of those that differ in input, table and column. None: it stays by itself.

    Such a group is a tuple: its kind, the input, the table and, if it has more to say, the column and a name.
    """
    if isinstance(group, Crowd) or not isinstance(group, tuple) or len(group) < 3:
        return None
    return Crowd((group[0], *group[4:]), width)


class _Alike:
    """Groups that differ in their input alone. ``rest``: what they have in common, their kind first."""

    def __init__(self, rest: tuple[Any, ...], crowd: Crowd) -> None:
        self.rest = rest
        self.crowd = crowd
        self.inputs = array("Q")  # ascending
        self.numbers = array("q")

    def name(self, source: int) -> tuple[Any, ...]:
        """The group of an input."""
        return self.rest[0], source, *self.rest[1:]


class Roll:
    """The members of all crowds of a store by number, from 1 on; very many, in some thirty bytes each."""

    def __init__(self) -> None:
        self._alike: list[_Alike] = []
        self._by_rest: dict[tuple[Any, ...], list[int]] = {}
        self._which = array("i")  # of each member
        self._inputs = array("Q")
        self._gone = bytearray()
        self._asked: tuple[Hashable, int] = None, 0  # the last one

    def number(self, group: Hashable) -> int:
        """The number of a member; 0 where the group is none."""
        asked, number = self._asked
        if asked is not group:  # mostly the same one is asked for several times
            number = self._number(group)
            self._asked = group, number
        return number

    def _number(self, group: Hashable) -> int:
        if not isinstance(group, tuple) or len(group) < 3:
            return 0
        source = group[1]
        for which in self._by_rest.get((group[0], *group[2:]), ()):
            alike = self._alike[which]
            at = bisect_left(alike.inputs, source)
            while at < len(alike.inputs) and alike.inputs[at] == source:
                number = alike.numbers[at]
                if not self._gone[number - 1]:
                    return number
                at += 1
        return 0

    def __contains__(self, group: Hashable) -> bool:
        return self.number(group) > 0

    def __iter__(self) -> Iterator[Hashable]:
        """All members that were not forgotten, in the order of their numbers."""
        return (self.name(number) for number in range(1, len(self) + 1) if not self._gone[number - 1])

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self._which)

    def enter(self, group: Hashable, crowd: Crowd) -> int:
        """The number of a group, which becomes a member if it is none."""
        number = self.number(group)
        if number:
            return number
        self._asked = None, 0
        assert isinstance(group, tuple)
        rest, source = (group[0], *group[2:]), group[1]
        own = self._by_rest.setdefault(rest, [])
        which = next((each for each in own if self._alike[each].crowd == crowd), -1)
        if which < 0:
            which = len(self._alike)
            self._alike.append(_Alike(rest, crowd))
            own.append(which)
        self._which.append(which)
        self._inputs.append(source)
        self._gone.append(0)
        alike = self._alike[which]
        at = bisect_left(alike.inputs, source)
        alike.inputs.insert(at, source)
        alike.numbers.insert(at, len(self._which))
        return len(self._which)

    def name(self, number: int) -> Hashable:
        """The member that has a number."""
        return self._alike[self._which[number - 1]].name(self._inputs[number - 1])

    def crowd_of(self, number: int) -> Crowd:
        """The crowd of a member that has a number."""
        return self._alike[self._which[number - 1]].crowd

    def crowd(self, group: Hashable) -> Crowd:
        """The crowd of a member."""
        return self.crowd_of(self.number(group))

    def crowds(self, groups: Iterable[Hashable]) -> list[Crowd]:
        """The crowds of those groups that are members, in a fixed order."""
        numbers = (self.number(group) for group in groups)
        return list(dict.fromkeys(self.crowd_of(number) for number in numbers if number))

    def countings(self, wanted: Sequence[Wanted], owners: int) -> dict[Crowd, Counting]:
        """How the keys of each crowd count of which some members are wanted, among so many owners."""
        members: dict[Crowd, list[tuple[int, int, int | Table]]] = {}
        for group, owner, payload in wanted:
            if number := self.number(group):
                members.setdefault(self.crowd_of(number), []).append((number, owner, payload))
        return {crowd: Counting(some, owners) for crowd, some in members.items()}

    def members(self) -> list[tuple[Hashable, Crowd]]:
        """Every number's member, also those that were forgotten, and its crowd."""
        return [(self.name(number), self.crowd_of(number)) for number in range(1, len(self) + 1)]

    def rename(self, renamed: Callable[[Hashable], Hashable]) -> None:
        """Gives every member another name."""
        before = self.members()
        gone, self._gone = self._gone, bytearray()
        self._alike, self._by_rest = [], {}
        self._which, self._inputs = array("i"), array("Q")
        for (group, crowd), left_out in zip(before, gone, strict=True):
            number = self.enter(renamed(group) if not left_out else group, crowd)
            self._gone[number - 1] = left_out
        self._asked = None, 0

    def forget(self, group: Hashable) -> None:
        """Leaves a member out; its keys mean nothing from then on."""
        if number := self.number(group):
            self._gone[number - 1] = 1
            self._asked = None, 0


def numbered(arrays: Sequence[Keys], numbers: Sequence[int]) -> Keys:
    """Keys (uint64[n, w] each) behind each other as uint64[m, w + 1]: behind each one the number of its array."""
    width = arrays[0].shape[1]
    keys = np.empty((sum(map(len, arrays)), width + 1), np.uint64)
    np.concatenate(arrays, out=keys[:, :width])
    keys[:, width] = np.repeat(np.array(numbers, np.uint64), [len(each) for each in arrays])
    return keys


def by_member(parts: list[Keys], chosen: NDArray[np.bool_]) -> Iterator[tuple[int, Keys]]:
    """The distinct keys of each member that is ``chosen`` (by number): its number, and keys without it."""
    rows = unique(parts)
    rows = rows[chosen[rows[:, -1].astype(np.intp)]]
    rows = rows[np.argsort(rows[:, -1], kind="stable")]
    begins = (np.flatnonzero(rows[1:, -1] != rows[:-1, -1]) + 1).tolist()
    for first, last in zip([0, *begins], [*begins, len(rows)], strict=True):
        if first == last:
            return
        yield int(rows[first, -1]), np.ascontiguousarray(rows[first:last, :-1])


class Wanted(NamedTuple):
    """A group whose keys are to be counted.

    ``owner``: the number of the set that its keys belong to. ``payload``: 32 bits that its keys carry (0: not counted),
    or a table of these by the key's last word, its tag, which is no part of its identity (tags and their payloads).
    """

    group: Hashable
    owner: int
    payload: int | Table


class Counted(NamedTuple):
    """Different keys: of each owner, and over all by payload. ``twins``: those that are like another, earlier one
    but not the same (``digest.digest_rows``)."""

    owned: list[int]
    payloads: Counter[int]
    twins: int

    def plus(self, owned: NDArray[np.int64], payloads: Mapping[int, int], twins: int) -> Counted:
        """With those of further partitions, as ``sets.count_distinct`` counts them; ``payloads`` takes them in."""
        self.payloads.update(payloads)
        return Counted((owned + np.array(self.owned, np.int64)).tolist(), self.payloads, self.twins + twins)


class Counting:
    """How the keys of a crowd count. ``members``: of each that is wanted its number, owner, and payload or table.

    Either all have a payload, or all have a table; those that have a table are one owner's.
    """

    def __init__(self, members: Sequence[tuple[int, int, int | Table]], owners: int) -> None:
        numbers = np.array([number for number, _, _ in members], np.int64)
        tables = [payload for _, _, payload in members if not isinstance(payload, int)]
        self._tagged = bool(tables)
        if not tables:
            payloads = np.array([payload for _, _, payload in members], np.uint64)
            bits = np.uint64(payload_bits(owners))
            whose = np.array([owner + 1 for _, owner, _ in members], np.uint64)
            self._lookup = np.zeros(int(numbers.max()) + 1, np.uint64)
            self._lookup[numbers] = np.where(payloads > 0, whose << bits | payloads, np.uint64(0))
            return
        self._owner = members[0][1]
        if any(owner != self._owner for _, owner, _ in members):
            raise ValueError("members of a crowd whose keys have tags have several owners")
        # Which payload a member's tag has is looked up by both: the tags that there are at all are few.
        tags = np.concatenate([table[0] for table in tables])
        self._tags = ascending(tags)
        sizes = [len(table[0]) for table in tables]
        known = self._pair(np.repeat(numbers, sizes), np.searchsorted(self._tags, tags))
        order = np.argsort(known)
        kinds, kind = np.unique(np.concatenate([table[1] for table in tables]), return_inverse=True)
        self._known, self._kind = known[order], (kind[order] + 1).astype(np.uint64)
        self._lookup = lookup(np.arange(1, len(kinds) + 1, dtype=np.uint64), kinds)

    def _pair(self, numbers: NDArray[np.int64], tag: NDArray[np.intp]) -> NDArray[np.int64]:
        return numbers * np.int64(len(self._tags) + 1) + tag

    def sources(self, parts: list[tuple[Keys, Offsets]]) -> list[Source]:
        """The keys of some partitions, each part's with their offsets, for ``sets.count_distinct``."""
        if not self._tagged:
            return [(keys, offsets, -1, self._lookup) for keys, offsets in parts]
        keys, offsets = join(parts, distinct=False)
        return [(self._payload_kinds(keys), offsets, self._owner, self._lookup)]

    def _payload_kinds(self, keys: Keys) -> Keys:
        """Keys without tag and member's number, but with the number of their payload (0: none)."""
        found = np.ascontiguousarray(keys[:, :-1])
        if not len(self._known):
            found[:, -1] = 0
            return found
        number, tag = keys[:, -1].astype(np.int64), keys[:, -2]
        at = np.minimum(np.searchsorted(self._tags, tag), len(self._tags) - 1)
        pair = self._pair(number, at)
        place = np.minimum(np.searchsorted(self._known, pair), len(self._known) - 1)
        sound = (self._tags[at] == tag) & (self._known[place] == pair)
        found[:, -1] = np.where(sound, self._kind[place], np.uint64(0))
        return found
