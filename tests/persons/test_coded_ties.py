"""Tuples that are stored as numbers of what their cells hold say the same as those that are stored as they are."""

import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_reference import DEMO

from scanner.journal import key_runs
from scanner.journal.folder import Folder
from scanner.kernels.coded_persons import coded_relations, parted_nodes
from scanner.kernels.coded_ties import mentions, pack, unpack
from scanner.kernels.ties import tie_rows
from scanner.kernels.unions import new_memory
from scanner.persons import coded_ties
from scanner.persons import counting as persons
from scanner.persons.coded_ties import Book, Books, Held, Shared
from scanner.persons.links import LinkStore, Mention, Number, Plan
from scanner.run.job import Options, file_inputs, run
from scanner.store.distinct import DistinctStore

U64 = (1 << 64) - 1
LABELS = [("resident_id", True), ("mobile_phone", False), ("bank_card", False)]
TABLE = (0, None)


@pytest.fixture(autouse=True)
def _batches_of_any_size(monkeypatch):
    monkeypatch.setattr(coded_ties, "FEWEST", 0)


def drawn_columns(chance: random.Random, rows: int, words: list[int]) -> dict[int, Shared]:
    """Columns of a few cells, each with up to three facts of values of ``words`` (of two words every third one)."""
    columns = {}
    for index in range(4):
        cells = chance.randrange(1, 12)
        codes = np.array([chance.randrange(-1, cells) for _ in range(rows)], np.int32)
        columns[index] = Shared(codes, cells)
        for number in range(chance.randrange(1, 4)):
            most = chance.choice([1, 1, 3])
            cell = sorted(each for each in range(cells) for _ in range(chance.randrange(most + 1)))
            width = 2 if number == 2 else 1
            keys = [[chance.choice(words) for _ in range(width)] for _ in cell]
            columns[index].facts[index, f"fact{number}"] = Held(
                np.array(cell, np.int32), np.array(keys, np.uint64).reshape(-1, width)
            )
    return columns


def grouped(chance: random.Random, columns: dict[int, Shared], rows: int):
    """Each row's group, and of each group its facts and its tag: rows without any have none."""
    every = sorted(fact for column in columns.values() for fact in column.facts)
    held = [
        tuple(
            fact
            for fact in every
            if columns[fact[0]].codes[row] in columns[fact[0]].facts[fact].cell.tolist()
        )
        for row in range(rows)
    ]
    facts = list(dict.fromkeys(held))
    tags = [hash(own) & U64 if own else 0 for own in facts]
    return np.array([facts.index(own) for own in held], np.int32), facts, tags


def as_they_are(columns, of_row, facts, tags):
    """What ``tie_rows`` makes of the rows."""
    every = sorted(fact for column in columns.values() for fact in column.facts)
    kinds = [(), *dict.fromkeys(tuple(every.index(fact) for fact in own) for own in facts if own)]
    kind = [kinds.index(tuple(every.index(fact) for fact in own)) for own in facts]
    values = [
        (*columns[fact[0]].facts[fact], columns[fact[0]].codes, columns[fact[0]].cells) for fact in every
    ]
    return tie_rows(values, of_row, np.array(kind, np.int32), np.array(tags, np.uint64), kinds)


@pytest.mark.parametrize("seed", range(120))
def test_packed_tuples_are_the_tuples(seed):
    """Also where dictionaries change from batch to batch, and books become full."""
    chance = random.Random(seed)
    words = [chance.randrange(1, U64) for _ in range(chance.choice([3, 40, 4000]))]
    books, found, expected = Books(1 << 24), set(), set()
    for _ in range(4):
        rows = chance.choice([1, 30, 400])
        columns = drawn_columns(chance, rows, words)
        of_row, facts, tags = grouped(chance, columns, rows)
        packed = books.packed(TABLE, columns, of_row, facts, tags)
        assert packed is not None
        (_, book), keys = packed
        assert len(keys) == sum(bool(facts[group]) for group in of_row.tolist())
        found |= {tuple(each) for tuples in book.tuples(keys) for each in tuples.tolist()}
        expected |= {
            tuple(each) for tuples in as_they_are(columns, of_row, facts, tags) for each in tuples.tolist()
        }
    assert found == expected


