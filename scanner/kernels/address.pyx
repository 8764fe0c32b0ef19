"""Finds addresses 地址 in UTF-8 cells: words of the lexicon first, the gazetteer where there are any.

A run is a stretch of characters without a hard break (newline, 。, ；). It is decoded once into flat arrays;
words and division names are found with two tries in hash tables; parts are collected left to right into a
span, and a span is scored when it ends. Points, words and divisions are data (patterns/address.toml,
divisions.csv). address_text: the run and the tries; address_parse: the grammar; address_score: the points.
"""

from libc.stdlib cimport free
from libc.string cimport memset

from scanner.kernels.address_latin cimport *
from scanner.kernels.address_parse cimport *
from scanner.kernels.address_score cimport *
from scanner.kernels.address_text cimport *

import numpy as np


cdef void _cell(const Tries* t, Run* run, const u8* data, int begin, int stop, int cell, Found* f) noexcept nogil:
    """Splits a cell into runs and parses those that hold an ending or a unit."""
    cdef int at = begin, step, ch = 0, hints = 0, first = 1, hard
    cdef u16 fl = 0
    run.size = 0
    while at < stop:
        step = decode(data, at, stop, &ch)
        hard = step == 0
        if hard:
            step = 1
            ch = 0xFFFD
        else:
            fl = t.flags[ch]
            hard = fl & IS_HARD
        if hard or run.size == RUN:
            if run.size:
                run.at[run.size] = at - begin
                run.cell_start = first
                run.cell_end = 0
                if hints:
                    if hard:
                        # Blank lines behind the run do not keep it from filling its cell.
                        run.cell_end = _rest_blank(data, at, stop)
                    parse(t, run, cell, f)
                first = 0
            run.size = 0
            hints = 0
            if hard:
                if ch != 0x0A and ch != 0x0D:
                    first = 0
                at += step
                continue
        run.ch[run.size] = <u16>ch
        run.at[run.size] = at - begin
        run.flag[run.size] = fl
        run.size += 1
        hints |= fl & IS_HINT
        at += step
    if run.size and hints:
        run.at[run.size] = stop - begin
        run.cell_start = first
        run.cell_end = 1
        parse(t, run, cell, f)


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


def _trie(list words, list values):
    """Root uint16[65536], hash keys and states, values and six-bit filters by state, of ``words`` (UTF-16 characters)."""
    cdef dict step = {}
    cdef list ends = [0]
    cdef int state, key, to, slot, mask
    cdef str word
    cdef u32 h
    root = np.zeros(65536, np.uint16)
    cdef u16[::1] root_view = root
    for word, value in zip(words, values):
        state = root_view[ord(word[0])]
        if not state:
            state = len(ends)
            ends.append(0)
            root_view[ord(word[0])] = state
        for ch in word[1:]:
            h = (<u32>state << 16) | <u32>ord(ch)
            to = step.get(h, 0)
            if not to:
                to = len(ends)
                ends.append(0)
                step[h] = to
            state = to
        ends[state] = value
    if len(ends) >= 65536:
        raise ValueError("too many words for one trie")
    size = 1024
    while size < 2 * len(step):
        size *= 2
    mask = size - 1
    keys = np.zeros(size, np.uint32)
    nexts = np.zeros(size, np.uint16)
    cdef u32[::1] keys_view = keys
    cdef u16[::1] nexts_view = nexts
    leads = np.zeros(len(ends), np.uint64)
    cdef u64[::1] leads_view = leads
    for h, to in step.items():
        leads_view[h >> 16] |= <u64>1 << (h & 63)
        slot = slot_of(h) & mask
        while keys_view[slot]:
            slot = (slot + 1) & mask
        keys_view[slot] = h
        nexts_view[slot] = to
    return root, keys, nexts, np.array(ends, dtype=np.int32), leads


def _latin(dict words):
    """The hash table of the Latin words: keys uint64[1024], kinds uint8[1024]."""
    cdef u64 key
    keys = np.zeros(1024, np.uint64)
    kinds = np.zeros(1024, np.uint8)
    if len(words) > 512 or any(not 0 < len(word) <= LETTERS for word in words):
        raise ValueError("too many Latin words, or one of wrong length")
    for word, kind in words.items():
        key = 0
        for letter in word:
            key = (key << 5) | <u64>(ord(letter) & 31)
        slot = (key * <u64>0x9E3779B97F4A7C15) >> 54
        while keys[slot]:
            slot = (slot + 1) & 1023
        keys[slot] = key
        kinds[slot] = kind
    return keys, kinds


