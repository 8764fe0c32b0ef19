"""Files with content of their own that also hold other files: mail with attachments, encrypted documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scanner.model import Issue, ReadableFile, ReadOptions
from scanner.sources import child
from scanner.sources.archives.foreign_source import Told
from scanner.sources.archives.source import ArchiveSource, Entry, Item, Read
from scanner.sources.child_source import described, settings_of
from scanner.sources.messages import HOLDS
from scanner.sources.sheets import NO_ROW, Sheets


class HoldingSource(ArchiveSource):
    """Reads what a reader tells, and where that says so (``messages.HOLDS``), what a second one tells as members."""

    def __init__(
        self, kind: str, read: Read, readers: tuple[str, str], sheets: Callable[[bool | None], Sheets]
    ) -> None:
        """``readers``: modules, see ``child_main``; ``sheets``: makes tables, told whether a first row is a header."""
        super().__init__(read)
        self.name = kind
        self._own, self._further = readers
        self._sheets = sheets

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Item]:
        """The content of its own, then the members. SourceError where nothing can be read."""
        holds = False

        def fresh(messages: Iterator[Any]) -> Iterator[Any]:
            nonlocal holds
            for message in messages:
                if message == HOLDS:
                    holds = True
                else:
                    yield message

        with described(file, options.temporary) as opened:
            told = child.messages(self._own, opened, options.limits, settings_of(options))
            for item in self._sheets(options.header).batches(fresh(told)):
                if not (holds and isinstance(item, Issue) and item.what == NO_ROW):
                    yield item
        if holds:
            yield from super().batches(file, options)

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The files that it holds, in order."""
        with described(file, options.temporary) as opened:
            for entry in Told(
                child.messages(self._further, opened, options.limits, settings_of(options))
            ).entries():
                if isinstance(entry, Entry):
                    entry.unpacks = False  # nothing is longer than what stands for it
                yield entry
