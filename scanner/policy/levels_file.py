"""Reads what a policy file of the kind "levels" says: a ladder of levels by counts of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.errors import PolicyError
from scanner.policy import fields
from scanner.policy.fields import Content
from scanner.policy.policies import COMPANY, READINGS, Condition, LevelPolicy, Rung
from scanner.policy.tiers_file import quoted

MEASURES = ("persons", "sensitive", "other")
CONDITIONS = ("always", "contested", "bare_contact", "failed_checks", "unlinked", COMPANY)
KEYS: dict[str, tuple[str, ...]] = {
    "": ("level", "left_out"),
    "left_out": (*READINGS, "basis", "basis_en"),
    "level": ("name", "zh", "en", "article", "when"),
    "when": ("count", "at_least", "more_than", "article", "wording", "verified", "certainty"),
}


def parse(content: Content, where: str, common: Mapping[str, Any], known: Sequence[str]) -> LevelPolicy:
    """Validates the part that only this kind has; ``common``: fields of every policy; ``known``: categories."""
    rungs = tuple(
        _rung(entry, where, place) for place, entry in enumerate(fields.tables(content, "level", where))
    )
    names = [rung.name for rung in rungs]
    for name in names:
        if names.count(name) > 1:
            raise PolicyError(f"{where}: the level '{name}' is given twice.")
    if len(rungs) == 1:
        raise PolicyError(f"{where}: there is only one level.")
    _refuse_disorder(rungs, where)
    left, place = fields.table(content, "left_out", where), f"{where}, left_out"
    fields.refuse_unknown(left, KEYS["left_out"], place)
    left_out = {reading: frozenset(fields.words(left, reading, place)) for reading in READINGS}
    for name in frozenset().union(*left_out.values()):
        if name not in known or "." in name:
            raise PolicyError(f"{place}: the category '{name}' is unknown.")
    if not left_out["low"] >= left_out["main"] >= left_out["high"]:
        raise PolicyError(
            f"{place}: the readings are not in the order low <= main <= high by what they count."
        )
    basis = {"zh": fields.text(left, "basis", place), "en": fields.text(left, "basis_en", place)}
    return LevelPolicy(**common, levels=rungs, left_out=left_out, left_out_basis=basis)


def _rung(entry: Content, where: str, place: int) -> Rung:
    name = fields.text(entry, "name", f"{where}, level")
    here = f"{where}, level '{name}'"
    fields.refuse_unknown(entry, KEYS["level"], here)
    zh, en, article = (fields.text(entry, key, here) for key in ("zh", "en", "article"))
    if place == 0 and "when" in entry:
        raise PolicyError(f"{here}: the lowest level has no conditions.")
    conditions = [] if place == 0 else fields.tables(entry, "when", here)
    return Rung(name, zh, en, article, tuple(_condition(each, here) for each in conditions))


def _condition(entry: Content, where: str) -> Condition:
    fields.refuse_unknown(entry, KEYS["when"], where)
    measure = fields.choice(entry, "count", where, MEASURES)
    if ("at_least" in entry) == ("more_than" in entry):
        raise PolicyError(f"{where}: one of 'at_least' and 'more_than' must be given, not both.")
    strict = "more_than" in entry
    limit = fields.number(entry, "more_than" if strict else "at_least", where, 1)
    article = fields.text(entry, "article", where)
    return Condition(measure, limit, strict, article, *quoted(entry, where))


def _refuse_disorder(rungs: Sequence[Rung], where: str) -> None:
    """Each measure asks for more from level to level, at most once in each."""
    for measure in MEASURES:
        before: Condition | None = None
        for rung in rungs:
            asked = [each for each in rung.conditions if each.measure == measure]
            if len(asked) > 1:
                raise PolicyError(f"{where}, level '{rung.name}': it asks twice for a count of '{measure}'.")
            if asked and before and asked[0].order <= before.order:
                raise PolicyError(f"{where}: the levels are not in rising order of '{measure}'.")
            before = asked[0] if asked else before
