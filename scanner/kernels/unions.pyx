"""From link tuples to persons: their nodes, and union-find over the numbers of the persons mentioned.

A **mention** is one person in one tuple; mentions are numbered from 0. A **node** is uint64[3]: the key of a number,
its owner's word (0: nobody), and ``mention | kind << 40``, where bit 0 of ``kind`` is set for numbers that one person
alone has. Parents never exceed their children, so that the root of a person is its lowest mention.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from scanner.kernels.stirring cimport mixed, stirred, unspread

cdef enum:
    KIND = 40  # where the kind begins in a node's last word
    CONTENT = 8  # words of a mention that is remembered: its slot, its name and up to six numbers
    AHEAD = 24  # pairs between asking for a parent and using it

cdef uint64_t MENTION = (<uint64_t>1 << KIND) - 1
cdef uint64_t STRONG = <uint64_t>1 << KIND
cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15

ctypedef fused parent_t:
    uint32_t
    int64_t

ctypedef fused mask_t:
    uint8_t
    uint16_t
    uint64_t

cdef extern from "unions.h" nogil:
    ctypedef struct First:
        pass
    int64_t first_relations(const uint64_t* nodes, int64_t n, First* table, uint64_t size, int64_t* edges, int32_t* which,
                            int64_t* several)

cdef extern from *:
    void __builtin_prefetch(const void* address) noexcept nogil

cdef struct Number:  # positions of nodes, -1 for none: its first, its first with an owner, its first with nobody
    int32_t first
    int32_t owned
    int32_t bare
    int32_t owners

cdef struct Owner:  # of a number, beyond its first one: position of its first node, and of the number's record
    int32_t first
    int32_t number

cdef struct Book:  # tables hold 32 bits of a hash above the position of a record plus one, or 0
    const uint64_t* nodes
    uint64_t mask
    uint64_t* number_table
    uint64_t* owner_table
    Number* numbers
    Owner* owners
    int64_t number_count
    int64_t owner_count


def spread(uint64_t[:, ::1] keys):
    """Spreads the first word of ``keys`` (uint64[n, w]) by the others, in place; done twice it changes nothing."""
    cdef int64_t i
    cdef int width = <int>keys.shape[1]
    with nogil:
        for i in range(keys.shape[0]):
            keys[i, 0] = unspread(&keys[i, 0], width)


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


cdef inline int64_t remembered(uint64_t[:, ::1] memory, const uint64_t* content, int words,
                               uint64_t now) noexcept nogil:
    """The mention that had the same content (padded with 0) not long ago; else ``now``, which is remembered.

    Each content has a pair of places; the new one takes the first, from which the other one moves to the second.
    """
    cdef uint64_t h = 0
    cdef int c
    for c in range(words):
        h = stirred(h, content[c])
    cdef int64_t pair = <int64_t>(mixed(h) % <uint64_t>(memory.shape[0] // 2))
    cdef uint64_t* first = &memory[2 * pair, 0]
    cdef uint64_t* second = &memory[2 * pair + 1, 0]
    if memcmp(first, content, CONTENT * sizeof(uint64_t)) == 0:
        return <int64_t>first[CONTENT]
    if memcmp(second, content, CONTENT * sizeof(uint64_t)) == 0:
        return <int64_t>second[CONTENT]
    memcpy(second, first, (CONTENT + 1) * sizeof(uint64_t))
    memcpy(first, content, CONTENT * sizeof(uint64_t))
    first[CONTENT] = now
    return <int64_t>now


def new_memory(int64_t pairs=1 << 11):
    """What ``mentions`` remembers from call to call: uint64[2 * pairs, 9], nothing yet."""
    return np.zeros((2 * pairs, CONTENT + 1), dtype=np.uint64)


def mentions(const uint64_t[:, ::1] keys, const int32_t[::1] plan, const int32_t[::1] slot_from,
             const int32_t[::1] name_at, const uint32_t[::1] payload_of, const int32_t[::1] number_from,
             const int32_t[::1] number_at, const uint32_t[::1] kind_of, const int32_t[::1] further, int64_t first,
             uint64_t[:, ::1] memory):
    """The persons that tuples mention: (nodes uint64[m, 3], payloads uint32[p], tuples int32[q], numbers int64[q]).

    ``keys`` uint64[n, w]: spread tuples; ``plan`` int32[n]: which plan each follows, -1 for none. Plan p has the slots
    ``slot_from[p]:slot_from[p + 1]``; slot s its payload, the position of its name's word (-1: none) and the numbers
    ``number_from[s]:number_from[s + 1]``, each a position and a kind; ``further[p]`` words are others' second ones. Words of 0 are no value; a slot without numbers
    mentions nobody. New mentions are numbered from ``first``; one that was there not long ago (the sender of many
    parcels) is not made again. ``tuples`` and ``numbers``: which tuple has which mention.
    """
    cdef int64_t n = keys.shape[0], i, most = 0, slots = 0, m = 0, p = 0, q = 0, now
    cdef int width = <int>keys.shape[1]
    cdef int32_t s, j, count
    cdef uint64_t key0, word, name, owner
    cdef uint64_t content[CONTENT]
    cdef bint any_number
    with nogil:
        for i in range(n):
            if plan[i] >= 0:
                slots += slot_from[plan[i] + 1] - slot_from[plan[i]]
                most += number_from[slot_from[plan[i] + 1]] - number_from[slot_from[plan[i]]]
    node_array, payload_array = np.empty((most, 3), dtype=np.uint64), np.empty(slots, dtype=np.uint32)
    tuple_array, number_array = np.empty(slots, dtype=np.int32), np.empty(slots, dtype=np.int64)
    cdef uint64_t[:, ::1] nodes = node_array
    cdef uint32_t[::1] payloads = payload_array
    cdef int32_t[::1] tuples = tuple_array
    cdef int64_t[::1] numbers = number_array
    with nogil:
        for i in range(n):
            if plan[i] < 0:
                continue
            key0 = unspread(&keys[i, 0], width)
            for s in range(slot_from[plan[i]], slot_from[plan[i] + 1]):
                name = 0
                if name_at[s] >= 0:
                    name = key0 if name_at[s] == 0 else keys[i, name_at[s]]
                owner = name
                any_number = False
                for j in range(number_from[s], number_from[s + 1]):
                    word = key0 if number_at[j] == 0 else keys[i, number_at[j]]
                    if word:
                        any_number = True
                        if owner == 0 and kind_of[j] & 1:
                            owner = mixed(word + kind_of[j] * GOLDEN) | 1
                if not any_number:
                    continue
                now = first + p
                count = number_from[s + 1] - number_from[s]
                if count <= CONTENT - 2 and count + (name_at[s] >= 0) < width - 1 - further[plan[i]]:  # other words tell tuples apart
                    memset(content, 0, sizeof(content))
                    content[0] = <uint64_t>s + 1
                    content[1] = name
                    for j in range(count):
                        word = number_at[number_from[s] + j]
                        content[j + 2] = key0 if word == 0 else keys[i, <int64_t>word]
                    now = remembered(memory, content, count + 2, <uint64_t>now)
                tuples[q] = <int32_t>i
                numbers[q] = now
                q += 1
                if now != first + p:
                    continue
                for j in range(number_from[s], number_from[s + 1]):
                    word = key0 if number_at[j] == 0 else keys[i, number_at[j]]
                    if word:
                        nodes[m, 0] = word
                        nodes[m, 1] = name if kind_of[j] & 1 else owner
                        nodes[m, 2] = <uint64_t>now | <uint64_t>kind_of[j] << KIND
                        m += 1
                payloads[p] = payload_of[s]
                p += 1
    return node_array[:m], payload_array[:p], tuple_array[:q], number_array[:q]


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


cdef inline int64_t mention_of(const Book* book, int64_t i) noexcept nogil:
    return <int64_t>(book.nodes[3 * i + 2] & MENTION)


cdef inline bint is_strong(const Book* book, int64_t i) noexcept nogil:
    return book.nodes[3 * i + 2] & STRONG != 0


cdef inline int64_t number_of(Book* book, int64_t i) noexcept nogil:
    """The record of node i's number, made where there is none."""
    cdef const uint64_t* node = book.nodes + 3 * i
    cdef const uint64_t* known
    cdef uint64_t h = mixed(node[0]), entry
    cdef uint64_t slot = h & book.mask
    while True:
        entry = book.number_table[slot]
        if entry == 0:
            book.number_table[slot] = h >> 32 << 32 | <uint64_t>(book.number_count + 1)
            book.numbers[book.number_count] = Number(<int32_t>i, -1, -1, 0)
            book.number_count += 1
            return book.number_count - 1
        if entry >> 32 == h >> 32:
            known = book.nodes + 3 * <int64_t>book.numbers[<uint32_t>entry - 1].first
            if known[0] == node[0] and known[2] >> KIND == node[2] >> KIND:
                return <int64_t><uint32_t>entry - 1
        slot = (slot + 1) & book.mask


