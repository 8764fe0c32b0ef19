"""Damaged JSON text: up to where it goes, and how it is told."""

from libc.stdint cimport int64_t

from scanner.kernels.json_records cimport Records, Room

cdef enum:
    # What came of the text so far.
    TEXT_WANTED = 0
    TEXT_ENDED = 1
    ROOM_WANTED = 2


cdef class Damage(Records):
    cdef bint damaged
    cdef bint at_line                   # the present piece begins a line
    cdef int64_t offset                 # of the text that is read, among all
    cdef int64_t least                  # where the next record may begin at the earliest
    cdef int64_t searched
    cdef int64_t wasted                 # bytes that were read for records that then were none
    cdef bint beside                    # what is damaged is other text than JSON

    cdef void begin_damage(self, int64_t start, int64_t read) noexcept nogil
    cdef int begins(self, const unsigned char* data, int64_t piece, int64_t at, int64_t size, bint final) noexcept nogil
    cdef int pass_damage(self, const unsigned char* data, int64_t size, bint final, Room* room, int64_t* place) noexcept nogil
    cdef int64_t cut(self, const unsigned char* data, int64_t piece, int64_t at) noexcept nogil
    cdef void piece_done(self, const unsigned char* data, Room* room, int64_t start, int64_t end) noexcept nogil
