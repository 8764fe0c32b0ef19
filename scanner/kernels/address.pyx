"""Finds addresses 地址 in UTF-8 cells: words of the lexicon first, the gazetteer where there are any.

A run is a stretch of characters without a hard break (newline, 。, ；). It is decoded once into flat arrays, and a
filter tells where a word or a division's name may begin, so the grammar looks at few characters. Parts are
collected left to right into a span, and a span is scored when it ends. Points, words and divisions are data
(patterns/address.toml, divisions.csv). address_decode.h: the arrays; address_text: the tables; address_tables:
how they are made; address_parse: the grammar; address_score: the points.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from scanner.kernels.address_latin cimport *
from scanner.kernels.address_parse cimport *
from scanner.kernels.address_score cimport *
from scanner.kernels.address_text cimport *

import numpy as np

from scanner.kernels.address_tables import (
    division_table, kind_table, latin_table, name_table, pair_filter, word_table,
)

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const u8* data, const int* start, const int* end, long long at, long long count)


cdef extern from "address_skip.h" nogil:
    enum:
        SHORT_CELL
    ctypedef struct Likes:
        pass
    ctypedef struct Like:
        int size
    int is_bare(const Signs* s, const u8* data, int size)
    int can_compare_wide(int path)
    int is_like(Like* like, const Likes* known, int wide, const u8* data, int size)
    void keep_like(const Like* like, Likes* known)


cdef class Skipped:
    """Cells that held nothing, for one call at a time."""

    cdef Likes* likes

    def __cinit__(self):
        self.likes = <Likes*>calloc(1, sizeof(Likes))
        if not self.likes:
            raise MemoryError

    def __dealloc__(self):
        free(self.likes)


cdef inline int _ready(const Tables* t, Run* run) noexcept nogil:
    """Makes a cell that was decoded at once ready to be parsed; 0 if it holds no ending and no unit."""
    run.holds = kinds_of(&t.signs, run)
    if not run.holds & HOLDS_HINT:
        return 0
    pairs_of(&t.signs, run)
    return 1


cdef inline void _whole(const Tables* t, Run* run, int cell, Found* f) noexcept nogil:
    """Parses the runs of a cell that was decoded at once."""
    cdef int at, size = run.size, first = 1
    run.begin = 0
    if not run.holds & HOLDS_HARD:
        run.stop = size
        run.cell_start = run.cell_end = 1
        parse(t, run, cell, f)
        return
    for at in range(size + 1):
        if at < size and not flags_at(t, run, at) & IS_HARD:
            continue
        if at > run.begin:
            run.stop = at
            run.cell_start = first
            run.cell_end = at == size or _only_blank(run, at)
            parse(t, run, cell, f)
            first = 0
        if at < size and run.ch[at] != 0x0A and run.ch[at] != 0x0D:
            first = 0
        run.begin = at + 1


cdef inline int _only_blank(const Run* run, int at) noexcept nogil:
    """Blank lines behind a run do not keep it from filling its cell."""
    while at < run.size:
        if run.ch[at] > 0x20:
            return 0
        at += 1
    return 1


cdef inline void _run(const Tables* t, Run* run, int cell, Found* f) noexcept nogil:
    run.ch[run.size] = 0
    if not kinds_of(&t.signs, run) & HOLDS_HINT:
        return
    pairs_of(&t.signs, run)
    run.begin = 0
    run.stop = run.size
    parse(t, run, cell, f)


cdef void _cell(const Tables* t, Run* run, const u8* data, int begin, int stop, int cell, Found* f) noexcept nogil:
    """Splits a cell into runs, character by character, and parses those that hold an ending or a unit."""
    cdef int at = begin, step, ch = 0, first = 1, hard
    run.size = 0
    while at < stop:
        step = decode(data, at, stop, &ch)
        hard = step == 0
        if hard:
            step = 1
            ch = 0xFFFD
        else:
            hard = t.flags[t.signs.kind_of[ch]] & IS_HARD
        if hard or run.size == RUN:
            if run.size:
                run.near[run.size] = <u16>(at - begin - run.base)
                run.cell_start = first
                run.cell_end = hard and _rest_blank(data, at, stop)
                _run(t, run, cell, f)
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
        _run(t, run, cell, f)


cdef inline int _rest_blank(const u8* data, int at, int stop) noexcept nogil:
    while at < stop:
        if data[at] > 0x20:
            return 0
        at += 1
    return 1


cdef inline int _has_chinese(const u8* data, int at, int stop) noexcept nogil:
    cdef int i
    cdef u8 any = 0
    while at + 16 <= stop:
        any = 0
        for i in range(16):
            any |= data[at + i]
        if any & 0x80:
            return 1
        at += 16
    while at < stop:
        if data[at] & 0x80:
            return 1
        at += 1
    return 0


cdef class Parser:
    """The lexicon, the gazetteer and the points in flat arrays; immutable, so threads may share it.

    ``flags`` uint8[65536]; ``words`` with ``values`` (named kind | numbered kind << 8); ``names`` with ``groups``
    (1 + index into ``group``); ``group`` int32 (division << 1 | full, -1 ends); ``parent`` int32, ``level`` uint8 by
    division; ``points`` int32 by kind and slot; ``latin`` kinds by lower-case word. ``path`` 1 does without vector
    instructions, 3 without the widest; 2 looks at every cell (all for tests).
    """

    cdef Tables tables
    cdef list kept
    cdef list skipped  # those that no call uses at this time
    cdef int wide
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
        for first in {name[0] for name in names}:
            marks[ord(first)] |= HAS_NAME
        kind_of, items, starts = kind_table(marks, single)
        rest = [0]
        divisions = division_table(parent, level)
        word_rows, pairs, word_hash, word_begins = word_table(words, values, rest)
        name_rows, name_hash = name_table(names, groups, group, divisions, rest)
        divisions = divisions.view(np.uint8)
        filled = pair_filter(word_begins, {name[:2] for name in names})
        if len(rest) > 0xFFFF:
            raise ValueError("too many words for one table")
        worth = np.zeros((LOCAL_KINDS >> TOWN) + 1, np.uint64)  # struct Worth
        latin_rows = latin_table(latin)
        rest = np.array(rest, np.uint16)
        self.skipped = []
        self.wide = can_compare_wide(path)
        # Cells are compared without their digits, so these must all be the same to the grammar.
        alike = len({*kind_of[0x30:0x3A].tolist()}) == 1
        self.skips = path < 2 and alike and not any(0x30 <= code < 0x3A for code in codes)
        self.kept = [rest, word_hash, name_hash, kind_of, word_rows, name_rows, pairs, filled, divisions, worth,
                     group, points, *latin_rows]
        cdef const u8[::1] kind_view = kind_of
        cdef const u32[::1] filled_view = filled
        cdef const u8[::1] pairs_view = pairs
        cdef const u8[::1] words_view = word_rows
        cdef const u8[::1] names_view = name_rows
        cdef const u16[::1] rest_view = rest
        cdef const u8[::1] divisions_view = divisions
        cdef u64[::1] worth_view = worth
        cdef const int[::1] group_view = group
        cdef const int[::1] points_view = points
        cdef const u64[::1] latin_keys = latin_rows[0]
        cdef const u8[::1] latin_kinds = latin_rows[1]
        cdef const u16[::1] word_shift = word_hash[2]
        cdef const u16[::1] name_shift = name_hash[2]
        cdef Tables* t = &self.tables
        t.pair_hash.factor = word_hash[0]
        t.pair_hash.mask = word_hash[1]
        t.pair_hash.shift = &word_shift[0]
        t.name_hash.factor = name_hash[0]
        t.name_hash.mask = name_hash[1]
        t.name_hash.shift = &name_shift[0]
        t.signs.kind_of = &kind_view[0]
        t.signs.pairs = &filled_view[0]
        (t.signs.numeric_hint, t.signs.hard, t.signs.other, t.signs.hint, t.signs.plain, t.signs.no_hint) = starts
        t.signs.fast = can_be_fast(path)
        for kind, (mark, value) in enumerate(items):
            t.flags[kind] = mark
            t.single[kind] = value
        t.pairs = <const Pair*>&pairs_view[0]
        t.words = <const Word*>&words_view[0]
        t.names = <const Name*>&names_view[0]
        t.rest = &rest_view[0]
        t.group = &group_view[0]
        t.divisions = <const Division*>&divisions_view[0]
        t.points = &points_view[0]
        fill_worth(t.points, <Worth*>&worth_view[0])
        t.worth = <const Worth*>&worth_view[0]
        t.latin_keys = &latin_keys[0]
        t.latin_kinds = &latin_kinds[0]

    def find(self, const u8[::1] data, const int[::1] start, const int[::1] end, bint keep_parts=False):
        """Spans in the cells ``data[start[i]:end[i]]``.

        Returns cell, start, end int32, checks uint32, score int32 (one each span), first_part int32 and parts
        int32[n, 4] (kind, start, end, points), the last two empty unless ``keep_parts``. Offsets are bytes in the cell.
        """
        cdef Py_ssize_t i, n = start.shape[0]
        cdef Found f
        cdef Run run
        cdef const Tables* t = &self.tables
        cdef int decoded
        cdef const u8* bytes_at
        cdef int length = <int>data.shape[0], size, found, wide = self.wide
        cdef bint skips = self.skips and not keep_parts
        cdef Like like
        cdef Skipped skipped = None
        cdef Likes* likes = NULL
        if end.shape[0] != n:
            raise ValueError("start and end differ in length")
        memset(&f, 0, sizeof(f))
        memset(&like, 0, sizeof(like))
        f.keep_parts = keep_parts
        if skips:
            try:
                skipped = self.skipped.pop()
            except IndexError:
                skipped = Skipped()
            likes = skipped.likes
        try:
            if length:
                bytes_at = &data[0]
                with nogil:
                    for i in range(n):
                        fetch_ahead(bytes_at, &start[0], &end[0], i, n)
                        if start[i] < 0 or end[i] > length or end[i] - start[i] < 6:
                            continue
                        size = end[i] - start[i]
                        if skips:
                            if size <= SHORT_CELL:
                                if is_bare(&t.signs, bytes_at + start[i], size):
                                    continue
                            elif is_like(&like, likes, wide, bytes_at + start[i], size):
                                continue
                        found = f.size
                        decoded = decode_whole(&t.signs, bytes_at, length, start[i], end[i], &run)
                        if decoded > 0:
                            if _ready(t, &run):
                                _whole(t, &run, <int>i, &f)
                        elif decoded == 0 and _has_chinese(bytes_at, start[i], end[i]):
                            _cell(t, &run, bytes_at, start[i], end[i], <int>i, &f)
                        elif maybe_latin(bytes_at, start[i], end[i]):
                            latin_cell(t, bytes_at, start[i], end[i], <int>i, &f)
                        if skips and size > SHORT_CELL and f.size == found:
                            keep_like(&like, likes)
            if f.failed:
                raise MemoryError
            return (
                _ints(f.cell, f.size), _ints(f.start, f.size), _ints(f.end, f.size),
                _ints(<int*>f.checks, f.size).view(np.uint32), _ints(f.score, f.size),
                _ints(f.first_part, f.size if keep_parts else 0), _ints(<int*>f.parts, f.parts_size * 4).reshape(-1, 4),
            )
        finally:
            if skipped is not None:
                self.skipped.append(skipped)
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
