"""Strings, words, comments and deep containers of JSON text: where each ends; and texts without their escapes."""

from libc.stdint cimport int64_t

cdef enum:
    MORE = -1        # more text is needed to tell
    WRONG = -2       # no JSON, however kindly it is read
    # What is no strict JSON, but clear; the order of ODDITIES.
    COMMENT = 0
    COMMA = 1        # missing, or one too many
    QUOTE = 2        # '...'
    WORD = 3         # neither a number nor true, false, null
    CONTROL = 4      # a line end or another control character in a string
    VALUE = 5        # missing
    TWICE = 6        # a key that its object has already
    DEEP = 7         # a value that lies too deep to be taken apart
    # What a token is.
    STRING = 1
    ESCAPED = 2
    NOTHING = 4      # null and its like
    NUMBER = 8


cdef struct Token:
    int64_t start    # of its text, without quotes
    int64_t end
    int flags
    int odd          # 1 << each oddity


cdef inline bint is_space(unsigned char c) noexcept nogil:
    return c <= 32 or c == 127


cdef inline bint is_digit(unsigned char c) noexcept nogil:
    return 48 <= c <= 57


cdef inline int64_t wide_space(const unsigned char* data, int64_t at, int64_t size) noexcept nogil:
    # Bytes of a no-break space, an ideographic space or a byte order mark at a place, or 0.
    if data[at] == 0xC2 and at + 1 < size and data[at + 1] == 0xA0:
        return 2
    if data[at] == 0xE3 and at + 2 < size and data[at + 1] == 0x80 and data[at + 2] == 0x80:
        return 3
    if data[at] == 0xEF and at + 2 < size and data[at + 1] == 0xBB and data[at + 2] == 0xBF:
        return 3
    return 0


cdef inline bint ends_word(unsigned char c) noexcept nogil:
    return (
        c <= 32 or c == 34 or c == 39 or c == 40 or c == 41 or c == 44 or c == 58 or c == 59
        or c == 91 or c == 93 or c == 123 or c == 125
    )


cdef inline bint is_word(const unsigned char* data, int64_t at, int64_t end, const char* word, int length) noexcept nogil:
    cdef int i
    if end - at != length:
        return False
    for i in range(length):
        if data[at + i] != <unsigned char>word[i]:
            return False
    return True


cdef inline int64_t string_end(
    const unsigned char* data, int64_t at, int64_t size, bint final, unsigned char quote, Token* token
) noexcept nogil:
    # Where the string that opens at ``at`` ends, behind its quote.
    cdef int64_t i = at + 1, next
    cdef unsigned char c
    token.start = i
    token.flags = STRING
    token.odd = 1 << QUOTE if quote == 39 else 0
    while i < size:
        c = data[i]
        if c == quote:
            token.end = i
            return i + 1
        if c == 92:
            token.flags |= ESCAPED
            i += 2
            continue
        if c < 32:
            token.odd |= 1 << CONTROL
            if c == 10 or c == 13:
                # The string goes on in the next line, unless that begins like JSON: then its quote is missing.
                next = i + 1
                while next < size and is_space(data[next]):
                    next += 1
                token.end = next
                if next >= size:
                    return WRONG if final else MORE
                c = data[next]
                if c == 123 or c == 125 or c == 91 or c == 93 or c == quote:
                    return WRONG
                i = next
                continue
        i += 1
    token.end = size
    return WRONG if final else MORE


cdef inline int64_t word_end(
    const unsigned char* data, int64_t at, int64_t size, bint final, Token* token
) noexcept nogil:
    # Where a number or a word without quotes ends.
    cdef int64_t i = at
    cdef unsigned char c
    while i < size and not ends_word(data[i]):
        i += 1
    if i >= size and not final:
        return MORE
    token.start = at
    token.end = i
    token.flags = 0
    token.odd = 0
    c = data[at]
    if i == at or c == 61 or c == 60 or c == 62 or c == 47 or c == 92 or c == 35 or c == 33:
        return WRONG
    if is_digit(c) or c == 45 or c == 43 or c == 46:
        for i in range(at, token.end):
            c = data[i]
            if not (is_digit(c) or c == 45 or c == 43 or c == 46 or c == 69 or c == 101):
                token.odd = 1 << WORD
                break
        else:
            token.flags = NUMBER
        return token.end
    if is_word(data, at, i, "true", 4) or is_word(data, at, i, "false", 5):
        return i
    if is_word(data, at, i, "null", 4):
        token.flags = NOTHING
        return i
    token.odd = 1 << WORD
    if is_word(data, at, i, "NaN", 3) or is_word(data, at, i, "None", 4) or is_word(data, at, i, "undefined", 9):
        token.flags = NOTHING
        return i
    while i > at:  # words with = or < are another language's
        i -= 1
        if data[i] == 61 or data[i] == 60:
            return WRONG
    return token.end


