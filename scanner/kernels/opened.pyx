"""Which patterns each cell opens, from the last positions that kernels.gate reached in it."""

from libc.stdint cimport int32_t, int64_t, uint64_t

import numpy as np

from scanner.kernels.lock cimport FEW

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


cdef void all_patterns(const word_t[:, ::1] hits, const word_t[:, ::1] of_bit, word_t[:, ::1] out) noexcept nogil:
    cdef int64_t i, words = hits.shape[1]
    for i in range(hits.shape[0]):
        patterns_of(&hits[i, 0] if words else NULL, words, &of_bit[0, 0] if words else NULL, of_bit.shape[1], &out[i, 0])


cdef int64_t like_these(
    const int32_t[::1] cells, const int32_t[::1] like, int32_t[::1] place, int32_t[::1] index
) noexcept nogil:
    """The cells that are like one of ``cells``, to ``index``; how many, or -1 where one is none of the cells."""
    cdef int64_t i, n = like.shape[0], q = 0
    for i in range(n):
        place[i] = -1
    for i in range(cells.shape[0]):
        if not 0 <= cells[i] < n:
            return -1
        place[cells[i]] = <int32_t>i
    for i in range(n):
        if not 0 <= like[i] < n:
            return -1
        index[q] = <int32_t>i
        q += place[like[i]] >= 0
    return q


cdef void copy_rows(
    const word_t[:, ::1] of_model, const int32_t[::1] place, const int32_t[::1] like, const int32_t[::1] index,
    word_t[:, ::1] out,
) noexcept nogil:
    cdef int64_t i, k, row
    for i in range(out.shape[0]):
        row = place[like[index[i]]]
        for k in range(out.shape[1]):
            out[i, k] = of_model[row, k]


cdef int64_t pick(
    const int32_t[::1] index, const word_t[:, ::1] opens, int64_t pattern, int64_t apart, int32_t[::1] plain,
    int32_t[::1] others, int64_t* other,
) noexcept nogil:
    """See ``holding``; how many there are of the first, and in ``other`` of the second."""
    cdef int64_t i, one = 0
    cdef word_t there
    for i in range(index.shape[0]):
        there = opens[i, pattern >> 6] >> (pattern & 63) & 1
        plain[one] = others[other[0]] = index[i]
        if apart >= 0 and opens[i, apart >> 6] >> (apart & 63) & 1:
            other[0] += there
        else:
            one += there
    return one


cdef void gather(const word_t[:, ::1] opens, word_t[::1] out) noexcept nogil:
    cdef int64_t i, k
    for i in range(opens.shape[0]):
        for k in range(opens.shape[1]):
            out[k] |= opens[i, k]


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
    cdef int64_t m = cells.shape[0], words = hits.shape[1], size = of_bit.shape[1], n, q = 0
    if hits.shape[0] != m or of_bit.shape[0] != 64 * words or not size:
        raise ValueError("hits and of_bit must fit the cells")
    rows = np.empty((m, size), np.uint64)
    cdef word_t[:, ::1] of_model = rows
    cdef int32_t[::1] place, index
    cdef word_t[:, ::1] opens
    if not m:
        return np.zeros(0, np.int32), rows
    if like is None:
        all_patterns(hits, of_bit, of_model)
        return np.array(cells), rows
    n = like.shape[0]
    place_array, index_array = np.empty(n, np.int32), np.empty(n, np.int32)
    place, index = place_array, index_array
    with nogil:
        all_patterns(hits, of_bit, of_model)
        q = like_these(cells, like, place, index)
    if q < 0:
        raise ValueError("a cell is none of the cells")
    result = np.empty((q, size), np.uint64)
    opens = result
    if q <= FEW:
        copy_rows(of_model, place, like, index, opens)
    else:
        with nogil:
            copy_rows(of_model, place, like, index, opens)
    return index_array[:q].copy(), result


def holding(const int32_t[::1] index not None, const word_t[:, ::1] opens not None, int64_t pattern, int64_t apart=-1):
    """The cells that open a pattern (int32, ascending): those that do not open the pattern ``apart``, and those that do.

    ``index`` and ``opens``: as ``opened`` returns them. ValueError where shapes do not fit.
    """
    cdef int64_t q = index.shape[0], one, other = 0
    if opens.shape[0] != q or not 0 <= pattern < 64 * opens.shape[1] or apart >= 64 * opens.shape[1]:
        raise ValueError("there is no such pattern")
    plain_array, apart_array = np.empty(q + 1, np.int32), np.empty(q + 1, np.int32)
    cdef int32_t[::1] plain = plain_array, others = apart_array
    if q <= FEW:
        one = pick(index, opens, pattern, apart, plain, others, &other)
    else:
        with nogil:
            one = pick(index, opens, pattern, apart, plain, others, &other)
    return plain_array[:one], apart_array[:other]


def any_of(const word_t[:, ::1] opens not None):
    """uint64[k]: the patterns that any cell opens."""
    found = np.zeros(opens.shape[1], np.uint64)
    cdef word_t[::1] out = found
    if opens.shape[0] <= FEW:
        gather(opens, out)
    else:
        with nogil:
            gather(opens, out)
    return found
