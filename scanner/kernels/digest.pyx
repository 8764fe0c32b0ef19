"""Keyed digests of texts and of whole rows.

Rounds of AES on machines that have them in wide vectors (digest_aes.h), else SipHash with 128-bit output (Aumasson and
Bernstein, 2012) with 1 and 3 rounds (as Python's and Rust's own tables use it: the key is secret and lives as long as
the run). A digest waits for its own last step most of the time, therefore sixteen of them go side by side (digest.h).
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset

cdef enum:
    ALIKE = 3  # keeps digests of letters and digits apart from others
    WITH_AES = 4  # the fastest path

ALIKE_FROM = 52  # the bits of the second word of a row's key from here on tell what it is alike
cdef uint64_t EXACT = (<uint64_t>1 << ALIKE_FROM) - 1

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

cdef extern from "digest_aes.h" nogil:
    ctypedef struct AesKeys:
        pass
    ctypedef struct AesStates:
        pass
    bint aes_here()
    void aes_keys(AesKeys* keys, uint64_t k0, uint64_t k1)
    void aes_finish_all(const AesStates* states, int count, const AesKeys* keys, uint64_t* out)
    void aes_spans(const uint8_t* data, int64_t room, const int32_t* cell_start, const int32_t* cell,
                   const int32_t* start, const int32_t* end, int64_t n, const Folding* folding, const AesKeys* keys,
                   uint8_t* scratch, uint64_t* out)
    ctypedef struct AesTexts:
        uint8_t* bytes
        int64_t* begin
        int64_t* size
    void aes_texts(const AesTexts* texts, uint32_t which, const AesKeys* keys, AesStates* states)
    uint32_t aes_lines(const View* views, int width, const int32_t* which, int count, int64_t rows, const uint8_t* odd,
                       uint8_t separator, const Folding* loose, const AesKeys* keys, AesStates* exact, AesTexts* texts,
                       AesTexts* likes, uint32_t* folded)


def fastest_here(int path=4):
    """The fastest path of ``digest_spans`` that this machine has, at most ``path``."""
    return WITH_AES if path >= WITH_AES and aes_here() else fastest(path)


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
                 uint64_t domain, uint64_t k0, uint64_t k1, int path=4):
    """uint64[n, 2]: a keyed digest of each span's normalised text, apart for each domain.

    Span i is ``data[cell_start[cell[i]] + start[i] : … + end[i]]``; ``drop`` uint8[128] marks ASCII
    characters that do not belong to the identity (such as the colons of a MAC address). Normalised: full-width
    ASCII folded, white space and zero-width left out, ASCII lowered. ``path``: 0 one text at a time, 1 at most
    AVX2, 2 at most AVX-512, 3 also its byte shuffles: SipHash-1-3-128 all of them; 4 the fastest this machine has,
    which may be the digest of digest_aes.h. A run must not mix them.
    """
    cdef int64_t n = cell.shape[0], i, block, base, size, longest, room = data.shape[0]
    cdef int64_t begin[SIDE_BY_SIDE]
    cdef int64_t words[SIDE_BY_SIDE]
    cdef uint64_t spare[2 * SIDE_BY_SIDE]
    cdef int j, count
    cdef Folding fold
    cdef AesKeys keys
    cdef Text text
    cdef bint fits = True
    cdef uint8_t* place
    cdef uint8_t nothing = 0
    cdef const uint8_t* bytes
    result = np.empty((n, 2), dtype=np.uint64)
    if n == 0:
        return result
    if room:
        bytes = &data[0]
    else:
        bytes = &nothing
    cdef uint64_t[:, ::1] out = result
    folding(&fold, &drop[0])
    text = Text(NULL, 0, 0)
    path = fastest_here(path)
    if path == WITH_AES:
        longest = 0
        for i in range(n):
            size = end[i] - start[i]
            longest = size if size > longest else longest
        aes_keys(&keys, k0 ^ domain, k1)
        if not reserve(&text, longest):
            raise MemoryError
        with nogil:
            aes_spans(bytes, room, &cell_start[0], &cell[0], &start[0], &end[0], n, &fold, &keys, text.bytes, &out[0, 0])
        free(text.bytes)
        return result
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


cdef inline int64_t put_row(const View* views, int width, int64_t row, bint lines, const uint8_t* odd, int separator,
                            Text* raw) noexcept nogil:
    """Gathers a row's cells, each closed by 0x1F, behind what ``raw`` holds; the bytes, or -1 without memory."""
    cdef int64_t size = views[width - 1].end[row] - views[0].start[row] + 1 if lines else -1
    cdef uint8_t* place
    if size > 0 and (odd == NULL or not odd[row]):
        place = reserved(raw, size + SLACK)
        if place == NULL:
            return -1
        if odd != NULL and separator >= 0:
            size = gather_span(views[0].data, views[0].start[row], views[width - 1].end[row], width,
                               <uint8_t>separator, place)
        else:
            size = gather_line(views, width, row, place)
        if size >= 0:
            return size
    place = reserved(raw, row_size(views, width, row) + SLACK)
    return -1 if place == NULL else gather_cells(views, width, row, place)


