"""What keeps values from leaving a command by accident: no core dumps, and no message of an unexpected fault.

Messages of libraries often quote the text at which they stopped. So of an unexpected fault only its kind and its place
in our code are told; ``--debug`` shows all of it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

FAULT_CODE = 4  # no report was written (docs/contract.md)
PACKAGE = Path(__file__).resolve().parent.parent
_PR_SET_DUMPABLE = 4  # prctl(2)


def no_core_dumps() -> None:
    """From here on a crash of this process leaves no image of its memory, in which values lie.

    The limit alone does not reach a system that pipes dumps to a program (core(5)); Linux is told apart.
    """
    import ctypes
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def sentence(error: BaseException) -> str:
    """Kind and place of a fault, without its message."""
    if isinstance(error, MemoryError):
        return (
            "there is not enough memory; nothing was written. A smaller --memory and fewer --jobs take less"
        )
    places = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if PACKAGE in Path(frame.filename).resolve().parents or frame.filename.startswith("scanner/")
    ]
    where = ""
    if places:
        name, line = places[-1]
        name = os.path.relpath(name, PACKAGE.parent) if Path(name).is_absolute() else name
        where = f" at {name}:{line}"
    return (
        f"a fault of the tool itself ({type(error).__name__}{where}); nothing was written. "
        "leaktally --debug shows more, but may quote values"
    )


@contextlib.contextmanager
def quiet(debug: bool) -> Iterator[None]:
    """Threads, destructors and warnings print no message either, unless ``debug``."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    if debug:
        yield
        return

    def told(error: BaseException | None) -> None:
        # Ctrl-C may strike in a destructor, which cannot pass it on: then ``interruption`` ends the command.
        if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
            print(f"leaktally: {sentence(error)}", file=sys.stderr)

    def on_exit(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        told(error)

    def in_thread(found: Any) -> None:
        told(found.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = on_exit, in_thread, in_thread
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
            yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
