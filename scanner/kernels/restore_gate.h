/* Which cells may hold a token: ten bytes in line of characters that tokens hold.
 *
 * A character beyond ASCII is told by its first three bytes, each by the table entries of its two halves: some pass
 * that are none, but none is missed. ``tables``: eight of sixteen bytes, for the low and the high halves of ASCII
 * characters, then of first, second and third bytes.
 */
#ifndef LEAKTALLY_RESTORE_GATE_H
#define LEAKTALLY_RESTORE_GATE_H

#include "damaged.h"
#include "lookup.h"

enum { MAY_HOLD = 1, CHINESE = 2 };

static inline uint8_t flags_of(const uint8_t *data, int32_t lo, uint32_t length) {
    return (uint8_t)((length >= LEAST_TOKEN ? MAY_HOLD : 0) | (length && data[lo] >= 0xE4 && data[lo] <= 0xE9 ? CHINESE : 0));
}

#ifdef FAST
typedef struct {
    __m256i low[4], high[4];
} GateTables;

FAST static inline uint64_t held(const uint8_t *p, const GateTables *t) {
    __m256i one = _mm256_loadu_si256((const __m256i *)p);
    __m256i two = _mm256_loadu_si256((const __m256i *)(p + 1));
    __m256i three = _mm256_loadu_si256((const __m256i *)(p + 2));
    __m256i none = _mm256_setzero_si256();
    __m256i plain = both(one, t->low[0], t->high[0]);
    __m256i wide = _mm256_and_si256(_mm256_and_si256(both(one, t->low[1], t->high[1]), both(two, t->low[2], t->high[2])),
                                    both(three, t->low[3], t->high[3]));
    uint64_t firsts = (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(wide, none));
    uint64_t ascii = (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(plain, none));
    uint64_t fours = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(one, _mm256_set1_epi8((char)0xF0)));
    return ascii | firsts | firsts << 1 | firsts << 2 | (firsts & fours) << 3;
}

/* Whether a cell may hold a token; 66 bytes behind where each window starts can be read. */
FAST static inline int may_hold_token(const uint8_t *p, uint32_t size, const GateTables *t) {
    for (uint32_t at = 0;; at += STRIDE) {
        uint32_t left = size - at;
        uint64_t mask = held(p + at, t);
        if (left > 32) mask |= held(p + at + 32, t) << 32;
        if (left < WINDOW) mask &= (1ULL << left) - 1;
        mask &= mask >> 1;
        mask &= mask >> 2;
        mask &= mask >> 4;
        if (mask & (mask >> 2)) return 1;
        if (left <= WINDOW) return 0;
    }
}

FAST static void gate_fast(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end, int64_t cells,
                           const int32_t *chosen, int64_t count, const uint8_t *tables, uint8_t *flags) {
    GateTables t;
    for (int i = 0; i < 4; i++) {
        t.low[i] = table(tables + 32 * i);
        t.high[i] = table(tables + 32 * i + 16);
    }
    for (int64_t k = 0; k < count; k++) {
        int32_t lo = start[chosen[k]];
        uint32_t length = (uint32_t)(end[chosen[k]] - lo);
        fetch_ahead(data, start, end, chosen[k], cells);
        flags[k] = flags_of(data, lo, length);
        if (flags[k] & MAY_HOLD && lo + (int64_t)length + WINDOW + 2 <= size && !may_hold_token(data + lo, length, &t))
            flags[k] ^= MAY_HOLD;
    }
}
#endif

/* ``flags`` of the chosen cells, which lie in the data: MAY_HOLD a token; begins with a CHINESE character.
 * ``path`` as in vector_path. */
static void gate_cells(const uint8_t *data, int64_t size, const int32_t *start, const int32_t *end, int64_t cells,
                       const int32_t *chosen, int64_t count, const uint8_t *tables, int path, uint8_t *flags) {
#ifdef FAST
    if (vector_path(path) != 1) {
        gate_fast(data, size, start, end, cells, chosen, count, tables, flags);
        return;
    }
#endif
    (void)size, (void)cells, (void)tables, (void)path;
    for (int64_t k = 0; k < count; k++) {
        int32_t lo = start[chosen[k]];
        flags[k] = flags_of(data, lo, (uint32_t)(end[chosen[k]] - lo));
    }
}

#endif
