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

/* 1 where solid_flags can tell the check sums. */
static int solid_is_fast(void) {
#ifdef FAST
    return __builtin_cpu_supports("avx2") ? 1 : 0;
#else
    return 0;
#endif
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

#endif
