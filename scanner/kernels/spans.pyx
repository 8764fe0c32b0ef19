"""Small passes over spans and cells: overlaps, emptiness, whole cells."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t


def overlapping(const int32_t[::1] cell_a, const int32_t[::1] start_a, const int32_t[::1] end_a,
                const int32_t[::1] cell_b, const int32_t[::1] start_b, const int32_t[::1] end_b):
    """bool[len(a)]: does span a overlap any span b in the same cell? Both sorted by (cell, start), b disjoint."""
    cdef int64_t n = cell_a.shape[0], m = cell_b.shape[0], i, j = 0, k
    result = np.zeros(n, dtype=np.uint8)
    cdef uint8_t[::1] out = result
    with nogil:
        for i in range(n):
            while j < m and (cell_b[j] < cell_a[i] or (cell_b[j] == cell_a[i] and end_b[j] <= start_a[i])):
                j += 1
            k = j
            if k < m and cell_b[k] == cell_a[i] and start_b[k] < end_a[i]:
                out[i] = 1
    return result.view(np.bool_)


def trimmed(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end):
    """(int32[n], int32[n]): each cell's span without white space and wrapping apostrophe or quotes, in cell offsets."""
    cdef int64_t n = start.shape[0], i
    cdef int32_t a, b
    first_array = np.empty(n, dtype=np.int32)
    last_array = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] first = first_array, last = last_array
    with nogil:
        for i in range(n):
            a = start[i]
            b = end[i]
            while a < b and (data[a] <= 0x20 or data[a] == 0x27 or data[a] == 0x22 or data[a] == 0x3D):
                a += 1
            while b > a and (data[b - 1] <= 0x20 or data[b - 1] == 0x27 or data[b - 1] == 0x22):
                b -= 1
            first[i] = a - start[i]
            last[i] = b - start[i]
    return first_array, last_array


cdef inline bint blank_word(const uint8_t[::1] data, int64_t a, int64_t n) noexcept nogil:
    """Is the trimmed text one of the words that databases write for nothing: null, none, nan, n/a, \\N, -, --, 无, 空?"""
    cdef uint8_t b0 = data[a], b1, b2, b3
    cdef int64_t i
    if n <= 4:
        for i in range(n):
            if data[a + i] != 0x2D and data[a + i] != 0x2F:
                break
        else:
            return True
    if n == 2:
        return (b0 == 0x5C and data[a + 1] == 0x4E) or ((b0 | 32) == 0x6E and (data[a + 1] | 32) == 0x61)
    if n == 3:
        b1 = data[a + 1]
        b2 = data[a + 2]
        if b0 == 0xE6 and b1 == 0x97 and b2 == 0xA0:
            return True
        if b0 == 0xE7 and b1 == 0xA9 and b2 == 0xBA:
            return True
        return (b0 | 32) == 0x6E and (b2 | 32) in (0x61, 0x6E) and ((b1 | 32) == 0x61 or b1 == 0x2F)
    if n == 4:
        b1 = data[a + 1] | 32
        b2 = data[a + 2] | 32
        b3 = data[a + 3] | 32
        return (b0 | 32) == 0x6E and ((b1 == 0x75 and b2 == 0x6C and b3 == 0x6C)
                                      or (b1 == 0x6F and b2 == 0x6E and b3 == 0x65))
    return False


def filled(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end):
    """bool[n]: does the cell hold something, other than white space or a word for nothing (NULL, \\N, -, 无)?"""
    cdef int64_t n = start.shape[0], i
    cdef int32_t a, b
    result = np.empty(n, dtype=np.uint8)
    cdef uint8_t[::1] out = result
    with nogil:
        for i in range(n):
            a = start[i]
            b = end[i]
            while a < b and data[a] <= 0x20:
                a += 1
            while b > a and data[b - 1] <= 0x20:
                b -= 1
            out[i] = b > a and not (b - a <= 4 and blank_word(data, a, b - a))
    return result.view(np.bool_)
