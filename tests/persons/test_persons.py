import random
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import ScannerError
from scanner.persons import counting as persons
from scanner.persons import links, uniting
from scanner.persons.counting import Conflict, Links, Persons, count
from scanner.persons.links import LinkStore, Mention, Number, Plan, PlanTable
from scanner.persons.slots import IdentityFact, Linking, mentions
from scanner.store import distinct, spool, stored_keys
from scanner.store.distinct import DistinctStore

ID, PASSPORT = ("resident_id", True), ("passport", True)
PHONE, CARD = ("mobile_phone", False), ("bank_card", False)
PROFILES = [frozenset({"identity"}), frozenset({"identity", "contact"}), frozenset({"health"})]


def word(value: int) -> int:
    """The key of a small number: spread, and 0 for 0."""
    return value * 0x9E3779B97F4A7C15 & (1 << 64) - 1


def plan(profile: int, source: int, *slots: tuple[int | None, dict[int, tuple[str, bool]]]) -> Plan:
    """Each slot: the position of the name, and the label of the number at each position."""
    made = tuple(
        Mention(tuple(Number(at, *kind) for at, kind in numbers.items()), name) for name, numbers in slots
    )
    return Plan(made, PROFILES[profile], source)


class Slow:
    """The rules by sets of mentions, a loop over everything until nothing changes."""

    def __init__(self, tuples: list[tuple[int, tuple[int, ...]]], plans: dict[int, Plan]) -> None:
        self.mentions: list[tuple[dict[tuple[str, int], bool], int, Plan]] = []
        for tag, words in sorted(set(tuples)):
            if tag in plans:
                for each in plans[tag].mentions:
                    numbers = {(n.label, words[n.at]): n.strong for n in each.numbers if words[n.at]}
                    if numbers:
                        name = 0 if each.name is None else words[each.name]
                        self.mentions.append((numbers, name, plans[tag]))
        self.person = list(range(len(self.mentions)))
        bare = [not name and not any(numbers.values()) for numbers, name, _ in self.mentions]
        self.join(
            lambda a, b: (
                any(strong and self.mentions[b][0].get(n) for n, strong in self.mentions[a][0].items())
                or (
                    self.mentions[a][1] == self.mentions[b][1]
                    and self.shares(a, b)
                    and self.mentions[a][1] != 0
                )
                or (bare[a] and bare[b] and self.shares(a, b))
            )
        )
        settled = list(self.person)
        for cluster in {settled[m] for m in range(len(settled)) if bare[m]}:
            inside = [m for m in range(len(settled)) if settled[m] == cluster]
            owners = {
                settled[m]
                for m in range(len(settled))
                if not bare[m] and any(self.shares(m, b) for b in inside)
            }
            if len(owners) == 1:
                for m in inside:
                    self.person[m] = min(owners)

    def shares(self, a: int, b: int) -> bool:
        return bool(self.mentions[a][0].keys() & self.mentions[b][0].keys())

    def join(self, same) -> None:
        pairs = [(a, b) for a, b in combinations(range(len(self.person)), 2) if same(a, b)]
        changed = True
        while changed:
            changed = False
            for a, b in pairs:
                if self.person[a] != self.person[b]:
                    self.person[a] = self.person[b] = min(self.person[a], self.person[b])
                    changed = True

    def result(self) -> Persons:
        held: dict[int, frozenset[str]] = defaultdict(frozenset)
        inputs: dict[int, frozenset[int]] = defaultdict(frozenset)
        names: dict[tuple[str, int], set[int]] = defaultdict(set)
        for (numbers, name, how), person in zip(self.mentions, self.person, strict=True):
            held[person] |= how.profile
            inputs[person] |= {how.source}
            for number, strong in numbers.items():
                if strong and name:
                    names[number].add(name)
        shared = Counter(pair for sources in inputs.values() for pair in combinations(sorted(sources), 2))
        several = sorted(Conflict(*number, len(some)) for number, some in names.items() if len(some) > 1)
        return Persons(
            len(held),
            Counter(held.values()),
            Counter(source for sources in inputs.values() for source in sources),
            Counter(inputs.values()),
            0,
            shared,
            len(several),
            several[:100],
        )


