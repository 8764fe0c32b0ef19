/* Overlaps of two sorted sets of spans, and which cells hold something. */
#ifndef LEAKTALLY_SPANS_H
#define LEAKTALLY_SPANS_H

#include "characters.h"
#include "nothing.h"
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
/* Of sixteen cells from ``base`` on: which have one of the spans from ``i`` on, and where that begins and ends. */
typedef struct {
    uint32_t cells; /* a bit for each */
    int alone;      /* whether no cell has two */
    __m512i start, end;
} Sixteen;

/* There must be 17 spans from ``i`` on, none of them in front of ``base``. */
VECTOR static inline Sixteen sixteen_from(const Spans *s, int64_t i, int32_t base) {
    Sixteen out;
    __m512i cell = _mm512_loadu_si512(s->cell + i), one = _mm512_set1_epi32(1);
    __m512i place = _mm512_sub_epi32(cell, _mm512_set1_epi32(base));
    __mmask16 near = _mm512_cmplt_epu32_mask(place, _mm512_set1_epi32(16));
    out.alone = !_mm512_mask_cmpeq_epi32_mask(near, cell, _mm512_loadu_si512(s->cell + i + 1));
    out.cells = (uint32_t)_mm512_reduce_or_epi32(_mm512_maskz_sllv_epi32(near, one, place));
    out.start = _mm512_maskz_expand_epi32((__mmask16)out.cells, _mm512_loadu_si512(s->start + i));
    out.end = _mm512_maskz_expand_epi32((__mmask16)out.cells, _mm512_loadu_si512(s->end + i));
    return out;
}

#define SPARSE 64 /* cells over which sixteen spans are spread that are rather compared one by one */

/* Have both one span in each of the same sixteen cells, and are those all there are in these? 17 must be there. */
VECTOR static inline int same_sixteen(const Spans *a, int64_t i, const Spans *b, int64_t j) {
    __m512i cell = _mm512_loadu_si512(a->cell + i);
    if (_mm512_cmpneq_epi32_mask(cell, _mm512_loadu_si512(b->cell + j))) return 0;
    return !_mm512_cmpeq_epi32_mask(cell, _mm512_loadu_si512(a->cell + i + 1)) && b->cell[j + 15] != b->cell[j + 16];
}

