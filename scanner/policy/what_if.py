"""How a verdict hangs on what is contested: each element that decides, read alone the other way or left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from scanner import knowledge
from scanner.policy.counts import CaseFacts, Counts, Profiles
from scanner.policy.levels import Otherwise, category_of, evaluate_levels, read
from scanner.policy.policies import FAILED, LevelPolicy, Mapped, Policy, TierPolicy
from scanner.policy.rows import rows_of
from scanner.policy.sums import Rows
from scanner.policy.tiers import disputed, evaluate_tiers

UNLINKED = "unlinked"  # stands for the records without a number that tells persons apart
#: How an element may be read alone: the main reading with it low, high or left out; the high one without it.
WAYS = ("low", "high", "left_out", "high_left_out")


class WhatIf(NamedTuple):
    """A contested element and the level for each of WAYS. ``records``: records (or persons) it decides."""

    element: str
    zh: str
    en: str
    records: int
    levels: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report."""
        return {
            "element": self.element,
            "zh": self.zh,
            "en": self.en,
            "records": self.records,
            **self.levels,
        }


class Gap(NamedTuple):
    """Why a reading has another level than the main one.

    ``alone``: elements each of which, read so in the main reading, gives that level by itself; ``needed``:
    elements each of which, read there as in the main one, takes it away.
    """

    reading: str
    main: str
    level: str
    alone: tuple[str, ...]
    needed: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report."""
        return {
            "reading": self.reading,
            "main": self.main,
            "level": self.level,
            "alone": list(self.alone),
            "needed": list(self.needed),
        }


class Sensitivity(NamedTuple):
    """What the level hangs on. Levels are names: "serious", or a level of the policy."""

    main: str
    elements: tuple[WhatIf, ...]
    gaps: tuple[Gap, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report: "sensitivity" and "gaps"."""
        return {
            "sensitivity": [each.to_dict() for each in self.elements],
            "gaps": [each.to_dict() for each in self.gaps],
        }


def sensitivity(counts: Counts | Profiles, policy: Policy, facts: CaseFacts | None = None) -> Sensitivity:
    """What the level would be if each contested element that decides were alone read low, high or left out, and
    which elements make the readings differ in level. Errors as in ``evaluate``.
    """
    given = counts if isinstance(counts, Counts) else Counts(counts)
    if isinstance(policy, TierPolicy):
        return _of_tiers(given, policy, facts or CaseFacts())
    if isinstance(policy, LevelPolicy):
        return _of_levels(given, policy, facts or CaseFacts())
    raise TypeError(type(policy))


def _of_tiers(counts: Counts, policy: TierPolicy, facts: CaseFacts) -> Sensitivity:
    rows = _grouped(rows_of(counts, policy, facts))
    verdict = evaluate_tiers(counts, policy, facts)

    def level(reading: str, name: str, way: str = "") -> str:
        """A reading in which ``name`` alone is read as in another one, or, without ``way``, left out."""

        def tier(mapped: Mapped) -> int:
            if mapped.name != name:
                return mapped.tier(reading)
            return mapped.tier(way) if way else 0

        return rows.reading(tier).level

    levels_of: dict[str, str] = {reading: each.level for reading, each in verdict.readings.items()}
    # An element that is the gravest of its record in no reading decides nothing by itself, and yet a lower level
    # may need it read low: beside others that are, it is what remains.
    contested = disputed(rows, policy, deciding=False)
    gaps = _gaps(levels_of, [each.mapped.name for each in contested], level)
    named = {name for gap in gaps for name in (*gap.alone, *gap.needed)}
    decides = {each.mapped.name: each for each in verdict.differs}
    found = []
    for each in contested:
        name = each.mapped.name
        if name not in decides and name not in named:
            continue
        levels = {
            "low": level("main", name, "low"),
            "high": level("main", name, "high"),
            "left_out": level("main", name),
            "high_left_out": level("high", name),
        }
        records = decides.get(name, each).records
        found.append(WhatIf(name, each.mapped.zh, each.mapped.en, records, levels))
    return Sensitivity(verdict.main.level, tuple(found), gaps)


def _gaps(levels: Mapping[str, str], names: Sequence[str], level: Callable[..., str]) -> tuple[Gap, ...]:
    found = []
    for reading in ("low", "high"):
        if levels[reading] != levels["main"]:
            alone = tuple(name for name in names if level("main", name, reading) == levels[reading])
            needed = tuple(name for name in names if level(reading, name, "main") != levels[reading])
            found.append(Gap(reading, levels["main"], levels[reading], alone, needed))
    return tuple(found)


def _grouped(rows: Rows) -> Rows:
    """The same sums from fewer rows: what is not contested is folded into the gravest of it."""

    def fold(given: list[tuple[tuple[Mapped, ...], int]]) -> list[tuple[tuple[Mapped, ...], int]]:
        found: dict[tuple[Mapped, ...], int] = {}
        for held, count in given:
            fixed = [each for each in held if not each.contested and each.main]
            kept = tuple(each for each in held if each.contested)
            gravest = min(fixed, key=lambda each: each.main, default=None)
            key = kept if gravest is None else (*kept, gravest)
            found[key] = found.get(key, 0) + count
        return list(found.items())

    return Rows(rows.weights, fold(rows.once), fold(rows.times), rows.factor, rows.limits, rows.sold)


def _of_levels(counts: Counts, policy: LevelPolicy, facts: CaseFacts) -> Sensitivity:
    verdict = evaluate_levels(counts, policy, facts)

    def level(reading: str, name: str, way: str = "") -> str:
        """A reading in which ``name`` alone is read as in another one, or, without ``way``, left out."""
        return read(counts, policy, reading, Otherwise({name: way})).level.name

    names = [each.element for each in verdict.differs]
    called = {entry["name"]: entry for entry in knowledge.toml("categories.toml")["category"]}
    found = []
    for each in verdict.differs:
        name = each.element
        entry = called.get(name.removesuffix(FAILED)) or called[category_of(name)]
        zh, en = entry["zh"], entry["en"]
        if name.endswith(FAILED):
            zh, en = zh + policy.doubtful.zh, f"{en} {policy.doubtful.en}"
        levels = {
            "low": level("main", name, "low"),
            "high": level("main", name, "high"),
            "left_out": level("main", name),
            "high_left_out": level("high", name),
        }
        found.append(WhatIf(name, zh, en, each.persons, levels))
    if counts.unlinked:
        main, high = verdict.main.level.name, verdict.high.level.name
        most = read(counts, policy, "main", Otherwise(more=counts.unlinked)).level.name
        levels = {"low": main, "high": most, "left_out": main, "high_left_out": high}
        found.append(WhatIf(UNLINKED, UNLINKED, UNLINKED, counts.unlinked, levels))
    levels_of = {reading: each.level.name for reading, each in verdict.readings.items()}
    return Sensitivity(verdict.main.level.name, tuple(found), _gaps(levels_of, names, level))
