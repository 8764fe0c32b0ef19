"""Zip archives: the entries that the directory names, then those that stand in the file without its naming them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.kernels.zip_cipher import ZipCipher
from scanner.model import Issue, ReadableFile, ReadOptions
from scanner.sources.archives import zip_directory as directory
from scanner.sources.archives import zip_encryption as encryption
from scanner.sources.archives.flow import Flow
from scanner.sources.archives.names import encoding_of
from scanner.sources.archives.source import ArchiveSource, Entry
from scanner.sources.archives.unpacking import Packed
from scanner.sources.archives.zip_directory import Record
from scanner.sources.archives.zip_methods import AES, SELF_ENDING, unpacked

SLACK = 24  # bytes between entries that may describe the one before
TRIED = 1 << 20  # bytes that a password is tried on
SEARCHED = 1 << 18


class ZipSource(ArchiveSource):
    """Reads a zip archive."""

    name = "zip"

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The entries in the order of the directory, and behind them those that it does not name."""
        return _Zip(file, options).entries()


class _Zip:
    def __init__(self, file: ReadableFile, options: ReadOptions) -> None:
        self._file = file
        self._passwords = options.passwords
        self._most = options.limits.entries
        self._encoding: str | None = None
        self._claimed: list[tuple[int, int]] = []  # bytes that entries take up
        self._found = 0  # entries that no directory names
        self._unread = 0  # bytes of no entry

    def entries(self) -> Iterator[Entry | Issue]:
        where = directory.find(self._file)
        if where is None:
            yield Issue(
                "has no directory of its entries, so it was cut off or damaged; they were found by their own headers"
            )
            yield from self._walked(0, self._file.size)
        else:
            yield from self._named(where)
        if where is not None and self._found:
            form = (
                "leaves {entries} of its entries out of its directory; [entries:it was|they were] read, too"
            )
            yield Issue(counted(form, entries=self._found), partial=False)
        if self._unread:
            form = (
                "holds {bytes} [bytes:byte that belongs to none of its entries and was|"
                "bytes that belong to none of its entries and were] not read"
            )
            yield Issue(counted(form, bytes=self._unread))

    def _named(self, where: directory.Directory) -> Iterator[Entry | Issue]:
        if where.split:
            yield Issue("is one part of a split archive; what lies in the other parts was not read")
        records = list(islice(directory.records(self._file, where), self._most + 1))
        self._encoding = encoding_of(record.raw for record in records if record.name is None)
        if len(records) <= self._most and len(records) & 0xFFFF != where.count & 0xFFFF:
            form = "has a directory that promises {said} [said:entry|entries] but names {named}"
            yield Issue(counted(form, said=where.count, named=len(records)))
        hidden = overlapping(records)
        if hidden:
            first = self._name(records[min(hidden)])
            form = (
                "names {entries} [entries:entry that lies on the bytes of others and was|"
                "entries that lie on the bytes of others and were] not read; the first is {first}"
            )
            yield Issue(counted(form, entries=len(hidden), first=first))
        for place, record in enumerate(records):
            if record.is_folder:
                self._claim(record)
            elif place not in hidden:
                yield self._entry(record)
        if len(records) > self._most:
            return
        for begin, end in self._gaps(where):
            yield from self._walked(begin, end)

    def _name(self, record: Record) -> str:
        name = record.name or record.raw.decode(
            self._encoding or encoding_of([record.raw]), "backslashreplace"
        )
        return name.replace("\\", "/") or "unnamed"

    def _claim(self, record: Record) -> int | None:
        """Where the data of an entry begin; None where it has no header of its own."""
        found = directory.own_header(self._file, record.offset)
        if found is None:
            return None
        self._claimed.append((record.offset, found[1] + (record.packed or 0)))
        return found[1]

    def _entry(self, record: Record) -> Entry:
        begin = self._claim(record)
        if begin is None or record.packed is None:
            return Entry(self._name(record), failure="is not where the directory of its archive says")
        return self._readable(record, begin, record.packed)

    def _readable(self, record: Record, begin: int, most: int, ended: list[int] | None = None) -> Entry:
        """An entry whose data begin at an offset and take up ``most`` bytes, or end by themselves before.

        ``ended`` gets the bytes that it took up, once it was read to its end.
        """
        packed = Packed(reader_of(self._file, begin), most)

        def pieces() -> Iterator[bytes]:
            yield from self._content(record, packed, begin, most)
            if ended is not None:
                ended.append(packed.taken)

        entry = Entry(self._name(record), pieces, lambda: packed.taken, checked=True)
        entry.faults = lambda flow: faults(record, flow)
        if record.link:
            entry.failure = "is a symbolic link, which is not followed"
        return entry

    def _content(self, record: Record, packed: Packed, begin: int, most: int) -> Iterator[bytes]:
        if not record.flags & directory.ENCRYPTED:
            yield from unpacked(record, record.method, packed, most)
        elif record.flags & (directory.STRONG | directory.MASKED) or (
            record.method == AES and not record.aes
        ):
            raise SourceError("is encrypted in a way that is not read")
        elif record.method == AES and record.aes:
            _, strength, method = record.aes
            plain = Packed(encryption.Aes(packed, most, strength, self._passwords).read)
            yield from unpacked(record, method, plain, most)
            while plain.read():  # its code stands behind the data
                pass
        else:
            plain = encryption.deciphered(packed, self._cipher(record, begin, most))
            packed.read(encryption.HEADER)
            yield from unpacked(record, record.method, plain, most - encryption.HEADER)

    def _cipher(self, record: Record, begin: int, most: int) -> ZipCipher:
        """The first cipher that fits and under which the data unpack, as far as that is tried."""
        header = self._file.pread(encryption.HEADER, begin)
        length = most - len(header)
        fitting = list(encryption.traditional(record, header, self._passwords))
        again = list(encryption.traditional(record, header, self._passwords))
        for tried, cipher in zip(fitting, again, strict=True):
            packed = Packed(reader_of(self._file, begin + len(header)), length)
            flow = unpacked(record, record.method, encryption.deciphered(packed, tried), length)
            count, crc = 0, 0
            try:
                for piece in flow:
                    count, crc = count + len(piece), zlib.crc32(piece, crc)
                    if count > TRIED:
                        return cipher
            except SourceError:
                continue
            if not record.crc or crc == record.crc:
                return cipher
        raise encryption.wrong_password(self._passwords)

    def _gaps(self, where: directory.Directory) -> Iterator[tuple[int, int]]:
        """Bytes before the directory that no entry takes up, and those behind its end."""
        at = 0
        for begin, end in [*sorted(self._claimed), (where.start, where.start)]:
            if begin - at > SLACK:
                yield at, begin
            at = max(at, end)
        if self._file.size > where.end:
            yield where.end, self._file.size

    def _walked(self, at: int, stop: int) -> Iterator[Entry | Issue]:
        """Entries by their own headers."""
        while at < stop:
            found = directory.own_header(self._file, at)
            if found is None or found[1] > stop:
                begin = self._next(at + 1, stop)
                self._pass_over(at, begin)
                at = begin
                continue
            record, begin = found
            self._found += 1
            if record.is_folder:
                at = begin
                continue
            most = stop - begin if record.packed is None else record.packed
            if record.packed is None and (record.method not in SELF_ENDING or record.aes):
                most = self._next(begin, stop, directory.DESCRIPTOR) - begin
            ended: list[int] = []
            yield self._readable(record, begin, most, ended)
            if record.packed is not None:
                at = min(stop, begin + most)
            elif ended:
                at = begin + ended[0]
            else:
                at = self._next(begin + 1, stop)
            following = self._next(at, min(stop, at + SLACK + 4))
            at = following if following < min(stop, at + SLACK + 4) else at

    def _next(self, at: int, stop: int, mark: bytes = directory.LOCAL) -> int:
        """Where the next header begins; ``stop`` where there is none."""
        while at < stop:
            window = self._file.pread(min(SEARCHED, stop - at), at)
            place = window.find(mark)
            if place >= 0:
                return at + place
            if len(window) < len(mark) or at + len(window) >= stop:
                break
            at += len(window) - len(mark) + 1
        return stop

    def _pass_over(self, begin: int, end: int) -> None:
        """Bytes that are not read: told unless they describe an entry, or are nothing."""
        if end - begin <= SLACK and end < self._file.size:
            return
        head = self._file.pread(4, begin)
        if head in (directory.CENTRAL, directory.END) or not any(
            self._file.pread(min(end - begin, SEARCHED), begin)
        ):
            return
        self._unread += end - begin


def reader_of(file: ReadableFile, at: int = 0) -> Callable[[int], bytes]:
    """Reads a file from an offset on."""

    def read(count: int) -> bytes:
        nonlocal at
        piece = file.pread(count, at)
        at += len(piece)
        return piece

    return read


def overlapping(records: list[Record]) -> set[int]:
    """Places of entries that begin before an earlier one ends: bytes that were counted already."""
    order = sorted(range(len(records)), key=lambda place: (records[place].offset, place))
    found: set[int] = set()
    end = -1
    for place in order:
        record = records[place]
        if record.offset < end:
            found.add(place)
            continue
        end = record.offset + directory.LOCAL_HEADER.size + (record.packed or 0)
    return found


def faults(record: Record, flow: Flow) -> Iterator[str]:
    """What an entry holds otherwise than its archive says."""
    if record.size is not None and flow.size != record.size:
        form = "holds {bytes} [bytes:byte|bytes] where its archive says {said}"
        yield counted(form, bytes=flow.size, said=record.size)
    elif record.size is not None and flow.crc != record.crc and not (record.aes and record.aes[0] == 2):
        yield "has another checksum than its archive says; it may be damaged"
