"""The command ``leaktally``, also as ``python -m scanner``: it can be interrupted before anything is loaded."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
from types import FrameType

# What is loaded stays until the end: it need not be walked by the collector.
COLLECTED = 400_000, 10, 10  # of gc.set_threshold


def interrupted(_: int, __: FrameType | None) -> None:
    """Ends the process with the line and the exit code that ``commands.interruption`` has, once that is loaded."""
    os.write(2, b"leaktally: interrupted; nothing was written\n")
    os._exit(130)


def stand_in() -> None:
    """Takes the places of standard streams that are closed, which else fall to the next files that are opened.

    What is said on standard error is lost; reading and writing of the others fails (EBADF).
    """
    for number, (name, mode, wrong) in enumerate(
        (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))
    ):
        if getattr(sys, name) is not None:
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(os.devnull, wrong)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def main() -> None:
    """Runs the command."""
    stand_in()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup and the like ignore it
        signal.signal(signal.SIGINT, interrupted)
    gc.set_threshold(*COLLECTED)
    from scanner.cli import main as command

    try:
        command(prog_name="leaktally")
    except SystemExit as ended:
        if isinstance(ended.code, int):
            leave(ended.code)
        raise


def leave(code: int) -> None:
    """Ends the process as Python does, but for taking apart what the system takes back at once (10 ms and more).

    Returns where the last output cannot be written, which Python tells.
    """
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        print(end="", flush=True)
        print(end="", flush=True, file=sys.stderr)
        os._exit(code)


if __name__ == "__main__":
    main()
