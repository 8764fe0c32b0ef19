"""Which points make a track, and which of them only repeat the place where their subject stood already.

A trajectory (行踪轨迹) is a sequence: two or more points of one subject at different moments. Rules, which depend on
no order, split or key, and by which a point more never makes fewer count: of points with the same subject, moment
and place all but one are duplicates; a point at the one place where its subject was at the moment before is standing
(who was at two places at one moment stood at neither); a point that belongs to no sequence is lone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.errors import PatternError
from scanner.kernels.digest import digest_spans
from scanner.kernels.permutation import permute
from scanner.kernels.places import NOWHERE, degrees, pairs
from scanner.kernels.unions import spread
from scanner.model import Cells
from scanner.store.distinct import DistinctStore
from scanner.store.keys import NOTHING_DROPPED, Secret, domain
from scanner.store.spool import Spool

Words = NDArray[np.uint64]
Moments = NDArray[np.int64]
Classes = NDArray[np.uint8]
Subjects = Callable[[Words], NDArray[np.int64]]
FILE = "tracks.toml"
TEXT = np.uint64(1 << 63)  # a place by its name, not by its degrees
NEVER = np.uint64((1 << 64) - 1)  # the moment -1
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying by it spreads numbers and loses none
BACK = np.uint64(pow(int(GOLDEN), -1, 1 << 64))


class Track(IntEnum):
    """What a point is in its subject's track."""

    LONE = 0
    MOVING = 1
    STANDING = 2
    DUPLICATE = 3


class Nearness(NamedTuple):
    """How near two points are at one place: see patterns/tracks.toml. ``longitude``, ``latitude``: ranges of China."""

    decimals: int
    longitude: tuple[int, int]
    latitude: tuple[int, int]


@cache
def nearness() -> Nearness:
    """The parameters of patterns/tracks.toml; PatternError where they are not well formed."""
    try:
        place = knowledge.toml(FILE)["place"]
        found = Nearness(place["decimals"], tuple(place["longitude"]), tuple(place["latitude"]))
    except (KeyError, TypeError) as error:
        raise PatternError(
            f"{FILE} should give decimals, longitude and latitude of [place]: {error}."
        ) from error
    if found.decimals not in range(7) or len(found.longitude) != 2 or len(found.latitude) != 2:
        raise PatternError(f"{FILE} should give 0 to 6 decimals and two ends of each range.")
    return found


def pair_places(longitude: Cells, latitude: Cells, secret: Secret) -> Words:
    """uint64[n]: the key of each place given by two columns of degrees (n cells each), 0 for none.

    Cells that hold no degrees are no place, nor is 0° 0°, which receivers send that know none.
    """
    decimals = nearness().decimals
    one = degrees(longitude.data, longitude.start, longitude.end, decimals, 180)
    other = degrees(latitude.data, latitude.start, latitude.end, decimals, 90)
    packed = _packed(one, other, decimals)
    return _keyed(packed, packed != 0, secret)


def text_places(cells: Cells, secret: Secret) -> Words:
    """uint64[n]: the key of each place given by one column of positions, 0 for none: as degrees or as a name.

    Two numbers that are degrees are the place, as in ``pair_places``; any other text is one by its normalised form.
    """
    near = nearness()
    both = pairs(cells.data, cells.start, cells.end, near.decimals)
    unit = 10**near.decimals
    one, other = both[:, 0].copy(), both[:, 1].copy()
    first = _within(one, near.latitude, unit) & _within(other, near.longitude, unit)
    first |= (np.abs(one) <= 90 * unit) & (np.abs(other) > 90 * unit)
    one[first], other[first] = both[first, 1], both[first, 0]
    numeric = (one != NOWHERE) & (np.abs(one) <= 180 * unit) & (np.abs(other) <= 90 * unit)
    packed = np.where(numeric, _packed(one, other, near.decimals), np.uint64(0))
    named = np.flatnonzero(~numeric & (cells.end > cells.start)).astype(np.int32)
    size = (cells.end - cells.start)[named].astype(np.int32)
    word = domain("place", secret)
    digest = digest_spans(
        cells.data, cells.start, named, np.zeros_like(named), size, NOTHING_DROPPED, word, *secret
    )
    packed[named] = digest[:, 0] | TEXT
    return _keyed(packed, packed != 0, secret)


