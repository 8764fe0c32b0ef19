/* A cell of 10 to 19 digits and nothing else, or of 17 and an X: its value, and the check sums that it may have. */
#ifndef LEAKTALLY_SOLID_H
#define LEAKTALLY_SOLID_H

#include "lookup.h"

enum { CHECKED = 1024, LUHN_HOLDS = 2048, MOD_11_2_HOLDS = 4096, MOD_31_3_HOLDS = 8192 };

/* The first ``count`` of eight ASCII digits as a number; 1 to 8. Neighbours become pairs, pairs fours, fours eight. */
static inline uint64_t first_digits(const uint8_t *p, uint32_t count) {
    uint64_t word;
    memcpy(&word, p, 8);
    word <<= 64 - 8 * count;
    word = (word & 0x0F0F0F0F0F0F0F0FULL) * 2561 >> 8;
    word = (word & 0x00FF00FF00FF00FFULL) * 6553601 >> 16;
    return (word & 0x0000FFFF0000FFFFULL) * 42949672960001ULL >> 32;
}

#define EIGHT_DIGITS 100000000ULL
#define SIXTEEN_DIGITS 10000000000000000ULL

static inline uint64_t plain_value(const uint8_t *p, uint32_t length) {
    uint64_t low = first_digits(p + length - 8, 8);
    if (length <= 16) return first_digits(p, length - 8) * EIGHT_DIGITS + low;
    return (first_digits(p, length - 16) * EIGHT_DIGITS + first_digits(p + length - 16, 8)) * EIGHT_DIGITS + low;
}

#ifdef FAST
/* Weights of the last sixteen of 18 digits; ISO 7064 MOD 11-2 (powers of 2 from the right) and GB 32100 (of 3 from the
 * left, modulo 31, the check digit once). Each pair of products fits into 16 bits. */
static const int8_t BY_ELEVEN[16] = {10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
static const int8_t BY_THIRTY_ONE[16] = {9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1};
static const uint8_t DOUBLED[16] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};

FAST static inline uint32_t weighted(__m128i digits, const int8_t *weights) {
    __m128i sum = _mm_maddubs_epi16(digits, _mm_loadu_si128((const __m128i *)weights));
    sum = _mm_madd_epi16(sum, _mm_set1_epi16(1));
    sum = _mm_add_epi32(sum, _mm_unpackhi_epi64(sum, sum));
    return (uint32_t)_mm_cvtsi128_si32(sum) + (uint32_t)_mm_extract_epi32(sum, 1);
}

/* 17 digits and, as is known of the 18th, a letter X: their value; 0 where they are no digits or begin with 0. */
FAST static inline uint32_t solid_x_avx2(const uint8_t *p, uint64_t *value) {
    __m128i digits = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(p + 1)), _mm_set1_epi8('0'));
    __m128i sound = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    __m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A)), _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    uint32_t first = (uint32_t)p[0] - '0', found = CHECKED;
    if (_mm_movemask_epi8(sound) != 0xFFFF || first < 1 || first > 9) return 0;
    *value = first * SIXTEEN_DIGITS + (both & 0xFFFFFFFF) * EIGHT_DIGITS + (both >> 32);
    /* The weights begin with the third digit: the second is taken by hand, X counts 10 and 29. */
    uint32_t second = (uint32_t)p[1] - '0';
    __m128i rest = _mm_srli_si128(digits, 1);
    found |= (weighted(rest, BY_ELEVEN) + first * 7 + second * 9 + 10) % 11 == 1 ? MOD_11_2_HOLDS : 0;
    found |= (weighted(rest, BY_THIRTY_ONE) + first + second * 3 + 29) % 31 == 0 ? MOD_31_3_HOLDS : 0;
    return found;
}

