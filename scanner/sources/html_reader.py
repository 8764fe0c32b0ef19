"""HTML, such as what web sites export with the name .xls: its tables as sheets, all other text as lines.

Read in one pass without building a tree, so that time stays linear whatever is left open. Runs in a child process.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.probe import find_encoding
from scanner.sources.workbooks.grid import Cell, Grid
from scanner.sources.workbooks.number_text import number_text
from scanner.sources.workbooks.parts import Positioned

FORMAT = "html"
PIECE = 1 << 18
LONGEST_TAG = 1 << 16  # characters; what is longer is text
LONGEST_CELL = 1 << 24  # bytes, of the page of a message
LINE = 1 << 14  # characters of a loose line that are enough
DEEPEST, MOST = 16, 1000  # tables in one another; tables that are sheets of their own
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)([^<>]*)>")
TOLD = re.compile(
    r"""\b(href|title|alt|value|content|x:num|colspan)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I
)
SILENT = {
    "b",
    "i",
    "u",
    "a",
    "em",
    "strong",
    "font",
    "span",
    "sub",
    "sup",
    "small",
    "wbr",
    "s",
    "o:p",
    "ruby",
}
UNFINISHED = re.compile(r"<[/!a-zA-Z][^<>]*\Z")
ENDS = {"html", "body"}
APART = {"span", "a"}  # of these two behind each other are two things
SCRIPT = "script"  # pages keep what they show in scripts
CODE = {SCRIPT, "style"}
PARTS = " ,;{}"  # where a long line of a script may be cut
CELLS = {"td", "th"}
BLANKS = {ord("\n"): " ", ord("\r"): " "}  # only tags end a line
FURTHEST = 1 << 15  # column
SPACES = re.compile(r"[^\S\u3000]+")  # an ideographic space is a character, as in other formats


@dataclass(slots=True)
class _Table:
    """A table that is being read: ``cell`` is None outside of cells."""

    name: str | None
    grid: Grid
    row: list[Cell] = field(default_factory=list)
    column: int = 0
    cell: list[str] | None = None
    number: str | None = None  # what Excel keeps of a number
    span: int = 1


class _Page:
    """What becomes of tags and text; messages wait in ``found``."""

    def __init__(self, limit: int) -> None:
        self.found: list[Any] = []
        self._limit = limit
        self._open = [_Table(None, Grid(limit))]  # the page itself, then tables in one another
        self._now: str | None = ""  # the sheet that was told last
        self._line: list[str] = []
        self._size = 0
        self.tables = 0
        self.code: str | None = None
        self._script = ""  # of a script, what is no line yet
        self._ended = False  # was an element of APART closed just before?
        self._whole = False  # has the page said that it ends?
        self.rest = ""  # behind its last tag

    def text(self, text: str) -> None:
        """Text between tags, some at least."""
        if self.code == SCRIPT:
            self._of_script(text)
        if self.code:
            return
        self._ended = False
        if "\n" in text or "\r" in text:
            text = text.translate(BLANKS)
        cell = self._open[-1].cell
        if cell is not None:
            cell.append(text)
            return
        self._line.append(text)
        self._size += len(text)
        if self._size > LINE:
            self._end_line()

    def tag(self, closes: bool, name: str, attributes: str) -> None:
        """A tag."""
        if self.code:
            if closes and name == self.code:
                self._of_script("", True)
                self.code = None
            return
        if name in CELLS and not attributes:  # most tags of most pages
            self._cell(closes, {})
            return
        if name in CODE and not closes:
            self.code = name
            return
        if closes and name in ENDS:
            self._whole = True
        if name in APART:
            if self._ended and not closes:
                self.text(" ")
            self._ended = closes
        told = (
            {key.lower(): unescape(a or b or c) for key, a, b, c in TOLD.findall(attributes)}
            if attributes
            else {}
        )
        table = self._open[-1]
        if name in CELLS:
            self._cell(closes, told)
        elif name == "tr":
            self._end_row()
        elif name == "table":
            self._end_line()
            if closes:
                self._end_table()
            elif self.tables < MOST and len(self._open) < DEEPEST:
                self.tables += 1
                self._open.append(_Table(f"table {self.tables}", Grid(self._limit)))
        elif name not in SILENT:
            if table.cell is not None:
                table.cell.append("\n")
            else:
                self._end_line()
        for text in told.values():
            self._loose(text)

    def _cell(self, closes: bool, told: dict[str, str]) -> None:
        """A cell ends, and unless it ``closes`` the next one begins."""
        table = self._open[-1]
        if table.cell is not None:
            self._end_cell()
        if not closes and len(self._open) > 1:
            table.cell, table.number = [], told.pop("x:num", None)
            span = told.pop("colspan", "1")
            table.span = (int(span[:5]) or 1) if span.isdecimal() else 1

    @property
    def is_cut(self) -> bool:
        """Whether all that was read ends where no page does; asked before ``close``."""
        within = self.code or len(self._open) > 1 or UNFINISHED.search(self.rest)
        return bool(within) and not self._whole

    def close(self) -> None:
        """The page ends, and whatever is still open."""
        while len(self._open) > 1:
            self._end_table()
        self._end_line()
        self._of_script("", True)
        self._tell(self._open[0])

    def _of_script(self, text: str, ends: bool = False) -> None:
        """The lines of a script; a long one is cut between two values."""
        self._script += text
        if ends or len(self._script) > LINE:
            cut = 1 + (
                self._script.rfind("\n") if "\n" in self._script else max(map(self._script.rfind, PARTS))
            )
            if ends or (not cut and len(self._script) > LONGEST_TAG):
                cut = len(self._script)
            for line in self._script[:cut].split("\n"):
                self._loose(_tidy(line))
            self._script = self._script[cut:]

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.cell is None:
            return
        text = unescape("".join(table.cell))
        if "\n" in text:
            text = "\n".join(line for line in map(_tidy, text.split("\n")) if line.strip())
        elif not (text := _tidy(text)).strip():
            text = ""
        if table.number:
            text = number_text(table.number)
        if text:
            table.row.append((table.column, text))
        table.column = min(table.column + table.span, FURTHEST)
        table.cell = None

    def _end_row(self) -> None:
        self._end_cell()
        table = self._open[-1]
        if table.row or table.column:
            table.grid.add(table.grid.next, table.row)
        table.row, table.column = [], 0
        if table.grid.full:
            self._tell(table)

    def _end_table(self) -> None:
        if len(self._open) > 1:
            self._end_row()
            self._tell(self._open.pop())

    def _end_line(self) -> None:
        text = _tidy(unescape("".join(self._line)))
        self._line, self._size = [], 0
        self._loose(text)

    def _loose(self, text: str) -> None:
        if not text.strip():
            return
        page = self._open[0]
        page.grid.add(page.grid.next, [(0, text)])
        if page.grid.full:
            self._tell(page)

    def _tell(self, table: _Table) -> None:
        batches = table.grid.batches()
        if batches and self._now != table.name:
            self.found.append(Sheet(table.name, None if table.name else (None,), FORMAT))
            self._now = table.name
        self.found += batches
        self.found += table.grid.troubles(table.name or "")


