"""Workbooks of all kinds, and old Office documents, told by their content, in a child process (``child_main``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from scanner.errors import SourceError
from scanner.model import Limits
from scanner.sources import old_slides, old_word
from scanner.sources.messages import HOLDS, Trouble, Unit
from scanner.sources.workbooks import calamine, excel_xml, ods, xlsx
from scanner.sources.workbooks.compound import streams
from scanner.sources.workbooks.parts import Parts

PIECE = 1 << 18
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Streams of compound files, and what a file that has one is.
OTHERS = {
    "__properties_version1.0": "an Outlook message",
    "visiodocument": "an old Visio drawing",
}


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of a workbook from a unit on."""
    try:
        yield from _read(file, start, options)
    except SourceError as error:
        yield Trouble(str(error), fatal=True)


def _read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    limits, cell = Limits(**options["limits"]), int(options["cell"])
    head = file.read(8)
    if head.startswith(b"PK"):
        yield from _zipped(file, start, limits, cell)
    elif head == OLD:
        names = streams(file)
        if "encryptedpackage" in names:
            yield Unit(0, "its content")
            yield HOLDS  # by ``decrypting``
            return
        if names & {"workbook", "book"}:
            yield from calamine.read(file, start, cell, "xls")
            return
        if "worddocument" in names:
            yield from old_word.read(file, cell)
            return
        if "powerpoint document" in names:
            yield from old_slides.read(file, cell)
            return
        for name, what in OTHERS.items():
            if name in names:
                raise SourceError(f"looks like {what}, which is not read")
        raise SourceError(calamine.DAMAGED)
    else:
        file.seek(0)
        is_flat = b"office:document" in file.read(PIECE)
        file.seek(0)
        stream = iter(lambda: file.read(PIECE), b"")
        if is_flat:
            yield Unit(0, "its content")
        yield from (ods.content if is_flat else excel_xml.read)(stream, start, cell)


def _zipped(file: BinaryIO, start: int, limits: Limits, cell: int) -> Iterator[Any]:
    parts = Parts(file, limits)
    if any(name.endswith("workbook.bin") for name in parts.names):
        yield from calamine.read(file, start, cell, "xlsb")
        yield from _damaged(parts)
    elif ods.CONTENT in parts:
        yield from ods.read(parts, start, cell)
    else:
        yield from xlsx.read(parts, start, cell)


def _damaged(parts: Parts) -> Iterator[Trouble]:
    """The parts that are not what they were: calamine takes what it cannot read for the end of a sheet."""
    for name in parts.names.values():
        try:
            part = parts.part(name)
            for _ in part.pieces():
                pass
            whole = part.fault is None
        except SourceError:
            whole = False
        if not whole:
            yield Trouble(f"part {name} is damaged by its own checksum; rows of it may be missing")
