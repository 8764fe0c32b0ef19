"""A slow, plain scan: files to the counts and the verdict that the report's JSON must have (docs/contract.md).

It shares nothing with the scanner but the knowledge under patterns/.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from reference import columns, content, files, headers, persons, reading, rows, sums, texts, tracks
from reference.columns import Column

POINT = "@point"  # in a person's profile, until it is known whether the person moves
VALUE_ROLES = {
    "resident_id": "id_number", "mobile_phone": "mobile", "landline_phone": "phone", "person_name": "name",
    "license_plate": "plate", "mac_address": "mac", "ip_address": "ip", "passport": "document_number",
    "uscc": "company_id",
}  # fmt: skip


@dataclass
class Scanned:
    """A table with its columns; ``loose``: the damaged lines as a column."""

    number: int  # of its input
    table: reading.Table
    columns: list[Column]
    loose: Column | None
    roles: list[str | None]
    role_facts: dict[str, set[int]] = field(default_factory=dict)
    profiles: list[frozenset[str]] = field(default_factory=list)


def scan(paths: Sequence[Path], as_of: date, given: reading.Given | None = None) -> dict[str, Any]:
    """The parts of the JSON report that the reference can tell."""
    inputs = [each for path in paths for each in files.read(path, given or reading.Given(), as_of)]
    tables = [_scan_table(n, table, as_of) for n, each in enumerate(inputs) for table in each.tables]
    count = Counts()
    for each in tables:
        count.rows_of(each)
    count.persons()
    count.records()
    return {
        "inputs": [_input(each) for each in inputs],
        "columns": {
            f"{each.number}/{each.table.table}/{column.index}": _column(column)
            for each in tables
            for column in _all(each)
        },
        "labels": _labels(tables),
        "findings": _findings(tables),
        **count.result(),
    }


def _all(each: Scanned) -> list[Column]:
    return each.columns + ([each.loose] if each.loose and each.loose.seen else [])


def _scan_table(number: int, table: reading.Table, as_of: date) -> Scanned:
    roles = [headers.sure_role(name) for name in table.names]
    told = content.roles(table, roles)
    roles = [role or by_cells for role, by_cells in zip(roles, told, strict=True)]
    found = [Column(n, name, roles[n], table.kinds[n]) for n, name in enumerate(table.names)]
    scanned = Scanned(number, table, found, None, roles)
    for column in found:
        cells = [row[column.index] for row in table.rows]  # type: ignore[index]
        columns.scan(column, cells, as_of)
        columns.decide(column)
        if column.role in rows.fact_roles():
            held = {
                n for n, raw in enumerate(cells)
                if raw and texts.is_filled(raw) and texts.is_plausible(raw, column.role or "")
            }  # fmt: skip
            scanned.role_facts.setdefault(f"role:{column.role}", set()).update(held)
    if table.loose:
        scanned.loose = Column(None, None, None, "text")
        columns.scan(scanned.loose, table.loose, as_of)
        columns.decide(scanned.loose)
    return scanned


# What a point that does not move is instead of a trajectory.
STILL = {tracks.STANDING: "trajectory.standing", tracks.LONE: "other_safety"}


class Counts:
    """Rows, records and persons over all tables."""

    def __init__(self) -> None:
        self.rows = self.damaged = self.identifiable = 0
        self.instead: Counter[str] = Counter()
        self.profile_rows: Counter[frozenset[str]] = Counter()
        self.records_held: dict[object, set[str]] = defaultdict(set)  # elements by record
        self.alike: dict[object, object] = {}
        self.mentioned: dict[persons.Mention, set[str]] = defaultdict(set)
        self.linked: set[object] = set()
        self.points: list[tuple[persons.Mention | None, int, object, object, frozenset[str]]] = []
        self.rows_of_tracks: list[tuple[int | None, frozenset[str]]] = []  # places in ``points``

    def rows_of(self, each: Scanned) -> None:
        """Adds the rows of a table."""
        table = each.table
        self.rows += len(table.rows) + len(table.loose)
        self.damaged += len(table.loose)
        facts: list[set[str]] = [set() for _ in table.rows]
        unsound: list[set[str]] = [set() for _ in table.rows]
        dummies: list[set[str]] = [set() for _ in table.rows]
        linking: list[list[persons.Fact]] = [[] for _ in table.rows]
        for role, held in each.role_facts.items():
            for n in held:
                facts[n].add(role)
        coordinates = set()
        for column in each.columns:
            assert column.index is not None
            for _, seen in sorted(column.seen.items()):
                label = seen.detector.label
                if label == "coordinate":
                    coordinates.add(column.index)
                for kind, values in sorted(seen.values.items()):
                    if not seen.accepted[kind]:
                        continue
                    own: dict[int, list[str]] = defaultdict(list)
                    for value in values:
                        if kind or not value.dummy:
                            own[value.row].append(value.key)
                    for n, keys in own.items():
                        facts[n].add(label)
                        if label in persons._subjects()[0] or label == persons._subjects()[3]:
                            named = each.roles[column.index] in seen.detector.roles
                            whole = named or 2 * seen.whole >= seen.valid
                            if (names := column.seen.get("person_name")) and names.accepted[""]:
                                whole = whole or 2 * names.whole >= column.nonempty
                            linking[n].append(persons.Fact(column.index, label, whole, tuple(keys)))
                for mark, marked in seen.marks.items():
                    near = (
                        seen.damaged > 0
                        if mark == "!"
                        else seen.accepted[""] or column.role in seen.detector.roles
                    )
                    for n in marked if near else ():
                        (unsound if mark == "!" else dummies)[n].add(label)
        where = tracks.Columns.of(each.roles, coordinates)
        of_table = persons.columns(linking)
        for n, row in enumerate(table.rows):
            held_facts = frozenset(facts[n])
            profile = rows.with_unsound(held_facts, frozenset(unsound[n]))
            each.profiles.append(profile)
            record = tuple(texts.same_cell(columns.text(raw)) for raw in row)
            ways = persons.mentions(linking[n], of_table) if linking[n] else []
            is_point = "trajectory" in profile
            held = profile - {"trajectory"} | {POINT} if is_point else profile
            for way in ways:
                for mention in way:
                    self.mentioned[mention] |= held
            if not profile:
                instead = rows.instead(held_facts, frozenset(dummies[n]))
                self.instead.update([instead] if instead else [])
                continue
            self.identifiable += 1
            tracked = is_point and where.tell()
            if is_point:
                self.rows_of_tracks.append((len(self.points) if tracked else None, profile))
            else:
                self.profile_rows[profile] += 1
            self.records_held[record] |= profile
            self.alike[record] = tuple(texts.alike_cell(columns.text(raw)) for raw in row)
            if ways and ways[0]:
                self.linked.add(record)
            if tracked:
                first = ways[0][0] if ways and ways[0] else None
                self.points.append((first, tracks.moment(row, where), tracks.place(row, where), record, held))

    def persons(self) -> None:
        """Unites the mentions and tells the points apart."""
        self.people = persons.People(set(self.mentioned))
        found = [
            tracks.Point(None if one is None else self.people.person(one), *more)
            for one, *more in self.points
        ]
        self.classes, kinds, moving = tracks.classify(found)
        for at, profile in self.rows_of_tracks:
            instead = STILL.get(tracks.LONE if at is None else kinds[at])
            self.profile_rows[profile - {"trajectory"} | {instead} if instead else profile] += 1
        held: dict[object, set[str]] = defaultdict(set)
        for mention, names in self.mentioned.items():
            held[self.people.person(mention)] |= names
        self.person_profiles = {}
        for person, names in held.items():
            points = {"trajectory" if person in moving else "other_safety"} if POINT in names else set()
            self.person_profiles[person] = frozenset(names - {POINT} | points)

    def records(self) -> None:
        """What each distinct record holds, now that points are told apart."""
        self.profiles: Counter[frozenset[str]] = Counter()
        for record, names in self.records_held.items():
            profile = plain = frozenset(names)
            track = self.classes.get(record)
            if "trajectory" in names and track != tracks.MOVING:
                profile = plain - {"trajectory"} | {STILL[track or tracks.LONE]}
            self.profiles[profile] += 1

    def result(self) -> dict[str, Any]:
        """The report's records, subjects, categories and verdict."""
        distinct = self.profiles.total()
        counted = sum(n for held, n in self.profiles.items() if sums.top(held, "main"))
        unsound = sum(
            n for held, n in self.profiles.items()
            if any(name.endswith("!") for name in held) and sums.top(held, "main") and not sums.top(held, "low")
        )  # fmt: skip
        standing = sum(
            n
            for held, n in self.profiles.items()
            if "trajectory.standing" in held and not sums.top(held, "main")
        )
        nobody = self.rows - self.damaged - self.identifiable - self.instead.total()
        stages = {
            "rows": self.rows,
            "damaged": self.damaged,
            "not_identifiable": nobody,
            "fails_checks": unsound,
            **{name: self.instead[name] for name in ("placeholders", "masked", "company")},
            "exact_duplicates": self.identifiable - distinct,
            "likely_duplicates": distinct - len(set(self.alike.values())),
            "standing_points": standing,
            "not_counted": distinct - counted - standing,
            "counted": counted,
        }
        return {
            "records": {
                "rows": self.rows,
                "identifiable": self.identifiable,
                "distinct": distinct,
                "counted": counted,
            },
            "stages": stages,
            "subjects": {
                "distinct": self.people.distinct,
                "unlinked": distinct - len(self.linked & self.records_held.keys()),
                "conflicts": self.people.conflicts,
            },
            "categories": self._categories(),
            "verdict": sums.readings(self.profiles),
        }

    def _categories(self) -> dict[str, dict[str, int]]:
        parts = {
            "records": _folded(self.profile_rows),
            "distinct": _folded(self.profiles),
            "persons": _folded(Counter(self.person_profiles.values())),
        }
        sound = [_folded(_sound(each)) for each in (self.profile_rows, self.profiles)]
        counted: Counter[str] = Counter()
        for held, n in self.profiles.items():
            if category := sums.category_at(held):
                counted[category] += n
        return {
            name: {
                **{part: counts[name] for part, counts in parts.items()},
                "records_unsound": parts["records"][name] - sound[0][name],
                "distinct_unsound": parts["distinct"][name] - sound[1][name],
                "counted": counted[name],
            }
            for name in sorted({name for part in ("records", "distinct") for name in parts[part]})
        }


