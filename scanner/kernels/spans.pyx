"""Small passes over spans and cells: overlaps, emptiness."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

import numpy as np

cdef extern from "spans.h" nogil:
    ctypedef struct Spans:
        const int32_t* cell
        const int32_t* start
        const int32_t* end
        int64_t count

    int64_t overlaps(const Spans* a, const Spans* b, uint8_t* out, int path)
    int64_t filled_cells(
        const uint8_t* data, const int32_t* start, const int32_t* end, const uint16_t* kinds, int64_t size,
        int64_t n, uint8_t* out, int path,
    )


def overlapping(
    const int32_t[::1] cell_a, const int32_t[::1] start_a, const int32_t[::1] end_a,
    const int32_t[::1] cell_b, const int32_t[::1] start_b, const int32_t[::1] end_b, int path=0,
):
    """Which spans of a overlap a span of b in the same cell (uint8[len(a)], 0 or 1), and how many do.

    Both sorted by (cell, start), b disjoint. ``path`` 1: without vector instructions, for tests. ValueError where
    lengths differ.
    """
    cdef Spans a, b
    cdef int64_t found = 0
    cdef uint8_t[::1] out
    a.count, b.count = cell_a.shape[0], cell_b.shape[0]
    if start_a.shape[0] != a.count or end_a.shape[0] != a.count:
        raise ValueError("the arrays of spans differ in length")
    if start_b.shape[0] != b.count or end_b.shape[0] != b.count:
        raise ValueError("the arrays of spans differ in length")
    result = np.zeros(a.count, np.uint8)
    if a.count and b.count:
        out = result
        a.cell, a.start, a.end = &cell_a[0], &start_a[0], &end_a[0]
        b.cell, b.start, b.end = &cell_b[0], &start_b[0], &end_b[0]
        with nogil:
            found = overlaps(&a, &b, &out[0], path)
    return result, found


def filled(
    const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, const uint16_t[::1] kinds=None,
    int path=0,
):
    """Which cells hold something other than white space or a word for nothing (NULL, \\N, -, 无), and how many do.

    Returns bool[n] and a number. ``kinds`` uint16[n]: what ``kernels.profile`` says of these cells, by which most are
    known without a look. ``path`` 1: without vector instructions, for tests. ValueError where lengths differ or a
    cell lies outside the data.
    """
    cdef int64_t n = start.shape[0], found = 0, size = data.shape[0]
    cdef const uint16_t* classes = NULL
    cdef uint8_t[::1] out
    if end.shape[0] != n or (kinds is not None and kinds.shape[0] != n):
        raise ValueError("start, end and kinds differ in length")
    result = np.empty(n, np.uint8)
    if n:
        out = result
        if kinds is not None:
            classes = &kinds[0]
        with nogil:
            found = filled_cells(&data[0] if size else NULL, &start[0], &end[0], classes, size, n, &out[0], path)
    if found < 0:
        raise ValueError("a cell lies outside the data")
    return result.view(np.bool_), found
