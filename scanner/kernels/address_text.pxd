"""A decoded run of text, and the tables that find words and division names in it."""

# Kinds of parts and words, numbered as in KINDS of scanner/detectors/address.py.
cdef enum:
    NONE, REGION, TOWN, VILLAGE, HAMLET, GROUP, ROAD, LANE, NUMBER, ESTATE, ZONE
    BUILDING, UNIT, FLOOR, ROOM, DISTRICT, BEFORE, BESIDE, LEAD, BREAK, STOP, ORGANISATION
    KINDS

# Slots of the points array behind the kinds.
cdef enum:
    REGION_SHORT = 32, REGION_FULL, REGION_CHAIN, NUMBER_LOOSE, WHOLE, PENALTY, THRESHOLD
    POINTS_SIZE

# More kinds of characters.
cdef enum:
    HAS_WORD = 256   # a word of the lexicon begins so
    HAS_NAME = 512   # a division's name begins so
    IS_HINT = 1024   # an ending or unit ends so
    IS_ASKED = 2048  # the grammar asks for it behind or before a number: 第, 月, 之
    PLAIN = 4        # IS_HAN and nothing else

cdef enum:
    PARTS = 24       # parts of one address
    CANDIDATES = 8   # divisions that share a name
    NAME_LIMIT = 12  # characters in front of an ending
    GAP_LIMIT = 24   # characters between two parts
    FLOOR_LIMIT = 4   # characters of a floor that ends in F
    PAREN_LIMIT = 48
    BARE_LIMIT = 9   # digits of a number without a unit
    NUMERAL_LIMIT = 12  # Chinese numerals in one number
    TAIL_LIMIT = 12  # characters of an unknown name behind the last part

ctypedef unsigned char u8
ctypedef unsigned short u16
ctypedef unsigned int u32
ctypedef unsigned long long u64

cdef extern from "address_decode.h" nogil:
    enum:
        RUN          # characters looked at together
        CELLS
        SURE         # bits that bits_from sees
        BEYOND_PLANE
        IS_DIGIT, IS_NUMERAL, IS_HAN, IS_HARD, IS_SOFT, IS_OPEN, IS_CLOSE, IS_LETTER
        HINT_BIT, WORD_GROUPS, NAME_GROUPS, FIRST_OF_WORD, SECOND_OF_WORD, FIRST_OF_NAME, SECOND_OF_NAME
        NO_WORD, NO_NAME, SHAPE_DIGIT, SHAPE_NONE, SHAPE_THERE, SHAPE_LENGTH
    ctypedef struct Run:
        int size
        long long begin
        long long stop
        int cell_start
        int cell_end
        int base
        int cells
        u16* edge
        u16* stops
        u64* act
        u64* words
        u64* names
        u64* numeric
        u64* proper
        u64* hint
        u64* hard
        u16* ch
        u16* near
        u16* low
        u16* value
        u8* length
        u16* shape
        u16* name
        u8* name_length
    ctypedef struct Signs:
        const u32* sign_of
        const u16* low
        const u16* single
        const u16* alone
        const u32* hints
        int plain
        int wide
    u64 bits_from(const u64* mask, int at)
    int first_bit(u64 bits)
    int has_bit(const u64* mask, int at)
    int any_bit(const u64* mask, int begin, int stop)
    int how_wide(int path)
    int code_at(const u8* p, int left, int* code)
    void fetch_page_ahead(const u8* data, const int* start, const int* end, long long at, long long count)
    void no_cells(Run* run)
    int has_room(const Run* run, int size)
    int is_ascii(const u8* p, int size)
    void copy_cell(const Signs* s, Run* run, const u8* p, int size)
    int decode_cells(const Signs* s, Run* run)

cdef extern from "address_shapes.h" nogil:
    enum:
        SHAPE_LIMIT
    ctypedef struct Shapes:
        pass
    ctypedef struct Shape:
        u32 hash
    void shape_of(const Signs* s, const Shapes* known, const Run* run, int at, int stop, Shape* shape)
    u32 parts_of(const Shapes* known, const Shape* shape)
    void keep_shape(Shapes* known, const Shape* shape, u32 parts)

cdef extern from "address_lookup.h" nogil:
    enum:
        GROUP_BITS, TAIL
    ctypedef struct Hash:
        u32 factor
        u32 mask
        const u16* shift
    ctypedef struct Pair:
        pass
    ctypedef struct Word:
        pass
    ctypedef struct Begin:
        pass
    ctypedef struct Name:
        u16 group
        u8 length
        short division
        short above[2]
        u8 level
        u8 full
    ctypedef struct Lookup:
        Hash pair_hash
        Hash begin_hash
        const Pair* pairs
        const Word* words
        const Begin* begins
        const Name* names
        const u16* rest
    void look_up(const Signs* s, const Lookup* t, Run* run)

cdef extern from "address_known.h" nogil:
    enum:
        LASTS
    ctypedef struct Lasts:
        pass

cdef struct Division:
    short above[2]
    short level     # 1 to 3
    short holds     # whether others lie in it

cdef struct Worth:
    int points
    u32 checks

cdef struct Tables:
    Signs signs
    u16 flags[128]         # by kind of character: IS_... and HAS_...
    u16 low[128]           # ... IS_... and HINT_BIT as in a run
    u16 single[128]        # by kind of character: its value as a word by itself
    u16 alone[128]         # ... and its shape (address_shapes.h)
    Lookup look
    const int* group       # division << 1 | full name, ended by -1
    const Division* divisions
    const int* points
    const Worth* worth     # by the kinds TOWN to ROOM that a span has, a bit each
    Lasts lasts
    const u64* latin_keys  # hash table of 1,024: a Latin word, five bits a letter
    const u8* latin_kinds
    int strides            # whether usual parts are taken the short way

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


cdef inline int word_at(const Run* run, int at, int* end) noexcept nogil:
    """The value of the longest word at ``at`` and where it ends; 0 if there is none."""
    if at >= run.stop:
        return 0
    end[0] = at + run.length[at]
    return run.value[at]


cdef inline const Name* name_at(const Tables* t, const Run* run, int at) noexcept nogil:
    """The longest division name at ``at``, or NULL."""
    return t.look.names + run.name[at] if has_bit(run.names, at) else NULL


cdef inline int flags_at(const Run* run, int at) noexcept nogil:
    """IS_DIGIT and the other kinds of a character."""
    return run.low[at] >> 8


cdef inline int all_flags_at(const Tables* t, const Run* run, int at) noexcept nogil:
    """The same with HAS_WORD, HAS_NAME and IS_HINT."""
    return t.flags[run.low[at] & 0x7F]


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
        if not flags_at(run, i) & (IS_SOFT | IS_HARD):
            return 0
    return 1


cdef inline int skip_paren(const Tables* t, const Run* run, int at) noexcept nogil:
    """Behind the parenthesis that opens at ``at``; ``at`` if it does not close soon."""
    cdef int i = at + 1
    while i < run.stop and i - at <= PAREN_LIMIT:
        if flags_at(run, i) & IS_CLOSE:
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


cdef inline int lies_in(const short* above, const int* divisions, int count) noexcept nogil:
    """Whether a division that lies in these two lies in one of ``count`` others."""
    cdef int i
    for i in range(count):
        if divisions[i] == above[0] or divisions[i] == above[1]:
            return 1
    return 0


cdef inline int nested(const Span* s, const short* above) noexcept nogil:
    """Whether a division that lies in these two lies in one of those the span has named last."""
    return lies_in(above, s.divisions, s.division_count)


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
