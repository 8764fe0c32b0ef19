"""What a policy file in patterns/policies says, read and validated.

All figures of the law stand in the file, each with article, basis and certainty (docs/policy.md).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scanner import knowledge
from scanner.errors import PatternError, PolicyError

READINGS = ("low", "main", "high")
CERTAINTIES = ("clear", "mostly clear", "contested")
COMPANY = "company"  # a condition that the data decide and counts by category do not tell
CONDITIONS = (
    "always",
    "contested",
    "bare_contact",
    "trajectory",
    "company",
    "insider",
    "recipients",
    "illegal_income",
    "lawful_business_residual",
    "lawful_business_mixed",
)
#: What may stand at the top of a file ("") and in each of its tables.
KEYS: dict[str, tuple[str, ...]] = {
    "": (
        *("name", "instrument", "article", "valid_from", "checked_on", "unit", "origin", "licence"),
        *("title", "thresholds", "tier", "category", "caveat"),
    ),
    "title": ("zh", "en"),
    "thresholds": (
        *("scale", "tenfold", "insider_divisor", "income"),
        *("basis_sum", "basis_tenfold", "basis_insider", "basis_income"),
    ),
    "tier": ("size", "article", "zh", "en"),
    "category": (
        *("name", "zh", "en", *READINGS, "certainty", "article", "checked_on"),
        *("basis", "basis_en"),
    ),
    "caveat": ("when", "zh", "en"),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """``size``: how many records reach the standard alone; ``article``: where; ``zh``, ``en``: which kind."""

    size: int
    article: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A category or an element ("property.income") with the tier of each reading; 0 means: not counted."""

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

    def tier(self, reading: str) -> int:
        """The tier in "low", "main" or "high"."""
        return {"low": self.low, "main": self.main, "high": self.high}[reading]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``scale``: the sum S that reaches the standard; ``tenfold``: what multiplies it; ``insider_divisor``:
    what divides both for insiders; ``income``: yuan; ``basis``: the article of each ("sum", "tenfold", …).
    """

    scale: int
    tenfold: int
    insider_divisor: int
    income: int
    basis: dict[str, str]


@dataclass(frozen=True, slots=True)
class Caveat:
    """A sentence that goes with the verdict when the condition ``when`` holds."""

    when: str
    zh: str
    en: str


@dataclass(frozen=True)
class Policy:
    """A policy file, validated. ``categories`` in the order of the file."""

    name: str
    title: dict[str, str]
    instrument: str
    article: str
    valid_from: datetime.date
    checked_on: datetime.date
    tiers: tuple[Tier, ...]
    thresholds: Thresholds
    categories: tuple[Mapped, ...]
    caveats: tuple[Caveat, ...]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.name: place for place, each in enumerate(self.categories)}

    def place(self, name: str) -> int:
        """Where the file maps ``name``, an element falling back to its category; PolicyError if nowhere."""
        place = self._places.get(name, self._places.get(name.partition(".")[0]))
        if place is None:
            raise PolicyError(f"The policy '{self.name}' does not map the category '{name}'.")
        return place

    def mapped(self, name: str) -> Mapped:
        """The mapping of a category or element."""
        return self.categories[self.place(name)]

    def tier(self, name: str, reading: str = "main") -> int | None:
        """The tier of a category or element in "low", "main" or "high"; None where it is not counted."""
        return self.mapped(name).tier(reading) or None

    def weight(self, tier: int) -> int:
        """What one record of a tier adds to S; 0 for tier 0."""
        return self.thresholds.scale // tier if tier else 0


def names() -> tuple[str, ...]:
    """The policies that come with the scanner."""
    return tuple(Path(relative).stem for relative in knowledge.names("policies"))


def load(name_or_path: str | Path) -> Policy:
    """A policy by name ("cn-criminal-2017") or from a TOML file (a path that ends in ".toml").

    Raises PolicyError, one sentence that names the file, the entry and the reason.
    """
    try:
        if isinstance(name_or_path, str) and not name_or_path.endswith(".toml"):
            if name_or_path not in names():
                raise PolicyError(f"There is no policy '{name_or_path}'; there are: {', '.join(names())}.")
            return parse(knowledge.toml(f"policies/{name_or_path}.toml"), name_or_path)
        return parse(knowledge.read_toml(Path(name_or_path)), str(name_or_path))
    except PatternError as error:
        raise PolicyError(str(error)) from error


def parse(content: Mapping[str, Any], where: str) -> Policy:
    """Validates the content of a policy file; ``where`` names it in errors. PolicyError as in ``load``."""
    _refuse_unknown(content, KEYS[""], where)
    limits = _table(content, "thresholds", where)
    _refuse_unknown(limits, KEYS["thresholds"], f"{where}, thresholds")
    _refuse_unknown(_table(content, "title", where), KEYS["title"], f"{where}, title")
    scale, tenfold, divisor, income = (
        _number(limits, key, f"{where}, thresholds", 1)
        for key in ("scale", "tenfold", "insider_divisor", "income")
    )
    for key, value in (("scale", scale), ("income", income)):
        if value % divisor:
            raise PolicyError(
                f"{where}, thresholds: {key} {value} cannot be divided by insider_divisor {divisor}."
            )
    basis = {
        key: _text(limits, f"basis_{key}", f"{where}, thresholds")
        for key in ("sum", "tenfold", "insider", "income")
    }
    tiers = tuple(_tier(entry, where) for entry in _tables(content, "tier", where))
    sizes = [tier.size for tier in tiers]
    if sizes != sorted(set(sizes)):
        raise PolicyError(f"{where}: the tiers {sizes} are not in rising order.")
    for size in sizes:
        if scale % size:
            raise PolicyError(f"{where}: the scale {scale} cannot be divided by the tier {size}.")
    mapped = tuple(_mapped(entry, where, sizes) for entry in _tables(content, "category", where))
    _refuse_gaps([each.name for each in mapped], where)
    return Policy(
        _text(content, "name", where),
        {lang: _text(_table(content, "title", where), lang, f"{where}, title") for lang in ("zh", "en")},
        _text(content, "instrument", where),
        _text(content, "article", where),
        _date(content, "valid_from", where),
        _date(content, "checked_on", where),
        tiers,
        Thresholds(scale, tenfold, divisor, income, basis),
        mapped,
        tuple(_caveat(entry, where) for entry in _tables(content, "caveat", where)),
    )


def _tier(entry: Mapping[str, Any], where: str) -> Tier:
    size = _number(entry, "size", f"{where}, tier", 1)
    _refuse_unknown(entry, KEYS["tier"], f"{where}, tier {size}")
    article, zh, en = (_text(entry, key, f"{where}, tier {size}") for key in ("article", "zh", "en"))
    return Tier(size, article, zh, en)


def _mapped(entry: Mapping[str, Any], where: str, sizes: list[int]) -> Mapped:
    name = _text(entry, "name", f"{where}, category")
    place = f"{where}, category '{name}'"
    _refuse_unknown(entry, KEYS["category"], place)
    tiers = [_number(entry, reading, place, 0) for reading in READINGS]
    for reading, tier in zip(READINGS, tiers, strict=True):
        if tier not in (0, *sizes):
            raise PolicyError(f"{place}: {reading} is {tier}, which is neither a tier ({sizes}) nor 0.")
    # A smaller tier counts more; 0 counts nothing.
    ranks = [len(sizes) - sizes.index(tier) if tier else 0 for tier in tiers]
    if ranks != sorted(ranks):
        raise PolicyError(
            f"{place}: the readings {tiers} are not in the order low <= main <= high by what they count."
        )
    certainty = _text(entry, "certainty", place)
    if certainty not in CERTAINTIES:
        raise PolicyError(f"{place}: certainty '{certainty}' is none of {', '.join(CERTAINTIES)}.")
    zh, en, article, basis, basis_en = (
        _text(entry, key, place) for key in ("zh", "en", "article", "basis", "basis_en")
    )
    checked_on = _date(entry, "checked_on", place)
    return Mapped(name, zh, en, tiers[0], tiers[1], tiers[2], certainty, article, basis, basis_en, checked_on)


def _caveat(entry: Mapping[str, Any], where: str) -> Caveat:
    _refuse_unknown(entry, KEYS["caveat"], f"{where}, caveat")
    when, zh, en = (_text(entry, key, f"{where}, caveat") for key in ("when", "zh", "en"))
    if when not in CONDITIONS:
        raise PolicyError(f"{where}, caveat: '{when}' is none of {', '.join(sorted(CONDITIONS))}.")
    return Caveat(when, zh, en)


def _refuse_gaps(mapped: list[str], where: str) -> None:
    """Every category has a mapping, once, and nothing else has."""
    known = [entry["name"] for entry in knowledge.toml("categories.toml")["category"]]
    for name in mapped:
        if name not in known:
            raise PolicyError(f"{where}: the category '{name}' is unknown.")
        if mapped.count(name) > 1:
            raise PolicyError(f"{where}: the category '{name}' is mapped twice.")
    missing = [name for name in known if name.partition(".")[0] not in mapped]
    if missing:
        raise PolicyError(f"{where}: the category '{missing[0]}' has no mapping.")


def _refuse_unknown(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """A misspelt key must not pass for one that is not given."""
    for key in table:
        if key not in keys:
            raise PolicyError(f"{where}: the key '{key}' is unknown; the keys are {', '.join(keys)}.")


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"{where}: '{key}' is missing or not a text.")
    return value


def _number(table: Mapping[str, Any], key: str, where: str, least: int) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise PolicyError(f"{where}: '{key}' is missing or not a whole number from {least}.")
    return value


def _date(table: Mapping[str, Any], key: str, where: str) -> datetime.date:
    value = table.get(key)
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise PolicyError(f"{where}: '{key}' is missing or not a date.")
    return value


def _table(content: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = content.get(key)
    if not isinstance(value, dict):
        raise PolicyError(f"{where}: the table '{key}' is missing.")
    return value


def _tables(content: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    value = content.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise PolicyError(f"{where}: the tables '[[{key}]]' are missing.")
    return value
