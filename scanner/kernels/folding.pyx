"""Full-width and invisible characters of many cells at a time; detectors/folding.py does the same to one text."""

from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np


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
    cdef uint8_t a, b, c
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
    folded_array = np.empty(size, np.uint8)
    starts_array, ends_array = np.empty(count, np.int32), np.empty(count, np.int32)
    cdef uint8_t[::1] folded = folded_array
    cdef int32_t[::1] starts = starts_array, ends = ends_array
    with nogil:
        for k in range(count):
            at = start[chosen[k]]
            stop = end[chosen[k]]
            starts[k] = <int32_t>put
            while at < stop:
                a = data[at]
                b = data[at + 1] if at + 1 < stop else 0
                c = data[at + 2] if at + 2 < stop else 0
                if a == 0xC2 and (b == 0xAD or b == 0xA0):
                    at += 2
                    if b == 0xA0:
                        folded[put] = 32
                        put += 1
                elif (
                    (a == 0xE2 and ((b == 0x80 and 0x8B <= c <= 0x8D) or (b == 0x81 and c == 0xA0)))
                    or (a == 0xEF and b == 0xBB and c == 0xBF)
                ):
                    at += 3
                elif a == 0xE3 and b == 0x80 and c == 0x80:
                    folded[put] = 32
                    put += 1
                    at += 3
                elif a == 0xEF and ((b == 0xBC and 0x81 <= c <= 0xBF) or (b == 0xBD and 0x80 <= c <= 0x9E)):
                    folded[put] = c - 0x60 if b == 0xBC else c - 0x20
                    put += 1
                    at += 3
                else:
                    folded[put] = a
                    put += 1
                    at += 1
            ends[k] = <int32_t>put
    return folded_array[:put], starts_array, ends_array
