"""Reads a cell symbol by symbol, folded: full-width digits are digits, and three-byte characters their code points."""

from libc.stdint cimport int32_t, uint64_t

from scanner.kernels.symbols cimport EDGE, OTHER, SKIP, is_digit, symbol

cdef enum:
    WIDEST = 19  # digits of a number that is read

cdef struct Reader:  # of one cell; the current symbol has been folded
    const unsigned char* p
    int32_t at
    int32_t next
    int32_t end
    int now

cdef struct Figures:  # digits in a row; value: of the first 19
    uint64_t value
    int count


cdef inline void look(Reader* r) noexcept nogil:
    """Folds the symbol at ``at``: to ASCII and small letters; white space and quotes to a space, ° to 度."""
    cdef int32_t size = 0, i = r.at
    cdef int s = SKIP
    cdef const unsigned char* p = r.p
    while s == SKIP:
        if i >= r.end:
            r.now = EDGE
            r.next = i
            return
        s = symbol(p, i, r.end, &size)
        if s == SKIP:
            i += size
    if s >= OTHER:
        if 0xE0 <= p[i] < 0xF0 and i + 2 < r.end and p[i + 1] & 0xC0 == 0x80 and p[i + 2] & 0xC0 == 0x80:
            s = (p[i] & 15) << 12 | (p[i + 1] & 63) << 6 | p[i + 2] & 63
            size = 3
            if s == 0x2032 or s == 0x2033 or 0x2018 <= s <= 0x201D:  # primes and quotes
                s = 32
            elif s < 0x3000:
                s = OTHER
        elif p[i] == 0xC2 and i + 1 < r.end and p[i + 1] == 0xB0:
            s = 0x5EA6
            size = 2
        else:
            s = OTHER
    elif 65 <= s <= 90:
        s += 32
    elif 9 <= s <= 13 or s == 34 or s == 39:
        s = 32
    r.now = s
    r.next = i + size


cdef inline void step(Reader* r) noexcept nogil:
    r.at = r.next
    look(r)


cdef inline bint take(Reader* r, int wanted) noexcept nogil:
    if r.now != wanted:
        return False
    step(r)
    return True


cdef inline void pass_spaces(Reader* r) noexcept nogil:
    while r.now == 32:
        step(r)


cdef inline Figures figures(Reader* r) noexcept nogil:
    cdef Figures g = Figures(0, 0)
    while is_digit(r.now):
        if g.count < WIDEST:
            g.value = g.value * 10 + <uint64_t>(r.now - 48)
        g.count += 1
        step(r)
    return g
