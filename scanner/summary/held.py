"""What the records of a finished tally hold, put together from all places where each of them stands.

Elements are bits: 64 in a word, in the order of their names, and as many words as there are elements for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.store.by_table import ByTable
from scanner.tallies.row_facts import Profile
from scanner.tallies.tally import Signature, TableKey, Tally

Words = NDArray[np.uint64]
Group = tuple[Any, ...]  # of the store, see tally.Tally
ALIKE = 52  # low bits of a digest's second word that tell apart what is alike, see ``kernels.sets.count_distinct``
OnePart = Callable[[Group, Words], tuple[Words, Words]]


class Elements:
    """Names of elements as bits."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(set(names))
        self.words = max(1, -(-len(self.names) // 64))
        self._place = {name: divmod(at, 64) for at, name in enumerate(self.names)}

    def bits(self, names: Iterable[str]) -> Words:
        """uint64[words]."""
        found = [0] * self.words
        for name in names:
            word, bit = self._place[name]
            found[word] |= 1 << bit
        return np.array(found, np.uint64)

    def profile(self, bits: Iterable[int]) -> Profile:
        """The names of the bits of each word in turn."""
        words = list(bits)
        return frozenset(name for name, (word, bit) in self._place.items() if words[word] >> bit & 1)

    def profiles(self, bits: Words) -> tuple[list[Profile], NDArray[np.intp]]:
        """The different profiles of some records (uint64[n, words]), and for each record which of them it is."""
        if self.words == 1:  # a sort of numbers is much faster than one of rows
            different, which = np.unique(bits[:, 0], return_inverse=True)
            different = different[:, None]
        else:
            different, which = np.unique(bits, axis=0, return_inverse=True)
        return [self.profile(each) for each in different.tolist()], which.reshape(-1)


class United(NamedTuple):
    """Records, sorted by digest.

    ``digests`` uint64[n, 2]; ``bits`` uint64[n, words]; ``begins`` int64[n]: where the places of each record begin
    among all of the piece; ``places`` uint64[m]: what was told of each place, by record.
    """

    digests: Words
    bits: Words
    begins: NDArray[np.intp]
    places: Words


class Held:
    """The elements by table and tag, as ``profiles`` has them by signature; ``beside``: further names of bits."""

    def __init__(
        self,
        tally: Tally,
        profiles: Mapping[TableKey, Mapping[Signature, Profile]],
        beside: Collection[str],
    ) -> None:
        # These are few, however many tables there are.
        different = profiles.different if isinstance(profiles, ByTable) else list(profiles.values())
        held = {name for table in different for profile in table.values() for name in profile}
        self.elements = Elements(held | set(beside))
        self._profiles = profiles
        self._store = tally.store
        self._known = {}
        bits_of: dict[Profile, tuple[int, ...]] = {}
        for profile in (profile for table in different for profile in table.values()):
            if profile not in bits_of:
                bits_of[profile] = tuple(self.elements.bits(profile).tolist())
        for table in different:
            found = sorted(
                (tally.signature_tag(signature), bits_of[profile]) for signature, profile in table.items()
            )
            tags = np.array([tag for tag, _ in found], np.uint64)
            bits = np.array([bits for _, bits in found], np.uint64).reshape(-1, self.elements.words)
            self._known[id(table)] = tags, bits

    @property
    def tables(self) -> list[TableKey]:
        """All that have such rows, in their order."""
        return list(self._profiles)

    def tags_of(self, table: Mapping[Signature, Profile]) -> tuple[Words, Words]:
        """Of a value of ``profiles`` the tags, uint64[n], in order, and the elements of their rows, uint64[n, w]."""
        return self._known[id(table)]

    def of(self, group: Group, keys: Words) -> Words:
        """uint64[n, words]: what each key of a group says, of rows (by its tag) or of a class of points."""
        kind, *where = group
        if kind == "class":
            return np.tile(self.elements.bits(where[:1]), (len(keys), 1))
        tags, held = self._known[id(self._profiles[cast(TableKey, tuple(where))])]
        if not len(tags):
            return np.zeros((len(keys), self.elements.words), np.uint64)
        at = np.minimum(np.searchsorted(tags, keys[:, 2]), len(tags) - 1)
        return np.where((tags[at] == keys[:, 2])[:, None], held[at], np.uint64(0))

    def pieces(
        self, part: OnePart, more: Collection[Group] = (), may: Words | None = None
    ) -> Iterator[United]:
        """All records, piece by piece; all that is known of a record is in one piece.

        ``part``: of a group and its keys what these say, as ``of``, and uint64[n] about their places; ``more``: groups
        beside those of rows and classes; ``may``: only records that have one of these bits somewhere.
        """
        groups = [
            group
            for group in (cast(Group, each) for each in self._store.groups())
            if group[0] == "class" or (group[0] == "row" and group[1:3] in self._profiles)
        ]
        for piece in self._store.partitions([*groups, *more]):
            parts = [(keys[:, :2], *part(cast(Group, group), keys)) for group, keys in piece.items()]
            if may is not None:
                parts = _that_may(parts, may)
            if parts:
                yield united(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def count(self) -> tuple[Counter[Profile], int]:
        """How many records there are of each profile that holds something, and how many of these are like another.

        As ``DistinctStore.count`` tells it, for any number of elements: many times slower.
        """
        found: Counter[Profile] = Counter()
        twins = 0
        for piece in self.pieces(lambda group, keys: (self.of(group, keys), np.zeros(len(keys), np.uint64))):
            some = piece.bits.any(axis=1)
            profiles, which = self.elements.profiles(piece.bits[some])
            for profile, count in zip(profiles, np.bincount(which).tolist(), strict=False):
                found[profile] += count
            like = piece.digests[some]
            like[:, 1] >>= np.uint64(ALIKE)
            twins += int((like[1:] == like[:-1]).all(axis=1).sum())
        return found, twins


def _that_may(parts: list[tuple[Words, Words, Words]], may: Words) -> list[tuple[Words, Words, Words]]:
    """Of the parts those keys whose first words are those of a key with one of some bits."""
    some = [keys[(bits & may).any(axis=1), 0] for keys, bits, _ in parts]
    wanted = ascending(np.concatenate(some)) if some else np.zeros(0, np.uint64)
    if not len(wanted):
        return []
    chosen = []
    for keys, bits, places in parts:
        at = np.minimum(np.searchsorted(wanted, keys[:, 0]), len(wanted) - 1)
        keep = wanted[at] == keys[:, 0]
        chosen.append((keys[keep], bits[keep], places[keep]))
    return chosen


def united(keys: Words, bits: Words, places: Words) -> United:
    """Equal keys (uint64[m, 2]) as one record that has the bits of all of them."""
    order = np.lexsort((places, keys[:, 1], keys[:, 0]))
    keys, bits, places = keys[order], bits[order], places[order]
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    begins = np.flatnonzero(fresh)
    return United(keys[begins], np.bitwise_or.reduceat(bits, begins, axis=0), begins, places)
