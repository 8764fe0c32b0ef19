"""What the document says of columns and of each label in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner.columns.decision import Decision, damaged, told_apart
from scanner.columns.names import RESTORED, SCIENTIFIC, TRUNCATED, ZEROS, base, is_restored
from scanner.columns.tally import ColumnTally, matches
from scanner.model import Detector, Table
from scanner.summary.summarise import Summary
from scanner.tallies.tally import LOOSE, Fact, TableKey, Tally

NEVER_COUNTED = frozenset({"uscc", "masked"})  # labels that are no personal information (docs/contract.md)


def column_entries(
    tally: Tally,
    summary: Summary,
    detectors: Mapping[str, Detector],
    roles: Mapping[TableKey, Sequence[str | None]],
) -> Iterator[dict[str, Any]]:
    """The entries of all columns, in the order of inputs, tables and columns; damaged lines last in their table."""
    for (source, name), table in tally.tables.items():
        known = roles[source, name]
        rows = summary.kinds[source, name].rows_of_values(table.signatures, table.damaged_signatures)
        order = [index for index in sorted(table.columns) if index != LOOSE]
        if LOOSE in table.columns and table.columns[LOOSE].labels:
            order.append(LOOSE)
        for index in order:
            column = table.columns[index]
            key = (source, name, index)
            decisions = summary.decisions[key]
            role = None if index == LOOSE else known[index] or content_role(column, decisions, detectors)
            yield {
                "input": source,
                "table": name,
                "index": None if index == LOOSE else index,
                "name": None if index == LOOSE else table.table.columns[index],
                "cells": column.cells,
                "nonempty": column.nonempty,
                "role": role,
                "role_from": _role_from(role, index, table.table, known),
                "labels": [
                    found
                    for label, names in _by_label(column, detectors).items()
                    # Without a candidate of its own a detector has nothing to say.
                    if (found := _label(label, names, column, decisions, summary, key, rows))["candidates"]
                    or found["valid"]
                    or found["lost"]
                ],
            }


def _role_from(role: str | None, index: int, table: Table, known: Sequence[str | None]) -> str | None:
    """What told the role: the ``header``, the ``content`` of the table's head, or the ``values`` that were accepted."""
    if role is None:
        return None
    if index == LOOSE or known[index] is None:
        return "values"
    return "content" if table.content_roles and table.content_roles[index] else "header"


def mute_entries(
    columns: Iterable[Mapping[str, Any]],
    detectors: Sequence[Detector],
) -> Iterator[dict[str, Any]]:
    """Columns whose sure header names a kind of value that some detector finds, filled, and no value accepted.

    ``refused``: why, for the label with the most candidates under that header.
    """
    labels: dict[str, set[str]] = {}
    for detector in detectors:
        for role in detector.roles if detector.label not in NEVER_COUNTED else ():
            labels.setdefault(role, set()).add(detector.label)
    for column in columns:
        if column["index"] is None or not column["nonempty"]:
            continue
        role = column["role"]
        if (
            column["role_from"] == "values"
            or role not in labels
            or any(found["decision"] == "accepted" for found in column["labels"])
        ):
            continue
        tried = [found for found in column["labels"] if found["label"] in labels[role]]
        nothing: Mapping[str, Any] = {}
        most = max(
            tried, key=lambda found: int(found["candidates"]) + sum(found["lost"].values()), default=nothing
        )
        yield {
            **{key: column[key] for key in ("input", "table", "index", "name")},
            "role": role,
            "nonempty": column["nonempty"],
            "refused": most.get("refused", {}),
            "lost": most.get("lost", {}),
        }


def _by_label(column: ColumnTally, detectors: Mapping[str, Detector]) -> dict[str, list[str]]:
    """Detector names by label; a label that two detectors find (18 and 15 digits) is one entry."""
    names: dict[str, list[str]] = {}
    plain = (name for name in column.labels if RESTORED not in name)
    for name in sorted(plain, key=lambda name: (detectors[name].label, detectors[name].rank, name)):
        names.setdefault(detectors[name].label, []).append(name)
    return names


