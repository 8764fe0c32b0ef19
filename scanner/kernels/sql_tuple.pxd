"""The values of a tuple, (…, …): where each lies, and how its text is found."""

from scanner.kernels.sql_text cimport *


cdef struct Value:
    Py_ssize_t start
    Py_ssize_t end
    int how
    bint variable  # a name of something that only the running program knows: no data


cdef inline bint is_word(const Text* t, Py_ssize_t at, Py_ssize_t stop, const char* word, Py_ssize_t n) noexcept nogil:
    return stop - at == n and sql_same(t.data + at, word, n)


cdef inline bint may_follow_string(const Text* t, Py_ssize_t at, Py_ssize_t closed) noexcept nogil:
    """Whether what stands at ``at`` can follow a string that ended at ``closed`` inside of an expression."""
    cdef const uint8_t* data = t.data
    cdef uint8_t c = data[at]
    cdef Py_ssize_t stop = at
    if c == c"," or c == c")" or c == c"]" or c == c":" or c == c"|" or c == c"+":
        return True
    if c == c"'" or c == c'"':
        return at > closed
    while stop < t.size and sql_is_name(data[stop]):
        stop += 1
    if at == closed:
        return False
    return (
        is_word(t, at, stop, "as", 2) or is_word(t, at, stop, "using", 5) or is_word(t, at, stop, "collate", 7)
        or is_word(t, at, stop, "at", 2) or is_word(t, at, stop, "n", 1) or is_word(t, at, stop, "e", 1)
        or is_word(t, at, stop, "year", 4) or is_word(t, at, stop, "month", 5) or is_word(t, at, stop, "day", 3)
        or is_word(t, at, stop, "hour", 4) or is_word(t, at, stop, "minute", 6) or is_word(t, at, stop, "second", 6)
    )


cdef inline Py_ssize_t read_expression(Text* t, Py_ssize_t start, Value* value) noexcept nogil:
    """An expression up to the comma or bracket that ends it: strings, calls, casts, brackets."""
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t at = start, next, depth = 0
    cdef Literal literal
    cdef uint8_t c
    while True:
        if at >= t.size or at - start > t.longest:
            return ended(t, start)
        c = data[at]
        if c == c"'" or c == c'"':
            at = literal_at(t, start, at, &literal)
            if at < 0:
                return at
            next = skip_space(t, at)
            if next < 0:
                return next
            if next + 8 > t.size and not t.final:
                return ended(t, start)
            if next >= t.size:
                return ended(t, start)
            if not may_follow_string(t, next, at):
                return broken(t, next)
            at = next
            continue
        if c == c"," and depth == 0:
            break
        if c == c")" or c == c"]":
            if depth == 0:
                if c == c"]":
                    return broken(t, at)
                break
            depth -= 1
        elif c == c"(" or c == c"[":
            depth += 1
        elif c == c";":
            return broken(t, at)
        elif c == c"$" and (at == start or not sql_is_name(data[at - 1])):
            next = dollar_at(t, at, &literal)
            if next < 0:
                return next
            if next > at:
                at = next
                continue
        elif c == c"-" or c == c"/" or c == c"#":
            next = after_comment(t, at)
            if next < 0:
                return next
            if next > at:
                at = next
                continue
        at += 1
    value.start = start
    value.end = at
    while value.end > start and sql_is_space(data[value.end - 1]):
        value.end -= 1
    value.how = EXPRESSION_BACKSLASH if t.backslash else EXPRESSION
    return at


cdef inline Py_ssize_t after_value(Text* t, Py_ssize_t at, Value* value) noexcept nogil:
    """What follows a value that ended at ``at``: a comma or bracket, or more of an expression (then BROKEN here)."""
    if at < t.size and (t.data[at] == c"," or t.data[at] == c")"):
        return at
    at = skip_space(t, at)
    if at < 0:
        return at
    if at >= t.size:
        return ended(t, value.start)
    if t.data[at] == c"," or t.data[at] == c")":
        return at
    return broken(t, at)


cdef inline bint is_constant(const uint8_t* word, Py_ssize_t n) noexcept nogil:
    """Words that stand for a value which is the same for whoever reads the dump, or for nothing personal."""
    if n == 3:
        return sql_same(word, "nan", 3) or sql_same(word, "inf", 3)
    if n == 4:
        return sql_same(word, "true", 4) or sql_same(word, "user", 4)
    if n == 5:
        return sql_same(word, "false", 5)
    if n == 8 and sql_same(word, "infinity", 8):
        return True
    if n > 8 and (sql_same(word + n - 8, ".nextval", 8) or sql_same(word + n - 8, ".currval", 8)):
        return True
    return n > 6 and (sql_same(word, "current_", 7) or sql_same(word, "sysdate", 7) or sql_same(word, "localtime", 7)
                      or sql_same(word, "systimestamp", 7))


