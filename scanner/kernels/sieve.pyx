"""Candidates in columns of a batch: what each of them is, and those of one kind."""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

import numpy as np

from scanner.kernels.lock cimport FEW

VALID, BASED, LENIENT = 1, 2, 4

cdef extern from "sieve.h" nogil:
    enum:
        SLACK
        SOUND
        OUTSIDE
        MANY_REASONS

    ctypedef struct Sieve:
        const uint8_t* data
        const int32_t* cell_start
        const int32_t* cell_end
        int64_t cells
        const int32_t* cell
        const int32_t* start
        const int32_t* end
        const uint32_t* checks
        const int64_t* weight
        uint32_t required
        uint32_t basis
        uint32_t lenient
        uint8_t* kind
        int64_t total
        int64_t valid
        int64_t based
        int64_t whole
        int64_t[3] kinds
        uint32_t all
        int silent
        uint32_t[256] reasons
        int64_t[256] reason_weight
        int32_t reason_count

    ctypedef struct Parts:
        int32_t* cell
        int32_t* start
        int32_t* end
        uint32_t* checks
        uint64_t* key

    int judge_all(Sieve* s, int64_t n, int path)
    int64_t keep_all(
        const Parts* given, Parts* to, const uint8_t* kind, int64_t n, uint8_t bits, uint8_t value, int64_t most,
        int path,
    )
    ctypedef struct Marks:
        int32_t* unsound
        int32_t* dummies
        int32_t* failed
        int64_t[3] count

    void mark_all(
        Marks* m, const uint8_t* kind, const int32_t* cell, const uint32_t* checks, uint32_t dummy, int64_t n, int path
    )
    int64_t mark_valid(uint8_t* covered, const uint32_t* checks, uint32_t required, int64_t n, int path)


def judge(
    const uint8_t[::1] data, const int32_t[::1] cell_start, const int32_t[::1] cell_end,
    const int32_t[::1] cell, const int32_t[::1] start, const int32_t[::1] end,
    const uint32_t[::1] checks, uint32_t required, uint32_t basis, uint32_t lenient, weights=None, int path=0,
):
    """What the candidates of a detector are, how many of each, and what the others lack.

    Returns (kind uint8[n], counts, refused, all). Bits of ``kind``: 1 valid (all of ``required``), 2 failed but with all
    of ``basis``, 4 failed but with all of ``lenient`` (neither where that is 0). ``counts``: weighted numbers of
    (candidates, valid, valid or with the basis, valid that fill their cell), then plain numbers of the three kinds.
    A value fills its cell also inside quotes and white space. ``refused``: (checks, weighted number) of those that
    are not valid, in the order they come; ``all``: the checks that any has. ``weights`` int64[cells]: how often a cell counts. ``path`` 1: without
    vector instructions, for tests. ValueError if shapes do not fit or a candidate lies in no cell.
    """
    cdef Sieve s
    cdef int64_t n = cell.shape[0]
    cdef int state = SOUND, i
    cdef const int64_t[::1] weight
    cdef uint8_t[::1] kind
    if cell_end.shape[0] != cell_start.shape[0]:
        raise ValueError("start and end differ in length")
    if start.shape[0] != n or end.shape[0] != n or checks.shape[0] != n:
        raise ValueError("the arrays of candidates differ in length")
    memset(&s, 0, sizeof(s))
    result = np.empty(n + SLACK, dtype=np.uint8)
    if not n:
        return result[:0], (0,) * 7, [], 0
    if not cell_start.shape[0]:
        raise ValueError("a candidate lies in no cell")
    kind = result
    result = result[:n]
    s.kind = &kind[0]
    s.data = &data[0] if data.shape[0] else NULL
    s.cells = cell_start.shape[0]
    s.cell_start, s.cell_end = &cell_start[0], &cell_end[0]
    s.cell, s.start, s.end, s.checks = &cell[0], &start[0], &end[0], &checks[0]
    s.required, s.basis, s.lenient = required, basis, lenient
    if weights is not None:
        weight = weights
        if weight.shape[0] != s.cells:
            raise ValueError("weights must have a value for each cell")
        s.weight = &weight[0]
    if n <= FEW:
        state = judge_all(&s, n, path)
    else:
        with nogil:
            state = judge_all(&s, n, path)
    if state == OUTSIDE:
        raise ValueError("a candidate lies in no cell")
    if state == MANY_REASONS:  # no detector of ours has so many; a plugin may
        memset(&s.total, 0, sizeof(int64_t) * 7)
        s.silent = 1
        with nogil:
            judge_all(&s, n, path)
        refused = _reasons(np.asarray(cell), np.asarray(checks), result, weights)
        return result, (s.total, s.valid, s.based, s.whole, s.kinds[0], s.kinds[1], s.kinds[2]), refused, s.all
    refused = [(s.reasons[i], s.reason_weight[i]) for i in range(s.reason_count)]
    return result, (s.total, s.valid, s.based, s.whole, s.kinds[0], s.kinds[1], s.kinds[2]), refused, s.all


