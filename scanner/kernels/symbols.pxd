"""Symbols of a cell's bytes, digit groups, and the boundary rule.

A symbol is an ASCII byte, a full-width form of one, or one of the few signs named below. All other bytes are
neutral neighbours, so Chinese text touches a number without joining it, and bytes that are not UTF-8 do no harm:
every sequence known here begins with a lead byte, so reading forwards and backwards sees the same symbols.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    static inline int first_byte(unsigned long long mask) { return __builtin_ctzll(mask) >> 3; }
    static const unsigned long long POWERS_OF_TEN[20] = {
        1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL, 1000000000ULL,
        10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL, 100000000000000ULL,
        1000000000000000ULL, 10000000000000000ULL, 100000000000000000ULL, 1000000000000000000ULL,
        10000000000000000000ULL};
    """
    int first_byte(uint64_t mask) noexcept nogil
    const uint64_t POWERS_OF_TEN[20]

cdef enum:  # symbols beyond ASCII
    EDGE = -2
    SKIP = -1
    OTHER = 256
    X_LIKE = 257
    MIDDOT = 258
    TURN = 259  # the sign before an extension

cdef struct Group:
    uint64_t value  # of the first 19 digits
    int32_t end  # behind the last digit
    int32_t count
    int32_t first

# Raw pointers here: a memoryview is a struct of 200 bytes, copied at each call. runs() checks every span first.
cdef inline int symbol(const unsigned char* p, int32_t i, int32_t hi, int32_t* size) noexcept nogil:
    """The symbol at i < hi and its bytes."""
    cdef unsigned char c = p[i], d, e
    size[0] = 1
    if c < 0x80:
        return c
    if c < 0xC2 or i + 1 >= hi:
        return OTHER
    d = p[i + 1]
    if c < 0xE0:
        size[0] = 2
        if c == 0xC2 and d == 0xA0:
            return 32
        if c == 0xC2 and d == 0xB7:
            return MIDDOT
        if (c == 0xC3 and d == 0x97) or (c == 0xCE and d == 0xA7) or (c == 0xCF and d == 0x87):
            return X_LIKE
        if (c == 0xD0 and d == 0xA5) or (c == 0xD1 and d == 0x85):
            return X_LIKE
        size[0] = 1
        return OTHER
    if i + 2 >= hi:
        return OTHER
    e = p[i + 2]
    size[0] = 3
    if c == 0xEF:
        if d == 0xBC and 0x81 <= e <= 0xBF:
            return e - 0x60
        if d == 0xBD and 0x80 <= e <= 0x9E:
            return e - 0x20
        if d == 0xBB and e == 0xBF:
            return SKIP
    elif c == 0xE2:
        if (d == 0x80 and 0x8B <= e <= 0x8D) or (d == 0x81 and e == 0xA0):
            return SKIP
        if (d == 0x80 and 0x90 <= e <= 0x91) or (d == 0x88 and e == 0x92):
            return 45
        if d == 0x80 and e == 0xA2:
            return MIDDOT
    elif c == 0xE3:
        if d == 0x80 and e == 0x80:
            return 32
        if d == 0x83 and e == 0xBB:
            return MIDDOT
    elif c == 0xE8 and d == 0xBD and (e == 0xAC or e == 0x89):
        return TURN
    size[0] = 1
    return OTHER


cdef inline int after(const unsigned char* p, int32_t i, int32_t hi, int32_t* end) noexcept nogil:
    """The next symbol that is not zero-width; end: behind it."""
    cdef int32_t size = 0
    cdef int s
    while i < hi:
        s = symbol(p, i, hi, &size)
        i += size
        if s != SKIP:
            end[0] = i
            return s
    end[0] = hi
    return EDGE


cdef inline int before(const unsigned char* p, int32_t i, int32_t lo, int32_t* start) noexcept nogil:
    """The last symbol before i that is not zero-width; start: where it begins."""
    cdef int32_t size = 0
    cdef int s
    while i > lo:
        size = 1
        s = p[i - 1]
        if s >= 0x80:
            s = OTHER
            if i - lo >= 3 and p[i - 3] >= 0xE0:
                s = symbol(p, i - 3, i, &size)
                if size != 3:
                    s = OTHER
                    size = 1
            elif i - lo >= 2 and p[i - 2] >= 0xC2:
                s = symbol(p, i - 2, i, &size)
                if size != 2:
                    s = OTHER
                    size = 1
        i -= size
        if s != SKIP:
            start[0] = i
            return s
    start[0] = lo
    return EDGE


cdef inline bint is_digit(int s) noexcept nogil:
    return 48 <= s <= 57


cdef inline bint is_letter(int s) noexcept nogil:
    return 65 <= s <= 90 or 97 <= s <= 122


cdef inline bint is_x(int s) noexcept nogil:
    return s == 88 or s == 120 or s == X_LIKE


cdef inline bint is_separator(int s) noexcept nogil:
    return s == 32 or s == 45 or s == 46 or s == 47 or s == 95 or s == MIDDOT


cdef inline bint left_free(const unsigned char* p, int32_t i, int32_t lo) noexcept nogil:
    """Nothing before i makes it the tail of a longer token or a negative number; "--" is a delimiter, "_" sets apart."""
    cdef int32_t at = i
    cdef int s = before(p, i, lo, &at)
    if s == 45:
        return before(p, at, lo, &at) == 45
    return not (is_digit(s) or is_letter(s) or s == 46 or s == 43)