cdef inline void judge_word(const Text* t, Py_ssize_t at, Py_ssize_t stop, Value* value) noexcept nogil:
    """A lone word: nothing, a constant, text that lost its quotes, or a variable."""
    cdef Py_ssize_t n = stop - at, here
    cdef const uint8_t* word = t.data + at
    if (
        (n == 4 and sql_same(word, "null", 4)) or (n == 7 and sql_same(word, "default", 7))
        or (n == 2 and word[0] == c"\\" and word[1] == c"N")
    ):
        value.end = value.start
        return
    for here in range(n):
        if word[here] >= 0x80:
            return
    value.variable = not is_constant(word, n)


cdef inline Py_ssize_t read_literal(Text* t, Py_ssize_t low, Py_ssize_t at, Value* value) noexcept nogil:
    """A string, its prefix from ``low`` on, and what else belongs to it."""
    cdef Literal literal
    cdef Py_ssize_t next
    literal.first = literal.stop = at
    next = literal_at(t, low, at, &literal)
    if next < 0:
        return next
    value.start = literal.first
    value.end = literal.stop
    value.how = literal.how
    next = after_value(t, next, value)
    if next == BROKEN and t.fail >= literal.next and t.fail < t.size and (
        t.fail + 8 <= t.size or t.final
    ) and may_follow_string(t, t.fail, literal.next):
        return read_expression(t, low, value)
    if next == BROKEN and t.fail >= literal.next and t.fail + 8 > t.size and not t.final:
        return MORE
    return next


cdef inline Py_ssize_t read_word(Text* t, Py_ssize_t at, Value* value) noexcept nogil:
    """A value that begins with a word: NULL, a prefixed string, a call, a typed string."""
    cdef const uint8_t* data = t.data
    cdef Py_ssize_t stop = at + 1, next, n
    cdef uint8_t c
    while stop < t.size and (sql_is_name(data[stop]) or data[stop] == c"."):
        stop += 1
    if stop + 1 >= t.size and not (t.final and stop < t.size):
        return ended(t, at)
    n = stop - at
    c = data[stop]
    value.start = at
    value.end = stop
    value.how = PLAIN
    if c == c"," or c == c")":
        judge_word(t, at, stop, value)
        return stop
    if (c == c"'" or c == c'"') and (n == 1 or n == 2 or data[at] == c"_"):
        c = data[at] | 32
        if data[at] == c"_" or (n == 1 and (c == c"n" or c == c"e" or c == c"x" or c == c"b" or c == c"q")) or (
            n == 2 and sql_same(data + at, "nq", 2)
        ):
            return read_literal(t, at, stop, value)
        return broken(t, stop)
    if c == c"'" or c == c'"':
        return broken(t, stop)
    if c == c"&" and n == 1 and data[at] | 32 == c"u" and stop + 1 < t.size and data[stop + 1] == c"'":
        return read_literal(t, at, stop + 1, value)
    if not sql_is_space(c):
        return read_expression(t, at, value)
    next = skip_space(t, stop)
    if next < 0:
        return next
    if next >= t.size:
        return ended(t, at)
    if data[next] == c"," or data[next] == c")":
        judge_word(t, at, stop, value)
        return next
    if data[at] == c"_":
        return read_value(t, next, value)  # _binary 0x…, _utf8mb4 '…'
    return read_expression(t, at, value)


cdef inline Py_ssize_t read_value(Text* t, Py_ssize_t at, Value* value) noexcept nogil:
    """The value at ``at``, which is no space; gives where the comma or bracket behind it is, MORE or BROKEN."""
    cdef const uint8_t* data = t.data
    cdef uint8_t c = data[at]
    cdef Py_ssize_t stop
    cdef Literal literal
    if c == c"'" or c == c'"':
        return read_literal(t, at, at, value)
    if sql_is_digit(c) or c == c"-" or c == c"+" or c == c".":
        stop = at + 1
        while stop < t.size and (sql_is_name(data[stop]) or data[stop] == c"." or (
            (data[stop] == c"-" or data[stop] == c"+") and data[stop - 1] | 32 == c"e" and data[at + 1] | 32 != c"x"
        )):
            stop += 1
        if stop - at > t.longest:
            return too_long(t, at)
        value.start = at
        value.end = stop
        value.how = PLAIN
        if c == c"0" and stop > at + 1 and data[at + 1] | 32 == c"x":
            value.start = at + 2
            value.how = HEXADECIMAL
        stop = after_value(t, stop, value)
        if stop == BROKEN and t.fail > at and t.fail < t.size and data[t.fail] != c"'" and data[t.fail] != c'"' and not (
            sql_is_name(data[t.fail])
        ):
            return read_expression(t, at, value)
        return stop
    if c == c"$":
        literal.first = literal.stop = at
        stop = dollar_at(t, at, &literal)
        if stop < 0:
            return stop
        if stop > at:
            value.start = literal.first
            value.end = literal.stop
            value.how = PLAIN
            return after_value(t, stop, value)
    if sql_is_name(c) or c == c":" or c == c"?" or c == c"\\" or c == c"`":
        return read_word(t, at, value)
    if c == c"(":
        return read_expression(t, at, value)
    return broken(t, at)
