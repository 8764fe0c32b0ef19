"""The reader of SQL dumps: rows of INSERT and COPY as value spans, everything else as lines of free text.

Its state goes over the ends of buffers: between statements, in a list of tuples, in the lines of COPY, or in damage.
A tuple is *sound* if it is SQL and has as many values as its table has columns. Else it is *loose* text up to where the
next tuple or statement begins. A tuple that only makes sense with the other reading of backslashes is read so. Strings
are looked at once more when they are taken, to write escapes as what they stand for over their own bytes.
Heads of statements are parsed by the caller, once each: a head that is known is known by its bytes.
"""

from libc.stdint cimport int32_t, uint8_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from scanner.kernels.sql_expression cimport *
from scanner.kernels.sql_lines cimport *
from scanner.kernels.sql_state cimport *
from scanner.kernels.sql_text cimport *
from scanner.kernels.sql_values cimport *
from scanner.kernels.sql_walk cimport *

from typing import NamedTuple

import numpy as np

HUNGRY = WAITS
ASKS = STOPS
WIDEST = WIDEST_TUPLE  # values in a tuple


class Rows(NamedTuple):
    """The sound rows of one shape: ``start``, ``end`` int32[values, rows]; ``order`` int32[rows], among all sound rows."""

    shape: int
    start: object
    end: object
    order: object


class Taken(NamedTuple):
    """What was read of a buffer; offsets are bytes in it.

    ``loose_start``, ``loose_end``, ``loose_shape``, ``loose_before`` int32[damaged tuples or lines]: the last is how many
    sound rows lie before. ``text_start``, ``text_end`` int32[lines of free text]. ``overlong``, ``wide``, ``exceeded``: how
    many lines or tuples were longer, had more values or a longer value than allowed.
    """

    rows: list
    loose_start: object
    loose_end: object
    loose_shape: object
    loose_before: object
    text_start: object
    text_end: object
    overlong: int
    wide: int
    exceeded: int


cdef struct Out:
    int32_t* start  # of the sound rows of one shape: values one after the other, each for all rows
    int32_t* end
    int32_t* order
    Py_ssize_t done


cdef object pairs(Spans* spans, int which):
    """One of the two numbers of all spans as int32[n]."""
    cdef int32_t[::1] out
    cdef Py_ssize_t index
    array = np.empty(spans.count, np.int32)
    if spans.count:
        out = array
        for index in range(spans.count):
            out[index] = spans.at[2 * index + which]
    return array


