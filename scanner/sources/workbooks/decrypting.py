"""Decrypts Office documents ([MS-OFFCRYPTO]) in a child process (``child_main``), by msoffcrypto.

What comes out is told as ``archives.libarchive_reader`` tells a file.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from scanner.sources.messages import Sheet, Trouble, Unit

_library: Any = importlib.import_module("msoffcrypto")
_errors: Any = importlib.import_module("msoffcrypto.exceptions")
NAME = "decrypted"  # of what comes out
BY_DEFAULT = (
    "VelvetSweatshop"  # the password of workbooks that are only protected ([MS-OFFCRYPTO] 2.3.6.1, note)
)
PIECE = 1 << 18


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """The document without its encryption."""
    yield Unit(0, "its content")
    passwords = tuple(each for each in options["passwords"] if each)
    try:
        document = _library.OfficeFile(file)
        content = next(
            (found for each in (*passwords, BY_DEFAULT) if (found := _opened(document, each))), None
        )
    except MemoryError:
        raise
    except Exception:  # of damage its parsers raise whatever that leads to
        yield Trouble("is encrypted in a way that is not read", fatal=True)
        return
    if content is None and passwords:
        yield Trouble("is encrypted, and none of the passwords given opens it", fatal=True)
    elif content is None:
        yield Trouble("is encrypted; give its password with --password", fatal=True)
    else:
        yield Sheet(NAME, ("content",), "encrypted")
        for at in range(0, len(content), PIECE):
            piece = pa.array([content[at : at + PIECE]], pa.binary())
            yield pa.record_batch([piece, pa.array([min(at + PIECE, len(content))])], ["piece", "used"])


def _opened(document: Any, password: str) -> bytes | memoryview | None:
    """What a password gives; None where it is not the right one."""
    result = io.BytesIO()
    try:
        if document.format == "ooxml":
            document.load_key(password=password, verify_password=True)
        else:
            document.load_key(password=password)
        document.decrypt(result)
    except _errors.InvalidKeyError:
        return None
    return result.getbuffer()