def _folded(profiles: Counter[frozenset[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for held, n in profiles.items():
        found.update(dict.fromkeys({each.rstrip("!").partition(".")[0] for each in held}, n) if n else {})
    return found


def _sound(profiles: Counter[frozenset[str]]) -> Counter[frozenset[str]]:
    found: Counter[frozenset[str]] = Counter()
    for held, n in profiles.items():
        found[frozenset(name for name in held if not name.endswith("!"))] += n
    return found


def _input(each: files.Input) -> dict[str, Any]:
    loose = sum(len(table.loose) for table in each.tables)
    return {
        "format": each.format,
        "encoding": each.encoding,
        "delimiter": each.delimiter,
        "has_header": each.has_header,
        "rows": sum(len(table.rows) for table in each.tables) + loose,
        "rows_damaged": loose,
        "rows_blank": sum(table.blank for table in each.tables),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "cells": column.cells,
        "nonempty": column.nonempty,
        "role": None if column.index is None else column.role or _role_of_values(column),
        "labels": {
            label: found for label, names in _by_label(column).items() if (found := _label(column, names))
        },
    }


def _by_label(column: Column) -> dict[str, list[str]]:
    order = sorted(
        column.seen.values(), key=lambda seen: (seen.detector.label, seen.detector.rank, seen.detector.name)
    )
    names: dict[str, list[str]] = {}
    for seen in order:
        names.setdefault(seen.detector.label, []).append(seen.detector.name)
    return names


def _label(column: Column, names: list[str]) -> dict[str, Any] | None:
    """One label of a column: of several detectors those that are accepted, or else all."""
    chosen = [column.seen[name] for name in names if column.seen[name].accepted[""]]
    chosen = chosen or [column.seen[name] for name in names]
    more = [(seen, kind) for seen in chosen for kind in seen.values if kind and seen.accepted[kind]]
    values = [seen.values.get("", []) for seen in chosen] + [seen.values[kind] for seen, kind in more]
    probable = sum(len(seen.values[kind]) for seen, kind in more)
    refused: Counter[str] = Counter()
    for seen in chosen:
        refused.update(seen.refused)
    candidates = sum(seen.candidates for seen in chosen)
    valid = sum(seen.valid for seen in chosen) + probable
    accepted = chosen[0].accepted[""]
    if not candidates and not valid:
        return None
    return {
        "candidates": candidates,
        "valid": valid,
        "probable": probable,
        "distinct": sum(len({value.key for value in some}) for some in values),
        "rows": sum(len({value.row for value in some}) for some in values) if accepted else 0,
        "decision": "accepted" if accepted else "rejected",
        "code": chosen[0].code,
        "refused": dict(sorted(refused.items())),
        "damaged": max(0, sum(seen.damaged for seen in chosen) - probable),
    }


def _role_of_values(column: Column) -> str | None:
    """The label that fills at least half of the cells, as a role."""
    share = [
        (seen.whole, -seen.detector.rank, seen.detector.label)
        for seen in column.seen.values()
        if seen.accepted[""] and 2 * seen.whole >= column.nonempty
    ]
    label = max(share)[2] if share else None
    return VALUE_ROLES.get(label, label) if label else None


def _labels(tables: Sequence[Scanned]) -> dict[str, dict[str, int]]:
    """Accepted values over all inputs."""
    matches: Counter[str] = Counter()
    held: dict[str, set[tuple[int, bool, int]]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    for number, each in enumerate(tables):
        for column in _all(each):
            for seen in column.seen.values():
                for kind, some in seen.values.items():
                    if seen.accepted[kind]:
                        label = seen.detector.label
                        matches[label] += len(some)
                        held[label] |= {(number, column.index is None, value.row) for value in some}
                        values[label] |= {value.key for value in some}
    return {
        label: {"matches": matches[label], "rows": len(held[label]), "distinct": len(values[label])}
        for label in sorted(matches)
    }


def _findings(tables: Sequence[Scanned]) -> dict[str, bool]:
    """Whether each match is accepted, by where it lies: input, table, row, column, bytes, label.

    Not those that are not accepted and lie on one of the same label that is: two detectors found it.
    """
    found: dict[str, bool] = {}
    for each in tables:
        numbers = each.table.numbers or list(range(len(each.table.rows)))
        for column in _all(each):
            rows_of = each.table.loose_numbers if column.index is None else numbers
            held: dict[tuple[int, str], list[tuple[int, int, bool]]] = defaultdict(list)
            for seen in column.seen.values():
                for kind, values in seen.values.items():
                    for value in values:
                        one = value.start, value.end, seen.accepted[kind]
                        held[value.row, seen.detector.label].append(one)
            for (row, label), spans in held.items():
                sound = [(start, end) for start, end, accepted in spans if accepted]
                for start, end, accepted in spans:
                    if accepted or not any(start < last and first < end for first, last in sound):
                        place = f"{each.number}/{each.table.table}/{rows_of[row]}/{column.index}"
                        found[f"{place}/{start}-{end}/{label}"] = accepted
    return found
