"""Which cells hold a byte sequence that a pattern cannot match without: shift-and over many gates at once.

Each gate is a run of positions; each position is one bit of a word of 64, and accepts a class of bytes, once
or, where its ``loops`` bit is set, once or more. A cell is read as edge, bytes, edge, where the edge is a
256th byte value of its own, so that a gate can ask for the start or the end of a cell. Before that, two cheaper
questions are asked, word by word: whether the cell holds the kinds of bytes that any gate needs, and whether it is
long enough and holds the rarest two neighbours of any gate at all.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

import numpy as np

ctypedef unsigned long long word_t

cdef extern from "gate.h" nogil:
    ctypedef struct Buckets:
        const uint16_t* pairs
        const uint8_t* tables
        const uint8_t* lines
        int path

    ctypedef struct Asked:
        const uint8_t* data
        const int* start
        const int* end
        const int* chosen
        const uint16_t* kinds
        const uint16_t* needs
        const uint16_t* fitting
        int64_t size
        int64_t count
        int64_t asked

    int64_t next_open(const Buckets* b, const Asked* a, int64_t k, uint32_t* found)
    int best_path(int path)

cdef inline word_t step(word_t state, word_t starts, word_t loops, word_t accept) noexcept nogil:
    # A last position shifts into the first one of the next gate, which is always open anyway.
    return ((state << 1) | starts | (state & loops)) & accept


# Raw pointers: a memoryview is a struct of 200 bytes, copied at each call. gate() checks every span first.
cdef word_t run_one(const uint8_t* p, Py_ssize_t size, const word_t* accept, word_t starts, word_t loops) noexcept nogil:
    cdef Py_ssize_t at
    cdef word_t state = starts & accept[256]
    cdef word_t seen = state
    for at in range(size):
        state = step(state, starts, loops, accept[p[at]])
        seen |= state
    return seen | step(state, starts, loops, accept[256])


cdef void run_two(const uint8_t* p, Py_ssize_t size, const word_t* accept, const word_t* other, const word_t* starts,
                  const word_t* loops, int v, int w, word_t* found) noexcept nogil:
    # Two words side by side cost as much as one, because each waits for its own last step.
    cdef Py_ssize_t at
    cdef word_t a = starts[v] & accept[256], b = starts[w] & other[256], seen_a = a, seen_b = b
    for at in range(size):
        a = step(a, starts[v], loops[v], accept[p[at]])
        b = step(b, starts[w], loops[w], other[p[at]])
        seen_a |= a
        seen_b |= b
    found[v] = seen_a | step(a, starts[v], loops[v], accept[256])
    found[w] = seen_b | step(b, starts[w], loops[w], other[256])


def gate(const unsigned char[::1] data not None, const int[::1] start not None, const int[::1] end not None,
         const word_t[::1] accept not None, const word_t[::1] starts not None, const word_t[::1] loops not None,
         const word_t[::1] finals not None, const uint16_t[::1] pairs not None, const uint8_t[:, ::1] tables not None,
         const uint8_t[::1] lines not None,
         const uint16_t[::1] wanted not None, const int[::1] chosen=None, const unsigned short[::1] kinds=None,
         const unsigned short[::1] needs=None, int path=0):
    """The cells in which a gate occurs, and which.

    ``data`` uint8[bytes], ``start`` and ``end`` int32[n]: the cells. ``accept`` uint64[257 * words]: for each word
    and byte (256: the edge of the cell) the positions that accept it; ``starts``, ``loops``, ``finals``
    uint64[words]: the first, the repeatable and the last positions. The cheap pass sorts gates into 16 buckets:
    ``pairs`` uint16[65536]: the buckets of each two bytes (first + 256 * second), ``tables`` uint8[8, 16]: the same by
    halves of bytes (gate.h); ``lines`` uint8[2]: how many pairs in line the two dense buckets need, 10 to 63; ``wanted`` uint16[65 * words]: for each word by length (64: or more), the buckets of
    which a cell needs at least one; the last bucket stands for no condition. ``chosen`` int32, ascending: the cells to
    be looked at, None for all. ``kinds`` uint16[n]: the profile of the cells, and ``needs`` uint16[65536]: for each
    such value the buckets of which any gate can open. ``path`` 1: without vector instructions, for tests. Returns
    (int32[m] cells, ascending; uint64[m, words] last positions reached). Empty cells are left out. ValueError if shapes
    do not fit or a cell lies outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], words = starts.shape[0], i, k, w, kept = 0, length, waiting, asked
    cdef word_t any_hit, one
    cdef uint32_t found = 0
    cdef Buckets buckets
    cdef Asked column
    cdef const uint8_t* bytes_at = &data[0] if data.shape[0] else NULL
    cdef bint profiled = kinds is not None and needs is not None
    cdef uint16_t fitting[65]
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    if not words or accept.shape[0] != 257 * words or loops.shape[0] != words or finals.shape[0] != words:
        raise ValueError("the gate tables differ in width")
    if pairs.shape[0] != 65536 or tables.shape[0] != 8 or tables.shape[1] != 16 or wanted.shape[0] != 65 * words:
        raise ValueError("pairs must have 65536 values, tables 8 by 16, and wanted 65 for each word")
    if lines.shape[0] != 2 or not (10 <= lines[0] <= 63 and 10 <= lines[1] <= 63):
        raise ValueError("lines must be two numbers from 10 to 63")
    if profiled and (kinds.shape[0] != count or needs.shape[0] != 65536):
        raise ValueError("kinds must have a value for each cell and needs 65536")
    asked = count if chosen is None else chosen.shape[0]
    for k in range(asked if chosen is not None else 0):
        if not 0 <= chosen[k] < count:
            raise ValueError("a chosen cell is none of the cells")
    for length in range(65):
        fitting[length] = 0
        for w in range(words):
            fitting[length] |= wanted[65 * w + length]
    for i in range(count):
        if start[i] < 0 or end[i] < start[i] or end[i] > data.shape[0]:
            raise ValueError("a cell lies outside the data")
    buckets.pairs = &pairs[0]
    buckets.tables = &tables[0, 0]
    buckets.lines = &lines[0]
    buckets.path = best_path(path)
    column.data = bytes_at
    column.start = &start[0] if count else NULL
    column.end = &end[0] if count else NULL
    column.chosen = &chosen[0] if chosen is not None and asked else NULL
    column.kinds = &kinds[0] if profiled and count else NULL
    column.needs = &needs[0] if profiled else NULL
    column.fitting = fitting
    column.size = data.shape[0]
    column.count = count
    column.asked = asked
    cells = np.empty(asked, dtype=np.int32)
    hits = np.empty((asked, words), dtype=np.uint64)
    cdef int[::1] out_cells = cells
    cdef word_t[:, ::1] out_hits = hits
    with nogil:
        k = next_open(&buckets, &column, 0, &found)
        while k < asked:
            i = column.chosen[k] if column.chosen != NULL else k
            length = end[i] - start[i]
            if length > 64:
                length = 64
            any_hit = 0
            waiting = -1
            for w in range(words):
                out_hits[kept, w] = 0
                if not found & wanted[65 * w + length]:
                    continue
                if waiting < 0:
                    waiting = w
                    continue
                run_two(&data[start[i]], end[i] - start[i], &accept[257 * waiting], &accept[257 * w], &starts[0],
                        &loops[0], <int>waiting, <int>w, &out_hits[kept, 0])
                out_hits[kept, waiting] &= finals[waiting]
                out_hits[kept, w] &= finals[w]
                any_hit |= out_hits[kept, waiting] | out_hits[kept, w]
                waiting = -1
            if waiting >= 0:
                one = finals[waiting] & run_one(
                    &data[start[i]], end[i] - start[i], &accept[257 * waiting], starts[waiting], loops[waiting]
                )
                out_hits[kept, waiting] = one
                any_hit |= one
            if any_hit:
                out_cells[kept] = <int>i
                kept += 1
            k = next_open(&buckets, &column, k + 1, &found)
    return cells[:kept], hits[:kept]
