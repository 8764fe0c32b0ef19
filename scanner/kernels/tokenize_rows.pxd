"""The grammar of a row: where its cells lie, and why a line is none. The words are those of ``tokenize``."""

from libc.stdint cimport int32_t, uint8_t, uint32_t

cdef extern from "tokenize.h" nogil:
    ctypedef struct Marks:
        uint8_t delimiter[8]
        int32_t delimiter_length
        int32_t quote
        int32_t carriage

    bint is_delimiter(const Marks* marks, const uint8_t* data, uint32_t at, uint32_t size)
    bint is_line_end(const Marks* marks, uint8_t byte)
    enum:
        MOST_TOGETHER
    uint32_t find_positions(
        const uint8_t* data, uint32_t start, uint32_t stop, uint32_t size, const Marks* marks, uint32_t* out,
        uint8_t* kinds, int path, int* kinds_known,
    )
    void fill_pattern(uint8_t* pattern, uint32_t width, uint8_t delimiter)
    uint32_t take_together(
        const uint8_t* data, const uint32_t* at, const uint8_t* kinds, const uint8_t* pattern, uint32_t left, uint32_t room,
        uint32_t width, uint32_t row, int32_t* start, int32_t* end, Py_ssize_t stride, uint32_t* next_row,
    )

cdef enum:
    LEAST_SWALLOWING = 4  # cells: lines of text in a cell are seldom split into so many, and as many as rows have


cdef enum Outcome:
    SOUND = 0
    WIDTH = 1
    BROKEN = 2
    UNCLOSED = 3
    BLANK = 4
    INCOMPLETE = 5
    OVERLONG = 6


cdef struct Grammar:
    const uint8_t* data
    Py_ssize_t size
    bint final
    Marks marks
    Py_ssize_t width
    Py_ssize_t longest
    Py_ssize_t longest_quoted
    Py_ssize_t most_lines
    int escape  # a byte that makes a quote behind it a part of the cell, -1 for none
    int path


cdef struct Window:
    uint32_t* at  # positions of marks, ascending
    uint8_t* kinds  # their first bytes, if known
    int kinds_known
    Py_ssize_t room
    Py_ssize_t count
    Py_ssize_t entry  # the first position not before the row
    Py_ssize_t limit  # where the window ends


cdef struct Row:
    Py_ssize_t start
    Py_ssize_t stop  # where its content ends
    Py_ssize_t next  # where the next row starts
    bint crossed  # it holds a line end inside quotes
    bint doubled  # it holds a doubled quote


cdef inline Py_ssize_t after_line_end(const Grammar* g, Py_ssize_t at) noexcept nogil:
    """Where the next row starts after the line end at ``at``; -1 where the next byte is needed to tell."""
    if g.data[at] != c"\r":
        return at + 1
    if at + 1 < g.size:
        return at + 2 if g.data[at + 1] == c"\n" else at + 1
    return at + 1 if g.final else -1


cdef inline Outcome close_row(const Grammar* g, Row* row, Py_ssize_t at) noexcept nogil:
    """The row ends at ``at``: a line end, or the end of the input."""
    row.stop = at
    row.next = at if at == g.size else after_line_end(g, at)
    return INCOMPLETE if row.next < 0 else SOUND


cdef inline Outcome take_line(const Grammar* g, const Window* w, Row* row, Outcome why) noexcept nogil:
    """The row's first line with quoting off."""
    cdef Py_ssize_t entry = w.entry
    while entry < w.count and not is_line_end(&g.marks, g.data[w.at[entry]]):
        entry += 1
    if entry < w.count:
        if close_row(g, row, w.at[entry]) == INCOMPLETE:
            return INCOMPLETE
    elif w.limit == g.size and g.final:
        close_row(g, row, g.size)
    else:
        return OVERLONG if w.limit - row.start > g.longest else INCOMPLETE
    if row.stop - row.start > g.longest:
        return OVERLONG
    if row.stop > row.start and g.data[row.stop - 1] == c"\r":
        row.stop -= 1
    return why


cdef inline Outcome unfinished(const Grammar* g, const Window* w, Row* row) noexcept nogil:
    """The row does not end in the window."""
    if w.limit - row.start > g.longest:
        return take_line(g, w, row, UNCLOSED)
    return INCOMPLETE


