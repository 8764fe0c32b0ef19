"""Options of scan for its journal: where it lies, how often it is written, and going on with an interrupted scan."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import secrets
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from scanner import __version__
from scanner.commands import interruption
from scanner.commands.output import tell, visible_text
from scanner.errors import ScannerError

if TYPE_CHECKING:
    from scanner.journal.folder import Folder
    from scanner.journal.journal import Journal
    from scanner.run.job import Input, Options

SUFFIX = ".leaktally-journal"
ARGUMENTS = "scanner.arguments"
STDIN = "-"
#: Options that may be said anew where a scan is resumed; those of the interrupted scan hold otherwise.
FREE = ("--jobs", "--memory", "--tmp", "--checkpoint", "--password-file")
_OPTIONS = (
    click.option(
        "--journal",
        metavar="DIR",
        help=f"Private folder for what an interrupted scan has counted; OUTPUT{SUFFIX} by default.",
    ),
    click.option(
        "--checkpoint",
        type=click.FloatRange(min=0),
        default=30,
        show_default=True,
        metavar="SECONDS",
        help="How often the journal is written; 0: there is none.",
    ),
    click.option(
        "--resume",
        is_flag=False,
        flag_value="",
        metavar="[DIR]",
        help="Go on with an interrupted scan: with the same arguments, or with its journal DIR alone.",
    ),
)


def journal_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of scan that are about its journal."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class Repeatable(click.Command):
    """A command that knows its arguments, and takes those of an interrupted run where only its journal is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments, or those that the journal has."""
        rest, passwords = _apart(args, ("--password",))
        ctx.meta[ARGUMENTS] = rest
        asked, free = _apart(rest, FREE)
        place = asked[0].partition("=")[2] if len(asked) == 1 and asked[0].startswith("--resume=") else None
        if len(asked) == 2 and asked[0] == "--resume" and not asked[1].startswith("-"):
            place = asked[1]
        if place:
            args = [*_recorded(Path(place)), f"--resume={place}", *free, *passwords]
        return super().parse_args(ctx, args)


def _apart(args: Sequence[str], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments but for some options, each with a value; and these. (Passwords are not written down.)"""
    rest: list[str] = []
    found: list[str] = []
    takes = False
    for each in args:
        its_own = each in names or each.startswith(tuple(f"{name}=" for name in names))
        (found if takes or its_own else rest).append(each)
        takes = not takes and each in names
    return rest, found


def missing_paths(resumed: str | None) -> str:
    """The sentence for a scan that was told no path. ``resumed``: the journal that it was told to go on with."""
    if not resumed:
        return "Missing argument 'PATH...'."
    return (
        f"--resume DIR goes on with what the scan was told: name no other option but {', '.join(FREE)} and "
        "--password, or all that the scan was told"
    )


def _recorded(place: Path) -> list[str]:
    """The arguments of the run whose journal this is; ScannerError where they mean something else here."""
    from scanner.journal.folder import Folder

    folder = Folder.open(place)
    head = folder.head
    folder.close()
    if head["folder"] != os.getcwd():  # noqa: PTH109 - compared as text
        where = visible_text(head["folder"])
        raise ScannerError(f"the interrupted scan was started in '{where}': resume it there")
    arguments: list[str] = head["arguments"]
    return arguments


class Keeping(NamedTuple):
    """What was asked about the journal. ``place``: where it lies, None: there is none; ``folder``: to go on with."""

    place: Path | None
    seconds: float
    folder: Folder | None
    arguments: Sequence[str]

    @property
    def target(self) -> str | None:
        """Where it will be written, if it is a new one."""
        return str(self.place) if self.place and self.folder is None else None

    def options(self, options: Options) -> Options:
        """The options, on the day of the interrupted run unless another one was given."""
        if self.folder is None or options.as_of is not None:
            return options
        return replace(options, as_of=date.fromisoformat(self.folder.head["asked"]["as_of"]))

    def journal(self, inputs: Sequence[Input], options: Options) -> Journal | None:
        """The journal of the run; ScannerError where the interrupted one was asked for something else."""
        if self.place is None:
            return None
        from scanner.journal.journal import Journal

        secret = self.folder.secret if self.folder else (secrets.randbits(64), secrets.randbits(64))
        head = {
            "asked": _asked(options, secret),
            "inputs": [item.record.path for item in inputs],
            "arguments": list(self.arguments),
            "folder": os.getcwd(),  # noqa: PTH109 - compared as text
        }
        if self.folder is not None:
            _refuse_others(self.folder.head, json.loads(json.dumps(head)))
        journal = Journal(self.place, secret, head, self.seconds or math.inf, _warn, self.folder)
        click.get_current_context().call_on_close(journal.close)
        interruption.advise(lambda: _advice(journal))
        return journal


