"""All outputs of a run, or none: each is finished in a private folder beside its place, then all are renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from scanner.errors import OutputError
from scanner.reports import atomic
from scanner.reports.escape import visible
from scanner.store import private_files

_PREFIX, _SUFFIX = ".leaktally-", ".part"


def is_private(name: str) -> bool:
    """Is it the name of a folder in which outputs are finished?"""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


class OutputSet:
    """Collects outputs under their final paths; they appear there on ``commit``, and not at all without it.

    Until then each lies under its own name in a folder ``.leaktally-….part`` (0700) beside its place, which leaving
    the ``with`` removes. Devices and pipes cannot be renamed over and are written directly. Raises OutputError.
    """

    def __init__(self) -> None:
        self._folders: dict[Path, Path] = {}
        self._places: dict[Path, Path] = {}
        self._stale: list[Path] = []
        self._locks: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for folder in self._folders.values():
            private_files.remove_tree(folder)
        for lock in self._locks:
            os.close(lock)
        self._locks = []
        if isinstance(error, OSError):  # of what was staged, which is known only by its private name
            raise OutputError(f"the reports cannot be written: {atomic.why(error)}") from error

    @property
    def places(self) -> dict[Path, Path]:
        """Where each output lies until ``commit``, by its final path, in the order of ``staged``; without devices."""
        return {final: place for final, place in self._places.items() if final != place}

    @contextlib.contextmanager
    def staged(self, path: str | os.PathLike[str]) -> Iterator[Path]:
        """Where to write what will lie under ``path``; an OutputError raised meanwhile names ``path``."""
        final = Path(path)
        place = self._place(final)
        try:
            yield place
        except OutputError as error:
            raise OutputError(str(error).replace(visible(str(place)), visible(str(final)))) from error

    def write(
        self, path: str | os.PathLike[str], data: bytes | Iterable[bytes], private: bool = False
    ) -> None:
        """Stages ``data`` for ``path``; ``private``: mode 0600."""
        with self.staged(path) as place:
            atomic.write(place, data, private)

    def forget(self, path: Path) -> None:
        """A file that belongs to what was there before goes on ``commit``, where nothing new takes its place."""
        self._stale.append(path)

    def commit(self, last: Path | None = None) -> None:
        """Puts all outputs in place, ``last`` at the end; what lay under that name is taken away before all else.

        So a manifest never names what is not there: while a set is being replaced it has none.
        """
        places = self.places
        for stale in ([last] if last in places else []) + self._stale:
            with _named(stale):
                if not stale.is_dir():
                    stale.unlink(missing_ok=True)
        for final in sorted(places, key=lambda path: path == last):
            with _named(final):
                if final.is_symlink():  # one may have been put there meanwhile
                    raise _link(final)
                places[final].replace(final)
        for parent in self._folders:
            with _named(parent):
                atomic.sync_folder(parent)

    def _place(self, final: Path) -> Path:
        if final not in self._places:
            try:
                mode = final.lstat().st_mode
            except OSError:
                mode = stat.S_IFREG  # nothing there; what else is wrong shows itself below
            if stat.S_ISLNK(mode):
                raise _link(final)
            if stat.S_ISDIR(mode):
                raise atomic.told(final, IsADirectoryError(errno.EISDIR, "is a directory"))
            self._places[final] = self._folder(final) / final.name if stat.S_ISREG(mode) else final
        return self._places[final]

    def _folder(self, final: Path) -> Path:
        parent = final.parent
        if parent not in self._folders:
            private_files.sweep(str(parent), _PREFIX, _SUFFIX)  # what a killed run left
            with _named(final):
                made, lock = private_files.locked(str(parent), _PREFIX, _SUFFIX)
            self._locks.append(lock)
            self._folders[parent] = Path(made)
        return self._folders[parent]


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Tells an OSError as an OutputError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise atomic.told(path, error) from error


def _link(path: Path) -> OutputError:
    return OutputError(f"cannot write '{visible(str(path))}': it is a symbolic link")
