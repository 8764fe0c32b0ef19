"""Reads what a policy file of the kind "tiers" says: tiers, thresholds, and the readings of each category."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanner.errors import PolicyError
from scanner.policy import fields
from scanner.policy.fields import Content
from scanner.policy.policies import (
    CERTAINTIES,
    COMPANY,
    READINGS,
    VERIFIED,
    Follows,
    Mapped,
    Thresholds,
    Tier,
    TierPolicy,
)

Other = Callable[[str], Content]  # the content of a policy by its name
CONDITIONS = (
    "always",
    "contested",
    "bare_contact",
    "trajectory",
    "tracked",
    "standing",
    "failed_checks",
    COMPANY,
    "insider",
    "recipients",
    "union",
    "illegal_income",
    "lawful_business_residual",
    "lawful_business_mixed",
    "lawful_business_disputed",
)
BASES = ("sum", "tenfold", "insider", "income", "recipients", "union")
#: Standards that an instrument may lack; each comes with its basis or not at all.
OPTIONAL = {"tenfold": "tenfold", "insider_divisor": "insider", "income": "income"}
TEXTS = ("zh", "en", "article", "basis", "basis_en")
#: What may stand at the top of a file ("") and in each of its tables.
KEYS: dict[str, tuple[str, ...]] = {
    "": ("thresholds", "tier", "category", "follows"),
    "thresholds": ("scale", *OPTIONAL, *(f"basis_{each}" for each in BASES)),
    "tier": ("size", "article", "zh", "en", "wording", "verified", "certainty"),
    "category": (
        *("name", "zh", "en", *READINGS, "certainty", "article", "checked_on"),
        *("basis", "basis_en", "absorbs"),
    ),
    "follows": ("policy", "factor", "basis", "basis_en"),
}


def parse(
    content: Content,
    where: str,
    common: Mapping[str, Any],
    known: Sequence[str],
    derived: Sequence[str],
    other: Other,
) -> TierPolicy:
    """Validates the part that only this kind has.

    ``common``: fields of every policy; ``known``: all categories and elements; ``derived``: elements that need
    a mapping of their own; ``other``: the content of a policy by name.
    """
    thresholds = _thresholds(fields.table(content, "thresholds", where), f"{where}, thresholds")
    tiers = tuple(_tier(entry, where) for entry in fields.tables(content, "tier", where))
    sizes = [tier.size for tier in tiers]
    if sizes != sorted(set(sizes)):
        raise PolicyError(f"{where}: the tiers {sizes} are not in rising order.")
    for size in sizes:
        if thresholds.scale % size:
            raise PolicyError(f"{where}: the scale {thresholds.scale} cannot be divided by the tier {size}.")
    follows = _follows(content, where)
    entries = fields.tables(content, "category", where, optional=follows is not None)
    if follows is not None:
        entries = [*_taken_over(follows, content, where, tiers, other), *entries]
    mapped = tuple(_mapped(entry, where, sizes) for entry in entries)
    _refuse_gaps(mapped, where, known, derived)
    return TierPolicy(**common, tiers=tiers, thresholds=thresholds, categories=mapped, follows=follows)


def _thresholds(limits: Content, where: str) -> Thresholds:
    fields.refuse_unknown(limits, KEYS["thresholds"], where)
    scale = fields.number(limits, "scale", where, 1)
    found: dict[str, int | None] = {}
    basis = {"sum": fields.text(limits, "basis_sum", where)}
    for key, name in OPTIONAL.items():
        found[key] = fields.number(limits, key, where, 1) if key in limits else None
        if found[key] is not None:
            basis[name] = fields.text(limits, f"basis_{name}", where)
        elif f"basis_{name}" in limits:
            raise PolicyError(f"{where}: 'basis_{name}' is given, but '{key}' is missing.")
    for name in ("recipients", "union"):  # rules without a figure
        if f"basis_{name}" in limits:
            basis[name] = fields.text(limits, f"basis_{name}", where)
    income, divisor = found["income"], found["insider_divisor"]
    for key, value in (("scale", scale), ("income", income)):
        if value and divisor and value % divisor:
            raise PolicyError(f"{where}: {key} {value} cannot be divided by insider_divisor {divisor}.")
    return Thresholds(scale, found["tenfold"], divisor, income, basis)


def _tier(entry: Content, where: str) -> Tier:
    size = fields.number(entry, "size", f"{where}, tier", 1)
    place = f"{where}, tier {size}"
    fields.refuse_unknown(entry, KEYS["tier"], place)
    article, zh, en = (fields.text(entry, key, place) for key in ("article", "zh", "en"))
    wording, verified, certainty = quoted(entry, place)
    return Tier(size, article, zh, en, wording, verified, certainty)


def quoted(entry: Content, where: str) -> tuple[str, str, str]:
    """Wording ("" where there is none), how it was verified, and its certainty; what is from memory is no quote."""
    wording = fields.text(entry, "wording", where) if "wording" in entry else ""
    verified = fields.choice(entry, "verified", where, VERIFIED)
    if wording and verified == "MEM":
        raise PolicyError(f"{where}: a wording from memory cannot stand as a quotation.")
    return wording, verified, fields.choice(entry, "certainty", where, CERTAINTIES)


def _follows(content: Content, where: str) -> Follows | None:
    if "follows" not in content:
        return None
    table, place = fields.table(content, "follows", where), f"{where}, follows"
    fields.refuse_unknown(table, KEYS["follows"], place)
    name, basis, basis_en = (fields.text(table, key, place) for key in ("policy", "basis", "basis_en"))
    return Follows(name, fields.number(table, "factor", place, 1), basis, basis_en)


def _taken_over(
    follows: Follows, content: Content, where: str, tiers: Sequence[Tier], other: Other
) -> list[Content]:
    """The categories of the policy that is followed, without those that the file gives itself."""
    try:
        followed = other(follows.policy)
    except PolicyError as error:
        raise PolicyError(f"{where}, follows: {error}") from error
    if followed.get("kind") != "tiers" or "follows" in followed:
        raise PolicyError(f"{where}, follows: '{follows.policy}' has no tiers of its own to be followed.")
    articles = {tier.size: tier.article for tier in tiers}
    own = {entry.get("name") for entry in content.get("category", [])}
    found: list[Content] = []
    for entry in fields.tables(followed, "category", follows.policy):
        sizes = {reading: entry[reading] * follows.factor for reading in READINGS}
        counted = next((size for key in ("main", "high", "low") if (size := sizes[key])), 0)
        change = {
            # An analogy is never clearer than what it follows.
            "certainty": "contested" if entry["certainty"] == "contested" else "mostly clear",
            "article": articles.get(counted, content["article"]),
            "basis": follows.basis + entry["basis"],
            "basis_en": f"{follows.basis_en} {entry['basis_en']}",
        }
        if entry["name"] not in own:
            found.append({**entry, **sizes, **change})
    return found


def _mapped(entry: Content, where: str, sizes: list[int]) -> Mapped:
    name = fields.text(entry, "name", f"{where}, category")
    place = f"{where}, category '{name}'"
    fields.refuse_unknown(entry, KEYS["category"], place)
    low, main, high = tiers = [fields.number(entry, reading, place, 0) for reading in READINGS]
    for reading, tier in zip(READINGS, tiers, strict=True):
        if tier not in (0, *sizes):
            raise PolicyError(f"{place}: {reading} is {tier}, which is neither a tier ({sizes}) nor 0.")
    # A smaller tier counts more; 0 counts nothing.
    ranks = [len(sizes) - sizes.index(tier) if tier else 0 for tier in tiers]
    if ranks != sorted(ranks):
        raise PolicyError(
            f"{place}: the readings {tiers} are not in the order low <= main <= high by what they count."
        )
    certainty = fields.choice(entry, "certainty", place, CERTAINTIES)
    zh, en, article, basis, basis_en = (fields.text(entry, key, place) for key in TEXTS)
    checked_on = fields.date(entry, "checked_on", place)
    absorbs = fields.words(entry, "absorbs", place)
    return Mapped(name, zh, en, low, main, high, certainty, article, basis, basis_en, checked_on, absorbs)


def _refuse_gaps(mapped: Sequence[Mapped], where: str, known: Sequence[str], derived: Sequence[str]) -> None:
    """Every category has a mapping, once, and nothing else has."""
    names = [each.name for each in mapped]
    for each in mapped:
        for name in (each.name, *each.absorbs):
            if name not in known:
                raise PolicyError(f"{where}: the category '{name}' is unknown.")
        if names.count(each.name) > 1:
            raise PolicyError(f"{where}: the category '{each.name}' is mapped twice.")
    missing = [name for name in known if name.partition(".")[0] not in names]
    missing += [name for name in derived if name not in names]
    if missing:
        raise PolicyError(f"{where}: the category '{missing[0]}' has no mapping.")
