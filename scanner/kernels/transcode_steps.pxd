"""One character at a time: GB18030, Big5, UTF-16 and UTF-32 to UTF-8, and which bytes are well-formed UTF-8.

A byte (UTF-16, UTF-32: a unit) that starts no character becomes U+FFFD, and reading goes on behind it.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

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

cdef enum Kind:
    GB18030 = 0
    BIG5 = 1
    UTF16LE = 2
    UTF16BE = 3
    UTF32LE = 4
    UTF32BE = 5

cdef enum:
    REPLACEMENT = 0xBDBFEF  # U+FFFD in UTF-8, first byte lowest
    FIRST = 8  # offsets of bad bytes that are told


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


cdef inline int step_four(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, bint final, uint32_t* packed
) noexcept nogil:
    """One character of UTF-32; as ``step``."""
    cdef uint32_t point
    packed[0] = REPLACEMENT
    if size < 4:
        return -<int>size if final else 0
    if tables.kind == UTF32LE:
        point = source[0] | source[1] << 8 | source[2] << 16 | <uint32_t>source[3] << 24
    else:
        point = source[3] | source[2] << 8 | source[1] << 16 | <uint32_t>source[0] << 24
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        return -4
    packed[0] = pack(point)
    return 4


cdef inline int step_unit(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, bint final, uint32_t* packed
) noexcept nogil:
    """One character of UTF-16; as ``step``. U+0000 packs to 0 and is one byte."""
    cdef bint big = tables.kind == UTF16BE
    cdef uint32_t unit, low
    if tables.kind >= UTF32LE:
        return step_four(tables, source, size, final, packed)
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
            high = word & <uint64_t>0x8080808080808080
            if high:
                return done + lowest_byte(high)
            done += 8
        return done
    if tables.kind >= UTF32LE:
        return 0
    while read + 8 <= size and done + 4 <= room:
        memcpy(&word, source + read, 8)
        if tables.kind == UTF16BE:
            if word & <uint64_t>0x80FF80FF80FF80FF:
                break
            word >>= 8
        elif word & <uint64_t>0xFF80FF80FF80FF80:
            break
        output[done] = <uint8_t>word
        output[done + 1] = <uint8_t>(word >> 16)
        output[done + 2] = <uint8_t>(word >> 32)
        output[done + 3] = <uint8_t>(word >> 48)
        read += 8
        done += 4
    return done


cdef inline Py_ssize_t run(
    const Tables* tables, const uint8_t* source, Py_ssize_t size, uint8_t* output, Py_ssize_t room, bint final,
    Py_ssize_t* written, Py_ssize_t* bad, int64_t* first_bad,
) noexcept nogil:
    """Transcodes until source or room ends; bytes consumed."""
    cdef Py_ssize_t read = 0, done = 0, copied
    cdef int taken, width = 1 if tables.kind < UTF16LE else 2 if tables.kind < UTF32LE else 4
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


cdef inline Py_ssize_t invalid(const uint8_t* data, Py_ssize_t size, int path, Py_ssize_t* first) noexcept nogil:
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
            word &= <uint64_t>0x8080808080808080
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
