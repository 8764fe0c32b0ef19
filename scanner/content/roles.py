"""What columns are by their cells, where there is no header or one that says nothing ("c1", "字段3").

Rules over the head of a table name the columns that they are sure of; a column that two of them name differently has
no role. Vocabularies and limits are those of patterns/content_roles.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scanner.content import doings, records, secrets
from scanner.content.shapes import ROWS, Columns, says_nothing
from scanner.model import Cells

Roles = tuple[str | None, ...]
Rule = Callable[[Columns], Iterable[tuple[int, str]]]
# Each with the shapes of the columns that it names: where none of the columns asked for may have one, it is not asked.
RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (doings.positions, ("degree", "moment", "epoch")),
    (doings.stays, ("moment", "day", "room", "hotel")),
    (doings.calls, ("phone", "moment", "seconds", "length_of_time", "call_type")),
    (secrets.credentials, ("plain_password", "digest", "stored_password", "user_name")),
    (secrets.messages, ("message", "code_message", "code")),
    (records.statuses, records.STATUSES),
    (records.health, ("diagnosis", "icd")),
    (records.vehicles, ("engine_number",)),
    (records.trade, ("waybill", "order", "long_number", "pointed")),
    (records.balances, ("pointed",)),
    (records.card_ends, ("card_code",)),
)
NARROWEST = 2  # a lone column has no person beside it
WIDEST = 64  # a wider table is one of measurements
__all__ = ["ROWS", "ContentRoles", "Roles", "found"]


class ContentRoles:
    """The roles that the cells give the columns without a telling header."""

    def __init__(self, header_role: Callable[[str], str | None]) -> None:
        """``header_role``: what a header names for sure."""
        self._header_role = header_role

    def wanted(self, names: Sequence[str | None]) -> bool:
        """Is there a column whose role only its cells can tell?"""
        return NARROWEST <= len(names) <= WIDEST and any(map(says_nothing, names))

    def __call__(self, names: Sequence[str | None], head: Callable[[], Sequence[Cells]]) -> Roles | None:
        """A role for each column whose header says nothing, else None; None where there is no such role.

        ``head``: gives the cells of each column, one for each row; only the first ROWS are looked at.
        """
        if not self.wanted(names):
            return None
        known = {self._header_role(name) for name in names if name}
        asked = [index for index, name in enumerate(names) if says_nothing(name)]
        roles = [
            role if index in asked and role not in known else None
            for index, role in enumerate(found(head(), asked))
        ]
        return tuple(roles) if any(roles) else None


def found(cells: Sequence[Cells], asked: Sequence[int] | None = None) -> Roles:
    """The role of each column by the cells alone, of those ``asked`` for at least (None: all)."""
    columns = Columns(cells)
    wanted = [each for each in (range(len(columns)) if asked is None else asked) if columns[each].tells]
    named: dict[int, set[str]] = {}
    for rule, shapes in RULES:
        if any(columns[column].may_be(shape) for shape in shapes for column in wanted):
            for column, role in rule(columns):
                named.setdefault(column, set()).add(role)
    return tuple(
        next(iter(roles)) if len(roles := named.get(index, set())) == 1 else None
        for index in range(len(columns))
    )
