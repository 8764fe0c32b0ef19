/* A cell of 10 to 19 digits and nothing else, or of 17 and an X: its value, and the check sums that it may have. */
#ifndef LEAKTALLY_SOLID_H
#define LEAKTALLY_SOLID_H

#include "lookup.h"

enum { CHECKED = 1024, LUHN_HOLDS = 2048, MOD_11_2_HOLDS = 4096, MOD_31_3_HOLDS = 8192 };
enum { MEANS_ID18 = 4, MEANS_USCC = 32, ENDS_WITH_X = 64 }; /* as in number_grammar.pxd */

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
/* Weights of the last 24 digits: those of ISO 7064 MOD 11-2 and GB 32100, as above, for all 18. */
static const int8_t BY_ELEVEN_24[24] = {0, 0, 0, 0, 0, 0, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1};
static const int8_t BY_THIRTY_ONE_24[24] = {0,  0,  0,  0,  0,  0,  1,  3, 9,  27, 19, 26,
                                            16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1};

/* The last 32 bytes up to ``length`` bytes behind ``p``, zeros in place of what is in front of it and is not read. */
WIDE static inline __m256i ending_with(const uint8_t *p, uint32_t length) {
    return _mm256_maskz_loadu_epi8(~0U << (32 - length), (const void *)((uintptr_t)p + length - 32));
}

/* Two of them. Each is read by itself: what has just been written by 32 bytes cannot be read at once by 64. */
WIDE static inline __m512i two_of(const __m256i *ends) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_load_si256(ends)), _mm256_load_si256(ends + 1), 1);
}

/* Eight numbers side by side: the last 24 digits of each, in three vectors of eight digits a number. */
typedef struct {
    __m512i of[3];
} Eight;

WIDE static inline Eight eight_from(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i first = _mm512_setr_epi64(1, 5, 9, 13, 2, 6, 10, 14), last = _mm512_setr_epi64(3, 7, 11, 15, 0, 0, 0, 0);
    __m512i half = _mm512_set1_epi8(15);
    __m512i one = _mm512_permutex2var_epi64(a, first, b), other = _mm512_permutex2var_epi64(c, first, d);
    __m512i end = _mm512_permutex2var_epi64(a, last, b), more = _mm512_permutex2var_epi64(c, last, d);
    Eight e = {{_mm512_and_si512(_mm512_shuffle_i64x2(one, other, 0x44), half),
                _mm512_and_si512(_mm512_shuffle_i64x2(one, other, 0xEE), half),
                _mm512_and_si512(_mm512_inserti64x4(end, _mm512_castsi512_si256(more), 1), half)}};
    return e;
}

/* Eight digits of each as a number. */
WIDE static inline __m512i number_of(__m512i digits) {
    __m512i fours = _mm512_madd_epi16(_mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A)),
                                      _mm512_set1_epi32(0x00010064));
    return _mm512_add_epi64(_mm512_mul_epu32(fours, _mm512_set1_epi64(10000)), _mm512_srli_epi64(fours, 32));
}

WIDE static inline __m512i values_of(const Eight *e) {
    const __m512i eight = _mm512_set1_epi64(EIGHT_DIGITS);
    __m512i head = _mm512_add_epi64(_mm512_mul_epu32(number_of(e->of[0]), eight), number_of(e->of[1]));
    return _mm512_add_epi64(_mm512_mullo_epi64(head, eight), number_of(e->of[2]));
}

WIDE static inline __m512i luhn_sums(const Eight *e) {
    const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)DOUBLED));
    __m512i sum = _mm512_setzero_si512();
    for (int i = 0; i < 3; i++)
        sum = _mm512_add_epi8(sum, _mm512_mask_shuffle_epi8(e->of[i], 0x5555555555555555ULL, table, e->of[i]));
    return _mm512_sad_epu8(sum, _mm512_setzero_si512());
}

/* Sums by the weights of 24 digits. */
WIDE static inline __m512i weighted_sums(const Eight *e, const int8_t *weights) {
    __m512i sum = _mm512_setzero_si512();
    for (int i = 0; i < 3; i++) {
        int64_t eight;
        memcpy(&eight, weights + 8 * i, 8);
        sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(e->of[i], _mm512_set1_epi64(eight)));
    }
    sum = _mm512_madd_epi16(sum, _mm512_set1_epi16(1));
    return _mm512_and_si512(_mm512_add_epi32(sum, _mm512_srli_epi64(sum, 32)), _mm512_set1_epi64(0xFFFFFFFF));
}

