"""The nouns of a policy: tiers with readings (条), or a ladder of levels by a count of persons (人).

All figures of the law come from the files in patterns/policies, each with article, basis and certainty
(docs/policy.md); none stands here.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from scanner.errors import PolicyError

READINGS = ("low", "main", "high")
UNITS = ("record", "person", "person_category")
CERTAINTIES = ("clear", "mostly clear", "contested")
#: How the wording was verified: against the full legal text, seen in a third party's copy, or from memory.
VERIFIED = ("V-TEXT", "V-WEB", "MEM")
FAILED = "!"  # ends the name of an element that a record holds only through a number that fails its checks
COMPANY = "company"  # a condition that the data decide and counts by category do not tell


class Caveat(NamedTuple):
    """A sentence that goes with the verdict when the condition ``when`` holds."""

    when: str
    zh: str
    en: str


class Doubtful(NamedTuple):
    """What a policy says of data whose numbers fail their checks: not counted in the low reading."""

    zh: str
    en: str
    article: str
    basis: str
    basis_en: str


@dataclass(frozen=True)
class Policy:
    """What every policy file says. ``title``: by "zh" and "en"; ``unit``: what the verdict counts, of UNITS."""

    name: str
    title: dict[str, str]
    instrument: str
    article: str
    valid_from: datetime.date
    checked_on: datetime.date
    unit: str
    doubtful: Doubtful
    caveats: tuple[Caveat, ...]

    @property
    def kind(self) -> str:
        """ "tiers" or "levels", as in the file."""
        raise NotImplementedError

    def tier(self, name: str, reading: str = "main") -> int | None:
        """The tier of a category or element; None where it is not counted, or where there are no tiers."""
        return None


class Tier(NamedTuple):
    """``size``: how many records reach the standard alone; ``article``: where; ``zh``, ``en``: which kind.

    ``wording``: the text of the law, "" where it was not verified; ``verified``: how, of VERIFIED.
    """

    size: int
    article: str
    zh: str
    en: str
    wording: str
    verified: str
    certainty: str


class Mapped(NamedTuple):
    """A category or an element ("property.income") with the tier of each reading; 0 means: not counted.

    ``absorbs``: categories of the same record that add nothing beside it, because another record holds them too.
    """

    name: str
    zh: str
    en: str
    low: int
    main: int
    high: int
    certainty: str
    article: str
    basis: str
    basis_en: str
    checked_on: datetime.date
    absorbs: tuple[str, ...] = ()

    @property
    def category(self) -> str:
        """The category that the element belongs to."""
        return self.name.partition(".")[0].removesuffix(FAILED)

    @property
    def contested(self) -> bool:
        """Whether the readings differ."""
        return not self.low == self.main == self.high

    def tier(self, reading: str) -> int:
        """The tier in "low", "main" or "high"."""
        return {"low": self.low, "main": self.main, "high": self.high}[reading]


class Thresholds(NamedTuple):
    """``scale``: the sum S that reaches the standard; ``tenfold``: what multiplies it; ``insider_divisor``:
    what divides both for insiders; ``income``: yuan. None where the instrument has no such standard.
    ``basis``: the article of each ("sum", "tenfold", "insider", "income", "recipients", "union").
    """

    scale: int
    tenfold: int | None
    insider_divisor: int | None
    income: int | None
    basis: dict[str, str]

    def limits(self, of: int, insider: bool) -> tuple[int, int | None]:
        """From where on ``of`` (the scale or the income) reaches the standard, and its tenfold if there is one."""
        divisor = self.insider_divisor or 1 if insider else 1
        return of // divisor, None if self.tenfold is None else of * self.tenfold // divisor


class Follows(NamedTuple):
    """Another policy whose readings are taken over at ``factor`` times the size, and why; it begins each basis."""

    policy: str
    factor: int
    basis: str
    basis_en: str


@dataclass(frozen=True)
class TierPolicy(Policy):
    """Tiers, and a proportional sum over records. ``categories`` in the order of the file."""

    tiers: tuple[Tier, ...]
    thresholds: Thresholds
    categories: tuple[Mapped, ...]
    follows: Follows | None

    @property
    def kind(self) -> str:
        """ "tiers"."""
        return "tiers"

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.name: place for place, each in enumerate(self.categories)}

    @cached_property
    def _failed(self) -> tuple[Mapped, ...]:
        """Each mapping as it is where its number fails its checks: not counted in the low reading."""
        why = self.doubtful
        return tuple(
            each._replace(
                name=each.name + FAILED,
                zh=each.zh + why.zh,
                en=f"{each.en} {why.en}",
                low=0,
                certainty="contested",
                basis=why.basis,
                basis_en=why.basis_en,
            )
            for each in self.categories
        )

    def place(self, name: str) -> int:
        """Where the file maps ``name``, an element falling back to its category; PolicyError if nowhere."""
        plain = name.removesuffix(FAILED)
        place = self._places.get(plain, self._places.get(plain.partition(".")[0]))
        if place is None:
            raise PolicyError(f"The policy '{self.name}' does not map the category '{name}'.")
        return place

    def mapped(self, name: str) -> Mapped:
        """The mapping of a category or element; a name that ends in "!" is not counted in the low reading."""
        return (self._failed if name.endswith(FAILED) else self.categories)[self.place(name)]

    def tier(self, name: str, reading: str = "main") -> int | None:
        """The tier of a category or element in "low", "main" or "high"; None where it is not counted."""
        return self.mapped(name).tier(reading) or None

    def weight(self, tier: int) -> int:
        """What one record of a tier adds to S; 0 for tier 0."""
        return self.thresholds.scale // tier if tier else 0


class Condition(NamedTuple):
    """What reaches a level: the count of ``measure`` is ``limit`` or more, or, if ``strict``, more than that.

    ``measure``: "persons", "sensitive" (persons with sensitive data) or "other" (persons without).
    """

    measure: str
    limit: int
    strict: bool
    article: str
    wording: str
    verified: str
    certainty: str

    def holds(self, count: int) -> bool:
        """Whether the count reaches the level."""
        return count > self.limit if self.strict else count >= self.limit

    @property
    def order(self) -> tuple[int, bool]:
        """By how much it asks."""
        return self.limit, self.strict


class Rung(NamedTuple):
    """A level and what reaches it: any one of the conditions; the lowest level has none."""

    name: str
    zh: str
    en: str
    article: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class LevelPolicy(Policy):
    """A ladder of levels, lowest first, by counts of persons.

    ``left_out``: for each reading the categories that alone make nobody a person to be counted.
    """

    levels: tuple[Rung, ...]
    left_out: dict[str, frozenset[str]]
    left_out_basis: dict[str, str]

    @property
    def kind(self) -> str:
        """ "levels"."""
        return "levels"

    def measures(self) -> tuple[str, ...]:
        """What the levels ask for, in the order of the file."""
        return tuple(dict.fromkeys(each.measure for rung in self.levels for each in rung.conditions))
