"""Hashes the inputs once more when the scan is over: the evidence must be what it was before (法发〔2016〕22号)."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.document import InputRecord
from scanner.errors import SourceError
from scanner.in_turn import in_turn
from scanner.model import Issue
from scanner.sources.file import STDIN, InputFile


def rehash(records: Sequence[InputRecord], threads: int) -> None:
    """Fills in ``sha256_after`` of every file that was hashed; an issue where it differs or cannot be read again."""
    files = [each for each in records if each.sha256 and each.member is None and each.path != STDIN]
    for record, (found, fault) in zip(files, in_turn(_hashed, files, threads), strict=True):
        record.sha256_after = found
        if fault:
            record.issues.append(Issue(f"cannot be hashed again after the scan: {fault}"))
        elif found != record.sha256:
            record.issues.append(Issue("is not what it was: after the scan, its SHA-256 is another one"))


def _hashed(record: InputRecord) -> tuple[str | None, str | None]:
    """The hash, or why there is none."""
    try:
        with InputFile(record.path) as file:
            return file.finish(), None
    except SourceError as error:
        return None, str(error).removeprefix("cannot be read: ")