def _reasons(cell, checks, kind, weights):
    """What ``judge`` says of refused candidates, for any number of different checks."""
    refused = np.flatnonzero(kind & VALID == 0)
    found, first, inverse = np.unique(checks[refused], return_index=True, return_inverse=True)
    shares = np.ones(len(refused), np.int64) if weights is None else weights[cell[refused]]
    sums = np.zeros(len(found), np.int64)
    np.add.at(sums, inverse, shares)
    return [(int(found[at]), int(sums[at])) for at in np.argsort(first)]


def marked(
    const uint8_t[::1] kind, const int32_t[::1] cell, const uint32_t[::1] checks, uint32_t dummy, int path=0
):
    """The cells (int32) of candidates that leave a mark, each list in order; ``kind`` as ``judge`` tells it.

    Those that failed, are BASED and not LENIENT, and have no bit of ``dummy`` among their ``checks``; then those that have
    one: valid ones, and others. ``path`` as above. ValueError where lengths differ.
    """
    cdef int64_t n = kind.shape[0]
    cdef int32_t[::1] unsound, dummies, failed
    cdef Marks m
    if cell.shape[0] != n or checks.shape[0] != n:
        raise ValueError("the arrays of candidates differ in length")
    lists = [np.empty(n + SLACK, np.int32) for _ in range(3)]
    unsound, dummies, failed = lists
    m.unsound, m.dummies, m.failed = &unsound[0], &dummies[0], &failed[0]
    m.count[0] = m.count[1] = m.count[2] = 0
    if 0 < n <= FEW:
        mark_all(&m, &kind[0], &cell[0], &checks[0], dummy, n, path)
    elif n:
        with nogil:
            mark_all(&m, &kind[0], &cell[0], &checks[0], dummy, n, path)
    return lists[0][:m.count[0]], lists[1][:m.count[1]], lists[2][:m.count[2]]


