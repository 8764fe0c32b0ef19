"""Compressed bytes, unpacked piece by piece; what comes out before damage or a cut is always given.

Formats: deflate (RFC 1951), gzip (RFC 1952), bzip2, xz and LZMA alone, Zstandard (RFC 8878), LZ4 frames.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from scanner.errors import SourceError

TAKEN = 1 << 16  # packed bytes taken at a time
PIECE = 1 << 18  # bytes that come out at a time
SMALL = 1 << 12  # packed bytes taken at a time where damage costs what was taken with it
STEP = 256  # packed bytes of a step where damage is approached
DICTIONARY = 192 << 20  # bytes that an LZMA decoder may ask for: xz -9 needs 65 MiB
MAGIC = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\x00"}
STREAMS = (*MAGIC, "lzma", "zstandard", "lz4")
ARROW = {"zstandard": "zstd", "lz4": "lz4"}


class Packed:
    """Packed bytes in order. ``taken``: how many were used up; ``rest``: whether others stand behind the content."""

    def __init__(self, read: Callable[[int], bytes], most: int | None = None) -> None:
        """``read``: the next bytes, empty at the end; ``most``: no more than so many."""
        self._read = read
        self._back = b""
        self._most = most
        self.taken = 0
        self.rest = False

    def read(self, count: int = TAKEN) -> bytes:
        """The next bytes, at most ``count``, empty at the end."""
        if self._back:
            piece, self._back = self._back[:count], self._back[count:]
        else:
            if self._most is not None:
                count = min(count, self._most - self.taken)
            piece = self._read(count) if count else b""
        self.taken += len(piece)
        return piece

    def unread(self, piece: bytes) -> None:
        """Gives back what was read last and not needed."""
        self._back = piece + self._back
        self.taken -= len(piece)

    def skip_zeros(self) -> bytes:
        """The first bytes behind any number of NUL bytes, which stay to be read."""
        while piece := self.read():
            if rest := piece.lstrip(b"\0"):
                self.unread(rest)
                return rest
        return b""


class _Decoder(Protocol):
    """As those of bz2 and lzma."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class Inflating:
    """A decoder for deflate as those of bz2 and lzma are; gives what stands before damage, to the byte."""

    def __init__(self, window: int = -zlib.MAX_WBITS) -> None:
        """``window``: as zlib has it; 31 for gzip, negative for bare deflate."""
        self._decoder = zlib.decompressobj(window)
        self._damage: zlib.error | None = None

    @property
    def eof(self) -> bool:
        """Whether the end of the content was reached."""
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        """Whether it can go on without further input."""
        return not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What stands behind the end."""
        return self._decoder.unused_data

    def decompress(self, data: bytes, most: int = PIECE, /) -> bytes:
        """The next bytes; zlib.error at damage, once all before it was given."""
        if self._damage is not None:
            raise self._damage
        data = self._decoder.unconsumed_tail + data
        before = self._decoder.copy()
        try:
            return self._decoder.decompress(data, most)
        except zlib.error as error:
            self._damage = error
        pieces = []
        for step in (STEP, 1):
            try:
                while data:
                    last = before.copy()
                    pieces.append(before.decompress(data[:step]))
                    data = data[step:]
            except zlib.error:
                before = last
        return b"".join(pieces)


def unpacked(packed: Packed, kind: str) -> Iterator[bytes]:
    """The content of a compressed file, all its streams behind each other; ``kind``: one of STREAMS.

    SourceError where it is cut off or damaged.
    """
    if kind in ARROW:
        yield from by_arrow(packed, ARROW[kind])
        return
    makers: dict[str, Callable[[], _Decoder]] = {
        "gzip": lambda: Inflating(31),
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, DICTIONARY),
        "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, DICTIONARY),
    }
    while True:
        yield from decoded(packed, makers[kind]())
        further = packed.skip_zeros()
        if not further:
            return
        if kind not in MAGIC or not further.startswith(MAGIC[kind]):
            packed.rest = True
            return


def decoded(packed: Packed, decoder: _Decoder) -> Iterator[bytes]:
    """What one decoder gives, up to the end of its stream; what stands behind it stays to be read."""
    step = SMALL if isinstance(decoder, lzma.LZMADecompressor) else TAKEN
    while not decoder.eof:
        data = packed.read(step) if decoder.needs_input else b""
        ended = not data and decoder.needs_input
        try:
            piece = decoder.decompress(data, PIECE)
        except (zlib.error, OSError, EOFError, ValueError) as error:
            raise damaged(error) from None
        except lzma.LZMAError as error:
            if "emory" in str(error):
                what = f"asks for more than {DICTIONARY} bytes of memory to be unpacked; it was not read"
                raise SourceError(what) from None
            raise damaged(error) from None
        if piece:
            yield piece
        elif ended and not decoder.eof:
            raise cut_off()
    packed.unread(decoder.unused_data)


def by_arrow(packed: Packed, codec: str) -> Iterator[bytes]:
    """What pyarrow's decoder of a codec gives."""
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.PythonFile(_Reader(packed), "r"), codec) as stream:
            while piece := stream.read(TAKEN):
                yield piece
    except (OSError, ValueError) as error:
        message = str(error).lower()
        if "truncated" in message or "ended before" in message:
            raise cut_off() from None
        raise damaged(error) from None


def cut_off() -> SourceError:
    """The sentence for content that ends early."""
    return SourceError("is cut off: its packed content ends early; what came before the cut was read")


def damaged(error: Exception) -> SourceError:
    """The sentence for content that does not decode."""
    kind = type(error).__name__
    return SourceError(f"its packed content is damaged ({kind}); what came before the damage was read")


class _Reader:
    """Packed bytes as a file object for pyarrow."""

    closed = False

    def __init__(self, packed: Packed) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, count: int = TAKEN) -> bytes:
        return self._packed.read(count)

    def close(self, *_: Any) -> None:
        self.closed = True
