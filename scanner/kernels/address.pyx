"""Finds addresses 地址 in UTF-8 cells: words of the lexicon first, the gazetteer where there are any.

Cells are decoded a page at a time into flat arrays, and all words and division names of a page are looked up before
any of it is parsed, so that no look-up waits for another. A run is a stretch of characters without a hard break
(newline, 。, ；). Its parts are collected left to right into a span, and a span is scored when it ends. Points, words
and divisions are data (patterns/address.toml, divisions.csv). address_page: what is done with a cell;
address_known.h: what is known of cells by their bytes; address_decode.h, address_wide.h: the arrays; address_lookup.h: the
look-ups; address_text: the tables; address_tables: how they are made; address_parse, address_long: the grammar;
address_usual, address_shapes.h: its short ways; address_score: the points.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from scanner.kernels.address_page cimport *
from scanner.kernels.address_score cimport *
from scanner.kernels.address_text cimport *

import numpy as np

from scanner.kernels.address_tables import (
    Texts, division_table, kind_table, last_table, latin_table, name_table, sign_table, word_table,
)

cdef class Room:
    """Where one call at a time works: a page of cells, and what is kept of those before."""

    cdef Page* page

    def __cinit__(self):
        self.page = <Page*>calloc(1, sizeof(Page))
        if not self.page:
            raise MemoryError

    def __dealloc__(self):
        if self.page:
            free_found(&self.page.found)
        free(self.page)


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

    def __init__(self, flags, list words, list values, list names, groups, group, parent, level, points,
                 dict latin, int path=0):
        if len(flags) != 65536 or len(points) < POINTS_SIZE or len(parent) != len(level):
            raise ValueError("arrays of wrong length")
        word_texts, name_texts = Texts(words, 1), Texts(names, 2)
        codes = np.append(word_texts.codes, name_texts.codes)
        if (flags[codes] & IS_HARD).any():
            raise ValueError("a word or name with a hard break")
        of_words, of_names = np.array(values, np.int64), np.array(groups, np.int64)
        if not ((0 < of_words) & (of_words < 0x10000)).all() or not ((0 < of_names) & (of_names < 0x10000)).all():
            raise ValueError("a value too large for its table")
        marks = flags.astype(np.uint16)
        first = word_texts.codes[word_texts.first]
        last = word_texts.codes[word_texts.first + word_texts.size - 1]
        marks[first] |= HAS_WORD
        marks[last[(of_words > 0xFF) | (of_words < DISTRICT)]] |= IS_HINT
        marks[[0x7B2C, 0x6708, 0x4E4B]] |= IS_ASKED  # 第, 月, 之
        marks[name_texts.codes[name_texts.first]] |= HAS_NAME
        single = np.zeros(65536, np.uint32)
        single[first[word_texts.size == 1]] = of_words[word_texts.size == 1]
        kind_of, items, plain = kind_table(marks, single)
        divisions = division_table(parent, level)
        word_rows, pairs, word_hash, word_heads, word_rest = word_table(word_texts, of_words, 1)
        name_rows, begins, begin_hash, name_heads, name_rest = name_table(
            name_texts, of_names, group, divisions, 1 + len(word_rest)
        )
        rest = np.concatenate([np.zeros(1, np.uint16), word_rest, name_rest])
        cdef const u8[::1] lasts = last_table(name_texts, of_names, group, divisions).reshape(-1)
        divisions = divisions.view(np.uint8)
        signs = sign_table(kind_of, word_heads, name_heads)
        hints = np.packbits((marks & IS_HINT).astype(bool), bitorder="little").view(np.uint32)
        if len(rest) > 0xFFFF:
            raise ValueError("too many words for one table")
        worth = np.zeros((LOCAL_KINDS >> TOWN) + 1, np.uint64)  # struct Worth
        latin_rows = latin_table(latin)
        self.rooms = []
        # Cells are compared without their digits, so these must all be the same to the grammar.
        alike = len({*kind_of[0x30:0x3A].tolist()}) == 1
        self.skips = path != 2 and alike and not ((0x30 <= codes) & (codes < 0x3A)).any()
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
        t.strides = path != 2 and not any(joins_digits(code) for code in {*first[of_words > 0xFF].tolist()})
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
        memcpy(&t.lasts, &lasts[0], sizeof(Lasts))
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
        cdef Found* f
        cdef const Tables* t = &self.tables
        cdef Task task
        cdef int length = <int>data.shape[0]
        cdef bint skips = self.skips and not keep_parts, chosen = kinds is not None
        cdef Room room
        cdef Page* page
        if end.shape[0] != n:
            raise ValueError("start and end differ in length")
        if kinds is not None and (kinds.shape[0] != n or asked is None or asked.shape[0] != 65536):
            raise ValueError("not all cells have kinds, or not all kinds are asked about")
        try:
            room = self.rooms.pop()
        except IndexError:
            room = Room()
        page = room.page
        f = &page.found
        f.size = f.parts_size = f.failed = 0
        f.keep_parts = keep_parts
        try:
            if length and n:
                task.data = &data[0]
                task.start = &start[0]
                task.end = &end[0]
                with nogil:
                    begin_page(page, skips, t.signs.wide)
                    for i in range(n):
                        if chosen and not asked[kinds[i]]:
                            continue
                        fetch_page_ahead(task.data, task.start, task.end, i, n)
                        if start[i] < 0 or end[i] > length or end[i] - start[i] < 6:
                            continue
                        if (skips and end[i] - start[i] <= SHORT_CELL
                                and is_bare(&t.signs, task.data + start[i], end[i] - start[i], length - start[i])):
                            continue
                        take_cell(t, page, &task, <int>i, f)
                    sort_out(t, page, &task, f)
                    parse_page(t, page, &task, f)
            if f.failed:
                raise MemoryError
            return (
                _ints(f.cell, f.size), _ints(f.start, f.size), _ints(f.end, f.size),
                _ints(<int*>f.checks, f.size).view(np.uint32), _ints(f.score, f.size),
                _ints(f.first_part, f.size if keep_parts else 0), _ints(<int*>f.parts, f.parts_size * 4).reshape(-1, 4),
            )
        finally:
            if f.room > KEPT_ROOM or f.parts_room > KEPT_ROOM:
                free_found(f)
            self.rooms.append(room)


cdef _ints(int* values, int size):
    if size == 0:
        return np.zeros(0, np.int32)
    return np.asarray(<int[:size]>values).copy()
