"""Which records the itemised annex lists: those that the main reading counts at an upper tier, found by their digests.

Upper tiers are all of a policy but its last, residual one (of 法释〔2017〕10号 Art. 5: those of items 3 and 4). A
category is listed as a whole or not at all, the gravest tier first, as long as all records fit the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.policy import TierPolicy, standing_for
from scanner.summary.held import Held
from scanner.summary.summarise import Summary
from scanner.tallies.row_facts import Profile
from scanner.tallies.tally import TableKey, Tally
from scanner.tracks.kinds import TRACKS, tracked
from scanner.tracks.points import TRAJECTORY

Words = NDArray[np.uint64]
Group = tuple[Any, ...]
CLASS = 1 << 63  # the number of a table that is none, but a class of points


class Listed(NamedTuple):
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
    held = Held(tally, summary.profiles, TRACKS.values())
    known = held.tables
    number_of = {key: number for number, key in enumerate(known)}

    def part(group: Group, keys: Words) -> tuple[Words, Words]:
        number = CLASS if group[0] == "class" else number_of[group[1:3]]
        return held.of(group, keys), np.full(len(keys), number, np.uint64)

    digests, places, tables = [np.zeros((0, 2), np.uint64)], [np.zeros(0, np.int16)], set()
    may = held.elements.bits(_may(held.elements.names, policy, listed))
    for piece in held.pieces(part, may=may) if place else ():
        profiles, which = held.elements.profiles(piece.bits)
        standings = [standing_for(tracked(profile), policy) for profile in profiles]
        at = np.array([place.get(each, -1) if each else -1 for each in standings], np.int16)[which]
        digests.append(piece.digests[at >= 0])
        places.append(at[at >= 0])
        sizes = np.diff(np.append(piece.begins, len(piece.places)))
        tables |= set(ascending(piece.places[np.repeat(at >= 0, sizes)]).tolist())
    whole, kinds = np.concatenate(digests), np.concatenate(places)
    order = np.lexsort((whole[:, 1], whole[:, 0]))
    named = frozenset(known[number] for number in tables if number != CLASS)
    return Records(whole[order], kinds[order], named)


def _may(names: Sequence[str], policy: TierPolicy, listed: Sequence[Listed]) -> list[str]:
    """The elements by which a record may be one to be listed: a tier is that of a single element."""
    tiers = {each.tier for each in listed if each.itemised}
    found = []
    for name in names:
        if name.startswith("@"):
            continue
        standing = standing_for(frozenset([name]), policy)
        # What a point of a track is, and so its category, is told by its class alone.
        if (standing and standing[1] in tiers) or name.rstrip("!") == TRAJECTORY:
            found.append(name)
    return found
