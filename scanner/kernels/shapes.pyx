"""Whether cells hold what their role asks for: so many digits, letters, characters that are no mask."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

import numpy as np

cdef extern from "characters.h" nogil:
    enum:
        PLANE
    uint32_t character_at(const uint8_t* p, int64_t n, int32_t* size)

cdef enum:
    IS_DIGIT = 1
    IS_ZERO = 2
    IS_LATIN = 4
    IS_LETTER = 8
    IS_NUMERAL = 16
    IS_MASK = 32
    IS_WHITE = 64
    MEASURES = 7

# Classes of characters, bits of the table that ``fitting`` takes.
DIGIT, ZERO, LATIN, LETTER, NUMERAL, MASK, WHITE = IS_DIGIT, IS_ZERO, IS_LATIN, IS_LETTER, IS_NUMERAL, IS_MASK, IS_WHITE
# What is counted, in the order of ``least``.
COUNTED = ("digits", "nonzero", "latin", "letters", "text", "plain", "telling")

cdef struct Counts:
    int32_t digits, nonzero, latin, letters, text, plain, telling
    int32_t clock  # digits in front of the first colon, -1: no colon


cdef inline bint enough(const Counts* c, const int32_t* least, bint clock) noexcept nogil:
    """Are the least counts reached?"""
    if c.nonzero < least[1] and not (clock and 0 < c.clock <= 2):
        return False
    return (
        c.digits >= least[0] and c.latin >= least[2] and c.letters >= least[3] and c.text >= least[4]
        and c.plain >= least[5] and c.telling >= least[6]
    )


cdef bint fits(const uint8_t* p, int64_t size, const uint8_t* classes, const int32_t* least, int32_t most_digits,
               bint clock) noexcept nogil:
    """Does a cell have the shape? Ends as soon as that is certain."""
    cdef Counts c = Counts(0, 0, 0, 0, 0, 0, 0, -1)
    cdef int64_t at = 0
    cdef int32_t width = 1, run = 0, more
    cdef uint32_t code
    cdef uint8_t kind
    while at < size:
        code = character_at(p + at, size - at, &width)
        at += width
        kind = classes[code] if code < PLANE else IS_LETTER
        c.plain += not kind & (IS_MASK | IS_WHITE)
        c.letters += (kind & IS_LETTER) != 0
        c.latin += (kind & IS_LATIN) != 0
        c.text += (kind & (IS_LETTER | IS_DIGIT)) != 0
        c.digits += kind & IS_DIGIT
        c.nonzero += (kind & (IS_DIGIT | IS_ZERO)) == IS_DIGIT
        c.telling += (kind & IS_LETTER) != 0 or (kind & (IS_DIGIT | IS_ZERO)) == IS_DIGIT
        if kind & IS_NUMERAL:
            run += 1
            if run >= 2:  # with the second the first counts too
                more = 2 if run == 2 else 1
                c.digits += more
                c.nonzero += more
        else:
            run = 0
            if c.clock < 0 and (code == 58 or code == 0xFF1A):
                c.clock = c.digits
        if most_digits < 0:
            if enough(&c, least, clock):
                return True
        elif c.digits > most_digits:
            return False
    return enough(&c, least, clock)


def fitting(
    const uint8_t[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    const uint8_t[::1] asked not None, const uint8_t[::1] classes not None, const int32_t[::1] least not None,
    int most_digits=-1, bint clock=False, const uint16_t[::1] kinds=None, int enough_kinds=0,
):
    """Which of the ``asked`` cells ``data[start[i]:end[i]]`` have a shape: bool[n].

    ``asked`` uint8[n], 0 or 1. ``classes`` uint8[65536]: bits DIGIT (with ZERO for 0), LATIN, LETTER, NUMERAL, MASK,
    WHITE of each character of the first plane; those beyond it and bytes that are not UTF-8 are letters. ``least``
    int32[7]: the least count of each of COUNTED; numerals count as digits, other than 0, where two or more stand
    together. ``most_digits``: -1 for any number. ``clock``: digits that are all 0 are enough with a colon behind the
    first or second. ``kinds`` uint16[n]: what ``kernels.profile`` says of these cells; those with any of ``enough_kinds`` have
    the shape without a look. ValueError where lengths differ or a cell lies outside the data.
    """
    cdef int64_t n = start.shape[0], i, size = data.shape[0]
    cdef bint sound = True
    cdef const uint8_t* p = &data[0] if size else NULL
    if kinds is not None and kinds.shape[0] != n:
        raise ValueError("start and kinds differ in length")
    if end.shape[0] != n or asked.shape[0] != n or classes.shape[0] != PLANE or least.shape[0] != MEASURES:
        raise ValueError("the arrays differ in length from what is asked for")
    result = np.empty(n, np.uint8)
    cdef uint8_t[::1] out = result
    with nogil:
        for i in range(n):
            out[i] = 0
            if not asked[i]:
                continue
            if not 0 <= start[i] <= end[i] <= size:
                sound = False
                break
            if kinds is not None and kinds[i] & enough_kinds:
                out[i] = 1
            elif start[i] < end[i]:
                out[i] = fits(p + start[i], end[i] - start[i], &classes[0], &least[0], most_digits, clock)
    if not sound:
        raise ValueError("a cell lies outside the data")
    return result.view(np.bool_)
