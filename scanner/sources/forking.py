"""The process that readers are forked from (``child_main``): Python and Arrow are loaded once, not for every file.

It is asked over a socket for a process with a file and a pipe, and ends with whoever holds the other end, however that
ends; so do the processes that were forked from it. It also ends when it was not asked for a while.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.sources.child_main import ENDED, LENGTH, STARTED

KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")  # of the environment
ATTEMPTS = 2  # to be given a process, the second time by a new process to fork from


@dataclass(frozen=True, slots=True)
class Forked:
    """A reader's process. ``pipe``: a descriptor with what it tells."""

    pid: int
    pipe: int
    _home: _Home

    def end(self) -> int:
        """Ends the process, if it has not ended; its exit code, or minus the signal that killed it."""
        os.close(self.pipe)
        return self._home.end(self.pid)


class _Home:
    """A process to fork from, as one that asks sees it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.owner = os.getpid()
        self.lost = False
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-X", "faulthandler=0", "-m", "scanner.sources.child_main"]
            process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        self._socket = ours
        weakref.finalize(self, _close, ours, process)

    def start(self, settings: bytes, file: int, pipe: int) -> int:
        """The number of a new process. ConnectionError where this one is gone; OSError where there can be none."""
        with self._asked() as asked:
            socket.send_fds(asked, [LENGTH.pack(len(settings))], [file, pipe])
            asked.sendall(settings)
            (pid,) = STARTED.unpack(_answer(asked, STARTED.size))
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return int(pid)

    def end(self, pid: int) -> int:
        """Ends one of the processes."""
        with contextlib.suppress(ConnectionError), self._asked() as asked:
            # Its number is not given to another as long as nobody has asked how it ended.
            asked.sendall(LENGTH.pack(0) + STARTED.pack(pid))
            return int(ENDED.unpack(_answer(asked, ENDED.size))[0])
        return -signal.SIGKILL  # it ended with the one that it was forked from

    @contextlib.contextmanager
    def _asked(self) -> Iterator[socket.socket]:
        """The socket for a question and its answer; whoever is interrupted between the two ends the process."""
        with self._lock:
            try:
                yield self._socket
            except BaseException:
                self.lost = True
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                raise


def _answer(asked: socket.socket, size: int) -> bytes:
    told = b""
    while len(told) < size:
        piece = asked.recv(size - len(told))
        if not piece:
            raise ConnectionResetError("the process that readers are forked from has ended")
        told += piece
    return told


_now: list[_Home] = []
_guard = threading.Lock()


def forked(reader: str, file: int, settings: dict[str, Any]) -> Forked:
    """A process in which a reader (a module's name) reads a file (a descriptor). OSError where there can be none."""
    told = json.dumps(settings | {"reader": reader}).encode()
    out, into = os.pipe()
    try:
        for attempt in range(ATTEMPTS):
            home = _home()
            try:
                return Forked(home.start(told, file, into), out, home)
            except ConnectionError:
                if attempt + 1 == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")
    except BaseException:
        os.close(out)
        raise
    finally:
        os.close(into)


def _home() -> _Home:
    """The present one, or a new one where it is gone or was made for other circumstances."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
    }
    with _guard:
        if not _now or _now[0].lost or _now[0].environment != environment or _now[0].owner != os.getpid():
            _now[:] = [_Home(environment)]
        return _now[0]


def _close(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Nobody asks any more: the process sees that, and ends."""
    ours.close()
    process.wait()
