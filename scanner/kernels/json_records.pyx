"""Records of JSON text as they are found: the containers around them, their values, and what was odd about them."""

import numpy as np

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from scanner.kernels.json_paths cimport ANY, ELEMENT, LONGEST_KEY, NAMED, PLACE, Paths
from scanner.kernels.json_text cimport COMMA, DEEP, ESCAPED, NOTHING, TWICE, VALUE, Token, is_digit, is_space, plain

cdef enum:
    LONGEST_RAW = 8 * LONGEST_KEY
    DIGITS_OF_DATA = 5     # a key with so many digits behind each other is data: {"13800138000": {...}}


cdef inline bint is_data(const unsigned char* key, int length) noexcept nogil:
    # Is a key a value rather than a name?
    cdef int i, digits = 0
    if length > LONGEST_KEY:
        return True
    for i in range(length):
        if is_digit(key[i]):
            digits += 1
            if digits >= DIGITS_OF_DATA:
                return True
        else:
            digits = 0
            if key[i] == 64:
                return True
    return False


cdef class Records:
    """What ``json_values.Reader`` knows of records, and how it takes them down."""

    def __init__(self, bint whole, *, int most=1 << 12, int64_t longest=64 << 20, int64_t most_values=1 << 22,
                 int64_t piece=1 << 20, unsigned long long mapped=0, unsigned long long unfolded=0, bint among=False):
        if longest < 16 or piece < 16 or longest >= ESCAPES or most_values < 8 or among and not whole:
            raise ValueError("no such limits")
        self.paths = Paths(most)
        self.whole = whole
        self.among = among
        self.longest = longest
        self.most_values = most_values
        self.piece = piece
        self.mapped = mapped
        self.unfolded = unfolded
        self.odd = np.zeros(8, np.int64)
        self.odds = self.odd
        self.last = np.full(most + 2, -1, np.int64)
        self.first = np.full(most + 2, 1, np.int32)
        self.next = np.full(most + 2, 1, np.int32)
        memset(self.noted, 0, sizeof(self.noted))
        self.listed = -1
        self.signed = -1
        self.indent = -1

    @property
    def open(self):
        """How many containers are open around the next record."""
        return self.depth

    cdef void noticed(self, int what) noexcept nogil:
        # Something odd; counted once the text up to it need not be read again.
        self.noted[what] += 1
        self.noting = True

    cdef void note(self, int odd) noexcept nogil:
        # The oddities of a token.
        cdef int i
        if odd:
            for i in range(DEEP):
                if odd >> i & 1:
                    self.noticed(i)

    cdef void no_value(self, int depth) noexcept nogil:
        # A comma without a value before it.
        if depth > 0 and self.type[depth] == OBJECT and self.pending[depth] >= 0:
            self.pending[depth] = -1
            self.noticed(VALUE)
        else:
            self.noticed(COMMA)

    cdef void forget(self) noexcept nogil:
        # What was noticed will be met again, or is damaged text.
        if self.noting:
            memset(self.noted, 0, sizeof(self.noted))
            self.noting = False

    cdef void keep_notes(self) noexcept nogil:
        # What was noticed stays.
        cdef int i
        if self.noting:
            for i in range(DEEP + 1):
                self.odds[i] += self.noted[i]
            self.forget()

    cdef int opened(self, int depth, int node, unsigned char c) noexcept nogil:
        # A container is entered; its depth.
        depth += 1
        self.node[depth] = node
        self.type[depth] = OBJECT if c == 123 else ARRAY
        self.pending[depth] = -1
        self.behind[depth] = -1
        self.place[depth] = 0
        return depth

    cdef int outer_node(self, int depth, int before, unsigned char c) noexcept nogil:
        # The path of a value around records.
        if depth == 0:
            if before == BEHIND_COMMA and c == 123 and not self.whole and self.listed >= 0:
                return self.paths.child(self.listed, ELEMENT, NULL, 0, 0)
            return 0
        if self.type[depth] == OBJECT:
            return self.pending[depth]
        return self.paths.child(self.node[depth], ELEMENT, NULL, 0, 0)

    cdef bint is_record(self, int depth, unsigned char c, int inside, int node, int before) noexcept nogil:
        # Is a value around records one itself?
        cdef bint container = c == 123 or c == 91
        if depth == 0:
            if not container:
                return True
            if c == 123:
                return self.whole or node != 0
            return self.whole and inside != 123 and inside != 91
        if depth >= OUTER_LEVELS:
            return True
        if self.type[depth] == ARRAY:
            return not (c == 91 and (inside == 123 or inside == 91) or c == 123 and self.unfolded >> depth & 1)
        return self.paths.kind[node] == ANY

    cdef int key_node(self, const unsigned char* data, Token* token, int depth, bint outer) noexcept nogil:
        # The path of what a key announces.
        cdef unsigned char decoded[LONGEST_RAW]
        decoded[0] = 0
        cdef const unsigned char* key = &data[token.start]
        cdef int parent = self.node[depth], behind = self.behind[depth], node
        cdef int64_t length = token.end - token.start
        node = self.first[parent] if behind < 0 else self.next[behind]
        if self.is_mapped(depth) and (outer or self.whole):
            return self.paths.child(parent, ANY, NULL, 0, 0)
        if token.flags & ESCAPED:
            if length > LONGEST_RAW:
                return self.paths.child(parent, ANY, NULL, 0, 0)
            length = plain(data, token.start, token.end, decoded, 0)
            key = decoded
        if node > 1 and self.paths.is_named(node, parent, key, <int>min(length, LONGEST_KEY + 1)):
            self.behind[depth] = node
            return node
        if is_data(key, <int>min(length, LONGEST_KEY + 1)):
            return self.paths.child(parent, ANY, NULL, 0, 0)
        node = self.paths.child(parent, NAMED, key, <int>length, 0)
        if behind < 0:
            self.first[parent] = node
        else:
            self.next[behind] = node
        self.behind[depth] = node
        return node

    cdef bint is_mapped(self, int depth) noexcept nogil:
        # Do the values of a container lie at places, or below keys that are data?
        return depth < DEEPEST and self.mapped >> depth & 1

    cdef int element_node(self, int depth, int record_depth, unsigned char c) noexcept nogil:
        # The path of the next element of a list in a record.
        cdef int parent = self.node[depth], node
        self.place[depth] += 1
        if depth == record_depth + 1 and c != 123 and c != 91:
            return self.paths.child(parent, PLACE, NULL, 0, min(self.place[depth] - 1, self.paths.most))
        node = self.first[parent]
        if node <= 1 or self.paths.parent[node] != parent or self.paths.kind[node] != ELEMENT:
            node = self.paths.child(parent, ELEMENT, NULL, 0, 0)
            self.first[parent] = node
        return node

    cdef void put_token(self, Room* room, int node, Token* token) noexcept nogil:
        # Adds a value, unless it is null or empty.
        if token.end > token.start and not token.flags & NOTHING:
            self.put(room, node, token.start, token.end | (ESCAPES if token.flags & ESCAPED else 0))

    cdef void put(self, Room* room, int node, int64_t start, int64_t end) noexcept nogil:
        cdef int64_t at = room.values
        if not self.paths.many[node]:
            if self.last[node] == self.serial:  # the key came twice
                self.noticed(TWICE)
                node = self.paths.child(node, ELEMENT, NULL, 0, 0)
            else:
                self.last[node] = self.serial
        room.node[at] = node
        room.record[at] = <int32_t>room.found
        room.start[at] = <int32_t>start
        room.end[at] = <int32_t>end
        room.values = at + 1

    cdef void record_done(
        self, const unsigned char* data, Room* room, int table, int64_t start, int64_t end, int64_t margin, bint run
    ) noexcept nogil:
        # A record is whole.
        cdef int32_t* record = &room.records[4 * room.found]
        cdef int64_t at = start, stop
        record[0] = table
        record[1] = <int32_t>start
        record[2] = <int32_t>end
        record[3] = RUN if run else 0
        room.found += 1
        if self.signed == table or run:
            return
        self.signed = table
        self.indent = margin
        self.opening = data[start]
        self.signature_length = 0
        self.tall = False
        if data[start] != 123:
            return
        at += 1
        while at < end and is_space(data[at]):
            self.tall = self.tall or data[at] == 10 or data[at] == 13
            at += 1
        stop = at + 1
        while stop < end and stop - at < SIGNED - 1 and data[stop] != 34:
            stop += 1
        if at < end and data[at] == 34 and data[stop] == 34:
            self.signature_length = <int>(stop + 1 - at)
            memcpy(self.signature, &data[at], self.signature_length)
