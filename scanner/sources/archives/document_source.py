"""Office documents that are no workbooks: text documents and presentations, part by part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from scanner.model import Batch, Issue, ReadOptions, Source
from scanner.sources.archives.flow import CHUNK, Flow
from scanner.sources.archives.office_text import is_part, lines_of
from scanner.sources.archives.source import Item, Read
from scanner.sources.archives.zip_source import ZipSource, reader_of
from scanner.sources.member_file import MemberFile
from scanner.sources.messages import Sheet
from scanner.sources.sheets import NO_ROW, Sheets
from scanner.sources.signatures import PROBED, signed
from scanner.sources.workbooks.grid import Grid

TABLES = "tables"  # what the rows of all tables of a part are named, together
# Where office programs put a picture of the first page (OpenDocument 1.3 part 2, 3.7; ECMA-376 part 2, thumbnails).
PREVIEW = re.compile(r"(thumbnails|docprops)/thumbnail\.[a-z]+", re.IGNORECASE)
PICTURES = frozenset({"png", "jpeg"})


class DocumentSource(ZipSource):
    """Reads the text of the parts; what is embedded in a document, as any member of an archive."""

    name = "office"

    def __init__(self, read: Read, text: Source, sheets: Callable[[bool | None], Sheets]) -> None:
        """``text``: reads delimited text; ``sheets``: makes tables, told whether a first row is a header."""
        super().__init__(read)
        self._text = text
        self._sheets = sheets

    def content(self, name: str, file: MemberFile, options: ReadOptions) -> Iterator[Item]:
        """The paragraphs of a part, then the rows of its tables; of anything else what it holds.

        A picture of the first page shows nothing but text that is read.
        """
        if PREVIEW.fullmatch(name) and signed(file.pread(PROBED, 0)) in PICTURES:
            yield Issue("is a picture of its document's first page; the page itself was read", partial=False)
            return
        if not is_part(name):
            yield from super().content(name, file, options)
            return
        part = file.whole()

        def flow(rows: bool) -> Flow:
            return Flow(lines_of(reader_of(part), rows), lambda: 0, file.inside.allowance, unpacks=False)

        lines = MemberFile(file.path, flow(False), file.inside)
        if lines.pread(1, 0):
            for item in self._text.batches(lines, replace(options, encoding="utf-8")):
                yield (
                    item._replace(locate=None) if isinstance(item, Batch) else item
                )  # where a line lies is lost
        rows = flow(True)
        for item in self._sheets(options.header).batches(self._rows(rows.read, options)):
            if not (isinstance(item, Issue) and item.what == NO_ROW):
                yield item
        if rows.fault is not None:
            yield Issue(rows.fault)

    def _rows(self, read: Callable[[int], bytes], options: ReadOptions) -> Iterator[Any]:
        """The rows of all tables as those of one sheet, with a blank one between two tables."""
        grid, rest = Grid(options.limits.cell), b""
        yield Sheet(TABLES, None, self._text.name)
        while piece := read(CHUNK):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                grid.append(line.split(b"\t"))
                if grid.full:
                    yield from grid.batches()
        yield from grid.batches()
        yield from grid.troubles(TABLES)
