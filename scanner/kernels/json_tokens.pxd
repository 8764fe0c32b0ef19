"""What stands between the values of JSON text: spaces, comments, ends of containers, keys."""

from libc.stdint cimport int64_t

from scanner.kernels.json_damage cimport Damage
from scanner.kernels.json_records cimport Room

cdef enum:
    # What comes after a token.
    ON = 0
    STOP = 1               # the text or the room ends
    BAD = 2                # what is here is no JSON


cdef struct Now:  # where a call of ``read`` is
    const unsigned char* data
    int64_t size
    bint final
    bint full          # no more room
    bint in_run        # the record is a run of values around records
    bint held          # a key was read, and its value comes
    bint too_long
    int depth
    int before         # what stands before the next value
    int64_t at
    int64_t margin     # spaces since the line began, -1: there was more
    int64_t reached    # how far was read to find that it is no JSON
    int64_t documents
    # The record, if one is open (``start`` >= 0).
    int64_t start
    int64_t first_value
    int64_t start_margin
    int start_before
    int start_depth
    int table
    int run_values
    # The last key around records.
    int64_t key_at
    int64_t key_margin
    int key_before
    int64_t key_from
    int64_t key_to     # with ESCAPES


cdef class Tokens(Damage):
    cdef void pass_space(self, Now* now) noexcept nogil
    cdef int comment(self, Now* now, Room* room) noexcept nogil
    cdef void run_done(self, Now* now, Room* room, int64_t end) noexcept nogil
    cdef int closed(self, Now* now, Room* room) noexcept nogil
    cdef int behind_value(self, Now* now, Room* room) noexcept nogil
    cdef int key(self, Now* now, Room* room) noexcept nogil
