"""The commands for the truth sample: draw records for people to check, and read back what they found."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from scanner.commands.options import (
    AS_OF,
    JOBS,
    LANG,
    MEMORY,
    PATTERNS,
    TMP,
    options_of,
    positive,
    reading,
    refuse_mistyped,
    typed,
)
from scanner.commands.output import tell_issues, terminal_shape, visible_text, watched, write
from scanner.errors import ScannerError

PASSPHRASE = click.option(
    "--passphrase-file",
    metavar="FILE",
    help="Its first line is the passphrase, instead of one typed at a prompt.",
)
WORKBOOK, SEALED = ".xlsx", ".age"
SEEDS = 1_000_000_000  # a drawn seed is short enough to be written down


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="SHEET",
    help="Write the call sheet here: .xlsx, or .xlsx.age if sealed.",
)
@click.option(
    "--confidence",
    type=float,
    default=95.0,
    show_default=True,
    help="In percent; with --margin gives the size.",
)
@click.option(
    "--margin", type=float, default=5.0, show_default=True, help="In percentage points, to each side."
)
@click.option(
    "--size", type=int, callback=positive, help="How many to draw, instead of confidence and margin."
)
@click.option(
    "--per-stratum",
    type=int,
    default=1,
    show_default=True,
    callback=positive,
    help="The least number from each file and category.",
)
@click.option(
    "--seed", type=click.IntRange(0, (1 << 63) - 1), help="Repeats a draw; drawn and printed by default."
)
@click.option(
    "--policy",
    multiple=True,
    default=["cn-criminal-2017"],
    show_default=True,
    metavar="NAME|FILE",
    help="By which records count.",
)
@click.option(
    "--reveal", is_flag=True, help="Write plain values; the sheet is then sealed by a passphrase (age)."
)
@click.option("--plain", is_flag=True, help="Do not seal the sheet, though it holds plain values; mode 0600.")
@PASSPHRASE
@JOBS
@MEMORY
@TMP
@PATTERNS
@reading
@AS_OF
@LANG
def sample(
    paths: Sequence[str],
    output: str,
    confidence: float,
    margin: float,
    size: int | None,
    per_stratum: int,
    seed: int | None,
    plain: bool,
    passphrase_file: str | None,
    lang: str,
    **chosen: Any,
) -> None:
    """Draw counted records for people to check whether they are true, as a call sheet.

    The sheet is a workbook with an empty result for each record; beside it lies the record of the draw (.sample.json),
    without values. Values are masked unless --reveal is given; a sheet with plain values is sealed by a passphrase, so
    that age -d or leaktally sample-result opens it. The count itself comes from all rows and never from a sample.
    """
    from scanner.document import canonical
    from scanner.evidence.output_set import OutputSet
    from scanner.reports import sample_sheet, sample_text
    from scanner.run import job
    from scanner.sampling import drawing, record
    from scanner.sampling.sealed import seal
    from scanner.sampling.sheet_file import record_path
    from scanner.sampling.size import check

    check(confidence, margin)
    options = options_of(chosen)
    _refuse_contradictions(output, size, plain, passphrase_file, options.reveal)
    sealed = passphrase_file is not None or _is_sealed(output) or (options.reveal and not plain)
    _refuse_suffix(output, sealed)
    refuse_mistyped(paths)
    _refuse_another_draw(output, record_path(output))
    passphrase = _passphrase(passphrase_file, new=True) if sealed else ""
    plan = drawing.Plan(
        secrets.randbelow(SEEDS) if seed is None else seed, confidence, margin, size, per_stratum
    )
    inputs = job.file_inputs(paths, options)
    drawn = watched(inputs, lambda update: drawing.sample(inputs, paths, options, plan, update))
    digest = record.digest(drawn.record)
    shown = [sample_sheet.Shown(row.values, row.cells) for row in drawn.rows]
    sheet = sample_sheet.render(drawn.record, shown, digest, options.reveal)
    with OutputSet() as outputs:
        outputs.write(output, seal(sheet, passphrase) if sealed else sheet, private=True)
        outputs.write(record_path(output), canonical.render(drawn.record))
        outputs.commit()
    width, _ = terminal_shape("-")
    write("-", sample_text.drawn(drawn.record, digest, options.reveal, width, lang).encode())
    tell_issues(drawn.document)
    sys.exit(0 if drawn.record["complete"] else 3)


@click.command("sample-result")
@click.argument("sheet", metavar="SHEET")
@click.option(
    "--record", metavar="FILE", help="The record of the draw; the one beside the sheet by default, if any."
)
@click.option(
    "--confidence",
    "confidences",
    type=float,
    multiple=True,
    default=(95.0, 99.0),
    show_default=True,
    help="Of the intervals, in percent; may be given several times.",
)
@PASSPHRASE
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@LANG
def sample_result(
    sheet: str,
    record: str | None,
    confidences: Sequence[float],
    passphrase_file: str | None,
    as_json: bool,
    lang: str,
) -> None:
    """Read a call sheet back and tell the share found true, with its exact interval, for reference.

    Counts that follow from it are printed beside those of the scan and are never applied to them.
    """
    from scanner.reports import json_report, sample_text
    from scanner.sampling.results import results
    from scanner.sampling.sheet_file import read

    answers = read(sheet, lambda: _passphrase(passphrase_file, new=False), record)
    document = results(answers, list(dict.fromkeys(confidences)))
    width, _ = terminal_shape("-")
    told = json_report.render(document) if as_json else sample_text.results(document, width, lang).encode()
    write("-", told)


def _refuse_contradictions(
    output: str, size: int | None, plain: bool, passphrase_file: str | None, reveal: bool
) -> None:
    """UsageError for options of which one would be passed over in silence."""
    if size is not None and (typed("confidence") or typed("margin")):
        raise click.UsageError("--size gives the size instead of --confidence and --margin: leave one out")
    if plain and passphrase_file:
        raise click.UsageError("--plain and --passphrase-file exclude each other")
    if plain and not reveal:
        raise click.UsageError("--plain goes with --reveal: a sheet of masked values is not sealed anyway")
    if plain and _is_sealed(output):
        raise click.UsageError(f"--plain does not go with {output}: a name in .age is for a sealed sheet")
    if (passphrase_file or (reveal and not plain)) and output.lower().endswith(WORKBOOK):
        raise click.UsageError(
            f"a sealed sheet is an age file and no workbook: say -o {output}{SEALED}"
            + ("" if passphrase_file else ", or --plain")
        )


def _is_sealed(output: str) -> bool:
    return output.lower().endswith(SEALED)


def _refuse_suffix(output: str, sealed: bool) -> None:
    """UsageError for a name by which no program knows what is written there."""
    if not output.lower().endswith(SEALED if sealed else WORKBOOK):
        suffix = f"{WORKBOOK}{SEALED}" if sealed else WORKBOOK
        raise click.UsageError(
            f"the call sheet is {'a sealed' if sealed else 'a'} workbook, and the name {output!r} does not say so: "
            f"end it in {suffix}"
        )


def _refuse_another_draw(*places: str | Path) -> None:
    """Answers that people have filled in, and the record of a draw, are never written over; ScannerError."""
    for place in map(Path, places):
        if place.is_file():
            raise ScannerError(
                f"'{visible_text(str(place))}' is there already, and what was filled in would be lost: "
                "write under another name, or remove it"
            )


def _passphrase(file: str | None, new: bool) -> str:
    """The passphrase of a file, or typed: twice where it is a new one; ScannerError where none can be typed."""
    if file is not None:
        from scanner.sampling.sealed import passphrase_in

        return passphrase_in(file)
    if not sys.stdin.isatty():
        raise ScannerError("the sheet needs a passphrase: say --passphrase-file")
    told: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return told
