"""Options that several commands share, and what is made of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.commands.limits import LIMITS, PASSWORDS, limits_of, passwords_of, size
from scanner.commands.limits import positive as positive

if TYPE_CHECKING:
    from scanner.run.job import Options

FORMATS = ("json", "html", "terminal")
SCAN_FORMATS = (*FORMATS, "docx", "xlsx", "list")
LANGUAGES = click.Choice(["zh", "en"])
DELIMITER_NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "^A": "\x01",
    "\\x01": "\x01",
    "space": " ",
    "\\x1f": "\x1f",
    "none": "",
}


def day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """A day in ISO 8601, on which someone may have had a number that holds a birth date."""
    if not value:
        return None
    from scanner.detectors.resident_id import EARLIEST_YEAR  # loads the detector, which a day is for

    try:
        found = date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter("must be a day such as 2026-11-21", param=parameter) from error
    if found <= date(EARLIEST_YEAR, 1, 1):
        raise click.BadParameter(
            f"is {value}, but birth dates begin in {EARLIEST_YEAR}: no number could be valid", param=parameter
        )
    return found


def typed(name: str) -> bool:
    """Was the option given, and not left at its default?"""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def refuse_mistyped(paths: Sequence[str]) -> None:
    """ScannerError where not one of the paths exists: a report on nothing would take the place of a good one."""
    from scanner.errors import ScannerError
    from scanner.reports.escape import visible
    from scanner.sources.file import STDIN

    if paths and not any(path == STDIN or os.path.lexists(path) for path in paths):
        more = f" and none of {len(paths) - 1} more" if len(paths) > 1 else ""
        raise ScannerError(f"there is no '{visible(paths[0])}'{more}: nothing was read or written")


def _format(names: Sequence[str], more: str = "") -> Callable[..., Any]:
    return click.option(
        "-f",
        "--format",
        "formats",
        multiple=True,
        type=click.Choice(names),
        help=f"Report format{more}; several with -o DIR/.",
    )


FORMAT = _format(FORMATS)
SCAN_FORMAT = _format(
    SCAN_FORMATS,
    " (xlsx: annex of the records at the upper tiers, item by item; list: CSV of all files with hashes)",
)
OUTPUT = click.option(
    "-o", "--output", metavar="PATH", help="Write the report here; - is standard output, DIR/ a folder."
)
JOBS = click.option(
    "--jobs",
    type=int,
    callback=positive,
    help="Threads, in several processes for many files; one for each core by default, as far as memory allows.",
)
MEMORY = click.option(
    "--memory", default="512M", show_default=True, callback=size, help="Memory for exact distinct counts."
)
TMP = click.option(
    "--tmp",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, writable=True),
    help="Folder for private temporary files, instead of the system's.",
)
ALLOW_INSIDE = click.option("--allow-inside", is_flag=True, help="Permit outputs inside a scanned folder.")
LANG = click.option("--lang", type=LANGUAGES, default="zh", show_default=True, help="Language of the report.")
PATTERNS = click.option(
    "--patterns",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A pattern pack of your own (TOML).",
)
AS_OF = click.option(
    "--as-of", callback=day, metavar="DAY", help="Birth dates must lie before this day; today by default."
)
_READING = (
    click.option("--encoding", help="Encoding of delimited text, instead of the one found."),
    click.option(
        "--delimiter",
        help="Delimiter of delimited text (also: tab, space, ^A), instead of the one found; none: read line by line.",
    ),
    click.option("--quote", help="Quote character; an empty string for none."),
    click.option("--header", is_flag=True, help="The first row is a header. Found by inspection otherwise."),
    click.option("--no-header", is_flag=True, help="The first row is not a header."),
    *PASSWORDS,
    *LIMITS,
)


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how inputs are read, and how much they may ask for."""
    for option in reversed(_READING):
        command = option(command)
    return command


def options_of(chosen: dict[str, Any]) -> Options:
    """The options of a job from what a command was given, which must all be options of it."""
    from scanner.model import ReadOptions
    from scanner.run.job import Options

    delimiter = chosen.pop("delimiter")
    if delimiter == "":
        raise click.UsageError(
            "--delimiter is empty; leave it out to have the delimiter found, or say none to read line by line"
        )
    header, no_header = chosen.pop("header"), chosen.pop("no_header")
    if header and no_header:
        raise click.UsageError("--header and --no-header exclude each other")
    read = ReadOptions(
        encoding=chosen.pop("encoding"),
        delimiter=DELIMITER_NAMES.get(delimiter, delimiter) if delimiter else None,
        header=True if header else False if no_header else None,
        quote=chosen.pop("quote"),
        passwords=passwords_of(chosen),
        limits=limits_of(chosen),
    )
    return Options(read=read, jobs=chosen.pop("jobs") or 0, **chosen)
