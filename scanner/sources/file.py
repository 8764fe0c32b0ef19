"""Input files: opened without following links or waiting, hashed by the very bytes that were read."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from scanner.errors import OutputError, SourceError
from scanner.sources.hashing import Digests
from scanner.store import private_files

STDIN = "-"
CHUNK = 1 << 20
SMALL = 1 << 16  # bytes of a file that is read at once when pieces of it are asked for
MOST_SEEN = 1 << 20  # bytes of pieces that are kept until a file is read in order
MOST_UNHASHED = 32 << 20  # bytes that may wait for the hash
OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
UNNOTICED = getattr(
    os, "O_NOATIME", 0
)  # keeps the time of the last access; only the owner of a file may ask for it
KINDS = (
    (stat.S_ISLNK, "is a symbolic link, which is not followed"),
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, "is a named pipe, which is not read"),
    (stat.S_ISSOCK, "is a socket, which is not read"),
    (stat.S_ISCHR, "is a device, which is not read"),
    (stat.S_ISBLK, "is a device, which is not read"),
)


def refusal(error: OSError) -> SourceError:
    """The one sentence for an operating system error."""
    reason = (error.strerror or type(error).__name__).lower()
    return SourceError(f"cannot be read: {reason}")


def complaint(mode: int) -> SourceError | None:
    """Why something of this mode (``st_mode``) is not read, or None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    for test, words in KINDS:
        if test(mode):
            return SourceError(words)
    return SourceError("is not a regular file")


class Mark(NamedTuple):
    """A place up to which a file was read: its ``identity`` (inode, bytes, times of the last changes in nanoseconds),
    the bytes before the place, and their SHA-256 in hex."""

    identity: tuple[int, int, int, int]
    position: int
    sha256: str


