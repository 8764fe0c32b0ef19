"""What every cell of a column is made of, in one pass, so that detectors look only where they can find something."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

import numpy as np

cdef extern from "profile.h" nogil:
    uint16_t classes_of(uint8_t byte)
    int64_t profiles(
        const uint8_t* data, int64_t size, const int32_t* start, const int32_t* end, int64_t count, uint16_t* kinds,
        int32_t* numeric, int path,
    )

# The classes of bytes that profile.h tells apart, as far as they are asked for by name.
DIGIT = 0x0001
LETTER = 0x001E
COLON = 0x0040
JOINT = 0x0080
HAN = 0x2000
MARK = 0x4000
HIGH = 0x8000


def byte_classes():
    """uint16[256]: the classes of each byte value, one bit a class, at least one each."""
    classes = np.empty(256, np.uint16)
    cdef uint16_t[::1] view = classes
    cdef int byte
    for byte in range(256):
        view[byte] = classes_of(<uint8_t>byte)
    return classes


def profile(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    int path=0,
):
    """Which classes of bytes each cell ``data[start[i]:end[i]]`` holds, and which cells may hold a number.

    Returns kinds uint16[n] (0 for an empty cell), numeric int32[m] (ascending: a superset of the cells with runs),
    and the union of the kinds. ``path`` 1: without vector instructions, for tests. ValueError if shapes do
    not fit or a cell lies outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], i
    cdef int64_t found = 0
    cdef uint16_t union_of = 0
    cdef bint sound = True
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    kinds = np.empty(count, np.uint16)
    numeric = np.empty(count + 1, np.int32)  # one more: the next index is written before it is known to stay
    cdef uint16_t[::1] kinds_view = kinds
    cdef int32_t[::1] numeric_view = numeric
    with nogil:
        for i in range(count):
            sound &= (start[i] >= 0) & (end[i] >= start[i]) & (end[i] <= data.shape[0])
        if sound and count and data.shape[0]:
            found = profiles(
                &data[0], data.shape[0], &start[0], &end[0], count, &kinds_view[0], &numeric_view[0], path
            )
            for i in range(count):
                union_of |= kinds_view[i]
    if not sound:
        raise ValueError("a cell lies outside the data")
    if not data.shape[0]:
        kinds[:] = 0
    return kinds, numeric[:found].copy(), int(union_of)
