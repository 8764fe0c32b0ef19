"""Passes over the codes of dictionary columns: int32[rows], the cell that each row holds, or -1 for null."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t


def count_codes(const int32_t[::1] codes, int64_t cells):
    """int64[cells]: how many rows hold each cell. ValueError where a code is not below ``cells``."""
    cdef int64_t n = codes.shape[0], i, wrong = 0
    # Two tables by turns: a row that repeats the code before it need not wait for that one's sum.
    even_array = np.zeros(cells + 1, dtype=np.uint32)  # small words, as the tables are to fit the first cache
    odd_array = np.zeros(cells + 1, dtype=np.uint32)
    cdef uint32_t[::1] even = even_array, odd = odd_array
    cdef int32_t c
    if n > 0xFFFFFFFF:
        raise ValueError("too many codes at once")
    with nogil:
        for i in range(n):
            c = codes[i]
            if c >= cells:
                wrong += 1
                c = -1
            if c < 0:
                c = <int32_t>cells
            if i & 1:
                odd[c] += 1
            else:
                even[c] += 1
    if wrong:
        raise ValueError("a code that names no cell")
    return np.add(even_array[:cells], odd_array[:cells], dtype=np.int64)


def rows_of(const int32_t[::1] codes, const uint8_t[::1] wanted, int64_t limit=-1):
    """int32[m]: the rows whose cell is ``wanted`` (uint8[cells], 0 or 1), ascending; at most ``limit`` if that is not -1."""
    cdef int64_t n = codes.shape[0], i, at = 0, size = wanted.shape[0]
    cdef uint32_t c
    if limit < 0 or limit > n:
        limit = n
    table_array = np.zeros(size + 1, dtype=np.uint8)  # null is the cell behind the last
    table_array[:size] = wanted
    cdef const uint8_t[::1] table = table_array
    result = np.empty(limit + 1, dtype=np.int32)  # one more, so that every row can be written
    cdef int32_t[::1] out = result
    with nogil:
        for i in range(n):
            if at == limit:
                break
            c = <uint32_t>codes[i]
            out[at] = <int32_t>i
            at += table[c if c < <uint32_t>size else <uint32_t>size] != 0
    return result[:at]
