"""One pass over a column for every number that could be an identifier; the grammar is in number_grammar.pxd."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport free, realloc

import numpy as np

from scanner.kernels.number_grammar cimport Run, lettered, number, solid_kinds
from scanner.kernels.symbols cimport (
    Group, X_LIKE, after, before, few_digits, is_digit, is_letter, is_separator, next_digit, read_group, token_end,
)

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const unsigned char* data, const int32_t* start, const int32_t* end, int64_t at, int64_t count)

# Kinds: which detectors may look at a run. Flags: how it was written.
MOBILE, LANDLINE, ID18, ID15, CARD, USCC = 1, 2, 4, 8, 16, 32
ENDS_IN_X, COUNTRY_CODE, FLOAT, JOINED = 64, 128, 256, 512

cdef enum:
    SHORT = 64  # bytes up to which a cell's digits are counted before it is read
    ALL_DIGITS = 1  # the kinds of such a cell, as kernels.profile has them


cdef struct Found:
    Run* items
    Py_ssize_t count
    Py_ssize_t room


cdef bint push(Found* found, Run* run) noexcept nogil:
    cdef Run* bigger
    if found.count == found.room:
        found.room = found.room * 2 + 1024
        bigger = <Run*>realloc(found.items, <size_t>found.room * sizeof(Run))
        if bigger == NULL:
            return False
        found.items = bigger
    found.items[found.count] = run[0]
    found.count += 1
    return True


cdef bint scan_cell(const unsigned char* p, int32_t cell, int32_t lo, int32_t hi, Found* found) noexcept nogil:
    """All runs of one cell; False if memory ran out."""
    cdef Group g
    cdef Run run
    cdef int32_t i = lo, at, left = 0, end = 0
    cdef int s
    cdef bint hit
    run.cell = cell
    while hi - i >= 9:  # the shortest number has 9 digits, behind a country code that has its own
        i = next_digit(p, i, hi)
        if i < 0 or hi - i < 9:
            break
        at = i
        s = before(p, at, lo, &left)
        while is_letter(s) or is_digit(s):
            at = left
            s = before(p, at, lo, &left)
        read_group(p, i, hi, &g)
        s = after(p, g.end, hi, &end)
        if at < i or is_letter(s) or (s == X_LIKE and g.count == 17):
            end = token_end(p, g.end, hi)
            if at < i:
                g.count = 0
            hit = lettered(p, lo, hi, at, &g, end, &run)
            if not hit and s == X_LIKE and at == i:
                hit = number(p, lo, hi, at, &g, &run)
        else:
            end = g.end
            if g.count < 10 and (
                not (is_separator(s) or s == 41) or g.count < 2 or (g.count == 2 and g.value != 86)
                or (g.count > 6 and g.first != 0 and g.first != 8)
            ):
                i = end
                continue
            hit = number(p, lo, hi, at, &g, &run)
        i = end
        if hit:
            i = run.end
            run.start -= lo
            run.end -= lo
            if not push(found, &run):
                return False
    return True


cdef inline bint push_solid(const unsigned char* p, int32_t cell, int32_t lo, int32_t hi, Found* found) noexcept nogil:
    """A cell that is digits and nothing else, the first neither 0 nor 8 (country codes); False if memory ran out."""
    cdef Group g
    cdef Run run
    cdef int kinds = solid_kinds(hi - lo, p[lo] - 48)
    if not kinds:
        return True
    read_group(p, lo, hi, &g)
    run.value = g.value
    run.cell = cell
    run.start = 0
    run.end = hi - lo
    run.flags = <uint16_t>kinds
    run.length = <uint8_t>(hi - lo)
    return push(found, &run)


cdef Py_ssize_t scan(
    const unsigned char* p, Py_ssize_t size, const int32_t[::1] start, const int32_t[::1] end,
    const int32_t* chosen, Py_ssize_t count, const uint16_t* kinds, Found* found,
) noexcept nogil:
    """All cells, or the chosen ones; -1 when done, -2 if memory ran out, else the cell that is not inside the data."""
    cdef Py_ssize_t i, k
    cdef int32_t lo, hi
    for k in range(count):
        i = chosen[k] if chosen != NULL else k
        if i < 0 or i >= start.shape[0]:
            return i if i > 0 else 0
        fetch_ahead(p, &start[0], &end[0], i, start.shape[0])
        lo = start[i]
        hi = end[i]
        if lo < 0 or hi < lo or hi > size:
            return i
        if kinds != NULL and kinds[i] == ALL_DIGITS and hi - lo >= 10 and p[lo] != 48 and p[lo] != 56:
            if not push_solid(p, <int32_t>i, lo, hi, found):
                return -2
            continue
        if hi - lo < 10 or (hi - lo <= SHORT and few_digits(p, lo, hi)):
            continue
        if not scan_cell(p, <int32_t>i, lo, hi, found):
            return -2
    return -1


def runs(
    const unsigned char[::1] data, const int32_t[::1] start, const int32_t[::1] end,
    const int32_t[::1] chosen=None, const uint16_t[::1] kinds=None,
):
    """Every number in the cells that some detector may take for its own, sorted by (cell, start).

    ``data`` uint8[bytes]; ``start``, ``end`` int32[n]; ``chosen`` int32, ascending, and ``kinds`` uint16[n]: what
    ``kernels.profile`` says of these cells (both None: every cell is read). Returns arrays of one length: cell, start, end (int32, bytes
    inside the cell), value uint64 (the digits without country code; without X; 0 for a USCC with letters),
    length uint8 (characters, X included), flags uint16 (kinds and flags of this module).
    Raises ValueError if a span does not lie in the data, MemoryError.
    """
    cdef Found found
    cdef Py_ssize_t i, state
    cdef const unsigned char* p = &data[0] if data.shape[0] else NULL
    cdef const int32_t* some = NULL
    cdef const uint16_t* classes = NULL
    cdef Py_ssize_t count = start.shape[0]
    if end.shape[0] != start.shape[0] or (kinds is not None and kinds.shape[0] != start.shape[0]):
        raise ValueError("start and end differ in length")
    if chosen is not None:
        count = chosen.shape[0]
        if count:
            some = &chosen[0]
    if kinds is not None and count:
        classes = &kinds[0]
    found.items = NULL
    found.count = 0
    found.room = 0
    with nogil:
        state = scan(p, data.shape[0], start, end, some, count, classes, &found)
    try:
        if state == -2:
            raise MemoryError
        if state >= 0:
            raise ValueError(f"cell {state} does not lie in the data")
        n = found.count
        cells = np.empty(n, np.int32)
        starts = np.empty(n, np.int32)
        ends = np.empty(n, np.int32)
        values = np.empty(n, np.uint64)
        lengths = np.empty(n, np.uint8)
        flags = np.empty(n, np.uint16)
        split(&found, cells, starts, ends, values, lengths, flags)
        return cells, starts, ends, values, lengths, flags
    finally:
        free(found.items)


cdef void split(
    Found* found, int32_t[::1] cell, int32_t[::1] start, int32_t[::1] end,
    uint64_t[::1] value, uint8_t[::1] length, uint16_t[::1] flags,
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(found.count):
        cell[i] = found.items[i].cell
        start[i] = found.items[i].start
        end[i] = found.items[i].end
        value[i] = found.items[i].value
        length[i] = found.items[i].length
        flags[i] = found.items[i].flags