cdef int64_t chosen_rows(const int32_t[::1] of_row, const uint64_t[::1] tags) noexcept nogil:
    """How many rows are of a group that has a tag; -1 where there is no such group."""
    cdef int64_t i, count = 0
    for i in range(of_row.shape[0]):
        if of_row[i] < 0 or of_row[i] >= tags.shape[0]:
            return -1
        count += tags[of_row[i]] != 0
    return count


cdef void digest_all(const View* views, int width, const int32_t[::1] of_row, const uint64_t[::1] tags, uint64_t k0,
                     uint64_t k1, int path, bint lines, bint packed, const uint8_t* odd, int separator, Text* rooms,
                     uint64_t* out, bint* fits) noexcept nogil:
    """Writes three words for each row of a group that has a tag. ``rooms``: for cells, for rows in their normal form,
    and for what makes these alike."""
    cdef int64_t size = of_row.shape[0], at = 0, i, longest
    cdef int32_t which[SIDE_BY_SIDE]
    cdef uint64_t digests[2][2 * SIDE_BY_SIDE]
    cdef AesTexts texts[2]
    cdef AesKeys keys[2]
    cdef AesStates states[2]
    cdef Folding writing, loose
    cdef uint32_t others, folded
    cdef bint in_place = path == WITH_AES and lines and odd != NULL
    cdef uint8_t* place
    cdef int j, k, count
    foldings(&writing, &loose)
    aes_keys(&keys[0], k0, k1)
    aes_keys(&keys[1], k0 ^ ALIKE, k1)
    memset(states, 0, sizeof(states))
    while at < size:
        count = 0
        rooms[1].size = rooms[2].size = longest = 0
        while at < size and count < SIDE_BY_SIDE:
            which[count] = <int32_t>at
            if tags[of_row[at]] != 0:
                count += 1
                if in_place:
                    longest += SLACK + 64 + max(0, views[width - 1].end[at] - views[0].start[at])
                elif lines and at + SIDE_BY_SIDE < size:
                    fetch_line(views, width, at + SIDE_BY_SIDE)
            at += 1
        others = (<uint32_t>1 << count) - 1
        folded = 0
        if in_place:
            for k in range(2):
                fits[0] = fits[0] and reserve(&rooms[1 + k], longest)
                rooms[1 + k].size = longest
                texts[k].bytes = rooms[1 + k].bytes
            if not fits[0]:
                return
            others = aes_lines(views, width, which, count, size, odd, <uint8_t>separator, &loose, &keys[0], &states[0],
                               &texts[0], &texts[1], &folded)
        longest = 0
        for j in range(count):
            if not others >> j & 1:
                continue
            if packed and which[j] + AHEAD < size:
                fetch_slots(views, width, which[j] + AHEAD)
            rooms[0].size = 0
            i = put_row(views, width, which[j], lines, odd, separator, &rooms[0])
            longest = i if i > longest else longest
            place = reserved(&rooms[1], i + SLACK + longest) if i >= 0 else NULL
            fits[0] = place != NULL
            if not fits[0]:
                return
            i = normal_text(rooms[0].bytes, i, place, &writing, path)
            texts[0].begin[j] = rooms[1].size
            texts[0].size[j] = i
            place = reserved(&rooms[2], i + SLACK + longest)
            fits[0] = place != NULL
            if not fits[0]:
                return
            texts[1].begin[j] = rooms[2].size
            texts[1].size[j] = fold_text(rooms[1].bytes + texts[0].begin[j], i + SLACK, 0, i, place, &loose, path)
            for k in range(2):
                if path != WITH_AES:
                    texts[k].size[j] = close_text(rooms[1 + k].bytes + texts[k].begin[j], texts[k].size[j])
                    rooms[1 + k].size = texts[k].begin[j] + 8 * texts[k].size[j]
                else:
                    rooms[1 + k].size += texts[k].size[j]
        if path == WITH_AES:
            for k in range(2):
                texts[k].bytes = rooms[1 + k].bytes
                aes_texts(&texts[k], <uint32_t>((1 << count) - 1) if k else others | folded, &keys[k], &states[k])
                aes_finish_all(&states[k], count, &keys[k], digests[k])
        else:
            digest_texts(&rooms[1], texts[0].begin, texts[0].size, count, k0, k1, digests[0], path)
            digest_texts(&rooms[2], texts[1].begin, texts[1].size, count, k0 ^ ALIKE, k1, digests[1], path)
        for j in range(count):
            out[0] = digests[1][2 * j]
            out[1] = (digests[0][2 * j] & EXACT) | (digests[1][2 * j + 1] & ~EXACT)
            out[2] = tags[of_row[which[j]]]
            out += 3


