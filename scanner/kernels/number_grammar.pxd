"""The grammar of numbers: layouts of groups, country codes, landlines, tokens with letters.

tests/kernels/digits_reference.py states the same as regular expressions.
"""

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint64_t

from scanner.kernels.symbols cimport (
    EDGE, Group, MIDDOT, TURN, X_LIKE, after, before, is_digit, is_letter, is_separator, is_x, left_free, pass_digits, power,
    read_group, right_free, zero_fraction,
)

cdef enum:
    K_MOBILE = 1
    K_LANDLINE = 2
    K_ID18 = 4
    K_ID15 = 8
    K_CARD = 16
    K_USCC = 32
    F_X = 64
    F_COUNTRY = 128
    F_FLOAT = 256
    F_JOINED = 512

cdef enum:  # what stood before the number
    BARE = 0
    WEAK = 1  # 86 without a sign: mobile numbers only
    HYPHENED = 2  # 86-: landlines with hyphens, too
    STRONG = 3  # +86, 0086, (86)
    BRACKETED = 4  # these and "(": an area code

cdef struct Run:
    uint64_t value
    int32_t cell
    int32_t start
    int32_t end
    uint16_t flags
    uint8_t length

cdef inline bint shaped_as_uscc(const unsigned char* p, int32_t i, int32_t end) noexcept nogil:
    """18 characters: [1-9ANY][1-9], six digits, ten of 0-9 and the letters without I O S V Z."""
    cdef int n = 0, s
    while i < end:
        s = after(p, i, end, &i)
        if s == EDGE:
            break
        if 97 <= s <= 122:
            s -= 32
        if n == 0 and not (49 <= s <= 57 or s == 65 or s == 78 or s == 89):
            return False
        if n == 1 and not 49 <= s <= 57:
            return False
        if 2 <= n < 8 and not is_digit(s):
            return False
        if s == 73 or s == 79 or s == 83 or s == 86 or s == 90:
            return False
        n += 1
        if n > 18:
            return False
    return n == 18


cdef inline int solid_kinds(int count, int first) noexcept nogil:
    """What an unbroken run may be."""
    if count < 13:
        if first == 0 and count >= 10:
            return K_LANDLINE
        return K_MOBILE if first == 1 and count == 11 else 0
    if first == 0 or count > 19:
        return 0
    if count == 18:
        return K_ID18 | K_CARD | K_USCC
    return K_CARD | K_ID15 if count == 15 else K_CARD


cdef inline int layout_kinds(uint64_t layout, int first, int separator) noexcept nogil:
    """What groups may be; the layout has one hexadecimal digit a group. Two groups need a space or a hyphen."""
    cdef bint plain = separator == 32 or separator == 45
    if first == 0:
        return 0
    if layout == 0x344 or layout == 0x335 or layout == 0x434 or layout == 0x443:
        return K_MOBILE if first == 1 else 0
    if layout == 0x38:
        return K_MOBILE if first == 1 and separator == 45 else 0
    if layout == 0x684 or layout == 0x6444 or layout == 0x33444 or layout == 0x64224 or layout == 0x3384:
        return K_ID18
    if layout == 0x663:
        return K_ID15
    if layout == 0x44442:
        return K_ID18 | K_CARD
    if layout == 0x4444 or layout == 0x44441 or layout == 0x44443 or layout == 0x465:
        return K_CARD
    return K_CARD if layout == 0x6D and plain else 0


cdef inline bint grouped(const unsigned char* p, int32_t lo, int32_t hi, int32_t at, Group* first, Run* out) noexcept nogil:
    """The longest known layout that begins with the group ``first`` at ``at``.

    Between spaces numbers may follow each other; any other separator must not go on at either side.
    """
    cdef Group g = first[0]
    cdef uint64_t layout = 0, value = 0
    cdef int32_t end = 0, best = 0, follows = 0
    cdef int n = 0, total = 0, kinds, sign = after(p, g.end, hi, &end), s
    cdef bint ends_in_x, more
    if not is_separator(sign):
        return False
    if (sign == 47 or sign == MIDDOT) and before(p, at, lo, &follows) == sign:
        return False
    while n < 6 and 0 < g.count <= 13:
        n += 1
        if n == 2 and g.count < 3:  # a date, an address on the net: no layout goes on so
            break
        total += g.count
        if total > 19:
            break
        layout = (layout << 4) | <uint64_t>g.count
        value = value * power(g.count) + g.value
        s = after(p, g.end, hi, &end)
        kinds = layout_kinds(layout + 1, first.first, sign) & K_ID18 if is_x(s) and total == 17 else 0
        ends_in_x = kinds != 0 and right_free(p, end, hi)
        if ends_in_x:
            more = False
        else:
            kinds = layout_kinds(layout, first.first, sign)
            follows = end
            more = s == sign and is_digit(after(p, end, hi, &follows))
            end = g.end
        if n > 1 and kinds and (sign == 32 or not more) and right_free(p, end, hi):
            best = end
            out.value = value
            out.length = <uint8_t>(total + ends_in_x)
            out.flags = <uint16_t>(kinds | F_JOINED | (F_X if ends_in_x else 0))
        if not more:
            break
        after(p, g.end, hi, &end)
        read_group(p, pass_digits(p, end, hi, 0), hi, &g)
    out.end = best
    return best > 0


