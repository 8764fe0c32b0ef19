"""GB18030, Big5 and UTF-16 to UTF-8, and the count of bytes that are not UTF-8.

A byte (UTF-16: a unit) that starts no character becomes U+FFFD, is counted, and reading goes on behind it, so
that an ASCII byte after a damaged one is never swallowed. Tables are made from Python's own codecs: GB18030 with
the two-byte and four-byte ranges that codec knows; Big5 as ``big5hkscs``, what that lacks from ``cp950``.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

cdef extern from *:
    """
    static inline int lowest_byte(uint64_t bits) { return __builtin_ctzll(bits) >> 3; }
    static inline int bytes_used(uint32_t packed) { return 4 - (__builtin_clz(packed) >> 3); }
    """
    int lowest_byte(uint64_t bits) noexcept nogil
    int bytes_used(uint32_t packed) noexcept nogil

cdef extern from "utf8.h" nogil:
    enum:
        UTF8_GROUP
    size_t utf8_sound(const uint8_t* data, size_t size, int path)

ENCODINGS = ("gb18030", "big5", "utf-16-le", "utf-16-be")
FIRST_BAD = 8

cdef enum Kind:
    GB18030 = 0
    BIG5 = 1
    UTF16LE = 2
    UTF16BE = 3

cdef enum:
    FIRST = 8  # offsets of bad bytes that are told

cdef uint32_t REPLACEMENT = 0xBDBFEF  # U+FFFD in UTF-8, first byte lowest
cdef uint64_t HIGH_BITS = 0x8080808080808080
cdef uint64_t NOT_ASCII_LE = 0xFF80FF80FF80FF80
cdef uint64_t NOT_ASCII_BE = 0x80FF80FF80FF80FF


class Transcoded(NamedTuple):
    """What one call did. ``consumed``: bytes of the source; ``written``: bytes of the output; ``bad``: undecodable
    bytes (UTF-16: units); ``first_bad``: offsets of the first ones in this source."""

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
    table = np.zeros(126 * 256, dtype=np.uint32)
    leads, trails = range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0x80, 0xFF)]
    sequences = [bytes(pair) for pair in product(leads, trails)]
    for codec in ("gb18030",) if encoding == "gb18030" else ("cp950", "big5hkscs"):
        for pair, text in zip(sequences, _decoded(sequences, codec), strict=True):
            if text is not None:
                table[((pair[0] - 0x81) << 8) | pair[1]] = _packed(text)
    return table


@cache
def fours():
    """uint16[39420]: the code point of each four-byte sequence below U+10000 by its number, 0 for none."""
    digits, others = range(0x30, 0x3A), range(0x81, 0xFF)
    sequences = [bytes(four) for four in product(range(0x81, 0x85), digits, others, digits)][:39420]
    texts = _decoded(sequences, "gb18030")
    # U+FFFD itself is a character of GB18030, which a tolerant decoder cannot tell from an error.
    texts[sequences.index("\ufffd".encode("gb18030"))] = "\ufffd"
    return np.array([ord(text) if text and len(text) == 1 else 0 for text in texts], dtype=np.uint16)


cdef struct Tables:
    const uint32_t* pairs
    const uint16_t* fours
    int kind


cdef inline uint32_t pack(uint32_t point) noexcept nogil:
    """UTF-8 of a code point from U+0001, first byte lowest."""
    if point < 0x80:
        return point
    if point < 0x800:
        return (0xC0 | point >> 6) | (0x80 | point & 0x3F) << 8
    if point < 0x10000:
        return (0xE0 | point >> 12) | (0x80 | point >> 6 & 0x3F) << 8 | (0x80 | point & 0x3F) << 16
    return (
        (0xF0 | point >> 18) | (0x80 | point >> 12 & 0x3F) << 8
        | (0x80 | point >> 6 & 0x3F) << 16 | (0x80 | point & 0x3F) << 24
    )


cdef inline int step_unit(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, bint final, uint32_t* packed
) noexcept nogil:
    """One character of UTF-16; as ``step``. U+0000 packs to 0 and is one byte."""
    cdef bint big = tables.kind == UTF16BE
    cdef uint32_t unit, low
    if size < 2:
        packed[0] = REPLACEMENT
        return -1 if final else 0
    unit = source[0] << 8 | source[1] if big else source[1] << 8 | source[0]
    if unit < 0xD800 or unit > 0xDFFF:
        packed[0] = pack(unit)
        return 2
    packed[0] = REPLACEMENT
    if unit > 0xDBFF:
        return -2
    if size < 4:
        return -2 if final else 0
    low = source[2] << 8 | source[3] if big else source[3] << 8 | source[2]
    if low < 0xDC00 or low > 0xDFFF:
        return -2
    packed[0] = pack(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    return 4


cdef inline int step(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, bint final, uint32_t* packed
) noexcept nogil:
    """One character at ``source``: bytes taken, negative where they are no character, 0 where more are needed."""
    cdef uint32_t lead, second, number
    if tables.kind >= UTF16LE:
        return step_unit(tables, source, size, final, packed)
    lead = source[0]
    if lead < 0x80:
        packed[0] = lead
        return 1
    packed[0] = REPLACEMENT
    if lead == 0x80 or lead == 0xFF:
        return -1
    if size < 2:
        return -1 if final else 0
    second = source[1]
    if tables.kind == GB18030 and 0x30 <= second <= 0x39:
        if size < 4:
            if final or (size == 3 and (source[2] < 0x81 or source[2] == 0xFF)):
                return -1
            return 0
        if not (0x81 <= source[2] <= 0xFE and 0x30 <= source[3] <= 0x39):
            return -1
        number = ((lead - 0x81) * 10 + second - 0x30) * 1260 + (source[2] - 0x81) * 10 + source[3] - 0x30
        if number < 39420 and tables.fours[number]:
            packed[0] = pack(tables.fours[number])
            return 4
        if 189000 <= number < 189000 + 0x100000:
            packed[0] = pack(0x10000 + number - 189000)
            return 4
        return -1
    number = tables.pairs[(lead - 0x81) << 8 | second]
    if number == 0:
        return -1
    packed[0] = number
    return 2


cdef inline int used(uint32_t packed) noexcept nogil:
    return 1 if packed == 0 else bytes_used(packed)


cdef inline Py_ssize_t ascii_run(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, uint8_t* output, Py_ssize_t room
) noexcept nogil:
    """Copies ASCII at the start of the source in large pieces; bytes written (may stop early)."""
    cdef Py_ssize_t read = 0, done = 0
    cdef uint64_t word, high
    if tables.kind < UTF16LE:
        while done + 8 <= size and done + 8 <= room:
            memcpy(&word, source + done, 8)
            memcpy(output + done, &word, 8)
            high = word & HIGH_BITS
            if high:
                return done + lowest_byte(high)
            done += 8
        return done
    while read + 8 <= size and done + 4 <= room:
        memcpy(&word, source + read, 8)
        if tables.kind == UTF16BE:
            if word & NOT_ASCII_BE:
                break
            word >>= 8
        elif word & NOT_ASCII_LE:
            break
        output[done] = <uint8_t>word
        output[done + 1] = <uint8_t>(word >> 16)
        output[done + 2] = <uint8_t>(word >> 32)
        output[done + 3] = <uint8_t>(word >> 48)
        read += 8
        done += 4
    return done


cdef Py_ssize_t run(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, uint8_t* output, Py_ssize_t room, bint final,
    Py_ssize_t* written, Py_ssize_t* bad, int64_t* first_bad,
) noexcept nogil:
    """Transcodes until source or room ends; bytes consumed."""
    cdef Py_ssize_t read = 0, done = 0, copied
    cdef int taken, width = 2 if tables.kind >= UTF16LE else 1
    cdef uint32_t packed
    bad[0] = 0
    # Always four bytes are stored, whatever the character needs.
    while read < size and done + 4 <= room:
        copied = ascii_run(tables, source + read, size - read, output + done, room - done)
        read += copied * width
        done += copied
        while read < size and done + 4 <= room:
            taken = step(tables, source + read, size - read, final, &packed)
            if taken == 0:
                written[0] = done
                return read
            if taken < 0:
                if bad[0] < FIRST:
                    first_bad[bad[0]] = read
                bad[0] += 1
                taken = -taken
            memcpy(output + done, &packed, 4)
            read += taken
            done += used(packed)
            if packed < 0x80:
                break
    written[0] = done
    return read


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
                    if not word & HIGH_BITS:
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


cdef inline int sequence(const uint8_t* data, Py_ssize_t size) noexcept nogil:
    """Length of the well-formed UTF-8 sequence at ``data`` (Unicode table 3-7), 0 for none."""
    cdef uint32_t lead = data[0]
    cdef uint8_t low = 0x80, high = 0xBF
    cdef int length, index
    if lead < 0x80:
        return 1
    if lead < 0xC2 or lead > 0xF4:
        return 0
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if size < length:
        return 0
    if lead == 0xE0:
        low = 0xA0
    elif lead == 0xED:
        high = 0x9F
    elif lead == 0xF0:
        low = 0x90
    elif lead == 0xF4:
        high = 0x8F
    if not low <= data[1] <= high:
        return 0
    for index in range(2, length):
        if data[index] & 0xC0 != 0x80:
            return 0
    return length


cdef Py_ssize_t invalid(const uint8_t* data, Py_ssize_t size, int path, Py_ssize_t* first) noexcept nogil:
    """How many bytes are in no well-formed sequence; where the first lies (-1: none)."""
    cdef Py_ssize_t at = 0, bad = 0, patience = 0, sound
    cdef uint64_t word
    cdef int length
    first[0] = -1
    while at < size:
        if at >= patience:
            sound = <Py_ssize_t>utf8_sound(data + at, size - at, path)
            at += sound
            # An error lies within the next group: only behind it is it worth while to try again.
            patience = at + (UTF8_GROUP if sound or path > 1 else 8 * UTF8_GROUP)
            if at >= size:
                break
        if at + 8 <= size:
            memcpy(&word, data + at, 8)
            word &= HIGH_BITS
            if word == 0:
                at += 8
                continue
            at += lowest_byte(word)
        # Hanzi are three bytes and come in runs.
        while at + 3 <= size and at < patience and 0xE1 <= data[at] <= 0xEC and (
            data[at + 1] & 0xC0 == 0x80 and data[at + 2] & 0xC0 == 0x80
        ):
            at += 3
        if at >= size:
            break
        length = sequence(data + at, size - at)
        if length == 0:
            if bad == 0:
                first[0] = at
            bad += 1
            length = 1
        at += length
    return bad


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
