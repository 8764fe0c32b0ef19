/* Overlaps of two sorted sets of spans, and which cells hold something. */
#ifndef LEAKTALLY_SPANS_H
#define LEAKTALLY_SPANS_H

#include "wide.h"

typedef struct {
    const int32_t *cell, *start, *end;
    int64_t count;
} Spans;

/* Does span ``i`` of a overlap any of b, of which the first ``*j`` lie in front of it? */
static inline int overlaps_any(const Spans *a, const Spans *b, int64_t i, int64_t *j) {
    int64_t at = *j;
    while (at < b->count &&
           (b->cell[at] < a->cell[i] || (b->cell[at] == a->cell[i] && b->end[at] <= a->start[i])))
        at++;
    *j = at;
    return at < b->count && b->cell[at] == a->cell[i] && b->start[at] < a->end[i];
}

static int64_t overlaps_each(const Spans *a, const Spans *b, uint8_t *out) {
    int64_t j = 0, found = 0;
    for (int64_t i = 0; i < a->count; i++) found += out[i] = (uint8_t)overlaps_any(a, b, i, &j);
    return found;
}

#ifdef HAS_WIDE
/* Where both go on with one span in each of the same cells, sixteen pairs are compared at once. ``out`` is zeros. */
VECTOR static int64_t overlaps_wide(const Spans *a, const Spans *b, uint8_t *out) {
    int64_t i = 0, j = 0, found = 0;
    while (i < a->count && j < b->count) {
        int roomy = i + 17 <= a->count;
        if (roomy && a->cell[i + 15] < b->cell[j]) {
            i += 16;
            continue;
        }
        if (roomy && j + 17 <= b->count) {
            if (b->cell[j + 15] < a->cell[i]) {
                j += 16;
                continue;
            }
            __m512i ca = _mm512_loadu_si512(a->cell + i), cb = _mm512_loadu_si512(b->cell + j);
            __mmask16 good = _mm512_cmpeq_epi32_mask(ca, cb);
            good = _mm512_mask_cmpneq_epi32_mask(good, ca, _mm512_loadu_si512(a->cell + i + 1));
            good = _mm512_mask_cmpneq_epi32_mask(good, cb, _mm512_loadu_si512(b->cell + j + 1));
            uint32_t pairs = (uint32_t)__builtin_ctz(~(uint32_t)good);
            __mmask16 hits = (__mmask16)((1U << pairs) - 1);
            hits = _mm512_mask_cmplt_epi32_mask(hits, _mm512_loadu_si512(a->start + i), _mm512_loadu_si512(b->end + j));
            hits = _mm512_mask_cmplt_epi32_mask(hits, _mm512_loadu_si512(b->start + j), _mm512_loadu_si512(a->end + i));
            /* Whole: what is behind the pairs is written again. */
            _mm_storeu_si128((__m128i *)(out + i), _mm_maskz_set1_epi8(hits, 1));
            found += __builtin_popcount(hits);
            i += pairs;
            j += pairs;
            if (pairs == 16) continue;
            /* Lanes of this block that lie before the other's next cell; no branch could foresee which is behind. */
            __mmask16 rest = (__mmask16)(0xFFFFU << pairs);
            __m512i one = _mm512_set1_epi32(a->cell[i]), other = _mm512_set1_epi32(b->cell[j]);
            int before = __builtin_popcount(_mm512_mask_cmplt_epi32_mask(rest, ca, other));
            int passed = __builtin_popcount(_mm512_mask_cmplt_epi32_mask(rest, cb, one));
            i += before;
            j += passed;
            if (before | passed) continue;
        }
        found += out[i] = (uint8_t)overlaps_any(a, b, i, &j);
        i++;
    }
    return found;
}
#endif

/* ``out`` must be zeros; returns how many of a overlap. */
static int64_t overlaps(const Spans *a, const Spans *b, uint8_t *out, int path) {
    if (!a->count || !b->count) return 0;
#ifdef HAS_WIDE
    if (is_wide(path)) return overlaps_wide(a, b, out);
#endif
    (void)path;
    return overlaps_each(a, b, out);
}

