"""Why one row of one file counts as it does, from its cells to the tier in each reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import scanner
from scanner import categories, knowledge
from scanner import policy as policies
from scanner.document.build import SCHEMA_VERSION, InputRecord, input_entry
from scanner.errors import ScannerError, SourceError
from scanner.explaining.row_cells import Judged, cells_of_row, columns_told, first_line
from scanner.explaining.rule_trace import held_by, lacking
from scanner.model import Batch, Cells, Issue, Member
from scanner.policy.rows import rows_of
from scanner.reports.totals import input_name
from scanner.run import job
from scanner.scanning.records import Found, Job, row_numbers, scan_batch
from scanner.sources.file import STDIN
from scanner.store.keys import alike_rows, row_keys
from scanner.summary.summarise import record_elements
from scanner.tallies.row_facts import RowFacts, table_facts
from scanner.tallies.tally import Tally

TWINS_TOLD = 20  # rows of the same content
NEAREST = 3  # categories whose lack is told


class _Sought(NamedTuple):
    """The row: its batch and its place there; ``loose``: among the damaged lines; ``member``: of an archive."""

    batch: Batch
    place: int
    loose: bool
    member: str | None = None


class Place(NamedTuple):
    """Where in a file a row lies: in this member of an archive, in this table (sheet); None: the first that has it."""

    member: str | None = None
    table: str | None = None


NOWHERE = Place()
MOST_NAMED = 20  # columns, members or tables that are named where the one asked for is not there


def explain_row(
    path: str, row: int, options: job.Options, others: Sequence[str] = (), place: Place = NOWHERE
) -> dict[str, Any]:
    """The document of an explanation (docs/explain.md).

    ``row`` counts from 0, as in the findings, without the header; ``others``: files in which the same record is looked
    for, too. Raises ScannerError where a file cannot be read, or the file has no such row.
    """
    options = replace(options, as_of=options.day())
    asked = [policies.load(name) for name in options.policy_names()]
    seeker = job.job_of(options)
    sought = _find(path, row, options, place)
    inputs = job.file_inputs([path, *others], options)
    twins, likely, sink = _twin_finder(sought, seeker)
    tally, summary, roles, entries = job.scanned(inputs, options, seeker, sink)
    own = _entry(entries, sought.member)
    for number, record in enumerate(entries.records):
        if record.failure and (number == own or record.member is None):
            raise ScannerError(f"{record.path}: {record.failure}")
    key = (own, sought.batch.table.name)
    alone, found = _alone(sought, seeker)
    judged = Judged(key, seeker, tally, summary, roles[key], options.reveal)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "leaktally", "version": scanner.__version__, "knowledge_sha256": knowledge.sha256()},
        "options": {**job.options_shown(options), "others": list(others)},
        "input": input_entry(
            entries.records[own], [table for (source, _), table in tally.tables.items() if source == own]
        ),
        "table": key[1],
        "row": row,
        "line": row + first_line(sought.batch.table),
        "columns": columns_told(_single(sought), found, judged),
    }
    if sought.loose:
        return document | {"stage": "damaged"}
    (signature,) = alone.tables[0, key[1]].signatures or (frozenset(),)
    by_name = {detector.name: detector for detector in seeker.detectors}
    facts = table_facts([signature], key, tally.tables[key], roles[key], by_name, summary.decisions)
    held = facts.row_facts(signature, categories.elements)
    profile, track = held.profile, None
    if profile:
        profile, track = record_elements(_digest(sought, seeker), tally, summary)
    same, alike = (
        sorted((entries.numbers[source], number) for source, number in found) for found in (twins, likely)
    )
    verdicts = [_verdict(policy, profile, options) for policy in asked] if profile else []
    return document | {
        "stage": _stage(held, profile, same[0] != (own, row), verdicts),
        "facts": sorted(held.facts),
        "unsound": sorted(held.unsound),
        "placeholders": sorted(held.dummies),
        "elements": _elements(held, profile),
        "nearest": _nearest(held, profile, document["columns"]),
        "fails_checks": _only_unsound(verdicts),
        "track": track.removeprefix("@") if track else None,
        "same": _rows_told([each for each in same if each != (own, row)], entries),
        "alike": _rows_told(alike, entries),
        "verdicts": verdicts,
    }


def only_column(document: dict[str, Any], column: str) -> dict[str, Any]:
    """The same with one of its columns, by name or, where none has that name, by number; ScannerError for neither."""
    columns = document["columns"]
    chosen = [each for each in columns if each["name"] == column] or [
        each for each in columns if str(each["index"]) == column
    ]
    if not chosen:
        named = _there_are(each["index"] if each["name"] is None else each["name"] for each in columns)
        raise ScannerError(
            f"{document['input']['path']} has no column {column!r} in row {document['row']}{named}."
        )
    return document | {"columns": chosen}


def _there_are(names: Iterable[object]) -> str:
    """``; there are: ...``, the first of the names; empty where there is none."""
    some = [repr(name) for name in islice(names, MOST_NAMED + 1)]
    more = " and more" if len(some) > MOST_NAMED else ""
    return f"; there are: {', '.join(some[:MOST_NAMED])}{more}" if some else ""


def _entry(entries: job.Entries, member: str | None) -> int:
    """The place of the first file, or of a member of it."""
    pairs = zip(entries.records, entries.inputs, strict=True)
    return next(at for at, (record, index) in enumerate(pairs) if index == 0 and record.member == member)


def _name(record: InputRecord) -> str:
    return input_name({"path": record.path, "member": record.member})


def _find(path: str, row: int, options: job.Options, where: Place) -> _Sought:
    """The row, read up to there and no further."""
    if path == STDIN:
        raise ScannerError("standard input can be read only once; a row of it cannot be explained.")
    inputs = job.file_inputs([path], options)
    first = inputs[0]
    if len(inputs) != 1 or first.record.failure:
        reason = first.record.failure if len(inputs) == 1 else "is a folder; a row is of one file"
        raise ScannerError(f"{path}: {reason}")
    # The report names a member behind its archive; either name will do.
    wanted = where.member and where.member.removeprefix(f"{_name(first.record)} › ")
    count, member, met, tables = 0, None, False, set[str | None]()
    members: dict[str, None] = {}  # the first ones, in their order
    try:
        for item in first.stream():
            if isinstance(item, Issue):
                continue
            if isinstance(item, Member):
                member = item.name
                met = met or member == wanted
                if member is not None and len(members) <= MOST_NAMED:
                    members[member] = None
                continue
            if wanted != member:
                continue
            tables.add(item.table.name)
            if where.table not in (None, item.table.name):
                continue
            loose = np.zeros(0, np.int64) if item.loose_rows is None else item.loose_rows
            sound = row_numbers(item, 0, np.arange(item.size, dtype=np.int32))
            count = max([count, *(int(some[-1]) + 1 for some in (sound, loose) if len(some))])
            for numbers, is_loose in ((sound, False), (loose, True)):
                place = int(np.searchsorted(numbers, row))
                if place < len(numbers) and numbers[place] == row:
                    return _Sought(item, place, is_loose, member)
    except SourceError as error:
        raise ScannerError(f"{path}: {error}") from None
    finally:
        first.finish()
    if members and wanted is None:
        raise ScannerError(
            f"{path} is an archive: say with --member in which of its files the row lies{_there_are(members)}."
        )
    if wanted is not None and not met:
        raise ScannerError(f"{path} has no member {where.member!r}{_there_are(members)}.")
    if where.table is not None and where.table not in tables:
        named = _there_are(sorted(name for name in tables if name))
        raise ScannerError(f"{path} has no table {where.table!r}{named}.")
    rows = f"rows 0 to {count - 1}" if count else "no row at all"
    raise ScannerError(f"{path} has {rows}, so there is no row {row}.")


def _single(sought: _Sought) -> Batch:
    """A batch of this row alone."""
    batch, place = sought.batch, sought.place
    if sought.loose:
        assert batch.loose is not None
        number = np.zeros(1, np.int64)
        return batch._replace(
            size=0, columns=(), loose=Cells.of([batch.loose.raw(place)]), loose_rows=number, rows=None
        )
    columns = tuple(cells_of_row(column, place) for column in batch.columns)
    return batch._replace(size=1, columns=columns, loose=None, loose_rows=None, rows=None, blank=0)


def _alone(sought: _Sought, seeker: Job) -> tuple[Tally, list[Found]]:
    """The tally of this row alone, and what was found in it."""
    tally = Tally()
    return tally, scan_batch(_single(sought), 0, seeker, tally)


def _digests(batch: Batch, seeker: Job) -> NDArray[np.uint64]:
    """uint64[rows, 2]: by what records are told apart, of every row."""
    keys = row_keys(batch, np.ones(1, np.uint64), np.zeros(batch.size, np.int32), seeker.secret)
    return keys[:, :2]


def _digest(sought: _Sought, seeker: Job) -> tuple[int, int]:
    first, second = _digests(sought.batch, seeker)[sought.place].tolist()
    return first, second


def _rows_told(rows: Sequence[tuple[int, int]], entries: job.Entries) -> dict[str, Any]:
    """How many rows, each an entry and a number, and where the first of them are."""
    first = [{"input": _name(entries.records[source]), "row": number} for source, number in rows[:TWINS_TOLD]]
    return {"count": len(rows), "first": first}


def _twin_finder(sought: _Sought, seeker: Job) -> tuple[list[tuple[int, int]], list[tuple[int, int]], Any]:
    """Lists of (input, row) of the same content, and of others that are alike; and what fills them while scanning."""
    twins: list[tuple[int, int]] = []
    likely: list[tuple[int, int]] = []
    wanted = None if sought.loose else np.array(_digest(sought, seeker), np.uint64)

    def sink(source: int, _: int, batch: Batch, __: list[Found]) -> None:
        if wanted is None or not batch.size or not len(batch.columns):
            return
        digests = _digests(batch, seeker)
        same = (digests == wanted).all(axis=1)
        for found, which in ((twins, same), (likely, alike_rows(digests, wanted) & ~same)):
            rows = np.flatnonzero(which).astype(np.int32)
            found.extend((source, int(number)) for number in row_numbers(batch, 0, rows))

    return twins, likely, sink


def _stage(held: RowFacts, profile: frozenset[str], again: bool, verdicts: list[dict[str, Any]]) -> str:
    """The stage of the report (records.stages) at which the row falls out, or "counted"."""
    if not held.profile:
        return held.instead or "not_identifiable"
    if again:
        return "exact_duplicates"
    leading = next((each for each in verdicts if each["kind"] == "tiers"), None)
    if leading is None or leading["readings"]["main"]["tier"] is not None:
        return "counted"
    return "standing_points" if "trajectory.standing" in profile else "not_counted"


def _only_unsound(verdicts: Sequence[dict[str, Any]]) -> bool:
    """Does the low reading alone leave the row out because its number fails its checks?"""
    leading = next((each for each in verdicts if each["kind"] == "tiers"), None)
    if leading is None or leading["readings"]["main"]["tier"] is None:
        return False
    unsound = any(each["name"].endswith("!") for each in leading["basis"])
    return unsound and leading["readings"]["low"]["tier"] is None


def _elements(held: RowFacts, profile: frozenset[str]) -> list[dict[str, Any]]:
    """What the row holds, in the order of the file of categories, each with the rule that holds."""
    told = []
    for category in categories.described():
        for name in (category.name, f"{category.name}!"):
            if name in profile:
                facts = held.facts | held.unsound if name.endswith("!") else held.facts
                terms = held_by(category, facts)
                told.append(
                    {
                        "name": name,
                        "zh": category.zh,
                        "en": category.en,
                        "rule": None
                        if terms is None
                        else [{"term": each.term, "by": list(each.by)} for each in terms],
                    }
                )
    return told


def _nearest(
    held: RowFacts, profile: frozenset[str], columns: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Categories that the row would hold if what its columns offer counted; if it holds nothing, the nearest ones."""
    offered = held.facts | {fact for column in columns for fact in column["offers"]}
    found = []
    for place, category in enumerate(categories.described()):
        if {category.name, f"{category.name}!"} & profile or (category.rest and profile):
            continue
        near = lacking(category, held.facts)
        if near is None or not near.lacks:
            continue
        far = held_by(category, offered) is None
        if not far or not profile:
            found.append(((far, len(near.lacks), -near.there, place), category, near))
    return [
        {
            "name": category.name,
            "zh": category.zh,
            "en": category.en,
            "offered": not far,
            "missing": [{"term": each.term, "any_of": list(each.any_of)} for each in near.lacks],
        }
        for (far, *_), category, near in sorted(found, key=lambda item: item[0])[:NEAREST]
    ]


