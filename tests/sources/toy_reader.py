"""A reader for tests of child processes: its file is a list of commands in JSON, one unit each."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    units = json.loads(file.read())
    if units == "dies wherever it starts":
        yield Unit(start, f"part {start}")
        os._exit(7)
    for number, commands in enumerate(units):
        if number < start:
            continue
        yield Unit(number, f"part {number}")
        yield Sheet("toys", ("a",), "toy")
        for command in commands:
            if isinstance(command, str):
                yield pa.record_batch([[command]], ["a"])
            elif command == -1:
                os.kill(os.getpid(), signal.SIGSEGV)
            elif command == -2:
                time.sleep(60)
            elif command == -3:
                bytearray(1 << 40)
            elif command == -4:
                raise ValueError(f"a message that quotes {options['secret']}")
            elif command == -5:
                os._exit(7)
            elif command == -6:
                yield pa.record_batch([[f"{os.getppid()} {os.getpid()}"]], ["a"])
            elif command == -7:
                yield pa.record_batch([[str("pandas" in sys.modules)]], ["a"])
            else:
                yield Trouble(f"trouble {command}", command)
