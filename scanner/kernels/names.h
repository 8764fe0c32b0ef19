/* Which cells may be names at all, by what kernels/profile says of them. */
#ifndef LEAKTALLY_NAMES_H
#define LEAKTALLY_NAMES_H

#include <string.h>

#include "wide.h"

#define MAX_HAN 4 /* characters of a name without dots: a surname of two, and two */
#define AHEAD 12

/* Classes of bytes: digits, letters and signs but those of one class with what parts names; white space and that class;
 * first bytes of dots, wide spaces, wide signs and the sign for zero; bytes beyond ASCII. Without any of these, only two
 * to four characters of up to four bytes each, and nothing else, can be a name. */
enum { KIND_NEVER = 0x037F, KIND_SIGN = 0x1C80, KIND_MARK = 0x4000, KIND_HIGH = 0x8000 };

static inline void fetch(const uint8_t *p) {
#ifdef __GNUC__
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

/* Does a cell of more than 16 bytes, of which the profile shows no KIND_MARK, begin with more than a name without dots
 * may have, so that it is none, nor several? These 17 bytes would hold a space or a sign of one byte. */
static inline int opens_long(const uint8_t *p, uint16_t kind) {
    uint64_t low, high;
    if (kind & KIND_MARK) return 0;
    memcpy(&low, p, 8);
    memcpy(&high, p + 8, 8);
    return (low & high & UINT64_C(0x8080808080808080)) == UINT64_C(0x8080808080808080) && p[16] & 0x80;
}

static int64_t may_be_names_each(const int32_t *start, const int32_t *end, const uint16_t *kinds, int64_t i,
                                 int64_t count, int64_t size, int32_t *chosen, int64_t some) {
    for (; i < count; i++) {
        int32_t length = end[i] - start[i];
        if (start[i] < 0 || length < 0 || end[i] > size) return -1;
        chosen[some] = (int32_t)i;
        if (!kinds) {
            some++;
        } else {
            int plain = length > 4 * MAX_HAN && !(kinds[i] & (KIND_SIGN | KIND_MARK));
            some += (kinds[i] & (KIND_NEVER | KIND_HIGH)) == KIND_HIGH && !plain;
        }
    }
    return some;
}

#ifdef HAS_WIDE
VECTOR static int64_t may_be_names_wide(const int32_t *start, const int32_t *end, const uint16_t *kinds, int64_t count,
                                      int64_t size, int32_t *chosen) {
    const __m256i never = _mm256_set1_epi16(KIND_NEVER), high = _mm256_set1_epi16((short)KIND_HIGH);
    const __m256i more = _mm256_set1_epi16(KIND_SIGN | KIND_MARK);
    const __m512i most = _mm512_set1_epi32((int)size), longest = _mm512_set1_epi32(4 * MAX_HAN);
    const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    int64_t i = 0, some = 0;
    for (; i + 16 <= count; i += 16) {
        __m512i from = _mm512_loadu_si512(start + i), to = _mm512_loadu_si512(end + i);
        __m256i kind = _mm256_loadu_si256((const __m256i *)(kinds + i));
        __mmask16 good = _mm256_testn_epi16_mask(kind, never) & _mm256_test_epi16_mask(kind, high);
        /* As unsigned numbers: 0 <= start <= end <= size. */
        if ((_mm512_cmple_epu32_mask(from, to) & _mm512_cmple_epu32_mask(to, most)) != 0xFFFF) return -1;
        if (!good) continue;
        good &= _mm256_test_epi16_mask(kind, more) | _mm512_cmple_epi32_mask(_mm512_sub_epi32(to, from), longest);
        __m512i at = _mm512_add_epi32(_mm512_set1_epi32((int)i), steps);
        _mm512_storeu_si512(chosen + some, _mm512_maskz_compress_epi32(good, at));
        some += __builtin_popcount(good);
    }
    return may_be_names_each(start, end, kinds, i, count, size, chosen, some);
}
#endif

/* Ascending; ``kinds`` may be NULL: all cells. Room for 16 more than there are cells. -1: a cell outside the data. */
static int64_t may_be_names(const int32_t *start, const int32_t *end, const uint16_t *kinds, int64_t count,
                            int64_t size, int32_t *chosen, int path) {
#ifdef HAS_WIDE
    if (kinds && size <= INT32_MAX && is_wide(path)) return may_be_names_wide(start, end, kinds, count, size, chosen);
#endif
    (void)path;
    return may_be_names_each(start, end, kinds, 0, count, size, chosen, 0);
}

#endif
