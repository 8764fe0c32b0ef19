"""From a finished tally to final counts: decisions for whole columns, then everything that follows from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import numpy as np

from scanner.columns import Decision, base, decide, matches
from scanner.distinct import Keys, Wanted
from scanner.errors import ScannerError
from scanner.kernels.sets import lookup
from scanner.model import Detector
from scanner.tally import LOOSE, Chain, Fact, Signature, TableKey, Tally

Profile = frozenset[str]  # the categories that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)
Group = tuple[object, ...]  # of the store, see tally.Tally
SEEN, ACCEPTED, PERSON = 1, 2, 4  # what is known of a value: bits of the payload of its key


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
    """Counts distinct values, records and subjects."""
    kinds: dict[str, list[Group]] = defaultdict(list)
    for group in tally.store.groups():
        kinds[group[0]].append(group)  # type: ignore[index,arg-type]
    _count_values(tally, kinds["value"] + kinds["subject"], by_name, summary)
    _count_records(tally, kinds["row"], profiles, summary)


def _count_values(
    tally: Tally, groups: list[Group], by_name: Mapping[str, Detector], summary: Summary
) -> None:
    """Distinct values of each column and of each label over all columns, and distinct persons.

    A person is a row's strongest accepted identity value: one whose chain is rejected in whole. Packed and text keys
    of one label never name the same value.
    """
    owners: dict[tuple[str, int], dict[tuple[ColumnKey, str], int]] = defaultdict(dict)
    wanted: dict[tuple[str, int], list[Wanted]] = defaultdict(list)
    tagged_payloads = cache(lambda table: _persons(tally, table, summary))
    for group in groups:
        kind, *rest = cast(tuple[Any, ...], group)
        where: ColumnKey = tuple(rest[:3])
        name: str = rest[3]
        tagged = kind == "subject"
        label = by_name[base(name)].label, tally.store.width(group) - tagged
        owner = owners[label].setdefault((where, name), len(owners[label]))
        payload: int | Keys = SEEN
        if summary.decisions[where][name].accepted:
            payload = SEEN | ACCEPTED
            if tagged:
                payload = tagged_payloads(where[:2])
            elif rest[4] is not None and _rejected(rest[4], where[:2], summary):
                payload |= PERSON
        elif tagged:
            continue  # these are among the column's values
        wanted[label].append(Wanted(group, owner, payload))
    for label, some in wanted.items():
        counts, payloads = tally.store.count(some, label[1], len(owners[label]))
        for (where, name), owner in owners[label].items():
            summary.distinct[where, name] = summary.distinct.get((where, name), 0) + counts[owner]
        accepted = sum(count for payload, count in payloads.items() if payload & ACCEPTED)
        if accepted:
            summary.labels[label[0]].distinct += accepted
        summary.subjects += sum(count for payload, count in payloads.items() if payload & PERSON)


def _rejected(chain: Chain, table: TableKey, summary: Summary) -> bool:
    """Is no fact of the chain accepted?"""
    return not any(summary.decisions[(*table, column)][name].accepted for column, name in chain)


def _persons(tally: Tally, table: TableKey, summary: Summary) -> Keys:
    """The payload of an accepted column's values by the tag of their chain: those of this table's facts."""
    tags, payloads = [], []
    for tag, chain in tally.tags.items():
        if all(name in summary.decisions.get((*table, column), {}) for column, name in chain):
            tags.append(tag)
            payloads.append(SEEN | ACCEPTED | (PERSON if _rejected(chain, table, summary) else 0))
    return lookup(np.array(tags, np.uint64), np.array(payloads, np.uint32))


def _count_records(
    tally: Tally,
    groups: list[Group],
    profiles: Mapping[TableKey, Mapping[Signature, Profile]],
    summary: Summary,
) -> None:
    """Distinct records; one that is there with different profiles has the categories of all of them."""
    names = sorted({name for table in profiles.values() for profile in table.values() for name in profile})
    if len(names) > 32:
        raise ScannerError(f"records can be told apart by 32 categories at most, not by {len(names)}")
    wanted = []
    for group in groups:
        of_tag = {
            tally.signature_tag(signature): sum(1 << names.index(name) for name in profile)
            for signature, profile in profiles[group[1:3]].items()  # type: ignore[index]
        }
        payloads = np.array(list(of_tag.values()), np.uint32)
        wanted.append(Wanted(group, 0, lookup(np.array(list(of_tag), np.uint64), payloads)))
    for payload, count in tally.store.count(wanted, 2, 1)[1].items():
        profile = frozenset(name for bit, name in enumerate(names) if payload >> bit & 1)
        summary.profile_distinct[profile] += count
