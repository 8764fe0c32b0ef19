"""Persons: which numbers of a row are one person's, and which rows are about one (docs/policy.md, Persons)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reference import knowledge

Key = tuple[str, str]  # label and value


class Fact(NamedTuple):
    """A kind of number or name that a row holds: ``whole`` where it is its column's content; its values in the row.

    ``further``: they stand behind the one of the fact before in the same cell.
    """

    column: int
    label: str
    whole: bool
    values: tuple[str, ...]
    further: bool = False


class Mention(NamedTuple):
    """One person in a row."""

    name: str | None
    numbers: tuple[Key, ...]


def _subjects() -> tuple[list[str], set[str], set[str], str]:
    content = knowledge.toml("subjects.toml")
    linking = content["linking"]
    return content["labels"], set(linking["strong"]), set(linking["with_name"]), linking["name"]


def columns(rows: Iterable[Sequence[Fact]]) -> list[Fact]:
    """What the columns of a table hold of persons, from left to right; without values."""
    order, strong, with_name, name = _subjects()
    told = strong | with_name | {name}
    held = {(fact.column, fact.label) for row in rows for fact in row if fact.whole and fact.label in told}
    ranks = [*order, name]
    return [Fact(*each, True, ()) for each in sorted(held, key=lambda each: (each[0], ranks.index(each[1])))]


def slots(facts: Sequence[Fact], of_table: Sequence[Fact] = ()) -> list[tuple[int | None, list[int]]]:
    """The persons of a row: the fact that names each, and those with its numbers, as places in ``facts``.

    Whose a column is follows from all ``columns`` of the table, whichever of them the row fills.
    """
    order, strong, _, name = _subjects()
    known = of_table or columns([facts])
    every = list(range(len(known)))
    found = []
    for named, own in _in_blocks(known, every) or _in_turn(known, every):
        mine = {known[at][:2] for at in own} | ({known[named][:2]} if named is not None else set())
        here = [at for at, fact in enumerate(facts) if fact.whole and fact[:2] in mine]
        first = next((at for at in here if facts[at].label == name), None)
        found.append((first, [at for at in here if facts[at].label != name]))
    found = [slot for slot in found if slot[1]]
    if all(named is None and not any(facts[at].label in strong for at in own) for named, own in found):
        free = [at for at, fact in enumerate(facts) if not fact.whole and fact.label in strong]
        best = min((order.index(facts[at].label) for at in free), default=0)
        told = [
            at for at in free if facts[at].label == order[best]
        ]  # of one kind: several may be one person's
        if found and told:
            found[0][1].append(told[0])
        found += [(None, [at]) for at in told[len(found) > 0 :]]
    if found:
        return found
    numbers = [at for at, fact in enumerate(facts) if fact.label in order]
    if not numbers:
        return []
    best = min(numbers, key=lambda at: (order.index(facts[at].label), not facts[at].whole))
    if not facts[best].whole:
        return [(None, [best])] + [(None, [at]) for at in numbers if at == best + 1 and facts[at].further]
    first = next((at for at, fact in enumerate(facts) if fact.whole and fact.label == name), None)
    return [(first, [at for at in numbers if facts[at].whole])]


def _in_blocks(facts: Sequence[Fact], whole: list[int]) -> list[tuple[int | None, list[int]]]:
    """Names beside each other, their numbers in the same order."""
    _, strong, _, name = _subjects()
    is_name = [facts[at].label == name for at in whole]
    named = list(dict.fromkeys(facts[at].column for at in whole if facts[at].label == name))
    if len(named) < 2:
        return []
    first, last = is_name.index(True), len(is_name) - is_name[::-1].index(True)
    if not all(is_name[first:last]):
        return []
    columns: dict[str, list[int]] = defaultdict(list)
    for at in whole:
        if facts[at].column not in columns[facts[at].label]:
            columns[facts[at].label].append(facts[at].column)
    often = {label for label, own in columns.items() if len(own) == len(named) and label != name}
    if any(label in strong and len(own) > 1 and label not in often for label, own in columns.items()):
        return []
    if not often and first > 0 and last < len(whole):
        return []
    names: list[int | None] = [None] * len(named)
    numbers: list[list[int]] = [[] for _ in named]
    for at in whole:
        label = facts[at].label
        place = columns[label].index(facts[at].column)
        if label == name:
            names[place] = at if names[place] is None else names[place]
        else:
            numbers[place if label in often else 0].append(at)
    return list(zip(names, numbers, strict=True))


def _in_turn(facts: Sequence[Fact], whole: list[int]) -> list[tuple[int | None, list[int]]]:
    """One person after the other, from left to right."""
    _, strong, _, name = _subjects()
    found: list[tuple[int | None, list[int]]] = [(None, [])]
    last: dict[str, int] = {}
    for at in whole:
        fact = facts[at]
        again = fact.label in last and last[fact.label] != fact.column
        if again and fact.label != name and fact.label not in strong:
            more = any(facts[n].label == name and facts[n].column > fact.column for n in whole)
            again = fact.label == facts[whole[0]].label and found[-1][0] is not None and more
        if again:
            found.append((None, []))
            last = {}
        last[fact.label] = fact.column
        if fact.label != name:
            found[-1][1].append(at)
        elif found[-1][0] is None:
            found[-1] = (at, found[-1][1])
    return found


def mentions(facts: Sequence[Fact], of_table: Sequence[Fact] = ()) -> list[list[Mention]]:
    """The persons of a row, once by the first value of each fact, and again for each further value of one.

    Further numbers of a cell are facts of their own, beside the first, but for strong ones.
    """
    order, strong, _, _ = _subjects()
    apart: list[Fact] = []
    for fact in facts:
        weak = fact.label in order and fact.label not in strong
        apart.append(fact._replace(values=fact.values[:1]) if weak else fact)
        if weak and len(fact.values) > 1:
            apart.append(fact._replace(values=fact.values[1:], further=True))
    ways = [[fact.values[0] for fact in apart]]
    for at, fact in enumerate(apart):
        ways += [[*ways[0][:at], value, *ways[0][at + 1 :]] for value in fact.values[1:]]
    persons = [each for slot in slots(apart, of_table) for each in _known(slot, apart)]
    return [
        [
            Mention(None if named is None else way[named], tuple((apart[at].label, way[at]) for at in own))
            for named, own in persons
        ]
        for way in ways
    ]


def _known(slot: tuple[int | None, list[int]], facts: Sequence[Fact]) -> list[tuple[int | None, list[int]]]:
    """The person of a slot; where no name and no strong number tells who that is, one more for each further number."""
    named, own = slot
    firsts = [at for at in own if not facts[at].further]
    if named is not None or not firsts or any(facts[at].label in _subjects()[1] for at in own):
        return [slot]
    further = [at for at in own if facts[at].further]
    return [
        (None, firsts),
        *((None, [at if first == at - 1 else first for first in firsts]) for at in further),
    ]


class Union:
    """Sets of things that are united one by one."""

    def __init__(self) -> None:
        self.parent: dict[object, object] = {}

    def root(self, one: object) -> object:
        self.parent.setdefault(one, one)
        while self.parent[one] != one:
            self.parent[one] = one = self.parent[self.parent[one]]
        return one

    def unite(self, one: object, other: object) -> None:
        self.parent[self.root(one)] = self.root(other)


class People:
    """All mentions of all rows, united.

    1. The same strong number: the same person. 2. Another number with the same name, or the same strong number where
    there is no name: the same person. 3. Bare mentions with the same number are one, and are the person who alone
    has their numbers.
    """

    def __init__(self, found: set[Mention]) -> None:
        order, strong, _, _ = _subjects()
        self.union = Union()
        owners: dict[Key, dict[object, Mention]] = defaultdict(dict)
        bare: dict[Key, list[Mention]] = defaultdict(list)
        names: dict[Key, set[str]] = defaultdict(set)
        for mention in found:
            self.union.root(mention)
            numbers = sorted(mention.numbers, key=lambda number: order.index(number[0]))
            own_strong = [number for number in numbers if number[0] in strong]
            for number in own_strong:
                self.union.unite(mention, number)
                if mention.name is not None:
                    names[number].add(mention.name)
            owner: object = (
                mention.name if mention.name is not None else own_strong[0] if own_strong else None
            )
            for number in numbers:
                if number[0] in strong:
                    continue
                if owner is None:
                    bare[number].append(mention)
                    self.union.unite(mention, ("bare", number))
                else:
                    owners[number].setdefault(owner, mention)
                    self.union.unite(mention, (number, owner))
        self.conflicts = sum(len(each) > 1 for each in names.values())
        having: dict[object, set[object]] = defaultdict(set)
        for number, some in bare.items():
            for mention in some:
                having[self.union.root(mention)] |= {
                    self.union.root(each) for each in owners.get(number, {}).values()
                }
        for root, others in having.items():
            if len(others) == 1:
                self.union.unite(root, others.pop())
        self.distinct = len({self.union.root(mention) for mention in found})

    def person(self, mention: Mention) -> object:
        return self.union.root(mention)


def count_profiles(profiles: dict[object, frozenset[str]]) -> Counter[str]:
    """Persons by category."""
    counts: Counter[str] = Counter()
    for held in profiles.values():
        counts.update({name.rstrip("!").partition(".")[0] for name in held})
    return counts