def plans_of(chance: random.Random, columns: dict[int, Shared], facts, tags) -> dict[int, Plan]:
    """A plan for most tags: of the values of some facts, as numbers of their label, one or two persons."""
    plans = {}
    for own, tag in zip(facts, tags, strict=True):
        at, places = 0, {}
        for fact in own:
            places[fact] = at
            at += columns[fact[0]].facts[fact].keys.shape[1]
        slots = []
        for _ in range(chance.randrange(1, 3)):
            some = [fact for fact in own if fact[0] and chance.random() < 0.7]
            names = [fact for fact in own if not fact[0]]
            numbers = tuple(Number(places[fact], *LABELS[fact[0] - 1]) for fact in some)
            slots.append(Mention(numbers, places[names[0]] if names and chance.random() < 0.8 else None))
        if own and chance.random() < 0.9:
            plans[tag] = Plan(tuple(slots), frozenset({chance.choice("abc")}), chance.randrange(3))
    return plans


@pytest.mark.parametrize("large", [5, persons.LARGE])
@pytest.mark.parametrize("budget", [1 << 28, 1 << 12])
@pytest.mark.parametrize("seed", range(60))
def test_they_tell_the_same_persons(seed, budget, large, tmp_path, monkeypatch):
    """Alone, in several books, and beside tuples that are stored as they are; also where a partition is large."""
    monkeypatch.setattr(persons, "LARGE", large)
    chance = random.Random(seed)
    words = [chance.randrange(1, U64) for _ in range(chance.choice([5, 30, 300]))]
    plain, mixed = (LinkStore(DistinctStore(budget, str(tmp_path))) for _ in range(2))
    alone, several = Books(1 << 24), chance.random() < 0.5
    plans: dict[int, Plan] = {}
    for batch in range(3):
        rows = chance.choice([5, 60])
        columns = drawn_columns(chance, rows, words)
        of_row, facts, tags = grouped(chance, columns, rows)
        plans = plans_of(chance, columns, facts, tags) | plans
        tuples = as_they_are(columns, of_row, facts, tags)
        for some in tuples:
            plain.add_spread(some)
        if seed % 3 == 0 and batch == 1:
            for some in tuples:
                mixed.add_spread(some)
        else:
            books = Books(1 << 24) if several else alone
            mixed.store.add(*books.packed(TABLE, columns, of_row, facts, tags))
    expected = persons.count(plain, plans, budget, str(tmp_path))
    assert persons.count(mixed, plans, budget, str(tmp_path)) == expected


def test_a_journal_keeps_them_as_they_are(tmp_path):
    chance = random.Random(5)
    columns = drawn_columns(chance, 300, [chance.randrange(1, U64) for _ in range(40)])
    of_row, facts, tags = grouped(chance, columns, 300)
    plain, coded, again = (LinkStore(DistinctStore()) for _ in range(3))
    for some in as_they_are(columns, of_row, facts, tags):
        plain.add_spread(some)
    coded.store.add(*Books(1 << 24).packed(TABLE, columns, of_row, facts, tags))
    folder = Folder.make(tmp_path / "journal", (1, 2), {})
    with folder.new_part() as file:
        file.seal({"keys": key_runs.write(key_runs.taken(coded.store), file)})
    with folder.opened(tmp_path / "journal" / "00000001.part") as (opened, told):
        key_runs.read(told["keys"], opened, again.store)
    kept, expected = (
        {group: keys for piece in each.store.partitions() for group, keys in piece.items()}
        for each in (again, plain)
    )
    assert {group: sorted(keys.tolist()) for group, keys in kept.items()} == {
        group: sorted(keys.tolist()) for group, keys in expected.items()
    }


