import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from counting import (
    TABLE,
    TOYS,
    expect,
    store_counts,
    toy_batch,
    toy_job,
    toy_rows,
    toy_tally,
)

from scanner.columns.names import COVERED, PROBABLE, UNSOUND
from scanner.columns.tally import VARIETY
from scanner.model import Batch, Cells, Check, Column, Matches
from scanner.scanning.records import expand, row_numbers, scan_batch
from scanner.store import keys
from scanner.tallies.tally import LOOSE, Tally


@pytest.mark.parametrize("kinds", ["pppp", "pdlp", "dddd", "llll", "ldpl"])
@pytest.mark.parametrize("seed", range(4))
def test_a_tally_agrees_with_counting_row_by_row(kinds, seed):
    draw = random.Random(f"{kinds}{seed}")
    rows = toy_rows(draw, draw.choice((1, 40, 300)), kinds)
    cuts = sorted(draw.randrange(len(rows) + 1) for _ in range(draw.choice((0, 1, 5))))
    roles = draw.choice([(None,) * 4, ("lodging", None, "health", "health")])
    tally = toy_tally(rows, kinds, cuts, toy_job(roles=roles), budget=draw.choice((1 << 12, 1 << 28)))
    expected = expect(rows, roles)
    table = tally.tables[0, None]
    assert table.rows == len(rows)
    assert table.signatures == expected.signatures
    found = store_counts(tally)
    assert found.get("row", {}) == {key: len(records) for key, records in expected.records.items()}
    assert found.get("link", {}) == {key: len(tuples) for key, tuples in expected.links.items()}
    assert found.get("value", {}) == {key: len(values) for key, values in expected.values.items()}
    for index, counts in expected.columns.items():
        column = table.columns[index]
        if kinds[index] != "d":  # the null cells of a dictionary are cells, too
            assert column.cells == counts["cells"]
        assert column.nonempty == counts["nonempty"]
        for toy in TOYS:
            label = column.label(toy.name)
            assert label.valid == counts[f"{toy.name} valid"]
            assert label.candidates == label.basis == counts[f"{toy.name} candidates"]
            assert sum(label.refused.values()) == label.candidates - label.valid
            assert len(label.variety) == min(VARIETY + 1, len(expected.values[index, toy.name]))


def test_two_tallies_merge_by_addition():
    rows = toy_rows(random.Random(1), 200, "pdlp")
    job = toy_job()
    whole = toy_tally(rows, "pdlp", [], job)
    left, right = Tally(), Tally()
    for low in range(0, 200, 20):
        batch = toy_batch(rows[low : low + 20], "pdlp", low)
        scan_batch(batch, 0, job, left if low % 40 else right)
    left.merge(right)
    assert left.tables[0, None].signatures == whole.tables[0, None].signatures
    assert store_counts(left) == store_counts(whole)
    for index, column in whole.tables[0, None].columns.items():
        for name, label in column.labels.items():
            assert left.tables[0, None].columns[index].label(name).samples == label.samples


@pytest.mark.parametrize("kinds", ["dddd", "pdld"])
def test_values_of_dictionaries_that_come_again_are_all_counted(kinds):
    """The same batch again, some of it, another one, and the same in another input: as if each were the first."""
    rows = toy_rows(random.Random(kinds), 300, kinds)
    job, parts = toy_job(), [(0, 100), (0, 100), (50, 150), (0, 100), (150, 300), (150, 300)]
    one, several = Tally(), Tally()
    for number, (low, high) in enumerate(parts):
        for source in (0, 1) if number % 2 else (0,):
            batch = toy_batch(rows[low:high], kinds, 1000 * number)
            scan_batch(batch, source, job, one)
            alone = Tally()
            scan_batch(batch, source, job, alone)
            several.merge(alone)
    assert store_counts(one) == store_counts(several)
    assert any(store_counts(one)["value"].values())


