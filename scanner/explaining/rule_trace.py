"""Why a row holds a category, or what it lacks: the rules of patterns/categories.toml, told step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from scanner import knowledge
from scanner.categories import FILE, Category, Facts, parse

Alternatives = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a rule, and the facts by which it holds (none for a term that says what must not be there)."""

    term: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A term that does not hold: ``any_of``: the facts of which one would do, or (``term`` with "!") must go."""

    term: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """What an alternative of a rule lacks, and of how many of its terms there is something in the row."""

    lacks: tuple[Lack, ...]
    there: int


@cache
def _groups() -> dict[str, Alternatives]:
    return parse(knowledge.toml(FILE)).groups


def holds(term: str, facts: Facts) -> bool:
    """Whether a term ("label", "role:NAME", "@group", each with "!" for not) holds."""
    if term.startswith("!"):
        return not holds(term[1:], facts)
    if term.startswith("@"):
        return any(all(holds(each, facts) for each in some) for some in _groups()[term[1:]])
    return term in facts


def held_by(category: Category, facts: Facts) -> tuple[Term, ...] | None:
    """The first alternative of a category's rule that holds, term by term; None where none does."""
    for alternative in category.when:
        if all(holds(term, facts) for term in alternative):
            return tuple(Term(term, _by(term, facts)) for term in alternative)
    return None


def lacking(category: Category, facts: Facts) -> Lacking | None:
    """What the alternative that is nearest to holding lacks: the fewest terms; None for a category without a rule."""
    found = []
    for alternative in category.when:
        missing = [term for term in alternative if not holds(term, facts)]
        there = sum(not term.startswith("!") and term not in missing for term in alternative)
        found.append(Lacking(tuple(Lack(term, tuple(_leaves(term))) for term in missing), there))
    return min(found, key=lambda each: (len(each.lacks), -each.there), default=None)


def _by(term: str, facts: Facts) -> tuple[str, ...]:
    if term.startswith("!"):
        return ()
    if not term.startswith("@"):
        return (term,)
    every = (
        tuple(fact for each in some for fact in _by(each, facts))
        for some in _groups()[term[1:]]
        if all(holds(each, facts) for each in some)
    )
    return tuple(dict.fromkeys(fact for facts_of in every for fact in facts_of))


def _leaves(term: str) -> Iterator[str]:
    """The facts that a term comes down to, each once."""
    plain = term.lstrip("!")
    if not plain.startswith("@"):
        yield plain
        return
    parts = (each for some in _groups()[plain[1:]] for each in some if not each.startswith("!"))
    yield from dict.fromkeys(fact for each in parts for fact in _leaves(each))
