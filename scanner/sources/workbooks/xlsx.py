"""Office Open XML workbooks (.xlsx, .xlsm; ECMA-376): their sheets in order, hidden ones too, and notes on cells.

The sheets are read as streams by ourselves: readers that keep a whole sheet in memory ask for 549 GB where two cells
lie far apart, give up at the first fault, and take an 18-digit number for one of 15.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.workbooks import strings as shared
from scanner.sources.workbooks.grid import Grid
from scanner.sources.workbooks.number_text import moment_of
from scanner.sources.workbooks.parts import Part, Parts, normal
from scanner.sources.workbooks.xlsx_sheet import Book, sheet_rows
from scanner.sources.workbooks.xml_tables import apart
from scanner.sources.workbooks.xml_text import Attributes, DamagedError, Reading, local, value_of

FORMAT = "xlsx"
FOLDERS = ("worksheets/", "macrosheets/", "dialogsheets/")
SMALL = 64 << 20  # bytes of a part that is kept: styles, the list of sheets
#: Parts with text beside the cells: where they lie, what their column is named, and the elements that are a text each.
BESIDE = (
    ("/comments", "comment", ("comment",)),
    ("/threadedcomments", "comment", ("threadedComment",)),
    ("/drawings/drawing", "text box", ("p",)),
    ("/diagrams/data", "text box", ("p",)),
)
UNREAD = {
    "pivotcache/": "a pivot cache",
    "externallinks/": "values of other workbooks",
    "embeddings/": "embedded files",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A sheet: its name, the part that holds it, and "hidden", "veryHidden" or "visible"."""

    name: str
    part: str
    state: str


def read(parts: Parts, start: int, cell: int) -> Iterator[Any]:
    """Messages of a workbook, a unit for each sheet."""
    book = Book(shared.Strings())
    entries, troubles = _entries(parts, book)
    if not entries:
        raise SourceError("has no sheet that can be found")
    yield Unit(start, entries[min(start, len(entries) - 1)].name)
    if not start:
        yield from troubles
    yield from _fill(parts, book, tell=not start)
    for number, entry in enumerate(entries):
        if number < start:
            continue
        yield Unit(number, entry.name)
        if entry.state != "visible":
            yield Trouble(f"sheet {entry.name} is hidden; it was read", partial=False)
        yield Sheet(entry.name, None, FORMAT)
        yield from _sheet(parts, entry, book, cell)
    yield Unit(len(entries), "its notes")
    yield from _notes(parts, cell)
    for folder, what in UNREAD.items():
        if any(f"/{folder}" in name for name in parts.names):
            yield Trouble(f"holds {what}, which is not read", partial=folder == "embeddings/")


def _sheet(parts: Parts, entry: Entry, book: Book, cell: int) -> Iterator[Any]:
    if entry.part not in parts:
        yield Trouble(f"sheet {entry.name} is missing")
        return
    grid = Grid(cell)
    try:
        part = parts.part(entry.part)
    except SourceError as error:
        yield Trouble(f"sheet {entry.name} cannot be read: {error}")
        return
    yield from sheet_rows(entry.name, part.pieces(), grid, book)
    if part.fault is not None:
        yield Trouble(f"sheet {entry.name} was not read whole: {part.fault}")


def _fill(parts: Parts, book: Book, tell: bool) -> Iterator[Any]:
    """Reads the shared strings; those beyond the room for them are told as lines of free text."""
    name = next((each for each in parts.names if each.endswith("sharedstrings.xml")), None)
    if name is None:
        return
    beyond = 0
    trouble: str | None = None
    grid = Grid(shared.MOST)
    try:
        part = parts.part(name)
        for text in shared.fill(book.strings, part.pieces()):
            if not tell:
                continue  # they were told before the reader was started again
            if not beyond:
                yield Sheet("shared strings", None, FORMAT)
            grid.add_loose(beyond, text)
            beyond += 1
            if grid.full:
                yield from grid.batches()
        trouble = part.fault
    except SourceError as error:
        trouble = str(error)
    except DamagedError as error:
        trouble = part.fault or str(error)
    yield from grid.batches()
    if tell and beyond:
        yield Trouble(
            counted(
                "has {strings} shared [strings:string|strings] more than there is room for; "
                "[strings:it was read as free text, without its cell|they were read as free text, without their cells]",
                strings=beyond,
            )
        )
    if tell and trouble is not None:
        yield Trouble(f"its shared strings were not read whole: {trouble}")


def _notes(parts: Parts, cell: int) -> Iterator[Any]:
    """Notes on cells, new and old, and text boxes, as tables of one column."""
    for name, written in parts.names.items():
        found = next((each for each in BESIDE if each[0] in name), None)
        if found is None or not name.startswith("xl/") or not name.endswith(".xml"):
            continue
        _, column, elements = found
        told = False
        grid = Grid(cell)
        try:
            part = parts.part(name)
            for number, text in enumerate(_texts(part, elements)):
                if text and not told:
                    told = True
                    yield Sheet(written, (column,), FORMAT)
                grid.add(number, [(0, text)] if text else [])
                if grid.full:
                    yield from grid.batches()
        except (SourceError, DamagedError) as error:
            yield Trouble(f"its notes on cells were not read whole: {error}")
        yield from grid.batches()


