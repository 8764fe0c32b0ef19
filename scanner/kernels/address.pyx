"""Finds addresses 地址 in UTF-8 cells: words of the lexicon first, the gazetteer where there are any.

Cells are decoded a page at a time into flat arrays, and all words and division names of a page are looked up before
any of it is parsed, so that no look-up waits for another. A run is a stretch of characters without a hard break
(newline, 。, ；). Its parts are collected left to right into a span, and a span is scored when it ends. Points, words
and divisions are data (patterns/address.toml, divisions.csv). address_decode.h, address_wide.h: the arrays;
address_lookup.h: the look-ups; address_text: the
tables; address_tables: how they are made; address_parse: the grammar;
address_usual, address_shapes.h: its short ways; address_score: the points.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from scanner.kernels.address_latin cimport *
from scanner.kernels.address_parse cimport *
from scanner.kernels.address_score cimport *
from scanner.kernels.address_text cimport *
from scanner.kernels.address_usual cimport EMPTY, PARTED, Look, look_at

import numpy as np

from scanner.kernels.address_tables import (
    division_table, kind_table, latin_table, name_table, sign_table, word_table,
)

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


# The cells that are decoded together, and what is known of them.
cdef struct Page:
    Run run
    int cell[CELLS]
    u8 compared[CELLS]
    Look looks[CELLS]
    Shapes known


cdef class Room:
    """Where one call at a time works: a page of cells, and cells that held nothing."""

    cdef Page* page
    cdef Likes* likes

    def __cinit__(self):
        self.page = <Page*>calloc(1, sizeof(Page))
        self.likes = <Likes*>calloc(1, sizeof(Likes))
        if not self.page or not self.likes:
            raise MemoryError

    def __dealloc__(self):
        free(self.page)
        free(self.likes)


cdef inline void _parse_cell(const Tables* t, Page* page, const Look* look, int cell, Found* f) noexcept nogil:
    """Parses a cell that was decoded with others, from ``run.begin`` to ``run.stop``."""
    cdef Run* run = &page.run
    cdef u32 parts = 0
    if look.what == EMPTY:
        return
    if look.what == PARTED:
        parse_runs(t, run, cell, &page.known, f)
        return
    if look.shape.hash and t.strides and not f.keep_parts:
        parts = parts_of(&page.known, &look.shape)
    if parts:
        close_whole(t, run, look.count, parts | 1 << REGION, cell, f)
    else:
        run.cell_start = run.cell_end = 1
        parse(t, run, cell, &page.known, &look.shape if look.shape.hash else NULL, f)


cdef void _page(const Tables* t, Page* page, const u8* data, const int* start, const int* end, Likes* likes, int wide,
                Found* f) noexcept nogil:
    """Parses the cells that were copied, and begins anew."""
    cdef Run* run = &page.run
    cdef int i, cell, found, begin = 0, cells = run.cells
    cdef int together = cells and _decoded(t, run)
    if together:
        for i in range(cells):
            run.stop = run.stops[i]
            look_at(t, run, begin, run.stops[i], &page.known, &page.looks[i])
            begin = run.stops[i] + 1
    for i in range(cells):
        cell = page.cell[i]
        found = f.size
        if together or _alone(t, run, data + start[cell], end[cell] - start[cell]):
            run.begin = run.base = 0
            if together and i:
                run.begin = run.stops[i - 1] + 1
                run.base = -(run.edge[i - 1] + 1)
            run.stop = run.stops[i if together else 0]
            if not together:
                look_at(t, run, 0, <int>run.stop, &page.known, &page.looks[i])
            _parse_cell(t, page, &page.looks[i], cell, f)
        else:
            _cell(t, page, data, start[cell], end[cell], cell, f)
        if page.compared[i] and f.size == found:
            keep_like(likes, wide, data + start[cell], end[cell] - start[cell])
    no_cells(run)


cdef int _alone(const Tables* t, Run* run, const u8* data, int size) noexcept nogil:
    """Decodes a cell by itself; 0 if it is not UTF-8."""
    no_cells(run)
    copy_cell(&t.signs, run, data, size)
    return _decoded(t, run)


cdef inline int _decoded(const Tables* t, Run* run) noexcept nogil:
    """Decodes the copied cells and looks up their words and names; 0 if not all are UTF-8."""
    if decode_cells(&t.signs, run):
        return 0
    look_up(&t.signs, &t.look, run)
    return 1


cdef inline void _run(const Tables* t, Page* page, int cell, Found* f) noexcept nogil:
    cdef Run* run = &page.run
    run.ch[run.size] = 0   # as behind every cell
    run.size += 1
    look_up(&t.signs, &t.look, run)
    run.begin = 0
    run.stop = run.size - 1
    if any_bit(run.hint, 0, <int>run.stop):
        parse(t, run, cell, &page.known, NULL, f)


cdef void _cell(const Tables* t, Page* page, const u8* data, int begin, int stop, int cell, Found* f) noexcept nogil:
    """Splits a cell into runs, character by character, and parses those that hold an ending or a unit."""
    cdef Run* run = &page.run
    cdef int at = begin, step, ch = 0, first = 1, hard
    run.size = 0
    while at < stop:
        step = code_at(data + at, stop - at, &ch)
        hard = step == 0
        if hard:
            step = 1
            ch = 0xFFFD
        else:
            hard = t.low[t.signs.sign_of[ch] & 0x7F] >> 8 & IS_HARD
        if hard or run.size == RUN:
            if run.size:
                run.near[run.size] = <u16>(at - begin - run.base)
                run.cell_start = first
                run.cell_end = hard and _rest_blank(data, at, stop)
                _run(t, page, cell, f)
                first = 0
            run.size = 0
            if hard:
                if ch != 0x0A and ch != 0x0D:
                    first = 0
                at += step
                continue
        if run.size == 0:
            run.base = at - begin
        run.ch[run.size] = <u16>ch
        run.near[run.size] = <u16>(at - begin - run.base)
        run.size += 1
        at += step
    if run.size:
        run.near[run.size] = <u16>(stop - begin - run.base)
        run.cell_start = first
        run.cell_end = 1
        _run(t, page, cell, f)


cdef inline int _rest_blank(const u8* data, int at, int stop) noexcept nogil:
    while at < stop:
        if data[at] > 0x20:
            return 0
        at += 1
    return 1


cdef class Parser:
    """The lexicon, the gazetteer and the points in flat arrays; immutable, so threads may share it.

    ``flags`` uint8[65536]; ``words`` with ``values`` (named kind | numbered kind << 8); ``names`` with ``groups``
    (1 + index into ``group``); ``group`` int32 (division << 1 | full, -1 ends); ``parent`` int32, ``level`` uint8 by
    division; ``points`` int32 by kind and slot; ``latin`` kinds by lower-case word. ``path`` 3 does without AVX-512,
    1 without vector instructions; 2 does without all that saves looking closely (all for tests).
    """

    cdef Tables tables
    cdef list kept
    cdef list rooms  # those that no call uses at this time
    cdef bint skips

    def __init__(self, flags, list words, list values, list names, list groups, group, parent, level, points,
                 dict latin, int path=0):
        if len(flags) != 65536 or len(points) < POINTS_SIZE or len(parent) != len(level):
            raise ValueError("arrays of wrong length")
        sizes = {*map(len, words)}, {*map(len, names)}
        if any(not least <= size < 256 for least, found in enumerate(sizes, 1) for size in found):
            raise ValueError("a word or name of wrong length")
        codes = {*map(ord, {*"".join(words), *"".join(names)})}
        if any(not 0 < code < 0x10000 or flags[code] & IS_HARD for code in codes):
            raise ValueError("a word or name with a hard break or a character beyond the basic plane")
        if any(not 0 < value < 0x10000 for value in {*values, *groups}):
            raise ValueError("a value too large for its table")
        marks = flags.astype(np.uint16)
        single = np.zeros(65536, np.uint32)
        for text, value in zip(words, values):
            marks[ord(text[0])] |= HAS_WORD
            if value >> 8 or 0 < value < DISTRICT:
                marks[ord(text[len(text) - 1])] |= IS_HINT
            if len(text) == 1:
                single[ord(text)] = value
        marks[[0x7B2C, 0x6708, 0x4E4B]] |= IS_ASKED  # 第, 月, 之
        for first in {name[0] for name in names}:
            marks[ord(first)] |= HAS_NAME
        kind_of, items, plain = kind_table(marks, single)
        rest = [0]
        divisions = division_table(parent, level)
        word_rows, pairs, word_hash, word_begins = word_table(words, values, rest)
        name_rows, begins, begin_hash = name_table(names, groups, group, divisions, rest)
        divisions = divisions.view(np.uint8)
        signs = sign_table(kind_of, word_begins, {name[:2] for name in names})
        hints = np.packbits((marks & IS_HINT).astype(bool), bitorder="little").view(np.uint32)
        if len(rest) > 0xFFFF:
            raise ValueError("too many words for one table")
        worth = np.zeros((LOCAL_KINDS >> TOWN) + 1, np.uint64)  # struct Worth
        latin_rows = latin_table(latin)
        rest = np.array(rest, np.uint16)
        self.rooms = []
        # Cells are compared without their digits, so these must all be the same to the grammar.
        alike = len({*kind_of[0x30:0x3A].tolist()}) == 1
        self.skips = path != 2 and alike and not any(0x30 <= code < 0x3A for code in codes)
        self.kept = [rest, word_hash, begin_hash, signs, hints, word_rows, name_rows, begins, pairs, divisions, worth, group,
                     points, *latin_rows]
        cdef const u32[::1] sign_view = signs
        cdef const u32[::1] hints_view = hints
        cdef const u8[::1] pairs_view = pairs
        cdef const u8[::1] words_view = word_rows
        cdef const u8[::1] names_view = name_rows
        cdef const u8[::1] begins_view = begins
        cdef const u16[::1] rest_view = rest
        cdef const u8[::1] divisions_view = divisions
        cdef u64[::1] worth_view = worth
        cdef const int[::1] group_view = group
        cdef const int[::1] points_view = points
        cdef const u64[::1] latin_keys = latin_rows[0]
        cdef const u8[::1] latin_kinds = latin_rows[1]
        cdef const u16[::1] word_shift = word_hash[2]
        cdef const u16[::1] begin_shift = begin_hash[2]
        cdef Tables* t = &self.tables
        t.look.pair_hash.factor = word_hash[0]
        t.look.pair_hash.mask = word_hash[1]
        t.look.pair_hash.shift = &word_shift[0]
        t.look.begin_hash.factor = begin_hash[0]
        t.look.begin_hash.mask = begin_hash[1]
        t.look.begin_hash.shift = &begin_shift[0]
        t.signs.sign_of = &sign_view[0]
        t.signs.hints = &hints_view[0]
        t.signs.low = t.low
        t.signs.single = t.single
        t.signs.alone = t.alone
        t.signs.plain = plain
        t.signs.wide = how_wide(path)
        # A unit must not begin like what joins two numbers.
        t.strides = path != 2 and not any(value >> 8 and joins_digits(ord(text[0])) for text, value in zip(words, values))
        for kind, (mark, value) in enumerate(items):
            t.flags[kind] = mark
            t.low[kind] = <u16>(kind | (HINT_BIT if mark & IS_HINT else 0) | (mark & 0xFF) << 8)
            t.single[kind] = value
            # What stands in front of numbers is passed over where none follows.
            t.alone[kind] = SHAPE_THERE | (SHAPE_DIGIT if mark & 0xFF == IS_DIGIT else 0)
            t.alone[kind] |= value & 0xFF00 if value & 0xFF == BEFORE else value
            if mark & 0xFF != IS_DIGIT and mark & 0xFF != IS_HAN or mark & IS_ASKED:
                t.alone[kind] = SHAPE_NONE
        t.look.pairs = <const Pair*>&pairs_view[0]
        t.look.words = <const Word*>&words_view[0]
        t.look.names = <const Name*>&names_view[0]
        t.look.begins = <const Begin*>&begins_view[0]
        t.look.rest = &rest_view[0]
        t.group = &group_view[0]
        t.divisions = <const Division*>&divisions_view[0]
        t.points = &points_view[0]
        fill_worth(t.points, <Worth*>&worth_view[0])
        t.worth = <const Worth*>&worth_view[0]
        t.latin_keys = &latin_keys[0]
        t.latin_kinds = &latin_kinds[0]

    def find(
        self, const u8[::1] data, const int[::1] start, const int[::1] end, bint keep_parts=False,
        const u16[::1] kinds=None, const u8[::1] asked=None,
    ):
        """Spans in the cells ``data[start[i]:end[i]]``; with ``kinds`` uint16[n] (``kernels.profile``) only in those
        whose kinds have a 1 in ``asked`` uint8[65536].

        Returns cell, start, end int32, checks uint32, score int32 (one each span), first_part int32 and parts
        int32[n, 4] (kind, start, end, points), the last two empty unless ``keep_parts``. Offsets are bytes in the cell.
        """
        cdef Py_ssize_t i, n = start.shape[0]
        cdef Found f
        cdef const Tables* t = &self.tables
        cdef const u8* bytes_at
        cdef int length = <int>data.shape[0], size, wide = self.tables.signs.wide
        cdef bint skips = self.skips and not keep_parts, chosen = kinds is not None
        cdef Like like
        cdef Room room
        cdef Page* page
        if end.shape[0] != n:
            raise ValueError("start and end differ in length")
        if kinds is not None and (kinds.shape[0] != n or asked is None or asked.shape[0] != 65536):
            raise ValueError("not all cells have kinds, or not all kinds are asked about")
        memset(&f, 0, sizeof(f))
        memset(&like, 0, sizeof(like))
        f.keep_parts = keep_parts
        try:
            room = self.rooms.pop()
        except IndexError:
            room = Room()
        page = room.page
        no_cells(&page.run)
        try:
            if length:
                bytes_at = &data[0]
                with nogil:
                    for i in range(n):
                        if chosen and not asked[kinds[i]]:
                            continue
                        fetch_page_ahead(bytes_at, &start[0], &end[0], i, n)
                        if start[i] < 0 or end[i] > length or end[i] - start[i] < 6:
                            continue
                        size = end[i] - start[i]
                        like.size = 0
                        if skips:
                            if size <= SHORT_CELL:
                                if is_bare(&t.signs, bytes_at + start[i], size, length - start[i]):
                                    continue
                            elif is_like(&like, room.likes, wide, bytes_at + start[i], size):
                                continue
                        if size > RUN:
                            _page(t, page, bytes_at, &start[0], &end[0], room.likes, wide, &f)
                            _cell(t, page, bytes_at, start[i], end[i], <int>i, &f)
                            continue
                        if not has_room(&page.run, size):
                            _page(t, page, bytes_at, &start[0], &end[0], room.likes, wide, &f)
                        page.cell[page.run.cells] = <int>i
                        page.compared[page.run.cells] = like.size != 0
                        if not copy_cell(&t.signs, &page.run, bytes_at + start[i], size):
                            drop_cell(&page.run)
                            if maybe_latin(bytes_at, start[i], end[i]):
                                _page(t, page, bytes_at, &start[0], &end[0], room.likes, wide, &f)
                                latin_cell(t, bytes_at, start[i], end[i], <int>i, &f)
                    _page(t, page, bytes_at, &start[0], &end[0], room.likes, wide, &f)
            if f.failed:
                raise MemoryError
            return (
                _ints(f.cell, f.size), _ints(f.start, f.size), _ints(f.end, f.size),
                _ints(<int*>f.checks, f.size).view(np.uint32), _ints(f.score, f.size),
                _ints(f.first_part, f.size if keep_parts else 0), _ints(<int*>f.parts, f.parts_size * 4).reshape(-1, 4),
            )
        finally:
            self.rooms.append(room)
            free(f.cell)
            free(f.start)
            free(f.end)
            free(f.checks)
            free(f.score)
            free(f.first_part)
            free(f.parts)


cdef _ints(int* values, int size):
    if size == 0:
        return np.zeros(0, np.int32)
    return np.asarray(<int[:size]>values).copy()
