"""What the reader of a dump remembers between two buffers, and the little that all its steps do."""

from libc.stdint cimport int32_t, uint8_t
from libc.string cimport memcmp

from scanner.kernels.sql_text cimport *

cdef enum:
    SLOTS = 64  # heads that are known by their bytes
    OTHERS = 3  # rows of another width than was said that are believed
    WIDEST_TUPLE = 1 << 14


cdef enum Step:
    GOING = -1
    WAITS = 0  # the next buffer is needed
    STOPS = 1  # at a statement that the caller must tell about


cdef enum State:
    OUTSIDE = 0
    TUPLES = 1
    LINES = 2
    DAMAGED = 3


cdef struct Shape:
    int32_t width  # values of a row, -1: not known
    bint settled  # it is: the statement names its columns, or there was a sound row
    int32_t other  # while it is not, values of the last rows that had another number, and how many had
    int32_t others


cdef struct Slot:
    uint8_t* head
    Py_ssize_t length
    int32_t shape


cdef struct Walk:
    Text t
    uint8_t* data
    State state
    Py_ssize_t position
    Py_ssize_t passed  # where the caller said that text begins
    Py_ssize_t since  # where what goes on behind damage is looked for
    Py_ssize_t continued  # where a line goes on that was cut
    Py_ssize_t longest  # bytes of a line or tuple
    Py_ssize_t piece  # bytes of the pieces in which longer ones are cut
    Slot slots[SLOTS]
    int known
    int newest
    int current
    Shape* shapes
    int32_t shape
    bint first  # no tuple of the statement was read yet
    bint fresh  # a line ended since the last tuple
    uint8_t delimiter
    Spans values
    Spans fixes  # which values are not plain, and how they are written
    Spans rows  # shape, first value
    Spans loose
    Spans loose_rows  # shape, sound rows before
    Spans texts
    Py_ssize_t overlong
    Py_ssize_t wide
    Py_ssize_t exceeded
    bint too_wide


cdef inline void add(Walk* w, Spans* spans, Py_ssize_t one, Py_ssize_t other) noexcept nogil:
    """Adds a span, unless there is no memory."""
    if not push(spans, one, other):
        w.t.starved = True


cdef inline void add_loose(Walk* w, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Damage of the present shape."""
    add(w, &w.loose, start, stop)
    add(w, &w.loose_rows, w.shape, w.rows.count)


cdef inline void back_to(Walk* w, Py_ssize_t values, Py_ssize_t fixes, Py_ssize_t texts) noexcept nogil:
    """Drops what was added since there were so many."""
    w.values.count = values
    w.fixes.count = fixes
    w.texts.count = texts


cdef inline void enter(Walk* w, int32_t shape, Py_ssize_t length) noexcept nogil:
    """Behind a head of ``length`` bytes, where tuples follow."""
    w.shape = shape
    w.position += length
    w.first = True
    w.fresh = False
    w.state = TUPLES


cdef inline int matched(Walk* w, Py_ssize_t at) noexcept nogil:
    """The slot whose head stands at ``at``; -1: none; -2: cannot be told yet."""
    cdef int turn, index
    cdef Py_ssize_t length, left = w.t.size - at
    cdef Slot* slot
    cdef bint open_ = False
    for turn in range(-1, w.known):
        index = w.current if turn < 0 else turn
        if index < 0:
            continue
        slot = &w.slots[index]
        length = min(slot.length, left)
        if memcmp(slot.head, w.data + at, length) != 0:
            continue
        if slot.length < left:
            if not sql_is_name(w.data[at + length]):
                return index
        elif not w.t.final:
            open_ = True
        elif slot.length == left:
            return index
    return -2 if open_ else -1


cdef inline bint fits(Walk* w, Py_ssize_t found) noexcept nogil:
    """Whether a row of so many values is a sound one; the first of a shape may tell its width."""
    cdef Shape* shape = &w.shapes[w.shape]
    if found and (found == shape.width or shape.width < 0):
        shape.settled = True
        shape.width = <int32_t>found
        return True
    if shape.settled or not found:
        return False
    shape.others = shape.others + 1 if found == shape.other else 1
    shape.other = <int32_t>found
    if shape.others < OTHERS:
        return False
    shape.width = <int32_t>found
    shape.settled = True
    return True
