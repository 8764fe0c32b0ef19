"""The child process of one reader: ``python -m scanner.sources.child_main READER``; see ``child``.

Standard input is the file to read, standard output the pipe to the parent. The settings come as JSON in the
environment. A reader is a module with ``read(file, start, options)``, which yields messages from ``Unit(start)`` on.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any

from scanner.sources.messages import Trouble, write

SETTINGS = "LEAKTALLY_READER"
DIE_WITH_PARENT, DUMPABLE = 1, 4  # prctl(2): PR_SET_PDEATHSIG, PR_SET_DUMPABLE


class Standing(io.RawIOBase):
    """Standard input at a position of its own: the parent reads through the same descriptor meanwhile."""

    def __init__(self) -> None:
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: os.fstat(0).st_size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Bytes at the position."""
        count = os.preadv(0, [buffer], self._at)
        self._at += count
        return count


def confine(settings: dict[str, Any]) -> None:
    """Bounds what this process may use, from now on. ``memory`` is beyond what it has already."""
    with suppress(OSError, AttributeError):
        control = ctypes.CDLL(None).prctl
        control(DIE_WITH_PARENT, signal.SIGKILL)
        control(DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - a number of the system
        now = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limit = now + int(settings["memory"])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if os.getppid() != settings["parent"]:  # it died before it could be watched
        os._exit(1)


def main() -> None:
    """Reads one file and tells its content."""
    settings = json.loads(os.environ[SETTINGS])
    reader = importlib.import_module(sys.argv[1])  # loads what it needs, which is not the file's memory
    confine(settings)
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # nothing but messages may reach the pipe
    try:
        file = io.BufferedReader(Standing(), 1 << 16)
        for message in reader.read(file, settings["start"], settings["options"]):
            write(pipe, message)
    except MemoryError:
        write(pipe, Trouble("asks for more memory than its reader may have", fatal=True))
    except BrokenPipeError:
        os._exit(0)  # nobody wants more
    except Exception as error:
        # Its message may quote the data, so only the kind is told.
        write(pipe, Trouble(f"the reader stopped with {type(error).__name__}", fatal=True))
    write(pipe, None)


if __name__ == "__main__":
    main()
