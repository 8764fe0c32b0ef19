"""Where a run may write: never over what it reads, never through a link, not inside a scanned folder unasked."""

from __future__ import annotations

import os
from collections.abc import Sequence

from scanner.errors import OutputError, ScannerError
from scanner.reports.escape import visible
from scanner.sources.file import STDIN


def refuse(targets: Sequence[str], inputs: Sequence[str], roots: Sequence[str], allow_inside: bool) -> None:
    """OutputError for a target that is a link; ScannerError for one that is an input, or inside a scanned folder.

    ``targets``: outputs, files or folders (``-`` is passed over); ``inputs``: the files that will be read;
    ``roots``: what was named to be scanned. ``allow_inside`` permits the last of the three. Call before scanning.
    """
    read = {os.path.realpath(path) for path in inputs if path != STDIN}
    folders = [root for root in roots if root != STDIN and os.path.isdir(root)]  # noqa: PTH112 - as typed
    for target in targets:
        if target == STDIN:
            continue
        plain, shown = target.rstrip("/") or "/", visible(target)
        if os.path.islink(plain):  # noqa: PTH114 - as typed, without a slash
            raise OutputError(f"cannot write '{shown}': it is a symbolic link")
        real = os.path.realpath(plain)
        if real in read:
            raise ScannerError(f"'{shown}' is itself to be scanned, so nothing is written over it")
        for folder in folders if not allow_inside else ():
            if is_inside(real, os.path.realpath(folder)):
                where = visible(folder)
                raise ScannerError(
                    f"'{shown}' lies inside '{where}', which is to be scanned: write elsewhere, or say --allow-inside"
                )


def is_inside(path: str, folder: str) -> bool:
    """Is a real path a folder or below it?"""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def location(path: str, folder: str) -> str:
    """How a list in ``folder`` names ``path``: relative where it lies in the folder or beside it, else absolute.

    The file's own name is kept even if it is a link; folders are taken as they really are, so that ``..`` leads back.
    """
    whole = os.path.abspath(path)  # noqa: PTH100 - resolves no link in the last part
    real = os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole))  # noqa: PTH118,PTH119,PTH120
    home = os.path.realpath(folder)
    beside = os.path.dirname(home)  # noqa: PTH120
    if is_inside(real, home) or (beside != os.sep and is_inside(real, beside)):
        return os.path.relpath(real, home)
    return real
