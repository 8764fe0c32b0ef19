"""The one document that every report is rendered from: the keys of docs/contract.md, and the figures behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from scanner.columns import ColumnTally, Decision, base, damaged, matches
from scanner.keys import number_text
from scanner.masking import mask
from scanner.model import Detector, Issue, Table, Why
from scanner.policy import COMPANY, Reading, TierVerdict, Verdict, details, evaluate
from scanner.policy.sensitive_table import state
from scanner.row_facts import Profile
from scanner.summary import Summary
from scanner.tally import LOOSE, TableKey, TableTally, Tally

SCHEMA_VERSION = 1
NEVER_COUNTED = frozenset({"uscc", "masked"})  # labels that are no personal information (docs/contract.md)


@dataclass(slots=True)
class InputRecord:
    """One input as the report names it; ``sha256`` of the very bytes that were read, None where there is no file.

    ``member``: where it lies in the container ``path``; ``format``: of a container. ``bytes_read``: bytes of the file
    that were read and hashed; ``sm3``, ``sha256_after``: hashes where they were asked for.
    """

    path: str
    member: str | None = None
    format: str | None = None
    size: int | None = None
    sha256: str | None = None
    failure: str | None = None
    skipped: bool = False
    issues: list[Issue] = field(default_factory=list)
    bytes_read: int = 0
    sm3: str | None = None
    sha256_after: str | None = None

    @property
    def partial(self) -> bool:
        """Was something not read?"""
        return any(issue.partial for issue in self.issues)

    @property
    def status(self) -> str:
        """The contract's word for how far the input was read."""
        if self.skipped:
            return "skipped"
        if self.failure:
            return "failed"
        return "partial" if self.partial else "complete"


def build(
    tool: Mapping[str, str],
    options: Mapping[str, Any],
    inputs: Sequence[InputRecord],
    tally: Tally,
    summary: Summary,
    detectors: Sequence[Detector],
    roles: Mapping[TableKey, Sequence[str | None]],
    verdict: TierVerdict,
    verdicts: Sequence[Verdict],
) -> dict[str, Any]:
    """The document without ``run``. Deterministic: lists in the order of inputs and columns, names sorted.

    ``verdict``: the leading one, by which categories have their tiers; ``verdicts``: those of all policies asked for.
    """
    tables = tally.by_input()
    columns = list(_columns(tally, summary, {d.name: d for d in detectors}, roles))
    seen = frozenset({COMPANY}) if any(_about_company(column) for column in columns) else frozenset()
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": dict(tool),
        "options": dict(options),
        "inputs": [input_entry(record, tables.get(index, ())) for index, record in enumerate(inputs)],
        "columns": columns,
        "mute": list(_mute(columns, detectors, roles)),
        "labels": {
            label: {"matches": count.matches, "rows": count.rows, "distinct": count.distinct}
            for label, count in sorted(summary.labels.items())
            if count.matches
        },
        "records": _records(summary, verdict),
        "subjects": _subjects(summary),
        "categories": _categories(summary, verdict),
        "verdict": verdict.to_dict(seen),
        "verdicts": [details(each, seen) for each in verdicts],
        "issues": issues(inputs),
    }


@lru_cache(maxsize=64)
def _why_told(why: Why) -> dict[str, Any]:
    """As the document has it; the same for all inputs that were read alike, of which there may be very many."""
    return asdict(why)


def input_entry(record: InputRecord, tables: Sequence[TableTally]) -> dict[str, Any]:
    """The entry of an input: what was read of it, and how; ``tables``: those that it has."""
    first = tables[0].table if tables else None
    return {
        "path": record.path,
        "member": record.member,
        "size": record.size,
        "bytes_read": record.bytes_read,
        "sha256": record.sha256,
        "sm3": record.sm3,
        "sha256_after": record.sha256_after,
        "format": first.format if first else record.format,
        "encoding": first.encoding if first else None,
        "delimiter": first.delimiter if first else None,
        "has_header": first.has_header if first else None,
        "why": _why_told(first.why if first and first.why else Why()),
        "rows": sum(table.rows + table.damaged for table in tables),
        "rows_damaged": sum(table.damaged for table in tables),
        "rows_blank": sum(table.blank for table in tables),
        "status": record.status,
        "reasons": ([record.failure] if record.failure else []) + [issue.what for issue in record.issues],
    }