/* What is left of a sum divided by n, by its reciprocal in 32 bits, rounded up. */
WIDE static inline __m512i left_of(__m512i sum, uint32_t n) {
    __m512i whole = _mm512_srli_epi64(_mm512_mul_epu32(sum, _mm512_set1_epi64((int64_t)(0xFFFFFFFFU / n + 1))), 32);
    return _mm512_sub_epi64(sum, _mm512_mul_epu32(whole, _mm512_set1_epi64(n)));
}

/* CHECKED and which sums hold, of eight numbers of these lengths; X ends those of ``by_x``, which is read as an 8. */
WIDE static inline __m512i sums_of_eight(const Eight *e, __m512i length, __mmask8 by_x) {
    __m512i none = _mm512_setzero_si512(), one = _mm512_set1_epi64(1);
    __mmask8 long_enough = _mm512_cmpge_epi64_mask(length, _mm512_set1_epi64(13)); /* else there is no check sum */
    __mmask8 is_18 = _mm512_cmpeq_epi64_mask(length, _mm512_set1_epi64(18));
    __m512i flags = _mm512_maskz_set1_epi64(long_enough, CHECKED);
    if (!long_enough) return flags;
    __mmask8 holds = _mm512_mask_cmpeq_epi64_mask(long_enough & ~by_x, left_of(luhn_sums(e), 10), none);
    flags = _mm512_mask_or_epi64(flags, holds, flags, _mm512_set1_epi64(LUHN_HOLDS));
    if (!is_18) return flags;
    __m512i eleven = weighted_sums(e, BY_ELEVEN_24), last = weighted_sums(e, BY_THIRTY_ONE_24);
    eleven = _mm512_mask_add_epi64(eleven, by_x, eleven, _mm512_set1_epi64(10 - 8));
    last = _mm512_mask_add_epi64(last, by_x, last, _mm512_set1_epi64(29 - 8));
    holds = _mm512_mask_cmpeq_epi64_mask(is_18, left_of(eleven, 11), one);
    flags = _mm512_mask_or_epi64(flags, holds, flags, _mm512_set1_epi64(MOD_11_2_HOLDS));
    holds = _mm512_mask_cmpeq_epi64_mask(is_18, left_of(last, 31), none);
    return _mm512_mask_or_epi64(flags, holds, flags, _mm512_set1_epi64(MOD_31_3_HOLDS));
}
#endif

/* How solid_flags can tell the check sums: 2 all, 1 those of 16 digits and more, 0 none. */
static inline int solid_is_fast(void) {
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
    const uint64_t *words; /* packed (digits.pyx), ascending */
    int64_t word_count;
} Sought;

#define SOLID 1      /* the kinds of a cell of digits only, as kernels.profile has them */
#define UNSETTLED 255 /* what a number is that may begin with a country code */

#ifdef FAST
/* The lengths of up to eight cells. */
WIDE static inline __m256i lengths_of(const Sought *sought, __m256i cell, __mmask8 here) {
    const __m256i steps = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), none = _mm256_setzero_si256();
    int32_t first = _mm_cvtsi128_si32(_mm256_castsi256_si128(cell));
    __m256i row = _mm256_add_epi32(_mm256_set1_epi32(first), steps);
    if (_mm256_mask_cmpneq_epi32_mask(here, cell, row))
        return _mm256_sub_epi32(_mm256_mmask_i32gather_epi32(none, here, cell, sought->end, 4),
                                _mm256_mmask_i32gather_epi32(none, here, cell, sought->start, 4));
    return _mm256_sub_epi32(_mm256_maskz_loadu_epi32(here, sought->end + first),
                            _mm256_maskz_loadu_epi32(here, sought->start + first));
}

