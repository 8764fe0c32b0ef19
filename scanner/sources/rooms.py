"""Memory for the buffers of files: what nobody holds any more is used again, as it is warm and needs no clearing."""

from __future__ import annotations

import ctypes
import threading

import numpy as np

from scanner.model import Bytes

MOST_HELD = 64  # rooms that are remembered while somebody holds them


class Rooms:
    """The rooms of all files that are read, by any thread: the next file is read into those of the last one."""

    def __init__(self) -> None:
        self._rooms: list[bytearray] = []
        self._lock = threading.Lock()

    def take(self, size: int) -> Bytes:
        """uint8[size], which is somebody's as long as there is an array on it; its bytes may be any."""
        with self._lock:
            for room in self._rooms:
                if len(room) >= size and is_free(room):
                    return np.frombuffer(room, np.uint8, size)
            self._rooms = [room for room in self._rooms if not is_free(room)][-MOST_HELD:]
            self._rooms.append(not_cleared(size + size // 16))
            return np.frombuffer(self._rooms[-1], np.uint8, size)

    def forget(self) -> None:
        """Lets go of all of them: what is free goes back."""
        with self._lock:
            self._rooms = []


ROOMS = Rooms()


def not_cleared(size: int) -> bytearray:
    """Memory of so many bytes, whatever they are: to clear millions would keep other threads waiting for the lock."""
    make = ctypes.pythonapi.PyByteArray_FromStringAndSize
    make.argtypes, make.restype = (ctypes.c_char_p, ctypes.c_ssize_t), ctypes.py_object
    room: bytearray = make(None, size)
    return room


def is_free(room: bytearray) -> bool:
    """Whether no array lies on it: Python refuses to change the size of one that has.

    A byte less at first: one more would have all bytes copied to a larger room, while others wait for the lock.
    """
    try:
        last = room.pop()
    except BufferError:
        return False
    room.append(last)
    return True
