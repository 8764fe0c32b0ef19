"""From the facts of a row to what the law calls it: patterns/categories.toml, term by term."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from reference import knowledge

Facts = frozenset[str]


@cache
def fact_roles() -> frozenset[str]:
    """The roles that some rule asks for."""
    content = knowledge.toml("categories.toml")
    lists = [*content["group"].values(), *(entry["when"] for entry in content["category"])]
    terms = {term.lstrip("!") for when in lists for alternative in when for term in alternative}
    return frozenset(term[5:] for term in terms if term.startswith("role:"))


def holds(term: str, facts: Facts) -> bool:
    if term[0] == "!":
        return not holds(term[1:], facts)
    if term[0] == "@":
        return any_of(knowledge.toml("categories.toml")["group"][term[1:]], facts)
    return term in facts


def any_of(alternatives: Iterable[Iterable[str]], facts: Facts) -> bool:
    return any(all(holds(term, facts) for term in alternative) for alternative in alternatives)


@cache
def elements(facts: Facts) -> Facts:
    """The categories and elements that a row holds; those of the rest only where it holds no other."""
    entries = knowledge.toml("categories.toml")["category"]
    for rest in (False, True):
        held = [e["name"] for e in entries if e.get("rest", False) == rest and any_of(e["when"], facts)]
        if held:
            return frozenset(held)
    return frozenset()


def with_unsound(facts: Facts, unsound: Facts) -> Facts:
    """The same with "!" behind what holds only through numbers that fail their checks."""
    sound = elements(facts)
    return sound | {f"{name}!" for name in elements(facts | unsound) - sound} if unsound - facts else sound


def instead(facts: Facts, dummies: Facts) -> str | None:
    """What a row that identifies nobody holds."""
    if dummies:
        return "placeholders"
    if "masked" in facts:
        return "masked"
    if "uscc" in facts or any(fact.startswith("role:company_") for fact in facts):
        return "company"
    return None
