"""Cells that have the shape of a Chinese personal name (姓名), judged character by character."""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

cdef extern from "names.h" nogil:
    int64_t may_be_names(
        const int32_t* start, const int32_t* end, const uint16_t* kinds, int64_t count, int64_t size, int32_t* chosen,
        int path,
    )
    void fetch(const unsigned char* p)
    int opens_long(const unsigned char* p, uint16_t kind)
    enum:
        AHEAD
        MAX_HAN  # 欧阳 and two characters

cdef extern from "fold.h" nogil:
    int64_t fold_one(const uint8_t* data, int64_t at, int64_t end, uint8_t** out, const uint8_t* ascii)

cdef enum:
    SHORTEST = 6         # bytes of two characters
    LONGEST = 16         # bytes of MAX_HAN
    MAX_DOTTED = 24      # a name in several parts, as of Uyghurs, Tibetans or foreigners
    FORMAT = 1
    SURNAME = 1 << 12
    # In the table of characters, below the score.
    SURNAME_ALONE = 1
    OPENS_SURNAME = 2
    OPENS_WORD = 4
    SHIFT = 3
    SCORE = 1 << SHIFT
    ROOM = 16  # behind what is written sixteen at a time
    # Packed names.
    FIRST_HAN = 0x3400
    BITS = 15          # of a character from FIRST_HAN to 0x9FFF; 0 for none


# Raw pointers: a memoryview is a struct of 200 bytes, copied at each call. names() checks every span first.
cdef inline int decode(const unsigned char* data, Py_ssize_t at, Py_ssize_t stop, int* size) noexcept nogil:
    # The code point at ``at`` and its bytes; -1 (one byte) where it is not a well-formed UTF-8 character.
    cdef int lead = data[at], code, length, i
    size[0] = 1
    if lead < 0x80:
        return lead
    if 0xE1 <= lead < 0xEF and at + 3 <= stop and data[at + 1] & 0xC0 == 0x80 and data[at + 2] & 0xC0 == 0x80:
        size[0] = 3
        return (lead & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F)
    if 0xC2 <= lead < 0xE0:
        length = 2
        code = lead & 0x1F
    elif 0xE0 <= lead < 0xF0:
        length = 3
        code = lead & 0x0F
    elif 0xF0 <= lead < 0xF5:
        length = 4
        code = lead & 0x07
    else:
        return -1
    if at + length > stop:
        return -1
    for i in range(1, length):
        if data[at + i] & 0xC0 != 0x80:
            return -1
        code = code << 6 | (data[at + i] & 0x3F)
    if length == 4 and code < 0x10000 or length == 3 and code < 0x800:
        return -1  # Longer than it need be: no UTF-8.
    size[0] = length
    return code


cdef inline bint is_han(int code) noexcept nogil:
    return 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF or code == 0x3007


cdef inline bint is_space(int code) noexcept nogil:
    return code == 0x20 or 9 <= code <= 13 or code == 0xA0 or code == 0x3000


cdef inline bint is_dot(int code) noexcept nogil:
    return (
        code == 0xB7 or code == 0x2022 or code == 0x2027 or code == 0x30FB or code == 0xFF0E or code == 0xFF65
        or code == 0x2219 or code == 0x22C5
    )


cdef inline bint is_sign(int code) noexcept nogil:
    """What parts several names: , / ; and those of full width, 、"""
    return (
        code == 0x2C or code == 0x2F or code == 0x3B or code == 0x3001 or code == 0xFF0C or code == 0xFF0F
        or code == 0xFF1B
    )


cdef bint in_sorted(const unsigned int* values, Py_ssize_t count, unsigned int wanted) noexcept nogil:
    cdef Py_ssize_t low = 0, high = count, middle
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < count and values[low] == wanted


cdef struct Found:
    int32_t* cell
    int32_t* start
    int32_t* end
    uint32_t* checks
    Py_ssize_t count


