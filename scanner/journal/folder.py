"""The private folder of a journal: its lock, the secret of the run, what was asked for, and the parts of the counts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from scanner.errors import ScannerError
from scanner.journal.sealed_file import DamagedError, SealedWriter, open_sealed, sync

SECRET, HEAD, PART, NEW = "secret", "head", ".part", ".new"
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SECRET_SIZE = 16
Secret = tuple[int, int]


class JournalError(ScannerError):
    """Why an interrupted scan cannot be gone on with."""


class Folder:
    """A journal's folder (0700, files 0600), locked as long as this lives.

    ``secret``: the two key words of the run, also the key of the seals. ``head``: what the run was asked (JSON).
    """

    def __init__(self, path: Path, descriptor: int, secret: Secret, head: Any) -> None:
        self.path = path
        self.secret = secret
        self.head = head
        self._descriptor = descriptor
        self._key = _bytes_of(secret)
        self._last = max((int(each.stem) for each in self.parts()), default=0)
        self._step = 1

    @classmethod
    def make(cls, path: Path, secret: Secret, head: Any) -> Folder:
        """A new one; OSError where it cannot be made, also where there is something already.

        It is made whole beside its place, so that a run that is killed meanwhile leaves no journal without a head.
        """
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        new = path.with_name(path.name + NEW)
        sweep(path)
        new.mkdir(mode=0o700)
        descriptor = _locked(new)
        try:
            raw = _bytes_of(secret)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(new / SECRET, flags, 0o600), "wb") as file:
                file.write(raw + hashlib.sha256(raw).digest())
                file.flush()
                os.fsync(file.fileno())
            with SealedWriter(new / HEAD, raw) as writer:
                writer.seal(head)
            new.rename(path)
            sync(path.parent)
            return cls(path, descriptor, secret, head)
        except BaseException:
            _remove(new)
            os.close(descriptor)
            raise

    @classmethod
    def open(cls, path: Path) -> Folder:
        """That of an interrupted run; JournalError where there is none that may be used."""
        try:
            descriptor = _locked(path)
        except FileNotFoundError:
            raise JournalError(f"there is no journal '{path}', so there is nothing to resume") from None
        except BlockingIOError:
            raise JournalError(f"the journal '{path}' is in use by another run") from None
        except OSError as error:
            why = (error.strerror or "failed").lower()
            raise JournalError(f"the journal '{path}' cannot be opened: {why}") from None
        try:
            _refuse_open_to_others(path, os.fstat(descriptor))
            secret = _secret_in(path)
            with contextlib.suppress(OSError):
                for left in path.glob("*" + NEW):
                    left.unlink()
            try:
                file, head = open_sealed(path / HEAD, _bytes_of(secret))
            except DamagedError as error:
                raise JournalError(f"the journal '{path}' cannot be used: of its head, {error}") from None
            file.close()
            return cls(path, descriptor, secret, head)
        except BaseException:
            os.close(descriptor)
            raise

    def parts(self) -> list[Path]:
        """The parts in the order in which they were written."""
        return sorted(each for each in self.path.glob("*" + PART) if each.stem.isdecimal())

    def new_part(self) -> SealedWriter:
        """The file of one more part. Not to be called by two threads at once; OSError."""
        self._last += self._step
        return SealedWriter(self.path / f"{self._last:08}{PART}", self._key)

    def shared(self, place: int, processes: int) -> Folder:
        """The same for one of so many processes of the run, which number their parts in turn.

        Only the first of them (``place`` 0), which made or opened it, holds its lock.
        """
        last = self._last - self._last % processes + place
        made = Folder(self.path, -1, self.secret, self.head) if place else self
        made._last, made._step = last, processes
        return made

    @contextlib.contextmanager
    def opened(self, part: Path) -> Iterator[tuple[IO[bytes], Any]]:
        """A part and what it tells; DamagedError."""
        file, told = open_sealed(part, self._key)
        with file:
            yield file, told

    def remove(self) -> None:
        """Takes the journal away, the secret first: without it the rest tells nothing of any value."""
        with contextlib.suppress(OSError):
            self.path.rename(self.path.with_name(self.path.name + NEW))
        sweep(self.path, locked=True)
        self.close()

    def close(self) -> None:
        """Gives the lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def sweep(path: Path, locked: bool = False) -> None:
    """Removes what is left beside ``path`` of a journal that was not made whole, or not wholly removed, before a run
    was killed. ``locked``: it is this run's own."""
    new = path.with_name(path.name + NEW)
    with contextlib.suppress(OSError):
        descriptor = -1 if locked else _locked(new)  # OSError where its run is still there
        _remove(new)
        if descriptor >= 0:
            os.close(descriptor)


def _locked(path: Path) -> int:
    descriptor = os.open(path, OPEN_FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_open_to_others(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise JournalError(f"the journal '{path}' belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        raise JournalError(f"the journal '{path}' is open to others (mode {mode:o}), so it cannot be trusted")


def _secret_in(path: Path) -> Secret:
    place = path / SECRET
    try:
        with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            _refuse_open_to_others(place, os.fstat(file.fileno()))
            raw = file.read(1 << 10)
    except OSError as error:
        why = (error.strerror or "failed").lower()
        raise JournalError(f"the journal '{path}' cannot be used: its secret cannot be read: {why}") from None
    secret = raw[:SECRET_SIZE]
    if raw[SECRET_SIZE:] != hashlib.sha256(secret).digest():
        raise JournalError(f"the journal '{path}' cannot be used: its secret is damaged")
    return int.from_bytes(secret[:8], "little"), int.from_bytes(secret[8:], "little")


def _bytes_of(secret: Secret) -> bytes:
    return b"".join(word.to_bytes(8, "little") for word in secret)


def _remove(path: Path) -> None:
    """Takes away the files that a journal has, and then its folder if nothing else lies in it."""
    with contextlib.suppress(OSError):
        (path / SECRET).unlink(missing_ok=True)
        for each in path.iterdir():
            if each.name == HEAD or each.suffix in (PART, NEW):
                each.unlink(missing_ok=True)
        path.rmdir()