/* What the 18 characters mean that end at byte 31, where they are 17 digits, the first no 0, and an X; else 0. */
WIDE static inline uint32_t meaning_with_x(__m256i end) {
    uint32_t digits = _mm256_cmple_epu8_mask(_mm256_sub_epi8(end, _mm256_set1_epi8('0')), _mm256_set1_epi8(9));
    uint32_t zeros = _mm256_cmpeq_epi8_mask(end, _mm256_set1_epi8('0'));
    uint32_t letter = (uint32_t)_mm_extract_epi8(_mm256_extracti128_si256(end, 1), 15) & 0xDF;
    if (digits != 0x7FFFC000U || letter != 'X' || zeros & 0x4000) return 0;
    return zeros & 0x8000 ? MEANS_ID18 | ENDS_WITH_X : MEANS_ID18 | MEANS_USCC | ENDS_WITH_X;
}

/* Eight cells behind each other that are of digits only, each of a length and with a first digit that tell what it may be. */
typedef struct {
    __m256i start, length;
    __m512i meaning;
} Usual;

/* Whether the ``here`` cells from ``cell`` on are such eight. */
WIDE static inline int is_usual(const Sought *sought, __m256i cell, __mmask8 here, const uint8_t *meanings, Usual *usual) {
    const __m256i steps = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), byte = _mm256_set1_epi32(0xFF);
    int64_t first = _mm_cvtsi128_si32(_mm256_castsi256_si128(cell));
    if (here != 0xFF || first < 0 || first + 8 > sought->cells) return 0;
    __m256i start = _mm256_loadu_si256((const void *)(sought->start + first));
    __m256i end = _mm256_loadu_si256((const void *)(sought->end + first)), length = _mm256_sub_epi32(end, start), meaning;
    __m128i kinds = _mm_loadu_si128((const void *)(sought->kinds + first));
    __mmask8 odd = _mm256_cmpneq_epi32_mask(cell, _mm256_add_epi32(_mm256_set1_epi32((int)first), steps));
    odd |= _mm_cmpneq_epi16_mask(kinds, _mm_set1_epi16(SOLID)) | _mm256_movepi32_mask(start);
    odd |= _mm256_cmpgt_epi32_mask(end, _mm256_set1_epi32(sought->size < INT32_MAX ? (int)sought->size : INT32_MAX));
    odd |= _mm256_cmpgt_epu32_mask(_mm256_sub_epi32(length, _mm256_set1_epi32(10)), _mm256_set1_epi32(9));
    if (odd) return 0;
    meaning = _mm256_and_si256(_mm256_i32gather_epi32((const void *)sought->data, start, 1), _mm256_set1_epi32(15));
    meaning = _mm256_add_epi32(meaning, _mm256_slli_epi32(length, 4));
    meaning = _mm256_and_si256(_mm256_i32gather_epi32((const void *)meanings, meaning, 1), byte);
    if (_mm256_cmpeq_epi32_mask(meaning, _mm256_set1_epi32(UNSETTLED))) return 0;
    usual->start = start;
    usual->length = length;
    usual->meaning = _mm512_cvtepu32_epi64(meaning);
    return 1;
}

/* The digits of such eight; ``fetched``: as many starts of cells that are fetched ahead. */
WIDE static inline Eight usual_digits(const uint8_t *data, const Usual *usual, const int32_t *fetched) {
    int32_t start[8], length[8];
    __m512i two[4];
    _mm256_storeu_si256((void *)start, usual->start);
    _mm256_storeu_si256((void *)length, usual->length);
    for (int i = 0; i < 8; i += 2) {
        if (fetched) {
            __builtin_prefetch(data + fetched[i]);
            __builtin_prefetch(data + fetched[i + 1]);
        }
        two[i / 2] = _mm512_inserti64x4(_mm512_castsi256_si512(ending_with(data + start[i], (uint32_t)length[i])),
                                        ending_with(data + start[i + 1], (uint32_t)length[i + 1]), 1);
    }
    return eight_from(two[0], two[1], two[2], two[3]);
}

