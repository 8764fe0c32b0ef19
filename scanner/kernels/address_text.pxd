"""A decoded run of text, and the tries that find words and division names in it."""

# Kinds of parts and words, numbered as in KINDS of scanner/detectors/address.py.
cdef enum:
    NONE, REGION, TOWN, VILLAGE, HAMLET, GROUP, ROAD, LANE, NUMBER, ESTATE, ZONE
    BUILDING, UNIT, FLOOR, ROOM, DISTRICT, BEFORE, BESIDE, LEAD, BREAK, STOP, ORGANISATION
    KINDS

# Slots of the points array behind the kinds.
cdef enum:
    REGION_SHORT = 32, REGION_FULL, REGION_CHAIN, NUMBER_LOOSE, WHOLE, PENALTY, THRESHOLD
    POINTS_SIZE

# Kinds of characters.
cdef enum:
    IS_DIGIT = 1, IS_NUMERAL = 2, IS_HAN = 4, IS_HARD = 8
    IS_SOFT = 16, IS_OPEN = 32, IS_CLOSE = 64, IS_LETTER = 128
    HAS_WORD = 256   # a word of the lexicon begins so
    HAS_NAME = 512   # a division's name begins so
    IS_HINT = 1024   # an ending or unit ends so; a run without any holds no address
    PLAIN = 4        # IS_HAN and nothing else

cdef enum:
    BEYOND = 0x3400  # stands for all characters beyond the basic plane: in a name like any other
    RUN = 1024       # characters looked at together
    PARTS = 24       # parts of one address
    CANDIDATES = 8   # divisions that share a name
    NAME_LIMIT = 12  # characters in front of an ending
    GAP_LIMIT = 24   # characters between two parts
    PAREN_LIMIT = 48
    NUMERAL_LIMIT = 12  # Chinese numerals in one number
    TAIL_LIMIT = 12  # characters of an unknown name behind the last part

ctypedef unsigned char u8
ctypedef unsigned short u16
ctypedef unsigned int u32
ctypedef unsigned long long u64

cdef struct Tries:
    const u16* flags       # uint16[65536]: kinds of a character
    const u16* word_root   # uint16[65536]: state behind a first character, 0 for none
    const u16* name_root
    const u32* word_keys   # hash table: state << 16 | character
    const u16* word_next
    const u32* name_keys
    const u16* name_next
    const u64* word_next64  # by state: the low six bits of the characters that lead on; spares most look-ups
    const u64* name_next64
    u32 word_mask
    u32 name_mask
    const int* word_value  # by state: named kind | numbered kind << 8, 0 where no word ends
    const int* name_value  # by state: 1 + first index into group, 0 where no name ends
    const int* group       # division << 1 | full name, ended by -1
    const int* parent      # by division, -1 at the top
    const u8* level        # by division: 1 to 3
    const int* points
    const u64* latin_keys  # hash table of 1,024: a Latin word, five bits a letter
    const u8* latin_kinds

cdef struct Part:
    int kind
    int start
    int end
    int points

cdef struct Run:
    int size
    int cell_start    # the run begins its cell (blank characters aside)
    int cell_end      # the run ends its cell
    u16 ch[RUN + 1]
    int at[RUN + 1]   # byte offset in the cell; at[size] is the end of the run
    u16 flag[RUN + 1]

cdef struct Span:
    int open
    int start
    int end           # behind the last part
    int size
    int region        # number of nested divisions
    int full
    int level
    int divisions[CANDIDATES]
    int division_count
    int local
    int parted        # a comma lies behind the last part
    Part parts[PARTS]


cdef inline u32 slot_of(u32 key) noexcept nogil:
    return (key * <u32>2654435761) >> 11


cdef inline int step_to(const u32* keys, const u16* nexts, u32 mask, int state, int ch) noexcept nogil:
    cdef u32 key = (<u32>state << 16) | <u32>ch
    cdef u32 slot = slot_of(key) & mask
    while keys[slot]:
        if keys[slot] == key:
            return nexts[slot]
        slot = (slot + 1) & mask
    return 0


cdef inline int word_at(const Tries* t, const Run* run, int at, int* end) noexcept nogil:
    """The value of the longest word at ``at`` and where it ends; 0 if there is none."""
    cdef int state, value = 0, i
    if at >= run.size:
        return 0
    state = t.word_root[run.ch[at]]
    i = at + 1
    while state:
        if t.word_value[state]:
            value = t.word_value[state]
            end[0] = i
        if i >= run.size or not (t.word_next64[state] >> (run.ch[i] & 63)) & 1:
            break
        state = step_to(t.word_keys, t.word_next, t.word_mask, state, run.ch[i])
        i += 1
    return value


