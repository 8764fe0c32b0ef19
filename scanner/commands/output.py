"""Where reports go: formats and targets, progress, standard output."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scanner.commands.options import FORMATS
from scanner.errors import OutputError

if TYPE_CHECKING:
    from scanner.model import Batch
    from scanner.run.job import Input

T = TypeVar("T")
SUFFIXES = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".txt": "terminal",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".csv": "list",
}
PLAIN = ".txt"  # may hold JSON or a list, too
#: What a format's file is called in a folder.
NAMES = {
    "json": "report.json",
    "html": "report.html",
    "terminal": "report.txt",
    "docx": "report.docx",
    "xlsx": "annex.xlsx",
    "list": "list.csv",
}


def targets_of(
    formats: Sequence[str], output: str | None, known: Sequence[str] = FORMATS
) -> list[tuple[str, str]]:
    """(format, where to) pairs; ``-`` is standard output. ``known``: the formats that there are."""
    if output is None or output == "-":
        if len(formats) > 1:
            raise click.UsageError("several formats need a folder: -o DIR/")
        return [(formats[0] if formats else "terminal", "-")]
    if output.endswith("/"):
        return [(name, f"{output}{NAMES[name]}") for name in dict.fromkeys(formats or known)]
    if len(formats) > 1:
        raise click.UsageError("several formats need a folder: -o DIR/")
    suffix = Path(output).suffix.lower()
    meant = SUFFIXES.get(suffix)
    name = formats[0] if formats else meant
    if formats and meant in known and meant != name and suffix != PLAIN:
        raise click.UsageError(
            f"-f {name} does not go with the name {output!r}, which is for {meant}: leave one out"
        )
    if name is None or name not in known:
        choice = f"{', '.join(known[:-1])} or {known[-1]}"
        raise click.UsageError(f"the format does not follow from the name {output!r}: say -f {choice}")
    return [(name, output)]


def made_folder(output: str) -> None:
    """Makes the folder ``output`` (DIR/); one that stays empty is taken away again when the command ends."""
    from scanner.reports.atomic import make_folder

    folder = Path(output)
    if make_folder(folder):
        click.get_current_context().call_on_close(lambda: _remove_empty(folder))


def _remove_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # it holds the reports
        folder.rmdir()


def visible_text(text: str) -> str:
    """Text for standard error, without anything that commands a terminal."""
    from scanner.reports.escape import visible

    return visible(text)


def watched(inputs: Sequence[Input], work: Callable[[Callable[[Batch], None]], T]) -> T:
    """Does the work; on a terminal under a bar on standard error, if it takes longer than a second."""
    if not sys.stderr.isatty():
        return work(lambda batch: None)
    from tqdm import tqdm

    total = sum(item.record.size or 0 for item in inputs)
    with tqdm(total=total or None, unit="B", unit_scale=True, delay=1, leave=False) as bar:

        def update(batch: Batch) -> None:
            bar.update(batch.bytes_read)

        return work(update)


def tell_issues(document: Mapping[str, Any]) -> None:
    """Says on standard error all that the report says of the reading of inputs, in its order."""
    if not document["issues"]:
        return
    from scanner.reports.issues import by_weight, name_of

    for one in by_weight(document):
        name = name_of(document, one)
        row = "" if one.get("row") is None else f" row {one['row']}"
        tell(f"{visible_text(name)}{row}: {one['what']}" if name else str(one["what"]))


def terminal_shape(target: str) -> tuple[int, bool]:
    """The width in cells of what is written to a target, and whether in colour."""
    tty = target == "-" and sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns if tty else 100
    return width, tty and "NO_COLOR" not in os.environ


def write(target: str, content: bytes | Iterable[bytes], private: bool = False) -> None:
    """Writes one report, or its pieces, whole or not at all (``-``: to standard output); OutputError."""
    from scanner.reports import atomic

    if target != "-":
        atomic.write(Path(target), content, private=private)
        return
    try:
        sys.stdout.buffer.writelines([content] if isinstance(content, bytes) else content)
        sys.stdout.buffer.flush()
    except OSError as error:
        give_up_output(error)


def say(text: str) -> None:
    """Writes lines for people to standard output, as ``write``."""
    write("-", f"{text}\n".encode(sys.stdout.encoding or "utf-8", "replace"))


def tell(text: str, name: bool = True) -> None:
    """Writes a line to standard error, after the command's ``name``; one that nobody can read stops nothing."""
    with contextlib.suppress(OSError):
        click.echo(f"leaktally: {text}" if name else text, err=True)


def give_up_output(error: OSError) -> None:
    """Standard output takes no more: what is still to be written goes nowhere.

    OutputError, but for a reader that has seen enough.
    """
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        why = "it is closed" if error.errno == errno.EBADF else error.strerror
        raise OutputError(f"standard output could not be written: {why}") from error
