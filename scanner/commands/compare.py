"""The command that compares dumps."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from scanner.commands.options import (
    ALLOW_INSIDE,
    AS_OF,
    FORMAT,
    JOBS,
    LANG,
    MEMORY,
    OUTPUT,
    PATTERNS,
    TMP,
    options_of,
    reading,
    refuse_mistyped,
)
from scanner.commands.output import made_folder, targets_of, tell_issues, terminal_shape, watched, write


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@FORMAT
@OUTPUT
@JOBS
@MEMORY
@TMP
@PATTERNS
@reading
@AS_OF
@LANG
@ALLOW_INSIDE
def compare(
    paths: Sequence[str],
    formats: Sequence[str],
    output: str | None,
    lang: str,
    allow_inside: bool,
    **chosen: Any,
) -> None:
    """Tell how many persons and records dumps share, exactly.

    Each PATH, a file or a folder, is a side; of a single folder, each file in it is one.
    """
    from scanner import compare as comparing
    from scanner.evidence import placement
    from scanner.evidence.output_set import OutputSet

    targets = targets_of(formats, output)
    options = options_of(chosen)
    refuse_mistyped(paths)
    sides = comparing.sides_of(paths, options)
    inputs = [item for side in sides for item in side.inputs]
    places = [*([output] if output else []), *(target for _, target in targets)]
    placement.refuse(places, [item.record.path for item in inputs], paths, allow_inside)
    if output and output.endswith("/"):
        made_folder(output)
    document = watched(inputs, lambda update: comparing.run(sides, options, update))
    with OutputSet() as outputs:
        for name, target in targets:
            if target != "-":
                outputs.write(target, _rendered(name, target, document, lang))
        outputs.commit()
    for name, target in targets:
        if target == "-":
            write(target, _rendered(name, target, document, lang))
    tell_issues(document)
    sys.exit(0 if all(side["complete"] for side in document["sides"]) else 3)


def _rendered(name: str, target: str, document: dict[str, Any], lang: str) -> bytes:
    if name == "json":
        from scanner.reports import json_report

        return json_report.render(document)
    if name == "html":
        from scanner.reports import compare_html

        return compare_html.render(document, lang)
    from scanner.reports import compare_terminal

    width, _ = terminal_shape(target)
    return compare_terminal.render(document, width, lang).encode("utf-8", "replace")