def test_records_differ_by_cell_and_list_boundaries():
    rows = [
        [b"P2", b"a", [b"x", b"y"]],
        [b"P2", b"a", [b"y", b"x"]],
        [b"P2", b"a", [b"xy"]],
        [b"P2", b"a", [b"x", b"y"]],
        [b"P2a", b"", [b"x", b"y"]],
        [b"P2", b" a ", [b"x", b"y"]],
    ]
    tally = toy_tally(rows, "ppl", [], toy_job())
    assert sum(store_counts(tally)["row"].values()) == 4


def test_probable_and_covered_matches_are_facts_of_their_own():
    lenient = replace(TOYS[0], lenient=int(Check.FORMAT))
    over = replace(TOYS[1], letter="[PM]")  # finds all that the first finds, too
    tally = toy_tally([[b"P2"], [b"P3"], [b"M2"], [b"M3"]], "p", [], toy_job((lenient, over)))
    assert tally.tables[0, None].signatures == Counter(
        {
            frozenset({(0, "person"), (0, f"phone{COVERED}person")}): 1,
            frozenset({(0, f"person{PROBABLE}"), (0, f"phone{UNSOUND}")}): 1,
            frozenset({(0, "phone")}): 1,
            frozenset({(0, f"phone{UNSOUND}")}): 1,
        }
    )
    label = tally.tables[0, None].columns[0].label("phone")
    # P2 is not a candidate of the phone's own, P3 is one that failed, as M3 is.
    assert (label.candidates, label.valid, label.variants[f"phone{COVERED}person"]) == (3, 1, 1)
    assert tally.tables[0, None].columns[0].label("person").variants == {f"person{PROBABLE}": 1}


def test_contested_values_lie_on_a_candidate_that_failed():
    over = replace(TOYS[1], letter="", required=int(Check.FORMAT))  # any digits will do
    tally = toy_tally([[b"P3"], [b"P2"], [b"P5 X8"]], "p", [], toy_job((TOYS[0], over)))
    label = tally.tables[0, None].columns[0].label("phone")
    assert label.contested == {"person": 2}


def test_damaged_lines_count_beside_the_rows():
    loose = Cells.of(["P2 M4", "nothing", "P2"])
    batch = Batch(
        TABLE,
        5,
        2,
        tuple(Column(Cells.of([b"P6", b""])) for _ in range(4)),
        loose=loose,
        loose_rows=np.array([6, 8, 9], np.int64),
        rows=np.array([5, 7], np.int64),
        blank=3,
    )
    tally = Tally()
    found = scan_batch(batch, 0, toy_job(), tally)
    table = tally.tables[0, None]
    assert (table.rows, table.damaged, table.blank) == (2, 3, 3)
    assert table.damaged_signatures == {
        frozenset({(LOOSE, "person"), (LOOSE, "phone")}): 1,
        frozenset({(LOOSE, "person")}): 1,
        frozenset(): 1,
    }
    assert store_counts(tally)["value"][LOOSE, "person"] == 1
    assert sum(store_counts(tally)["link"].values()) == 1  # the sound row's, no damaged line's
    item = next(each for each in found if each.column_index == LOOSE and each.name == "person")
    assert row_numbers(batch, LOOSE, expand(item)[1]).tolist() == [6, 9]
    assert row_numbers(batch, 0, np.array([0, 1], np.int32)).tolist() == [5, 7]


@pytest.mark.parametrize("kind", "pdl")
def test_expand_names_every_row_that_holds_a_match(kind):
    draw = random.Random(kind)
    rows = toy_rows(draw, 60, kind)
    batch = toy_batch(rows, kind)
    for item in scan_batch(batch, 0, toy_job(), Tally()):
        toy = next(each for each in TOYS if each.name == item.name)
        expected = Counter()
        for number, (held,) in enumerate(rows):
            for cell in held if isinstance(held, list) else [held]:
                expected.update(
                    (number, cell[start:end]) for start, end, valid, _ in toy.spans(cell) if valid
                )
        at, numbers = expand(item)
        cells = item.column.cells
        texts = [
            cells.raw(int(item.matches.cell[i]))[item.matches.start[i] : item.matches.end[i]]
            for i in at.tolist()
        ]
        assert Counter(zip(numbers.tolist(), texts, strict=True)) == expected