def test_what_a_book_has_no_room_for_is_left_as_it_is():
    columns = drawn_columns(random.Random(1), 20, [3])
    of_row, facts, tags = grouped(random.Random(1), columns, 20)
    assert Books(100).packed(TABLE, columns, of_row, facts, tags) is None
    crowded = Shared(np.zeros(20, np.int32), 1)
    crowded.facts[0, "a"] = Held(np.zeros(9, np.int32), np.ones((9, 1), np.uint64))
    many = {0: crowded}
    assert Books(1 << 24).packed(TABLE, many, np.zeros(20, np.int32), [[(0, "a")]], [1]) is None


def test_nodes_of_one_word_are_those_of_three():
    nodes = np.array([[3, 7, 9 | 5 << 40], [1, 0, 2 | 4 << 40]], np.uint64)
    joined = np.array([[2 << 60 | 7 << 30 | 9], [2]], np.uint64)
    keys, kinds = np.array([0, 100, 200, 300], np.uint64), np.array([0, 4, 0, 5], np.uint32)
    parted = parted_nodes(joined[:, 0], 60, 30, keys, kinds)
    assert parted[:, 0].tolist() == [300, 100]
    assert parted[:, 2].tolist() == nodes[:, 2].tolist()
    assert parted[1, 1] == 0 != parted[0, 1]
    for shift, mention_bits in (
        (30, 30),
        (64, 30),
        (-1, 30),
        (60, -1),
        (60, 70),
    ):
        with pytest.raises(ValueError, match="fit"):
            parted_nodes(joined[:, 0], shift, mention_bits, keys, kinds)
        with pytest.raises(ValueError, match="fit"):
            coded_relations(joined[:, 0], shift, mention_bits, 7, kinds)
    with pytest.raises(ValueError, match="fit"):
        parted_nodes(joined[:, 0], 60, 30, keys[:3], kinds)
    assert [len(each) for each in coded_relations(joined[:, 0], 60, 30, 7, kinds)] == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="no such owner"):
        coded_relations(joined[:, 0], 60, 30, 6, kinds)
    with pytest.raises(ValueError, match="no such number"):
        coded_relations(joined[:, 0], 60, 30, 7, kinds[:3])


def test_what_does_not_fit_is_refused():
    codes, rows, tag = np.zeros(2, np.int32), np.zeros(2, np.int32), np.zeros(1, np.int32)
    numbers = np.array([1, 0], np.uint32)
    assert len(pack([(codes, numbers, 0, 12)], rows, tag, 1)) == 2
    for wrong in (
        ([(codes + 1, numbers, 0, 12)], rows, tag, 1),
        ([(codes - 2, numbers, 0, 12)], rows, tag, 1),
        ([(codes[:1], numbers, 0, 12)], rows, tag, 1),
        ([(codes, numbers, 1, 12)], rows, tag, 1),
        ([(codes, numbers, 0, 64)], rows, tag, 1),
        ([(codes, numbers, 0, 12)], rows + 1, tag, 1),
    ):
        with pytest.raises(ValueError, match=r"fit|names no cell"):
            pack(*wrong)
    columns = drawn_columns(random.Random(3), 9, [7, 8])
    of_row, facts, tags = grouped(random.Random(3), columns, 9)
    book = Book(columns, None)
    assert book.takes(columns)
    keys = book.packed(columns, of_row, facts, tags)
    assert keys is not None
    fields, bits, words, begin, places, several_from, several = book.told
    assert unpack(keys, (fields, bits, words, begin, places, several_from, several))
    for wrong in (
        (fields[:1], bits, words, begin, places, several_from, several),
        (fields, bits, words[:1], begin, places, several_from, several),
        (fields, bits, words[:1], begin[:2], places, several_from[:2], several),
        (fields, bits, words, begin, places + 99, several_from, several),
        (fields, bits, words, begin + 1, places, several_from, several),
        (fields, 0, words, begin, places, several_from, several),
    ):
        with pytest.raises(ValueError, match="fit"):
            unpack(keys, wrong)


