"""What a whole column says: its values by detector, and which are accepted (docs/contract.md, decision codes)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from math import comb, log
from typing import NamedTuple

from reference import headers
from reference.detectors import Detector, detectors
from reference.identifiers import Candidate
from reference.texts import decoded, is_filled

FAULTS = ("future_date", "region_abolished", "unassigned", "length", "reserved")
PASSES = (
    "format", "checksum", "date", "region", "prefix", "bin", "road", "number", "estate", "building", "room", "village",
    "surname", "header",
)  # fmt: skip
ENOUGH, VARIETY = 20, 64
NEAR_PERFECT = 0.9
DATED = re.compile(r"1\d(?:0[1-9]|1[0-2])[0-3]")
LOSING = ("resident_id", "foreign_resident_id", "hmt_residence_permit", "bank_card")


class Value(NamedTuple):
    """A match: ``row`` in the table's rows (or damaged lines), its ``key``, whether it is a placeholder, its bytes."""

    row: int
    key: str
    dummy: bool
    start: int
    end: int


@dataclass
class Seen:
    """One detector in one column. ``values``: of each kind: "" valid, "?" probable, "|NAME" covered by NAME."""

    detector: Detector
    candidates: int = 0
    valid: int = 0
    based: int = 0
    whole: int = 0
    dated: int = 0
    values: dict[str, list[Value]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    contested: Counter[str] = field(default_factory=Counter)
    marks: dict[str, set[int]] = field(default_factory=dict)  # rows by "!", "#" or "~"
    accepted: dict[str, bool] = field(default_factory=dict)
    code: str = ""

    @property
    def variety(self) -> int:
        return len({value.key for value in self.values.get("", ())})

    @property
    def damaged(self) -> int:
        if not self.accepted.get("") or self.valid < NEAR_PERFECT * self.candidates:
            return 0
        return self.candidates - self.valid


@dataclass
class Column:
    """``index`` None: the damaged lines of a table."""

    index: int | None
    name: str | None
    role: str | None
    kind: str
    cells: int = 0
    nonempty: int = 0
    seen: dict[str, Seen] = field(default_factory=dict)


def overlap(one: Candidate, other: Candidate) -> bool:
    return one.start < other.end and other.start < one.end


def fills(raw: bytes, found: Candidate) -> bool:
    front, behind = raw[: found.start], raw[found.end :]
    return all(b <= 0x20 or b in b"'\"=" for b in front) and all(b <= 0x20 or b in b"'\"" for b in behind)


def refusal(found: Candidate, required: frozenset[str]) -> str:
    for fault in FAULTS:
        if fault in found.faults:
            return fault
    return next(name for name in PASSES if name in required and name not in found.passes)


def scan(column: Column, cells: Sequence[bytes | None], as_of: date) -> None:
    """Looks for every detector's values in the cells; None is a null."""
    for row, raw in enumerate(cells):
        column.cells += 1
        raw = raw or b""
        column.nonempty += is_filled(raw)
        if raw:
            _scan_cell(column, row, raw, as_of)


@lru_cache(maxsize=1 << 15)
def found_in(raw: bytes, as_of: date) -> list[tuple[Detector, list[Candidate]]]:
    """What every detector finds in a cell, by rank; the same cell is looked at once."""
    return [(each, found) for each in detectors(as_of) if (found := each.find(raw))]


def _scan_cell(column: Column, row: int, raw: bytes, as_of: date) -> None:
    taken: list[tuple[str, list[Candidate]]] = []  # what better ranks found valid
    rivals: list[tuple[str, list[Candidate]]] = []  # and what failed with them
    for detector, found in found_in(raw, as_of):
        if detector.header_only and column.role not in detector.roles:
            continue
        left = list(found)
        covered: dict[str, list[Candidate]] = {}
        for name, others in taken:
            under = [each for each in left if any(overlap(each, other) for other in others)]
            if under:
                left = [each for each in left if each not in under]
                some = [each for each in under if detector.required <= each.passes]
                if some:
                    covered[f"|{name}"] = some
        if not left and not covered:
            continue
        seen = column.seen.setdefault(detector.name, Seen(detector))
        valid = [each for each in left if detector.required <= each.passes]
        failed = [each for each in left if each not in valid]
        based = [each for each in failed if detector.basis and detector.basis <= each.passes]
        sound = [each for each in failed if "placeholder" not in each.faults]
        probable = [each for each in sound if detector.lenient and detector.lenient <= each.passes]
        seen.candidates += len(left)
        seen.valid += len(valid)
        seen.based += (len(valid) + len(based)) if detector.basis else 0
        seen.dated += sum(
            DATED.match(each.key) is not None for each in valid if detector.name == "mobile_phone"
        )
        filled = sum(fills(raw, each) for each in valid)
        seen.whole += bool(valid) if detector.name == "person_name" else filled
        for each in failed:
            seen.refused[refusal(each, detector.required)] += 1
        for name, others in rivals:
            seen.contested[name] += sum(any(overlap(each, other) for other in others) for each in valid)
        if based:
            rivals.append((detector.name, based))
        for each in left:
            dummy = "placeholder" in each.faults
            if each in valid:
                mark = "#" if dummy else ""
            elif dummy:
                mark = "~"
            else:
                unsound = each in based and each not in probable and not lost_digits(detector, each)
                mark = "!" if unsound else ""
            if mark:
                seen.marks.setdefault(mark, set()).add(row)
        for kind, some in {"": valid, **covered, "?": probable}.items():
            values = [
                Value(row, each.key, "placeholder" in each.faults, each.start, each.end) for each in some
            ]
            if values:
                seen.values.setdefault(kind, []).extend(values)
        if valid:
            taken.append((detector.name, valid))


def lost_digits(detector: Detector, each: Candidate) -> bool:
    """An identity number or card of 18 digits and more, of which 15 were kept: counted apart and nowhere else."""
    loses = detector.label in LOSING and not detector.name.startswith("resident_id_15")
    return loses and len(each.key) >= 18 and each.key.isdigit() and not each.key[15:].strip("0")


@cache
def likelier_than_chance(valid: int, based: int, chance: float) -> bool:
    """Do passes fit identifiers, of which up to half are damaged, better than random digits?"""
    rate = max(0.5, (1 + chance) / 2)
    return valid * log(rate / chance) + (based - valid) * log((1 - rate) / (1 - chance)) > 0


def by_chance(valid: int, based: int, chance: float) -> float:
    """How often so many or more of random numbers pass."""
    return sum(comb(based, k) * chance**k * (1 - chance) ** (based - k) for k in range(valid, based + 1))


def _code(column: Column, seen: Seen) -> str:
    detector = seen.detector
    agrees = column.role in detector.roles
    telling = detector.basis - {"format"} and 2 * seen.based >= seen.candidates
    if column.kind == "float" and telling and 2 * seen.candidates >= column.nonempty:
        return "float"
    if not seen.valid:
        return "none_valid"
    if detector.header_only and not agrees:
        return "header_only"
    about = headers.subject(column.name)
    other = about and about not in detector.roles and not detector.other_headers
    other = other or about in detector.none_under
    if other or (seen.valid < ENOUGH and about in detector.words_under):
        return "other_header"
    if column.role in detector.few_under and 2 * seen.whole > column.nonempty:
        return "too_many"
    if detector.chance and seen.based:
        strays = not agrees and seen.based <= detector.strays * seen.candidates and seen.based <= 100
        rare = strays and by_chance(seen.valid, seen.based, detector.chance) >= 0.02
        if rare or not likelier_than_chance(seen.valid, seen.based, detector.chance):
            return "chance"
    if not agrees and seen.valid >= ENOUGH and seen.dated >= NEAR_PERFECT * seen.valid:
        return "dated"
    if not agrees and seen.whole < detector.whole * column.nonempty:
        return "too_few"
    if not agrees and seen.valid < detector.pure * seen.candidates:
        return "too_few"
    if not agrees and seen.valid >= ENOUGH and seen.variety < min(VARIETY + 1, detector.variety * seen.valid):
        return "repetitive"
    return "accepted"


def decide(column: Column) -> None:
    """Sets ``accepted`` and ``code`` of all that was seen."""
    order = sorted(column.seen.values(), key=lambda seen: (seen.detector.rank, seen.detector.name))
    for seen in order:
        seen.code = _code(column, seen)
        if column.index is None and seen.code == "accepted" and seen.detector.whole:
            seen.code = "no_column"
        if seen.code == "accepted" and seen.contested:
            rival, count = max(seen.contested.items(), key=lambda item: (item[1], item[0]))
            if 2 * count >= seen.valid and column.seen[rival].accepted[""]:
                seen.code = "contested"
        seen.accepted[""] = seen.code == "accepted"
        strong = column.role in seen.detector.roles or 2 * seen.whole >= column.nonempty
        seen.accepted["?"] = seen.accepted[""] and strong
    for seen in order:
        for kind in seen.values:
            if kind.startswith("|"):
                other = column.seen[kind[1:]]
                seen.accepted[kind] = seen.accepted[""] and not other.accepted[""]
        for better in order:
            same = better.detector.label == seen.detector.label
            if (
                same
                and better.detector.rank < seen.detector.rank
                and "?" in better.values
                and better.accepted["?"]
            ):
                seen.code, seen.accepted[""] = "covered", False


def text(raw: bytes | None) -> str:
    return decoded(raw or b"")
