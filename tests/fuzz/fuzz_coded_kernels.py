"""One batch for each kernel that groups rows or packs their tuples, held against what is slow and obvious."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from fuzz_material import Chance
from numpy.typing import NDArray
from unions_reference import Slow, slow_mentions, slow_unite

from scanner.kernels import coded_persons, coded_ties, fact_groups, unions

U64 = (1 << 64) - 1
ODD = (-(1 << 31), -1, 0, 1, 2, 99, (1 << 31) - 1)  # in place of a number of a book
MENTION = (1 << 40) - 1
Told = tuple[Any, ...]


def refused(kernel: Callable[..., object], *given: Any) -> bool:
    """Whether a kernel says that what it was given does not fit."""
    try:
        kernel(*given)
    except ValueError:
        return True
    return False


def fuzz_fact_groups(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    size = chance.size()
    facts, held = [], [0] * size
    numbers = rng.sample(range(rng.choice((6, 64, 65, 900))), rng.randrange(7))
    for number in numbers:
        members: set[int] = set()
        lists = []
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            rows = np.flatnonzero(draw.random(size) < rng.choice((0, 0.01, 0.4, 0.6, 0.98, 1))).astype(
                np.int32
            )
            if len(rows) and rng.random() < 0.3:  # some twice, or in any order
                rows = draw.permutation(np.append(rows, rows[:: rng.choice((1, 7))]))
                rows = np.sort(rows) if rng.random() < 0.5 else rows
            lists.append(rows)
            members.update(rows.tolist())
        facts.append(lists)
        for row in members:
            held[row] |= 1 << number
    columns = []
    for _ in range(rng.choice((0, 0, 1, 3))):
        codes = draw.integers(-1, rng.choice((1, 9, 300)), size).astype(np.int32)
        marks = draw.integers(0, rng.choice((1, 2, 256)), rng.choice((0, 1, 200))).astype(np.uint8)
        own = [rng.randrange(900) for _ in range(rng.randrange(1, 9))]
        columns.append((codes, marks, own))
        for row, code in enumerate(codes.tolist()):
            bits = int(marks[code]) if 0 <= code < len(marks) else 0
            for bit, number in enumerate(own):
                held[row] |= (bits >> bit & 1) << number
    of_row, counts, groups = fact_groups.group_facts(facts, size, numbers, columns)
    assert groups == list(dict.fromkeys(held))
    assert [groups[group] for group in of_row.tolist()] == held
    assert counts.tolist() == np.bincount(of_row, minlength=len(groups)).tolist()
    every = [rows for lists in facts for rows in lists if len(rows)]
    if every:
        rows = rng.choice(every)
        row = rng.choice((-1, size, *ODD))
        rows[rng.choice((0, -1, rng.randrange(len(rows))))] = row
        assert refused(fact_groups.group_facts, facts, size, numbers) == (not 0 <= row < size)
    return max(size, 1)


class Tag(NamedTuple):
    """What the tuples of a tag are: places (field, word), and values of which there may be several, as books have them."""

    places: list[tuple[int, int]]
    several: list[tuple[int, int, int, int, int]]


class Drawn(NamedTuple):
    """A book, and what says the same: of each tag its ``word`` and what its tuples are."""

    told: Told
    tags: list[tuple[int, Tag]]

    @staticmethod
    def of(chance: Chance, words: int) -> Drawn:
        """Any book of tuples that are packed into so many words."""
        rng, draw = chance.random, chance.numbers
        tag_bits = rng.choice((2, 3, 12))
        free = [64 - tag_bits] + [64] * (words - 1)
        fields: list[tuple[NDArray[np.uint64], int, int, int]] = []
        for _ in range(rng.randrange(1, 6)):
            size, width = rng.choice((1, 2, 5, 40)), rng.randrange(1, 8)
            bits = max(1, (size - 1).bit_length()) + rng.choice((0, 0, 1, 9))
            word = rng.randrange(words)
            if bits > free[word]:
                continue
            table = chance.words(size, width).T.copy()
            table[draw.random(table.shape) < rng.choice((0, 0.2, 0.6))] = 0
            table[:, 0] = 0
            fields.append((table, word, 64 - free[word], bits))
            free[word] -= bits
        tags = [Tag([], []) for _ in range(rng.randrange(1, min(1 << tag_bits, 7)))]
        for tag in tags:
            for _ in range(rng.randrange(1, 4)):
                field = rng.randrange(len(fields))
                offset = rng.randrange(len(fields[field][0]))
                room = len(fields[field][0]) - offset
                length = rng.randrange(1, min(room, 2) + 1)
                if rng.random() < 0.4:
                    at = len(tag.places), length, field, offset, rng.randrange(1, room // length + 1)
                    tag.several.append(at)
                tag.places.extend((field, offset + word) for word in range(length))
        names = rng.sample(range(1 << 40), len(tags))
        told = (
            fields,
            tag_bits,
            np.array(names, np.uint64),
            np.cumsum([0, *(len(tag.places) for tag in tags)]).astype(np.int32),
            np.array([place for tag in tags for place in tag.places], np.int32).reshape(-1, 2),
            np.cumsum([0, *(len(tag.several) for tag in tags)]).astype(np.int32),
            np.array([each for tag in tags for each in tag.several], np.int32).reshape(-1, 5),
        )
        return Drawn(told, list(zip(names, tags, strict=True)))

    def rows(
        self, chance: Chance, count: int, words: int
    ) -> tuple[NDArray[np.uint64], list[tuple[int, list[int]]]]:
        """So many packed rows, and what those hold that are not left out: a tag, and the number of each field."""
        rng, draw = chance.random, chance.numbers
        columns, every = [], []
        for table, word, shift, _ in self.told[0]:
            cells = rng.choice((0, 1, 9, 60))
            codes = draw.integers(-1, cells, count).astype(np.int32)
            numbers = draw.integers(0, table.shape[1], cells + 1).astype(np.uint32)
            columns.append((codes, numbers, word, shift))
            every.append(numbers[codes])
        groups = rng.randrange(1, 9)
        of_row = draw.integers(0, groups, count).astype(np.int32)
        tag = draw.integers(-1, len(self.tags), groups).astype(np.int32)
        keys = coded_ties.pack(columns, of_row, tag, words)
        drawn = zip(tag[of_row].tolist(), np.array(every).T.tolist(), strict=True)
        if count:
            at, wrong = rng.randrange(count), rng.choice((*ODD, 60))
            codes, numbers, *_ = rng.choice(columns)
            unknown = not -1 <= wrong < len(numbers) - 1
            left_out = tag[of_row[at]] < 0
            codes[at], before = wrong, codes[at]
            assert refused(coded_ties.pack, columns, of_row, tag, words) == (unknown and not left_out)
            codes[at], of_row[at] = before, wrong
            assert refused(coded_ties.pack, columns, of_row, tag, words) == (not 0 <= wrong < groups)
        return keys, [each for each in drawn if each[0] >= 0]

    def tuples(self, tag: int, numbers: list[int]) -> list[tuple[int, ...]]:
        """What a packed row stands for."""
        places, severals = self.tags[tag][1]
        tables = [each[0] for each in self.told[0]]
        first = [int(tables[field][word, numbers[field]]) for field, word in places]
        found = [tuple(first)]
        for at, length, field, offset, times in severals:
            for begin in range(offset + length, offset + length * times, length):
                value = [int(each) for each in tables[field][begin : begin + length, numbers[field]]]
                if not any(value):
                    break
                found.append((*first[:at], *value, *first[at + length :]))
        return found

    def damaged(self, chance: Chance) -> Told:
        """The book with one number that may not fit."""
        rng = chance.random
        told = [each.copy() if isinstance(each, np.ndarray) else each for each in self.told]
        at = rng.choice((0, 1, 3, 4, 4, 5, 6, 6))
        if at == 0:
            field = list(rng.choice(self.told[0]))
            field[rng.randrange(1, 4)] = rng.choice((*ODD, 63, 64))
            told[0] = [tuple(field), *self.told[0][1:]]
        elif at == 1:
            told[1] = rng.choice((0, 1, 31, 32))
        elif told[at].size:
            flat = told[at].reshape(-1)
            flat[rng.randrange(len(flat))] = rng.choice(ODD)
        if rng.random() < 0.1:
            told[at] = told[at][:-1] if at != 1 else told[1]
        return tuple(told)


class Plans(NamedTuple):
    """Of each tag the slots (payload, name, numbers) of its plan, or nothing where it has none; and the same as arrays."""

    slots: list[list[tuple[int, int, list[tuple[int, int]]]]]
    plan: NDArray[np.int32]
    arrays: tuple[Any, ...]

    @staticmethod
    def of(chance: Chance, book: Drawn) -> Plans:
        """Any plans of the tags of a book."""
        rng = chance.random
        slots, plan = [], []
        for at, (_, tag) in enumerate(book.tags):
            width = len(tag.places)
            own = []
            for _ in range(rng.randrange(3)):
                numbers = [
                    (rng.randrange(width), rng.randrange(8)) for _ in range(rng.choice((0, 1, 1, 2, 7)))
                ]
                own.append((rng.randrange(1 << 32), rng.choice((-1, -1, rng.randrange(width))), numbers))
            slots.append(own)
            plan.append(at if rng.random() < 0.9 else -1)
        every = [slot for own in slots for slot in own]
        arrays = (
            np.cumsum([0, *map(len, slots)]).astype(np.int32),
            np.array([name for _, name, _ in every], np.int32),
            np.array([payload for payload, *_ in every], np.uint32),
            np.cumsum([0, *(len(numbers) for *_, numbers in every)]).astype(np.int32),
            np.array([place for *_, numbers in every for place, _ in numbers], np.int32),
            np.array([kind for *_, numbers in every for _, kind in numbers], np.uint32),
            np.array([rng.randrange(3) for _ in slots], np.int32),
        )
        return Plans(slots, np.array(plan, np.int32), arrays)

    def damaged(self, chance: Chance, book: Drawn) -> tuple[Any, ...]:
        """Plans, one of which names a word, or one tag a plan, that there is not."""
        rng = chance.random
        plan, arrays = self.plan.copy(), [each.copy() for each in self.arrays]
        broken = rng.choice((plan, arrays[1], arrays[4]))
        if len(broken):
            broken[rng.randrange(len(broken))] = rng.choice(ODD)
        return plan, *arrays


def made(found: tuple[NDArray[np.uint64], NDArray[np.uint32]], first: int) -> set[tuple[Any, ...]]:
    """The mentions that a kernel made: their payloads and nodes."""
    nodes, payloads = found
    held = defaultdict(list)
    for word, owner, last in nodes.tolist():
        held[(last & MENTION) - first].append((word, owner, last >> 40))
    assert held.keys() == set(range(len(payloads)))
    return {(payload, *held[at]) for at, payload in enumerate(payloads.tolist())}


def fuzz_coded_ties(chance: Chance) -> int:
    rng = chance.random
    count, words = chance.size() // 4, rng.choice((1, 1, 2, 3))
    book = Drawn.of(chance, words)
    keys, held = book.rows(chance, count, words)
    tuples = [(tag, each) for tag, numbers in held for each in book.tuples(tag, numbers)]
    by_width = defaultdict(list)
    for tag, each in tuples:
        by_width[len(each)].append((*each, book.tags[tag][0]))
    found = coded_ties.unpack(keys, book.told)
    assert [each.shape[1] - 1 for each in found] == sorted(by_width)
    plans, names = Plans.of(chance, book), rng.choice((0, 0, 1 << 40))
    first = rng.choice((0, 1 << 33))
    memory = [unions.new_memory(rng.choice((1, 2048))) for _ in range(2)]
    persons = made(
        coded_ties.mentions(keys, book.told, plans.plan, *plans.arrays, first, memory[0], names), first
    )
    if names:
        of_tuples = (
            slow_mentions([each for _, each in tuples], plans.plan[[tag for tag, _ in tuples]], plans.slots)
            if tuples
            else []
        )
        assert persons == {
            (
                payload,
                *(
                    (word, names + owner[0] & U64 if isinstance(owner, tuple) else owner, kind)
                    for word, owner, kind in nodes
                ),
            )
            for own in of_tuples
            for payload, nodes in own
        }
    others = set()
    for each in found:
        if not names:
            tag = unions.numbered(each, book.told[2], unions.places_of(book.told[2]))
            others |= made(
                unions.mentions(
                    each, plans.plan[tag], np.zeros(len(each), np.int32), *plans.arrays, first, memory[1]
                )[:2],
                first,
            )
        unions.spread(each)
        assert sorted(map(tuple, each.tolist())) == sorted(by_width[each.shape[1] - 1])
    assert names or persons == others
    nodes, bits = [], (rng.choice((*ODD, 48, 60, 63)), rng.choice((*ODD, 24, 34)))
    for more in ((), bits):
        given = (keys, book.told, plans.plan, *plans.arrays, first, unions.new_memory(1), names, *more)
        if more and bits[0] and not fit(nodes[0], *bits):
            assert refused(coded_ties.mentions, *given)
        else:
            nodes.append(coded_ties.mentions(*given)[0].tolist())
    if len(nodes) == 2 and bits[0]:
        shift, low = bits
        assert nodes[1] == [
            [one - 1 << shift | owner << low | last & MENTION] for one, owner, last in nodes[0]
        ]
    broken = keys.copy()
    if rng.random() < 0.3:
        broken = chance.words(count, words)
    with suppress(ValueError):
        coded_ties.mentions(broken, book.told, *plans.damaged(chance, book), first, memory[0], names)
    told = book.damaged(chance)
    with suppress(ValueError):
        coded_ties.unpack(broken, told)
    with suppress(ValueError):
        coded_ties.mentions(broken, told, plans.plan, *plans.arrays, first, memory[0], names)
    return max(count, 1)


def fit(nodes: list[list[int]], shift: int, mention_bits: int) -> bool:
    """Do the numbers, owners and mentions of nodes fit into one word?"""
    return 0 < mention_bits < shift < 64 and all(
        (number - 1 & U64) >> 64 - shift
        == owner >> shift - mention_bits
        == (last & MENTION) >> mention_bits
        == 0
        for number, owner, last in nodes
    )


def fuzz_coded_persons(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    count, size, most, owners = (
        min(chance.size(), 300),
        rng.choice((1, 7, 300)),
        rng.choice((1, 6, 300)),
        rng.choice((0, 1, 3, 200)),
    )
    kinds = draw.integers(0, 1 << 20, most + 1).astype(np.uint32)
    keys = np.arange(most + 1, dtype=np.uint64) * np.uint64(rng.choice((1, 1 << 50)))
    number, owner, mention = (
        draw.integers(*ends, count).astype(np.uint64) for ends in ((1, most + 1), (0, owners + 1), (0, size))
    )
    nodes = np.stack(
        [number, owner, mention | kinds[number.astype(np.intp)].astype(np.uint64) << np.uint64(40)], axis=1
    )
    mention_bits = rng.choice(range(size.bit_length(), 30))
    shift = rng.choice(range(mention_bits + max(1, owners.bit_length()), 64 - most.bit_length() + 1))
    told = [(one - 1 << shift | two << mention_bits | three & MENTION) for one, two, three in nodes.tolist()]
    joined = np.array(told, np.uint64).reshape(-1, 1)
    parted = coded_persons.parted_nodes(joined[:, 0], shift, mention_bits, keys, kinds)
    assert (parted[:, 0] == keys[number.astype(np.intp)]).all()
    assert (parted[:, 2] == nodes[:, 2]).all()
    word_of = dict(zip(owner.tolist(), parted[:, 1].tolist(), strict=True))
    assert parted[:, 1].tolist() == [word_of[each] for each in owner.tolist()]
    assert len(set(word_of.values())) == len(word_of)
    assert word_of.get(0, 0) == 0
    edges, pairs, numbers, names = coded_persons.coded_relations(
        joined[:, 0], shift, mention_bits, owners, kinds
    )
    slow, parent = Slow(size), np.arange(size, dtype=np.int64)
    expected, conflicts = slow_unite(
        [(word, two, three & MENTION, three >> 40) for word, two, three in nodes.tolist()], slow
    )
    unions.unite_edges(edges, parent)
    every = np.arange(size, dtype=np.int64).reshape(-1, 1)
    unions.roots(parent, every)
    assert every[:, 0].tolist() == slow.roots()
    unions.roots(parent, pairs)
    assert sorted(map(tuple, pairs.tolist())) == expected
    assert [
        (one, int(kinds[one]), two) for one, two in zip(numbers.tolist(), names.tolist(), strict=True)
    ] == conflicts
    # What does not fit: other bits, any nodes, tables that are too short.
    odd = rng.choice((*ODD, 30, 63, 64)), rng.choice((*ODD, 30, 63))
    for bits in (odd, (shift, odd[1]), (odd[0], mention_bits)):
        if not 0 < bits[1] < bits[0] < 64:
            assert refused(coded_persons.parted_nodes, joined[:, 0], *bits, keys, kinds)
            assert refused(coded_persons.coded_relations, joined[:, 0], *bits, owners, kinds)
    some = joined[:, 0].copy()
    if count and rng.random() < 0.5:
        some[rng.randrange(count)] = rng.choice((0, U64, rng.getrandbits(64)))
    cut, fewer = rng.choice((most + 1, rng.randrange(most + 2))), rng.choice((-9, -1, 0, owners))
    highest = max(((node >> shift) + 1 for node in some.tolist()), default=-1)
    owner_of = [(node & (1 << shift) - 1) >> mention_bits for node in some.tolist()]
    assert refused(coded_persons.parted_nodes, some, shift, mention_bits, keys[:cut], kinds) == (
        highest >= cut
    )
    unfit = highest >= cut or max(owner_of, default=fewer) > fewer
    assert refused(coded_persons.coded_relations, some, shift, mention_bits, fewer, kinds[:cut]) == unfit
    return max(count, 1)


TARGETS = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_") and callable(target)
}
