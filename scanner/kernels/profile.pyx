"""What every cell of a column is made of, in one pass, so that detectors look only where they can find something."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

import numpy as np

cdef extern from "profile.h" nogil:
    uint16_t classes_of(uint8_t byte)
    bint cells_lie_inside(const int32_t* start, const int32_t* end, int64_t count, int64_t size)
    ctypedef struct Profiles:
        uint16_t* kinds
        int32_t* like
        int32_t* numeric
        int32_t* models
        int64_t numbers
        int64_t modelled
        uint16_t all

    int profiles(
        const uint8_t* data, int64_t size, const int32_t* start, const int32_t* end, int64_t count, int path,
        Profiles* out,
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
    """Which classes of bytes each cell ``data[start[i]:end[i]]`` holds, and which cells need to be looked at.

    Returns kinds uint16[n] (0 for an empty cell); numeric int32[m] (ascending: a superset of the cells with runs); the
    union of the kinds; like int32[n]: an earlier cell that differs in its ASCII digits only, or the cell itself; models
    int32[k], ascending: the non-empty cells that are like themselves. ``path`` 1: without vector instructions, and
    every cell is a model; for tests. ValueError if shapes do not fit or a cell lies outside the data; MemoryError.
    """
    cdef Py_ssize_t count = start.shape[0]
    cdef bint sound = True
    cdef int state = 0
    cdef Profiles out
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    kinds = np.empty(count, np.uint16)
    like = np.empty(count, np.int32)
    # More than can be found: sixteen are written at a time.
    numeric = np.empty(count + 16, np.int32)
    models = np.empty(count + 16, np.int32)
    cdef uint16_t[::1] kinds_view = kinds
    cdef int32_t[::1] like_view = like, numeric_view = numeric, models_view = models
    out.numeric = &numeric_view[0]
    out.models = &models_view[0]
    out.numbers = out.modelled = 0
    out.all = 0
    with nogil:
        if count:
            sound = cells_lie_inside(&start[0], &end[0], count, data.shape[0])
        if sound and count and data.shape[0]:
            out.kinds = &kinds_view[0]
            out.like = &like_view[0]
            state = profiles(&data[0], data.shape[0], &start[0], &end[0], count, path, &out)
    if not sound:
        raise ValueError("a cell lies outside the data")
    if state < 0:
        raise MemoryError
    if not data.shape[0]:
        kinds[:] = 0
        like[:] = np.arange(count, dtype=np.int32)
    return kinds, numeric[:out.numbers], int(out.all), like, models[:out.modelled]