def _within(value: NDArray[np.int64], ends: tuple[int, int], unit: int) -> NDArray[np.bool_]:
    return (value >= ends[0] * unit) & (value <= ends[1] * unit)


def _packed(longitude: NDArray[np.int64], latitude: NDArray[np.int64], decimals: int) -> Words:
    """Both in one word without loss, 0 for no place."""
    unit = 10**decimals
    known = (longitude != NOWHERE) & (latitude != NOWHERE) & ((longitude != 0) | (latitude != 0))
    east = np.where(known, longitude + 180 * unit, 0).astype(np.uint64)
    north = np.where(known, latitude + 90 * unit, 0).astype(np.uint64)
    return np.where(known, (east << np.uint64(32) | north) + np.uint64(1), np.uint64(0))


def _keyed(packed: Words, known: NDArray[np.bool_], secret: Secret) -> Words:
    """The words under the key of the run, so that nothing that is stored can be read; 0 stays."""
    keys = permute(np.ascontiguousarray(packed), secret[0] ^ domain("place", secret), secret[1])
    return np.where(known, keys, np.uint64(0))


def classify(subject: Words, moment: Moments, place: Words) -> Classes:
    """uint8[n]: the ``Track`` of each point, from subjects (uint64[n]), moments (``kernels.moments``), place keys.

    A point without a moment (-1) or a place (0) is LONE, and so are all of a subject with one moment only. Of points
    that are equal in all three the first in the arrays is not a DUPLICATE.
    """
    result = np.full(len(subject), Track.LONE, np.uint8)
    known = np.flatnonzero((moment >= 0) & (place != 0))
    if not len(known):
        return result
    s, m, p = subject[known], moment[known], place[known]
    order = np.lexsort((m, p, s))  # stable: of equal ones the first comes first
    known, s, m, p = known[order], s[order], m[order], p[order]
    stays = _changes(s, p)  # where a subject's points at another place begin
    fresh = stays | _changes(m)
    result[known[~fresh]] = Track.DUPLICATE
    known, s, m, stays = known[fresh], s[fresh], m[fresh], stays[fresh]
    rank, several = _ranks(s, m)
    alone = np.bincount(rank)[rank] == 1  # the only place of its subject at its moment
    standing = ~stays & alone
    standing[1:] &= (rank[1:] == rank[:-1] + 1) & alone[:-1]
    result[known[several]] = Track.MOVING
    result[known[several & standing]] = Track.STANDING
    return result


def _changes(*words: NDArray[np.uint64] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where any of the arrays differs from the element before; always at the first."""
    found = np.ones(len(words[0]), np.bool_)
    found[1:] = False
    for each in words:
        found[1:] |= each[1:] != each[:-1]
    return found


def _ranks(subject: Words, moment: Moments) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number of each point's moment among all subjects' in order, and whether its subject has several."""
    order = np.lexsort((moment, subject))
    s, m = subject[order], moment[order]
    begins = _changes(s)
    ranks = np.cumsum(begins | _changes(m))
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(s))
    several = np.repeat(ranks[ends - 1] > ranks[starts], ends - starts)
    rank, more = np.empty(len(s), np.int64), np.empty(len(s), np.bool_)
    rank[order], more[order] = ranks, several
    return rank, more


