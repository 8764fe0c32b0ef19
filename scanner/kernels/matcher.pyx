"""Runs the programs of detectors/programs.py: backtracking over UTF-8 text, as a regular expression does it.

A place to come back to is three numbers on a stack: an instruction, a position, and a lower bound down to which a
repetition may give characters back (-1: none), or for a group its earlier bound. A cell that takes too
many steps, or is not UTF-8 where it is looked at, is given back to be matched otherwise.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc

import numpy as np

from scanner.kernels.lock cimport FEW_BYTES, FEW_TEXTS

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const uint8_t* data, const int32_t* start, const int32_t* end, int64_t at, int64_t count)

cdef enum:
    C_MATCH, C_ONE, C_REPEAT, C_KEEP, C_SPLIT, C_JUMP, C_SAVE, C_BACK, C_AHEAD, C_BEHIND, C_NOT_BEHIND
    C_ATOMIC, C_END_HERE, C_BORDER

cdef enum:
    WIDTH = 5
    DEPTH = 3 * 4096  # numbers on the stack of a cell
    NO = -1
    GIVEN_UP = -2
    NOTHING = -1
    STEPS_A_CELL = 20000
    STEPS_A_BYTE = 64

MATCH, ONE, REPEAT, KEEP, SPLIT, JUMP, SAVE = C_MATCH, C_ONE, C_REPEAT, C_KEEP, C_SPLIT, C_JUMP, C_SAVE
BACK, AHEAD, BEHIND, NOT_BEHIND = C_BACK, C_AHEAD, C_BEHIND, C_NOT_BEHIND
ATOMIC, END_HERE, BORDER = C_ATOMIC, C_END_HERE, C_BORDER


cdef struct Machine:
    const int32_t* code
    const uint8_t* ascii
    const int32_t* ranges
    const int32_t* places
    const uint8_t* first
    const uint8_t* p
    bint groups
    int32_t shut  # the class behind which no match begins, or -1
    int32_t lo
    int32_t hi
    int64_t steps
    int32_t bounds[16]  # where groups begin and end
    int32_t stack[DEPTH]




cdef inline int decode(const uint8_t* p, int32_t at, int32_t hi, int32_t* code) noexcept nogil:
    """The bytes of the character at ``at`` < hi; 0 where there is none in UTF-8."""
    cdef int32_t a = p[at], c
    if a < 0x80:
        code[0] = a
        return 1
    if a < 0xC2 or a > 0xF4 or at + 1 >= hi or p[at + 1] & 0xC0 != 0x80:
        return 0
    c = p[at + 1] & 0x3F
    if a < 0xE0:
        code[0] = (a & 0x1F) << 6 | c
        return 2
    if at + 2 >= hi or p[at + 2] & 0xC0 != 0x80:
        return 0
    c = c << 6 | (p[at + 2] & 0x3F)
    if a < 0xF0:
        c |= (a & 0x0F) << 12
        code[0] = c
        return 3 if c >= 0x800 and not 0xD800 <= c < 0xE000 else 0
    if at + 3 >= hi or p[at + 3] & 0xC0 != 0x80:
        return 0
    c = (a & 7) << 18 | c << 6 | (p[at + 3] & 0x3F)
    code[0] = c
    return 4 if 0x10000 <= c <= 0x10FFFF else 0


cdef inline int32_t before(const Machine* m, int32_t at) noexcept nogil:
    """Where the character in front of ``at`` > lo begins."""
    at -= 1
    while at > m.lo and m.p[at] & 0xC0 == 0x80:
        at -= 1
    return at


cdef inline int taken(const Machine* m, int32_t at, int which) noexcept nogil:
    """The bytes of the character at ``at`` < hi if it is of the class, else 0; GIVEN_UP."""
    cdef int32_t code = m.p[at], size, i
    if code < 0x80:
        return m.ascii[128 * which + code]
    size = decode(m.p, at, m.hi, &code)
    if size == 0:
        return GIVEN_UP
    for i in range(m.places[which], m.places[which + 1]):
        if m.ranges[2 * i] <= code <= m.ranges[2 * i + 1]:
            return size
    return 0


cdef inline int32_t taken_in_line(const Machine* m, int32_t* place, int32_t* least, const int32_t* c) noexcept nogil:
    """How many characters of its class a repetition takes from ``place`` on, at most as many as it may; GIVEN_UP.

    ``place`` becomes the one behind them, ``least`` the one behind the fewest that it must take, where it takes so many.
    """
    cdef const uint8_t* p = m.p
    cdef const uint8_t* ascii = m.ascii + 128 * c[1]
    cdef int32_t at = place[0], hi = m.hi, count = 0, fewest = c[2], most = c[3]
    cdef int size
    if fewest == 0:
        least[0] = at
    while count < most and at < hi:
        if p[at] < 0x80:
            if not ascii[p[at]]:
                break
            at += 1
        else:
            size = taken(m, at, c[1])
            if size < 0:
                return GIVEN_UP
            if size == 0:
                break
            at += size
        count += 1
        if count == fewest:
            least[0] = at
    place[0] = at
    return count


cdef inline bint in_word(const Machine* m, int32_t at) noexcept nogil:
    cdef uint8_t c = m.p[at]
    return 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 95


cdef inline bint fails_at_once(const Machine* m, int32_t pc, int32_t at) noexcept nogil:
    """Whether the program asks there for an ASCII character that is not of its class, as most places behind are left."""
    cdef const int32_t* c = m.code + WIDTH * pc
    return c[0] == C_ONE and at < m.hi and m.p[at] < 0x80 and not m.ascii[128 * c[1] + m.p[at]]


cdef int32_t run(Machine* m, int32_t pc, int32_t at, int32_t target, int32_t base) noexcept nogil:
    """Where a match of the program from ``pc`` on ends that begins at ``at``; NO, GIVEN_UP.

    ``target``: where END_HERE must be reached; ``base``: the height of the stack.
    """
    cdef int32_t top = base, count, start, least, end, number, size, i
    cdef const int32_t* c
    cdef bint failed = False
    while True:
        m.steps -= 1
        if m.steps < 0 or top > DEPTH - 6:
            return GIVEN_UP
        if failed:
            if top == base:
                return NO
            top -= 3
            pc = m.stack[top]
            at = m.stack[top + 1]
            least = m.stack[top + 2]
            if pc < 0:  # a group's earlier bound
                m.bounds[-pc - 1] = at
                continue
            if least != NOTHING:
                at = before(m, at)
                if at > least:
                    m.stack[top + 1] = at
                    top += 3
            failed = False
        c = m.code + WIDTH * pc
        if c[0] == C_ONE:
            if at >= m.hi:
                failed = True
                continue
            size = taken(m, at, c[1])
            if size < 0:
                return GIVEN_UP
            failed = size == 0
            at += size
            pc += 1
        elif c[0] == C_REPEAT or c[0] == C_KEEP:
            least = NO
            count = taken_in_line(m, &at, &least, c)
            if count < 0:
                return GIVEN_UP
            m.steps -= count >> 3
            failed = count < c[2]
            pc += 1
            if not failed and c[0] == C_REPEAT and at > least:
                m.stack[top] = pc
                m.stack[top + 1] = at
                m.stack[top + 2] = least
                top += 3
        elif c[0] == C_SPLIT:
            m.stack[top] = c[2]
            m.stack[top + 1] = at
            m.stack[top + 2] = NOTHING
            top += 3
            pc = c[1]
        elif c[0] == C_JUMP:
            pc = c[1]
        elif c[0] == C_NOT_BEHIND:
            if at > m.lo:
                size = taken(m, before(m, at), c[1])
                if size < 0:
                    return GIVEN_UP
                failed = size > 0
            pc += 1
        elif c[0] == C_AHEAD or c[0] == C_BEHIND or c[0] == C_ATOMIC:
            if c[0] == C_BEHIND:
                end = NO
                start = at
                for i in range(c[4] + 1):
                    if i >= c[3] and not fails_at_once(m, pc + 1, start):
                        end = run(m, pc + 1, start, at, top)
                        if end != NO:
                            break
                    if start == m.lo:
                        break
                    start = before(m, start)
            else:
                end = run(m, pc + 1, at, target, top)
            if end == GIVEN_UP:
                return GIVEN_UP
            if c[0] == C_ATOMIC:
                failed = end == NO
                at = end
            else:
                failed = (end == NO) == (c[2] == 0)
            pc = c[1]
        elif c[0] == C_SAVE:
            m.stack[top] = -c[1] - 1
            m.stack[top + 1] = m.bounds[c[1]]
            m.stack[top + 2] = NOTHING
            top += 3
            m.bounds[c[1]] = at
            pc += 1
        elif c[0] == C_BACK:
            start = m.bounds[2 * c[1]]
            size = m.bounds[2 * c[1] + 1] - start
            failed = start < 0 or m.bounds[2 * c[1] + 1] < 0 or size > m.hi - at
            if not failed:
                for i in range(size):
                    failed |= m.p[start + i] != m.p[at + i]
            at += size
            pc += 1
        elif c[0] == C_BORDER:
            failed = (at > m.lo and in_word(m, at - 1)) == (at < m.hi and in_word(m, at))
            pc += 1
        elif c[0] == C_END_HERE:
            if at == target:
                return at
            failed = True
        else:  # C_MATCH
            return at


cdef struct Found:
    int32_t* items
    Py_ssize_t count
    Py_ssize_t room


cdef inline bint push(Found* found, int32_t cell, int32_t start, int32_t end) noexcept nogil:
    cdef int32_t* bigger
    if found.count == found.room:
        found.room = found.room * 2 + 256
        bigger = <int32_t*>realloc(found.items, <size_t>found.room * 12)
        if bigger == NULL:
            return False
        found.items = bigger
    found.items[3 * found.count] = cell
    found.items[3 * found.count + 1] = start
    found.items[3 * found.count + 2] = end
    found.count += 1
    return True


cdef int search(Machine* m, int32_t cell, Found* found) noexcept nogil:
    """All matches of a cell; 0, GIVEN_UP (then none is left of it), NO if memory ran out."""
    cdef int32_t at = m.lo, end, i, code, size
    cdef Py_ssize_t before_cell = found.count
    m.steps = STEPS_A_CELL + STEPS_A_BYTE * <int64_t>(m.hi - m.lo)
    while at < m.hi:
        size = 1
        if m.p[at] >= 0x80:
            size = decode(m.p, at, m.hi, &code)
            if size == 0:
                found.count = before_cell
                return GIVEN_UP
        if not m.first[m.p[at]] or (m.shut >= 0 and at > m.lo and m.p[at - 1] < 0x80
                                    and m.ascii[128 * m.shut + m.p[at - 1]]):
            at += size
            continue
        if m.groups:
            for i in range(16):
                m.bounds[i] = -1
        end = run(m, 0, at, NO, 0)
        if end == GIVEN_UP:
            found.count = before_cell
            return GIVEN_UP
        if end <= at:
            at += size
            continue
        if not push(found, cell, at - m.lo, end - m.lo):
            return NO
        at = end
    return 0


cdef bint few_bytes(const int32_t[::1] start, const int32_t[::1] end, const int32_t[::1] chosen) noexcept nogil:
    cdef Py_ssize_t k
    cdef int64_t size = 0
    for k in range(chosen.shape[0]):
        if 0 <= chosen[k] < start.shape[0]:
            size += end[chosen[k]] - start[chosen[k]]
    return size <= FEW_BYTES // 2


cdef int search_all(
    Machine* m, Py_ssize_t size, const int32_t[::1] start, const int32_t[::1] end, const int32_t[::1] chosen, Found* found,
    int32_t[::1] given_up, Py_ssize_t* left,
) noexcept nogil:
    """Searches the chosen cells; 1 where one lies outside the data, NO where memory is short."""
    cdef Py_ssize_t k, i
    cdef int state = 0
    for k in range(chosen.shape[0]):
        i = chosen[k]
        if i < 0 or i >= start.shape[0] or start[i] < 0 or end[i] < start[i] or end[i] > size:
            return 1
        fetch_ahead(m.p, &start[0], &end[0], i, start.shape[0])
        m.lo = start[i]
        m.hi = end[i]
        state = search(m, <int32_t>i, found)
        if state == NO:
            break
        if state == GIVEN_UP:
            given_up[left[0]] = <int32_t>i
            left[0] += 1
    return state


def search_cells(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const int32_t[::1] chosen not None, const int32_t[:, ::1] code not None, const unsigned char[:, ::1] ascii not None,
    const int32_t[:, ::1] ranges not None, const int32_t[::1] places not None, const unsigned char[::1] first not None,
):
    """All matches of a program in the chosen cells ``data[start[i]:end[i]]``, leftmost first, without overlap.

    ``chosen`` int32, ascending; the rest is a ``Program``. Returns int32[n, 3] of cell, start, end (bytes in the
    cell), and the chosen cells that were given up (int32, ascending), of which nothing is in the first.
    Raises ValueError if a cell does not lie in the data, MemoryError.
    """
    cdef Machine m
    cdef Found found
    cdef Py_ssize_t k, left = 0
    cdef int state
    if end.shape[0] != start.shape[0] or code.shape[1] != WIDTH or ascii.shape[1] != 128 or first.shape[0] != 256:
        raise ValueError("the arrays do not fit each other")
    if places.shape[0] != ascii.shape[0] + 1 or not code.shape[0] or not ascii.shape[0]:
        raise ValueError("the program is not complete")
    given_up = np.empty(chosen.shape[0], np.int32)
    cdef int32_t[::1] given_up_view = given_up
    if not data.shape[0] or not chosen.shape[0]:
        return np.zeros((0, 3), np.int32), given_up[:0]
    m.code = &code[0, 0]
    m.ascii = &ascii[0, 0]
    m.ranges = &ranges[0, 0] if ranges.shape[0] else NULL
    m.places = &places[0]
    m.first = &first[0]
    m.groups = False
    for k in range(code.shape[0]):
        m.groups |= code[k, 0] == C_SAVE
    m.shut = code[0, 1] if code[0, 0] == C_NOT_BEHIND else -1
    m.p = &data[0]
    found.items = NULL
    found.count = 0
    found.room = 0
    try:
        if chosen.shape[0] <= FEW_TEXTS // 8 and few_bytes(start, end, chosen):
            state = search_all(&m, data.shape[0], start, end, chosen, &found, given_up_view, &left)
        else:
            with nogil:
                state = search_all(&m, data.shape[0], start, end, chosen, &found, given_up_view, &left)
        if state == 1:
            raise ValueError("a cell lies outside the data")
        if state == NO:
            raise MemoryError
        if not found.count:
            return np.zeros((0, 3), np.int32), given_up[:left]
        return np.asarray(<int32_t[:found.count, :3]>found.items).copy(), given_up[:left]
    finally:
        free(found.items)


def pack_spans(
    const unsigned char[::1] data not None, const int32_t[::1] origin not None, const int32_t[:, ::1] spans not None,
    const int32_t[::1] digits not None, int base,
):
    """The spans (int32[n, 3]: cell, start, end) as numbers of that base behind a leading 1: uint64[n].

    ``origin`` int32: where the cells begin; ``digits`` int32[256]: the digit of a byte, -1 for one that is left out, -2
    for one that has none. 0 stands for a span that has such a byte, or that does not fit into 63 bits.
    """
    cdef Py_ssize_t k, at, stop
    cdef uint64_t number
    cdef int32_t digit
    if digits.shape[0] != 256 or spans.shape[1] != 3:
        raise ValueError("the arrays do not fit each other")
    keys = np.zeros(spans.shape[0], np.uint64)
    cdef uint64_t[::1] out = keys
    with nogil:
        for k in range(spans.shape[0]):
            at = origin[spans[k, 0]] + spans[k, 1]
            stop = origin[spans[k, 0]] + spans[k, 2]
            number = 1
            while at < stop:
                digit = digits[data[at]]
                at += 1
                if digit == -1:
                    continue
                if digit < 0 or number > (<uint64_t>1 << 63) // <uint64_t>base - 1:
                    number = 0
                    break
                number = number * <uint64_t>base + <uint64_t>digit
            out[k] = number
    return keys
