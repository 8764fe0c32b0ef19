"""Keyed digests of texts and of whole rows, and a keyed permutation of packed numbers.

SipHash with 128-bit output (Aumasson and Bernstein, 2012) for text, with 1 and 3 rounds (as Python's and Rust's own
tables use it: the key is secret and lives as long as the run); Speck64/128 (Beaulieu et al., 2013) as a permutation
of packed 64-bit numbers, so that nothing that is stored or spilled can be read without the key. A digest waits for
its own last step most of the time, therefore two of them always go side by side.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

cdef enum:
    SLACK = 16  # bytes behind a text that copying in words may write
    LANES = 16
    ROUNDS = 27

cdef struct Sip:
    uint64_t v0
    uint64_t v1
    uint64_t v2
    uint64_t v3

# Bytes gathered for one digest.
cdef struct Text:
    uint8_t* bytes
    int64_t size
    int64_t room

# A column as the row kernel needs it; ``codes`` is NULL where cell i belongs to row i.
cdef struct View:
    const uint8_t* data
    int64_t size
    const int32_t* start
    const int32_t* end
    const int32_t* codes


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


cdef inline uint64_t full_word(const Text* text, int64_t index) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, text.bytes + 8 * index, 8)
    return word


cdef inline uint64_t last_word(const Text* text) noexcept nogil:
    """The bytes behind the full words, with the length on top."""
    cdef uint64_t word = 0
    memcpy(&word, text.bytes + (text.size & ~<int64_t>7), text.size & 7)
    return word | (<uint64_t>text.size << 56)


cdef inline void sip_words(Sip* s, const Text* text, int64_t first, int rounds) noexcept nogil:
    """Absorbs the words from ``first`` on, and the last one."""
    cdef int64_t i
    cdef uint64_t m
    cdef int r
    for i in range(first, (text.size >> 3) + 1):
        m = full_word(text, i) if i < text.size >> 3 else last_word(text)
        s.v3 ^= m
        for r in range(rounds):
            sip_round(s)
        s.v0 ^= m


cdef inline void sip_pair(const Text* one, const Text* two, uint64_t k0, uint64_t k1, int rounds, int final_rounds,
                          uint64_t* out_one, uint64_t* out_two) noexcept nogil:
    """The digests of two texts (low word, high word)."""
    cdef Sip a, b
    cdef int64_t i, common = (one.size if one.size < two.size else two.size) >> 3
    cdef uint64_t m, n
    cdef int r
    sip_start(&a, k0, k1)
    sip_start(&b, k0, k1)
    for i in range(common):
        m = full_word(one, i)
        n = full_word(two, i)
        a.v3 ^= m
        b.v3 ^= n
        for r in range(rounds):
            sip_round(&a)
            sip_round(&b)
        a.v0 ^= m
        b.v0 ^= n
    sip_words(&a, one, common, rounds)
    sip_words(&b, two, common, rounds)
    a.v2 ^= 0xee
    b.v2 ^= 0xee
    for r in range(final_rounds):
        sip_round(&a)
        sip_round(&b)
    out_one[0] = a.v0 ^ a.v1 ^ a.v2 ^ a.v3
    out_two[0] = b.v0 ^ b.v1 ^ b.v2 ^ b.v3
    a.v1 ^= 0xdd
    b.v1 ^= 0xdd
    for r in range(final_rounds):
        sip_round(&a)
        sip_round(&b)
    out_one[1] = a.v0 ^ a.v1 ^ a.v2 ^ a.v3
    out_two[1] = b.v0 ^ b.v1 ^ b.v2 ^ b.v3


cdef inline bint reserve(Text* text, int64_t size) noexcept nogil:
    """Makes room for ``size`` bytes in all; False where there is no memory."""
    cdef uint8_t* bytes
    if size + SLACK <= text.room:
        return True
    bytes = <uint8_t*>realloc(text.bytes, 2 * size + SLACK)
    if bytes == NULL:
        return False
    text.bytes = bytes
    text.room = 2 * size + SLACK
    return True


def siphash128(const uint8_t[::1] data, uint64_t k0, uint64_t k1, int rounds=2, int final_rounds=4):
    """SipHash-2-4-128 of the bytes: (low, high) 64-bit words, as the reference implementation stores them."""
    cdef Text text
    cdef uint64_t out[2]
    cdef uint64_t spare[2]
    text.bytes = <uint8_t*>&data[0] if data.shape[0] else <uint8_t*>&spare[0]
    text.size = data.shape[0]
    sip_pair(&text, &text, k0, k1, rounds, final_rounds, out, spare)
    return out[0], out[1]


cdef inline void fold(Text* text, const uint8_t* data, int64_t at, int64_t end,
                      const uint8_t* ascii) noexcept nogil:
    """Gathers text normalised: full-width ASCII folded, white space and zero-width left out, ASCII lowered.

    ``ascii`` uint8[128]: what each ASCII character becomes, 0 for nothing. Room is reserved by the caller.
    """
    cdef uint8_t b, c, d
    cdef uint8_t* out = text.bytes
    while at < end:
        b = data[at]
        if b < 0x80:
            out[0] = ascii[b]
            out += ascii[b] != 0
            at += 1
            continue
        if at + 2 < end:
            c = data[at + 1]
            d = data[at + 2]
            if 0xE4 <= b <= 0xE9 and c & 0xC0 == 0x80 and d & 0xC0 == 0x80:
                out[0] = b
                out[1] = c
                out[2] = d
                out += 3
                at += 3
                continue
            if b == 0xEF and ((c == 0xBC and d >= 0x81) or (c == 0xBD and d <= 0x9E)):
                b = d - 0x60 if c == 0xBC else d - 0x20
                at += 3
                if b < 0x80:
                    out[0] = ascii[b]
                    out += ascii[b] != 0
                else:
                    out[0] = b
                    out += 1
                continue
            if ((b == 0xE2 and c == 0x80 and 0x8B <= d <= 0x8F) or (b == 0xE2 and c == 0x81 and d == 0xA0)
                    or (b == 0xEF and c == 0xBB and d == 0xBF) or (b == 0xE3 and c == 0x80 and d == 0x80)):
                at += 3
                continue
        if b == 0xC2 and at + 1 < end and data[at + 1] == 0xA0:  # NBSP
            at += 2
            continue
        out[0] = b
        out += 1
        at += 1
    text.size = out - text.bytes


def digest_spans(const uint8_t[::1] data, const int32_t[::1] cell_start, const int32_t[::1] cell,
                 const int32_t[::1] start, const int32_t[::1] end, const uint8_t[::1] drop,
                 uint64_t domain, uint64_t k0, uint64_t k1):
    """uint64[n, 2]: SipHash-1-3-128 of each span's normalised text, apart for each domain.

    Span i is ``data[cell_start[cell[i]] + start[i] : … + end[i]]``; ``drop`` uint8[128] marks ASCII
    characters that do not belong to the identity (such as the colons of a MAC address).
    """
    cdef int64_t n = cell.shape[0], i, j, k
    cdef uint8_t ascii[128]
    cdef Text texts[2]
    cdef bint fits = True
    cdef uint64_t spare[2]
    cdef const uint8_t* base
    result = np.empty((n, 2), dtype=np.uint64)
    if n == 0 or data.shape[0] == 0:
        result[:] = siphash128(np.zeros(0, np.uint8), k0 ^ domain, k1, 1, 3)
        return result
    base = &data[0]
    cdef uint64_t[:, ::1] out = result
    for i in range(128):
        ascii[i] = <uint8_t>(0 if i <= 0x20 or drop[i] else i + 32 if 65 <= i <= 90 else i)
    texts[0] = Text(NULL, 0, 0)
    texts[1] = Text(NULL, 0, 0)
    with nogil:
        for i in range(0, n, 2):
            for k in range(2):
                j = i + k if i + k < n else i
                fits = fits and reserve(&texts[k], end[j] - start[j])
                if fits:
                    fold(&texts[k], base, cell_start[cell[j]] + start[j], cell_start[cell[j]] + end[j], ascii)
            if not fits:
                break
            sip_pair(&texts[0], &texts[1], k0 ^ domain, k1, 1, 3, &out[i, 0],
                     &out[i + 1, 0] if i + 1 < n else spare)
        free(texts[0].bytes)
        free(texts[1].bytes)
    if not fits:
        raise MemoryError
    return result


cdef inline bint gather(Text* text, const View* views, int width, int64_t row) noexcept nogil:
    """Gathers the cells of a row, trimmed of ASCII white space, each closed by 0x1F."""
    cdef const View* view
    cdef int64_t at, stop, length, j, c, k
    cdef uint8_t* out
    text.size = 0
    for j in range(width):
        view = &views[j]
        c = row if view.codes == NULL else view.codes[row]
        at = stop = 0
        if c >= 0:
            at = view.start[c]
            stop = view.end[c]
            while at < stop and view.data[at] <= 0x20:
                at += 1
            while stop > at and view.data[stop - 1] <= 0x20:
                stop -= 1
        length = stop - at
        if not reserve(text, text.size + length + 1):
            return False
        out = text.bytes + text.size
        if at + length + 15 < view.size:
            memcpy(out, view.data + at, 16)  # what is copied too much is overwritten
            for k in range(16, length, 16):
                memcpy(out + k, view.data + at + k, 16)
        elif length:
            memcpy(out, view.data + at, length)
        out[length] = 0x1F
        text.size += length + 1
    return True


def digest_rows(list columns, const int32_t[::1] rows, uint64_t k0, uint64_t k1, uint64_t[:, ::1] out):
    """Writes the SipHash-1-3-128 of each row into the first two words of ``out`` (uint64[n, w]).

    ``columns``: (data uint8, start int32, end int32, codes int32 or None) each, as in ``model.Column``;
    ``rows`` int32[n]. A row's cells are trimmed of ASCII white space and each closed by 0x1F, so that
    ("a", "b") and ("ab", "") differ; a null cell is an empty one.
    """
    cdef int64_t n = rows.shape[0], i, k
    cdef int width = len(columns), c
    cdef const uint8_t[::1] data
    cdef const int32_t[::1] start, end, codes
    cdef Text texts[2]
    cdef bint fits = True
    cdef uint64_t spare[2]
    cdef View* views = <View*>realloc(NULL, (width + 1) * sizeof(View))
    if views == NULL:
        raise MemoryError
    texts[0] = Text(NULL, 0, 0)
    texts[1] = Text(NULL, 0, 0)
    try:
        for c in range(width):
            data, start, end = columns[c][:3]
            views[c] = View(NULL, data.shape[0], NULL, NULL, NULL)
            if data.shape[0]:
                views[c].data = &data[0]
            if start.shape[0]:
                views[c].start = &start[0]
                views[c].end = &end[0]
            if columns[c][3] is not None:
                codes = columns[c][3]
                if codes.shape[0]:
                    views[c].codes = &codes[0]
        with nogil:
            for i in range(0, n, 2):
                for k in range(2):
                    fits = fits and gather(&texts[k], views, width, rows[i + k if i + k < n else i])
                if not fits:
                    break
                sip_pair(&texts[0], &texts[1], k0, k1, 1, 3, &out[i, 0],
                         &out[i + 1, 0] if i + 1 < n else spare)
    finally:
        free(views)
        free(texts[0].bytes)
        free(texts[1].bytes)
    if not fits:
        raise MemoryError


cdef inline uint32_t rotr32(uint32_t x, int b) noexcept nogil:
    return (x >> b) | (x << (32 - b))


cdef inline uint32_t rotl32(uint32_t x, int b) noexcept nogil:
    return (x << b) | (x >> (32 - b))


cdef void speck(uint32_t* x, uint32_t* y, const uint32_t* keys) noexcept nogil:
    """Speck64/128 of LANES blocks at once, for the compiler to put into vectors."""
    cdef int r, j
    for r in range(ROUNDS):
        for j in range(LANES):
            x[j] = (rotr32(x[j], 8) + y[j]) ^ keys[r]
            y[j] = rotl32(y[j], 3) ^ x[j]


def permute(const uint64_t[::1] values, uint64_t k0, uint64_t k1):
    """uint64[n]: Speck64/128 of each value under the key (k0: low words, k1: high words): a bijection."""
    cdef int64_t n = values.shape[0], i, block
    cdef uint32_t keys[ROUNDS]
    cdef uint32_t spare[ROUNDS + 2]
    cdef uint32_t k = <uint32_t>k0
    cdef uint32_t x[LANES]
    cdef uint32_t y[LANES]
    cdef int r, j, count
    spare[0] = <uint32_t>(k0 >> 32)
    spare[1] = <uint32_t>k1
    spare[2] = <uint32_t>(k1 >> 32)
    for r in range(ROUNDS):
        keys[r] = k
        if r < ROUNDS - 1:
            spare[r + 3] = (k + rotr32(spare[r], 8)) ^ <uint32_t>r
            k = rotl32(k, 3) ^ spare[r + 3]
    result = np.empty(n, dtype=np.uint64)
    cdef uint64_t[::1] out = result
    for j in range(LANES):
        x[j] = y[j] = 0
    with nogil:
        for block in range((n + LANES - 1) // LANES):
            i = block * LANES
            count = <int>(n - i) if n - i < LANES else LANES
            for j in range(count):
                x[j] = <uint32_t>(values[i + j] >> 32)
                y[j] = <uint32_t>values[i + j]
            speck(x, y, keys)
            for j in range(count):
                out[i + j] = (<uint64_t>x[j] << 32) | y[j]
    return result
