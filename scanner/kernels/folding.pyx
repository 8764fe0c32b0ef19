"""Full-width and invisible characters of many cells at a time; detectors/folding.py does the same to one text."""

from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np


cdef inline int32_t folded_at(const uint8_t* p, int64_t left, uint8_t* out, bint* made) noexcept nogil:
    """How many of the ``left`` > 0 bytes at ``p`` are one sign, and the byte that is made of it, if one is."""
    cdef uint8_t a = p[0], b = p[1] if left > 1 else 0, c = p[2] if left > 2 else 0
    made[0] = True
    out[0] = 32
    if a < 0xC2:
        out[0] = a
        return 1
    if a == 0xC2 and (b == 0xAD or b == 0xA0):
        made[0] = b == 0xA0
        return 2
    if (
        (a == 0xE2 and ((b == 0x80 and 0x8B <= c <= 0x8D) or (b == 0x81 and c == 0xA0)))
        or (a == 0xEF and b == 0xBB and c == 0xBF)
    ):
        made[0] = False
        return 3
    if a == 0xE3 and b == 0x80 and c == 0x80:
        return 3
    if a == 0xEF and ((b == 0xBC and 0x81 <= c <= 0xBF) or (b == 0xBD and 0x80 <= c <= 0x9E)):
        out[0] = c - 0x60 if b == 0xBC else c - 0x20
        return 3
    out[0] = a
    return 1


def fold_cells(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const int32_t[::1] chosen not None,
):
    """The chosen cells with U+FF01-FF5E and wide spaces as plain ones, invisible characters left out.

    ``data`` uint8[bytes], ``start``, ``end`` int32[n]: the cells; ``chosen`` int32[m]. Returns the new cells: data
    uint8, start and end int32[m]. Bytes that are not UTF-8 stay. ValueError if a cell lies outside the data, or is none.
    """
    cdef Py_ssize_t k, count = chosen.shape[0]
    cdef int64_t at, stop, size = 0, put = 0
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    cdef bint made = False
    if end.shape[0] != start.shape[0]:
        raise ValueError("start and end differ in length")
    for k in range(count):
        if not 0 <= chosen[k] < start.shape[0]:
            raise ValueError("a chosen cell is none of the cells")
        if not 0 <= start[chosen[k]] <= end[chosen[k]] <= data.shape[0]:
            raise ValueError("a cell lies outside the data")
        size += end[chosen[k]] - start[chosen[k]]
    if size >= 1 << 31:
        raise ValueError("the cells hold 2 GiB or more")
    folded_array = np.empty(size + 1, np.uint8)  # one more: what is made of nothing is written, too
    starts_array, ends_array = np.empty(count, np.int32), np.empty(count, np.int32)
    cdef uint8_t[::1] folded = folded_array
    cdef uint8_t* out = &folded[0]
    cdef int32_t[::1] starts = starts_array, ends = ends_array
    with nogil:
        for k in range(count):
            at = start[chosen[k]]
            stop = end[chosen[k]]
            starts[k] = <int32_t>put
            while at < stop:
                at += folded_at(p + at, stop - at, out + put, &made)
                put += made
            ends[k] = <int32_t>put
    return folded_array[:put], starts_array, ends_array


def unfolded(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const int32_t[::1] chosen not None, const int32_t[:, ::1] spans not None,
):
    """Spans in what ``fold_cells`` made of the chosen cells, as spans in the cells themselves.

    ``spans`` int32[n, 3]: place in ``chosen``, start, end (bytes, not empty), sorted and disjoint; returned as int32[n,
    3]: cell, start, end. ValueError where a cell or a span lies outside.
    """
    cdef Py_ssize_t k, count = spans.shape[0]
    cdef int64_t at = 0, stop = 0, put = 0, row = -1, cell = 0
    cdef const uint8_t* p = &data[0] if data.shape[0] else NULL
    cdef uint8_t byte = 0
    cdef bint made = False, sound = end.shape[0] == start.shape[0] and spans.shape[1] == 3
    result = np.empty((count, 3), np.int32)
    cdef int32_t[:, ::1] out = result
    with nogil:
        for k in range(count if sound else 0):
            if spans[k, 0] != row:
                row = spans[k, 0]
                put = 0
                sound = 0 <= row < chosen.shape[0] and 0 <= chosen[row] < start.shape[0]
                if not sound:
                    break
                cell = chosen[row]
                at = start[cell]
                stop = end[cell]
                sound = 0 <= at <= stop <= data.shape[0]
            sound = sound and put <= spans[k, 1] < spans[k, 2]
            if not sound:
                break
            out[k, 0] = <int32_t>cell
            out[k, 1] = -1
            while put < spans[k, 2] and at < stop:
                if put == spans[k, 1]:
                    out[k, 1] = <int32_t>(at - start[cell])
                at += folded_at(p + at, stop - at, &byte, &made)
                put += made
            out[k, 2] = <int32_t>(at - start[cell])
            sound = put == spans[k, 2] and out[k, 1] >= 0
            if not sound:
                break
    if not sound:
        raise ValueError("a cell or a span lies outside")
    return result