def test_numbers_at_the_end_of_their_range_are_refused():
    """Where one more would overflow, and before the first word of a tuple."""
    last, tags = (1 << 31) - 1, np.array([7], np.uint64)
    field = (np.array([[0, 5]], np.uint64), 0, 12, 1)
    keys = pack([(np.zeros(1, np.int32), np.array([1, 0], np.uint32), 0, 12)], *np.zeros((2, 1), np.int32), 1)

    def book(*several: int):
        ends = [np.array(each, np.int32) for each in ([0, 1], [[0, 0]], [0, 1], [several])]
        return ([field], 12, tags, *ends)

    assert [each.shape for each in unpack(keys, book(0, 1, 0, 0, 1))] == [(1, 2)]
    for several in ((last, 1, 0, 0, 1), (0, last, 0, 0, 1), (0, 1, 0, last, 1), (0, 1, 0, 0, last)):
        with pytest.raises(ValueError, match="fit"):
            unpack(keys, book(*several))

    def told(plan: int, name_at: int, number_at: int, bits: tuple[int, ...] = (0,)):
        arrays = [
            np.array(each, np.int32) for each in ([0, 1], [name_at], [0], [0, 1], [number_at], [2], [0])
        ]
        arrays[2], arrays[5] = arrays[2].astype(np.uint32), arrays[5].astype(np.uint32)
        given = keys, book(0, 1, 0, 0, 1), np.array([plan], np.int32), *arrays
        return mentions(*given, bits[0], new_memory(1), *bits[1:])

    nodes, payloads = told(0, -1, 0)
    assert (nodes[:, 0].tolist(), payloads.tolist()) == ([5], [0])
    assert len(told(-1, -1, 0)[0]) == 0
    assert told(0, -1, 0, (3, 0, 60, 30))[0].tolist() == [[4 << 60 | 3]]
    for bits in (
        (0, 0, 63, 30),
        (9, 0, 60, 3),
        (0, 0, 30, 30),
        (0, 0, 64, 30),
        (0, 0, -1, 30),
        (0, 0, 60, -1),
    ):
        with pytest.raises(ValueError, match="fit"):
            told(0, -1, 0, bits)
    for wrong in ((1, -1, 0), (last, -1, 0), (0, last, 0), (0, -1, -1), (0, -1, last), (0, 0, -last)):
        with pytest.raises(ValueError, match=r"fit|names a word"):
            told(*wrong)


def scanned(path, jobs: int):
    options = Options(jobs=jobs)
    document = run(file_inputs([path], options), options).document
    return {name: told for name, told in document.items() if name not in ("run", "inputs", "evidence")}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scan_of_dictionaries_is_that_of_the_same_texts(jobs, tmp_path):
    """Names, numbers and remarks of people in any combination; each row group has dictionaries of its own."""
    chance = random.Random(2017)
    frame = pd.read_csv(DEMO / "customers.csv", dtype=str, encoding="gb18030").head(150)
    texts = {name: [chance.choice(list(frame[name])) for _ in range(3000)] for name in frame}
    texts["备注"] = [
        " / ".join(chance.sample(texts["手机号码"], chance.randrange(4))) or None for _ in range(3000)
    ]
    table = pa.table({name: pa.array(held, pa.string(), from_pandas=True) for name, held in texts.items()})
    pq.write_table(table, tmp_path / "plain.parquet", use_dictionary=False, row_group_size=700)
    kinds = pa.schema([(name, pa.dictionary(pa.int32(), pa.string())) for name in table.column_names])
    with pq.ParquetWriter(tmp_path / "coded.parquet", kinds) as writer:
        for at in range(0, 3000, 700):
            writer.write_table(table.slice(at, 700).combine_chunks().cast(kinds))
    found = scanned(tmp_path / "coded.parquet", jobs)
    assert found["subjects"]["distinct"] > 1
    assert found == scanned(tmp_path / "plain.parquet", jobs)
