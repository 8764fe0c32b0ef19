"""Cells that have the shape of a Chinese personal name (姓名), judged character by character."""

from libc.stdint cimport int64_t
from libc.string cimport memset

import numpy as np

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const unsigned char* data, const int* start, const int* end, int64_t at, int64_t count)

cdef enum:
    MAX_HAN = 4          # 欧阳 and two characters
    MAX_DOTTED = 24      # a name in several parts, as of Uyghurs, Tibetans or foreigners
    FORMAT = 1
    SURNAME = 1 << 12
    # Of kernels.profile: digits, letters and signs but those of one class with the space; bytes beyond ASCII.
    NEVER = 0x0F7F
    BEYOND_ASCII = 0x8000


# Raw pointers: a memoryview is a struct of 200 bytes, copied at each call. names() checks every span first.
cdef inline int decode(const unsigned char* data, Py_ssize_t at, Py_ssize_t stop, int* size) noexcept nogil:
    # The code point at ``at`` and its bytes; -1 (one byte) where it is not a well-formed UTF-8 character.
    cdef int lead = data[at], code, length, i
    size[0] = 1
    if lead < 0x80:
        return lead
    if 0xE1 <= lead < 0xEF and at + 3 <= stop and data[at + 1] & 0xC0 == 0x80 and data[at + 2] & 0xC0 == 0x80:
        size[0] = 3
        return (lead & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F)
    if 0xC2 <= lead < 0xE0:
        length = 2
        code = lead & 0x1F
    elif 0xE0 <= lead < 0xF0:
        length = 3
        code = lead & 0x0F
    elif 0xF0 <= lead < 0xF5:
        length = 4
        code = lead & 0x07
    else:
        return -1
    if at + length > stop:
        return -1
    for i in range(1, length):
        if data[at + i] & 0xC0 != 0x80:
            return -1
        code = code << 6 | (data[at + i] & 0x3F)
    if length == 4 and code < 0x10000 or length == 3 and code < 0x800:
        return -1  # Longer than it need be: no UTF-8.
    size[0] = length
    return code


cdef inline bint is_han(int code) noexcept nogil:
    return 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF or code == 0x3007


cdef inline bint is_space(int code) noexcept nogil:
    return code == 0x20 or 9 <= code <= 13 or code == 0xA0 or code == 0x3000


cdef inline bint is_dot(int code) noexcept nogil:
    return code == 0xB7 or code == 0x2022 or code == 0x2027 or code == 0x30FB


cdef bint in_sorted(const unsigned int* values, Py_ssize_t count, unsigned int wanted) noexcept nogil:
    cdef Py_ssize_t low = 0, high = count, middle
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < count and values[low] == wanted


cdef bint plausible(const short* score, const int* han, int first, int count, int last_floor,
                    int mean_floor) noexcept nogil:
    # The given name han[first:count]: is no character, above all the last, one that only other words end in?
    cdef int total = 0, i, code = 0
    if first >= count:
        return False
    for i in range(first, count):
        code = han[i]
        total += score[code] if code < 65536 else 0
    return (score[code] if code < 65536 else 0) >= last_floor and total >= mean_floor * (count - first)


cdef inline int han_of_three(const unsigned char* p) noexcept nogil:
    """The common Chinese character that three bytes write, 0 where they write something else."""
    cdef int code = (p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F)
    cdef bint good = ((p[0] & 0xF0) == 0xE0) & ((p[1] & 0xC0) == 0x80) & ((p[2] & 0xC0) == 0x80)
    return code if good & (0x3400 <= code) & (code <= 0x9FFF) else 0


