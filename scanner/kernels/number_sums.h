/* Check sums of digits, calendar days: what the checks of numbers have in common. */
#ifndef LEAKTALLY_NUMBER_SUMS_H
#define LEAKTALLY_NUMBER_SUMS_H

#include "flagged.h"
#include "wide.h"

/* As scanner.model.Check; a test compares them. */
enum {
    IS_FORMAT = 1 << 0,
    IS_CHECKSUM = 1 << 1,
    IS_DATE = 1 << 2,
    IS_REGION = 1 << 3,
    IS_PREFIX = 1 << 4,
    IS_BIN = 1 << 5,
    IS_FUTURE = 1 << 16,
    IS_ABOLISHED = 1 << 17,
    IS_UNASSIGNED = 1 << 18,
    IS_LENGTH = 1 << 19,
    IS_PLACEHOLDER = 1 << 20,
    IS_RESERVED = 1 << 21
};

/* What four digits contribute to a check sum: by Luhn, by powers of 2 modulo 11 and by powers of 21 modulo 31. */
static uint8_t TENS[10000], ELEVENS[10000], THIRTY_ONES[10000];
/* By month and day (MMDD): 1 a day of every year, 2 of leap years. */
static uint8_t DAYS[10000];

static const uint64_t TEN_TO[20] = {
    1ULL, 10ULL, 100ULL, 1000ULL,
    10000ULL, 100000ULL, 1000000ULL, 10000000ULL,
    100000000ULL, 1000000000ULL, 10000000000ULL, 100000000000ULL,
    1000000000000ULL, 10000000000000ULL, 100000000000000ULL, 1000000000000000ULL,
    10000000000000000ULL, 100000000000000000ULL, 1000000000000000000ULL, 10000000000000000000ULL,
};

/* value / 10**places without a branch on ``places``: the value without its factors of two, times 2**(64 + shift) /
 * 5**places, rounded up. Both are at most places bits from full, so the rounding never shows. */
static uint64_t TENTH[20], TENTH_SHIFT[20];

static inline uint64_t without_last(uint64_t value, uint32_t places) {
#ifdef __SIZEOF_INT128__
    if (!places) return value;
    return (uint64_t)((unsigned __int128)(value >> places) * TENTH[places] >> 64) >> TENTH_SHIFT[places];
#else
    return value / TEN_TO[places];
#endif
}

static void tabulate(void) {
    static const uint8_t LAST[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int number = 0; number < 10000; number++) {
        int rest = number, two = 1, twenty_one = 1, tens = 0, elevens = 0, thirty_ones = 0;
        int month = number / 100, day = number % 100;
        for (int place = 0; place < 4; place++, rest /= 10) {
            int digit = rest % 10;
            tens += place % 2 == 0 ? digit : 2 * digit - (digit > 4 ? 9 : 0);
            elevens += digit * two;
            thirty_ones += digit * twenty_one;
            two = two * 2 % 11;
            twenty_one = twenty_one * 21 % 31;
        }
        TENS[number] = (uint8_t)tens;
        ELEVENS[number] = (uint8_t)(elevens % 11);
        THIRTY_ONES[number] = (uint8_t)(thirty_ones % 31);
        DAYS[number] = month >= 1 && month <= 12 && day >= 1 && day <= LAST[month];
    }
    DAYS[229] = 2;
#ifdef __SIZEOF_INT128__
    uint64_t fives = 1;
    for (int places = 1; places < 20; places++) {
        fives *= 5;
        TENTH_SHIFT[places] = 63 - (uint64_t)__builtin_clzll(fives);
        TENTH[places] = (uint64_t)((((unsigned __int128)1 << (64 + TENTH_SHIFT[places])) + fives - 1) / fives);
    }
#endif
}

/* The sum over groups of four digits, the last group first, of what ``sums`` says of each, weighted. */
static inline uint32_t by_fours(uint64_t value, const uint8_t *sums, int w0, int w1, int w2, int w3, int w4) {
    uint64_t high = value / 100000000, top = high / 100000000;
    uint32_t low = (uint32_t)(value - high * 100000000), middle = (uint32_t)(high - top * 100000000);
    uint32_t second = low / 10000, fourth = middle / 10000;
    return (uint32_t)(sums[low - second * 10000] * w0 + sums[second] * w1 + sums[middle - fourth * 10000] * w2 +
                      sums[fourth] * w3 + sums[top] * w4);
}