cdef inline int32_t extension(const unsigned char* p, int32_t i, int32_t hi) noexcept nogil:
    """Behind an extension of 1 to 6 digits after "-", "*" or 转; i itself if there is none."""
    cdef Group g
    cdef int32_t end = i
    cdef int s = after(p, i, hi, &end)
    if s != 45 and s != 42 and s != TURN:
        return i
    read_group(p, end, hi, &g)
    return g.end if 0 < g.count <= 6 and right_free(p, g.end, hi) else i


cdef inline bint trunk_mobile(Group* g) noexcept nogil:
    """A mobile number behind the 0 that is dialled from another city, and recorded with it."""
    return g.count == 12 and g.first == 0 and <uint64_t>10000000000 <= g.value < <uint64_t>20000000000


cdef inline bint landline_parts(const unsigned char* p, int32_t hi, Group* area, Run* out) noexcept nogil:
    """Area code, then ")", "-" or a space, then 7 or 8 digits (also 3-4 and 4-4), perhaps an extension."""
    cdef Group g, tail
    cdef int32_t end = 0, next_end = 0
    cdef int s = after(p, area.end, hi, &end)
    if s == 41:
        s = after(p, end, hi, &next_end)
        if s == 45 or s == 32:
            end = next_end
    elif s != 45 and s != 32:
        return False
    read_group(p, end, hi, &g)
    if g.count == 3 or g.count == 4:
        s = after(p, g.end, hi, &end)
        if s != 45 and s != 32:
            return False
        read_group(p, end, hi, &tail)
        if tail.count != 4:
            return False
        g.value = g.value * 10000 + tail.value
        g.count += 4
        g.end = tail.end
    if g.count != 7 and g.count != 8:
        return False
    out.value = area.value * power(g.count) + g.value
    out.length = <uint8_t>(area.count + g.count)
    out.flags = K_LANDLINE | F_JOINED
    out.end = extension(p, g.end, hi)
    if out.end == g.end:
        if after(p, g.end, hi, &end) == 45 and is_digit(after(p, end, hi, &end)):
            return False
        return right_free(p, g.end, hi)
    return True


cdef inline bint with_country_code(
    const unsigned char* p, int32_t lo, int32_t hi, int32_t at, int strength, Run* out
) noexcept nogil:
    """A phone number at ``at``, behind a country code."""
    cdef Group g
    cdef int32_t end = 0
    read_group(p, at, hi, &g)
    if strength == BRACKETED and after(p, g.end, hi, &end) != 41:
        return False
    if strength >= STRONG or (strength == HYPHENED and after(p, g.end, hi, &end) == 45):
        if 3 <= g.count <= 4 if g.first == 0 else 2 <= g.count <= (2 if g.first == 1 else 3):
            if landline_parts(p, hi, &g, out):
                return True
    if strength == BRACKETED:
        return False
    if g.count == 11 and g.first == 1 and (strength == STRONG or g.value >= <uint64_t>13000000000):
        out.flags = K_MOBILE
    elif strength == STRONG and trunk_mobile(&g):
        out.flags = K_MOBILE
        g.count = 11
    elif strength == STRONG and ((10 <= g.count <= 12) if g.first == 0 else (9 <= g.count <= 11)):
        out.flags = K_LANDLINE
    else:
        return 3 <= g.count <= 4 and g.first == 1 and grouped(p, lo, hi, at, &g, out) and out.flags & K_MOBILE
    out.value = g.value
    out.length = <uint8_t>g.count
    out.end = extension(p, g.end, hi) if out.flags & K_LANDLINE else g.end
    return right_free(p, out.end, hi)


