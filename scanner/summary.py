"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from scanner.columns import Decision, base, decide, matches
from scanner.distinct import INNER, DistinctStore, Keys
from scanner.kernels.sets import numbered, partition_unique
from scanner.model import Detector
from scanner.tally import LOOSE, Chain, Fact, Signature, TableKey, Tally

Profile = frozenset[str]  # the categories that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)
Group = tuple[object, ...]  # of the store, see tally.Tally


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
    kinds: dict[str, list[Group]] = defaultdict(list)
    for group in tally.store.groups():
        kinds[group[0]].append(group)  # type: ignore[index,arg-type]
    _count_values(tally, kinds["value"] + kinds["subject"], by_name, summary)
    _count_records(tally, kinds["row"], profiles, summary)


def _count_values(
    tally: Tally, groups: list[Group], by_name: Mapping[str, Detector], summary: Summary
) -> None:
    """Distinct values of each column and of each label over all columns, and distinct persons.

    A person is a row's strongest accepted identity value: one whose chain is rejected in whole.
    """
    tags = _Tags(tally, summary)
    for piece in tally.store.pieces(groups):
        columns: dict[tuple[ColumnKey, str], list[Keys]] = defaultdict(list)
        persons: dict[tuple[str, int], list[Keys]] = defaultdict(list)
        for group, parts in piece.items():
            kind, *rest = cast(tuple[Any, ...], group)
            where: ColumnKey = tuple(rest[:3])
            name: str = rest[3]
            accepted = summary.decisions[where][name].accepted
            label = by_name[base(name)].label
            if kind == "value":
                columns[where, name] += parts
                if accepted and rest[4] is not None and _rejected(rest[4], where[:2], summary):
                    persons[label, parts[0].shape[1]] += parts
            elif accepted:
                some = [each for part in parts if len(each := tags.persons(part, where[:2]))]
                if some:
                    persons[label, some[0].shape[1]] += some
        _count_columns(columns, persons, by_name, summary)


def _count_columns(
    columns: Mapping[tuple[ColumnKey, str], list[Keys]],
    persons: Mapping[tuple[str, int], list[Keys]],
    by_name: Mapping[str, Detector],
    summary: Summary,
) -> None:
    """Adds what one piece of the keys holds; packed and text keys of one label never name the same value."""
    labels: dict[tuple[str, int], list[tuple[list[Keys], Keys]]] = defaultdict(list)
    for (where, name), parts in columns.items():
        keys = DistinctStore.union(parts)
        summary.distinct[where, name] = summary.distinct.get((where, name), 0) + len(keys)
        if summary.decisions[where][name].accepted:
            labels[by_name[base(name)].label, keys.shape[1]].append((parts, keys))
    for (label, width), sets in labels.items():
        distinct = DistinctStore.size_of_union([keys for _, keys in sets])
        summary.labels[label].distinct += distinct
        own = persons.get((label, width), [])
        every = [id(part) for parts, _ in sets for part in parts]
        same = len(own) == len(every) and {id(part) for part in own} == set(every)
        summary.subjects += distinct if same else len(DistinctStore.union(own)) if own else 0


def _rejected(chain: Chain, table: TableKey, summary: Summary) -> bool:
    """Is no fact of the chain accepted?"""
    return not any(summary.decisions[(*table, column)][name].accepted for column, name in chain)


class _Tags:
    """Tells by the tags of chains which values are persons."""

    def __init__(self, tally: Tally, summary: Summary) -> None:
        self._chains = tally.tags
        self._summary = summary
        self._known: dict[tuple[TableKey, int], bool] = {}

    def persons(self, keys: Keys, table: TableKey) -> Keys:
        """The keys (without their tags) whose chain is rejected in whole."""
        tags, inverse = np.unique(keys[:, -1], return_inverse=True)
        sound = np.array([self._is_rejected(tag, table) for tag in tags.tolist()], np.bool_)
        return np.ascontiguousarray(keys[sound[inverse], :-1])

    def _is_rejected(self, tag: int, table: TableKey) -> bool:
        if (table, tag) not in self._known:
            self._known[table, tag] = _rejected(self._chains[tag], table, self._summary)
        return self._known[table, tag]


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
        of_tag = {tally.signature_tag(signature): numbers[p] for signature, p in table_profiles.items()}
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
