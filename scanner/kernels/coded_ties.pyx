"""Link tuples of rows that share their cells: as numbers of what the cells hold, in few bits, and as tuples again.

A **book** tells what the numbers mean (``scanner.persons.coded_ties.Book``): (fields, tag_bits, tags, begin, places, several_from,
several). ``fields``: (table uint64[w, m], word, shift, bits) for each column: what the cells hold by their numbers, of which 0 is
nothing, and where a packed tuple has the number. ``tags`` uint64: the last words of tuples, by the number in the lowest
``tag_bits`` of word 0. The words of a tuple of tag t are ``places[begin[t]:begin[t + 1]]`` (int32[p, 2]): the field, and the
word of what its cell holds. Values of which a cell may hold several are ``several[several_from[t]:several_from[t + 1]]``
(int32[s, 5]): their position in the tuple, their words, the field, the word there, and how many there may be; each further
one makes a further tuple, with the first ones of all others.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from scanner.kernels.mention cimport Memory, Mentioned, Plans, mention, remembering
from scanner.kernels.stirring cimport inside, mixed, stirred, stirred_words

cdef enum:
    ROWS = 256  # that are looked at together

# A column of rows to pack: the cell of each row, and the number of what each cell, or none, holds.
cdef struct Numbered:
    const int32_t* codes
    const uint32_t* numbers
    uint32_t null
    int shift
    int64_t word

# What the cells of a column hold: of each of ``width`` words those of all numbers, one after the other. The number is ``mask``
# at ``shift`` of a word.
cdef struct Field:
    const uint64_t* table
    int64_t size
    int64_t width
    int64_t word
    int64_t shift
    uint64_t mask

# One word of a tuple: a word of what a field's cell holds.
cdef struct Place:
    int32_t field
    int32_t offset

# Of a value of ``words`` words at ``at`` in a tuple: where its cell holds it, and as many values of the same kind, at most.
cdef struct Several:
    int32_t at
    int32_t words
    int32_t field
    int32_t offset
    int32_t times


# A book, its packed tuples as they were before word 0 was spread, and these in the order of their tags.
cdef struct Opened:
    Field* fields
    int64_t field_count
    uint64_t mask
    int64_t tags
    const int32_t* begin
    const Place* places
    const int32_t* several_from
    const Several* several
    int64_t n
    int64_t words
    uint64_t* plain
    int32_t* rows
    int64_t* end  # of the rows of each tag
    int64_t most  # words of a tuple


cdef inline uint64_t unmixed(uint64_t x) noexcept nogil:
    """What was ``mixed``."""
    x = (x ^ (x >> 33)) * <uint64_t>0x9CB4B2F8129337DB
    x = (x ^ (x >> 33)) * <uint64_t>0x4F74430C22A54005
    return x ^ (x >> 33)


cdef int64_t chosen(const int32_t[::1] of_row, const int32_t[::1] tag, int32_t[::1] rows) noexcept nogil:
    """Writes the rows of groups that have a tag; returns how many, -1 where there is no such group."""
    cdef int64_t i, count = 0
    for i in range(of_row.shape[0]):
        if of_row[i] < 0 or of_row[i] >= tag.shape[0]:
            return -1
        rows[count] = <int32_t>i
        count += tag[of_row[i]] >= 0
    return count


cdef bint put_numbers(const Numbered* own, const int32_t* rows, int64_t n, uint64_t* out, int64_t words) noexcept nogil:
    """Writes the numbers of some rows' cells to their word; False where there is no such cell."""
    cdef int64_t t
    cdef const int32_t* codes = own.codes
    cdef const uint32_t* numbers = own.numbers
    cdef uint32_t null = own.null, cell, most = 0
    cdef int shift = own.shift
    for t in range(n):
        cell = <uint32_t>codes[rows[t]]  # of null the highest of all
        most = max(most, cell + 1)
        out[t * words] |= <uint64_t>numbers[min(cell, null)] << shift
    return most <= null


cdef bint pack_all(const Numbered* fields, int64_t count, const int32_t[::1] of_row, const int32_t[::1] tag, const int32_t[::1] rows,
                   uint64_t* out, int64_t n, int64_t words) noexcept nogil:
    """Writes the tuples of ``n`` rows; False where there is no such cell."""
    cdef int64_t at = 0, m, t, i
    cdef bint sound = True
    while at < n:
        m = min(<int64_t>ROWS, n - at)
        for t in range(m):
            out[t * words] = <uint64_t>tag[of_row[rows[at + t]]]
        for i in range(count):
            sound = put_numbers(fields + i, &rows[at], m, out + fields[i].word, words) and sound
        for t in range(m):
            out[t * words] = mixed(out[t * words] ^ stirred_words(out + t * words, words))
        out += m * words
        at += m
    return sound


