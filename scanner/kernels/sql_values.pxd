"""The text of a value, written over its own bytes: escapes and expressions only ever shrink."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memmove

from scanner.kernels.sql_text cimport *


cdef inline Py_ssize_t put(uint8_t* data, Py_ssize_t at, uint32_t code) noexcept nogil:
    """Writes a character as UTF-8; gives where the next one goes. A lone surrogate becomes U+FFFD."""
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        code = 0xFFFD
    if code < 0x80:
        data[at] = <uint8_t>code
        return at + 1
    if code < 0x800:
        data[at] = <uint8_t>(0xC0 | code >> 6)
        data[at + 1] = <uint8_t>(0x80 | (code & 63))
        return at + 2
    if code < 0x10000:
        data[at] = <uint8_t>(0xE0 | code >> 12)
        data[at + 1] = <uint8_t>(0x80 | (code >> 6 & 63))
        data[at + 2] = <uint8_t>(0x80 | (code & 63))
        return at + 3
    data[at] = <uint8_t>(0xF0 | code >> 18)
    data[at + 1] = <uint8_t>(0x80 | (code >> 12 & 63))
    data[at + 2] = <uint8_t>(0x80 | (code >> 6 & 63))
    data[at + 3] = <uint8_t>(0x80 | (code & 63))
    return at + 4


cdef inline int64_t digits_at(const uint8_t* data, Py_ssize_t at, Py_ssize_t stop, Py_ssize_t n) noexcept nogil:
    """The number of exactly ``n`` hexadecimal digits, else -1."""
    cdef int64_t number = 0
    cdef Py_ssize_t k
    cdef int digit
    if at + n > stop:
        return -1
    for k in range(n):
        digit = sql_hex(data[at + k])
        if digit < 0:
            return -1
        number = number << 4 | digit
    return number


cdef inline int64_t coded(const uint8_t* data, Py_ssize_t at, Py_ssize_t stop, int how, Py_ssize_t* length) noexcept nogil:
    """The number behind the backslash at ``at`` that names a character (\\u4f60, \\4f60, \\+01f600), else -1."""
    cdef int64_t code
    cdef uint8_t c = data[at + 1] if at + 1 < stop else 0
    if how == UNICODE:
        length[0] = 8 if c == c"+" else 5
        code = digits_at(data, at + 2, stop, 6) if c == c"+" else digits_at(data, at + 1, stop, 4)
    elif how == ESCAPED and (c == c"u" or c == c"U"):
        length[0] = 6 if c == c"u" else 10
        code = digits_at(data, at + 2, stop, length[0] - 2)
    else:
        return -1
    return code


cdef inline uint8_t simple_escape(uint8_t c, int how) noexcept nogil:
    """What a backslash and ``c`` stand for."""
    if c == c"n":
        return 10
    if c == c"t":
        return 9
    if c == c"r":
        return 13
    if c == c"b":
        return 8
    if how == BACKSLASH:
        return 0 if c == c"0" else 26 if c == c"Z" else c
    if c == c"f":
        return 12
    if c == c"v" and how == COPIED:
        return 11
    return c


cdef inline Py_ssize_t unescaped(
    uint8_t* data, Py_ssize_t write, Py_ssize_t read, Py_ssize_t stop, int how, uint8_t quote
) noexcept nogil:
    """Writes the text of data[read:stop] to ``write`` (not behind ``read``); gives where it ends."""
    cdef Py_ssize_t here, length = 0
    cdef int64_t code, low
    cdef uint8_t c
    cdef int digit
    cdef uint8_t mark = quote if how == DOUBLED else c"\\"
    if how == PLAIN:
        memmove(data + write, data + read, stop - read)
        return write + stop - read
    if how == COPIED:
        quote = c"\\"
    while True:
        here = sql_find(data, read, stop, quote, mark)
        if here > read and write < read:
            memmove(data + write, data + read, here - read)
        write += here - read
        read = here
        if read >= stop:
            return write
        c = data[read]
        if c != c"\\" or (how == DOUBLED and quote != c"\\"):
            data[write] = c
            write += 1
            read += 2 if read + 1 < stop and data[read + 1] == c and c == quote else 1
            continue
        code = coded(data, read, stop, how, &length)
        if code >= 0:
            read += length
            if 0xD800 <= code < 0xDC00 and read < stop and data[read] == c"\\":
                low = coded(data, read, stop, how, &length)
                if 0xDC00 <= low < 0xE000:
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                    read += length
            write = put(data, write, <uint32_t>code)
            continue
        if read + 1 >= stop:
            data[write] = c
            return write + 1
        c = data[read + 1]
        if how == UNICODE:
            data[write] = c"\\"
            write += 1
            read += 2 if c == c"\\" else 1
            continue
        read += 2
        if how == BACKSLASH and (c == c"%" or c == c"_"):
            data[write] = c"\\"
            write += 1
        elif how != BACKSLASH and c"0" <= c <= c"7":
            digit = c - c"0"
            for _ in range(2):
                if read < stop and c"0" <= data[read] <= c"7":
                    digit = digit * 8 + data[read] - c"0"
                    read += 1
            data[write] = <uint8_t>digit
            write += 1
            continue
        elif how != BACKSLASH and c == c"x" and read < stop and sql_hex(data[read]) >= 0:
            digit = sql_hex(data[read])
            read += 1
            if read < stop and sql_hex(data[read]) >= 0:
                digit = digit * 16 + sql_hex(data[read])
                read += 1
            data[write] = <uint8_t>digit
            write += 1
            continue
        data[write] = simple_escape(c, how)
        write += 1


cdef inline bint is_text(const uint8_t* data, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Whether hexadecimal digits are the bytes of text in UTF-8, without control characters."""
    cdef Py_ssize_t at
    cdef int byte, left = 0
    if (stop - start) & 1:
        return False
    for at in range(start, stop, 2):
        if sql_hex(data[at]) < 0 or sql_hex(data[at + 1]) < 0:
            return False
        byte = sql_hex(data[at]) << 4 | sql_hex(data[at + 1])
        if left:
            if byte & 0xC0 != 0x80:
                return False
            left -= 1
        elif byte >= 0x80:
            if byte < 0xC2 or byte > 0xF4:
                return False
            left = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
        elif byte < 32 and byte != 9 and byte != 10 and byte != 13:
            return False
    return left == 0


cdef inline Py_ssize_t from_digits(uint8_t* data, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Hexadecimal digits as the text they are; as they stand where they are none."""
    cdef Py_ssize_t at, write = start
    if not is_text(data, start, stop):
        return stop
    for at in range(start, stop, 2):
        data[write] = <uint8_t>(sql_hex(data[at]) << 4 | sql_hex(data[at + 1]))
        write += 1
    return write
