"""Tar archives, read in order, file by file; links and devices hold nothing and are only told."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.model import Issue, ReadableFile, ReadOptions
from scanner.sources.archives import tar_headers as headers
from scanner.sources.archives.names import LINKS, decoded
from scanner.sources.archives.source import ArchiveSource, Entry
from scanner.sources.archives.tar_headers import BLOCK, Extended, Header, Spans
from scanner.sources.archives.unpacking import cut_off

CHUNK = 1 << 18
LONGEST = 1 << 20  # bytes of an extended header
MOST_SPANS = 1 << 14
EXTENDED = (headers.PAX, headers.OLD_PAX, headers.GLOBAL_PAX, headers.LONG_NAME, headers.LONG_LINK)


class TarSource(ArchiveSource):
    """Reads a tar archive from its start to its end."""

    name = "tar"
    streams = True

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The files in their order."""
        return _Tar(file).entries()


class _Tar:
    """One pass over an archive. ``_left``: bytes of the present file's data that were not read yet."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file
        self._at = 0
        self._left = 0
        self._padding = 0
        self._link: str | None = None
        self._links = 0
        self._lost = 0
        self._lost_from = 0

    def entries(self) -> Iterator[Entry | Issue]:
        shared: dict[bytes, bytes] = {}  # of global pax headers
        told = Extended()
        ended = False
        while block := self._read(BLOCK):
            if len(block) == BLOCK and not any(block):
                ended = True
                continue
            header = headers.parsed(block)
            if header is None:
                self._lost_from = self._lost_from if self._lost else self._at - len(block)
                self._lost += len(block)
                continue
            yield from self._lost_told()
            ended = False
            self._begin(header.size)
            if header.kind in EXTENDED:
                data = b"" if header.size > LONGEST else b"".join(self._data())
                if header.size > LONGEST:
                    yield Issue(f"has a header of more than {LONGEST} bytes, which was not read")
                elif header.kind == headers.LONG_NAME:
                    told.name = data.split(b"\0", 1)[0]
                elif header.kind == headers.GLOBAL_PAX:
                    shared |= headers.pax_records(data)
                elif header.kind != headers.LONG_LINK:
                    told = headers.extended(shared | headers.pax_records(data), told.name)
            else:
                told = headers.extended(shared, told.name) if shared and not told.told else told
                entry = self._entry(header, told)
                if entry is not None:
                    yield entry
                told = Extended()
            self._finish()
        yield from self._lost_told()
        if not ended:
            yield Issue("ends without its end mark; it may be cut off")
        if self._links:
            yield Issue(counted(LINKS, links=self._links, first=self._link), partial=False)

    def _entry(self, header: Header, told: Extended) -> Entry | None:
        """The file that a header begins; None where it is none."""
        name = decoded(told.name or header.name) or "unnamed"
        if header.kind in headers.EMPTY:
            self._links += 1
            self._link = self._link or name
            self._begin(0)
            return None
        if told.size is not None:
            self._begin(told.size)
        if header.kind in headers.FOLDERS:
            return None
        spans, real = header.spans, header.real
        while spans is not None and header.more and len(spans) < MOST_SPANS:
            block = self._read(BLOCK)
            spans += headers.spans_of(block[:504])
            header.more = block[504:505] == b"\1"
        if told.spans is not None or told.mapped:
            spans, real = told.spans or [], told.real or 0
        start = self._at
        if spans is None:
            return Entry(name, self._data, lambda: self._at - start, unpacks=False)
        return Entry(name, lambda: self._with_holes(spans, real, told.mapped), lambda: self._at - start)

    def _data(self) -> Iterator[bytes]:
        """The rest of the present file's data."""
        while self._left:
            yield self._piece(self._left)

    def _piece(self, most: int) -> bytes:
        piece = self._read(min(most, self._left, CHUNK))
        if not piece:
            self._left = self._padding = 0
            raise cut_off()
        self._left -= len(piece)
        return piece

    def _with_holes(self, spans: Spans, real: int, mapped: bool) -> Iterator[bytes]:
        """The data of a sparse file, with NUL bytes where it has holes."""
        if mapped:
            spans = self._map()
        at = 0
        for offset, length in [*spans, (max(real, sum(spans[-1]) if spans else 0), 0)]:
            if offset < at or length > self._left:
                raise map_damaged()
            while at < offset:
                hole = bytes(min(offset - at, CHUNK))
                at += len(hole)
                yield hole
            end = at + length
            while at < end:
                piece = self._piece(end - at)
                at += len(piece)
                yield piece

    def _map(self) -> Spans:
        """The map at the start of the data: decimal numbers on lines, the first is how many spans there are."""
        text, lines, wanted = b"", 0, 1
        while lines < wanted:
            block = self._piece(BLOCK)
            text += block
            lines += block.count(b"\n")
            first = text.split(b"\n", 1)[0]
            if not first.isdigit() or len(first) > 9 or int(first) > MOST_SPANS or len(text) > LONGEST:
                raise map_damaged()
            wanted = 2 * int(first) + 1
        numbers = text.split(b"\n")[1:wanted]
        if not all(each.isdigit() and len(each) < 20 for each in numbers):
            raise map_damaged()
        values = [int(each) for each in numbers]
        return list(zip(values[::2], values[1::2], strict=True))

    def _begin(self, size: int) -> None:
        self._left, self._padding = size, -size % BLOCK

    def _finish(self) -> None:
        """Goes to the next header."""
        rest = self._left + self._padding
        self._left = self._padding = 0
        while rest and (piece := self._read(min(rest, CHUNK))):
            rest -= len(piece)

    def _read(self, count: int) -> bytes:
        piece = self._file.read(count)
        self._at += len(piece)
        return piece

    def _lost_told(self) -> Iterator[Issue]:
        if self._lost:
            yield Issue(
                counted(
                    "holds {bytes} [bytes:byte that is|bytes that are] no header, from byte {first}; "
                    "[bytes:it was|they were] not read",
                    bytes=self._lost,
                    first=self._lost_from,
                )
            )
        self._lost = 0


def map_damaged() -> SourceError:
    """The sentence for a sparse file that cannot be put together."""
    return SourceError("its map of holes is damaged; what came before was read")
