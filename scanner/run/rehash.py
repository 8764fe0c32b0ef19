"""Hashes the inputs once more when the scan is over: the evidence must be what it was before (法发〔2016〕22号)."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.document.build import InputRecord
from scanner.errors import SourceError
from scanner.in_turn import in_turn
from scanner.model import Issue
from scanner.run.entries import Records
from scanner.sources.file import STDIN, InputFile


def rehash(records: Sequence[InputRecord], threads: int, folder: str | None = None) -> Records:
    """The entries with ``sha256_after`` of every file that was hashed; an issue where it differs or cannot be read."""
    again = Records(folder)
    for record, found in zip(records, in_turn(_hashed, records, threads), strict=True):
        if found is not None:
            record.sha256_after, fault = found
            if fault:
                record.issues.append(Issue(f"cannot be hashed again after the scan: {fault}"))
            elif record.sha256_after != record.sha256:
                record.issues.append(Issue("is not what it was: after the scan, its SHA-256 is another one"))
        again.append(record)
    return again


def _hashed(record: InputRecord) -> tuple[str | None, str | None] | None:
    """The hash, or why there is none; None where there was none before."""
    if not record.sha256 or record.member is not None or record.path == STDIN:
        return None
    try:
        with InputFile(record.path) as file:
            return file.finish(), None
    except SourceError as error:
        return None, str(error).removeprefix("cannot be read: ")
