"""Finds the words of the lexicon and the names of divisions among the characters of a page."""

from libc.string cimport memcpy

from scanner.kernels.address_text cimport *


cdef inline u32 slot_in(const Hash* h, u64 key) noexcept nogil:
    """The only slot that may hold the key."""
    cdef u64 mixed = key * h.factor
    return <u32>(mixed >> 30 ^ h.shift[mixed >> (64 - GROUP_BITS)]) & h.mask


cdef inline int rest_agrees(const Tables* t, const Run* run, int at, int far, int count) noexcept nogil:
    cdef int i
    for i in range(count):
        if t.rest[far + i] != run.ch[at + i]:
            return 0
    return 1


cdef inline int longer_word_at(const Tables* t, const Run* run, int at, const Word* word, int* length) noexcept nogil:
    """The value of the longest word at ``at`` and its length, where ``word`` is the first that begins so; 0 if there
    is none."""
    cdef u64 tail
    memcpy(&tail, run.ch + at + 2, 8)
    while True:
        if ((tail ^ word.tail) << word.half) << word.half == 0 and (
            word.length <= 2 + TAIL or rest_agrees(t, run, at + 2 + TAIL, word.far, word.length - 2 - TAIL)
        ):
            length[0] = word.length
            return word.value
        if word.last:
            return 0
        word += 1


cdef inline int row_of_name(const Tables* t, const Run* run, int at, int row) noexcept nogil:
    """The row of the longest division name at ``at`` from ``row`` on, the first with its three characters, or 0."""
    cdef u64 tail
    cdef const Name* name = t.names + row
    memcpy(&tail, run.ch + at + 3, 8)
    while True:
        if ((tail ^ name.tail) << name.half) << name.half == 0 and (
            name.length <= 3 + TAIL or rest_agrees(t, run, at + 3 + TAIL, name.far, name.length - 3 - TAIL)
        ):
            return row
        if not name.more:
            return 0
        name += 1
        row += 1


cdef inline void look_up(const Tables* t, Run* run) noexcept nogil:
    """Finds all words and names among the characters; none lies across a hard break, so not across cells either.

    What is found does not depend on the grammar, so that no look-up has to wait for another, and what is usual is
    found without a branch. Where the rows lie that may tell is known first for all places, so that they are fetched
    while others are compared.
    """
    cdef int i, at, value, length, row
    cdef u32 key, found
    cdef u64 three, two, tail
    cdef const Pair* pair
    cdef const Name* name
    cdef const Name* short_name
    # Of one's own, as the compiler cannot know that no store below changes them.
    cdef Hash pair_hash = t.pair_hash, name_hash = t.name_hash
    cdef const Pair* pairs = t.pairs
    cdef const Name* names = t.names
    cdef const u16* slots = t.name_slots
    cdef int count
    cdef u16* rows = run.row_of
    cdef u16* shorts = run.short_of
    mark(&t.signs, run)
    count = run.word_count
    for i in range(count):
        at = run.word_places[i]
        rows[i] = <u16>slot_in(&pair_hash, (<u32>run.ch[at] << 16) | run.ch[at + 1])
        fetch(pairs + rows[i])
    for i in range(count):
        at = run.word_places[i]
        key = (<u32>run.ch[at] << 16) | run.ch[at + 1]
        pair = pairs + rows[i]
        found = <u32>0 - <u32>(pair.key == key)
        value = pair.value & found
        length = 2
        if pair.thirds & found & (<u32>1 << (run.ch[at + 2] & 15)):
            value = longer_word_at(t, run, at, t.words + pair.words, &length)
        found = <u32>0 - <u32>(value != 0)
        run.words[at >> 6] |= <u64>(found & 1) << (at & 63)
        run.length[at] = <u8>(1 + ((length - 1) & found))
        run.value[at] = <u16>(value | (run.value[at] & ~found))
        value |= (length - 1) << SHAPE_LENGTH if length <= 8 else SHAPE_NONE
        run.shape[at] = <u16>((run.shape[at] & (SHAPE_DIGIT | SHAPE_NONE | SHAPE_THERE | ~found)) | (value & found))
    count = run.name_count
    for i in range(count):
        memcpy(&three, run.ch + run.name_places[i], 8)
        two = three & <u64>0xFFFFFFFF
        three &= <u64>0xFFFFFFFFFFFF
        rows[i] = slots[slot_in(&name_hash, three)]
        shorts[i] = slots[slot_in(&name_hash, two)]
        fetch(names + rows[i])
        fetch(names + shorts[i])
    for i in range(count):
        at = run.name_places[i]
        memcpy(&three, run.ch + at, 8)
        memcpy(&tail, run.ch + at + 3, 8)
        two = three & <u64>0xFFFFFFFF
        three &= <u64>0xFFFFFFFFFFFF
        row = rows[i]
        name = names + row
        row &= -<int>((name.key == three) & (name.length > 2))
        if (row != 0) & ((((tail ^ name.tail) << name.half) << name.half != 0) | (name.length > 3 + TAIL)):
            row = row_of_name(t, run, at, row)
        length = shorts[i]
        short_name = names + length
        row |= length & -<int>((short_name.key == two) & (short_name.length == 2) & (row == 0))
        run.name[at] = <u16>row
        run.names[at >> 6] |= <u64>(row != 0) << (at & 63)
    for i in range((run.size >> 6) + 1):
        run.act[i] |= run.words[i] | run.names[i]
