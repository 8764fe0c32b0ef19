"""Where the strings, comments and words of SQL text end, in all dialects at once."""

from libc.stdint cimport int32_t, uint8_t
from libc.stdlib cimport realloc
from libc.string cimport memchr, memcmp

cdef extern from "sql.h" nogil:
    bint sql_is_space(uint8_t c)
    bint sql_is_digit(uint8_t c)
    bint sql_is_name(uint8_t c)
    int sql_hex(uint8_t c)
    bint sql_same(const uint8_t* at, const char* word, Py_ssize_t n)
    Py_ssize_t sql_find(const uint8_t* data, Py_ssize_t at, Py_ssize_t size, uint8_t one, uint8_t other)

cdef enum:
    MORE = -1  # the buffer ends before it can be told
    BROKEN = -2  # this is not SQL; ``Text.fail`` says where that showed

cdef enum How:  # how the text of a value is found in its bytes
    PLAIN = 0
    DOUBLED = 1  # quotes are doubled
    BACKSLASH = 2  # escapes of MySQL, and doubled quotes
    ESCAPED = 3  # E'…' of PostgreSQL
    UNICODE = 4  # U&'…' of the standard
    HEXADECIMAL = 5
    EXPRESSION = 6
    EXPRESSION_BACKSLASH = 7  # the same, its plain strings with escapes of MySQL
    COPIED = 8  # a field of COPY


cdef struct Spans:
    int32_t* at  # start, end, start, end and so on
    Py_ssize_t count
    Py_ssize_t room


cdef struct Text:
    const uint8_t* data
    Py_ssize_t size
    bint final
    bint backslash  # a backslash in a plain string escapes
    Py_ssize_t longest  # bytes in the longest value
    Py_ssize_t fail  # where a tuple turned out to be broken; -1: a string in it never closes
    Py_ssize_t open_from[4]  # from here up to the next there is no quote that closes: ' and ", each without and with escapes
    Py_ssize_t open_until[4]
    Spans* comments  # where comments go that lie between and in tuples, or NULL
    bint exceeded  # a value or comment was longer than allowed
    bint starved  # there was no memory


cdef struct Literal:
    Py_ssize_t first
    Py_ssize_t stop
    Py_ssize_t next
    int how
    uint8_t quote