def filled(tuples, budget=256 << 20, folder=None) -> LinkStore:
    store = LinkStore(DistinctStore(budget, folder))
    for tag, words in tuples:
        store.add(tag, np.array([words], np.uint64))
    return store


# Two inputs, wide rows with two persons, rows without names, tags of different widths, one that no plan takes.
PLANS = {
    11: plan(0, 0, (2, {0: ID, 1: PHONE})),
    12: plan(1, 1, (2, {0: PHONE, 1: CARD})),
    13: plan(2, 1, (None, {0: PHONE})),
    14: plan(1, 0, (3, {0: ID, 1: PHONE}), (2, {4: PHONE})),
    15: plan(2, 2, (None, {0: PHONE, 1: CARD})),
    16: plan(0, 2, (None, {0: ID, 1: PHONE})),
    17: plan(2, 2, (2, {0: PASSPORT, 1: ID})),
    18: plan(1, 3, (None, {1: CARD}), (0, {2: PHONE})),
}
# IDs are nothing but first words: what they unite is known within a piece. Bare phones and phones of others besides.
FIRST = {
    11: plan(0, 0, (2, {0: ID, 1: PHONE})),
    12: plan(1, 1, (2, {0: PHONE, 1: CARD})),
    13: plan(2, 1, (None, {0: PHONE})),
    14: plan(1, 0, (3, {0: ID, 1: PHONE}), (2, {4: PHONE})),
    15: plan(2, 2, (None, {0: PHONE, 1: CARD})),
    16: plan(0, 2, (None, {0: ID, 1: PHONE})),
    17: plan(2, 2, (2, {0: ID, 1: PASSPORT})),
    18: plan(1, 3, (None, {1: CARD}), (0, {2: PHONE})),
}
# So are phones without any others that a person has.
PHONES = {
    11: plan(0, 0, (2, {0: PHONE})),
    12: plan(1, 1, (1, {0: PHONE, 2: CARD})),
    13: plan(2, 1, (None, {0: PHONE})),
    14: plan(1, 0, (3, {0: PHONE, 1: PASSPORT}), (2, {4: CARD})),
    15: plan(2, 2, (None, {0: PHONE, 1: CARD})),
    17: plan(0, 2, (2, {0: PHONE, 1: CARD})),
}
WIDTHS = {11: 3, 12: 3, 13: 1, 14: 5, 15: 2, 16: 2, 17: 3, 18: 3, 99: 2}
SMALL = st.integers(0, 6)


@st.composite
def a_tuple(draw, span=SMALL):
    tag = draw(st.sampled_from(sorted(WIDTHS)))
    return tag, tuple(word(draw(span)) for _ in range(WIDTHS[tag]))


