"""Files that are whole and of this run, or not used at all: content, then its places, then a keyed seal.

Layout: 16 bytes of head (magic, version, byte order); the content; JSON that says what lies where; 56 bytes of foot
(magic, where the JSON lies, HMAC-SHA256 by the secret of the run of all bytes before it). Words are little-endian.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
from operator import index  # NumPy's integers are none of Python's
from pathlib import Path
from typing import IO, Any

from scanner.errors import ScannerError

VERSION = 7
HEAD = struct.Struct("<8sII")
FOOT = struct.Struct("<8sQQ32s")
MAGIC = b"leaktlyJ"
ORDER = 0x01020304  # read back in another byte order, it is another number
PIECE = 1 << 20
Buffer = bytes | memoryview


class DamagedError(ScannerError):
    """A file that is not whole, not of this run, or not of this version."""


class SealedWriter:
    """Writes one such file in order; it appears under its name, whole and on the disk, when ``seal`` returns.

    Until then it is ``NAME.new``, which leaving the ``with`` removes. Raises OSError.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._new = path.with_name(path.name + ".new")
        self._seal = hmac.new(key, digestmod=hashlib.sha256)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file: IO[bytes] = os.fdopen(os.open(self._new, flags, 0o600), "wb")
        self.position = 0
        self._given_up = False
        self.write(HEAD.pack(MAGIC, VERSION, ORDER))

    def write(self, data: Buffer) -> int:
        """Adds bytes; how many they are."""
        if self._given_up:
            raise OSError("the file is not wanted any more")
        view = memoryview(data).cast("B")
        self._seal.update(view)
        self._file.write(view)
        self.position += len(view)
        return len(view)

    def give_up(self) -> None:
        """Has who writes stop with an OSError, at the next bytes; any thread may ask for it."""
        self._given_up = True

    def seal(self, told: Any) -> None:
        """Ends the file with ``told`` (JSON), and puts it in place."""
        at = self.position
        size = self.write(json.dumps(told, separators=(",", ":"), default=index).encode("ascii"))
        foot = FOOT.pack(MAGIC, at, size, bytes(32))[:-32]
        self._seal.update(foot)
        self._file.write(foot + self._seal.digest())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._new.replace(self._path)
        sync(self._path.parent)

    def __enter__(self) -> SealedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._new.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_sealed(path: Path, key: bytes) -> tuple[IO[bytes], Any]:
    """The file, unbuffered, and what it tells, once its seal holds. DamagedError where it does not."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0)
    except OSError as error:
        raise DamagedError(f"it cannot be read: {(error.strerror or 'failed').lower()}") from None
    try:
        return file, _checked(file, key)
    except OSError as error:
        file.close()
        raise DamagedError(f"it cannot be read: {(error.strerror or 'failed').lower()}") from None
    except BaseException:
        file.close()
        raise


def _checked(file: IO[bytes], key: bytes) -> Any:
    size = os.fstat(file.fileno()).st_size
    if size < HEAD.size + FOOT.size:
        raise DamagedError("it is cut off")
    magic, at, length, seal = FOOT.unpack(os.pread(file.fileno(), FOOT.size, size - FOOT.size))
    made = hmac.new(key, digestmod=hashlib.sha256)
    left = size - 32
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise DamagedError("it is cut off")
        made.update(piece)
        left -= len(piece)
    if magic != MAGIC or not hmac.compare_digest(made.digest(), seal):
        raise DamagedError("it is damaged or of another run")
    if HEAD.unpack(os.pread(file.fileno(), HEAD.size, 0)) != (MAGIC, VERSION, ORDER):
        raise DamagedError("it is of another version, or of a machine with another byte order")
    if at + length + FOOT.size != size:
        raise DamagedError("it is damaged")
    return json.loads(os.pread(file.fileno(), length, at))
