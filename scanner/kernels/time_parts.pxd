"""Dates, clocks, halves of the day and offsets in a cell, each read where it begins, into the parts of a moment."""

from libc.stdint cimport int64_t, uint64_t

from scanner.kernels.folded cimport Figures, Reader, figures, pass_spaces, step, take
from scanner.kernels.symbols cimport is_digit, is_letter

cdef enum:
    HALF_AM = 1
    HALF_NOON = 2
    HALF_PM = 3
    HALF_NIGHT = 4

cdef struct Parts:
    int64_t year
    int64_t month
    int64_t day
    int64_t hour
    int64_t minute
    int64_t second
    int64_t millis
    int64_t offset  # minutes
    int half
    bint dated
    bint named  # by a month's name: the year may come last
    bint packed
    bint timed
    bint zoned


cdef inline bint small(Reader* r, int64_t* value) noexcept nogil:
    """One or two digits."""
    cdef Figures g = figures(r)
    value[0] = <int64_t>g.value
    return 1 <= g.count <= 2


cdef inline void fraction(Reader* r, Parts* t) noexcept nogil:
    """A fraction of a second, if one follows; cut to milliseconds."""
    cdef Reader back = r[0]
    cdef int count = 0
    if r.now != 46 and r.now != 44 and r.now != 58:
        return
    step(r)
    if not is_digit(r.now):
        r[0] = back
        return
    while is_digit(r.now):
        if count < 3:
            t.millis = t.millis * 10 + r.now - 48
        count += 1
        step(r)
    while count < 3:
        t.millis *= 10
        count += 1


cdef inline int64_t long_year(Figures g) noexcept nogil:
    """A year of two digits lies in 1970-2069."""
    if g.count == 2:
        return <int64_t>g.value + (2000 if g.value < 70 else 1900)
    return <int64_t>g.value if g.count == 4 else -1