cdef list room_for(Py_ssize_t room, Found* found):
    """New arrays for so many names, which ``found`` points to."""
    arrays = [np.empty(room + 1, kind) for kind in (np.int32, np.int32, np.int32, np.uint32)]
    cdef int32_t[::1] cell = arrays[0], start = arrays[1], end = arrays[2]
    cdef uint32_t[::1] checks = arrays[3]
    found.cell, found.start, found.end, found.checks, found.count = &cell[0], &start[0], &end[0], &checks[0], 0
    return arrays


cdef inline void push(Found* found, Py_ssize_t cell, int start, int end, bint named) noexcept nogil:
    cdef Py_ssize_t n = found.count
    found.cell[n] = <int>cell
    found.start[n] = start
    found.end[n] = end
    found.checks[n] = FORMAT | (<uint32_t>named * SURNAME)
    found.count = n + 1


cdef bint plausible(const int16_t* table, const int* han, int first, int count, int last_floor,
                    int mean_floor) noexcept nogil:
    # The given name han[first:count]: is no character, above all the last, one that only other words end in?
    cdef int total = 0, i, score = 0
    if first >= count:
        return False
    for i in range(first, count):
        score = table[han[i]] >> SHIFT if han[i] < 65536 else 0
        total += score
    return score >= last_floor and total >= mean_floor * (count - first)


cdef struct Known:  # see ``Characters`` and ``names``
    const int16_t* table
    const uint32_t* doubles
    Py_ssize_t doubled
    const uint64_t* words
    Py_ssize_t worded
    int last_floor
    int mean_floor


cdef bint is_word(const Known* known, const int* han, int n) noexcept nogil:
    """Are n characters, one at least, a word that is nobody's name?"""
    cdef uint64_t packed = 0
    cdef int i
    if n > MAX_HAN or han[0] >= 65536 or not known.table[han[0]] & OPENS_WORD:
        return False
    for i in range(n):
        if not FIRST_HAN <= han[i] <= 0x9FFF:
            return False
        packed = packed << BITS | <uint64_t>(han[i] - FIRST_HAN + 1)
    for i in range(<int>known.worded):
        if known.words[i] == packed:
            return True
    return False


cdef bint has_surname(const Known* known, const int* han, int n) noexcept nogil:
    """Are n characters a surname and a given name?"""
    if n < 2 or n > MAX_HAN or han[0] >= 65536:
        return False
    if (
        n > 2 and han[1] < 65536
        and in_sorted(known.doubles, known.doubled, <uint32_t>han[0] << 16 | <uint32_t>han[1])
        and plausible(known.table, han, 2, n, known.last_floor, known.mean_floor)
    ):
        return True
    return (
        n < 4 and known.table[han[0]] & SURNAME_ALONE
        and plausible(known.table, han, 1, n, known.last_floor, known.mean_floor)
    )


cdef bint general(
    const unsigned char* data, Py_ssize_t cell, Py_ssize_t origin, Py_ssize_t start, Py_ssize_t end,
    const Known* known, bint alone, Found* found,
) noexcept nogil:
    """Any text, character by character: pushes the name that it is. ``origin``: where its cell begins.

    True, and nothing is pushed, where it may be several names, as the first one is one. ``alone``: that is not asked.
    """
    cdef int han[MAX_DOTTED]
    cdef int code, size = 1, n = 0, dots = 0, gaps = 0, first = -1, last = -1, head = 0
    cdef bint after_dot = False, gap_open = False, named
    cdef Py_ssize_t at = start
    while at < end:
        code = decode(data, at, end, &size)
        if is_han(code):
            if n >= MAX_DOTTED:
                return not alone and gaps and (dots or has_surname(known, han, head))
            if gap_open:
                gaps += 1
                gap_open = False
                if gaps == 1:
                    head = n
            if first < 0:
                first = <int>(at - origin)
            han[n] = code
            n += 1
            last = <int>(at - origin) + size
            after_dot = False
        elif is_space(code):
            gap_open = n > 0
        elif is_dot(code) and n and not after_dot and not gap_open:
            dots += 1
            after_dot = True
        else:
            return not alone and is_sign(code) and (dots or has_surname(known, han, n))
        at += size
    if after_dot or n < 2:
        return False
    named = not dots and gaps < 2 and has_surname(known, han, n)
    if gaps and not named and not alone and (dots or has_surname(known, han, head)):
        return True
    if gaps > 1 or (dots and (gaps or n < 3)) or (not dots and (n > MAX_HAN or is_word(known, han, n))):
        return False
    push(found, cell, first, last, named or dots > 0)
    return False


