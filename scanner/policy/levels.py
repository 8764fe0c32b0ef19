"""The verdict of a policy with levels: a ladder by the count of persons, or of persons with sensitive data.

No figure of the law stands here. low counts what nobody disputes, high what somebody counts: in low, numbers
that fail their checks stand for nobody, and what is contested as sensitive makes neither a person with sensitive
data nor one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner.errors import PolicyError
from scanner.policy import sensitive_table
from scanner.policy.counts import CaseFacts, Counts
from scanner.policy.policies import COMPANY, FAILED, READINGS, Condition, LevelPolicy, Rung
from scanner.policy.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Elements read otherwise than the reading does.

    ``ways``: the reading in which each of them is read, "" for left out; ``more``: further persons of whom no
    sensitive data are known.
    """

    ways: Mapping[str, str] = field(default_factory=dict)
    more: int = 0


class LevelReading(NamedTuple):
    """One reading: ``counts`` persons by measure, the level reached, and each comparison in plain digits."""

    counts: dict[str, int]
    level: Rung
    arithmetic: dict[str, str]
    reached: tuple[Rung, ...]

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report: the counts, the name of the level, of all levels reached, and the comparisons."""
        return {
            **self.counts,
            "level": self.level.name,
            "level_zh": self.level.zh,
            "level_en": self.level.en,
            "article": self.level.article,
            "reached": [rung.name for rung in self.reached],
            "arithmetic": self.arithmetic,
        }


class LevelDifference(NamedTuple):
    """An element that makes some persons count otherwise in the readings: contested, or contact alone."""

    element: str
    persons: int
    basis: str
    basis_en: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report."""
        texts = {"basis": self.basis, "basis_en": self.basis_en}
        return {"element": self.element, "persons": self.persons, **texts}


