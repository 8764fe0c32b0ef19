"""The text of Office documents (ECMA-376, OpenDocument): each paragraph and each row of a table is a line.

Such a document is a zip archive of XML parts. A value may be spread over several runs of a paragraph, so the runs are
put together first; what an attribute holds is layout and is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from scanner.errors import SourceError

PARTS = (".xml", ".rels")
SPACE = " "  # what expat puts between the name space of an element and its name
PARAGRAPHS, BREAKS = frozenset({"p", "h"}), frozenset({"br", "line-break"})
TABLES = frozenset({"tbl", "table"})
ROWS, CELLS, TABS = frozenset({"tr", "table-row"}), frozenset({"tc", "table-cell"}), frozenset({"tab"})
HIDDEN = frozenset({"instrText", "delInstrText"})  # commands of fields, not text
CHUNK = 1 << 16
LONGEST = 1 << 20  # characters that are held until their line ends


def is_part(name: str) -> bool:
    """Is a member of a document one of its XML parts?"""
    return name.lower().endswith(PARTS)


def lines_of(read: Callable[[int], bytes], rows: bool | None = None) -> Iterator[bytes]:
    """The text of one part in UTF-8, piece by piece. SourceError where it is no sound XML, behind what came before.

    ``rows``: of the rows of tables only (True), of all but these (False), or of both. Of rows only, an empty line ends
    each table.
    """
    text = _Text(rows)
    parser = expat.ParserCreate(namespace_separator=SPACE)
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = text.start
    parser.EndElementHandler = text.end
    parser.CharacterDataHandler = text.add
    try:
        while piece := read(CHUNK):
            parser.Parse(piece, False)
            if lines := text.taken():
                yield lines
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError):  # also: an encoding that nobody knows
        yield text.rest()
        raise SourceError("holds XML that is damaged; what came before was read") from None
    yield text.rest()


def _refuse(*_: Any) -> None:
    raise SourceError("declares entities of its own, which are not read")


class _Text:
    """Gathers the text of the elements that a parser meets, line by line."""

    def __init__(self, rows: bool | None) -> None:
        self._wanted = rows
        self._whole: list[str] = []  # lines
        self._line: list[str] = []
        self._held = 0
        self._rows = 0  # elements that are open
        self._paragraphs = 0
        self._hidden = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        """An element begins."""
        local = name.rsplit(SPACE, 1)[-1]
        if local in ROWS:
            if not self._rows:
                self._break()
            self._rows += 1
        self._paragraphs += local in PARAGRAPHS
        self._hidden += local in HIDDEN
        if local in TABS:
            self.add("\t")

    def end(self, name: str) -> None:
        """An element ends."""
        local = name.rsplit(SPACE, 1)[-1]
        if local in ROWS:
            self._rows -= 1
            if not self._rows:
                self._break(True)
        elif self._wanted and local in TABLES and not self._rows:
            self._whole.append("\n")
        self._paragraphs -= local in PARAGRAPHS
        self._hidden -= local in HIDDEN
        if self._rows:
            if local in CELLS:
                while self._line and self._line[-1] == " ":
                    self._line.pop()
                self._line.append("\t")
            elif local in PARAGRAPHS | BREAKS:
                self._line.append(" ")
        elif local in BREAKS or not self._paragraphs:
            self._break()

    def add(self, text: str) -> None:
        """Characters of the present element."""
        if not self._hidden:
            self._line.append(text.replace("\n", " ").replace("\r", " "))
            self._held += len(text)
            if self._held > LONGEST:
                self._break(self._rows > 0)

    def taken(self) -> bytes:
        """The lines that are whole."""
        lines, self._whole = "".join(self._whole), []
        return lines.encode("utf-8", "replace")

    def rest(self) -> bytes:
        """All that is left."""
        self._break()
        return self.taken()

    def _break(self, row: bool = False) -> None:
        line = "".join(self._line).rstrip()
        self._line, self._held = [], 0
        if line and self._wanted in (None, row):
            self._whole.append(f"{line}\n")
