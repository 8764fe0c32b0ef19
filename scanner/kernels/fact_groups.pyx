"""Rows grouped by what they hold."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
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
    ctypedef struct FactCells:
        const int32_t* codes
        const uint8_t* marks
        int64_t cells
        int32_t numbers[8]
        int count
    ctypedef struct FactGroups:
        uint64_t* masks
        int32_t* child
        int64_t room
        int64_t groups
        int words
    int64_t group_by_facts(FactGroups* all, const FactRows* lists, int64_t count, const FactCells* columns,
                           int64_t column_count, int32_t* of_row, int64_t size, int64_t** counts)


cdef int take_column(FactCells* column, tuple given, int64_t size) except -1:
    """Takes a column whose cells rows share; ValueError where its shapes do not fit."""
    cdef const int32_t[::1] codes
    cdef const uint8_t[::1] marks
    cdef int bit
    codes, marks, numbers = given
    if codes.shape[0] != size or not 0 < len(numbers) <= 8 or min(numbers) < 0:
        raise ValueError("rows, marks and numbers do not fit")
    column.codes, column.cells = &codes[0] if size else NULL, marks.shape[0]
    column.marks = &marks[0] if marks.shape[0] else NULL
    column.count = len(numbers)
    for bit in range(column.count):
        column.numbers[bit] = numbers[bit]
    return 0


cdef tuple merged(of_row, counts, list held):
    """The groups and counts of rows where groups that hold the same are one."""
    numbers = {}
    own = [numbers.setdefault(each, len(numbers)) for each in held]
    if len(numbers) == len(held):
        return of_row, counts
    sums = np.zeros(len(numbers), np.int64)
    np.add.at(sums, own, counts)
    return np.array(own, np.int32)[of_row], sums


def group_facts(list facts not None, int64_t size, list numbers not None, list columns not None=[]):
    """Groups ``size`` rows by which facts they hold; ``facts``: for each fact a list of int32 arrays of rows.

    ``numbers``: a number from 0 for each fact. Rows may be named more than once. ``columns``: (codes int32[size], marks
    uint8[cells], up to eight numbers of facts) each: the cell of each row (-1: none), and of each cell which of the facts it
    holds, by bits. Returns (group int32[size], counts int64[g], list of g integers): each row's group, in the order in
    which groups first come; how many rows each has; its facts, of which each is the bit of its number. ValueError for a
    row that is not there, and where shapes do not fit; MemoryError.
    """
    cdef int64_t count = 0, places, found = 0, g, shared = 0
    cdef int64_t* counts = NULL
    cdef const int32_t[::1] rows
    cdef FactRows* lists = NULL
    cdef FactCells* cells = NULL
    cdef FactGroups all
    cdef int word
    cdef int64_t[::1] sum_of
    if len(numbers) != len(facts) or size < 0 or size >= 0x7fffffff or (numbers and min(numbers) < 0):
        raise ValueError("facts and their numbers do not fit")
    all.masks, all.child, all.room, all.groups = NULL, NULL, 0, 1
    most = max([max(own, default=0) for own in [numbers] + [given[2] for given in columns]])
    if most >= 0x7fffffff:
        raise ValueError("facts and their numbers do not fit")
    all.words = most // 64 + 1
    of_row_array = np.empty(size + 1, np.int32)  # one more, so that there is a first one always
    cdef int32_t[::1] of_row = of_row_array
    places = sum([len(arrays) for arrays in facts]) + 1
    try:
        lists = <FactRows*>calloc(places, sizeof(FactRows))
        cells = <FactCells*>calloc(len(columns) + 1, sizeof(FactCells))
        if lists == NULL or cells == NULL:
            raise MemoryError
        for given in columns:
            take_column(&cells[shared], given, size)
            shared += 1
        for number, arrays in zip(numbers, facts):
            first = count
            for rows in arrays:
                if rows.shape[0] == 0:
                    continue
                lists[count] = FactRows(&rows[0], rows.shape[0], number, count > first, len(arrays) == 1)
                count += 1
        with nogil:
            found = group_by_facts(&all, lists, count, cells, shared, &of_row[0], size, &counts)
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
        of_row_array, sums = merged(of_row_array[:size], sums, held)
        return of_row_array, sums, list(dict.fromkeys(held))
    finally:
        free(lists)
        free(cells)
        free(all.masks)
        free(all.child)
        free(counts)