cdef inline int64_t owner_of(Book* book, int64_t r, int64_t i) noexcept nogil:
    """The first node with number r and the owner of node i, which may be node i."""
    cdef Number* number = book.numbers + r
    cdef Owner* known
    cdef uint64_t word = book.nodes[3 * i + 1], h, slot, entry
    if number.owned < 0:
        number.owned = <int32_t>i
        number.owners = 1
    if book.nodes[3 * <int64_t>number.owned + 1] == word:
        return number.owned
    h = mixed(word + <uint64_t>(r + 1) * GOLDEN)
    slot = h & book.mask
    while True:
        entry = book.owner_table[slot]
        if entry == 0:
            book.owner_table[slot] = h >> 32 << 32 | <uint64_t>(book.owner_count + 1)
            book.owners[book.owner_count] = Owner(<int32_t>i, <int32_t>r)
            book.owner_count += 1
            number.owners += 1
            return i
        if entry >> 32 == h >> 32:
            known = book.owners + <int64_t><uint32_t>entry - 1
            if known.number == r and book.nodes[3 * <int64_t>known.first + 1] == word:
                return known.first
        slot = (slot + 1) & book.mask


cdef int64_t find_edges(Book* book, int64_t n, int64_t[:, ::1] edges) noexcept nogil:
    """Writes the pairs of mentions that are one person; returns how many."""
    cdef int64_t i, r, other, count = 0
    for i in range(n):
        r = number_of(book, i)
        if book.nodes[3 * i + 1] != 0:
            other = owner_of(book, r, i)
        else:
            other = book.numbers[r].bare
            if other < 0:
                book.numbers[r].bare = <int32_t>i
                other = i
        if is_strong(book, i):
            other = book.numbers[r].first
        if other != i:
            edges[count, 0] = mention_of(book, other)
            edges[count, 1] = mention_of(book, i)
            count += 1
    return count


