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


cdef inline void close_span(const Tries* t, const Run* run, Span* s, int cell, int label, int tail, int organisation,
                 Found* f) noexcept nogil:
    """Scores the open span and keeps it if it has two parts. ``tail``: where the text behind it ends."""
    cdef int seen[KINDS]
    cdef int given[PARTS]
    cdef int i, k, total = 0, anchor, fixed, alone, end, start, behind
    cdef u32 checks = 0
    if not s.open:
        return
    s.open = 0
    if not s.local or s.size < 2:
        return
    memset(seen, 0, sizeof(seen))
    for i in range(s.size):
        seen[s.parts[i].kind] = 1
    anchor = seen[ROAD] or seen[LANE] or seen[ESTATE] or seen[ZONE] or seen[TOWN] or seen[VILLAGE] or seen[HAMLET] \
        or seen[BUILDING] or seen[GROUP]
    fixed = seen[NUMBER] or seen[BUILDING] or seen[FLOOR] or seen[ROOM]
    # 北京市朝阳区文化中心 is an institution more likely than an address.
    alone = seen[ZONE] and not (fixed or seen[ROAD] or seen[LANE] or seen[ESTATE] or seen[TOWN] or seen[VILLAGE]
                                or seen[HAMLET] or seen[GROUP] or seen[UNIT])
    memset(seen, 0, sizeof(seen))
    for i in range(s.size):
        k = s.parts[i].kind
        given[i] = 0
        if k == REGION:
            if not seen[REGION]:
                given[i] = t.points[REGION_CHAIN] if s.region >= 2 else \
                    (t.points[REGION_FULL] if s.full else t.points[REGION_SHORT])
        elif k == ROAD or k == LANE:
            if not (seen[ROAD] or seen[LANE]):
                given[i] = t.points[ROAD] if k == ROAD or fixed else t.points[LANE]
        elif k == ESTATE or k == ZONE:
            if not (seen[ESTATE] or seen[ZONE]):
                given[i] = t.points[ESTATE] if k == ESTATE or fixed else (0 if alone else t.points[ZONE])
        elif k == VILLAGE or k == HAMLET:
            if not (seen[VILLAGE] or seen[HAMLET]):
                given[i] = t.points[k]
        elif k == NUMBER:
            if not seen[NUMBER]:
                given[i] = t.points[NUMBER] if anchor else t.points[NUMBER_LOOSE]
        elif not seen[k]:
            given[i] = t.points[k]
        if (k == ROAD and seen[LANE] and not seen[ROAD]) or (k == ESTATE and seen[ZONE] and not seen[ESTATE]):
            if not fixed:   # the stronger of two kinds counts
                given[i] = t.points[k] - t.points[LANE if k == ROAD else ZONE]
        seen[k] = 1
        total += given[i]
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
    start = s.start
    end = s.end
    behind = end
    if behind < run.size and run.flag[behind] & IS_OPEN:
        behind = skip_paren(run, behind)
    if not alone and run.cell_start and run.cell_end and blank(run, label, start) and blank(run, behind, run.size):
        total += t.points[WHOLE]
        if f.keep_parts:
            keep(f, WHOLE, run.at[start], run.at[end], t.points[WHOLE])
        i = 1
    else:
        i = 0
    if organisation and not fixed:
        total += t.points[PENALTY]
        i |= 2
    # A name that belongs to the address stands behind it: 88号同华大厦; only in cells that begin with the address.
    if run.cell_start and blank(run, label, start) and not organisation and end < tail <= end + TAIL_LIMIT:
        for k in range(end, tail):
            if not run.flag[k] & (IS_HAN | IS_NUMERAL | IS_DIGIT | IS_LETTER):
                break
        else:
            end = tail
    if total >= t.points[THRESHOLD]:
        checks |= CHECK_FORMAT
    if f.size == f.room and not grow(f):
        return
    f.cell[f.size] = cell
    f.start[f.size] = run.at[start]
    f.end[f.size] = run.at[end]
    f.checks[f.size] = checks
    f.score[f.size] = total
    if f.keep_parts:
        if i & 2:
            keep(f, PENALTY, run.at[s.end], run.at[tail], t.points[PENALTY])
        f.first_part[f.size] = f.parts_size - (i & 1) - (i >> 1)
        for k in range(s.size):
            keep(f, s.parts[k].kind, run.at[s.parts[k].start], run.at[s.parts[k].end], given[k])
    f.size += 1
