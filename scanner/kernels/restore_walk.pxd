"""The walk over a cell that may hold a damaged or disguised number: cells that are one as a whole, and tokens in text."""

from libc.stdint cimport int32_t, uint8_t, uint64_t

from scanner.kernels.number_grammar cimport layout_kinds

cdef enum:
    D_CODES = 0x1FC00  # characters that the table knows
    SHORTEST = 7  # bytes: 1.4E+10
    LONGEST_WHOLE = 120  # bytes of a cell that is a number as a whole
    LONGEST_TOKEN = 96  # characters
    FEWEST = 10  # digits, and so bytes, of a token
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

cdef struct Token:
    int32_t start
    int32_t end
    int digits
    int plain
    int forms
    int numerals
    int letters
    int joints  # odd ones
    int unseen

cdef struct Whole:  # the characters of a cell, without what is around them and without invisible ones
    uint8_t entry[LONGEST_WHOLE]
    int32_t low[LONGEST_WHOLE]
    int32_t high[LONGEST_WHOLE]
    int count
    int digits
    int joints
    int breaks
    int commas
    int exponents
    bint x


cdef inline Py_ssize_t room_for(Py_ssize_t size) noexcept nogil:
    """More tokens than a cell of so many bytes can hold."""
    return size // FEWEST + 2


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
        size[0] = 3
        return t.table[(c & 15) << 12 | (p[i + 1] & 63) << 6 | p[i + 2] & 63]
    if c > 0xF4 or i + 3 >= hi or p[i + 3] & 0xC0 != 0x80:
        return OTHER
    size[0] = 4
    code = (c & 7) << 18 | (p[i + 1] & 63) << 12 | (p[i + 2] & 63) << 6 | p[i + 3] & 63
    return t.table[code] if code < D_CODES else OTHER


cdef inline int32_t back(const Text* t, int32_t i, int32_t lo) noexcept nogil:
    """Where the character begins that ends at i > lo."""
    cdef int32_t at = i - 1, size = 0
    while at > lo and i - at < 4 and t.p[at] & 0xC0 == 0x80:
        at -= 1
    look(t, at, i, &size)
    return at if at + size == i else i - 1


cdef inline bint digit_like(int kind) noexcept nogil:
    return PLAIN <= kind <= LETTER


cdef inline void clear(Token* k, int32_t start) noexcept nogil:
    k.start = k.end = start
    k.digits = k.plain = k.forms = k.numerals = k.letters = k.joints = k.unseen = 0


cdef inline void parse(const Text* t, int32_t i, int32_t hi, Token* k) noexcept nogil:
    """The token that begins with the digit at i: digits with one joint at most between two, and perhaps an X.

    Letters alone between joints are a word: with it the token ends, or begins behind it. ``digits`` 0: there is none.
    """
    cdef int32_t at = i, size = 0
    cdef int entry, kind, joint = -1, unseen = 0, steps = 0, line = 0, letters = 0, group = 0
    cdef Token before
    clear(&before, i)
    clear(k, i)
    while at < hi and steps < LONGEST_TOKEN:
        steps += 1
        entry = look(t, at, hi, &size)
        kind = entry & KIND
        if digit_like(kind):
            if joint >= 0:
                if letters == group:
                    if before.digits:
                        break
                    clear(k, at)
                    line = 0
                    joint = 0
                    unseen = 0
                else:
                    before = k[0]
                letters = group = 0
                k.joints += (joint & ODD) != 0
            k.unseen += unseen
            joint = -1
            unseen = 0
            k.digits += 1
            line += 1
            group += 1
            letters += kind == LETTER
            if kind == PLAIN:
                k.plain += 1
            elif kind == FORM:
                k.forms += 1
            elif kind == NUMERAL:
                k.numerals += 1
            else:
                k.letters += 1
            k.end = at + size
        elif kind == INVISIBLE:
            unseen += (entry & ODD) != 0
        elif kind == JOINT and joint < 0:
            if entry & 7 == SPACE:
                if line >= FEWEST:  # a number is complete; another may follow
                    break
                line = 0
            joint = entry
        elif kind == X_END and k.digits == 17 and joint < 0 and letters < group:
            k.end = at + size
            return
        else:
            break
        at += size
    if letters == group:
        if before.digits:
            k[0] = before
        else:
            k.digits = 0


