"""Where statements begin, and where reading goes on behind a tuple that is broken."""

from scanner.kernels.sql_text cimport *

cdef enum:
    PIECE = 1 << 20  # bytes of damaged or overlong text that make one line of free text
    FAR = 1024  # blanks between a tuple and what follows it that are looked over
    NEAR = 4096  # how far before the place where a tuple turned out to be broken the next one is looked for


cdef enum Going:  # what goes on behind a broken tuple
    NEXT_TUPLE = 0
    NEXT_STATEMENT = 1
    CUT = 2  # the damage goes on, but makes a line of its own


cdef inline bint among(const uint8_t* word, Py_ssize_t n, const char* words) noexcept nogil:
    """Whether a word of ``n`` bytes is one of ``words``, which are lower case and end in a space each."""
    cdef Py_ssize_t at = 0, length
    while words[at]:
        length = 0
        while words[at + length] != c" ":
            length += 1
        if length == n and sql_same(word, words + at, n):
            return True
        at += length + 1
    return False


cdef inline Py_ssize_t word_end(const Text* t, Py_ssize_t at) noexcept nogil:
    """Where the word at ``at`` ends; MORE where the buffer ends too early to tell. A backslash may lead it."""
    cdef Py_ssize_t stop = at
    if at < t.size and t.data[at] == c"\\":
        stop += 1
    while stop < t.size and sql_is_name(t.data[stop]) and stop - at < 32:
        stop += 1
    return MORE if stop == t.size and not t.final else stop


cdef inline int begins_statement(const Text* t, Py_ssize_t at) noexcept nogil:
    """Whether a statement may begin at ``at`` of which more is known than its text; MORE: cannot be told yet."""
    cdef Py_ssize_t stop = word_end(t, at)
    if stop < 0:
        return MORE
    return <int>among(
        t.data + at, stop - at, b"insert replace upsert into copy create comment use exec execute \\connect \\c "
    )


cdef inline int begins_line(const Text* t, Py_ssize_t at) noexcept nogil:
    """Whether what begins at ``at``, at a line's start, is surely no value; MORE: cannot be told yet."""
    cdef Py_ssize_t stop = word_end(t, at)
    if stop < 0 or (at + 2 > t.size and not t.final):
        return MORE
    if at + 2 <= t.size and (memcmp(t.data + at, b"--", 2) == 0 or memcmp(t.data + at, b"/*", 2) == 0):
        return 1
    if begins_statement(t, at) != 0:
        return 1
    return <int>among(
        t.data + at, stop - at,
        b"alter drop set unlock lock commit go update delete select begin end prompt rem analyze pragma truncate print ",
    )


cdef inline bint says_nothing(const uint8_t* line, Py_ssize_t n) noexcept nogil:
    """Whether a line only divides others: an empty comment, or a command that has no operand."""
    while n and line[n - 1] == c";":
        n -= 1
    return n == 0 or among(line, n, b"-- # / go begin end commit ")


cdef inline Py_ssize_t skip_blank(const Text* t, Py_ssize_t at, bint lines) noexcept nogil:
    """Behind spaces and, if ``lines``, line ends; at most FAR bytes on, so that no block must hold more."""
    cdef Py_ssize_t last = at + FAR
    while at < t.size and at < last and sql_is_space(t.data[at]) and (lines or t.data[at] != c"\n"):
        at += 1
    return at


cdef inline Py_ssize_t cut(const Text* t, Py_ssize_t start, Py_ssize_t at) noexcept nogil:
    """``at``, or a little before it: behind a byte that no value runs across, else where a character begins."""
    cdef Py_ssize_t back
    for back in range(min(256, (at - start) // 2)):
        if t.data[at - back - 1] <= c"/":
            return at - back
    for back in range(4):
        if at - back > start and t.data[at - back] & 0xC0 != 0x80:
            return at - back
    return at


cdef inline int find_going(
    const Text* t, Py_ssize_t start, Py_ssize_t since, Py_ssize_t piece, Py_ssize_t* stop, Py_ssize_t* next
) noexcept nogil:
    """Where the text that begins with a broken tuple at ``start`` stops, and where reading goes on: a ``Going``, or MORE.

    Looked for from ``since`` on; text of more than ``piece`` bytes is cut.
    """
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t at = since, after, then
    cdef int found
    while True:
        at = sql_find(data, at, t.size, c")", c"\n")
        if at - start > piece:
            stop[0] = next[0] = cut(t, start, start + piece)
            return CUT
        if at >= t.size:
            break
        after = skip_blank(t, at + 1, True)
        if after >= t.size and not t.final:
            return MORE
        if data[at] == c"\n":
            found = 0
            if after < t.size:
                found = begins_line(t, after)
            if found == MORE:
                return MORE
            if found:
                stop[0] = at
                next[0] = after
                return NEXT_STATEMENT
        elif after < t.size and data[after] == c",":
            then = skip_blank(t, after + 1, True)
            if then >= t.size and not t.final:
                return MORE
            if then < t.size and data[then] == c"(":
                stop[0] = at + 1
                next[0] = then
                return NEXT_TUPLE
        elif after < t.size and data[after] == c";":
            then = skip_blank(t, after + 1, False)
            if then >= t.size and not t.final:
                return MORE
            found = 1
            if then < t.size and data[then] != c"\n":
                found = begins_statement(t, then)
            if found == MORE:
                return MORE
            if found:
                stop[0] = at + 1
                next[0] = after + 1
                return NEXT_STATEMENT
        at += 1
    if not t.final:
        return MORE
    stop[0] = next[0] = t.size
    return NEXT_STATEMENT
