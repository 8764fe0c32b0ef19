"""Tokens in text that are numbers in another writing: where they begin and end, and what they are as plain digits."""

from libc.stdint cimport int32_t, uint8_t

from scanner.kernels.restore_text cimport *

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
                if line >= LEAST_TOKEN:  # a number is complete; another may follow
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
    if k.digits < LEAST_TOKEN or not (k.forms or k.numerals or k.letters or k.joints or k.unseen):
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
    cdef int32_t q = lo + LEAST_TOKEN - 1, at, end = 0, size = 0, start, floor = lo
    cdef int kind
    while q < hi:
        at = q
        kind = kind_around(t, lo, hi, &at, &end)
        if not of_token(kind):
            q = end + LEAST_TOKEN - 1
            continue
        if kind == PLAIN and t.p[at] < 0x80:
            end = behind_plain(t, at, lo, hi)
            if end > 0:
                q = end + LEAST_TOKEN - 1
                continue
        q += LEAST_TOKEN
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
        if floor + LEAST_TOKEN - 1 > q:
            q = floor + LEAST_TOKEN - 1
    return False


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
    while hi - i >= LEAST_TOKEN:
        if not digit_like(look(t, i, hi, &size) & KIND):
            i += size
            continue
        parse(t, i, hi, &k)
        if odd_token(t, &k) and free_before(t, k.start, lo) and free_behind(t, k.end, hi):
            emit(t, lo, &k, out)
        i = k.end
