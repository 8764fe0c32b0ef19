"""The strata of a finished scan, and in each the records with the lowest numbers.

A stratum is an input and the category that its records count at in the main reading. A record that stands in several
places is one, and belongs to the first: the input with the lowest SHA-256 (of equal ones, the first path), there the
first table, there the first row. So no record is drawn twice, and the strata add up to the count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.policy import READINGS, CaseFacts, Counts, TierPolicy
from scanner.policy.rows import rows_of
from scanner.sampling.numbers import numbers, words_of
from scanner.sampling.places import PLACE
from scanner.store.distinct import DistinctStore
from scanner.summary.held import Held
from scanner.summary.summarise import Summary
from scanner.tallies.row_facts import Profile
from scanner.tallies.tally import TableKey, Tally
from scanner.tracks.kinds import TRACKS, tracked

Words = NDArray[np.uint64]
Group = tuple[Any, ...]
ROWS = np.uint64(40)  # bits for the number of a row, below those for the rank of its table
NOWHERE = 1 << 62  # behind all places


class Kind(NamedTuple):
    """What a record counts as: its category in the main reading, and its tier in each reading (0: not counted)."""

    category: str | None
    tiers: tuple[int, ...]


class Place(NamedTuple):
    """One drawn record: its table's number in ``Population.tables`` and its row, after the number that drew it."""

    number: int
    table: int
    row: int


@dataclass(slots=True)
class Stratum:
    """Records of one input and category. ``tiers``: how many, by tier, for each reading; ``lowest``: in order."""

    source: int
    category: str
    population: int = 0
    tiers: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in READINGS})
    lowest: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Population:
    """The strata in order, the tables that places name, and by reading what counts in others than the main one only."""

    strata: list[Stratum]
    tables: list[TableKey]
    beyond: dict[str, Counter[int]]

    @property
    def size(self) -> int:
        """All records that count in the main reading."""
        return sum(each.population for each in self.strata)


def kind_of(profile: Profile, policy: TierPolicy) -> Kind:
    """What a record that holds these elements counts as."""
    if not profile:
        return Kind(None, (0,) * len(READINGS))
    ((held, _),) = rows_of(Counts({profile: 1}), policy, CaseFacts(), "record").all()
    tiers = [min((size for each in held if (size := each.tier(name))), default=0) for name in READINGS]
    main = tiers[READINGS.index("main")]
    return Kind(next((each.category for each in held if main and each.main == main), None), tuple(tiers))


def population(
    places: DistinctStore,
    tally: Tally,
    summary: Summary,
    policy: TierPolicy,
    inputs: Sequence[Mapping[str, Any]],
    seed: int,
    most: int,
) -> Population:
    """The strata of a scan, each with its ``most`` lowest places at least, or all it has.

    ``places``: as ``Places`` collected them, moved into the tally's store; ``inputs``: the entries of the document.
    """
    now = {
        first: number for number, first in tally.first_numbers.items()
    }  # inputs may have got other numbers
    places.rename(lambda group: (PLACE, now.get(group[1], group[1]), group[2]))  # type: ignore[index]
    tally.store.merge(places)
    tables = sorted(summary.profiles, key=lambda key: (*_identity(inputs[key[0]]), key[1] or ""))
    words = [words_of(seed, _identity(inputs[source])[0], name) for source, name in tables]
    found = _Found(tables, words, policy, most)
    for piece in _records(tally, summary, tables):
        found.add(*piece)
    order = {
        name: place for place, name in enumerate(dict.fromkeys(each.category for each in policy.categories))
    }
    strata = sorted(
        found.strata.values(),
        key=lambda each: (*_name(inputs[each.source]), each.source, order[each.category]),
    )
    return Population(strata, tables, found.beyond)


def _name(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry["path"]), str(entry.get("member") or "")


def _identity(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """By what inputs are told apart and put in order: their bytes, or their names where no digest is known."""
    return (str(entry["sha256"] or f"{entry['path']} {entry.get('member') or ''}"), *_name(entry))


class _Found:
    """Collects the records of pieces into strata."""

    def __init__(
        self, tables: list[TableKey], words: list[tuple[int, int]], policy: TierPolicy, most: int
    ) -> None:
        self.strata: dict[tuple[int, str], Stratum] = {}
        self.beyond: dict[str, Counter[int]] = {name: Counter() for name in READINGS}
        self._tables, self._words, self._policy, self._most = tables, words, policy, most
        self._kinds: dict[Profile, Kind] = {}

    def add(self, profiles: list[Profile], which: NDArray[np.intp], place: Words) -> None:
        """Records: the index of what each holds, and its place (rank of the table, row)."""
        rank, row = (place >> ROWS).astype(np.int64), place & np.uint64((1 << int(ROWS)) - 1)
        both = which * len(self._tables) + rank
        for one in ascending(both).tolist():
            held, table = divmod(one, len(self._tables))
            kind = self._kinds.setdefault(profiles[held], kind_of(profiles[held], self._policy))
            mine = row[both == one]
            self._add(kind, table, mine)

    def _add(self, kind: Kind, table: int, rows: Words) -> None:
        if kind.category is None:
            for name, tier in zip(READINGS, kind.tiers, strict=True):
                if tier:
                    self.beyond[name][tier] += len(rows)
            return
        source = self._tables[table][0]
        stratum = self.strata.setdefault((source, kind.category), Stratum(source, kind.category))
        stratum.population += len(rows)
        for name, tier in zip(READINGS, kind.tiers, strict=True):
            if tier:
                stratum.tiers[name][tier] += len(rows)
        drawn_by = numbers(rows, self._words[table])
        if len(rows) > self._most:
            lowest = np.argpartition(drawn_by, self._most - 1)[: self._most]
            rows, drawn_by = rows[lowest], drawn_by[lowest]
        more = [
            Place(number, table, row) for number, row in zip(drawn_by.tolist(), rows.tolist(), strict=True)
        ]
        stratum.lowest = sorted([*stratum.lowest, *more])[: self._most]


def _records(
    tally: Tally, summary: Summary, tables: list[TableKey]
) -> Iterator[tuple[list[Profile], NDArray[np.intp], Words]]:
    """Piece by piece: what records hold, for each record which of these, and its first place; uint64[n]."""
    held = Held(tally, summary.profiles, TRACKS.values())
    rank_of = {key: rank for rank, key in enumerate(tables)}

    def part(group: Group, keys: Words) -> tuple[Words, Words]:
        if group[0] != PLACE:
            return held.of(group, keys), np.full(len(keys), NOWHERE, np.uint64)
        rank = np.uint64(rank_of[group[1:3]])
        return np.zeros((len(keys), held.elements.words), np.uint64), rank << ROWS | keys[:, 2]

    drawn = [group for each in tally.store.groups() if (group := cast(Group, each))[0] == PLACE]
    for piece in held.pieces(part, drawn):
        some = piece.bits.any(axis=1)
        profiles, which = held.elements.profiles(piece.bits[some])
        yield [tracked(profile) for profile in profiles], which, piece.places[piece.begins][some]
