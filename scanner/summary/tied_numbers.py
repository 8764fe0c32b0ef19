"""Numbers that are counted where persons are united: each number of a tuple is looked at there in any case.

Elsewhere (tuples that are packed, very many columns), and for names, the values of tuples go to the store of distinct
values (``ties.TiedValues``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from scanner.ascending import ascending
from scanner.persons.links import ALL_ALIKE, Mention, Number, Plan
from scanner.persons.slots import Linking
from scanner.persons.uniting import HOLDERS
from scanner.store.by_table import ByTag
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import Fact, TableKey
from scanner.tallies.ties import Place, value_of

Keys = NDArray[np.uint64]
NO_PLAN = Plan((), frozenset(), 0)
Labelled = tuple[tuple[Fact, str], ...]  # the columns of a table that hold numbers which are counted here


class Holder(NamedTuple):
    """A column whose values that have a name are numbers of a label."""

    table: TableKey
    fact: Fact


@dataclass(slots=True)
class TiedNumbers:
    """What link tuples mean, and which of their values are counted where.

    ``plans``, ``places``, ``bases``: by tag, as ``counting.Links`` and ``ties.TiedValues`` take them; ``holders``: by
    label those columns whose numbers are counted with persons; ``numbers``: by what, which is below ``size``.
    """

    plans: Mapping[int, Plan]
    places: Mapping[int, Place]
    linking: Linking
    bases: NDArray[np.int32] = field(default_factory=lambda: ALL_ALIKE)
    holders: dict[str, list[Holder]] = field(default_factory=dict)
    numbers: dict[Holder, int] = field(default_factory=dict)
    size: int = 0

    def number(self, label: str, holder: int = 0, at: int = 0) -> Number:
        """The number at a position of a tuple, or anywhere."""
        return self.linking.number(at, label)._replace(holder=holder)

    def in_store(self, store: DistinctStore) -> Iterator[tuple[Number, Keys]]:
        """Those of the numbers that are in the store of values (uint64[n] each), which forgets them."""
        for label, holders in self.holders.items():
            groups: dict[Hashable, int] = {
                ("value", *holder.table, *holder.fact): self.numbers[holder] for holder in holders
            }
            mine = [group for group in store.groups("value") if group in groups]
            for piece in store.partitions(mine):
                for group, keys in piece.items():
                    yield self.number(label, groups[group]), keys[:, 0].copy()
            store.forget(mine)


def tied_numbers(
    store: DistinctStore,
    plans: ByTag[Plan],
    places: ByTag[Place],
    linking: Linking,
    label_of: Callable[[Fact], str],
    accepted: Mapping[TableKey, Set[Fact]],
) -> TiedNumbers:
    """Which numbers are counted with persons. ``accepted``: the facts of each table that count."""
    found = TiedNumbers(plans, places, linking)
    if store.groups("coded") or len({place.table for place in places.different}) > HOLDERS:
        return found
    holders = _holders(store, places.different, linking, label_of, accepted)
    of_table: dict[TableKey, list[tuple[Fact, str]]] = {}
    for label, own in holders.items():
        for holder in own:
            of_table.setdefault(holder.table, []).append((holder.fact, label))
    if not holders or len(of_table) + sum(map(len, of_table.values())) > HOLDERS:
        return found
    found.holders = holders
    base_of: dict[TableKey, int] = {}
    for table, facts in of_table.items():
        base_of[table] = found.size
        found.numbers |= {Holder(table, fact): found.size + 1 + at for at, (fact, _) in enumerate(facts)}
        found.size += 1 + len(facts)
    shared: dict[Labelled, Labelled] = {}  # one of those that are equal
    labelled = {table: shared.setdefault(tuple(facts), tuple(facts)) for table, facts in of_table.items()}
    of_places = [labelled.get(place.table, ()) for place in places.different]
    found.places = places.with_values(_without(places.different, of_places))
    found.plans, at_place = _of_alike(found, plans, places, of_places)
    bases = [base_of.get(place.table, 0) for place in places.different]
    found.bases = np.array([*bases, 0], np.int32).take(at_place)
    return found


def _of_alike(
    found: TiedNumbers, plans: ByTag[Plan], places: ByTag[Place], of_places: list[Labelled]
) -> tuple[ByTag[Plan], NDArray[np.int32]]:
    """The plans of all tags, which now tell who holds their numbers, made once for tables that are alike.

    And the place of each (int32[tags], -1 for none). ``of_places``: which columns are counted; one object where equal.
    """
    alike: dict[tuple[int, int], int] = {}  # places with the same words, of which the same are counted
    kinds = [
        alike.setdefault((id(place.words), id(own)), len(alike))
        for place, own in zip(places.different, of_places, strict=True)
    ]
    examples: dict[int, tuple[Place, Labelled]] = {}
    for kind, place, own in zip(kinds, places.different, of_places, strict=True):
        examples.setdefault(kind, (place, own))
    (planned, plan_of), (placed, place_of) = plans.arrays(), places.arrays()
    tags = ascending(np.concatenate([planned, placed]))
    at_plan, at_place = np.full(len(tags), -1, np.int32), np.full(len(tags), -1, np.int32)
    at_plan[np.searchsorted(tags, planned)] = plan_of
    at_place[np.searchsorted(tags, placed)] = place_of
    kind_of = np.array([*kinds, -1], np.int64).take(at_place)
    pairs, which = np.unique((at_plan + np.int64(1)) * (len(alike) + 1) + kind_of + 1, return_inverse=True)
    told: ByTag[Plan] = ByTag()
    meant = np.zeros(len(pairs), np.bool_)
    changed: dict[tuple[int, int], tuple[tuple[Mention, ...], tuple[Number, ...]]] = {}
    for at, pair in enumerate(pairs.tolist()):
        number, kind = pair // (len(alike) + 1) - 1, pair % (len(alike) + 1) - 1
        plan = plans.different[number] if number >= 0 else NO_PLAN
        if kind >= 0:
            key = id(plan.mentions), kind
            if key not in changed:
                changed[key] = _changed(found, plan.mentions, *examples[kind])
            mentions, counted = changed[key]
            plan = Plan(mentions, plan.profile, plan.source, plan.further, counted)
        meant[at] = bool(plan.mentions or plan.counted)
        told.new(plan)
    kept = meant[which]
    told.add(tags[kept], which[kept])
    return told, at_place[kept]


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
    facts_of: dict[int, frozenset[Fact]] = {}  # few words are those of very many places
    of_table: dict[TableKey, set[Fact]] = defaultdict(set)
    for place in places:
        facts = facts_of.get(id(place.words))
        if facts is None:
            facts = facts_of[id(place.words)] = frozenset(value_of(fact) for fact, _ in place.words)
            wide |= {label_of(fact) for fact, width in place.words if width > 1}
        of_table[place.table] |= facts
    for key, own in of_table.items():
        for fact in own & accepted[key]:
            if (label := label_of(fact)) in linking.order:
                held[label].add(Holder(key, fact))
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
    }


def _without(places: Iterable[Place], of_places: Iterable[Labelled]) -> list[Place]:
    """The places without the columns that are counted here."""
    known: dict[tuple[int, int], Set[Fact]] = {}
    found = []
    for place, own in zip(places, of_places, strict=True):
        key = id(place.wanted), id(own)
        if key not in known:
            counted = {fact for fact, _ in own}
            known[key] = {fact for fact in place.wanted if value_of(fact) not in counted}
        found.append(Place(place.table, place.words, known[key]))
    return found


def _changed(
    found: TiedNumbers, mentions: tuple[Mention, ...], place: Place, counted: Labelled
) -> tuple[tuple[Mention, ...], tuple[Number, ...]]:
    """Mentions that tell which of the columns that are ``counted`` holds each number, and numbers that nobody has."""
    order = {fact: (label, at) for at, (fact, label) in enumerate(counted, 1)}
    holding: dict[int, Number] = {}
    at = 0
    for fact, width in place.words:
        if value_of(fact) in order:
            holding[at] = found.number(*order[value_of(fact)], at)
        at += width
    mentioned = {number.at for each in mentions for number in each.numbers}
    told = tuple(
        each._replace(numbers=tuple(holding.get(one.at, one) for one in each.numbers)) for each in mentions
    )
    return told, tuple(number for at, number in holding.items() if at not in mentioned)
