"""Keyed digests of texts and of whole rows.

Rounds of AES on machines that have them in wide vectors (digest_aes.h), else SipHash with 128-bit output (Aumasson and
Bernstein, 2012) with 1 and 3 rounds (as Python's and Rust's own tables use it: the key is secret and lives as long as
the run). A digest waits for its own last step most of the time, therefore sixteen of them go side by side (digest.h).
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from scanner.kernels.lock cimport FEW_TEXTS
from scanner.kernels.digest_sums cimport Digesting, Known, Sums, aes_spread, all_below_wide, closed, opened, see, sum_rows
from scanner.kernels.digest_texts cimport (
    AHEAD, SIDE_BY_SIDE, WITH_AES, AesKeys, Folding, Sip, Text, aes_keys, aes_spans, close_text, digest_texts,
    fastest_path, fetch, fold_text, folding, reserve, reserved, sip_round, sip_take,
)

ALIKE_FROM = 52  # the bits of the second word of a row's key from here on tell what it is alike
cdef uint64_t EXACT = (<uint64_t>1 << ALIKE_FROM) - 1


def fastest_here(int path=4):
    """The fastest path of ``digest_spans`` that this machine has, at most ``path``."""
    return fastest_path(path)


cdef inline void sip_start(Sip* s, uint64_t k0, uint64_t k1) noexcept nogil:
    s.v0 = k0 ^ <uint64_t>0x736f6d6570736575
    s.v1 = k1 ^ <uint64_t>0x646f72616e646f6d ^ 0xee
    s.v2 = k0 ^ <uint64_t>0x6c7967656e657261
    s.v3 = k1 ^ <uint64_t>0x7465646279746573


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


cdef int64_t longest_of(const int32_t[::1] start, const int32_t[::1] end) noexcept nogil:
    cdef int64_t i
    cdef int32_t longest = 0
    for i in range(start.shape[0]):
        longest = max(longest, end[i] - start[i])
    return longest


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
    path = fastest_path(path)
    if path == WITH_AES:
        aes_keys(&keys, k0 ^ domain, k1)
        if n <= FEW_TEXTS:
            fits = reserve(&text, longest_of(start, end))
            if fits:
                aes_spans(bytes, room, &cell_start[0], &cell[0], &start[0], &end[0], n, &fold, &keys, text.bytes, &out[0, 0])
        else:
            with nogil:
                fits = reserve(&text, longest_of(start, end))
                if fits:
                    aes_spans(
                        bytes, room, &cell_start[0], &cell[0], &start[0], &end[0], n, &fold, &keys, text.bytes, &out[0, 0]
                    )
        if not fits:
            raise MemoryError
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


cdef int64_t chosen_rows(const int32_t[::1] of_row, const uint64_t[::1] tags) noexcept nogil:
    """How many rows are of a group that has a tag; -1 where there is no such group."""
    cdef int64_t i, count = 0
    for i in range(of_row.shape[0]):
        if of_row[i] < 0 or of_row[i] >= tags.shape[0]:
            return -1
        count += tags[of_row[i]] != 0
    return count


cdef bint all_below(const int32_t[::1] codes, int64_t cells, int path) noexcept nogil:
    cdef int64_t i
    cdef int32_t most = -1
    if path == WITH_AES and codes.shape[0]:
        return all_below_wide(&codes[0], codes.shape[0], cells)
    for i in range(codes.shape[0]):
        most = codes[i] if codes[i] > most else most
    return most < cells


cdef bint digest_all(Digesting* work, const int32_t[::1] of_row, const uint64_t[::1] tags, uint64_t* out) noexcept nogil:
    """Writes three words for each row of a group that has a tag; False without memory."""
    cdef int64_t size = of_row.shape[0], at = 0
    cdef int32_t which[SIDE_BY_SIDE]
    cdef Sums sums[SIDE_BY_SIDE]
    cdef int j, count
    memset(sums, 0, sizeof(sums))
    while at < size:
        count = 0
        while at < size and count < SIDE_BY_SIDE:
            which[count] = <int32_t>at
            count += tags[of_row[at]] != 0
            at += 1
        if not sum_rows(work, which, count, sums):
            return False
        if work.path == WITH_AES:
            aes_spread(sums, count, &work.like, &work.exact)
        for j in range(count):
            out[0] = sums[j].like[0]
            out[1] = (sums[j].exact[0] & EXACT) | (sums[j].like[1] & ~EXACT)
            out[2] = tags[of_row[which[j]]]
            out += 3
    return True


cdef bint sum_cells(Digesting* work, uint64_t* out) noexcept nogil:
    """Writes four words for each cell of the only column, and for none; False without memory."""
    cdef int32_t which[SIDE_BY_SIDE]
    cdef Sums sums[SIDE_BY_SIDE]
    cdef int32_t none = -1
    cdef int64_t at = 0, size = work.views[0].cells
    cdef int j, count
    while at <= size:
        count = 0
        while at < size and count < SIDE_BY_SIDE:
            which[count] = <int32_t>at
            count += 1
            at += 1
        if count == 0:  # null is the cell behind the last
            work.views[0].codes = &none
            which[0] = 0
            count = 1
            at += 1
        if not sum_rows(work, which, count, sums):
            return False
        memcpy(out, sums, count * sizeof(Sums))
        out += 4 * count
    return True


def digest_cells(const uint8_t[::1] data, const int32_t[::1] start, const int32_t[::1] end, int64_t place, uint64_t k0,
                 uint64_t k1, int path=4):
    """uint64[n + 1, 4]: what each cell of a column adds to the digests of its rows (by xor), and a null.

    ``place``: the number of the column. The rest is as in ``digest_rows``. ValueError where starts and ends do not fit.
    """
    cdef Digesting work
    cdef bint fits = False
    cdef uint64_t[:, ::1] out
    # What is held of a cell lies in one line of the cache, as it is read in any order.
    room = np.empty(4 * start.shape[0] + 12, np.uint64)
    skipped = -room.ctypes.data % 64 // 8
    result = room[skipped : skipped + 4 * start.shape[0] + 4].reshape(-1, 4)
    out = result
    memset(&work, 0, sizeof(work))
    try:
        opened(&work, 1, k0, k1, path)
        see(&work, place, data, start, end, NULL, k0, k1)
        work.rows = start.shape[0]
        with nogil:
            fits = sum_cells(&work, &out[0, 0])
    finally:
        closed(&work)
    if not fits:
        raise MemoryError
    return result


def digest_rows(list columns, const int32_t[::1] of_row, const uint64_t[::1] tags, uint64_t k0, uint64_t k1, int path=4):
    """uint64[m, 3]: the keyed identity of each row of a group that has a tag, and that tag.

    ``columns``: (data uint8, start int32, end int32, codes int32 or None, digests or None) each, as in ``model.Column``;
    digests uint64[n + 1, 4]: what ``digest_cells`` makes of the cells in this place. ``of_row`` int32[rows]: each row's group;
    ``tags`` uint64: of each group, 0 for rows that are left out.
    By words 0 and 1 rows are the same. Word 0 and the upper 12 bits of word 1 (ALIKE_FROM) are from the digests of the
    cells' letters and digits alone, lowered: by these 76 bits rows are alike. The rest is from the digests of all of the
    cells. So different rows are told apart by 128 bits, or by 52 if they differ in no letter and no digit: of a thousand
    million rows two that are not alike are taken for alike with a chance of 1 in 100 000, and for the same with 1 in
    10^20; of ten million records in a thousand ways of writing each, two are taken for the same with 1 in 1000.
    Cells are trimmed of white space; ("a", "b") and ("ab", "") differ; a null cell is an empty one. Full-width ASCII is
    folded, ``="…"`` and the apostrophe in front of a number are left out.
    ``path`` as for ``digest_spans``. ValueError where groups, tags and columns do not fit.
    """
    cdef int64_t size = of_row.shape[0], count
    cdef int64_t place, cells
    cdef const int32_t[::1] held
    cdef const uint64_t[:, ::1] sums
    cdef const int32_t* numbers
    cdef uint64_t[:, ::1] out
    cdef Digesting work
    cdef bint fits = False
    with nogil:
        count = chosen_rows(of_row, tags)
    if count < 0:
        raise ValueError("groups and tags do not fit")
    result = np.empty((count, 3), np.uint64)
    if count == 0:
        return result
    out = result
    memset(&work, 0, sizeof(work))
    try:
        opened(&work, len(columns), k0, k1, path)
        for place, (data, start, end, codes, digests) in enumerate(columns):
            cells = len(start)
            numbers = NULL
            if codes is not None:
                held = codes
                with nogil:
                    fits = all_below(held, cells, work.path)
                if held.shape[0] != size or not fits:
                    raise ValueError("rows and codes do not fit")
                numbers = &held[0]
            elif cells < size:
                raise ValueError("rows and cells do not fit")
            if codes is None or digests is None:
                see(&work, place, data, start, end, numbers, k0, k1)
                continue
            sums = digests
            if sums.shape[0] != cells + 1 or sums.shape[1] != 4:
                raise ValueError("cells and their digests do not fit")
            work.knowns[work.known] = Known(numbers, &sums[0, 0], cells)
            work.known += 1
        work.rows = size
        with nogil:
            fits = digest_all(&work, of_row, tags, &out[0, 0])
    finally:
        closed(&work)
    if not fits:
        raise MemoryError
    return result
