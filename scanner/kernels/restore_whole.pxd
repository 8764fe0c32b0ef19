"""Cells that are one damaged or disguised number as a whole."""

from libc.stdint cimport int32_t, uint8_t, uint64_t

from scanner.kernels.number_grammar cimport layout_kinds
from scanner.kernels.restore_text cimport *
from scanner.kernels.restore_token cimport *

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
    elif written == 1:  # 1E17 is a code: who writes no sign writes 1.0E17
        return False
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


cdef inline bint loosely_joined(const Whole* w) noexcept nogil:
    """Whether there is no plus sign, and between digits nothing but spaces, hyphens and ends of lines."""
    cdef int i
    for i in range(w.count):
        if w.entry[i] == PLUS or (w.entry[i] & KIND == JOINT and w.entry[i] & 7 > HYPHEN):
            return False
    return True


cdef inline bint joined(const Whole* w, bint gate, Found* out) noexcept nogil:
    """Digits with spaces, hyphens or ends of lines between them as no number is usually written: 1 3 8 0 0 1 3 8 0 0 1."""
    cdef int i, total = w.digits + w.x
    cdef Py_ssize_t begin
    if w.commas or w.exponents or not (w.joints or w.breaks) or (w.x and total != 18) or not loosely_joined(w):
        return False
    if not (total == 11 or 15 <= total <= 19) or known_layout(w):
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
    if w.commas or w.exponents or w.breaks or w.x or w.joints > 2 or not 10 <= w.digits <= 11 or not loosely_joined(w):
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