@settings(deadline=None, max_examples=150)
@given(st.lists(a_tuple(), max_size=25), st.randoms(use_true_random=False))
def test_as_the_slow_way_in_any_order_and_split(tuples, chance):
    expected = Slow(tuples, PLANS).result()
    assert count(filled(tuples), PLANS) == expected
    mixed = tuples + tuples[: len(tuples) // 2]
    chance.shuffle(mixed)
    parts = [filled(mixed[at::3], 100) for at in range(3)]
    for part in parts[1:]:
        parts[0].merge(part)
    shuffled = dict(sorted(PLANS.items(), key=lambda _: chance.random()))
    assert count(parts[0], shuffled, budget=64) == expected


@pytest.mark.parametrize("plans", [FIRST, PHONES])
@settings(deadline=None, max_examples=150)
@given(st.lists(a_tuple(), max_size=25), st.sampled_from([64, 1 << 20]))
def test_as_the_slow_way_where_numbers_are_first_words(plans, tuples, budget):
    assert PlanTable(plans).firsts().any()
    assert count(filled(tuples), plans, budget) == Slow(tuples, plans).result()


@pytest.mark.parametrize("plans", [PLANS, FIRST, PHONES])
@pytest.mark.parametrize("seed", range(4))
def test_as_the_slow_way_where_one_number_has_very_many_tuples(plans, seed, tmp_path, monkeypatch):
    """They would all lie in one piece, which comes in parts."""
    for module in (stored_keys, distinct):
        monkeypatch.setattr(module, "PIECE", 64)
    chance = random.Random(seed)
    tuples = []
    for _ in range(400):
        tag = chance.choice(sorted(WIDTHS))
        words = [word(max(0, chance.randrange(-3, 60))) for _ in range(WIDTHS[tag])]
        if chance.random() < 0.7:
            words[0] = word(7)
        tuples.append((tag, tuple(words)))
    store = filled(tuples, 3000 if seed % 2 else 1 << 20, str(tmp_path))
    store.store.threads = 1 + seed % 3
    sizes = list(store.made_of_pieces(lambda piece, whole: (sum(some.nbytes for some in piece), whole)))
    assert not all(whole for _, whole in sizes)
    assert max(size for size, _ in sizes) < sum(size for size, _ in sizes) / 4
    links = Links(store, plans, 256, str(tmp_path))
    assert links.persons() == Slow(tuples, plans).result()
    numbered = {tuple(row): set() for keys, _, _ in links.numbers() for row in keys.tolist()}
    for keys, which, own in links.numbers():
        for at, person in zip(which.tolist(), own.tolist(), strict=True):
            numbered[tuple(keys[at].tolist())].add(person)
    assert len({person for some in numbered.values() for person in some}) == links.distinct


@settings(deadline=None, max_examples=60)
@given(st.lists(a_tuple(), max_size=25), st.sampled_from([4, 64, 1 << 20]))
def test_as_the_slow_way_in_one_input(tuples, budget):
    plans = {tag: Plan(each.mentions, each.profile, 5) for tag, each in PLANS.items()}
    assert count(filled(tuples), plans, budget) == Slow(tuples, plans).result()


def unite_in_small_pieces(chance, monkeypatch) -> None:
    """So few nodes fit a cache, or the memory, that every way of uniting is taken."""
    sizes = chance.choice([(3, 1 << 20, 1 << 22), (3, 5, 1 << 22), (1, 1, 1), (1, 7, 9)])
    for name, size in zip(("FEW", "CROWD", "LARGE"), sizes, strict=True):
        monkeypatch.setattr(uniting, name, size)


@pytest.mark.parametrize("seed", range(16))
def test_as_the_slow_way_on_larger_graphs_out_of_memory(seed, tmp_path, monkeypatch):
    plans = [PLANS, FIRST, PHONES][seed // 2 % 3]
    chance = random.Random(seed)
    unite_in_small_pieces(chance, monkeypatch)
    monkeypatch.setattr(persons, "CHUNK", 17)
    monkeypatch.setattr(links, "CHUNK", 11)
    span = chance.choice((3, 30, 120, 400))
    tuples = []
    for _ in range(350):
        tag = chance.choice(sorted(WIDTHS))
        tuples.append((tag, tuple(word(max(0, chance.randrange(-3, span))) for _ in range(WIDTHS[tag]))))
    expected = Slow(tuples, plans).result()
    store = filled(tuples, 2000, str(tmp_path))
    assert store.store.spilled_bytes > 0
    store.store.threads = 1 + seed % 3
    linked = Links(store, plans, 256, str(tmp_path))
    assert linked.spilled_bytes > 0
    assert linked.persons() == expected
    assert linked.persons() == expected  # counting uses nothing up
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("seed", range(12))
def test_numbers_are_counted_on_the_way(seed, tmp_path, monkeypatch):
    """By the column that holds them, also those that are nobody's in a row, or in no tuple; persons stay the same."""
    chance = random.Random(seed)
    unite_in_small_pieces(chance, monkeypatch)
    plans, holders, base = {}, {}, {tag: 10 * at for at, tag in enumerate([*PLANS, 99])}
    for tag, each in PLANS.items():

        def held(number, tag=tag):
            holder = chance.randrange(1, 9)
            holders[tag, number.at] = number.label, base[tag] + holder
            return number._replace(holder=holder)

        made = tuple(mention._replace(numbers=tuple(map(held, mention.numbers))) for mention in each.mentions)
        named = {mention.name for mention in each.mentions}
        used = {number.at for mention in each.mentions for number in mention.numbers}
        rest = tuple(held(Number(at, *PHONE)) for at in range(WIDTHS[tag]) if at not in named | used)
        plans[tag] = each._replace(mentions=made, counted=rest)
    plans[99] = Plan((), PROFILES[0], 7, 0, (Number(1, *CARD, 3),))
    holders[99, 1] = "bank_card", base[99] + 3
    span = chance.choice((3, 30, 400))
    tuples = [
        (tag, tuple(word(max(0, chance.randrange(-3, span))) for _ in range(WIDTHS[tag])))
        for tag in chance.choices(sorted(WIDTHS), k=250)
    ]
    more = [word(value) for value in range(1, span, 2)]
    kept = {
        (*holders[tag, at], words[at])
        for tag, words in tuples
        for at in range(len(words))
        if (tag, at) in holders
    }
    kept = {each for each in kept if each[-1]} | {("mobile_phone", 5, each) for each in more}
    linked = Links(
        filled(tuples, 2000, str(tmp_path)), plans, 256, str(tmp_path),
        counted=[(Number(0, *PHONE, 5), np.array(more, np.uint64))],
        bases=np.array([base[tag] for tag in plans], np.int32), holders=10 * len(base),
    )  # fmt: skip
    expected = Slow(tuples, PLANS).result()
    assert linked.persons() == expected
    for label, strong in (ID, PHONE, CARD, PASSPORT):
        assert linked.different(Number(0, label, strong)) == len(
            {each[2] for each in kept if each[0] == label}
        )
    counts = linked.held().tolist()
    assert counts == [sum(each[1] == holder for each in kept) for holder in range(len(counts))]


def test_one_partition_gives_what_many_give(monkeypatch):
    """All numbers in one partition: keys whose top bits are alike."""
    chance = random.Random(5)
    tuples = [
        (tag, tuple(chance.randrange(9) for _ in range(WIDTHS[tag]))) for tag in WIDTHS for _ in range(15)
    ]
    many = [(tag, tuple(map(word, words))) for tag, words in tuples]
    one, other = count(filled(tuples), PLANS), count(filled(many), PLANS)
    assert (one.distinct, one.profiles, one.inputs, one.shared, one.conflicts) == (
        other.distinct,
        other.profiles,
        other.inputs,
        other.shared,
        other.conflicts,
    )
    assert {word(each.number) for each in one.examples} == {each.number for each in other.examples}


A, B, C = (word(value) for value in (101, 102, 103))  # numbers
LI, WANG = word(7), word(8)  # names
RULES = [
    ("one number, two files", [(11, (A, B, LI)), (16, (A, C))], 1),
    ("one phone and one name", [(11, (A, B, LI)), (12, (B, C, LI))], 1),
    ("one phone, two names", [(11, (A, B, LI)), (12, (B, C, WANG))], 2),
    ("one card and one name, other phones", [(12, (A, C, LI)), (12, (B, C, LI))], 1),
    ("a bare phone is its only owner's", [(12, (A, C, LI)), (13, (A,))], 1),
    ("a bare phone with two owners stands alone", [(12, (A, 0, LI)), (12, (A, 0, WANG)), (13, (A,))], 3),
    ("bare phones are one", [(13, (A,)), (15, (A, B))], 1),
    ("one owner under two names", [(11, (A, B, LI)), (11, (A, B, WANG)), (13, (B,))], 1),
    (
        "a bare row never makes two persons one",
        [(12, (A, 0, LI)), (12, (B, 0, WANG)), (15, (A, 0)), (15, (B, 0))],
        2,
    ),
    ("nor with its bridge", [(12, (A, 0, LI)), (12, (0, B, WANG)), (15, (A, B))], 3),
    ("a phone without a name does not join two numbers", [(16, (A, C)), (16, (B, C))], 2),
    ("nor do they share its bare rows", [(16, (A, C)), (16, (B, C)), (13, (C,))], 3),
    ("a bare phone of one number is its person's", [(16, (A, C)), (13, (C,))], 1),
    ("a number is not one of another kind", [(17, (A, 0, LI)), (17, (0, A, LI))], 2),
    ("two kinds in a row are one person", [(17, (A, B, LI)), (17, (A, 0, 0)), (16, (B, 0))], 1),
    ("a row of two persons", [(14, (A, B, WANG, LI, C))], 2),
    ("whose other one has a row of her own", [(14, (A, B, WANG, LI, C)), (12, (C, 0, WANG))], 2),
    ("a name alone is nobody", [(12, (0, 0, LI))], 0),
    ("nor is a row without values", [(11, (0, 0, 0))], 0),
    ("what no plan takes is left out", [(99, (A, B))], 0),
    ("", [], 0),
]


@pytest.mark.parametrize(("rule", "tuples", "expected"), RULES, ids=[rule for rule, *_ in RULES])
def test_rules(rule, tuples, expected):
    found = count(filled(tuples), PLANS)
    assert found.distinct == expected
    assert found == Slow(tuples, PLANS).result()


def test_what_a_person_holds_and_where():
    tuples = [(11, (A, B, LI)), (12, (B, 0, LI)), (15, (B, C)), (16, (C, 0)), (13, (word(55),))]
    found = count(filled(tuples), PLANS)
    everything = frozenset({"identity", "contact", "health"})
    assert found.distinct == 3
    assert found.profiles == {everything: 1, PROFILES[0]: 1, PROFILES[2]: 1}
    assert found.by_category == {"identity": 2, "contact": 1, "health": 2}
    assert found.sources == {0: 1, 1: 2, 2: 2}
    assert found.inputs == {frozenset({0, 1, 2}): 1, frozenset({1}): 1, frozenset({2}): 1}
    assert found.shared == {(0, 1): 1, (0, 2): 1, (1, 2): 1}


def test_conflicts_in_the_order_of_plain_numbers():
    tuples = []
    for number in range(1, 301):
        tuples += [(11, (word(number), 0, word(900 + name))) for name in range(1 + number % 3)]
        tuples.append((16, (word(number), 0)))
    inverse = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    found = count(filled(tuples), PLANS, plain=lambda label, keys: keys * np.uint64(inverse))
    assert (found.distinct, found.conflicts) == (300, 200)
    several = [Conflict("resident_id", number, 1 + number % 3) for number in range(1, 301) if number % 3]
    assert found.examples == several[:100]


def test_only_the_most_frequent_sets_of_inputs_are_named():
    plans = {1 + source: plan(0, source, (None, {0: ID})) for source in range(6)}
    tuples = []
    sets = list(combinations(range(6), 3))
    number = 0
    for position, members in enumerate(sets):
        for _ in range(1 + position):
            number += 1
            tuples += [(1 + source, (word(number),)) for source in members]
    tuples += [(1, (word(number + 1),)), (2, (word(number + 2),))]
    found = count(filled(tuples), plans, named=5, budget=512)
    every = count(filled(tuples), plans)
    assert every == Slow(tuples, plans).result()
    named = {frozenset(sets[position]): 1 + position for position in range(15, 20)}
    assert found.inputs == {**named, frozenset({0}): 1, frozenset({1}): 1}
    assert found.other_inputs == sum(range(1, 16))
    assert (found.shared, found.sources, every.other_inputs) == (every.shared, every.sources, 0)


def test_more_elements_than_bits():
    rows = [frozenset(f"e{element}" for element in range(at, 90, 7)) for at in range(7)]
    plans = {1 + at: Plan((Mention((Number(0, *ID),)),), row, 0) for at, row in enumerate(rows)}
    found = count(filled([(1 + at, (word(1 + at // 2),)) for at in range(7)]), plans)
    assert found.profiles == {rows[0] | rows[1]: 1, rows[2] | rows[3]: 1, rows[4] | rows[5]: 1, rows[6]: 1}


def test_the_persons_of_tuples_can_be_asked_for():
    tuples = [(11, (A, B, LI)), (14, (word(3), word(4), WANG, LI, C)), (12, (B, 0, LI)), (99, (A, A))]
    linked = Links(filled(tuples), PLANS)
    person = {}
    for keys, which, numbers in linked.numbers():
        for at, number in zip(which.tolist(), numbers.tolist(), strict=True):
            person.setdefault(int(keys[at, -1]), []).append(number)
    assert sorted(person) == [11, 12, 14]
    assert person[11] == person[12]
    assert len({*person[11], *person[14]}) == linked.distinct == 3


def test_from_columns_to_persons():
    """A dump of parcels with few senders, and one of people; the second phone of a column was rejected in one input."""
    parcels = [IdentityFact(at, label) for at, label in enumerate(["mobile_phone", "person_name"] * 2)]
    people = [
        IdentityFact(at, label) for at, label in enumerate(["person_name", "resident_id", "mobile_phone"])
    ]
    linking = Linking.read()
    plans = {
        1: Plan(mentions(parcels, linking), PROFILES[1], 0),
        2: Plan(mentions(people, linking), PROFILES[0], 1),
        3: Plan(mentions([*people[:2], None], linking), PROFILES[0], 2),
    }
    rows = [(1, (word(1 + n % 3), word(901 + n % 3), word(100 + n), word(2000 + n))) for n in range(600)]
    rows += [(2, (word(2000 + n), word(5000 + n), word(100 + n))) for n in range(0, 600, 2)]
    rows += [(3, (word(3000 + n), word(5000 + n), word(9000))) for n in range(0, 600, 3)]
    found = count(filled(rows), plans)
    assert found.distinct == 3 + 600 + 100
    assert found.shared == {(0, 1): 300, (0, 2): 100, (1, 2): 100}
    assert found.inputs[frozenset({0, 1, 2})] == found.conflicts == 100
    assert found.by_category == {"identity": 703, "contact": 603}


def test_a_plan_beyond_its_tuples_is_refused():
    with pytest.raises(ScannerError, match="a word that its tuples do not have"):
        count(filled([(11, (A, B))]), PLANS)
    with pytest.raises(ScannerError, match="negative"):
        links.PlanTable({1: plan(0, 0, (None, {-1: ID}))})
    with pytest.raises(ScannerError, match="negative"):
        links.PlanTable({1: plan(0, 0, (-2, {0: ID}))})


def test_a_tape_and_a_spool_give_back_what_they_got(tmp_path):
    chance = random.Random(2)
    tape, pool = spool.Tape(100, str(tmp_path)), spool.Spool(4, 400, str(tmp_path))
    left = spool.Spool(4, 1 << 20, str(tmp_path))  # large enough, but told to leave the memory
    rows = [[chance.randrange(1 << 12), chance.randrange(9)] for _ in range(500)]
    for at in range(0, 500, 7):
        tape.add(np.array(rows[at : at + 7], np.uint64))
        pool.add(np.array(rows[at : at + 7], np.uint64))
        left.add(np.array(rows[at : at + 7], np.uint64))
        if at == 350:
            left.leave_memory()
    assert left.spilled_bytes == 357 * 16
    left.leave_memory()
    left.leave_memory()
    assert left.spilled_bytes == 500 * 16
    assert tape.spilled_bytes > 0
    assert pool.spilled_bytes > 0
    assert [row for array in tape for row in array.tolist()] == rows
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    for index in range(256):
        expected = [row for row in rows if row[0] >> 4 & 255 == index]
        assert sorted(pool.part(index).tolist()) == sorted(left.part(index).tolist()) == sorted(expected)


def test_a_large_array_lies_in_a_file(tmp_path):
    for limit, kind in ((0, np.memmap), (1 << 20, np.ndarray)):
        array = spool.private_array(1000, np.uint32, limit, str(tmp_path))
        assert type(array) is kind
        assert not array.any()
        array[7] = 9
        assert array.sum() == 9
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