cdef inline bint country_code(
    const unsigned char* p, int32_t lo, int32_t hi, int32_t at, Group* g, Run* out
) noexcept nogil:
    """+86, (+86), 0086, 86 before a phone number, glued to it or set apart by one space or hyphen.

    Behind +86 also a full stop, as registries of domains have it (RFC 5733), and an area code in brackets.
    """
    cdef int32_t start = at, left = at, end = 0, next_end = 0, body
    cdef int s = before(p, at, lo, &left), digits = 4 if g.first == 0 else 2, strength = WEAK
    cdef bint plus = s == 43, opened
    if g.count < digits or g.count > 19 or g.value // power(g.count - digits) != 86:
        return False
    if plus:
        start = left
        s = before(p, start, lo, &left)
    opened = s == 40
    if not left_free(p, start, lo):
        return False
    if plus or digits == 4:
        strength = STRONG
    if g.count > digits:
        body = pass_digits(p, at, hi, digits)
    else:
        s = after(p, g.end, hi, &end)
        if s == 41 and opened:
            start = left
            strength = STRONG
            s = after(p, end, hi, &next_end)
            if s == 45 or s == 32:
                end = next_end
        elif s != 45 and s != 32 and not (strength == STRONG and (s == 40 or (s == 46 and plus))):
            return False
        elif s == 45 and strength == WEAK:
            strength = HYPHENED
        elif strength == STRONG and (s == 40 or ((s == 45 or s == 32) and after(p, end, hi, &next_end) == 40)):
            body = pass_digits(p, end if s == 40 else next_end, hi, 0)
            if not with_country_code(p, lo, hi, body, BRACKETED, out):
                return False
            out.start = start
            out.flags |= F_COUNTRY
            return True
        body = pass_digits(p, end, hi, 0)
    if not with_country_code(p, lo, hi, body, strength, out):
        return False
    out.start = start
    out.flags |= F_COUNTRY
    return True


cdef inline bint number(const unsigned char* p, int32_t lo, int32_t hi, int32_t at, Group* g, Run* out) noexcept nogil:
    """The number that begins with group g, a maximal group of digits without letters beside it."""
    cdef int32_t end = 0, left = 0
    cdef int kinds
    if g.first == 8 or g.first == 0:
        if country_code(p, lo, hi, at, g, out):
            return True
    out.start = at
    if g.count < 10:
        if g.count < 3 or g.count > 6 or not left_free(p, at, lo):
            return False
        if g.first == 0:
            if g.count > 4 or not landline_parts(p, hi, g, out):
                return False
            if after(p, g.end, hi, &end) == 41 and before(p, at, lo, &left) == 40:
                out.start = left
            return True
        return grouped(p, lo, hi, at, g, out)
    kinds = solid_kinds(g.count, g.first)
    if not kinds or not left_free(p, at, lo):
        return False
    out.value = g.value
    out.length = <uint8_t>g.count
    if trunk_mobile(g):
        kinds = K_MOBILE
        out.length = 11
    out.flags = <uint16_t>kinds
    out.end = extension(p, g.end, hi) if kinds == K_LANDLINE else g.end
    if right_free(p, out.end, hi):
        return True
    out.flags |= F_FLOAT
    return zero_fraction(p, g.end, hi)


cdef inline bint lettered(
    const unsigned char* p, int32_t lo, int32_t hi, int32_t at, Group* g, int32_t end, Run* out
) noexcept nogil:
    """A token with letters from ``at`` to ``end``: an ID that ends in X, or a USCC."""
    cdef int32_t close = 0
    cdef int s
    if end - at < 17:
        return False
    out.start = at
    out.length = 18
    out.value = 0
    if g.count == 17 and 0 < g.first:
        s = after(p, g.end, hi, &close)
        if is_x(s) and right_free(p, close, hi) and left_free(p, at, lo):
            out.value = g.value
            out.end = close
            out.flags = K_ID18 | F_X | (K_USCC if s != X_LIKE and shaped_as_uscc(p, at, close) else 0)
            return True
    if not shaped_as_uscc(p, at, end) or not left_free(p, at, lo) or not right_free(p, end, hi):
        return False
    out.end = end
    out.flags = K_USCC
    return True
