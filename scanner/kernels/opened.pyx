"""Which patterns each cell opens, from the last positions that kernels.gate reached in it."""

from libc.stdint cimport int32_t, int64_t, uint64_t

import numpy as np

ctypedef uint64_t word_t

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define lowest_bit(word) __builtin_ctzll(word)
    #else
    static int lowest_bit(unsigned long long word) { int at = 0; while (!(word >> at & 1)) at++; return at; }
    #endif
    """
    int lowest_bit(unsigned long long word) nogil


cdef void patterns_of(const word_t* hits, int64_t words, const word_t* of_bit, int64_t size, word_t* out) noexcept nogil:
    """The patterns of all last positions of a cell."""
    cdef int64_t w, k, row
    cdef word_t left
    for k in range(size):
        out[k] = 0
    for w in range(words):
        left = hits[w]
        while left:
            row = 64 * w + lowest_bit(left)
            for k in range(size):
                out[k] |= of_bit[row * size + k]
            left &= left - 1


def opened(
    const int32_t[::1] cells not None, const word_t[:, ::1] hits not None, const word_t[:, ::1] of_bit not None,
    const int32_t[::1] like=None,
):
    """The cells that open a pattern, and which patterns.

    ``cells`` int32[m], ascending, and ``hits`` uint64[m, words]: what ``kernels.gate`` found. ``of_bit`` uint64[64 *
    words, k]: for each position the patterns that it opens, one bit each. ``like`` int32[n]: for each cell the one whose
    hits are its own too (None: itself). Returns int32[q], ascending, and uint64[q, k]. ValueError where shapes do not
    fit or a cell is none of the cells.
    """
    cdef int64_t m = cells.shape[0], words = hits.shape[1], size = of_bit.shape[1], n, i, k, q = 0, row
    cdef bint sound = True
    if hits.shape[0] != m or of_bit.shape[0] != 64 * words or not size:
        raise ValueError("hits and of_bit must fit the cells")
    rows = np.empty((m, size), np.uint64)
    cdef word_t[:, ::1] of_model = rows
    cdef int32_t[::1] place, index
    cdef word_t[:, ::1] opens
    if not m:
        return np.zeros(0, np.int32), rows
    with nogil:
        for i in range(m):
            patterns_of(&hits[i, 0] if words else NULL, words, &of_bit[0, 0] if words else NULL, size, &of_model[i, 0])
    if like is None:
        return np.array(cells), rows
    n = like.shape[0]
    place_array, index_array = np.full(n, -1, np.int32), np.empty(n, np.int32)
    place, index = place_array, index_array
    with nogil:
        for i in range(m):
            if not 0 <= cells[i] < n:
                sound = False
                break
            place[cells[i]] = <int32_t>i
        if sound:
            for i in range(n):
                if not 0 <= like[i] < n:
                    sound = False
                    break
                index[q] = <int32_t>i
                q += place[like[i]] >= 0
    if not sound:
        raise ValueError("a cell is none of the cells")
    result = np.empty((q, size), np.uint64)
    opens = result
    with nogil:
        for i in range(q):
            row = place[like[index[i]]]
            for k in range(size):
                opens[i, k] = of_model[row, k]
    return index_array[:q].copy(), result


def holding(const int32_t[::1] index not None, const word_t[:, ::1] opens not None, int64_t pattern, int64_t apart=-1):
    """The cells that open a pattern (int32, ascending): those that do not open the pattern ``apart``, and those that do.

    ``index`` and ``opens``: as ``opened`` returns them. ValueError where shapes do not fit.
    """
    cdef int64_t q = index.shape[0], i, one = 0, other = 0
    cdef word_t there
    if opens.shape[0] != q or not 0 <= pattern < 64 * opens.shape[1] or apart >= 64 * opens.shape[1]:
        raise ValueError("there is no such pattern")
    plain_array, apart_array = np.empty(q + 1, np.int32), np.empty(q + 1, np.int32)
    cdef int32_t[::1] plain = plain_array, others = apart_array
    with nogil:
        for i in range(q):
            there = opens[i, pattern >> 6] >> (pattern & 63) & 1
            plain[one] = others[other] = index[i]
            if apart >= 0 and opens[i, apart >> 6] >> (apart & 63) & 1:
                other += there
            else:
                one += there
    return plain_array[:one], apart_array[:other]


def any_of(const word_t[:, ::1] opens not None):
    """uint64[k]: the patterns that any cell opens."""
    cdef int64_t i, k
    found = np.zeros(opens.shape[1], np.uint64)
    cdef word_t[::1] out = found
    with nogil:
        for i in range(opens.shape[0]):
            for k in range(opens.shape[1]):
                out[k] |= opens[i, k]
    return found