cdef void follow(const int64_t[:, ::1] edges, int64_t n, parent_t* parent) noexcept nogil:
    """Unites the pairs; parents that will be needed soon are already on their way."""
    cdef int64_t i
    for i in range(n):
        if i + AHEAD < n:
            __builtin_prefetch(parent + edges[i + AHEAD, 0])
            __builtin_prefetch(parent + edges[i + AHEAD, 1])
        join(parent, <parent_t>edges[i, 0], <parent_t>edges[i, 1])


def relations(const uint64_t[:, ::1] nodes):
    """Which mentions are one person's, as they share a number and its owner, or a number that one person alone has.

    ``nodes`` uint64[n, 3], n < 2^30: all nodes of their numbers (fastest where their tables fit the cache). Returns
    (edges int64[e, 2], pairs int64[m, 2], numbers uint64[c], kinds uint64[c], names int64[c]): mentions of one person;
    where a weak number also occurs with nobody, one such mention with one of each owner's; and the strong numbers that
    occur with several names.
    """
    cdef int64_t n = nodes.shape[0], found, several = 0, size = n + n // 2 + 16, i
    nothing, none = np.zeros(0, np.uint64), np.zeros((0, 2), np.int64)
    if n == 0:
        return none, none, nothing, nothing, np.zeros(0, np.int64)
    if n >= 1 << 30:
        raise ValueError("too many nodes at once")
    cdef uint64_t[:, ::1] table = np.empty((size, 4), np.uint64)
    edge_array, which_array = np.empty((n, 2), np.int64), np.empty(n, np.int32)
    cdef int64_t[:, ::1] edges = edge_array
    cdef int32_t[::1] which = which_array
    with nogil:
        found = first_relations(&nodes[0, 0], n, <First*>&table[0, 0], <uint64_t>size, &edges[0, 0], &which[0], &several)
    if several == 0:
        return edge_array[:found], none, nothing, nothing, np.zeros(0, np.int64)
    more, *rest = _relations(np.asarray(nodes).take(which_array[:several], axis=0))
    return np.concatenate([edge_array[:found], more]), *rest


