"""Gives the system back the memory that is free: what is counted next would else come on top of it."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from functools import cache
from typing import Any

GROWTH = 64 << 20  # bytes: each page that is given back and asked for again costs time
_after = 0  # ``_unused`` when memory was last given back
_giving = threading.Lock()


class _Told(ctypes.Structure):
    """What the GNU C library tells of its memory: struct mallinfo2 of malloc.h."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def give_back() -> None:
    """Gives back what the allocators keep of freed memory: the C library's, where it can, and pyarrow's, if used.

    Some milliseconds; meant for the end of a stage whose many large arrays are gone.
    """
    global _after
    arrow = _arrow_pool()
    if arrow is not None:
        arrow.release_unused()
    trim = getattr(_library(), "malloc_trim", None)  # glibc has it, others have not
    if trim is not None:
        trim(ctypes.c_size_t(0))
        _after = _unused(held())


def give_back_if_grown(memory: int) -> None:
    """The same, but only where the process comes near ``memory`` (bytes), and more of what it holds is free than then.

    Some microseconds otherwise. For a stage whose large arrays come and go in sizes that differ: the holes between
    them add up, to more than the arrays at last.
    """
    now = held()
    if _near(now, memory) and _unused(now) > _after + GROWTH and _giving.acquire(blocking=False):
        try:
            give_back()
        finally:
            _giving.release()


def make_room(memory: int, wanted: int) -> None:
    """The same before ``wanted`` bytes are asked for, where the process comes near ``memory`` with them."""
    if _near(held() + wanted, memory):
        give_back()


def _near(size: int, memory: int) -> bool:
    return 4 * size > 3 * memory


def held() -> int:
    """Bytes of memory that the process holds, mapped files among them; 0 where the system does not tell."""
    file = _statm(os.getpid())
    return 0 if file is None else int(os.pread(file, 200, 0).split()[1]) * os.sysconf("SC_PAGESIZE")


@cache
def _statm(process: int) -> int | None:
    """Where the system tells what this ``process`` holds, which stays open: it is asked after each piece of work."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None


def _unused(now: int) -> int:
    """How many of the bytes that are held neither the C library nor pyarrow has handed out: free ones and a few."""
    arrow = _arrow_pool()
    used = 0 if arrow is None else int(arrow.bytes_allocated())
    told = _teller()
    if told is not None:
        found = told()
        used += int(found.uordblks) + int(found.hblkhd)
    return now - used


def _arrow_pool() -> Any:
    """pyarrow's memory; None where nobody uses it, or another thread is just importing it."""
    asked = getattr(sys.modules.get("pyarrow"), "default_memory_pool", None)
    return None if asked is None else asked()


@cache
def _library() -> Any:
    """The C library, called without the lock of Python: it walks through all free memory; None where it is unknown."""
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        return None


@cache
def _teller() -> Any:
    told = getattr(_library(), "mallinfo2", None)  # glibc from 2.33 on
    if told is not None:
        told.restype = _Told
    return told
