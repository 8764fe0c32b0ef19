"""What rows hold, now that their columns are decided: facts, failed numbers, placeholders, elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.columns import DUMMY, UNSOUND, Decision, base, damaged, is_mark
from scanner.model import Detector
from scanner.tally import Fact, Signature, TableKey, TableTally

Profile = frozenset[str]  # the elements that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)
Decisions = Mapping[ColumnKey, Mapping[str, Decision]]
MASKED = "masked"  # the label of masked values


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What rows with one signature hold.

    ``facts``: what the rules of categories ask for; ``unsound``, ``dummies``: labels of numbers that fail their checks
    and of placeholders, in columns of such values; ``profile``: the elements; ``instead``: what a row holds that
    identifies nobody ("placeholders", "masked", "company"), if anything.
    """

    facts: frozenset[str]
    unsound: frozenset[str]
    dummies: frozenset[str]
    profile: Profile
    instead: str | None


def row_facts(
    signature: Signature,
    key: TableKey,
    table: TableTally,
    roles: tuple[str | None, ...],
    by_name: Mapping[str, Detector],
    categories: Callable[[frozenset[str]], Profile],
    decisions: Decisions,
) -> RowFacts:
    """What the rows with a signature hold, now that the columns are decided."""
    facts = frozenset(label_of(fact, by_name) for fact in accepted(signature, key, decisions))
    marks = _marks(signature, key, table, roles, by_name, decisions)
    profile = _profile(facts, marks[UNSOUND], categories)
    return RowFacts(facts, marks[UNSOUND], marks[DUMMY], profile, _instead(facts, marks[DUMMY]))


def accepted(signature: Signature, key: TableKey, decisions: Decisions) -> Signature:
    """A signature without the facts of rejected columns: how a rejection takes effect without a second pass."""
    return frozenset(
        (column, name)
        for column, name in signature
        if not is_mark(name) and (name.startswith("role:") or decisions[(*key, column)][name].accepted)
    )


def _marks(
    signature: Signature,
    key: TableKey,
    table: TableTally,
    roles: tuple[str | None, ...],
    by_name: Mapping[str, Detector],
    decisions: Decisions,
) -> dict[str, frozenset[str]]:
    """The labels of values in a row that do not count, by mark, where the column is one of such values.

    A number that fails its checks is a lead only in a column where nearly all pass; a placeholder is one under its
    header, too.
    """
    found: dict[str, set[str]] = {
        UNSOUND: set(),
        DUMMY: set(),
    }  # of placeholders it is all one whether they pass
    for column, name in signature:
        if is_mark(name):
            detector, decision = by_name[base(name)], decisions[(*key, column)].get(base(name))
            if decision is None:
                continue
            near = damaged(table.columns[column].labels[base(name)], decision) > 0
            if near if name[-1] == UNSOUND else decision.accepted or roles[column] in detector.roles:
                found[UNSOUND if name[-1] == UNSOUND else DUMMY].add(detector.label)
    return {mark: frozenset(labels) for mark, labels in found.items()}


def _profile(
    labels: frozenset[str], unsound: frozenset[str], categories: Callable[[frozenset[str]], Profile]
) -> Profile:
    """What a row holds; with "!" what it holds only through numbers that fail their checks."""
    sound = categories(labels)
    if not unsound or unsound <= labels:
        return sound
    return sound | {f"{name}{UNSOUND}" for name in categories(labels | unsound) - sound}


def _instead(labels: frozenset[str], dummies: frozenset[str]) -> str | None:
    """What a row holds that identifies nobody."""
    if dummies:
        return "placeholders"
    if MASKED in labels:
        return "masked"
    company = any(label == "uscc" or label.startswith("role:company_") for label in labels)
    return "company" if company else None


def label_of(fact: Fact, by_name: Mapping[str, Detector]) -> str:
    """What the rules of categories call a fact."""
    return fact[1] if fact[1].startswith("role:") else by_name[base(fact[1])].label
