"""Addresses in Latin letters, English or pinyin: Room 501, 12 Jianguo Road, Chaoyang District."""

from libc.string cimport memset

from scanner.kernels.address_score cimport (
    CHECK_BUILDING, CHECK_ESTATE, CHECK_FORMAT, CHECK_NUMBER, CHECK_REGION, CHECK_ROAD, CHECK_ROOM, Found, grow, keep,
)
from scanner.kernels.address_text cimport *

cdef enum:
    TOKENS = 32    # words and numbers of one address
    LETTERS = 12   # longest word of the lexicon; five bits a letter
    NUMERIC = KINDS          # a token that begins with a digit
    PROPER = KINDS + 1       # a capitalised word the lexicon does not know
    TRAIL = 3      # city, postcode and country behind the last known word
    REACH = 5      # tokens between a house number and its road

cdef struct Token:
    int kind
    int start
    int end

cdef struct Chain:
    int size
    Token tokens[TOKENS]


cdef inline int latin_kind(const Tables* t, const u8* data, int start, int end) noexcept nogil:
    """The kind of a word, whatever its case; NONE if the lexicon lacks it."""
    cdef u64 key = 0
    cdef int i, slot
    if end - start > LETTERS:
        return NONE
    for i in range(start, end):
        key = (key << 5) | (data[i] & 31)
    slot = <int>((key * <u64>0x9E3779B97F4A7C15) >> 54)
    while t.latin_keys[slot]:
        if t.latin_keys[slot] == key:
            return t.latin_kinds[slot]
        slot = (slot + 1) & 1023
    return NONE


cdef inline int latin_part(const Chain* c, int at) noexcept nogil:
    """The kind of address part that token ``at`` makes together with its neighbours, or NONE."""
    cdef int kind = c.tokens[at].kind
    cdef int before = c.tokens[at - 1].kind if at > 0 else NONE
    cdef int behind = c.tokens[at + 1].kind if at + 1 < c.size else NONE
    if kind == ROAD or kind == REGION or kind == ESTATE:
        return kind if before == PROPER else NONE
    if kind == NUMBER or kind == BUILDING or kind == UNIT or kind == FLOOR or kind == ROOM:
        return kind if before == NUMERIC or behind == NUMERIC else NONE
    return NONE


cdef inline int latin_house(const Chain* c, int road) noexcept nogil:
    """The token that is the house number of the road at ``road``, or -1: 12 Jianguo Road, Jianguo Lu 12."""
    cdef int at = road - 1
    while at >= 0 and road - at <= REACH and c.tokens[at].kind == PROPER:
        at -= 1
    if at >= 0 and road - at <= REACH and c.tokens[at].kind == NUMERIC:
        return at
    if road + 1 < c.size and c.tokens[road + 1].kind == NUMERIC:
        return road + 1
    return -1