cdef inline bint odd_token(const Text* t, const Token* k) noexcept nogil:
    """Whether a token has enough digits for a number, and some that are not plain."""
    if k.digits < FEWEST or not (k.forms or k.numerals or k.letters or k.joints or k.unseen):
        return False
    if k.letters:
        return k.plain >= t.letters_digits and k.letters <= t.letters_most and not (k.forms or k.numerals)
    return True


cdef inline bint free_before(const Text* t, int32_t i, int32_t lo) noexcept nogil:
    """No letter, digit or place of a numeral before i."""
    cdef int32_t size = 0, stop
    cdef int kind
    while i > lo:
        stop = i
        i = back(t, i, lo)
        kind = look(t, i, stop, &size) & KIND
        if kind != INVISIBLE:
            return not (digit_like(kind) or kind == BOUND or kind == X_END)
    return True


cdef inline bint free_behind(const Text* t, int32_t i, int32_t hi) noexcept nogil:
    cdef int32_t size = 0
    cdef int kind
    while i < hi:
        kind = look(t, i, hi, &size) & KIND
        if kind != INVISIBLE:
            return not (digit_like(kind) or kind == BOUND or kind == X_END)
        i += size
    return True


cdef inline int32_t first_digit(const Text* t, int32_t at, int32_t hi, int32_t floor) noexcept nogil:
    """The first digit of the digits, joints and invisible characters in line that end with the one at ``at``."""
    cdef int32_t found = -1, i = at, size = 0, stop = hi
    cdef int kind, steps = 0
    while steps < LONGEST_TOKEN:
        kind = look(t, i, stop, &size) & KIND
        if digit_like(kind):
            found = i
        elif kind != JOINT and kind != INVISIBLE and i != at:
            break
        if i <= floor:
            break
        stop = i
        i = back(t, i, floor)
        steps += 1
    return found


cdef inline int kind_around(const Text* t, int32_t lo, int32_t hi, int32_t* at, int32_t* end) noexcept nogil:
    """The kind of the character that has a byte at ``at``; where it begins and ends. A Chinese one is told at once."""
    cdef const unsigned char* p = t.p
    cdef int32_t q = at[0], i = q, size = 0
    cdef int kind, inside
    if p[q] < 0x80:
        end[0] = q + 1
        return t.table[p[q]] & KIND
    if q - lo > 1:  # without branches, as nobody can guess which byte of a character this is
        inside = p[q] & 0xC0 == 0x80
        i = q - inside - (inside & (p[q - 1] & 0xC0 == 0x80))
        if 0xE4 <= p[i] <= 0xE9 and i + 2 < hi:
            at[0] = i
            end[0] = i + 3
            kind = t.table[(p[i] & 15) << 12 | (p[i + 1] & 63) << 6 | p[i + 2] & 63] & KIND
            if kind == OTHER and p[i + 1] & p[i + 2] & 0xC0 == 0x80:
                return OTHER
    i = q
    if p[q] & 0xC0 == 0x80 and i > lo:
        i -= 1
        if p[i] & 0xC0 == 0x80 and i > lo:
            i -= 1
            if p[i] & 0xC0 == 0x80 and i > lo:
                i -= 1
    kind = look(t, i, hi, &size) & KIND
    if i + size <= q:  # no UTF-8
        i = q
        size = 1
        kind = OTHER
    at[0] = i
    end[0] = i + size
    return kind


cdef inline bint of_token(int kind) noexcept nogil:
    return PLAIN <= kind <= INVISIBLE and kind != BREAK or kind == X_END