/* 16 to 19 digits. */
FAST static inline uint32_t solid_avx2(const uint8_t *p, uint32_t length, uint64_t *value) {
    __m128i digits = _mm_and_si128(_mm_loadu_si128((const __m128i *)(p + length - 16)), _mm_set1_epi8(15));
    __m128i fours = _mm_madd_epi16(_mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A)), _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    uint32_t head = 0, found = CHECKED, tens, hundreds;
    if (length > 16) head = (uint32_t)(p[0] & 15);
    if (length > 17) head = head * 10 + (uint32_t)(p[1] & 15);
    if (length > 18) head = head * 10 + (uint32_t)(p[2] & 15);
    *value = head * SIXTEEN_DIGITS + (both & 0xFFFFFFFF) * EIGHT_DIGITS + (both >> 32);

    __m128i doubled = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)DOUBLED), digits);
    __m128i sums = _mm_sad_epu8(_mm_blendv_epi8(digits, doubled, _mm_set1_epi16(0x00FF)), _mm_setzero_si128());
    hundreds = head / 100;
    tens = head / 10 - hundreds * 10;
    uint32_t luhn = (uint32_t)_mm_cvtsi128_si32(sums) + (uint32_t)_mm_extract_epi32(sums, 2);
    luhn += head - head / 10 * 10 + DOUBLED[tens] + hundreds;
    found |= luhn % 10 == 0 ? LUHN_HOLDS : 0;
    if (length == 18) {
        uint32_t first = head / 10, second = head - first * 10;
        found |= (weighted(digits, BY_ELEVEN) + first * 7 + second * 9) % 11 == 1 ? MOD_11_2_HOLDS : 0;
        found |= (weighted(digits, BY_THIRTY_ONE) + first + second * 3) % 31 == 0 ? MOD_31_3_HOLDS : 0;
    }
    return found;
}
#endif

#ifdef FAST
/* Weights for digits that end at byte 31: those of ISO 7064 MOD 11-2 and GB 32100, as above, for all 18. */
static const int8_t ENDING_BY_ELEVEN[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 7, 9,
                                            10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
static const int8_t ENDING_BY_THIRTY_ONE[32] = {0, 0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0,  0,  0,  1,  3,
                                                9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1};
static const uint8_t PLACES[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

WIDE static inline __m256i wide_constant(const void *values) { return _mm256_loadu_si256((const __m256i *)values); }

WIDE static inline __m256i weighted_wide(__m256i digits, const int8_t *weights) {
    return _mm256_madd_epi16(_mm256_maddubs_epi16(digits, wide_constant(weights)), _mm256_set1_epi16(1));
}

/* 10 to 19 digits, moved to end at byte 31 (the zeros behind them come before them). */
WIDE static inline uint32_t solid_wide(const uint8_t *p, uint32_t length, uint64_t *value) {
    __m256i place = _mm256_add_epi8(wide_constant(PLACES), _mm256_set1_epi8((char)length));
    __m256i digits = _mm256_maskz_loadu_epi8((1U << length) - 1, p);
    digits = _mm256_and_si256(_mm256_permutexvar_epi8(place, digits), _mm256_set1_epi8(15));
    __m256i fours = _mm256_madd_epi16(_mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A)),
                                      _mm256_set1_epi32(0x00010064));
    __m256i eights = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), _mm256_set1_epi32(0x00012710));
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(_mm256_extracti128_si256(eights, 1));
    uint64_t head = (uint64_t)_mm_cvtsi128_si64(_mm256_castsi256_si128(eights)) >> 32;
    *value = head * SIXTEEN_DIGITS + (low & 0xFFFFFFFF) * EIGHT_DIGITS + (low >> 32);
    if (length < 13) return 0; /* nothing that is so short has a check sum */

    __m256i doubled = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)DOUBLED)), digits);
    __m256i sums = _mm256_sad_epu8(_mm256_mask_mov_epi8(digits, 0x55555555, doubled), _mm256_setzero_si256());
    __m128i sum = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    uint32_t luhn = (uint32_t)_mm_cvtsi128_si32(sum) + (uint32_t)_mm_extract_epi32(sum, 2);
    uint32_t found = CHECKED | (luhn % 10 == 0 ? LUHN_HOLDS : 0);
    if (length == 18) {
        __m256i both = _mm256_hadd_epi32(weighted_wide(digits, ENDING_BY_ELEVEN),
                                         weighted_wide(digits, ENDING_BY_THIRTY_ONE));
        sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
        sum = _mm_hadd_epi32(sum, sum);
        found |= (uint32_t)_mm_cvtsi128_si32(sum) % 11 == 1 ? MOD_11_2_HOLDS : 0;
        found |= (uint32_t)_mm_extract_epi32(sum, 1) % 31 == 0 ? MOD_31_3_HOLDS : 0;
    }
    return found;
}
#endif

