"""What a scan ran on: system, Python, libraries, command line, clock. Part of ``run``, never of the evidence body."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import metadata
from typing import Any

#: What pyproject.toml names as dependencies, also the optional ones; a checkout has no metadata to read them from.
LIBRARIES = (
    "click",
    "cryptography",
    "fastavro",
    "libarchive-c",
    "msoffcrypto-tool",
    "numpy",
    "olefile",
    "pandas",
    "py-minisign",
    "pyarrow",
    "pypdfium2",
    "pyrage",
    "python-calamine",
    "python-docx",
    "regex",
    "tqdm",
    "xlsxwriter",
)


SECRET = "--password"  # the option whose value is never told
HIDDEN = "***"


def typed() -> list[str]:
    """The command line of this process as it can be repeated.

    Python puts the file of a module that was started by ``-m`` in the place of its name; that file alone does not run.
    """
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is None:
        return sys.argv
    module, arguments = spec.name.removesuffix(".__main__"), sys.argv[1:]
    start = sys.orig_argv[: len(sys.orig_argv) - len(arguments)]
    if start[-1:] != [module] or [*start, *arguments] != sys.orig_argv:  # changed since
        start = [sys.orig_argv[0], "-m", module]
    return [*start, *arguments]


def command(arguments: Sequence[str] | None = None) -> list[str]:
    """The command line (None: of this process) without passwords."""
    told: list[str] = []
    for argument in typed() if arguments is None else arguments:
        if told[-1:] == [SECRET]:
            told.append(HIDDEN)
        else:
            told.append(f"{SECRET}={HIDDEN}" if argument.startswith(f"{SECRET}=") else argument)
    return told


def environment(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """What ``run`` tells of the machine.

    ``os``, ``machine``, ``python``, ``libraries`` (name to version), ``command_line`` (as a shell reads it),
    ``time_zone`` (offset from UTC and name) and ``clock`` (whose clock the times are from).
    """
    now = datetime.now().astimezone()
    return {
        "os": _system(),
        "machine": platform.machine(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libraries": dict(libraries()),
        "command_line": shlex.join(command(arguments)),
        "time_zone": f"{now:%z} {now.tzname() or ''}".strip(),
        "clock": "system",
    }


@cache
def libraries() -> tuple[tuple[str, str], ...]:
    """(name, version) of every library of ``LIBRARIES`` that is installed."""
    return tuple((name, version) for name in LIBRARIES if (version := _version(name)))


def _version(name: str) -> str | None:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    # To parse all of the metadata takes ten times as long.
    told = re.search(r"^Version: (\S+)$", found.read_text("METADATA") or "", re.MULTILINE)
    return told[1] if told else found.version


def _system() -> str:
    """Name and release of the system, and of its distribution where it tells one."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{kernel} ({platform.freedesktop_os_release()['PRETTY_NAME']})"
    except (OSError, KeyError):
        return f"{kernel} ({os.name})"
