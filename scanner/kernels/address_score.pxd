"""The score of an address, and the growing arrays of what was found."""

from libc.stdlib cimport free, realloc
from libc.string cimport memset

from scanner.kernels.address_text cimport *

# Bits of scanner.model.Check; a test holds them together.
cdef enum:
    CHECK_FORMAT = 1, CHECK_REGION = 8, CHECK_ROAD = 64, CHECK_NUMBER = 128, CHECK_ESTATE = 256
    CHECK_BUILDING = 512, CHECK_ROOM = 1024, CHECK_VILLAGE = 2048

cdef struct Found:
    int size
    int room
    int failed
    int* cell
    int* start
    int* end
    u32* checks
    int* score
    int* first_part   # index of the first part of each span, where parts are kept
    int parts_size
    int parts_room
    int keep_parts
    Part* parts


cdef inline int grow(Found* f) noexcept nogil:
    cdef int room = f.room * 2 if f.room else 1024
    cdef void* a = realloc(f.cell, room * sizeof(int))
    if a: f.cell = <int*>a
    cdef void* b = realloc(f.start, room * sizeof(int))
    if b: f.start = <int*>b
    cdef void* c = realloc(f.end, room * sizeof(int))
    if c: f.end = <int*>c
    cdef void* d = realloc(f.checks, room * sizeof(u32))
    if d: f.checks = <u32*>d
    cdef void* e = realloc(f.score, room * sizeof(int))
    if e: f.score = <int*>e
    cdef void* g = realloc(f.first_part, room * sizeof(int))
    if g: f.first_part = <int*>g
    if not (a and b and c and d and e and g):
        f.failed = 1
        return 0
    f.room = room
    return 1


cdef enum:
    KEPT_ROOM = 1 << 17   # spans or parts for which there is room from one call to the next


cdef inline void free_found(Found* f) noexcept nogil:
    """Frees the arrays; there are none behind it."""
    free(f.cell)
    free(f.start)
    free(f.end)
    free(f.checks)
    free(f.score)
    free(f.first_part)
    free(f.parts)
    memset(f, 0, sizeof(Found))


cdef inline int keep(Found* f, int kind, int start, int end, int points) noexcept nogil:
    cdef int room
    cdef void* p
    if f.parts_size == f.parts_room:
        room = f.parts_room * 2 if f.parts_room else 256
        p = realloc(f.parts, room * sizeof(Part))
        if not p:
            f.failed = 1
            return 0
        f.parts = <Part*>p
        f.parts_room = room
    f.parts[f.parts_size].kind = kind
    f.parts[f.parts_size].start = start
    f.parts[f.parts_size].end = end
    f.parts[f.parts_size].points = points
    f.parts_size += 1
    return 1


cdef inline int leader(int kind) noexcept nogil:
    """The kind under which this one is counted: of kinds with one leader only the best brings points."""
    if kind == LANE:
        return ROAD
    if kind == ZONE:
        return ESTATE
    if kind == HAMLET:
        return VILLAGE
    return kind


cdef enum:
    LOCAL_KINDS = (1 << (ROOM + 1)) - (1 << TOWN)
    FIXED = 1 << NUMBER | 1 << BUILDING | 1 << FLOOR | 1 << ROOM
    # What a house number can belong to.
    ANCHORS = (1 << ROAD | 1 << LANE | 1 << ESTATE | 1 << ZONE | 1 << TOWN | 1 << VILLAGE | 1 << HAMLET
               | 1 << BUILDING | 1 << GROUP)


cdef inline int is_institution(u32 seen) noexcept nogil:
    """北京市朝阳区文化中心: a weak ending and nothing else is an institution more likely than an address."""
    return seen & LOCAL_KINDS == 1 << ZONE


cdef inline int worth_of(const int* points, u32 seen, int lead) noexcept nogil:
    """The points of the kinds below the region counted under ``lead``, of which at least one is in the span."""
    if lead == ROAD:
        return points[ROAD if seen & (1 << ROAD | FIXED) else LANE]
    if lead == ESTATE:
        if seen & (1 << ESTATE | FIXED):
            return points[ESTATE]
        return 0 if is_institution(seen) else points[ZONE]
    if lead == VILLAGE:
        return points[VILLAGE if seen & 1 << VILLAGE else HAMLET]
    if lead == NUMBER:
        return points[NUMBER if seen & ANCHORS else NUMBER_LOOSE]
    return points[lead]


cdef inline u32 checks_of(u32 seen) noexcept nogil:
    """The bits of scanner.model.Check for the kinds in a span below the region."""
    cdef u32 checks = 0
    if seen & (1 << TOWN | 1 << VILLAGE | 1 << HAMLET | 1 << GROUP):
        checks |= CHECK_VILLAGE
    if seen & (1 << ROAD | 1 << LANE):
        checks |= CHECK_ROAD
    if seen & 1 << NUMBER:
        checks |= CHECK_NUMBER
    if seen & (1 << ESTATE | 1 << ZONE):
        checks |= CHECK_ESTATE
    if seen & (1 << BUILDING | 1 << UNIT | 1 << FLOOR):
        checks |= CHECK_BUILDING
    if seen & 1 << ROOM:
        checks |= CHECK_ROOM
    return checks


