"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.columns import Decision, base, decide, matches
from scanner.distinct import INNER, DistinctStore, Keys
from scanner.kernels.sets import numbered, partition_unique
from scanner.model import Detector
from scanner.tally import LOOSE, Fact, Signature, TableKey, Tally

Profile = frozenset[str]  # the categories that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)
Group = tuple[object, ...]  # of the store, see tally.Tally
Way = tuple[
    str, int, int
]  # label, first word and number of words of an identity value inside a subject's keys


@dataclass(slots=True)
class LabelCount:
    """Accepted values of one label over all inputs."""

    matches: int = 0
    rows: int = 0
    distinct: int = 0


@dataclass(slots=True)
class Summary:
    """Final counts. ``profiles``: identifiable records by the categories they hold: (rows, distinct records)."""

    decisions: dict[ColumnKey, Mapping[str, Decision]] = field(default_factory=dict)
    distinct: dict[tuple[ColumnKey, str], int] = field(default_factory=dict)
    column_rows: dict[tuple[ColumnKey, str], int] = field(default_factory=dict)
    labels: dict[str, LabelCount] = field(default_factory=dict)
    rows: int = 0
    damaged: int = 0
    identifiable: int = 0
    profile_rows: Counter[Profile] = field(default_factory=Counter)
    profile_distinct: Counter[Profile] = field(default_factory=Counter)
    subjects: int = 0


def summarise(
    tally: Tally,
    detectors: tuple[Detector, ...],
    roles: Mapping[TableKey, tuple[str | None, ...]],
    categories: Callable[[frozenset[str]], Profile],
) -> Summary:
    """Decides every column and adds up what is accepted. A pure function of the tally."""
    summary = Summary()
    by_name = {detector.name: detector for detector in detectors}
    for (source, name), table in sorted(tally.tables.items(), key=_table_order):
        for index, column in sorted(table.columns.items()):
            role = roles[source, name][index] if index != LOOSE else None
            kind = table.table.kinds[index] if index != LOOSE else "text"
            summary.decisions[source, name, index] = decide(column, detectors, role, kind, index == LOOSE)
    profiles: dict[TableKey, dict[Signature, Profile]] = {}
    for key, table in tally.tables.items():
        summary.rows += table.rows + table.damaged
        summary.damaged += table.damaged
        profiles[key] = {}
        for signature, rows in table.signatures.items():
            kept = _accepted(signature, key, summary)
            _count_labels(kept, key, rows, by_name, summary)
            profile = categories(frozenset(_label(fact, by_name) for fact in kept))
            if profile:
                profiles[key][signature] = profile
                summary.profile_rows[profile] += rows
                summary.identifiable += rows
        for signature, rows in table.damaged_signatures.items():
            _count_labels(_accepted(signature, key, summary), key, rows, by_name, summary)
        for index, column in table.columns.items():
            for name, decision in summary.decisions[(*key, index)].items():
                if decision.accepted:
                    count = summary.labels[by_name[base(name)].label]
                    count.matches += matches(column.labels[base(name)], name)
    _count_distinct(tally, profiles, by_name, summary)
    return summary


def _table_order(item: tuple[TableKey, object]) -> tuple[int, str]:
    (source, name), _ = item
    return source, name or ""


def _accepted(signature: Signature, key: TableKey, summary: Summary) -> Signature:
    """A signature without the facts of rejected columns: how a rejection takes effect without a second pass."""
    return frozenset(
        (column, name)
        for column, name in signature
        if name.startswith("role:") or summary.decisions[(*key, column)][name].accepted
    )


def _label(fact: Fact, by_name: Mapping[str, Detector]) -> str:
    return fact[1] if fact[1].startswith("role:") else by_name[base(fact[1])].label


def _count_labels(
    kept: Signature, key: TableKey, rows: int, by_name: Mapping[str, Detector], summary: Summary
) -> None:
    labels = {_label(fact, by_name) for fact in kept if not fact[1].startswith("role:")}
    for label in labels:
        summary.labels.setdefault(label, LabelCount()).rows += rows
    for column, name in kept:
        if not name.startswith("role:"):
            where = ((*key, column), name)
            summary.column_rows[where] = summary.column_rows.get(where, 0) + rows


def _count_distinct(
    tally: Tally,
    profiles: Mapping[TableKey, Mapping[Signature, Profile]],
    by_name: Mapping[str, Detector],
    summary: Summary,
) -> None:
    """Counts distinct values, records and subjects, one partition of the keys at a time."""
    kinds: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for group in tally.store.groups():
        kinds[group[0]].append(group)  # type: ignore[index,arg-type]
    _count_values(tally.store, kinds["value"], by_name, summary)
    _count_records(tally, kinds["row"], profiles, summary)
    summary.subjects = _count_subjects(tally, kinds["subject"], by_name, summary)


