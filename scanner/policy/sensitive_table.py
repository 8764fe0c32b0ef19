"""What is sensitive personal information (PIPL Art. 28): a column of its own, apart from the tiers of any policy.

The table is patterns/sensitive.toml; an element that it does not name is read as its category.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from scanner import knowledge
from scanner.errors import PatternError
from scanner.policy.policies import FAILED

FILE = "sensitive.toml"
STATES = ("no", "contested", "yes")
#: Which states count as sensitive in each reading.
COUNTED = {"low": ("yes",), "main": ("yes",), "high": ("yes", "contested")}
KEYS = ("name", "sensitive", "basis", "basis_en")


class Sensitivity(NamedTuple):
    """Whether a category, element or label is sensitive: "yes", "no" or "contested", and why."""

    name: str
    state: str
    basis: str
    basis_en: str


def sensitive(elements: Iterable[str], reading: str = "main") -> bool:
    """Whether any of the categories, elements or labels is sensitive personal information.

    ``reading``: "low" leaves out what is held only through a number that fails its checks (a name ending in "!"),
    "high" counts what is contested. PatternError for a name that is not in the table.
    """
    names = [name for name in elements if reading != "low" or not name.endswith(FAILED)]
    return any(state(name) in COUNTED[reading] for name in names)


def state(name: str) -> str:
    """ "yes", "no" or "contested" for a category, element or label."""
    return row(name).state


def row(name: str) -> Sensitivity:
    """What the table says of a category, element or label; PatternError where it says nothing."""
    plain = name.removesuffix(FAILED)
    found = _table().get(plain) or _table().get(plain.partition(".")[0])
    if found is None:
        raise PatternError(f"{FILE}: '{name}' is not in the table.")
    return found


def rows() -> tuple[Sensitivity, ...]:
    """The whole table, in the order of the file."""
    return tuple(_table().values())


@cache
def _table() -> dict[str, Sensitivity]:
    return parse(knowledge.toml(FILE), knowledge.toml("categories.toml"))


def parse(content: dict[str, Any], categories: dict[str, Any]) -> dict[str, Sensitivity]:
    """Validates the table against the categories and labels there are; PatternError names entry and reason."""
    if not isinstance(content.get("checked_on"), datetime.date):
        raise PatternError(f"{FILE}: 'checked_on' is missing or not a date.")
    names = [entry["name"] for entry in categories["category"]]
    found: dict[str, Sensitivity] = {}
    for entry in content.get("kind", []):
        name = entry.get("name")
        if name not in names and name not in categories["labels"]:
            raise PatternError(f"{FILE}: '{name}' is neither a category, an element nor a label.")
        if name in found:
            raise PatternError(f"{FILE}: '{name}' is given twice.")
        for key in entry:
            if key not in KEYS:
                raise PatternError(f"{FILE}, '{name}': the key '{key}' is unknown.")
        if entry.get("sensitive") not in STATES:
            raise PatternError(f"{FILE}, '{name}': sensitive is none of {', '.join(STATES)}.")
        for key in ("basis", "basis_en"):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                raise PatternError(f"{FILE}, '{name}': '{key}' is missing.")
        found[name] = Sensitivity(name, entry["sensitive"], entry["basis"], entry["basis_en"])
    for name in names:
        if name.partition(".")[0] not in found:
            raise PatternError(f"{FILE}: the category '{name}' is missing.")
    return found
