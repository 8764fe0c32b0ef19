"""Finds addresses 地址 in UTF-8 cells: words of the lexicon first, the gazetteer where there are any.

A run is a stretch of characters without a hard break (newline, 。, ；). It is decoded once into flat arrays, and a
filter tells where a word or a division's name may begin, so the grammar looks at few characters. Parts are
collected left to right into a span, and a span is scored when it ends. Points, words and divisions are data
(patterns/address.toml, divisions.csv). address_decode.h: the arrays; address_text: the tables; address_parse: the
grammar; address_score: the points.
"""

from libc.stdlib cimport free
from libc.string cimport memset

from scanner.kernels.address_latin cimport *
from scanner.kernels.address_parse cimport *
from scanner.kernels.address_score cimport *
from scanner.kernels.address_text cimport *

import numpy as np

cdef extern from "lookup.h" nogil:
    void fetch_ahead(const u8* data, const int* start, const int* end, long long at, long long count)


cdef inline int _ready(const Tables* t, Run* run) noexcept nogil:
    """Makes a cell that was decoded at once ready to be parsed; 0 if it holds no ending and no unit."""
    cdef u64 bits
    run.holds = kinds_of(&t.signs, run)
    if not run.holds & HOLDS_HINT:
        return 0
    pairs_of(&t.signs, run)
    bits = run.names[0]
    while bits:
        fetch_name(t, run, first_bit(bits))
        bits &= bits - 1
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


def _sorted(list words, list values, int size):
    """The words and values of ``size`` characters and more by the characters they begin with, longest first."""
    found = {}
    for word, value in zip(words, values):
        if len(word) > 255 or not 0 < value < 0x10000:
            raise ValueError("a word or value too large for its table")
        if len(word) > 1:
            found.setdefault(word[:size], []).append((word, value))
    for group in found.values():
        group.sort(key=lambda item: -len(item[0]))
    return found


def _packed(str text):
    """The first four characters as one number, the first in the low bits."""
    return sum(ord(ch) << (16 * at) for at, ch in enumerate(text[:TAIL]))


cdef int _shifts(const u64[::1] keys, u64 factor, u32 mask, u16[::1] shift, u8[::1] taken, const int[::1] order):
    """Finds shifts that give each key a slot of its own, for keys sorted by group; 0 if there are none."""
    cdef Py_ssize_t first = 0, last, at
    cdef u64 group
    cdef u32 move, slot
    while first < order.shape[0]:
        group = keys[order[first]] * factor >> (64 - GROUP_BITS)
        last = first
        while last < order.shape[0] and keys[order[last]] * factor >> (64 - GROUP_BITS) == group:
            last += 1
        for move in range(mask + 1):
            at = first
            while at < last:
                slot = (<u32>(keys[order[at]] * factor >> 30) ^ move) & mask
                if taken[slot]:
                    break
                taken[slot] = 1
                at += 1
            if at == last:
                break
            while at > first:
                at -= 1
                taken[(<u32>(keys[order[at]] * factor >> 30) ^ move) & mask] = 0
        else:
            return 0
        shift[group] = <u16>move
        first = last
    return 1


def _hash(list keys):
    """A hash without collisions: factor, mask, shifts uint16, and the slot of each key."""
    mask = 1
    while mask < 2 * len(keys):
        mask *= 2
    mask -= 1
    if mask > 0xFFFF:
        raise ValueError("too many words for one table")
    whole = np.array(keys, np.uint64)
    for factor in (0x9E3779B97F4A7C15 + 2 * number for number in range(100)):
        group = (whole * np.uint64(factor)) >> np.uint64(64 - GROUP_BITS)
        sizes = np.bincount(group.astype(np.int64), minlength=1 << GROUP_BITS)[group.astype(np.int64)]
        order = np.lexsort((group, -sizes)).astype(np.int32)  # the largest groups choose first
        shift = np.zeros(1 << GROUP_BITS, np.uint16)
        if _shifts(whole, factor, mask, shift, np.zeros(mask + 1, np.uint8), order):
            mixed = whole * np.uint64(factor) >> np.uint64(30)
            return factor, mask, shift, (mixed.astype(np.uint32) ^ shift[group]) & np.uint32(mask)
    raise ValueError("no hash without collisions for the words")


