"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import numpy as np

from scanner.columns import DUMMY, FAILED_DUMMY, UNSOUND, Decision, base, decide, is_mark, matches
from scanner.distinct import DistinctStore, Keys, Wanted
from scanner.held import Held
from scanner.in_turn import Aside
from scanner.kernels.sets import payload_bits
from scanner.links import LinkStore, Plan
from scanner.meanings import FactMeaning, Kind, Kinds
from scanner.model import Detector
from scanner.persons import Links, Persons, Plain
from scanner.points import MOVING, POINT, TRAJECTORY, classes, of_person
from scanner.row_facts import ColumnKey, Profile, label_of, table_facts
from scanner.slots import IdentityFact, Linking
from scanner.tally import LOOSE, Fact, Signature, TableKey, Tally
from scanner.ties import Place, TiedValues
from scanner.tracks import Track

Group = tuple[object, ...]  # of the store, see tally.Tally
SEEN, ACCEPTED = 1, 2  # what is known of a value: bits of the payload of its key
# Beside the elements of a record: it holds a number that tells persons apart; it is in an input of this set.
LINKED, ACQUIRED, SOLD = "@linked", "@acquired", "@sold"
# What a point is, by its bit; a record that is one in one input and another in another is the stronger.
TRACKS = {
    Track.MOVING: "@moving",
    Track.STANDING: "@standing",
    Track.DUPLICATE: "@standing",
    Track.LONE: "@lone",
}
LONE_POINT = "other_safety"  # the category of a point that belongs to no sequence


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
    """

    decisions: dict[ColumnKey, Mapping[str, Decision]] = field(default_factory=dict)
    distinct: dict[tuple[ColumnKey, str], int] = field(default_factory=dict)
    column_rows: dict[tuple[ColumnKey, str], int] = field(default_factory=dict)
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
    profiles: dict[TableKey, dict[Signature, Profile]] = field(default_factory=dict)


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
) -> Summary:
    """Decides every column and adds up what is accepted. A pure function of the tally.

    ``sets``: of each input, whether it was ACQUIRED, SOLD or both, if that is to be told apart; ``plain``: from a label
    and keys to the numbers themselves (``persons.count``); ``sides``: of each input the number by which persons are
    told apart by inputs, if they are to be: otherwise all are those of input 0; ``keep_records``: the tally is asked
    for single records afterwards.
    """
    summary = Summary()
    by_name = {detector.name: detector for detector in detectors}
    for (source, name), table in sorted(tally.tables.items(), key=_table_order):
        for index, column in sorted(table.columns.items()):
            role = roles[source, name][index] if index != LOOSE else None
            kind = table.table.kinds[index] if index != LOOSE else "text"
            summary.decisions[source, name, index] = decide(column, detectors, role, kind, index == LOOSE)
    tables = _meanings(tally, roles, categories, linking, by_name, summary)
    plans, places = _plans(tally, tables, sides or {})
    moving = {(plan.source, MOVING) for plan in plans.values() if POINT in plan.profile}
    linked = _linked(tally, tables)
    if not moving:  # what records hold does not hang on persons: they come first, and give back their room
        _count_records(tally, linked, sets or {}, summary, keep_records)
    # No batch is in memory any more; what counts takes that room: pieces of keys on all threads, and their results.
    budget, folder = tally.store.budget, tally.store.folder
    room = max(budget // 2, budget - tally.store.resident)
    values = TiedValues(DistinctStore(room // 2, folder), places, tally.in_tuples)
    store = LinkStore(tally.store)
    links = Links(store, plans, 4 * room // 5, folder, moving, values, bool(moving))
    within = {tag: sets.get(found.table[0], frozenset()) for tag, found in places.items()} if sets else None
    for digests, found in classes(tally, links, plans, tally.store.budget // 8, folder, within):
        for track in Track:
            tally.store.add(("class", TRACKS[track]), np.ascontiguousarray(digests[found == track]))

    def count_persons(links: Links) -> None:
        summary.persons = links.persons(plain)
        told: Counter[Profile] = Counter()
        for profile, persons in summary.persons.profiles.items():
            told[of_person(profile, LONE_POINT)] += persons
        summary.persons.profiles = told

    with Aside(count_persons, tally.store.threads) as aside:
        aside.give(links)
        store.forget()
        values.store.threads = 0  # there are no more of them
        tally.store.merge(values.store)
        _count_values(tally, by_name, summary)
        if moving:
            _count_records(tally, linked, sets or {}, summary, keep_records)
    return summary


def record_elements(digest: tuple[int, int], tally: Tally, summary: Summary) -> tuple[Profile, str | None]:
    """The elements of one record over all places where it is, and its bit of TRACKS if it is a point."""
    names: set[str] = set()
    groups = [group for group in tally.store.groups() if cast(Group, group)[0] in ("row", "class")]
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


def _table_order(item: tuple[TableKey, object]) -> tuple[int, str]:
    (source, name), _ = item
    return source, name or ""


class _Told(NamedTuple):
    """A table of a kind: the numbers of its signatures, and of those of its damaged lines, in their order."""

    kind: Kind
    numbers: list[int]
    damaged: list[int]


def _meanings(
    tally: Tally,
    roles: Mapping[TableKey, tuple[str | None, ...]],
    categories: Callable[[frozenset[str]], Profile],
    linking: Linking,
    by_name: Mapping[str, Detector],
    summary: Summary,
) -> dict[TableKey, _Told]:
    """What the signatures of each table mean; counts rows by what they hold."""
    kinds = Kinds(categories, linking)
    tables = {}
    for key, table in tally.tables.items():
        summary.rows += table.rows + table.damaged
        summary.damaged += table.damaged
        facts = _facts(tally, key, roles[key], by_name, linking, summary)
        kind = kinds.of((table.table.columns, roles[key]), facts)
        tables[key] = _Told(kind, kind.numbered(table.signatures), kind.numbered(table.damaged_signatures))
    rows = {id(kind): np.zeros((2, len(kind.meanings)), np.int64) for kind in kinds.all()}
    holding = {id(kind): kind.holding() for kind in kinds.all()}
    for key, (kind, numbers, damaged) in tables.items():
        table = tally.tables[key]
        sums = np.zeros(len(kind.values), np.int64)
        for which, some, counts in ((0, numbers, table.signatures), (1, damaged, table.damaged_signatures)):
            if some:
                own = np.fromiter(counts.values(), np.int64, len(some))
                rows[id(kind)][which, some] += own
                sums += own @ holding[id(kind)][some]
        for (index, name), count in zip(kind.values, sums.tolist(), strict=True):
            if count:
                summary.column_rows[(*key, index), name] = count
        summary.profiles[key] = {
            signature: profile
            for signature, number in zip(table.signatures, numbers, strict=True)
            if (profile := kind.meanings[number].held.profile)
        }
    for kind in kinds.all():
        sound, broken = rows[id(kind)].tolist()
        for meaning, some_rows, lines in zip(kind.meanings, sound, broken, strict=True):
            for label in meaning.labels:
                summary.labels.setdefault(label, LabelCount()).rows += some_rows + lines
            if meaning.held.profile and some_rows:
                summary.profile_rows[meaning.held.profile] += some_rows
                summary.identifiable += some_rows
            elif meaning.held.instead and some_rows:
                summary.nameless[meaning.held.instead] += some_rows
    for key, table in tally.tables.items():
        for index, column in table.columns.items():
            for name, decision in summary.decisions[(*key, index)].items():
                if decision.accepted:
                    counted = summary.labels[by_name[base(name)].label]
                    counted.matches += matches(column.labels[base(name)], name)
    return tables


def _facts(
    tally: Tally,
    key: TableKey,
    roles: tuple[str | None, ...],
    by_name: Mapping[str, Detector],
    linking: Linking,
    summary: Summary,
) -> dict[Fact, FactMeaning]:
    """What the facts of a table mean.

    A value is counted where its column is accepted, a placeholder, too, though it stands for nobody. Numbers and names
    are words of tuples, also those of rejected columns.
    """
    table = tally.tables[key]
    known = [*table.signatures, *table.damaged_signatures]
    told = table_facts(known, key, table, roles, by_name, summary.decisions)
    tied_labels = {linking.name, *linking.order}
    found = {}
    for fact, label in told.labels.items():
        column, name = fact
        value = value_label = identity = None
        tied = False
        if not name.startswith("role:"):
            decisions = summary.decisions[(*key, column)]
            if name[-1] not in UNSOUND + FAILED_DUMMY:
                own = name.rstrip(DUMMY)
                if (decision := decisions.get(own)) and decision.accepted:
                    value, value_label = (column, own), label_of((column, own), by_name)
            tied = column != LOOSE and not is_mark(name) and label in tied_labels
            if tied and decisions[name].accepted:
                stats = table.columns[column].labels[base(name)]
                identity = IdentityFact(column, label, 2 * stats.whole >= stats.valid)
        found[fact] = FactMeaning(
            label,
            fact in told.sound,
            told.marks.get(fact),
            value,
            value_label,
            tied,
            identity,
            tally.widths.get((key, fact), 0),
        )
    return found


def _plans(
    tally: Tally, tables: Mapping[TableKey, _Told], sides: Mapping[int, int]
) -> tuple[dict[int, Plan], dict[int, Place]]:
    """What the words of the tuples mean, by tag, now that columns are decided; and whose values they are."""
    plans: dict[int, Plan] = {}
    places: dict[int, Place] = {}
    for key, (kind, numbers, _) in tables.items():
        of_number = kind.plans(sides.get(key[0], 0))
        own: dict[int, Place] = {}
        for signature, number in zip(tally.tables[key].signatures, numbers, strict=True):
            words, plan = kind.meanings[number].words, of_number[number]
            if not words and plan is None:
                continue
            tag = tally.link_tag(key, signature)
            if words:
                place = own.get(id(words))
                places[tag] = place or own.setdefault(id(words), Place(key, words))
            if plan is not None:
                plans[tag] = plan
    return plans, places


def _groups(tally: Tally, kind: str) -> list[Group]:
    """The store's groups of one kind."""
    return [group for group in (cast(Group, each) for each in tally.store.groups()) if group[0] == kind]


