"""A compressed file holds one member: gzip (RFC 1952), bzip2, xz, LZMA alone, Zstandard (RFC 8878), LZ4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from scanner.model import Issue, ReadableFile, ReadOptions
from scanner.sources.archives.allowance import BETWEEN
from scanner.sources.archives.names import decoded
from scanner.sources.archives.source import ArchiveSource, Entry, Read
from scanner.sources.archives.unpacking import Packed, unpacked

SUFFIXES = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
CUT_OFF = (".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".z")
HEAD, LONGEST_NAME = 10, 4096
EXTRA, NAME = 4, 8  # flags of a gzip header


class CompressedSource(ArchiveSource):
    """One compressed stream, or several behind each other, read in order."""

    streams = True

    def __init__(self, kind: str, read: Read) -> None:
        """``kind``: one of ``unpacking.STREAMS``."""
        super().__init__(read)
        self.name = kind

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The one member."""
        inside = getattr(file, "inside", None)
        own = file.path if inside is None else inside.own.name
        name = name_in_gzip(file) if self.name == "gzip" else None
        packed = Packed(file.read)
        yield Entry(name or name_of(own), lambda: unpacked(packed, self.name), lambda: packed.taken)
        if packed.rest:
            yield Issue("holds other bytes behind its packed content, which were not read")


def name_of(path: str) -> str:
    """The name of what is packed: that of the file without the suffix."""
    name = PurePosixPath(path.rsplit(BETWEEN, 1)[-1]).name or "content"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix.lower()
    if suffix in SUFFIXES:
        return stem + SUFFIXES[suffix]
    return stem if suffix in CUT_OFF else name


def name_in_gzip(file: ReadableFile) -> str | None:
    """The name in a gzip header, without folders, if there is one."""
    head = file.pread(HEAD, 0)
    if len(head) < HEAD or not head[3] & NAME:
        return None
    at = HEAD
    if head[3] & EXTRA:
        at += 2 + int.from_bytes(file.pread(2, at), "little")
    raw, end, _ = file.pread(LONGEST_NAME, at).partition(b"\0")
    return (decoded(raw).replace("\\", "/").rsplit("/", 1)[-1] or None) if end else None