cdef void in_list(
    const unsigned char* data, Py_ssize_t cell, Py_ssize_t start, Py_ssize_t end, const Known* known, Found* found,
) noexcept nogil:
    """Pushes the names of a cell that may be several; where some part of it is none, what the cell is as a whole.

    They are parted by signs, without any by spaces. Parts may be empty.
    """
    cdef Py_ssize_t at = start, part, before = found.count, pushed
    cdef int size = 1, code
    cdef bint signs = False, blank
    while at < end and not signs:
        signs = is_sign(decode(data, at, end, &size))
        at += size
    part = at = start
    blank = True
    while at <= end:
        code = decode(data, at, end, &size) if at < end else -1
        if at == end or (is_sign(code) if signs else is_space(code)):
            pushed = found.count
            if not blank:
                general(data, cell, start, part, at, known, True, found)
                if found.count == pushed or not found.checks[pushed] & SURNAME:
                    found.count = before
                    general(data, cell, start, start, end, known, True, found)
                    return
            if at == end:
                return
            part = at + size
            blank = True
        elif not is_space(code):
            blank = False
        at += size


cdef inline int han_of_three(uint32_t word) noexcept nogil:
    """The common Chinese character that the three low bytes write, 0 where they write something else."""
    cdef uint32_t code = (word & 0x0F) << 12 | (word >> 2 & 0xFC0) | (word >> 16 & 0x3F)
    cdef bint good = ((word & 0xC0C0F0) == 0x8080E0) & (code - 0x3400 <= 0x9FFF - 0x3400)
    return <int>code if good else 0


cdef inline uint32_t word_at(const unsigned char* p) noexcept nogil:
    """Four bytes, the first in the lowest place on any machine."""
    return p[0] | <uint32_t>p[1] << 8 | <uint32_t>p[2] << 16 | <uint32_t>p[3] << 24


cdef class Characters:
    """What is known of characters in names, as ``names`` needs it.

    ``single`` uint8[65536]: 1 for a surname of one character, by code point; ``doubled`` uint32: surnames of two
    characters, first << 16 | second; ``score`` int16[65536]: how much more a character is found in given names than
    in other words, from -4096 to 4090; ``words`` uint64: what is nobody's name, as ``pack_names`` packs it. ValueError for
    other scores and for tables of another size.
    """

    cdef int16_t[::1] table  # score * SCORE + flags
    cdef uint32_t[::1] doubled
    cdef uint64_t[::1] words

    def __init__(self, single, doubled, score, words=()):
        if len(single) != 65536 or len(score) != 65536:
            raise ValueError("the character tables must have 65536 values")
        table = np.asarray(score).astype(np.int32) * SCORE + (np.asarray(single) != 0) * SURNAME_ALONE
        if table.min() < -32768 or table.max() > 32720:
            raise ValueError("scores must lie between -4096 and 4090")
        for word in map(int, words):
            while word >> BITS:
                word >>= BITS
            if word:
                table[word + FIRST_HAN - 1] |= OPENS_WORD
        table[np.flatnonzero(np.bincount(np.asarray(doubled, np.int64) >> 16))] += OPENS_SURNAME
        self.table = table.astype(np.int16)
        self.doubled = np.sort(np.asarray(doubled, np.uint32))
        self.words = np.array(words, np.uint64)