class TrackStore:
    """Points of records in groups ("track", k) of a store of distinct keys; each is stored once.

    A key is uint64[k + 6]: the k words of the link tuple (persons/links.py) whose person or vehicle the point belongs
    to, moment, place, the two words of the record's digest, the record's tag, and the number of its row.
    """

    def __init__(self, store: DistinctStore | None = None) -> None:
        self.store = DistinctStore() if store is None else store

    def add(
        self, tag: int, tuples: Words, moment: Moments, place: Words, record: Words, row: NDArray[np.int64]
    ) -> None:
        """Adds n: ``tuples`` uint64[n, k], k > 0; ``moment`` int64; ``place`` uint64; ``record`` uint64[n, 2];
        ``row`` int64: the number of each in its table.
        """
        count, width = tuples.shape
        if not count:
            return
        keys = np.empty((count, width + 6), np.uint64)
        keys[:, :width] = tuples
        keys[:, width] = moment.view(np.uint64)
        keys[:, width + 1] = place
        keys[:, width + 2 : width + 4] = record
        keys[:, width + 4] = tag
        keys[:, width + 5] = row
        spread(keys, whole=True)  # tuples may begin with 0, and one of them may have very many points
        self.store.add(("track", width), keys)

    def merge(self, other: TrackStore) -> None:
        """Adds another one, which must not be used afterwards."""
        self.store.merge(other.store)

    def groups(self) -> list[Hashable]:
        """The groups of the store that hold points."""
        return [group for group in self.store.groups() if isinstance(group, tuple) and group[0] == "track"]

    def classes(
        self,
        subjects: Subjects,
        budget: int = 256 << 20,
        folder: str | None = None,
        ranks: Mapping[int, int] | None = None,
    ) -> Iterator[tuple[Words, Classes, NDArray[np.int64]]]:
        """The records with their classes: uint64[m, 3] (digest, tag), uint8[m] (``Track``), int64[m] (subject) each.

        ``subjects``: from tuples with their tag (uint64[n, k + 1]) to the number of the subject, -1 where there is
        none, whose points are LONE. ``budget``: bytes of memory beyond which points go to private files in
        ``folder``; all points of one subject must fit the memory. Every distinct point that was added comes once. An
        equal record with another tag is no duplicate but the same record: where it is the same point, its class is the
        same. Of different records that are duplicates, the one whose tag has the lowest of the ``ranks`` (0 where it
        has none), and of these the one in the first row, is none. Digests decide nothing: they are keyed anew in each
        run.
        """
        spool = Spool(56, budget, folder)
        for piece in self.store.partitions(self.groups()):
            for keys in piece.values():
                spool.add(_by_subject(keys, subjects))
        tags = np.array(sorted(ranks or ()), np.uint64)
        values = np.array([(ranks or {})[tag] for tag in tags.tolist()], np.int64)
        for points in spool:
            yield _classes_of(points, _ranked(points[:, 5], tags, values))


def _by_subject(keys: Words, subjects: Subjects) -> Words:
    """uint64[n, 7]: subject (spread), moment, place, digest, tag and row of stored points."""
    keys = keys.copy()
    spread(keys, whole=True)  # twice is as it was
    width = keys.shape[1] - 6
    number = subjects(np.ascontiguousarray(keys[:, [*range(width), width + 4]]))
    points = np.empty((len(keys), 7), np.uint64)
    points[:, 0] = number.astype(np.uint64) * GOLDEN
    points[:, 1:] = keys[:, width:]
    nobody = number < 0
    points[nobody, 1] = NEVER  # a point of nobody is in no sequence
    points[nobody, 0] = points[nobody, 3]  # these are many: by their digest, so that no partition gets all
    return points


def _ranked(tags: Words, known: Words, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the rank of each tag; ``known`` ascending with their ``ranks``, 0 for any other."""
    if not len(known):
        return np.zeros(len(tags), np.int64)
    at = np.minimum(np.searchsorted(known, tags), len(known) - 1)
    found: NDArray[np.int64] = np.where(known[at] == tags, ranks[at], 0)
    return found


def _classes_of(points: Words, rank: NDArray[np.int64]) -> tuple[Words, Classes, NDArray[np.int64]]:
    """The records of all points of some subjects, their classes and subjects (-1: nobody); ``rank`` int64[n]."""
    order = np.lexsort((points[:, 5], points[:, 6], rank, *points.T[4::-1]))
    points, rank = points[order], rank[order]
    row = points[:, 6]
    subject, moment, place, low, high = np.ascontiguousarray(points.T[:5])
    fresh = _changes(subject, moment, place, low, high)
    first = np.flatnonzero(fresh)
    first = first[np.lexsort((row[first], rank[first], place[first], moment[first], subject[first]))]
    found = np.empty(len(points), np.uint8)
    found[first] = classify(subject[first], moment[first].view(np.int64), place[first])
    number = np.where(points[:, 1] == NEVER, -1, (subject * BACK).view(np.int64))
    return points[:, 3:6], found[np.flatnonzero(fresh)[np.cumsum(fresh) - 1]], number
