"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np

from scanner.columns.decision import Decision
from scanner.columns.names import base
from scanner.columns.tally import matches
from scanner.errors import ScannerError
from scanner.in_turn import Aside
from scanner.kernels.sets import payload_bits
from scanner.model import Detector
from scanner.persons.counting import Links, Persons, Plain
from scanner.persons.links import LinkStore
from scanner.persons.slots import Linking
from scanner.store.by_table import ByTable, ByTag
from scanner.store.distinct import DistinctStore, Keys, Wanted
from scanner.summary.decided import Decisions, OfValues
from scanner.summary.fact_meanings import fact_meanings
from scanner.summary.held import Held
from scanner.summary.meanings import Kind, Kinds, OfTags, TiedTags
from scanner.summary.tied_numbers import tied_numbers
from scanner.tallies.row_facts import ColumnKey, Profile
from scanner.tallies.table_tally import TableTally
from scanner.tallies.tally import Fact, Signature, TableKey, Tally
from scanner.tallies.ties import TiedValues
from scanner.tracks.kinds import LONE_POINT, TRACKS, PointRows, tracked
from scanner.tracks.movement import Track
from scanner.tracks.points import MOVING, POINT, PlaceOrder, classes, of_person

Group = tuple[object, ...]  # of the store, see tally.Tally
USUAL = 170 << 20  # bytes of keys while batches are read with the usual memory
FEW = 4 << 20  # bytes of keys that one thread counts sooner than several begin
SEEN, ACCEPTED = 1, 2  # what is known of a value: bits of the payload of its key
# Beside the elements of a record: it holds a number that tells persons apart; it is in an input of this set.
LINKED, ACQUIRED, SOLD = "@linked", "@acquired", "@sold"


@dataclass(slots=True)
class LabelCount:
    """Accepted values of one label over all inputs."""

    matches: int = 0
    rows: int = 0
    distinct: int = 0


@dataclass(slots=True)
class Summary:
    """Final counts.

    ``profile_rows``, ``profile_distinct``: identifiable rows and distinct records by the elements they hold, where "!"
    behind an element means: only through a number that fails its checks. ``nameless``: the rows that identify nobody,
    by what they hold instead ("placeholders", "masked", "company"). ``unlinked``: distinct records without a number
    that tells persons apart. ``alike``: identifiable records that differ from others in no letter and no digit.
    ``persons``: persons over all inputs. ``sets``: distinct records that were only acquired, only sold, or both, if
    that was told. ``profiles``: the elements that rows hold, by identifiable signature, before points are told apart.
    ``kinds``: what the signatures of each table mean.
    """

    decisions: Mapping[ColumnKey, Mapping[str, Decision]] = field(default_factory=dict)
    distinct: Mapping[tuple[ColumnKey, str], int] = field(default_factory=dict)
    kinds: Mapping[TableKey, Kind] = field(default_factory=dict)
    labels: dict[str, LabelCount] = field(default_factory=dict)
    rows: int = 0
    damaged: int = 0
    identifiable: int = 0
    profile_rows: Counter[Profile] = field(default_factory=Counter)
    profile_distinct: Counter[Profile] = field(default_factory=Counter)
    nameless: Counter[str] = field(default_factory=Counter)
    unlinked: int = 0
    alike: int = 0
    sets: dict[str, Counter[Profile]] | None = None
    persons: Persons = field(default_factory=Persons)
    profiles: Mapping[TableKey, Mapping[Signature, Profile]] = field(default_factory=dict)


