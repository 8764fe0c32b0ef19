"""The one document that every report is rendered from: the keys of docs/contract.md, and the figures behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from scanner.document.column_entries import column_entries, mute_entries
from scanner.masking import mask
from scanner.model import Detector, Issue, Why
from scanner.policy import COMPANY, Reading, TierVerdict, Verdict, details, evaluate
from scanner.policy.sensitive_table import state
from scanner.store.keys import number_text
from scanner.store.packed import listed
from scanner.summary.summarise import Summary
from scanner.tallies.row_facts import Profile
from scanner.tallies.tally import TableKey, TableTally, Tally

SCHEMA_VERSION = 1


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
    def identity(self) -> tuple[str, ...]:
        """By what inputs are told apart and put in order: their bytes, or their names where no digest is known."""
        name = self.member or ""
        return self.sha256 or f"{self.path} {name}", self.path, name

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
    folder = tally.store.folder
    columns = listed(column_entries(tally, summary, {d.name: d for d in detectors}, roles), folder)
    seen = frozenset({COMPANY}) if any(_about_company(column) for column in columns) else frozenset()
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": dict(tool),
        "options": dict(options),
        "inputs": listed(
            (input_entry(*each) for each in zip(inputs, tally.by_input(len(inputs)), strict=True)), folder
        ),
        "columns": columns,
        "mute": listed(mute_entries(columns, detectors), folder),
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
        "issues": listed(issues(inputs), folder),
    }


@lru_cache(maxsize=64)
def _why_told(why: Why) -> dict[str, Any]:
    """As the document has it; the same for all inputs that were read alike, of which there may be very many."""
    return why._asdict()


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


def _about_company(column: Mapping[str, Any]) -> bool:
    if str(column["role"]).startswith("company_"):
        return True
    return any(found["label"] == "uscc" and found["decision"] == "accepted" for found in column["labels"])


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
    return {  # points that turn out to be no track may leave a profile without rows
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
        for category in sorted({*+rows, *+distinct})
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


def issues(inputs: Iterable[InputRecord]) -> Iterator[dict[str, Any]]:
    """What was survived, in the order of the inputs."""
    for index, record in enumerate(inputs):
        if record.failure:
            yield {"input": index, "row": None, "what": record.failure, "rows_lost": 0}
        for issue in record.issues:
            yield {"input": index, "row": issue.row, "what": issue.what, "rows_lost": issue.rows_lost}
