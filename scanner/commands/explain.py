"""The command that explains values and rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from scanner.commands.options import AS_OF, JOBS, LANG, MEMORY, PATTERNS, TMP, options_of, reading
from scanner.commands.output import say, terminal_shape, visible_text, write


@click.command()
@click.argument("value", metavar="VALUE|FILE")
@click.option(
    "--row",
    type=click.IntRange(min=0),
    help="Explain this row of FILE; numbered from 0 without the header, as in findings and call sheets.",
)
@click.option("--column", metavar="NAME|NUMBER", help="Tell of this column only; numbered from 0.")
@click.option(
    "--member", metavar="NAME", help="The row lies in this member of an archive, named as in the report."
)
@click.option("--table", metavar="NAME", help="The row lies in this sheet or table.")
@click.option(
    "--among",
    "others",
    multiple=True,
    metavar="PATH",
    help="Files and folders in which the same record counts, too.",
)
@click.option(
    "-f",
    "--format",
    "name",
    type=click.Choice(["json", "terminal"]),
    default="terminal",
    show_default=True,
    help="How a row is told.",
)
@click.option(
    "--policy",
    multiple=True,
    default=["cn-criminal-2017"],
    show_default=True,
    metavar="NAME|FILE",
    help="By which the row is judged; may be given several times.",
)
@click.option("--reveal", is_flag=True, help="Show plain values.")
@JOBS
@MEMORY
@TMP
@PATTERNS
@reading
@AS_OF
@LANG
def explain(
    value: str,
    row: int | None,
    column: str | None,
    member: str | None,
    table: str | None,
    others: Sequence[str],
    name: str,
    lang: str,
    **chosen: Any,
) -> None:
    """Tell which checks VALUE passes or fails, or why a row of FILE counts as it does."""
    if row is None:
        if column is not None or member is not None or table is not None or others or name != "terminal":
            raise click.UsageError(
                "--column, --member, --table, --among and -f explain a row: say which one with --row"
            )
        from scanner.explaining.value import UNSEEN
        from scanner.explaining.value import explain as said
        from scanner.reports import explain_value_text

        told = list(said(value, chosen["as_of"] or date.today(), tuple(chosen["patterns"])))
        if Path(value).is_file() and (os.sep in value or told == [UNSEEN]):
            raise click.UsageError(
                f"'{visible_text(value)}' is a file: say with --row which row of it (from 0)"
            )
        say(explain_value_text.render(told, lang).rstrip("\n"))
        return
    from scanner.explaining.row import Place, explain_row, only_column

    document = explain_row(value, row, options_of(chosen), others, Place(member, table))
    if column is not None:
        document = only_column(document, column)
    write("-", _rendered(name, document, lang))


def _rendered(name: str, document: dict[str, Any], lang: str) -> bytes:
    if name == "json":
        from scanner.reports import json_report

        return json_report.render(document)
    from scanner.reports import explain_text

    width, _ = terminal_shape("-")
    return explain_text.render(document, width, lang).encode("utf-8", "replace")