cdef inline int month_days(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


cdef inline bint on_calendar(int64_t year, int64_t month, int64_t day) noexcept nogil:
    return 1 <= month <= 12 and 1 <= day <= month_days(year, month)


cdef inline int64_t days_of(int64_t year, int64_t month, int64_t day) noexcept nogil:
    """Days since 1899-12-31: years are counted from March, so that a leap day is the last of its year."""
    cdef int64_t y = year - (month <= 2), m = month - 3 if month > 2 else month + 9
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 1 - 693900


cdef inline bint set_date(Parts* t, int64_t year, int64_t month, int64_t day) noexcept nogil:
    t.year, t.month, t.day = year, month, day
    t.dated = True
    return on_calendar(year, month, day)


cdef inline bint packed_clock(Parts* t, uint64_t value, int count) noexcept nogil:
    """hhmmss or hhmm."""
    if count == 4:
        value *= 100
    t.hour = <int64_t>(value // 10000)
    t.minute = <int64_t>(value // 100 % 100)
    t.second = <int64_t>(value % 100)
    t.timed = True
    return True


cdef inline bint packed_date(Parts* t, uint64_t value) noexcept nogil:
    t.packed = True
    return set_date(t, <int64_t>(value // 10000), <int64_t>(value // 100 % 100), <int64_t>(value % 100))


cdef inline void pass_zeros(Reader* r) noexcept nogil:
    """Passes .0 behind a packed date, as tables of floats write it."""
    cdef Reader ahead = r[0]
    if not take(&ahead, 46) or ahead.now != 48:
        return
    while take(&ahead, 48):
        pass
    if not is_digit(ahead.now):
        r[0] = ahead


cdef inline bint chinese_date(Reader* r, Parts* t, Figures year) noexcept nogil:
    """Behind a number, at 年."""
    cdef int64_t month = 0, day = 0
    step(r)
    pass_spaces(r)
    if not small(r, &month):
        return False
    pass_spaces(r)
    if not take(r, 0x6708):  # 月
        return False
    pass_spaces(r)
    if not small(r, &day):
        return False
    pass_spaces(r)
    if r.now == 0x65E5 or r.now == 0x53F7 or r.now == 0x865F:  # 日 号 號
        step(r)
    return set_date(t, long_year(year), month, day)


cdef inline bint numeric_date(Reader* r, Parts* t, Figures first) noexcept nogil:
    """Behind a number, at a separator: year, month, day; or the orders that custom has with the year behind."""
    cdef int sign = r.now
    cdef int64_t middle = 0, one = <int64_t>first.value
    cdef Figures last
    step(r)
    if not small(r, &middle):
        return False
    if first.count <= 2 and sign == 45 and r.now == 0x6708:  # 05-1月 -23, as Oracle writes in Chinese
        step(r)
        pass_spaces(r)
        if not take(r, 45):
            return False
        last = figures(r)
        return set_date(t, long_year(last), middle, one)
    if not take(r, sign):
        return False
    last = figures(r)
    if first.count == 4:
        return 1 <= last.count <= 2 and set_date(t, one, middle, <int64_t>last.value)
    if last.count == 2 and first.count == 2 and on_calendar(long_year(first), middle, <int64_t>last.value):
        return set_date(t, long_year(first), middle, <int64_t>last.value)
    if last.count != 2 and last.count != 4:
        if last.count == 1 and first.count == 2:
            return set_date(t, long_year(first), middle, <int64_t>last.value)
        return False
    if sign != 46 and on_calendar(long_year(last), one, middle):
        return set_date(t, long_year(last), one, middle)
    if on_calendar(long_year(last), middle, one):
        return set_date(t, long_year(last), middle, one)
    return set_date(t, long_year(last), one, middle)


cdef inline bint unit_follows(Reader* r, int64_t* value) noexcept nogil:
    """Passes one or two digits; a longer number is not one's own."""
    cdef Reader ahead = r[0]
    cdef int64_t found = 0
    if not small(&ahead, &found):
        return False
    value[0] = found
    r[0] = ahead
    return True


cdef inline bint chinese_clock(Reader* r, Parts* t, int64_t hour) noexcept nogil:
    """Behind the hour, at 时 or 点."""
    step(r)
    pass_spaces(r)
    t.hour = hour
    t.timed = True
    if r.now == 0x534A:  # 半
        t.minute = 30
        step(r)
        return True
    if take(r, 0x6574) or not unit_follows(r, &t.minute):  # 整
        return True
    pass_spaces(r)
    if not take(r, 0x5206):  # 分
        return True
    pass_spaces(r)
    if not unit_follows(r, &t.second):
        return True
    fraction(r, t)
    pass_spaces(r)
    take(r, 0x79D2)  # 秒
    return True


cdef inline bint clock(Reader* r, Parts* t, int64_t hour) noexcept nogil:
    """Behind the hour, at a separator; only a colon may stand alone."""
    cdef int sign = r.now
    t.hour = hour
    t.timed = True
    step(r)
    if not small(r, &t.minute):
        return False
    if r.now != sign:
        return sign == 58
    step(r)
    if not small(r, &t.second):
        return False
    fraction(r, t)
    return True


cdef inline bint shift(Reader* r, Parts* t) noexcept nogil:
    """An offset, at its sign: +8, +08, +0800, +08:00."""
    cdef bint west = r.now == 45
    cdef int64_t minutes = 0
    cdef Figures g
    step(r)
    g = figures(r)
    t.zoned = True
    if g.count == 4:
        minutes = <int64_t>(g.value % 100)
        t.offset = <int64_t>(g.value // 100)
    elif 1 <= g.count <= 2:
        t.offset = <int64_t>g.value
        if take(r, 58):
            g = figures(r)
            minutes = <int64_t>g.value
            if g.count != 2:
                return False
    else:
        return False
    t.offset = 60 * t.offset + minutes
    if t.offset > 840 or minutes > 59:
        return False
    t.offset = -t.offset if west else t.offset
    return True


cdef inline int month_named(int letters) noexcept nogil:
    """1-12 by the first three letters, packed; 0 for none."""
    if letters == 0x6A616E: return 1
    if letters == 0x666562: return 2
    if letters == 0x6D6172: return 3
    if letters == 0x617072: return 4
    if letters == 0x6D6179: return 5
    if letters == 0x6A756E: return 6
    if letters == 0x6A756C: return 7
    if letters == 0x617567: return 8
    if letters == 0x736570: return 9
    if letters == 0x6F6374: return 10
    if letters == 0x6E6F76: return 11
    if letters == 0x646563: return 12
    return 0


cdef inline bint is_weekday(int letters) noexcept nogil:
    return (letters == 0x6D6F6E or letters == 0x747565 or letters == 0x776564 or letters == 0x746875
            or letters == 0x667269 or letters == 0x736174 or letters == 0x73756E)


cdef inline int letters_of(Reader* r, int* count) noexcept nogil:
    """Passes a word; its first three letters."""
    cdef int packed = 0
    count[0] = 0
    while is_letter(r.now):
        if count[0] < 3:
            packed = packed << 8 | r.now
        count[0] += 1
        step(r)
    return packed


cdef inline bint named_date(Reader* r, Parts* t, int64_t day) noexcept nogil:
    """Behind the day, at the month's name or one sign before it; then the year, perhaps later."""
    cdef int count = 0
    cdef Reader ahead
    cdef Figures year
    if not is_letter(r.now):
        step(r)
    t.month = month_named(letters_of(r, &count))
    t.day = day
    if not t.month:
        return False
    t.dated = t.named = True
    ahead = r[0]
    while ahead.now == 32 or 44 <= ahead.now <= 47:
        step(&ahead)
    year = figures(&ahead)
    if (year.count == 2 or year.count == 4) and ahead.now != 58:  # else it may be the clock's hour
        t.year = long_year(year)
        r[0] = ahead
        return on_calendar(t.year, t.month, t.day)
    return True


cdef inline bint month_follows(Reader* r) noexcept nogil:
    """Whether a month's name follows, perhaps behind a space, hyphen or slash."""
    cdef Reader ahead = r[0]
    cdef int count = 0
    if ahead.now == 32 or ahead.now == 45 or ahead.now == 47:
        step(&ahead)
    return is_letter(ahead.now) and month_named(letters_of(&ahead, &count)) > 0
