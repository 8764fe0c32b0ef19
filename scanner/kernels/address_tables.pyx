"""Makes the tables of the address kernel from its words, names and divisions."""

from scanner.kernels.address_latin cimport LETTERS
from scanner.kernels.address_text cimport *

from libc.string cimport memset

import numpy as np


def name_groups(full_names, aliases):
    """The names of divisions, for each 1 + the index of its group (int64), and the groups, int32.

    ``full_names``, ``aliases``: by division, aliases with "|" between them. A group has the divisions of a name: their
    index << 1 | whether that is their full name; these come first, and -1 behind them.
    """
    cdef dict holders = {}
    cdef list held
    cdef str name, others
    cdef Py_ssize_t index, at = 0, size = 0
    cdef int value, full
    for index in range(len(full_names)):
        name, others = full_names[index], aliases[index]
        holders.setdefault(name, []).append(index << 1 | 1)
        for name in others.split("|") if others else ():
            full = len(name) > 2 and name[len(name) - 1] in "省市县区旗盟州"
            holders.setdefault(name, []).append(index << 1 | full)
            size += 1
    cdef int[::1] group = np.empty(len(full_names) + size + len(holders), np.int32)
    cdef long long[::1] groups = np.empty(len(holders), np.int64)
    for index, held in enumerate(holders.values()):
        groups[index] = at + 1
        for full in (1, 0):
            for value in held:
                if value & 1 == full:
                    group[at] = value
                    at += 1
        group[at] = -1
        at += 1
    return list(holders), np.asarray(groups), np.asarray(group)