def _columns(
    tally: Tally,
    summary: Summary,
    detectors: Mapping[str, Detector],
    roles: Mapping[TableKey, Sequence[str | None]],
) -> Any:
    for (source, name), table in sorted(
        tally.tables.items(), key=lambda item: (item[0][0], item[0][1] or "")
    ):
        order = [index for index in sorted(table.columns) if index != LOOSE]
        if LOOSE in table.columns and table.columns[LOOSE].labels:
            order.append(LOOSE)
        for index in order:
            column = table.columns[index]
            key = (source, name, index)
            decisions = summary.decisions[key]
            role = (
                None
                if index == LOOSE
                else roles[source, name][index] or content_role(column, decisions, detectors)
            )
            yield {
                "input": source,
                "table": name,
                "index": None if index == LOOSE else index,
                "name": None if index == LOOSE else table.table.columns[index],
                "cells": column.cells,
                "nonempty": column.nonempty,
                "role": role,
                "role_from": _role_from(role, index, table.table, roles[source, name]),
                "labels": [
                    found
                    for label, names in _by_label(column, detectors).items()
                    # Without a candidate of its own a detector has nothing to say.
                    if (found := _label(label, names, column, decisions, summary, key))["candidates"]
                    or found["valid"]
                ],
            }


def _role_from(role: str | None, index: int, table: Table, known: Sequence[str | None]) -> str | None:
    """What told the role: the ``header``, the ``content`` of the table's head, or the ``values`` that were accepted."""
    if role is None:
        return None
    if index == LOOSE or known[index] is None:
        return "values"
    return "content" if table.content_roles and table.content_roles[index] else "header"