def _verdict(policy: policies.Policy, profile: frozenset[str], options: job.Options) -> dict[str, Any]:
    """What one record with these elements counts as, in each reading of a policy."""
    shown: dict[str, Any] = {"policy": policy.name, "title": dict(policy.title), "kind": policy.kind}
    counts = policies.Counts({profile: 1}, {profile: 1}, tracked=True)
    if isinstance(policy, policies.LevelPolicy):
        verdict = policies.evaluate(counts, policy)
        return shown | {"readings": {name: verdict.to_dict()[name] for name in policies.READINGS}}
    assert isinstance(policy, policies.TierPolicy)
    ((held, _),) = rows_of(counts, policy, policies.CaseFacts(), "record").all()
    articles = {tier.size: tier.article for tier in policy.tiers}
    readings = {}
    for reading in policies.READINGS:
        tier = min((size for each in held if (size := each.tier(reading))), default=None)
        deciding = next((each for each in held if tier and each.tier(reading) == tier), None)
        readings[reading] = {
            "tier": tier,
            "article": articles.get(tier) if tier else None,
            "decided_by": deciding.name if deciding else None,
            "also": [
                {"name": each.name, "tier": each.tier(reading) or None} for each in held if each != deciding
            ],
        }
    basis = [
        {
            "name": each.name,
            "zh": each.zh,
            "en": each.en,
            "article": each.article,
            "certainty": each.certainty,
            "basis": {"zh": each.basis, "en": each.basis_en},
        }
        for each in held
    ]
    return shown | {"readings": readings, "basis": basis}
