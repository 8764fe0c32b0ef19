"""Reads 7z, rar, cab and ISO archives through libarchive, in a child process (``child_main``).

Each file is a ``Sheet`` of its name; its bytes follow as record batches of one row: a piece, and how many bytes of the
archive were used up so far.
"""

from __future__ import annotations

import importlib
import locale
import stat
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.counted import counted
from scanner.sources.archives.names import LINKS, decoded
from scanner.sources.messages import Sheet, Trouble, Unit

PIECE = 1 << 18
FORMATS = {"seven_zip": ("7zip",), "rar": ("rar", "rar5"), "cab": ("cab",), "iso": ("iso9660",)}
FATAL = -30  # libarchive's ARCHIVE_FATAL: nothing more can be read
BEHIND = "is damaged or cut off behind {entries} [entries:entry|entries]; the rest was not read"
ENCRYPTED = "is encrypted, which is not read in archives of this kind: unpack it with its password first"


def _loaded() -> Any:
    """libarchive, or None where it is not there."""
    for name in ("C.UTF-8", "en_US.UTF-8"):  # names come through the locale
        with suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            break
    with suppress(Exception):  # whatever a missing library raises
        return importlib.import_module("libarchive")
    return None


_library = _loaded()


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """The files of the archive in their order. ``options["format"]``: a key of FORMATS."""
    if _library is None:
        what = "needs libarchive to be read, and the package libarchive-c: pip install 'leaktally[archive]'"
        yield Trouble(what, fatal=True)
        return
    links, first = 0, ""
    number = -1
    try:
        with _opened(file, FORMATS[options["format"]]) as archive:
            for number, entry in enumerate(archive):
                name = _name(entry.pathname or "unnamed")
                if stat.S_IFMT(entry.filetype) not in (0, stat.S_IFREG) or entry.linkpath:
                    if not entry.isdir:
                        links, first = links + 1, first or name
                elif number >= start:
                    yield Unit(number, name)
                    yield Sheet(name, ("content",), options["format"])
                    if _is_encrypted(entry):  # its content would end the archive, and others may follow
                        yield Trouble(ENCRYPTED)
                    elif not (yield from _content(archive, entry)):
                        yield from _remark(counted(BEHIND, entries=number + 1))
                        return
    except _library.ArchiveError as error:
        if _is_about_encryption(error):
            yield Trouble(ENCRYPTED, fatal=number < 0)
        elif number < 0:
            yield Trouble("is damaged, so that nothing of it could be read", fatal=True)
        else:
            yield from _remark(counted(BEHIND, entries=number + 1))
        return
    if links:
        yield from _remark(counted(LINKS, links=links, first=first), partial=False)


def _remark(what: str, partial: bool = True) -> Iterator[Any]:
    """Something to be said of the archive itself."""
    yield Sheet(None, None, "archive")
    yield Trouble(what, partial=partial)


def _content(archive: Any, entry: Any) -> Generator[Any, None, bool]:
    """The pieces of one file; returns whether anything may follow."""
    try:
        for piece in entry.get_blocks(PIECE):
            yield pa.record_batch(
                [pa.array([piece], pa.binary()), pa.array([archive.bytes_read])], ["piece", "used"]
            )
    except _library.ArchiveError as error:
        if _is_about_encryption(error):
            yield Trouble(ENCRYPTED)
        else:
            yield Trouble("its packed content is damaged or cut off; what came before was read")
        return bool(error.retcode != FATAL)
    return True


def _name(told: str | bytes) -> str:
    return decoded(told if isinstance(told, bytes) else told.encode("utf-8", "surrogateescape"))


def _is_encrypted(entry: Any) -> bool:
    ffi: Any = importlib.import_module("libarchive.ffi")
    return bool(ffi.libarchive.archive_entry_is_data_encrypted(ffi.c_void_p(entry._entry_p)))


def _is_about_encryption(error: Any) -> bool:
    message = error.msg if isinstance(error.msg, str) else ""
    return "ncrypt" in message or "passphrase" in message.lower()


def _opened(file: BinaryIO, formats: tuple[str, ...]) -> Any:
    """An archive of one of the formats, and of no other, compressed by nothing around it."""
    ffi: Any = importlib.import_module("libarchive.ffi")
    reader = importlib.import_module("libarchive.read").stream_reader

    def enable(archive_p: Any) -> None:
        for name in formats:
            ffi.get_read_format_function(name)(archive_p)

    ffi.read_support_format_leaktally = enable
    return reader(file, format_name="leaktally", filter_name="none", block_size=1 << 16)
