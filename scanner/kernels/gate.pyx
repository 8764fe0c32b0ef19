"""Which cells hold a byte sequence that a pattern cannot match without: shift-and over many gates at once.

Each gate is a run of positions; each position is one bit of a word of 64, and accepts a class of bytes, once
or, where its ``loops`` bit is set, once or more. A cell is read as edge, bytes, edge, where the edge is a
256th byte value of its own, so that a gate can ask for the start or the end of a cell. Before that, two cheaper
questions are asked, word by word: whether the cell holds the kinds of bytes that any gate needs, and whether it is
long enough and holds the rarest two neighbours of any gate at all. Cells of digits alone differ by length only.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

import numpy as np

ctypedef unsigned long long word_t

cdef extern from "gate.h" nogil:
    ctypedef struct Buckets:
        const uint16_t* pairs
        const uint8_t* tables
        int path

    uint32_t buckets_of(const Buckets* b, const uint8_t* p, uint32_t size, int64_t left)
    int best_path(int path)
    void fetch_ahead(const uint8_t* data, const int* start, const int* end, int64_t at, int64_t count)

cdef enum:
    ALL_DIGITS = 1  # the kinds of a cell of digits, as kernels.profile has them


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
         const uint16_t[::1] wanted not None, const unsigned short[::1] kinds=None,
         const unsigned short[::1] needs=None, const word_t[::1] of_digits=None,
         int path=0):
    """The cells in which a gate occurs, and which.

    ``data`` uint8[bytes], ``start`` and ``end`` int32[n]: the cells. ``accept`` uint64[257 * words]: for each word
    and byte (256: the edge of the cell) the positions that accept it; ``starts``, ``loops``, ``finals``
    uint64[words]: the first, the repeatable and the last positions. The cheap pass sorts gates into 16 buckets:
    ``pairs`` uint16[65536]: the buckets of each two bytes (first + 256 * second), ``tables`` uint8[8, 16]: the same by
    halves of bytes (gate.h); ``wanted`` uint16[65 * words]: for each word by length (64: or more), the buckets of
    which a cell needs at least one; the last bucket stands for no condition. ``kinds`` uint16[n]: the profile of the cells, and
    ``needs`` uint16[65536]: for each such value the buckets of which any gate can open; ``of_digits``
    uint64[65 * words] or None: by length below 65 what is found in a cell of digits alone. ``path`` 1: without vector
    instructions, for tests. Returns (int32[m] cells, ascending;
    uint64[m, words] last positions reached). Empty cells are
    left out. ValueError if shapes do not fit or a cell lies outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], words = starts.shape[0], i, w, kept = 0, length, waiting
    cdef word_t any_hit, one
    cdef unsigned int found, need = 0xFFFF
    cdef Buckets buckets
    cdef const uint8_t* bytes_at = &data[0] if data.shape[0] else NULL
    cdef bint profiled = kinds is not None and needs is not None
    cdef bint tabled = profiled and of_digits is not None
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    if not words or accept.shape[0] != 257 * words or loops.shape[0] != words or finals.shape[0] != words:
        raise ValueError("the gate tables differ in width")
    if pairs.shape[0] != 65536 or tables.shape[0] != 8 or tables.shape[1] != 16 or wanted.shape[0] != 65 * words:
        raise ValueError("pairs must have 65536 values, tables 8 by 16, and wanted 65 for each word")
    if profiled and (kinds.shape[0] != count or needs.shape[0] != 65536):
        raise ValueError("kinds must have a value for each cell and needs 65536")
    if tabled and of_digits.shape[0] != 65 * words:
        raise ValueError("of_digits must have 65 values for each word")
    for i in range(count):
        if start[i] < 0 or end[i] < start[i] or end[i] > data.shape[0]:
            raise ValueError("a cell lies outside the data")
    buckets.pairs = &pairs[0]
    buckets.tables = &tables[0, 0]
    buckets.path = best_path(path)
    cells = np.empty(count, dtype=np.int32)
    hits = np.empty((count, words), dtype=np.uint64)
    cdef int[::1] out_cells = cells
    cdef word_t[:, ::1] out_hits = hits
    with nogil:
        for i in range(count):
            fetch_ahead(bytes_at, &start[0], &end[0], i, count)
            length = end[i] - start[i]
            if not length:
                continue
            if profiled:
                need = needs[kinds[i]]
                if not need:
                    continue
            if tabled and kinds[i] == ALL_DIGITS and length <= 64:
                any_hit = 0
                for w in range(words):
                    one = of_digits[length * words + w]
                    out_hits[kept, w] = one
                    any_hit |= one
                if any_hit:
                    out_cells[kept] = <int>i
                    kept += 1
                continue
            found = need & buckets_of(&buckets, &data[start[i]], <uint32_t>length, data.shape[0] - start[i])
            if not found:
                continue
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
    return cells[:kept].copy(), hits[:kept].copy()