class Texts:
    """Words or names as arrays, by text; raises ValueError for a text of wrong length, or with a character that no text has.

    ``codes`` uint16: all characters behind each other; ``first``, ``size`` int64: where those of a text are. ``head``
    uint32: the first two, the first in the low half; ``third`` uint16; ``tail`` uint64: the four behind the head; these
    three are filled up with zeros. ``counts`` uint64: the bits of the tail that count.
    """

    def __init__(self, list texts, int least):
        joined = "".join(texts)
        room = np.frombuffer(joined.encode("utf-16-le", "surrogatepass") + bytes(4 + 2 * TAIL), np.uint16)
        self.size = np.array([len(text) for text in texts], np.int64)
        self.first = np.cumsum(self.size) - self.size
        self.codes = room[: len(joined)]
        if len(texts) and not least <= self.size.min() <= self.size.max() < 256:
            raise ValueError("a word or name of wrong length")
        if len(room) != len(joined) + 2 + TAIL or not self.codes.all():
            raise ValueError("a word or name with a character beyond the basic plane, or without meaning")
        at = [np.where(self.size > place, room[self.first + place], 0).astype(np.uint64) for place in range(2 + TAIL)]
        self.head = (at[0] | at[1] << np.uint64(16)).astype(np.uint32)
        self.third = at[2].astype(np.uint16)
        self.tail = at[2] | at[3] << np.uint64(16) | at[4] << np.uint64(32) | at[5] << np.uint64(48)
        counts = np.array([0, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF], np.uint64)
        self.counts = counts[np.clip(self.size - 2, 0, TAIL)]

    def behind(self, begin):
        """What the tails leave out, uint16[k], and where that of each text is if all is put at ``begin``, int64."""
        left_out = np.maximum(self.size - 2 - TAIL, 0)
        where = np.cumsum(left_out) - left_out
        place = np.arange(left_out.sum()) + np.repeat(self.first + 2 + TAIL - where, left_out)
        return self.codes[place], begin + where


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
    """A hash of uint32 without collisions: factor, mask, shifts uint16, and the slot of each key."""
    mask = (1 << (len(keys) * 10 // 9).bit_length()) - 1
    for number in range(100):
        factor = 0x9E3779B1 + 2 * number
        if number == 20:
            mask = 2 * mask + 1
        if mask > 0xFFFF:
            raise ValueError("too many words for one table")
        mixed = keys * np.uint32(factor)
        group = mixed >> np.uint32(32 - GROUP_BITS)
        sizes = np.bincount(group.astype(np.int64), minlength=1 << GROUP_BITS)[group.astype(np.int64)]
        order = np.lexsort((group, -sizes)).astype(np.int32)  # the largest groups choose first
        shift = np.zeros((1 << GROUP_BITS) + 1, np.uint16)
        if _shifts(keys, factor, mask, shift, np.zeros(mask + 1, np.uint8), order):
            return factor, mask, shift, ((mixed >> np.uint32(8)) ^ shift[group]) & np.uint32(mask)
    raise ValueError("no hash without collisions for the words")


def word_table(words, values, begin):
    """Bytes of struct Word and of struct Pair, their hash, the heads, and what is put at ``begin`` of the rest.

    ``words``: Texts; ``values``: int64 by word.
    """
    rest, far = words.behind(begin)
    order = np.lexsort((-words.size, words.head))  # the longest of those that begin alike first
    order = order[words.size[order] > 1]
    heads, first = np.unique(words.head[order], return_index=True)
    hashed = _hash(heads)
    pairs = np.zeros(hashed[1] + 1, [("key", "<u4"), ("value", "<u2"), ("thirds", "<u2"), ("words", "<u4")])
    longer = words.size[order] > 2
    if len(heads):
        slots = hashed[3]
        pairs["key"][slots] = heads
        pairs["value"][slots] = np.add.reduceat(np.where(longer, 0, values[order]), first)
        pairs["thirds"][slots] = np.bitwise_or.reduceat(np.where(longer, 1 << (words.third[order] & 15), 0), first)
        pairs["words"][slots] = (np.cumsum(longer) - longer)[first]
    order = order[longer]
    kind = np.dtype([("tail", "<u8"), ("counts", "<u8"), ("value", "<u2"), ("far", "<u2"), ("length", "u1"), ("last", "u1")],
                    align=True)
    rows = np.zeros(len(order) or 1, kind)
    for field, of_word in (
        ("tail", words.tail), ("counts", words.counts), ("value", values), ("far", far), ("length", words.size),
    ):
        rows[field][: len(order)] = of_word[order]
    rows["last"][: len(order)] = words.head[order] != np.append(words.head[order[1:]], 0)
    return rows.view(np.uint8), pairs.view(np.uint8), hashed, heads, rest


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


def name_table(names, groups, group, divisions, begin):
    """Bytes of struct Name and of struct Begin, their hash, the heads, and what is put at ``begin`` of the rest.

    ``names``: Texts; ``groups``: int64 by name, 1 + index into ``group``.
    """
    rest, far = names.behind(begin)
    order = np.lexsort((-names.size, names.third, names.head))
    heads, first = np.unique(names.head[order], return_index=True)
    hashed = _hash(heads)
    cdef const long long[::1] bounds = np.append(first, len(order))
    cdef const u16[::1] third = names.third[order]
    cdef u16[::1] row_of = np.zeros(len(order), np.uint16), more = np.zeros(len(order), np.uint16)
    cdef u16[:, ::1] places = np.zeros((len(heads), 4), np.uint16)  # alone to size
    cdef u16[::1] thirds = np.empty(len(order) + 1, np.uint16)
    cdef u8[::1] taken = np.empty(0x10000, np.uint8)
    cdef int index, at, factor, size, count, base, free = 1  # row 0: no name
    for index in range(bounds.shape[0] - 1):
        count = 0
        for at in range(bounds[index], bounds[index + 1]):
            if third[at] and (at == bounds[index] or third[at] != third[at - 1]):
                thirds[count] = third[at]
                count += 1
        size = count
        factor = 0
        while count > 1:
            if size > taken.shape[0]:
                raise ValueError("too many names for one table")
            factor = _factor(&thirds[0], count, size, &taken[0])
            if factor >= 0:
                break
            size += 1
        if free + size + bounds[index + 1] - bounds[index] > 0xFFFF:
            raise ValueError("too many names for one table")
        base = free
        free += size
        places[index, 1] = <u16>base if size else 0
        places[index, 2] = <u16>factor
        places[index, 3] = <u16>size
        for at in range(bounds[index], bounds[index + 1]):
            row_of[at] = <u16>free
            if at > bounds[index] and third[at] == third[at - 1]:
                more[at - 1] = <u16>free
            elif third[at]:
                row_of[at] = <u16>(base + _row_of(third[at], factor, size))
                continue
            else:
                places[index, 0] = <u16>free
            free += 1
    table = np.zeros(hashed[1] + 1, [("key", "<u4"), ("alone", "<u2"), ("rows", "<u2"), ("factor", "<u2"), ("size", "<u2")])
    table["key"][hashed[3]] = heads
    for at, field in enumerate(("alone", "rows", "factor", "size")):
        table[field][hashed[3]] = np.asarray(places)[:, at]
    rows = np.zeros(free, [
        ("tail", "<u8"), ("counts", "<u8"), ("group", "<u2"), ("far", "<u2"), ("more", "<u2"), ("division", "<i2"),
        ("above", "<i2", 2), ("length", "u1"), ("level", "u1"), ("unsure", "u1"), ("full", "u1"),
    ])
    rows["tail"] = 0xD800   # half of a surrogate pair, which no text has
    rows["counts"] = 0xFFFF
    where = np.asarray(row_of)
    begins = groups[order] - 1
    division = np.where(group[begins + 1] < 0, group[begins] >> 1, -1)
    rows["tail"][where] = names.tail[order]
    rows["counts"][where] = names.counts[order]
    rows["group"][where] = begins
    rows["far"][where] = far[order]
    rows["more"][where] = more
    rows["division"][where] = division
    rows["above"][where] = np.where(division[:, None] < 0, -1, divisions["above"][division])
    rows["length"][where] = names.size[order]
    rows["level"][where] = divisions["level"][division]
    rows["unsure"][where] = (np.asarray(more) != 0) | (names.size[order] > 2 + TAIL) << 1
    rows["full"][where] = group[begins] & 1
    return rows.view(np.uint8), table.view(np.uint8), hashed, heads, rest


def kind_table(marks, single):
    """The kind of each character, uint8[65536]; flags and value of each kind; the first kind of plain characters.

    ``marks``: IS_, HAS_ and IS_HINT by character; ``single``: the value of a character as a word by itself. Plain are
    those that the grammar looks at only where a word or name may begin.
    """
    cdef const u32[::1] both = marks.astype(np.uint32) << 16 | single
    cdef int[::1] index = np.empty(65536, np.int32)
    cdef int code, kind = 0
    cdef dict found = {}
    for code in range(65536):
        if not code or both[code] != both[code - 1]:
            kind = found.setdefault(both[code], len(found))
        index[code] = kind
    items = [(value >> 16, value & 0xFFFF) for value in found]
    plain = [not value and mark & ~(HAS_WORD | HAS_NAME | IS_HINT | IS_ASKED) == PLAIN for mark, value in items]
    order = sorted(range(len(items)), key=lambda at: (plain[at], items[at]))
    if len(order) > 128:
        raise ValueError("too many kinds of characters")
    number = np.zeros(len(order), np.uint8)
    number[order] = np.arange(len(order))
    return number[np.asarray(index)], [items[at] for at in order], len(items) - sum(plain)


cdef _groups(heads, int count, u32[::1] signs, int first_of, int second_of, int none):
    """Puts the first characters of words into groups, so that two characters that begin no word seldom share one.

    Each first character is put where it and the second characters that are there add the fewest pairs, weighed by how
    often a character stands in ``heads``. The group goes to the bits of the first from ``first_of`` on (``none`` of
    all others), and to one bit of the second from ``second_of`` on.
    """
    by_first = np.sort(heads << np.uint32(16) | heads >> np.uint32(16))
    every, begin, sizes = np.unique(by_first >> 16, return_index=True, return_counts=True)
    cdef const u32[::1] pairs = by_first, firsts_of = every
    cdef const long long[::1] first_pair = begin, pairs_of = sizes
    cdef const double[::1] weight = np.bincount(np.append(heads >> 16, heads & 0xFFFF), minlength=65536).astype(float)
    cdef double[::1] firsts = np.zeros(count), seconds = np.zeros(count)
    cdef u16[::1] held = np.zeros(65536, np.uint16)  # by second character: the groups it is in
    cdef double known, cost, least, behind
    cdef int group, best, first, second, at, index
    for first in range(65536):
        signs[first] |= <u32>none << first_of
    for index in np.lexsort((every, -sizes)):
        first = firsts_of[index]
        behind = 0
        for at in range(first_pair[index], first_pair[index] + pairs_of[index]):
            behind += weight[pairs[at] & 0xFFFF]
        best = 0
        least = 1e300
        for group in range(count):
            known = 0
            for at in range(first_pair[index], first_pair[index] + pairs_of[index]):
                second = pairs[at] & 0xFFFF
                if held[second] >> group & 1:
                    known += weight[second]
            cost = (behind - known) * firsts[group] + (seconds[group] - known) * weight[first]
            if cost < least:
                least = cost
                best = group
        firsts[best] += weight[first]
        signs[first] ^= <u32>(none ^ best) << first_of
        for at in range(first_pair[index], first_pair[index] + pairs_of[index]):
            second = pairs[at] & 0xFFFF
            if not held[second] >> best & 1:
                held[second] |= <u16>(1 << best)
                seconds[best] += weight[second]
                signs[second] |= <u32>1 << (second_of + best)


def sign_table(kind_of, words, names):
    """All that is asked of a character, uint32[65536]: see address_decode.h. ``words``, ``names``: their heads."""
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


def last_table(names, groups, group, divisions):
    """The characters that most full names of divisions end with in which no others lie: struct Lasts, uint8[3, 64]."""
    division = group[groups - 1]
    last = names.codes[names.first + names.size - 1]
    found = last[(division & 1 != 0) & (divisions["holds"][division >> 1] == 0) & (last >= 0x800)]
    codes, counts = np.unique(found, return_counts=True)
    usual = [chr(codes[at]) for at in np.lexsort((codes, -counts)) if counts[at] * 100 > len(found)]
    table = np.zeros((3, 64), np.uint8)
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
