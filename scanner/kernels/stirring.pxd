# Words stirred together: what spreads the first word of a tuple by its other words.

from libc.stdint cimport int64_t, uint64_t

cdef extern from "stirring.h" nogil:
    uint64_t mixed(uint64_t x)
    uint64_t stirred(uint64_t h, uint64_t word)
    uint64_t inside(uint64_t h)
    uint64_t stirred_words(const uint64_t* words, int64_t count)
    uint64_t unspread(const uint64_t* key, int width)