cdef class Parser:
    """The lexicon, the gazetteer and the points in flat arrays; immutable, so threads may share it.

    ``flags`` uint8[65536]; ``words`` with ``values`` (named kind | numbered kind << 8); ``names`` with ``groups``
    (1 + index into ``group``); ``group`` int32 (division << 1 | full, -1 ends); ``parent`` int32, ``level`` uint8 by
    division; ``points`` int32 by kind and slot; ``latin`` kinds by lower-case word.
    """

    cdef Tries tries
    cdef list kept

    def __init__(self, flags, list words, list values, list names, list groups, group, parent, level, points,
                 dict latin):
        word = _trie(words, values)
        name = _trie(names, groups)
        latin_table = _latin(latin)
        if len(flags) != 65536:
            raise ValueError("arrays of wrong length")
        marks = flags.astype(np.uint16)
        marks[word[0] > 0] |= HAS_WORD
        marks[name[0] > 0] |= HAS_NAME
        for text, value in zip(words, values):
            if value >> 8 or 0 < value < DISTRICT:
                marks[ord(text[len(text) - 1])] |= IS_HINT
        self.kept = [marks, *word, *name, group, parent, level, points, *latin_table]
        cdef const u16[::1] flags_view = marks
        cdef const u16[::1] word_root = word[0]
        cdef const u32[::1] word_keys = word[1]
        cdef const u16[::1] word_next = word[2]
        cdef const int[::1] word_value = word[3]
        cdef const u64[::1] word_next64 = word[4]
        cdef const u64[::1] name_next64 = name[4]
        cdef const u16[::1] name_root = name[0]
        cdef const u32[::1] name_keys = name[1]
        cdef const u16[::1] name_next = name[2]
        cdef const int[::1] name_value = name[3]
        cdef const int[::1] group_view = group
        cdef const int[::1] parent_view = parent
        cdef const u8[::1] level_view = level
        cdef const int[::1] points_view = points
        if len(points) < POINTS_SIZE or len(parent) != len(level):
            raise ValueError("arrays of wrong length")
        self.tries.flags = &flags_view[0]
        self.tries.word_root = &word_root[0]
        self.tries.word_keys = &word_keys[0]
        self.tries.word_next = &word_next[0]
        self.tries.word_mask = len(word_keys) - 1
        self.tries.word_value = &word_value[0]
        self.tries.word_next64 = &word_next64[0]
        self.tries.name_next64 = &name_next64[0]
        self.tries.name_root = &name_root[0]
        self.tries.name_keys = &name_keys[0]
        self.tries.name_next = &name_next[0]
        self.tries.name_mask = len(name_keys) - 1
        self.tries.name_value = &name_value[0]
        self.tries.group = &group_view[0]
        self.tries.parent = &parent_view[0]
        self.tries.level = &level_view[0]
        self.tries.points = &points_view[0]
        cdef const u64[::1] latin_keys = latin_table[0]
        cdef const u8[::1] latin_kinds = latin_table[1]
        self.tries.latin_keys = &latin_keys[0]
        self.tries.latin_kinds = &latin_kinds[0]

    def find(self, const u8[::1] data, const int[::1] start, const int[::1] end, bint keep_parts=False):
        """Spans in the cells ``data[start[i]:end[i]]``.

        Returns cell, start, end int32, checks uint32, score int32 (one each span), first_part int32 and parts
        int32[n, 4] (kind, start, end, points), the last two empty unless ``keep_parts``. Offsets are bytes in the cell.
        """
        cdef Py_ssize_t i, n = start.shape[0]
        cdef Found f
        cdef Run run
        cdef const u8* bytes_at
        cdef int length = <int>data.shape[0]
        if end.shape[0] != n:
            raise ValueError("start and end differ in length")
        memset(&f, 0, sizeof(f))
        f.keep_parts = keep_parts
        try:
            if length:
                bytes_at = &data[0]
                with nogil:
                    for i in range(n):
                        if start[i] < 0 or end[i] > length or end[i] - start[i] < 6:
                            continue
                        if _has_chinese(bytes_at, start[i], end[i]):
                            _cell(&self.tries, &run, bytes_at, start[i], end[i], <int>i, &f)
                        elif maybe_latin(bytes_at, start[i], end[i]):
                            latin_cell(&self.tries, bytes_at, start[i], end[i], <int>i, &f)
            if f.failed:
                raise MemoryError
            return (
                _ints(f.cell, f.size), _ints(f.start, f.size), _ints(f.end, f.size),
                _ints(<int*>f.checks, f.size).view(np.uint32), _ints(f.score, f.size),
                _ints(f.first_part, f.size if keep_parts else 0), _ints(<int*>f.parts, f.parts_size * 4).reshape(-1, 4),
            )
        finally:
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
