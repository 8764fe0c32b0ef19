"""What counts mean under a policy: a pure function from counts to a verdict with its arithmetic.

No figure of the law stands here. A record counts once, at the highest tier that its categories have in a
reading; S = sum over tiers of count × (scale / tier) is compared, with ``>=``, with the scale and its tenfold
(法释〔2017〕10号, Art. 5). Whether anything was unlawful is not decided here, nor can a file show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scanner.errors import PolicyError
from scanner.policy.file import COMPANY, READINGS, Caveat, Mapped, Policy

Level = Literal["below", "serious", "especially_serious"]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the file cannot tell and the user says.

    ``insider``: Art. 5(1)(八); ``lawful_business``: Art. 6; ``recipients`` >= 1: Art. 11(2);
    ``illegal_income``: yuan.
    """

    insider: bool = False
    lawful_business: bool = False
    recipients: int = 1
    illegal_income: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: ``counts`` records per tier (times recipients), the sum ``score`` and its ``level``."""

    counts: dict[int, int]
    score: int
    level: Level
    arithmetic: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report: n50, n500, n5000, score, level, arithmetic."""
        counts = {f"n{tier}": count for tier, count in self.counts.items()}
        return {**counts, "score": self.score, "level": self.level, "arithmetic": self.arithmetic}