/* ISO 7064 MOD 11-2: the check value (10 is X) of 17 digits; 2 ** 4 leaves 5 modulo 11. */
static inline uint32_t mod_11_2(uint64_t body) { return (12 - by_fours(body, ELEVENS, 2, 10, 6, 8, 7) % 11) % 11; }

/* Do the digits satisfy ISO/IEC 7812-1 Annex B? */
static inline int luhn(uint64_t value) { return by_fours(value, TENS, 1, 1, 1, 1, 1) % 10 == 0; }

/* GB 32100 (MOD 31-3) of 18 digits; 21 is the inverse of 3, 3 ** 16 leaves 28, and 21 ** 4 leaves 18. */
static inline int digits_mod_31_3(uint64_t value) {
    return (value % 10 + by_fours(value / 10, THIRTY_ONES, 28, 8, 20, 19, 1)) % 31 == 0;
}

/* DATE for a day of the calendar from year ``earliest`` to ``as_of`` (YYYYMMDD), FUTURE for a later day, else 0. */
static inline uint32_t birth(uint32_t date, uint32_t year, uint32_t earliest, uint32_t as_of) {
    uint32_t day = DAYS[date - year * 10000];
    if (__builtin_expect(day == 2, 0)) day = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (day & (year >= earliest)) * (date <= as_of ? IS_DATE : IS_FUTURE);
}

#ifdef HAS_WIDE
/* Eight numbers / ten, where ten is 10**k, ``part`` its reciprocal, and the result below 10**10: doubles are off by
 * one at most. */
VECTOR static inline __m512i divided(__m512i value, __m512i ten, __m512d part) {
    __m512i guess = _mm512_cvttpd_epu64(_mm512_mul_pd(_mm512_cvtepu64_pd(value), part));
    __m512i one = _mm512_set1_epi64(1);
    __m512i rest = _mm512_sub_epi64(value, _mm512_mullo_epi64(guess, ten));
    guess = _mm512_mask_sub_epi64(guess, _mm512_movepi64_mask(rest), guess, one);
    return _mm512_mask_add_epi64(guess, _mm512_cmpge_epi64_mask(rest, ten), guess, one);
}

/* Lanes below 2**32 / 100, / 1000, / 10000: by the reciprocal, rounded up. */
#define HUNDREDTH(x) _mm512_srli_epi64(_mm512_mul_epu32(x, _mm512_set1_epi64(1374389535)), 37)
#define THOUSANDTH(x) _mm512_srli_epi64(_mm512_mul_epu32(x, _mm512_set1_epi64(274877907)), 38)
#define TEN_THOUSANDTH(x) _mm512_srli_epi64(_mm512_mul_epu32(x, _mm512_set1_epi64(3518437209U)), 45)

/* The items of a table at eight places, one by one: a gathering load takes longer and reads behind small items. */
#define EIGHT_OF(table, places)                                                                                       \
    do {                                                                                                              \
        uint64_t at[8];                                                                                               \
        _mm512_storeu_si512(at, places);                                                                              \
        return _mm512_cvtepu32_epi64(_mm256_setr_epi32((int)table[at[0]], (int)table[at[1]], (int)table[at[2]],       \
                                                       (int)table[at[3]], (int)table[at[4]], (int)table[at[5]],       \
                                                       (int)table[at[6]], (int)table[at[7]]));                        \
    } while (0)
VECTOR static inline __m512i eight_bytes(const uint8_t *table, __m512i places) { EIGHT_OF(table, places); }
VECTOR static inline __m512i eight_halves(const uint16_t *table, __m512i places) { EIGHT_OF(table, places); }
VECTOR static inline __m512i eight_words(const uint32_t *table, __m512i places) { EIGHT_OF(table, places); }

/* Where the entries of six digits lie in a table of two steps. */
VECTOR static inline __m512i places_of(const uint16_t *hundred, __m512i six) {
    __m512i four = HUNDREDTH(six), base = _mm512_set1_epi64(100);
    __m512i first = _mm512_mul_epu32(eight_halves(hundred, four), base);
    return _mm512_add_epi64(first, _mm512_sub_epi64(six, _mm512_mul_epu32(four, base)));
}

#endif

enum { EIGHT = 8 }; /* room behind results written eight at a time */

#endif
