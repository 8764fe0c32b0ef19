"""Cells are looked at together: first what stands between known ends of addresses, then all cells of which more is asked.

What is known of the ends (address_known.h) says how a cell is to be parsed, never otherwise than parsing it would.
"""

from libc.string cimport memset

from scanner.kernels.address_latin cimport latin_cell, maybe_latin
from scanner.kernels.address_long cimport parse_long
from scanner.kernels.address_parse cimport parse, parse_runs
from scanner.kernels.address_score cimport Found, close_whole
from scanner.kernels.address_text cimport *
from scanner.kernels.address_usual cimport EMPTY, PARTED, Look, Prefix, are_idle, look_at

cdef extern from "address_skip.h" nogil:
    enum:
        SHORT_CELL
    ctypedef struct Likes:
        pass
    ctypedef struct Like:
        int size
    int is_bare(const Signs* s, const u8* data, int size, long long left)
    int is_like(Like* like, const Likes* known, int wide, const u8* data, int size)
    void keep_like(Likes* known, int wide, const u8* data, int size)

cdef extern from "address_known.h" nogil:
    enum:
        HEAD_LEAST, HEAD_LIMIT, REST_LIMIT, HEADS_TRIAL, HEADS_PAUSE, UNKNOWN_HEAD, NO_HEAD, UNKNOWN_TAIL
    ctypedef struct Head:
        short division
        u8 count
    ctypedef struct Known:
        Head* heads
    ctypedef struct Ends:
        int head
        int size
        int tail
    int may_go_beyond(const Lookup* t, const Run* run, int at, int end)
    void find_ends(const Signs* s, const Known* k, const Lasts* lasts, Run* run, const u8** at, const int* size, int count,
                   Ends* ends)
    void shape_between(const Signs* s, const Known* k, const Shapes* known, const Run* run, int at, int stop, int tail,
                       Shape* shape)
    void keep_head(const Signs* s, Known* k, const Lasts* lasts, const u8* p, int size, int division, int count)
    void keep_tail(const Signs* s, Known* k, const Run* run, int at, int stop, const u8* p, int size)

# What is done with a cell.
cdef enum:
    ENTIRE    # it is decoded and parsed
    HEADLESS  # the same, and the divisions it begins with are kept
    ENDED     # what stands between its ends is decoded
    DONE      # its parts are known
    LATIN     # it is ASCII alone
    LONG      # it is decoded by itself

cdef enum:
    TOGETHER = 8   # cells whose ends are looked for together

cdef struct Entry:
    int cell
    u8 what
    u8 compared
    u8 count    # of the divisions in its head
    short division
    int begin   # the byte behind its head
    int tail
    u32 parts

# The cells that are looked at together, and what is known of them.
cdef struct Page:
    Run run
    Found found
    int size
    Entry entries[CELLS]
    Look looks[CELLS]
    int copied         # whether all its cells were copied as they are
    int waiting
    int cells[TOGETHER]   # those that are no entries yet
    Ends ends[TOGETHER]
    Shapes shapes
    Known known
    Likes likes
    Like like
    int skips, groups   # whether anything may be known of cells by their bytes, and whether ends may be
    int tried, gained, pause   # how often ends were looked for in this call, how often it brought anything

# The cells of a call.
cdef struct Task:
    const u8* data
    const int* start
    const int* end


cdef inline int _decoded(const Tables* t, Run* run) noexcept nogil:
    """Decodes the copied cells and looks up their words and names; 0 if not all are UTF-8."""
    if decode_cells(&t.signs, run):
        return 0
    look_up(&t.signs, &t.look, run)
    return 1


cdef inline int _alone(const Tables* t, Run* run, const u8* data, int size) noexcept nogil:
    """Decodes a cell by itself; 0 if it is not UTF-8."""
    no_cells(run)
    copy_cell(&t.signs, run, data, size)
    return _decoded(t, run)


cdef inline void _look_between(const Tables* t, Page* page, int begin, int stop, const Entry* e,
                               Shape* shape) noexcept nogil:
    """The shape of what stands behind the head of a cell, of which the text from ``begin`` to ``stop`` was decoded."""
    cdef Run* run = &page.run
    cdef int left = stop - begin
    cdef Prefix prefix
    shape.hash = 0
    if left <= 0 or left > SHAPE_LIMIT:
        return
    run.stop = stop
    prefix.count = e.count
    prefix.end = begin
    prefix.size = 1   # no division lies in it, nor in others of its name
    prefix.divisions[0] = e.division
    if are_idle(t, run, bits_from(run.names, begin) << (64 - left) >> (64 - left), &prefix):
        shape_between(&t.signs, &page.known, &page.shapes, run, begin, stop, e.tail, shape)


