"""Makes the tables of the address kernel from its words, names and divisions."""

from scanner.kernels.address_latin cimport LETTERS
from scanner.kernels.address_text cimport *

from libc.string cimport memset

import numpy as np


cdef u64 _packed(str text, Py_ssize_t first=0):
    """Four characters from ``first`` on as one number, the first in the low bits; fewer where the text ends."""
    cdef Py_ssize_t at
    cdef u64 packed = 0
    for at in range(first, min(len(text), first + TAIL)):
        packed |= <u64><u16>ord(text[at]) << 16 * (at - first)
    return packed


cdef u64 _counts(Py_ssize_t size):
    """The bits of a tail that count in a word of ``size``."""
    return ~<u64>0 >> 16 * (TAIL - min(size - 2, TAIL)) if size > 2 else 0


cdef int _shifts(const u32[::1] keys, u32 factor, u32 mask, u16[::1] shift, u8[::1] taken, const int[::1] order):
    """Finds shifts that give each key a slot of its own, for keys sorted by group; 0 if there are none."""
    cdef Py_ssize_t first = 0, last, at
    cdef u32 group, move, slot
    while first < order.shape[0]:
        group = <u32>(keys[order[first]] * factor) >> (32 - GROUP_BITS)
        last = first
        while last < order.shape[0] and <u32>(keys[order[last]] * factor) >> (32 - GROUP_BITS) == group:
            last += 1
        for move in range(mask + 1):
            at = first
            while at < last:
                slot = (<u32>(keys[order[at]] * factor) >> 8 ^ move) & mask
                if taken[slot]:
                    break
                taken[slot] = 1
                at += 1
            if at == last:
                break
            while at > first:
                at -= 1
                taken[(<u32>(keys[order[at]] * factor) >> 8 ^ move) & mask] = 0
        else:
            return 0
        shift[group] = <u16>move
        first = last
    return 1


