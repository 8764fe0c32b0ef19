"""The counts of very many tables: packed ones are what they were, in their order, however parts are put together."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from scanner.columns.tally import ColumnTally, LabelTally
from scanner.model import Table, Why
from scanner.store.by_table import ByTable, ByTag, place_of, source_of, table_order
from scanner.tallies.table_tally import TableTally
from scanner.tallies.tables import LATEST, TOGETHER, Tables


def tally(draw: random.Random, name: str | None = None, wide: int = 3) -> TableTally:
    """Counts of any kind."""
    columns = tuple(draw.choice([None, "姓名", "x\udce4"]) for _ in range(draw.randrange(1, wide + 1)))
    why = draw.choice([None, Why(), Why("declared", None, "given")])
    table = Table(
        name,
        columns,
        ("text",) * len(columns),
        "delimited",
        draw.choice([None, "gb18030"]),
        ",",
        True,
        why=why,
    )
    return TableTally(
        table,
        *(draw.randrange(9) for _ in range(3)),
        Counter({frozenset((at, "phone") for at in range(draw.randrange(3))): draw.randrange(1, 9)}),
        Counter({frozenset([(-1, "id!")]): 2}) if draw.random() < 0.3 else Counter(),
        {at: ColumnTally(5, 4, {"phone": label(draw)} if draw.random() < 0.5 else {}) for at in range(2)},
        {(0, "phone"): 1} if draw.random() < 0.5 else {},
        {(0, "phone")} if draw.random() < 0.5 else set(),
    )  # fmt: skip


def label(draw: random.Random) -> LabelTally:
    """Those of a detector."""
    return LabelTally(
        *(draw.randrange(99) for _ in range(5)),
        *(Counter({"a": draw.randrange(1, 9)}) if draw.random() < 0.5 else Counter() for _ in range(3)),
        [(draw.randrange(9), "138****1")],
        [draw.randrange(1 << 64)],
    )


def copied(table: TableTally) -> TableTally:
    """The same counts in objects of their own."""
    found = TableTally(table.table)
    found.merge(table)
    return found


def same(found: Tables, expected: dict[tuple[int, str | None], TableTally]) -> None:
    """Are these the tables, in order, however they are asked for?"""
    order = sorted(expected, key=table_order)
    assert list(found) == order
    assert [(key, copied(table)) for key, table in found.items()] == [(key, expected[key]) for key in order]
    assert list(found.values()) == [expected[key] for key in order]
    assert [(key, rows, damaged) for key, rows, damaged in found.figures()] == [
        (key, expected[key].rows, expected[key].damaged) for key in order
    ]
    assert len(found) == len(expected)
    for key in order[:: max(1, len(order) // 50)]:
        assert key in found
        assert found[key] == expected[key]
    for key in ((99_999, None), (0, "no such table")):
        assert key not in found
        assert found.taken(key) is None
        with pytest.raises(KeyError):
            found[key]


@pytest.mark.parametrize("seed", range(6))
def test_tables_of_any_parts_add_up(tmp_path, seed):
    """Threads take inputs in turn; a table may be in several parts, and be gone on with after many others."""
    draw = random.Random(seed)
    parts = [Tables(str(tmp_path)) for _ in range(draw.randrange(1, 4))]
    expected: dict[tuple[int, str | None], TableTally] = {}
    keys = [
        (index + (part << 32), name)
        for index in range(draw.choice([10, 700]))
        for part in range(draw.choice([1, 1, 4]))
        for name in draw.choice([[None], [None], ["b", "a", None]])
    ]
    for key in [*keys, *draw.sample(keys, len(keys) // 3)]:
        more = tally(draw, key[1])
        part = draw.choice(parts)
        known = part.taken(key)
        if known is None:
            part[key] = copied(more)
        else:
            known.merge(more)
        if key in expected:
            expected[key].merge(more)
        else:
            expected[key] = more
    for each in expected.values():  # what has been left out on the way is not told apart
        for column in each.columns.values():
            for one in column.labels.values():
                one.samples = sorted(set(one.samples))[:3]
    whole, *others = parts
    for other in others:
        whole.merge(other)
    for key, table in whole.items():
        assert table.table.columns == max(
            (table.table.columns, expected[key].table.columns), key=len
        )  # parts may come in another order
        expected[key].table = table.table
        for index, column in table.columns.items():
            for name, one in column.labels.items():
                theirs = expected[key].columns[index].labels[name]
                assert sorted(one.variety) == sorted(theirs.variety)
                theirs.variety = one.variety
    same(whole, expected)
    numbers = {
        source: number
        for number, source in enumerate(sorted({source for source, _ in expected}, key=place_of))
    }
    whole.renumber(numbers)
    same(whole, {(numbers[source], name): table for (source, name), table in expected.items()})


def test_what_is_taken_and_changed_stays_changed(tmp_path):
    draw = random.Random(3)
    found = Tables(str(tmp_path))
    for source in range(2 * LATEST):
        found[source, None] = tally(draw)
    first = found.taken((0, None))
    assert first is not None
    first.rows = 12345
    for source in range(2 * LATEST, 4 * LATEST):
        found[source, None] = tally(draw)
    assert found[0, None].rows == 12345
    assert len(found) == 4 * LATEST
    del found[0, None]
    assert (0, None) not in found
    assert len(list(found)) == len(found) == 4 * LATEST - 1
    found[5, None] = other = tally(draw)
    assert found[5, None] == other
    assert len(list(found)) == len(found) == 4 * LATEST - 1


def test_places_and_sources():
    for source in (0, 1, 2**32 - 1, 7 + (9 << 32), 2**31 + (2**31 - 1 << 32)):
        assert source_of(place_of(source)) == source
        assert place_of(source) < 2**63


@pytest.mark.parametrize("count", [0, 3, TOGETHER])
def test_one_of_few_values_by_table(count):
    found = ByTable[str]()
    values = [found.new("a"), found.new("b")]
    keys = [
        (source, name) for source in range(count) for name in ((None,) if source % 3 else ("", "x", "表"))
    ]
    for at, key in enumerate(keys):
        found.add(key, values[at % 2])
    assert list(found) == keys
    assert dict(found) == {key: "ab"[at % 2] for at, key in enumerate(keys)}
    assert found.get((count, None)) is None
    assert (0, None) not in found


def test_one_of_some_values_by_tag():
    draw = random.Random(1)
    values = [frozenset([each]) for each in "abcdefghijkl"]
    known = {draw.getrandbits(64): draw.choice(values) for _ in range(500)} | {
        0: values[0],
        2**64 - 1: values[1],
    }
    found = ByTag[frozenset[str]]()
    numbers = {value: found.new(value) for value in values}
    told = list(known.items())
    for at in range(0, len(told), 70):
        tags, which = zip(*told[at : at + 70], strict=True)
        found.add(np.array(tags, np.uint64), np.array([numbers[value] for value in which], np.int32))
    assert dict(found.items()) == known
    assert list(found) == list(known)
    assert list(found.values()) == list(known.values())
    assert all(found[tag] is value for tag, value in known.items())
    assert found.get(1) is None
    assert len(found) == len(known)