def _relations(const uint64_t[:, ::1] nodes):
    """As ``relations``, for numbers of several owners."""
    cdef int64_t n = nodes.shape[0], size = 16, m = 0, c = 0, r, i, found
    while size < 2 * n:
        size *= 2
    cdef uint64_t[::1] number_table = np.zeros(size, dtype=np.uint64)
    cdef uint64_t[::1] owner_table = np.zeros(size, dtype=np.uint64)
    cdef int32_t[:, ::1] numbers = np.empty((n, 4), dtype=np.int32)
    cdef int32_t[:, ::1] owners = np.empty((n, 2), dtype=np.int32)
    edge_array = np.empty((n, 2), dtype=np.int64)
    cdef int64_t[:, ::1] edges = edge_array
    cdef Number* number
    cdef Book book
    book = Book(&nodes[0, 0], <uint64_t>(size - 1), &number_table[0], &owner_table[0], <Number*>&numbers[0, 0],
                <Owner*>&owners[0, 0], 0, 0)
    with nogil:
        found = find_edges(&book, n, edges)
        for r in range(book.number_count):
            number = book.numbers + r
            if is_strong(&book, number.first):
                c += number.owners > 1
            elif number.bare >= 0:
                m += number.owners
    pair_array, several_array = np.empty((m, 2), dtype=np.int64), np.empty((2, c), dtype=np.uint64)
    names_array = np.empty(c, dtype=np.int64)
    cdef int64_t[:, ::1] pairs = pair_array
    cdef uint64_t[:, ::1] several = several_array
    cdef int64_t[::1] names = names_array
    with nogil:
        m = c = 0
        for r in range(book.number_count):
            number = book.numbers + r
            if is_strong(&book, number.first):
                if number.owners > 1:
                    several[0, c] = nodes[number.first, 0]
                    several[1, c] = nodes[number.first, 2] >> KIND
                    names[c] = number.owners
                    c += 1
            elif number.bare >= 0 and number.owned >= 0:
                pairs[m, 0] = mention_of(&book, number.bare)
                pairs[m, 1] = mention_of(&book, number.owned)
                m += 1
        for i in range(book.owner_count):
            number = book.numbers + book.owners[i].number
            if number.bare >= 0 and not is_strong(&book, number.first):
                pairs[m, 0] = mention_of(&book, number.bare)
                pairs[m, 1] = mention_of(&book, book.owners[i].first)
                m += 1
    return edge_array[:found], pair_array, several_array[0], several_array[1], names_array


def unite_edges(const int64_t[:, ::1] edges, parent_t[::1] parent):
    """Unites the mentions of each pair (int64[n, 2]); ``parent``: of all mentions."""
    if edges.shape[0]:
        with nogil:
            follow(edges, edges.shape[0], &parent[0])


def unite(const uint64_t[:, ::1] nodes, parent_t[::1] parent):
    """Unites mentions by all nodes of some numbers; returns what ``relations`` does, without the edges."""
    edges, *rest = relations(nodes)
    unite_edges(edges, parent)
    return tuple(rest)


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