cdef inline void fill_worth(const int* points, Worth* worth) noexcept nogil:
    """The points and checks of every set of kinds below the region, ``worth[LOCAL_KINDS >> TOWN + 1]``."""
    cdef u32 seen, leads
    cdef int kind, index
    for index in range((LOCAL_KINDS >> TOWN) + 1):
        seen = <u32>index << TOWN
        leads = 0
        worth[index].points = 0
        worth[index].checks = checks_of(seen)
        for kind in range(TOWN, ROOM + 1):
            if seen >> kind & 1 and not leads >> leader(kind) & 1:
                leads |= <u32>1 << leader(kind)
                worth[index].points += worth_of(points, seen, leader(kind))


cdef inline int region_points(const Tables* t, int count, int full) noexcept nogil:
    return t.points[REGION_CHAIN if count >= 2 else (REGION_FULL if full else REGION_SHORT)]


cdef inline int tail_end(const Tables* t, const Run* run, int end, int tail) noexcept nogil:
    """Where the address ends if a name follows that belongs to it: 88号同华大厦."""
    cdef int k
    if tail > end + TAIL_LIMIT:
        return end
    for k in range(end, tail):
        if not flags_at(run, k) & (IS_HAN | IS_NUMERAL | IS_DIGIT | IS_LETTER):
            return end
    return tail


cdef inline int offset_at(const Run* run, int at) noexcept nogil:
    """The byte of the cell at which a character begins."""
    return run.base + run.near[at]


cdef inline void keep_all(const Tables* t, const Run* run, const Span* s, u32 seen, Found* f) noexcept nogil:
    """Keeps the parts of a span, each with the points it brings: of those with one leader the first brings them."""
    cdef u32 leads = 0
    cdef int i, lead, points
    for i in range(s.size):
        lead = leader(s.parts[i].kind)
        points = 0
        if not leads >> lead & 1:
            points = region_points(t, s.region, s.full) if lead == REGION else worth_of(t.points, seen, lead)
        leads |= <u32>1 << lead
        keep(f, s.parts[i].kind, offset_at(run, s.parts[i].start), offset_at(run, s.parts[i].end), points)


cdef inline void keep_span(Found* f, int cell, int start, int end, u32 checks, int score) noexcept nogil:
    if f.size == f.room and not grow(f):
        return
    f.cell[f.size] = cell
    f.start[f.size] = start
    f.end[f.size] = end
    f.checks[f.size] = checks
    f.score[f.size] = score
    f.first_part[f.size] = f.parts_size
    f.size += 1


cdef inline void close_whole(const Tables* t, int count, u32 seen, int cell, int size, Found* f) noexcept nogil:
    """Does what ``close_span`` does with a span that fills its cell of ``size`` bytes and begins with ``count`` divisions
    of full name; ``seen``: the kinds of its parts."""
    cdef const Worth* worth = &t.worth[(seen & LOCAL_KINDS) >> TOWN]
    cdef int total = worth.points + region_points(t, count, 1)
    cdef u32 checks = worth.checks | CHECK_REGION
    if not is_institution(seen):
        total += t.points[WHOLE]
    if total >= t.points[THRESHOLD]:
        checks |= CHECK_FORMAT
    keep_span(f, cell, 0, size, checks, total)


cdef inline void close_span(const Tables* t, const Run* run, Span* s, int cell, int label, int tail,
                            int organisation, Found* f) noexcept nogil:
    """Scores the open span and keeps it if it has two parts. ``tail``: where the text behind it ends."""
    cdef int whole, total, end, behind
    cdef u32 seen, checks
    if not s.open:
        return
    s.open = 0
    if not s.local or s.size < 2:
        return
    seen = s.before | <u32>1 << s.last
    total = t.worth[(seen & LOCAL_KINDS) >> TOWN].points
    checks = t.worth[(seen & LOCAL_KINDS) >> TOWN].checks
    if seen & 1 << REGION:
        total += region_points(t, s.region, s.full)
        checks |= CHECK_REGION
    behind = end = s.end
    if behind < run.stop and flags_at(run, behind) & IS_OPEN:
        behind = skip_paren(t, run, behind)
    whole = run.cell_start and blank(t, run, label, s.start)
    if organisation and seen & FIXED:
        organisation = 0
    elif whole and not organisation:
        end = tail_end(t, run, end, tail)
    whole = whole and run.cell_end and blank(t, run, behind, run.stop) and not is_institution(seen)
    if whole:
        total += t.points[WHOLE]
    if organisation:
        total += t.points[PENALTY]
    if total >= t.points[THRESHOLD]:
        checks |= CHECK_FORMAT
    keep_span(f, cell, offset_at(run, s.start), offset_at(run, end), checks, total)
    if not f.keep_parts:
        return
    keep_all(t, run, s, seen, f)
    if whole:
        keep(f, WHOLE, offset_at(run, s.start), offset_at(run, s.end), t.points[WHOLE])
    if organisation:
        keep(f, PENALTY, offset_at(run, s.end), offset_at(run, tail), t.points[PENALTY])
