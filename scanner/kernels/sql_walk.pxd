"""The steps of the reader of a dump: between statements, in tuples, in lines of COPY, in damage."""

from libc.stdint cimport uint8_t
from libc.string cimport memchr

from scanner.kernels.sql_lines cimport *
from scanner.kernels.sql_state cimport *
from scanner.kernels.sql_text cimport *
from scanner.kernels.sql_tuple cimport *


cdef inline Step text_line(Walk* w, Py_ssize_t at) noexcept nogil:
    """A line of free text, or the part of it before a statement."""
    cdef const uint8_t* data = w.data
    cdef Py_ssize_t end = find_line_end(&w.t, at), stop, next, here
    cdef const void* hit
    cdef int found
    next = end + 1
    if end < 0:
        end = next = w.t.size
        if end - at <= w.longest and not w.t.final:
            return WAITS
    if end - at > w.longest:
        w.overlong += at != w.continued
        end = next = w.continued = cut(&w.t, at, at + w.piece)
    elif not (at + 1 < end and data[at] == c"-" and data[at + 1] == c"-") and data[at] != c"#":
        here = at
        while True:
            hit = memchr(data + here, c";", end - here)
            if hit == NULL:
                break
            here = skip_blank(&w.t, <const uint8_t*>hit - data + 1, False)
            if here >= end:
                break
            found = begins_statement(&w.t, here)
            if found == MORE:
                return WAITS
            if found:
                end = next = here
                break
    stop = end
    while stop > at and sql_is_space(data[stop - 1]):
        stop -= 1
    if not says_nothing(data + at, stop - at):
        add(w, &w.texts, at, stop)
    w.position = next
    return GOING


cdef inline Step outside(Walk* w) noexcept nogil:
    """Between statements."""
    cdef Py_ssize_t at = w.position
    cdef int found
    while at < w.t.size and (sql_is_space(w.data[at]) or w.data[at] == c";"):
        at += 1
    w.position = at
    if at == w.t.size:
        return WAITS
    found = matched(w, at)
    if found >= 0:
        w.current = found
        enter(w, w.slots[found].shape, w.slots[found].length)
        return GOING
    if found == -2:
        return WAITS
    if at != w.passed:
        found = begins_statement(&w.t, at)
        if found == MORE:
            return WAITS
        if found:
            return STOPS
    return text_line(w, at)


cdef inline Step damage(Walk* w, Py_ssize_t start, Py_ssize_t since) noexcept nogil:
    """What begins with a broken tuple at ``start``; what comes next is looked for from ``since`` on."""
    cdef Py_ssize_t stop, next
    cdef int going = find_going(&w.t, start, since, w.piece, &stop, &next)
    if going == MORE:
        return WAITS
    w.first = False
    if stop > start:
        add_loose(w, start, stop)
    w.position = next
    w.since = max(since, next)
    w.state = TUPLES if going == NEXT_TUPLE else OUTSIDE if going == NEXT_STATEMENT else DAMAGED
    return GOING


cdef inline Py_ssize_t read_tuple(Walk* w, Py_ssize_t start, bint* variable) noexcept nogil:
    """Adds the values of a tuple; gives where it goes on, MORE or BROKEN."""
    cdef Text* t = &w.t
    cdef Py_ssize_t at = start + 1, first = w.values.count
    cdef Value value
    variable[0] = False
    while True:
        if at >= t.size:
            return ended(t, at)
        if not sql_is_name(t.data[at]) and t.data[at] != c"'":
            at = skip_space(t, at)
            if at < 0:
                return at
            if at >= t.size:
                return ended(t, at)
            if t.data[at] == c")" and w.values.count == first:
                return at + 1
        value.variable = False
        at = read_value(t, at, &value)
        if at < 0:
            return at
        if w.values.count - first == WIDEST_TUPLE:
            w.too_wide = True
            return broken(t, at)
        if value.how != PLAIN:
            add(w, &w.fixes, w.values.count, value.how)
        add(w, &w.values, value.start, value.end)
        variable[0] |= value.variable
        at += 1
        if t.data[at - 1] == c")":
            return at