/* Is the trimmed text one of the words that databases write for nothing: null, none, nan, n/a, \N, -, --, 无, 空? */
static int blank_word(const uint8_t *p, int64_t n) {
    int64_t dashes = 0;
    if (n > 4 || n < 1) return 0;
    while (dashes < n && (p[dashes] == '-' || p[dashes] == '/')) dashes++;
    if (dashes == n) return 1;
    if (n == 2) return (p[0] == '\\' && p[1] == 'N') || ((p[0] | 32) == 'n' && (p[1] | 32) == 'a');
    if (n == 3) {
        if (!memcmp(p, "\xE6\x97\xA0", 3) || !memcmp(p, "\xE7\xA9\xBA", 3)) return 1;
        if ((p[0] | 32) != 'n') return 0;
        return ((p[2] | 32) == 'a' || (p[2] | 32) == 'n') && ((p[1] | 32) == 'a' || p[1] == '/');
    }
    if (n != 4 || (p[0] | 32) != 'n') return 0;
    return ((p[1] | 32) == 'u' && (p[2] | 32) == 'l' && (p[3] | 32) == 'l') ||
           ((p[1] | 32) == 'o' && (p[2] | 32) == 'n' && (p[3] | 32) == 'e');
}

static inline int is_filled(const uint8_t *data, int64_t a, int64_t b) {
    if (b - a > 4 && data[a] > 0x20 && data[b - 1] > 0x20) return 1;
    while (a < b && data[a] <= 0x20) a++;
    while (b > a && data[b - 1] <= 0x20) b--;
    return b > a && !blank_word(data + a, b - a);
}

/* Kinds of cells (kernels/profile): with a digit, or long and without any class that white space is in, a cell holds
 * something; only the others need to be looked at. */
#define KIND_DIGIT 0x0001
#define KIND_BLANK 0x1080

static int64_t filled_each(const uint8_t *data, const int32_t *start, const int32_t *end, const uint16_t *kinds,
                           int64_t size, int64_t i, int64_t n, uint8_t *out) {
    int64_t found = 0;
    for (; i < n; i++) {
        if (start[i] < 0 || end[i] < start[i] || end[i] > size) return -1;
        int sure = kinds && (kinds[i] & KIND_DIGIT || (end[i] - start[i] > 4 && !(kinds[i] & KIND_BLANK)));
        found += out[i] = (uint8_t)(sure || is_filled(data, start[i], end[i]));
    }
    return found;
}

#ifdef HAS_WIDE
VECTOR static int64_t filled_wide(const uint8_t *data, const int32_t *start, const int32_t *end, const uint16_t *kinds,
                                int64_t size, int64_t n, uint8_t *out) {
    int64_t i = 0, found = 0;
    const __m256i digit = _mm256_set1_epi16(KIND_DIGIT), blank = _mm256_set1_epi16(KIND_BLANK);
    const __m512i most = _mm512_set1_epi32((int)size), four = _mm512_set1_epi32(4);
    for (; i + 16 <= n; i += 16) {
        __m256i kind = _mm256_loadu_si256((const __m256i *)(kinds + i));
        __m512i from = _mm512_loadu_si512(start + i), to = _mm512_loadu_si512(end + i);
        __m512i length = _mm512_sub_epi32(to, from);
        /* As unsigned numbers: 0 <= start <= end <= size. */
        __mmask16 inside = _mm512_cmple_epu32_mask(from, to) & _mm512_cmple_epu32_mask(to, most);
        __mmask16 sure = _mm512_mask_cmpgt_epi32_mask(_mm256_testn_epi16_mask(kind, blank), length, four);
        sure |= _mm256_test_epi16_mask(kind, digit);
        uint32_t asked = (uint16_t)~sure & _mm512_test_epi32_mask(length, length), held = sure;
        if (inside != 0xFFFF) return -1;
        for (; asked; asked &= asked - 1) {
            uint32_t at = (uint32_t)__builtin_ctz(asked);
            held |= (uint32_t)is_filled(data, start[i + at], end[i + at]) << at;
        }
        _mm_storeu_si128((__m128i *)(out + i), _mm_maskz_set1_epi8((__mmask16)held, 1));
        found += __builtin_popcount(held);
    }
    int64_t more = filled_each(data, start, end, kinds, size, i, n, out);
    return more < 0 ? -1 : found + more;
}
#endif

/* ``kinds`` may be NULL; returns how many cells hold something, -1 where a cell lies outside the data. */
static int64_t filled_cells(const uint8_t *data, const int32_t *start, const int32_t *end, const uint16_t *kinds,
                            int64_t size, int64_t n, uint8_t *out, int path) {
#ifdef HAS_WIDE
    if (kinds && size <= INT32_MAX && is_wide(path)) return filled_wide(data, start, end, kinds, size, n, out);
#endif
    (void)path;
    return filled_each(data, start, end, kinds, size, 0, n, out);
}

#endif
