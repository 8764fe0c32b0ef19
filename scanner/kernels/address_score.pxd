"""The score of an address, and the growing arrays of what was found."""

from libc.stdlib cimport realloc
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


cdef inline int worth(const Tries* t, const Span* s, const int* seen, int lead) noexcept nogil:
    """The points of the kinds counted under ``lead``, of which at least one is in the span."""
    cdef int fixed = seen[NUMBER] or seen[BUILDING] or seen[FLOOR] or seen[ROOM]
    if lead == REGION:
        return t.points[REGION_CHAIN if s.region >= 2 else (REGION_FULL if s.full else REGION_SHORT)]
    if lead == ROAD:
        return t.points[ROAD if seen[ROAD] or fixed else LANE]
    if lead == ESTATE:
        if seen[ESTATE] or fixed:
            return t.points[ESTATE]
        return 0 if is_institution(seen) else t.points[ZONE]
    if lead == VILLAGE:
        return t.points[VILLAGE if seen[VILLAGE] else HAMLET]
    if lead == NUMBER:
        return t.points[NUMBER if is_anchored(seen) else NUMBER_LOOSE]
    return t.points[lead]


cdef inline int is_anchored(const int* seen) noexcept nogil:
    """Whether there is something that a house number can belong to."""
    return seen[ROAD] or seen[LANE] or seen[ESTATE] or seen[ZONE] or seen[TOWN] or seen[VILLAGE] \
        or seen[HAMLET] or seen[BUILDING] or seen[GROUP]


cdef inline int is_institution(const int* seen) noexcept nogil:
    """北京市朝阳区文化中心: a weak ending and nothing else is an institution more likely than an address."""
    cdef int kind
    if not seen[ZONE]:
        return 0
    for kind in range(KINDS):
        if seen[kind] and kind != ZONE and kind != REGION:
            return 0
    return 1


cdef inline u32 checks_of(const int* seen) noexcept nogil:
    """The bits of scanner.model.Check for the kinds in a span, FORMAT left out."""
    cdef u32 checks = 0
    if seen[REGION]:
        checks |= CHECK_REGION
    if seen[TOWN] or seen[VILLAGE] or seen[HAMLET] or seen[GROUP]:
        checks |= CHECK_VILLAGE
    if seen[ROAD] or seen[LANE]:
        checks |= CHECK_ROAD
    if seen[NUMBER]:
        checks |= CHECK_NUMBER
    if seen[ESTATE] or seen[ZONE]:
        checks |= CHECK_ESTATE
    if seen[BUILDING] or seen[UNIT] or seen[FLOOR]:
        checks |= CHECK_BUILDING
    if seen[ROOM]:
        checks |= CHECK_ROOM
    return checks


cdef inline int tail_end(const Run* run, int end, int tail) noexcept nogil:
    """Where the address ends if a name follows that belongs to it: 88号同华大厦."""
    cdef int k
    if tail > end + TAIL_LIMIT:
        return end
    for k in range(end, tail):
        if not run.flag[k] & (IS_HAN | IS_NUMERAL | IS_DIGIT | IS_LETTER):
            return end
    return tail


cdef inline void close_span(const Tries* t, const Run* run, Span* s, int cell, int label, int tail,
                            int organisation, Found* f) noexcept nogil:
    """Scores the open span and keeps it if it has two parts. ``tail``: where the text behind it ends."""
    cdef int seen[KINDS]
    cdef int counted[KINDS]
    cdef int given[PARTS]
    cdef int i, lead, whole, total = 0, end, behind
    cdef u32 checks
    if not s.open:
        return
    s.open = 0
    if not s.local or s.size < 2:
        return
    memset(seen, 0, sizeof(seen))
    memset(counted, 0, sizeof(counted))
    for i in range(s.size):
        seen[s.parts[i].kind] = 1
    for i in range(s.size):
        lead = leader(s.parts[i].kind)
        given[i] = 0 if counted[lead] else worth(t, s, seen, lead)
        counted[lead] = 1
        total += given[i]
    behind = end = s.end
    if behind < run.size and run.flag[behind] & IS_OPEN:
        behind = skip_paren(run, behind)
    whole = run.cell_start and blank(run, label, s.start)
    if organisation and (seen[NUMBER] or seen[BUILDING] or seen[FLOOR] or seen[ROOM]):
        organisation = 0
    elif whole and not organisation:
        end = tail_end(run, end, tail)
    whole = whole and run.cell_end and blank(run, behind, run.size) and not is_institution(seen)
    if whole:
        total += t.points[WHOLE]
    if organisation:
        total += t.points[PENALTY]
    checks = checks_of(seen)
    if total >= t.points[THRESHOLD]:
        checks |= CHECK_FORMAT
    if f.size == f.room and not grow(f):
        return
    f.cell[f.size] = cell
    f.start[f.size] = run.at[s.start]
    f.end[f.size] = run.at[end]
    f.checks[f.size] = checks
    f.score[f.size] = total
    f.first_part[f.size] = f.parts_size
    f.size += 1
    if not f.keep_parts:
        return
    for i in range(s.size):
        keep(f, s.parts[i].kind, run.at[s.parts[i].start], run.at[s.parts[i].end], given[i])
    if whole:
        keep(f, WHOLE, run.at[s.start], run.at[s.end], t.points[WHOLE])
    if organisation:
        keep(f, PENALTY, run.at[s.end], run.at[tail], t.points[PENALTY])