def pack(list fields, const int32_t[::1] of_row, const int32_t[::1] tag, int words):
    """uint64[m, words]: the tuples of the rows of groups that have a tag, in their order, packed.

    ``fields``: (codes int32[rows], numbers uint32[cells + 1], word, shift) each: the number of what the row's cell holds,
    the last one for null (code -1), stands at ``shift`` of the word; fields must not overlap. ``of_row`` int32[rows]: each row's
    group; ``tag`` int32[groups]: the number in the lowest bits of word 0, -1 for rows that are left out. Word 0 is then
    spread by a bijection. ValueError where the shapes do not fit.
    """
    cdef int64_t n, i, shift, word, count = len(fields)
    cdef const int32_t[::1] codes
    cdef const uint32_t[::1] numbers
    cdef Numbered* own = NULL
    cdef bint sound = True
    cdef int32_t[::1] rows = np.empty(of_row.shape[0] + 1, np.int32)
    n = chosen(of_row, tag, rows)
    if n < 0 or words < 1:
        raise ValueError("rows and groups do not fit")
    result = np.zeros((n, words), np.uint64)
    cdef uint64_t[:, ::1] out = result
    try:
        own = <Numbered*>calloc(count + 1, sizeof(Numbered))
        if own == NULL:
            raise MemoryError
        for i, (held, known, word, shift) in enumerate(fields):
            codes, numbers = held, known
            if codes.shape[0] != of_row.shape[0] or numbers.shape[0] < 1 or not 0 <= word < words or not 0 <= shift < 64:
                raise ValueError("rows and codes do not fit")
            if n:
                own[i] = Numbered(&codes[0], &numbers[0], <uint32_t>(numbers.shape[0] - 1), <int>shift, word)
        if n:
            with nogil:
                sound = pack_all(own, count, of_row, tag, rows, &out[0, 0], n, words)
    finally:
        free(own)
    if not sound:
        raise ValueError("a code that names no cell")
    return result


cdef bint sort_by_tag(Opened* book, const uint64_t* keys) noexcept nogil:
    """Sets ``plain``, ``rows`` and ``end``; False where there is no such tag."""
    cdef int64_t i, c, at = 0, some, words = book.words
    cdef uint64_t* plain = book.plain
    cdef uint64_t tag
    for i in range(book.n):
        for c in range(1, words):
            plain[c] = keys[i * words + c]
        plain[0] = unmixed(keys[i * words]) ^ stirred_words(plain, words)
        tag = plain[0] & book.mask
        if tag >= <uint64_t>book.tags:
            return False
        book.end[tag] += 1
        plain += words
    for i in range(book.tags):
        some = book.end[i]
        book.end[i] = at
        at += some
    for i in range(book.n):
        tag = book.plain[i * words] & book.mask
        book.rows[book.end[tag]] = <int32_t>i
        book.end[tag] += 1
    return True


