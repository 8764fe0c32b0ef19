"""What goes with a report and is not made of its document alone: the itemised annex, the list of electronic data."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.commands.output import tell

if TYPE_CHECKING:
    from scanner.evidence.output_set import OutputSet
    from scanner.reports.data_list import Output
    from scanner.run.job import Input, Options, Result

ANNEX, LIST = "xlsx", "list"

ANNEX_ROWS = click.option(
    "--annex-rows",
    type=click.IntRange(min=0),
    default=5_000_000,
    show_default=True,
    metavar="N",
    help="The most records that the itemised annex lists; categories that do not fit are named in the reports.",
)


def annexes(
    targets: Sequence[tuple[str, str]], paths: Sequence[str], formats: Sequence[str]
) -> list[tuple[str, str]]:
    """The targets that can be made; UsageError for an annex where it cannot.

    Its records are read a second time, which standard input does not allow: there a whole set goes without it.
    """
    if not any(name == ANNEX for name, _ in targets):
        return list(targets)
    if any(name == ANNEX and target == "-" for name, target in targets):
        raise click.UsageError("the itemised annex (-f xlsx) may take several files: say -o PATH or -o DIR/")
    from scanner.sources.file import STDIN

    if STDIN in paths:
        if ANNEX in formats or len(targets) == 1:
            raise click.UsageError(
                "standard input can be read only once, so it has no itemised annex: name a file"
            )
        tell("standard input can be read only once: there is no itemised annex")
        return [each for each in targets if each[0] != ANNEX]
    return list(targets)


def add_annexes(
    outputs: OutputSet,
    targets: Sequence[tuple[str, str]],
    result: Result,
    inputs: Sequence[Input],
    options: Options,
    lang: str,
) -> None:
    """Stages the annex, and then the list, which names all that is staged. OutputError, SourceError."""
    for name, target in targets:
        if name == ANNEX:
            _annex(outputs, Path(target), result, inputs, options, lang)
    for name, target in targets:
        if name == LIST and target != "-":
            from scanner.reports import data_list

            written = _written(outputs, "sm3" in options.hashes)
            outputs.write(target, data_list.render(result.document, written, lang), private=options.reveal)


def _annex(
    outputs: OutputSet, target: Path, result: Result, inputs: Sequence[Input], options: Options, lang: str
) -> None:
    from scanner.items import items
    from scanner.reports import xlsx_annex
    from scanner.summary.upper_tiers import records

    scanned = result.scanned
    found = records(scanned.tally, scanned.summary, result.policy, result.listed)
    with contextlib.ExitStack() as stack:
        parts = xlsx_annex.write(
            result.document,
            result.listed,
            len(found.digests),
            items(result, inputs, options, found),
            lang,
            _places(outputs, target, stack),
            options.reveal,
            options.tmp,
        )
    number = parts + 1  # an earlier annex may have taken more files
    while _part(target, number).exists():
        outputs.forget(_part(target, number))
        number += 1


def _places(outputs: OutputSet, target: Path, stack: contextlib.ExitStack) -> Callable[[int], Path]:
    return lambda number: stack.enter_context(outputs.staged(_part(target, number)))


def _part(target: Path, number: int) -> Path:
    return target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")


def _written(outputs: OutputSet, with_sm3: bool) -> list[Output]:
    """The entries of the files that are staged."""
    from scanner.reports.data_list import Output
    from scanner.sources.hashing import Digests

    found = []
    for final, place in outputs.places.items():
        digests = Digests(with_sm3)
        with place.open("rb") as file:
            while piece := file.read(1 << 20):
                digests.update(memoryview(piece))
        digests.close()
        state = place.stat()
        found.append(Output(str(final), state.st_size, digests.sha256, digests.sm3, state.st_mtime))
    return found