WIDE static int64_t solid_cells_wide(const Sought *sought, int64_t k, const uint8_t *meanings, Found *found) {
    const uint8_t *data = sought->data;
    const uint16_t *kinds = sought->kinds;
    const int32_t *start = sought->start, *end = sought->end, *chosen = sought->chosen;
    const __m256i steps = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    int64_t n = found->count, cells = sought->cells, size = sought->size, count = 8;
    __m512i all = _mm512_setzero_si512();
    while (count == 8 && k < sought->count && n + 8 <= found->room) {
        uint32_t by_x = 0;
        int64_t most = sought->count - k < 8 ? sought->count - k : 8;
        __mmask8 here = (__mmask8)((1U << most) - 1);
        __m256i cell = chosen ? _mm256_maskz_loadu_epi32(here, chosen + k)
                              : _mm256_add_epi32(_mm256_set1_epi32((int)k), steps);
        Usual usual;
        Eight e;
        if (is_usual(sought, cell, here, meanings, &usual)) {
            int64_t ahead = _mm_cvtsi128_si32(_mm256_castsi256_si128(cell)) + (int64_t)AHEAD;
            e = usual_digits(data, &usual, ahead + 8 <= cells ? start + ahead : NULL);
        } else {
            __m256i ends[8] __attribute__((aligned(64)));
            uint64_t meant = 0; /* a byte for each */
            for (int i = 0; i < 8; i++) ends[i] = _mm256_setzero_si256();
            for (count = 0; count < most; count++) {
                int64_t i = chosen ? chosen[k + count] : k + count;
                if ((uint64_t)i >= (uint64_t)cells) break;
                if (i + AHEAD < cells) __builtin_prefetch(data + start[i + AHEAD]);
                int64_t lo = start[i], length = end[i] - lo;
                if (lo < 0 || end[i] > size || length < 10 || length > 19) break;
                uint32_t meaning;
                if (kinds[i] == SOLID) {
                    meaning = meanings[16 * length + (data[lo] & 15)];
                    if (meaning == UNSETTLED) break;
                    ends[count] = ending_with(data + lo, (uint32_t)length);
                } else {
                    if (length != 18) break;
                    __m256i bytes = ending_with(data + lo, 18);
                    if (!(meaning = meaning_with_x(bytes))) break;
                    ends[count] = bytes;
                    by_x |= 1U << count;
                }
                meant |= (uint64_t)meaning << 8 * count;
            }
            if (!count) break;
            here = (__mmask8)((1U << count) - 1);
            usual.length = lengths_of(sought, cell, here);
            usual.meaning = _mm512_cvtepu8_epi64(_mm_cvtsi64_si128((int64_t)meant));
            e = eight_from(two_of(ends), two_of(ends + 2), two_of(ends + 4), two_of(ends + 6));
        }
        __m256i length = usual.length;
        __mmask8 kept = _mm512_test_epi64_mask(usual.meaning, usual.meaning);
        __m512i flags = _mm512_or_si512(usual.meaning, sums_of_eight(&e, _mm512_cvtepi32_epi64(length), (__mmask8)by_x));
        flags = _mm512_maskz_compress_epi64(kept, flags);
        all = _mm512_or_si512(all, flags);
        length = _mm256_maskz_compress_epi32(kept, length);
        _mm256_storeu_si256((__m256i *)(found->cell + n), _mm256_maskz_compress_epi32(kept, cell));
        _mm256_storeu_si256((__m256i *)(found->start + n), _mm256_setzero_si256());
        _mm256_storeu_si256((__m256i *)(found->end + n), length);
        _mm512_storeu_si512(found->value + n, _mm512_maskz_compress_epi64(kept, values_of(&e)));
        _mm_storel_epi64((__m128i *)(found->length + n), _mm256_cvtepi32_epi8(length));
        _mm_storeu_si128((__m128i *)(found->flags + n), _mm512_cvtepi64_epi16(flags));
        for (; by_x; by_x &= by_x - 1) { /* the value is that of the digits in front of the X */
            int64_t at = n + __builtin_popcount(kept & ((by_x & -by_x) - 1));
            found->value[at] /= 10;
        }
        n += __builtin_popcount(kept);
        k += count;
    }
    found->count = n;
    found->all |= (uint32_t)_mm512_reduce_or_epi64(all);
    return k;
}
#endif

/* Reads cells from place ``k`` on as long as they are of digits only, or of 17 and an X, and tells the place of the first
 * that is not, or that lies outside, or for which there is no room. ``meanings``: 20 * 16, what a number of that length
 * and first digit may be, and three more bytes, as they are read by fours. */
static inline int64_t solid_cells(const Sought *sought, int64_t k, const uint8_t *meanings, int fast, Found *found) {
#ifdef FAST
    if (fast == 2 && sought->kinds) return solid_cells_wide(sought, k, meanings, found);
#endif
    (void)sought, (void)meanings, (void)fast, (void)found;
    return k;
}

#endif
