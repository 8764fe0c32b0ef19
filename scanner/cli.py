"""The command line: turns what was typed into calls, writes what comes back, chooses the exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner import __version__
from scanner.errors import OutputError, ScannerError

if TYPE_CHECKING:
    from scanner.annex import Annex
    from scanner.job import Options, Result

# NumPy's linear algebra is not used, and its idle threads would take time from the scan when it starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

LEVELS = ("below", "serious", "especially_serious")
SUFFIXES = {".json": "json", ".html": "html", ".htm": "html", ".txt": "terminal"}
FORMATS = ("json", "html", "terminal")
LANGUAGES = click.Choice(["zh", "en"])


class _Sentences(click.Group):
    """Turns every expected error into one sentence on standard error and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ScannerError as error:
            click.echo(f"leaktally: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="leaktally")
def main() -> None:
    """Scan data dumps for Chinese personal information and count it exactly, by legal category."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _positive(_: click.Context, parameter: click.Parameter, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise click.BadParameter("must be 1 or more", param=parameter)
    return value


def _size(_: click.Context, parameter: click.Parameter, value: str) -> int:
    units = {"K": 10, "M": 20, "G": 30}
    number, unit = (value[:-1], units.get(value[-1:].upper())) if value[-1:].isalpha() else (value, 0)
    if unit is None or not number.isdigit() or int(number) < 1:
        raise click.BadParameter("must be a size such as 512M or 2G", param=parameter)
    return int(number) << unit


def _day(_: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise click.BadParameter("must be a day such as 2026-11-21", param=parameter) from error


DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "^A": "\x01", "\\x01": "\x01", "space": " ", "\\x1f": "\x1f"}


# Options that several commands share.
_PATTERNS = click.option(
    "--patterns",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A pattern pack of your own (TOML).",
)
_AS_OF = click.option(
    "--as-of", callback=_day, metavar="DAY", help="Birth dates must lie before this day; today by default."
)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-f",
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Report format; several with -o DIR/.",
)
@click.option(
    "-o", "--output", metavar="PATH", help="Write the report here; - is standard output, DIR/ a folder."
)
@click.option("--findings", metavar="PATH", help="Write one line for each match: .csv, .jsonl or .parquet.")
@click.option(
    "--policy",
    default="cn-criminal-2017",
    show_default=True,
    metavar="NAME|FILE",
    help="What is counted at which tier.",
)
@click.option("--jobs", type=int, callback=_positive, help="Threads; one for each core by default.")
@click.option(
    "--memory", default="512M", show_default=True, callback=_size, help="Memory for exact distinct counts."
)
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
    "--recipients", type=int, default=1, callback=_positive, help="To how many it was provided, Art. 11(2)."
)
@click.option(
    "--illegal-income",
    type=click.IntRange(min=0),
    metavar="YUAN",
    help="Illegal income, shown beside the count.",
)
@_PATTERNS
@click.option("--encoding", help="Encoding of delimited text, instead of the one found.")
@click.option(
    "--delimiter", help="Delimiter of delimited text (also: tab, space, ^A), instead of the one found."
)
@click.option("--quote", help="Quote character; an empty string for none.")
@click.option(
    "--header/--no-header", default=None, help="Is the first row a header? Found by inspection otherwise."
)
@_AS_OF
@click.option("--lang", type=LANGUAGES, default="zh", show_default=True, help="Language of the report.")
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
    **chosen: Any,
) -> None:
    """Scan files and folders (- is standard input) and report what they hold."""
    from scanner import job

    targets = _targets(formats, output)
    if output and output.endswith("/"):
        from scanner.reports.atomic import make_folder

        make_folder(Path(output))
    options = _options(chosen)
    annex: Annex | None = None
    if findings:
        from scanner.annex import Annex  # loads pyarrow, which nothing else here needs
        from scanner.reports.findings import check_suffix

        annex = Annex(options.reveal)

        try:
            check_suffix(Path(findings))
        except OutputError as error:
            raise click.UsageError(str(error)) from None
    inputs = job.file_inputs(paths, options)
    bar = _Progress(sum(item.record.size or 0 for item in inputs))
    try:
        result = job.run(inputs, options, annex, bar.update)
    except KeyboardInterrupt:
        click.echo("leaktally: interrupted; nothing was written", err=True)
        sys.exit(130)
    finally:
        bar.close()
    if annex is not None and findings:
        _write_findings(Path(findings), annex, result, options.reveal)
    for name, target in targets:
        _write_report(name, target, result.document, lang, options.reveal)
    for item in result.document["inputs"]:
        for reason in item["reasons"] if item["status"] != "complete" else []:
            click.echo(f"leaktally: {_shown(item['path'])}: {reason}", err=True)
    sys.exit(exit_code(result.document, fail_on))


def _shown(text: str) -> str:
    from scanner.reports.escape import visible

    return visible(text)


def _targets(formats: Sequence[str], output: str | None) -> list[tuple[str, str]]:
    """(format, where to) pairs; ``-`` is standard output."""
    if output is None or output == "-":
        if len(formats) > 1:
            raise click.UsageError("several formats need a folder: -o DIR/")
        return [(formats[0] if formats else "terminal", "-")]
    if output.endswith("/"):
        return [(name, f"{output}report{_suffix(name)}") for name in formats or FORMATS]
    if len(formats) > 1:
        raise click.UsageError("several formats need a folder: -o DIR/")
    name = formats[0] if formats else SUFFIXES.get(Path(output).suffix.lower())
    if name is None:
        raise click.UsageError(
            f"the format does not follow from the name {output!r}: say -f json, html or terminal"
        )
    return [(name, output)]


def _suffix(name: str) -> str:
    return {"json": ".json", "html": ".html", "terminal": ".txt"}[name]


def _options(chosen: dict[str, Any]) -> Options:
    from scanner.job import Options
    from scanner.model import ReadOptions

    delimiter = chosen.pop("delimiter")
    if delimiter == "":
        raise click.UsageError("--delimiter is empty; leave it out to have the delimiter found")
    read = ReadOptions(
        encoding=chosen.pop("encoding"),
        delimiter=DELIMITER_NAMES.get(delimiter, delimiter) if delimiter else None,
        header=chosen.pop("header"),
        quote=chosen.pop("quote"),
    )
    return Options(read=read, jobs=chosen.pop("jobs") or 0, **chosen)


class _Progress:
    """A bar on standard error for work longer than a second; only on a terminal."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=total or None,
            unit="B",
            unit_scale=True,
            delay=1,
            leave=False,
            disable=not sys.stderr.isatty(),
        )

    def update(self, batch: Any) -> None:
        self._bar.update(batch.bytes_read)

    def close(self) -> None:
        self._bar.close()