def _mute(
    columns: Sequence[Mapping[str, Any]],
    detectors: Sequence[Detector],
    roles: Mapping[TableKey, Sequence[str | None]],
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
        role = roles[column["input"], column["table"]][column["index"]]
        if role not in labels or any(found["decision"] == "accepted" for found in column["labels"]):
            continue
        tried = [found for found in column["labels"] if found["label"] in labels[role]]
        nothing: Mapping[str, Any] = {}
        most = max(tried, key=lambda found: int(found["candidates"]), default=nothing)
        yield {
            **{key: column[key] for key in ("input", "table", "index", "name")},
            "role": role,
            "nonempty": column["nonempty"],
            "refused": most.get("refused", {}),
        }


def _about_company(column: Mapping[str, Any]) -> bool:
    if str(column["role"]).startswith("company_"):
        return True
    return any(found["label"] == "uscc" and found["decision"] == "accepted" for found in column["labels"])


def _by_label(column: ColumnTally, detectors: Mapping[str, Detector]) -> dict[str, list[str]]:
    """Detector names by label; a label that two detectors find (18 and 15 digits) is one entry."""
    names: dict[str, list[str]] = {}
    for name in sorted(column.labels, key=lambda name: (detectors[name].label, detectors[name].rank, name)):
        names.setdefault(detectors[name].label, []).append(name)
    return names


def _label(
    label: str,
    names: Sequence[str],
    column: ColumnTally,
    decisions: Mapping[str, Decision],
    summary: Summary,
    key: tuple[int, str | None, int],
) -> dict[str, Any]:
    """One label of a column: of several detectors, those that are accepted, or else all."""
    chosen = [name for name in names if decisions[name].accepted] or list(names)
    stats = [column.labels[name] for name in chosen]
    facts = chosen + [
        name for name in decisions if name not in chosen and base(name) in chosen and decisions[name].accepted
    ]
    more = sum(matches(column.labels[base(name)], name) for name in facts[len(chosen) :])
    refused: dict[str, int] = {}
    for tally in stats:
        for reason, count in tally.refused.items():
            refused[reason] = refused.get(reason, 0) + count
    decision = decisions[chosen[0]]
    return {
        "label": label,
        "candidates": sum(tally.candidates for tally in stats),
        "valid": sum(tally.valid for tally in stats) + more,
        "probable": more,
        "distinct": sum(summary.distinct.get((key, name), 0) for name in facts),
        "rows": sum(summary.column_rows.get((key, name), 0) for name in facts),
        "decision": "accepted" if decision.accepted else "rejected",
        "code": decision.code,
        "reason": "; ".join(decisions[name].reason for name in facts),
        "refused": dict(sorted(refused.items())),
        "damaged": max(0, sum(damaged(column.labels[name], decisions[name]) for name in chosen) - more),
        "samples": [text for tally in stats for _, text in tally.samples][:3],
    }


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
    share = {
        name: tally.whole
        for name, tally in column.labels.items()
        if decisions[name].accepted and 2 * tally.whole >= column.nonempty
    }
    if not share:
        return None
    label = detectors[max(share, key=lambda name: (share[name], -detectors[name].rank))].label
    return LABEL_ROLES.get(label, label)


def _records(summary: Summary, verdict: TierVerdict) -> dict[str, Any]:
    """Rows and records, stage by stage. ``deducted``: from which readings a stage is taken off."""
    profiles = summary.profile_distinct
    distinct, counted = sum(profiles.values()), sum(verdict.counted.values())
    unsound = sum(
        count
        for held, count in profiles.items()
        if any(name.endswith("!") for name in held)
        and _counts(held, verdict, "main")
        and not _counts(held, verdict, "low")
    )
    standing = sum(
        count
        for held, count in profiles.items()
        if "trajectory.standing" in held and not _counts(held, verdict, "main")
    )
    nameless = summary.nameless
    unidentified = summary.rows - summary.damaged - summary.identifiable - nameless.total()
    stages = [
        ("rows", summary.rows, "never"),
        ("damaged", summary.damaged, "always"),
        ("not_identifiable", unidentified, "always"),
        ("fails_checks", unsound, "low"),
        *((name, nameless[name], "always") for name in ("placeholders", "masked", "company")),
        ("exact_duplicates", summary.identifiable - distinct, "always"),
        ("likely_duplicates", summary.alike, "never"),
        ("standing_points", standing, "low_main"),
        ("not_counted", distinct - counted - standing, "always"),  # what the main reading counts at no tier
        ("counted", counted, "never"),
    ]
    return {
        "rows": summary.rows,
        "identifiable": summary.identifiable,
        "distinct": distinct,
        "counted": counted,
        "stages": [{"name": name, "rows": rows, "deducted": deducted} for name, rows, deducted in stages],
    }


def _counts(held: Profile, verdict: TierVerdict, reading: str) -> bool:
    """Does a record that holds these elements count in a reading?"""
    alone = evaluate({held: 1}, verdict.policy)
    found: Reading = getattr(alone, reading)
    return sum(found.counts.values()) > 0


def _subjects(summary: Summary) -> dict[str, Any]:
    persons = summary.persons
    return {
        "distinct": persons.distinct,
        "unlinked": summary.unlinked,
        "conflicts": persons.conflicts,
        "conflict_examples": [
            {"label": each.label, "masked": mask(each.label, number_text(each.number)), "names": each.names}
            for each in persons.examples
        ],
    }


def _categories(summary: Summary, verdict: TierVerdict) -> dict[str, Any]:
    policy = verdict.policy
    rows, distinct = _folded(summary.profile_rows), _folded(summary.profile_distinct)
    sound_rows, sound = _folded(_sound(summary.profile_rows)), _folded(_sound(summary.profile_distinct))
    persons = _folded(summary.persons.profiles)
    return {
        category: {
            "tier": policy.tier(category, "main"),
            "records": rows[category],
            "distinct": distinct[category],
            "records_unsound": rows[category] - sound_rows[category],
            "distinct_unsound": distinct[category] - sound[category],
            "counted": verdict.counted.get(category, 0),
            "persons": persons[category],
            "sensitive": state(category),
        }
        for category in sorted({*rows, *distinct})
    }


def _sound(profiles: Mapping[Profile, int]) -> Counter[Profile]:
    """The same records by what they hold without the numbers that fail their checks."""
    counts: Counter[Profile] = Counter()
    for profile, records in profiles.items():
        counts[frozenset(name for name in profile if not name.endswith("!"))] += records
    return counts


def _folded(profiles: Mapping[Profile, int]) -> Counter[str]:
    """Records by category; elements (``property.income``, ``identity!``) count for theirs, once."""
    counts: Counter[str] = Counter()
    for profile, records in profiles.items():
        for category in {name.rstrip("!").partition(".")[0] for name in profile}:
            counts[category] += records
    return counts


def issues(inputs: Sequence[InputRecord]) -> list[dict[str, Any]]:
    """What was survived, in the order of the inputs."""
    found = []
    for index, record in enumerate(inputs):
        if record.failure:
            found.append({"input": index, "row": None, "what": record.failure, "rows_lost": 0})
        found += [
            {"input": index, "row": issue.row, "what": issue.what, "rows_lost": issue.rows_lost}
            for issue in record.issues
        ]
    return found
