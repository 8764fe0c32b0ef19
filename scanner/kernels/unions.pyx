"""From link tuples to persons: their nodes, and union-find over the numbers of the persons mentioned.

A **mention** is one person in one tuple; mentions are numbered from 0. A **node** is uint64[3]: the key of a number,
its owner's word (0: nobody), and ``mention | kind << 40 | holder << 48``, where bit 0 of ``kind`` (8 bits) is set for numbers
that one person alone has, ``holder`` (12 bits) tells in whose count it is, and bit 63 is set for those that nobody has and
that are but counted. Parents never exceed their children, so that the root of a person is its lowest mention.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from scanner.kernels.mention cimport CONTENT, COUNTED_BIT, HOLDER, HOLDERS, KIND, KINDS, Memory, Mentioned, Plans, mention, remembering
from scanner.kernels.stirring cimport mixed, stirred_words, unspread

cdef enum:
    AHEAD = 24  # pairs between asking for a parent and using it
    TRIED = 8  # mentions of one person among which one with the same payload is looked for

ctypedef fused parent_t:
    uint32_t
    int64_t

ctypedef fused mask_t:
    uint8_t
    uint16_t
    uint64_t

cdef uint64_t MENTION = (<uint64_t>1 << KIND) - 1

# For those who make or read nodes in Python: where in the last word the kind begins, who holds the number, and the bit
# of one that is but counted; and how many may hold it.
NODE_KIND, NODE_HOLDER, NODE_COUNTED, NODE_HOLDERS = KIND, HOLDER, COUNTED_BIT, HOLDERS

cdef extern from "unions.h" nogil:
    ctypedef struct First:
        pass
    ctypedef struct Counts:
        int64_t* of_kind
        int64_t* of_holder
        int64_t size
        uint64_t* further
        int64_t count
    ctypedef struct Owned:
        pass
    ctypedef struct Related:
        int64_t* edges
        int64_t* pairs
        uint64_t* several
        int64_t edge_count
        int64_t pair_count
        int64_t several_count
    enum:
        HELD_BITS
    int64_t first_relations(const uint64_t* nodes, int64_t n, First* table, uint64_t size, Related* all, int32_t* which,
                            uint32_t* places, Counts* counts)
    void further_relations(const uint64_t* nodes, int64_t count, First* table, Owned* owned, uint64_t size, Related* all,
                           const int32_t* which, const uint32_t* places)

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

def spread(uint64_t[:, ::1] keys, bint whole=False):
    """Spreads the first word of ``keys`` (uint64[n, w]) by the others, in place; done twice it changes nothing.

    Its top byte, which tells the partition, stays as it is unless the ``whole`` word is spread.
    """
    cdef int64_t i
    cdef int width = <int>keys.shape[1]
    with nogil:
        for i in range(keys.shape[0]):
            keys[i, 0] = keys[i, 0] ^ stirred_words(&keys[i, 0], width) if whole else unspread(&keys[i, 0], width)


def places_of(const uint64_t[::1] tags):
    """int32[m]: the table by which ``numbered`` finds the position of each tag (all different)."""
    cdef int64_t i, size = 16
    cdef uint64_t slot
    while size < 2 * tags.shape[0]:
        size *= 2
    result = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] table = result
    with nogil:
        for i in range(tags.shape[0]):
            slot = mixed(tags[i]) & <uint64_t>(size - 1)
            while table[slot] >= 0:
                slot = (slot + 1) & <uint64_t>(size - 1)
            table[slot] = <int32_t>i
    return result


def numbered(const uint64_t[:, ::1] keys, const uint64_t[::1] tags, const int32_t[::1] table):
    """int32[n]: for each key (uint64[n, w]) the position in ``tags`` of its last word, or -1.

    ``table``: made of the same tags by ``places_of``. ValueError if it is too small for them.
    """
    cdef int64_t n = keys.shape[0], i, size = table.shape[0]
    cdef int last = <int>keys.shape[1] - 1
    cdef int32_t number = -1
    cdef uint64_t word, before = 0, slot
    if size < 2 * tags.shape[0] or size < 1 or size & (size - 1):
        raise ValueError("the table is not that of the tags")
    result = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] out = result
    with nogil:
        for i in range(n):
            word = keys[i, last]
            if i == 0 or word != before:
                slot = mixed(word) & <uint64_t>(size - 1)
                while table[slot] >= 0 and tags[table[slot]] != word:
                    slot = (slot + 1) & <uint64_t>(size - 1)
                number = table[slot]
                before = word
            out[i] = number
    return result


def new_memory(int64_t pairs=1 << 11):
    """What ``mentions`` remembers from call to call: uint64[2 * pairs + 1, 9], nothing yet."""
    return np.zeros((2 * pairs + 1, CONTENT + 1), dtype=np.uint64)


def mentions(const uint64_t[:, ::1] keys, const int32_t[::1] plan, const int32_t[::1] base, const int32_t[::1] slot_from,
             const int32_t[::1] name_at, const uint32_t[::1] payload_of, const int32_t[::1] number_from,
             const int32_t[::1] number_at, const uint32_t[::1] kind_of, const int32_t[::1] further, int64_t first,
             uint64_t[:, ::1] memory):
    """The persons that tuples mention: (nodes uint64[m, 3], payloads uint32[p], tuples int32[q], numbers int64[q]).

    ``keys`` uint64[n, w]: spread tuples; ``plan`` int32[n]: which plan each follows, -1 for none;
    ``base`` int32[n]: what is added to the holders of its numbers. Plan p has the slots
    ``slot_from[p]:slot_from[p + 1]``; slot s its payload, the position of its name's word (-1: none) and the numbers
    ``number_from[s]:number_from[s + 1]``, each a position and a kind; ``further[p]`` words are others' second ones. Words of 0 are no value; a slot without numbers
    mentions nobody. New mentions are numbered from ``first``; one that was there not long ago (the sender of many
    parcels) is not made again. ``tuples`` and ``numbers``: which tuple has which mention.
    """
    cdef int64_t n = keys.shape[0], i, most = 0, slots = 0, q = 0, now
    cdef int width = <int>keys.shape[1]
    cdef int32_t s
    cdef uint64_t key0
    if base.shape[0] != n or plan.shape[0] != n:
        raise ValueError("each tuple has a plan and a base")
    with nogil:
        for i in range(n):
            if plan[i] >= 0:
                slots += slot_from[plan[i] + 1] - slot_from[plan[i]]
                most += number_from[slot_from[plan[i] + 1]] - number_from[slot_from[plan[i]]]
    node_array, payload_array = np.empty((most + 1, 3), dtype=np.uint64), np.empty(slots + 1, dtype=np.uint32)
    tuple_array, number_array = np.empty(slots, dtype=np.int32), np.empty(slots, dtype=np.int64)
    cdef uint64_t[:, ::1] nodes = node_array
    cdef uint32_t[::1] payloads = payload_array
    cdef int32_t[::1] tuples = tuple_array
    cdef int64_t[::1] numbers = number_array
    cdef Mentioned found = Mentioned(&nodes[0, 0], &payloads[0], 0, 0, first, 0, 0, 0, 0)
    cdef Memory places = remembering(memory)
    cdef Plans plans
    if most:
        plans = Plans(&slot_from[0], &name_at[0], &payload_of[0], &number_from[0], &number_at[0], &kind_of[0], &further[0])
        with nogil:
            for i in range(n):
                if plan[i] < 0:
                    continue
                key0 = unspread(&keys[i, 0], width)
                for s in range(slot_from[plan[i]], slot_from[plan[i] + 1]):
                    now = mention(&plans, plan[i], s, key0, &keys[i, 0], width - 1, <uint32_t>base[i], &places, &found)
                    if now >= 0:
                        tuples[q] = <int32_t>i
                        numbers[q] = now
                        q += 1
    return node_array[: found.node_count], payload_array[: found.new_count], tuple_array[:q], number_array[:q]


cdef inline parent_t find(parent_t* parent, parent_t x) noexcept nogil:
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


cdef inline void join(parent_t* parent, parent_t one, parent_t two) noexcept nogil:
    one = find(parent, one)
    two = find(parent, two)
    if one < two:
        parent[two] = one
    elif two < one:
        parent[one] = two


cdef void follow(const int64_t[:, ::1] edges, int64_t n, parent_t* parent) noexcept nogil:
    """Unites the pairs; parents that will be needed soon are already on their way."""
    cdef int64_t i
    for i in range(n):
        if i + AHEAD < n:
            __builtin_prefetch(parent + edges[i + AHEAD, 0])
            __builtin_prefetch(parent + edges[i + AHEAD, 1])
        join(parent, <parent_t>edges[i, 0], <parent_t>edges[i, 1])


cdef add_further(uint64_t[::1] further, int64_t[::1] of_holder):
    """Adds numbers to holders who were not the first to have them, each pair but once."""
    cdef int64_t i
    cdef uint64_t[::1] order = np.sort(further)
    with nogil:
        for i in range(order.shape[0]):
            if i == 0 or order[i] != order[i - 1]:
                of_holder[order[i] & ((1 << HELD_BITS) - 1)] += 1


def relations(const uint64_t[:, ::1] nodes, int64_t holders=0):
    """Which mentions are one person's, as they share a number and its owner, or a number that one person alone has.

    ``nodes`` uint64[n, 3], n < 2^30: all nodes of their numbers (fastest where their tables fit the cache). Returns
    (edges int64[e, 2], pairs int64[m, 2], numbers uint64[c], kinds uint64[c], names int64[c], counts int64[256 + holders]):
    mentions of one person; where a weak number also occurs with nobody, one such mention with one of each owner's; the
    strong numbers that occur with several names; and how many numbers there are of each kind, and, behind these,
    how many each of the first ``holders`` holders has.
    """
    cdef int64_t n = nodes.shape[0], several, size = n + n // 2 + 16
    nothing, none = np.zeros(0, np.uint64), np.zeros((0, 2), np.int64)
    if not 0 <= holders <= HOLDERS:
        raise ValueError("so many cannot hold numbers")
    count_array = np.zeros(256 + holders, np.int64)
    cdef int64_t[::1] counts = count_array
    if n == 0:
        return none, none, nothing, nothing, np.zeros(0, np.int64), count_array
    if n >= 1 << 30:
        raise ValueError("too many nodes at once")
    cdef uint64_t[:, ::1] table = np.empty((size, 4), np.uint64)
    cdef int32_t[::1] which = np.empty(n, np.int32)
    cdef uint32_t[::1] places = np.empty(n, np.uint32)
    edge_array = np.empty((n, 2), np.int64)
    cdef int64_t[:, ::1] edges = edge_array
    cdef uint64_t[:, ::1] owned, told
    cdef int64_t[:, ::1] pairs
    cdef Related all = Related(&edges[0, 0], NULL, NULL, 0, 0, 0)
    cdef uint64_t[::1] further = np.empty(n if holders else 1, np.uint64)
    cdef Counts told_of = Counts(&counts[0], &counts[0] + 256, holders, &further[0], 0)
    with nogil:
        several = first_relations(&nodes[0, 0], n, <First*>&table[0, 0], <uint64_t>size, &all, &which[0], &places[0],
                                  &told_of)
    if told_of.count:
        add_further(further[: told_of.count], counts[256:])
    if several == 0:
        return edge_array[: all.edge_count], none, nothing, nothing, np.zeros(0, np.int64), count_array
    size = several + several // 2 + 16
    pair_array, told_array = np.empty((several, 2), np.int64), np.empty((several, 3), np.uint64)
    owned, pairs, told = np.empty((size, 4), np.uint64), pair_array, told_array
    all.pairs, all.several = &pairs[0, 0], &told[0, 0]
    with nogil:
        further_relations(&nodes[0, 0], several, <First*>&table[0, 0], <Owned*>&owned[0, 0], <uint64_t>size, &all, &which[0],
                          &places[0])
    numbers, kinds, names = told_array[: all.several_count].T
    some = names > 1
    return (
        edge_array[: all.edge_count], pair_array[: all.pair_count], numbers[some], kinds[some], names[some].astype(np.int64), count_array,
    )


def unite_edges(const int64_t[:, ::1] edges, parent_t[::1] parent):
    """Unites the mentions of each pair (int64[n, 2]); ``parent``: of all mentions."""
    if edges.shape[0]:
        with nogil:
            follow(edges, edges.shape[0], &parent[0])


def unite(const uint64_t[:, ::1] nodes, parent_t[::1] parent):
    """Unites mentions by all nodes of some numbers; returns what ``relations`` does, without the edges and counts."""
    edges, *rest, _ = relations(nodes)
    unite_edges(edges, parent)
    return tuple(rest)


def split_nodes(const uint64_t[:, ::1] nodes, const uint8_t[::1] chosen, uint64_t[:, ::1] some, uint64_t[:, ::1] others):
    """Copies nodes (uint64[n, 3]) of kinds that are ``chosen`` (uint8[256]) to ``some``, and all others to ``others``.

    Returns how many are chosen. ValueError where there is too little room.
    """
    cdef int64_t n = nodes.shape[0], i, found = 0
    cdef const uint64_t* node
    cdef uint64_t* to
    if chosen.shape[0] != 256 or nodes.shape[1] != 3 or some.shape[1] != 3 or others.shape[1] != 3:
        raise ValueError("those are no nodes or no kinds")
    if some.shape[0] < n or others.shape[0] < n:
        raise ValueError("there is too little room")
    with nogil:
        for i in range(n):
            node = &nodes[i, 0]
            if chosen[node[2] >> KIND & KINDS]:
                to = &some[found, 0]
                found += 1
            else:
                to = &others[i - found, 0]
            to[0] = node[0]
            to[1] = node[1]
            to[2] = node[2]
    return found


def one_of_each(uint32_t[::1] parent, const uint32_t[::1] payloads):
    """One mention in place of all that are one person's and have the same payload.

    ``parent``, ``payloads`` uint32[m]. Returns (numbers uint32[m]: that of each mention's, of which there are k, payloads uint32[k],
    edges int64[e, 2]: those of one person). Where a person has very many payloads, some may be there several times.
    """
    cdef int64_t n = parent.shape[0], i, count = 0, edge_count = 0
    cdef uint32_t head, at
    cdef int tried
    if payloads.shape[0] != n:
        raise ValueError("mentions and payloads do not fit")
    number_array, payload_array = np.empty(n, np.uint32), np.empty(n, np.uint32)
    edge_array = np.empty((n, 2), np.int64)
    cdef uint32_t[::1] numbers = number_array, kept = payload_array, behind = np.empty(n, np.uint32)
    cdef int64_t[:, ::1] edges = edge_array
    with nogil:
        for i in range(n):
            head = find(&parent[0], <uint32_t>i)
            if head != i:  # the root is lower, so that it is numbered already
                head = at = numbers[head]
                tried = 1
                while kept[at] != payloads[i] and behind[at] != at and tried < TRIED:
                    at = behind[at]
                    tried += 1
                if kept[at] == payloads[i]:
                    numbers[i] = at
                    continue
                edges[edge_count, 0] = head
                edges[edge_count, 1] = count
                edge_count += 1
                behind[count] = <uint32_t>count if behind[head] == head else behind[head]
                behind[head] = <uint32_t>count
            else:
                behind[count] = <uint32_t>count
            kept[count] = payloads[i]
            numbers[i] = <uint32_t>count
            count += 1
    return number_array, payload_array[:count].copy(), edge_array[:edge_count].copy()


def renumber(uint64_t[:, ::1] nodes, const uint32_t[::1] numbers):
    """Gives nodes (uint64[n, 3]) of mention m that of ``numbers[m]``, in place; those that are but counted have none."""
    cdef int64_t i
    cdef uint64_t mention
    cdef bint wrong = nodes.shape[1] != 3
    with nogil:
        for i in range(0 if wrong else nodes.shape[0]):
            mention = nodes[i, 2] & MENTION
            if nodes[i, 2] >> COUNTED_BIT & 1:
                continue
            if mention >= <uint64_t>numbers.shape[0]:
                wrong = True
                break
            nodes[i, 2] ^= mention ^ numbers[mention]
    if wrong:
        raise ValueError("a node of no mention")


def roots(parent_t[::1] parent, int64_t[:, ::1] which):
    """Replaces each mention in ``which`` (int64[n, w]) by the root of its person, in place."""
    cdef int64_t i, j
    with nogil:
        for i in range(which.shape[0]):
            for j in range(which.shape[1]):
                which[i, j] = <int64_t>find(&parent[0], <parent_t>which[i, j])


def unite_pairs(parent_t[::1] parent, const int64_t[::1] one, const int64_t[::1] two):
    """Unites the persons of ``one[i]`` and ``two[i]`` (mentions, int64[n] both)."""
    cdef int64_t i
    with nogil:
        for i in range(one.shape[0]):
            join(&parent[0], <parent_t>one[i], <parent_t>two[i])


def number_persons(parent_t[::1] parent):
    """Replaces parents by the numbers of persons, from 0 by their lowest mention; returns how many there are."""
    cdef int64_t i, persons = 0
    with nogil:
        for i in range(parent.shape[0]):
            if <int64_t>parent[i] == i:
                parent[i] = <parent_t>persons
                persons += 1
            else:  # the parent is lower, so that it is numbered already
                parent[i] = parent[parent[i]]
    return persons


def gather_masks(const parent_t[::1] person, const uint32_t[::1] payload, const mask_t[::1] masks, mask_t[::1] held):
    """Unites in ``held[person[i]]`` (bitwise or) the masks of all payloads of a person: ``masks[payload[i]]``.

    ValueError where a person or a payload is out of range; ``held`` is not to be used then.
    """
    cdef int64_t i, n = person.shape[0]
    cdef bint wrong = payload.shape[0] != n
    with nogil:
        for i in range(0 if wrong else n):
            if <int64_t>person[i] < 0 or <int64_t>person[i] >= held.shape[0] or payload[i] >= masks.shape[0]:
                wrong = True
                break
            held[person[i]] |= masks[payload[i]]
    if wrong:
        raise ValueError("persons and payloads do not fit")