def names(const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
          Characters characters not None, int last_floor, int mean_floor, const uint16_t[::1] kinds=None,
          int path=0):
    """The cells that as a whole, spaces around them aside, have the shape of a name; the names of those that are several.

    Shape: two to four Chinese characters with at most one gap of spaces, or up to 24 in parts joined by a dot (·).
    Returns int32 cell, start, end (bytes in the cell; ascending) and uint32 checks: FORMAT, and
    SURNAME where a surname is followed by one or two characters of which the last scores at least
    ``last_floor`` and the mean at least ``mean_floor``, or where the name has dots. Where a cell is no such name, and
    signs (、，；／ , ; /), or if it has none spaces, part it into names of which each has SURNAME, it holds these.
    ``kinds`` uint16[n]: the profile of the cells, by which most others are left out at once. ``path`` 1: without vector
    instructions, for tests. ValueError for cells outside the data.
    """
    cdef Py_ssize_t count = start.shape[0], i, k, at, length, some = 0, several = 0, room = 0
    cdef Found found
    cdef Known known
    cdef const unsigned char* bytes_at = &data[0] if data.shape[0] else NULL
    cdef const uint16_t* kinds_at
    cdef const int16_t* table = &characters.table[0]
    cdef int first, second, last, last_score
    cdef int han[3]
    cdef bint named
    cdef int32_t[::1] chosen
    known.table, known.doubled = table, characters.doubled.shape[0]
    known.doubles = &characters.doubled[0] if known.doubled else NULL
    known.worded = characters.words.shape[0]
    known.words = &characters.words[0] if known.worded else NULL
    known.last_floor, known.mean_floor = last_floor, mean_floor
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    if kinds is not None and kinds.shape[0] != count:
        raise ValueError("kinds must have a value for each cell")
    kinds_at = &kinds[0] if kinds is not None and count else NULL
    chosen_array = np.empty(count + ROOM, np.int32)
    chosen = chosen_array
    if count:
        with nogil:
            some = may_be_names(&start[0], &end[0], kinds_at, count, data.shape[0], &chosen[0], path)
    if some < 0:
        raise ValueError("a cell lies outside the data")
    alone = room_for(some, &found)
    with nogil:
        for k in range(some):
            i = chosen[k]
            at = start[i]
            length = end[i] - at
            if k + AHEAD < some:
                fetch(bytes_at + start[chosen[k + AHEAD]])
            if length == 6 or length == 9:
                # Two or three characters, nearly always. Of two the second is also the last: twice it makes no odds.
                first = han_of_three(word_at(bytes_at + at))
                second = han_of_three(word_at(bytes_at + at + 2) >> 8)
                last = han_of_three(word_at(bytes_at + end[i] - 4) >> 8)
                if first and second and last:
                    last_score = table[last] >> SHIFT
                    named = (
                        (table[first] & SURNAME_ALONE) & (last_score >= last_floor)
                        & ((table[second] >> SHIFT) + last_score >= 2 * mean_floor)
                    )
                    if (
                        table[first] & OPENS_SURNAME and not named and length == 9
                        and last_score >= last_floor and last_score >= mean_floor
                    ):
                        named = in_sorted(known.doubles, known.doubled, <uint32_t>first << 16 | <uint32_t>second)
                    if table[first] & OPENS_WORD:
                        han[0], han[1], han[2] = first, second, last
                        if is_word(&known, han, <int>length // 3):
                            continue
                    push(&found, i, 0, <int>length, named)
                    continue
            if length > LONGEST and kinds_at != NULL and opens_long(bytes_at + at, kinds_at[i]):
                continue
            if general(bytes_at, i, at, at, at + length, &known, False, &found):
                chosen[several] = <int32_t>i  # several <= k: that place has been read
                several += 1
                room += length // SHORTEST + 1
    count = found.count
    alone = [array[:count] for array in alone]
    if not several:
        return tuple(alone)
    more = room_for(room, &found)
    with nogil:
        for k in range(several):
            i = chosen[k]
            in_list(bytes_at, i, start[i], end[i], &known, &found)
    count = found.count
    both = [np.concatenate([one, other[:count]]) for one, other in zip(alone, more, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return tuple([array[order] for array in both])


cdef inline uint64_t packed_han(const unsigned char* text, int64_t size) noexcept nogil:
    """One to four common Chinese characters as one number, 0 for any other text."""
    cdef uint64_t packed = 0, first, second, last, third
    cdef int64_t at
    cdef int code
    if size == 6 or size == 9:
        # Nearly always. Of two characters the second is also the last; which of both it is cannot be foretold.
        first = han_of_three(word_at(text))
        second = han_of_three(word_at(text + 2) >> 8)
        last = han_of_three(word_at(text + size - 4) >> 8)
        if not (first and second and last):
            return 0
        packed = (first - (FIRST_HAN - 1)) << BITS | (second - (FIRST_HAN - 1))
        third = -<uint64_t>(size == 9)
        return packed << (BITS & third) | ((last - (FIRST_HAN - 1)) & third)
    if size > 3 * MAX_HAN or size % 3:
        return 0
    for at in range(0, size, 3):
        code = han_of_three(text[at] | <uint32_t>text[at + 1] << 8 | <uint32_t>text[at + 2] << 16)
        if code == 0:
            return 0
        packed = packed << BITS | <uint64_t>(code - FIRST_HAN + 1)
    return packed


cdef uint64_t packed_folded(const unsigned char* text, int64_t size, const uint8_t* ascii) noexcept nogil:
    """The same of a text as digests fold it (``fold.h``), without the white space in it."""
    cdef uint8_t folded[3 * MAX_HAN + 1]
    cdef uint8_t* out = folded
    cdef int64_t at = 0
    while at < size and out - folded <= 3 * MAX_HAN:
        at = fold_one(text, at, size, &out, ascii)
    return packed_han(folded, out - folded)


def pack_names(const unsigned char[::1] data not None, const int32_t[::1] cell_start not None, const int32_t[::1] cell not None,
               const int32_t[::1] start not None, const int32_t[::1] end not None):
    """uint64[n]: each span as a number below 2^60, if it is one to four Chinese characters from U+3400 to U+9FFF; else 0.

    Span i is ``data[cell_start[cell[i]] + start[i] : … + end[i]]``. White space and signs of no width do not count, as
    for ``digest.digest_spans``. ValueError for spans outside the data.
    """
    cdef int64_t n = cell.shape[0], cells = cell_start.shape[0], room = data.shape[0], i, at, size
    cdef uint8_t ascii[128]
    cdef bint sound = start.shape[0] == n and end.shape[0] == n
    cdef int c
    result = np.empty(n, np.uint64)
    cdef uint64_t[::1] out = result
    for c in range(128):
        ascii[c] = 0 if c <= 32 else <uint8_t>c
    if sound and n:
        with nogil:
            for i in range(n):
                sound = 0 <= cell[i] < cells
                if not sound:
                    break
                at = <int64_t>cell_start[cell[i]] + start[i]
                size = <int64_t>end[i] - start[i]
                sound = at >= 0 and size >= 0 and at + size <= room
                if not sound:
                    break
                if i + AHEAD < n and 0 <= cell[i + AHEAD] < cells:
                    fetch(&data[0] + cell_start[cell[i + AHEAD]])
                out[i] = packed_han(&data[0] + at, size) if room else 0
                if out[i] == 0 and size:
                    out[i] = packed_folded(&data[0] + at, size, ascii)
    if not sound:
        raise ValueError("a span lies outside the data")
    return result
