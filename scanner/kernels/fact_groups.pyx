"""Rows grouped by what they hold."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free

cdef extern from "fact_groups.h" nogil:
    enum:
        NO_SUCH_ROW
        NO_MEMORY
    ctypedef struct FactRows:
        const int32_t* rows
        int64_t n
        int32_t number
        int more
        int alone
    ctypedef struct FactGroups:
        uint64_t* masks
        int32_t* child
        int64_t room
        int64_t groups
        int words
    int64_t group_by_facts(FactGroups* all, const FactRows* lists, int64_t count, int32_t* of_row, int64_t size,
                           int64_t** counts)


def group_facts(list facts not None, int64_t size, list numbers not None):
    """Groups ``size`` rows by which facts they hold; ``facts``: for each fact a list of int32 arrays of rows.

    ``numbers``: a number from 0 for each fact. Rows may be named more than once. Returns (group int32[size], counts
    int64[g], list of g integers): each row's group, in the order in which groups first come; how many rows each has;
    its facts, of which each is the bit of its number. ValueError for a row that is not there; MemoryError.
    """
    cdef int64_t count = 0, places, found = 0, g
    cdef int64_t* counts = NULL
    cdef const int32_t[::1] rows
    cdef FactRows* lists = NULL
    cdef FactGroups all
    cdef int word
    cdef int64_t[::1] sum_of
    if len(numbers) != len(facts) or size < 0 or size >= 0x7fffffff or (numbers and min(numbers) < 0):
        raise ValueError("facts and their numbers do not fit")
    all.masks, all.child, all.room, all.groups = NULL, NULL, 0, 1
    all.words = max(numbers, default=0) // 64 + 1
    of_row_array = np.empty(size + 1, np.int32)  # one more, so that there is a first one always
    cdef int32_t[::1] of_row = of_row_array
    places = sum([len(arrays) for arrays in facts]) + 1
    try:
        lists = <FactRows*>calloc(places, sizeof(FactRows))
        if lists == NULL:
            raise MemoryError
        for number, arrays in zip(numbers, facts):
            first = count
            for rows in arrays:
                if rows.shape[0] == 0:
                    continue
                lists[count] = FactRows(&rows[0], rows.shape[0], number, count > first, len(arrays) == 1)
                count += 1
        with nogil:
            found = group_by_facts(&all, lists, count, &of_row[0], size, &counts)
        if found == NO_SUCH_ROW:
            raise ValueError("rows out of range")
        if found < 0:
            raise MemoryError
        sums = np.empty(found, np.int64)
        sum_of = sums
        held = []
        for g in range(found):
            sum_of[g] = counts[g]
            told = all.masks[g * all.words]
            for word in range(1, all.words):
                told |= <object>all.masks[g * all.words + word] << 64 * word
            held.append(told)
        return of_row_array[:size], sums, held
    finally:
        free(lists)
        free(all.masks)
        free(all.child)
        free(counts)
