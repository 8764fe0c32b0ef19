"""Rows of words in partitions by some bits of their first word, in memory and in files."""

import os

import numpy as np

from libc.errno cimport EINTR, errno
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from posix.unistd cimport pread

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


def scatter(list arrays, int shift, room=None):
    """The rows of all ``arrays`` (uint64[n, w], one w), by the 8 bits of their first word that begin at ``shift``.

    Returns (uint64[m, w], int64[257]): partition p is rows ``offsets[p]:offsets[p + 1]``, in their old order. They lie
    in ``room`` (uint64[at least m * w]) if there is one. ValueError if the widths differ or the room is too small.
    """
    cdef int64_t n = sum(len(rows) for rows in arrays), i, p
    cdef int width = arrays[0].shape[1]
    cdef const uint64_t[:, ::1] rows
    if not 0 <= shift < 64:
        raise ValueError("no such bits")
    at_array, offsets_array = np.zeros(PARTITIONS + 1, np.int64), np.zeros(PARTITIONS + 1, np.int64)
    if room is not None and len(room) < n * width:
        raise ValueError("there is too little room")
    scattered = np.empty((n, width), np.uint64) if room is None else room[: n * width].reshape(n, width)
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


cdef class Parts:
    """Rows of several arrays by partition, to be put together.

    ``parts``: (rows uint64[n, w], offsets int64[257]) each, of one w, by partition, ``offsets[0]`` its first row; they
    must not be changed afterwards. ValueError where shapes do not fit.
    """

    cdef list _parts
    cdef int64_t _count
    cdef int64_t _width
    cdef const uint64_t** _rows
    cdef const int64_t** _bounds

    def __cinit__(self, list parts):
        cdef const uint64_t[:, ::1] rows
        cdef const int64_t[::1] offsets
        cdef int64_t i
        self._parts = list(parts)
        self._count = len(parts)
        self._width = 0
        self._rows = <const uint64_t**>calloc(self._count + 1, sizeof(void*))
        self._bounds = <const int64_t**>calloc(self._count + 1, sizeof(void*))
        if self._rows == NULL or self._bounds == NULL:
            raise MemoryError
        for i in range(self._count):
            rows, offsets = self._parts[i]
            self._width = self._width or rows.shape[1]
            if self._width != rows.shape[1]:
                raise ValueError("rows of different widths")
            if offsets.shape[0] != PARTITIONS + 1 or offsets[PARTITIONS] - offsets[0] != rows.shape[0]:
                raise ValueError("rows and their offsets do not fit")
            self._bounds[i] = &offsets[0]
            if rows.shape[0]:
                self._rows[i] = &rows[0, 0]

    def __dealloc__(self):
        free(self._rows)
        free(self._bounds)

    def gather(self, int first, int last, uint64_t[::1] out):
        """Copies partitions ``first`` to ``last - 1`` of all parts to ``out``, partition by partition; returns the words.

        ValueError where ``out`` is too small.
        """
        cdef int64_t i, p, at = 0, low, high, words = 0, width = self._width
        if not 0 <= first <= last <= PARTITIONS:
            raise ValueError("no such partitions")
        for i in range(self._count):
            words += width * (self._bounds[i][last] - self._bounds[i][first])
        if words > out.shape[0]:
            raise ValueError("there is too little room")
        with nogil:
            for p in range(first, last):
                for i in range(self._count):
                    low = self._bounds[i][p] - self._bounds[i][0]
                    high = self._bounds[i][p + 1] - self._bounds[i][0]
                    if high > low:
                        memcpy(&out[at], self._rows[i] + low * width, <size_t>((high - low) * width) * sizeof(uint64_t))
                        at += (high - low) * width
        return at


cdef struct Place:
    int file
    int64_t at
    int64_t size


cdef int64_t read_place(const Place* place, uint8_t* to) noexcept nogil:
    """Reads all of a place, as the system may give it in parts; how many bytes there are, -1 where it cannot be read."""
    cdef int64_t done = 0, got
    while done < place.size:
        got = pread(place.file, to + done, <size_t>(place.size - done), place.at + done)
        if got < 0 and errno == EINTR:
            continue
        if got < 0:
            return -1
        if got == 0:
            break
        done += got
    return done


def read_all(list places, uint8_t[::1] out):
    """Reads (descriptor, byte, size) of some files, one behind the other, into ``out``, which they fill.

    The lock of the interpreter is let go of but once. OSError where a file cannot be read or ends before that;
    ValueError where ``out`` has another size.
    """
    cdef int64_t count = len(places), i, total = 0, done = 0, got = 0
    cdef int failed = 0
    cdef Place* all_places = <Place*>calloc(max(count, 1), sizeof(Place))
    if all_places == NULL:
        raise MemoryError
    try:
        for i in range(count):
            all_places[i].file, all_places[i].at, all_places[i].size = places[i]
            if all_places[i].size < 0 or all_places[i].at < 0:
                raise ValueError("no such place in a file")
            total += all_places[i].size
            if total > out.shape[0]:
                break
        if total != out.shape[0]:
            raise ValueError("the places have another size than the memory for them")
        with nogil:
            for i in range(count):
                if all_places[i].size == 0:
                    continue
                got = read_place(&all_places[i], &out[done])
                if got != all_places[i].size:
                    failed = errno if got < 0 else -1
                    break
                done += got
    finally:
        free(all_places)
    if failed > 0:
        raise OSError(failed, os.strerror(failed))
    if failed:
        raise OSError("a private file was cut off")
