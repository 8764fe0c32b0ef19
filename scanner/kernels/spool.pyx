"""Rows of words in partitions by some bits of their first word."""

import numpy as np

from libc.stdint cimport int64_t, uint64_t

cdef enum:
    PARTITIONS = 256


cdef inline void place_rows(const uint64_t[:, ::1] rows, int width, int shift, int64_t[::1] at,
                            uint64_t[:, ::1] out) noexcept nogil:
    cdef int64_t i, p
    cdef int c
    for i in range(rows.shape[0]):
        p = <int64_t>((rows[i, 0] >> shift) & 255)
        for c in range(width):
            out[at[p], c] = rows[i, c]
        at[p] += 1


def scatter(list arrays, int shift):
    """The rows of all ``arrays`` (uint64[n, w], one w), by the 8 bits of their first word that begin at ``shift``.

    Returns (uint64[m, w], int64[257]): partition p is rows ``offsets[p]:offsets[p + 1]``, in their old order.
    ValueError if the widths differ.
    """
    cdef int64_t n = sum(len(rows) for rows in arrays), i, p
    cdef int width = arrays[0].shape[1]
    cdef const uint64_t[:, ::1] rows
    if not 0 <= shift < 64:
        raise ValueError("no such bits")
    at_array, offsets_array = np.zeros(PARTITIONS + 1, np.int64), np.zeros(PARTITIONS + 1, np.int64)
    scattered = np.empty((n, width), np.uint64)
    cdef int64_t[::1] at = at_array, offsets = offsets_array
    cdef uint64_t[:, ::1] out = scattered
    for rows in arrays:
        if rows.shape[1] != width:
            raise ValueError("rows of different widths")
        with nogil:
            for i in range(rows.shape[0]):
                offsets[<int64_t>((rows[i, 0] >> shift) & 255) + 1] += 1
    for p in range(PARTITIONS):
        offsets[p + 1] += offsets[p]
        at[p] = offsets[p]
    for rows in arrays:
        with nogil:
            if width == 1:  # the usual widths are known to the compiler
                place_rows(rows, 1, shift, at, out)
            elif width == 3:
                place_rows(rows, 3, shift, at, out)
            else:
                place_rows(rows, width, shift, at, out)
    return scattered, offsets_array
