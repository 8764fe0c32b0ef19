"""The values of a batch's rows, gathered into one tuple for each row: what links rows to persons."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15

# The values of one fact: value i, of n in ascending order of their cells, is ``keys[i * stride]``. Row r holds cell r,
# or, where there are codes, cell ``codes[r]``, whose first value is ``first[codes[r]]`` (-1: it has none).
cdef struct Values:
    const int32_t* cell
    const uint64_t* keys
    int64_t stride
    int64_t n
    int64_t at
    const int32_t* codes
    const int32_t* first
    bint several

# What the tuples of the batch are made of. Rows of group g get a tuple of the values
# ``places[begin[kind[g]]:begin[kind[g] + 1]]`` and ``tags[g]``; tuples of k values go to ``out[k]``.
cdef struct Plan:
    Values* values
    const int32_t* of_row
    int64_t size
    const int32_t* kind
    const uint64_t* tags
    const int32_t* begin
    const int32_t* places
    uint64_t** out
    int64_t* count
    int64_t* here
    uint64_t* row


cdef inline uint64_t mixed(uint64_t x) noexcept nogil:
    """A bijection that spreads every bit over all others; as in ``kernels.unions``, whose ``spread`` is undone by it."""
    x = (x ^ (x >> 33)) * <uint64_t>0xFF51AFD7ED558CCD
    x = (x ^ (x >> 33)) * <uint64_t>0xC4CEB9FE1A85EC53
    return x ^ (x >> 33)


cdef inline void put(uint64_t* out, const uint64_t* row, int32_t words) noexcept nogil:
    """Writes a tuple of some words with its tag; the first word is spread by the others."""
    cdef uint64_t h = 0
    cdef int32_t c
    for c in range(1, words + 1):
        out[c] = row[c]
        h = mixed(h + row[c] + GOLDEN)
    out[0] = row[0] ^ h


cdef inline int64_t value_at(Values* values, int32_t row) noexcept nogil:
    """The first value of a row, -1 for none; rows are asked for in ascending order."""
    cdef int64_t at
    if values.codes != NULL:
        return -1 if values.codes[row] < 0 else values.first[values.codes[row]]
    at = values.at
    while at < values.n and values.cell[at] < row:
        at += 1
    values.at = at
    return at if at < values.n and values.cell[at] == row else -1


cdef void walk(Plan* plan, bint write) noexcept nogil:
    """Writes all tuples, or only counts them."""
    cdef int64_t r, i
    cdef int32_t group, words, j
    cdef const int32_t* places
    cdef Values* values
    for r in range(plan.size):
        group = plan.of_row[r]
        places = plan.places + plan.begin[plan.kind[group]]
        words = plan.begin[plan.kind[group] + 1] - plan.begin[plan.kind[group]]
        if words == 0:
            continue
        if write:
            for j in range(words):
                values = plan.values + places[j]
                i = value_at(values, <int32_t>r)
                plan.here[j] = i
                plan.row[j] = values.keys[i * values.stride] if i >= 0 else 0
            plan.row[words] = plan.tags[group]
            put(plan.out[words] + plan.count[words] * (words + 1), plan.row, words)
        plan.count[words] += 1
        for j in range(words):
            values = plan.values + places[j]
            if not values.several:
                continue
            i = plan.here[j] if write else value_at(values, <int32_t>r)
            while 0 <= i < values.n - 1 and values.cell[i + 1] == values.cell[i]:
                i += 1
                if write:
                    plan.row[j] = values.keys[i * values.stride]
                    put(plan.out[words] + plan.count[words] * (words + 1), plan.row, words)
                plan.count[words] += 1
            if write and plan.here[j] >= 0:
                plan.row[j] = values.keys[plan.here[j] * values.stride]


cdef bint within(const int32_t[::1] numbers, int64_t least, int64_t end) noexcept nogil:
    cdef int64_t i
    cdef int32_t wrong = 0
    for i in range(numbers.shape[0]):
        wrong |= (numbers[i] < least) | (numbers[i] >= end)
    return wrong == 0


cdef bint repeats(const int32_t[::1] cell) noexcept nogil:
    cdef int64_t i
    cdef int32_t found = 0
    for i in range(1, cell.shape[0]):
        found |= cell[i] == cell[i - 1]
    return found != 0


cdef int32_t[::1] first_values(const int32_t[::1] cell, int64_t cells):
    """int32[cells]: the position of each cell's first value, -1 where it has none."""
    cdef int32_t[::1] first = np.full(cells + 1, -1, np.int32)
    cdef int64_t i
    for i in range(cell.shape[0] - 1, -1, -1):
        first[cell[i]] = <int32_t>i
    return first


