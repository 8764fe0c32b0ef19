"""XML that holds all sheets of a workbook in one stream: OpenDocument's content, and Excel's XML of 2003."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.workbooks.grid import Grid
from scanner.sources.workbooks.xml_text import Attributes, DamagedError, Reading, loose_lines


class Tables:
    """Handlers of such XML: what they find waits in ``found`` as messages."""

    format: str
    closing: bytes  # how the last tag of a cell ends

    def __init__(self, cell: int) -> None:
        self.cell = cell
        self.found: list[Any] = []
        self.grid = Grid(cell)
        self._notes = Grid(cell)
        self._names: list[str] = []
        self._known: set[str] = set()

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        raise NotImplementedError

    def end(self, tag: str) -> None:
        """An element ends."""
        raise NotImplementedError

    def text(self, text: str) -> None:
        """Text between."""
        raise NotImplementedError

    def finish(self) -> None:
        """The row that has begun ends here."""
        raise NotImplementedError

    def begin(self, name: str, hidden: bool = False) -> None:
        """A sheet begins."""
        self.flush()
        unique = apart(name, self._known)
        self._names.append(unique)
        self.grid, self._notes = Grid(self.cell), Grid(self.cell)
        self.found.append(Unit(len(self._names), unique))
        if hidden:
            self.found.append(Trouble(f"sheet {unique} is hidden; it was read", partial=False))
        self.found.append(Sheet(unique, None, self.format))

    def flush(self) -> None:
        """What the grid still holds is told."""
        rest = self.grid.batches()
        if rest and not self._names:
            self.found.append(Sheet(None, None, self.format))
        self.found += rest
        name = self._names[-1] if self._names else None
        self.found += self.grid.troubles(name or "?")
        if notes := self._notes.batches():
            self.found += [Sheet(f"{name or '?'} (notes)", ("comment",), self.format), *notes]
            self.found.append(Sheet(name, None, self.format))

    def note(self, text: str) -> None:
        """Text that stands in no cell: notes on cells, headers and footers, shapes. A row of a table of its own."""
        if text.strip():
            self._notes.add(self._notes.next, [(0, text)])
            if self._notes.full:
                self.flush()


def apart(name: str, names: set[str]) -> str:
    """The name, told apart from those in ``names``, to which it is added."""
    number, unique = 1, name
    while unique in names:
        number += 1
        unique = f"{name} ({number})"
    names.add(unique)
    return unique


def read(tables: Tables, stream: Iterator[bytes], start: int) -> Iterator[Any]:
    """Messages of the sheets from a unit on; where the XML is damaged, the text behind that is loose."""
    reading = Reading(tables.start, tables.end, tables.text)
    unit = 0

    def fresh() -> Iterator[Any]:
        nonlocal unit
        found, tables.found = tables.found, []
        for message in found:
            unit = message.number if isinstance(message, Unit) else unit
            if unit >= start:
                yield message

    try:
        for piece in stream:
            reading.feed(piece)
            yield from fresh()
        reading.feed(b"", True)
    except DamagedError as error:
        tables.finish()
        tables.flush()
        yield from fresh()
        yield Trouble(f"its content: {error}; what follows there was read as free text")
        rest = iter([reading.rest(tables.closing)])
        first = tables.grid.next
        for number, line in enumerate(line for part in (rest, stream) for line in loose_lines(part)):
            tables.grid.add_loose(first + number, line)
            if tables.grid.full:
                tables.flush()
                yield from fresh()
    tables.flush()
    yield from fresh()
