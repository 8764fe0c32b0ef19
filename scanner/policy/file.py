"""Finds policy files, and reads and validates what all kinds of them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner import knowledge
from scanner.errors import PatternError, PolicyError
from scanner.policy import fields, levels_file, tiers_file
from scanner.policy.fields import Content
from scanner.policy.policies import UNITS, Caveat, Doubtful, Policy

#: What may stand at the top of a file of any kind.
KEYS = (
    *("kind", "name", "instrument", "article", "valid_from", "checked_on", "unit", "origin", "licence"),
    *("title", "caveat", "failed_checks"),
)
KINDS = ("tiers", "levels")


def names() -> tuple[str, ...]:
    """The policies that come with the scanner."""
    return tuple(Path(relative).stem for relative in knowledge.names("policies"))


def load(name_or_path: str | Path) -> Policy:
    """A policy by name ("cn-criminal-2017") or from a TOML file (a path that ends in ".toml").

    Raises PolicyError, one sentence that names the file, the entry and the reason.
    """
    try:
        if isinstance(name_or_path, str) and not name_or_path.endswith(".toml"):
            return parse(_known(name_or_path), name_or_path)
        return parse(knowledge.read_toml(Path(name_or_path)), str(name_or_path))
    except PatternError as error:
        raise PolicyError(str(error)) from error


def _known(name: str) -> dict[str, Any]:
    """The content of a policy that comes with the scanner."""
    if name not in names():
        raise PolicyError(f"There is no policy '{name}'; there are: {', '.join(names())}.")
    return knowledge.toml(f"policies/{name}.toml")


def parse(content: Mapping[str, Any], where: str) -> Policy:
    """Validates the content of a policy file; ``where`` names it in errors. PolicyError as in ``load``."""
    kind = fields.choice(content, "kind", where, KINDS)
    own = tiers_file.KEYS[""] if kind == "tiers" else levels_file.KEYS[""]
    fields.refuse_unknown(content, (*KEYS, *own), where)
    title = fields.table(content, "title", where)
    fields.refuse_unknown(title, ("zh", "en"), f"{where}, title")
    units = UNITS if kind == "tiers" else ("person",)
    known = [each["name"] for each in knowledge.toml("categories.toml")["category"]]
    conditions = tiers_file.CONDITIONS if kind == "tiers" else levels_file.CONDITIONS
    common: dict[str, Any] = {
        "name": fields.text(content, "name", where),
        "title": {lang: fields.text(title, lang, f"{where}, title") for lang in ("zh", "en")},
        "instrument": fields.text(content, "instrument", where),
        "article": fields.text(content, "article", where),
        "valid_from": fields.date(content, "valid_from", where),
        "checked_on": fields.date(content, "checked_on", where),
        "unit": fields.choice(content, "unit", where, units),
        "doubtful": _doubtful(fields.table(content, "failed_checks", where), f"{where}, failed_checks"),
        "caveats": tuple(
            _caveat(each, where, conditions) for each in fields.tables(content, "caveat", where)
        ),
    }
    for key in ("origin", "licence"):
        fields.text(content, key, where)
    if kind == "levels":
        return levels_file.parse(content, where, common, known)
    derived = [each["name"] for each in knowledge.toml("categories.toml")["category"] if each.get("derived")]
    return tiers_file.parse(content, where, common, known, derived, _known)


def _doubtful(entry: Content, where: str) -> Doubtful:
    keys = ("zh", "en", "article", "basis", "basis_en")
    fields.refuse_unknown(entry, keys, where)
    return Doubtful(*(fields.text(entry, key, where) for key in keys))


def _caveat(entry: Content, where: str, conditions: tuple[str, ...]) -> Caveat:
    fields.refuse_unknown(entry, ("when", "zh", "en"), f"{where}, caveat")
    when, zh, en = (fields.text(entry, key, f"{where}, caveat") for key in ("when", "zh", "en"))
    if when not in conditions:
        raise PolicyError(f"{where}, caveat: '{when}' is none of {', '.join(sorted(conditions))}.")
    return Caveat(when, zh, en)