/* Where both have at most one span in each of sixteen cells, all of them are compared at once. ``out`` is zeros. */
VECTOR static int64_t overlaps_wide(const Spans *a, const Spans *b, uint8_t *out) {
    int64_t i = 0, j = 0, found = 0;
    while (i < a->count && j < b->count) {
        if (i + 17 <= a->count) {
            if (a->cell[i + 15] < b->cell[j]) {
                i += 16;
                continue;
            }
            if (a->cell[i + 15] - a->cell[i] >= SPARSE) {
                for (int64_t stop = i + 16; i < stop; i++) {
                    while (j + 16 <= b->count && b->cell[j + 15] < a->cell[i]) j += 16;
                    found += out[i] = (uint8_t)overlaps_any(a, b, i, &j);
                }
                continue;
            }
            if (j + 17 <= b->count) {
                int32_t base = a->cell[i];
                if (same_sixteen(a, i, b, j)) {
                    __mmask16 hits = _mm512_cmplt_epi32_mask(_mm512_loadu_si512(a->start + i), _mm512_loadu_si512(b->end + j));
                    hits = _mm512_mask_cmplt_epi32_mask(hits, _mm512_loadu_si512(b->start + j),
                                                        _mm512_loadu_si512(a->end + i));
                    _mm_storeu_si128((__m128i *)(out + i), _mm_maskz_set1_epi8(hits, 1));
                    found += __builtin_popcount(hits);
                    i += 16;
                    j += 16;
                    continue;
                }
                if (b->cell[j + 15] < base) {
                    j += 16;
                    continue;
                }
                __mmask16 passed = _mm512_cmplt_epi32_mask(_mm512_loadu_si512(b->cell + j), _mm512_set1_epi32(base));
                j += __builtin_popcount(passed);
                if (j + 17 > b->count) continue;
                Sixteen one = sixteen_from(a, i, base), other = sixteen_from(b, j, base);
                if (one.alone && other.alone) {
                    __mmask16 hits = (__mmask16)(one.cells & other.cells);
                    hits = _mm512_mask_cmplt_epi32_mask(hits, one.start, other.end);
                    hits = _mm512_mask_cmplt_epi32_mask(hits, other.start, one.end);
                    /* Whole: what is behind the sixteen cells is written again. */
                    _mm_storeu_si128((__m128i *)(out + i), _mm_maskz_set1_epi8((__mmask16)_pext_u32(hits, one.cells), 1));
                    found += __builtin_popcount(hits);
                    i += __builtin_popcount(one.cells);
                    j += __builtin_popcount(other.cells);
                    continue;
                }
            }
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

/* What is written for nothing (patterns/nothing.toml): words by their size, ASCII letters small; their sizes by the hash
 * of their first bytes; signs and white space by character. */
enum { SIGN = 1, WHITE = 2 };
typedef struct {
    const uint8_t *words[WORD_MOST + 1];
    int32_t count[WORD_MOST + 1];
    uint32_t begins[BEGINS];
    const uint8_t *classes;
} Nothing;

static inline uint8_t small(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 32 : byte; }

static inline int is_word(const Nothing *none, const uint8_t *p, int64_t n) {
    if (!(none->begins[begin_of(p, n)] >> (n - 1) & 1)) return 0;
    const uint8_t *word = none->words[n];
    for (int32_t i = 0; i < none->count[n]; i++, word += n) {
        int64_t at = 0;
        while (at < n && small(p[at]) == word[at]) at++;
        if (at == n) return 1;
    }
    return 0;
}

static inline int class_at(const Nothing *none, const uint8_t *p, int64_t n, int32_t *size) {
    uint32_t code = character_at(p, n, size);
    return code < PLANE ? none->classes[code] : 0;
}

static inline int is_filled(const Nothing *none, const uint8_t *data, int64_t a, int64_t b) {
    int32_t size;
    if (a < b && is_solid(none->classes, data + a, b - a)) return b - a > WORD_MOST || !is_word(none, data + a, b - a);
    while (a < b && class_at(none, data + a, b - a, &size) & WHITE) a += size;
    while (a < b) {
        int64_t last = b - 1;
        while (last > a && last > b - 3 && (data[last] & 0xC0) == 0x80) last--;
        if (!(class_at(none, data + last, b - last, &size) & WHITE) || last + size != b) break;
        b = last;
    }
    int64_t n = b - a;
    if (!n) return 0;
    if (n > WORD_MOST) return 1;
    if (is_word(none, data + a, n)) return 0;
    while (a < b && class_at(none, data + a, b - a, &size) & (SIGN | WHITE)) a += size;
    return a < b;
}

static int64_t filled_each(const Nothing *none, const uint8_t *data, const int32_t *start, const int32_t *end,
                           const uint16_t *kinds, int64_t size, int64_t i, int64_t n, uint8_t *out) {
    int64_t found = 0;
    for (; i < n; i++) {
        if (start[i] < 0 || end[i] < start[i] || end[i] > size) return -1;
        int sure = kinds && sure_by_kind(kinds[i], end[i] - start[i]);
        found += out[i] = (uint8_t)(sure || is_filled(none, data, start[i], end[i]));
    }
    return found;
}

#ifdef HAS_WIDE
VECTOR static int64_t filled_wide(const Nothing *none, const uint8_t *data, const int32_t *start, const int32_t *end,
                                  const uint16_t *kinds, int64_t size, int64_t n, uint8_t *out) {
    int64_t i = 0, found = 0;
    const __m256i digit = _mm256_set1_epi16(KIND_DIGIT), blank = _mm256_set1_epi16(KIND_BLANK);
    const __m512i most = _mm512_set1_epi32((int)size), most_word = _mm512_set1_epi32(WORD_MOST);
    for (; i + 16 <= n; i += 16) {
        __m256i kind = _mm256_loadu_si256((const __m256i *)(kinds + i));
        __m512i from = _mm512_loadu_si512(start + i), to = _mm512_loadu_si512(end + i);
        __m512i length = _mm512_sub_epi32(to, from);
        /* As unsigned numbers: 0 <= start <= end <= size. */
        __mmask16 inside = _mm512_cmple_epu32_mask(from, to) & _mm512_cmple_epu32_mask(to, most);
        __mmask16 sure = _mm512_mask_cmpgt_epi32_mask(_mm256_testn_epi16_mask(kind, blank), length, most_word);
        sure |= _mm256_test_epi16_mask(kind, digit);
        uint32_t asked = (uint16_t)~sure & _mm512_test_epi32_mask(length, length), held = sure;
        if (inside != 0xFFFF) return -1;
        for (; asked; asked &= asked - 1) {
            uint32_t at = (uint32_t)__builtin_ctz(asked);
            held |= (uint32_t)is_filled(none, data, start[i + at], end[i + at]) << at;
        }
        _mm_storeu_si128((__m128i *)(out + i), _mm_maskz_set1_epi8((__mmask16)held, 1));
        found += __builtin_popcount(held);
    }
    int64_t more = filled_each(none, data, start, end, kinds, size, i, n, out);
    return more < 0 ? -1 : found + more;
}
#endif

/* Cells that are not sure lie far apart. What lies outside is fetched, too, but not touched. */
#define UNSURE_AHEAD 8
static inline void fetch_cell(const uint8_t *data, int64_t at) {
#ifdef HAS_WIDE
    __builtin_prefetch((const void *)((uintptr_t)data + (uintptr_t)at));
#else
    (void)data, (void)at;
#endif
}

/* The same where all cells but the ``asked`` ones of ``unsure`` hold something if they hold any byte. */
static int64_t filled_but(const Nothing *none, const uint8_t *data, const int32_t *start, const int32_t *end,
                          const uint16_t *kinds, int64_t size, int64_t n, const int32_t *unsure, int64_t asked,
                          uint8_t *out) {
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) out[i] = kinds[i] != 0;
    for (int64_t i = 0; i < n; i += 255) {
        int64_t last = i + 255 < n ? i + 255 : n;
        uint8_t some = 0;
        for (int64_t at = i; at < last; at++) some = (uint8_t)(some + out[at]);
        found += some;
    }
    for (int64_t k = 0; k < asked; k++) {
        int64_t i = unsure[k], ahead = k + UNSURE_AHEAD < asked ? unsure[k + UNSURE_AHEAD] : -1;
        if (ahead >= 0 && ahead < n) fetch_cell(data, start[ahead]);
        if (i < 0 || i >= n || start[i] < 0 || end[i] < start[i] || end[i] > size) return -1;
        uint8_t is = (uint8_t)is_filled(none, data, start[i], end[i]);
        found += is - out[i];
        out[i] = is;
    }
    return found;
}

/* ``kinds`` may be NULL; returns how many cells hold something, -1 where a cell lies outside the data. */
static int64_t filled_cells(const Nothing *none, const uint8_t *data, const int32_t *start, const int32_t *end,
                            const uint16_t *kinds, int64_t size, int64_t n, uint8_t *out, int path) {
#ifdef HAS_WIDE
    if (kinds && size <= INT32_MAX && is_wide(path)) return filled_wide(none, data, start, end, kinds, size, n, out);
#endif
    (void)path;
    return filled_each(none, data, start, end, kinds, size, 0, n, out);
}

#endif
