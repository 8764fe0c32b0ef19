"""Hashes of whole files, and the list of them that coreutils' ``sha256sum -c`` reads."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from scanner.sources.file import CHUNK, open_regular, refusal

_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}


class FileHash(NamedTuple):
    """Bytes of a file, and their SHA-256 in hex."""

    size: int
    sha256: str


def hash_file(path: str | os.PathLike[str]) -> FileHash:
    """Reads a regular file, not through a link and without waiting; SourceError where it cannot be read."""
    digest, size = hashlib.sha256(), 0
    descriptor = open_regular(os.fspath(path))
    try:
        while piece := os.read(descriptor, CHUNK):
            digest.update(piece)
            size += len(piece)
    except OSError as error:
        raise refusal(error) from None
    finally:
        os.close(descriptor)
    return FileHash(size, digest.hexdigest())


def exists(path: str | os.PathLike[str]) -> bool:
    """Is there anything of that name, if only a link that leads nowhere?"""
    try:
        return bool(stat.S_IFMT(os.lstat(path).st_mode))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True


def line(sha256: str, name: str) -> bytes:
    r"""One line of the list: hash, two blanks, name; ``name`` as Python has it (``os.fsdecode``).

    As coreutils do it: where a name holds a backslash, LF or CR, these are escaped and the line begins with "\".
    A file called "-" is named "./-", since "-" is standard input.
    """
    raw = os.fsencode(name if name != "-" else "./-")
    escaped = b"".join(_ESCAPES.get(bytes([byte]), bytes([byte])) for byte in raw)
    return (b"\\" if escaped != raw else b"") + sha256.encode() + b"  " + escaped + b"\n"


def render(files: Iterable[tuple[str, str]]) -> bytes:
    """The list for (name, sha256) pairs: sorted by name, each pair once."""
    return b"".join(
        line(digest, name)
        for name, digest in sorted(set(files), key=lambda each: (os.fsencode(each[0]), each[1]))
    )


def listed(content: bytes, name: str) -> str | None:
    """The hash that a list gives for ``name``; None where it gives none."""
    for each in content.splitlines(keepends=True):
        digest = each.lstrip(b"\\")[:64].decode("ascii", "replace")
        if each == line(digest, name):
            return digest
    return None