def _tidy(text: str) -> str:
    """A line with one space where a page has several."""
    if not SPACES.search(text):
        return text
    return " ".join(part for part in SPACES.split(text) if part)


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a page, which is one unit."""
    yield Unit(0, "the page")
    encoding = find_encoding(Positioned(file), options.get("encoding"))
    file.seek(encoding.mark)
    decoder = codecs.getincrementaldecoder("big5hkscs" if encoding.name == "big5" else encoding.name)(
        "replace"
    )
    page = _Page(int(options["cell"]))
    held = ""
    while True:
        raw = file.read(PIECE)
        held = _fed(page, held + decoder.decode(raw, not raw), not raw)
        yield from page.found
        page.found.clear()
        if not raw:
            break
    is_cut = page.is_cut
    page.close()
    yield from page.found
    if is_cut:
        yield Trouble("ends within a table, a tag or a script, so it may be cut off")
    if page.tables >= MOST:
        yield Trouble(
            f"has more than {MOST} tables; the cells of further ones were read as free text", partial=False
        )


def page_parts(text: str) -> tuple[list[str], list[list[list[str]]]]:
    """The lines of a page, and the rows of its tables; a table of one column, which only arranges a page, is lines."""
    page = _Page(LONGEST_CELL)
    _fed(page, text, True)
    page.close()
    rows: dict[str | None, list[list[str]]] = {}
    now: str | None = None
    for message in page.found:
        if isinstance(message, Sheet):
            now = message.name
        elif isinstance(message, pa.RecordBatch):
            cells = zip(*(column.to_pylist() for column in message.columns[1:]), strict=True)
            rows.setdefault(now, []).extend(
                [(cell or b"").decode("utf-8", "replace") for cell in row] for row in cells
            )
    tables, lines = [], []
    for name, held in rows.items():
        if name is not None and any(sum(map(bool, row)) > 1 for row in held):
            tables.append(held)
        else:
            lines += [line for row in held for cell in row for line in cell.split("\n") if line]
    return lines, tables


def _fed(page: _Page, text: str, last: bool) -> str:
    """Hands text to the page; returns what may be the beginning of a tag."""
    between, *parts = TAG.split(
        text
    )  # what lies before the first tag; of each its parts, and what lies behind it
    if between and parts:
        page.text(between)
    last_tag = len(parts) - 4
    for at in range(0, len(parts), 4):
        slash, name, attributes, between = parts[at : at + 4]
        page.tag(slash == "/", name.lower(), attributes)
        if between and at != last_tag:
            page.text(between)
    at = len(text) - len(between)
    if last:
        page.rest = between
        if between:
            page.text(between)
        return ""
    cut = max(text.rfind("<", at), len(text) - LONGEST_TAG, at)
    entity = text.rfind("&", at)
    if text.rfind("<", at) < 0:
        cut = max(entity, len(text) - 32, at) if entity >= 0 else len(text)
    if at < cut:
        page.text(text[at:cut])
    return text[cut:]