cdef inline bint right_free(const unsigned char* p, int32_t i, int32_t hi) noexcept nogil:
    """Nothing behind i continues the token or makes it the whole part of a fraction."""
    cdef int32_t end = i
    cdef int s = after(p, i, hi, &end)
    if s == 46:
        return not is_digit(after(p, end, hi, &end))
    return not (is_digit(s) or is_letter(s))


cdef inline bint zero_fraction(const unsigned char* p, int32_t i, int32_t hi) noexcept nogil:
    """Behind i stands ".0" and nothing else, as floats are exported."""
    cdef int32_t end = i, next_end = i
    cdef int s
    if after(p, i, hi, &end) != 46 or after(p, end, hi, &end) != 48:
        return False
    while True:
        s = after(p, end, hi, &next_end)
        if s != 48:
            return right_free(p, end, hi)
        end = next_end


cdef inline uint64_t digit_mask(uint64_t word) noexcept nogil:
    """The high bit of each of eight bytes that is an ASCII digit (little-endian)."""
    cdef uint64_t low = word ^ <uint64_t>0x3030303030303030
    low = ((low & <uint64_t>0x7F7F7F7F7F7F7F7F) + <uint64_t>0x7676767676767676) | low
    return ~low & <uint64_t>0x8080808080808080


cdef inline uint64_t eight_digits(uint64_t word) noexcept nogil:
    """The number that eight ASCII digits write: neighbours are joined to pairs, pairs to fours, fours to eight."""
    word = (word & <uint64_t>0x0F0F0F0F0F0F0F0F) * 2561 >> 8
    word = (word & <uint64_t>0x00FF00FF00FF00FF) * 6553601 >> 16
    return (word & <uint64_t>0x0000FFFF0000FFFF) * <uint64_t>42949672960001 >> 32


cdef inline bint few_digits(const unsigned char* p, int32_t lo, int32_t hi) noexcept nogil:
    """Whether 8 or more bytes have too few digits: 9 for a phone number, 7 for a USCC of 18 characters."""
    cdef uint64_t word, odd
    cdef int count = 0
    cdef int32_t i = lo, step
    while i < hi:
        step = hi - i if hi - i < 8 else 8
        memcpy(&word, p + i + step - 8, 8)
        word >>= 64 - 8 * step  # the last load overlaps the one before
        odd = word ^ <uint64_t>0xEFEFEFEFEFEFEFEF
        if (odd - <uint64_t>0x0101010101010101) & ~odd & <uint64_t>0x8080808080808080:
            return False
        count += <int>((digit_mask(word) >> 7) * <uint64_t>0x0101010101010101 >> 56)
        i += step
    return count < (9 if hi - lo < 18 else 7)


cdef inline void read_group(const unsigned char* p, int32_t i, int32_t hi, Group* g) noexcept nogil:
    """All digits from i on; zero-width signs between them do not count."""
    cdef uint64_t word
    cdef int32_t size = 0
    cdef int s
    g.value = 0
    g.count = 0
    g.end = i
    while i < hi:
        if hi - i >= 8 and g.count <= 8:
            memcpy(&word, p + i, 8)
            if digit_mask(word) == <uint64_t>0x8080808080808080:
                if g.count == 0:
                    g.first = p[i] - 48
                g.value = g.value * 100000000 + eight_digits(word)
                g.count += 8
                i += 8
                g.end = i
                continue
        s = p[i]
        if 48 <= s <= 57:
            i += 1
        elif s < 0x80:
            return
        else:
            s = symbol(p, i, hi, &size)
            i += size
            if s == SKIP:
                continue
            if not is_digit(s):
                return
        if g.count == 0:
            g.first = s - 48
        if g.count < 19:
            g.value = g.value * 10 + <uint64_t>(s - 48)
        g.count += 1
        g.end = i


cdef inline int32_t pass_digits(const unsigned char* p, int32_t i, int32_t hi, int count) noexcept nogil:
    """Where the digit after the next ``count`` digits begins."""
    cdef int32_t end = i, size = 0
    while count:
        after(p, i, hi, &end)
        i = end
        count -= 1
    while i < hi and symbol(p, i, hi, &size) == SKIP:
        i += size
    return i


cdef inline uint64_t power(int n) noexcept nogil:
    """10 ** n, for n to 19."""
    return POWERS_OF_TEN[n] if n > 0 else 1


cdef inline int32_t next_digit(const unsigned char* p, int32_t i, int32_t hi) noexcept nogil:
    """The next ASCII or full-width digit, -1 if there is none. Eight bytes at a time (little-endian)."""
    cdef uint64_t word, low, hits
    cdef int32_t at
    while i < hi:
        if hi - i >= 8:
            memcpy(&word, p + i, 8)
            hits = digit_mask(word)
            low = word ^ <uint64_t>0xEFEFEFEFEFEFEFEF
            hits |= (low - <uint64_t>0x0101010101010101) & ~low
            hits &= <uint64_t>0x8080808080808080
            if hits == 0:
                i += 8
                continue
            i += first_byte(hits)
        if 48 <= p[i] <= 57:
            return i
        if p[i] == 0xEF and i + 2 < hi and p[i + 1] == 0xBC and 0x90 <= p[i + 2] <= 0x99:
            return i
        i += 1
    return -1


cdef inline int32_t token_end(const unsigned char* p, int32_t i, int32_t hi) noexcept nogil:
    """Behind the last letter or digit of the token that goes on at i."""
    cdef int32_t end = i
    cdef int s = after(p, i, hi, &end)
    while is_digit(s) or is_letter(s):
        i = end
        s = after(p, i, hi, &end)
    return i