cdef inline int name_at(const Tries* t, const Run* run, int at, int* end) noexcept nogil:
    """The group of the longest division name at ``at`` and where it ends; 0 if there is none."""
    cdef int state = t.name_root[run.ch[at]], value = 0, i = at + 1
    while state:
        if t.name_value[state]:
            value = t.name_value[state]
            end[0] = i
        if i >= run.size or not (t.name_next64[state] >> (run.ch[i] & 63)) & 1:
            break
        state = step_to(t.name_keys, t.name_next, t.name_mask, state, run.ch[i])
        i += 1
    return value


cdef inline int blank(const Run* run, int start, int end) noexcept nogil:
    """Whether only separators lie between."""
    cdef int i
    for i in range(start, end):
        if not run.flag[i] & (IS_SOFT | IS_HARD):
            return 0
    return 1


cdef inline int skip_paren(const Run* run, int at) noexcept nogil:
    """Behind the parenthesis that opens at ``at``; ``at`` if it does not close soon."""
    cdef int i = at + 1
    while i < run.size and i - at <= PAREN_LIMIT:
        if run.flag[i] & IS_CLOSE:
            return i + 1
        i += 1
    return at


cdef inline void add_part(Span* s, int kind, int start, int end) noexcept nogil:
    """Puts a part behind the others, opening a span if none is open."""
    if not s.open:
        s.open = 1
        s.start = start
        s.size = 0
        s.region = 0
        s.full = 0
        s.level = 0
        s.division_count = 0
        s.local = 0
    s.parted = 0
    s.end = end
    if kind != REGION:
        s.local = 1
    if s.size < PARTS:
        s.parts[s.size].kind = kind
        s.parts[s.size].start = start
        s.parts[s.size].end = end
        s.size += 1


cdef inline int nested(const Tries* t, const Span* s, int division) noexcept nogil:
    """Whether a division lies in one of those the span has named last."""
    cdef int up = t.parent[division], i
    while up >= 0:
        for i in range(s.division_count):
            if s.divisions[i] == up:
                return 1
        up = t.parent[up]
    return 0


cdef inline int number_end(const Run* run, int at) noexcept nogil:
    """Behind the number of digits, letters and inner dashes that begins at ``at``."""
    cdef int i = at, c
    while i < run.size:
        if run.flag[i] & (IS_DIGIT | IS_LETTER):
            i += 1
            continue
        c = run.ch[i]
        if i + 1 < run.size and run.flag[i + 1] & (IS_DIGIT | IS_LETTER) and (
            c == 0x2D or c == 0x2F or c == 0x7E or c == 0xFF5E or c == 0x2014 or c == 0x2013 or c == 0xFF0D
            or c == 0x81F3 or c == 0x3001 or c == 0x4E4B or c == 0x2E or c == 0x26 or c == 0x2B or c == 0x5F
        ):
            i += 2
            continue
        break
    return i


cdef inline int decode(const u8* data, int at, int end, int* ch) noexcept nogil:
    """Length of the character at ``at``, and the character; 0 for a byte that begins no UTF-8 character."""
    cdef u8 a = data[at]
    if a < 0x80:
        ch[0] = a
        return 1
    if at + 1 >= end or data[at + 1] & 0xC0 != 0x80 or a < 0xC2 or a > 0xF4:
        return 0
    if a < 0xE0:
        ch[0] = ((a & 0x1F) << 6) | (data[at + 1] & 0x3F)
        return 2
    if at + 2 >= end or data[at + 2] & 0xC0 != 0x80:
        return 0
    if a < 0xF0:
        ch[0] = ((a & 0x0F) << 12) | ((data[at + 1] & 0x3F) << 6) | (data[at + 2] & 0x3F)
        return 3 if ch[0] >= 0x800 and not 0xD800 <= ch[0] < 0xE000 else 0
    if at + 3 >= end or data[at + 3] & 0xC0 != 0x80:
        return 0
    if (a == 0xF0 and data[at + 1] < 0x90) or (a == 0xF4 and data[at + 1] >= 0x90):
        return 0
    ch[0] = BEYOND
    return 4
