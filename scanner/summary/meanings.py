"""What rows of each signature mean, told once for all tables that are alike, however many files there are.

Whether a fact counts, as what, and whose number it is depends on its column. Tables are of one **kind** where all facts
that they have in common mean the same; then a signature means the same in all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np

from scanner.persons.links import Mention, Plan
from scanner.persons.slots import Columns, IdentityFact, Linking, mentions
from scanner.store.by_table import ByTag
from scanner.tallies.row_facts import Profile, RowFacts, TableFacts
from scanner.tallies.table_tally import TableTally
from scanner.tallies.tally import Fact, Signature, TableKey, Tally
from scanner.tallies.ties import Place, tied
from scanner.tracks.points import POINT, TRAJECTORY

Words = tuple[tuple[Fact, int], ...]  # of tuples: facts, with how many words each has
KINDS = 16  # kinds among which one is looked for that a table is of


class FactMeaning(NamedTuple):
    """What a fact means in a table.

    ``label``: what the rules of categories call it; ``sound``: whether it counts; ``mark``: what it is if it does not
    count, in a column of such values (``TableFacts.marks``); ``value``: the column and the name of the value that it
    tells of, with ``value_label``, if that is counted; ``tied``: whether it is a word of tuples, and ``identity``: the
    number or name it then is, if it is not rejected; ``width``: how many words it has (0: no row has such a tuple).
    """

    label: str
    sound: bool
    mark: str | None
    value: Fact | None
    value_label: str | None
    tied: bool
    identity: IdentityFact | None
    width: int


class Meaning(NamedTuple):
    """What the rows with a signature mean.

    ``held``: their elements; ``values``: which values they hold, by number; ``labels``: of these; ``words``: the facts
    in their tuples with the width of each, in order (empty if they have no tuples); ``mentions``: the persons in these;
    ``further``: how many words of a tuple are but the second or third ones of a value.
    """

    held: RowFacts
    values: tuple[int, ...]
    labels: frozenset[str]
    words: Words
    mentions: tuple[Mention, ...]
    further: int


@dataclass(slots=True)
class Kind:
    """Tables that are alike. ``facts``: what each of their facts means; ``meanings``, by the number of a signature.

    ``columns``: the names and numbers that their columns hold, which tell whose each is.

    ``numbers``: of each signature; ``values``: all values that some rows hold, each with its number, and
    ``facts_of_values``, by that. ``rows``, ``lines``: how many sound ones and damaged ones each signature has.
    """

    categories: Callable[[frozenset[str]], Profile]
    linking: Linking
    columns: Columns = frozenset()
    facts: dict[Fact, FactMeaning] = field(default_factory=dict)
    numbers: dict[Signature, int] = field(default_factory=dict)
    meanings: list[Meaning] = field(default_factory=list)
    values: dict[Fact, int] = field(default_factory=dict)
    facts_of_values: list[Fact] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    same: dict[frozenset[Fact], frozenset[Fact]] = field(default_factory=dict)  # one object for equal sets
    _told: TableFacts = field(default_factory=lambda: TableFacts(frozenset(), {}, {}))
    _words: dict[frozenset[Fact], tuple[tuple[tuple[Fact, int], ...], tuple[Mention, ...], int]] = field(
        default_factory=dict
    )
    _plans: dict[int, list[Plan | None]] = field(default_factory=dict)
    _same_plans: dict[Hashable, Plan] = field(default_factory=dict)

    def fits(self, facts: Mapping[Fact, FactMeaning]) -> bool:
        """Whether a table whose facts mean this is of the kind."""
        known = self.facts
        return all(known.get(fact, meaning) == meaning for fact, meaning in facts.items())

    def take(self, facts: Mapping[Fact, FactMeaning]) -> None:
        """Adds the facts of a table that fits."""
        if facts.keys() <= self.facts.keys():
            return
        self.facts |= facts
        sound = frozenset(fact for fact, meaning in self.facts.items() if meaning.sound)
        marks = {fact: meaning.mark for fact, meaning in self.facts.items() if meaning.mark is not None}
        labels = {fact: meaning.label for fact, meaning in self.facts.items()}
        self._told = TableFacts(sound, marks, labels)

    def count(self, signatures: Mapping[Signature, int], rows: list[int]) -> list[int]:
        """Adds a table's rows by signature to ``rows``; returns the numbers of the signatures, in their order."""
        found = []
        for signature, count in signatures.items():
            number = self.numbers.get(signature)
            if number is None:
                number = self.numbers[signature] = len(self.meanings)
                self.meanings.append(self._meaning(signature))
                self.rows.append(0)
                self.lines.append(0)
            rows[number] += count
            found.append(number)
        return found

    def rows_of_values(self, *counts: Mapping[Signature, int]) -> dict[Fact, int]:
        """How many of some rows, counted by signature, hold each value, by column and name."""
        same: dict[tuple[int, ...], int] = {}  # many signatures differ in what is no value
        for some in counts:
            for signature, rows in some.items():
                values = self.meanings[self.numbers[signature]].values
                same[values] = same.get(values, 0) + rows
        found = [0] * len(self.facts_of_values)
        for values, rows in same.items():
            for value in values:
                found[value] += rows
        return {fact: rows for fact, rows in zip(self.facts_of_values, found, strict=True) if rows}

    def _meaning(self, signature: Signature) -> Meaning:
        facts = [(fact, self.facts[fact]) for fact in signature]
        kept = {meaning.value: meaning.value_label for _, meaning in facts if meaning.value is not None}
        values = tuple(self.values.setdefault(value, len(self.values)) for value in kept if value)
        self.facts_of_values = list(self.values)
        labels = frozenset(label for label in kept.values() if label)
        held = frozenset(fact for fact, meaning in facts if meaning.tied)
        if held not in self._words:
            self._words[held] = self._tuples(held)
        return Meaning(self._told.row_facts(signature, self.categories), values, labels, *self._words[held])

    def _tuples(self, held: frozenset[Fact]) -> tuple[tuple[tuple[Fact, int], ...], tuple[Mention, ...], int]:
        """What tuples of these facts hold: their words, who is mentioned, and how many words are further ones."""
        facts = sorted(held)
        order = tied(held, {fact: self.linking.rank(self.facts[fact].label) for fact in held})
        place: dict[Fact, int] = {}  # of the first word of each; further words say nothing of persons
        width = 0
        for fact in order:
            place[fact] = width
            width += max(1, self.facts[fact].width)
        identities = [self.facts[fact].identity for fact in facts]
        told = mentions(identities, self.linking, self.columns) if order else ()
        places = [place[fact] for fact in facts]
        sound = all(self.facts[fact].width for fact in order)
        words = tuple((fact, self.facts[fact].width) for fact in order) if sound else ()
        return words, tuple(each.moved(places) for each in told), width - len(order)

    def plans(self, side: int) -> list[Plan | None]:
        """What the tuples of each signature mean in an input of a side; None where they mention nobody."""
        found = self._plans.setdefault(side, [])
        for meaning in self.meanings[len(found) :]:
            profile = meaning.held.profile
            # Whether a point is a trajectory is told at the end.
            told = profile - {TRAJECTORY} | {POINT} if TRAJECTORY in profile else profile
            same = meaning.mentions, told, meaning.further, side
            if meaning.mentions and same not in self._same_plans:
                self._same_plans[same] = Plan(meaning.mentions, told, side, meaning.further)
            found.append(self._same_plans.get(same))
        return found