def _linked(tally: Tally, tables: Mapping[TableKey, _Told]) -> dict[TableKey, Set[Signature]]:
    """The signatures of each table whose rows hold a number that tells persons apart."""
    return {
        key: {
            signature
            for signature, number in zip(tally.tables[key].signatures, told.numbers, strict=True)
            if told.kind.meanings[number].mentions
        }
        for key, told in tables.items()
    }


def _count_values(tally: Tally, by_name: Mapping[str, Detector], summary: Summary) -> None:
    """Distinct values of each column and of each label over all columns; the store forgets them.

    Packed and text keys of one label never name the same value.
    """
    owners: dict[tuple[str, int], dict[tuple[ColumnKey, str], int]] = defaultdict(dict)
    wanted: dict[tuple[str, int], list[Wanted]] = defaultdict(list)
    groups = _groups(tally, "value")
    for group in groups:
        where, name = cast(ColumnKey, group[1:4]), cast(str, group[4])
        label = by_name[base(name)].label, tally.store.width(group)
        owner = owners[label].setdefault((where, name), len(owners[label]))
        accepted = summary.decisions[where][name].accepted
        wanted[label].append(Wanted(group, owner, SEEN | ACCEPTED if accepted else SEEN))
    counted = tally.store.count_each(
        [(some, label[1], len(owners[label])) for label, some in wanted.items()], last=True
    )
    for label, (counts, payloads, _) in zip(wanted, counted, strict=True):
        for (where, name), owner in owners[label].items():
            summary.distinct[where, name] = summary.distinct.get((where, name), 0) + counts[owner]
        accepted_values = sum(count for payload, count in payloads.items() if payload & ACCEPTED)
        if accepted_values:
            summary.labels[label[0]].distinct += accepted_values
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
    known: dict[tuple[Profile, bool, Profile], Profile] = {}
    told: dict[TableKey, dict[Signature, Profile]] = {}
    for key, table in summary.profiles.items():
        inside, told[key], own = sets.get(key[0], frozenset()), {}, linked.get(key, frozenset())
        for signature, profile in table.items():
            what = profile, signature in own, inside
            if what not in known:
                known[what] = profile | inside | ({LINKED} if what[1] else frozenset())
            told[key][signature] = known[what]
    held = Held(tally, told, {LINKED, ACQUIRED, SOLD, *TRACKS.values()})
    found: Counter[Profile] = Counter()
    groups = _groups(tally, "row")
    if len(held.elements.names) > payload_bits(1):
        found, summary.alike = held.count()
    else:
        wanted = [Wanted(group, 0, _payloads(*held.tags(cast(TableKey, group[1:3])))) for group in groups]
        groups_held = set(tally.store.groups())
        wanted += [
            Wanted(("class", name), 0, int(held.elements.bits([name])[0]))
            for name in set(TRACKS.values())
            if ("class", name) in groups_held
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
        if profile != (plain := frozenset(name for name in names if not name.startswith("@"))):
            # What a row's point turned out to be; copies of it stay with the track, as rows are not told apart.
            moved = min(count, summary.profile_rows[plain])
            summary.profile_rows[plain] -= moved
            summary.profile_rows[profile] += moved
        if LINKED not in names:
            summary.unlinked += count
        if summary.sets is not None:
            sold = "both" if ACQUIRED in names else "sold"
            summary.sets[sold if SOLD in names else "acquired"][profile] += count


def _payloads(tags: Keys, bits: Keys) -> tuple[Keys, Keys]:
    return tags, np.ascontiguousarray(bits[:, 0])


def tracked(names: frozenset[str]) -> Profile:
    """The elements of a record, where a point in a sequence is a trajectory, and a lone one is not."""
    profile = frozenset(name for name in names if not name.startswith("@"))
    if TRAJECTORY not in profile or "@moving" in names:
        return profile
    instead = f"{TRAJECTORY}.standing" if "@standing" in names else LONE_POINT
    return profile - {TRAJECTORY} | {instead}