cdef int open_book(Opened* book, const uint64_t[:, ::1] keys, tuple told) except -1:
    """Looks packed tuples up; ValueError where they and the book do not fit. ``close_book`` is to be called in any case."""
    cdef int64_t i, t, word, shift, bits, width
    cdef const uint64_t[:, ::1] table
    cdef bint sound = True
    fields, tag_bits, tag_words, begins, all_places, severals_from, severals = told
    cdef const uint64_t[::1] tags = tag_words
    cdef const int32_t[::1] begin = begins, several_from = severals_from
    cdef const int32_t[:, ::1] places = all_places, several = severals
    book.n, book.words, book.tags, book.field_count = keys.shape[0], keys.shape[1], tags.shape[0], len(fields)
    if begin.shape[0] != book.tags + 1 or several_from.shape[0] != book.tags + 1:
        raise ValueError("tags and places do not fit")
    if places.shape[1] != 2 or several.shape[1] != 5 or not 1 <= tag_bits < 32 or book.words < 1:
        raise ValueError("places do not fit")
    book.mask = (<uint64_t>1 << <int>tag_bits) - 1
    book.begin, book.several_from = &begin[0], &several_from[0]
    book.places = <const Place*>&places[0, 0] if places.shape[0] else NULL
    book.several = <const Several*>&several[0, 0] if several.shape[0] else NULL
    book.fields = <Field*>calloc(book.field_count + 1, sizeof(Field))
    book.plain = <uint64_t*>malloc((book.n * book.words + 1) * sizeof(uint64_t))
    book.rows = <int32_t*>malloc((book.n + 1) * sizeof(int32_t))
    book.end = <int64_t*>calloc(book.tags + 1, sizeof(int64_t))
    if book.fields == NULL or book.plain == NULL or book.rows == NULL or book.end == NULL:
        raise MemoryError
    for i, (held, word, shift, bits) in enumerate(fields):
        table = held
        if table.shape[0] < 1 or table.shape[1] < 1 or not 0 <= word < book.words or shift < 0 or not 1 <= bits <= 64 - shift:
            raise ValueError("fields do not fit")
        book.fields[i] = Field(&table[0, 0], table.shape[1], table.shape[0], word, shift, <uint64_t>-1 >> (64 - bits))
    for t in range(book.tags):
        if not 0 <= begin[t] < begin[t + 1] <= places.shape[0] or not 0 <= several_from[t] <= several_from[t + 1] <= several.shape[0]:
            raise ValueError("tags and places do not fit")
        width = begin[t + 1] - begin[t]
        book.most = max(book.most, width)
        for i in range(begin[t], begin[t + 1]):
            sound = sound and 0 <= places[i, 0] < book.field_count and 0 <= places[i, 1] < book.fields[places[i, 0]].width
        for i in range(several_from[t], several_from[t + 1]):
            sound = sound and 0 <= several[i, 0] and 1 <= several[i, 1] <= width - several[i, 0]
            sound = sound and 0 <= several[i, 2] < book.field_count and 0 <= several[i, 3] and 1 <= several[i, 4]
            sound = sound and several[i, 3] + <int64_t>several[i, 1] * several[i, 4] <= book.fields[several[i, 2]].width
    if sound and book.n:
        with nogil:
            sound = sort_by_tag(book, &keys[0, 0])
    if not sound:
        raise ValueError("tuples, fields and places do not fit")
    return 0


cdef void close_book(Opened* book) noexcept:
    free(book.fields)
    free(book.plain)
    free(book.rows)
    free(book.end)


cdef inline const uint64_t* held_by(const Opened* book, int64_t field, int64_t offset, int64_t row) noexcept nogil:
    """A word of what the cell of a packed tuple holds; of nothing where the number is none. The next word is ``size`` behind."""
    cdef const Field* own = book.fields + field
    cdef uint64_t number = book.plain[row * book.words + own.word] >> own.shift & own.mask
    return own.table + offset * own.size + (number if number < <uint64_t>own.size else 0)


cdef inline void put_held(const Opened* book, Place place, const int32_t* rows, int64_t n, uint64_t* out, int64_t stride) noexcept nogil:
    """Writes that word of some packed tuples to ``out``, ``stride`` words apart."""
    # All but the words is held aside, as the compiler cannot know that ``out`` is nothing of the book.
    cdef Field own = book.fields[place.field]
    cdef const uint64_t* plain = book.plain + own.word
    cdef const uint64_t* table = own.table + place.offset * own.size
    cdef uint64_t number, size = <uint64_t>own.size
    cdef int64_t i, words = book.words
    for i in range(n):
        number = plain[rows[i] * words] >> own.shift & own.mask
        out[i * stride] = table[number if number < size else 0]


cdef inline const uint64_t* further_value(const Opened* book, const Several* several, int64_t row, int64_t k) noexcept nogil:
    """Value k of a packed tuple's cell, NULL where it has none."""
    cdef const uint64_t* held = held_by(book, several.field, several.offset + k * several.words, row)
    cdef uint64_t any_bit = 0
    cdef int64_t c
    for c in range(several.words):
        any_bit |= held[c * book.fields[several.field].size]
    return held if any_bit else NULL


cdef int64_t count_further(const Opened* book, int64_t t, int64_t begin) noexcept nogil:
    """How many further values the tuples of tag t have, which begin at ``rows[begin]``."""
    cdef int64_t i, s, k, count = 0
    for s in range(book.several_from[t], book.several_from[t + 1]):
        for i in range(begin, book.end[t]):
            for k in range(1, book.several[s].times):
                if further_value(book, book.several + s, book.rows[i], k) == NULL:
                    break
                count += 1
    return count


cdef void put_tuples(const Opened* book, int64_t t, uint64_t tag, const int32_t* rows, int64_t n, uint64_t* out) noexcept nogil:
    """Writes the tuples of the first values of up to ROWS packed ones of tag t, spread, with the tag."""
    cdef uint64_t h[ROWS]
    cdef int64_t i, p, width = book.begin[t + 1] - book.begin[t], stride = width + 1
    cdef const Place* places = book.places + book.begin[t]
    for i in range(n):
        h[i] = 0
    for p in range(width):
        put_held(book, places[p], rows, n, out + p, stride)
        for i in range(n if p else 0):
            h[i] = stirred(h[i], out[i * stride + p])
    for i in range(n):
        out[i * stride + width] = tag
        out[i * stride] ^= inside(mixed(stirred(h[i], tag)))


