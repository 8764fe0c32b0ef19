"""Which cells hold a byte sequence that a pattern cannot match without: shift-and over many gates at once.

Each gate is a run of positions; each position is one bit of a word of 64, and accepts a class of bytes, once
or, where its ``loops`` bit is set, once or more. A cell is read as edge, bytes, edge, where the edge is a
256th byte value of its own, so that a gate can ask for the start or the end of a cell. Before that, two cheaper
questions are asked, word by word: whether the cell holds the kinds of bytes that any gate needs, and whether it is
long enough and holds the rarest two neighbours of any gate at all.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.lock cimport FEW_BYTES, FEW_TEXTS

ctypedef uint64_t word_t

cdef extern from "gate.h" nogil:
    ctypedef struct Buckets:
        const uint16_t* pairs
        const uint8_t* tables
        const uint8_t* lines
        int path

    ctypedef struct Asked:
        const uint8_t* data
        const int32_t* start
        const int32_t* end
        const int32_t* chosen
        const uint16_t* kinds
        const uint16_t* needs
        const uint16_t* fitting
        int64_t size
        int64_t count
        int64_t asked

    ctypedef struct Sequence:
        int32_t word
        int32_t first
        int32_t last
        int32_t pair

    ctypedef struct Gates:
        const word_t* accept
        const word_t* starts
        const word_t* loops
        const word_t* finals
        const Sequence* sequences
        const int32_t* begins
        const word_t* dense
        const word_t* anyhow
        int64_t words

    int64_t next_open(const Buckets* b, const Asked* a, int64_t k, uint32_t* found)
    int64_t gate_at_once(const Gates* g, const Buckets* b, const Asked* a, int32_t* cells, word_t* hits)
    int vector_path(int path)
    bint cells_lie_inside(const int32_t* start, const int32_t* end, int64_t count, int64_t size)

cdef enum:
    NO_CELL = -2
    OUTSIDE = -3


cdef int64_t checked_gate(
    const Gates* gates, const Buckets* buckets, const Asked* a, int32_t* cells, word_t* hits
) noexcept nogil:
    """``gate_at_once``, once all cells that are asked about are known to lie in the data; NO_CELL, OUTSIDE."""
    cdef int64_t k
    cdef int32_t i
    if a.chosen == NULL:
        if a.count and not cells_lie_inside(a.start, a.end, a.count, a.size):
            return OUTSIDE
    for k in range(a.asked if a.chosen != NULL else 0):
        i = a.chosen[k]
        if not 0 <= i < a.count:
            return NO_CELL
        if not 0 <= a.start[i] <= a.end[i] <= a.size:
            return OUTSIDE
    if not a.asked:
        return 0
    return gate_at_once(gates, buckets, a, cells, hits)


cdef bint few_bytes(const int32_t[::1] start, const int32_t[::1] end, const int32_t[::1] chosen) noexcept nogil:
    cdef Py_ssize_t k
    cdef int64_t size = 0
    if chosen.shape[0] > FEW_TEXTS:
        return False
    for k in range(chosen.shape[0]):
        if 0 <= chosen[k] < start.shape[0]:
            size += end[chosen[k]] - start[chosen[k]]
    return size <= FEW_BYTES


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


def gate(const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
         const word_t[::1] accept not None, const word_t[::1] starts not None, const word_t[::1] loops not None,
         const word_t[::1] finals not None, const uint16_t[::1] pairs not None, const uint8_t[:, ::1] tables not None,
         const uint8_t[::1] lines not None,
         const uint16_t[::1] wanted not None, const int32_t[:, ::1] sequences not None, const int32_t[::1] begins not None,
         const int32_t[::1] chosen=None, const unsigned short[::1] kinds=None,
         const unsigned short[::1] needs=None, int path=0):
    """The cells in which a gate occurs, and which.

    ``data`` uint8[bytes], ``start`` and ``end`` int32[n]: the cells. ``accept`` uint64[257 * words]: for each word
    and byte (256: the edge of the cell) the positions that accept it; ``starts``, ``loops``, ``finals``
    uint64[words]: the first, the repeatable and the last positions. The cheap pass sorts gates into 16 buckets:
    ``pairs`` uint16[65536]: the buckets of each two bytes (first + 256 * second), ``tables`` uint8[8, 16]: the same by
    halves of bytes (gate.h); ``lines`` uint8[2]: how many pairs in line the two dense buckets need, 10 to 63; ``wanted`` uint16[65 * words]: for each word by length (64: or more), the buckets of
    which a cell needs at least one; the last bucket stands for no condition. ``sequences`` int32[n, 4]: word, bits of the
    first and of the last step and of the first step of the pair, those of bucket b at ``begins[b]`` to ``begins[b + 1]``
    (int32[17]). ``chosen`` int32, ascending: the cells to
    be looked at, None for all. ``kinds`` uint16[n]: the profile of the cells, and ``needs`` uint16[65536]: for each
    such value the buckets of which any gate can open. ``path`` 1: without vector instructions, 2: without the widest, for tests. Returns
    (int32[m] cells, ascending; uint64[m, words] last positions reached). Empty cells are left out. ValueError if shapes
    do not fit or a cell that is asked about lies outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], words = starts.shape[0], i, k, w, kept = 0, length, waiting, asked
    cdef word_t any_hit, one
    cdef uint32_t found = 0
    cdef Buckets buckets
    cdef Asked column
    cdef Gates gates
    cdef int bucket, row
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
    for length in range(65):
        fitting[length] = 0
        for w in range(words):
            fitting[length] |= wanted[65 * w + length]
    if begins.shape[0] != 17 or sequences.shape[1] != 4 or begins[0] != 0 or begins[16] != sequences.shape[0]:
        raise ValueError("begins must be 17 and sequences four numbers each")
    dense = np.zeros((2, 2, words), np.uint64)
    anyhow = np.zeros(words, np.uint64)
    cdef word_t[:, :, ::1] dense_view = dense
    cdef word_t[::1] anyhow_view = anyhow
    for bucket in range(16):
        if begins[bucket + 1] < begins[bucket]:
            raise ValueError("begins must ascend")
    for bucket in range(16):
        for row in range(begins[bucket], begins[bucket + 1]):
            w = sequences[row, 0]
            if not (0 <= w < words and 0 <= sequences[row, 1] <= sequences[row, 3] <= sequences[row, 2] < 64):
                raise ValueError("a sequence does not lie in its word")
            if bucket == 15:
                anyhow_view[w] = 1
            elif bucket >= 13:
                dense_view[bucket - 13, 0, w] |= <word_t>1 << sequences[row, 1]
                dense_view[bucket - 13, 1, w] |= <word_t>1 << sequences[row, 2]
            elif sequences[row, 3] == sequences[row, 2]:
                raise ValueError("a pair does not lie in its sequence")
    gates.accept = &accept[0]
    gates.starts = &starts[0]
    gates.loops = &loops[0]
    gates.finals = &finals[0]
    gates.sequences = <const Sequence*>&sequences[0, 0] if sequences.shape[0] else NULL
    gates.begins = &begins[0]
    gates.dense = &dense_view[0, 0, 0]
    gates.anyhow = &anyhow_view[0]
    gates.words = words
    buckets.pairs = &pairs[0]
    buckets.tables = &tables[0, 0]
    buckets.lines = &lines[0]
    buckets.path = vector_path(path)
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
    cdef int32_t[::1] out_cells = cells
    cdef word_t[:, ::1] out_hits = hits
    if chosen is not None and few_bytes(start, end, chosen):
        kept = checked_gate(&gates, &buckets, &column, &out_cells[0] if asked else NULL, &out_hits[0, 0] if asked else NULL)
    else:
        with nogil:
            kept = checked_gate(
                &gates, &buckets, &column, &out_cells[0] if asked else NULL, &out_hits[0, 0] if asked else NULL
            )
    if kept == NO_CELL:
        raise ValueError("a chosen cell is none of the cells")
    if kept == OUTSIDE:
        raise ValueError("a cell lies outside the data")
    if kept >= 0:
        return cells[:kept], hits[:kept]
    kept = 0
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
