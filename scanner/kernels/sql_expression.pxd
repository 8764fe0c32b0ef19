"""What an expression of constants comes to, as far as its strings tell: joins, casts, dates, replace()."""

from libc.stdint cimport uint32_t

from scanner.kernels.sql_text cimport *
from scanner.kernels.sql_values cimport *

cdef enum Call:
    OTHER = 0  # its first string is what it is about: to_date('…', 'yyyy'), CAST('…' AS date)
    JOINS = 1  # all its strings, one after the other
    LISTS = 2  # the same, with commas between
    CHARACTER = 3
    REPLACES = 4  # SQLite writes line ends as replace('…\n…', '\n', char(10))
    UNISTR = 5


cdef inline Call called(const uint8_t* word, Py_ssize_t n) noexcept nogil:
    """What the function or constructor of this name does; brackets without a name join."""
    if n == 0:
        return JOINS
    if n == 3:
        return CHARACTER if sql_same(word, "chr", 3) else OTHER
    if n == 4:
        return CHARACTER if sql_same(word, "char", 4) else OTHER
    if n == 5:
        return LISTS if sql_same(word, "array", 5) else CHARACTER if sql_same(word, "nchar", 5) else OTHER
    if n == 6:
        return JOINS if sql_same(word, "concat", 6) else UNISTR if sql_same(word, "unistr", 6) else OTHER
    if n == 7:
        return REPLACES if sql_same(word, "replace", 7) else JOINS if sql_same(word, "to_clob", 7) else OTHER
    return JOINS if n == 8 and sql_same(word, "to_nclob", 8) else OTHER


cdef inline Py_ssize_t evaluate(Text* t, uint8_t* data, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Writes the strings of the expression data[start:stop] to ``start``; gives where they end (``start`` for NULL).

    Where it holds none, it stays as it is.
    """
    cdef Py_ssize_t at = start, write = start, next, depth = 0, word = start
    cdef bint taken = False, some = False
    cdef Call outer = OTHER, inner = OTHER, here
    cdef Literal literal
    cdef uint32_t code
    cdef uint8_t c
    if stop - start > 5 and sql_same(data + start, "null:", 5):
        return start
    while at < stop:
        c = data[at]
        if c == c"'" or c == c'"' or (c == c"$" and (at == start or not sql_is_name(data[at - 1]))):
            next = dollar_at(t, at, &literal) if c == c"$" else literal_at(t, word, at, &literal)
            if next <= at:
                if next < 0:
                    break
                at += 1
                continue
            if not taken or ((outer == JOINS or outer == LISTS) and depth > 0):
                if some and outer == LISTS:
                    data[write] = c","
                    write += 1
                if inner == REPLACES and literal.how != ESCAPED:
                    literal.how = BACKSLASH
                elif inner == UNISTR:
                    literal.how = UNICODE
                if literal.how == HEXADECIMAL:
                    literal.how = PLAIN
                write = unescaped(data, write, literal.first, literal.stop, literal.how, literal.quote)
                taken = some = True
            at = word = next
            while at < stop and sql_is_space(data[at]):
                at += 1
            if depth == 0 and at < stop and at > next and (data[at] == c"'" or data[at] == c'"'):
                taken = False  # strings beside each other are one
            if at > next:
                word = at
            continue
        if c == c"(" or c == c"[":
            here = called(data + word, at - word)
            if here == CHARACTER and (depth == 0 or outer == JOINS):
                next = at + 1
                code = 0
                while next < stop and (sql_is_digit(data[next]) or sql_is_space(data[next])):
                    if sql_is_digit(data[next]) and code < 0x110000:
                        code = code * 10 + data[next] - c"0"
                    next += 1
                if next < stop and data[next] == c")" and code:
                    write = put(data, write, code)
                    some = True
                    at = word = next + 1
                    continue
            if depth == 0:
                outer = here
            inner = here
            depth += 1
        elif c == c")" or c == c"]":
            depth -= 1
        elif (c == c"|" or c == c"+") and (depth == 0 or outer == JOINS):
            taken = False
        elif c == c"-" or c == c"/" or c == c"#":
            next = after_comment(t, at)
            if next > at:
                at = word = next
                continue
        elif sql_is_name(c) or c == c"&":
            at += 1
            continue
        at += 1
        word = at
    return write if some else stop
