"""Which records the itemised annex lists: those that the main reading counts at an upper tier, found by their digests.

Upper tiers are all of a policy but its last, residual one (of 法释〔2017〕10号 Art. 5: those of items 3 and 4). A
category is listed as a whole or not at all, the gravest tier first, as long as all records fit the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from scanner.points import TRAJECTORY
from scanner.policy import TierPolicy, standing_for
from scanner.row_facts import Profile
from scanner.summary import TRACKS, Summary, tracked
from scanner.tally import TableKey, Tally

Words = NDArray[np.uint64]
Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A category at an upper tier with its distinct records; ``itemised``: whether the annex lists them."""

    category: str
    tier: int
    records: int
    itemised: bool


class Records(NamedTuple):
    """The records to be listed, sorted by digest.

    ``digests`` uint64[n, 2]; ``listed`` int16[n]: the place of each record's category; ``tables``: where they stand.
    """

    digests: Words
    listed: NDArray[np.int16]
    tables: frozenset[TableKey]

    def find(self, digests: Words) -> NDArray[np.int64]:
        """The place of each of some digests (uint64[m, 2]) among the records; -1 where it is none of them."""
        found = np.full(len(digests), -1, np.int64)
        if not len(self.digests):
            return found
        at = np.searchsorted(self.digests[:, 0], digests[:, 0])
        left = np.arange(len(digests))
        while len(left):  # one more turn where first words of two records are equal
            left = left[at[left] < len(self.digests)]
            own = self.digests[at[left]]
            same = own[:, 0] == digests[left, 0]
            hit = same & (own[:, 1] == digests[left, 1])
            found[left[hit]] = at[left[hit]]
            left = left[same & ~hit]
            at[left] += 1
        return found


def listing(profiles: Mapping[Profile, int], policy: TierPolicy, limit: int) -> list[Listed]:
    """What the annex lists, gravest first. ``profiles``: distinct records by what they hold; ``limit``: of records."""
    counts: Counter[tuple[int, str]] = Counter()
    last = max(tier.size for tier in policy.tiers)
    for profile, count in profiles.items():
        standing = standing_for(profile, policy)
        if standing and standing[1] != last:
            counts[standing[1], standing[0]] += count
    found, room = [], limit
    for (tier, category), count in sorted(counts.items()):
        fits = count <= room
        room -= count if fits else 0
        found.append(Listed(category, tier, count, fits))
    return found


def told(listed: Sequence[Listed], limit: int) -> dict[str, Any]:
    """As in the JSON report: ``limit``, and for each category whether its records are itemised."""
    return {
        "limit": limit,
        "categories": [
            {
                "category": each.category,
                "tier": each.tier,
                "records": each.records,
                "itemised": each.itemised,
            }
            for each in listed
        ],
    }


def records(tally: Tally, summary: Summary, policy: TierPolicy, listed: Sequence[Listed]) -> Records:
    """The records of the categories that are itemised. Needs memory for those alone, and one piece of the store."""
    place = {(each.category, each.tier): at for at, each in enumerate(listed) if each.itemised}
    store = _Store(tally, summary)
    digests, places, tables = [np.zeros((0, 2), np.uint64)], [np.zeros(0, np.int16)], set()
    known: dict[int, int] = {}
    for keys, held, group in store.pieces(_may(store.names, policy, listed)) if place else ():
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        keys, held, group = keys[order], held[order], group[order]
        begins = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1)))
        united = np.bitwise_or.reduceat(held, begins)
        payloads, which = np.unique(united, return_inverse=True)
        for payload in payloads.tolist():
            if payload not in known:
                standing = standing_for(tracked(store.profile(payload)), policy)
                known[payload] = place.get(standing, -1) if standing else -1
        at = np.array([known[payload] for payload in payloads.tolist()], np.int16)[which]
        digests.append(keys[begins][at >= 0])
        places.append(at[at >= 0])
        sizes = np.diff(np.append(begins, len(keys)))
        tables |= set(np.unique(group[np.repeat(at >= 0, sizes)]).tolist())
    whole, kinds = np.concatenate(digests), np.concatenate(places)
    order = np.lexsort((whole[:, 1], whole[:, 0]))
    named = frozenset(store.tables[number] for number in tables if number >= 0)
    return Records(whole[order], kinds[order], named)


def _may(names: Sequence[str], policy: TierPolicy, listed: Sequence[Listed]) -> int:
    """The bits of elements by which a record may be one to be listed: a tier is that of a single element."""
    tiers = {each.tier for each in listed if each.itemised}
    bits = 0
    for bit, name in enumerate(names):
        if name.startswith("@"):
            continue
        standing = standing_for(frozenset([name]), policy)
        # What a point of a track is, and so its category, is told by its class alone.
        if (standing and standing[1] in tiers) or name.rstrip("!") == TRAJECTORY:
            bits |= 1 << bit
    return bits


class _Store:
    """The digests of all records in a finished tally, with what is held where, as bits."""

    def __init__(self, tally: Tally, summary: Summary) -> None:
        held = {name for table in summary.profiles.values() for profile in table.values() for name in profile}
        self.names = sorted(held | set(TRACKS.values()))
        self.tables = list(summary.profiles)
        self._bits = {name: 1 << bit for bit, name in enumerate(self.names)}
        self._store = tally.store
        self._known = {}
        for key, profiles in summary.profiles.items():
            pairs = sorted(
                (tally.signature_tag(signature), sum(self._bits[name] for name in profile))
                for signature, profile in profiles.items()
            )
            self._known[key] = np.array(pairs or [(0, 0)], np.uint64)

    def profile(self, payload: int) -> Profile:
        """The names of some bits."""
        return frozenset(name for name, bit in self._bits.items() if payload & bit)

    def pieces(self, may: int) -> Iterator[tuple[Words, Words, NDArray[np.int32]]]:
        """Digests (uint64[n, 2]) with bits and the number of their table (-1: a class), piece by piece.

        Only of records that hold one of the bits ``may`` somewhere; all that is known of a record is in one piece.
        """
        groups = [
            group
            for group in self._store.groups()
            if (kind := cast(Group, group)[0]) == "class"
            or (kind == "row" and cast(Group, group)[1:3] in self._known)
        ]
        for piece in self._store.partitions(groups):
            parts = []
            for group, keys in piece.items():
                kind, *where = cast(Group, group)
                if kind == "class":
                    bits, number = np.full(len(keys), self._bits[where[0]], np.uint64), -1
                else:
                    number = self.tables.index(cast(TableKey, tuple(where)))
                    tags, held = self._known[self.tables[number]].T
                    at = np.minimum(np.searchsorted(tags, keys[:, 2]), len(tags) - 1)
                    bits = np.where(tags[at] == keys[:, 2], held[at], np.uint64(0))
                parts.append((keys[:, :2], bits, number))
            wanted = np.unique(
                np.concatenate([keys[bits & np.uint64(may) != 0, 0] for keys, bits, _ in parts] or [[]])
            ).astype(np.uint64)
            if not len(wanted):
                continue
            chosen = []
            for keys, bits, number in parts:
                at = np.minimum(np.searchsorted(wanted, keys[:, 0]), len(wanted) - 1)
                keep = wanted[at] == keys[:, 0]
                chosen.append((keys[keep], bits[keep], np.full(int(keep.sum()), number, np.int32)))
            keys, bits, numbers = (np.concatenate(each) for each in zip(*chosen, strict=True))
            yield keys, bits, numbers