def names(const unsigned char[::1] data not None, const int[::1] start not None, const int[::1] end not None,
          const unsigned char[::1] single not None, const unsigned int[::1] double not None,
          const short[::1] score not None, int last_floor, int mean_floor, const unsigned short[::1] kinds=None):
    """The cells that as a whole, spaces around them aside, have the shape of a name.

    Shape: two to four Chinese characters with at most one gap of spaces, or up to 24 in parts joined by a dot (·).
    ``single`` uint8[65536]: 1 for a surname of one character, by code point; ``double`` uint32, ascending: surnames
    of two characters, first << 16 | second; ``score`` int16[65536]: how much more a character is found in given
    names than in other words. Returns int32 cell, start, end (bytes in the cell) and uint32 checks: FORMAT, and
    SURNAME where a surname is followed by one or two characters of which the last scores at least
    ``last_floor`` and the mean at least ``mean_floor``, or where the name has dots. ``kinds`` uint16[n]: the profile of
    the cells, by which most others are left out at once. ValueError for tables of
    another size and cells outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], i, at, kept = 0
    cdef int han[MAX_DOTTED]
    cdef const unsigned char* bytes_at = &data[0] if data.shape[0] else NULL
    cdef const unsigned int* doubles = &double[0] if double.shape[0] else NULL
    cdef int code, size, n, dots, gaps, first, last, after_dot, gap_open
    cdef int second, last_score
    cdef bint good, named
    cdef unsigned char opening[8192]  # one bit for each character that begins a surname of two
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    if kinds is not None and kinds.shape[0] != count:
        raise ValueError("kinds must have a value for each cell")
    if single.shape[0] != 65536 or score.shape[0] != 65536:
        raise ValueError("the character tables must have 65536 values")
    for i in range(count):
        if start[i] < 0 or end[i] < start[i] or end[i] > data.shape[0]:
            raise ValueError("a cell lies outside the data")
    spans = np.empty((3, count), dtype=np.int32)
    checks = np.empty(count, dtype=np.uint32)
    cdef int[:, ::1] out = spans
    cdef unsigned int[::1] out_checks = checks
    memset(opening, 0, sizeof(opening))
    for i in range(double.shape[0]):
        opening[double[i] >> 19 & 8191] |= 1 << (double[i] >> 16 & 7)
    with nogil:
        for i in range(count):
            fetch_ahead(bytes_at, &start[0], &end[0], i, count)
            if kinds is not None and (kinds[i] & NEVER or not kinds[i] & BEYOND_ASCII):
                continue
            at = start[i]
            if end[i] - at == 6 or end[i] - at == 9:
                # Two or three characters, nearly always. Of two the second is also the last: twice it makes no odds.
                first = han_of_three(bytes_at + at)
                second = han_of_three(bytes_at + at + 3)
                last = han_of_three(bytes_at + end[i] - 3)
                if first and second and last:
                    last_score = score[last]
                    named = (
                        single[first] and last_score >= last_floor and score[second] + last_score >= 2 * mean_floor
                    )
                    if (
                        not named and end[i] - at == 9 and opening[first >> 3] >> (first & 7) & 1
                        and last_score >= last_floor and last_score >= mean_floor
                    ):
                        named = in_sorted(doubles, double.shape[0], <unsigned int>first << 16 | <unsigned int>second)
                    out[0, kept] = <int>i
                    out[1, kept] = 0
                    out[2, kept] = <int>(end[i] - at)
                    out_checks[kept] = FORMAT | (SURNAME if named else 0)
                    kept += 1
                    continue
            n = dots = gaps = gap_open = after_dot = 0
            first = last = -1
            good = True
            at = start[i]
            while at < end[i]:
                code = decode(bytes_at, at, end[i], &size)
                if is_space(code):
                    gap_open = n > 0
                elif is_han(code):
                    if n >= MAX_DOTTED:
                        good = False
                        break
                    if gap_open:
                        gaps += 1
                        gap_open = 0
                    if first < 0:
                        first = <int>(at - start[i])
                    han[n] = code
                    n += 1
                    last = <int>(at - start[i]) + size
                    after_dot = 0
                elif is_dot(code) and n and not after_dot and not gap_open:
                    dots += 1
                    after_dot = 1
                else:
                    good = False
                    break
                at += size
            if not good or after_dot or n < 2 or gaps > 1 or (dots and (gaps or n < 3)) or (not dots and n > MAX_HAN):
                continue
            named = dots > 0
            if not named and han[0] < 65536:
                if n > 2 and han[1] < 65536 and in_sorted(
                    doubles, double.shape[0], <unsigned int>han[0] << 16 | <unsigned int>han[1]
                ):
                    named = plausible(&score[0], han, 2, n, last_floor, mean_floor)
                if not named and n < 4 and single[han[0]]:
                    named = plausible(&score[0], han, 1, n, last_floor, mean_floor)
            out[0, kept] = <int>i
            out[1, kept] = first
            out[2, kept] = last
            out_checks[kept] = FORMAT | (SURNAME if named else 0)
            kept += 1
    return spans[0, :kept], spans[1, :kept], spans[2, :kept], checks[:kept]
