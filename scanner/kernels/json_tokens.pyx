"""What stands between the values of JSON text: spaces, comments, ends of containers, keys."""

from libc.stdint cimport int64_t

from scanner.kernels.json_damage cimport Damage
from scanner.kernels.json_paths cimport ANY, KEY
from scanner.kernels.json_records cimport ARRAY, BEHIND_COMMA, BEHIND_VALUE, ESCAPES, OBJECT, OPENED, Room
from scanner.kernels.json_text cimport *


cdef class Tokens(Damage):
    """Reads what is no value. Each method takes one token and says what comes after it."""

    cdef void pass_space(self, Now* now) noexcept nogil:
        # Goes on behind spaces and commas around records.
        cdef unsigned char c
        cdef int64_t wide
        while now.at < now.size:
            c = now.data[now.at]
            if c == 10 or c == 13:
                now.margin = 0
            elif c == 44:
                if now.before != BEHIND_VALUE or now.depth == 0:
                    self.no_value(now.depth)
                now.before = BEHIND_COMMA
                now.margin = -1
            elif is_space(c):
                if now.margin >= 0:
                    now.margin += 1
            elif c >= 0xC2:
                wide = wide_space(now.data, now.at, now.size)
                if wide == 0:
                    return
                now.at += wide - 1
                now.margin = -1 if now.margin > 0 else now.margin
            else:
                return
            now.at += 1

    cdef int comment(self, Now* now, Room* room) noexcept nogil:
        # A comment is a value of the record that it stands in, or a record of its own.
        cdef int64_t stop = comment_end(now.data, now.at, now.size, now.final)
        if self.among and now.start < 0:
            return BAD  # a line of other text
        if stop == MORE:
            return STOP
        if stop > 0 and stop - (now.start if now.start >= 0 else now.key_at if now.held else now.at) <= self.longest:
            if room.values + 3 >= room.most_values:
                now.full = True
                return STOP
            self.noticed(COMMENT)
            if now.start >= 0:
                self.put(room, 1, now.at, stop)
            elif not now.held:
                self.put(room, 1, now.at, stop)
                self.record_done(now.data, room, 0, now.at, stop, now.margin, True)
            now.at = stop
            return ON
        if stop > 0:
            now.reached = stop
        elif now.at + 1 < now.size and now.data[now.at + 1] == 42:
            now.reached = now.size
        return BAD

    cdef void run_done(self, Now* now, Room* room, int64_t end) noexcept nogil:
        self.record_done(now.data, room, now.table, now.start, end, now.start_margin, True)
        now.in_run = False
        now.start = -1

    cdef int closed(self, Now* now, Room* room) noexcept nogil:
        # A container ends.
        cdef int depth = now.depth
        if depth == 0 or self.type[depth] != (OBJECT if now.data[now.at] == 125 else ARRAY):
            return BAD
        if now.held:
            self.noticed(VALUE)
        elif now.before == BEHIND_COMMA:
            self.noticed(COMMA)
        if now.in_run:
            self.run_done(now, room, now.at)
        self.pending[depth] = -1
        now.depth = depth - 1
        now.at += 1
        return self.behind_value(now, room)

    cdef int behind_value(self, Now* now, Room* room) noexcept nogil:
        # A value was read, and perhaps a record with it.
        now.before = BEHIND_VALUE
        if now.start >= 0 and not now.in_run and now.depth == now.start_depth:
            if now.at - now.start > self.longest:
                return ON  # where this is seen
            self.record_done(now.data, room, now.table, now.start, now.at, now.start_margin, False)
            now.start = -1
        now.margin = -1
        if now.depth > 0:
            self.pending[now.depth] = -1
        return ON

    cdef int key(self, Now* now, Room* room) noexcept nogil:
        # A key, and the colon behind it.
        cdef Token token
        cdef unsigned char c = now.data[now.at]
        cdef bint outer = now.start < 0 or now.in_run
        cdef int64_t stop = WRONG
        cdef int node
        if now.before == BEHIND_VALUE:
            self.noticed(COMMA)
        token.end = now.at
        if c == 34 or c == 39:
            stop = string_end(now.data, now.at, now.size, now.final, c, &token)
        elif c != 123 and c != 91:
            stop = word_end(now.data, now.at, now.size, now.final, &token)
            token.odd = 1 << WORD
        if stop == MORE:
            return STOP
        if stop == WRONG:
            now.reached = token.end
            return BAD
        while stop < now.size and is_space(now.data[stop]):
            stop += 1
        if stop >= now.size and not now.final:
            return STOP
        if stop >= now.size or now.data[stop] != 58:
            now.reached = stop
            return BAD
        self.note(token.odd)
        if outer:
            now.key_at, now.key_before, now.key_margin = now.at, now.before, now.margin
        now.at = stop + 1
        now.margin = -1
        now.before = OPENED
        node = self.key_node(now.data, &token, now.depth, outer)
        self.pending[now.depth] = node
        if self.paths.kind[node] == ANY:
            now.key_from = token.start
            now.key_to = token.end | (ESCAPES if token.flags & ESCAPED else 0)
            if not outer:
                if room.values + 2 >= room.most_values:
                    now.full = True
                    return STOP
                self.put(room, self.paths.child(node, KEY, NULL, 0, 0), now.key_from, now.key_to)
        return ON