cdef int64_t put_further(const Opened* book, int64_t t, const int32_t* rows, int64_t n, const uint64_t* first,
                         uint64_t* out) noexcept nogil:
    """Writes the tuples of all further values; ``first``: the tuples of the first ones. Returns how many."""
    cdef int64_t i, s, c, k, count = 0, stride = book.begin[t + 1] - book.begin[t] + 1
    cdef const uint64_t* value
    cdef uint64_t* to
    for s in range(book.several_from[t], book.several_from[t + 1]):
        for i in range(n):
            for k in range(1, book.several[s].times):
                value = further_value(book, book.several + s, rows[i], k)
                if value == NULL:
                    break
                to = out + count * stride
                for c in range(stride):
                    to[c] = first[i * stride + c]
                to[0] ^= inside(stirred_words(to, stride))  # as it was
                for c in range(book.several[s].words):
                    to[book.several[s].at + c] = value[c * book.fields[book.several[s].field].size]
                to[0] ^= inside(stirred_words(to, stride))
                count += 1
    return count


cdef void walk_tuples(const Opened* book, const uint64_t[::1] tags, uint64_t** out, int64_t[::1] done) noexcept nogil:
    """Writes all tuples, tag by tag, those of k words to ``out[k]``; ``done``: how many."""
    cdef int64_t t, m, width, at = 0
    cdef uint64_t* to
    for t in range(book.tags):
        width = book.begin[t + 1] - book.begin[t]
        while at < book.end[t]:
            m = min(<int64_t>ROWS, book.end[t] - at)
            to = out[width] + done[width] * (width + 1)
            put_tuples(book, t, tags[t], book.rows + at, m, to)
            done[width] += m + put_further(book, t, book.rows + at, m, to, to + m * (width + 1))
            at += m


def unpack(const uint64_t[:, ::1] keys, tuple book not None):
    """The tuples that ``pack`` packed (uint64[n, words]), as ``ties.tie_rows`` has them: uint64[n, k + 1] for each k, the
    shortest first. ValueError where they and the book do not fit."""
    cdef int64_t t, width, before = 0
    cdef Opened opened
    cdef uint64_t** out = NULL
    cdef uint64_t[:, ::1] room
    cdef int64_t[::1] done
    memset(&opened, 0, sizeof(opened))
    try:
        open_book(&opened, keys, book)
        total = [0] * (opened.most + 1)
        for t in range(opened.tags):
            total[opened.begin[t + 1] - opened.begin[t]] += opened.end[t] - before + count_further(&opened, t, before)
            before = opened.end[t]
        out = <uint64_t**>calloc(opened.most + 1, sizeof(uint64_t*))
        if out == NULL:
            raise MemoryError
        result = {}
        for width in range(1, opened.most + 1):
            if total[width]:
                result[width] = np.empty((total[width], width + 1), np.uint64)
                room = result[width]
                out[width] = &room[0, 0]
        done = np.zeros(opened.most + 1, np.int64)
        walk_tuples(&opened, book[2], out, done)
    finally:
        close_book(&opened)
        free(out)
    return [tuples[: done[width]] for width, tuples in result.items()]


cdef void mention_all(const Opened* book, const Plans* plans, int32_t plan, int64_t width, const uint64_t* words,
                      const Memory* memory, Mentioned* found) noexcept nogil:
    """Takes in all persons of a tuple."""
    cdef int32_t s
    for s in range(plans.slot_from[plan], plans.slot_from[plan + 1]):
        mention(plans, plan, s, words[0], words, <int>width, 0, memory, found)