def _hash(keys):
    """A hash without collisions: factor, mask, shifts uint16, and the slot of each key."""
    whole = np.array(keys, np.uint32)
    mask = (1 << (len(keys) * 10 // 9).bit_length()) - 1
    for number in range(100):
        factor = 0x9E3779B1 + 2 * number
        if number == 20:
            mask = 2 * mask + 1
        if mask > 0xFFFF:
            raise ValueError("too many words for one table")
        mixed = whole * np.uint32(factor)
        group = mixed >> np.uint32(32 - GROUP_BITS)
        sizes = np.bincount(group.astype(np.int64), minlength=1 << GROUP_BITS)[group.astype(np.int64)]
        order = np.lexsort((group, -sizes)).astype(np.int32)  # the largest groups choose first
        shift = np.zeros((1 << GROUP_BITS) + 1, np.uint16)
        if _shifts(whole, factor, mask, shift, np.zeros(mask + 1, np.uint8), order):
            return factor, mask, shift, ((mixed >> np.uint32(8)) ^ shift[group]) & np.uint32(mask)
    raise ValueError("no hash without collisions for the words")


def word_table(list words, list values, list rest):
    """Bytes of struct Word and of struct Pair, and the hash; adds to ``rest`` what the tails leave out."""
    rows = []
    found = {}
    for word, value in zip(words, values):
        if len(word) > 1:
            found.setdefault(word[:2], []).append((word, value))
    keys = [<u32>_packed(pair) for pair in found]
    hashed = _hash(keys)
    pairs = np.zeros(hashed[1] + 1, [("key", "<u4"), ("value", "<u2"), ("thirds", "<u2"), ("words", "<u4")])
    pairs["key"][hashed[3]] = keys
    for slot, group in zip(hashed[3], found.values()):
        pairs["words"][slot] = len(rows)
        pairs["value"][slot] = sum(value for word, value in group if len(word) == 2)
        pairs["thirds"][slot] = sum({1 << (ord(word[2]) & 15) for word, _ in group if len(word) > 2})
        group.sort(key=lambda item: -len(item[0]))
        longer = [(word, value) for word, value in group if len(word) > 2]
        for left, (word, value) in enumerate(longer, 1 - len(longer)):
            rows.append((_packed(word, 2), _counts(len(word)), value, len(rest), len(word), left == 0))
            rest += [ord(ch) for ch in word[2 + TAIL:]]
    kind = np.dtype([("tail", "<u8"), ("counts", "<u8"), ("value", "<u2"), ("far", "<u2"), ("length", "u1"), ("last", "u1")],
                    align=True)
    return np.array(rows or [(0,) * 6], kind).view(np.uint8), pairs.view(np.uint8), hashed, found


cdef int _factor(const u16* thirds, int count, int size, u8* taken) noexcept nogil:
    """A factor that gives each third character a row of its own among ``size``; -1 if there is none.

    ``taken``: ``size`` bytes.
    """
    cdef int factor, at, row
    for factor in range(1, 0x10000, 2):
        memset(taken, 0, size)
        for at in range(count):
            row = _row_of(thirds[at], factor, size)
            if taken[row]:
                break
            taken[row] = 1
        else:
            return factor
    return -1


cdef inline int _row_of(u16 third, int factor, int size) noexcept nogil:
    return <int>(<u32>(<u16>(<u32>third * <u32>factor)) * <u32>size >> 16)


cdef _rows_of(thirds, u16[::1] room, u8[::1] taken):
    """The factor and the number of rows for these characters, and the row of each. ``room``, ``taken``: for work."""
    cdef int count = len(thirds), size = count, factor = -1, at
    if count < 2:
        return 0, size, [0] * count
    for at in range(count):
        room[at] = <u16>ord(thirds[at])
    while True:
        if size > taken.shape[0]:
            raise ValueError("too many names for one table")
        factor = _factor(&room[0], count, size, &taken[0])
        if factor >= 0:
            return factor, size, [_row_of(room[at], factor, size) for at in range(count)]
        size += 1


def _longest_first(item):
    return -len(item[0])


def name_table(list names, list groups, group, divisions, list rest):
    """Bytes of struct Name and of struct Begin, and the hash; adds to ``rest`` what the tails leave out."""
    cdef str name
    cdef int slot, row, size, free = 1  # row 0: no name
    begins = {}
    for name, index in zip(names, groups):
        begins.setdefault(name[:2], {}).setdefault(name[2:3], []).append((name, index))
    keys = [<u32>_packed(begin) for begin in begins]
    hashed = _hash(keys)
    table = np.zeros(hashed[1] + 1, [("key", "<u4"), ("alone", "<u2"), ("rows", "<u2"), ("factor", "<u2"), ("size", "<u2")])
    table["key"][hashed[3]] = keys
    cdef u16[:, ::1] places_of = np.zeros((hashed[1] + 1, 4), np.uint16)  # alone to size
    cdef u16[::1] room = np.empty(len(names), np.uint16)
    cdef u8[::1] taken = np.empty(0x10000, np.uint8)
    held = []   # row, name, group, the next row
    for slot, thirds in zip(hashed[3].tolist(), begins.values()):
        alone = thirds.pop("", None)
        factor, size, places = _rows_of([*thirds], room, taken)
        if free + size + len(thirds) > 0xFFFF:
            raise ValueError("too many names for one table")
        places_of[slot, 1] = free if size else 0
        places_of[slot, 2] = factor
        places_of[slot, 3] = size
        chains = [(free + place, sorted(chain, key=_longest_first)) for place, chain in zip(places, thirds.values())]
        free += size
        if alone:
            places_of[slot, 0] = free
            chains.append((free, alone))
            free += 1
        for row, chain in chains:
            for left, (name, index) in enumerate(chain, 1 - len(chain)):
                held.append((row, name, index, free if left else 0))
                if left:
                    row = free
                    free += 1
    if free > 0xFFFF:
        raise ValueError("too many names for one table")
    for at, field in enumerate(("alone", "rows", "factor", "size")):
        table[field] = np.asarray(places_of)[:, at]
    rows = np.zeros(free, [
        ("tail", "<u8"), ("counts", "<u8"), ("group", "<u2"), ("far", "<u2"), ("more", "<u2"), ("division", "<i2"),
        ("above", "<i2", 2), ("length", "u1"), ("level", "u1"), ("unsure", "u1"), ("full", "u1"),
    ])
    rows["tail"] = 0xD800   # half of a surrogate pair, which no text has
    rows["counts"] = _counts(3)
    where, texts, first, more = zip(*held) if held else ((), (), (), ())
    where = np.array(where, np.int64)
    first = np.array(first, np.int64) - 1
    more = np.array(more, np.uint16)
    sizes = np.array([len(name) for name in texts], np.int64)
    division = np.where(group[first + 1] < 0, group[first] >> 1, -1)
    rows["tail"][where] = np.array([_packed(name, 2) for name in texts], np.uint64)
    rows["group"][where] = first
    rows["more"][where] = more
    rows["length"][where] = sizes
    rows["counts"][where] = np.array([_counts(size) for size in range(256)], np.uint64)[sizes]
    rows["division"][where] = division
    rows["above"][where] = np.where(division[:, None] < 0, -1, divisions["above"][division])
    rows["level"][where] = divisions["level"][division]
    rows["unsure"][where] = (more != 0) | (sizes > 2 + TAIL) << 1
    rows["full"][where] = group[first] & 1
    for at in np.flatnonzero(sizes > 2 + TAIL).tolist():
        rows["far"][where[at]] = len(rest)
        rest += [ord(ch) for ch in texts[at][2 + TAIL:]]
    return rows.view(np.uint8), table.view(np.uint8), hashed


def kind_table(marks, single):
    """The kind of each character, uint8[65536]; flags and value of each kind; the first kind of plain characters.

    ``marks``: IS_, HAS_ and IS_HINT by character; ``single``: the value of a character as a word by itself. Plain are
    those that the grammar looks at only where a word or name may begin.
    """
    both = marks.astype(np.uint32) << 16 | single
    found, index = np.unique(both, return_inverse=True)
    items = [(int(value) >> 16, int(value) & 0xFFFF) for value in found]
    plain = [not value and mark & ~(HAS_WORD | HAS_NAME | IS_HINT | IS_ASKED) == PLAIN for mark, value in items]
    order = sorted(range(len(items)), key=lambda at: plain[at])
    if len(order) > 128:
        raise ValueError("too many kinds of characters")
    number = np.zeros(len(order), np.uint8)
    number[order] = np.arange(len(order))
    return number[index.reshape(-1)], [items[at] for at in order], len(items) - sum(plain)


cdef _groups(begins, int count, u32[::1] signs, int first_of, int second_of, int none):
    """Puts the first characters of words into groups, so that two characters that begin no word seldom share one.

    Each first character is put where it and the second characters that are there add the fewest pairs, weighed by how
    often a character stands in ``begins``. The group goes to the bits of the first from ``first_of`` on (``none`` of
    all others), and to one bit of the second from ``second_of`` on.
    """
    cdef double[::1] weight = np.zeros(65536)
    cdef double[::1] firsts = np.zeros(count), seconds = np.zeros(count)
    cdef u16[::1] held = np.zeros(65536, np.uint16)  # by second character: the groups it is in
    cdef double known, cost, least, behind
    cdef int group, best, first, second
    followers = {}
    for begin in sorted(begins):
        followers.setdefault(ord(begin[0]), []).append(ord(begin[1]))
        weight[ord(begin[0])] += 1
        weight[ord(begin[1])] += 1
    for first in range(65536):
        signs[first] |= <u32>none << first_of
    for first, behind_it in sorted(followers.items(), key=lambda item: (-len(item[1]), item[0])):
        behind = 0
        for second in behind_it:
            behind += weight[second]
        best = 0
        least = 1e300
        for group in range(count):
            known = 0
            for second in behind_it:
                if held[second] >> group & 1:
                    known += weight[second]
            cost = (behind - known) * firsts[group] + (seconds[group] - known) * weight[first]
            if cost < least:
                least = cost
                best = group
        firsts[best] += weight[first]
        signs[first] ^= <u32>(none ^ best) << first_of
        for second in behind_it:
            if not held[second] >> best & 1:
                held[second] |= <u16>(1 << best)
                seconds[best] += weight[second]
                signs[second] |= <u32>1 << (second_of + best)


def sign_table(kind_of, words, names):
    """All that is asked of a character, uint32[65536]: see address_decode.h.

    ``words``, ``names``: the two characters that words and names of two and more begin with.
    """
    signs = kind_of.astype(np.uint32)
    _groups(words, WORD_GROUPS, signs, FIRST_OF_WORD, SECOND_OF_WORD, NO_WORD)
    _groups(names, NAME_GROUPS, signs, FIRST_OF_NAME, SECOND_OF_NAME, NO_NAME)
    return signs


def division_table(parent, level):
    """Rows of struct Division; raises ValueError where a division lies in more than two others."""
    table = np.full(len(parent) or 1, -1, [("above", "<i2", 2), ("level", "<i2"), ("holds", "<i2")])
    up = np.append(parent, -1)
    if len(parent) > 0x7FFF or (up[up[parent]] >= 0).any():
        raise ValueError("too many divisions, or levels of divisions")
    table["above"][: len(parent), 0] = parent
    table["above"][: len(parent), 1] = up[parent]
    table["level"][: len(parent)] = level
    table["holds"] = 0
    table["holds"][parent[parent >= 0]] = 1
    return table


def last_table(list names, list groups, group, divisions):
    """The characters that most full names of divisions end with in which no others lie: struct Lasts, uint8[3, 64]."""
    cdef str name, last
    cdef const int[::1] divisions_of = group
    cdef const short[::1] holds = np.ascontiguousarray(divisions["holds"])
    cdef int division
    counts = {}
    for name, index in zip(names, groups):
        division = divisions_of[<int>index - 1]
        last = name[len(name) - 1]
        if division & 1 and not holds[division >> 1] and ord(last) >= 0x800:
            counts[last] = counts.get(last, 0) + 1
    table = np.zeros((3, 64), np.uint8)
    usual = [last for last in sorted(counts, key=lambda last: (-counts[last], last)) if counts[last] * 100 > sum(counts.values())]
    for at, last in enumerate(usual[:LASTS]):
        for place, byte in enumerate(last.encode()):
            table[place, byte & 63] |= 1 << at
    return table


def latin_table(dict words):
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
