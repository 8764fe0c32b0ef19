"""The verdict of a policy with tiers: a pure function from counts, with its arithmetic.

No figure of the law stands here. A record counts once, at the highest tier that its categories have in a
reading; S = sum over tiers of count × (scale / tier) is compared, with ``>=``, with the scale and its tenfold
(法释〔2017〕10号, Art. 5). Whether anything was unlawful is not decided here, nor can a file show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from scanner.policy.counts import SETS, CaseFacts, Counts
from scanner.policy.policies import COMPANY, FAILED, READINGS, UNITS, Mapped, TierPolicy
from scanner.policy.rows import reads, rows_of
from scanner.policy.sums import Limits, Reading, Rows, level_of, relation
from scanner.policy.verdict import Verdict

#: An element that no rule gives: a point at which its subject stood already.
STANDING = "trajectory.standing"


class Difference(NamedTuple):
    """A category or element whose tier decides some records and is not the same in all readings."""

    mapped: Mapped
    records: int

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report; a tier that is not counted is None."""
        tiers = {reading: self.mapped.tier(reading) or None for reading in READINGS}
        texts = {"basis": self.mapped.basis, "basis_en": self.mapped.basis_en, "article": self.mapped.article}
        return {
            "category": self.mapped.category,
            "element": self.mapped.name,
            **tiers,
            "records": self.records,
            **texts,
        }


class Income(NamedTuple):
    """The separate limb of illegal income (违法所得), in yuan."""

    amount: int
    level: str
    arithmetic: str
    article: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report."""
        return {
            "amount": self.amount,
            "level": self.level,
            "arithmetic": self.arithmetic,
            "article": self.article,
        }


class Union(NamedTuple):
    """Records of an acquired and a sold set, each counted once (Art. 11(1)); distinct records, before recipients."""

    acquired: int
    sold: int
    both: int

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report: ``acquired`` and ``sold`` with what is in both, and the union."""
        acquired, sold = self.acquired + self.both, self.sold + self.both
        union = self.acquired + self.sold + self.both
        arithmetic = f"{acquired} + {sold} - {self.both} = {union}"
        return {
            "acquired": acquired,
            "sold": sold,
            "both": self.both,
            "union": union,
            "arithmetic": arithmetic,
        }


