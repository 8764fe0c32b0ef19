"""Small passes over spans and cells: overlaps, emptiness."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from libc.string cimport memset

import numpy as np

from scanner.kernels.lock cimport FEW

cdef extern from "spans.h" nogil:
    ctypedef struct Spans:
        const int32_t* cell
        const int32_t* start
        const int32_t* end
        int64_t count

    int64_t overlaps(const Spans* a, const Spans* b, uint8_t* out, int path)
    enum:
        WORD_MOST
        BEGINS
        PLANE
        SIGN
        WHITE
    ctypedef struct Nothing:
        const uint8_t* words[33]
        int32_t count[33]
        uint32_t begins[1024]
        const uint8_t* classes

    uint32_t begin_of(const uint8_t* p, int64_t n)
    int64_t filled_cells(
        const Nothing* none, const uint8_t* data, const int32_t* start, const int32_t* end, const uint16_t* kinds, int64_t size,
        int64_t n, uint8_t* out, int path,
    )
    int64_t filled_but(
        const Nothing* none, const uint8_t* data, const int32_t* start, const int32_t* end, const uint16_t* kinds, int64_t size,
        int64_t n, const int32_t* unsure, int64_t asked, uint8_t* out,
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
    result = np.empty(a.count, np.uint8)
    if not a.count:
        return result, 0
    out = result
    a.cell, a.start, a.end = &cell_a[0], &start_a[0], &end_a[0]
    if b.count:
        b.cell, b.start, b.end = &cell_b[0], &start_b[0], &end_b[0]
    if a.count + b.count <= FEW:
        found = marked_overlaps(&a, &b, &out[0], path)
    else:
        with nogil:
            found = marked_overlaps(&a, &b, &out[0], path)
    return result, found


cdef int64_t marked_overlaps(const Spans* a, const Spans* b, uint8_t* out, int path) noexcept nogil:
    memset(out, 0, a.count)
    return overlaps(a, b, out, path)


cdef class Blanks:
    """What is written for nothing: ``words``, ``signs`` of which a cell may hold none but these, ``white`` characters.

    ASCII letters of words count in any case, ASCII control characters and the space are always white. ValueError where
    a word is empty, longer than 32 bytes, or holds a digit, or a sign is a digit, Chinese, or beyond the first plane.
    """

    cdef Nothing nothing
    cdef list kept
    cdef bytes classes

    def __init__(self, words, str signs, str white):
        by_size = {}
        table = bytearray(PLANE)
        for code in range(0x21):
            table[code] = WHITE
        for characters, kind in ((signs, SIGN), (white, WHITE)):
            for character in characters:
                if ord(character) >= PLANE or 0x4000 <= ord(character) < 0xA000 or character in "0123456789":
                    raise ValueError(f"'{character}' can stand neither for nothing nor for white space")
                table[ord(character)] |= kind
        for size in range(WORD_MOST + 1):
            self.nothing.count[size] = 0
        for size in range(BEGINS):
            self.nothing.begins[size] = 0
        for word in words:
            raw = word.encode().lower()  # of bytes: ASCII letters only
            if not 0 < len(raw) <= WORD_MOST or any(48 <= byte < 58 for byte in raw):
                raise ValueError(f"'{word}' should have 1 to {WORD_MOST} bytes and no digit")
            by_size.setdefault(len(raw), set()).add(raw)
            self.nothing.begins[begin_of(raw, len(raw))] |= <uint32_t>1 << (len(raw) - 1)
        self.kept = []
        for size, found in by_size.items():
            joined = b"".join(sorted(found))
            self.kept.append(joined)  # the pointer below is into it
            self.nothing.words[<int>size] = joined
            self.nothing.count[<int>size] = len(found)
        self.classes = bytes(table)
        self.nothing.classes = self.classes

    def first_bytes(self):
        """What ``kernels.profile.Questions`` takes: uint32[1024], the sizes of words (a bit each) by the hash of their first
        bytes; uint8[128], which ASCII characters are signs or white."""
        begins = np.empty(BEGINS, np.uint32)
        cdef uint32_t[::1] view = begins
        cdef int place
        for place in range(BEGINS):
            view[place] = self.nothing.begins[place]
        return begins, np.frombuffer(self.classes, np.uint8, 128)


def filled(
    const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, Blanks blanks not None,
    const uint16_t[::1] kinds=None, int path=0, const int32_t[::1] unsure=None,
):
    """Which cells hold something other than white space, signs or a word for nothing (NULL, \\N, -, 无), and how many.

    Returns bool[n] and a number. ``kinds`` uint16[n]: what ``kernels.profile`` says of these cells, by which most are
    known without a look; ``unsure`` int32: those of which it does not know, so that all others that are not empty hold
    something. ``path`` 1: without vector instructions, for tests. ValueError where lengths differ or a cell lies outside
    the data.
    """
    cdef int64_t n = start.shape[0], found = 0, size = data.shape[0]
    cdef const uint16_t* classes = NULL
    cdef const Nothing* none = &blanks.nothing
    cdef uint8_t[::1] out
    if end.shape[0] != n or (kinds is not None and kinds.shape[0] != n):
        raise ValueError("start, end and kinds differ in length")
    result = np.empty(n, np.uint8)
    if n:
        out = result
        if kinds is not None:
            classes = &kinds[0]
        with nogil:
            if unsure is not None and kinds is not None:
                found = filled_but(
                    none, &data[0] if size else NULL, &start[0], &end[0], classes, size, n,
                    &unsure[0] if unsure.shape[0] else NULL, unsure.shape[0], &out[0],
                )
            else:
                found = filled_cells(
                    none, &data[0] if size else NULL, &start[0], &end[0], classes, size, n, &out[0], path
                )
    if found < 0:
        raise ValueError("a cell lies outside the data")
    return result.view(np.bool_), found
