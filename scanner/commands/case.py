"""The command that begins a case sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from scanner.case_sheet import CaseSheet


def case_sheet(_: click.Context, __: click.Parameter, value: str | None) -> CaseSheet | None:
    """The case sheet that an option names; None without the option. ScannerError as ``case_sheet.read``."""
    if value is None:
        return None
    from scanner.case_sheet import read

    return read(value)


@click.group()
def case() -> None:
    """Case sheets: who examines what, for whom, where and why, as the reports print it."""


@case.command()
@click.argument("path", metavar="[FILE]", required=False)
def new(path: str | None) -> None:
    """Write a blank case sheet, commented in Chinese and English.

    To FILE, which must not exist, or to standard output.
    """
    from scanner.case_sheet import template
    from scanner.commands.output import write
    from scanner.errors import OutputError
    from scanner.reports.escape import visible

    if path is not None and path != "-" and Path(path).exists():
        raise OutputError(f"cannot write '{visible(path)}': a file of that name exists already")
    write(path or "-", template().encode())
