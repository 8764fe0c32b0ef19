"""Writes a file whole or not at all: a temporary file in the same folder, fsync, rename."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from scanner.errors import OutputError
from scanner.reports.escape import visible

_WHY = {
    errno.ENOSPC: "no space is left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "a folder of that name exists",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EPIPE: "the reader has gone away",
    errno.EMFILE: "too many files are open",
}


class AtomicFile:
    """A binary file that appears under ``path`` only once it is complete and on the disk.

    ``private``: mode 0600, else 0644 less the umask. On any exception inside ``with`` the temporary file
    is removed and an older file under ``path`` stays as it was. Devices and FIFOs (``/dev/full``) cannot be
    renamed over and are written directly. Raises OutputError (exit code 4) in place of every OSError, and
    where ``path`` is a symbolic link: following it could overwrite what the user never named.
    """

    file: BinaryIO

    def __init__(self, path: str | os.PathLike[str], private: bool = False) -> None:
        self.path = Path(path)
        self.private = private
        self._temporary: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._open()
        except OSError as error:
            raise self.error(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        except OSError as failure:
            raise self.error(failure) from failure
        finally:
            self._discard()
        if isinstance(error, OSError):
            raise self.error(error) from error

    def error(self, error: OSError) -> OutputError:
        """The OutputError that tells ``error`` in one sentence."""
        return told(self.path, error)

    def _open(self) -> None:
        mode = 0o600 if self.private else 0o644
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            found = None
        if found and stat.S_ISLNK(found.st_mode):
            raise OutputError(f"cannot write '{visible(str(self.path))}': it is a symbolic link")
        if found and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a directory")
        if found and not stat.S_ISREG(found.st_mode):
            self.file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "wb")
            return
        # Not derived from the name, which may already have the greatest length.
        temporary = self.path.with_name(f".leaktally-{secrets.token_hex(8)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, mode)
        self._temporary = temporary
        self.file = os.fdopen(descriptor, "wb")

    def _finish(self) -> None:
        self.file.flush()
        if self._temporary is None:
            self.file.close()
            return
        os.fsync(self.file.fileno())
        self.file.close()
        if self.path.is_symlink():  # one may have been put there meanwhile
            raise OutputError(f"cannot write '{visible(str(self.path))}': it is a symbolic link")
        self._temporary.replace(self.path)
        self._temporary = None
        sync_folder(self.path.parent)

    def _discard(self) -> None:
        with contextlib.suppress(OSError):  # what could not be flushed is reported, or thrown away on purpose
            self.file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None


def write(path: str | os.PathLike[str], data: bytes | Iterable[bytes], private: bool = False) -> None:
    """Writes ``data``, or its pieces in order, to ``path`` whole or not at all (see ``AtomicFile``)."""
    with AtomicFile(path, private) as target:
        target.file.writelines([data] if isinstance(data, bytes) else data)


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk, where the file system can do that; OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> bool:
    """Makes the folder for a set of reports; False where it is there. OutputError where it cannot be made."""
    try:
        try:
            folder.mkdir()
        except FileExistsError:
            if not folder.is_dir():
                raise
            return False
    except OSError as error:
        raise told(folder, error) from error
    return True


def told(path: Path, error: OSError) -> OutputError:
    """The OutputError that tells in one sentence why ``path`` could not be written."""
    reason = why(error)
    if error.errno == errno.ENOENT and path.parent.is_dir():  # as in /proc
        reason = "no file can be made in that folder"
    return OutputError(f"cannot write '{visible(str(path))}': {reason}")


def why(error: OSError) -> str:
    """The end of the sentence that tells why something could not be written."""
    return _WHY.get(error.errno or 0, visible(error.strerror or "the system refused"))
