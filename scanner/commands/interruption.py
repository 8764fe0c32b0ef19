"""Ctrl-C and SIGTERM end a command within a second, whatever runs, and say how to go on.

Python tells the main thread of a signal only between two of its own steps, and threads cannot be stopped from
outside. So a thread waits for signals, too: if the command has not ended by itself soon, it ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from scanner.store import private_files

GRACE = 0.6  # seconds for the command to end by itself
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}  # docs/contract.md

_said = threading.Lock()
_advice: list[Callable[[], str]] = []


class TerminatedError(KeyboardInterrupt):
    """SIGTERM, where SIGINT raises KeyboardInterrupt."""


def advise(advice: Callable[[], str]) -> None:
    """``advice`` tells, in half a sentence, how an interrupted command is gone on with; empty: there is nothing."""
    _advice[:] = [advice]


def say(signal_number: int) -> int:
    """Says once that the command was interrupted; returns the exit code."""
    if _said.acquire(blocking=False):
        how = next((each() for each in _advice), "")
        text = "leaktally: interrupted; nothing was written" + (f"; {how}" if how else "")
        os.write(2, f"{text}\n".encode("utf-8", "replace")) if _own_stderr() else print(text, file=sys.stderr)
    return CODES.get(signal.Signals(signal_number), 130)


def behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The interruption that an error came of: it was raised while that was on its way."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


def code_of(error: KeyboardInterrupt) -> int:
    """Says that the command was interrupted; the exit code."""
    return say(signal.SIGTERM if isinstance(error, TerminatedError) else signal.SIGINT)


def watch() -> Callable[[], None]:
    """Begins to watch for both signals, from the main thread; what is returned gives everything back."""
    _advice.clear()
    if _said.locked():
        _said.release()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.signal(signal.SIGTERM, _terminated)
    first = signal.getsignal(signal.SIGINT)
    started = callable(first) and first is not signal.default_int_handler  # see __main__
    if started:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader,), name="leaktally-signals", daemon=True).start()

    def restore() -> None:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGTERM, before)
        if started:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # all is done: nothing is left to be said
        os.close(writer)

    return restore


def _own_stderr() -> bool:
    try:
        return sys.stderr.fileno() == 2
    except (OSError, ValueError):
        return False


def _terminated(_: int, __: FrameType | None) -> None:
    raise TerminatedError


def _wait(reader: int) -> None:
    try:
        while numbers := os.read(reader, 16):
            for number in numbers:
                if number in CODES:
                    _end_soon(number)
    finally:
        os.close(reader)


def _end_soon(number: int) -> None:
    """Ends the process, if it has not ended by then; children of readers end with it."""
    threading.Event().wait(GRACE)
    code = say(number)
    private_files.remove_own()
    os._exit(code)