def summarise(
    tally: Tally,
    detectors: tuple[Detector, ...],
    roles: Mapping[TableKey, tuple[str | None, ...]],
    categories: Callable[[frozenset[str]], Profile],
    linking: Linking,
    sets: Mapping[int, frozenset[str]] | None = None,
    plain: Plain | None = None,
    sides: Mapping[int, int] | None = None,
    keep_records: bool = True,
    identity: Callable[[int], tuple[str, ...]] = lambda source: (f"{source:020}",),
) -> Summary:
    """Decides every column and adds up what is accepted. A pure function of the tally.

    ``sets``: of each input, whether it was ACQUIRED, SOLD or both, if that is to be told apart; ``plain``: from a label
    and keys to the numbers themselves (``persons.counting``); ``sides``: of each input the number by which persons are
    told apart by inputs, if they are to be: otherwise all are those of input 0; ``keep_records``: the tally is asked
    for single records afterwards; ``identity``: what tells an input from others and puts them in order.
    """
    if tally.store.resident + tally.store.spilled_bytes < FEW:
        tally.store.threads = 1
    summary = Summary()
    by_name = {detector.name: detector for detector in detectors}
    summary.decisions = Decisions(tally.tables, detectors, roles)
    found = _meanings(tally, roles, Kinds(categories, linking), by_name, sides or {}, summary)
    plans = found.of_tags.plans
    moving = {(plan.source, MOVING) for plan in plans.values() if POINT in plan.profile}
    if not moving:  # what records hold does not hang on persons: they come first, and give back their room
        _count_records(tally, found.linked, sets or {}, summary, keep_records)
    # No batch is in memory any more; what counts takes that room: pieces of keys on all threads, and their results.
    # These are no larger where there is more memory, so that the rest of it is free.
    budget, folder = tally.store.budget, tally.store.folder
    room = max(budget // 2, budget - tally.store.resident) + max(0, budget - USUAL)
    tied = tied_numbers(
        tally.store,
        *found.of_tags[:2],
        linking,
        lambda fact: by_name[base(fact[1])].label,
        found.accepted,
    )
    values = TiedValues(DistinctStore(room // 4 if tied.holders else room // 2, folder), tied.places)
    store = LinkStore(tally.store)
    numbers = tied.in_store(tally.store)
    links = Links(
        store, tied.plans, 3 * room // 5, folder, moving, values, bool(moving), numbers, tied.bases, tied.size
    )
    points = PointRows.of(tally, summary.profiles)

    def place_of(tag: int) -> PlaceOrder:
        source, name = tied.places[tag].table
        return tuple(sorted((sets or {}).get(source, ()))), identity(source), name or ""

    budget_of_points = tally.store.budget // 8
    for digests, tags, which in classes(tally, links, plans, budget_of_points, folder, points.tags, place_of):
        for track in Track:
            tally.store.add(("class", TRACKS[track]), np.ascontiguousarray(digests[which == track]))
        points.count(tags, which)
    points.tell(summary.profile_rows)

    def count_persons(links: Links) -> None:
        summary.persons = links.persons(plain)
        told: Counter[Profile] = Counter()
        for profile, persons in summary.persons.profiles.items():
            told[of_person(profile, LONE_POINT)] += persons
        summary.persons.profiles = told

    counts = _Counts()
    with Aside(count_persons, tally.store.threads) as aside:
        aside.give(links)
        store.forget()
        values.store.threads = 0  # there are no more of them
        tally.store.merge(values.store)
        _count_values(tally, by_name, found.accepted, counts)
        if moving:
            _count_records(tally, found.linked, sets or {}, summary, keep_records)
    for label, holders in tied.holders.items():
        held = links.held()[[tied.numbers[holder] for holder in holders]].tolist()
        for holder, count in zip(holders, held, strict=True):
            counts.add((*holder.table, *holder.fact), count)
        counts.labels[label] += links.different(tied.number(label))
    for label, count in counts.labels.items():
        if count:
            summary.labels[label].distinct += count
    summary.distinct = OfValues(counts.owners, counts.numbers)
    return summary


def record_elements(digest: tuple[int, int], tally: Tally, summary: Summary) -> tuple[Profile, str | None]:
    """The elements of one record over all places where it is, and its bit of TRACKS if it is a point."""
    names: set[str] = set()
    groups = [*tally.store.groups("row"), *tally.store.groups("class")]
    for piece in tally.store.partitions(groups):
        for group, keys in piece.items():
            own = keys[(keys[:, 0] == np.uint64(digest[0])) & (keys[:, 1] == np.uint64(digest[1]))]
            kind, *where = cast(Group, group)
            if kind == "class" and len(own):
                names.add(cast(str, where[0]))
            elif len(own):
                tags = set(own[:, 2].tolist())
                for signature, profile in summary.profiles[cast(TableKey, tuple(where))].items():
                    if tally.signature_tag(signature) in tags:
                        names |= profile
    track = next((name for name in TRACKS.values() if name in names), None)
    return tracked(frozenset(names)), track


class _Found(NamedTuple):
    """What was told of all tables.

    ``of_tags``: what the words of the tuples mean, now that columns are decided; ``linked``: the signatures whose rows
    hold a number that tells persons apart; ``accepted``: values that count.
    """

    of_tags: OfTags
    linked: ByTable[frozenset[Signature]]
    accepted: ByTable[frozenset[Fact]]


def _meanings(
    tally: Tally,
    roles: Mapping[TableKey, tuple[str | None, ...]],
    kinds: Kinds,
    by_name: Mapping[str, Detector],
    sides: Mapping[int, int],
    summary: Summary,
) -> _Found:
    """What the signatures of each table mean; counts rows by what they hold. Looks at each table but once."""
    of_tables, profiles = ByTable[Kind](), ByTable[Mapping[Signature, Profile]]()
    summary.kinds, summary.profiles = of_tables, profiles
    found = _Found(OfTags(ByTag(), ByTag(), array("Q")), ByTable(), ByTable())
    number_of: dict[int, int] = {}  # of kinds
    same_facts: dict[frozenset[Fact], int] = {}
    alike: dict[tuple[int, ...], int] = {}  # tables of a kind with the same signatures
    tied: dict[tuple[int, int], TiedTags] = {}  # kind and side
    for key, table in tally.tables.items():
        summary.rows += table.rows + table.damaged
        summary.damaged += table.damaged
        facts = fact_meanings(table, key, roles[key], by_name, kinds.linking, summary.decisions)
        kind = kinds.of((table.table.columns, roles[key]) if facts else (), facts)
        numbers = kind.count(table.signatures, kind.rows)
        kind.count(table.damaged_signatures, kind.lines)
        if id(kind) not in number_of:
            number_of[id(kind)] = of_tables.new(kind)
        of_tables.add(key, number_of[id(kind)])
        facts_accepted = _count_matches(table, key, by_name, summary)
        if facts_accepted not in same_facts:
            same_facts[facts_accepted] = found.accepted.new(facts_accepted)
        found.accepted.add(key, same_facts[facts_accepted])
        same = (id(kind), *numbers)
        if same not in alike:
            told = list(zip(table.signatures, map(kind.meanings.__getitem__, numbers), strict=True))
            held = {signature: meaning.held.profile for signature, meaning in told if meaning.held.profile}
            alike[same] = profiles.new(held)
            found.linked.new(frozenset(signature for signature, meaning in told if meaning.mentions))
        profiles.add(key, alike[same])
        found.linked.add(key, alike[same])
        side = sides.get(key[0], 0)
        if (id(kind), side) not in tied:
            tied[id(kind), side] = TiedTags(kind, side)
        tied[id(kind), side].note(tally, key, table, numbers, found.of_tags)
    tags = np.sort(np.array(found.of_tags.tags, np.uint64))
    if (tags[1:] == tags[:-1]).any():
        raise ScannerError("two sets of facts have the same tag, so persons cannot be counted exactly")
    for kind in kinds.all():
        for meaning, some_rows, lines in zip(kind.meanings, kind.rows, kind.lines, strict=True):
            for label in meaning.labels:
                summary.labels.setdefault(label, LabelCount()).rows += some_rows + lines
            if meaning.held.profile and some_rows:
                summary.profile_rows[meaning.held.profile] += some_rows
                summary.identifiable += some_rows
            elif meaning.held.instead and some_rows:
                summary.nameless[meaning.held.instead] += some_rows
    return found


def _count_matches(
    table: TableTally, key: TableKey, by_name: Mapping[str, Detector], summary: Summary
) -> frozenset[Fact]:
    """Adds the accepted values of a table to those of their labels; returns which these are."""
    found = []
    for index, column in table.columns.items():
        if not column.labels:
            continue
        for name, decision in summary.decisions[(*key, index)].items():
            if decision.accepted:
                counted = summary.labels.setdefault(by_name[base(name)].label, LabelCount())
                counted.matches += matches(column.labels[base(name)], name)
                found.append((index, name))
    return frozenset(found)


@dataclass(slots=True)
class _Counts:
    """Distinct values of columns, and accepted ones of labels over all columns."""

    owners: list[tuple[ColumnKey, str]] = field(default_factory=list)
    numbers: array[int] = field(default_factory=lambda: array("q"))
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, value: tuple[int, str | None, int, str], count: int) -> None:
        """Adds those of a column that have a name."""
        self.owners.append((value[:3], value[3]))
        self.numbers.append(count)


def _count_values(
    tally: Tally,
    by_name: Mapping[str, Detector],
    accepted: Mapping[TableKey, Set[Fact]],
    found: _Counts,
) -> None:
    """Distinct values of each column and of each label over all columns; the store forgets them.

    Packed and text keys of one label never name the same value.
    """
    wanted: dict[tuple[str, int], list[Wanted]] = defaultdict(list)
    groups = cast(list[Group], tally.store.groups("value"))
    for group in groups:
        key, fact = cast(TableKey, group[1:3]), cast(Fact, group[3:5])
        own = wanted[by_name[base(fact[1])].label, tally.store.width(group)]
        own.append(Wanted(group, len(own), SEEN | ACCEPTED if fact in accepted[key] else SEEN))
    asked = [(some, label[1], len(some)) for label, some in wanted.items()]
    counted = tally.store.count_each(asked, last=True)
    for ((label, _), some), (counts, payloads, _) in zip(wanted.items(), counted, strict=True):
        for each, count in zip(some, counts, strict=True):
            found.add(cast(tuple[str, int, str | None, int, str], each.group)[1:], count)
        found.labels[label] += sum(count for payload, count in payloads.items() if payload & ACCEPTED)
    tally.store.forget(groups)


def _count_records(
    tally: Tally,
    linked: Mapping[TableKey, Set[Signature]],
    sets: Mapping[int, frozenset[str]],
    summary: Summary,
    keep: bool,
) -> None:
    """Distinct records; one that is there with different profiles has the elements of all of them.

    ``linked``: the signatures whose rows hold a number that tells persons apart. The store forgets the records unless
    it is to ``keep`` them.
    """
    known: dict[tuple[int, int, Profile], int] = {}
    told = ByTable[Mapping[Signature, Profile]]()
    nothing: frozenset[Signature] = frozenset()
    for key in summary.profiles:  # in their order
        table, own, inside = summary.profiles[key], linked.get(key, nothing), sets.get(key[0], frozenset())
        what = id(table), id(own), inside
        if what not in known:
            linking = frozenset([LINKED])
            known[what] = told.new(
                {
                    signature: profile | inside | (linking if signature in own else frozenset())
                    for signature, profile in table.items()
                }
            )
        told.add(key, known[what])
    held = Held(tally, told, {LINKED, ACQUIRED, SOLD, *TRACKS.values()})
    found: Counter[Profile] = Counter()
    groups = cast(list[Group], tally.store.groups("row"))
    if len(held.elements.names) > payload_bits(1):
        found, summary.alike = held.count()
    else:
        payloads = {id(table): _payloads(*held.tags_of(table)) for table in told.different}
        wanted = [Wanted(group, 0, payloads[id(told[cast(TableKey, group[1:3])])]) for group in groups]
        classes_held = set(tally.store.groups("class"))
        wanted += [
            Wanted(("class", name), 0, int(held.elements.bits([name])[0]))
            for name in set(TRACKS.values())
            if ("class", name) in classes_held
        ]
        counted = tally.store.count_each([(wanted, 2, 1)], last=not keep)[0]
        summary.alike = counted.twins
        for payload, count in counted.payloads.items():
            found[held.elements.profile([payload])] += count
    if not keep:
        tally.store.forget(groups)
    if sets:
        summary.sets = {"acquired": Counter(), "sold": Counter(), "both": Counter()}
    for names, count in found.items():
        profile = tracked(names)
        if not profile:
            continue
        summary.profile_distinct[profile] += count
        if LINKED not in names:
            summary.unlinked += count
        if summary.sets is not None:
            sold = "both" if ACQUIRED in names else "sold"
            summary.sets[sold if SOLD in names else "acquired"][profile] += count


def _payloads(tags: Keys, bits: Keys) -> tuple[Keys, Keys]:
    return tags, np.ascontiguousarray(bits[:, 0])
