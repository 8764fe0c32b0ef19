"""Cells that hold characters as escapes, ``\\u5f20`` of JSON or ``%E5%BC%A0`` and ``%40`` of addresses, written with the characters.

Slow and obvious: ``sources.escapes.plain``.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memchr


cdef inline int digit(uint8_t c) noexcept nogil:
    """The value of a hexadecimal digit, -1 of anything else."""
    if 48 <= c <= 57:
        return c - 48
    c |= 32
    return c - 87 if 97 <= c <= 102 else -1


cdef inline int32_t unit(const uint8_t* text, Py_ssize_t at, Py_ssize_t stop) noexcept nogil:
    """The code behind ``u`` and four digits; -1 where they are not there."""
    cdef int32_t found = 0
    cdef int i, value
    if stop - at < 5 or text[at] != 117:
        return -1
    for i in range(1, 5):
        value = digit(text[at + i])
        if value < 0:
            return -1
        found = found << 4 | value
    return found


cdef inline int put(uint32_t code, uint8_t* out) noexcept nogil:
    """Writes a character of two bytes and more in UTF-8; how many it has."""
    if code < 0x800:
        out[0] = <uint8_t>(0xC0 | code >> 6)
        out[1] = <uint8_t>(0x80 | code & 63)
        return 2
    if code < 0x10000:
        out[0] = <uint8_t>(0xE0 | code >> 12)
        out[1] = <uint8_t>(0x80 | code >> 6 & 63)
        out[2] = <uint8_t>(0x80 | code & 63)
        return 3
    out[0] = <uint8_t>(0xF0 | code >> 18)
    out[1] = <uint8_t>(0x80 | code >> 12 & 63)
    out[2] = <uint8_t>(0x80 | code >> 6 & 63)
    out[3] = <uint8_t>(0x80 | code & 63)
    return 4


cdef inline bint is_sign(uint8_t c) noexcept nogil:
    """A blank or sign of ASCII, but %."""
    return c != 37 and (32 <= c < 48 or 58 <= c < 65 or 91 <= c < 97 or 123 <= c < 127)


cdef inline Py_ssize_t behind_slashes(
    const uint8_t* text, Py_ssize_t at, Py_ssize_t stop, uint8_t* out, int* size
) noexcept nogil:
    """Behind a character of JSON that begins with any number of backslashes, which is put; ``at`` where there is none."""
    cdef Py_ssize_t first = at
    cdef int32_t code, low
    while at < stop and text[at] == 92:
        at += 1
    code = unit(text, at, stop)
    if code < 0x80 or 0xDC00 <= code < 0xE000:
        return first
    at += 5
    if 0xD800 <= code:
        if code < 0xDC00:
            low = unit(text, at + 1, stop) if at < stop and text[at] == 92 else -1
            if not 0xDC00 <= low < 0xE000:
                return first
            code = 0x10000 + (code - 0xD800 << 10) + (low - 0xDC00)
            at += 6
    size[0] = put(code, out)
    return at


cdef inline Py_ssize_t behind_percents(
    const uint8_t* text, Py_ssize_t at, Py_ssize_t stop, uint8_t* out, int* size
) noexcept nogil:
    """Behind a character of several bytes in UTF-8, each behind a percent sign, or a sign of ASCII, which is put; ``at`` where
    there is none. A percent sign itself stays: behind it may follow what is no escape."""
    cdef int i, high, low, count = 0
    cdef uint8_t byte
    cdef uint32_t code = 0
    cdef Py_ssize_t place = at
    for i in range(4):
        if stop - place < 3 or text[place] != 37:
            return at
        high, low = digit(text[place + 1]), digit(text[place + 2])
        if high < 0 or low < 0:
            return at
        byte = <uint8_t>(high << 4 | low)
        if i == 0:
            count = 2 if 0xC2 <= byte < 0xE0 else 3 if 0xE0 <= byte < 0xF0 else 4 if 0xF0 <= byte < 0xF5 else 0
            if not count:
                if not is_sign(byte):
                    return at
                out[0] = byte
                size[0] = 1
                return place + 3
            code = byte & (0xFF >> count + 1)
        elif byte >> 6 != 2:
            return at
        else:
            code = code << 6 | byte & 63
        place += 3
        if i + 1 == count:
            break
    if count == 3 and (code < 0x800 or 0xD800 <= code < 0xE000) or count == 4 and not 0x10000 <= code < 0x110000:
        return at
    size[0] = put(code, out)
    return place


cdef inline Py_ssize_t behind_pair(
    const uint8_t* text, Py_ssize_t at, Py_ssize_t stop, const uint16_t* pairs, uint8_t* out, int* size
) noexcept nogil:
    """Behind a character of two bytes, of which the second may stand for itself, or a sign of ASCII, which is put; ``at`` where
    there is none."""
    cdef int high, low, second
    cdef Py_ssize_t place
    if stop - at < 3:
        return at
    high, low = digit(text[at + 1]), digit(text[at + 2])
    if high < 0 or low < 0:
        return at
    if high < 8:
        if not is_sign(<uint8_t>(high << 4 | low)):
            return at
        out[0] = <uint8_t>(high << 4 | low)
        size[0] = 1
        return at + 3
    if stop - at < 4:
        return at
    if text[at + 3] != 37:
        second = text[at + 3]
        if not 0x40 <= second < 0x7F:
            return at
        place = at + 4
    elif stop - at < 6 or digit(text[at + 4]) < 0 or digit(text[at + 5]) < 0:
        return at
    else:
        second = digit(text[at + 4]) << 4 | digit(text[at + 5])
        place = at + 6
    second |= (high << 4 | low) << 8
    if pairs[second] < 0x80:
        return at
    size[0] = put(pairs[second], out)
    return place


cdef inline Py_ssize_t behind(
    const uint8_t* text, Py_ssize_t at, Py_ssize_t stop, const uint16_t* pairs, uint8_t* out, int* size
) noexcept nogil:
    """Behind the escape that begins here, whose character is put; ``at`` where none does."""
    if text[at] == 92:
        return behind_slashes(text, at, stop, out, size)
    if text[at] == 37 and pairs != NULL:
        return behind_pair(text, at, stop, pairs, out, size)
    return behind_percents(text, at, stop, out, size) if text[at] == 37 else at


cdef const uint16_t* first_of(const uint16_t[::1] pairs) except? NULL:
    """Where the table of pairs begins; NULL where there is none."""
    if pairs is None:
        return NULL
    if pairs.shape[0] != 1 << 16:
        raise ValueError("a table of pairs has a character, or 0, for each")
    return &pairs[0]


def escaped(
    const uint8_t[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const uint16_t[::1] pairs=None,
):
    """int64, ascending: which of the cells ``data[start:end]`` hold an escape. ValueError where one lies outside.

    ``pairs`` uint16[65536]: what two bytes behind percent signs stand for, 0 for nothing, in place of UTF-8.
    """
    cdef const uint16_t* table = first_of(pairs)
    cdef Py_ssize_t i, at, count = start.shape[0], found = 0
    cdef bint sound = count == end.shape[0]
    cdef uint8_t out[4]
    cdef int size = 0
    which_array = np.empty(count if sound else 0, np.int64)
    cdef int64_t[::1] which = which_array
    with nogil:
        for i in range(count if sound else 0):
            sound = 0 <= start[i] <= end[i] <= data.shape[0]
            if not sound:
                break
            if start[i] == end[i] or (
                memchr(&data[start[i]], 92, end[i] - start[i]) == NULL
                and memchr(&data[start[i]], 37, end[i] - start[i]) == NULL
            ):
                continue
            at = start[i]
            while at < end[i]:
                if behind(&data[0], at, end[i], table, out, &size) > at:
                    which[found] = i
                    found += 1
                    break
                at += 1
    if not sound:
        raise ValueError("a cell does not lie in the text")
    return which_array[:found]


def write(
    uint8_t[::1] data not None, Py_ssize_t at, const int64_t[::1] cells not None,
    int32_t[::1] start not None, int32_t[::1] end not None, const uint16_t[::1] pairs=None,
):
    """Writes cells to ``data[at:]``, behind each other, with characters in place of escapes; ``start`` and ``end`` are changed.

    ``cells`` int64, ascending: which. No byte before ``at`` changes; as many are needed behind it as the cells have.
    ``pairs``: see ``escaped``. Returns int64[2, cells]: where each lies now, and where it began. ValueError where there is
    none such, or no room.
    """
    cdef const uint16_t* table = first_of(pairs)
    cdef Py_ssize_t index, cell, read, next_, stop, count = cells.shape[0], room = data.shape[0] - at, place = at
    cdef int size = 0, i
    cdef uint8_t out[4]
    cdef bint sound = start.shape[0] == end.shape[0]
    if not 0 <= at <= data.shape[0] < 1 << 31:
        raise ValueError("a block with its copies is shorter than 2 GiB")
    copies = np.empty((2, count), np.int64)
    cdef int64_t[:, ::1] told = copies
    with nogil:
        for index in range(count if sound else 0):
            sound = (cells[index - 1] if index else -1) < cells[index] < start.shape[0]
            if not sound:
                break
            cell = cells[index]
            room -= end[cell] - start[cell]
            sound = 0 <= start[cell] <= end[cell] <= at and room >= 0
            if not sound:
                break
        for index in range(count if sound else 0):
            cell = cells[index]
            read, stop = start[cell], end[cell]
            told[0, index], told[1, index] = place, read
            start[cell] = <int32_t>place
            while read < stop:
                next_ = behind(&data[0], read, stop, table, out, &size)
                if next_ == read:
                    data[place] = data[read]
                    place += 1
                    read += 1
                else:
                    for i in range(size):
                        data[place + i] = out[i]
                    place += size
                    read = next_
            end[cell] = <int32_t>place
    if not sound:
        raise ValueError("a cell does not lie in front of the room, or has none there")
    return copies
