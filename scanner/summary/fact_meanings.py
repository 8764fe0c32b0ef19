"""What the facts of a table mean, now that its columns are decided."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.columns.decision import Decision
from scanner.columns.names import DUMMY, FAILED_DUMMY, FURTHER, UNSOUND, base, is_mark, value_name
from scanner.columns.tally import ColumnTally
from scanner.model import Detector
from scanner.persons.slots import IdentityFact, Linking
from scanner.summary.meanings import FactMeaning
from scanner.tallies.row_facts import ColumnKey, label_of, table_facts
from scanner.tallies.tally import LOOSE, Fact, TableKey, TableTally


def fact_meanings(
    table: TableTally,
    key: TableKey,
    roles: tuple[str | None, ...],
    by_name: Mapping[str, Detector],
    linking: Linking,
    decisions: Mapping[ColumnKey, Mapping[str, Decision]],
) -> dict[Fact, FactMeaning]:
    """What the facts of a table mean.

    A value is counted where its column is accepted, a placeholder, too, though it stands for nobody. Numbers and names
    are words of tuples, also those of rejected columns. They are their column's content where its header names such, or
    half of them fill their cells: then two in a cell do not make it free text. Nor do names beside them that are their
    column's content.
    """
    known = [*table.signatures, *table.damaged_signatures]
    told = table_facts(known, key, table, roles, by_name, decisions)
    tied_labels = {linking.name, *linking.order}
    found = {}
    for fact, label in told.labels.items():
        column, name = fact
        value = value_label = identity = None
        tied = False
        if not name.startswith("role:"):
            own_decisions = decisions[(*key, column)]
            if name[-1] not in UNSOUND + FAILED_DUMMY:
                own = value_name(name.rstrip(DUMMY))
                if (decision := own_decisions.get(own)) and decision.accepted:
                    value, value_label = (column, own), label_of((column, own), by_name)
            tied = column != LOOSE and not is_mark(name) and label in tied_labels
            if tied and own_decisions[value_name(name)].accepted:
                stats = table.columns[column].labels[base(name)]
                named = column < len(roles) and roles[column] in by_name[base(name)].roles
                whole = named or 2 * stats.whole >= stats.valid
                whole = whole or _beside_content(table.columns[column], own_decisions, by_name)
                identity = IdentityFact(column, label, whole, name.endswith(FURTHER))
        found[fact] = FactMeaning(
            label,
            fact in told.sound,
            told.marks.get(fact),
            value,
            value_label,
            tied,
            identity,
            table.widths.get(fact, 0),
        )
    return found


def _beside_content(
    column: ColumnTally, decisions: Mapping[str, Decision], by_name: Mapping[str, Detector]
) -> bool:
    """Whether names that stand alone or beside numbers are what most cells of a column hold."""
    return any(
        2 * tally.whole >= column.nonempty
        and (decision := decisions.get(name)) is not None
        and decision.accepted
        for name, tally in column.labels.items()
        if getattr(by_name.get(name), "fills_cells", False)
    )
