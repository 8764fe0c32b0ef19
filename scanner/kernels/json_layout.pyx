"""JSON in one line as JSON in lines, as ``json.dumps`` with ``indent=1`` writes it, which does so in Python."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset

cdef enum:
    QUOTE = 0x22
    BACKSLASH = 0x5C
    COMMA = 0x2C


cdef int64_t _lay_out(const uint8_t[::1] text, int64_t depth, uint8_t* out) noexcept nogil:
    """How many bytes the lines have; writes them, unless ``out`` is NULL."""
    cdef int64_t size = text.shape[0], i, at = 0, level = depth
    cdef uint8_t c
    cdef bint inside = False, escaped = False, begins, ends
    for i in range(size):
        c = text[i]
        begins = ends = False
        if inside:
            inside = escaped or c != QUOTE
            escaped = not escaped and c == BACKSLASH
        elif c == QUOTE:
            inside = True
        elif c == b"{" or c == b"[":
            level += 1
            begins = i + 1 < size and text[i + 1] != c + 2
        elif c == b"}" or c == b"]":
            level -= level > 0
            ends = i > 0 and text[i - 1] != c - 2
        else:
            begins = c == COMMA
        if ends:
            if out is not NULL:
                out[at] = b"\n"
                memset(out + at + 1, b" ", level)
            at += 1 + level
        if out is not NULL:
            out[at] = c
        at += 1
        if begins:
            if out is not NULL:
                out[at] = b"\n"
                memset(out + at + 1, b" ", level)
            at += 1 + level
    return at


def laid_out(const uint8_t[::1] text not None, int64_t depth=0):
    """The lines as bytes, each further one with ``depth`` (at least 0) more blanks. ValueError for another depth.

    ``text``: JSON without blanks but behind colons; what is no JSON comes back with lines somewhere.
    """
    cdef int64_t size
    cdef bytes lines
    if depth < 0:
        raise ValueError("lines cannot begin before their first column")
    with nogil:
        size = _lay_out(text, depth, NULL)
    lines = PyBytes_FromStringAndSize(NULL, size)
    cdef uint8_t* out = <uint8_t*>PyBytes_AS_STRING(lines)
    with nogil:
        _lay_out(text, depth, out)
    return lines