cdef void walk_mentions(const Opened* book, const Plans* plans, const int32_t[::1] plan, const uint8_t* used, uint64_t* row,
                        const Memory* memory, Mentioned* found) noexcept nogil:
    """Takes in the persons of all tuples, tag by tag. ``used`` uint8[tags, most]: the words that plans name; ``row``: room for
    ROWS tuples and one more."""
    cdef int64_t t, i, p, s, k, c, m, width, at = 0, most = book.most
    cdef const uint64_t* value
    cdef const Place* places
    cdef const Several* several
    cdef uint64_t* other = row + ROWS * most
    cdef bint named
    for t in range(book.tags):
        if plan[t] < 0:
            at = book.end[t]
            continue
        places = book.places + book.begin[t]
        width = book.begin[t + 1] - book.begin[t]
        while at < book.end[t]:
            m = min(<int64_t>ROWS, book.end[t] - at)
            for p in range(width):
                if used[t * most + p]:
                    put_held(book, places[p], book.rows + at, m, row + p, most)
            for i in range(m):
                mention_all(book, plans, plan[t], width, row + i * most, memory, found)
            for s in range(book.several_from[t], book.several_from[t + 1]):
                several = book.several + s
                named = False
                for c in range(several.words):
                    named = named or used[t * most + several.at + c]
                for i in range(m if named else 0):
                    for k in range(1, several.times):
                        value = further_value(book, several, book.rows[at + i], k)
                        if value == NULL:
                            break
                        for p in range(width):
                            if used[t * most + p]:
                                other[p] = row[i * most + p]
                        for c in range(several.words):
                            other[several.at + c] = value[c * book.fields[several.field].size]
                        mention_all(book, plans, plan[t], width, other, memory, found)
            at += m


def mentions(const uint64_t[:, ::1] keys, tuple book not None, const int32_t[::1] plan, const int32_t[::1] slot_from,
             const int32_t[::1] name_at, const uint32_t[::1] payload_of, const int32_t[::1] number_from,
             const int32_t[::1] number_at, const uint32_t[::1] kind_of, const int32_t[::1] further, int64_t first,
             uint64_t[:, ::1] memory, uint64_t names=0, int shift=0, int mention_bits=0):
    """The persons that packed tuples mention: (nodes uint64[m, 3], payloads uint32[p]), as ``unions.mentions`` finds them in
    the tuples. ``plan`` int32[tags]: that of each tag of the book. ``names``: the words of the book are but numbers of words,
    those of names below this; the owner by a number is that much higher. ``shift``, ``mention_bits``: then nodes may have one
    word (``kernels.coded_persons``): uint64[m, 1]. ValueError where they do not fit."""
    cdef int64_t t, at, before = 0, times, most = 0, slots = 0
    cdef int32_t i, j
    cdef Opened opened
    cdef Plans plans
    cdef Mentioned found
    cdef Memory places = remembering(memory)
    cdef uint8_t[::1] used
    cdef uint64_t[::1] row
    cdef uint64_t[:, ::1] nodes
    cdef uint32_t[::1] payloads
    memset(&opened, 0, sizeof(opened))
    if shift and not 0 < mention_bits < shift < 64:
        raise ValueError("numbers, owners and mentions do not fit")
    try:
        open_book(&opened, keys, book)
        if plan.shape[0] != opened.tags:
            raise ValueError("tags and plans do not fit")
        used = np.zeros(opened.tags * opened.most + 1, np.uint8)
        for t in range(opened.tags):
            if plan[t] < 0:
                before = opened.end[t]
                continue
            if plan[t] >= slot_from.shape[0] - 1:
                raise ValueError("tags and plans do not fit")
            for i in range(slot_from[plan[t]], slot_from[plan[t] + 1]):
                for j in range(number_from[i] - 1, number_from[i + 1]):
                    at = name_at[i] if j < number_from[i] else number_at[j]
                    if at >= opened.begin[t + 1] - opened.begin[t] or at < 0 and j >= number_from[i]:
                        raise ValueError("a plan names a word that its tuples do not have")
                    if at >= 0:
                        used[t * opened.most + at] = 1
            times = opened.end[t] - before
            times += count_further(&opened, t, before)
            before = opened.end[t]
            slots += times * (slot_from[plan[t] + 1] - slot_from[plan[t]])
            most += times * (number_from[slot_from[plan[t] + 1]] - number_from[slot_from[plan[t]]])
        node_array = np.empty((most + 1, 1 if shift else 3), np.uint64)
        payload_array = np.empty(slots + 1, np.uint32)
        nodes, payloads = node_array, payload_array
        found = Mentioned(&nodes[0, 0], &payloads[0], 0, 0, first, names, shift, mention_bits, 0)
        if most:
            row = np.empty((ROWS + 1) * opened.most, np.uint64)
            plans = Plans(&slot_from[0], &name_at[0], &payload_of[0], &number_from[0], &number_at[0], &kind_of[0], &further[0])
            with nogil:
                walk_mentions(&opened, &plans, plan, &used[0], &row[0], &places, &found)
    finally:
        close_book(&opened)
    if found.wrong:
        raise ValueError("numbers, owners and mentions do not fit")
    return node_array[: found.node_count], payload_array[: found.new_count]