cdef inline int32_t behind_plain(const Text* t, int32_t at, int32_t lo, int32_t hi) noexcept nogil:
    """Behind the ASCII digits in line around ``at`` if nothing that a token may hold is beside them, else -1."""
    cdef const unsigned char* p = t.p
    cdef int32_t first = at, end = at + 1, size = 0, side
    while first > lo and 48 <= p[first - 1] <= 57:
        first -= 1
    while end < hi and 48 <= p[end] <= 57:
        end += 1
    if end < hi and of_token(look(t, end, hi, &size) & KIND):
        return -1
    if first > lo:
        side = first - 1
        if of_token(kind_around(t, lo, first, &side, &size)):
            return -1
    return end


cdef inline bint has_free_token(const Text* t, int32_t lo, int32_t hi) noexcept nogil:
    """Whether there is a token with digits that are not plain.

    A token has ten bytes at least, so of the bytes behind one that is in none only the tenth is looked at.
    """
    cdef Token k
    cdef int32_t q = lo + FEWEST - 1, at, end = 0, size = 0, start, floor = lo
    cdef int kind
    while q < hi:
        at = q
        kind = kind_around(t, lo, hi, &at, &end)
        if not of_token(kind):
            q = end + FEWEST - 1
            continue
        if kind == PLAIN and t.p[at] < 0x80:
            end = behind_plain(t, at, lo, hi)
            if end > 0:
                q = end + FEWEST - 1
                continue
        q += FEWEST
        if at < floor:
            continue
        start = first_digit(t, at, hi, floor)
        while 0 <= start <= at:
            parse(t, start, hi, &k)
            if odd_token(t, &k):
                return True
            floor = k.end
            start = k.end
            while start <= at and start < hi and not digit_like(look(t, start, hi, &size) & KIND):
                start += size
        if floor + FEWEST - 1 > q:
            q = floor + FEWEST - 1
    return False


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


cdef inline void emit(const Text* t, int32_t lo, const Token* k, Found* out) noexcept nogil:
    """A token in plain text; a character behind odd invisible ones is odd, too."""
    cdef int32_t at = k.start, size = 0
    cdef Py_ssize_t begin = out.used
    cdef int entry, kind
    cdef bint unseen = False
    while at < k.end:
        entry = look(t, at, k.end, &size)
        kind = entry & KIND
        if kind == INVISIBLE:
            unseen = unseen or (entry & ODD) != 0
        else:
            if digit_like(kind):
                write(out, <unsigned char>(48 + (entry & 15)), at - lo, at + size - lo, unseen or kind != PLAIN)
            elif kind == JOINT:
                write(out, joint_sign(entry), at - lo, at + size - lo, unseen or (entry & ODD) != 0)
            else:
                write(out, 88, at - lo, at + size - lo, unseen)
            unseen = False
        at += size
    kind = K_UNSEEN
    if k.letters:
        kind = K_LETTERS
    elif k.numerals:
        kind = K_NUMERALS
    elif k.forms:
        kind = K_FORMS
    elif k.joints:
        kind = K_SEPARATORS
    finish(out, begin, kind, 0)


cdef inline void free_tokens(const Text* t, int32_t lo, int32_t hi, Found* out) noexcept nogil:
    """All tokens of a cell with digits that are not plain."""
    cdef Token k
    cdef int32_t i = lo, size = 0
    while hi - i >= FEWEST:
        if not digit_like(look(t, i, hi, &size) & KIND):
            i += size
            continue
        parse(t, i, hi, &k)
        if odd_token(t, &k) and free_before(t, k.start, lo) and free_behind(t, k.end, hi):
            emit(t, lo, &k, out)
        i = k.end


cdef inline bint around(int entry) noexcept nogil:
    """What may stand around a number that fills its cell."""
    cdef int kind = entry & KIND
    return kind == WRAPPER or kind == BREAK or kind == INVISIBLE or (kind == JOINT and entry & 7 == SPACE)


