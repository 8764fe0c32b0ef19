"""What became of inputs and their members: the same entries in the same order, however many there are."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scanner.columns.tally import ColumnTally
from scanner.document.build import InputRecord
from scanner.model import Issue, Member, Table
from scanner.run.entries import FEW, TOGETHER, Numbers, Outcomes, Records, entries_of
from scanner.run.local import PART, Reading
from scanner.run.members import LATEST, Members
from scanner.tallies.table_tally import TableTally
from scanner.tallies.tally import Tally


def reading(index: int, members: int, failure: str | None = None) -> Reading:
    """An input at its end that had so many members."""
    record = InputRecord(f"{index}.zip", size=index, sha256=f"{index:064x}", issues=[Issue(f"of {index}")])
    found = Reading(index, lambda: iter(()), lambda: None, item=SimpleNamespace(record=record))
    for number in range(1, members + 1):
        found.part = found.members.number(Member(f"{index}/{number}", number, "ab"))
    found.failure, found.container = failure, "zip" if members else None
    return found


@pytest.mark.parametrize("members", [0, 1, FEW, FEW + 1, 3 * LATEST])
def test_entries_stand_in_order_with_their_members(tmp_path, members):
    count = 3 * TOGETHER + 7
    of = {5: members, 6: 2, count - 1: members}
    outcomes = Outcomes(count, str(tmp_path))
    for index in sorted(range(count), key=lambda index: (index // 3, -index)):  # as threads may end them
        outcomes.add(reading(index, of.get(index, 0), "broke" if index in (4, 6) else None))
    tally = Tally()
    for source in (4, 6 + (1 << PART), 7):
        tally.tables[source, None] = TableTally(
            Table(None, ("a",), ("text",), "delimited"), 2, 1, columns={0: ColumnTally(3, 3)}
        )
    tally.issues += [(7, Issue("later", 9)), (7, Issue("sooner", 3))]
    entries = entries_of(outcomes, tally)
    names = [(index, part) for index in range(count) for part in range(1 + of.get(index, 0))]
    assert list(entries.inputs) == [index for index, _ in names]
    assert [(each.path, each.member) for each in entries.records] == [
        (f"{index}.zip", f"{index}/{part}" if part else None) for index, part in names
    ]
    assert [entries.numbers[index + (part << PART)] for index, part in names] == list(range(len(names)))
    assert list(entries.numbers) == [index + (part << PART) for index, part in names]
    for unknown in (count, (1 + of.get(0, 0)) << PART, count - 1 + (members + 1 << PART)):
        assert unknown not in entries.numbers
    place = {name: at for at, name in enumerate(names)}
    told = {name: entries.records[at] for name, at in place.items() if name[0] in (4, 6, 7)}
    lost = "1 of 3 rows is not of the width of the others; "
    assert told[4, 0].failure is None  # rows were read before it failed
    assert [each.what.partition("it was")[0] for each in told[4, 0].issues] == ["of 4", lost, "broke"]
    assert (told[6, 0].failure, [each.what for each in told[6, 0].issues]) == (None, ["of 6", "broke"])
    assert [each.what for each in told[6, 2].issues] == ["was not read to its end: its container failed"]
    assert [each.what.partition("it was")[0] for each in told[7, 0].issues] == [
        "of 7",
        lost,
        "sooner",
        "later",
    ]
    assert told[6, 1].bytes_read == told[6, 1].size == 1
    assert [source for source, _ in tally.tables] == [place[name] for name in ((4, 0), (6, 1), (7, 0))]


def test_records_come_back_as_they_were():
    first = InputRecord("a\udce4", "b", "zip", 3, "ab", "no", True, [Issue("x", 3, 2, False)], 7, "sm", "af")
    records = Records()
    for _ in range(2 * TOGETHER):
        records.append(first)
    records.append(InputRecord("c"))
    assert list(records[:2]) == [first, first]
    assert records[-1] == InputRecord("c")
    assert records[-2] == first
    assert len(list(records)) == len(records) == 2 * TOGETHER + 1


def test_members_may_be_gone_on_with_and_told_later():
    members = Members()
    outer = Member("in.zip")
    assert members.number(outer) == 1
    for number in range(2, 5 * LATEST):
        each = Member(f"in.zip!/{number}")
        assert members.number(each) == number
        each.size, each.sha256 = number, "ab"
        assert members.number(each) == number
    outer.size = 77  # known when all in it was read
    assert members.number(outer) == 1
    assert members.number(Member("out.csv", failure="no")) == len(members) == 5 * LATEST
    told = list(members)
    assert told[0] == ("in.zip", 77, None, None, False, None)
    assert told[-1] == ("out.csv", None, None, "no", False, None)
    assert [form[:3] for form in told[1:-1]] == [(f"in.zip!/{n}", n, "ab") for n in range(2, 5 * LATEST)]
    assert Members().number(outer) == 1  # a source may yield the same ones once more to somebody else


def test_numbers_of_no_input():
    assert list(Numbers([], 0)) == []
