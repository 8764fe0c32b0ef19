"""The process that readers are forked from, ``python -m scanner.sources.child_main``, and what each of them does.

Standard input is the socket on which ``forking`` asks: LENGTH with the descriptors of a file and a pipe, and so many
bytes of JSON, is answered by STARTED, the number of the new process or minus the error; LENGTH 0 and STARTED, by ENDED,
how that process ended. In the process that reads, standard input is the file. A reader is a module with
``read(file, start, options)``, which yields messages from ``Unit(start)`` on.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import Any

from scanner.sources.messages import Trouble, write

LENGTH, STARTED, ENDED = struct.Struct("<Q"), struct.Struct("<q"), struct.Struct("<q")
IDLE = 60.0  # seconds after which a process that nobody needs ends
DIE_WITH_PARENT, DUMPABLE = 1, 4  # prctl(2): PR_SET_PDEATHSIG, PR_SET_DUMPABLE


class WithoutPandas(MetaPathFinder):
    """Hides pandas, which Arrow would load, in half a second, to see whether a list is not one of its own."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        """ModuleNotFoundError for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError("readers do without pandas", name=name)


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


def read(settings: dict[str, Any], out: int) -> None:
    """Reads the file at standard input and tells its content on a pipe."""
    reader = importlib.import_module(
        settings["reader"]
    )  # loads what it needs, which is not the file's memory
    confine(settings)
    pipe = os.fdopen(out, "wb", buffering=0)
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


def start(asked: socket.socket, settings: dict[str, Any], file: int, out: int) -> int:
    """The number of a new process that reads, or minus the error; never returns in that process."""
    with suppress(Exception):  # what it would import is there for the next one, too
        importlib.import_module(settings["reader"])
    here = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        return -(error.errno or 1)
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        asked.close()
        os.dup2(file, 0)
        os.close(file)
        read(settings | {"parent": here}, out)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Forks a process for each file that is asked for, until nobody can ask any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when to end
    sys.meta_path.insert(0, WithoutPandas())
    asked = socket.socket(fileno=os.dup(0))
    os.dup2(1, 0)
    gc.freeze()  # so that the collector leaves the pages shared
    running = 0
    while running or select.select([asked], [], [], IDLE)[0]:
        head, descriptors, _, _ = socket.recv_fds(asked, LENGTH.size, 2)
        if not head:
            return
        size = LENGTH.unpack(head + exactly(asked, LENGTH.size - len(head)))[0]
        if not size:
            pid = STARTED.unpack(exactly(asked, STARTED.size))[0]
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            running -= 1
            asked.sendall(ENDED.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
            continue
        file, out = descriptors
        pid = start(asked, json.loads(exactly(asked, size)), file, out)
        running += pid > 0
        asked.sendall(STARTED.pack(pid))
        os.close(file)
        os.close(out)


def exactly(asked: socket.socket, count: int) -> bytes:
    """So many bytes of a socket; ends this process where they do not come."""
    told = b""
    while len(told) < count:
        piece = asked.recv(count - len(told))
        if not piece:
            os._exit(0)
        told += piece
    return told


if __name__ == "__main__":
    main()