def _words(list words, list values, list rest):
    """Bytes of struct Word and of struct Pair, and the hash; adds to ``rest`` what the tails leave out."""
    found = _sorted(words, values, 2)
    rows = []
    keys = [ord(pair[0]) << 16 | ord(pair[1]) for pair in found]
    hashed = _hash(keys)
    pairs = np.zeros(hashed[1] + 1, [("key", "<u4"), ("words", "<u4")])
    pairs["key"][hashed[3]] = keys
    for slot, group in zip(hashed[3], found.values()):
        pairs["words"][slot] = len(rows)
        for number, (word, value) in enumerate(group):
            half = 32 - 8 * min(len(word) - 2, TAIL)
            rows.append((_packed(word[2:]), value, len(rest), len(word), half, number == len(group) - 1, 0))
            rest += [ord(ch) for ch in word[2 + TAIL:]]
    kind = [("tail", "<u8"), ("value", "<u2"), ("far", "<u2"), ("length", "u1"), ("half", "u1"), ("last", "u1"),
            ("spare", "u1")]
    return np.array(rows or [(0,) * 7], kind).view(np.uint8), pairs.view(np.uint8), hashed, found


def _names(list names, list groups, group, divisions, list rest):
    """Bytes of struct Name, and the hash; adds to ``rest`` what the tails leave out."""
    found = _sorted(names, groups, 3)
    hashed = _hash([_packed(begin) for begin in found])
    firsts = group[np.array(groups, np.int64) - 1] if groups else np.zeros(0, np.int32)
    alone = np.append(group, -1)[groups] < 0
    filled = hashed[1] + 1
    rows = [(0,) * 12] * (filled + len(names))
    if len(rows) > 0xFFFF:
        raise ValueError("too many names for one table")
    above, level = divisions["above"].tolist(), divisions["level"].tolist()
    info = {first: (int(value) >> 1 if single else -1, int(value) & 1)
            for first, value, single in zip(groups, firsts, alone)}
    for (begin, held), at in zip(found.items(), hashed[3].tolist()):
        for number, (name, first) in enumerate(held):
            division, full = info[first]
            up, low = (above[division], level[division]) if division >= 0 else ((-1, -1), 0)
            more = filled if number < len(held) - 1 else 0
            rows[at] = (_packed(begin), _packed(name[3:]), first - 1, len(rest), more, len(name),
                        32 - 8 * max(0, min(len(name) - 3, TAIL)), division, up[0], up[1], low, full)
            rest += [ord(ch) for ch in name[3 + TAIL:]]
            at = filled
            filled += more > 0
    kind = [("key", "<u8"), ("tail", "<u8"), ("group", "<u2"), ("far", "<u2"), ("more", "<u2"), ("length", "u1"),
            ("half", "u1"), ("division", "<i2"), ("above", "<i2"), ("above2", "<i2"), ("level", "u1"), ("full", "u1")]
    return np.array(rows, kind).view(np.uint8), hashed, found


def _filter(words, names):
    """Which two characters a word or name may begin with: sixteen bits each for words and names, uint32[4096]."""
    bits = np.zeros(4096, np.uint32)
    for group, shift in ((words, 0), (names, 16)):
        for begin in group:
            hashed = hash_of_two(ord(begin[0]), ord(begin[1]))
            bits[hashed & 0xFFF] |= np.uint32(1 << ((hashed >> 12) + shift))
    return bits


def _kinds(marks, single):
    """The kind of each character, uint8[65536]; flags and value of each kind; where each class of kinds begins.

    ``marks``: IS_, HAS_ and IS_HINT by character; ``single``: the value of a character as a word by itself. The
    classes are those of Signs in address_decode.h.
    """
    def place(item):
        mark, value = item
        hint = bool(mark & IS_HINT)
        if mark & (IS_DIGIT | IS_LETTER):
            return 1 if hint else 0
        if mark & IS_HARD:
            return 2
        if value or mark & ~(HAS_WORD | HAS_NAME | IS_HINT) != PLAIN:
            return 4 if hint else 3
        return 5 if hint else 6

    both = marks.astype(np.uint32) << 16 | single
    found, index = np.unique(both, return_inverse=True)
    items = [(int(value) >> 16, int(value) & 0xFFFF) for value in found]
    order = sorted(range(len(items)), key=lambda at: place(items[at]))
    if len(order) > 126:
        raise ValueError("too many kinds of characters")
    number = np.zeros(len(order), np.uint8)
    number[order] = np.arange(len(order))
    starts = [sum(place(item) < first for item in items) for first in range(1, 7)]
    return number[index.reshape(-1)], [items[at] for at in order], starts


