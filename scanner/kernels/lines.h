/* Where lines end, and whether any line has to be looked at for its encoding. */
#ifndef LEAKTALLY_LINES_H
#define LEAKTALLY_LINES_H

#include <stdint.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "wide.h"

#define GROUP 64
#define LATIN_LEAD 0xC3 /* in UTF-8 with U+00C0 to U+00FF, which Chinese text lacks and decoded bytes have */

/* Bits of 64 bytes: those of no ASCII, line ends, and LATIN_LEAD. */
static inline void line_marks(const uint8_t *data, uint64_t *high, uint64_t *ends, uint64_t *latin) {
    uint64_t h = 0, e = 0, l = 0;
#ifdef __SSE2__
    for (int at = 0; at < GROUP; at += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(data + at));
        __m128i end = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\r')));
        h |= (uint64_t)(uint32_t)_mm_movemask_epi8(x) << at;
        e |= (uint64_t)(uint32_t)_mm_movemask_epi8(end) << at;
        l |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)LATIN_LEAD))) << at;
    }
#else
    for (int at = 0; at < GROUP; at++) {
        h |= (uint64_t)(data[at] >> 7) << at;
        e |= (uint64_t)(data[at] == '\n' || data[at] == '\r') << at;
        l |= (uint64_t)(data[at] == LATIN_LEAD) << at;
    }
#endif
    *high = h, *ends = e, *latin = l;
}

/* Where the first line ends, or ``size``. */
static inline ptrdiff_t line_end(const uint8_t *data, ptrdiff_t size) {
    ptrdiff_t at = 0;
    uint64_t high, ends, latin;
    for (; at + GROUP <= size; at += GROUP) {
        line_marks(data + at, &high, &ends, &latin);
        if (ends) return at + __builtin_ctzll(ends);
    }
    while (at < size && data[at] != '\n' && data[at] != '\r') at++;
    return at;
}

static inline int begins_suspect(const uint8_t *data, ptrdiff_t size, const uint8_t *suspects) {
    if (size < 3 || (data[0] & 0xF0) != 0xE0) return 0;
    return suspects[(data[0] & 0x0F) << 12 | (data[1] & 0x3F) << 6 | (data[2] & 0x3F)];
}

#ifdef HAS_WIDE
#define BLOCK (16 * GROUP)
/* Goes on by blocks that hold no LATIN_LEAD and surely no line of more than ``longest``, which is longer than a block:
 * from ``at`` on, where ``line`` is the last line's start and ``fresh`` whether it has only ASCII so far. Returns where
 * the first suspect character begins, -1 if the blocks passed have none.
 *
 * Of each block two things are noted before any line is looked at: which bytes are no ASCII, and where lines begin. */
VECTOR static ptrdiff_t pass_blocks(
    const uint8_t *data, ptrdiff_t size, const uint8_t *suspects, ptrdiff_t longest, ptrdiff_t *at, ptrdiff_t *line,
    int *fresh
) {
    const __m512i feed = _mm512_set1_epi8('\n'), carriage = _mm512_set1_epi8('\r');
    const __m512i lead = _mm512_set1_epi8((char)LATIN_LEAD);
    uint64_t high[BLOCK / GROUP + 1];
    uint16_t starts[BLOCK + 2];
    high[BLOCK / GROUP] = 1; /* the end of the block, if nothing is found before it */
    starts[0] = 0;
    while (*at + BLOCK <= size && *at + BLOCK - *line <= longest) {
        uint32_t before = (uint32_t)*fresh, count = before;
        __m512i least = lead;
        for (uint32_t group = 0; group < BLOCK; group += GROUP) {
            fetch_stream(data + *at + group);
            __m512i bytes = _mm512_loadu_si512(data + *at + group);
            uint64_t ends = _mm512_cmpeq_epi8_mask(bytes, feed) | _mm512_cmpeq_epi8_mask(bytes, carriage);
            least = _mm512_min_epu8(least, _mm512_xor_si512(bytes, lead)); /* 0 where there is one */
            high[group / GROUP] = _mm512_movepi8_mask(bytes);
            starts[count] = (uint16_t)(group + (uint32_t)_tzcnt_u64(ends) + 1);
            count += ends != 0;
            for (ends = _blsr_u64(ends); ends; ends = _blsr_u64(ends)) /* lines are seldom so short */
                starts[count++] = (uint16_t)(group + (uint32_t)_tzcnt_u64(ends) + 1);
        }
        if (_mm512_testn_epi8_mask(least, least)) return -1;
        uint32_t first = 0;
        for (uint32_t i = 0; i < count && first < BLOCK; i++) { /* what lies in a later line is looked at twice */
            uint32_t group = starts[i] / GROUP;
            uint64_t left = high[group] >> starts[i] % GROUP;
            if (left) {
                first = starts[i] + (uint32_t)_tzcnt_u64(left);
            } else {
                while (!high[++group]) continue;
                first = group * GROUP + (uint32_t)_tzcnt_u64(high[group]);
            }
            ptrdiff_t place = *at + first;
            if (first < BLOCK && begins_suspect(data + place, size - place, suspects)) return place;
        }
        if (count > before) *line = *at + starts[count - 1];
        *fresh = first >= BLOCK;
        *at += BLOCK;
        starts[0] = 0;
    }
    return -1;
}
#endif

/* The first byte of well-formed UTF-8 that makes its line suspect: LATIN_LEAD; the first character of no ASCII in a
 * line if the table says so; the first byte of a line of more than ``longest``. ``size`` where there is none.
 * ``path`` 1: without the widest vectors. */
static inline ptrdiff_t first_suspect(
    const uint8_t *data, ptrdiff_t size, const uint8_t *suspects, ptrdiff_t longest, int path
) {
    ptrdiff_t at = 0, line = 0;
    int fresh = 1; /* only ASCII so far in the line */
    uint64_t high, ends, latin, left;
#ifdef HAS_WIDE
    if (size >= BLOCK && longest > BLOCK && is_wide(path)) {
        ptrdiff_t suspect = pass_blocks(data, size, suspects, longest, &at, &line, &fresh);
        if (suspect >= 0) return suspect;
    }
#else
    (void)path;
#endif
    for (; at + GROUP <= size; at += GROUP) {
        line_marks(data + at, &high, &ends, &latin);
        for (left = ~(uint64_t)0;;) {
            uint64_t found = (fresh ? high : ends) & left;
            if (!found) break;
            int place = __builtin_ctzll(found);
            if (fresh && begins_suspect(data + at + place, size - at - place, suspects)) {
                latin &= ((uint64_t)1 << place) - 1;
                return latin ? at + __builtin_ctzll(latin) : at + place;
            }
            fresh = !fresh;
            left = place == GROUP - 1 ? 0 : ~(uint64_t)0 << (place + 1);
        }
        if (latin) return at + __builtin_ctzll(latin);
        if ((ends ? at + __builtin_ctzll(ends) : at + GROUP) - line > longest) return line;
        if (ends) line = at + GROUP - __builtin_clzll(ends);
    }
    for (; at < size; at++) {
        if (data[at] == LATIN_LEAD) return at;
        if (at - line > longest) return line;
        if (data[at] == '\n' || data[at] == '\r') fresh = 1, line = at + 1;
        else if (fresh && data[at] >= 0x80) {
            if (begins_suspect(data + at, size - at, suspects)) return at;
            fresh = 0;
        }
    }
    return size - line > longest ? line : size;
}

#endif
