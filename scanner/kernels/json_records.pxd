"""Records of JSON text as they are found: the containers around them, their values, and what was odd about them."""

from libc.stdint cimport int32_t, int64_t

from scanner.kernels.json_paths cimport Paths
from scanner.kernels.json_text cimport Token

cdef enum:
    DEEPEST = 64           # levels that are told apart; what lies deeper is one value, as it is written
    OUTER_LEVELS = 8       # of containers around records
    SIGNED = 48            # bytes of the first key of a record, by which the next one is known
    OBJECT = 1
    ARRAY = 2
    # What stands before the next value.
    OPENED = 0
    BEHIND_VALUE = 1
    BEHIND_COMMA = 2
    ESCAPES = 1 << 30      # in the end of a value: it has escapes
    # What a record is otherwise.
    DAMAGE = 1
    RUN = 2
    BESIDE = 3             # a line of other text


cdef struct Room:  # for what is found
    int32_t* node
    int32_t* record
    int32_t* start
    int32_t* end
    int32_t* records   # four a record
    int64_t most_values
    int64_t most_records
    int64_t values
    int64_t found
    int64_t consumed


cdef class Records:
    cdef readonly Paths paths
    cdef readonly bint whole
    cdef readonly bint truncated
    cdef readonly int64_t overlong
    cdef readonly int64_t documents
    cdef readonly int64_t longest
    cdef readonly int64_t most_values
    cdef readonly int64_t piece
    cdef readonly object odd
    cdef unsigned long long mapped
    cdef unsigned long long unfolded
    cdef int64_t[::1] odds
    cdef int64_t noted[8]
    cdef bint noting
    cdef int64_t[::1] last              # serial number of the record in which a path had its last value
    cdef int32_t[::1] first             # the path that began below a path the last time
    cdef int32_t[::1] next              # the path that came behind a path the last time
    cdef int64_t serial
    cdef int depth                      # of the containers open around records
    cdef int before                     # what stands before the next value
    cdef int64_t margin                 # spaces since the line began, -1: there was more
    cdef int32_t node[DEEPEST + 2]      # of each open container
    cdef int32_t type[DEEPEST + 2]
    cdef int32_t pending[DEEPEST + 2]   # of the value that a key announced, or -1
    cdef int32_t behind[DEEPEST + 2]    # of the value before, or -1
    cdef int32_t place[DEEPEST + 2]
    cdef int listed                     # the list that records were in last, or -1
    # By what the next record is known: from the first one of its table.
    cdef int signed
    cdef int64_t indent
    cdef bint tall
    cdef unsigned char opening
    cdef unsigned char signature[SIGNED]
    cdef int signature_length
    cdef readonly bint among            # records lie among lines of other text

    cdef void noticed(self, int what) noexcept nogil
    cdef void note(self, int odd) noexcept nogil
    cdef void no_value(self, int depth) noexcept nogil
    cdef void forget(self) noexcept nogil
    cdef void keep_notes(self) noexcept nogil
    cdef int opened(self, int depth, int node, unsigned char c) noexcept nogil
    cdef int outer_node(self, int depth, int before, unsigned char c) noexcept nogil
    cdef bint is_record(self, int depth, unsigned char c, int inside, int node, int before) noexcept nogil
    cdef int key_node(self, const unsigned char* data, Token* token, int depth, bint outer) noexcept nogil
    cdef bint is_mapped(self, int depth) noexcept nogil
    cdef int element_node(self, int depth, int record_depth, unsigned char c) noexcept nogil
    cdef void put_token(self, Room* room, int node, Token* token) noexcept nogil
    cdef void put(self, Room* room, int node, int64_t start, int64_t end) noexcept nogil
    cdef void record_done(self, const unsigned char* data, Room* room, int table, int64_t start, int64_t end, int64_t margin,
                          bint run) noexcept nogil
