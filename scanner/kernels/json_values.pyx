"""Values of JSON text: where each lies, under which path, and in which record; no Python object per value.

Reads any number of documents behind each other. Between records only the containers around them are known; a record that
the end of the text cuts is read again from its start. What is no JSON is damaged text up to where the next record begins.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from scanner.kernels.json_damage cimport ROOM_WANTED, TEXT_ENDED, TEXT_WANTED
from scanner.kernels.json_paths cimport ANY, ELEMENT, KEY
from scanner.kernels.json_records cimport (
    ARRAY, BEHIND_COMMA, BEHIND_VALUE, BESIDE, DAMAGE, DEEPEST, ESCAPES, OBJECT, OPENED, RUN, Room
)
from scanner.kernels.json_text cimport *
from scanner.kernels.json_tokens cimport BAD, ON, STOP, Now, Tokens

cdef enum:
    LOOK_AHEAD = 128       # bytes behind a value that tell what it is
    LONGEST_RUN = 256      # values

WANTS_TEXT, ENDED, WANTS_ROOM = TEXT_WANTED, TEXT_ENDED, ROOM_WANTED
ESCAPED_BIT = ESCAPES
DAMAGED, SINGLE, LINE = DAMAGE, RUN, BESIDE
LEVELS = DEEPEST
ODDITIES = ("comment", "comma", "quote", "word", "control", "value", "twice", "deep")


cdef inline bint after_line_end(const unsigned char* data, int64_t at) noexcept nogil:
    # Does something begin a line?
    while at > 0 and is_space(data[at - 1]):
        at -= 1
        if data[at] == 10 or data[at] == 13:
            return True
    return False


cdef inline int first_inside(const unsigned char* data, int64_t at, int64_t size) noexcept nogil:
    # The first character inside a container, a space where it is far away; 0 where the text ends before.
    cdef int64_t stop = min(size, at + LOOK_AHEAD)
    at += 1
    while at < stop and is_space(data[at]):
        at += 1
    return data[at] if at < stop else 32 if stop < size else 0


cdef inline int64_t scalar_end(Now* now, Token* token) noexcept nogil:
    # Where a value that is no container ends.
    cdef unsigned char c = now.data[now.at]
    if c == 34 or c == 39:
        return string_end(now.data, now.at, now.size, now.final, c, token)
    return word_end(now.data, now.at, now.size, now.final, token)


cdef inline bint is_call(Now* now, Token* token, int64_t stop) noexcept nogil:
    # Is a word the beginning of ObjectId("...")?
    return stop < now.size and now.data[stop] == 40 and token.odd & 1 << WORD


cdef class Reader(Tokens):
    """Reads JSON text piece by piece; keeps what is open between two pieces, so that the cuts do not matter.

    ``whole``: outermost objects, and lists of no containers, are records; otherwise what they hold is. Elements of outer
    lists are records, as are members of outer objects whose keys are data; other values of these make runs, records too.
    ``among`` (only if ``whole``): records are objects whose first key is in quotes, at the start of a line or behind each
    other; all else are lines of other text. Bit d of ``mapped``: keys of objects at depth d are data, around
    records or, if ``whole``, in them; values of lists there are told even if they are empty. Bit d of ``unfolded``: objects
    in outer lists at depth d are around records, too. ``longest``: bytes of a record; ``piece``: of damaged text.
    ``odd`` int64[8]: how often each of ODDITIES was met (deep: values that lie too deep); ``overlong``: records that are
    too long; ``truncated``: the text ended within a container; ``documents``: outermost values.
    """

    def read(
        self,
        const unsigned char[::1] data,
        bint final,
        int32_t[::1] node,
        int32_t[::1] record,
        int32_t[::1] start,
        int32_t[::1] end,
        int32_t[:, ::1] records,
    ):
        """Reads on; ``data`` begins where the last call stopped. Nothing is written to it.

        ``node``, ``record``, ``start``, ``end`` int32[n] take the values in order; ESCAPED_BIT of ``end`` marks those with
        escapes. ``records`` int32[m, 4]: (path of the list, start, end, 0, or DAMAGED where
        it is no record but damaged text, SINGLE where it is a run of values around records, LINE where it is other text
        among records, up to the end of its line).
        Returns (state, consumed, values, records); state WANTS_TEXT, ENDED (only if ``final``) or WANTS_ROOM: if nothing
        was consumed nor found then, more values must fit (``most_values`` and 2 always do).
        """
        cdef Room room
        cdef int state
        cdef const unsigned char* text = NULL
        cdef int64_t size = data.shape[0]
        if size >= ESCAPES:
            raise ValueError("too much text at once")
        if node.shape[0] < 4 or records.shape[0] < 2 or records.shape[1] != 4 or not (
            node.shape[0] == record.shape[0] == start.shape[0] == end.shape[0]
        ):
            raise ValueError("no room")
        if size:
            text = &data[0]
        memset(&room, 0, sizeof(Room))
        room.node, room.record, room.start, room.end = &node[0], &record[0], &start[0], &end[0]
        room.records = &records[0, 0]
        room.most_values, room.most_records = node.shape[0], records.shape[0]
        with nogil:
            state = self.run(text, size, final, &room)
            self.offset += room.consumed
        return state, room.consumed, room.values, room.found

    cdef int run(self, const unsigned char* data, int64_t size, bint final, Room* room) noexcept nogil:
        # ``read`` without the GIL; returns the state.
        cdef Now now
        cdef int came = ON, state = TEXT_WANTED
        memset(&now, 0, sizeof(Now))
        now.data, now.size, now.final = data, size, final
        now.depth, now.before, now.margin = self.depth, self.before, self.margin
        now.start = now.reached = now.key_at = now.start_depth = -1
        while came != STOP:
            if self.damaged:
                self.depth = now.depth
                state = self.pass_damage(data, size, final, room, &now.at)
                if self.damaged:
                    self.margin = -1
                    self.before = OPENED
                    return state
                now.margin = now.start = now.start_depth = -1
                now.before = OPENED
                now.in_run = False
            came = self.token(&now, room)
            if came == BAD:
                self.give_up(&now, room)
            elif came == STOP:
                state = self.stopped(&now, room)
                if final and self.damaged:  # a record has no end, but there may be others in it
                    now.at = room.consumed
                    came = ON
        return state

    cdef int token(self, Now* now, Room* room) noexcept nogil:
        # Reads the next token.
        cdef const unsigned char* data = now.data
        cdef unsigned char c
        cdef int64_t stop
        if now.start >= 0 and not now.in_run:
            while now.at < now.size:
                c = data[now.at]
                if c == 44:
                    if now.before != BEHIND_VALUE:
                        self.no_value(now.depth)
                    now.before = BEHIND_COMMA
                elif not is_space(c):
                    break
                now.at += 1
        else:
            self.pass_space(now)
        now.held = now.depth > 0 and self.type[now.depth] == OBJECT and self.pending[now.depth] >= 0
        if now.start < 0:
            if not now.held:
                room.consumed = now.at
                self.keep_notes()
                self.documents += now.documents
                now.documents = 0
            elif now.at - now.key_at > self.longest:
                now.too_long = True
            if room.found >= room.most_records - 1 or room.values + 2 >= room.most_values:
                now.full = True
                return STOP
        elif not now.in_run:
            now.too_long = now.at - now.start > self.longest or room.values - now.first_value > self.most_values
        if now.too_long:
            return BAD
        if now.at >= now.size:
            return STOP
        c = data[now.at]
        if c == 47:
            return self.comment(now, room)
        if c == 41 or c == 59:  # of ObjectId("..."), of a statement
            self.noticed(WORD)
            now.at += 1
            return ON
        if c == 125 or c == 93:
            return self.closed(now, room)
        if now.depth > 0 and self.type[now.depth] == OBJECT and not now.held:
            return self.key(now, room)
        if c >= 0xC2 and now.start >= 0:
            stop = wide_space(data, now.at, now.size)
            if stop:
                now.at += stop
                return ON
        if room.values + 3 >= room.most_values:
            now.full = True
            return STOP
        if now.start < 0 or now.in_run:
            return self.outer_value(now, room)
        return self.inner_value(now, room, self.inner_node(now))

    cdef int outer_value(self, Now* now, Room* room) noexcept nogil:
        # A value around records: it is one itself, or it holds some, or it belongs to a run.
        cdef unsigned char c = now.data[now.at]
        cdef int inside = first_inside(now.data, now.at, now.size), depth = now.depth, node
        cdef bint container = c == 123 or c == 91
        if c == 91 and inside == 0 and not now.final:
            return STOP
        if self.among and (c != 123 or inside != 34 and inside != 39 and inside != 125):
            if not now.final and (c == 123 and inside == 0 or c >= 0xC2 and now.at + 3 > now.size):
                return STOP  # until it is seen what stands inside, or whether it is a wide space
            return BAD  # a line of other text
        if c == 40:
            now.at += 1
            return ON
        node = self.outer_node(depth, now.before, c)
        if self.is_record(depth, c, inside, node, now.before):
            if now.in_run:
                self.run_done(now, room, now.key_at)
                return ON  # where there is room for what follows
            self.opened_record(now, room, node)
            return self.inner_value(now, room, node)
        if not container:
            return self.run_value(now, room, node)
        if now.in_run:
            self.run_done(now, room, now.key_at)
            return ON
        if now.before == BEHIND_VALUE and depth and self.type[depth] == ARRAY:
            self.noticed(COMMA)
        if depth == 0:
            now.documents += 1
        self.paths.many[node] = 0
        now.depth = self.opened(depth, node, c)
        now.before = OPENED
        now.margin = -1
        now.at += 1
        return ON

    cdef void opened_record(self, Now* now, Room* room, int node) noexcept nogil:
        # A record begins, with its key if it has one.
        cdef int kind = self.paths.kind[node]
        if now.before == BEHIND_VALUE and now.depth:
            self.noticed(COMMA)
        if now.depth == 0:
            now.documents += 1
        now.start, now.start_before, now.start_margin = now.at, now.before, now.margin
        now.start_depth = now.depth
        now.first_value = room.values
        self.serial += 1
        now.table = self.paths.parent[node] if kind == ELEMENT or kind == ANY else node
        if now.table < 0 or node == 1:
            now.table = 0
        self.paths.many[node] = 1 if node == 1 else 0
        if kind == ELEMENT:
            self.listed = now.table
        if now.held:
            now.start, now.start_before, now.start_margin = now.key_at, now.key_before, now.key_margin
            if kind == ANY:
                self.put(room, self.paths.child(node, KEY, NULL, 0, 0), now.key_from, now.key_to)
        now.margin = -1
        now.before = OPENED

    cdef int run_value(self, Now* now, Room* room, int node) noexcept nogil:
        # A value of a run: of some that lie behind each other in an object around records.
        cdef Token token
        cdef int64_t stop
        if not now.in_run:
            now.in_run = True
            now.run_values = now.table = 0
            now.start, now.start_before, now.start_margin = now.key_at, now.key_before, now.key_margin
            now.start_depth = now.depth
            now.first_value = room.values
            self.serial += 1
        stop = scalar_end(now, &token)
        if stop == MORE:
            return STOP
        if stop > 0 and stop - now.start > self.longest:
            if room.values > now.first_value:
                self.run_done(now, room, now.key_at)
                return ON
            now.too_long = True
            stop = WRONG
        if stop == WRONG:
            now.reached = token.end
            return BAD
        if is_call(now, &token, stop):
            self.noticed(WORD)
            now.at = stop
            return ON
        self.note(token.odd)
        self.put_token(room, node, &token)
        now.at = stop
        now.run_values += 1
        self.behind_value(now, room)
        if now.run_values == LONGEST_RUN:
            self.run_done(now, room, now.at)
        return ON

    cdef int inner_node(self, Now* now) noexcept nogil:
        # The path of the next value in a record; -1 where it cannot be one.
        cdef unsigned char c = now.data[now.at]
        cdef int node
        if self.type[now.depth] == OBJECT:
            return self.pending[now.depth]
        node = self.element_node(now.depth, now.start_depth, c)
        if now.before == BEHIND_VALUE:
            self.noticed(COMMA)
            if c == 123 and after_line_end(now.data, now.at):
                return -1  # the next record begins in what should have ended
        return node

    cdef int inner_value(self, Now* now, Room* room, int node) noexcept nogil:
        # A value in a record, or the record itself.
        cdef Token token
        cdef unsigned char c = now.data[now.at]
        cdef int64_t stop = 0
        if node < 0:
            return BAD
        if c == 123 or c == 91:
            if c == 91:
                stop = position_end(now.data, now.at, now.size, now.final)
            if stop == 0 and now.depth >= DEEPEST:
                stop = container_end(now.data, now.at, now.size, now.final)
                if stop > 0:
                    self.noticed(DEEP)
            if stop == 0:
                now.depth = self.opened(now.depth, node, c)
                now.before = OPENED
                now.at += 1
                return ON
            token.start, token.end = now.at, stop if stop > 0 else now.size
            token.flags = STRING | ESCAPED
            token.odd = 0
        elif c == 40:
            now.at += 1
            return ON
        else:
            stop = scalar_end(now, &token)
            if stop > 0 and now.depth == 0 and token.odd & 1 << WORD:
                stop = WRONG
            if stop > 0 and is_call(now, &token, stop):
                self.noticed(WORD)
                now.at = stop
                return ON
        if stop == MORE:
            return STOP
        if stop == WRONG:
            now.reached = token.end
            return BAD
        self.note(token.odd)
        if self.whole and now.depth > now.start_depth and self.type[now.depth] == ARRAY and self.is_mapped(now.depth) and (
            token.flags & NOTHING or token.end == token.start
        ):
            self.put(room, node, token.start, token.start)
        else:
            self.put_token(room, node, &token)
        now.at = stop
        return self.behind_value(now, room)

    cdef void give_up(self, Now* now, Room* room) noexcept nogil:
        # What is here is no JSON: the record, or what follows where there is none, is damaged text.
        cdef int64_t start, stop = max(now.at, now.reached)
        cdef bint beside = False
        cdef bint open = now.final and now.reached >= now.size and now.at < now.size and (
            ends_word(now.data[now.at]) or now.data[now.at] == 47
        )
        if now.in_run and room.values > now.first_value:
            self.run_done(now, room, now.key_at if now.held else now.at)
        if now.start >= 0:
            now.depth = now.start_depth
            room.values = now.first_value
            start = now.start
        else:
            beside = self.among
            start = now.key_at if now.held else now.at
        if open and now.size - start <= self.longest:
            self.truncated = True  # a string, a comment or a container has no end
        self.forget()
        if now.too_long or stop - start > self.longest:
            self.overlong += 1
            stop = start + self.longest
        self.begin_damage(start, stop)
        self.beside = beside
        if now.depth > 0:
            self.pending[now.depth] = -1
        now.documents = 0
        now.too_long = now.in_run = False
        now.reached = now.start = -1
        now.at = start
        room.consumed = start

    cdef int stopped(self, Now* now, Room* room) noexcept nogil:
        # The text ends here, or the room; perhaps within a record. Returns the state.
        cdef int64_t size = now.size, left
        now.held = now.depth > 0 and self.type[now.depth] == OBJECT and self.pending[now.depth] >= 0
        if now.in_run and room.values > now.first_value and not now.full and (
            now.final or size - now.start > self.longest + 2 * LOOK_AHEAD
        ):
            if not now.held:
                room.consumed = now.at
                self.keep_notes()
            self.run_done(now, room, now.key_at if now.held else now.at)
        self.forget()
        if now.start >= 0:
            room.values = now.first_value
            now.depth, now.before, now.margin = now.start_depth, now.start_before, now.start_margin
            room.consumed = now.start
        elif now.held:
            now.before, now.margin = now.key_before, now.key_margin
            room.consumed = now.key_at
        if now.depth > 0:
            self.pending[now.depth] = -1
        self.depth, self.before, self.margin = now.depth, now.before, now.margin
        left = size - room.consumed
        if now.full:
            return ROOM_WANTED
        if not now.final:
            if left > self.longest + 2 * LOOK_AHEAD:
                self.overlong += 1
                self.begin_damage(room.consumed, room.consumed + self.longest)
            return TEXT_WANTED
        if now.depth > 0 or 0 < left <= self.longest:
            self.truncated = True
        if left == 0:
            return TEXT_ENDED
        if left > self.longest:
            self.overlong += 1
        self.begin_damage(room.consumed, room.consumed + min(left, self.longest))
        return TEXT_WANTED
