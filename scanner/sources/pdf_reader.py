"""The text of PDF documents, page by page, in a child process (``child_main``); needs pypdfium2 (the extra ``pdf``).

First all lines that stand in no table, then the rows of all tables, which go on from page to page: so pages with tables
are read twice, and never more than one of them is in memory.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from scanner.counted import counted
from scanner.sources.messages import HOLDS, Sheet, Trouble, Unit
from scanner.sources.pdf_layout import Char, Columns, Line, Rule, Table, lines_of, parts_of
from scanner.sources.workbooks.grid import Grid

try:
    import pypdfium2
    from pypdfium2 import raw
except ImportError:
    pypdfium2 = None

FORMAT, TABLES = "pdf", "tables"
SHORTEST, THICKEST = 8, 2  # points: of a rule
END = 1024  # bytes, of which some tell the end of a document (ISO 32000-1, annex H.3)
WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD of fpdfview.h
PICTURES = "{pages} [pages:page holds|pages hold] no text but pictures, which were not read"
UNREAD = "{pages} [pages:page is|pages are] damaged and [pages:was|were] not read"
CUT = "does not end as a PDF document does, so it may be cut off"
FIELDS = "has fields to be filled in, of which the content was not read"


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the pages: of page n, counted from 0, the lines are unit n, and the rows of tables that of n more
    than there are pages."""
    if pypdfium2 is None:
        yield Trouble("is a PDF document; to read it, install leaktally[pdf]", fatal=True)
        return
    document, trouble = opened(file, options["passwords"])
    if document is None:
        yield Unit(0, "the document")
        yield Trouble(trouble, fatal=True)
        return
    count, cell = len(document), int(options["cell"])
    lines, tables = Grid(cell), Grid(cell)
    pictures = unread = 0
    without = set[int]()  # pages that are known to hold no table
    for number in range(min(start, count), count):
        yield Unit(number, f"page {number + 1}")
        yield Sheet(None, (None,), FORMAT)
        try:
            found, rules, only_pictures = _page(document, number)
        except Exception:  # of damage the library raises whatever that leads to
            unread += 1
            without.add(number)
            continue
        pictures += only_pictures
        parts = parts_of(found, rules)
        for part in parts:
            if isinstance(part, Line):
                lines.append([part.text])
        if all(isinstance(part, Line) for part in parts):
            without.add(number)
        yield from lines.batches()
    yield from lines.troubles("")
    before: Columns | None = None
    named = False
    for number in range(max(start, count), 2 * count):
        if number - count in without:
            continue
        yield Unit(number, f"the tables of page {number - count + 1}")
        if not named:
            yield Sheet(TABLES, None, FORMAT)
            named = True
        try:
            found, rules, _ = _page(document, number - count)
        except Exception:
            continue
        for part in parts_of(found, rules, before):
            if isinstance(part, Table):
                if part.columns is not before and before is not None:
                    tables.append([""])  # a blank row ends a table
                before = part.columns
                for row in part.rows:
                    tables.append(row)
        yield from tables.batches()
    yield from tables.troubles(TABLES)
    if unread:
        yield Trouble(counted(UNREAD, pages=unread))
    if pictures:
        yield Trouble(counted(PICTURES, pages=pictures))
    if not _ends(file):
        yield Trouble(CUT)
    if document.get_formtype():
        yield Trouble(FIELDS)
    if document.count_attachments():
        yield HOLDS


def _ends(file: BinaryIO) -> bool:
    """Whether the document ends as it should: the library reads what is left of others, and does not say so."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - END))
    return b"%%EOF" in file.read(END)


def opened(file: BinaryIO, passwords: list[str]) -> tuple[Any, str]:
    """The document, by the first password that opens it; or why there is none."""
    stream: Any = file
    wrong = False
    for password in (None, *passwords):
        try:
            return pypdfium2.PdfDocument(stream, password=password), ""
        except pypdfium2.PdfiumError as error:
            wrong = getattr(error, "err_code", None) == WRONG_PASSWORD
            if not wrong:
                break
    if not wrong:
        return None, "is not a whole PDF document"
    if any(passwords):
        return None, "is encrypted, and none of the passwords given opens it"
    return None, "is encrypted; give its password with --password"


def _page(document: Any, number: int) -> tuple[list[Line], list[Rule], bool]:
    """The lines of a page, what is drawn below them, and whether it holds nothing but pictures."""
    page = document[number]
    try:
        text = page.get_textpage()
        try:
            chars = list(_chars(text))
        finally:
            text.close()
        if not chars:
            return [], [], any(page.get_objects((raw.FPDF_PAGEOBJ_IMAGE,), max_depth=4))
        return lines_of(chars), list(_rules(page)), False
    finally:
        page.close()


def _rules(page: Any) -> Iterator[Rule]:
    """Lines that are drawn from left to right: thin shapes, and the edges of boxes."""
    for shape in page.get_objects((raw.FPDF_PAGEOBJ_PATH,), max_depth=4):
        left, bottom, right, top = shape.get_bounds()
        if right - left < SHORTEST:
            continue
        yield Rule(left, right, top)
        if top - bottom > THICKEST:
            yield Rule(left, right, bottom)


def _chars(text: Any) -> Iterator[Char]:
    """The characters of a page in the order in which they were written."""
    box = raw.FS_RECTF()
    high = 0
    for at in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, at)
        if 0xD800 <= code < 0xDC00:  # the library counts in UTF-16
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if code < 0x20 or code in (0xFFFE, 0xFFFF) or raw.FPDFText_IsGenerated(text, at) == 1:
            continue
        if not raw.FPDFText_GetLooseCharBox(text, at, ctypes.byref(box)):
            continue
        yield Char(chr(code), box.left, box.right, box.bottom, box.top)
