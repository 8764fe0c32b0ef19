"""The bytes of one member as they come out of its container: counted against the limits, hashed, never all held."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator

from scanner.errors import SourceError
from scanner.sources.archives.allowance import Allowance

CHUNK = 1 << 20


class Flow:
    """Bytes in order. ``size``: how many came out; ``crc``: their CRC-32.

    ``fault``: why they end early, None where they do not: what reads them sees a shorter member.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        packed: Callable[[], int],
        allowance: Allowance,
        unpacks: bool = True,
        checked: bool = False,
    ) -> None:
        """``packed()``: bytes of the container that were used up so far; ``unpacks``: whether what comes out counts
        as output; ``checked``: whether the CRC-32 is wanted.
        """
        self._pieces = pieces
        self._packed = packed
        self._allowance = allowance
        self._unpacks = unpacks
        self._checked = checked
        self._hash = hashlib.sha256()
        self._left = memoryview(b"")
        self.size = 0
        self.crc = 0
        self.ended = False
        self.fault: str | None = None

    @property
    def sha256(self) -> str | None:
        """Of all bytes, in hex; None where not all came out."""
        return self._hash.hexdigest() if self.ended and self.fault is None else None

    def read(self, count: int) -> bytes:
        """The next bytes, fewer than ``count`` only at the end."""
        taken: list[memoryview] = []
        while count > 0:
            if not self._left:
                piece = self._next()
                if piece is None:
                    break
                self._left = piece
            taken.append(self._left[:count])
            self._left = self._left[count:]
            count -= len(taken[-1])
        return bytes(taken[0]) if len(taken) == 1 else b"".join(taken)

    def drain(self) -> None:
        """Reads what was not read yet, for the hash."""
        self._left = memoryview(b"")
        while self._next() is not None:
            pass

    def _next(self) -> memoryview | None:
        """The next piece, hashed; None at the end."""
        if self.ended:
            return None
        try:
            piece = next(self._pieces, None)
            if piece is not None:
                self._count(len(piece))
        except SourceError as error:
            self.fault, piece = str(error), None
        if piece is None:
            self.ended = True
            return None
        self._hash.update(piece)
        if self._checked:
            self.crc = zlib.crc32(piece, self.crc)
        return memoryview(piece)

    def _count(self, more: int) -> None:
        """Takes the bytes into account; SourceError where a limit is hit."""
        limits = self._allowance.limits
        size = self.size + more
        if self._unpacks:
            self._allowance.take(more)
            if size > limits.armed and size > limits.ratio * max(1, self._packed()):
                raise SourceError(
                    f"unpacks to more than {limits.ratio} times its packed size; the rest was not read (--max-ratio)"
                )
        self.size = size