def _divisions(parent, level):
    """Rows of struct Division; raises ValueError where a division lies in more than two others."""
    table = np.full(len(parent) or 1, -1, [("above", "<i2", 2), ("level", "<i2"), ("spare", "<i2")])
    up = np.append(parent, -1)
    if len(parent) > 0x7FFF or (up[up[parent]] >= 0).any():
        raise ValueError("too many divisions, or levels of divisions")
    table["above"][: len(parent), 0] = parent
    table["above"][: len(parent), 1] = up[parent]
    table["level"][: len(parent)] = level
    return table


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
    division; ``points`` int32 by kind and slot; ``latin`` kinds by lower-case word. ``path`` 1 does without vector
    instructions (for tests).
    """

    cdef Tables tables
    cdef list kept

    def __init__(self, flags, list words, list values, list names, list groups, group, parent, level, points,
                 dict latin, int path=0):
        if len(flags) != 65536 or len(points) < POINTS_SIZE or len(parent) != len(level):
            raise ValueError("arrays of wrong length")
        if any(len(name) < 2 for name in names):
            raise ValueError("a division's name of one character")
        marks = flags.astype(np.uint16)
        single = np.zeros(65536, np.uint32)
        for text, value in zip(words, values):
            marks[ord(text[0])] |= HAS_WORD
            if value >> 8 or 0 < value < DISTRICT:
                marks[ord(text[len(text) - 1])] |= IS_HINT
            if len(text) == 1:
                single[ord(text)] = value
        for text in names:
            marks[ord(text[0])] |= HAS_NAME
        kind_of, items, starts = _kinds(marks, single)
        rest = [0]
        divisions = _divisions(parent, level)
        word_rows, pairs, word_hash, word_begins = _words(words, values, rest)
        name_rows, name_hash, name_begins = _names(names, groups, group, divisions, rest)
        divisions = divisions.view(np.uint8)
        filled = _filter(word_begins, name_begins)
        if len(rest) > 0xFFFF:
            raise ValueError("too many words for one table")
        worth = np.zeros((LOCAL_KINDS >> TOWN) + 1, np.uint64)  # struct Worth
        latin_table = _latin(latin)
        rest = np.array(rest, np.uint16)
        self.kept = [rest, word_hash[2], name_hash[2], kind_of, word_rows, name_rows, pairs, filled, divisions, worth, group, points, *latin_table]
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
        cdef const u64[::1] latin_keys = latin_table[0]
        cdef const u8[::1] latin_kinds = latin_table[1]
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
        cdef Run runs[2]
        cdef Run* run
        cdef Py_ssize_t waiting = -1
        cdef int spare = 0
        cdef const Tables* t = &self.tables
        cdef int decoded
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
                        fetch_ahead(bytes_at, &start[0], &end[0], i, n)
                        if start[i] < 0 or end[i] > length or end[i] - start[i] < 6:
                            continue
                        run = &runs[spare]
                        decoded = decode_whole(&t.signs, bytes_at, length, start[i], end[i], run)
                        if decoded > 0 and not _ready(t, run):
                            continue
                        # The cell before is parsed only now: what the names of this one need is being fetched.
                        if waiting >= 0:
                            _whole(t, &runs[1 - spare], <int>waiting, &f)
                        waiting = -1
                        if decoded > 0:
                            waiting = i
                            spare = 1 - spare
                        if decoded == 0 and _has_chinese(bytes_at, start[i], end[i]):
                            _cell(t, run, bytes_at, start[i], end[i], <int>i, &f)
                        elif decoded <= 0 and maybe_latin(bytes_at, start[i], end[i]):
                            latin_cell(t, bytes_at, start[i], end[i], <int>i, &f)
                    if waiting >= 0:
                        _whole(t, &runs[1 - spare], <int>waiting, &f)
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