class InputFile:
    """A regular file that is open for reading (a ``model.ReadableFile``); ``-`` is standard input.

    ``path``: as given; ``size``: bytes when it was opened; ``position``: bytes read in order so far.
    ``changed``: whether it was altered, grown, cut or replaced while it was read; certain after ``finish``.
    ``unlike``: whether it does not begin as ``expect`` was told; certain after ``finish``, too.
    Raises SourceError where it cannot be opened; reading may raise SourceError too.

    One thread reads at a time. What ``fill`` read is hashed by whoever calls ``settle`` next, from any thread and in
    order: the hash is the one part that cannot be divided, so it must not keep others from reading.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        stdin: BinaryIO | None = None,
        sm3: bool = False,
        folder: str | None = None,
    ) -> None:
        """``sm3``: hash by it, too; ``folder``: where standard input is kept (see ``private_files``)."""
        self.path = os.fspath(path)
        self.position = 0
        self.changed = False
        self._unhashed: deque[memoryview] = deque()
        self._unhashed_bytes = 0  # a bound, kept by the reader
        self._hashing = threading.Lock()
        self._hashed = 0
        self._expected: deque[Mark] = deque()
        self._whole: bytes | None = None  # all of a small file, if pieces of it were asked for
        self._seen: dict[
            tuple[int, int], bytes
        ] = {}  # pieces, by their size and place: most are asked for again
        self._seen_bytes = 0
        self.unlike = False
        if self.path == STDIN:
            self._descriptor = spool(stdin or sys.stdin.buffer, folder)
        else:
            self._descriptor = open_regular(self.path)
        self._before = _state(self._descriptor)
        self.size = self._before.st_size
        self.hashes = Digests(sm3)

    def read(self, count: int) -> bytes:
        """The next bytes, at most ``count``, fewer only at the end; empty at the end."""
        count = min(count, self._left())
        pieces: list[bytes] = []
        while count > 0:
            try:
                piece = os.read(self._descriptor, count)
            except OSError as error:
                raise refusal(error) from None
            if not piece:
                break
            self._take(memoryview(piece))
            count -= len(piece)
            pieces.append(piece)
        self.settle()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: memoryview | bytearray) -> int:
        """Fills ``buffer`` with the next bytes; how many, fewer than its length only at the end."""
        filled = self.fill(memoryview(buffer))
        self.settle()
        return filled

    def fill(self, buffer: memoryview) -> int:
        """As ``readinto``, but the bytes are hashed later: they must stay as they are until ``settle``."""
        view = buffer.cast("B")[: self._left()]
        filled = 0
        try:
            while filled < len(view):
                try:
                    count = os.readv(self._descriptor, [view[filled:]])
                except OSError as error:
                    raise refusal(error) from None
                if not count:
                    break
                filled += count
        finally:
            self._take(view[:filled])
        return filled

    def settle(self, wait: bool = True) -> None:
        """Hashes what was read and is not hashed yet; without ``wait`` only where no other thread is at it."""
        if not self._hashing.acquire(blocking=wait):
            return
        try:
            self._hash_all()
        finally:
            self._hashing.release()

    def _hash_all(self) -> None:
        while self._unhashed:
            piece = self._unhashed.popleft()
            while self._expected and self._expected[0].position <= self._hashed + len(piece):
                expected = self._expected.popleft()
                cut = expected.position - self._hashed
                head, piece = piece[:cut], piece[cut:]
                self.hashes.update(head)
                self._hashed += len(head)
                self.unlike |= self.hashes.sha256 != expected.sha256
            self.hashes.update(piece)
            self._hashed += len(piece)

    def mark(self) -> Mark:
        """Where reading has come to, at least, and the hash up to there."""
        state = self._before
        with self._hashing:
            self._hash_all()
            identity = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
            return Mark(identity, self._hashed, self.hashes.sha256)

    def expect(self, marks: Iterable[Mark]) -> None:
        """Marks of an earlier run: ``unlike`` tells whether this file has them, too. To be told before reading."""
        self._expected.extend(sorted(marks, key=lambda mark: mark.position))

    def _take(self, piece: memoryview) -> None:
        """Bytes that were read in order."""
        if not piece:
            return
        if self._unhashed_bytes + len(piece) > MOST_UNHASHED:
            self.settle()
        if not self._unhashed:
            self._unhashed_bytes = 0
        self._seen.clear()
        self.position += len(piece)
        self._unhashed.append(piece)
        self._unhashed_bytes += len(piece)

    def pread(self, count: int, offset: int) -> bytes:
        """At most ``count`` bytes at ``offset``; does not move the reading position."""
        count = min(count, max(self.size - offset, 0)) if self.size else count  # memory is asked for in full
        if 0 < self.size <= SMALL:
            if self._whole is None:  # whoever looks for what a file is asks for many pieces of it
                self._whole = self._pread(self.size, 0)
            if len(self._whole) == self.size:
                return self._whole[offset : offset + count]
        piece = self._seen.get((count, offset))
        if piece is None:
            piece = self._pread(count, offset)
            self._seen_bytes += len(piece)
            if not self.position and self._seen_bytes <= MOST_SEEN:
                self._seen[count, offset] = piece
        return piece

    def _pread(self, count: int, offset: int) -> bytes:
        pieces: list[bytes] = []
        while count > 0:
            try:
                piece = os.pread(self._descriptor, count, offset)
            except OSError as error:
                raise refusal(error) from None
            if not piece:
                break
            pieces.append(piece)
            count -= len(piece)
            offset += len(piece)
        return b"".join(pieces)

    def finish(self) -> str:
        """Reads what was not read yet; the SHA-256 of the whole file in hex. Settles ``changed``."""
        while self.read(CHUNK):
            pass
        self.settle()
        self.unlike |= bool(self._expected)
        after = _state(self._descriptor)
        self.changed = self._differs(after) or self.position != self.size
        if self.path != STDIN and not self.changed:
            try:
                self.changed = self._differs(os.lstat(self.path))
            except OSError:
                self.changed = True
        return self.hashes.sha256

    def fileno(self) -> int:
        """The descriptor, for those who read at offsets of their own."""
        return self._descriptor

    def close(self) -> None:
        """Closes the file; reading is over."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self.hashes.close()

    def __enter__(self) -> InputFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _left(self) -> int:
        """What may still be read: a file that grows meanwhile ends where it ended when it was opened."""
        return self.size - self.position if self.size else sys.maxsize  # pseudo files say 0

    def _differs(self, now: os.stat_result) -> bool:
        then = self._before
        marks = ["st_dev", "st_ino", "st_size", "st_mtime_ns"]
        # An overwrite that restores the modification time still moves the change time (a spool has none).
        if self.path != STDIN:
            marks.append("st_ctime_ns")
        return any(getattr(then, mark) != getattr(now, mark) for mark in marks)