/* How solid_flags can tell the check sums: 2 all, 1 those of 16 digits and more, 0 none. */
static int solid_is_fast(void) {
    int path = vector_path(0);
    return path == 1 ? 0 : path == 0 ? 2 : 1;
}

/* The value of 17 digits at ``p``, behind which stands an X; returns CHECKED and what holds, or 0 if it cannot tell. */
static inline uint32_t solid_x_flags(const uint8_t *p, uint64_t *value, int fast) {
#ifdef FAST
    if (fast) return solid_x_avx2(p, value);
#endif
    (void)p, (void)value, (void)fast;
    return 0;
}

/* The value of 10 to 19 digits at ``p``; returns CHECKED and what holds, or 0 where no sum was taken. */
static inline uint32_t solid_flags(const uint8_t *p, uint32_t length, uint64_t *value, int fast) {
#ifdef FAST
    if (fast && length >= 16) return solid_avx2(p, length, value);
#endif
    *value = plain_value(p, length);
    return 0;
}

/* The runs of a column; see digits.pyx. */
typedef struct {
    int32_t *cell, *start, *end;
    uint64_t *value;
    uint8_t *length;
    uint16_t *flags;
    int64_t count, room;
    uint32_t all; /* flags of any run */
} Found;

/* Cells of a column: all, or the chosen ones. */
typedef struct {
    const uint8_t *data;
    int64_t size;
    const int32_t *start, *end, *chosen;
    const uint16_t *kinds;
    int64_t cells, count;
} Sought;

#define SOLID 1      /* the kinds of a cell of digits only, as kernels.profile has them */
#define UNSETTLED 255 /* what a number is that may begin with a country code */

#ifdef FAST
WIDE static int64_t solid_cells_wide(const Sought *sought, int64_t k, const uint8_t *meanings, Found *found) {
    const uint8_t *data = sought->data;
    const int32_t *start = sought->start, *end = sought->end, *chosen = sought->chosen;
    const uint16_t *kinds = sought->kinds;
    int64_t n = found->count, last = sought->count, room = found->room;
    int32_t *restrict cell = found->cell, *restrict from = found->start, *restrict to = found->end;
    uint64_t *restrict value = found->value;
    uint8_t *restrict lengths = found->length;
    uint16_t *restrict flags = found->flags;
    uint32_t all = 0;
    for (; k < last && n < room; k++) {
        int64_t i = chosen ? chosen[k] : k;
        if (i < 0 || i >= sought->cells || kinds[i] != SOLID) break;
        if (i + AHEAD < sought->cells) __builtin_prefetch(data + start[i + AHEAD]);
        int32_t lo = start[i];
        int64_t length = (int64_t)end[i] - lo;
        if (lo < 0 || end[i] > sought->size || length < 10 || length > 19) break;
        uint32_t meaning = meanings[16 * length + (data[lo] & 15)];
        if (meaning == UNSETTLED) break;
        cell[n] = (int32_t)i;
        from[n] = 0;
        to[n] = (int32_t)length;
        lengths[n] = (uint8_t)length;
        meaning |= meaning ? solid_wide(data + lo, (uint32_t)length, value + n) : 0;
        flags[n] = (uint16_t)meaning;
        all |= meaning;
        n += meaning != 0;
    }
    found->count = n;
    found->all |= all;
    return k;
}
#endif

/* Reads cells from place ``k`` on as long as they are of digits only, and tells the place of the first that is not, or
 * that lies outside, or for which there is no room. ``meanings``: 20 * 16, what a number of that length and first digit
 * may be. */
static int64_t solid_cells(const Sought *sought, int64_t k, const uint8_t *meanings, int fast, Found *found) {
#ifdef FAST
    if (fast == 2 && sought->kinds) return solid_cells_wide(sought, k, meanings, found);
#endif
    (void)sought, (void)meanings, (void)fast, (void)found;
    return k;
}

#endif