def test_samples_are_the_first_values_masked():
    rows = [[f"E{2 * number:06}".encode()] for number in range(50)]
    whole = toy_tally(rows, "p", [], toy_job()).tables[0, None].columns[0].label("mail").samples
    assert [row for row, _ in whole] == [0, 1, 2]
    assert not any("000002" in text for _, text in whole)
    backwards = Tally()
    for low in range(40, -1, -10):
        scan_batch(toy_batch(rows[low : low + 10], "p", low), 0, toy_job(), backwards)
    assert backwards.tables[0, None].columns[0].label("mail").samples == whole


def test_a_pattern_that_ran_out_of_time_is_told_with_its_row():
    class Slow(type(TOYS[0])):
        def find(self, cells):
            cells.memo["timeouts"] = [("slow", 1)]
            return Matches.none()

    slow = Slow("slow", "email", "E", 1, False)
    tally = Tally()
    scan_batch(toy_batch([[b"a"], [b"b"]], "p", 7), 3, toy_job((slow,)), tally)
    assert [(source, issue.row) for source, issue in tally.issues] == [(3, 8)]


def coded_batches(rows, cuts, kept):
    """Rows of one dictionary column in pieces; ``kept``: whether what is found in the dictionary is, as by a source."""
    words = sorted({row[0] for row in rows})
    found = {"found": {}} if kept else {}
    for low, high in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        codes = np.array([words.index(row[0]) for row in rows[low:high]], np.int32)
        cells = Cells.of(words)
        cells.memo.update(found)
        yield Batch(
            TABLE._replace(columns=("甲",), kinds=("text",)), low, high - low, (Column(cells, codes=codes),)
        )


def keys_of(tally):
    """The different keys of each group."""
    found = {}
    for piece in tally.store.partitions():
        for group, held in piece.items():
            found.setdefault(group, set()).update(map(tuple, held.tolist()))
    return found


def coded_tally(rows, cuts, job, kept):
    tally = Tally()
    for batch in coded_batches(rows, cuts, kept):
        scan_batch(batch, 0, job, tally)
    return tally


class Cut(type(TOYS[0])):
    """Is cut off where it is asked for the first time."""

    asked = 0

    def find(self, cells):
        Cut.asked += 1
        if Cut.asked == 1:
            cells.memo["timeouts"] = [("cut", 1)]
            return Matches.none(packed=self.packed)
        return super().find(cells)


@pytest.mark.parametrize("cut_off", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_dictionary_that_comes_again_counts_as_one_that_is_new(seed, cut_off):
    draw = random.Random(seed)
    rows = toy_rows(draw, 200, "d")
    first = (
        (Cut("first", "email", "[PM]", 0, False),) if cut_off else (replace(TOYS[0], name="first", rank=0),)
    )
    tallies = []
    for kept in (False, True):
        Cut.asked = 0
        tallies.append(coded_tally(rows, [50, 120, 121], toy_job(first + TOYS), kept))
    new, again = tallies
    assert new.tables[0, None].columns == again.tables[0, None].columns
    assert new.tables[0, None].signatures == again.tables[0, None].signatures
    assert keys_of(new) == keys_of(again)
    assert again.tables[0, None].columns[0].label("mail").valid


@pytest.mark.parametrize("kinds", ["dddd", "dpdd", "dldd"])
def test_keys_of_rows_are_the_same_some_at_a_time(kinds, monkeypatch):
    draw = random.Random(kinds)
    batch = toy_batch(toy_rows(draw, 100, kinds), kinds)
    tags, of_row = np.array([5, 0, 7], np.uint64), np.array([draw.randrange(3) for _ in range(100)], np.int32)
    monkeypatch.setattr(keys, "TOGETHER", 7)
    parts = list(keys.row_keys_in_parts(batch, tags, of_row, (11, 22)))
    assert len(parts) == (15 if kinds == "dddd" else 1)
    assert np.array_equal(np.concatenate(parts), keys.row_keys(batch, tags, of_row, (11, 22)))
