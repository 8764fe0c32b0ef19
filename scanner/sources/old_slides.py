"""Text of PowerPoint 97 to 2003 ([MS-PPT]) in lines."""

from __future__ import annotations

import importlib
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from scanner.errors import SourceError
from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.workbooks.grid import Grid

_library: Any = importlib.import_module("olefile")
FORMAT = "ppt"
STREAM = "PowerPoint Document"
HEADER = struct.Struct("<HHI")  # version and instance, type, length (2.3.1)
CONTAINER = 0xF  # the version of a record that holds records
#: TextCharsAtom, TextBytesAtom (2.9.42, 2.9.41), and notes and the like (CString, 2.2.22).
TEXTS = {0x0FA0: "utf-16-le", 0x0FA8: "latin-1", 0x0FBA: "utf-16-le"}
CUT = "is damaged; text behind that place was not read"


def read(file: BinaryIO, cell: int) -> Iterator[Any]:
    """Messages of a presentation, which is one unit. SourceError where it is none, or encrypted."""
    yield Unit(0, "its content")
    try:
        with _library.OleFileIO(file) as streams:
            if streams.exists("EncryptedSummary"):
                raise SourceError("is encrypted in a way that is not read")
            content = streams.openstream(STREAM).read()
    except SourceError:
        raise
    except Exception as error:  # of damage the library raises whatever that leads to
        raise SourceError("is not a whole PowerPoint document") from error
    grid = Grid(cell)
    yield Sheet(None, (None,), FORMAT)
    at = 0
    while at + HEADER.size <= len(content):
        version, kind, length = HEADER.unpack_from(content, at)
        at += HEADER.size
        if version & 0xF == CONTAINER:
            continue
        if at + length > len(content):
            break
        if kind in TEXTS:
            text = content[at : at + length].decode(TEXTS[kind], "replace")
            for line in text.replace("\x0b", "\r").split("\r"):
                grid.append([line])
            if grid.full:
                yield from grid.batches()
        at += length
    yield from grid.batches()
    yield from grid.troubles("")
    if at != len(content):
        yield Trouble(CUT)