def keeping(
    output: str | None, findings: str | None, paths: Sequence[str], chosen: dict[str, Any]
) -> Keeping:
    """Takes the options of the journal out of ``chosen``. UsageError, and ScannerError for one that is no use."""
    given, seconds, resumed = (chosen.pop(name) for name in ("journal", "checkpoint", "resume"))
    arguments = click.get_current_context().meta.get(ARGUMENTS, [])
    asked = given or resumed is not None
    if asked and findings:
        raise click.UsageError("findings cannot be resumed yet: run without --journal and --resume")
    if asked and STDIN in paths:
        raise click.UsageError(
            "standard input can be read only once, so its scan cannot be resumed: name a file"
        )
    if given and resumed:
        raise click.UsageError("--resume names the journal: leave --journal out")
    place = resumed or given or (None if output in (None, STDIN) else _beside(str(output)))
    if resumed is None and (not seconds or findings or STDIN in paths):
        place = None
    if place is None:
        if resumed is not None:
            raise click.UsageError("there is no output beside which a journal lies: say --resume DIR")
        return Keeping(None, 0, None, arguments)
    from scanner.journal.folder import Folder, sweep

    if resumed is not None:
        folder = Folder.open(Path(place))
        click.get_current_context().call_on_close(folder.close)
        return Keeping(Path(place), seconds, folder, arguments)
    sweep(Path(place))
    if os.path.lexists(place):
        shown = visible_text(place)
        raise ScannerError(
            f"'{shown}' is there, the journal of an interrupted scan: add --resume to go on with it, "
            "or remove it to scan anew"
        )
    return Keeping(Path(place), seconds, None, arguments)


def _beside(output: str) -> str:
    """Where the journal lies by default: beside a file, and also beside a folder."""
    if not output.endswith("/"):
        return output + SUFFIX
    folder = output.rstrip("/")
    plain = folder and Path(folder).name not in ("", ".", "..")
    return (folder if plain else os.path.realpath(output).rstrip("/")) + SUFFIX


def _asked(options: Options, secret: tuple[int, int]) -> dict[str, Any]:
    """All that the counts depend on, but for the inputs."""
    from scanner import knowledge
    from scanner.kernels.digest import fastest_here
    from scanner.run.job import options_shown

    key = b"".join(word.to_bytes(8, "little") for word in secret)
    passwords = "\0".join(options.read.passwords).encode("utf-8", "surrogatepass")
    return {
        **options_shown(options),
        "tool version": __version__,
        "knowledge": knowledge.sha256(),
        "pattern packs": [hashlib.sha256(pack.read_bytes()).hexdigest() for pack in options.patterns],
        "passwords": hmac.new(key, passwords, hashlib.sha256).hexdigest(),
        "block size": options.read.block_size,
        "kind of digests": fastest_here(),
    }


_HIDDEN = ("knowledge", "pattern packs", "passwords", "kind of digests")  # their values tell people nothing


def _refuse_others(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    before, asked = then["asked"], now["asked"]
    different = [name for name in sorted({*before, *asked}) if before.get(name) != asked.get(name)]
    if different:
        told = ", ".join(
            name if name in _HIDDEN else f"{name} (then {before.get(name)!r}, now {asked.get(name)!r})"
            for name in different
        )
        raise ScannerError(
            f"the interrupted scan was not the same, so it cannot be resumed: {visible_text(told)}"
        )
    if then["inputs"] != now["inputs"]:
        others = sorted(set(then["inputs"]) ^ set(now["inputs"])) or ["their order"]
        raise ScannerError(
            "the files to be scanned are not those of the interrupted scan, so it cannot be resumed: "
            f"{visible_text(others[0])}" + (f" and {len(others) - 1} more" if len(others) > 1 else "")
        )


def _warn(what: str) -> None:
    tell(visible_text(what))


def _advice(journal: Journal) -> str:
    if journal.folder is None:
        return "it had kept nothing yet"
    return f"go on with: leaktally scan --resume {shlex.quote(visible_text(str(journal.place)))}"