@dataclass(frozen=True)
class LevelVerdict(Verdict):
    """The result under one policy with levels. ``counted`` is empty: persons count at no category."""

    policy: LevelPolicy
    low: LevelReading
    main: LevelReading
    high: LevelReading
    differs: tuple[LevelDifference, ...]

    @property
    def readings(self) -> dict[str, LevelReading]:
        """The three readings by name."""
        return {"low": self.low, "main": self.main, "high": self.high}

    def to_dict(self, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
        """An entry of "verdicts" in the JSON report; ``seen``: what the data were found to hold ("company")."""
        return {
            "policy": self.policy.name,
            "title": dict(self.policy.title),
            "instrument": self.policy.instrument,
            "article": self.policy.article,
            "kind": self.policy.kind,
            "unit": self.policy.unit,
            "unlinked": self.counts.unlinked,
            "levels": [
                {
                    "name": rung.name,
                    "zh": rung.zh,
                    "en": rung.en,
                    "article": rung.article,
                    "when": [_condition(each) for each in rung.conditions],
                }
                for rung in self.policy.levels
            ],
            **{name: reading.to_dict() for name, reading in self.readings.items()},
            "differs": [each.to_dict() for each in self.differs],
            "caveats": self._told(seen),
        }


def _condition(each: Condition) -> dict[str, Any]:
    return {
        "count": each.measure,
        "more_than" if each.strict else "at_least": each.limit,
        "article": each.article,
        "wording": each.wording or None,
        "verified": each.verified,
        "certainty": each.certainty,
    }


def evaluate_levels(counts: Counts, policy: LevelPolicy, facts: CaseFacts) -> LevelVerdict:
    """The verdict; PolicyError where persons were not counted."""
    low, main, high = (read(counts, policy, reading) for reading in READINGS)
    differs = _differences(counts, policy)
    held = {name for profile, count in (counts.persons or {}).items() if count for name in profile}
    conditions = {
        "always": True,
        "contested": bool(differs),
        "bare_contact": any(name.startswith("bare_contact") for name in held),
        "failed_checks": any(name.endswith(FAILED) for name in held),
        "unlinked": counts.unlinked > 0,
        COMPANY: False,  # the data tell, see ``Verdict.to_dict``
    }
    return LevelVerdict(
        policy=policy,
        facts=facts,
        conditions=frozenset(name for name, holds in conditions.items() if holds),
        figures={"unlinked": counts.unlinked},
        counted={},
        counts=counts,
        low=low,
        main=main,
        high=high,
        differs=differs,
    )


def read(
    counts: Counts, policy: LevelPolicy, reading: str, otherwise: Otherwise | None = None
) -> LevelReading:
    """One reading, or one that reads single elements ``otherwise``; PolicyError where persons were not counted."""
    if counts.persons is None:
        raise PolicyError(f"The policy '{policy.name}' counts persons, but persons were not counted.")
    other = otherwise or Otherwise()
    found = {"persons": other.more, "sensitive": 0, "other": other.more}
    for names, count in counts.persons.items():
        for measure in _measures_of(names, policy, reading, other):
            found[measure] += count
    asked = policy.measures()
    reached = tuple(rung for rung in policy.levels if _reached(rung, found))
    return LevelReading(
        {name: count for name, count in found.items() if name == "persons" or name in asked},
        reached[-1],
        {measure: _compared(found[measure], measure, policy) for measure in asked},
        reached,
    )


def _reached(rung: Rung, found: Mapping[str, int]) -> bool:
    return not rung.conditions or any(each.holds(found[each.measure]) for each in rung.conditions)


def _measures_of(
    names: frozenset[str], policy: LevelPolicy, reading: str, other: Otherwise
) -> frozenset[str]:
    """Which counts a person adds to. In low one of doubtful sensitivity adds to "persons" alone, in high to both."""
    counted = sure = neither = both = False
    for name in names:
        way = other.ways.get(name, reading)
        if not way:
            continue
        doubtful = name.endswith(FAILED)
        counted |= not (doubtful and way == "low") and category_of(name) not in policy.left_out[way]
        state = sensitive_table.state(name)
        if state == "yes" and (way == "main" or not doubtful):
            sure = True
        elif state != "no":
            neither |= way == "low"
            both |= way == "high"
    found = {"persons": counted, "sensitive": sure or both, "other": not (sure or neither)}
    return frozenset(measure for measure, holds in found.items() if counted and holds)


def category_of(name: str) -> str:
    """The category of an element, with or without "!"."""
    return name.removesuffix(FAILED).partition(".")[0]


def _compared(count: int, measure: str, policy: LevelPolicy) -> str:
    """The count with the last threshold it reaches and the first it does not."""
    asked = [each for rung in policy.levels for each in rung.conditions if each.measure == measure]
    signs = []
    for each in [each for each in asked if each.holds(count)][-1:]:
        signs.append(f"{'>' if each.strict else '≥'} {each.limit}")
    for each in [each for each in asked if not each.holds(count)][:1]:
        signs.append(f"{'≤' if each.strict else '<'} {each.limit}")
    return f"{count} {', '.join(signs)}"


def _differences(counts: Counts, policy: LevelPolicy) -> tuple[LevelDifference, ...]:
    """Elements of persons whom the readings count otherwise: left out in some, contested as sensitive, in doubt."""
    persons: dict[str, int] = {}
    asked = {"persons", *policy.measures()}
    plain = Otherwise()
    for names, count in (counts.persons or {}).items():
        found = {_measures_of(names, policy, reading, plain) & asked for reading in READINGS}
        for name in names if count and len(found) > 1 else ():
            contested = "sensitive" in asked and sensitive_table.state(name) == "contested"
            if contested or name.endswith(FAILED) or category_of(name) in policy.left_out["low"]:
                persons[name] = persons.get(name, 0) + count
    return tuple(LevelDifference(name, persons[name], *_why(name, policy)) for name in sorted(persons))


def _why(name: str, policy: LevelPolicy) -> tuple[str, str]:
    if name.endswith(FAILED):
        return policy.doubtful.basis, policy.doubtful.basis_en
    if category_of(name) in policy.left_out["low"]:
        return policy.left_out_basis["zh"], policy.left_out_basis["en"]
    found = sensitive_table.row(name)
    return found.basis, found.basis_en
