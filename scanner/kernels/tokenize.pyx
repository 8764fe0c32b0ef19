"""The tokeniser of delimited text: where rows and cells lie, and which lines fit no row.

Grammar (RFC 4180, made total). A row is cells between delimiters, up to a line end: ``\\n``, ``\\r\\n`` and,
if ``carriage``, a lone ``\\r``. A quote opens only as the first byte of a cell; a doubled quote inside stands
for one. A row is *sound* if it has exactly ``width`` cells. Otherwise its first line, read without quoting,
is *loose* and reading goes on behind it; so one stray quote costs one line. A row of the wrong width that lies
on one line is loose as a whole. A line without content is *blank*. Nothing else exists: every byte lies in a
cell, a loose line, a blank line, or is a delimiter, a quote or a line end.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr

from typing import NamedTuple

import numpy as np

cdef extern from "tokenize.h" nogil:
    ctypedef struct Marks:
        uint8_t delimiter[8]
        int32_t delimiter_length
        int32_t quote
        int32_t carriage

    bint is_delimiter(const Marks* marks, const uint8_t* data, uint32_t at, uint32_t size)
    bint is_line_end(const Marks* marks, uint8_t byte)
    uint32_t find_positions(
        const uint8_t* data, uint32_t start, uint32_t stop, uint32_t size, const Marks* marks, uint32_t* out, int path
    )

# Why a line is loose.
WRONG_WIDTH = 1
BROKEN_QUOTE = 2
UNCLOSED_QUOTE = 3

LONGEST_QUOTED = 1 << 20
MOST_LINES = 1000

cdef enum Outcome:
    SOUND = 0
    WIDTH = 1
    BROKEN = 2
    UNCLOSED = 3
    BLANK = 4
    INCOMPLETE = 5
    OVERLONG = 6

cdef enum Halt:
    DONE = 0
    ROWS_FULL = 1
    LOOSE_FULL = 2
    NO_MEMORY = 3

cdef enum:
    WINDOW = 32768  # bytes whose positions are listed at a time: list and text stay in the near caches


cdef struct Grammar:
    uint8_t* data
    Py_ssize_t size
    bint final
    Marks marks
    Py_ssize_t width
    Py_ssize_t longest
    Py_ssize_t longest_quoted
    Py_ssize_t most_lines
    int path


cdef struct Window:
    uint32_t* at  # positions of marks, ascending
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


cdef struct Progress:
    Py_ssize_t position
    Py_ssize_t sound
    Py_ssize_t loose
    Py_ssize_t blank
    bint overlong


class Tokens(NamedTuple):
    """What ``tokenize`` found in one buffer; offsets are bytes in the buffer.

    ``start``, ``end``: int32[width, sound rows], each ``start[column]`` contiguous.
    ``loose_start``, ``loose_end``: int32[loose lines]; ``loose_row``: int64, their ordinals in one sequence with
    the sound rows; ``loose_why``: uint8, WRONG_WIDTH, BROKEN_QUOTE or UNCLOSED_QUOTE.
    ``blank``: blank lines. ``consumed``: bytes dealt with; the rest is an incomplete row, or, if ``overlong``,
    starts with a line of more than ``longest`` bytes that the caller must take in pieces.
    """

    start: object
    end: object
    loose_start: object
    loose_end: object
    loose_row: object
    loose_why: object
    blank: int
    consumed: int
    overlong: bool

    @property
    def rows(self):
        """int64[sound rows]: ordinals of the sound rows, or None where they are 0, 1, 2 and so on."""
        sound = self.start.shape[1]
        if not len(self.loose_row):
            return None
        kept = np.ones(sound + len(self.loose_row), dtype=bool)
        kept[self.loose_row] = False
        return np.flatnonzero(kept)


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


cdef Outcome take_line(const Grammar* g, const Window* w, Row* row, Outcome why) noexcept nogil:
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


cdef Outcome unfinished(const Grammar* g, const Window* w, Row* row) noexcept nogil:
    """The row does not end in the window."""
    if w.limit - row.start > g.longest:
        return take_line(g, w, row, UNCLOSED)
    return INCOMPLETE


cdef Outcome read_row(
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
        return SOUND  # delimiters behind the last cell add nothing
    if row.crossed:
        return take_line(g, w, row, WIDTH)
    if row.stop > row.start and data[row.stop - 1] == c"\r":
        row.stop -= 1
    return WIDTH


cdef bint only_spaces(const Grammar* g, const Row* row) noexcept nogil:
    """Nothing but spaces and tabs."""
    cdef Py_ssize_t at
    for at in range(row.start, row.stop):
        if g.data[at] != c" " and g.data[at] != c"\t":
            return False
    return True


cdef void undouble(Grammar* g, int32_t* start, int32_t* end, Py_ssize_t stride) noexcept nogil:
    """Makes one quote of two in the quoted cells of a sound row; the cells keep their starts."""
    cdef Py_ssize_t column, read, write, stop
    cdef uint8_t quote = <uint8_t>g.marks.quote
    for column in range(g.width):
        read = start[column * stride]
        stop = end[column * stride]
        # Only a quoted cell lies behind a quote: else a delimiter or a line end is there.
        if read == 0 or g.data[read - 1] != quote or memchr(&g.data[read], quote, stop - read) == NULL:
            continue
        write = read
        while read < stop:
            g.data[write] = g.data[read]
            write += 1
            read += 2 if g.data[read] == quote else 1
        end[column * stride] = <int32_t>write


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
    w.entry += g.width
    return last > 0 or here > cell


cdef Halt walk(
    Grammar* g, Window* w, Progress* done, int32_t* start, int32_t* end, Py_ssize_t room,
    int32_t[::1] loose_start, int32_t[::1] loose_end, int64_t[::1] loose_row, uint8_t[::1] loose_why,
) noexcept nogil:
    """Goes on from ``done.position`` until the buffer ends or an array is full."""
    cdef Py_ssize_t span = WINDOW, before, saved
    cdef Row row
    cdef Outcome outcome
    cdef void* grown
    cdef bint plain = not g.marks.carriage and g.marks.delimiter_length <= 1 and WINDOW <= g.longest
    while done.position < g.size:
        before = done.position
        w.limit = min(before + span, g.size)
        if w.limit - before + 72 > w.room:
            grown = realloc(w.at, (w.limit - before + 72) * sizeof(uint32_t))
            if grown == NULL:
                return NO_MEMORY
            w.at = <uint32_t*>grown
            w.room = w.limit - before + 72
        w.count = find_positions(
            g.data, <uint32_t>before, <uint32_t>w.limit, <uint32_t>g.size, &g.marks, w.at, g.path
        )
        w.entry = 0
        outcome = SOUND
        while done.position < w.limit:
            if done.sound == room:
                return ROWS_FULL
            row.start = done.position
            if plain:
                saved = w.entry
                if read_plain_row(g, w, &row, start + done.sound, end + done.sound, room):
                    done.sound += 1
                    done.position = row.next
                    continue
                w.entry = saved
            outcome = read_row(g, w, &row, start + done.sound, end + done.sound, room)
            if outcome == INCOMPLETE or outcome == OVERLONG:
                break
            if outcome == SOUND:
                if row.doubled:
                    undouble(g, start + done.sound, end + done.sound, room)
                done.sound += 1
            elif outcome == BLANK or only_spaces(g, &row):
                done.blank += 1
            else:
                if done.loose == loose_start.shape[0]:
                    return LOOSE_FULL
                loose_start[done.loose] = <int32_t>row.start
                loose_end[done.loose] = <int32_t>row.stop
                loose_row[done.loose] = done.sound + done.loose
                loose_why[done.loose] = <uint8_t>outcome
                done.loose += 1
            done.position = row.next
            while w.entry < w.count and w.at[w.entry] < row.next:
                w.entry += 1
        if outcome == OVERLONG:
            done.overlong = True
            break
        if done.position > before:
            span = WINDOW
            if outcome == INCOMPLETE and w.limit == g.size:
                break
        elif w.limit == g.size:
            break
        else:
            span *= 2
    return DONE


cdef Py_ssize_t roomy(double rows) except -1:
    """Room for ``rows``; not a multiple of 4096 bytes, so that columns do not fall on the same cache lines."""
    return (<Py_ssize_t>rows // 1024 + 1) * 1024 + 80


cdef grow(array, Py_ssize_t kept, Py_ssize_t room):
    """A larger array whose last axis starts with what was kept."""
    larger = np.empty((*tuple(array.shape)[: array.ndim - 1], room), dtype=array.dtype)
    larger[..., :kept] = array[..., :kept]
    return larger


def tokenize(
    uint8_t[::1] data not None,
    bytes delimiter,
    int quote,
    Py_ssize_t width,
    *,
    bint final,
    bint carriage=False,
    Py_ssize_t longest=64 << 20,
    Py_ssize_t longest_quoted=LONGEST_QUOTED,
    Py_ssize_t most_lines=MOST_LINES,
    int path=0,
):
    """Finds the rows of ``data``, which starts at a row's start, and returns ``Tokens``.

    ``data`` uint8[bytes], writable and the caller's own: doubled quotes are made single in place.
    ``delimiter``: 1 to 8 bytes without quote and line ends, or empty: each line is one cell. ``quote``: a byte,
    or -1 for none. ``width``: cells in a sound row. ``final``: no more bytes follow; else a last row that is not
    complete stays unconsumed. ``carriage``: a lone ``\\r`` ends a line. ``longest``: bytes in the longest row;
    ``longest_quoted`` and ``most_lines``: a quoted cell with more bytes or line ends never closes.
    ``path`` picks the search for marks (0: the fastest here; 1, 2: for tests). Raises ValueError.
    """
    cdef Grammar g
    cdef Window w
    cdef Progress done
    cdef Halt halt
    cdef int32_t[:, ::1] starts
    cdef int32_t[:, ::1] ends
    cdef int32_t[::1] loose_starts
    cdef int32_t[::1] loose_ends
    cdef int64_t[::1] loose_rows
    cdef uint8_t[::1] loose_whys
    cdef Py_ssize_t room = roomy(0), loose_room = 64, index
    if len(delimiter) > 8 or b"\n" in delimiter or b"\r" in delimiter:
        raise ValueError("a delimiter is at most 8 bytes without line ends")
    if quote >= 0 and (quote > 255 or quote in delimiter or quote in b"\r\n"):
        raise ValueError("a quote is one byte that is neither in the delimiter nor a line end")
    if width < 1 or (width > 1 and not delimiter):
        raise ValueError("a row has at least one cell, and just one without a delimiter")
    if data.shape[0] >= 1 << 31 or longest < 1:
        raise ValueError("a block is shorter than 2 GiB, and the longest row at least one byte")
    g.size = data.shape[0]
    g.data = &data[0] if g.size else NULL
    g.final = final
    g.marks.delimiter_length = <int32_t>len(delimiter)
    for index in range(8):
        g.marks.delimiter[index] = delimiter[index] if index < len(delimiter) else 10
    g.marks.quote = quote
    g.marks.carriage = carriage
    g.width = width
    g.longest = longest
    g.longest_quoted = longest_quoted
    g.most_lines = most_lines
    g.path = path
    w.at = NULL
    w.room = w.count = w.entry = w.limit = 0
    done.position = done.sound = done.loose = done.blank = 0
    done.overlong = False
    start, end = np.empty((width, room), np.int32), np.empty((width, room), np.int32)
    loose_start, loose_end = np.empty(loose_room, np.int32), np.empty(loose_room, np.int32)
    loose_row, loose_why = np.empty(loose_room, np.int64), np.empty(loose_room, np.uint8)
    try:
        while True:
            starts, ends = start, end
            loose_starts, loose_ends, loose_rows, loose_whys = loose_start, loose_end, loose_row, loose_why
            with nogil:
                halt = walk(
                    &g, &w, &done, &starts[0, 0], &ends[0, 0], room, loose_starts, loose_ends, loose_rows, loose_whys
                )
            if halt == DONE:
                break
            if halt == NO_MEMORY:
                raise MemoryError
            if halt == ROWS_FULL:
                # What was read so far tells how many rows the rest may hold.
                room = roomy(1.05 * done.sound * g.size / max(done.position, 1) + 1024)
                start, end = grow(start, done.sound, room), grow(end, done.sound, room)
            else:
                loose_room *= 2
                loose_start, loose_end = grow(loose_start, done.loose, loose_room), grow(loose_end, done.loose, loose_room)
                loose_row, loose_why = grow(loose_row, done.loose, loose_room), grow(loose_why, done.loose, loose_room)
    finally:
        free(w.at)
    return Tokens(
        start[:, : done.sound], end[:, : done.sound],
        loose_start[: done.loose], loose_end[: done.loose], loose_row[: done.loose], loose_why[: done.loose],
        done.blank, done.position, bool(done.overlong),
    )
