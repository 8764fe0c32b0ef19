"""The values of a batch's rows, gathered into one tuple for each row: what links rows to persons."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from scanner.kernels.stirring cimport inside, mixed, stirred

cdef extern from "ties.h" nogil:
    ctypedef struct Word:
        const int32_t* index
        const uint64_t* keys
        int64_t stride
    ctypedef struct Value:
        int64_t* next
        uint64_t** out
        uint64_t number
        int32_t at
        int32_t words
        int32_t more
    const uint64_t* no_keys
    void sort_rows(const int32_t* of_row, int64_t n, const int32_t* kind, int64_t kinds, int64_t* start, int64_t* at, int32_t* rows)
    bint all_within(const int32_t* numbers, int64_t n, int32_t least, int32_t end)
    int64_t repeats(const int32_t* cell, int64_t n)
    void tie_words(const Word* words, int width, const int32_t* rows, int64_t n, const uint64_t* tags,
                   const int32_t* of_row, uint64_t* out)
    void count_values(const uint64_t* keys, int64_t n, int width, const int32_t* plan, const int32_t* begin,
                      const Value* values, uint64_t* firsts)
    void place_values(const uint64_t* keys, int64_t n, int width, const int32_t* plan, const int32_t* begin,
                      const Value* values, const uint64_t* firsts)

# The values of one fact: value i, of n in ascending order of their cells, is the ``words`` words from
# ``keys[i * words]``. Row r holds those from value ``index[r]`` on (-1: none) that are of the same cell.
cdef struct Values:
    const int32_t* cell
    const uint64_t* keys
    int64_t words
    int64_t n
    int32_t* index
    bint several

# What the tuples of the batch are made of. Rows of group g get a tuple of the values
# ``places[begin[kind[g]]:begin[kind[g] + 1]]`` and ``tags[g]``; tuples of k words go to ``out[k]``. The rows of kind k
# are ``rows[from_row[k]:from_row[k + 1]]``: one kind after the other, as then nothing must be foretold for each row.
cdef struct Plan:
    Values* values
    const int32_t* of_row
    const int32_t* rows
    const int64_t* from_row
    int64_t kinds
    const uint64_t* tags
    const int32_t* begin
    const int32_t* places
    const int32_t* words
    const uint8_t* several
    uint64_t** out
    int64_t* count
    int64_t* here
    uint64_t* row


cdef inline void put(uint64_t* out, const uint64_t* row, int32_t words) noexcept nogil:
    """Writes a tuple of some words with its tag; the first word is spread by the others (``unions.spread``)."""
    cdef uint64_t h = 0
    cdef int32_t c
    for c in range(1, words + 1):
        out[c] = row[c]
        h = stirred(h, row[c])
    out[0] = row[0] ^ inside(mixed(h))


cdef inline uint64_t word_of(const Values* values, int64_t i, int64_t c) noexcept nogil:
    """Word c of value i (-1: 0)."""
    return values.keys[i * values.words + c] if i >= 0 else 0


cdef inline int64_t set_words(const Values* values, int64_t i, uint64_t* row) noexcept nogil:
    """Writes the words of value i (-1: zeros) to a tuple; returns how many."""
    cdef int64_t c
    for c in range(values.words):
        row[c] = word_of(values, i, c)
    return values.words


cdef void walk_rows(Plan* plan, int64_t kind) noexcept nogil:
    """Writes the tuples of the rows of a kind, of which some have several values of a fact."""
    cdef int64_t t, r, i, at
    cdef int32_t words = plan.words[kind], held = plan.begin[kind + 1] - plan.begin[kind], j
    cdef const int32_t* places = plan.places + plan.begin[kind]
    cdef uint64_t* out = plan.out[words] + plan.count[words] * (words + 1)
    cdef uint64_t* row = plan.row
    cdef Values* values
    for t in range(plan.from_row[kind], plan.from_row[kind + 1]):
        r = plan.rows[t]
        at = 0
        for j in range(held):
            values = plan.values + places[j]
            plan.here[j] = values.index[r]
            at += set_words(values, plan.here[j], row + at)
        row[words] = plan.tags[plan.of_row[r]]
        put(out, row, words)
        out += words + 1
        plan.count[words] += 1
        at = 0
        for j in range(held):
            values = plan.values + places[j]
            i = plan.here[j]
            while values.several and 0 <= i < values.n - 1 and values.cell[i + 1] == values.cell[i]:
                i += 1
                set_words(values, i, row + at)
                put(out, row, words)
                out += words + 1
                plan.count[words] += 1
            at += set_words(values, plan.here[j], row + at)


cdef void walk_columns(Plan* plan, int64_t kind, Word* words) noexcept nogil:
    """Writes the tuples of the rows of a kind, each fact's first value. ``words``: room for as many as a tuple has."""
    cdef int64_t begin = plan.from_row[kind], n = plan.from_row[kind + 1] - begin, c
    cdef int32_t width = plan.words[kind], at = 0, j
    cdef Values* values
    for j in range(plan.begin[kind], plan.begin[kind + 1]):
        values = plan.values + plan.places[j]
        for c in range(values.words):
            words[at].index, words[at].stride = values.index, values.words
            words[at].keys = values.keys + c if values.n else no_keys
            at += 1
    tie_words(words, width, plan.rows + begin, n, plan.tags, plan.of_row, plan.out[width] + plan.count[width] * (width + 1))
    plan.count[width] += n


