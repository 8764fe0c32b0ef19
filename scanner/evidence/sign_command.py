"""Signing by a program of the user's own, such as one that speaks to a hardware key (UKey)."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from scanner.errors import OutputError, ScannerError
from scanner.reports.escape import visible

PLACE = "{}"
SUFFIXES = (".minisig", ".sig", ".asc", ".p7s", ".der", ".pem")
_MINISIGN = b"untrusted comment:"


def words(command: str) -> list[str]:
    """The words of a command; ScannerError where quotes are open or nothing is there. No shell reads them."""
    try:
        found = shlex.split(command)
    except ValueError:
        raise ScannerError(
            f"the signing command '{visible(command)}' has a quote that does not end"
        ) from None
    if not found:
        raise ScannerError("the signing command is empty")
    return found


def sign(command: str, manifest: Path) -> tuple[str, bytes]:
    """Runs ``command`` on a manifest; what to add to its name for the signature, and the signature's bytes.

    The path stands for ``{}``, or else behind the last word. What the program prints is the signature; where it
    prints nothing, the file that it wrote beside the manifest, under its name with one of ``SUFFIXES``.
    OutputError where it fails or gives no signature.
    """
    asked = words(command)
    placed = [word.replace(PLACE, str(manifest)) for word in asked]
    if placed == asked:
        placed.append(str(manifest))
    shown = visible(asked[0])
    try:
        done = subprocess.run(placed, stdout=subprocess.PIPE, check=False)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is no possible command").lower()
        raise OutputError(f"the signing command '{shown}' could not be started: {reason}") from None
    if done.returncode:
        raise OutputError(f"the signing command '{shown}' failed with exit code {done.returncode}")
    if done.stdout:
        return (SUFFIXES[0] if done.stdout.startswith(_MINISIGN) else SUFFIXES[1]), done.stdout
    for suffix in SUFFIXES:
        written = manifest.with_name(manifest.name + suffix)
        if written.is_file() and not written.is_symlink():
            data = written.read_bytes()
            written.unlink()
            return suffix, data
    raise OutputError(f"the signing command '{shown}' gave no signature")
