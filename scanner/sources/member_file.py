"""A member of a container as a ``model.ReadableFile``, without its being written to any path."""

from __future__ import annotations

import os
from typing import IO

from scanner.errors import OutputError, SourceError
from scanner.model import ReadableFile
from scanner.sources.archives.allowance import Inside
from scanner.sources.archives.flow import CHUNK, Flow
from scanner.store import private_files

WINDOW = 8 << 20  # bytes of the head that stay in memory


class MemberFile:
    """A member that is read in order. ``pread`` and ``size`` reach over its head only, and over all of a small one.

    Who needs all of it at any offset asks for ``whole()`` before reading.
    """

    def __init__(self, path: str, flow: Flow, inside: Inside) -> None:
        """``inside``: where a container stands that this member may be."""
        self.path = path
        self.inside = inside
        self._flow = flow
        self._head = bytearray()
        self._at = 0
        self._kept: KeptFile | None = None

    @property
    def size(self) -> int:
        """Bytes that ``pread`` reaches."""
        self._extend(WINDOW)
        return len(self._head)

    def read(self, count: int) -> bytes:
        """The next bytes, fewer than ``count`` only at the end."""
        start, self._at = self._at, self._at + count
        if start >= len(self._head):
            return self._flow.read(count)
        piece = bytes(memoryview(self._head)[start : start + count])
        return piece if len(piece) == count else piece + self._flow.read(count - len(piece))

    def pread(self, count: int, offset: int) -> bytes:
        """Bytes at an offset, as far as the head goes; does not move the reading position."""
        self._extend(min(offset + count, WINDOW))
        return bytes(memoryview(self._head)[offset : offset + count])

    def whole(self) -> ReadableFile:
        """All of it at any offset: in memory, or in an unnamed private file. SourceError where there is no room."""
        self._extend(WINDOW + 1)
        if len(self._head) <= WINDOW:
            return self
        self._kept = KeptFile(self.path, self._flow, bytes(self._head), self.inside)
        self._head = bytearray()
        return self._kept

    def close(self) -> None:
        """Gives back what it holds."""
        self._head = bytearray()
        if self._kept is not None:
            self._kept.close()

    def _extend(self, size: int) -> None:
        if self._at <= len(self._head) < size:
            self._head += self._flow.read(size - len(self._head))


class KeptFile:
    """A member in an unnamed private file."""

    def __init__(self, path: str, flow: Flow, head: bytes, inside: Inside) -> None:
        self.path = path
        self.inside = inside
        self.size = 0
        self._at = 0
        try:
            self._file: IO[bytes] = private_files.unnamed(inside.allowance.folder)
        except OutputError as error:
            raise SourceError(f"cannot be kept: {error}") from None
        try:
            piece = head
            while piece:
                inside.allowance.keep(len(piece))
                self._file.write(piece)
                self.size += len(piece)
                piece = flow.read(CHUNK)
            self._file.flush()
        except OSError as error:
            self.close()
            raise SourceError(f"cannot be kept: {(error.strerror or 'failed').lower()}") from None
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """The descriptor, for those who read at offsets of their own."""
        return self._file.fileno()

    def read(self, count: int) -> bytes:
        """The next bytes, fewer than ``count`` only at the end."""
        piece = self.pread(count, self._at)
        self._at += len(piece)
        return piece

    def pread(self, count: int, offset: int) -> bytes:
        """Bytes at an offset."""
        pieces: list[bytes] = []
        while count > 0 and (piece := os.pread(self._file.fileno(), count, offset)):
            pieces.append(piece)
            count -= len(piece)
            offset += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Gives its room back."""
        if not self._file.closed:
            self._file.close()
            self.inside.allowance.kept -= self.size
