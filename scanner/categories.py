"""Which legal categories a row holds, by the rules in patterns/categories.toml.

A row is a set of facts: labels accepted in it ("resident_id") and "role:NAME" for each column whose header
says NAME for sure and whose cell is filled. Facts about companies (USCC, 企业名称) stand in no rule.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, NamedTuple

from scanner import knowledge
from scanner.errors import PatternError

Facts = frozenset[str]
FILE = "categories.toml"


class Category(NamedTuple):
    """A legal category or an element of one ("property.income" belongs to "property").

    ``zh``, ``en``: what it is called; ``rows``: rows of the mapping table in docs/policy.md; ``rest``: held
    only where no other is; ``derived``: given by no rule, but over all rows of a subject; ``when``: alternatives,
    each a list of facts, "@group" and "!" that must all hold.
    """

    name: str
    zh: str
    en: str
    note: str
    rows: tuple[int, ...]
    rest: bool
    derived: bool
    when: tuple[tuple[str, ...], ...]


class _Rules(NamedTuple):
    """The file, validated."""

    groups: dict[str, tuple[tuple[str, ...], ...]]
    all: tuple[Category, ...]


def categories(facts: Facts) -> frozenset[str]:
    """The categories of a row, elements folded into theirs; empty if the row identifies nobody."""
    return frozenset(name.partition(".")[0] for name in elements(facts))


@lru_cache(maxsize=65536)
def elements(facts: Facts) -> frozenset[str]:
    """Like ``categories``, with elements told apart ("property.income"), as policies may read them apart."""
    rules = _rules()
    held = frozenset(each.name for each in rules.all if not each.rest and _any(each.when, facts))
    if held:
        return held
    return frozenset(each.name for each in rules.all if each.rest and _any(each.when, facts))


def identifiable(facts: Facts) -> bool:
    """Whether the row identifies somebody or shows somebody's doings: exactly if it holds a category."""
    return bool(elements(facts))


def names() -> tuple[str, ...]:
    """All categories in the order of the file, without elements."""
    return tuple(dict.fromkeys(each.name.partition(".")[0] for each in _rules().all))


def fact_roles() -> frozenset[str]:
    """The header roles that rules ask for, without "role:"."""
    rules = _rules()
    lists = [*rules.groups.values(), *(each.when for each in rules.all)]
    terms = {term.lstrip("!") for when in lists for alternative in when for term in alternative}
    return frozenset(term.removeprefix("role:") for term in terms if term.startswith("role:"))


def described() -> tuple[Category, ...]:
    """All categories and elements in the order of the file."""
    return _rules().all


def _any(alternatives: tuple[tuple[str, ...], ...], facts: Facts) -> bool:
    for alternative in alternatives:
        for term in alternative:
            if not _holds(term, facts):
                break
        else:
            return True
    return False


def _holds(term: str, facts: Facts) -> bool:
    if term.startswith("!"):
        return not _holds(term[1:], facts)
    if term.startswith("@"):
        return _any(_rules().groups[term[1:]], facts)
    return term in facts


@cache
def _rules() -> _Rules:
    return parse(knowledge.toml(FILE))


def parse(content: dict[str, Any]) -> _Rules:
    """Validates the content of a category file; PatternError names the entry and the reason."""
    labels = frozenset(content.get("labels", ()))
    groups = {name: _alternatives(name, value) for name, value in content.get("group", {}).items()}
    entries = content.get("category", [])
    found = tuple(_category(entry) for entry in entries)
    seen: set[str] = set()
    for each in found:
        if each.name in seen:
            raise PatternError(f"{FILE}: the category '{each.name}' is given twice.")
        seen.add(each.name)
    for name, when in [*groups.items(), *((each.name, each.when) for each in found)]:
        for term in (term.lstrip("!") for alternative in when for term in alternative):
            if term.startswith("@"):
                if term[1:] not in groups:
                    raise PatternError(f"{FILE}: '{name}' names the unknown group '{term}'.")
            elif term not in labels and not term.startswith("role:"):
                raise PatternError(f"{FILE}: '{name}' names '{term}', which is neither a label nor a role.")
    for name in groups:
        _refuse_circle(name, groups, ())
    return _Rules(groups, found)


def _category(entry: dict[str, Any]) -> Category:
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise PatternError(f"{FILE}: a category has no name.")
    derived = bool(entry.get("derived", False))
    for key in ("zh", "en", "rows", "when"):
        if not entry.get(key) and not (derived and key == "when"):
            raise PatternError(f"{FILE}: the category '{name}' has no '{key}'.")
    if derived and ("." not in name or entry.get("when")):
        raise PatternError(f"{FILE}: '{name}' is derived, so it must be an element, without a rule.")
    return Category(
        name,
        entry["zh"],
        entry["en"],
        entry.get("note", ""),
        tuple(entry["rows"]),
        bool(entry.get("rest", False)),
        derived,
        _alternatives(name, entry.get("when", [])),
    )


def _alternatives(name: str, value: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(
        isinstance(each, list) and each and all(isinstance(term, str) for term in each) for each in value
    ):
        raise PatternError(f"{FILE}: '{name}' is not a list of lists of facts.")
    return tuple(tuple(each) for each in value)


def _refuse_circle(name: str, groups: dict[str, tuple[tuple[str, ...], ...]], path: tuple[str, ...]) -> None:
    if name in path:
        raise PatternError(f"{FILE}: the group '{name}' is defined by itself.")
    for term in (term.lstrip("!") for alternative in groups[name] for term in alternative):
        if term.startswith("@"):
            _refuse_circle(term[1:], groups, (*path, name))