cdef inline Step one_tuple(Walk* w, Py_ssize_t at) noexcept nogil:
    """The tuple at ``at``: a row, damage, or (with variables) free text."""
    cdef Py_ssize_t values = w.values.count, fixes = w.fixes.count, texts = w.texts.count
    cdef Py_ssize_t next, fail, width = w.shapes[w.shape].width, found, other
    cdef bint variable, otherwise, overlong, exceeded, stale = False
    cdef Step step
    w.too_wide = w.t.exceeded = False
    next = read_tuple(w, at, &variable)
    fail = w.t.fail
    exceeded = w.t.exceeded
    found = w.values.count - values
    if next == BROKEN or (next >= 0 and width >= 0 and found != width):
        # It may be sound with the other reading of backslashes.
        back_to(w, values, fixes, texts)
        w.t.backslash = not w.t.backslash
        other = read_tuple(w, at, &otherwise)
        w.t.backslash = not w.t.backslash
        if other == MORE:
            next = MORE
        elif other >= 0 and (width < 0 or w.values.count - values == width):
            next, found, variable, stale = other, w.values.count - values, otherwise, False
        else:
            stale = True
    if next == MORE and not w.t.final and w.t.size - at <= w.longest:
        back_to(w, values, fixes, texts)
        return WAITS
    overlong = next == MORE or next - at > w.longest
    if overlong:
        fail = at + w.longest
        next = BROKEN
    if next >= 0 and not (variable and w.first) and fits(w, found):
        if stale:
            back_to(w, values, fixes, texts)
            read_tuple(w, at, &variable)
        add(w, &w.rows, w.shape, values)
        w.position = next
        w.first = False
        return GOING
    back_to(w, values, fixes, texts)
    if next >= 0 and variable and w.first:
        w.state = OUTSIDE
        return text_line(w, at)
    if next >= 0:
        add_loose(w, at, next)
        w.position = next
        w.first = False
        return GOING
    step = damage(w, at, max(at + 1, fail - NEAR))
    if step == GOING:
        w.overlong += overlong
        w.wide += w.too_wide
        w.exceeded += exceeded and not overlong
    return step


cdef inline Step in_tuples(Walk* w) noexcept nogil:
    """Behind VALUES, or behind a tuple."""
    cdef Py_ssize_t at = w.position, next
    cdef uint8_t c
    while at < w.t.size and sql_is_space(w.data[at]):
        w.fresh |= w.data[at] == c"\n"
        at += 1
    w.position = at
    if at == w.t.size:
        return WAITS
    c = w.data[at]
    if c == c"(":
        w.fresh = False
        return one_tuple(w, at)
    if c == c"," and not w.first:
        w.fresh = False
        w.position = at + 1
        return GOING
    if c == c"-" or c == c"/" or c == c"#":
        next = after_comment(&w.t, at)
        if next == MORE:
            return WAITS
        if next > at:
            w.position = next
            return GOING
    elif c == c";" and not w.first:
        next = skip_blank(&w.t, at + 1, False)
        if next >= w.t.size and not w.t.final:
            return WAITS
        if next < w.t.size and w.data[next] == c"(":  # no statement begins so: the comma is damaged
            w.position = next
            return GOING
    elif not (w.first or w.fresh or (sql_is_name(c) and not sql_is_digit(c))):
        return damage(w, at, at)
    w.state = OUTSIDE
    return GOING


cdef inline Step one_line(Walk* w) noexcept nogil:
    """A line of COPY."""
    cdef const uint8_t* data = w.data
    cdef Py_ssize_t at = w.position, stop = find_line_end(&w.t, at), next = stop + 1
    cdef Py_ssize_t values = w.values.count, fixes = w.fixes.count, here, cell
    cdef int begins
    cdef bint escaped = False
    if stop < 0:
        stop = next = w.t.size
        if at == stop or (stop - at <= w.longest and not w.t.final):
            return WAITS
    if stop - at > w.longest:
        w.overlong += at != w.continued
        stop = w.continued = cut(&w.t, at, at + w.piece)
        add_loose(w, at, stop)
        w.position = stop
        return GOING
    w.position = next
    if stop > at and data[stop - 1] == c"\r":
        stop -= 1
    if stop - at == 2 and data[at] == c"\\" and data[at + 1] == c".":
        w.state = OUTSIDE
        return GOING
    here = cell = at
    while True:
        here = sql_find(data, here, stop, w.delimiter, c"\\")
        if here < stop and data[here] == c"\\":
            escaped = True
            here = min(here + 2, stop)
            continue
        if w.values.count - values == WIDEST_TUPLE:
            w.wide += 1
            break
        if here - cell == 2 and data[cell] == c"\\" and data[cell + 1] == c"N":
            add(w, &w.values, cell, cell)
        else:
            if escaped:
                add(w, &w.fixes, w.values.count, COPIED)
            add(w, &w.values, cell, here)
        escaped = False
        if here == stop:
            break
        here += 1
        cell = here
    if here == stop and fits(w, w.values.count - values):
        add(w, &w.rows, w.shape, values)
        return GOING
    back_to(w, values, fixes, w.texts.count)
    begins = begins_line(&w.t, at)
    if begins == MORE:
        w.position = at
        return WAITS
    if begins:
        w.position = at
        w.state = OUTSIDE
    elif stop > at:
        add_loose(w, at, stop)
    return GOING


cdef inline Step go_on(Walk* w) noexcept nogil:
    """Reads until more bytes are needed, or an answer."""
    cdef Step step = GOING
    while step == GOING:
        if w.t.starved:
            return STOPS
        if w.state == OUTSIDE:
            step = outside(w)
        elif w.state == TUPLES:
            step = in_tuples(w)
        elif w.state == LINES:
            step = one_line(w)
        else:
            step = damage(w, w.position, w.since)
    return step
