"""Keyed digests, keyed permutation, and exact distinct sets.

SipHash-2-4 with 128-bit output (Aumasson and Bernstein, 2012) for text; Speck64/128 (Beaulieu et al., 2013)
as a permutation of packed 64-bit numbers, so that nothing that is stored or spilled can be read without the key.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef struct Sip:
    uint64_t v0
    uint64_t v1
    uint64_t v2
    uint64_t v3
    uint64_t tail
    int filled
    uint64_t length


cdef inline uint64_t rotl(uint64_t x, int b) noexcept nogil:
    return (x << b) | (x >> (64 - b))


cdef inline void sip_round(Sip* s) noexcept nogil:
    s.v0 += s.v1
    s.v1 = rotl(s.v1, 13) ^ s.v0
    s.v0 = rotl(s.v0, 32)
    s.v2 += s.v3
    s.v3 = rotl(s.v3, 16) ^ s.v2
    s.v0 += s.v3
    s.v3 = rotl(s.v3, 21) ^ s.v0
    s.v2 += s.v1
    s.v1 = rotl(s.v1, 17) ^ s.v2
    s.v2 = rotl(s.v2, 32)


cdef inline void sip_start(Sip* s, uint64_t k0, uint64_t k1) noexcept nogil:
    s.v0 = k0 ^ <uint64_t>0x736f6d6570736575
    s.v1 = k1 ^ <uint64_t>0x646f72616e646f6d ^ 0xee
    s.v2 = k0 ^ <uint64_t>0x6c7967656e657261
    s.v3 = k1 ^ <uint64_t>0x7465646279746573
    s.tail = 0
    s.filled = 0
    s.length = 0


cdef inline void sip_word(Sip* s, uint64_t m) noexcept nogil:
    s.v3 ^= m
    sip_round(s)
    sip_round(s)
    s.v0 ^= m


cdef inline void sip_byte(Sip* s, uint8_t b) noexcept nogil:
    s.tail |= <uint64_t>b << (8 * s.filled)
    s.filled += 1
    s.length += 1
    if s.filled == 8:
        sip_word(s, s.tail)
        s.tail = 0
        s.filled = 0


cdef inline void sip_bytes(Sip* s, const uint8_t[::1] data, int64_t at, int64_t end) noexcept nogil:
    cdef uint64_t word
    cdef int shift
    cdef int64_t j
    while at + 8 <= end:
        word = 0
        for j in range(8):
            word |= <uint64_t>data[at + j] << (8 * j)
        if s.filled == 0:
            sip_word(s, word)
        else:
            shift = 8 * s.filled
            sip_word(s, s.tail | (word << shift))
            s.tail = word >> (64 - shift)
        s.length += 8
        at += 8
    while at < end:
        sip_byte(s, data[at])
        at += 1


cdef inline void sip_finish(Sip* s, uint64_t* low, uint64_t* high) noexcept nogil:
    cdef int i
    sip_word(s, s.tail | (s.length << 56))
    s.v2 ^= 0xee
    for i in range(4):
        sip_round(s)
    low[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3
    s.v1 ^= 0xdd
    for i in range(4):
        sip_round(s)
    high[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3


def siphash128(const uint8_t[::1] data, uint64_t k0, uint64_t k1):
    """SipHash-2-4-128 of the bytes: (low, high) 64-bit words, as the reference implementation stores them."""
    cdef Sip s
    cdef uint64_t low = 0, high = 0
    sip_start(&s, k0, k1)
    sip_bytes(&s, data, 0, data.shape[0])
    sip_finish(&s, &low, &high)
    return low, high


cdef inline void sip_folded(Sip* s, const uint8_t[::1] data, int64_t at, int64_t end,
                            const uint8_t[::1] drop) noexcept nogil:
    """Absorbs text normalised: full-width ASCII folded, white space and zero-width left out, ASCII lowered."""
    cdef uint8_t b, c, d
    while at < end:
        b = data[at]
        if b >= 0xC2 and b != 0xC2 and b != 0xE2 and b != 0xE3 and b != 0xEF:
            sip_byte(s, b)
            at += 1
            continue
        if b == 0xC2 and at + 1 < end and data[at + 1] == 0xA0:  # NBSP
            at += 2
            continue
        if b >= 0xE2 and at + 2 < end:
            c = data[at + 1]
            d = data[at + 2]
            if b == 0xEF and ((c == 0xBC and d >= 0x81) or (c == 0xBD and d <= 0x9E)):
                b = d - 0x60 if c == 0xBC else d - 0x20
                at += 2
            elif ((b == 0xE2 and c == 0x80 and 0x8B <= d <= 0x8F) or (b == 0xE2 and c == 0x81 and d == 0xA0)
                    or (b == 0xEF and c == 0xBB and d == 0xBF) or (b == 0xE3 and c == 0x80 and d == 0x80)):
                at += 3
                continue
        at += 1
        if b < 0x80:
            if b <= 0x20 or drop[b]:
                continue
            if 65 <= b <= 90:
                b += 32
        sip_byte(s, b)


def digest_spans(const uint8_t[::1] data, const int32_t[::1] cell_start, const int32_t[::1] cell,
                 const int32_t[::1] start, const int32_t[::1] end, const uint8_t[::1] drop,
                 uint64_t domain, uint64_t k0, uint64_t k1):
    """uint64[n, 2]: keyed digest of each span's normalised text, apart for each domain.

    Span i is ``data[cell_start[cell[i]] + start[i] : … + end[i]]``; ``drop`` uint8[128] marks ASCII
    characters that do not belong to the identity (such as the colons of a MAC address).
    """
    cdef int64_t n = cell.shape[0], i
    result = np.empty((n, 2), dtype=np.uint64)
    cdef uint64_t[:, ::1] out = result
    cdef Sip s
    with nogil:
        for i in range(n):
            sip_start(&s, k0 ^ domain, k1)
            sip_folded(&s, data, cell_start[cell[i]] + start[i], cell_start[cell[i]] + end[i], drop)
            sip_finish(&s, &out[i, 0], &out[i, 1])
    return result


def absorb_column(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end,
                  const int32_t[::1] codes, bint coded, const int32_t[::1] rows,
                  uint64_t[:, ::1] state):
    """Adds one column's cells to the row states (uint64[n, 7], see ``start_rows``); ``rows``: which rows.

    A cell is trimmed of ASCII white space and closed by 0x1F, so that ("a", "b") and ("ab", "") differ.
    """
    cdef int64_t n = rows.shape[0], i, at, stop
    cdef int32_t c
    cdef Sip s
    with nogil:
        for i in range(n):
            c = codes[rows[i]] if coded else rows[i]
            s.v0 = state[i, 0]
            s.v1 = state[i, 1]
            s.v2 = state[i, 2]
            s.v3 = state[i, 3]
            s.tail = state[i, 4]
            s.filled = <int>state[i, 5]
            s.length = state[i, 6]
            if c >= 0:
                at = start[c]
                stop = end[c]
                while at < stop and data[at] <= 0x20:
                    at += 1
                while stop > at and data[stop - 1] <= 0x20:
                    stop -= 1
                sip_bytes(&s, data, at, stop)
            sip_byte(&s, 0x1F)
            state[i, 0] = s.v0
            state[i, 1] = s.v1
            state[i, 2] = s.v2
            state[i, 3] = s.v3
            state[i, 4] = s.tail
            state[i, 5] = s.filled
            state[i, 6] = s.length


def start_rows(int64_t n, uint64_t k0, uint64_t k1):
    """uint64[n, 7]: fresh SipHash states for n rows."""
    cdef Sip s
    sip_start(&s, k0, k1)
    result = np.empty((n, 7), dtype=np.uint64)
    result[:] = np.array([s.v0, s.v1, s.v2, s.v3, 0, 0, 0], dtype=np.uint64)
    return result


def finish_rows(uint64_t[:, ::1] state):
    """uint64[n, 2]: the digests of the row states."""
    cdef int64_t n = state.shape[0], i
    result = np.empty((n, 2), dtype=np.uint64)
    cdef uint64_t[:, ::1] out = result
    cdef Sip s
    with nogil:
        for i in range(n):
            s.v0 = state[i, 0]
            s.v1 = state[i, 1]
            s.v2 = state[i, 2]
            s.v3 = state[i, 3]
            s.tail = state[i, 4]
            s.filled = <int>state[i, 5]
            s.length = state[i, 6]
            sip_finish(&s, &out[i, 0], &out[i, 1])
    return result


cdef inline uint32_t rotr32(uint32_t x, int b) noexcept nogil:
    return (x >> b) | (x << (32 - b))


cdef inline uint32_t rotl32(uint32_t x, int b) noexcept nogil:
    return (x << b) | (x >> (32 - b))


def permute(const uint64_t[::1] values, uint64_t k0, uint64_t k1):
    """uint64[n]: Speck64/128 of each value under the key (k0: low words, k1: high words): a bijection."""
    cdef int64_t n = values.shape[0], i
    cdef uint32_t keys[27]
    cdef uint32_t spare[29]
    cdef uint32_t k = <uint32_t>k0
    cdef int r
    spare[0] = <uint32_t>(k0 >> 32)
    spare[1] = <uint32_t>k1
    spare[2] = <uint32_t>(k1 >> 32)
    for r in range(27):
        keys[r] = k
        if r < 26:
            spare[r + 3] = (k + rotr32(spare[r], 8)) ^ <uint32_t>r
            k = rotl32(k, 3) ^ spare[r + 3]
    result = np.empty(n, dtype=np.uint64)
    cdef uint64_t[::1] out = result
    cdef uint32_t x, y
    with nogil:
        for i in range(n):
            x = <uint32_t>(values[i] >> 32)
            y = <uint32_t>values[i]
            for r in range(27):
                x = (rotr32(x, 8) + y) ^ keys[r]
                y = rotl32(y, 3) ^ x
            out[i] = (<uint64_t>x << 32) | y
    return result


def partition_unique(const uint64_t[:, ::1] keys):
    """Distinct rows of ``keys`` (uint64[n, w]), in partitions by the top 8 bits of the first word.

    Returns (uint64[m, w], int64[257]): partition p is rows ``offsets[p]:offsets[p + 1]``. The first word must
    be spread evenly (a digest or a permuted number).
    """
    cdef int64_t n = keys.shape[0], i, j, p, at, slot, mask, largest = 0, size, kept = 0
    cdef int w = <int>keys.shape[1], c
    cdef bint same
    counts_array = np.zeros(257, dtype=np.int64)
    cdef int64_t[::1] counts = counts_array
    scattered = np.empty((n, w), dtype=np.uint64)
    cdef uint64_t[:, ::1] out = scattered
    offsets_array = np.zeros(257, dtype=np.int64)
    cdef int64_t[::1] offsets = offsets_array
    with nogil:
        for i in range(n):
            counts[(keys[i, 0] >> 56) + 1] += 1
        for p in range(256):
            if counts[p + 1] > largest:
                largest = counts[p + 1]
            counts[p + 1] += counts[p]
            offsets[p + 1] = counts[p + 1]
        for i in range(n):
            p = <int64_t>(keys[i, 0] >> 56)
            at = counts[p]
            counts[p] = at + 1
            for c in range(w):
                out[at, c] = keys[i, c]
    size = 16
    while size < 2 * largest:
        size *= 2
    table_array = np.empty(size, dtype=np.int64)
    cdef int64_t[::1] table = table_array
    cdef int64_t first, last
    with nogil:
        last = 0
        for p in range(256):
            first = last
            last = offsets[p + 1]
            offsets[p] = kept
            size = 16
            while size < 2 * (last - first):
                size *= 2
            mask = size - 1
            for slot in range(size):
                table[slot] = -1
            for i in range(first, last):
                slot = <int64_t>((out[i, 0] >> 8) & <uint64_t>mask)
                while True:
                    j = table[slot]
                    if j < 0:
                        table[slot] = kept
                        if kept != i:
                            for c in range(w):
                                out[kept, c] = out[i, c]
                        kept += 1
                        break
                    same = True
                    for c in range(w):
                        if out[j, c] != out[i, c]:
                            same = False
                            break
                    if same:
                        break
                    slot = (slot + 1) & mask
        offsets[256] = kept
    return scattered[:kept].copy() if kept < n else scattered, offsets_array


def group_rows(const uint64_t[:, ::1] words):
    """Groups equal columns of ``words`` (uint64[w, n]).

    Returns (first int64[g], inverse int32[n], counts int64[g]): the first row of each group, each row's group.
    """
    cdef int64_t n = words.shape[1], i, slot, size = 1024, mask, groups = 0, g, other
    cdef int w = <int>words.shape[0], c
    cdef uint64_t h
    cdef bint same
    inverse_array = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] inverse = inverse_array
    first_array = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] first = first_array
    counts_array = np.zeros(n, dtype=np.int64)
    cdef int64_t[::1] counts = counts_array
    while size < 2 * n:
        size *= 2
    mask = size - 1
    table_array = np.full(size, -1, dtype=np.int64)
    cdef int64_t[::1] table = table_array
    with nogil:
        for i in range(n):
            h = 0
            for c in range(w):
                h = (h ^ words[c, i]) * <uint64_t>0x9E3779B97F4A7C15
                h ^= h >> 29
            slot = <int64_t>(h & <uint64_t>mask)
            while True:
                g = table[slot]
                if g < 0:
                    table[slot] = groups
                    first[groups] = i
                    g = groups
                    groups += 1
                    break
                other = first[g]
                same = True
                for c in range(w):
                    if words[c, other] != words[c, i]:
                        same = False
                        break
                if same:
                    break
                slot = (slot + 1) & mask
            inverse[i] = <int32_t>g
            counts[g] += 1
    return first_array[:groups].copy(), inverse_array, counts_array[:groups].copy()
