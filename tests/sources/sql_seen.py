"""Reading SQL dumps in tests: all batches of one put together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from memory_file import MemoryFile
from test_dialect import is_header_word, values

from scanner.columns import headers
from scanner.content.roles import ContentRoles
from scanner.model import Batch, Issue, ReadOptions, Table
from scanner.sources.opening import Sources


def sure_role(text: str) -> str | None:
    role = headers.role(text)
    return role.name if role and role.strength == "sure" else None


@dataclass
class Seen:
    """All batches of a dump put together: by table, its columns, rows and damaged lines by number."""

    columns: dict[str | None, tuple[str | None, ...]] = field(default_factory=dict)
    roles: dict[str | None, tuple[str | None, ...] | None] = field(default_factory=dict)
    rows: dict[str | None, dict[int, list[str]]] = field(default_factory=dict)
    loose: dict[str | None, dict[int, str]] = field(default_factory=dict)
    places: dict[tuple[str | None, int, int], int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    formats: set[str] = field(default_factory=set)
    bytes_read: int = 0

    def add(self, batch: Batch) -> None:
        name = batch.table.name
        self.formats.add(batch.table.format)
        assert len(batch.columns) == len(batch.table.columns)
        if len(batch.table.columns) > len(self.columns.get(name, ())):
            self.columns[name] = batch.table.columns
        if batch.size:
            self.roles.setdefault(name, batch.table.content_roles)
        numbers = batch.first_row + np.arange(batch.size) if batch.rows is None else batch.rows
        assert len(numbers) == batch.size
        rows = self.rows.setdefault(name, {})
        for number in numbers.tolist():
            assert number not in rows
            rows[number] = [""] * len(batch.columns)
        assert batch.locate is not None
        for index, column in enumerate(batch.columns):
            order = np.argsort(column.cells.start, kind="stable")
            located = np.empty(len(order), np.int64)
            located[order] = batch.locate(column.cells.start[order].astype(np.int64))
            of = numbers if column.rows is None else numbers[column.rows]
            for place, number in enumerate(of.tolist()):
                rows[number][index] = column.cells.text(place)
                if column.cells.text(place):
                    self.places[name, number, index] = int(located[place])
        if batch.loose is not None:
            assert batch.loose_rows is not None
            texts = [batch.loose.text(index) for index in range(len(batch.loose))]
            self.loose.setdefault(name, {}).update(zip(batch.loose_rows.tolist(), texts, strict=True))
        self.bytes_read += batch.bytes_read

    def texts(self, name: str | None) -> list[list[str]]:
        """The rows of a table in order, short ones filled up."""
        width = len(self.columns.get(name, ()))
        return [row + [""] * (width - len(row)) for _, row in sorted(self.rows.get(name, {}).items())]

    @property
    def statements(self) -> list[str]:
        return [row[0] for row in self.texts("(statements)")]


def read(data: bytes | str, content: bool = False, **options: object) -> Seen:
    raw = data.encode() if isinstance(data, str) else data
    seen = Seen()
    sources = Sources(is_header_word, values, ContentRoles(sure_role) if content else None, sure_role)
    for item in sources.batches(MemoryFile(raw), ReadOptions(**options)):  # type: ignore[arg-type]
        if isinstance(item, Issue):
            seen.issues.append(item)
        else:
            assert isinstance(item, Batch)
            seen.add(item)
    assert seen.bytes_read == len(raw)
    for name in set(seen.rows) | set(seen.loose):
        numbers = sorted([*seen.rows.get(name, {}), *seen.loose.get(name, {})])
        assert numbers == list(range(len(numbers))), name
    return seen


def tables_of(raw: bytes) -> list[Table]:
    items = Sources(is_header_word, values).batches(MemoryFile(raw), ReadOptions())
    return [item.table for item in items if isinstance(item, Batch)]
