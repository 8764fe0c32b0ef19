"""The tree of paths that values of JSON text lie under."""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    LONGEST_KEY = 64  # bytes; a longer key is data
    # What a step of a path is; a path of the first two has one value in a record.
    ROOT = 0
    NAMED = 1
    PLACE = 2    # in a record that is a list
    ELEMENT = 3  # of any other list
    ANY = 4      # of an object whose keys are data
    KEY = 5      # such a key itself
    OTHER = 6    # of all paths beyond the most that are told apart


cdef class Paths:
    cdef readonly int count
    cdef readonly int most
    cdef int used
    cdef int64_t mask
    cdef int32_t[::1] parent
    cdef int32_t[::1] kind
    cdef int32_t[::1] key_start
    cdef int32_t[::1] key_end
    cdef int32_t[::1] place
    cdef int32_t[::1] slots
    cdef unsigned char[::1] many
    cdef unsigned char[::1] keys
    cdef int child(self, int parent, int kind, const unsigned char* key, int length, int place) noexcept nogil
    cdef bint is_named(self, int node, int parent, const unsigned char* key, int length) noexcept nogil