cdef class Reader:
    """Reads one dump, a buffer after the other; see the module.

    ``backslash``: whether a backslash escapes in plain strings; ``longest``: bytes of the longest line or tuple;
    ``cell``: of the longest value. Shapes are numbers the caller gives to (table, columns).
    """

    cdef Walk w
    cdef Py_ssize_t shaped  # how many shapes there are
    cdef object view  # keeps the buffer alive

    def __cinit__(self, bint backslash, Py_ssize_t longest=64 << 20, Py_ssize_t cell=16 << 20):
        memset(&self.w, 0, sizeof(Walk))
        self.w.t.backslash = backslash
        self.w.t.longest = cell
        self.w.longest = longest
        self.w.piece = max(min(PIECE, longest), 1)
        self.w.passed = self.w.continued = -1
        self.w.current = -1
        self.w.t.comments = &self.w.texts

    def __dealloc__(self):
        cdef int index
        for index in range(self.w.known):
            free(self.w.slots[index].head)
        free(self.w.shapes)
        free(self.w.values.at)
        free(self.w.fixes.at)
        free(self.w.rows.at)
        free(self.w.loose.at)
        free(self.w.loose_rows.at)
        free(self.w.texts.at)

    @property
    def at(self):
        """How many bytes of the buffer are dealt with; where the head stands that is asked for."""
        return self.w.position

    def width(self, int32_t shape):
        """The number of values of a shape, -1 as long as it is not known for sure."""
        return self.w.shapes[shape].width if shape < self.shaped and self.w.shapes[shape].settled else -1

    def open(self, uint8_t[::1] data not None, bint final):
        """The next buffer: the rest of the last one behind ``at``, and more. ValueError at 2 GiB."""
        cdef int kind
        if data.shape[0] >= 1 << 31:
            raise ValueError("a block is shorter than 2 GiB")
        self.view = data
        self.w.data = &data[0] if data.shape[0] else NULL
        self.w.t.data = self.w.data
        self.w.t.size = data.shape[0]
        self.w.t.final = final
        for kind in range(4):
            self.w.t.open_from[kind] -= self.w.position
            self.w.t.open_until[kind] -= self.w.position
        self.w.passed -= self.w.position
        self.w.since -= self.w.position
        self.w.continued -= self.w.position
        self.w.position = 0

    def walk(self):
        """Reads on: HUNGRY where it needs the next buffer (or is done), ASKS where an unknown statement begins."""
        cdef Step step
        with nogil:
            step = go_on(&self.w)
        if self.w.t.starved:
            raise MemoryError
        return <int>step

    def shape_of(self, int32_t width, bint settled=False):
        """The number of a new shape with so many values (-1: as many as its first row has).

        Unless ``settled``, another number that OTHERS rows have before the first sound one is taken instead.
        """
        cdef void* grown
        if self.shaped & (self.shaped - 1) == 0:
            grown = realloc(self.w.shapes, max(2 * self.shaped, 1) * sizeof(Shape))
            if grown == NULL:
                raise MemoryError
            self.w.shapes = <Shape*>grown
        self.w.shapes[self.shaped] = Shape(width, settled, -1, 0)
        self.shaped += 1
        return self.shaped - 1

    def tuples(self, int32_t shape, Py_ssize_t length):
        """What is asked for is a head of ``length`` bytes, and tuples follow; it is known from here on."""
        cdef Slot* slot
        cdef int index = self.w.newest
        if self.w.known < SLOTS:
            index = self.w.known
            self.w.slots[index].head = NULL
            self.w.known += 1
        self.w.newest = (index + 1) % SLOTS
        slot = &self.w.slots[index]
        free(slot.head)
        slot.head = <uint8_t*>malloc(max(length, 1))
        if slot.head == NULL:
            slot.length = 0
            raise MemoryError
        memcpy(slot.head, self.w.data + self.w.position, length)
        slot.length = length
        slot.shape = shape
        self.w.current = index
        enter(&self.w, shape, length)

    def forget(self):
        """No head is known any more: the same bytes may mean another table from here on."""
        cdef int index
        for index in range(self.w.known):
            free(self.w.slots[index].head)
        self.w.known = self.w.newest = 0
        self.w.current = -1

    def lines(self, int32_t shape, Py_ssize_t length, int delimiter=9):
        """What is asked for is a head of ``length`` bytes, and the lines of COPY follow."""
        self.w.shape = shape
        self.w.position += length
        self.w.delimiter = <uint8_t>delimiter
        self.w.state = LINES

    def text(self):
        """What is asked for is free text."""
        self.w.passed = self.w.position

    def take(self, before_change=None):
        """What was read since the last time: ``Taken``. ``before_change`` is called before a byte is changed, if any is."""
        if self.w.fixes.count:
            if before_change is not None:
                before_change()
            with nogil:
                self.fix()
        taken = Taken(
            self.sound_rows(),
            pairs(&self.w.loose, 0), pairs(&self.w.loose, 1), pairs(&self.w.loose_rows, 0), pairs(&self.w.loose_rows, 1),
            pairs(&self.w.texts, 0), pairs(&self.w.texts, 1),
            self.w.overlong, self.w.wide, self.w.exceeded,
        )
        self.w.values.count = self.w.fixes.count = self.w.rows.count = 0
        self.w.loose.count = self.w.loose_rows.count = self.w.texts.count = 0
        self.w.overlong = self.w.wide = self.w.exceeded = 0
        return taken

    cdef void fix(self) noexcept nogil:
        """Writes the text of all values that are not plain over their bytes."""
        cdef Py_ssize_t index, start, end
        cdef int32_t* value
        cdef int how
        cdef Text t = self.w.t
        t.comments = NULL
        for index in range(4):
            t.open_until[index] = 0
        for index in range(self.w.fixes.count):
            value = self.w.values.at + 2 * self.w.fixes.at[2 * index]
            how = self.w.fixes.at[2 * index + 1]
            start, end = value[0], value[1]
            if how == HEXADECIMAL:
                end = from_digits(self.w.data, start, end)
            elif how == EXPRESSION or how == EXPRESSION_BACKSLASH:
                t.backslash = how == EXPRESSION_BACKSLASH
                end = evaluate(&t, self.w.data, start, end)
            else:
                end = unescaped(self.w.data, start, start, end, how, self.w.data[start - 1] if start else 0)
            value[1] = <int32_t>end

    cdef list sound_rows(self):
        """``Rows`` for each shape that occurs, in the order in which they come first."""
        cdef Py_ssize_t count = self.w.rows.count, index, column, width, n
        cdef int32_t* sizes = <int32_t*>calloc(self.shaped + 1, sizeof(int32_t))
        cdef Out* outs = <Out*>calloc(self.shaped + 1, sizeof(Out))
        cdef Out* out
        cdef int32_t* values
        cdef int32_t[:, ::1] starts
        cdef int32_t[:, ::1] ends
        cdef int32_t[::1] orders
        found = []
        try:
            if sizes == NULL or outs == NULL:
                raise MemoryError
            for index in range(count):
                sizes[self.w.rows.at[2 * index]] += 1
            for index in range(count):
                shape = self.w.rows.at[2 * index]
                out = &outs[shape]
                if out.start != NULL:
                    continue
                starts = start = np.empty((self.w.shapes[shape].width, sizes[shape]), np.int32)
                ends = end = np.empty_like(start)
                orders = order = np.empty(sizes[shape], np.int32)
                out.start, out.end, out.order = &starts[0, 0], &ends[0, 0], &orders[0]
                found.append(Rows(shape, start, end, order))
            with nogil:
                for index in range(count):
                    n = sizes[self.w.rows.at[2 * index]]
                    out = &outs[self.w.rows.at[2 * index]]
                    width = self.w.shapes[self.w.rows.at[2 * index]].width
                    values = self.w.values.at + 2 * <Py_ssize_t>self.w.rows.at[2 * index + 1]
                    for column in range(width):
                        out.start[column * n + out.done] = values[2 * column]
                        out.end[column * n + out.done] = values[2 * column + 1]
                    out.order[out.done] = <int32_t>index
                    out.done += 1
        finally:
            free(sizes)
            free(outs)
        return found
