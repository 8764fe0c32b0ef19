"""Rows of text that has a label before each value: where each value lies.

A label is written at the start of a line, behind a bullet or a number, or behind a sign that parts values, perhaps in
quotes or brackets, with a colon or `` | `` behind it; or it stands in 【】. Slow and obvious: tests/kernels/labels_reference.py.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcmp

import numpy as np

cdef enum:
    MOST_FORMS = 512
    MOST_APART = 16  # lines without a label; behind them a row ends


cdef struct Forms:
    const uint8_t* text  # the forms, longest first
    const int32_t* offset
    const int32_t* column  # the first column of each form, and how many it has
    const int32_t* columns
    int count
    bint begins[256]  # bytes that a form begins with


cdef struct Walk:
    const uint8_t* data
    int64_t size
    bint lines, blank
    int first, front, width
    bint is_open, headed  # the open row began with the head of a section
    int last, apart
    int64_t rows, loose, blanks
    int64_t place, place_loose, place_blanks  # what there was when the open row began
    int64_t told_rows, told_loose  # with those that the end cuts
    int32_t* start  # [rows, width]; NULL while rows are only counted
    int32_t* end
    int32_t* loose_start
    int32_t* loose_end
    int64_t* loose_row
    uint8_t* taken  # [width], of the open row


cdef inline bint is_space(uint8_t c) noexcept nogil:
    return c == 32 or 9 <= c <= 13


cdef inline bint is_blank(uint8_t c) noexcept nogil:
    return c == 32 or c == 9


cdef inline bint three(const uint8_t* p, uint8_t a, uint8_t b, uint8_t c) noexcept nogil:
    return p[0] == a and p[1] == b and p[2] == c


cdef inline bint parts(const Walk* w, int64_t at) noexcept nogil:
    """May a label begin behind what stands before a place?"""
    cdef uint8_t c
    cdef const uint8_t* p
    if at == 0:
        return False
    c = w.data[at - 1]
    if is_space(c) or c == 44 or c == 59 or c == 124 or c == 47 or c == 40 or c == 38 or c == 63 or c == 123:
        return True
    if at < 3:
        return False
    p = w.data + at - 3
    if p[0] == 0xEF and p[1] == 0xBC:
        return c == 0x8C or c == 0x9B or c == 0x88
    return p[0] == 0xE3 and p[1] == 0x80 and (0x80 <= c <= 0x82 or c == 0x91)


cdef inline int64_t behind_white(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    while at < stop and is_space(w.data[at]):
        at += 1
    return at


cdef inline int64_t behind_digits(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    while at < stop and 48 <= w.data[at] <= 57:
        at += 1
    return at


cdef inline int64_t behind_spaces(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    while at < stop:
        if w.data[at] == 32 or w.data[at] == 9:
            at += 1
        elif at + 3 <= stop and three(w.data + at, 0xE3, 0x80, 0x80):
            at += 3
        else:
            break
    return at


cdef inline int64_t behind_colon(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    """Behind a colon, also one with spaces before it; -1 where there is none."""
    at = behind_spaces(w, at, stop)
    if at >= stop:
        return -1
    if w.data[at] == 58:
        return -1 if at + 2 < stop and w.data[at + 1] == 47 and w.data[at + 2] == 47 else at + 1
    if w.data[at] == 61:
        return at + 2 if at + 1 < stop and w.data[at + 1] == 62 else at + 1
    if w.data[at] == 45:
        return at + 2 if at + 1 < stop and w.data[at + 1] == 62 else -1
    if w.data[at] == 124:
        return at + 1 if 0 < at and at + 1 < stop and is_blank(w.data[at - 1]) and is_blank(w.data[at + 1]) else -1
    return at + 3 if at + 3 <= stop and three(w.data + at, 0xEF, 0xBC, 0x9A) else -1


cdef inline int64_t label_end(
    const Walk* w, const Forms* f, int64_t at, int64_t stop, bint framed, int* form
) noexcept nogil:
    """Behind a label that begins here and its colon; -1 where there is none."""
    cdef int i
    cdef int64_t size, end, behind
    if at >= stop or not f.begins[w.data[at]]:
        return -1
    for i in range(f.count):
        size = f.offset[i + 1] - f.offset[i]
        end = at + size
        if end > stop or memcmp(w.data + at, f.text + f.offset[i], size) != 0:
            continue
        form[0] = i
        if framed:
            if end + 3 <= stop and three(w.data + end, 0xE3, 0x80, 0x91):
                behind = behind_colon(w, end + 3, stop)
                return behind if behind >= 0 else behind_spaces(w, end + 3, stop)
            continue
        if end < stop and (w.data[end] == 34 or w.data[end] == 39 or w.data[end] == 93):
            end += 1
        behind = behind_colon(w, end, stop)
        if behind >= 0:
            return behind
    return -1


cdef inline int64_t behind_bullet(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    """Behind spaces, a bullet and a number at the start of a line."""
    cdef int64_t digits
    at = behind_white(w, at, stop)
    if at < stop and (w.data[at] == 45 or w.data[at] == 42 or w.data[at] == 62):
        at += 1
    elif at + 3 <= stop and three(w.data + at, 0xE2, 0x80, 0xA2):
        at += 3
    elif at + 2 <= stop and w.data[at] == 0xC2 and w.data[at + 1] == 0xB7:
        at += 2
    at = behind_white(w, at, stop)
    digits = behind_digits(w, at, min(stop, at + 5))
    if at < digits < at + 5:
        if digits < stop and (w.data[digits] == 46 or w.data[digits] == 41):
            at = digits + 1
        elif digits + 3 <= stop and (
            three(w.data + digits, 0xE3, 0x80, 0x81) or three(w.data + digits, 0xEF, 0xBC, 0x89)
        ):
            at = digits + 3
        at = behind_white(w, at, stop)
    return at


cdef inline int64_t opened(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    """Behind a quote or bracket, if there is one."""
    return at + 1 if at < stop and (w.data[at] == 34 or w.data[at] == 39 or w.data[at] == 91) else at


cdef inline int64_t next_pair(
    const Walk* w, const Forms* f, int64_t at, int64_t begin, int64_t stop, int64_t* value, int* form
) noexcept nogil:
    """Where the next label from ``at`` on begins, and where its value does; -1 where there is none in the line."""
    cdef uint8_t c
    while at < stop:
        if at == begin:
            value[0] = label_end(w, f, opened(w, behind_bullet(w, at, stop), stop), stop, False, form)
            if value[0] >= 0:
                return at
        c = w.data[at]
        if f.begins[c] or c == 34 or c == 39 or c == 91:
            if parts(w, at):
                value[0] = label_end(w, f, opened(w, at, stop), stop, False, form)
                if value[0] >= 0:
                    return at
        if c == 0xE3 and at + 3 <= stop and three(w.data + at, 0xE3, 0x80, 0x90):
            value[0] = label_end(w, f, at + 3, stop, True, form)
            if value[0] >= 0:
                return at
        at += 1
    return -1


cdef inline bint is_edge(uint8_t c) noexcept nogil:
    return (
        c == 32 or c == 9 or c == 13 or c == 44 or c == 59 or c == 124 or c == 38 or c == 34 or c == 39
    )


cdef inline bint is_wide_edge(const uint8_t* p) noexcept nogil:
    if p[0] == 0xEF:
        return p[1] == 0xBC and (p[2] == 0x8C or p[2] == 0x9B)
    return p[0] == 0xE3 and p[1] == 0x80 and (p[2] == 0x80 or p[2] == 0x81)


cdef inline void trim(const Walk* w, int64_t* start, int64_t* stop) noexcept nogil:
    """Takes spaces, quotes and what parts values from both ends of a span."""
    while start[0] < stop[0]:
        if is_edge(w.data[start[0]]):
            start[0] += 1
        elif start[0] + 3 <= stop[0] and is_wide_edge(w.data + start[0]):
            start[0] += 3
        else:
            break
    while start[0] < stop[0]:
        if is_edge(w.data[stop[0] - 1]):
            stop[0] -= 1
        elif start[0] + 3 <= stop[0] and is_wide_edge(w.data + stop[0] - 3):
            stop[0] -= 3
        else:
            break


cdef inline int64_t behind_signs(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    """Behind three signs or more that a rule is drawn with; -1 for fewer."""
    cdef int count = 0
    cdef uint8_t c
    while at < stop:
        c = w.data[at]
        if c == 45 or c == 61 or c == 42 or c == 35 or c == 95 or c == 126 or c == 43:
            at += 1
        elif at + 3 <= stop and c == 0xE2 and (
            (w.data[at + 1] == 0x94 and 0x80 <= w.data[at + 2] <= 0x8B)
            or (w.data[at + 1] == 0x80 and w.data[at + 2] == 0x94)
        ):
            at += 3
        else:
            break
        count += 1
    return at if count >= 3 else -1


cdef inline int64_t behind_rule(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    """Behind a line of signs, perhaps with ``1. row`` in it; -1 where none begins."""
    cdef int64_t end = behind_signs(w, at, stop), digits, further
    if end < 0:
        return -1
    at = end
    at = behind_white(w, at, stop)
    digits = behind_digits(w, at, min(stop, at + 10))
    if at < digits < at + 10:
        at = digits
        if at < stop and w.data[at] == 46:
            at += 1
        at = behind_white(w, at, stop)
        if at + 3 <= stop and memcmp(w.data + at, b"row", 3) == 0:
            at += 3
            at = behind_white(w, at, stop)
    further = behind_signs(w, at, stop)
    return further if further >= 0 else end


cdef inline void add_loose(Walk* w, int64_t start, int64_t stop) noexcept nogil:
    if w.loose_start != NULL:
        w.loose_start[w.loose] = <int32_t>start
        w.loose_end[w.loose] = <int32_t>stop
        w.loose_row[w.loose] = w.rows + w.loose
    w.loose += 1


cdef inline void begin_row(Walk* w, int64_t place) noexcept nogil:
    cdef int i
    for i in range(w.width):
        w.taken[i] = 0
        if w.start != NULL:
            w.start[w.rows * w.width + i] = w.end[w.rows * w.width + i] = <int32_t>place
    w.rows += 1
    w.is_open, w.headed = True, False
    w.place, w.place_loose, w.place_blanks = place, w.loose, w.blanks


cdef inline bint put(Walk* w, int column, int columns, int64_t start, int64_t stop) noexcept nogil:
    """Puts a value into the first of some columns of the open row that is free; False where none is."""
    cdef int i
    if w.is_open:
        for i in range(column, column + columns):
            if not w.taken[i]:
                w.taken[i] = 1
                if w.start != NULL:
                    w.start[(w.rows - 1) * w.width + i] = <int32_t>start
                    w.end[(w.rows - 1) * w.width + i] = <int32_t>stop
                return True
    return False


cdef inline bint only_brackets(const Walk* w, int64_t at, int64_t stop) noexcept nogil:
    cdef uint8_t c
    while at < stop:
        c = w.data[at]
        if not (c == 40 or c == 41 or c == 91 or c == 93 or c == 123 or c == 125):
            return False
        at += 1
    return True


cdef inline bint is_head(const Walk* w, int64_t start, int64_t stop) noexcept nogil:
    """Is a text that is not empty the head of a section: ``[user]``, ``-[ RECORD 1 ]``, ``user {``?"""
    cdef uint8_t last = w.data[stop - 1]
    if last == 40 or last == 91 or last == 123:
        return True
    if w.data[start] == 91:
        return last == 93
    return w.data[start] == 45 and start + 1 < stop and w.data[start + 1] == 91


cdef inline void take_plain(Walk* w, int64_t start, int64_t stop) noexcept nogil:
    """Takes in a line without a label."""
    cdef int64_t rule, begin = start
    trim(w, &start, &stop)
    rule = behind_rule(w, start, stop)
    if start == stop or rule == stop or only_brackets(w, start, stop):
        w.blanks += 1
        if w.blank:
            w.is_open = False
        return
    if w.blank and not w.lines and w.front >= 0 and is_head(w, start, stop):
        begin_row(w, begin)
        put(w, w.front, 1, start, stop)
        w.headed, w.apart = True, 0
        return
    add_loose(w, start, stop)
    w.apart += 1
    if rule >= 0 or w.apart > MOST_APART:
        w.is_open = False


cdef inline void take_line(Walk* w, const Forms* f, int64_t begin, int64_t stop) noexcept nogil:
    cdef int64_t value = 0, following = 0, start, end, front = begin, front_end
    cdef int form = 0, further = 0
    cdef int64_t at = next_pair(w, f, begin, begin, stop, &value, &form), place
    cdef bint leading = True
    if at < 0:
        take_plain(w, begin, stop)
        return
    w.apart = 0
    front_end = at
    trim(w, &front, &front_end)
    while at >= 0:
        place = next_pair(w, f, value, begin, stop, &following, &further)
        start, end = value, place if place >= 0 else stop
        trim(w, &start, &end)
        if form == w.first and w.last != form and not w.headed:
            w.is_open = False
        w.last = form
        if start < end and not put(w, f.column[form], f.columns[form], start, end):
            begin_row(w, begin if leading else at)
            put(w, f.column[form], f.columns[form], start, end)
        if leading and front < front_end:
            if w.lines and w.front >= 0 and not w.is_open:  # the first label has no value
                begin_row(w, begin)
            if not (w.front >= 0 and put(w, w.front, 1, front, front_end)):
                add_loose(w, front, front_end)
        leading = False
        at, value, form = place, following, further
    if w.lines:
        w.is_open = False


cdef int64_t walk(Walk* w, const Forms* f, bint final, int64_t longest, bint* overlong) noexcept nogil:
    """Takes in the lines of the data; how many bytes that is."""
    cdef int64_t at = 0, stop
    w.is_open, w.headed, w.last, w.apart = False, False, -1, 0
    w.rows = w.loose = w.blanks = 0
    overlong[0] = False
    while at < w.size:
        stop = at
        while stop < w.size and w.data[stop] != 10:
            stop += 1
        if stop - at > longest:
            w.is_open = False
            overlong[0] = True
            break
        if stop == w.size and not final:
            break
        take_line(w, f, at, stop)
        at = min(stop + 1, w.size)
    if final and not overlong[0]:
        w.is_open = False
    w.told_rows, w.told_loose = w.rows, w.loose
    if w.is_open:  # the row is read again, with what follows
        w.rows -= 1
        w.loose, w.blanks = w.place_loose, w.place_blanks
        return w.place
    return at


def split(
    const uint8_t[::1] data not None,
    forms not None,
    const int32_t[::1] column not None,
    const int32_t[::1] columns not None,
    int first,
    int front,
    int width,
    *,
    bint lines,
    bint blank,
    bint final,
    int64_t longest,
):
    """The rows of ``data``, which begins with a row.

    ``forms``: labels in UTF-8, those that begin others behind these; ``column``, ``columns`` int32[forms]: the first
    column of each and how many it has; ``first``: the form that begins rows; ``front``: the column of the text before
    the first label of a line, or -1. ``lines``: each line is a row; ``blank``: blank lines and lines of signs part rows,
    and a head of a section begins one, in whose ``front`` it stands.

    Returns start, end int32[rows, width] (alike where a row has no value), start, end int32 and ordinals int64 of text
    without a label, blank lines, bytes that were dealt with, and whether a line of more than ``longest`` follows.
    """
    cdef Walk w
    cdef Forms f
    cdef bint overlong = False
    cdef int64_t consumed = 0
    cdef int i
    cdef const uint8_t[::1] text = b"".join(forms) + b"\0"
    offsets = np.zeros(len(forms) + 1, np.int32)
    np.cumsum([len(form) for form in forms], out=offsets[1:])
    cdef const int32_t[::1] offset = offsets
    cdef uint8_t[::1] taken = np.zeros(max(width, 1), np.uint8)
    cdef int32_t[:, ::1] start, end
    cdef int32_t[::1] loose_start, loose_end
    cdef int64_t[::1] loose_row
    if not 0 < len(forms) <= MOST_FORMS or not all(forms) or not column.shape[0] == columns.shape[0] == len(forms):
        raise ValueError("no labels, too many, or without columns")
    for i in range(len(forms)):
        if column[i] < 0 or columns[i] < 1 or column[i] > width - columns[i]:
            raise ValueError("a label has no column")
    if front >= width or data.shape[0] >= 1 << 31:
        raise ValueError("the front has no column, or there is too much text at once")
    f.text, f.offset, f.column, f.columns, f.count = &text[0], &offset[0], &column[0], &columns[0], len(forms)
    for i in range(256):
        f.begins[i] = False
    for i in range(f.count):
        f.begins[text[offset[i]]] = True
    w.data, w.size = &data[0] if data.shape[0] else NULL, data.shape[0]
    w.lines, w.blank, w.first, w.front, w.width = lines, blank, first, front, width
    w.taken = &taken[0]
    w.start = w.end = w.loose_start = w.loose_end = NULL
    w.loose_row = NULL
    with nogil:  # how many there are
        walk(&w, &f, final, longest, &overlong)
    starts, ends = np.empty((w.told_rows + 1, width), np.int32), np.empty((w.told_rows + 1, width), np.int32)
    lows, highs = np.empty(w.told_loose + 1, np.int32), np.empty(w.told_loose + 1, np.int32)
    ordinals = np.empty(w.told_loose + 1, np.int64)
    start, end, loose_start, loose_end, loose_row = starts, ends, lows, highs, ordinals
    w.start, w.end = &start[0, 0], &end[0, 0]
    w.loose_start, w.loose_end, w.loose_row = &loose_start[0], &loose_end[0], &loose_row[0]
    with nogil:
        consumed = walk(&w, &f, final, longest, &overlong)
    loose = tuple(each[: w.loose] for each in (lows, highs, ordinals))
    return starts[: w.rows], ends[: w.rows], *loose, w.blanks, consumed, overlong
