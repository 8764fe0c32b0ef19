"""The command ``leaktally``, also as ``python -m scanner``: it can be interrupted before anything is loaded."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from types import FrameType

# What is loaded stays until the end, and the process gives it back at once: it need not be walked by the collector.
COLLECTED = 400_000, 10, 10  # of gc.set_threshold


def interrupted(_: int, __: FrameType | None) -> None:
    """Ends the process with the line and the exit code that ``cli_interruption`` has, once that is loaded."""
    os.write(2, b"leaktally: interrupted; nothing was written\n")
    os._exit(130)


def main() -> None:
    """Runs the command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # nohup and the like ignore it
        signal.signal(signal.SIGINT, interrupted)
    gc.set_threshold(*COLLECTED)
    atexit.register(gc.freeze)
    from scanner.cli import main as command

    command(prog_name="leaktally")


if __name__ == "__main__":
    main()
