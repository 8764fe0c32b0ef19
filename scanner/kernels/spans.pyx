"""Small passes over spans and cells: overlaps, emptiness, what candidates are."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t


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


cdef inline bint wrapped_before(const uint8_t[::1] data, int64_t a, int64_t b) noexcept nogil:
    """Is there nothing but white space, apostrophes, quotes and equals signs in front of a value?"""
    cdef int64_t i
    for i in range(a, b):
        if data[i] > 0x20 and data[i] != 0x27 and data[i] != 0x22 and data[i] != 0x3D:
            return False
    return True


cdef inline bint wrapped_behind(const uint8_t[::1] data, int64_t a, int64_t b) noexcept nogil:
    """Is there nothing but white space, apostrophes and quotes behind a value?"""
    cdef int64_t i
    for i in range(a, b):
        if data[i] > 0x20 and data[i] != 0x27 and data[i] != 0x22:
            return False
    return True


def judge(const uint8_t[::1] data, const int32_t[::1] cell_start, const int32_t[::1] cell_end,
          const int32_t[::1] cell, const int32_t[::1] start, const int32_t[::1] end,
          const uint32_t[::1] checks, uint32_t required, uint32_t basis, uint32_t lenient, weights=None):
    """What the candidates of a detector are, and how many of each.

    Returns (kind uint8[n], counts). Bits of ``kind``: 1 valid (all of ``required``), 2 failed but with all of
    ``basis``, 4 failed but with all of ``lenient`` (neither where that is 0). ``counts``: weighted numbers of
    (candidates, valid, valid or with the basis, valid that fill their cell), then plain numbers of the three kinds.
    A value fills its cell also inside quotes and white space. ``weights`` int64[cells]: how often a cell counts.
    """
    cdef int64_t n = cell.shape[0], i, candidates = 0, valid = 0, based = 0, whole = 0, w = 1
    cdef int64_t kinds[3]
    cdef int32_t c
    cdef bint weighted = weights is not None
    cdef const int64_t[::1] weight = weights if weighted else np.zeros(0, dtype=np.int64)
    cdef uint8_t k
    result = np.empty(n, dtype=np.uint8)
    cdef uint8_t[::1] kind = result
    kinds[0] = kinds[1] = kinds[2] = 0
    with nogil:
        for i in range(n):
            c = cell[i]
            if weighted:
                w = weight[c]
            candidates += w
            if checks[i] & required == required:
                k = 1
                kinds[0] += 1
                valid += w
                based += w
                if (wrapped_before(data, cell_start[c], cell_start[c] + start[i])
                        and wrapped_behind(data, cell_start[c] + end[i], cell_end[c])):
                    whole += w
            else:
                k = 0
                if basis and checks[i] & basis == basis:
                    k = 2
                    kinds[1] += 1
                    based += w
                if lenient and checks[i] & lenient == lenient:
                    k |= 4
                    kinds[2] += 1
            kind[i] = k
    return result, (candidates, valid, based, whole, kinds[0], kinds[1], kinds[2])


def picked(const uint8_t[::1] kind, uint8_t bits, uint8_t value, int64_t count):
    """int64[count]: the positions at which the ``bits`` of ``kind`` are ``value``, of which there are ``count``."""
    cdef int64_t i, at = 0
    result = np.empty(count + 1, dtype=np.int64)  # one more, so that every position can be written
    cdef int64_t[::1] out = result
    with nogil:
        for i in range(kind.shape[0]):
            if at > count:
                break
            out[at] = i
            at += kind[i] & bits == value
    if at != count:
        raise ValueError("another number of such kinds")
    return result[:count]


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
            if b - a > 4 and data[a] > 0x20 and data[b - 1] > 0x20:
                out[i] = 1
                continue
            while a < b and data[a] <= 0x20:
                a += 1
            while b > a and data[b - 1] <= 0x20:
                b -= 1
            out[i] = b > a and not (b - a <= 4 and blank_word(data, a, b - a))
    return result.view(np.bool_)
