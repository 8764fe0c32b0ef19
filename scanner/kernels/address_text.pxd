"""A decoded run of text, and the tables that find words and division names in it."""

from libc.string cimport memcpy

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
    IS_HINT = 1024   # an ending or unit ends so
    PLAIN = 4        # IS_HAN and nothing else

cdef enum:
    BEYOND = 0x3400  # stands for all characters beyond the basic plane: in a name like any other
    PARTS = 24       # parts of one address
    CANDIDATES = 8   # divisions that share a name
    NAME_LIMIT = 12  # characters in front of an ending
    GAP_LIMIT = 24   # characters between two parts
    PAREN_LIMIT = 48
    NUMERAL_LIMIT = 12  # Chinese numerals in one number
    TAIL_LIMIT = 12  # characters of an unknown name behind the last part
    GROUP_BITS = 11  # of a key's hash: which shift moves it to its slot
    TAIL = 4         # characters in a tail

ctypedef unsigned char u8
ctypedef unsigned short u16
ctypedef unsigned int u32
ctypedef unsigned long long u64

cdef extern from "address_decode.h" nogil:
    enum:
        RUN          # characters looked at together
        HOLDS_HINT   # an ending or unit ends so; a run without any holds no address
        HOLDS_HARD
        SURE         # bits that bits_from sees
    ctypedef struct Run:
        int size
        int holds
        long long begin
        long long stop
        int cell_start
        int cell_end
        int base
        u64* act
        u64* numeric
        u16* ch
        u16* near
        u8* kind
        u64* words
        u64* names
    ctypedef struct Signs:
        const u8* kind_of
        const u32* pairs
        u8 numeric_hint
        u8 hard
        u8 other
        u8 hint
        u8 plain
        u8 no_hint
        int fast
    u16 hash_of_two "pair_hash" (u16 a, u16 b)
    u64 bits_from(const u64* mask, int at)
    int first_bit(u64 bits)
    int has_bit(const u64* mask, int at)
    int kinds_of(const Signs* s, Run* run)
    void pairs_of(const Signs* s, Run* run)
    int can_be_fast(int path)
    int decode_whole(const Signs* s, const u8* data, long long length, int start, int stop, Run* run)

# A word of two characters and more; those that begin alike follow each other, longest first.
cdef struct Word:
    u64 tail     # the third to the sixth character
    u16 value    # named kind | numbered kind << 8
    u16 far      # where the other characters lie in ``rest``
    u8 length
    u8 half      # half the bits of the tail that do not count
    u8 last
    u8 spare

# A hash without collisions: a key's place is moved by the shift of its group.
cdef struct Hash:
    u64 factor
    u32 mask
    const u16* shift  # uint16[1 << GROUP_BITS]

cdef struct Pair:
    u32 key      # first character << 16 | second; 0: empty
    u32 words    # index of the first word that begins so

# A division's name: a slot of the hash table, or one of those behind it that share its first three characters.
cdef struct Name:
    u64 key      # the first three characters (two where there are no more), from the low bits on; 0: empty
    u64 tail     # the fourth to the seventh character
    u16 group    # first index into group
    u16 far
    u16 more     # index of the next longest name with this key, 0 for none
    u8 length
    u8 half
    short division  # the only one of this name, -1 where there are several
    short above[2]  # the divisions it lies in, -1 for none
    u8 level
    u8 full

cdef struct Division:
    short above[2]
    short level     # 1 to 3
    short spare

cdef struct Worth:
    int points
    u32 checks

cdef struct Tables:
    Signs signs
    u16 flags[128]         # by kind of character: IS_... and HAS_...
    u16 single[128]        # by kind of character: its value as a word by itself
    Hash pair_hash
    Hash name_hash
    const Pair* pairs      # by slot
    const Word* words
    const Name* names      # by slot, and behind them what the slots go on with
    const u16* rest
    const int* group       # division << 1 | full name, ended by -1
    const Division* divisions
    const int* points
    const Worth* worth     # by the kinds TOWN to ROOM that a span has, a bit each
    const u64* latin_keys  # hash table of 1,024: a Latin word, five bits a letter
    const u8* latin_kinds

cdef struct Part:
    int kind
    int start
    int end
    int points

cdef struct Span:
    int open
    int start
    int end           # behind the last part
    int size
    int last          # the last part's kind
    u32 before        # the kinds of the parts before it, a bit each
    int region        # number of nested divisions
    int full
    int divisions[CANDIDATES]
    int division_count
    int local
    int parted        # a comma lies behind the last part
    int keep          # whether the parts are wanted
    Part parts[PARTS]


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


cdef inline int long_word_at(const Tables* t, const Run* run, int at, int* end) noexcept nogil:
    """The value of the longest word of two characters and more at ``at`` and where it ends; 0 if there is none."""
    cdef u32 key = (<u32>run.ch[at] << 16) | run.ch[at + 1]
    cdef u32 slot = slot_in(&t.pair_hash, key)
    cdef const Word* word
    cdef u64 tail
    if t.pairs[slot].key != key:
        return 0
    word = t.words + t.pairs[slot].words
    memcpy(&tail, run.ch + at + 2, 8)
    while True:
        if ((tail ^ word.tail) << word.half) << word.half == 0 and at + word.length <= run.stop and (
            word.length <= 2 + TAIL or rest_agrees(t, run, at + 2 + TAIL, word.far, word.length - 2 - TAIL)
        ):
            end[0] = at + word.length
            return word.value
        if word.last:
            return 0
        word += 1


