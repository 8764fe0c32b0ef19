"""One character of a line whose bytes were decoded wrongly before they were written as UTF-8: the way back.

``LATIN_UTF8``: UTF-8 that was read as Latin-1 or Windows-1252; ``LATIN_GB``: GB18030 that was; ``GB_UTF8``: UTF-8 that
was read as GBK. What does not fit stays as it is.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t

from scanner.kernels.transcode_steps cimport *

cdef enum:
    AS_IS = 0  # UTF-8
    AS_GB = 1
    AS_BIG5 = 2
    LATIN_UTF8 = 3
    LATIN_GB = 4
    GB_UTF8 = 5
    READINGS = 6

cdef enum:
    GATHERED = 8


cdef struct Charts:
    Tables gb
    Tables big5
    const uint8_t* suspects  # by code point below U+10000: whether wrongly decoded lines begin so
    const uint8_t* weights  # by code point below U+10000
    const uint8_t* latin  # by code point below LATIN_END: the byte of Windows-1252 or Latin-1, 0 for none
    const uint16_t* gbk  # by code point below U+10000: the two bytes, or the one byte of the euro sign, 0 for none
    int latin_end


cdef struct Taken:
    int length  # bytes of the source
    uint32_t packed  # the character in packed UTF-8
    bint bad  # starts no character
    bint repaired
    bint lost  # an end that is missing


cdef inline uint32_t point_at(const uint8_t* data, int length) noexcept nogil:
    """The code point of a well-formed character."""
    if length == 1:
        return data[0]
    if length == 2:
        return (data[0] & 0x1F) << 6 | data[1] & 0x3F
    if length == 3:
        return (data[0] & 0x0F) << 12 | (data[1] & 0x3F) << 6 | data[2] & 0x3F
    return (data[0] & 0x07) << 18 | (data[1] & 0x3F) << 12 | (data[2] & 0x3F) << 6 | data[3] & 0x3F


cdef inline uint32_t packed_bytes(const uint8_t* data, int length) noexcept nogil:
    cdef uint32_t packed = 0
    cdef int index
    for index in range(length):
        packed |= <uint32_t>data[index] << 8 * index
    return packed


cdef inline int byte_of(const Charts* charts, const uint8_t* data, Py_ssize_t size, int* length) noexcept nogil:
    """The byte that a character of Latin-1 or Windows-1252 stands for, 0 for none; ``length``: of the character."""
    cdef uint32_t point
    length[0] = sequence(data, size)
    if length[0] < 2 or length[0] > 3:
        return 0
    point = point_at(data, length[0])
    return charts.latin[point] if point < <uint32_t>charts.latin_end else 0


cdef inline void as_it_is(const uint8_t* data, Py_ssize_t size, Taken* taken) noexcept nogil:
    """A character of UTF-8; a byte that starts none stays."""
    taken.length = sequence(data, size)
    if taken.length:
        taken.packed = packed_bytes(data, taken.length)
    else:
        taken.length = 1
        taken.packed = data[0]
        taken.bad = True


cdef inline void latin_utf8(const Charts* charts, const uint8_t* data, Py_ssize_t size, Taken* taken) noexcept nogil:
    cdef uint8_t[4] found
    cdef int length, count, at, byte = byte_of(charts, data, size, &length)
    as_it_is(data, size, taken)
    if not (byte == 0xC2 or 0xE2 <= byte <= 0xEF or byte == 0xF0):
        return
    found[0] = <uint8_t>byte
    at = length
    for count in range(1, 2 if byte == 0xC2 else 4 if byte == 0xF0 else 3):
        if at >= size:
            return
        byte = byte_of(charts, data + at, size - at, &length)
        if byte == 0 and data[at] == c" ":
            byte = 0xA0  # a no-break space that became a common one
            length = 1
        if byte & 0xC0 != 0x80:
            return
        found[count] = <uint8_t>byte
        at += length
    length = 2 if found[0] == 0xC2 else 4 if found[0] == 0xF0 else 3
    if sequence(&found[0], length) == length:
        taken.length = at
        taken.packed = packed_bytes(&found[0], length)
        taken.repaired = True


cdef inline void latin_gb(const Charts* charts, const uint8_t* data, Py_ssize_t size, Taken* taken) noexcept nogil:
    cdef uint8_t[4] found
    cdef int[5] ends
    cdef int length, count, at, byte = byte_of(charts, data, size, &length), used_up
    cdef uint32_t packed
    as_it_is(data, size, taken)
    if byte < 0x81:
        return
    found[0] = <uint8_t>byte
    ends[1] = at = length
    count = 1
    while count < 4 and at < size:
        byte = data[at] if data[at] < 0x80 else byte_of(charts, data + at, size - at, &length)
        if byte == 0:
            break
        at += 1 if data[at] < 0x80 else length
        found[count] = <uint8_t>byte
        count += 1
        ends[count] = at
    used_up = step(&charts.gb, &found[0], count, True, &packed)
    if used_up > 1:
        taken.length = ends[used_up]
        taken.packed = packed
        taken.repaired = True
    else:
        taken.bad = True


cdef inline void gb_utf8(
    const Charts* charts, const uint8_t* data, Py_ssize_t size, int* carry, Taken* taken
) noexcept nogil:
    """``carry``: the second byte of the character before, which begins this one; -1 for none."""
    cdef uint8_t[GATHERED] found
    cdef int count = 0, at = 0, length, need, first = 0, start = carry[0]
    cdef uint32_t point
    cdef uint16_t pair = 0
    as_it_is(data, size, taken)
    if start >= 0:
        found[0] = <uint8_t>start
        count = 1
    elif data[0] < 0x80 or taken.bad:
        return
    carry[0] = -1
    need = 4
    while True:
        if count:
            need = 2 if 0xC2 <= found[0] < 0xE0 else 3 if 0xE0 <= found[0] < 0xF0 else 4
            if found[0] < 0xC2 or found[0] > 0xF4:
                break
        if count >= need:
            break
        length = sequence(data + at, size - at) if at < size else 0
        point = point_at(data + at, length) if length else 0
        pair = charts.gbk[point] if length > 1 and point < 0x10000 else 0
        if pair == 0:
            # The last byte had no second one and was replaced: by U+FFFD, by a question mark, by nothing.
            if length == 3 and point == 0xFFFD or count and length == 1 and point == c"?":
                at += length
            elif count == 0:
                taken.bad = True
                return
            lose(taken, at)
            return
        if pair >> 8:
            found[count] = <uint8_t>(pair >> 8)
            count += 1
        found[count] = <uint8_t>pair
        count += 1
        at += length
        if first == 0:
            first = at
    if count >= need and sequence(&found[0], need) == need:
        if count > need:
            carry[0] = found[need]
        taken.length = at
        taken.packed = packed_bytes(&found[0], need)
        taken.repaired = True
        return
    # Behind a byte that was lost a character may begin with the second byte of a pair.
    if start >= 0:
        lose(taken, 0)
    else:
        lose(taken, first)
        if count > 1 and found[1] >= 0xC2 and pair >> 8:
            carry[0] = found[1]


cdef inline void lose(Taken* taken, int length) noexcept nogil:
    """A character of which bytes are missing."""
    taken.length = length
    taken.packed = REPLACEMENT
    taken.bad = False
    taken.lost = True


cdef inline void take(
    const Charts* charts, int reading, const uint8_t* data, Py_ssize_t size, int* carry, Taken* taken
) noexcept nogil:
    """The character at ``data`` in a line that is read as ``reading``. A ``length`` of 0 takes only the carry."""
    cdef int length
    taken.bad = taken.repaired = taken.lost = False
    if reading == AS_GB or reading == AS_BIG5:
        length = step(&charts.gb if reading == AS_GB else &charts.big5, data, size, True, &taken.packed)
        taken.bad = length < 0
        taken.length = abs(length)
    elif reading == LATIN_UTF8:
        latin_utf8(charts, data, size, taken)
    elif reading == LATIN_GB:
        latin_gb(charts, data, size, taken)
    elif reading == GB_UTF8:
        gb_utf8(charts, data, size, carry, taken)
    else:
        as_it_is(data, size, taken)


cdef inline uint32_t unpacked(uint32_t packed) noexcept nogil:
    """The code point of a character in packed UTF-8; of a byte that starts none U+FFFD."""
    cdef uint8_t[4] data
    cdef int index, length
    for index in range(4):
        data[index] = <uint8_t>(packed >> 8 * index)
    length = sequence(&data[0], 4)
    return point_at(&data[0], length) if length else 0xFFFD