def _count_values(
    store: DistinctStore, groups: list[Group], by_name: Mapping[str, Detector], summary: Summary
) -> None:
    """Distinct values of each column, and of each label over all columns."""
    for piece in store.partitions(groups):
        values: dict[str, list[Keys]] = defaultdict(list)
        for group, keys in piece.items():
            where: ColumnKey = group[1:4]  # type: ignore[index]
            name: str = group[4]  # type: ignore[index]
            summary.distinct[where, name] = summary.distinct.get((where, name), 0) + len(keys)
            if summary.decisions[where][name].accepted:
                values[by_name[base(name)].label].append(keys)
        for label, arrays in values.items():
            # Packed and text keys of one label never name the same value.
            widths = {keys.shape[1] for keys in arrays}
            sets = [DistinctStore.union([k for k in arrays if k.shape[1] == width]) for width in widths]
            summary.labels[label].distinct += sum(map(len, sets))


def _count_records(
    tally: Tally,
    groups: list[Group],
    profiles: Mapping[TableKey, Mapping[Signature, Profile]],
    summary: Summary,
) -> None:
    """Distinct records; one that is there with different profiles has the categories of all of them."""
    order = sorted({profile for table in profiles.values() for profile in table.values()}, key=sorted)
    numbers = {profile: np.uint64(number) for number, profile in enumerate(order)}
    kept: dict[
        Hashable, tuple[Keys, Keys]
    ] = {}  # for each group the tags that have a profile, and its number
    for group in groups:
        table_profiles = profiles[group[1:3]]  # type: ignore[index]
        of_tag = {tally.tag(tuple(sorted(signature))): numbers[p] for signature, p in table_profiles.items()}
        kept[group] = np.array(list(of_tag), np.uint64), np.array(list(of_tag.values()), np.uint64)
    for piece in tally.store.partitions(groups):
        arrays = []
        for name, keys in piece.items():
            tags, number = kept[name]
            at = numbered(keys, tags)
            sound = at >= 0
            if not sound.all():
                keys, at = keys[sound], at[sound]
            if len(keys):
                arrays.append(np.column_stack([keys[:, :2], number[at]]))
        if arrays:
            _count_profiles(DistinctStore.union(arrays), order, summary)


def _count_profiles(keys: Keys, order: list[Profile], summary: Summary) -> None:
    """Adds distinct records: ``keys`` are their digests (two words) and the number of their profile in ``order``."""
    count = len(partition_unique([np.ascontiguousarray(keys[:, :2])], INNER)[0])
    if count < len(keys):
        by_digest = keys[np.lexsort((keys[:, 0], keys[:, 1]))]
        new = np.any(by_digest[1:, :2] != by_digest[:-1, :2], axis=1)
        record = np.concatenate([[0], np.cumsum(new)])
        several = np.bincount(record)[record] > 1
        owners: dict[int, Profile] = defaultdict(frozenset)
        for at, number in zip(record[several].tolist(), by_digest[several, 2].tolist(), strict=True):
            owners[at] |= order[number]
        summary.profile_distinct.update(owners.values())
        keys = by_digest[~several]
    found, counts = np.unique(keys[:, 2], return_counts=True)
    for number, some in zip(found.tolist(), counts.tolist(), strict=True):
        summary.profile_distinct[order[number]] += some


def _count_subjects(
    tally: Tally, groups: list[Group], by_name: Mapping[str, Detector], summary: Summary
) -> int:
    """Distinct persons: each row's strongest accepted identity value; sets are kept apart for each label."""
    strongest = DistinctStore(tally.store.budget, tally.store.folder)
    ways: dict[TableKey, tuple[Keys, NDArray[np.intp], list[Way]]] = {}
    for piece in tally.store.partitions(groups):
        for group, keys in piece.items():
            table: TableKey = group[1:3]  # type: ignore[index]
            if table not in ways:
                ways[table] = _ways(table, tally, by_name, summary)
            tags, way_of, known = ways[table]
            at = numbered(keys, tags)
            way = np.where(at < 0, -1, way_of[at]) if len(tags) else at
            for index in np.flatnonzero(np.bincount(way + 1)[1:]).tolist():
                label, first, width = known[index]
                some = (
                    keys[:, first : first + width]
                    if (way == index).all()
                    else keys[way == index, first : first + width]
                )
                strongest.add((label, width), np.ascontiguousarray(some))
    return sum(len(keys) for piece in strongest.partitions() for keys in piece.values())


def _ways(
    key: TableKey, tally: Tally, by_name: Mapping[str, Detector], summary: Summary
) -> tuple[Keys, NDArray[np.intp], list[Way]]:
    """For a table: tags of identity facts, for each the number of its way, and the ways: where the value lies."""
    ways: dict[Way, int] = {}
    tags: dict[int, int] = {}
    for tag, facts in tally.tags.items():
        first = 0
        for fact in facts:
            if len(fact) != 3:
                break
            column, name, width = fact
            decision = summary.decisions.get((*key, column), {}).get(name)
            if decision and decision.accepted:
                tags[tag] = ways.setdefault((by_name[base(name)].label, first, width), len(ways))
                break
            first += width
    return np.array(list(tags), np.uint64), np.array(list(tags.values()), np.intp), list(ways)