def told_apart(
    const uint32_t[::1] checks, uint32_t dummy, const int32_t[::1] cell, const uint64_t[:, ::1] keys
):
    """Matches that have no bit of ``dummy`` among their ``checks``, and the others.

    Returns bool[n], which are of the first; the cells (int32) and keys (uint64[m, w]) of these; and the keys of the others.
    ValueError where lengths differ.
    """
    cdef int64_t n = checks.shape[0], width = keys.shape[1], i, begin = 0, one = 0, other = 0, size
    cdef uint8_t[::1] view
    cdef int32_t[::1] cells_view
    cdef uint64_t[:, ::1] keys_view, others_view
    if cell.shape[0] != n or keys.shape[0] != n:
        raise ValueError("the arrays of matches differ in length")
    telling = np.empty(n, np.uint8)
    view = telling
    with nogil:
        for i in range(n):
            view[i] = not checks[i] & dummy
            one += view[i]
    cells, kept_keys, others = np.empty(one, np.int32), np.empty((one, width), np.uint64), np.empty((n - one, width), np.uint64)
    cells_view, keys_view, others_view = cells, kept_keys, others
    one = 0
    with nogil:
        for i in range(n + 1):  # stretches between two others are copied whole
            if i < n and view[i]:
                continue
            size = i - begin
            if size:
                memcpy(&cells_view[one], &cell[begin], size * sizeof(int32_t))
                if width:
                    memcpy(&keys_view[one, 0], &keys[begin, 0], size * width * sizeof(uint64_t))
                one += size
            if i < n:
                if width:
                    memcpy(&others_view[other, 0], &keys[i, 0], width * sizeof(uint64_t))
                other += 1
            begin = i + 1
    return telling.view(np.bool_), cells, kept_keys, others


def mark_covered(uint8_t[::1] covered, const uint32_t[::1] checks, uint32_t required, int path=0):
    """Of the matches that are covered (1, else 0) makes those 3 that are valid; tells how many.

    ``path`` as above. ValueError where lengths differ.
    """
    cdef int64_t n = covered.shape[0], found = 0
    if checks.shape[0] != n:
        raise ValueError("the arrays of matches differ in length")
    if 0 < n <= FEW:
        found = mark_valid(&covered[0], &checks[0], required, n, path)
    elif n:
        with nogil:
            found = mark_valid(&covered[0], &checks[0], required, n, path)
    return found


def kept(
    const uint8_t[::1] kind, uint8_t bits, uint8_t value, int64_t count,
    const int32_t[::1] cell, const int32_t[::1] start, const int32_t[::1] end, const uint32_t[::1] checks,
    const uint64_t[::1] key, int path=0,
):
    """The matches (cell, start, end, checks, key or None) of which the ``bits`` of ``kind`` are ``value``.

    There are ``count`` of them: ValueError where there are more or fewer, or where lengths differ. ``path``: as above.
    """
    cdef int64_t n = kind.shape[0], found
    cdef Parts given, to
    cdef int32_t[::1] cells_view, starts_view, ends_view
    cdef uint32_t[::1] checks_view
    cdef uint64_t[::1] keys_view
    if cell.shape[0] != n or start.shape[0] != n or end.shape[0] != n or checks.shape[0] != n:
        raise ValueError("the arrays of matches differ in length")
    if key is not None and key.shape[0] != n:
        raise ValueError("the arrays of matches differ in length")
    if not 0 <= count <= n:
        raise ValueError("another number of such kinds")
    cells, starts, ends = (np.empty(count + SLACK, np.int32) for _ in range(3))
    bits_of, keys = np.empty(count + SLACK, np.uint32), None
    cells_view, starts_view, ends_view, checks_view = cells, starts, ends, bits_of
    to.cell, to.start, to.end, to.checks = &cells_view[0], &starts_view[0], &ends_view[0], &checks_view[0]
    given.key = to.key = NULL
    if key is not None:
        keys = np.empty(count + SLACK, np.uint64)
        keys_view = keys
        to.key = &keys_view[0]
    found = 0
    if n:
        # Casts: the struct serves both for what is read and for what is written.
        given.cell, given.start, given.end = <int32_t*>&cell[0], <int32_t*>&start[0], <int32_t*>&end[0]
        given.checks = <uint32_t*>&checks[0]
        if key is not None:
            given.key = <uint64_t*>&key[0]
        if n <= FEW:
            found = keep_all(&given, &to, &kind[0], n, bits, value, count, path)
        else:
            with nogil:
                found = keep_all(&given, &to, &kind[0], n, bits, value, count, path)
    if found != count:
        raise ValueError("another number of such kinds")
    if keys is not None:
        keys = keys[:count]
    return cells[:count], starts[:count], ends[:count], bits_of[:count], keys