def tie_rows(list facts, const int32_t[::1] of_row, const int32_t[::1] kind, const uint64_t[::1] tags, list kinds):
    """The tuples of a batch's rows: uint64[n, k + 1] for each k that there are any of, the shortest first.

    ``facts``: (cell int32[n], ascending, keys uint64[n, w], codes int32[rows] or None, how many cells) each: a row holds
    the cell of its own number, or of its code (-1: none). ``of_row`` int32[rows]: each row's group; ``kind`` int32 and ``tags`` of
    each group: which of ``kinds`` (the facts that its tuples have, in order; () for no tuple) and their last word. A word
    is the first word of the row's first value, or 0; further values of a fact make further tuples, with the first values
    of all other facts. First words are spread (``kernels.unions.spread``). ValueError where the shapes do not fit.
    """
    cdef int64_t size = of_row.shape[0], groups = kind.shape[0], i, most = 0, n
    cdef const int32_t[::1] cell, codes
    cdef const uint64_t[:, ::1] keys
    cdef uint64_t[:, ::1] room
    cdef int32_t[::1] first
    cdef bint several = False, sound
    cdef Plan plan
    begin_array = np.zeros(len(kinds) + 1, np.int32)
    begin_array[1:] = np.cumsum([len(held) for held in kinds])
    cdef int32_t[::1] begin = begin_array
    cdef int32_t[::1] places = np.array([*(place for held in kinds for place in held), 0], np.int32)
    most = max((len(held) for held in kinds), default=0)
    sound = tags.shape[0] == groups and within(kind, 0, len(kinds)) and within(of_row, 0, groups)
    for i in range(places.shape[0] - 1):
        sound = sound and 0 <= places[i] < <int64_t>len(facts)
    if not sound:
        raise ValueError("rows, groups and kinds do not fit")
    if size == 0 or most == 0:
        return []
    cdef int64_t[::1] total = np.zeros(most + 1, np.int64)
    cdef int64_t[::1] done = np.zeros(most + 1, np.int64)
    cdef int64_t[::1] here = np.zeros(most + 1, np.int64)
    cdef uint64_t[::1] row = np.zeros(most + 1, np.uint64)
    kept, result = [], []
    plan = Plan(NULL, &of_row[0], size, &kind[0], &tags[0], &begin[0], &places[0], NULL, &total[0], &here[0], &row[0])
    try:
        plan.values = <Values*>calloc(len(facts) + 1, sizeof(Values))
        plan.out = <uint64_t**>calloc(most + 1, sizeof(uint64_t*))
        if plan.values == NULL or plan.out == NULL:
            raise MemoryError
        for i in range(<int64_t>len(facts)):
            cell, keys = facts[i][:2]
            n = cell.shape[0]
            if keys.shape[0] != n or keys.shape[1] < 1:
                raise ValueError("cells and keys do not fit")
            if n == 0:
                continue
            plan.values[i].cell = &cell[0]
            plan.values[i].keys = &keys[0, 0]
            plan.values[i].stride = keys.shape[1]
            plan.values[i].n = n
            plan.values[i].several = repeats(cell)
            several = several or plan.values[i].several
            if facts[i][2] is not None:
                codes, cells = facts[i][2:]
                if codes.shape[0] != size or not within(codes, -1, cells) or not within(cell, 0, cells):
                    raise ValueError("codes and cells do not fit")
                first = first_values(cell, cells)
                kept.append(first)
                plan.values[i].codes = &codes[0]
                plan.values[i].first = &first[0]
        if several:
            with nogil:
                walk(&plan, False)
        else:
            for i in range(size):
                total[begin[kind[of_row[i]] + 1] - begin[kind[of_row[i]]]] += 1
        for i in range(1, most + 1):
            if total[i]:
                tuples = np.empty((total[i], i + 1), np.uint64)
                room = tuples
                plan.out[i] = &room[0, 0]
                result.append(tuples)
        for i in range(<int64_t>len(facts)):
            plan.values[i].at = 0
        plan.count = &done[0]
        with nogil:
            walk(&plan, True)
    finally:
        free(plan.values)
        free(plan.out)
    return result
