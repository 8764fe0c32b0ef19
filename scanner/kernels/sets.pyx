"""Exact sets of wide keys, and groups of rows: hash tables that fit the cache, filled partition by partition."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

cdef enum:
    PARTITIONS = 256


cdef inline int64_t table_size(int64_t count) noexcept nogil:
    """A power of two that leaves at least half of the slots free."""
    cdef int64_t size = 16
    while size < 2 * count:
        size *= 2
    return size


cdef inline bint same_key(const uint64_t* one, const uint64_t* two, int width) noexcept nogil:
    cdef int c
    if one[0] != two[0]:
        return False
    for c in range(1, width):
        if one[c] != two[c]:
            return False
    return True


cdef inline void copy_key(uint64_t* to, const uint64_t* key, int width) noexcept nogil:
    cdef int c
    to[0] = key[0]
    for c in range(1, width):
        to[c] = key[c]


cdef void count_keys(const uint64_t* keys, int64_t n, int width, int shift, int64_t* counts) noexcept nogil:
    cdef int64_t i
    for i in range(n):
        counts[((keys[i * width] >> shift) & 255) + 1] += 1


cdef inline void scatter_wide(const uint64_t* keys, int64_t n, int width, int shift, int64_t* at,
                              uint64_t* out) noexcept nogil:
    cdef int64_t i, p
    for i in range(n):
        p = <int64_t>((keys[i * width] >> shift) & 255)
        copy_key(out + at[p] * width, keys + i * width, width)
        at[p] += 1


cdef void scatter(const uint64_t* keys, int64_t n, int width, int shift, int64_t* at, uint64_t* out) noexcept nogil:
    """Copies each key to the next free place of its partition; the usual widths are known to the compiler."""
    if width == 1:
        scatter_wide(keys, n, 1, shift, at, out)
    elif width == 2:
        scatter_wide(keys, n, 2, shift, at, out)
    elif width == 3:
        scatter_wide(keys, n, 3, shift, at, out)
    else:
        scatter_wide(keys, n, width, shift, at, out)


cdef inline int64_t dedupe_wide(uint64_t* out, int width, int64_t first, int64_t last, int64_t kept,
                                uint64_t* table) noexcept nogil:
    cdef int64_t size = table_size(last - first), i, begin = kept
    cdef uint64_t mask = <uint64_t>(size - 1), slot, part, known
    cdef uint64_t* key
    memset(table, 0, size * sizeof(uint64_t))
    for i in range(first, last):
        key = out + i * width
        slot = key[0] & mask
        part = <uint32_t>(key[0] >> 24)  # bits of which few or none choose the slot or the partition
        while True:
            known = table[slot]
            if known == 0:
                table[slot] = part << 32 | <uint64_t>(kept - begin + 1)
                if kept != i:
                    copy_key(out + kept * width, key, width)
                kept += 1
                break
            if known >> 32 == part and same_key(out + (begin + <int64_t><uint32_t>known - 1) * width, key, width):
                break
            slot = (slot + 1) & mask
    return kept


cdef int64_t dedupe(uint64_t* out, int width, int64_t first, int64_t last, int64_t kept,
                    uint64_t* table) noexcept nogil:
    """Moves the distinct keys of ``out[first:last]`` to ``kept`` and on; returns where they end.

    An entry of the table is 32 bits of the key and its position plus one, so that few keys are looked at twice.
    """
    if width == 1:
        return dedupe_wide(out, 1, first, last, kept, table)
    if width == 2:
        return dedupe_wide(out, 2, first, last, kept, table)
    if width == 3:
        return dedupe_wide(out, 3, first, last, kept, table)
    return dedupe_wide(out, width, first, last, kept, table)


def unique(list arrays):
    """uint64[m, w]: the distinct keys of all ``arrays`` (uint64[n, w] each, one w), of which there should be few."""
    cdef int64_t n = sum(len(keys) for keys in arrays), kept = 0
    cdef int width = arrays[0].shape[1]
    together = np.concatenate(arrays)
    if n == 0:
        return together
    table_array = np.empty(table_size(n), dtype=np.uint64)
    cdef uint64_t[:, ::1] out = together
    cdef uint64_t[::1] table = table_array
    with nogil:
        kept = dedupe(&out[0, 0], width, 0, n, 0, &table[0])
    return together[:kept]


def partition_unique(list arrays, int shift=56, bint distinct=True):
    """Distinct keys of all ``arrays`` (uint64[n, w] each, one w), in 256 partitions by 8 bits of the first word.

    ``shift``: where these bits begin (56: the top ones); ``distinct``: False leaves equal keys in. Returns (uint64[m, w], int64[257]): partition p is rows
    ``offsets[p]:offsets[p + 1]``. The first word must be spread evenly (a digest or a permuted number).
    """
    cdef int64_t n = sum(len(keys) for keys in arrays), p, largest = 0, first, last, kept = 0
    cdef int width = arrays[0].shape[1]
    cdef const uint64_t[:, ::1] keys
    next_free = np.zeros(PARTITIONS + 1, dtype=np.int64)
    offsets_array = np.zeros(PARTITIONS + 1, dtype=np.int64)
    scattered = np.empty((n, width), dtype=np.uint64)
    if n == 0:
        return scattered, offsets_array
    cdef int64_t[::1] at = next_free, offsets = offsets_array
    cdef uint64_t[:, ::1] out = scattered
    for keys in arrays:
        if keys.shape[1] != width:
            raise ValueError("keys of different widths")
        if keys.shape[0]:
            with nogil:
                count_keys(&keys[0, 0], keys.shape[0], width, shift, &at[0])
    for p in range(PARTITIONS):
        largest = max(largest, at[p + 1])
        at[p + 1] += at[p]
        offsets[p + 1] = at[p + 1]
    for keys in arrays:
        if keys.shape[0]:
            with nogil:
                scatter(&keys[0, 0], keys.shape[0], width, shift, &at[0], &out[0, 0])
    if not distinct:
        return scattered, offsets_array
    if largest >= 1 << 30:
        raise ValueError("the first word of the keys is not spread evenly")
    table_array = np.empty(table_size(largest), dtype=np.uint64)
    cdef uint64_t[::1] table = table_array
    with nogil:
        last = 0
        for p in range(PARTITIONS):
            first = last
            last = offsets[p + 1]
            offsets[p] = kept
            if last - first > 1:
                kept = dedupe(&out[0, 0], width, first, last, kept, &table[0])
            elif last - first == 1:
                copy_key(&out[kept, 0], &out[first, 0], width)
                kept += 1
        offsets[PARTITIONS] = kept
    out = None
    scattered.resize((kept, width), refcheck=False)  # in place: what is dropped goes back to the system
    return scattered, offsets_array


def beyond(const uint64_t[:, ::1] few, const uint64_t[:, ::1] many):
    """How many of the keys ``few`` (uint64[n, w], distinct) are not among ``many`` (uint64[m, w])."""
    cdef int64_t n = few.shape[0], i, at, found = 0
    cdef int width = <int>few.shape[1]
    if n == 0 or many.shape[0] == 0:
        return n
    if many.shape[1] != width:
        raise ValueError("keys of different widths")
    table_array = np.zeros(table_size(n), dtype=np.int32)
    seen_array = np.zeros(n, dtype=np.uint8)
    cdef int32_t[::1] table = table_array
    cdef uint8_t[::1] seen = seen_array
    cdef uint64_t mask = <uint64_t>(table.shape[0] - 1), slot
    with nogil:
        for i in range(n):
            slot = few[i, 0] & mask
            while table[slot] != 0:
                slot = (slot + 1) & mask
            table[slot] = <int32_t>(i + 1)
        for i in range(many.shape[0]):
            slot = many[i, 0] & mask
            while table[slot] != 0:
                at = table[slot] - 1
                if same_key(&few[at, 0], &many[i, 0], width):
                    found += not seen[at]
                    seen[at] = 1
                    break
                slot = (slot + 1) & mask
    return n - found


def some_distinct(const uint64_t[:, ::1] keys, int64_t limit):
    """A list of different first words of ``keys`` (uint64[n, w]): all, or ``limit`` where there are more."""
    cdef int64_t n = keys.shape[0], i, slot, mask, found = 0, size = table_size(limit)
    cdef uint64_t word
    table_array = np.zeros(size, dtype=np.uint64)
    used_array = np.zeros(size, dtype=np.uint8)
    cdef uint64_t[::1] table = table_array
    cdef uint8_t[::1] used = used_array
    mask = size - 1
    with nogil:
        for i in range(n):
            word = keys[i, 0]
            slot = <int64_t>(word & <uint64_t>mask)
            while used[slot] and table[slot] != word:
                slot = (slot + 1) & mask
            if not used[slot]:
                used[slot] = 1
                table[slot] = word
                found += 1
                if found >= limit:
                    break
    return table_array[used_array.view(np.bool_)].tolist()


def numbered(const uint64_t[:, ::1] keys, const uint64_t[::1] words):
    """int32[n]: for each key (uint64[n, w]) the position in ``words`` (all different) of its last word, or -1."""
    cdef int64_t n = keys.shape[0], i, slot, mask, size = table_size(words.shape[0])
    cdef int last = <int>keys.shape[1] - 1
    cdef int32_t number = -1
    cdef uint64_t word, previous = 0
    table_array = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] table = table_array
    result = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] out = result
    mask = size - 1
    with nogil:
        for i in range(words.shape[0]):
            slot = <int64_t>(words[i] & <uint64_t>mask)
            while table[slot] >= 0:
                slot = (slot + 1) & mask
            table[slot] = <int32_t>i
        for i in range(n):
            word = keys[i, last]
            if i == 0 or word != previous:
                slot = <int64_t>(word & <uint64_t>mask)
                while table[slot] >= 0 and words[table[slot]] != word:
                    slot = (slot + 1) & mask
                number = table[slot]
                previous = word
            out[i] = number
    return result


def mark(uint64_t[::1] words, const int32_t[::1] rows, uint64_t bit):
    """Sets ``bit`` in the words of the rows (which may repeat)."""
    cdef int64_t i
    with nogil:
        for i in range(rows.shape[0]):
            words[rows[i]] |= bit


def group_rows(const uint64_t[:, ::1] words):
    """Groups equal columns of ``words`` (uint64[w, n]).

    Returns (first int64[g], inverse int32[n], counts int64[g]): the first row of each group, each row's group.
    """
    cdef int64_t n = words.shape[1], i, slot, size = 256, mask, groups = 0, g = -1, other
    cdef int w = <int>words.shape[0], c
    cdef uint64_t h
    cdef bint same
    inverse_array = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] inverse = inverse_array
    first_array = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] first = first_array
    counts_array = np.zeros(n, dtype=np.int64)
    cdef int64_t[::1] counts = counts_array
    size = table_size(n)
    mask = size - 1
    table_array = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] table = table_array
    with nogil:
        for i in range(n):
            same = i > 0
            for c in range(w):
                same = same and words[c, i] == words[c, i - 1]
            if not same:
                h = 0
                for c in range(w):
                    h = (h ^ words[c, i]) * <uint64_t>0x9E3779B97F4A7C15
                    h ^= h >> 29
                slot = <int64_t>(h & <uint64_t>mask)
                while True:
                    g = table[slot]
                    if g < 0:
                        table[slot] = <int32_t>groups
                        first[groups] = i
                        g = groups
                        groups += 1
                        break
                    other = first[g]
                    same = True
                    for c in range(w):
                        if words[c, other] != words[c, i]:
                            same = False
                            break
                    if same:
                        break
                    slot = (slot + 1) & mask
            inverse[i] = <int32_t>g
            counts[g] += 1
    return first_array[:groups].copy(), inverse_array, counts_array[:groups].copy()


def first_positions(const int32_t[::1] rows, int64_t size):
    """int32[size]: for each row the first position in ``rows`` that names it, or -1."""
    cdef int64_t i
    result = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] out = result
    with nogil:
        for i in range(rows.shape[0] - 1, -1, -1):
            out[rows[i]] = <int32_t>i
    return result


def slots(const int32_t[::1] rows, const int32_t[::1] group_of_row, const int32_t[::1] slot_of_group, int count):
    """The slot of each match by the group of its row; slot 0 for all but the first match of a row.

    ``rows`` int32[n], ascending: the row of each match; ``slot_of_group`` int32[g], below ``count``. Returns
    (int32[n], int64[count]): slots and how many matches each has.
    """
    cdef int64_t n = rows.shape[0], i
    cdef int32_t slot, previous = -1
    result = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] out = result
    counts_array = np.zeros(count, dtype=np.int64)
    cdef int64_t[::1] counts = counts_array
    with nogil:
        for i in range(n):
            slot = 0 if rows[i] == previous else slot_of_group[group_of_row[rows[i]]]
            previous = rows[i]
            out[i] = slot
            counts[slot] += 1
    return result, counts_array


def sort_keys(const uint64_t[:, ::1] keys, const int32_t[::1] slot, const int64_t[::1] counts):
    """uint64[n, w]: the keys sorted by their slots, in their old order inside a slot."""
    cdef int64_t n = keys.shape[0], i, total = 0
    cdef int width = <int>keys.shape[1]
    at_array = np.empty(counts.shape[0], dtype=np.int64)
    cdef int64_t[::1] at = at_array
    result = np.empty((n, width), dtype=np.uint64)
    cdef uint64_t[:, ::1] out = result
    with nogil:
        for i in range(counts.shape[0]):
            at[i] = total
            total += counts[i]
        for i in range(n):
            copy_key(&out[at[slot[i]], 0], &keys[i, 0], width)
            at[slot[i]] += 1
    return result