def _label(
    label: str,
    names: Sequence[str],
    column: ColumnTally,
    decisions: Mapping[str, Decision],
    summary: Summary,
    key: tuple[int, str | None, int],
    rows: Mapping[Fact, int],
) -> dict[str, Any]:
    """One label of a column: of several detectors, those that are accepted, or else all."""
    chosen = [name for name in names if _counts(name, decisions)] or list(names)
    stats = [column.labels[name] for name in chosen]
    facts = chosen + [
        name for name in decisions if name not in chosen and base(name) in chosen and decisions[name].accepted
    ]
    more, restored, lost = 0, Counter[str](), Counter[str]()
    for name in facts[len(chosen) :]:
        if RESTORED in name:
            stats.append(column.labels[name])
        else:
            more += matches(column.labels[base(name)], name)
    for name in chosen:
        repaired, gone = told_apart(column, name, decisions)
        restored.update(repaired)
        lost.update(gone)
    refused: dict[str, int] = {}
    for tally in stats:
        for reason, count in tally.refused.items():
            refused[reason] = refused.get(reason, 0) + count
    decision = next((one for name in facts if (one := decisions[name]).accepted), decisions[chosen[0]])
    failing = max(0, sum(damaged(column.labels[name], decisions[name]) for name in chosen) - more)
    return {
        "label": label,
        "candidates": sum(tally.candidates for tally in stats),
        "valid": sum(tally.valid for tally in stats) + more,
        "probable": more,
        "restored": dict(sorted(restored.items())),
        "distinct": sum(summary.distinct.get((key, name), 0) for name in facts),
        "rows": sum(rows.get((key[2], name), 0) for name in facts),
        "decision": "accepted" if decision.accepted else "rejected",
        "code": decision.code,
        "reason": "; ".join(decisions[name].reason for name in facts if _tells(name, facts, column)),
        "refused": dict(sorted(refused.items())),
        "damaged": max(failing, lost[TRUNCATED]) + lost[SCIENTIFIC],
        "lost": dict(sorted(lost.items())),
        "samples": [text for tally in stats for _, text in tally.samples][:3],
    }


def _counts(name: str, decisions: Mapping[str, Decision]) -> bool:
    """Whether any numbers of a detector are accepted, and be they restored ones."""
    return any(
        decision.accepted and (each == name or (RESTORED in each and base(each) == name))
        for each, decision in decisions.items()
    )


def _tells(name: str, facts: Sequence[str], column: ColumnTally) -> bool:
    """Whether a fact's reason is worth saying: not that there were no candidates, where others were restored."""
    if name.endswith(RESTORED + ZEROS):
        return False
    others = any(is_restored(each) for each in facts)
    return not others or name not in column.labels or column.labels[name].candidates > 0


LABEL_ROLES = {
    "resident_id": "id_number",
    "mobile_phone": "mobile",
    "landline_phone": "phone",
    "person_name": "name",
    "license_plate": "plate",
    "mac_address": "mac",
    "ip_address": "ip",
    "passport": "document_number",
    "uscc": "company_id",
}


def content_role(
    column: ColumnTally, decisions: Mapping[str, Decision], detectors: Mapping[str, Detector]
) -> str | None:
    """The role that the values give a column without a telling header: what fills at least half of its cells."""
    whole = Counter[str]()
    for name, tally in column.labels.items():
        if (decision := decisions.get(name)) and decision.accepted:
            whole[base(name)] += tally.whole
    share = {name: count for name, count in whole.items() if 2 * count >= column.nonempty}
    if not share:
        return None
    label = detectors[max(share, key=lambda name: (share[name], -detectors[name].rank))].label
    return LABEL_ROLES.get(label, label)