cdef inline bint read_whole(const Text* t, int32_t lo, int32_t hi, Whole* w) noexcept nogil:
    """The characters of a cell that may be a number as a whole; False where some character forbids that."""
    cdef int32_t i = lo, end = hi, size = 0, at
    cdef int entry, kind
    w.count = w.digits = w.joints = w.breaks = w.commas = w.exponents = 0
    w.x = False
    while i < hi and around(look(t, i, hi, &size)):
        i += size
    if i == hi or look(t, i, hi, &size) & KIND != PLAIN:
        return False
    while end > i:
        at = back(t, end, i)
        if not around(look(t, at, end, &size)):
            break
        end = at
    while i < end:
        if w.x:
            return False
        entry = look(t, i, end, &size)
        kind = entry & KIND
        if kind == PLAIN:
            w.digits += 1
        elif kind == JOINT:
            w.joints += 1
        elif kind == BREAK:
            w.breaks += 1
        elif kind == COMMA:
            w.commas += 1
        elif kind == X_END:
            w.x = True
        elif kind == INVISIBLE:
            i += size
            continue
        elif t.p[i] | 32 == 101:
            entry = EXPONENT_SIGN
            w.exponents += 1
        elif t.p[i] == 43:
            entry = PLUS
        else:
            return False
        w.entry[w.count] = <uint8_t>entry
        w.low[w.count] = i - lo
        w.high[w.count] = i + size - lo
        w.count += 1
        i += size
    return True


cdef inline bint is_plain(const Whole* w, int i) noexcept nogil:
    return i < w.count and w.entry[i] & KIND == PLAIN


cdef inline bint is_point(const Whole* w, int i) noexcept nogil:
    return i < w.count and w.entry[i] == JOINT + POINT


cdef inline bint scientific(const Whole* w, bint gate, Found* out) noexcept nogil:
    """1.3800138001E10. Whole where all digits are written, or by a program that writes none too few; else its end is lost."""
    cdef int i = 1, written = 1, power = 0, n, last
    cdef bint signed = False
    cdef Py_ssize_t begin
    if is_point(w, 1):
        i = 2
        while is_plain(w, i):
            i += 1
            written += 1
        if i == 2:
            return False
    if i >= w.count or w.entry[i] != EXPONENT_SIGN:
        return False
    i += 1
    if i < w.count and w.entry[i] == PLUS:
        i += 1
        signed = True
    if i + 2 != w.count or not is_plain(w, i) or not is_plain(w, i + 1):
        return False
    if gate:
        return True
    power = 10 * (w.entry[i] & 15) + (w.entry[i + 1] & 15)
    if w.entry[0] == PLAIN or power < 10 or power > 18 or written > power + 1:
        return False
    begin = out.used
    last = w.count - 1
    for n in range(w.count):
        if n < 1 or 2 <= n <= written:
            write(out, <unsigned char>(48 + (w.entry[n] & 15)), w.low[0], w.high[last], True)
    if written == power + 1 or (not signed and SHOWN < written and power < EXACT):
        for n in range(power + 1 - written):
            write(out, 48, w.low[0], w.high[last], True)
        finish(out, begin, K_EXPONENT, 0)
    else:
        finish(out, begin, K_SCIENTIFIC, power + 1)
    return True


cdef inline bint thousands(const Whole* w, bint gate, Found* out) noexcept nogil:
    """13,800,138,001, perhaps with .00 behind it."""
    cdef int i = 0, group = 0, groups = 0, count = 0, n
    cdef uint8_t comma = 0
    cdef Py_ssize_t begin
    while i < w.count:
        if is_plain(w, i):
            group += 1
            count += 1
        elif w.entry[i] & KIND == COMMA and (comma == 0 or w.entry[i] == comma):
            comma = w.entry[i]
            if group == 0 or group > 3 or (groups and group != 3):
                return False
            groups += 1
            group = 0
        else:
            break
        i += 1
    if groups < 2 or group != 3 or not 10 < count < 20:
        return False
    n = i
    if is_point(w, i):
        i += 1
        while is_plain(w, i) and (gate or w.entry[i] == PLAIN):
            i += 1
        if i == n + 1:
            return False
    if i < w.count:
        return False
    if gate:
        return True
    begin = out.used
    for i in range(n):
        if is_plain(w, i):
            write(out, <unsigned char>(48 + (w.entry[i] & 15)), w.low[i], w.high[i], True)
    finish(out, begin, K_THOUSANDS, 0)
    return True


