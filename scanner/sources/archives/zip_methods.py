"""The methods by which entries of zip archives are packed (APPNOTE 6.3.10, 4.4.5)."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Iterator

from scanner.errors import SourceError
from scanner.sources.archives.unpacking import DICTIONARY, Inflating, Packed, by_arrow, cut_off, decoded
from scanner.sources.archives.zip_directory import Record

STORED, DEFLATED, BZIP2, LZMA, OLD_ZSTANDARD, ZSTANDARD, XZ, AES = 0, 8, 12, 14, 20, 93, 95, 99
SELF_ENDING = (DEFLATED, BZIP2, LZMA, XZ)


def unpacked(record: Record, method: int, packed: Packed, most: int) -> Iterator[bytes]:
    """The content by the method by which it is packed; SourceError for one that is not read."""
    if method == STORED:
        while piece := packed.read():
            yield piece
        if record.packed is not None and not record.aes and packed.taken < most:
            raise cut_off()
    elif method == DEFLATED:
        yield from decoded(packed, Inflating())
    elif method == BZIP2:
        yield from decoded(packed, bz2.BZ2Decompressor())
    elif method == XZ:
        yield from decoded(packed, lzma.LZMADecompressor(lzma.FORMAT_XZ, DICTIONARY))
    elif method in (ZSTANDARD, OLD_ZSTANDARD):
        yield from by_arrow(packed, "zstd")
    elif method == LZMA:
        yield from _lzma(record, packed)
    else:
        raise SourceError(f"is packed by method {method} of zip, which is not read")


def _lzma(record: Record, packed: Packed) -> Iterator[bytes]:
    """LZMA with the short header of zip; its end may be told by its size alone."""
    head = packed.read(9)
    if len(head) < 9 or head[2:4] != b"\5\0" or head[4] >= 225:
        raise SourceError("is packed by a method of zip that is damaged or not known")
    properties, dictionary = head[4], int.from_bytes(head[5:9], "little")
    if dictionary > DICTIONARY:
        raise SourceError(f"asks for more than {DICTIONARY} bytes of memory to be unpacked; it was not read")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "lc": properties % 9,
        "lp": properties // 9 % 5,
        "pb": properties // 45,
        "dict_size": max(dictionary, 4096),
    }
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])
    except lzma.LZMAError:
        raise SourceError("is packed by a method of zip that is damaged or not known") from None
    size = 0
    try:
        for piece in decoded(packed, decoder):
            size += len(piece)
            yield piece
    except SourceError:
        if size != record.size:
            raise
