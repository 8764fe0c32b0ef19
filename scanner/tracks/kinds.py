"""What points of tracks turn out to be: what records hold instead of a trajectory, and in how many rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scanner.tallies.row_facts import Profile
from scanner.tallies.tally import Signature, TableKey, Tally
from scanner.tracks.movement import Track
from scanner.tracks.points import TRAJECTORY

Keys = NDArray[np.uint64]
# What a point is, by its bit; a record that is one in one input and another in another is the stronger.
TRACKS = {
    Track.MOVING: "@moving",
    Track.STANDING: "@standing",
    Track.DUPLICATE: "@standing",
    Track.LONE: "@lone",
}
LONE_POINT = "other_safety"  # the category of a point that belongs to no sequence


def tracked(names: frozenset[str]) -> Profile:
    """The elements of a record, where a point in a sequence is a trajectory, and a lone one is not."""
    profile = frozenset(name for name in names if not name.startswith("@"))
    if TRAJECTORY not in profile or "@moving" in names:
        return profile
    instead = f"{TRAJECTORY}.standing" if "@standing" in names else LONE_POINT
    return profile - {TRAJECTORY} | {instead}


@dataclass(slots=True)
class PointRows:
    """Rows that are points: their ``tags`` uint64[n] (ascending) in all tables, and of each the number of what it holds
    (int64[n], in ``profiles``); ``rows`` int64[profiles, classes]: how many rows of each ``Track`` there are.
    """

    tags: Keys
    held: NDArray[np.int64]
    profiles: list[Profile]
    rows: NDArray[np.int64]

    @staticmethod
    def of(tally: Tally, profiles: Mapping[TableKey, Mapping[Signature, Profile]]) -> PointRows:
        """Those of a tally, none counted yet; ``profiles``: what rows hold by table and signature."""
        tags, held, numbers = array("Q"), array("q"), dict[Profile, int]()
        for key in profiles if tally.store.groups("track") else ():
            for signature, profile in profiles[key].items():
                if TRAJECTORY in profile:
                    tags.append(tally.link_tag(key, signature))
                    held.append(numbers.setdefault(profile, len(numbers)))
        words = np.array(tags, np.uint64)
        order = np.argsort(words)
        rows = np.zeros((len(numbers), len(Track)), np.int64)
        return PointRows(words[order], np.array(held, np.int64)[order], list(numbers), rows)

    def count(self, tags: Keys, which: NDArray[np.uint8]) -> None:
        """Adds rows with these tags and classes."""
        held = self.held[np.searchsorted(self.tags, tags)]
        self.rows += np.bincount(held * len(Track) + which, minlength=self.rows.size).reshape(self.rows.shape)

    def tell(self, rows: Counter[Profile]) -> None:
        """Changes rows by what they hold: each point is what it is in its subject's track, and so are copies."""
        told = dict(zip(self.profiles, self.rows.tolist(), strict=True))
        for profile in [profile for profile in rows if TRAJECTORY in profile]:
            of_class = told.get(profile, [0] * len(Track))
            of_class[Track.LONE] = rows.pop(profile) - sum(of_class[Track.MOVING :])
            for track in Track:
                if of_class[track]:
                    rows[tracked(profile | {TRACKS[track]})] += of_class[track]
