"""What is told of columns once their tables are counted."""

from __future__ import annotations

from datetime import date

from scanner.columns.tally import ColumnTally, LabelTally
from scanner.detectors.registry import detectors
from scanner.model import Table
from scanner.persons.slots import Linking
from scanner.summary import decided
from scanner.summary.decided import Decisions
from scanner.summary.meanings import Kind, Meaning
from scanner.tallies.row_facts import RowFacts
from scanner.tallies.tally import TableTally


def _table(valid: int) -> TableTally:
    table = TableTally(Table(None, ("手机号",), ("text",), "delimited", "utf-8"))
    column = ColumnTally(10, 10, {"mobile_phone": LabelTally(10, valid, 10, valid, variety=list(range(6)))})
    table.columns[0] = column
    return table


def test_decisions_are_the_same_whether_they_are_kept_or_not(monkeypatch) -> None:
    tables = {(source, None): _table(valid) for source, valid in enumerate((10, 0, 9, 0))}
    found = detectors(date(2026, 1, 1))
    roles = dict.fromkeys(tables, ("mobile",))
    monkeypatch.setattr(decided, "KEPT", 2)
    decisions = Decisions(tables, found, roles)
    for _ in range(2):
        told = [decisions[source, None, 0]["mobile_phone"].accepted for source in range(4)]
        assert told == [True, False, True, False]
    assert decisions[0, None, 0] is decisions[0, None, 0]


def test_rows_of_a_value_are_those_of_all_signatures_that_hold_it() -> None:
    nothing = RowFacts(frozenset(), frozenset(), frozenset(), frozenset(), None)
    kind = Kind(lambda facts: frozenset(), Linking.read())
    kind.facts_of_values = [(0, "a"), (1, "b"), (2, "c")]
    signatures = [frozenset({(0, name)}) for name in "wxyz"]
    for number, values in enumerate([(0,), (0, 1), (0, 1), ()]):
        kind.numbers[signatures[number]] = number
        kind.meanings.append(Meaning(nothing, values, frozenset(), (), (), 0))
    rows = dict(zip(signatures, (1, 20, 300, 4000), strict=True))
    assert kind.rows_of_values(rows, {signatures[1]: 50_000}) == {(0, "a"): 50_321, (1, "b"): 50_320}
