"""Nodes of numbers and owners that are few: one word each, ``number | owner | mention``; see ``scanner.persons.coded_persons``.

The number stands from bit ``shift`` on, and is 1 less than in nodes of three words; the mention is the lowest
``mention_bits``; owner 0 is nobody. ``coded_ties.mentions`` makes them; of nodes of three words see ``kernels.unions``.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from scanner.kernels.mention cimport KIND

cdef int check_bits(int shift, int mention_bits) except -1:
    if not 0 < mention_bits < shift < 64:
        raise ValueError("numbers, owners and mentions do not fit")
    return 0


def parted_nodes(const uint64_t[::1] nodes, int shift, int mention_bits, const uint64_t[::1] keys, const uint32_t[::1] kinds):
    """uint64[n, 3]: nodes of three words, with the key and the kind of each number, and a word for its owner. ValueError
    where there is no such number."""
    cdef int64_t i, number, n = nodes.shape[0]
    cdef uint64_t mention
    check_bits(shift, mention_bits)
    mention = (<uint64_t>1 << mention_bits) - 1
    result = np.empty((n, 3), np.uint64)
    cdef uint64_t[:, ::1] out = result
    for i in range(n):
        number = <int64_t>(nodes[i] >> shift) + 1
        if number >= keys.shape[0] or number >= kinds.shape[0]:
            raise ValueError("numbers and keys do not fit")
        out[i, 0] = keys[number]
        out[i, 1] = ((nodes[i] & (<uint64_t>-1 >> (64 - shift))) >> mention_bits) * <uint64_t>0x9E3779B97F4A7C15  # spread
        out[i, 2] = (nodes[i] & mention) | <uint64_t>kinds[number] << KIND
    return result


cdef struct Related:
    int64_t* edges
    int64_t* pairs
    int64_t* several
    int64_t edge_count
    int64_t pair_count
    int64_t several_count


cdef inline void put(int64_t* pairs, int64_t* count, uint64_t one, uint64_t two) noexcept nogil:
    pairs[2 * count[0]] = <int64_t>one
    pairs[2 * count[0] + 1] = <int64_t>two
    count[0] += 1


cdef void relate(const uint64_t* nodes, int64_t begin, int64_t end, bint strong, int64_t number, int shift, int mention_bits,
                 int32_t* last, int32_t* owners, Related* all) noexcept nogil:
    """Takes in the nodes of a number. ``last``: by owner the position of the first node of the number that was looked at last
    with it; ``owners``: room for the positions of the first nodes of all owners."""
    cdef int64_t i, some = 0, bare = -1
    cdef uint64_t mention = (<uint64_t>1 << mention_bits) - 1, of_owner = <uint64_t>-1 >> (64 - shift), owner
    for i in range(begin, end):
        owner = (nodes[i] & of_owner) >> mention_bits
        if last[owner] < begin:
            last[owner] = <int32_t>i
            owners[some] = <int32_t>i
            some += 1
            if owner == 0:
                bare = i
            if strong and i > begin:
                put(all.edges, &all.edge_count, nodes[begin] & mention, nodes[i] & mention)
        else:
            put(all.edges, &all.edge_count, nodes[begin if strong else last[owner]] & mention, nodes[i] & mention)
    if strong:
        if some - (bare >= 0) > 1:
            put(all.several, &all.several_count, number, some - (bare >= 0))
    elif bare >= 0:
        for i in range(some):
            if owners[i] != bare:
                put(all.pairs, &all.pair_count, nodes[bare] & mention, nodes[owners[i]] & mention)


def coded_relations(const uint64_t[::1] nodes, int shift, int mention_bits, int64_t owners, const uint32_t[::1] kinds):
    """What all nodes of some numbers tell: (edges int64[e, 2], pairs int64[m, 2], numbers int64[c], names int64[c]), as
    ``unions.relations`` has it, the numbers with several names as in nodes of three words.

    ``owners``: the highest number of one; ``kinds`` uint32: by number. ValueError where there is no such number or owner.
    """
    cdef int64_t n = nodes.shape[0], i, low, high, at, begin, most = kinds.shape[0] - 2
    cdef uint64_t of_owner
    check_bits(shift, mention_bits)
    of_owner = <uint64_t>-1 >> (64 - shift)
    none, nothing = np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    if n == 0:
        return none, none, nothing, nothing
    if n >= 1 << 30:
        raise ValueError("too many nodes at once")
    low, high = <int64_t>(nodes[0] >> shift), 0
    for i in range(n):
        low, high = min(low, <int64_t>(nodes[i] >> shift)), max(high, <int64_t>(nodes[i] >> shift))
        if <int64_t>((nodes[i] & of_owner) >> mention_bits) > owners:
            raise ValueError("no such owner")
    if high > most:
        raise ValueError("no such number")
    cdef int64_t[::1] end = np.zeros(high - low + 2, np.int64)
    cdef uint64_t[::1] order = np.empty(n, np.uint64)
    cdef int32_t[::1] last = np.full(owners + 1, -1, np.int32)
    cdef int32_t[::1] firsts = np.empty(n, np.int32)
    edge_array, pair_array, several_array = (np.empty((n, 2), np.int64) for _ in range(3))
    cdef int64_t[:, ::1] edges = edge_array, pairs = pair_array, several = several_array
    cdef Related all = Related(&edges[0, 0], &pairs[0, 0], &several[0, 0], 0, 0, 0)
    with nogil:
        for i in range(n):
            end[<int64_t>(nodes[i] >> shift) - low + 1] += 1
        for i in range(high - low + 1):
            end[i + 1] += end[i]
        for i in range(n):
            at = <int64_t>(nodes[i] >> shift) - low
            order[end[at]] = nodes[i]
            end[at] += 1
        begin = 0
        for i in range(high - low + 1):
            relate(&order[0], begin, end[i], kinds[low + i + 1] & 1, low + i + 1, shift, mention_bits, &last[0], &firsts[0], &all)
            begin = end[i]
    return (
        edge_array[: all.edge_count], pair_array[: all.pair_count],
        several_array[: all.several_count, 0], several_array[: all.several_count, 1],
    )