cdef inline bint is_escaped(const Grammar* g, Py_ssize_t first, Py_ssize_t quote) noexcept nogil:
    """Whether the quote is behind an odd number of escapes in a cell that starts at ``first``."""
    cdef Py_ssize_t at = quote
    while at > first and g.data[at - 1] == g.escape:
        at -= 1
    return (quote - at) & 1


cdef inline bint swallows(const Grammar* g, const Row* row) noexcept nogil:
    """Are the first two lines of a row, over which a quoted cell reaches, rows themselves when read without quoting, and
    has each but one quote at most? Of cells that a program wrote this is unlikely: others of theirs are quoted, too."""
    cdef Py_ssize_t at = row.start, cells = 1, quotes = 0, lines = 0
    if g.width < LEAST_SWALLOWING:
        return False
    while at <= row.stop and lines < 2:
        if at == row.stop or is_line_end(&g.marks, g.data[at]):
            if cells != g.width or quotes > 1:
                return False
            cells, quotes = 1, 0
            lines += 1
            at = at + 1 if at == row.stop else after_line_end(g, at)
        elif is_delimiter(&g.marks, g.data, <uint32_t>at, <uint32_t>g.size):
            cells += 1
            at += g.marks.delimiter_length
        else:
            quotes += g.data[at] == g.marks.quote
            at += 1
    return lines == 2


cdef inline Outcome read_row(
    const Grammar* g, const Window* w, Row* row, int32_t* start, int32_t* end, Py_ssize_t stride
) noexcept nogil:
    """Walks one row; cell ``c`` goes to ``start[c * stride]``, cells beyond the width are only counted."""
    cdef const uint8_t* data = g.data
    cdef const uint32_t* at = w.at
    cdef Py_ssize_t entry = w.entry, cell = row.start, column = 0, first, last, here, lines
    cdef int quote = g.marks.quote
    cdef bint ended = False, surplus = False
    row.crossed = False
    row.doubled = False
    while not ended:
        if quote >= 0 and cell < g.size and data[cell] == quote:
            first = cell + 1
            lines = 0
            while entry < w.count and at[entry] < first:
                entry += 1
            while True:
                while entry < w.count and data[at[entry]] != quote:
                    if is_line_end(&g.marks, data[at[entry]]):
                        lines += 1
                        if lines > g.most_lines:
                            return take_line(g, w, row, UNCLOSED)
                    entry += 1
                if entry >= w.count:
                    if (w.limit == g.size and g.final) or w.limit - first > g.longest_quoted:
                        return take_line(g, w, row, UNCLOSED)
                    return unfinished(g, w, row)
                last = at[entry]
                if last - first > g.longest_quoted:
                    return take_line(g, w, row, UNCLOSED)
                entry += 1
                if g.escape >= 0 and is_escaped(g, first, last):
                    continue
                if last + 1 < g.size and data[last + 1] == quote:
                    row.doubled = True
                    entry += 1
                    continue
                break
            if lines:
                row.crossed = True
            here = last + 1
            if here == g.size:
                if not g.final:
                    return unfinished(g, w, row)
                ended = True
            elif is_line_end(&g.marks, data[here]):
                ended = True
            elif is_delimiter(&g.marks, data, here, g.size):
                pass
            elif data[here] == c"\r" and here + 1 == g.size and g.final:
                ended = True
                here += 1
            elif data[here] == c"\r" and here + 1 < g.size and data[here + 1] == c"\n":
                ended = True
                here += 1
            elif not g.final and here + max(g.marks.delimiter_length, 2) > g.size:
                return unfinished(g, w, row)
            elif (w.limit - row.start > g.longest
                    and here - row.start + max(g.marks.delimiter_length, 2) > g.longest + 1):
                # A block that ended at the longest row could not have told; the result must not depend on blocks.
                return take_line(g, w, row, UNCLOSED)
            else:
                return take_line(g, w, row, BROKEN)
        else:
            first = cell
            while entry < w.count and (at[entry] < cell or data[at[entry]] == quote):
                entry += 1
            if entry >= w.count:
                if w.limit < g.size or not g.final:
                    return unfinished(g, w, row)
                here = g.size
                ended = True
            else:
                here = at[entry]
                entry += 1
                ended = is_line_end(&g.marks, data[here])
            last = here
            if ended and last > first and data[last - 1] == c"\r":
                last -= 1
        if column < g.width:
            start[column * stride] = <int32_t>first
            end[column * stride] = <int32_t>last
        elif last > first:
            surplus = True
        column += 1
        cell = here + g.marks.delimiter_length
    if close_row(g, row, here) == INCOMPLETE:
        return unfinished(g, w, row)
    if row.stop - row.start > g.longest:
        return take_line(g, w, row, UNCLOSED)
    if column == 1 and last == row.start:
        return BLANK
    if column == g.width or (column > g.width and not surplus):
        if row.crossed and swallows(g, row):
            return take_line(g, w, row, BROKEN)
        return SOUND  # delimiters behind the last cell add nothing
    if row.crossed:
        return take_line(g, w, row, WIDTH)
    if row.stop > row.start and data[row.stop - 1] == c"\r":
        row.stop -= 1
    return WIDTH


