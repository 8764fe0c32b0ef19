"""GB18030, Big5, UTF-16 and UTF-32 to UTF-8, and the count of bytes that are not UTF-8.

A byte (UTF-16, UTF-32: a unit) that starts no character becomes U+FFFD, is counted, and reading goes on behind it, so
that an ASCII byte after a damaged one is never swallowed. Tables are made from Python's own codecs: GB18030 with
the two-byte and four-byte ranges that codec knows, and what GB 18030-2005 and GB 18030-2022 changed in the former since
the edition of 2000, which it has; Big5 as ``big5hkscs``, what that lacks from ``cp950``.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from scanner.kernels.transcode_steps cimport *

ENCODINGS = ("gb18030", "big5", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
FIRST_BAD = 8
# Pairs that stood for places of private use until Unicode had their characters: the first pair of each run.
CHANGED = {
    0xA6D9: "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16",
    0xA6EC: "\ufe17\ufe18",
    0xA6F3: "\ufe19",
    0xA8BC: "\u1e3f",
    0xFE59: "\u9fb4",
    0xFE61: "\u9fb5",
    0xFE66: "\u9fb6\u9fb7",
    0xFE6D: "\u9fb8",
    0xFE7E: "\u9fb9",
    0xFE90: "\u9fba",
    0xFEA0: "\u9fbb",
}


class Transcoded(NamedTuple):
    """What one call did. ``consumed``: bytes of the source; ``written``: bytes of the output; ``bad``: undecodable
    bytes (UTF-16, UTF-32: units); ``first_bad``: offsets of the first ones in this source."""

    consumed: int
    written: int
    bad: int
    first_bad: tuple


def _packed(text):
    """UTF-8 of a character (or of two that make one), first byte lowest."""
    return int.from_bytes(text.encode("utf-8"), "little")


def _decoded(sequences, codec):
    """Each sequence decoded by Python's codec, None where it is not one character there."""
    texts = b"\n".join(sequences).decode(codec, "replace").split("\n")
    return [None if "\ufffd" in text or not text else text for text in texts]


@cache
def pairs(encoding):
    """uint32[126 * 256] by (lead - 0x81) * 256 + trail: the character in packed UTF-8, 0 for none."""
    if encoding == "gb18030":
        return _gb18030()[0]
    table = np.zeros(126 * 256, dtype=np.uint32)
    leads, trails = range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0x80, 0xFF)]
    sequences = [bytes(pair) for pair in product(leads, trails)]
    for codec in ("cp950", "big5hkscs"):
        for pair, text in zip(sequences, _decoded(sequences, codec), strict=True):
            if text is not None:
                table[((pair[0] - 0x81) << 8) | pair[1]] = _packed(text)
    return table


def fours():
    """uint16[39420]: the code point of each four-byte sequence below U+10000 by its number, 0 for none."""
    return _gb18030()[1]


@cache
def _gb18030():
    """``pairs`` and ``fours`` of GB18030. All sequences of two bytes are decoded at once; the characters below U+10000 that
    are none of these have the sequences of four bytes in their order (GB 18030-2022, 5.3)."""
    trails = np.concatenate([np.arange(0x40, 0x7F), np.arange(0x80, 0xFF)])
    codes = np.add.outer(np.arange(0x81, 0xFF) << 8, trails).ravel()
    text = codes.astype(">u2").tobytes().decode("gb18030")
    point = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.int64)
    last = 0x80 | point & 0x3F
    short = 0xC0 | point >> 6 | last << 8
    pair_table = np.zeros(126 * 256, dtype=np.uint32)
    pair_table[codes - 0x8100] = np.where(
        point < 0x800, short, 0xE0 | point >> 12 | (0x80 | point >> 6 & 0x3F) << 8 | last << 16
    )
    left = np.ones(0x10000, dtype=np.bool_)
    left[:0x80] = left[0xD800:0xE000] = left[point] = False
    four_table = np.flatnonzero(left).astype(np.uint16)
    for first, texts in CHANGED.items():
        for place, text in enumerate(texts, first - 0x8100):
            pair_table[place] = _packed(text)
    return pair_table, four_table


