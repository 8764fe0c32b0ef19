"""Cells with degrees of longitude or latitude, or with both, as whole numbers.

Read are degrees with decimals; degrees, minutes and seconds (113°15'30"E, 东经113度15分30秒); whole millionths of a
degree, as devices of JT/T 808 send them; and dddmm.mmmm, as receivers of NMEA 0183 write them.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from scanner.kernels.folded cimport Figures, Reader, figures, look, pass_spaces, step, take
from scanner.kernels.symbols cimport EDGE, POWERS_OF_TEN, is_digit, is_letter

cdef enum:
    DIGITS = 9  # decimals that are looked at
    ENOUGH = 3  # decimals that make a number in a text a degree
    LIMIT = 180
    TURN = 0x5EA6  # 度

cdef int64_t UNIT = 1_000_000_000  # parts of a degree
NOWHERE = -(1 << 62)
cdef int64_t NO_ANGLE = -(<int64_t>1 << 62)

cdef struct Angle:
    int64_t value  # in UNIT, without its sign
    bint pointed  # enough decimals, or a sign of degrees
    bint sound

cdef struct Decimal:
    uint64_t whole
    int64_t part  # in UNIT
    int digits
    int decimals


cdef inline Decimal decimal(Reader* r) noexcept nogil:
    """Digits, perhaps a point and decimals, of which those beyond DIGITS are cut off."""
    cdef Figures g = figures(r)
    cdef Decimal d = Decimal(g.value, 0, g.count, 0)
    cdef Reader ahead = r[0]
    if not take(&ahead, 46) or not is_digit(ahead.now):
        return d
    while is_digit(ahead.now):
        if d.decimals < DIGITS:
            d.part = d.part * 10 + ahead.now - 48
        d.decimals += 1
        step(&ahead)
    if d.decimals < DIGITS:
        d.part *= <int64_t>POWERS_OF_TEN[DIGITS - d.decimals]
    r[0] = ahead
    return d


cdef inline bint sixtieth(Reader* r, int sign, Decimal* d) noexcept nogil:
    """Minutes or seconds, if they follow; not the degrees of another angle."""
    cdef Reader ahead = r[0]
    pass_spaces(&ahead)
    if not is_digit(ahead.now):
        return False
    d[0] = decimal(&ahead)
    if d.digits > 2 or d.whole > 59 or ahead.now == TURN:
        return False
    r[0] = ahead
    if r.now == 32 or r.now == sign:
        step(r)
    return True


cdef Angle angle(Reader* r) noexcept nogil:
    """An angle, at its first digit."""
    cdef Decimal d = decimal(r), m
    cdef Angle found = Angle(0, d.decimals >= ENOUGH, d.digits < 10)
    if not found.sound:
        return found
    if d.whole <= LIMIT:
        found.value = <int64_t>d.whole * UNIT + d.part
        if take(r, TURN):
            found.pointed = True
            if d.decimals == 0 and sixtieth(r, 0x5206, &m):  # 分
                found.value += (<int64_t>m.whole * UNIT + m.part) // 60
                if m.decimals == 0 and sixtieth(r, 0x79D2, &m):  # 秒
                    found.value += (<int64_t>m.whole * UNIT + m.part) // 3600
    elif d.decimals == 0:
        found.sound = d.digits >= 6  # a tenth of a degree; fewer are no position
        found.value = <int64_t>d.whole * (UNIT // 1_000_000)
    else:
        found.sound = d.whole % 100 < 60
        found.value = <int64_t>(d.whole // 100) * UNIT + (<int64_t>(d.whole % 100) * UNIT + d.part) // 60
    found.sound = found.sound and found.value <= LIMIT * UNIT
    return found


cdef inline bint letter_behind(Reader* r) noexcept nogil:
    """Whether W or S follows by itself, not in front of the next number."""
    cdef Reader ahead = r[0]
    pass_spaces(&ahead)
    if ahead.now != 119 and ahead.now != 115:
        return False
    step(&ahead)
    return not is_letter(ahead.now) and not is_digit(ahead.now)


cdef int angles(const unsigned char* p, int32_t start, int32_t end, int wanted, bint pointed, int64_t unit,
                int64_t* out) noexcept nogil:
    """The angles of a cell, rounded to ``unit``; returns how many, or more than ``wanted`` where it holds others."""
    cdef Reader r = Reader(p, start, start, end, EDGE)
    cdef Angle found
    cdef int count = 0, before = 32, second = 32
    cdef bint below
    look(&r)
    while r.now != EDGE:
        if not is_digit(r.now):
            second = before
            before = r.now
            step(&r)
            continue
        # West and south: a minus, or the letter or character by itself, before or behind.
        below = before == 45 or (before == 119 or before == 115) and not is_letter(second)
        below = below or before == 0x7ECF and second == 0x897F or before == 0x7EAC and second == 0x5357  # 西经 南纬
        found = angle(&r)
        below = below or letter_behind(&r)
        before = second = 48
        if not found.sound or count == wanted or pointed and not found.pointed:
            return wanted + 1
        found.value = (found.value + unit // 2) // unit
        out[count] = -found.value if below else found.value
        count += 1
    return count


def degrees(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, int decimals, int limit=180):
    """int64[n]: the angle that each cell holds, in units of ``decimals`` (0 to 9) places of a degree, half a unit up.

    NOWHERE where a cell holds none or more than one, or one beyond ``limit`` degrees. ValueError if spans, data and
    decimals do not fit.
    """
    cdef int64_t n = start.shape[0], i, size = data.shape[0]
    cdef bint fits = end.shape[0] == n and 0 <= decimals <= DIGITS
    cdef int64_t unit = UNIT // <int64_t>POWERS_OF_TEN[decimals] if fits else 1, most = limit * (UNIT // unit)
    cdef const unsigned char* p = &data[0] if size else NULL
    cdef int64_t value = 0
    result = np.full(n, NOWHERE, dtype=np.int64)
    cdef int64_t[::1] out = result
    if fits:
        with nogil:
            for i in range(n):
                if not 0 <= start[i] <= end[i] <= size:
                    fits = False
                    break
                if start[i] < end[i] and angles(p, start[i], end[i], 1, False, unit, &value) == 1:
                    out[i] = value if -most <= value <= most else NO_ANGLE
    if not fits:
        raise ValueError("cells do not fit their data, or decimals their range")
    return result


def pairs(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, int decimals):
    """int64[n, 2]: the two angles of each cell that holds just two, in their order; units as in ``degrees``.

    Each needs three decimals or a sign of degrees, so that other numbers in a text are none. NOWHERE twice where a cell
    holds anything else. ValueError as in ``degrees``.
    """
    cdef int64_t n = start.shape[0], i, size = data.shape[0]
    cdef bint fits = end.shape[0] == n and 0 <= decimals <= DIGITS
    cdef int64_t unit = UNIT // <int64_t>POWERS_OF_TEN[decimals] if fits else 1
    cdef const unsigned char* p = &data[0] if size else NULL
    cdef int64_t[2] two
    result = np.full((n, 2), NOWHERE, dtype=np.int64)
    cdef int64_t[:, ::1] out = result
    if fits:
        with nogil:
            for i in range(n):
                if not 0 <= start[i] <= end[i] <= size:
                    fits = False
                    break
                if start[i] < end[i] and angles(p, start[i], end[i], 2, True, unit, two) == 2:
                    out[i, 0] = two[0]
                    out[i, 1] = two[1]
    if not fits:
        raise ValueError("cells do not fit their data, or decimals their range")
    return result
