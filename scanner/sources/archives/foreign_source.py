"""Archives that libarchive reads in a child process: 7z, rar, cab and ISO."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from scanner.errors import SourceError
from scanner.model import Issue, ReadableFile, ReadOptions
from scanner.sources import child
from scanner.sources.archives.source import ArchiveSource, Entry, Read
from scanner.sources.child_source import described
from scanner.sources.messages import Sheet, Trouble

READER = "scanner.sources.archives.libarchive_reader"


class ForeignSource(ArchiveSource):
    """Reads one kind of archive through libarchive."""

    def __init__(self, kind: str, read: Read) -> None:
        """``kind``: a key of ``libarchive_reader.FORMATS``."""
        super().__init__(read)
        self.name = kind

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The files in their order. SourceError where nothing can be read."""
        with described(file, options.temporary) as opened:
            yield from Told(child.messages(READER, opened, options.limits, {"format": self.name})).entries()


class Told:
    """Makes entries of the reader's messages: those up to the next Sheet are the present file's."""

    def __init__(self, messages: Iterator[Any]) -> None:
        self._messages = messages
        self._sheet: Sheet | None = None  # the one that comes next
        self._used = 0
        self._failure: SourceError | None = None  # of the reader as a whole

    def entries(self) -> Iterator[Entry | Issue]:
        """The files in their order. SourceError, at the end, where the reader gave up."""
        yield from self._remarks()
        while self._sheet is not None:
            sheet, self._sheet = self._sheet, None
            if sheet.name is None:
                yield from self._remarks()
                continue
            yield Entry(sheet.name, self._pieces, lambda: self._used)
            with contextlib.suppress(SourceError):
                for _ in self._pieces():  # what nobody wanted
                    pass
        if self._failure is not None:
            raise self._failure

    def _remarks(self) -> Iterator[Issue]:
        """What is said of the archive itself."""
        for message in self._messages:
            if isinstance(message, Sheet):
                self._sheet = message
                return
            if isinstance(message, Trouble):
                yield Issue(message.what, partial=message.partial)

    def _pieces(self) -> Iterator[bytes]:
        """The bytes of the present file; SourceError for what is said of it."""
        while self._sheet is None:
            try:
                message = next(self._messages, None)
            except SourceError as error:
                self._failure = error
                raise
            if message is None:
                return
            if isinstance(message, Sheet):
                self._sheet = message
            elif isinstance(message, Trouble):
                raise SourceError(message.what)
            else:
                self._used = message.column(1)[0].as_py()
                yield message.column(0)[0].as_py()
