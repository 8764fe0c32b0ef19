"""A tally without its keys as JSON, and back: the same counts, with the same types."""

from __future__ import annotations

from collections import Counter
from typing import Any

from scanner.columns.tally import ColumnTally, LabelTally
from scanner.model import Issue, Table, Why
from scanner.tallies.tally import Signature, TableTally, Tally

Json = Any


def told(tally: Tally) -> Json:
    """All of a tally but its store."""
    return {
        "tables": [[source, _table(table)] for (source, _), table in tally.tables.items()],
        "issues": [[source, issue._asdict()] for source, issue in tally.issues],
        "tags": [[tag, what] for tag, what in tally.tags.items()],
    }


def restored(form: Json, tally: Tally) -> None:
    """Puts into a tally that is empty, but perhaps for its store, what ``told`` made of another."""
    for source, table in form["tables"]:
        made = _table_of(table)
        tally.tables[source, made.table.name] = made
    tally.issues += [(source, Issue(**issue)) for source, issue in form["issues"]]
    tally.tags |= {tag: as_tuples(what) for tag, what in form["tags"]}


def as_tuples(form: Json) -> Any:
    """Lists as tuples, at every depth: what is looked up is made of these."""
    return tuple(as_tuples(each) for each in form) if isinstance(form, list) else form


def _signatures(counts: Counter[Signature]) -> Json:
    return [[sorted(signature), count] for signature, count in counts.items()]


def _signatures_of(form: Json) -> Counter[Signature]:
    return Counter({frozenset(as_tuples(facts)): count for facts, count in form})


def _table(table: TableTally) -> Json:
    own = table.table
    return {
        "table": {**own._asdict(), "why": None if own.why is None else own.why._asdict()},
        "rows": table.rows,
        "damaged": table.damaged,
        "blank": table.blank,
        "signatures": _signatures(table.signatures),
        "damaged_signatures": _signatures(table.damaged_signatures),
        "columns": [
            [
                index,
                column.cells,
                column.nonempty,
                [[name, _label(label)] for name, label in column.labels.items()],
            ]
            for index, column in table.columns.items()
        ],
        "widths": list(table.widths.items()),
        "in_tuples": sorted(table.in_tuples),
        "first_damaged": table.first_damaged,
        "below": table.below,
    }


def _table_of(form: Json) -> TableTally:
    shared = dict(form["table"])
    why = shared.pop("why")
    tuples = {name: as_tuples(value) for name, value in shared.items()}
    return TableTally(
        Table(**tuples, why=None if why is None else Why(**why)),
        form["rows"],
        form["damaged"],
        form["blank"],
        _signatures_of(form["signatures"]),
        _signatures_of(form["damaged_signatures"]),
        {
            index: ColumnTally(cells, nonempty, {name: _label_of(label) for name, label in labels})
            for index, cells, nonempty, labels in form["columns"]
        },
        {as_tuples(fact): width for fact, width in form["widths"]},
        set(as_tuples(form["in_tuples"])),
        list(form["first_damaged"]),
        form["below"],
    )


_SUMS = ("candidates", "valid", "basis", "whole", "dated")
_COUNTERS = ("variants", "contested", "refused")


def _label(label: LabelTally) -> Json:
    return {
        **{name: getattr(label, name) for name in _SUMS},
        **{name: dict(getattr(label, name)) for name in _COUNTERS},
        "samples": label.samples,
        "variety": label.variety,
    }


def _label_of(form: Json) -> LabelTally:
    label = LabelTally(samples=[(row, text) for row, text in form["samples"]], variety=list(form["variety"]))
    for name in _SUMS:
        setattr(label, name, form[name])
    for name in _COUNTERS:
        setattr(label, name, Counter(form[name]))
    return label