def digest_rows(list columns, const int32_t[::1] of_row, const uint64_t[::1] tags, uint64_t k0, uint64_t k1,
                int path=4, int separator=-1):
    """uint64[m, 3]: the keyed identity of each row of a group that has a tag, and that tag.

    ``columns``: (data uint8, start int32, end int32, codes int32 or None) each, as in ``model.Column``; ``of_row``
    int32[rows]: each row's group; ``tags`` uint64: of each group, 0 for rows that are left out.
    By words 0 and 1 rows are the same. Word 0 and the upper 12 bits of word 1 (ALIKE_FROM) are from the digest of the
    row's letters and digits alone, lowered: by these 76 bits rows are alike. The rest is from the digest of all of the
    row. So different rows are told apart by 128 bits, or by 52 if they differ in no letter and no digit: of a thousand
    million rows two that are not alike are taken for alike with a chance of 1 in 100 000, and for the same with 1 in
    10^20; of ten million records in a thousand ways of writing each, two are taken for the same with 1 in 1000.
    A row's cells are trimmed of white space and each closed by 0x1F, so that ("a", "b") and ("ab", "") differ; a null
    cell is an empty one. Full-width ASCII is folded, ``="…"`` and the apostrophe in front of a number are left out.
    ``path`` as for ``digest_spans``. ``separator``: the byte between any two cells of a row that lie one byte apart in
    one buffer, or -1 where that is not known. ValueError where groups, tags and columns do not fit.
    """
    cdef int64_t size = of_row.shape[0], count = chosen_rows(of_row, tags)
    cdef int width = len(columns), c
    cdef const uint8_t[::1] data
    cdef const int32_t[::1] start, end, codes
    cdef Text texts[3]
    cdef bint fits = True, lines = width > 0, packed = False
    cdef void** rooms = NULL
    cdef uint8_t* odd = NULL
    cdef View* views = NULL
    cdef uint64_t[:, ::1] out
    if count < 0:
        raise ValueError("groups and tags do not fit")
    result = np.empty((count, 3), np.uint64)
    if count == 0:
        return result
    out = result
    memset(texts, 0, sizeof(texts))
    path = fastest_here(path)
    try:
        rooms = <void**>calloc(width + 1, sizeof(void*))
        views = <View*>calloc(width + 1, sizeof(View))
        if views == NULL or rooms == NULL:
            raise MemoryError
        for c in range(width):
            data, start, end = columns[c][:3]
            views[c].size = data.shape[0]
            if data.shape[0]:
                views[c].data = &data[0]
            if start.shape[0]:
                views[c].start = &start[0]
                views[c].end = &end[0]
            if columns[c][3] is not None:
                codes = columns[c][3]
                if codes.shape[0] != size:
                    raise ValueError("rows and codes do not fit")
                views[c].codes = &codes[0]
                if data.shape[0] and count >= 2 * start.shape[0]:  # else it does not pay
                    rooms[c] = pack_cells(&views[c], start.shape[0])
                    packed = packed or rooms[c] != NULL
            elif start.shape[0] < size or end.shape[0] < size:
                raise ValueError("rows and cells do not fit")
            lines = lines and columns[c][3] is None and views[c].data == views[0].data
        if lines and separator >= 0 and path > 1:
            odd = <uint8_t*>calloc(size, 1)
            if odd == NULL:
                raise MemoryError
            mark_odd(views, width, size, odd)
        with nogil:
            digest_all(views, width, of_row, tags, k0, k1, path, lines, packed, odd, separator, texts, &out[0, 0],
                       &fits)
    finally:
        for c in range(width if rooms != NULL else 0):
            free(rooms[c])
        free(rooms)
        free(views)
        free(odd)
        for c in range(3):
            free(texts[c].bytes)
    if not fits:
        raise MemoryError
    return result