cdef inline void _look_between_ends(const Tables* t, Page* page, const Task* task) noexcept nogil:
    """Finds out which of the cells whose ends are known are of a known shape."""
    cdef Run* run = &page.run
    cdef Entry* e
    cdef const u8* rest
    cdef Shape* shape
    cdef int i, size, k = 0, begin = 0, together = _decoded(t, run)
    for i in range(page.size):
        if page.entries[i].what == ENDED:
            page.looks[i].shape.hash = 0
            if together:
                _look_between(t, page, begin, run.stops[k], &page.entries[i], &page.looks[i].shape)
            begin = run.stops[k] + 1
            k += 1
    k = begin = 0
    for i in range(page.size):
        e = &page.entries[i]
        if e.what == ENDED:
            shape = &page.looks[i].shape
            e.parts = parts_of(&page.shapes, shape) if shape.hash else 0
            e.what = DONE if e.parts else ENTIRE
            page.gained += e.what == DONE
            if e.tail == UNKNOWN_TAIL and shape.hash:
                rest = task.data + task.start[e.cell] + e.begin
                size = task.end[e.cell] - task.start[e.cell] - e.begin
                keep_tail(&t.signs, &page.known, run, begin, run.stops[k], rest, size)
                page.gained += 1
            begin = run.stops[k] + 1
            k += 1


cdef inline void _keep_head(const Tables* t, Page* page, const Run* run, int begin, const Prefix* prefix,
                            const u8* data) noexcept nogil:
    """Keeps the divisions that the cell from ``begin`` on begins with, if these bytes always end as they do here."""
    cdef int at = begin, i, size = run.near[prefix.end] - run.near[begin]
    if size < HEAD_LEAST or size > HEAD_LIMIT:
        return
    for i in range(prefix.size):
        if t.divisions[prefix.divisions[i]].holds:
            return
    while at < prefix.end:
        if may_go_beyond(&t.look, run, at, prefix.end):
            return
        if flags_at(run, at) & IS_NUMERAL and may_go_beyond(&t.look, run, at + 1, prefix.end):
            return
        at += run.name_length[at]
    keep_head(&t.signs, &page.known, &t.lasts, data, size, prefix.divisions[0], prefix.count)
    page.gained += 1


cdef inline void _parse_cell(const Tables* t, Page* page, const Look* look, int cell, int size, Found* f) noexcept nogil:
    """Parses a cell of ``size`` bytes that was decoded with others, from ``run.begin`` to ``run.stop``."""
    cdef Run* run = &page.run
    cdef u32 parts = 0
    if look.what == EMPTY:
        return
    if look.what == PARTED:
        parse_runs(t, run, cell, &page.shapes, f)
        return
    if look.shape.hash and t.strides and not f.keep_parts:
        parts = parts_of(&page.shapes, &look.shape)
    if parts:
        close_whole(t, look.count, parts | 1 << REGION, cell, size, f)
    else:
        run.cell_start = run.cell_end = 1
        parse(t, run, cell, &page.shapes, &look.shape if look.shape.hash else NULL, f)


cdef inline int _parse_some(const Tables* t, Page* page, const Task* task, int first, Found* f) noexcept nogil:
    """Decodes and parses cells from entry ``first`` on, as many as there is room for; the entry behind them."""
    cdef Run* run = &page.run
    cdef Entry* e
    cdef Prefix prefix
    cdef const u8* data
    cdef int i, size, found, together, last = first, k = 0, begin = 0
    if page.copied:
        last = page.size
    else:
        no_cells(run)
    while last < page.size:
        e = &page.entries[last]
        size = task.end[e.cell] - task.start[e.cell]
        if e.what == LONG and last > first:
            break
        if e.what == LONG:
            parse_long(t, run, &page.shapes, task.data + task.start[e.cell], size, e.cell, f)
            return first + 1
        if e.what <= HEADLESS:
            if not has_room(run, size):
                break
            copy_cell(&t.signs, run, task.data + task.start[e.cell], size)
        last += 1
    together = run.cells and _decoded(t, run)
    if together:
        for i in range(first, last):
            e = &page.entries[i]
            if e.what > HEADLESS:
                continue
            run.stop = run.stops[k]
            look_at(t, run, begin, run.stops[k], &page.shapes, &page.looks[i], &prefix)
            if e.what == HEADLESS and prefix.count:
                _keep_head(t, page, run, begin, &prefix, task.data + task.start[e.cell])
            begin = run.stops[k] + 1
            k += 1
    k = 0
    for i in range(first, last):
        e = &page.entries[i]
        data = task.data + task.start[e.cell]
        size = task.end[e.cell] - task.start[e.cell]
        if e.what == DONE:
            close_whole(t, e.count, e.parts | 1 << REGION, e.cell, size, f)
            continue
        if e.what == LATIN:
            if maybe_latin(data, 0, size):
                latin_cell(t, data, 0, size, e.cell, f)
            continue
        found = f.size
        if together or _alone(t, run, data, size):
            run.begin = run.base = 0
            if together and k:
                run.begin = run.stops[k - 1] + 1
                run.base = -(run.edge[k - 1] + 1)
            run.stop = run.stops[k if together else 0]
            if not together:
                look_at(t, run, 0, <int>run.stop, &page.shapes, &page.looks[i], &prefix)
            _parse_cell(t, page, &page.looks[i], e.cell, size, f)
        else:
            parse_long(t, run, &page.shapes, data, size, e.cell, f)
        if e.compared and f.size == found:
            keep_like(&page.likes, t.signs.wide, data, size)
        k += 1
    return last