cdef bint within(const int32_t[::1] numbers, int64_t least, int64_t end) noexcept nogil:
    """Are all of these at least ``least`` and less than ``end``?"""
    return numbers.shape[0] == 0 or all_within(&numbers[0], numbers.shape[0], <int32_t>least, <int32_t>end)


cdef void first_values(const Values* values, int64_t cells, int32_t* first) noexcept nogil:
    """The position of each cell's first value, -1 where it has none; other cells are left out."""
    cdef int64_t i
    for i in range(cells):
        first[i] = -1
    for i in range(values.n - 1, -1, -1):
        if 0 <= values.cell[i] < cells:
            first[values.cell[i]] = <int32_t>i


cdef int64_t by_row(const Values* values, const int32_t[::1] codes, int64_t cells, int32_t* first, int32_t* index) noexcept nogil:
    """The same of each row's cell, for rows that have codes; how many values rows hold beside each one's first."""
    cdef int64_t r, i, found = 0
    first_values(values, cells, first)
    for r in range(codes.shape[0]):
        i = index[r] = first[codes[r]] if codes[r] >= 0 else -1
        while 0 <= i < values.n - 1 and values.cell[i + 1] == values.cell[i]:
            i += 1
            found += 1
    return found


def tie_rows(list facts, const int32_t[::1] of_row, const int32_t[::1] kind, const uint64_t[::1] tags, list kinds):
    """The tuples of a batch's rows, kind by kind: uint64[n, k + 1] for each k that there are any of, the shortest first.

    ``facts``: (cell int32[n], ascending, keys uint64[n, w], codes int32[rows] or None, how many cells) each: a row holds
    the cell of its own number, or of its code (-1: none). ``of_row`` int32[rows]: each row's group; ``kind`` int32 and ``tags`` of
    each group: which of ``kinds`` (the facts that its tuples have, in order; () for no tuple) and their last word. A tuple
    has the w words of the row's first value of each fact, or zeros; further values of a fact make further tuples, with the
    first values of all other facts. First words are spread (``kernels.unions.spread``). ValueError where the shapes do not fit.
    """
    cdef int64_t size = of_row.shape[0], groups = kind.shape[0], i, k = 0, most = 0, n, further = 0, number
    cdef tuple held
    cdef const int32_t[::1] cell, codes
    cdef const uint64_t[:, ::1] keys
    cdef uint64_t[:, ::1] room
    cdef int64_t cells = 0
    cdef bint sound
    cdef Plan plan
    cdef Word* word = NULL
    cdef int32_t[::1] begin = np.zeros(len(kinds) + 1, np.int32)
    cdef int32_t[::1] words = np.zeros(len(kinds) + 1, np.int32)
    for held in kinds:
        begin[k + 1] = begin[k] + <int32_t>len(held)
        k += 1
    cdef int32_t[::1] places = np.zeros(begin[k] + 1, np.int32)
    cdef int32_t[::1] width = np.array([*(fact[1].shape[1] for fact in facts), 0], np.int32)
    sound = tags.shape[0] == groups and within(kind, 0, len(kinds))
    k = 0
    for held in kinds:
        for i in range(begin[k], begin[k + 1]):
            number = held[i - begin[k]]
            sound = sound and 0 <= number < width.shape[0] - 1
            if sound:
                places[i] = <int32_t>number
                words[k] += width[number]
        most = max(most, words[k])
        k += 1
    cdef int64_t[::1] start = np.zeros(len(kinds) + 1, np.int64)
    cdef int32_t[::1] rows = np.empty(size + 1, np.int32)
    cdef int64_t[::1] at = np.empty(len(kinds) + 1, np.int64)
    with nogil:
        sound = sound and within(of_row, 0, groups)
        if sound and size:
            sort_rows(&of_row[0], size, &kind[0], begin.shape[0] - 1, &start[0], &at[0], &rows[0])
    if not sound:
        raise ValueError("rows, groups and kinds do not fit")
    if size == 0 or most == 0:
        return []
    cdef uint8_t[::1] several = np.zeros(len(kinds), np.uint8)
    cdef int64_t[::1] total = np.zeros(most + 1, np.int64)
    cdef int64_t[::1] done = np.zeros(most + 1, np.int64)
    cdef int64_t[::1] here = np.zeros(begin[len(kinds)] + 1, np.int64)
    cdef uint64_t[::1] row = np.zeros(most + 1, np.uint64)
    result = {}
    for _, _, some_codes, some_cells in facts:
        cells = max(cells, 0 if some_codes is None else some_cells)
    cdef int32_t[::1] first = np.empty(cells + 1, np.int32)
    cdef int32_t[:, ::1] index = np.empty((len(facts) + 1, size), np.int32)
    plan = Plan(NULL, &of_row[0], &rows[0], &start[0], len(kinds), &tags[0], &begin[0], &places[0], &words[0], &several[0],
                NULL, &done[0], &here[0], &row[0])
    cdef uint8_t[::1] coded = np.zeros(len(facts) + 1, np.uint8)
    try:
        plan.values = <Values*>calloc(len(facts) + 1, sizeof(Values))
        plan.out = <uint64_t**>calloc(most + 1, sizeof(uint64_t*))
        word = <Word*>calloc(most + 1, sizeof(Word))
        if plan.values == NULL or plan.out == NULL or word == NULL:
            raise MemoryError
        for i in range(<int64_t>len(facts)):
            cell, keys, some_codes, some_cells = facts[i]
            n = cell.shape[0]
            if keys.shape[0] != n or keys.shape[1] < 1:
                raise ValueError("cells and keys do not fit")
            plan.values[i].words = keys.shape[1]
            if n:
                plan.values[i].cell = &cell[0]
                plan.values[i].keys = &keys[0, 0]
            plan.values[i].n = n
            plan.values[i].index = &index[i, 0]
            if some_codes is not None:
                codes, cells, coded[i] = some_codes, some_cells, True
                with nogil:
                    sound = codes.shape[0] == size and within(codes, -1, cells) and within(cell, 0, cells)
                    if sound:
                        plan.values[i].several = repeats(plan.values[i].cell, plan.values[i].n) > 0
                        further += by_row(&plan.values[i], codes, cells, &first[0], &index[i, 0])
                if not sound:
                    raise ValueError("codes and cells do not fit")
        with nogil:
            for i in range(<int64_t>coded.shape[0] - 1):
                if not coded[i]:
                    n = repeats(plan.values[i].cell, plan.values[i].n)
                    plan.values[i].several = n > 0
                    further += n
                    first_values(&plan.values[i], size, &index[i, 0])
        for k in range(plan.kinds):
            for i in range(begin[k], begin[k + 1]):
                several[k] = several[k] or plan.values[places[i]].several
        for i in range(len(kinds)):
            total[words[i]] += start[i + 1] - start[i]
        for i in range(1, most + 1):
            if total[i]:
                result[i] = np.empty((total[i] + further, i + 1), np.uint64)
                room = result[i]
                plan.out[i] = &room[0, 0]
        with nogil:
            for i in range(plan.kinds):
                if plan.words[i] and plan.from_row[i] < plan.from_row[i + 1]:
                    if plan.several[i]:
                        walk_rows(&plan, i)
                    else:
                        walk_columns(&plan, i, word)
    finally:
        free(plan.values)
        free(plan.out)
        free(word)
    return [tuples[: done[i]] for i, tuples in result.items()]