cdef inline bint push(Spans* spans, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Adds a span; False where there is no memory."""
    cdef void* grown
    if spans.count == spans.room:
        grown = realloc(spans.at, (2 * spans.room + 256) * 2 * sizeof(int32_t))
        if grown == NULL:
            return False
        spans.at = <int32_t*>grown
        spans.room = 2 * spans.room + 256
    spans.at[2 * spans.count] = <int32_t>start
    spans.at[2 * spans.count + 1] = <int32_t>end
    spans.count += 1
    return True


cdef inline Py_ssize_t broken(Text* t, Py_ssize_t at) noexcept nogil:
    t.fail = at
    return BROKEN


cdef inline Py_ssize_t too_long(Text* t, Py_ssize_t since) noexcept nogil:
    t.exceeded = True
    return broken(t, since + t.longest)


cdef inline Py_ssize_t ended(Text* t, Py_ssize_t since) noexcept nogil:
    """The buffer ends inside of something that began at ``since``."""
    if t.size - since > t.longest:
        return too_long(t, since)
    return broken(t, t.size) if t.final else MORE


cdef inline Py_ssize_t find_line_end(const Text* t, Py_ssize_t at) noexcept nogil:
    """Where the next line feed is, else -1."""
    cdef const void* found = memchr(t.data + at, c"\n", t.size - at) if at < t.size else NULL
    return -1 if found == NULL else <const uint8_t*>found - t.data


cdef inline Py_ssize_t after_comment(Text* t, Py_ssize_t at) noexcept nogil:
    """Behind the comment that begins at ``at``; ``at`` itself where there is none."""
    cdef const uint8_t* data = t.data
    cdef uint8_t c = data[at]
    cdef Py_ssize_t stop
    cdef const void* found
    if at + 2 >= t.size and not t.final:
        return MORE
    if (c == c"-" and at + 1 < t.size and data[at + 1] == c"-" and not (at + 2 < t.size and sql_is_digit(data[at + 2]))) or (
        c == c"#" and (at + 1 == t.size or sql_is_space(data[at + 1]))
    ):
        stop = find_line_end(t, at)
        if stop < 0:
            if not t.final or t.size - at > t.longest:
                return ended(t, at)
            stop = t.size
        elif stop - at > t.longest:
            return too_long(t, at)
    elif c == c"/" and at + 1 < t.size and data[at + 1] == c"*":
        stop = at + 2
        while True:
            found = memchr(data + stop, c"*", t.size - stop) if stop < t.size else NULL
            if found == NULL:
                return ended(t, at)
            stop = <const uint8_t*>found - data + 1
            if stop < t.size and data[stop] == c"/":
                stop += 1
                break
        if stop - at > t.longest:
            return too_long(t, at)
    else:
        return at
    if t.comments != NULL and not push(t.comments, at, stop):
        t.starved = True
    return stop


cdef inline Py_ssize_t skip_space(Text* t, Py_ssize_t at) noexcept nogil:
    """The first byte that is neither space nor comment, or the buffer's size; MORE, BROKEN."""
    cdef uint8_t c
    cdef Py_ssize_t after
    while at < t.size:
        c = t.data[at]
        if sql_is_space(c):
            at += 1
            continue
        if c != c"-" and c != c"/" and c != c"#":
            return at
        after = after_comment(t, at)
        if after <= at:
            return after
        at = after
    return at


cdef inline Py_ssize_t close_string(
    Text* t, Py_ssize_t first, uint8_t quote, bint backslash, int* how
) noexcept nogil:
    """The quote that closes a string whose content starts at ``first``; ``how``: PLAIN, DOUBLED or BACKSLASH."""
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t at = first
    cdef int kind = (2 if quote == c'"' else 0) + (1 if backslash else 0)
    cdef uint8_t other = c"\\" if backslash else quote
    how[0] = PLAIN
    if first < t.size and t.open_from[kind] <= first < t.open_until[kind] and data[first] != quote:
        at = t.open_until[kind]  # a search from within finds nothing before that either
        how[0] = BACKSLASH if backslash else DOUBLED
    while True:
        at = sql_find(data, at, t.size, quote, other)
        if at - first > t.longest:
            t.open_from[kind] = first
            t.open_until[kind] = at
            t.exceeded = True
            return broken(t, -1)
        if at >= t.size:
            break
        if data[at] == quote:
            if at + 1 < t.size and data[at + 1] == quote:
                if how[0] == PLAIN:
                    how[0] = DOUBLED
                at += 2
                continue
            if at + 1 == t.size and not t.final:
                return MORE
            return at
        how[0] = BACKSLASH
        at += 2
    if not t.final:
        return MORE
    t.open_from[kind] = first
    t.open_until[kind] = t.size
    return broken(t, -1)


cdef inline Py_ssize_t alternative(Text* t, Literal* found) noexcept nogil:
    """Oracle's q'[…]': ``found.first`` is at the bracket."""
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t at = found.first + 1
    cdef uint8_t close
    cdef const void* hit
    if found.first >= t.size:
        return ended(t, found.first)
    close = data[found.first]
    if close == c"[":
        close = c"]"
    elif close == c"(":
        close = c")"
    elif close == c"{":
        close = c"}"
    elif close == c"<":
        close = c">"
    found.first = at
    while True:
        hit = memchr(data + at, close, t.size - at) if at < t.size else NULL
        if hit == NULL:
            return ended(t, found.first)
        at = <const uint8_t*>hit - data + 1
        if at == t.size:
            return ended(t, found.first)
        if at - found.first > t.longest:
            return too_long(t, found.first)
        if data[at] == c"'":
            break
    found.stop = at - 1
    found.next = at + 1
    found.how = PLAIN
    return found.next


cdef inline Py_ssize_t literal_at(Text* t, Py_ssize_t low, Py_ssize_t at, Literal* found) noexcept nogil:
    """Reads the string whose quote is at ``at``; what stands directly before it, from ``low`` on, tells its kind.

    Gives where it goes on, MORE or BROKEN.
    """
    cdef const uint8_t* data = t.data
    cdef uint8_t quote = data[at], before = data[at - 1] | 32 if at > low else 0
    cdef Py_ssize_t stop, word = at
    cdef int how
    cdef bint backslash = t.backslash
    found.first = at + 1
    found.quote = quote
    while word > low and sql_is_name(data[word - 1]):
        word -= 1
    if before == c"q" and quote == c"'" and (word == at - 1 or (word == at - 2 and data[word] | 32 == c"n")):
        return alternative(t, found)
    if before == c"e" and word == at - 1:
        backslash = True
    elif at - 1 > low and data[at - 1] == c"&" and data[at - 2] | 32 == c"u":
        backslash = False
        before = c"&"
    stop = close_string(t, found.first, quote, backslash, &how)
    if stop < 0:
        return stop
    found.stop = stop
    found.next = stop + 1
    found.how = how
    if before == c"e" and word == at - 1 and how == BACKSLASH:
        found.how = ESCAPED
    elif before == c"&":
        found.how = UNICODE
    elif before == c"x" and word == at - 1:
        found.how = HEXADECIMAL
    return found.next


cdef inline Py_ssize_t dollar_at(Text* t, Py_ssize_t at, Literal* found) noexcept nogil:
    """Reads $tag$…$tag$ of PostgreSQL; ``at`` itself where the dollar at ``at`` opens none."""
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t stop = at + 1, tag, here
    cdef const void* hit
    while stop < t.size and sql_is_name(data[stop]) and data[stop] != c"$" and stop - at < 128:
        stop += 1
    if stop == t.size:
        return at if t.final else MORE
    if data[stop] != c"$":
        return at
    tag = stop + 1 - at
    found.first = here = stop + 1
    while True:
        hit = memchr(data + here, c"$", t.size - here) if here < t.size else NULL
        if hit == NULL:
            return ended(t, found.first)
        here = <const uint8_t*>hit - data
        if here - found.first > t.longest:
            return too_long(t, found.first)
        if here + tag > t.size:
            return ended(t, found.first)
        if memcmp(data + here, data + at, tag) == 0:
            break
        here += 1
    found.stop = here
    found.next = here + tag
    found.how = PLAIN
    found.quote = 0
    return found.next
