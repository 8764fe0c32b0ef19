"""Time cells as numbers that order as time does.

A **moment** is int64: milliseconds since 1899-12-31 00:00 by China's clock (UTC+8), in which a reading without an
offset is taken; below one day it is a time of day alone, -1 is none. The origin is day 0 of spreadsheets, so that their
serial days below 1 are times of day too. tests/kernels/moments_reference.py states the grammar as regular expressions.

Read are ISO 8601 (basic and extended), RFC 5322, the usual separators, Chinese units and halves of the day, packed
digits, the dates of Java, Oracle and DB2, seconds to nanoseconds since 1970, and serial days of spreadsheets.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from scanner.kernels.folded cimport Figures, Reader, WIDEST, figures, look, pass_spaces, step, take
from scanner.kernels.symbols cimport EDGE, POWERS_OF_TEN, is_digit, is_letter
from scanner.kernels.time_parts cimport (
    HALF_AM, HALF_NIGHT, HALF_NOON, HALF_PM, Parts, chinese_clock, chinese_date, clock, days_of, fraction,
    is_weekday, letters_of, month_follows, month_named, named_date, numeric_date, on_calendar, packed_clock,
    packed_date, pass_zeros, shift, small,
)

cdef enum:
    NONE = -1
    FIRST_YEAR = 1901
    LAST_YEAR = 2199
    FIRST_SERIAL = 18264  # 1950-01-01
    LAST_SERIAL = 73415  # 2100-12-31
    HOME = 480  # minutes of China's offset

cdef int64_t MINUTE = 60_000
cdef int64_t DAY = 86_400_000
cdef int64_t UNIX = 25568 * DAY  # 1970-01-01 00:00 by China's clock
cdef int64_t EPOCH = UNIX + HOME * MINUTE  # the same by UTC, where computers begin to count
cdef int64_t LAST = 109571 * DAY  # 2199-12-31 and a day


cdef bint word(Reader* r, Parts* t) noexcept nogil:
    cdef int count = 0
    cdef int letters = letters_of(r, &count)
    if count == 1 and letters == 0x74:  # t
        return t.dated and not t.timed
    if count == 2 and (letters == 0x616D or letters == 0x706D) and t.half == 0:
        t.half = HALF_AM if letters == 0x616D else HALF_PM
        return True
    if t.timed and not t.zoned:
        if count == 1 and letters == 0x7A:  # z
            t.zoned = True
            return True
        if count == 3 and (letters == 0x757463 or letters == 0x676D74):  # utc, gmt
            t.zoned = True
            return shift(r, t) if r.now == 43 or r.now == 45 else True
        if count == 3 and letters == 0x637374:  # cst: China's, as its computers write it
            t.zoned = True
            t.offset = HOME
            return True
    if count >= 3 and is_weekday(letters):
        return True
    if count >= 3 and month_named(letters) and not t.dated:
        t.month = month_named(letters)
        t.dated = t.named = True
        while r.now == 32 or r.now == 46:
            step(r)
        return small(r, &t.day)
    return False


cdef bint number(Reader* r, Parts* t) noexcept nogil:
    """A number and what belongs to it."""
    cdef Figures g = figures(r)
    cdef Reader unit = r[0]
    pass_spaces(&unit)
    if not t.dated:
        if unit.now == 0x5E74 and (g.count == 2 or g.count == 4):  # 年
            r[0] = unit
            return chinese_date(r, t, g)
        if g.count == 4 and (45 <= r.now <= 47 or r.now == 58 or r.now == 95):
            return numeric_date(r, t, g)
        if g.count <= 2 and month_follows(r):
            return named_date(r, t, <int64_t>g.value)
        if g.count <= 2 and 45 <= r.now <= 47:
            return numeric_date(r, t, g)
        if g.count == 8:
            pass_zeros(r)
            return packed_date(t, g.value)
        if g.count == 12 and not t.timed:
            pass_zeros(r)
            return packed_date(t, g.value // 10000) and packed_clock(t, g.value % 10000, 4)
        if g.count == 14 and not t.timed:
            if not packed_date(t, g.value // 1000000):
                return False
            packed_clock(t, g.value % 1000000, 6)
            fraction(r, t)
            return True
    elif t.named and t.year < 0 and g.count == 4:
        t.year = <int64_t>g.value
        return True
    if t.timed:
        return False
    if g.count <= 2:
        if unit.now == 0x65F6 or unit.now == 0x6642 or unit.now == 0x70B9 or unit.now == 0x9EDE:  # 时 時 点 點
            r[0] = unit
            return chinese_clock(r, t, <int64_t>g.value)
        if r.now == 58 or t.dated and (r.now == 45 or r.now == 46):
            return clock(r, t, <int64_t>g.value)
    elif t.packed and (g.count == 6 or g.count == 4):
        packed_clock(t, g.value, g.count)
        if g.count == 6:
            fraction(r, t)
        return True
    return False


cdef inline bint pass_one(Reader* r) noexcept nogil:
    if r.now == EDGE:
        return False
    step(r)
    return True


cdef bint sign(Reader* r, Parts* t) noexcept nogil:
    """Anything but digits and letters: halves of the day, weekdays, offsets, zones in brackets."""
    cdef int first = r.now, half = 0
    if t.timed and not t.zoned and (first == 43 or first == 45):
        return shift(r, t)
    step(r)
    if (first == 45 or first == 95) and t.dated and not t.timed:
        return is_digit(r.now)
    if first == 91 and t.timed:  # [
        while r.now != EDGE and r.now != 93:
            step(r)
        return take(r, 93) and r.now == EDGE
    if first == 0x5468 or first == 0x9031:  # 周 週
        return pass_one(r)
    if first == 0x661F and r.now == 0x671F or first == 0x793C and r.now == 0x62DC:  # 星期 礼拜
        step(r)
        return pass_one(r)
    if t.half:
        return False
    if r.now == 0x5348:  # 午
        half = HALF_AM if first == 0x4E0A else HALF_NOON if first == 0x4E2D else HALF_PM if first == 0x4E0B else 0
    elif r.now == 0x4E0A:  # 上
        half = HALF_AM if first == 0x65E9 else HALF_NIGHT if first == 0x665A else 0  # 早 晚
    elif r.now == 0x6668:  # 晨
        half = HALF_AM if first == 0x51CC or first == 0x65E9 or first == 0x6E05 else 0  # 凌 早 清
    elif first == 0x508D and r.now == 0x665A:  # 傍晚
        half = HALF_PM
    step(r)
    t.half = half
    return half != 0


cdef int64_t epoch(uint64_t value, int count, bint whole) noexcept nogil:
    """Seconds to nanoseconds since 1970, by the number of digits; ``whole``: no fraction follows."""
    cdef int64_t found
    if count == 10:
        found = <int64_t>value * 1000
    elif not whole:
        return NONE
    elif count == 13 or count == 16 or count == 19:
        found = <int64_t>(value // POWERS_OF_TEN[count - 13])
    else:
        return NONE
    return EPOCH + found if EPOCH + found < LAST else NONE


cdef int64_t serial(uint64_t whole, uint64_t part, int places) noexcept nogil:
    """A day of a spreadsheet to the next second: its fractions seldom tell more."""
    cdef int64_t second
    if places > 12:
        part //= POWERS_OF_TEN[places - 12]
        places = 12
    second = <int64_t>((part * 86400 * 2 + POWERS_OF_TEN[places]) // (2 * POWERS_OF_TEN[places]))
    if whole == 0:
        return second * 1000 if second < 86400 else NONE
    return (<int64_t>whole - 1) * DAY + second * 1000


cdef int64_t finish(Parts* t) noexcept nogil:
    """The moment of what was read, NONE where that is none."""
    cdef int64_t day = 0, time = 0
    if t.timed:
        if t.half:
            if t.half == HALF_AM and t.hour > 12:
                return NONE
            if t.half == HALF_AM:
                t.hour %= 12
            elif t.half == HALF_NOON:
                t.hour += 12 if t.hour < 3 else 0
            elif t.half == HALF_PM:
                t.hour += 12 if t.hour < 12 else 0
            else:  # night: twelve is midnight, and what comes next is early
                t.hour += 12 if 5 <= t.hour <= 12 else 0
        if t.minute > 59 or t.second > 60 or t.hour > 24:
            return NONE
        if t.hour == 24 and (t.minute or t.second or t.millis) and t.half != HALF_NIGHT:
            return NONE
        time = ((t.hour * 60 + t.minute) * 60 + t.second) * 1000 + t.millis
    elif t.half:
        return NONE
    if not t.dated:
        return time % DAY if t.timed else NONE
    if not on_calendar(t.year, t.month, t.day):
        return NONE
    day = days_of(t.year, t.month, t.day)
    if -1 <= day <= 1:  # what programs write for a time without a date
        return time % DAY if t.timed else NONE
    if not FIRST_YEAR <= t.year <= LAST_YEAR:
        return NONE
    time += day * DAY
    return time + (HOME - t.offset) * MINUTE if t.zoned else time


cdef int64_t plain(Reader* r, bint timing) noexcept nogil:
    """The moment of a cell that is one number, with or without a fraction; -2 where it is to be read as text."""
    cdef Figures g, f = Figures(0, 0)
    cdef Parts t
    cdef int64_t found
    cdef bint whole, pointed
    g = figures(r)
    pointed = r.now == 46
    if pointed:
        step(r)
        f = figures(r)
        if f.count == 0:
            return -2
    whole = f.value == 0 and f.count <= WIDEST  # tables of floats write whole numbers with .0
    while r.now == 32:
        step(r)
    if r.now != EDGE or g.count > WIDEST or g.count == 8 or g.count == 12 or g.count == 14:
        return -2
    t = Parts(-1, 0, 0, 0, 0, 0, 0, 0, 0, False, False, False, False, False)
    if timing and whole and 4 <= g.count <= 6:
        packed_clock(&t, g.value, g.count)
        return finish(&t)
    if g.count == 5 and FIRST_SERIAL <= g.value <= LAST_SERIAL or g.count == 1 and g.value == 0 and pointed:
        return serial(g.value, f.value, f.count if f.count < WIDEST else WIDEST)
    if whole and (g.count == 10 or g.count >= 15) and g.value // POWERS_OF_TEN[g.count - 2] == 20:
        # The year 20..: as seconds since 1970 it would be 2033 or later.
        if packed_date(&t, g.value // POWERS_OF_TEN[g.count - 8]):
            if g.count == 10:
                packed_clock(&t, g.value % 100 * 100, 4)
            else:
                packed_clock(&t, g.value // POWERS_OF_TEN[g.count - 14] % 1000000, 6)
                t.millis = <int64_t>(g.value % POWERS_OF_TEN[g.count - 14] * 1000 // POWERS_OF_TEN[g.count - 14])
            if finish(&t) != NONE:
                return finish(&t)
    if g.count == 10 and not whole:
        found = epoch(g.value, 10, True)
        f.count = f.count if f.count < WIDEST else WIDEST
        if f.count < 3:
            f.value *= POWERS_OF_TEN[3 - f.count]
        else:
            f.value //= POWERS_OF_TEN[f.count - 3]
        return found if found == NONE else found + <int64_t>f.value
    return epoch(g.value, g.count, whole)


cdef int64_t moment(const unsigned char* p, int32_t start, int32_t end, bint timing) noexcept nogil:
    cdef Reader r = Reader(p, start, start, end, EDGE)
    cdef Reader begin
    cdef Parts t = Parts(-1, 0, 0, 0, 0, 0, 0, 0, 0, False, False, False, False, False)
    cdef int64_t found
    cdef bint sound
    look(&r)
    pass_spaces(&r)
    begin = r
    if is_digit(r.now):
        found = plain(&r, timing)
        if found != -2:
            return NONE if found == UNIX or found == EPOCH else found
        r = begin
    while r.now != EDGE:
        if r.now == 32 or r.now == 44 or r.now == 40 or r.now == 41:  # space , ( )
            step(&r)
            continue
        if is_digit(r.now):
            sound = number(&r, &t)
        elif is_letter(r.now):
            sound = word(&r, &t)
        else:
            sound = sign(&r, &t)
        if not sound:
            return NONE
    found = finish(&t)
    # Where the clock of a computer begins, nobody has set it.
    return NONE if found == UNIX or found == EPOCH else found


def moments(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, bint clock=False):
    """int64[n]: the moment of each cell ``data[start[i]:end[i]]`` (UTF-8), -1 where there is none.

    ``clock``: the cells are times of day beside a column of dates, so 053941 and 0539 are read too. A reading of
    1970-01-01 00:00 or 08:00 is an unset clock and none; 1899-12-30 to 1900-01-01 stand for no date. Dates with the
    year behind are month/day or, with dots, day.month, if the calendar allows it. ValueError if cells and data do not
    fit.
    """
    cdef int64_t n = start.shape[0], i, size = data.shape[0]
    cdef bint fits = end.shape[0] == n
    cdef const unsigned char* p = &data[0] if size else NULL
    result = np.full(n, NONE, dtype=np.int64)
    cdef int64_t[::1] out = result
    if fits:
        with nogil:
            for i in range(n):
                if not 0 <= start[i] <= end[i] <= size:
                    fits = False
                    break
                if start[i] < end[i]:
                    out[i] = moment(p, start[i], end[i], clock)
    if not fits:
        raise ValueError("cells do not fit their data")
    return result


def combined(const int64_t[::1] date, const int64_t[::1] time):
    """int64[n]: moments of a column of dates and one of times of day, as ``moments`` reads them.

    Where the time has a date of its own, that is the moment (but 1970-01-01 is no date there); where it is missing,
    the date's own moment; a time without a date is none. ValueError if the lengths differ.
    """
    cdef int64_t n = date.shape[0], i
    cdef int64_t d, t
    if time.shape[0] != n:
        raise ValueError("dates and times differ in number")
    result = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] out = result
    with nogil:
        for i in range(n):
            d, t = date[i], time[i]
            if UNIX <= t < UNIX + DAY:
                t -= UNIX
            if t >= DAY:
                out[i] = t
            elif d < DAY:
                out[i] = NONE
            else:
                out[i] = d - d % DAY + t if t >= 0 else d
    return result
