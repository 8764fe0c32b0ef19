"""The parts of an Office document, which is a zip archive: found by name, read in any order, within the limits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO

from scanner.errors import SourceError
from scanner.model import Limits
from scanner.sources.archives import zip_directory as directory
from scanner.sources.archives.allowance import Allowance
from scanner.sources.archives.flow import Flow
from scanner.sources.archives.unpacking import Packed
from scanner.sources.archives.zip_methods import STORED, unpacked
from scanner.sources.archives.zip_source import faults

SEARCHED = 1 << 20
PIECE = 1 << 18
LONGEST_NAME = 1024


class Positioned:
    """A file object as a ``model.ReadableFile``."""

    path = ""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)
        file.seek(0)

    def read(self, count: int) -> bytes:
        """The next bytes."""
        return self._file.read(count)

    def pread(self, count: int, offset: int) -> bytes:
        """Bytes at an offset."""
        self._file.seek(offset)
        return self._file.read(count)


def normal(name: str) -> str:
    """The name of a part as it is compared: some writers use other cases, or the other slash."""
    return name.replace("\\", "/").lstrip("/").lower()


class Part:
    """The content of one part. ``size``: bytes that came out so far."""

    def __init__(self, flow: Flow, record: directory.Record) -> None:
        self._flow = flow
        self._record = record

    @property
    def size(self) -> int:
        """How many bytes came out."""
        return self._flow.size

    @property
    def fault(self) -> str | None:
        """What is wrong with what was read, known at its end; None where it is whole."""
        return self._flow.fault or next(faults(self._record, self._flow), None) if self._flow.ended else None

    def read(self, count: int = PIECE) -> bytes:
        """The next bytes, none at the end."""
        return self._flow.read(count)

    def pieces(self) -> Iterator[bytes]:
        """The content piece by piece, none of them empty."""
        while piece := self._flow.read(PIECE):
            yield piece


class Parts:
    """Parts by their normal names. ``whole``: whether the archive has its directory; ``encrypted``: names of parts."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Looks for the parts; those behind a cut or in a damaged directory are found by their own headers."""
        self._file = Positioned(file)
        self._allowance = Allowance(limits, None)
        self._found: dict[str, directory.Record] = {}
        self.names: dict[str, str] = {}  # as they are written, by the normal ones
        self.encrypted: set[str] = set()
        where = directory.find(self._file)
        self.whole = where is not None
        records = self._by_headers() if where is None else directory.records(self._file, where)
        for record in records:
            if not self._allowance.enter():
                break
            name = record.name or record.raw.decode("utf-8", "replace")
            if record.flags & directory.ENCRYPTED:
                self.encrypted.add(normal(name))
            self._found.setdefault(normal(name), record)
            self.names.setdefault(normal(name), name)

    def __contains__(self, name: str) -> bool:
        return normal(name) in self._found

    def part(self, name: str) -> Part:
        """The content of a part. SourceError where it has no beginning, or is encrypted."""
        record = self._found[normal(name)]
        found = directory.own_header(self._file, record.offset)
        if found is None:
            raise SourceError("has a damaged part that does not begin where its directory says")
        if record.flags & directory.ENCRYPTED:
            raise SourceError("is encrypted in a way that is not read")
        begin = found[1]
        most = self._file.size - begin if record.packed is None else record.packed
        if record.packed is None and record.method == STORED:
            most = self._next(begin) - begin
        packed = Packed(self._reader(begin), most)
        content = unpacked(record, record.method, packed, most)
        return Part(Flow(content, lambda: packed.taken, self._allowance, checked=True), record)

    def _reader(self, at: int) -> Callable[[int], bytes]:
        def read(count: int) -> bytes:
            nonlocal at
            piece = self._file.pread(count, at)
            at += len(piece)
            return piece

        return read

    def _by_headers(self) -> Iterator[directory.Record]:
        """The records of entries by their own headers, wherever these stand."""
        at = 0
        while (at := self._next(at)) < self._file.size:
            found = directory.own_header(self._file, at)
            if found is not None and 0 < len(found[0].raw) <= LONGEST_NAME:
                yield found[0]
            at += 4

    def _next(self, at: int) -> int:
        """Where the next header begins; the end of the file where there is none."""
        while at < self._file.size:
            window = self._file.pread(SEARCHED, at)
            place = window.find(directory.LOCAL)
            if place >= 0:
                return at + place
            if len(window) < SEARCHED:
                break
            at += len(window) - 3
        return self._file.size
