"""What rows hold, now that their columns are decided: facts, failed numbers, placeholders, elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.columns.decision import Decision, damaged
from scanner.columns.names import DUMMY, UNSOUND, base, is_mark, is_restored, value_name
from scanner.model import Detector
from scanner.tallies.tally import LOOSE, Fact, Signature, TableKey, TableTally

Profile = frozenset[str]  # the elements that a record holds
ColumnKey = tuple[int, str | None, int]  # (input, table, column)
Decisions = Mapping[ColumnKey, Mapping[str, Decision]]
MASKED = "masked"  # the label of masked values


class RowFacts(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class TableFacts:
    """The facts of a table's rows, told once and not for each of its signatures.

    ``sound``: those of accepted columns and of roles; ``marks``: values that do not count, in columns of such values,
    each with what it is (UNSOUND, DUMMY); ``labels``: what the rules of categories call each.
    """

    sound: frozenset[Fact]
    marks: Mapping[Fact, str]
    labels: Mapping[Fact, str]
    _telling: frozenset[Fact] = field(init=False)  # all that make a difference
    _known: dict[Signature, RowFacts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_telling", self.sound | self.marks.keys())

    def row_facts(self, signature: Signature, categories: Callable[[frozenset[str]], Profile]) -> RowFacts:
        """What the rows with a signature hold, now that the columns are decided."""
        held = signature & self._telling
        if held not in self._known:
            facts = frozenset(self.labels[fact] for fact in held & self.sound)
            marked = [(self.marks[fact], self.labels[fact]) for fact in held - self.sound]
            unsound, dummies = (
                frozenset(label for mark, label in marked if mark == one) for one in (UNSOUND, DUMMY)
            )
            profile = _profile(facts, unsound, categories)
            self._known[held] = RowFacts(facts, unsound, dummies, profile, _instead(facts, dummies))
        return self._known[held]


def table_facts(
    signatures: Iterable[Signature],
    key: TableKey,
    table: TableTally,
    roles: tuple[str | None, ...],
    by_name: Mapping[str, Detector],
    decisions: Decisions,
) -> TableFacts:
    """The facts of some signatures of a table, now that its columns are decided.

    A number that fails its checks is a lead only in a column where nearly all pass; a placeholder is one under its
    header, too. A number that had to be restored holds what one holds that fails: not in the low reading.
    """
    facts = frozenset[Fact]().union(*signatures)
    sound, marks = set(), {}
    for fact in facts:
        column, name = fact
        if not is_mark(name):
            if name.startswith("role:"):
                sound.add(fact)
            elif decisions[(*key, column)][value_name(name)].accepted:
                if is_restored(name):
                    marks[fact] = UNSOUND
                else:
                    sound.add(fact)
            continue
        decision = decisions[(*key, column)].get(base(name))
        if decision is None:
            continue
        near = damaged(table.columns[column].labels[base(name)], decision) > 0
        header = column != LOOSE and roles[column] in by_name[base(name)].roles
        if near if name[-1] == UNSOUND else decision.accepted or header:
            marks[fact] = UNSOUND if name[-1] == UNSOUND else DUMMY  # whether a placeholder passes is all one
    labels = {fact: label_of(fact, by_name) for fact in facts}
    return TableFacts(frozenset(sound), marks, labels)


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