cdef inline void latin_close(const Tables* t, const u8* data, int begin, int stop, Chain* c, int cell,
                             Found* f) noexcept nogil:
    """Scores a chain of tokens and keeps it if it has a road or room and a number."""
    cdef int at, kind, house, total = 0, first = TOKENS, last = -1, road = 0, whole
    cdef int seen[KINDS]
    cdef u32 checks = 0
    cdef int parts = f.parts_size
    memset(seen, 0, sizeof(seen))
    for at in range(c.size):
        kind = latin_part(c, at)
        if kind == NONE:
            continue
        house = at
        if kind == ROAD:
            road = 1
            house = latin_house(c, at)
            if house >= 0 and not seen[NUMBER]:
                seen[NUMBER] = 1
                total += t.points[NUMBER]
                if f.keep_parts:
                    keep(f, NUMBER, c.tokens[house].start - begin, c.tokens[house].end - begin, t.points[NUMBER])
            if house < 0:
                house = at
        if at - 1 >= 0 and (c.tokens[at - 1].kind == NUMERIC or c.tokens[at - 1].kind == PROPER):
            first = min(first, at - 1)
        first = min(first, min(at, house))
        last = max(last, max(at, house))
        if kind != ROAD and kind != REGION and at + 1 < c.size and c.tokens[at + 1].kind == NUMERIC:
            last = max(last, at + 1)
        if not seen[kind]:
            seen[kind] = 1
            house = t.points[REGION_FULL if kind == REGION else kind]
            total += house
            if f.keep_parts:
                keep(f, kind, c.tokens[at].start - begin, c.tokens[at].end - begin, house)
    if not (road and seen[NUMBER]):
        f.parts_size = parts
        c.size = 0
        return
    if seen[REGION] and c.size - 1 - last <= TRAIL and c.tokens[c.size - 1].end == stop:
        last = c.size - 1   # Beijing 100022, China
    whole = first == 0 and last == c.size - 1 and c.tokens[first].start == begin and c.tokens[last].end == stop
    if whole:
        total += t.points[WHOLE]
        if f.keep_parts:
            keep(f, WHOLE, 0, stop - begin, t.points[WHOLE])
    checks = CHECK_ROAD | CHECK_NUMBER
    if seen[REGION]:
        checks |= CHECK_REGION
    if seen[ESTATE]:
        checks |= CHECK_ESTATE
    if seen[BUILDING] or seen[UNIT] or seen[FLOOR]:
        checks |= CHECK_BUILDING
    if seen[ROOM]:
        checks |= CHECK_ROOM
    if total > t.points[THRESHOLD]:   # a road and a number alone are too common in English text
        checks |= CHECK_FORMAT
    if f.size < f.room or grow(f):
        f.cell[f.size] = cell
        f.start[f.size] = c.tokens[first].start - begin
        f.end[f.size] = c.tokens[last].end - begin
        f.checks[f.size] = checks
        f.score[f.size] = total
        f.first_part[f.size] = parts
        f.size += 1
    c.size = 0


cdef inline int latin_class(u8 ch) noexcept nogil:
    """1 for a letter, 2 for a digit, 3 for what may stand between the tokens of an address, 0 for the rest."""
    if 0x41 <= (ch & 0xDF) <= 0x5A:
        return 1
    if 0x30 <= ch <= 0x39:
        return 2
    return 3 if ch == 0x20 or ch == 0x2C or ch == 0x2E or ch == 0x23 or ch == 0x2D or ch == 0x2F else 0


cdef inline void latin_cell(const Tables* t, const u8* data, int begin, int stop, int cell, Found* f) noexcept nogil:
    """Collects the Latin addresses of a cell that is ASCII alone."""
    cdef Chain c
    cdef int at = begin, start, what, kind
    c.size = 0
    while at < stop:
        what = latin_class(data[at])
        if what == 3:
            at += 1
            continue
        if what == 0:
            latin_close(t, data, begin, stop, &c, cell, f)
            at += 1
            continue
        start = at
        while at < stop and (latin_class(data[at]) == 1 or (what == 2 and (latin_class(data[at]) == 2
                                                                       or data[at] == 0x2D))
                             or (data[at] == 0x27 and at + 1 < stop and latin_class(data[at + 1]) == 1)):
            at += 1
        if what == 2:
            kind = NUMERIC
        else:
            kind = latin_kind(t, data, start, at)
            if kind == NONE and data[start] < 0x60:
                kind = PROPER
        if kind == NONE or c.size == TOKENS:
            latin_close(t, data, begin, stop, &c, cell, f)
        if kind != NONE:
            c.tokens[c.size].kind = kind
            c.tokens[c.size].start = start
            c.tokens[c.size].end = at
            c.size += 1
    latin_close(t, data, begin, stop, &c, cell, f)


cdef inline int maybe_latin(const u8* data, int begin, int stop) noexcept nogil:
    """Whether a cell could hold such an address: it has a digit and a blank."""
    cdef int at, digit = 0, space = 0
    if stop - begin < 10:
        return 0
    for at in range(begin, stop):
        digit |= 0x30 <= data[at] <= 0x39
        space |= data[at] == 0x20
    return digit and space