def open_regular(path: str) -> int:
    """A descriptor of a regular file; raises SourceError for anything else. Never waits for a writer."""
    try:
        found = os.lstat(path)
        fault = complaint(found.st_mode)
        if fault:
            raise fault
        descriptor = _opened(path, OPEN_FLAGS)
    except OSError as error:
        raise refusal(error) from None
    except ValueError:
        raise SourceError("is not a possible path") from None
    try:
        fault = complaint(_state(descriptor).st_mode)
    except SourceError as error:
        fault = error
    if fault:
        os.close(descriptor)
        raise fault
    return descriptor


def _state(descriptor: int) -> os.stat_result:
    """As ``os.fstat``; SourceError."""
    try:
        return os.fstat(descriptor)
    except OSError as error:
        raise refusal(error) from None


def _opened(path: str, flags: int) -> int:
    """A descriptor that leaves no trace in the file's times where this user may have that."""
    try:
        return os.open(path, flags | UNNOTICED)
    except PermissionError:
        return os.open(path, flags)


def _piece(stream: BinaryIO) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise SourceError("is closed") if error.errno == errno.EBADF else refusal(error) from None


def spool(stream: BinaryIO, folder: str | None = None) -> int:
    """A descriptor of an unnamed private file below ``folder`` that holds all of ``stream``, set to its start."""
    try:
        with private_files.unnamed(folder) as file:
            descriptor = os.dup(file.fileno())
    except OutputError as error:
        raise SourceError(f"cannot be kept: {error}") from None
    try:
        while piece := _piece(stream):
            view = memoryview(piece)
            while view:
                view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError as error:
        os.close(descriptor)
        raise SourceError(f"cannot be kept: {(error.strerror or 'failed').lower()}") from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def walk(paths: list[str]) -> Iterator[tuple[str, SourceError | None]]:
    """Every file under ``paths`` in sorted order, with None, or with why it is not read.

    A folder is read recursively. Links inside folders are not followed: one that leads to something inside
    the same folder is passed over (that is read under its own name), any other is reported. ``-`` stays.
    """
    for path in paths:
        if path == STDIN:
            yield path, None
            continue
        try:
            mode = os.lstat(path).st_mode
        except OSError as error:
            yield path, refusal(error)
            continue
        except ValueError:
            yield path, SourceError("is not a possible path")
            continue
        if stat.S_ISDIR(mode):
            yield from _walk_folder(path, os.path.realpath(path))
        else:
            yield path, complaint(mode)


def _walk_folder(folder: str, root: str) -> Iterator[tuple[str, SourceError | None]]:
    """Depth first with an explicit stack, so that depth is no limit."""
    pending = [iter([folder])]
    while pending:
        path = next(pending[-1], None)
        if path is None:
            pending.pop()
            continue
        try:
            mode = os.lstat(path).st_mode
            if not stat.S_ISDIR(mode):
                if not (stat.S_ISLNK(mode) and _leads_inside(path, root)):
                    yield path, complaint(mode)
                continue
            names = sorted(_names(path), key=os.fsencode, reverse=True)
        except OSError as error:
            yield path, refusal(error)
            continue
        pending.append(_below(path, names))


def _below(folder: str, names: list[str]) -> Iterator[str]:
    """The paths, the last of the names first; of a million names each is let go when its turn comes."""
    while names:
        yield os.path.join(folder, names.pop())  # noqa: PTH118 - keeps the path as given


def _names(folder: str) -> list[str]:
    descriptor = _opened(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with os.scandir(descriptor) as entries:
            return [entry.name for entry in entries]
    finally:
        os.close(descriptor)


def _leads_inside(link: str, root: str) -> bool:
    """The link leads to a regular file or folder that the walk reaches by itself."""
    try:
        target = os.path.realpath(link, strict=True)
        mode = Path(target).stat().st_mode
    except OSError:
        return False
    inside = target == root or target.startswith(root.rstrip(os.sep) + os.sep)
    return inside and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
