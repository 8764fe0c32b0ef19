"""The itemised annex as XLSX: a sheet of totals, then for each category at an upper tier a line for each row.

It streams: a line is written as it comes, and what is kept is one number for each record. A sheet that is full is
continued on another, a file with many sheets in another file. All text is text: no cell is a formula or a link.
"""

from __future__ import annotations

import contextlib
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.errors import SourceError
from scanner.reports.annex_lines import Lines
from scanner.reports.annex_text import LINE, heads, height, left_out, widths
from scanner.reports.atomic import AtomicFile
from scanner.reports.case_text import case_of
from scanner.reports.paper import shown
from scanner.reports.totals import Document
from scanner.reports.words import Words
from scanner.store import private_files

if TYPE_CHECKING:
    from scanner.items import Item
    from scanner.summary.upper_tiers import Listed

SHEET_ROWS = 1_048_576  # of a sheet, with its head (ECMA-376, as Excel keeps it)
FILE_SHEETS = 64
EPOCH = datetime(1980, 1, 1)


@dataclass(slots=True)
class _Count:
    """What was written of a category."""

    number: int = 0
    records: int = 0
    repeats: int = 0
    unlisted: int = 0


class _Sheet:
    """A sheet that is being filled."""

    def __init__(self, sheet: Any, name: str) -> None:
        self.sheet, self.name = sheet, name
        self.row = 0
        self.form: Any = None  # of its cells
        self.numerals: Any = None  # of the numbers among them
        self._widths: list[int] = []

    def columns(self, widths: Sequence[int]) -> None:
        """Sets how wide the columns are, in which cells are wrapped."""
        self._widths = list(widths)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def line(self, cells: Sequence[str | int], form: Any = None) -> None:
        """Writes the next row: numbers as numbers, all else as text."""
        form = form or self.form
        if form is not None and form.text_wrap and (needed := height(cells, self._widths)) > LINE:
            self.sheet.set_row(self.row, needed)
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                self.sheet.write_number(self.row, column, cell, self.numerals if form is self.form else form)
            elif cell:
                self.sheet.write_string(self.row, column, cell, form)
        self.row += 1


class _Books:
    """The files of the annex, all open until the end: the totals on the first sheet are known only then."""

    def __init__(self, place_of: Callable[[int], Path], private: bool, folder: str, made: datetime) -> None:
        self._stack = contextlib.ExitStack()
        self._place_of, self._private, self._folder, self._made = place_of, private, folder, made
        self.books: list[Any] = []
        self._sheets = 0

    def sheet(self, name: str, most: int) -> _Sheet:
        """A new sheet, in a new file where the last one holds ``most``."""
        if not self.books or self._sheets >= most:
            self._open()
        self._sheets += 1
        return _Sheet(self.books[-1].add_worksheet(name), name)

    def _open(self) -> None:
        from xlsxwriter import Workbook  # only this format needs it

        target = self._stack.enter_context(AtomicFile(self._place_of(len(self.books) + 1), self._private))
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "use_zip64": True,
            "tmpdir": self._folder,
        }
        book = Workbook(target.file, options)
        book.set_properties({"created": self._made})
        self.books.append(book)
        self._sheets = 0

    def strong(self) -> Any:
        """The form of heads in the newest file."""
        return self.books[-1].add_format(
            {"bold": True, "bg_color": "#EDEFF2", "text_wrap": True, "valign": "top"}
        )

    def close(self) -> None:
        """Finishes all files."""
        for book in self.books:
            _close(book)
        self._stack.close()

    def abandon(self, error: BaseException) -> None:
        """Leaves no file behind."""
        for book in self.books:
            book.fileclosed = True
        self._stack.__exit__(type(error), error, error.__traceback__)


