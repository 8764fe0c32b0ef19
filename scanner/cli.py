"""The command line: turns what was typed into calls, writes what comes back, chooses the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner import __version__
from scanner.commands import interruption
from scanner.commands.annexes import ANNEX, ANNEX_ROWS, LIST, add_annexes, annexes
from scanner.commands.case import case, case_sheet
from scanner.commands.compare import compare
from scanner.commands.evidence import attestation, evidence_options, key, refuse_places, rescan, verify
from scanner.commands.explain import explain
from scanner.commands.options import (
    AS_OF,
    JOBS,
    LANG,
    LANGUAGES,
    MEMORY,
    OUTPUT,
    PATTERNS,
    SCAN_FORMAT,
    SCAN_FORMATS,
    TMP,
    options_of,
    positive,
    reading,
    refuse_mistyped,
)
from scanner.commands.output import made_folder, say, targets_of, tell_issues, terminal_shape, watched, write
from scanner.commands.resume import Repeatable, journal_options, keeping, missing_paths
from scanner.commands.sample import sample, sample_result
from scanner.commands.sentences import Sentences
from scanner.errors import OutputError
from scanner.store import private_files

if TYPE_CHECKING:
    from scanner.annex import Annex
    from scanner.run.job import Result

# NumPy's linear algebra is not used, and its idle threads would take time from the scan when it starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# pyarrow's own allocator keeps some 60 MB more of what batches of Parquet took.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

LEVELS = ("below", "serious", "especially_serious")


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaktally")
@click.option(
    "--debug", is_flag=True, help="Show the traceback of a fault of the tool itself; it may quote values."
)
def main(debug: bool) -> None:
    """Scan data dumps for Chinese personal information and count it exactly, by legal category."""
    click.get_current_context().call_on_close(interruption.watch())
    private_files.allow_many()


@main.command(cls=Repeatable)
@click.argument("paths", nargs=-1, metavar="PATH...")
@SCAN_FORMAT
@OUTPUT
@ANNEX_ROWS
@click.option("--findings", metavar="PATH", help="Write one line for each match: .csv, .jsonl or .parquet.")
@click.option(
    "--policy",
    multiple=True,
    default=["cn-criminal-2017"],
    show_default=True,
    metavar="NAME|FILE",
    help="What is counted at which tier; may be given several times.",
)
@JOBS
@MEMORY
@TMP
@click.option(
    "--hash",
    "hashes",
    multiple=True,
    type=click.Choice(["sha256", "sm3"]),
    help="Hash the inputs by this, too; SHA-256 is always made.",
)
@click.option("--rehash", is_flag=True, help="Hash the inputs again after the scan; a difference is exit 3.")
@click.option(
    "--fail-on",
    type=click.Choice(["any", "serious", "especially-serious", "never"]),
    default="never",
    show_default=True,
    help="Exit with 1 from this level on.",
)
@click.option(
    "--insider",
    is_flag=True,
    help="Obtained in the course of duty or service, Art. 5(1)(八): half the thresholds.",
)
@click.option("--lawful-business", is_flag=True, help="Bought or received for lawful business, Art. 6.")
@click.option(
    "--recipients", type=int, default=1, callback=positive, help="To how many it was provided, Art. 11(2)."
)
@click.option(
    "--illegal-income",
    type=click.IntRange(min=0),
    metavar="YUAN",
    help="Illegal income, shown beside the count.",
)
@click.option(
    "--acquired",
    multiple=True,
    metavar="PATH",
    help="What was acquired; with --sold: counted as one set, Art. 11(1).",
)
@click.option(
    "--sold",
    multiple=True,
    metavar="PATH",
    help="What was sold or provided; --recipients multiplies only this.",
)
@click.option(
    "--case",
    metavar="FILE",
    callback=case_sheet,
    help="Case sheet that the reports print; leaktally case new writes a blank one.",
)
@PATTERNS
@reading
@AS_OF
@LANG
@evidence_options
@journal_options
@click.option(
    "--reveal", is_flag=True, help="Write plain values; the files are then 0600 and the report says so."
)
def scan(
    paths: Sequence[str],
    formats: Sequence[str],
    output: str | None,
    findings: str | None,
    fail_on: str,
    lang: str,
    allow_inside: bool,
    **chosen: Any,
) -> None:
    """Scan files and folders (- is standard input) and report what they hold."""
    from scanner.evidence.output_set import OutputSet
    from scanner.run import job

    if bool(chosen["acquired"]) != bool(chosen["sold"]):
        raise click.UsageError("--acquired and --sold go together: give both")
    if not paths and not chosen["acquired"]:
        raise click.UsageError(missing_paths(chosen["resume"]))
    targets = annexes(targets_of(formats, output, SCAN_FORMATS), paths, formats)
    attest = attestation(output, chosen)
    kept = keeping(output, findings, paths, chosen)
    options = kept.options(options_of(chosen))
    refuse_mistyped([*paths, *options.acquired, *options.sold])
    annex: Annex | None = None
    if findings:
        from scanner.annex import Annex  # loads pyarrow, which nothing else here needs
        from scanner.reports.findings import check_suffix

        annex = Annex(options.reveal, options.tmp)

        try:
            check_suffix(Path(findings))
        except OutputError as error:
            raise click.UsageError(str(error)) from None
    inputs = job.file_inputs(paths, options)
    places = [output, findings, *(target for _, target in targets), str(attest.manifest) if attest else None]
    places.append(kept.target)
    refuse_places(places, inputs, (*paths, *options.acquired, *options.sold), allow_inside)
    if output and output.endswith("/"):
        made_folder(output)
    journal = kept.journal(inputs, options)
    again = any(name == ANNEX for name, _ in targets)
    result = watched(
        inputs,
        lambda update: job.run(inputs, options, annex, update, journal=journal, keep_records=again),
    )
    with OutputSet() as outputs:
        if annex is not None and findings:
            with outputs.staged(findings) as place:
                _write_findings(place, annex, result, options.reveal)
        for name, target in targets:
            if target != "-" and name not in (ANNEX, LIST):
                outputs.write(target, _rendered(name, target, result.document, lang), options.reveal)
        add_annexes(outputs, targets, result, inputs, options, lang)
        if attest:
            from scanner.evidence.publish import add

            add(outputs, attest, result.document, options, paths)
        outputs.commit(attest.manifest if attest else None)
    for name, target in targets:
        if target == "-":
            write(target, _rendered(name, target, result.document, lang))
    if journal is not None:
        journal.remove()
    tell_issues(result.document)
    sys.exit(exit_code(result.document, fail_on))


def _write_findings(path: Path, annex: Annex, result: Result, reveal: bool) -> None:
    from scanner.reports.findings import FindingsWriter
    from scanner.reports.totals import input_name

    paths = [input_name(item) for item in result.document["inputs"]]
    with FindingsWriter(path, reveal) as writer:
        for table in annex.tables(paths, result.decisions):
            writer.write(table)
    annex.close()


def _rendered(name: str, target: str, document: dict[str, Any], lang: str) -> bytes | Iterable[bytes]:
    if name == "json":
        from scanner.reports import json_report

        return json_report.pieces(document)
    if name == "html":
        from scanner.reports import html

        return html.render(document, lang)
    if name == "docx":
        from scanner.reports import docx_report

        return docx_report.render(document, lang)
    if name == LIST:
        from scanner.reports import data_list

        return data_list.render(document, [], lang)
    from scanner.reports import terminal

    return terminal.render(document, *terminal_shape(target), lang).encode("utf-8", "replace")


def exit_code(document: dict[str, Any], fail_on: str) -> int:
    """The contract's exit code: 3 for an incomplete scan, 1 where ``fail_on`` is reached, else 0."""
    if any(item["status"] != "complete" for item in document["inputs"]) or not document["inputs"]:
        return 3
    if fail_on == "never":
        return 0
    if fail_on == "any":
        from scanner.document.column_entries import NEVER_COUNTED

        return int(
            any(label not in NEVER_COUNTED for label in document["labels"])
            or document["records"]["identifiable"] > 0
        )
    level = document["verdict"]["main"]["level"]
    return int(LEVELS.index(level) >= LEVELS.index(fail_on.replace("-", "_")))


