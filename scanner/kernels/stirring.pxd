# Words stirred together: what spreads the first word of a tuple by its other words.

from libc.stdint cimport int64_t, uint64_t


cdef inline uint64_t mixed(uint64_t x) noexcept nogil:
    """A bijection that spreads every bit over all others (the finaliser of MurmurHash3)."""
    x = (x ^ (x >> 33)) * <uint64_t>0xFF51AFD7ED558CCD
    x = (x ^ (x >> 33)) * <uint64_t>0xC4CEB9FE1A85EC53
    return x ^ (x >> 33)


cdef inline uint64_t stirred(uint64_t h, uint64_t word) noexcept nogil:
    """One more word stirred in; ``mixed`` at the end spreads what is above and below."""
    h = (h ^ word) * <uint64_t>0x9E3779B97F4A7C15
    return h ^ (h >> 32)


cdef inline uint64_t stirred_words(const uint64_t* words, int64_t count) noexcept nogil:
    """All words but the first one stirred together."""
    cdef uint64_t h = 0
    cdef int64_t c
    for c in range(1, count):
        h = stirred(h, words[c])
    return mixed(h)


cdef inline uint64_t unspread(const uint64_t* key, int width) noexcept nogil:
    """The first word as it was, or spread by the others: each is the other's inverse."""
    return key[0] ^ stirred_words(key, width)
