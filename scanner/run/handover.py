"""What one process hands to another of the same run: pickles, and beside them the private files that they speak of.

A message is a kind, its length, the number of open files that come with it, these, and the pickle. Only what this
program forked holds the other end of the socket, so nothing that others made is ever taken apart here.
"""

from __future__ import annotations

import errno
import io
import os
import pickle
import socket
import struct
from typing import Any

from scanner.store.scratch import Scratch

HEAD = struct.Struct("<QI")  # bytes of the pickle, files
TOGETHER = 128  # files that are handed over with one call; Linux takes 253


class _Writer(pickle.Pickler):
    """Puts a number and a size where a private file is."""

    def __init__(self, into: io.BytesIO) -> None:
        super().__init__(into, pickle.HIGHEST_PROTOCOL)
        self.files: dict[Scratch, int] = {}

    def persistent_id(self, obj: Any) -> tuple[int, int] | None:
        if not isinstance(obj, Scratch):
            return None
        return self.files.setdefault(obj, len(self.files)), obj.size


class _Reader(pickle.Unpickler):
    """Puts the files that came where their numbers are."""

    def __init__(self, told: io.BytesIO, descriptors: list[int]) -> None:
        super().__init__(told)
        self._descriptors = descriptors
        self._files: dict[int, Scratch] = {}

    def persistent_load(self, pid: Any) -> Scratch:
        number, size = pid
        if number not in self._files:
            self._files[number] = Scratch.of(self._descriptors[number], size)
        return self._files[number]


def send(into: socket.socket, what: Any) -> None:
    """Hands over an object; whoever hands over counts on nothing in it afterwards. OSError."""
    told = io.BytesIO()
    writer = _Writer(told)
    writer.dump(what)
    files = [each.descriptor() for each in writer.files]
    into.sendall(HEAD.pack(told.tell(), len(files)))
    for first in range(0, len(files), TOGETHER):
        socket.send_fds(into, [b"f"], files[first : first + TOGETHER])
    into.sendall(told.getbuffer())


def receive(out_of: socket.socket) -> Any:
    """The next object. EOFError where the other process has ended or gone away, OSError where it has too many files."""
    size, count = HEAD.unpack(_whole(out_of, HEAD.size))
    descriptors: list[int] = []
    try:
        while len(descriptors) < count:
            mark, some, flags, _ = socket.recv_fds(out_of, 1, TOGETHER)
            descriptors += some
            if not mark:
                raise EOFError
            if flags & socket.MSG_CTRUNC:  # the system let go of the others
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        told = _whole(out_of, size)
    except BaseException:
        for each in descriptors:
            os.close(each)
        raise
    return _Reader(io.BytesIO(told), descriptors).load()


def _whole(out_of: socket.socket, size: int) -> bytearray:
    told = bytearray(size)
    rest = memoryview(told)
    while len(rest):
        count = out_of.recv_into(rest)
        if not count:
            raise EOFError
        rest = rest[count:]
    return told
