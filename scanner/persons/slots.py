"""Which identity facts of a row are of one and the same person: the owner, a spouse, a sender, a contact.

Columns are read from left to right. A **slot** is one person: at most one name, and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner import knowledge
from scanner.errors import PatternError
from scanner.persons.links import Mention, Number

FILE = "subjects.toml"


class IdentityFact(NamedTuple):
    """A name or a number that rows hold: ``whole`` where it is the column's content, not a find in free text.

    ``further``: what stands behind the first such number in its cell; as a fact, right behind that.
    """

    column: int
    label: str
    whole: bool = True
    further: bool = False

    def first(self) -> IdentityFact:
        """The fact of the first numbers of the same cells."""
        return self._replace(further=False) if self.further else self


Columns = frozenset[IdentityFact]  # names and numbers that are columns' content


class Linking(NamedTuple):
    """How far labels link rows to a person (patterns/subjects.toml).

    ``order``: the labels of numbers, strongest first; ``strong``, ``with_name`` and ``last_resort`` have each of them
    once; ``name``: the label of names.
    """

    order: tuple[str, ...]
    strong: frozenset[str]
    with_name: frozenset[str]
    last_resort: frozenset[str]
    name: str

    @staticmethod
    def read(document: Mapping[str, Any] | None = None) -> Linking:
        """From the content of subjects.toml; PatternError where a label has no place, or two."""
        found = knowledge.toml(FILE) if document is None else document
        try:
            order, table = tuple(found["labels"]), found["linking"]
            lists = [table[key] for key in ("strong", "with_name", "last_resort")]
            name = table["name"]
        except (KeyError, TypeError) as error:
            raise PatternError(f"{FILE} does not give {error}.") from error
        times = Counter(label for labels in lists for label in labels)
        for label in (*order, *times):
            if times[label] != 1 or order.count(label) != 1:
                raise PatternError(
                    f"{FILE} should name {label} once in labels and once in the lists of linking."
                )
        if not isinstance(name, str) or name in times:
            raise PatternError(f"{FILE} should give a name's label that is not a number's.")
        strong, with_name, last_resort = map(frozenset, lists)
        return Linking(order, strong, with_name, last_resort, name)

    def rank(self, label: str) -> int:
        """The place of a label in a tuple: numbers, strongest first, and behind these names."""
        return self.order.index(label) if label in self.order else len(self.order)

    def columns(self, facts: Iterable[IdentityFact | None]) -> Columns:
        """Those of the facts of a table of which its rows' persons are put together."""
        told = {*self.strong, *self.with_name, self.name}
        return frozenset(
            fact.first() for fact in facts if fact is not None and fact.whole and fact.label in told
        )

    def number(self, at: int, label: str) -> Number:
        """The number at a position of a tuple."""
        return Number(at, label, label in self.strong)


@dataclass(slots=True)
class _Slot:
    name: int | None = None
    numbers: list[int] = field(default_factory=list)
    further: list[int] = field(default_factory=list)  # behind one of ``numbers`` in its cell


def mentions(
    facts: Sequence[IdentityFact | None], linking: Linking, among: Columns = frozenset()
) -> tuple[Mention, ...]:
    """The persons of a row that holds these facts (None: a rejected one); positions are those in ``facts``.

    ``among``: what the columns of its table hold. Whose a column is does not hang on which cells of a row are filled:
    where a name is missing, that of the next person is not taken for it.

    1. Only facts that are their columns' content are put together. Where all names follow one another and some label
       is there as often as they are, or all numbers are on one side of them, the n-th of each such label belongs to
       the n-th name, and all else to the first.
    2. Otherwise a new slot begins with a name if the slot has one, and with a strong label if the slot has it; in rows
       that lead with a number, also where its label comes again after a name and another name follows.
    3. If nobody of 1 or 2 has a name or a strong number, the strong numbers in free text, those of the strongest label
       there, are a person each; the first person of 1 or 2 has the first of them. Otherwise the row is about those
       who are known, as nothing tells whose the numbers in the text are.
    4. A row without any of these is one person by its strongest number, be it from free text, which nothing else is
       put to, or a plate or device, to which the other ones in columns and the first name are put.
    5. Further numbers of a cell are those of the person whose the first one is, if a name or a strong number tells who
       that is. Otherwise, and in free text, each may as well be somebody else's, and takes the first one's place.
    """
    known = [(at, fact) for at, fact in enumerate(facts) if fact is not None]
    known.sort(key=lambda item: (item[1].column, item[0]))
    own = linking.columns(facts)
    columns = sorted(own | among, key=lambda fact: (fact.column, linking.rank(fact.label), fact.label))
    persons = _in_blocks(columns, linking) or _in_turn(columns, linking)
    place = {columns[at]: number for number, person in enumerate(persons) for at in person}
    slots = [_Slot() for _ in persons]
    for at, fact in known:
        if fact.first() in own:
            slot = slots[place[fact.first()]]
            if fact.further:
                slot.further.append(at)
            elif fact.label != linking.name:
                slot.numbers.append(at)
            elif slot.name is None:
                slot.name = at
    found = [slot for slot in slots if slot.numbers]
    if all(slot.name is None and not _is_strong(slot, facts, linking) for slot in found):
        told = _in_free_text(known, linking)
        if found and told:
            found[0].numbers.append(told.pop(0))
        found += [_Slot(numbers=[at]) for at in told]
    told_of = tuple(mention for slot in found for mention in _mentions(slot, facts, linking))
    return told_of or _by_the_strongest(known, facts, linking)