def _texts(part: Part, elements: tuple[str, ...]) -> Iterator[str]:
    """The texts of such elements."""
    done: list[str] = []
    runs: list[str] = []
    depth = 0

    def start(tag: str, _: Attributes) -> None:
        nonlocal depth
        if local(tag) in elements:
            runs.clear()
        elif local(tag) in ("t", "text"):
            depth += 1

    def end(tag: str) -> None:
        nonlocal depth
        if local(tag) in elements:
            done.append("".join(runs).strip())
        elif local(tag) in ("t", "text"):
            depth -= 1

    def text(piece: str) -> None:
        if depth:
            runs.append(piece)

    reading = Reading(start, end, text)
    for piece in part.pieces():
        reading.feed(piece)
        yield from done
        done.clear()
    reading.feed(b"", True)
    yield from done
    if part.fault:
        raise SourceError(part.fault)


def _entries(parts: Parts, book: Book) -> tuple[list[Entry], list[Trouble]]:
    """The sheets: those that the workbook lists, then others that it holds; and what is wrong with the list."""
    troubles: list[Trouble] = []
    if not parts.whole:
        troubles.append(
            Trouble("has no directory of its parts, so it was cut off or damaged; what is left was read")
        )
    listed: list[tuple[str, str, str]] = []
    targets: dict[str, str] = {}
    home = next((n for n in parts.names if posixpath.basename(n) == "workbook.xml"), "xl/workbook.xml")
    folder = posixpath.dirname(home)

    def of_book(tag: str, attributes: Attributes) -> None:
        name = local(tag)
        if name == "sheet":
            link = next(
                (attributes[i + 1] for i in range(0, len(attributes), 2) if attributes[i].endswith(":id")), ""
            )
            listed.append(
                (value_of(attributes, "name") or "", link, value_of(attributes, "state") or "visible")
            )
        elif name == "workbookPr":
            book.since_1904 = value_of(attributes, "date1904") in ("1", "true", "on")

    def of_links(tag: str, attributes: Attributes) -> None:
        if local(tag) == "Relationship" and value_of(attributes, "TargetMode") != "External":
            target = value_of(attributes, "Target") or ""
            path = target if target.startswith("/") else posixpath.join(folder, target)
            targets[value_of(attributes, "Id") or ""] = normal(posixpath.normpath(path.replace("\\", "/")))

    lists = ((home, of_book), (f"{folder}/_rels/workbook.xml.rels", of_links))
    whys = dict.fromkeys(_parsed(parts, part, take) for part, take in lists)
    troubles += [Trouble(f"its list of sheets is damaged: {why}") for why in whys if why is not None]
    codes, formats = _styles(parts, folder, troubles)
    book.moments = [moment_of(number, codes.get(number)) for number in formats]
    entries: list[Entry] = []
    names: set[str] = set()
    for name, link, state in listed:
        part = targets.get(link, "")
        if part and not any(f"/{each}" in f"/{part}" for each in FOLDERS) and part in parts:
            continue  # a chart
        entries.append(Entry(apart(name or part, names), part or "?", state))
    held = {entry.part for entry in entries}
    for part in sorted(parts.names, key=lambda each: (len(each), each)):
        if (
            part not in held
            and part.endswith(".xml")
            and any(posixpath.dirname(part) + "/" == f"{folder}/{f}" for f in FOLDERS)
        ):
            if listed:
                troubles.append(
                    Trouble(
                        f"holds a sheet that it does not list, {parts.names[part]}; it was read",
                        partial=False,
                    )
                )
            entries.append(Entry(apart(parts.names[part], names), part, "visible"))
    return entries, troubles


def _styles(parts: Parts, folder: str, troubles: list[Trouble]) -> tuple[dict[int, str], list[int]]:
    """Codes of number formats by number, and the number of each cell format's."""
    codes: dict[int, str] = {}
    formats: list[int] = []
    inside = False

    def take(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        name = local(tag)
        if name in ("cellXfs", "cellStyleXfs"):
            inside = name == "cellXfs"
        elif name == "numFmt":
            codes[_number(value_of(attributes, "numFmtId"))] = value_of(attributes, "formatCode") or ""
        elif name == "xf" and inside:
            formats.append(_number(value_of(attributes, "numFmtId")))

    name = f"{folder}/styles.xml"
    if name in parts and (why := _parsed(parts, name, take)) is not None:
        troubles.append(Trouble(f"its styles are damaged, so that dates may be read as numbers: {why}"))
    return codes, formats


def _number(text: str | None) -> int:
    return int(text[:9]) if text and text.isdecimal() else 0


def _parsed(parts: Parts, name: str, start: Any) -> str | None:
    """Reads a small part; why that failed, if it did."""
    if name not in parts:
        return "it is missing"
    try:
        part = parts.part(name)
        reading = Reading(start, lambda _: None, lambda _: None)
        for piece in part.pieces():
            reading.feed(piece)
            if part.size > SMALL:
                return f"it has more than {SMALL} bytes"
        reading.feed(b"", True)
    except (SourceError, DamagedError) as error:
        return str(error)
    return part.fault