cdef inline bint holds_nothing(const Grammar* g, const Row* row) noexcept nogil:
    """No letter, digit or other byte beyond ASCII: spaces, NULs, or signs that borders are drawn with."""
    cdef Py_ssize_t at
    cdef uint8_t byte
    for at in range(row.start, row.stop):
        byte = g.data[at]
        if byte >= 128 or c"0" <= byte <= c"9" or c"a" <= byte | 32 <= c"z":
            return False
    return True


cdef inline bint read_plain_row(
    const Grammar* g, Window* w, Row* row, int32_t* start, int32_t* end, Py_ssize_t stride
) noexcept nogil:
    """A row of exactly the width, with no quote in it; False: not that, nothing decided."""
    cdef const uint32_t* at = w.at + w.entry
    cdef const uint8_t* data = g.data
    cdef uint8_t delimiter = g.marks.delimiter[0]
    cdef Py_ssize_t column, last = g.width - 1
    cdef uint32_t cell = <uint32_t>row.start, here
    if w.entry + last >= w.count or data[at[last]] != c"\n":
        return False
    for column in range(last):
        here = at[column]
        if data[here] != delimiter:
            return False
        start[column * stride] = <int32_t>cell
        end[column * stride] = <int32_t>here
        cell = here + 1
    here = at[last]
    row.next = here + 1
    if here > cell and data[here - 1] == c"\r":
        here -= 1
    start[last * stride] = <int32_t>cell
    end[last * stride] = <int32_t>here
    if not last and here == cell:
        return False  # a blank line
    w.entry += g.width
    return True


cdef inline bint read_quoted_row(
    const Grammar* g, Window* w, Row* row, int32_t* start, int32_t* end, Py_ssize_t stride
) noexcept nogil:
    """A row of exactly the width whose cells are plain, or quoted with no mark inside; else as ``read_plain_row``."""
    cdef const uint32_t* at = w.at
    cdef const uint8_t* data = g.data
    cdef uint8_t delimiter = g.marks.delimiter[0]
    cdef int quote = g.marks.quote
    cdef Py_ssize_t column, last = g.width - 1, entry = w.entry, cell = row.start, first = 0, stop = 0, here
    for column in range(g.width):
        if entry + 2 >= w.count:
            return False
        first = cell
        stop = here = at[entry]
        entry += 1
        if data[here] == quote:
            if here != cell or data[at[entry]] != quote:
                return False
            first = cell + 1
            stop = at[entry]
            here = at[entry + 1]
            entry += 2
            if stop - first > g.longest_quoted or (stop > first and data[stop - 1] == g.escape):
                return False
            if here != stop + 1 and not (here == stop + 2 and data[stop + 1] == c"\r" and column == last):
                return False
        elif column == last and stop > first and data[stop - 1] == c"\r":
            stop -= 1
        if data[here] != (c"\n" if column == last else delimiter):
            return False
        start[column * stride] = <int32_t>first
        end[column * stride] = <int32_t>stop
        cell = here + 1
    if not last and stop == first:
        return False
    row.next = cell
    w.entry = entry
    return True