cdef inline void parse_page(const Tables* t, Page* page, const Task* task, Found* f) noexcept nogil:
    """Parses the cells of the page, and begins anew."""
    cdef int at = 0
    if page.run.cells and not page.copied:
        _look_between_ends(t, page, task)
    while at < page.size:
        at = _parse_some(t, page, task, at, f)
    if page.tried >= HEADS_TRIAL:
        page.pause = HEADS_PAUSE if page.gained * 4 < page.tried else 0
        page.tried = page.gained = 0
    page.size = 0
    page.copied = page.pause > 0 or not page.groups
    no_cells(&page.run)


cdef inline void begin_page(Page* page, int skips, int wide) noexcept nogil:
    """Before the first cell of a call. ``skips``: whether anything may be known of cells by their bytes."""
    no_cells(&page.run)
    page.skips = skips
    page.groups = skips and wide == 2
    page.copied = not page.groups
    memset(&page.like, 0, sizeof(Like))
    page.size = page.waiting = page.tried = page.gained = page.pause = 0


cdef inline void _add_cell(const Tables* t, Page* page, const u8* p, int size, int cell, int what) noexcept nogil:
    """Puts a cell among the entries of the page, unless it is like one that held nothing."""
    cdef Entry* e = &page.entries[page.size]
    page.like.size = 0
    if page.skips and size > SHORT_CELL and is_like(&page.like, &page.likes, t.signs.wide, p, size):
        return
    e.cell = cell
    e.compared = page.like.size != 0
    e.what = LONG if size > RUN else LATIN if is_ascii(p, size) else what
    page.size += 1


cdef inline void _add_ended(Page* page, int cell, const Ends* ends) noexcept nogil:
    """Puts a cell whose head is known among the entries of the page."""
    cdef Entry* e = &page.entries[page.size]
    e.cell = cell
    e.compared = 0
    e.what = ENDED
    e.count = page.known.heads[ends.head].count
    e.division = page.known.heads[ends.head].division
    e.begin = ends.size
    e.tail = ends.tail
    page.size += 1


cdef inline void sort_out(const Tables* t, Page* page, const Task* task, Found* f) noexcept nogil:
    """Puts the cells that wait among the entries of the page."""
    cdef const u8* at[TOGETHER]
    cdef int size[TOGETHER]
    cdef int i
    for i in range(page.waiting):
        at[i] = task.data + task.start[page.cells[i]]
        size[i] = task.end[page.cells[i]] - task.start[page.cells[i]]
    find_ends(&t.signs, &page.known, &t.lasts, &page.run, at, size, page.waiting, page.ends)
    page.tried += page.waiting
    for i in range(page.waiting):
        if page.ends[i].head >= 0:
            _add_ended(page, page.cells[i], &page.ends[i])
        else:
            _add_cell(t, page, at[i], size[i], page.cells[i], HEADLESS if page.ends[i].head == UNKNOWN_HEAD else ENTIRE)
    page.waiting = 0
    if page.size > CELLS - TOGETHER or page.tried >= HEADS_TRIAL or not has_room(&page.run, TOGETHER * (REST_LIMIT + 1)):
        parse_page(t, page, task, f)


cdef inline void take_cell(const Tables* t, Page* page, const Task* task, int cell, Found* f) noexcept nogil:
    """Takes a cell to the others of its page."""
    cdef const u8* p = task.data + task.start[cell]
    cdef int size = task.end[cell] - task.start[cell], count
    if page.pause:
        page.pause -= 1
        if not page.pause:
            parse_page(t, page, task, f)
    if not page.copied:
        page.cells[page.waiting] = cell
        page.waiting += 1
        if page.waiting == TOGETHER:
            sort_out(t, page, task, f)
        return
    if page.size == CELLS or size > RUN or not has_room(&page.run, size):
        parse_page(t, page, task, f)
    if size > RUN:
        parse_long(t, &page.run, &page.shapes, p, size, cell, f)
        return
    count = page.size
    _add_cell(t, page, p, size, cell, ENTIRE)
    if page.size > count and page.entries[count].what == ENTIRE:
        copy_cell(&t.signs, &page.run, p, size)
