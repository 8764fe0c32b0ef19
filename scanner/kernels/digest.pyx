"""Keyed digests of texts and of whole rows, and a keyed permutation of packed numbers.

SipHash with 128-bit output (Aumasson and Bernstein, 2012) for text, with 1 and 3 rounds (as Python's and Rust's own
tables use it: the key is secret and lives as long as the run); Speck64/128 (Beaulieu et al., 2013) as a permutation
of packed 64-bit numbers, so that nothing that is stored or spilled can be read without the key. A digest waits for
its own last step most of the time, therefore sixteen of them go side by side (digest.h).
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy

cdef enum:
    ALIKE = 3  # keeps digests of letters and digits apart from others

# Bytes gathered for one digest.
cdef struct Text:
    uint8_t* bytes
    int64_t size
    int64_t room

cdef extern from "digest.h" nogil:
    enum:
        SIDE_BY_SIDE
        SLACK
        AHEAD
        SPECK_ROUNDS
    ctypedef struct Folding:
        pass
    ctypedef struct Sip:
        uint64_t v0
        uint64_t v1
        uint64_t v2
        uint64_t v3
    ctypedef struct View:
        const uint8_t* data
        int64_t size
        const int32_t* start
        const int32_t* end
        const int32_t* codes
        const uint8_t* slots
        int64_t stride
        int64_t cells
    void folding(Folding* folding, const uint8_t* drop)
    int fastest(int limit)
    void sip_take(Sip* s, uint64_t m)
    void sip_round(Sip* s)
    int64_t fold_text(const uint8_t* data, int64_t size, int64_t at, int64_t end, uint8_t* out,
                      const Folding* folding, int path)
    int64_t normal_text(const uint8_t* text, int64_t size, uint8_t* out, const Folding* writing, int path)
    void foldings(Folding* writing, Folding* alike)
    int64_t close_text(uint8_t* text, int64_t size)
    void sip_many(const uint8_t** text, int64_t* words, int count, uint64_t k0, uint64_t k1, uint64_t* out, int path)
    void fetch(const uint8_t* at)
    void fetch_line(const View* views, int width, int64_t row)
    void fetch_slots(const View* views, int width, int64_t row)
    void* pack_cells(View* view, int64_t cells)
    int64_t row_size(const View* views, int width, int64_t row)
    int64_t gather_cells(const View* views, int width, int64_t row, uint8_t* out)
    int64_t gather_line(const View* views, int width, int64_t row, uint8_t* out)
    int64_t gather_span(const uint8_t* data, int64_t at, int64_t end, int width, uint8_t separator, uint8_t* out)
    void mark_odd(const View* views, int width, int64_t rows, uint8_t* odd)
    void speck_many(const uint64_t* values, uint64_t* out, int64_t n, const uint32_t* keys, int path)


cdef inline void sip_start(Sip* s, uint64_t k0, uint64_t k1) noexcept nogil:
    s.v0 = k0 ^ <uint64_t>0x736f6d6570736575
    s.v1 = k1 ^ <uint64_t>0x646f72616e646f6d ^ 0xee
    s.v2 = k0 ^ <uint64_t>0x6c7967656e657261
    s.v3 = k1 ^ <uint64_t>0x7465646279746573


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
    cdef Sip s
    cdef int64_t i, j, n = data.shape[0]
    cdef uint64_t m, low
    cdef int r
    sip_start(&s, k0, k1)
    for i in range(0, n + 1 + (7 - n % 8), 8):
        m = <uint64_t>(n & 255) << 56 if i + 8 > n else 0
        for j in range(i, n if i + 8 > n else i + 8):
            m |= <uint64_t>data[j] << (8 * (j - i))
        s.v3 ^= m
        for r in range(rounds):
            sip_round(&s)
        s.v0 ^= m
    s.v2 ^= 0xee
    for r in range(final_rounds):
        sip_round(&s)
    low = s.v0 ^ s.v1 ^ s.v2 ^ s.v3
    s.v1 ^= 0xdd
    for r in range(final_rounds):
        sip_round(&s)
    return low, s.v0 ^ s.v1 ^ s.v2 ^ s.v3


cdef inline uint8_t* reserved(Text* text, int64_t size) noexcept nogil:
    """Room for ``size`` bytes more at the next whole word, NULL where there is no memory; the texts may move."""
    text.size = (text.size + 7) & ~<int64_t>7
    if not reserve(text, text.size + size):
        return NULL
    return text.bytes + text.size


cdef inline void digest_texts(Text* text, const int64_t* begin, int64_t* words, int count, uint64_t k0, uint64_t k1,
                              uint64_t* out, int path) noexcept nogil:
    """Digests of up to sixteen closed texts that begin at ``begin`` in ``text``."""
    cdef const uint8_t* texts[SIDE_BY_SIDE]
    cdef int j
    for j in range(count):
        texts[j] = text.bytes + begin[j]
    sip_many(texts, words, count, k0, k1, out, path)


def digest_spans(const uint8_t[::1] data, const int32_t[::1] cell_start, const int32_t[::1] cell,
                 const int32_t[::1] start, const int32_t[::1] end, const uint8_t[::1] drop,
                 uint64_t domain, uint64_t k0, uint64_t k1, int path=3):
    """uint64[n, 2]: SipHash-1-3-128 of each span's normalised text, apart for each domain.

    Span i is ``data[cell_start[cell[i]] + start[i] : … + end[i]]``; ``drop`` uint8[128] marks ASCII
    characters that do not belong to the identity (such as the colons of a MAC address). Normalised: full-width
    ASCII folded, white space and zero-width left out, ASCII lowered. ``path``: 0 one text at a time, 1 at most
    AVX2, 2 at most AVX-512, 3 the fastest this machine has.
    """
    cdef int64_t n = cell.shape[0], i, block, base, size, longest, room = data.shape[0]
    cdef int64_t begin[SIDE_BY_SIDE]
    cdef int64_t words[SIDE_BY_SIDE]
    cdef uint64_t spare[2 * SIDE_BY_SIDE]
    cdef int j, count
    cdef Folding fold
    cdef Text text
    cdef bint fits = True
    cdef uint8_t* place
    cdef const uint8_t* bytes
    result = np.empty((n, 2), dtype=np.uint64)
    if n == 0 or room == 0:
        result[:] = siphash128(np.zeros(0, np.uint8), k0 ^ domain, k1, 1, 3)
        return result
    bytes = &data[0]
    cdef uint64_t[:, ::1] out = result
    folding(&fold, &drop[0])
    text = Text(NULL, 0, 0)
    path = fastest(path)
    with nogil:
        for block in range((n + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE):
            i = block * SIDE_BY_SIDE
            count = <int>(n - i) if n - i < SIDE_BY_SIDE else SIDE_BY_SIDE
            text.size = longest = 0
            for j in range(count):
                size = end[i + j] - start[i + j]
                longest = size if size > longest else longest
                place = reserved(&text, size + 8 + longest)
                fits = place != NULL
                if not fits:
                    break
                base = cell_start[cell[i + j]]
                if i + j + AHEAD < n:
                    fetch(bytes + cell_start[cell[i + j + AHEAD]] + start[i + j + AHEAD])
                begin[j] = text.size
                size = fold_text(bytes, room, base + start[i + j], base + end[i + j], place, &fold, path)
                words[j] = close_text(place, size)
                text.size += 8 * words[j]
            if not fits:
                break
            digest_texts(&text, begin, words, count, k0 ^ domain, k1,
                         &out[i, 0] if count == SIDE_BY_SIDE else spare, path)
            if count < SIDE_BY_SIDE:
                memcpy(&out[i, 0], spare, 16 * count)
        free(text.bytes)
    if not fits:
        raise MemoryError
    return result


def digest_rows(list columns, const int32_t[::1] rows, uint64_t k0, uint64_t k1, uint64_t[:, ::1] out, int path=3,
                int separator=-1, uint64_t[:, ::1] alike=None):
    """Writes the SipHash-1-3-128 of each row into the first two words of ``out`` (uint64[n, w]).

    ``columns``: (data uint8, start int32, end int32, codes int32 or None) each, as in ``model.Column``;
    ``rows`` int32[n]. A row's cells are trimmed of white space and each closed by 0x1F, so that ("a", "b") and
    ("ab", "") differ; a null cell is an empty one. Full-width ASCII is folded, ``="…"`` and the apostrophe in front of
    a number are left out. ``alike`` (uint64[n, w]) gets digests of the letters and digits alone, lowered. ``path`` as for ``digest_spans``. ``separator``: the
    byte between any two cells of a row that lie one byte apart in one buffer, or -1 where that is not known.
    """
    cdef int64_t n = rows.shape[0], i, block, size, longest
    cdef int width = len(columns), c, j, count
    cdef const uint8_t[::1] data
    cdef const int32_t[::1] start, end, codes
    cdef int64_t begin[SIDE_BY_SIDE]
    cdef int64_t words[SIDE_BY_SIDE]
    cdef uint64_t digests[2 * SIDE_BY_SIDE]
    cdef Text text, raw, likes
    cdef Folding writing, loose
    cdef bint liking = alike is not None
    cdef int64_t like_begin[SIDE_BY_SIDE]
    cdef int64_t like_words[SIDE_BY_SIDE]
    cdef uint8_t* scratch
    cdef bint fits = True, lines = width > 0, packed = False
    cdef void** rooms = <void**>calloc(width + 1, sizeof(void*))
    cdef uint8_t* place
    cdef int64_t total = -1
    cdef uint8_t* odd = NULL
    cdef View* views = <View*>realloc(NULL, (width + 1) * sizeof(View))
    if views == NULL or rooms == NULL:
        free(views)
        free(rooms)
        raise MemoryError
    text = Text(NULL, 0, 0)
    raw = Text(NULL, 0, 0)
    likes = Text(NULL, 0, 0)
    foldings(&writing, &loose)
    path = fastest(path)
    try:
        for c in range(width):
            data, start, end = columns[c][:3]
            views[c] = View(NULL, data.shape[0], NULL, NULL, NULL, NULL, 0, 0)
            if data.shape[0]:
                views[c].data = &data[0]
            if start.shape[0]:
                views[c].start = &start[0]
                views[c].end = &end[0]
            if columns[c][3] is not None:
                codes = columns[c][3]
                if codes.shape[0]:
                    views[c].codes = &codes[0]
                    if data.shape[0] and n >= 2 * start.shape[0]:  # else it does not pay
                        rooms[c] = pack_cells(&views[c], start.shape[0])
                        packed = packed or rooms[c] != NULL
            lines = lines and columns[c][3] is None and views[c].data == views[0].data
            total = start.shape[0] if total < 0 or start.shape[0] < total else total
        if lines and width > 1 and separator >= 0 and path > 1 and total > 0:
            odd = <uint8_t*>realloc(NULL, total)
            if odd == NULL:
                raise MemoryError
            mark_odd(views, width, total, odd)
        with nogil:
            for block in range((n + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE):
                i = block * SIDE_BY_SIDE
                count = <int>(n - i) if n - i < SIDE_BY_SIDE else SIDE_BY_SIDE
                text.size = likes.size = longest = 0
                for j in range(count):
                    size = -1
                    if lines:
                        if i + j + AHEAD < n:
                            fetch_line(views, width, rows[i + j + AHEAD])
                        size = views[width - 1].end[rows[i + j]] - views[0].start[rows[i + j]] + 1
                    if size > 0 and (odd == NULL or not odd[rows[i + j]]):
                        scratch = reserved(&raw, size + SLACK)
                        fits = scratch != NULL
                        if not fits:
                            break
                        if odd != NULL:
                            size = gather_span(views[0].data, views[0].start[rows[i + j]],
                                               views[width - 1].end[rows[i + j]], width, <uint8_t>separator, scratch)
                        else:
                            size = gather_line(views, width, rows[i + j], scratch)
                    else:
                        size = -1
                    if packed and i + j + AHEAD < n:
                        fetch_slots(views, width, rows[i + j + AHEAD])
                    if size < 0:
                        size = row_size(views, width, rows[i + j])
                        scratch = reserved(&raw, size + SLACK)
                        fits = scratch != NULL
                        if not fits:
                            break
                        size = gather_cells(views, width, rows[i + j], scratch)
                    longest = size if size > longest else longest
                    place = reserved(&text, size + SLACK + longest)
                    fits = place != NULL
                    if not fits:
                        break
                    size = normal_text(scratch, size, place, &writing, path)
                    if liking:
                        scratch = reserved(&likes, size + SLACK + longest)
                        fits = scratch != NULL
                        if not fits:
                            break
                        like_begin[j] = likes.size
                        like_words[j] = close_text(scratch, fold_text(place, size + SLACK, 0, size, scratch, &loose, path))
                        likes.size += 8 * like_words[j]
                    begin[j] = text.size
                    words[j] = close_text(place, size)
                    text.size += 8 * words[j]
                if not fits:
                    break
                digest_texts(&text, begin, words, count, k0, k1, digests, path)
                for j in range(count):
                    out[i + j, 0] = digests[2 * j]
                    out[i + j, 1] = digests[2 * j + 1]
                if liking:
                    digest_texts(&likes, like_begin, like_words, count, k0 ^ ALIKE, k1, digests, path)
                    for j in range(count):
                        alike[i + j, 0] = digests[2 * j]
                        alike[i + j, 1] = digests[2 * j + 1]
    finally:
        for c in range(width):
            free(rooms[c])
        free(rooms)
        free(views)
        free(odd)
        free(text.bytes)
        free(raw.bytes)
        free(likes.bytes)
    if not fits:
        raise MemoryError


cdef inline uint32_t rotr32(uint32_t x, int b) noexcept nogil:
    return (x >> b) | (x << (32 - b))


cdef inline uint32_t rotl32(uint32_t x, int b) noexcept nogil:
    return (x << b) | (x >> (32 - b))


cdef void round_keys(uint64_t k0, uint64_t k1, uint32_t* keys) noexcept nogil:
    cdef uint32_t spare[SPECK_ROUNDS + 2]
    cdef uint32_t k = <uint32_t>k0
    cdef int r
    spare[0] = <uint32_t>(k0 >> 32)
    spare[1] = <uint32_t>k1
    spare[2] = <uint32_t>(k1 >> 32)
    for r in range(SPECK_ROUNDS):
        keys[r] = k
        if r < SPECK_ROUNDS - 1:
            spare[r + 3] = (k + rotr32(spare[r], 8)) ^ <uint32_t>r
            k = rotl32(k, 3) ^ spare[r + 3]


def permute(const uint64_t[::1] values, uint64_t k0, uint64_t k1, int path=3):
    """uint64[n]: Speck64/128 of each value under the key (k0: low words, k1: high words): a bijection.

    ``path`` as for ``digest_spans``.
    """
    cdef int64_t n = values.shape[0]
    cdef uint32_t keys[SPECK_ROUNDS]
    round_keys(k0, k1, keys)
    result = np.empty(n, dtype=np.uint64)
    cdef uint64_t[::1] out = result
    path = fastest(path)
    if n:
        with nogil:
            speck_many(&values[0], &out[0], n, keys, path)
    return result


def unpermute(const uint64_t[::1] values, uint64_t k0, uint64_t k1):
    """uint64[n]: what ``permute`` makes these values of."""
    cdef int64_t i
    cdef int r
    cdef uint32_t x, y
    cdef uint32_t keys[SPECK_ROUNDS]
    round_keys(k0, k1, keys)
    result = np.empty(values.shape[0], dtype=np.uint64)
    cdef uint64_t[::1] out = result
    with nogil:
        for i in range(values.shape[0]):
            x = <uint32_t>(values[i] >> 32)
            y = <uint32_t>values[i]
            for r in range(SPECK_ROUNDS - 1, -1, -1):
                y = rotr32(y ^ x, 3)
                x = rotl32((x ^ keys[r]) - y, 8)
            out[i] = <uint64_t>x << 32 | y
    return result