cdef inline bint known_layout(const Whole* w) noexcept nogil:
    """Whether digits are grouped as kernels.digits knows it."""
    cdef uint64_t layout = 0
    cdef int i, group = 0, sign = -1, groups = 0
    for i in range(w.count):
        if is_plain(w, i) or w.entry[i] == X_END:
            group += 1
        else:
            if w.entry[i] & ODD or w.entry[i] & KIND != JOINT or group == 0 or (sign >= 0 and w.entry[i] != sign):
                return False
            sign = w.entry[i]
            layout = layout << 4 | <uint64_t>(group & 15)
            group = 0
            groups += 1
    if groups > 6 or group == 0 or group > 13:
        return False
    return layout_kinds(layout << 4 | <uint64_t>group, 1, joint_sign(sign)) != 0


cdef inline bint joined(const Whole* w, bint gate, Found* out) noexcept nogil:
    """Digits with spaces, hyphens or ends of lines between them as no number is usually written: 1 3 8 0 0 1 3 8 0 0 1."""
    cdef int i, total = w.digits + w.x
    cdef Py_ssize_t begin
    if w.commas or w.exponents or not (w.joints or w.breaks) or (w.x and total != 18):
        return False
    if not (total == 11 or 15 <= total <= 19) or known_layout(w):
        return False
    for i in range(w.count):
        if w.entry[i] == PLUS or (w.entry[i] & KIND == JOINT and w.entry[i] & 7 > HYPHEN):
            return False
    if gate:
        return True
    begin = out.used
    for i in range(w.count):
        if is_plain(w, i):
            write(out, <unsigned char>(48 + (w.entry[i] & 15)), w.low[i], w.high[i], True)
        elif w.entry[i] & KIND == X_END:
            write(out, 88, w.low[i], w.high[i], True)
    finish(out, begin, K_LINE_BREAK if w.breaks else K_SEPARATORS, 0)
    return True


cdef inline bint without_zero(const Whole* w, bint gate, Found* out) noexcept nogil:
    """A landline whose area code has lost its 0, as in a column of numbers: 75512345678, 10-87654321."""
    cdef int i, first = w.entry[0] & 15
    cdef Py_ssize_t begin
    if w.commas or w.exponents or w.breaks or w.x or w.joints > 2 or not 10 <= w.digits <= 11:
        return False
    for i in range(w.count):
        if w.entry[i] == PLUS or (w.entry[i] & KIND == JOINT and w.entry[i] & 7 > HYPHEN):
            return False
    if gate:
        return True
    if first == 0 or (first == 1 and w.digits == 11):
        return False
    begin = out.used
    write(out, 48, w.low[0], w.low[0], True)
    for i in range(w.count):
        if is_plain(w, i):
            write(out, <unsigned char>(48 + (w.entry[i] & 15)), w.low[i], w.high[i], False)
        else:
            write(out, joint_sign(w.entry[i]), w.low[i], w.high[i], False)
    finish(out, begin, K_LEADING_ZERO, 0)
    return True


cdef inline bint whole_cell(
    const Text* t, int32_t lo, int32_t hi, bint landlines, bint gate, Found* out
) noexcept nogil:
    """Whether a cell as a whole is a damaged number, which is then written; with ``gate``: might be, with other digits."""
    cdef Whole w
    if not read_whole(t, lo, hi, &w):
        return False
    if w.exponents:
        return w.exponents == 1 and not w.commas and not w.breaks and scientific(&w, gate, out)
    if w.commas and thousands(&w, gate, out):
        return True
    if landlines and without_zero(&w, gate, out):
        return True
    return joined(&w, gate, out)
