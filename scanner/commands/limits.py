"""Options that bound what a hostile file may ask for, and passwords of archives and workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scanner.limits import Limits

DEEPEST = 32  # archives in one another: each is a reader that waits for the next
LONGEST_FILE = 1 << 20  # bytes of a file of passwords


def positive(_: click.Context, parameter: click.Parameter, value: int | None) -> int | None:
    """A number from 1 on."""
    if value is not None and value < 1:
        raise click.BadParameter("must be 1 or more", param=parameter)
    return value


def size(_: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Bytes of a size such as 512M; None where none was given."""
    if value is None:
        return None
    units = {"K": 10, "M": 20, "G": 30}
    number, unit = (value[:-1], units.get(value[-1:].upper())) if value[-1:].isalpha() else (value, 0)
    if unit is None or not (number.isascii() and number.isdigit()) or int(number) < 1:
        raise click.BadParameter("must be a size such as 512M or 2G", param=parameter)
    return int(number) << unit


def _lines(_: click.Context, parameter: click.Parameter, value: Path | None) -> tuple[str, ...]:
    """The lines of a file of passwords, UTF-8 or GB18030."""
    if value is None:
        return ()
    try:
        with value.open("rb") as file:
            raw = file.read(LONGEST_FILE + 1)
    except OSError as error:
        why = (error.strerror or "failed").lower()
        raise click.BadParameter(f"cannot be read: {why}", param=parameter) from None
    if len(raw) > LONGEST_FILE:
        raise click.BadParameter("is too large for a file of passwords", param=parameter)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return tuple(line for line in text.splitlines() if line)


def _shown(count: int) -> str:
    """A number of bytes as it may be typed."""
    for letter, shift in (("G", 30), ("M", 20), ("K", 10)):
        if count >= 1 << shift and not count & ((1 << shift) - 1):
            return f"{count >> shift}{letter}"
    return str(count)


_DEFAULT = Limits()
_BYTES = {
    "output": ("--max-output", "Bytes that may come out of one archive, with all archives in it."),
    "line": ("--max-line", "Bytes of a line of text; a longer one is read in pieces, as free text."),
    "cell": ("--max-cell", "Bytes of a cell or value; a longer one is read in pieces, as free text."),
    "memory": ("--reader-memory", "Memory of a reader that runs in a process of its own."),
}
_NUMBERS = {
    "depth": ("--max-depth", "Archives that may lie in one another."),
    "entries": ("--max-entries", "Entries of one archive, with all archives in it."),
    "ratio": ("--max-ratio", "Bytes that may come out for each packed byte of a member."),
    "seconds": ("--reader-seconds", "Seconds that a reader in a process of its own may be silent."),
}
PASSWORDS = (
    click.option(
        "--password",
        "passwords",
        multiple=True,
        metavar="TEXT",
        help="Opens encrypted archives and workbooks.",
    ),
    click.option(
        "--password-file",
        type=click.Path(path_type=Path),
        callback=_lines,
        metavar="FILE",
        help="Passwords, one on a line: what is typed is seen in the list of processes.",
    ),
)
LIMITS = (
    *(
        click.option(
            option,
            f"limit_{name}",
            type=click.IntRange(1, DEEPEST) if name == "depth" else int,
            callback=positive,
            default=getattr(_DEFAULT, name),
            show_default=True,
            help=words,
        )
        for name, (option, words) in _NUMBERS.items()
    ),
    *(
        click.option(
            option,
            f"limit_{name}",
            callback=size,
            default=_shown(getattr(_DEFAULT, name)),
            show_default=True,
            metavar="SIZE",
            help=words,
        )
        for name, (option, words) in _BYTES.items()
    ),
)


def limits_of(chosen: dict[str, Any]) -> Limits:
    """Takes the limits out of what a command was given."""
    return Limits(**{name: chosen.pop(f"limit_{name}") for name in (*_NUMBERS, *_BYTES)})


def passwords_of(chosen: dict[str, Any]) -> tuple[str, ...]:
    """Takes the passwords out of what a command was given."""
    return (*chosen.pop("passwords"), *chosen.pop("password_file"))