@dataclass(frozen=True)
class TierVerdict(Verdict):
    """The result under one policy with tiers.

    ``counted``: for each category the distinct records that count at it in the main reading, before recipients;
    ``serious``, ``especially_serious``: the thresholds of S that applied (None: the policy knows no tenfold).
    """

    policy: TierPolicy
    serious: int
    especially_serious: int | None
    low: Reading
    main: Reading
    high: Reading
    differs: tuple[Difference, ...]
    income: Income | None
    union: Union | None

    @property
    def readings(self) -> dict[str, Reading]:
        """The three readings by name."""
        return {"low": self.low, "main": self.main, "high": self.high}

    @cached_property
    def units(self) -> dict[str, dict[str, Reading]]:
        """See ``units``."""
        return units(self.counts, self.policy, self.facts)

    def to_dict(self, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The "verdict" part of the JSON report; ``seen``: what the data were found to hold ("company")."""
        basis = self.policy.thresholds.basis
        return {
            "policy": self.policy.name,
            "title": dict(self.policy.title),
            "instrument": self.policy.instrument,
            "units": {str(tier.size): tier.article for tier in self.policy.tiers},
            "serious": self.serious,
            "especially_serious": self.especially_serious,
            "insider": self.facts.insider and "insider" in basis,
            "recipients": self.facts.recipients if "recipients" in basis else 1,
            **{name: reading.to_dict() for name, reading in self.readings.items()},
            "differs": [each.to_dict() for each in self.differs],
            "illegal_income": None if self.income is None else self.income.to_dict(),
            "caveats": self._told(seen),
        }

    def more(self) -> dict[str, Any]:
        """Its kind and unit, the article, all units side by side, and the union of sets."""
        return {
            "article": self.policy.article,
            "kind": self.policy.kind,
            "unit": self.policy.unit,
            "weights": {str(tier.size): self.policy.weight(tier.size) for tier in self.policy.tiers},
            "by_unit": {
                unit: {name: reading.to_dict() for name, reading in readings.items()}
                for unit, readings in self.units.items()
            },
            "union": None if self.union is None else self.union.to_dict(),
        }


def evaluate_tiers(counts: Counts, policy: TierPolicy, facts: CaseFacts) -> TierVerdict:
    """The verdict; PolicyError for a category without mapping, or where the policy's unit was not counted."""
    rows = rows_of(counts, policy, facts)
    low, main, high = (rows.reading(reads(name)) for name in READINGS)
    differs = disputed(rows, policy)
    limits = rows.limits
    union = None
    if counts.sets is not None and "union" in policy.thresholds.basis:
        union = Union(*(sum(counts.sets.get(name, {}).values()) for name in SETS))
    conditions = _conditions(counts, policy, facts, (low, main, high)) | {"contested": bool(differs)}
    return TierVerdict(
        policy=policy,
        facts=facts,
        conditions=frozenset(name for name, holds in conditions.items() if holds),
        figures={},
        counted=_counted(rows),
        counts=counts,
        serious=limits.serious,
        especially_serious=limits.especially,
        low=low,
        main=main,
        high=high,
        differs=differs,
        income=_income(policy, facts),
        union=union,
    )


def units(
    counts: Counts, policy: TierPolicy, facts: CaseFacts | None = None
) -> dict[str, dict[str, Reading]]:
    """For each unit (record, person, person_category) the readings by name, side by side.

    Persons are counted once at the highest tier of all they hold, or once for each category; recipients multiply
    records, and the policy's own unit. Units that were not counted are left out.
    """
    found = {}
    for unit in UNITS:
        if unit == "record" or counts.persons is not None:
            rows = rows_of(counts, policy, facts or CaseFacts(), unit)
            found[unit] = {name: rows.reading(reads(name)) for name in READINGS}
    return found


def _counted(rows: Rows) -> dict[str, int]:
    """Records by the category that stands for them in the main reading: the first one of the highest tier."""
    counted: dict[str, int] = {}
    for held, count in rows.all():
        if standing := _standing(held):
            counted[standing[0]] = counted.get(standing[0], 0) + count
    return counted


def _standing(held: tuple[Mapped, ...]) -> tuple[str, int] | None:
    tier = min((each.main for each in held if each.main), default=0)
    return (next(each.category for each in held if each.main == tier), tier) if tier else None


def standing_for(profile: frozenset[str], policy: TierPolicy) -> tuple[str, int] | None:
    """The category that stands for a record in the main reading, and its tier; None where it counts at none.

    ``profile``: the elements that the record holds; PolicyError for one that the policy does not map.
    """
    ((held, _),) = rows_of(Counts({profile: 1}), policy, CaseFacts(), "record").all()
    return _standing(held)


def disputed(rows: Rows, policy: TierPolicy, deciding: bool = True) -> tuple[Difference, ...]:
    """What is not read alike in all readings, in records that are not either, in the order of the file.

    ``deciding``: only what is the gravest of such a record in some reading; else whatever such a record holds.
    """
    found: dict[Mapped, int] = {}
    for held, count in rows.all():
        tops = {name: min((t for each in held if (t := each.tier(name))), default=0) for name in READINGS}
        if len(set(tops.values())) > 1:
            for each in held:
                gravest = not deciding or any(each.tier(name) == tops[name] > 0 for name in READINGS)
                if each.contested and gravest:
                    found[each] = found.get(each, 0) + count
    order = sorted(found, key=lambda each: (policy.place(each.name), each.name))
    return tuple(Difference(each, found[each]) for each in order)


def _income(policy: TierPolicy, facts: CaseFacts) -> Income | None:
    standard = policy.thresholds.income
    if facts.illegal_income is None or standard is None:
        return None
    basis = policy.thresholds.basis
    insider = facts.insider and "insider" in basis
    limits = Limits(*policy.thresholds.limits(standard, insider))
    amount = facts.illegal_income
    article = basis["insider" if insider else "income"]
    return Income(amount, level_of(amount, limits), f"{amount} {relation(amount, limits)}", article)


def _conditions(
    counts: Counts, policy: TierPolicy, facts: CaseFacts, readings: tuple[Reading, ...]
) -> dict[str, bool]:
    """Which conditions of caveats hold; "contested" and "company" are decided elsewhere."""
    held = {name for profile, count in counts.records.items() if count for name in profile}
    plain = {name.removesuffix(FAILED).partition(".")[0] for name in held}
    # Art. 6 is for data of the last tier only; whether there are others may depend on the reading.
    above = [_above_last(reading, policy) for reading in readings]
    lawful = facts.lawful_business
    basis = policy.thresholds.basis
    return {
        "always": True,
        "bare_contact": "bare_contact" in plain,
        "trajectory": "trajectory" in plain and not counts.tracked,
        "tracked": "trajectory" in plain and counts.tracked,
        "standing": any(name.removesuffix(FAILED) == STANDING for name in held),
        "failed_checks": any(name.endswith(FAILED) for name in held),
        COMPANY: False,  # the data tell, see ``Verdict.to_dict``
        "insider": facts.insider and "insider" in basis,
        "recipients": facts.recipients > 1 and "recipients" in basis,
        "union": counts.sets is not None and "union" in basis,
        "illegal_income": facts.illegal_income is not None and "income" in basis,
        "lawful_business_residual": lawful and not above[1],
        "lawful_business_mixed": lawful and above[1],
        "lawful_business_disputed": lawful and len(set(above)) > 1,
    }


def _above_last(reading: Reading, policy: TierPolicy) -> bool:
    last = max(tier.size for tier in policy.tiers)
    return any(count for tier, count in reading.counts.items() if tier != last)
