"""Values of JSON records as columns: texts without their escapes, one cell a row, or any number of cells a row."""

import numpy as np

from libc.stdint cimport int32_t, int64_t

from scanner.kernels.json_text cimport plain

cdef enum:
    ESCAPES = 1 << 30


def unescape(unsigned char[::1] data, const int32_t[::1] start, int32_t[::1] end):
    """Takes the escapes out of the values that are marked with ESCAPED_BIT, in place, and the mark off their ends.

    Texts only get shorter; their starts stay. ValueError where a value lies outside of ``data``.
    """
    cdef int64_t i, stop, count = start.shape[0], size = data.shape[0]
    cdef bint outside = count != end.shape[0]
    if not outside:
        with nogil:
            for i in range(count):
                stop = end[i] & ~ESCAPES
                if not 0 <= start[i] <= stop <= size:
                    outside = True
                    break
                if end[i] & ESCAPES:
                    end[i] = <int32_t>stop if stop == start[i] else <int32_t>plain(&data[0], start[i], stop, &data[0], start[i])
    if outside:
        raise ValueError("a value lies outside of the text")


def count(const int32_t[::1] node, const int32_t[::1] record, const int32_t[::1] row, int32_t[::1] column, int columns):
    """Gives paths without a column (-1 in ``column`` int32[paths]) the next numbers from ``columns`` on, in order of values.

    Values of records whose ``row`` int32[records] is -1 are left out. Returns the new paths in order, and int64[columns]:
    how many values each column has.
    """
    cdef int64_t i, n = node.shape[0], most = columns + column.shape[0]
    counts_array, new_array = np.zeros(most, np.int64), np.empty(column.shape[0], np.int32)
    cdef int64_t[::1] counts = counts_array
    cdef int32_t[::1] new = new_array
    cdef int added = 0
    with nogil:
        for i in range(n):
            if row[record[i]] < 0:
                continue
            if column[node[i]] < 0:
                column[node[i]] = columns + added
                new[added] = node[i]
                added += 1
            counts[column[node[i]]] += 1
    return new_array[:added], counts_array[: columns + added]


def fill(
    const int32_t[::1] node,
    const int32_t[::1] record,
    const int32_t[::1] start,
    const int32_t[::1] end,
    const int32_t[::1] row,
    const int32_t[::1] column,
    int32_t[:, ::1] cell_start,
    int32_t[:, ::1] cell_end,
    int64_t[::1] at,
    int32_t[::1] list_start,
    int32_t[::1] list_end,
    int32_t[::1] list_row,
):
    """Puts values where they belong.

    The first columns have one cell a row: ``cell_start``, ``cell_end`` int32[columns, rows] take them, of several the
    first. Values of the others lie behind each other in ``list_*``, those of column c from ``at[c]`` on (which moves).
    """
    cdef int64_t i, n = node.shape[0], own, place
    cdef int32_t dense = cell_start.shape[0], into
    with nogil:
        for i in range(n):
            own = row[record[i]]
            if own < 0:
                continue
            into = column[node[i]]
            if into < dense:
                cell_start[into, own] = start[i]
                cell_end[into, own] = end[i]
            else:
                place = at[into]
                at[into] = place + 1
                list_start[place] = start[i]
                list_end[place] = end[i]
                list_row[place] = <int32_t>own