cdef inline int64_t comment_end(const unsigned char* data, int64_t at, int64_t size, bint final) noexcept nogil:
    # Where the comment that begins at ``at`` ends; WRONG where it is none.
    cdef int64_t i = at + 2
    if at + 1 >= size:
        return WRONG if final else MORE
    if data[at + 1] == 47:
        while i < size and data[i] != 10 and data[i] != 13:
            i += 1
        return MORE if i >= size and not final else i
    if data[at + 1] == 42:
        while i + 1 < size:
            if data[i] == 42 and data[i + 1] == 47:
                return i + 2
            i += 1
        return WRONG if final else MORE
    return WRONG


cdef inline int64_t container_end(const unsigned char* data, int64_t at, int64_t size, bint final) noexcept nogil:
    # Where the container that opens at ``at`` ends, however deep it is.
    cdef int64_t i = at, depth = 0
    cdef unsigned char c
    cdef bint inside = False
    while i < size:
        c = data[i]
        if inside:
            if c == 92:
                i += 1
            elif c == 34:
                inside = False
        elif c == 34:
            inside = True
        elif c == 123 or c == 91:
            depth += 1
        elif c == 125 or c == 93:
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    return WRONG if final else MORE


cdef inline int64_t position_end(const unsigned char* data, int64_t at, int64_t size, bint final) noexcept nogil:
    # Where a list of two or three numbers ends of which the first two have a fraction; 0 if it is no such list.
    cdef int64_t i = at + 1
    cdef int numbers = 0, points
    while True:
        while i < size and is_space(data[i]):
            i += 1
        points = 0
        if i < size and data[i] == 45:
            i += 1
        if i < size and not is_digit(data[i]):
            return 0
        while i < size and (is_digit(data[i]) or data[i] == 46):
            points += data[i] == 46
            i += 1
        while i < size and is_space(data[i]):
            i += 1
        if i >= size:
            return 0 if final else MORE
        numbers += 1
        if points != 1 and numbers < 3:
            return 0
        if data[i] == 93:
            return i + 1 if numbers >= 2 else 0
        if data[i] != 44 or numbers == 3:
            return 0
        i += 1


cdef inline int hex_value(const unsigned char* data, int64_t at, int64_t end, int digits) noexcept nogil:
    # The value of some hexadecimal digits, -1 where they are none.
    cdef int value = 0, i, c
    if at + digits > end:
        return -1
    for i in range(digits):
        c = data[at + i]
        if 48 <= c <= 57:
            c -= 48
        elif 97 <= (c | 32) <= 102:
            c = (c | 32) - 87
        else:
            return -1
        value = value << 4 | c
    return value


cdef inline int64_t put_character(unsigned char* out, int64_t at, int code) noexcept nogil:
    # Writes a character as UTF-8; where the next one goes.
    if code < 0x80:
        out[at] = <unsigned char>code
        return at + 1
    if code < 0x800:
        out[at] = <unsigned char>(0xC0 | code >> 6)
        out[at + 1] = <unsigned char>(0x80 | (code & 0x3F))
        return at + 2
    if code < 0x10000:
        out[at] = <unsigned char>(0xE0 | code >> 12)
        out[at + 1] = <unsigned char>(0x80 | (code >> 6 & 0x3F))
        out[at + 2] = <unsigned char>(0x80 | (code & 0x3F))
        return at + 3
    out[at] = <unsigned char>(0xF0 | code >> 18)
    out[at + 1] = <unsigned char>(0x80 | (code >> 12 & 0x3F))
    out[at + 2] = <unsigned char>(0x80 | (code >> 6 & 0x3F))
    out[at + 3] = <unsigned char>(0x80 | (code & 0x3F))
    return at + 4


cdef inline int64_t plain(
    const unsigned char* data, int64_t start, int64_t end, unsigned char* out, int64_t into
) noexcept nogil:
    # Writes a string without its escapes, which only makes it shorter; where it ends. ``out`` may be ``data``, with
    # ``into`` = ``start``. Half a surrogate pair becomes U+FFFD; what is no escape stays as it is.
    cdef int64_t at = start
    cdef int code, low
    cdef unsigned char c
    while at < end:
        c = data[at]
        if c != 92 or at + 1 >= end:
            out[into] = c
            into += 1
            at += 1
            continue
        c = data[at + 1]
        code = -1
        if c == 117:
            code = hex_value(data, at + 2, end, 4)
            if code >= 0:
                at += 6
                if 0xD800 <= code < 0xDC00 and at + 1 < end and data[at] == 92 and data[at + 1] == 117:
                    low = hex_value(data, at + 2, end, 4)
                    if 0xDC00 <= low < 0xE000:
                        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                        at += 6
                if 0xD800 <= code < 0xE000:
                    code = 0xFFFD
        elif c == 120:
            code = hex_value(data, at + 2, end, 2)
            at += 4 if code >= 0 else 0
        if code >= 0:
            into = put_character(out, into, code)
            continue
        at += 2
        if c == 110:
            c = 10
        elif c == 116:
            c = 9
        elif c == 114:
            c = 13
        elif c == 98:
            c = 8
        elif c == 102:
            c = 12
        elif c != 34 and c != 92 and c != 47 and c != 39:
            out[into] = 92
            into += 1
        out[into] = c
        into += 1
    return into
