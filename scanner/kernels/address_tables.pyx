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
    pairs = np.zeros(hashed[1] + 1, [("key", "<u4"), ("value", "<u2"), ("thirds", "<u2"), ("words", "<u4")])
    pairs["key"][hashed[3]] = keys
    for slot, group in zip(hashed[3], found.values()):
        pairs["words"][slot] = len(rows)
        pairs["value"][slot] = sum(value for word, value in group if len(word) == 2)
        pairs["thirds"][slot] = sum({1 << (ord(word[2]) & 15) for word, _ in group if len(word) > 2})
        group.sort(key=lambda item: -len(item[0]))
        for number, (word, value) in enumerate(group):
            half = 32 - 8 * min(len(word) - 2, TAIL)
            rows.append((_packed(word[2:]), value, len(rest), len(word), half, number == len(group) - 1, 0))
            rest += [ord(ch) for ch in word[2 + TAIL:]]
    kind = [("tail", "<u8"), ("value", "<u2"), ("far", "<u2"), ("length", "u1"), ("half", "u1"), ("last", "u1"),
            ("spare", "u1")]
    return np.array(rows or [(0,) * 7], kind).view(np.uint8), pairs.view(np.uint8), hashed, found


def name_table(list names, list groups, group, divisions, list rest):
    """Bytes of struct Name, the hash, and the first row of each slot; adds to ``rest`` what the tails leave out."""
    begins = sorted({name[:2] for name in names} - {*names})
    names = ["", *names, *begins]
    groups = [1, *groups, *[1] * len(begins)]
    if len(names) > 0xFFFF:
        raise ValueError("too many names for one table")
    sizes = np.array([len(name) for name in names], np.int64)
    width = max(3 + TAIL, sizes.max())
    codes = np.array(names, f"U{width}").view(np.uint32).reshape(-1, width).astype(np.uint64)
    keys = sum(codes[:, at] << np.uint64(16 * at) for at in range(3))
    order = np.lexsort((-sizes, keys))  # names that begin alike, the longest first; "" before all
    codes, keys, sizes = codes[order], keys[order], sizes[order]
    first_of_key = np.append(True, keys[1:] != keys[: len(keys) - 1])
    rows = first_of_key.nonzero()[0][1:]
    hashed = _hash(keys[rows])
    slots = np.zeros(hashed[1] + 1, np.uint16)
    slots[hashed[3]] = rows
    first = np.array(groups, np.int64)[order] - 1
    division = np.where(group[first + 1] < 0, group[first] >> 1, -1)
    table = np.zeros(len(keys), [
        ("key", "<u8"), ("tail", "<u8"), ("group", "<u2"), ("far", "<u2"), ("more", "<u2"), ("length", "u1"),
        ("half", "u1"), ("division", "<i2"), ("above", "<i2", 2), ("level", "u1"), ("full", "u1"),
    ])
    table["key"] = keys
    table["tail"] = sum(codes[:, 3 + at] << np.uint64(16 * at) for at in range(TAIL))
    table["group"] = first
    table["more"] = ~np.append(first_of_key[1:], True)
    table["length"] = np.where(np.array([place > len(names) - len(begins) - 1 for place in order]), 0, sizes)
    table["half"] = 32 - 8 * np.clip(sizes - 3, 0, TAIL)
    table["division"] = division
    table["above"] = np.where(division[:, None] < 0, -1, divisions["above"][division])
    table["level"] = divisions["level"][division]
    table["full"] = group[first] & 1
    for at in (sizes > 3 + TAIL).nonzero()[0]:
        table["far"][at] = len(rest)
        rest += codes[at, 3 + TAIL : sizes[at]].tolist()
    return table.view(np.uint8), hashed, slots


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


cdef _groups(begins, int count, u64[::1] signs, int shift):
    """Puts the first characters of words into groups, so that two characters that begin no word seldom share one.

    Each first character is put where it and the second characters that are there add the fewest pairs, weighed by how
    often a character stands in ``begins``. Sets the bits of the first from FIRST_OF + ``shift`` on, of the second from
    SECOND_OF + ``shift`` on.
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
        signs[first] |= <u64>1 << (FIRST_OF + shift + best)
        for second in behind_it:
            if not held[second] >> best & 1:
                held[second] |= <u16>(1 << best)
                seconds[best] += weight[second]
                signs[second] |= <u64>1 << (SECOND_OF + shift + best)


def sign_table(kind_of, items, words, names):
    """All that is asked of a character, uint64[65536]: see address_decode.h.

    ``words``, ``names``: the two characters that words and names of two and more begin with.
    """
    low = np.array([kind | (0x80 if mark & IS_HINT else 0) | (mark & 0xFF) << 8 for kind, (mark, _) in enumerate(items)])
    signs = low.astype(np.uint64)[kind_of]
    _groups(words, WORD_GROUPS, signs, 0)
    _groups(names, NAME_GROUPS, signs, WORD_GROUPS)
    return signs


def pair_filter(begins):
    """A bit for each hash of two characters, uint32[2048]: whether any of ``begins`` has it."""
    bits = np.zeros(2048, np.uint32)
    cdef u32[::1] view = bits
    cdef u16 hashed
    cdef str begin
    for begin in begins:
        hashed = hash_of_two(<u16>ord(begin[0]), <u16>ord(begin[1]))
        view[hashed & 0x7FF] |= <u32>1 << (hashed >> 11)
    return bits


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
