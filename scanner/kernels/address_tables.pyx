"""Makes the tables of the address kernel from its words, names and divisions."""

from scanner.kernels.address_latin cimport LETTERS
from scanner.kernels.address_text cimport *

import numpy as np


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


def _hash(keys):
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


def word_table(list words, list values, list rest):
    """Bytes of struct Word and of struct Pair, and the hash; adds to ``rest`` what the tails leave out."""
    rows = []
    found = {}
    for word, value in zip(words, values):
        if len(word) > 1:
            found.setdefault(word[:2], []).append((word, value))
    keys = [ord(pair[0]) << 16 | ord(pair[1]) for pair in found]
    hashed = _hash(keys)
    pairs = np.zeros(hashed[1] + 1, [("key", "<u4"), ("words", "<u4")])
    pairs["key"][hashed[3]] = keys
    for slot, group in zip(hashed[3], found.values()):
        pairs["words"][slot] = len(rows)
        group.sort(key=lambda item: -len(item[0]))
        for number, (word, value) in enumerate(group):
            half = 32 - 8 * min(len(word) - 2, TAIL)
            rows.append((_packed(word[2:]), value, len(rest), len(word), half, number == len(group) - 1, 0))
            rest += [ord(ch) for ch in word[2 + TAIL:]]
    kind = [("tail", "<u8"), ("value", "<u2"), ("far", "<u2"), ("length", "u1"), ("half", "u1"), ("last", "u1"),
            ("spare", "u1")]
    return np.array(rows or [(0,) * 7], kind).view(np.uint8), pairs.view(np.uint8), hashed, found


def name_table(list names, list groups, group, divisions, list rest):
    """Bytes of struct Name, and the hash; adds to ``rest`` what the tails leave out."""
    sizes = np.array([len(name) for name in names], np.int64)
    width = max(3 + TAIL, sizes.max(initial=0))
    codes = np.array(names, f"U{width}").view(np.uint32).reshape(-1, width).astype(np.uint64)
    keys = sum(codes[:, at] << np.uint64(16 * at) for at in range(3))
    order = np.lexsort((-sizes, keys))  # names that begin alike, the longest first
    codes, keys, sizes = codes[order], keys[order], sizes[order]
    begins = np.append(True, keys[1:] != keys[: max(len(keys) - 1, 0)])[: len(keys)]
    hashed = _hash(keys[begins])
    if hashed[1] + 1 + len(names) > 0xFFFF:
        raise ValueError("too many names for one table")
    place = np.empty(len(keys), np.int64)
    place[begins] = hashed[3]
    place[~begins] = hashed[1] + 1 + np.arange((~begins).sum())
    first = np.array(groups, np.int64)[order] - 1
    division = np.where(group[first + 1] < 0, group[first] >> 1, -1)
    row = np.zeros(len(keys), [
        ("key", "<u8"), ("tail", "<u8"), ("group", "<u2"), ("far", "<u2"), ("more", "<u2"), ("length", "u1"),
        ("half", "u1"), ("division", "<i2"), ("above", "<i2", 2), ("level", "u1"), ("full", "u1"),
    ])
    row["key"] = keys
    row["tail"] = sum(codes[:, 3 + at] << np.uint64(16 * at) for at in range(TAIL))
    row["group"] = first
    row["more"] = np.where(np.append(begins[1:], True), 0, np.append(place[1:], 0))
    row["length"] = sizes
    row["half"] = 32 - 8 * np.clip(sizes - 3, 0, TAIL)
    row["division"] = division
    row["above"] = np.where(division[:, None] < 0, -1, divisions["above"][division])
    row["level"] = divisions["level"][division]
    row["full"] = group[first] & 1
    for at in (sizes > 3 + TAIL).nonzero()[0]:
        row["far"][at] = len(rest)
        rest += codes[at, 3 + TAIL : sizes[at]].tolist()
    table = np.zeros(hashed[1] + 1 + len(names), row.dtype)
    table[place] = row
    return table.view(np.uint8), hashed


def pair_filter(words, names):
    """Which two characters a word or name may begin with: sixteen bits each for words and names, uint32[4096]."""
    bits = np.zeros(4096, np.uint32)
    cdef u32[::1] view = bits
    cdef int shift
    cdef u16 hashed
    cdef str begin
    for group, shift in ((words, 0), (names, 16)):
        for begin in group:
            hashed = hash_of_two(<u16>ord(begin[0]), <u16>ord(begin[1]))
            view[hashed & 0xFFF] |= <u32>1 << ((hashed >> 12) + shift)
    return bits


def kind_table(marks, single):
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


def division_table(parent, level):
    """Rows of struct Division; raises ValueError where a division lies in more than two others."""
    table = np.full(len(parent) or 1, -1, [("above", "<i2", 2), ("level", "<i2"), ("spare", "<i2")])
    up = np.append(parent, -1)
    if len(parent) > 0x7FFF or (up[up[parent]] >= 0).any():
        raise ValueError("too many divisions, or levels of divisions")
    table["above"][: len(parent), 0] = parent
    table["above"][: len(parent), 1] = up[parent]
    table["level"][: len(parent)] = level
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
