"""Office documents that are no workbooks: text documents and presentations, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scanner.model import Batch, Issue, ReadOptions, Source
from scanner.sources.archives.flow import Flow
from scanner.sources.archives.office_text import is_part, lines_of
from scanner.sources.archives.source import Item, Read
from scanner.sources.archives.zip_source import ZipSource, reader_of
from scanner.sources.member_file import MemberFile
from scanner.sources.signatures import PROBED, signed

TABLES = "tables"  # what the rows of all tables of a part are named, together
# Where office programs put a picture of the first page (OpenDocument 1.3 part 2, 3.7; ECMA-376 part 2, thumbnails).
PREVIEW = re.compile(r"(thumbnails|docprops)/thumbnail\.[a-z]+", re.IGNORECASE)
PICTURES = frozenset({"png", "jpeg"})


class DocumentSource(ZipSource):
    """Reads the text of the parts; what is embedded in a document, as any member of an archive."""

    name = "office"

    def __init__(self, read: Read, text: Source) -> None:
        """``text``: reads delimited text."""
        super().__init__(read)
        self._text = text

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
        for name_of_table, rows in ((None, False), (TABLES, True)):
            flow = Flow(lines_of(reader_of(part), rows), lambda: 0, file.inside.allowance, unpacks=False)
            lines = MemberFile(file.path, flow, file.inside)
            if lines.pread(1, 0):
                for item in self._text.batches(lines, replace(options, encoding="utf-8")):
                    yield _renamed(item, name_of_table) if isinstance(item, Batch) else item
            if flow.fault is not None and rows:
                yield Issue(flow.fault)


def _renamed(batch: Batch, table: str | None) -> Batch:
    """Where a line lies in its part is lost."""
    return batch._replace(table=batch.table._replace(name=table), locate=None)