@dataclass(frozen=True, slots=True)
class Difference:
    """A category or element whose tier decides some records and is not the same in all readings."""

    mapped: Mapped
    records: int

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON report; a tier that is not counted is None."""
        tiers = {reading: self.mapped.tier(reading) or None for reading in READINGS}
        category = self.mapped.name.partition(".")[0]
        texts = {"basis": self.mapped.basis, "basis_en": self.mapped.basis_en, "article": self.mapped.article}
        return {"category": category, "element": self.mapped.name, **tiers, "records": self.records, **texts}


@dataclass(frozen=True, slots=True)
class Income:
    """The separate limb of illegal income (违法所得), in yuan."""

    amount: int
    level: Level
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result under one policy.

    ``counted``: for each category the distinct records that count at it in the main reading, before
    recipients; ``serious``, ``especially_serious``: the thresholds of S that applied.
    """

    policy: Policy
    facts: CaseFacts
    serious: int
    especially_serious: int
    low: Reading
    main: Reading
    high: Reading
    differs: tuple[Difference, ...]
    counted: dict[str, int]
    income: Income | None
    caveats: tuple[Caveat, ...]

    def to_dict(self, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The "verdict" part of the JSON report; ``seen``: what the data were found to hold ("company")."""
        caveats = [each for each in self.policy.caveats if each in self.caveats or each.when in seen]
        return {
            "policy": self.policy.name,
            "title": dict(self.policy.title),
            "instrument": self.policy.instrument,
            "units": {str(tier.size): tier.article for tier in self.policy.tiers},
            "serious": self.serious,
            "especially_serious": self.especially_serious,
            "insider": self.facts.insider,
            "recipients": self.facts.recipients,
            "low": self.low.to_dict(),
            "main": self.main.to_dict(),
            "high": self.high.to_dict(),
            "differs": [each.to_dict() for each in self.differs],
            "illegal_income": None if self.income is None else self.income.to_dict(),
            "caveats": [{"when": each.when, "zh": each.zh, "en": each.en} for each in caveats],
        }


def evaluate(
    profiles: Mapping[frozenset[str], int], policy: Policy, facts: CaseFacts | None = None
) -> Verdict:
    """The verdict for ``profiles``: the categories (or elements) of a record -> number of distinct records.

    Raises PolicyError for a category without mapping, a negative count or income, or ``recipients`` < 1.
    """
    facts = facts or CaseFacts()
    if facts.recipients < 1:
        raise PolicyError(f"The number of recipients is {facts.recipients}, but must be at least 1.")
    if facts.illegal_income is not None and facts.illegal_income < 0:
        raise PolicyError(f"The illegal income is {facts.illegal_income} yuan, but cannot be negative.")
    totals = {reading: dict.fromkeys((tier.size for tier in policy.tiers), 0) for reading in READINGS}
    counted = dict.fromkeys((each.name.partition(".")[0] for each in policy.categories), 0)
    disputed: dict[int, int] = {}
    for held, count in profiles.items():
        if count < 0:
            raise PolicyError(f"The count of {'+'.join(sorted(held))} is {count}, but cannot be negative.")
        places = sorted({policy.place(name) for name in held})
        mapped = [policy.categories[place] for place in places]
        tops = {
            reading: max((policy.weight(m.tier(reading)) for m in mapped), default=0) for reading in READINGS
        }
        for reading in READINGS:
            # The first category of the highest tier stands for the record.
            deciding = next((m for m in mapped if policy.weight(m.tier(reading)) == tops[reading] > 0), None)
            if deciding is not None:
                totals[reading][deciding.tier(reading)] += count
                if reading == "main":
                    counted[deciding.name.partition(".")[0]] += count
        if count and len(set(tops.values())) > 1:
            for place, m in zip(places, mapped, strict=True):
                differs = len({m.low, m.main, m.high}) > 1
                decides = any(policy.weight(m.tier(r)) == tops[r] > 0 for r in READINGS)
                if differs and decides:
                    disputed[place] = disputed.get(place, 0) + count
    divisor = policy.thresholds.insider_divisor if facts.insider else 1
    serious = policy.thresholds.scale // divisor
    limits = (serious, policy.thresholds.scale * policy.thresholds.tenfold // divisor)
    low, main, high = (_reading(totals[reading], policy, facts.recipients, limits) for reading in READINGS)
    held_somewhere = {name.partition(".")[0] for held, count in profiles.items() if count for name in held}
    conditions = {
        "always": True,
        "contested": bool(disputed),
        "bare_contact": "bare_contact" in held_somewhere,
        "trajectory": "trajectory" in held_somewhere,
        COMPANY: False,  # the data tell, see ``Verdict.to_dict``
        "insider": facts.insider,
        "recipients": facts.recipients > 1,
        "illegal_income": facts.illegal_income is not None,
        # Art. 6 is for data of the last tier only.
        "lawful_business_residual": facts.lawful_business and not _above_last(main, policy),
        "lawful_business_mixed": facts.lawful_business and _above_last(main, policy),
    }
    return Verdict(
        policy,
        facts,
        *limits,
        low,
        main,
        high,
        tuple(Difference(policy.categories[place], disputed[place]) for place in sorted(disputed)),
        counted,
        _income(policy, facts, divisor),
        tuple(each for each in policy.caveats if conditions[each.when]),
    )


def _reading(counts: dict[int, int], policy: Policy, recipients: int, limits: tuple[int, int]) -> Reading:
    times = {tier: count * recipients for tier, count in counts.items()}
    score = sum(policy.weight(tier) * count for tier, count in times.items())
    # Art. 11(2) multiplies each count; the factor is shown, so that the counts can be found again.
    shown = {
        tier: f"{count}×{recipients}" if recipients > 1 else f"{count}" for tier, count in counts.items()
    }
    grouped = "({})" if recipients > 1 else "{}"
    terms = " + ".join(
        f"{weight}×{grouped.format(shown[tier])}" if (weight := policy.weight(tier)) > 1 else shown[tier]
        for tier in counts
    )
    return Reading(times, score, _level(score, limits), f"{terms} = {score} {_relation(score, limits)}")


def _income(policy: Policy, facts: CaseFacts, divisor: int) -> Income | None:
    if facts.illegal_income is None:
        return None
    serious = policy.thresholds.income // divisor
    limits = (serious, policy.thresholds.income * policy.thresholds.tenfold // divisor)
    amount = facts.illegal_income
    article = policy.thresholds.basis["insider" if facts.insider else "income"]
    return Income(amount, _level(amount, limits), f"{amount} {_relation(amount, limits)}", article)


def _level(value: int, limits: tuple[int, int]) -> Level:
    # 以上 includes the number itself (刑法 Art. 99).
    return "especially_serious" if value >= limits[1] else "serious" if value >= limits[0] else "below"


def _relation(value: int, limits: tuple[int, int]) -> str:
    if value >= limits[1]:
        return f"≥ {limits[1]}"
    return f"≥ {limits[0]}, < {limits[1]}" if value >= limits[0] else f"< {limits[0]}"


def _above_last(reading: Reading, policy: Policy) -> bool:
    last = max(tier.size for tier in policy.tiers)
    return any(count for tier, count in reading.counts.items() if tier != last)