def _write_findings(path: Path, annex: Annex, result: Result, reveal: bool) -> None:
    from scanner.reports.findings import FindingsWriter

    paths = [item["path"] for item in result.document["inputs"]]
    with FindingsWriter(path, reveal) as writer:
        for table in annex.tables(paths, result.decisions):
            writer.write(table)
    annex.close()


def _write_report(name: str, target: str, document: dict[str, Any], lang: str, reveal: bool) -> None:
    from scanner.reports import atomic

    content = _render(name, document, lang, target == "-")
    if target != "-":
        atomic.write(Path(target), content, private=reveal)
        return
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    except OSError as error:
        raise OutputError(f"standard output could not be written: {error.strerror}") from error


def _render(name: str, document: dict[str, Any], lang: str, to_terminal: bool) -> bytes:
    if name == "json":
        from scanner.reports import json_report

        return json_report.render(document)
    if name == "html":
        from scanner.reports import html

        return html.render(document, lang)
    import shutil

    from scanner.reports import terminal

    tty = to_terminal and sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns if tty else 100
    colour = tty and "NO_COLOR" not in os.environ
    return terminal.render(document, width, colour, lang).encode("utf-8", "replace")


def exit_code(document: dict[str, Any], fail_on: str) -> int:
    """The contract's exit code: 3 for an incomplete scan, 1 where ``fail_on`` is reached, else 0."""
    if any(item["status"] != "complete" for item in document["inputs"]) or not document["inputs"]:
        return 3
    if fail_on == "never":
        return 0
    if fail_on == "any":
        from scanner.document import NEVER_COUNTED

        return int(
            any(label not in NEVER_COUNTED for label in document["labels"])
            or document["records"]["identifiable"] > 0
        )
    level = document["verdict"]["main"]["level"]
    return int(LEVELS.index(level) >= LEVELS.index(fail_on.replace("-", "_")))


@main.command()
@_PATTERNS
def detectors(patterns: Sequence[Path]) -> None:
    """List the detectors with the standard that each follows."""
    from scanner.detectors.registry import detectors as load

    for detector in load(date.today(), tuple(patterns)):
        click.echo(f"{detector.name:24} {detector.label:22} {detector.standard}")


@main.command()
@click.argument("value")
@_PATTERNS
@_AS_OF
def explain(value: str, patterns: Sequence[Path], as_of: date | None) -> None:
    """Tell which checks VALUE passes or fails, and why."""
    from scanner.explain import explain as lines

    for line in lines(value, as_of or date.today(), tuple(patterns)):
        click.echo(line)


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
        click.echo(f"{pack.name}: {'sound' if not failures else f'{len(failures)} failures'}")
        for failure in failures:
            click.echo(f"  {failure}")
    sys.exit(2 if failed else 0)


@main.command()
@click.argument("name", default="cn-criminal-2017")
@click.option("--lang", type=LANGUAGES, default="zh", show_default=True)
def policy(name: str, lang: str) -> None:
    """Print a policy: its tiers or levels, and the three readings of every category, with their basis."""
    from scanner.policy import load, names
    from scanner.reports.policy_text import render

    shown = load(name)
    click.echo(render(shown, lang, [each for each in names() if each != shown.name]))