cdef inline int word_at(const Tables* t, const Run* run, int at, int* end) noexcept nogil:
    """The value of the longest word at ``at`` and where it ends; 0 if there is none."""
    cdef int value
    if at >= run.stop:
        return 0
    if has_bit(run.words, at):
        value = long_word_at(t, run, at, end)
        if value:
            return value
    value = t.single[run.kind[at]]
    if value:
        end[0] = at + 1
    return value


cdef inline const Name* name_at(const Tables* t, const Run* run, int at) noexcept nogil:
    """The longest division name at ``at``, or NULL."""
    cdef u64 key, tail
    cdef const Name* name
    memcpy(&key, run.ch + at, 8)
    memcpy(&tail, run.ch + at + 3, 8)
    key &= <u64>0xFFFFFFFFFFFF
    name = t.names + slot_in(&t.name_hash, key)
    if name.key == key:
        while True:
            if ((tail ^ name.tail) << name.half) << name.half == 0 and at + name.length <= run.stop and (
                name.length <= 3 + TAIL or rest_agrees(t, run, at + 3 + TAIL, name.far, name.length - 3 - TAIL)
            ):
                return name
            if not name.more:
                break
            name = t.names + name.more
    key &= <u64>0xFFFFFFFF
    name = t.names + slot_in(&t.name_hash, key)
    if name.key == key and at + 2 <= run.stop:
        return name
    return NULL


cdef inline int flags_at(const Tables* t, const Run* run, int at) noexcept nogil:
    return t.flags[run.kind[at]]


cdef inline int next_act(const Run* run, int at) noexcept nogil:
    """The first character from ``at`` on that may begin something; not before ``stop`` if there is none."""
    cdef u64 bits
    while at < run.stop:
        bits = bits_from(run.act, at)
        if bits:
            return at + first_bit(bits)
        at += SURE
    return at


cdef inline int numeric_end(const Run* run, int at) noexcept nogil:
    """Behind the digits and letters from ``at`` on."""
    cdef int count
    while True:
        count = first_bit(~bits_from(run.numeric, at) | <u64>1 << 63)
        if count < SURE:
            return at + count
        at += SURE


cdef inline int blank(const Tables* t, const Run* run, int start, int end) noexcept nogil:
    """Whether only separators lie between."""
    cdef int i
    for i in range(start, end):
        if not flags_at(t, run, i) & (IS_SOFT | IS_HARD):
            return 0
    return 1


cdef inline int skip_paren(const Tables* t, const Run* run, int at) noexcept nogil:
    """Behind the parenthesis that opens at ``at``; ``at`` if it does not close soon."""
    cdef int i = at + 1
    while i < run.stop and i - at <= PAREN_LIMIT:
        if flags_at(t, run, i) & IS_CLOSE:
            return i + 1
        i += 1
    return at


cdef inline void add_part(Span* s, int kind, int start, int end) noexcept nogil:
    """Puts a part behind the others, opening a span if none is open."""
    if not s.open:
        s.open = 1
        s.start = start
        s.size = 0
        s.last = NONE
        s.before = 0
        s.region = 0
        s.full = 0
        s.division_count = 0
        s.local = 0
    s.parted = 0
    s.end = end
    s.local |= kind != REGION
    if s.size < PARTS:
        s.before |= <u32>1 << s.last
        s.last = kind
        if s.keep:
            s.parts[s.size].kind = kind
            s.parts[s.size].start = start
            s.parts[s.size].end = end
        s.size += 1


cdef inline int has_part(const Span* s, int kind) noexcept nogil:
    return (s.before >> kind) & 1 or s.last == kind


cdef inline int nested(const Span* s, const short* above) noexcept nogil:
    """Whether a division that lies in these two lies in one of those the span has named last."""
    cdef int i
    for i in range(s.division_count):
        if s.divisions[i] == above[0] or s.divisions[i] == above[1]:
            return 1
    return 0


cdef inline int joins_digits(int c) noexcept nogil:
    """- / ~ ～ — – － 至 、 之 . & + _ between the digits of one number."""
    return (c == 0x2D or c == 0x2F or c == 0x7E or c == 0xFF5E or c == 0x2014 or c == 0x2013 or c == 0xFF0D
            or c == 0x81F3 or c == 0x3001 or c == 0x4E4B or c == 0x2E or c == 0x26 or c == 0x2B or c == 0x5F)


cdef inline int number_end(const Run* run, int at) noexcept nogil:
    """Behind the number of digits, letters and inner dashes that begins at ``at``."""
    cdef int i = numeric_end(run, at)
    while i + 1 < run.stop and has_bit(run.numeric, i + 1) and joins_digits(run.ch[i]):
        i = numeric_end(run, i + 1)
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
