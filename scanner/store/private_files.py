"""Private files of a run: without a name, in a folder of mode 0700 that only this run uses and that goes with it.

The folder is held by a lock on itself (flock), which the system drops when the process ends, however it ends. So
what a killed run left is told from what a running one uses, and the next run that starts removes it.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import resource
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from scanner.errors import OutputError

PREFIX = "leaktally-run-"
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
ATTEMPTS = 16
MANY = 1 << 16  # open files

_lock = threading.Lock()
# By process and root: the path, and the descriptor of its lock.
_folders: dict[tuple[int, str], tuple[str, int]] = {}


def unnamed(root: str | None = None) -> IO[bytes]:
    """A file of mode 0600 that has no name once this returns; it is gone when it is closed or the process ends.

    ``root``: the folder in which the run's own folder is made; None: the system's temporary folder (``TMPDIR``).
    Raises OutputError where it cannot be made.
    """
    try:
        return tempfile.TemporaryFile(prefix="leaktally-", dir=folder(root))
    except OSError as error:
        raise refusal(root, error) from None


def allow_many() -> None:
    """Lets the process have as many open files as the system grants it: each thread needs some twenty for its keys."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if most == resource.RLIM_INFINITY else min(most, MANY)
    if now != resource.RLIM_INFINITY and now < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def folder(root: str | None = None) -> str:
    """This run's private folder below ``root``, made when it is first asked for and removed when the process ends.

    For what needs files with names. Raises OutputError where it cannot be made.
    """
    top = _top(root)
    key = os.getpid(), top
    with _lock:
        if key not in _folders or not Path(_folders[key][0]).is_dir():  # somebody may tidy up
            try:
                _folders[key] = locked(top)
            except OSError as error:
                raise refusal(root, error) from None
        return _folders[key][0]


def refusal(root: str | None, error: OSError) -> OutputError:
    """The one sentence for an operating system error with temporary files below ``root``."""
    why = (
        os.strerror(error.errno) if error.errno else type(error).__name__
    ).lower()  # never a message of others
    where = root or tempfile.gettempdir()
    return OutputError(f"cannot keep temporary files in {where!r}: {why}; choose another folder with --tmp")


@contextlib.contextmanager
def told(root: str | None = None) -> Iterator[None]:
    """Turns an error of the operating system, such as a full disk, into an OutputError about ``root``."""
    try:
        yield
    except OSError as error:
        raise refusal(root, error) from None


def _top(root: str | None) -> str:
    return str(Path(root or tempfile.gettempdir()).absolute())


def locked(top: str, prefix: str = PREFIX, suffix: str = "") -> tuple[str, int]:
    """A new folder of mode 0700 in ``top``, and the descriptor that holds its lock until it is closed; OSError.

    A sweep of another run may take it away before it is locked: then the next is tried.
    """
    for _ in range(ATTEMPTS):
        path = tempfile.mkdtemp(suffix, prefix, top)
        try:
            descriptor = os.open(path, OPEN_FOLDER)
        except FileNotFoundError:
            continue
        with contextlib.suppress(OSError):  # where there are no locks, no sweep removes anything either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)
    raise FileNotFoundError(f"private folders below {top} vanish")


def sweep(root: str | None = None, prefix: str = PREFIX, suffix: str = "") -> None:
    """Removes what killed runs of this user left in ``root``; running ones keep theirs, and no link is followed.

    ``prefix`` and ``suffix``: of the names of folders that were made by ``locked``.
    """
    top = _top(root)
    with contextlib.suppress(OSError), os.scandir(top) as entries:
        names = [entry.name for entry in entries]
        left = [name for name in names if name.startswith(prefix) and name.endswith(suffix)]
        if not left:
            return
        descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in left:
                with contextlib.suppress(OSError):
                    _remove_if_left(name, descriptor)
        finally:
            os.close(descriptor)


def _remove_if_left(name: str, top: int) -> None:
    descriptor = os.open(name, OPEN_FOLDER, dir_fd=top)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            return  # not made by us: whoever made it may remove it
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where its run is still there
        _empty(descriptor)
        os.rmdir(name, dir_fd=top)
    finally:
        os.close(descriptor)


def _empty(descriptor: int) -> None:
    with os.scandir(descriptor) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if is_folder:
            remove_tree(name, descriptor)
        else:
            os.unlink(name, dir_fd=descriptor)


def remove_tree(path: str | os.PathLike[str], folder: int | None = None) -> None:
    """Removes a folder and what is in it, as far as it can be removed; ``folder``: descriptor of the one it lies in."""
    with contextlib.suppress(OSError):  # some errors get past ``ignore_errors``
        shutil.rmtree(path, ignore_errors=True, dir_fd=folder)


@atexit.register
def remove_own() -> None:
    """Removes the folders of this process when it ends; a forked child leaves those of its parent alone."""
    for (process, _), (path, descriptor) in list(_folders.items()):
        if process == os.getpid():
            remove_tree(path)
            with contextlib.suppress(OSError):
                os.close(descriptor)
            del _folders[process, _]
