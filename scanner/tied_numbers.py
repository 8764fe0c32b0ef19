"""Numbers that are counted where persons are united: each number of a tuple is looked at there in any case.

That is done where all tuples are of one table and few columns hold a kind of number. Elsewhere, and for names, the
values of tuples go to the store of distinct values (``ties.TiedValues``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from scanner.by_table import ByTag
from scanner.distinct import DistinctStore
from scanner.links import Number, Plan
from scanner.slots import Linking
from scanner.tally import Fact, TableKey
from scanner.ties import Place
from scanner.uniting import HOLDERS

Keys = NDArray[np.uint64]
NO_PLAN = Plan((), frozenset(), 0)


class Holder(NamedTuple):
    """A column whose values that have a name are numbers of a label."""

    table: TableKey
    fact: Fact


@dataclass(slots=True)
class TiedNumbers:
    """What link tuples mean, and which of their values are counted where.

    ``plans``, ``places``: by tag, as ``persons.Links`` and ``ties.TiedValues`` take them; ``holders``: by label those
    columns whose numbers are counted with persons, in the order of their numbers.
    """

    plans: Mapping[int, Plan]
    places: Mapping[int, Place]
    linking: Linking
    holders: dict[str, list[Holder]] = field(default_factory=dict)

    def number(self, label: str, holder: int = 0, at: int = 0) -> Number:
        """The number at a position of a tuple, or anywhere."""
        return self.linking.number(at, label)._replace(holder=holder)

    def in_store(self, store: DistinctStore) -> Iterator[tuple[Number, Keys]]:
        """Those of the numbers that are in the store of values (uint64[n] each), which forgets them."""
        for label, holders in self.holders.items():
            groups: dict[Hashable, int] = {
                ("value", *holder.table, *holder.fact): at for at, holder in enumerate(holders)
            }
            mine = [group for group in store.groups("value") if group in groups]
            for piece in store.partitions(mine):
                for group, keys in piece.items():
                    yield self.number(label, groups[group]), keys[:, 0].copy()
            store.forget(mine)


def tied_numbers(
    store: DistinctStore,
    plans: Mapping[int, Plan],
    places: ByTag[Place],
    linking: Linking,
    label_of: Callable[[Fact], str],
    accepted: Mapping[TableKey, Set[Fact]],
) -> TiedNumbers:
    """Which numbers are counted with persons. ``accepted``: the facts of each table that count."""
    found = TiedNumbers(plans, places, linking)
    tables = {place.table for place in places.different}
    if len(tables) != 1 or store.groups("coded"):  # packed tuples have tables of their own
        return found
    holders = _holders(store, places.different, linking, label_of, accepted)
    if not holders:
        return found
    found.holders = holders
    known = {holder: at for own in holders.values() for at, holder in enumerate(own)}
    label_of_fact = {holder.fact: label for label, own in holders.items() for holder in own}
    told: dict[tuple[int, int], tuple[Plan, Place]] = {}
    changed_plans, changed_places = dict(plans), dict(places)
    for tag, place in places.items():
        plan = plans.get(tag, NO_PLAN)
        same = id(plan), id(place)
        if same not in told:
            told[same] = _changed(found, plan, place, label_of_fact, known)
        changed, changed_places[tag] = told[same]
        if changed.mentions or changed.counted:
            changed_plans[tag] = changed
    found.plans, found.places = changed_plans, changed_places
    return found


def _holders(
    store: DistinctStore,
    places: Iterable[Place],
    linking: Linking,
    label_of: Callable[[Fact], str],
    accepted: Mapping[TableKey, Set[Fact]],
) -> dict[str, list[Holder]]:
    """The columns that hold numbers of a label, and count; those in tuples and, as they may hold the same, others."""
    held: dict[str, set[Holder]] = defaultdict(set)
    tied, wide = set(), set()
    for place in places:
        for fact, width in place.words:
            label = label_of(fact)
            if width > 1:
                wide.add(label)
            if label in linking.order and fact in accepted[place.table]:
                held[label].add(Holder(place.table, fact))
                tied.add(label)
    for group in store.groups("value"):
        _, source, table, column, name = cast(tuple[str, int, str | None, int, str], group)
        holder = Holder((source, table), (column, name))
        if holder.fact in accepted[holder.table]:
            label = label_of(holder.fact)
            held[label].add(holder)
            if store.width(group) > 1:
                wide.add(label)
    return {
        label: sorted(held[label], key=lambda holder: (holder.table[0], holder.table[1] or "", holder.fact))
        for label in sorted(tied - wide)
        if len(held[label]) <= HOLDERS
    }


def _changed(
    found: TiedNumbers,
    plan: Plan,
    place: Place,
    label_of_fact: Mapping[Fact, str],
    known: Mapping[Holder, int],
) -> tuple[Plan, Place]:
    """A plan that tells who holds its numbers, and what is left to be counted by the store."""
    of_word: dict[int, Fact] = {}
    at = 0
    for fact, width in place.words:
        if Holder(place.table, fact) in known:
            of_word[at] = fact
        at += width

    def holding(at: int) -> Number:
        return found.number(label_of_fact[of_word[at]], known[Holder(place.table, of_word[at])], at)

    mentioned = {number.at for each in plan.mentions for number in each.numbers}
    mentions = tuple(
        each._replace(numbers=tuple(holding(one.at) if one.at in of_word else one for one in each.numbers))
        for each in plan.mentions
    )
    counted = tuple(holding(at) for at in of_word if at not in mentioned)
    rest = place.wanted - set(of_word.values())
    return plan._replace(mentions=mentions, counted=counted), place._replace(wanted=rest)
