"""What a cell that may hold a damaged or disguised number is made of, and where what is found is written."""

from libc.stdint cimport int32_t, uint8_t

cdef extern from "damaged.h":
    enum:
        CHARACTERS
        LEAST_DAMAGED
        LONGEST_WHOLE
        LEAST_TOKEN

cdef enum:
    LONGEST_TOKEN = 96  # characters
    OTHER = 0  # classes of characters, as restore.pyx has them
    PLAIN = 16
    FORM = 32
    NUMERAL = 48
    LETTER = 64
    JOINT = 80
    BREAK = 96
    INVISIBLE = 112
    X_END = 128
    COMMA = 144
    BOUND = 160
    WRAPPER = 176
    EXPONENT_SIGN = 224
    PLUS = 240
    KIND = 0xF0
    ODD = 8
    SPACE = 0
    HYPHEN = 1
    POINT = 2
    K_EXPONENT = 1  # kinds of what is found
    K_THOUSANDS = 2
    K_SEPARATORS = 3
    K_LINE_BREAK = 4
    K_LEADING_ZERO = 5
    K_NUMERALS = 6
    K_FORMS = 7
    K_LETTERS = 8
    K_UNSEEN = 9
    K_SCIENTIFIC = 10
    EXACT = 15  # digits that a double keeps for certain
    SHOWN = 6  # digits that a spreadsheet shows of a number that does not fit its cell

cdef struct Text:
    const unsigned char* p
    const unsigned char* table
    int letters_digits
    int letters_most

cdef struct Found:
    int32_t* cell
    int32_t* begin
    int32_t* end
    uint8_t* kind
    uint8_t* digits
    uint8_t* buffer
    int32_t* low
    int32_t* high
    uint8_t* odd
    Py_ssize_t count
    Py_ssize_t used
    int32_t now


cdef inline Py_ssize_t room_for(Py_ssize_t size) noexcept nogil:
    """More tokens than a cell of so many bytes can hold."""
    return size // LEAST_TOKEN + 2


cdef inline int look(const Text* t, int32_t i, int32_t hi, int32_t* size) noexcept nogil:
    """The entry of the character at i < hi, and its bytes; what is not UTF-8 is OTHER, a byte at a time."""
    cdef const unsigned char* p = t.p
    cdef unsigned char c = p[i]
    cdef int code
    size[0] = 1
    if c < 0x80:
        return t.table[c]
    if c < 0xC2 or i + 1 >= hi or p[i + 1] & 0xC0 != 0x80:
        return OTHER
    if c < 0xE0:
        size[0] = 2
        return t.table[(c & 31) << 6 | p[i + 1] & 63]
    if i + 2 >= hi or p[i + 2] & 0xC0 != 0x80:
        return OTHER
    if c < 0xF0:
        if c == 0xE0 and p[i + 1] < 0xA0:  # more bytes than the character has
            return OTHER
        size[0] = 3
        return t.table[(c & 15) << 12 | (p[i + 1] & 63) << 6 | p[i + 2] & 63]
    if c > 0xF4 or i + 3 >= hi or p[i + 3] & 0xC0 != 0x80:
        return OTHER
    if c == 0xF0 and p[i + 1] < 0x90:
        return OTHER
    size[0] = 4
    code = (c & 7) << 18 | (p[i + 1] & 63) << 12 | (p[i + 2] & 63) << 6 | p[i + 3] & 63
    return t.table[code] if code < CHARACTERS else OTHER


cdef inline int32_t back(const Text* t, int32_t i, int32_t lo) noexcept nogil:
    """Where the character begins that ends at i > lo."""
    cdef int32_t at = i - 1, size = 0
    while at > lo and i - at < 4 and t.p[at] & 0xC0 == 0x80:
        at -= 1
    look(t, at, i, &size)
    return at if at + size == i else i - 1


cdef inline bint digit_like(int kind) noexcept nogil:
    return PLAIN <= kind <= LETTER


cdef inline void write(Found* out, unsigned char c, int32_t low, int32_t high, bint odd) noexcept nogil:
    out.buffer[out.used] = c
    out.low[out.used] = low
    out.high[out.used] = high
    out.odd[out.used] = odd
    out.used += 1


cdef inline void finish(Found* out, Py_ssize_t begin, int kind, int digits) noexcept nogil:
    out.cell[out.count] = out.now
    out.begin[out.count] = <int32_t>begin
    out.end[out.count] = <int32_t>out.used
    out.kind[out.count] = <uint8_t>kind
    out.digits[out.count] = <uint8_t>digits
    out.count += 1


cdef inline unsigned char joint_sign(int entry) noexcept nogil:
    cdef int which = entry & 7
    return 32 if which == SPACE else 45 if which == HYPHEN else 47 if which == 3 else 95 if which == 4 else 46
