"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from scanner.columns import Decision, base, decide, matches
from scanner.distinct import DistinctStore, Keys
from scanner.model import Detector
from scanner.tally import LOOSE, Fact, Signature, TableKey, Tally

Profile = frozenset[str]  # the categories that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)


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
    _count_distinct(tally.store, profiles, by_name, summary)
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
    store: DistinctStore,
    profiles: Mapping[TableKey, Mapping[Signature, Profile]],
    by_name: Mapping[str, Detector],
    summary: Summary,
) -> None:
    """Counts distinct values, records and subjects, one partition of the keys at a time."""
    for piece in store.partitions():
        values: dict[str, list[Keys]] = defaultdict(list)
        records: dict[Profile, list[Keys]] = defaultdict(list)
        for group, keys in piece.items():
            kind, source, table, *rest = group  # type: ignore[misc]
            if kind == "value":
                column, detector = rest
                where = (source, table, column)
                summary.distinct[where, detector] = summary.distinct.get((where, detector), 0) + len(keys)
                if summary.decisions[where][detector].accepted:
                    values[by_name[base(detector)].label].append(keys)
            elif kind == "row":
                profile = profiles[source, table].get(rest[0])
                if profile:
                    records[profile].append(keys)
        for label, arrays in values.items():
            summary.labels[label].distinct += _distinct(arrays)
        _count_records(records, summary)
    summary.subjects = _count_subjects(store, by_name, summary)


def _distinct(arrays: list[Keys]) -> int:
    """Distinct keys over arrays; packed and text keys of one label never name the same value."""
    widths = {keys.shape[1] for keys in arrays}
    return sum(len(DistinctStore.union([k for k in arrays if k.shape[1] == width])) for width in widths)


def _count_records(records: Mapping[Profile, list[Keys]], summary: Summary) -> None:
    """Adds distinct records; one that two inputs show with different profiles has the categories of both."""
    if not records:
        return
    order = sorted(records, key=sorted)
    unions = [DistinctStore.union(records[profile]) for profile in order]
    everything = len(DistinctStore.union(unions))
    if everything == sum(len(keys) for keys in unions):
        for profile, keys in zip(order, unions, strict=True):
            summary.profile_distinct[profile] += len(keys)
        return
    joined = np.concatenate(unions)
    owner = np.repeat(np.arange(len(unions)), [len(keys) for keys in unions])
    _, inverse = np.unique(joined, axis=0, return_inverse=True)
    by_key = np.argsort(inverse.ravel(), kind="stable")
    bounds = np.flatnonzero(np.diff(inverse.ravel()[by_key], prepend=-1))
    for owners in np.split(owner[by_key], bounds[1:]):
        held: Profile = frozenset().union(*(order[index] for index in owners.tolist()))
        summary.profile_distinct[held] += 1


def _count_subjects(store: DistinctStore, by_name: Mapping[str, Detector], summary: Summary) -> int:
    """Distinct persons: each row's strongest accepted identity value; sets are kept apart for each label."""
    strongest = DistinctStore(store.budget, store.folder)
    for piece in store.partitions():
        for group, keys in piece.items():
            kind, source, table, *rest = group  # type: ignore[misc]
            if kind != "subject":
                continue
            for position, (column, detector) in enumerate(rest[0]):
                if summary.decisions[source, table, column][detector].accepted:
                    chosen = np.ascontiguousarray(keys[:, 2 * position : 2 * position + 2])
                    strongest.add(by_name[base(detector)].label, chosen)
                    break
    return sum(len(keys) for piece in strongest.partitions() for keys in piece.values())
