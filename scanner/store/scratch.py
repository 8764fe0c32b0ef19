"""Private files for what does not fit the memory: written in order, read anywhere, and gone with who holds them.

A disk that is told at once which blocks are free (``discard``) takes most of a second for each gigabyte of them, and
milliseconds for each small piece. So whole files go, while the rest is counted, on a thread of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import FileIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.spool import read_all
from scanner.store import private_files

Place = tuple["Scratch", int, int]  # a file, a byte, and how many bytes from there on


class Scratch:
    """An unnamed file of mode 0600 below ``folder``; it goes when nobody holds this any more.

    OutputError where there can be no file; OSError where the disk is full or fails.
    """

    __slots__ = ("_file", "size")

    def __init__(self, folder: str | None = None) -> None:
        self._file: IO[bytes] | FileIO = private_files.unnamed(folder)
        self.size = 0

    @classmethod
    def of(cls, descriptor: int, size: int) -> Scratch:
        """The file behind an open descriptor, that another process wrote; this closes it."""
        made = cls.__new__(cls)
        made._file = os.fdopen(descriptor, "r+b", buffering=0)
        made.size = size
        return made

    def descriptor(self) -> int:
        """The number that the system has for the file."""
        return self._file.fileno()

    def write(self, data: bytes | memoryview) -> None:
        """Writes behind what is there; one thread at a time."""
        rest = memoryview(data).cast("B")
        while len(rest):
            count = os.pwrite(self._file.fileno(), rest, self.size)
            self.size += count
            rest = rest[count:]

    def read(self, at: int, size: int) -> bytes:
        """``size`` bytes from byte ``at`` on; any thread may ask. OSError where they are not there."""
        return read_together([(self, at, size)], np.empty(size, np.uint8)).tobytes()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            try:
                _aside(os.getpid()).submit(self._file.close)
            except (RuntimeError, AttributeError, TypeError):  # the process ends, and this module may be gone
                self._file.close()


def read_together(places: Iterable[Place], out: NDArray[Any]) -> NDArray[Any]:
    """Fills ``out`` with what lies at some places, one behind the other; any thread may ask.

    OSError where it is not there, ValueError where there is more or less. A thread that asked for each of them by
    itself would let go of the interpreter's lock and wait for it each time.
    """
    found = [(file.descriptor(), at, size) for file, at, size in places]
    if found or out.size:
        read_all(found, out.reshape(-1).view(np.uint8))
    return out


def settle() -> None:
    """Waits until all files that are to be closed are."""
    _aside(os.getpid()).submit(int).result()


@cache
def _aside(process: int) -> ThreadPoolExecutor:
    """The one thread that closes files; a forked ``process`` has its own."""
    return ThreadPoolExecutor(1, "leaktally-close")