def untie(const uint64_t[:, ::1] keys, const int32_t[::1] plan, const int32_t[::1] begin, const int32_t[::1] at,
          const int32_t[::1] words, const int32_t[::1] owner, const int32_t[::1] slot, int slots,
          const uint64_t[::1] numbers):
    """The values of tuples by slot: a list of (uint64[n, w], int64[257]), in partitions by the top byte of their first
    word (``sets.spread``), or None for those that have none.

    ``keys`` uint64[n, k + 1]: spread tuples; ``plan`` int32[n]: what each is, -1 for nothing. Of plan p, the values
    ``begin[p]:begin[p + 1]`` are ``words`` words from word ``at`` on of each tuple, for ``owner``, and go to
    ``slot[owner]``; all of one slot have as many words. ``numbers`` uint64[owners]: one more word for each value, that of
    its owner; or empty. Values of zeros are none. ValueError where the shapes do not fit.
    """
    cdef int64_t n = keys.shape[0], i, total
    cdef int width = <int>keys.shape[1], more = numbers.shape[0] > 0
    cdef int32_t s, o
    cdef int64_t[::1] of_plan = np.zeros(begin.shape[0], np.int64)
    cdef int32_t[::1] wide = np.zeros(slots + 1, np.int32)
    cdef uint64_t[:, ::1] room
    cdef Value* values
    cdef uint64_t** out
    if plan.shape[0] != n or begin.shape[0] < 1 or not within(plan, -1, begin.shape[0] - 1):
        raise ValueError("tuples and plans do not fit")
    if not within(owner, 0, slot.shape[0]) or not within(slot, 0, slots) or more and numbers.shape[0] != slot.shape[0]:
        raise ValueError("owners and slots do not fit")
    if n == 0:
        return [None] * slots
    for i in range(n):
        of_plan[plan[i] + 1] += 1
    offset_array = np.zeros((slots, 257), np.int64)
    cdef int64_t[:, ::1] offsets = offset_array
    cdef int64_t[:, ::1] next = np.zeros((slots + 1, 256), np.int64)
    cdef uint64_t[::1] firsts = np.empty(n, np.uint64)
    values = <Value*>calloc(at.shape[0] + 1, sizeof(Value))
    out = <uint64_t**>calloc(slots + 1, sizeof(uint64_t*))
    try:
        if values == NULL or out == NULL:
            raise MemoryError
        for i in range(begin.shape[0] - 1):
            if of_plan[i + 1] == 0:
                continue
            if not 0 <= begin[i] <= begin[i + 1] <= at.shape[0] or at.shape[0] != words.shape[0] or at.shape[0] != owner.shape[0]:
                raise ValueError("plans and values do not fit")
            for s in range(begin[i], begin[i + 1]):
                o = slot[owner[s]]
                if at[s] < 0 or words[s] < 1 or at[s] + words[s] >= width or wide[o] not in (0, words[s] + more):
                    raise ValueError("a plan names words that its tuples do not have")
                wide[o] = words[s] + more
                values[s] = Value(&next[o, 0], out + o, numbers[owner[s]] if more else 0, at[s], words[s], more)
        with nogil:
            count_values(&keys[0, 0], n, width, &plan[0], &begin[0], values, &firsts[0])
        found = []
        i = 0
        for o in range(slots):
            i += int(np.asarray(next[o]).sum()) * wide[o]
        # Memory that is asked for at one go comes in large pages.
        together = np.empty(i, np.uint64)
        for o in range(slots):
            total = 0
            for i in range(256):
                total += next[o, i]
                offsets[o, i + 1] = total
                next[o, i] = offsets[o, i]
            found.append((together[: total * wide[o]].reshape(total, wide[o]), offset_array[o]) if total else None)
            together = together[total * wide[o] :]
            if total:
                room = found[o][0]
                out[o] = &room[0, 0]
        with nogil:
            place_values(&keys[0, 0], n, width, &plan[0], &begin[0], values, &firsts[0])
    finally:
        free(values)
        free(out)
    return found