@main.command()
@PATTERNS
def detectors(patterns: Sequence[Path]) -> None:
    """List the detectors with the standard that each follows."""
    from scanner.detectors.registry import detectors as load

    found = load(date.today(), tuple(patterns))
    say("\n".join(f"{each.name:24} {each.label:22} {each.standard}" for each in found))


@main.command("check-patterns")
@click.argument("packs", nargs=-1, type=click.Path(path_type=Path), metavar="[PACK]...")
def check_patterns(packs: Sequence[Path]) -> None:
    """Run every pattern's own examples and counter-examples; all built-in packs without an argument."""
    from scanner.detectors.packs import check_pack
    from scanner.knowledge import root

    failed = 0
    for pack in packs or sorted((root() / "detectors").glob("*.toml")):
        failures = check_pack(pack)
        failed += len(failures)
        count = f"{len(failures)} failure{'s' if len(failures) > 1 else ''}" if failures else "sound"
        say("\n  ".join([f"{pack.name}: {count}", *failures]))
    sys.exit(2 if failed else 0)


@main.command()
@click.argument("name", default="cn-criminal-2017")
@click.option("--lang", type=LANGUAGES, default="zh", show_default=True)
def policy(name: str, lang: str) -> None:
    """Print a policy: its tiers or levels, and the three readings of every category, with their basis."""
    from scanner.policy import load, names
    from scanner.reports.policy_text import render

    shown = load(name)
    say(render(shown, lang, [each for each in names() if each != shown.name]))


main.add_command(case)
main.add_command(compare)
main.add_command(explain)
main.add_command(sample)
main.add_command(sample_result)
main.add_command(key)
main.add_command(rescan)
main.add_command(verify)
