"""The tokeniser of delimited text: where rows and cells lie, and which lines fit no row.

Grammar (RFC 4180, made total). A row is cells between delimiters, up to a line end: ``\\n``, ``\\r\\n`` and,
if ``carriage``, a lone ``\\r``. A quote opens only as the first byte of a cell; a doubled quote inside stands
for one; one behind an ``escape`` (of which two are none) stays as it is. A row is *sound* if it has exactly ``width`` cells. Otherwise its first line, read without quoting,
is *loose* and reading goes on behind it; so one stray quote costs one line, also where it and another one would make a
cell of the lines between them: a row of four cells or more whose first two lines, read without quoting, are rows is none. A row of the wrong width that lies
on one line is loose as a whole. A line without content is *blank*, and so is a loose one without a letter or digit. Nothing else exists: every byte lies in a
cell, a loose line, a blank line, or is a delimiter, a quote or a line end.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, realloc
from libc.string cimport memchr, memcpy

from scanner.kernels.tokenize_rows cimport *

cdef extern from "undouble.h" nogil:
    int64_t undouble_text(const uint8_t* text, int64_t size, uint8_t quote, int escape, uint8_t* out, int path)

from typing import NamedTuple

import numpy as np

# Why a line is loose.
WRONG_WIDTH = 1
BROKEN_QUOTE = 2
UNCLOSED_QUOTE = 3

LONGEST_QUOTED = 1 << 20
MOST_LINES = 1000

cdef enum Halt:
    DONE = 0
    ROWS_FULL = 1
    LOOSE_FULL = 2
    NO_MEMORY = 3

cdef enum:
    WINDOW = 32768  # bytes whose positions are listed at a time: list and text stay in the near caches


cdef struct Doubled:
    int64_t* cells  # those that hold a doubled quote, ascending: row * width + column
    Py_ssize_t room
    Py_ssize_t count


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
    starts with a line of more than ``longest`` bytes that the caller must take in pieces. ``doubled`` int64, ascending: the
    quoted cells in sound rows that hold a doubled quote, each as row * width + column: see ``undouble``.
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
    doubled: object = np.zeros(0, np.int64)

    @property
    def rows(self):
        """int64[sound rows]: ordinals of the sound rows, or None where they are 0, 1, 2 and so on."""
        sound = self.start.shape[1]
        if not len(self.loose_row):
            return None
        kept = np.ones(sound + len(self.loose_row), dtype=bool)
        kept[self.loose_row] = False
        return np.flatnonzero(kept)


cdef bint remember(
    const Grammar* g, Doubled* doubled, Py_ssize_t row, const int32_t* start, const int32_t* end, Py_ssize_t stride
) noexcept nogil:
    """Adds the cells of a sound row that hold a doubled quote; False where there is no memory."""
    cdef Py_ssize_t column, first, room
    cdef void* grown
    for column in range(g.width):
        first = start[column * stride]
        # Only a quoted cell lies behind a quote: else a delimiter or a line end is there.
        if (
            first == 0 or g.data[first - 1] != g.marks.quote
            or memchr(&g.data[first], g.marks.quote, end[column * stride] - first) == NULL
        ):
            continue
        if doubled.count == doubled.room:
            room = 2 * doubled.room + 64
            grown = realloc(doubled.cells, room * sizeof(int64_t))
            if grown == NULL:
                return False
            doubled.cells = <int64_t*>grown
            doubled.room = room
        doubled.cells[doubled.count] = row * g.width + column
        doubled.count += 1
    return True


cdef Halt walk(
    const Grammar* g, Window* w, Doubled* doubled, Progress* done, int32_t* start, int32_t* end, Py_ssize_t room,
    int32_t[::1] loose_start, int32_t[::1] loose_end, int64_t[::1] loose_row, uint8_t[::1] loose_why,
) noexcept nogil:
    """Goes on from ``done.position`` until the buffer ends or an array is full."""
    cdef Py_ssize_t span = WINDOW, before
    cdef Row row
    cdef Outcome outcome
    cdef void* grown
    cdef bint plain = not g.marks.carriage and g.marks.delimiter_length <= 1 and WINDOW <= g.longest
    cdef bint together = plain and 1 < g.width <= MOST_TOGETHER
    cdef uint8_t[17 * MOST_TOGETHER] pattern
    cdef uint32_t taken, next_row = 0
    if together:
        fill_pattern(&pattern[0], <uint32_t>g.width, g.marks.delimiter[0])
    while done.position < g.size:
        before = done.position
        w.limit = min(before + span, g.size)
        if w.limit - before + 72 > w.room:
            grown = realloc(w.at, (w.limit - before + 72) * sizeof(uint32_t))
            if grown == NULL:
                return NO_MEMORY
            w.at = <uint32_t*>grown
            grown = realloc(w.kinds, w.limit - before + 72)
            if grown == NULL:
                return NO_MEMORY
            w.kinds = <uint8_t*>grown
            w.room = w.limit - before + 72
        w.count = find_positions(
            g.data, <uint32_t>before, <uint32_t>w.limit, <uint32_t>g.size, &g.marks, w.at, w.kinds, g.path,
            &w.kinds_known,
        )
        w.entry = 0
        outcome = SOUND
        while done.position < w.limit:
            if done.sound == room:
                return ROWS_FULL
            row.start = done.position
            if together and w.kinds_known:
                taken = take_together(
                    g.data, w.at + w.entry, w.kinds + w.entry, &pattern[0], <uint32_t>(w.count - w.entry),
                    <uint32_t>(room - done.sound), <uint32_t>g.width, <uint32_t>done.position, start + done.sound,
                    end + done.sound, room, &next_row,
                )
                if taken:
                    done.sound += taken
                    w.entry += taken * g.width
                    done.position = next_row
                    continue
            if plain:
                if (
                    read_plain_row(g, w, &row, start + done.sound, end + done.sound, room)
                    or read_quoted_row(g, w, &row, start + done.sound, end + done.sound, room)
                ):
                    done.sound += 1
                    done.position = row.next
                    continue
            outcome = read_row(g, w, &row, start + done.sound, end + done.sound, room)
            if outcome == INCOMPLETE or outcome == OVERLONG:
                break
            if outcome == SOUND:
                if row.doubled and not remember(g, doubled, done.sound, start + done.sound, end + done.sound, room):
                    return NO_MEMORY
                done.sound += 1
            elif outcome == BLANK or holds_nothing(g, &row):
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


cdef bint has_lone_return(const uint8_t* data, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    """Whether a carriage return lies there in front of another byte than a line feed."""
    cdef const uint8_t* found
    while at < end:
        found = <const uint8_t*>memchr(data + at, 13, end - at)
        if found == NULL:
            return False
        at = found - data + 1
        if at < end and data[at] != 10:
            return True
    return False


def lone_returns(
    const uint8_t[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
):
    """bool[n]: which spans ``data[start[i]:end[i]]`` (int32[n]) hold a carriage return in front of another byte of theirs
    that is no line feed. ValueError where a span does not lie in the data."""
    cdef Py_ssize_t i, count = start.shape[0]
    cdef bint sound = True
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    found = np.zeros(count, np.bool_)
    cdef uint8_t[::1] view = found.view(np.uint8)
    with nogil:
        for i in range(count):
            sound = 0 <= start[i] <= end[i] <= data.shape[0]
            if not sound:
                break
            if start[i] < end[i]:
                view[i] = has_lone_return(&data[0], start[i], end[i])
    if not sound:
        raise ValueError("a span does not lie in the data")
    return found


cdef Py_ssize_t roomy(double rows) except -1:
    """Room for ``rows``; not a multiple of 4096 bytes, so that columns do not fall on the same cache lines."""
    return (<Py_ssize_t>rows // 1024 + 1) * 1024 + 80


cdef grow(array, Py_ssize_t kept, Py_ssize_t room):
    """A larger array whose last axis starts with what was kept."""
    larger = np.empty((*tuple(array.shape)[: array.ndim - 1], room), dtype=array.dtype)
    larger[..., :kept] = array[..., :kept]
    return larger


def tokenize(
    const uint8_t[::1] data not None,
    bytes delimiter,
    int quote,
    Py_ssize_t width,
    *,
    bint final,
    bint carriage=False,
    Py_ssize_t longest=64 << 20,
    Py_ssize_t longest_quoted=LONGEST_QUOTED,
    Py_ssize_t most_lines=MOST_LINES,
    int escape=-1,
    int path=0,
):
    """Finds the rows of ``data``, which starts at a row's start, and returns ``Tokens``.

    ``data`` uint8[bytes]; doubled quotes are still in its cells: see ``undouble``.
    ``delimiter``: 1 to 8 bytes without quote and line ends, or empty: each line is one cell. ``quote``: a byte,
    or -1 for none. ``width``: cells in a sound row. ``final``: no more bytes follow; else a last row that is not
    complete stays unconsumed. ``carriage``: a lone ``\\r`` ends a line. ``longest``: bytes in the longest row;
    ``longest_quoted`` and ``most_lines``: a quoted cell with more bytes or line ends never closes.
    ``escape``: a byte, or -1 for none.
    ``path`` picks the search for marks (0: the fastest here; 1, 2: for tests). Raises ValueError.
    """
    cdef Grammar g
    cdef Window w
    cdef Doubled doubled
    cdef Progress done
    cdef Halt halt
    cdef int32_t[:, ::1] starts
    cdef int32_t[:, ::1] ends
    cdef int32_t[::1] loose_starts
    cdef int32_t[::1] loose_ends
    cdef int64_t[::1] loose_rows
    cdef uint8_t[::1] loose_whys
    cdef int64_t[::1] doubled_cells
    cdef Py_ssize_t room = roomy(0), loose_room = 64, index
    if len(delimiter) > 8 or b"\n" in delimiter or b"\r" in delimiter:
        raise ValueError("a delimiter is at most 8 bytes without line ends")
    if quote >= 0 and (quote > 255 or quote in delimiter or quote in b"\r\n"):
        raise ValueError("a quote is one byte that is neither in the delimiter nor a line end")
    if escape >= 0 and (escape > 127 or escape == quote or escape in delimiter or escape in b"\r\n"):
        raise ValueError("an escape is one ASCII byte that is no quote, no line end and not in the delimiter")
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
    g.escape = escape
    g.path = path
    w.at = NULL
    w.kinds = NULL
    doubled.cells = NULL
    doubled.room = doubled.count = 0
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
                    &g, &w, &doubled, &done, &starts[0, 0], &ends[0, 0], room,
                    loose_starts, loose_ends, loose_rows, loose_whys,
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
        cells = np.empty(doubled.count, np.int64)
        if doubled.count:
            doubled_cells = cells
            memcpy(&doubled_cells[0], doubled.cells, doubled.count * sizeof(int64_t))
    finally:
        free(w.at)
        free(w.kinds)
        free(doubled.cells)
    return Tokens(
        start[:, : done.sound], end[:, : done.sound],
        loose_start[: done.loose], loose_end[: done.loose], loose_row[: done.loose], loose_why[: done.loose],
        done.blank, done.position, bool(done.overlong), cells,
    )


def undouble(
    uint8_t[::1] data not None, Py_ssize_t at, const int64_t[::1] cells not None, uint8_t quote, int escape,
    int32_t[:, :] start not None, int32_t[:, :] end not None, int path=0,
):
    """Writes cells to ``data[at:]``, behind each other, without every second quote of theirs that no escape stands before.

    ``start``, ``end`` int32[width, rows] tell where cells lie, and are changed; ``cells`` int64, ascending: which (see
    ``Tokens.doubled``). No byte before ``at`` changes; as many are needed behind it as the cells have. Returns int64[2,
    cells]: where each lies now, and where it began. ``path`` 1: without vector instructions, for tests. ValueError where there is none such, or no room.
    """
    cdef Py_ssize_t index, count = cells.shape[0], width = start.shape[0], room = data.shape[0] - at, write = at
    cdef Py_ssize_t row, column, read, stop
    cdef bint sound = width == end.shape[0] and start.shape[1] == end.shape[1]
    if not 0 <= at <= data.shape[0] < 1 << 31:
        raise ValueError("a block with its copies is shorter than 2 GiB")
    copies = np.empty((2, count), np.int64)
    cdef int64_t[:, ::1] told = copies
    with nogil:
        for index in range(count if sound else 0):
            sound = (cells[index - 1] if index else -1) < cells[index] < width * start.shape[1]
            if not sound:
                break
            row, column = cells[index] // width, cells[index] % width
            room -= end[column, row] - start[column, row]
            sound = 0 <= start[column, row] <= end[column, row] <= at and room >= 0
            if not sound:
                break
        for index in range(count if sound else 0):
            row, column = cells[index] // width, cells[index] % width
            read, stop = start[column, row], end[column, row]
            told[0, index], told[1, index] = write, read
            start[column, row] = <int32_t>write
            if read < stop:
                write += undouble_text(&data[read], stop - read, quote, escape, &data[write], path)
            end[column, row] = <int32_t>write
    if not sound:
        raise ValueError("a cell does not lie in front of the room, or has none there")
    return copies