class Kinds:
    """The kinds of all tables of a tally."""

    def __init__(self, categories: Callable[[frozenset[str]], Profile], linking: Linking) -> None:
        self._categories = categories
        self.linking = linking
        self._kinds: dict[Hashable, list[Kind]] = {}

    def of(self, shape: Hashable, facts: Mapping[Fact, FactMeaning]) -> Kind:
        """The kind of a table with these facts; ``shape``: what tables that are alike have in common for sure."""
        columns = self.linking.columns(meaning.identity for meaning in facts.values())
        kinds = self._kinds.setdefault((shape, columns), [])
        kind = next((kind for kind in reversed(kinds[-KINDS:]) if kind.fits(facts)), None)
        if kind is None:
            kind = Kind(self._categories, self.linking, columns)
            kinds.append(kind)
        kind.take(facts)
        return kind

    def all(self) -> list[Kind]:
        """All of them."""
        return [kind for kinds in self._kinds.values() for kind in kinds]


class OfTags(NamedTuple):
    """What the tags of tuples stand for: the persons in them, whose values their words are, and all ``tags``."""

    plans: ByTag[Plan]
    places: ByTag[Place]
    tags: array[int]


class TiedTags:
    """What the words of the tuples of tables mean that are of one kind and on one side, by the number of a signature.

    ``tags``: of the signatures; ``plans``: the numbers of their plans, -1: they mention nobody; ``words``: which of
    ``different`` their words are, -1: they have none.
    """

    def __init__(self, kind: Kind, side: int) -> None:
        self._kind = kind
        self._side = side
        self._known: dict[int, int] = {}
        self._own: dict[int, int] = {}
        self.different: list[Words] = []
        self.tags, self.plans, self.words = array("Q"), array("i"), array("i")

    def note(
        self, tally: Tally, key: TableKey, table: TableTally, numbers: Sequence[int], found: OfTags
    ) -> None:
        """Notes what the words of a table's tuples mean, and whose values they are; ``numbers``: of its signatures."""
        self._learn(tally, found)
        own = np.array(numbers, np.intp)
        tags, plans, words = (
            np.frombuffer(each, each.typecode).take(own) if own.size else np.zeros(0, each.typecode)
            for each in (self.tags, self.plans, self.words)
        )
        tags = tally.all_link_tags(key, tags)
        planned, placed = plans >= 0, words >= 0
        if planned.any():
            found.plans.add(tags[planned], plans[planned])
        if placed.any():
            wanted = self._kind.same.setdefault(frozenset(table.in_tuples), frozenset(table.in_tuples))
            different, which = np.unique(words[placed], return_inverse=True)
            first = len(found.places.different)
            for each in different.tolist():
                found.places.new(Place(key, self.different[each], wanted))
            found.places.add(tags[placed], which + first)
        found.tags.frombytes(tags[planned | placed].tobytes())

    def _learn(self, tally: Tally, found: OfTags) -> None:
        """Adds what signatures mean that are new."""
        kind, begin = self._kind, len(self.tags)
        if begin == len(kind.meanings):
            return
        plans = kind.plans(self._side)
        for number, signature in enumerate(islice(kind.numbers, begin, None), begin):
            words, plan = kind.meanings[number].words, plans[number]
            if plan is not None and id(plan) not in self._known:
                self._known[id(plan)] = found.plans.new(plan)
            if words and id(words) not in self._own:
                self._own[id(words)] = len(self.different)
                self.different.append(words)
            self.tags.append(tally.signature_tag(signature))
            self.plans.append(-1 if plan is None else self._known[id(plan)])
            self.words.append(self._own[id(words)] if words else -1)
