"""Runs the command again and again, each time in a fork in which one call fails; started with failing.c preloaded.

``python driver.py LIBRARY SAMPLE``: takes one JSON line a run on standard input and answers with one.
Forks share what is loaded, so that a run costs little more than the scan itself.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

#: Kinds of calls, numbered as failing.c has them, and the error each of them ends with.
KINDS = {
    "open": (1, errno.EMFILE),
    "read": (2, errno.EIO),
    "write": (3, errno.ENOSPC),
    "stat": (4, errno.EIO),
    "list": (5, errno.EIO),
    "rename": (6, errno.EIO),
    "remove": (7, errno.EIO),
    "make": (8, errno.ENOSPC),
    "sync": (9, errno.EIO),
    "size": (10, errno.ENOSPC),
    "memory": (11, errno.ENOMEM),
}


def one(library: ctypes.CDLL, asked: dict[str, Any]) -> dict[str, Any]:
    """One run: ``arguments`` of the command, ``kind``, ``call`` (0: none fails), ``lasting``, ``folder``."""
    library.fault_counter.restype = ctypes.POINTER(ctypes.c_long)
    counter = library.fault_counter()
    said = Path(asked["said"])
    child = os.fork()
    if not child:
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        from scanner.cli import main

        kind, number = KINDS[asked["kind"]]
        call = asked["call"] or 1 << 60
        library.fault_arm(kind, ctypes.c_long(call), asked["lasting"], number, asked["folder"].encode())
        sys.argv = ["leaktally", *asked["arguments"]]
        main()
    _, status = os.waitpid(child, 0)
    text = said.read_text("utf-8", "replace") if said.exists() else ""
    return {"code": os.waitstatus_to_exitcode(status), "said": text, "calls": counter.contents.value}


def load(sample: Path) -> None:
    """Loads what all runs need, by a scan of a text file on this thread alone: a fork has no other."""
    import scanner.cli
    from scanner.run.job import Options, file_inputs, run

    options = Options(jobs=1)
    run(file_inputs([sample], options), options)
    import pyarrow.parquet  # noqa: F401

    import scanner.evidence.publish
    import scanner.reports.html
    import scanner.reports.xlsx_annex  # noqa: F401


def serve() -> None:
    """Answers until standard input ends."""
    library = ctypes.CDLL(sys.argv[1])
    load(Path(sys.argv[2]))
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        asked = json.loads(line)
        for name in asked["clear"]:
            shutil.rmtree(name, ignore_errors=True)
            Path(name).mkdir(parents=True)
        print(json.dumps(one(library, asked)), file=answers, flush=True)


if __name__ == "__main__":
    serve()
