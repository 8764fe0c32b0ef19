"""What vouches for a report: options of scan for manifest and signature, and the commands verify, rescan and key."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.commands.limits import PASSWORDS, passwords_of
from scanner.commands.options import ALLOW_INSIDE, JOBS, LANG
from scanner.commands.output import say, tell_issues, visible_text, watched
from scanner.errors import ScannerError

if TYPE_CHECKING:
    from scanner.evidence.publish import Attestation
    from scanner.evidence.signature import Signer
    from scanner.run.job import Input, Options

PASSPHRASE = click.option(
    "--passphrase-file", type=click.Path(path_type=Path), metavar="FILE", help="Its first line opens the key."
)
_OPTIONS = (
    click.option(
        "--manifest", metavar="PATH", help="Write a manifest of a single report; DIR/ has one anyway."
    ),
    click.option(
        "--sign-key",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Sign the manifest with this secret key, made by leaktally key new or minisign -G.",
    ),
    PASSPHRASE,
    click.option(
        "--sign-cmd",
        metavar="CMD",
        help="Sign the manifest with a program (hardware key): its path replaces {} or is added at the end.",
    ),
    ALLOW_INSIDE,
)


def evidence_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of scan that are about manifest, signature and where outputs may lie."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def attestation(output: str | None, chosen: dict[str, Any]) -> Attestation | None:
    """What shall vouch for the outputs, from options that this takes out of ``chosen``; asks for a passphrase.

    None where nothing shall. UsageError where they do not go together; ScannerError for a key that does not open.
    """
    manifest, key, phrase, command = (
        chosen.pop(name) for name in ("manifest", "sign_key", "passphrase_file", "sign_cmd")
    )
    in_folder = output is not None and output.endswith("/")
    if key and command:
        raise click.UsageError("--sign-key and --sign-cmd exclude each other")
    if manifest and in_folder:
        raise click.UsageError("-o DIR/ writes a manifest of its own: leave --manifest out")
    if (key or command) and not manifest and not in_folder:
        raise click.UsageError("there is no manifest to sign: say -o DIR/ or --manifest PATH")
    if phrase and not key:
        raise click.UsageError("--passphrase-file goes with --sign-key")
    if not manifest and not in_folder:
        return None
    from scanner.evidence import sign_command
    from scanner.evidence.manifest import NAME
    from scanner.evidence.publish import Attestation

    if command:
        sign_command.words(command)
    place = Path(f"{output}{NAME}" if in_folder else manifest)
    return Attestation(place, in_folder, _signer(key, phrase) if key else None, command)


def refuse_places(
    targets: Sequence[str | None], inputs: Sequence[Input], roots: Sequence[str], allow_inside: bool
) -> None:
    """Refuses, before anything is scanned, to write over inputs, through links, or inside a scanned folder."""
    from scanner.evidence.placement import refuse

    refuse([each for each in targets if each], [item.record.path for item in inputs], roots, allow_inside)


def _signer(key: Path, phrase: Path | None) -> Signer:
    from scanner.evidence.signature import Signer, is_protected

    return Signer(key, _passphrase(key, phrase) if is_protected(key) else None)


def _passphrase(key: Path, given: Path | None, new: bool = False) -> str:
    """From a file, or typed at the terminal, a new one twice."""
    shown = visible_text(str(key))
    if given is not None:
        try:
            first = given.read_bytes().split(b"\n", 1)[0].rstrip(b"\r").decode()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ScannerError(
                f"the passphrase file '{visible_text(str(given))}' cannot be read: {why}"
            ) from None
        if not first:
            raise ScannerError(f"the passphrase file '{visible_text(str(given))}' begins with an empty line")
        return first
    if not sys.stdin.isatty():
        more = ", or --unencrypted" if new else ""
        raise ScannerError(f"the key '{shown}' needs a passphrase: say --passphrase-file{more}")
    asked: str = click.prompt(f"Passphrase of {shown}", hide_input=True, confirmation_prompt=new, err=True)
    return asked


@click.group()
def key() -> None:
    """Keys that sign manifests, in the format of the minisign program."""


@key.command("new")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@PASSPHRASE
@click.option("--unencrypted", is_flag=True, help="Protect the secret key by its file mode alone.")
def new_key(path: Path, passphrase_file: Path | None, unencrypted: bool) -> None:
    """Make a secret key FILE (0600) and its public key FILE.pub."""
    from scanner.evidence import signature

    if unencrypted and passphrase_file:
        raise click.UsageError("--unencrypted and --passphrase-file exclude each other")
    public = signature.new_key(path, None if unencrypted else _passphrase(path, passphrase_file, new=True))
    say(public.read_text(encoding="ascii").splitlines()[1])


@click.command()
@click.argument("manifest", metavar="MANIFEST", type=click.Path(path_type=Path))
@click.option(
    "--public-key", metavar="FILE|KEY", help="Public key of who must have signed: a file, or its text."
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder below which the inputs lie now, with the paths that were typed.",
)
@LANG
def verify(manifest: Path, public_key: str | None, root: Path | None, lang: str) -> None:
    """Check signature, checksums, inputs and outputs of a MANIFEST, or of the folder that holds it.

    Exit code 0: all as it was; 1: something differs; 3: an input could not be read.
    """
    from scanner.evidence.text import render
    from scanner.evidence.verify import verify as check

    found = check(_manifest(manifest), public_key, root)
    say(render(found, lang))
    sys.exit(found.exit_code)


@click.command()
@click.argument("manifest", metavar="MANIFEST", type=click.Path(path_type=Path))
@JOBS
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder in which relative paths start now, instead of the one in which the scan was run.",
)
@PASSWORDS[0]
@PASSWORDS[1]
@LANG
def rescan(manifest: Path, jobs: int | None, root: Path | None, lang: str, **chosen: Any) -> None:
    """Repeat the scan of a MANIFEST and compare the evidence body byte by byte.

    Exit code 0: the same; 1: it differs, and the first keys that do are told; 3: an input is missing or could not be
    read, or its password was not given.
    """
    from scanner.evidence.rescan import rescan as repeat
    from scanner.evidence.text import render_rescan
    from scanner.run import job

    documents: list[Mapping[str, Any]] = []

    def run(inputs: Sequence[Input], options: Options) -> Mapping[str, Any]:
        documents.append(watched(inputs, lambda update: job.run(inputs, options, None, update)).document)
        return documents[-1]

    found = repeat(_manifest(manifest), run, jobs or 0, root, passwords_of(chosen))
    for document in documents if not found.unread else ():
        tell_issues(document)
    say(render_rescan(found, lang))
    sys.exit(0 if found.same else 3 if found.unread else 1)


def _manifest(path: Path) -> Path:
    """The manifest in a folder where a folder was named."""
    from scanner.evidence.manifest import NAME

    return path / NAME if path.is_dir() else path
