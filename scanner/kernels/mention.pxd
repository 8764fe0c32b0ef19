# The persons that one tuple mentions, and the nodes of their numbers (kernels.unions tells what a node is).

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from scanner.kernels.stirring cimport mixed, stirred

cdef extern from "node.h" nogil:
    enum:
        KIND "NODE_KIND"
        KINDS "NODE_KINDS"
        HOLDER "NODE_HOLDER"
        COUNTED_BIT "NODE_COUNTED"
        HOLDERS

cdef enum:
    COUNTED = 0xFFFFFFFF  # the payload of a slot that mentions nobody: its numbers are but counted
    CONTENT = 8  # words of a mention that is remembered: its slot, its name and up to six numbers
    TRIED = 1 << 13  # mentions of every PERIOD that are looked for in any case; the others only if FOUND of these were there
    FOUND = 1 << 9
    PERIOD = 1 << 17

cdef struct Plans:  # of all tuples, see ``unions.mentions``
    const int32_t* slot_from
    const int32_t* name_at
    const uint32_t* payload_of
    const int32_t* number_from
    const int32_t* number_at
    const uint32_t* kind_of
    const int32_t* further

cdef struct Memory:  # of mentions that were made not long ago: pairs of places; behind them how many were tried and found
    uint64_t* places
    uint64_t pairs

cdef struct Mentioned:  # what was found so far: nodes, and payloads of new mentions, numbered from ``first``
    uint64_t* nodes
    uint32_t* payloads
    int64_t node_count
    int64_t new_count
    int64_t first
    uint64_t names  # 0, or what is added to a number that is an owner, as words are numbers of words
    int shift  # 0, or where the number begins in nodes of one word (``kernels.coded_persons``)
    int mention_bits
    uint64_t wrong  # what did not fit into such nodes


cdef inline Memory remembering(uint64_t[:, ::1] memory) except *:
    """What ``unions.new_memory`` made; ValueError where it is too small."""
    if memory.shape[0] < 3 or memory.shape[1] != CONTENT + 1:
        raise ValueError("that is no memory")
    return Memory(&memory[0, 0], <uint64_t>(memory.shape[0] - 1) // 2)


cdef inline bint worth_while(const Memory* memory) noexcept nogil:
    """Is a mention to be looked for among those that were made not long ago? Where all differ that would only take time."""
    cdef uint64_t* counts = memory.places + 2 * (CONTENT + 1) * memory.pairs
    counts[0] += 1
    if counts[0] > PERIOD:
        counts[0] = counts[1] = 0
    return counts[0] <= TRIED or counts[1] >= FOUND


cdef inline int64_t remembered(const Memory* memory, const uint64_t* content, int words, uint64_t now) noexcept nogil:
    """The mention that had the same content (padded with 0) not long ago; else ``now``, which is remembered.

    Each content has a pair of places; the new one takes the first, from which the other one moves to the second.
    """
    cdef uint64_t h = 0
    cdef int c
    for c in range(words):
        h = stirred(h, content[c])
    cdef uint64_t* first = memory.places + 2 * (CONTENT + 1) * (mixed(h) % memory.pairs)
    cdef uint64_t* second = first + CONTENT + 1
    cdef uint64_t* counts = memory.places + 2 * (CONTENT + 1) * memory.pairs
    if memcmp(first, content, CONTENT * sizeof(uint64_t)) == 0:
        counts[1] += 1
        return <int64_t>first[CONTENT]
    if memcmp(second, content, CONTENT * sizeof(uint64_t)) == 0:
        counts[1] += 1
        return <int64_t>second[CONTENT]
    memcpy(second, first, (CONTENT + 1) * sizeof(uint64_t))
    memcpy(first, content, CONTENT * sizeof(uint64_t))
    first[CONTENT] = now
    return <int64_t>now


cdef inline void put_node(uint64_t number, uint64_t owner, uint64_t now, uint64_t kind, Mentioned* found) noexcept nogil:
    cdef uint64_t* node
    if found.shift:
        number -= 1
        found.wrong |= number >> (64 - found.shift) | owner >> (found.shift - found.mention_bits) | now >> found.mention_bits
        found.nodes[found.node_count] = number << found.shift | owner << found.mention_bits | now
    else:
        node = found.nodes + 3 * found.node_count
        node[0] = number
        node[1] = owner
        node[2] = now | kind << KIND
    found.node_count += 1


cdef inline int64_t mention(const Plans* plans, int32_t plan, int32_t s, uint64_t first, const uint64_t* words, int width,
                            uint32_t base, const Memory* memory, Mentioned* found) noexcept nogil:
    """Takes in slot ``s`` of a plan and a tuple: its ``first`` word, and ``width`` ones and a tag at ``words``, where the first
    one may be spread; ``base`` is added to who holds its numbers. Returns the number of the mention, -1 where the slot has no numbers or mentions nobody."""
    cdef uint64_t name = 0, owner, word
    cdef uint64_t content[CONTENT]
    cdef int64_t now = found.first + found.new_count
    cdef int32_t begin = plans.number_from[s], end = plans.number_from[s + 1], at = plans.name_at[s], j
    cdef uint32_t held = base << (HOLDER - KIND)
    cdef bint any_number = False
    if plans.payload_of[s] == COUNTED:
        for j in range(begin, end):
            at = plans.number_at[j]
            word = first if at == 0 else words[at]
            if word:
                put_node(word, 0, 0, plans.kind_of[j] + held, found)
        return -1
    if at >= 0:
        name = first if at == 0 else words[at]
    owner = name
    for j in range(begin, end):
        at = plans.number_at[j]
        word = first if at == 0 else words[at]
        if word:
            any_number = True
            if owner == 0 and plans.kind_of[j] & 1:
                if found.names:
                    owner = found.names + word
                else:
                    owner = mixed(word + (plans.kind_of[j] & KINDS) * <uint64_t>0x9E3779B97F4A7C15) | 1
    if not any_number:
        return -1
    if (end - begin <= CONTENT - 2 and end - begin + (plans.name_at[s] >= 0) < width - plans.further[plan]
            and worth_while(memory)):
        # Other words tell tuples apart.
        memset(content, 0, sizeof(content))
        content[0] = (<uint64_t>base << 32) + <uint64_t>s + 1
        content[1] = name
        for j in range(begin, end):
            at = plans.number_at[j]
            content[j - begin + 2] = first if at == 0 else words[at]
        now = remembered(memory, content, end - begin + 2, <uint64_t>now)
        if now != found.first + found.new_count:
            return now
    for j in range(begin, end):
        at = plans.number_at[j]
        word = first if at == 0 else words[at]
        if word:
            put_node(word, name if plans.kind_of[j] & 1 else owner, <uint64_t>now, plans.kind_of[j] + held, found)
    found.payloads[found.new_count] = plans.payload_of[s]
    found.new_count += 1
    return now
