"""What ends a command early is one sentence on standard error and an exit code; what was mistyped, too."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterable
from typing import Any, NoReturn

import click

from scanner.commands import interruption
from scanner.commands.faults import FAULT_CODE, no_core_dumps, quiet, sentence
from scanner.commands.output import give_up_output, tell, visible_text
from scanner.errors import ScannerError

LIKE = 0.6  # of two names, dashes apart, from which on one may have been meant for the other
CLOSE = 0.15  # others are named beside the likest name if they are like it but for so much
MOST = 3


class Sentences(click.Group):
    """Turns every error into one sentence on standard error and an exit code."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Runs the command and ends the process; wrong usage is told like all else."""
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            tell(error.format_message(), name=False)
            code = error.exit_code
        except click.ClickException as error:
            tell(visible_text(misused(error)))
            code = error.exit_code
        except click.Abort:
            code = interruption.say(signal.SIGINT)
        sys.exit(code if isinstance(code, int) else 0)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parses what stands before the name of the command; --help and --version are written here."""
        try:
            return super().make_context(*args, **extra)
        except OSError as error:
            if (code := _unwritten(error)) is None:
                raise
            sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was named."""
        debug = bool(ctx.params.get("debug"))
        no_core_dumps()
        with quiet(debug):
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt as error:
                sys.exit(interruption.code_of(error))
            except ScannerError as error:
                _end_if_interrupted(error)
                tell(str(error))
                sys.exit(error.exit_code)
            except click.Abort:  # Ctrl-C or Ctrl-D at a prompt
                sys.exit(interruption.say(signal.SIGINT))
            except click.UsageError as error:
                name = ctx.invoked_subcommand
                if error.ctx is None and name:  # from the parser, which does not know the command
                    error.ctx = click.Context(self.commands[name], parent=ctx, info_name=name)
                raise
            except (SystemExit, click.ClickException, click.exceptions.Exit):
                raise
            except BaseException as error:  # also what a library in another language throws
                _end_if_interrupted(error)
                if (code := _unwritten(error)) is not None:
                    sys.exit(code)
                if debug:
                    raise
                tell(sentence(error))
                sys.exit(FAULT_CODE)


def _end_if_interrupted(error: BaseException) -> None:
    """Ends the command as an interrupted one, if the error came of that."""
    if (struck := interruption.behind(error)) is not None:
        sys.exit(interruption.code_of(struck))


def _unwritten(error: BaseException) -> int | None:
    """The exit code where click could not write help or version; None for any other error."""
    frames = traceback.walk_tb(error.__traceback__)
    if not isinstance(error, OSError) or all(frame.f_code is not click.echo.__code__ for frame, _ in frames):
        return None
    try:
        give_up_output(error)
    except ScannerError as found:
        tell(str(found))
        return found.exit_code
    return 0


def misused(error: click.ClickException) -> str:
    """One sentence for wrong usage, and which command tells more."""
    if isinstance(error, click.NoSuchOption):
        told = f"there is no option '{error.option_name}'{_meant(error.option_name, _options(error.ctx))}"
    elif isinstance(error, click.exceptions.NoSuchCommand):
        names = error.ctx.command.commands if error.ctx and isinstance(error.ctx.command, click.Group) else ()
        told = f"there is no command '{error.command_name}'{_meant(error.command_name, names)}"
    else:
        told = " ".join(error.format_message().split()).rstrip(".")
        told = told[:1].lower() + told[1:] if told[1:2].islower() else told
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{told} (help: {context.command_path} --help)" if context else told


def _options(context: click.Context | None) -> list[str]:
    if context is None:
        return []
    return [name for each in context.command.get_params(context) for name in each.opts if name[:2] == "--"]


def _meant(typed: str, names: Iterable[str]) -> str:
    """``: did you mean ...?``, the likest name first; empty where none is like what was typed."""
    import difflib  # what few commands need

    likeness = {
        name: difflib.SequenceMatcher(None, typed.lstrip("-"), name.lstrip("-")).ratio() for name in names
    }
    best = max(likeness.values(), default=0.0)
    like = [name for name, ratio in likeness.items() if ratio >= max(LIKE, best - CLOSE)]
    like.sort(key=lambda name: (-likeness[name], name))
    return f": did you mean {' or '.join(like[:MOST])}?" if like else ""
