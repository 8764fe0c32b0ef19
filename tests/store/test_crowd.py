"""Very many groups with few keys each: counted as if each were by itself."""

import random
from collections import Counter

import numpy as np
import pytest

from scanner.journal import key_runs
from scanner.journal.folder import Folder
from scanner.model import Table
from scanner.store import crowd, distinct
from scanner.store.distinct import DistinctStore, Wanted
from scanner.tallies import ties
from scanner.tallies.tally import Tally
from tests.store.test_distinct import spread

GROUPS = [
    *(("value", source, None, column, name) for source in range(40) for column in (0, 3) for name in "ab"),
    *(("row", source, None) for source in range(40)),
    ("link", 1),
    "other",
]


def width_of(group):
    return 3 if group[0] == "row" else 2 if group[-1] == "b" else 1


def drawn(chance, group):
    """One key: of few different ones; the last word of a row is its tag."""
    words = [spread(chance.randrange(60)), *(7 for _ in range(width_of(group) - 1))]
    return (*words[:-1], chance.randrange(1, 4)) if group[0] == "row" else tuple(words)


def filled(chance, store, held, monkeypatch):
    """Adds batches of all sizes; what is held then by group."""
    for _ in range(chance.randrange(400)):
        group = chance.choice(GROUPS)
        keys = [drawn(chance, group) for _ in range(chance.choice([1, 2, 5, 300]))]
        store.add(group, np.array(keys, np.uint64))
        held.setdefault(group, set()).update(keys)


def content(store):
    found = {}
    for piece in store.partitions():
        for group, keys in piece.items():
            rows = {tuple(row) for row in keys.tolist()}
            assert len(rows) == len(keys)
            assert not rows & found.setdefault(group, set())
            found[group] |= rows
    return found


@pytest.fixture(params=range(60))
def chance(request, monkeypatch):
    """Few groups are many here, and few keys large."""
    draw = random.Random(request.param)
    monkeypatch.setattr(distinct, "FEW", draw.choice([2, 10, 100, 1000]))
    monkeypatch.setattr(distinct, "SMALL", draw.choice([100, 2000, 1 << 16]))
    return draw


def stores(chance, monkeypatch, count=1):
    budgets = [chance.choice([1 << 12, 1 << 15, 1 << 28]) for _ in range(count)]
    found, held = [], {}
    for budget in budgets:
        found.append(DistinctStore(budget))
        filled(chance, found[-1], held, monkeypatch)
    return found, held


def test_members_of_crowds_keep_their_keys_through_merging_renaming_and_forgetting(chance, monkeypatch):
    (store, *others), held = stores(chance, monkeypatch, chance.randrange(1, 4))
    for other in others:
        store.merge(other)
    assert set(store.groups()) == set(held)
    assert {group: store.width(group) for group in held} == {group: width_of(group) for group in held}
    assert content(store) == held
    asked = chance.sample(sorted(held, key=repr), len(held) // 2)
    assert {group for piece in store.partitions(asked) for group in piece} == set(asked)
    store.forget(asked)
    for group in asked:
        del held[group]

    def renamed(group):
        return (group[0], group[1] + 100, *group[2:]) if group[0] in ("value", "row") else group

    store.rename(renamed)
    assert set(store.groups()) == {renamed(group) for group in held}
    assert content(store) == {renamed(group): keys for group, keys in held.items()}


def test_members_of_crowds_are_counted_by_owner_and_payload(chance, monkeypatch):
    (store, *others), held = stores(chance, monkeypatch, chance.randrange(1, 3))
    for other in others:
        store.merge(other)
    for name, width in (("a", 1), ("b", 2)):
        groups = [group for group in held if group[0] == "value" and group[-1] == name]
        chance.shuffle(groups)
        groups = groups[: chance.randrange(1, 200)]
        shared = chance.choice([1, 1, 3])
        owners = {group: at // shared for at, group in enumerate(groups)} if chance.random() < 0.9 else {}
        payload = {group: chance.choice([1, 2, 3]) for group in groups}
        wanted = [Wanted(group, owners.get(group, 0), payload[group]) for group in groups]
        counted = store.count(wanted, width, len(groups) + 1)
        sets, united = [set() for _ in range(len(groups) + 1)], Counter()
        for group in groups:
            sets[owners.get(group, 0)] |= held[group]
            for key in held[group]:
                united[key] |= payload[group]
        assert counted.owned == [len(each) for each in sets]
        assert counted.payloads == Counter(united.values())


def test_records_in_crowds_are_counted_by_the_payload_of_their_tags(chance, monkeypatch):
    (store,), held = stores(chance, monkeypatch)
    wanted, united = [], Counter()
    for group in [group for group in held if group[0] == "row"]:
        of_tag = {tag: chance.choice([0, 1, 2, 4, 5]) for tag in (1, 2, 9) if chance.random() < 0.7}
        tags, payloads = np.array(list(of_tag), np.uint64), np.array(list(of_tag.values()), np.uint64)
        wanted.append(Wanted(group, 0, (tags, payloads)))
        for *words, tag in held[group]:
            if of_tag.get(tag):
                united[tuple(words)] |= of_tag[tag]
    store.threads = chance.choice([1, 2])
    counted = store.count(wanted, 2, 1)
    assert counted.payloads == Counter(united.values())
    assert counted.owned == [len(united)]


def test_crowds_come_back_from_a_journal(chance, monkeypatch, tmp_path):
    (store,), held = stores(chance, monkeypatch)
    folder = Folder.make(tmp_path / "j", (1, 2), {})
    with folder.new_part() as file:
        file.seal({"keys": key_runs.write(key_runs.taken(store), file)})
    again = DistinctStore()
    filled(chance, again, held, monkeypatch)
    with folder.opened(tmp_path / "j" / "00000001.part") as (opened, told):
        key_runs.read(told["keys"], opened, again)
    folder.remove()
    assert content(again) == held


def test_what_crowds_cannot_do_is_refused():
    store = DistinctStore()
    with pytest.raises(ValueError, match="crowd"):
        store.member(("link", 2), 3)
    for source in range(3):
        store.member(("row", source, None), 2)
    table = np.ones(1, np.uint64), np.ones(1, np.uint64)
    wanted = [Wanted(("row", source, None), source % 2, table) for source in range(3)]
    with pytest.raises(ValueError, match="owner"):
        store.count(wanted, 1, 2)


def test_values_of_tuples_are_the_same_with_many_tables_and_with_few(monkeypatch):
    draw = random.Random(1)
    tables = [(source, None) for source in range(9)]
    rows = {}
    for few in (ties.FEW, 4):
        monkeypatch.setattr(ties, "FEW", few)
        tally = Tally()
        places = {}
        for where in tables:
            tally.table(where[0], Table(None, (), (), "x"))
            tag = tally.link_tag(where, frozenset([(0, "phone"), (1, "name")]))
            words = (((0, "phone"), 1), ((1, "name"), 2))
            places[tag] = ties.Place(where, words, frozenset(fact for fact, _ in words))
        draw.seed(2)
        keys = np.array(
            [
                [*(spread(draw.randrange(50)) for _ in range(3)), draw.choice(list(places))]
                for _ in range(500)
            ],
            np.uint64,
        )
        values = ties.TiedValues(DistinctStore(), places)
        values.add(values.of(keys))
        rows[few] = content(values.store)
    assert len(rows[4]) == 18
    assert rows[4] == rows[crowd.FEW]
