"""A tally that was kept is the same when it comes back: every count, and every type that is compared."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.columns.tally import ColumnTally, LabelTally
from scanner.journal import key_runs, tally_form
from scanner.journal.folder import Folder
from scanner.model import Issue, Table, Why
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import TableTally, Tally

names = st.text(max_size=6)
numbers = st.integers(0, 2**63)
facts = st.tuples(st.integers(-2, 20), names)
signatures = st.dictionaries(st.frozensets(facts, max_size=3), numbers, max_size=3).map(Counter)
counters = st.dictionaries(names, numbers, max_size=3).map(Counter)
labels = st.builds(
    LabelTally,
    numbers, numbers, numbers, numbers, numbers, counters, counters, counters,
    st.lists(st.tuples(numbers, names), max_size=3),
    st.lists(st.integers(0, 2**64 - 1), max_size=3, unique=True),
)  # fmt: skip
columns = st.builds(ColumnTally, numbers, numbers, st.dictionaries(names, labels, max_size=2))
some_names = st.lists(st.none() | names, max_size=3).map(tuple)
tables = st.builds(
    Table, st.none() | names, some_names, st.lists(names, max_size=3).map(tuple), names, st.none() | names,
    st.none() | names, st.booleans(), st.none() | some_names, st.none() | st.builds(Why, st.none() | names),
)  # fmt: skip
counted = st.builds(
    TableTally, tables, numbers, numbers, numbers, signatures, signatures,
    st.dictionaries(st.integers(-1, 9), columns, max_size=2),
    st.dictionaries(facts, numbers, max_size=3), st.sets(facts, max_size=3),
)  # fmt: skip
tagged = st.lists(facts, max_size=2).map(tuple) | st.tuples(
    st.tuples(numbers, st.none() | names), st.lists(facts, max_size=2).map(tuple)
)


@given(
    st.lists(st.tuples(numbers, counted), max_size=2),
    st.lists(
        st.tuples(numbers, st.builds(Issue, names, st.none() | numbers, numbers, st.booleans())), max_size=2
    ),
    st.dictionaries(numbers, tagged, max_size=3),
)
def test_what_is_kept_comes_back(of_tables, issues, tags):
    tally = Tally(tags=tags, issues=issues)
    for source, table in of_tables:
        tally.tables[source, table.table.name] = table
    again = Tally()
    tally_form.restored(json.loads(json.dumps(tally_form.told(tally))), again)
    for name in ("tables", "issues", "tags"):
        assert getattr(again, name) == getattr(tally, name)
    assert all(
        isinstance(label, LabelTally)
        for t in again.tables.values()
        for c in t.columns.values()
        for label in c.labels.values()
    )
    again.merge(tally)  # types that only look alike would not add up


def test_nothing_that_is_counted_is_left_out():
    """Whoever adds a count must keep it, too (scanner/journal/tally_form.py)."""
    known = {"store", "tables", "issues", "tags"}
    not_kept = {
        "first_numbers",
        "books",
        "tied",
        "tuples",
        "_facts",
        "_signatures",
        "_links",
        "_added",
        "_added_of",
    }  # made anew, or set once all is read
    assert {each.name for each in fields(Tally)} == known | not_kept
    assert {each.name for each in fields(LabelTally)} == set(tally_form._label(LabelTally()))
    assert {each.name for each in fields(TableTally)} == set(
        tally_form._table(TableTally(Table(None, (), (), "x")))
    )
    assert [each.name for each in fields(ColumnTally)] == ["cells", "nonempty", "labels"]


@given(st.integers(0, 1000), st.sampled_from([1, 3, 5]), st.booleans())
def test_keys_come_back_from_memory_and_from_files(tmp_path_factory, seed, width, spilled):
    rng = np.random.default_rng(seed)
    place = tmp_path_factory.mktemp("journal") / "j"
    store = DistinctStore(1 << 14 if spilled else 1 << 24)
    for _ in range(3):
        store.add(("row", 1, "表"), rng.integers(0, 2**63, (rng.integers(1, 3000), width), np.uint64))
        store.add(("value", 2, None, 0, "mobile"), rng.integers(0, 2**63, (5, 1), np.uint64))
    folder = Folder.make(place, (1, 2), {})
    with folder.new_part() as file:
        file.seal({"keys": key_runs.write(key_runs.taken(store), file)})
    again = DistinctStore(1 << 24)
    with folder.opened(place / "00000001.part") as (opened, told):
        key_runs.read(told["keys"], opened, again)
    folder.remove()
    assert set(again.groups()) == set(store.groups())
    for group in store.groups():
        pieces = [
            np.concatenate([piece[group] for piece in each.partitions([group])]) for each in (store, again)
        ]
        kept, back = (piece[np.lexsort(piece.T)] for piece in pieces)
        assert np.array_equal(kept, back)
