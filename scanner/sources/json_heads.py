"""What the head of a JSON text shows the columns of its tables to be: a header of lists, and roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scanner.kernels.json_paths import Paths
from scanner.model import Batch, Cells
from scanner.sources.delimited import ContentRoles
from scanner.sources.json_tables import Known

ROWS = 1000  # rows of the head that show what columns are
HEADER_ROWS = 100  # of them that a header is compared with
Row = list[str]
Header = Callable[[list[Row]], str | None]


def names_beside(
    paths: Paths, known: Known, tables: Sequence[Known], first: Mapping[str | None, Batch]
) -> list[Row]:
    """What may name the columns of lists: lists of as many texts, or their records, that lie in the same object.

    As in ``{"columns": ["name", "phone"], "data": [[...], ...]}``. ``first``: the first batches of tables.
    """
    steps = [paths.step(node) for node in known.nodes]
    places = [place for _, _, _, place, _ in steps]
    if {kind for _, kind, *_ in steps} != {"place"} or sorted(places) != [*range(len(places))]:
        return []
    parent, kind, *_ = paths.step(known.node)
    found = []
    for other in tables:
        batch = first.get(other.table.name)
        if batch is None or other is known or kind != "named" or batch.size != len(places):
            continue
        if paths.step(other.node)[:2] == (parent, kind):
            dense = [column.cells for column in batch.columns if column.rows is None]
            found += [[cells.text(place) for place in places[: known.dense]] for cells in dense]
    return found


def tell_columns(
    known: Known, batch: Batch, beside: Sequence[Row], content_roles: ContentRoles | None, header: Header
) -> None:
    """Notes what the first rows of a table show its dense columns to be.

    ``header``: why the first of some rows names the columns, or None; ``beside``: what may name them, if that does not,
    by words that are known: other texts may be values.
    """
    first = [
        Cells(c.cells.data, c.cells.start[:ROWS], c.cells.end[:ROWS]) for c in batch.columns[: known.dense]
    ]
    old = known.table
    names: Sequence[str | None] = old.columns[: known.dense]
    if known.dense > 1 and not any(old.columns):
        rows = [[cells.text(at) for cells in first] for at in range(min(batch.size, HEADER_ROWS))]
        found_by, row = header(rows), rows[0]
        if found_by:
            first = [Cells(cells.data, cells.start[1:], cells.end[1:]) for cells in first]
            known.header = True
        else:
            row = next((each for each in beside if header([each, *rows]) == "known_words"), [])
            found_by = "known_words" if row else None
        if found_by:
            names = tuple(cell.strip() or None for cell in row)
            why = old.why._replace(header=found_by) if old.why else None
            known.table = old._replace(columns=(*names, *old.columns[known.dense :]), why=why)
    roles = None if content_roles is None else content_roles(names, lambda: first)
    if roles:
        rest = (None,) * (len(old.columns) - known.dense)
        known.table = known.table._replace(content_roles=(*roles, *rest))
