"""Gives the system back the memory that is free: what is counted next would else come on top of it."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Gives back what the allocators keep of freed memory: the C library's, where it can, and pyarrow's, if used.

    Some milliseconds; meant for the end of a stage whose many large arrays are gone.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    trim = getattr(ctypes.pythonapi, "malloc_trim", None)  # glibc has it, others have not
    if trim is not None:
        trim(ctypes.c_size_t(0))