def _in_blocks(columns: Sequence[IdentityFact], linking: Linking) -> list[list[int]]:
    """The persons of columns with names in a block, and their numbers in the same order; none where it is not so."""
    is_name = [fact.label == linking.name for fact in columns]
    count = sum(is_name)
    if count < 2:
        return []
    first, last = is_name.index(True), len(is_name) - 1 - is_name[::-1].index(True)
    if not all(is_name[first : last + 1]):
        return []
    times = Counter(fact.label for fact in columns)
    often = {label for label, some in times.items() if some == count and label != linking.name}
    apart = any(
        times[label] > 1 and label not in often for label in linking.strong
    )  # of persons without names
    if apart or (not often and first > 0 and last < len(columns) - 1):
        return []
    persons: list[list[int]] = [[] for _ in range(count)]
    seen = Counter[str]()
    for at, fact in enumerate(columns):
        persons[seen[fact.label] if fact.label in {*often, linking.name} else 0].append(at)
        seen[fact.label] += 1
    return persons


def _in_free_text(known: list[tuple[int, IdentityFact]], linking: Linking) -> list[int]:
    """The strong numbers of free text; of one label, as several kinds may well be one person's."""
    free = [(at, fact) for at, fact in known if not fact.whole and fact.label in linking.strong]
    first = min((linking.order.index(fact.label) for _, fact in free), default=0)
    return [at for at, fact in free if fact.label == linking.order[first]]


def _is_strong(slot: _Slot, facts: Sequence[IdentityFact | None], linking: Linking) -> bool:
    return any(fact.label in linking.strong for at in slot.numbers if (fact := facts[at]))


def _in_turn(columns: Sequence[IdentityFact], linking: Linking) -> list[list[int]]:
    """One person after the other."""
    names = [fact.column for fact in columns if fact.label == linking.name]
    leader = columns[0].label if columns else ""
    persons: list[list[int]] = [[]]
    held = set[str]()  # labels of the last person
    for at, fact in enumerate(columns):
        new = fact.label in held
        if fact.label != linking.name and fact.label not in linking.strong:
            follows = any(column > fact.column for column in names)
            new = new and fact.label == leader and linking.name in held and follows
        if new:
            persons.append([])
            held = set()
        held.add(fact.label)
        persons[-1].append(at)
    return persons


def _by_the_strongest(
    known: list[tuple[int, IdentityFact]], facts: Sequence[IdentityFact | None], linking: Linking
) -> tuple[Mention, ...]:
    """The person of a row that has no numbers but in free text, or such as tell of a thing."""
    numbers = [(at, fact) for at, fact in known if fact.label in linking.order]
    if not numbers:
        return ()
    at, fact = min(numbers, key=lambda item: (linking.order.index(item[1].label), not item[1].whole))
    if not fact.whole:
        every = [at, *(other for other, each in numbers if other == at + 1 and each.further)]
        return tuple(Mention((linking.number(each, fact.label),)) for each in every)
    things = _Slot(next((at for at, fact in known if fact.whole and fact.label == linking.name), None))
    for at, fact in numbers:
        if fact.whole:
            (things.further if fact.further else things.numbers).append(at)
    return tuple(_mentions(things, facts, linking))


def _mentions(slot: _Slot, facts: Sequence[IdentityFact | None], linking: Linking) -> Iterator[Mention]:
    """One person; where nobody tells who that is, another one for each further number of a cell."""
    if slot.name is not None or _is_strong(slot, facts, linking):
        yield _mention(slot.name, [*slot.numbers, *slot.further], facts, linking)
        return
    yield _mention(None, slot.numbers, facts, linking)
    for at in slot.further:
        others = [at if number == at - 1 else number for number in slot.numbers]
        yield _mention(None, others, facts, linking)


def _mention(
    name: int | None, numbers: Sequence[int], facts: Sequence[IdentityFact | None], linking: Linking
) -> Mention:
    labels = {at: fact.label for at in numbers if (fact := facts[at])}
    strongest = sorted(numbers, key=lambda at: (linking.order.index(labels[at]), at))
    return Mention(tuple(linking.number(at, labels[at]) for at in strongest), name)