cdef Tables tables_of(str encoding, const uint32_t[::1] pair_table, const uint16_t[::1] four_table):
    cdef Tables tables
    tables.kind = ENCODINGS.index(encoding)
    tables.pairs = &pair_table[0]
    tables.fours = &four_table[0]
    return tables


def _tables(encoding):
    """The tables an encoding needs; small dummies where it needs none."""
    if encoding not in ENCODINGS:
        raise ValueError(f"no transcoder for {encoding!r}")
    none = np.zeros(1, dtype=np.uint32), np.zeros(1, dtype=np.uint16)
    return (
        pairs(encoding) if encoding in ("gb18030", "big5") else none[0],
        fours() if encoding == "gb18030" else none[1],
    )


def transcode(const uint8_t[::1] source not None, uint8_t[::1] output not None, str encoding, *, bint final):
    """Writes ``source`` (bytes in one of ENCODINGS) as UTF-8 to ``output``; returns ``Transcoded``.

    Stops where ``output`` has no room for a character (so give at least 4 bytes; 1.5 times the source and 16 more
    hold all but badly damaged input) and, unless ``final``, before a last character that is not complete.
    Raises ValueError for another encoding.
    """
    pair_table, four_table = _tables(encoding)
    cdef Tables tables = tables_of(encoding, pair_table, four_table)
    cdef int64_t[FIRST] first_bad
    cdef Py_ssize_t consumed = 0, written = 0, bad = 0, size = source.shape[0], room = output.shape[0], index
    if size and room:
        with nogil:
            consumed = run(&tables, &source[0], size, &output[0], room, final, &written, &bad, &first_bad[0])
    offsets_found = tuple([first_bad[index] for index in range(min(bad, FIRST))])
    return Transcoded(consumed, written, bad, offsets_found)


def offsets(const uint8_t[::1] source not None, const int64_t[::1] positions not None, str encoding):
    """int64[n]: where in ``source`` the characters begin that hold output bytes ``positions`` (int64[n], ascending,
    from 0). A position behind the end gives the end."""
    pair_table, four_table = _tables(encoding)
    cdef Tables tables = tables_of(encoding, pair_table, four_table)
    found = np.empty(positions.shape[0], dtype=np.int64)
    cdef int64_t[::1] result = found
    cdef Py_ssize_t index, size = source.shape[0]
    cdef int64_t read = 0, done = 0, wanted
    cdef int taken, length
    cdef uint32_t packed
    cdef uint64_t word
    with nogil:
        for index in range(positions.shape[0]):
            wanted = positions[index]
            while read < size and done <= wanted:
                if tables.kind < UTF16LE and read + 8 <= size and done + 8 <= wanted:
                    memcpy(&word, &source[read], 8)
                    if not word & <uint64_t>0x8080808080808080:
                        read += 8
                        done += 8
                        continue
                taken = step(&tables, &source[read], size - read, True, &packed)
                length = used(packed)
                if done + length > wanted:
                    break
                read += abs(taken)
                done += length
            result[index] = read
    return found


def count_invalid(const uint8_t[::1] data not None, *, int path=0):
    """``(count, first)``: bytes that are in no well-formed UTF-8 sequence, and the offset of the first (-1: none).

    ``path`` picks the check of sound text (0: the fastest here; 1, 2: for tests).
    """
    cdef Py_ssize_t bad, first = -1, size = data.shape[0]
    if size == 0:
        return 0, -1
    with nogil:
        bad = invalid(&data[0], size, path, &first)
    return bad, first


def count_controls(const uint8_t[::1] data not None):
    """How many bytes are control characters that text does not hold.

    Those it holds are white space, and what serves as separator, form feed, end of file or escape:
    ^A to ^C, TAB, LF, FF, CR, SUB, ESC, FS to US.
    """
    cdef Py_ssize_t index, size = data.shape[0]
    cdef int64_t count = 0
    cdef uint8_t byte
    with nogil:
        for index in range(size):
            byte = data[index]
            count += (
                (byte == 0) | (<uint8_t>(byte - 0x04) <= 0x04) | (byte == 0x0B) | (<uint8_t>(byte - 0x0E) <= 0x0B)
                | (byte == 0x7F)
            )
    return count