def _close(book: Any) -> None:
    """Finishes a file; OSError where it cannot be written, MemoryError."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except BaseException as error:
        cause: BaseException = error.args[0] if isinstance(error, FileCreateError) else error
        for frame, _ in traceback.walk_tb(cause.__traceback__):
            for each in frame.f_locals.values():
                if isinstance(each, zipfile.ZipFile):
                    each.fp = None  # else it would try to write once more when it is given up
        raise cause from None


def write(
    document: Document,
    listed: Sequence[Listed],
    records: int,
    items: Iterable[Item],
    lang: str,
    place_of: Callable[[int], Path],
    private: bool = False,
    tmp: str | None = None,
    sheet_rows: int = SHEET_ROWS,
    file_sheets: int = FILE_SHEETS,
) -> int:
    """Writes the annex and returns how many files it takes; file k (from 1) is written to ``place_of(k)``.

    ``records``: how many are listed; ``private``: mode 0600; ``tmp``: where temporary files go. OutputError;
    SourceError where the lines are not as many as were counted; what ``items`` raises.
    """
    words = Words(lang)
    started = (document.get("run") or {}).get("started")
    made = datetime.fromisoformat(started).replace(tzinfo=None, microsecond=0) if started else EPOCH
    own = private_files.folder(tmp)  # which goes with all that is left in it
    with tempfile.TemporaryDirectory(dir=own, ignore_cleanup_errors=True) as folder:
        books = _Books(place_of, private, folder, made)
        try:
            totals = books.sheet(shown(words.ui("annex_totals"))[:31], file_sheets)
            counts, sheets = _fill(books, document, listed, records, items, words, sheet_rows, file_sheets)
            for each, count in zip(listed, counts, strict=True):
                if each.itemised and count.records != each.records:
                    raise SourceError(
                        f"{count.records} of the {each.records} records of '{each.category}' were found again, "
                        "so no itemised annex was written"
                    )
            _totals(totals, books.books[0], document, listed, counts, sheets, words)
            books.close()
        except BaseException as error:
            books.abandon(error)
            raise
    return len(books.books)


def _fill(
    books: _Books,
    document: Document,
    listed: Sequence[Listed],
    records: int,
    items: Iterable[Item],
    words: Words,
    sheet_rows: int,
    file_sheets: int,
) -> tuple[list[_Count], list[list[str]]]:
    """Writes all lines; what was written of each category, and the names of its sheets."""
    lines = Lines(document, listed, words)
    counts = [_Count() for _ in listed]
    names: list[list[str]] = [[] for _ in listed]
    sheets: list[_Sheet | None] = [None] * len(listed)
    first = np.zeros(records, np.int64)
    reveal = bool(document["options"].get("reveal"))
    room = int(document["annex"]["limit"]) - records  # for repeats: the records themselves are all listed
    for item in items:
        count = counts[item.listed]
        repeated = int(first[item.record])
        if repeated and room <= 0:
            count.unlisted += 1
            continue
        count.number += 1
        if repeated:
            count.repeats += 1
            room -= 1
        else:
            count.records += 1
            first[item.record] = count.number
        sheet = sheets[item.listed]
        if sheet is None or sheet.row >= sheet_rows:
            sheet = sheets[item.listed] = _new_sheet(
                books, listed, item.listed, names, words, file_sheets, reveal
            )
        sheet.line(lines.of(item, count.number, repeated))
    return counts, names


def _new_sheet(
    books: _Books,
    listed: Sequence[Listed],
    at: int,
    names: list[list[str]],
    words: Words,
    file_sheets: int,
    reveal: bool,
) -> _Sheet:
    title = words.category(listed[at].category)
    for sign in "[]:*?/\\'":
        title = title.replace(sign, " ")
    part = len(names[at]) + 1
    # The numbers tell sheets apart whatever the titles are; 31 characters are the most that a name may have.
    name = f"{at + 1}{f'.{part}' if part > 1 else ''} {shown(title)}"[:31].rstrip()
    before = len(books.books)
    sheet = books.sheet(name, file_sheets)
    names[at].append(name if len(books.books) == 1 else f"[{len(books.books)}] {name}")
    if len(books.books) > before:
        sheet.sheet.activate()
    sheet.columns(widths())
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.repeat_rows(0)
    _on_paper(sheet)
    sheet.line(heads(words, reveal), books.strong())
    sheet.form = books.books[-1].add_format({"text_wrap": True, "valign": "top"})
    sheet.numerals = books.books[-1].add_format({"align": "center", "valign": "top"})
    return sheet


def _on_paper(sheet: _Sheet) -> None:
    """Prints on A4, as wide as the page."""
    sheet.sheet.set_landscape()
    sheet.sheet.set_paper(9)
    sheet.sheet.fit_to_pages(1, 0)


def _totals(
    sheet: _Sheet,
    book: Any,
    document: Document,
    listed: Sequence[Listed],
    counts: Sequence[_Count],
    sheets: Sequence[Sequence[str]],
    words: Words,
) -> None:
    strong = book.add_format({"bold": True, "bg_color": "#EDEFF2", "text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True})
    sheet.columns((34, 12, 16, 20, 16, 16, 44))
    _on_paper(sheet)
    tool = document["tool"]
    sheet.line([shown(words.ui("annex_title"))], bold)
    sheet.line([shown(f"{tool['name']} {tool['version']}")])
    case = case_of(document).get("number") or words.ui("blank_line")
    sheet.line([shown(f"{words.name('case', 'number')}{words.ui('colon')}{case}")])
    sheet.line([shown(words.pick(document["verdict"]["title"]))])
    sheet.line([shown(words.ui("annex_note"))])
    if left := left_out(document, words):
        sheet.line([shown(left)], bold)
    if document["options"].get("reveal"):
        sheet.line([shown(words.ui("revealed"))], bold)
    sheet.row += 1
    if not listed:
        sheet.line([words.ui("annex_no_items")])
        return
    names = (
        "category",
        "tier",
        "counted",
        "annex_listed",
        "annex_repeats",
        "annex_repeats_left",
        "annex_sheets",
    )
    sheet.line([words.ui(name) for name in names], strong)
    for each, count, used in zip(listed, counts, sheets, strict=True):
        figures = [each.tier, each.records, count.records, count.repeats, count.unlisted]
        sheet.line([_category(each.category, words), *figures, words.ui("between").join(used)])
    for tier in dict.fromkeys(each.tier for each in listed):
        own = [(each, count) for each, count in zip(listed, counts, strict=True) if each.tier == tier]
        sums = [
            sum(each.records for each, _ in own),
            sum(count.records for _, count in own),
            sum(count.repeats for _, count in own),
            sum(count.unlisted for _, count in own),
        ]
        sheet.line([words.ui("tier_of", tier=f"{tier:,}"), tier, *sums], bold)


def _category(name: str, words: Words) -> str:
    return shown(words.ui("bracketed", text=words.category(name), note=name))
