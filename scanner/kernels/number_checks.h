/* The checks of identity and telephone numbers: loops over the runs that kernels/digits found. */
#ifndef LEAKTALLY_NUMBER_CHECKS_H
#define LEAKTALLY_NUMBER_CHECKS_H

#include "number_sums.h"

/* Flags of runs: as number_grammar.pxd and solid.h have them; a test compares them. */
enum { RUN_MOBILE = 1, RUN_LANDLINE = 2, RUN_ID18 = 4, RUN_ID15 = 8, RUN_USCC = 32, RUN_X = 64 };
enum { SUMS_TAKEN = 1024, HOLDS_LUHN = 2048, HOLDS_11_2 = 4096, HOLDS_31_3 = 8192 };

/* Runs, and what is found among them: which, their checks and keys. */
typedef struct {
    const uint64_t *value;
    const uint8_t *length;
    const uint16_t *flags;
    int64_t count;
} Numbers;
typedef struct {
    int32_t *which;
    uint32_t *checks;
    uint64_t *key;
    int64_t count, room;
} Candidates;

static inline void add(Candidates *out, int64_t i, uint32_t checks, uint64_t key) {
    out->which[out->count] = (int32_t)i;
    out->checks[out->count] = checks;
    out->key[out->count++] = key;
}

/* A table by six leading digits in two steps, of which the second holds each different hundred once: small enough to
 * stay near the processor. */
typedef struct {
    const uint16_t *hundred; /* 10000 */
    const uint16_t *entries; /* of each hundred, one behind the other */
} Regions;

static inline uint32_t region_of(const Regions *regions, uint32_t code) {
    uint32_t hundred = code / 100;
    return regions->entries[regions->hundred[hundred] * 100U + (code - hundred * 100)];
}

/* Marks in tables by leading digits: numbers that begin so belong to another family. */
enum { FOREIGN_CODES = 900000 };
enum { REGION_YEAR = 0x3FFF, REGION_PERMIT = 0x4000, PREFIX_STATE = 3 };

/* REGION for a code that was in force in ``year`` or later; last year 0: never assigned. */
static inline uint32_t region(uint32_t last_year, uint32_t year) {
    return last_year == 0 ? IS_UNASSIGNED : year <= last_year ? IS_REGION : IS_ABOLISHED;
}

/* 18 characters; ``out``: residents, permit holders, foreigners. Branches only where they are rare: check digits,
 * days and codes of a column cannot be foreseen. Returns 0 where there is no room for so many of a rare family. */
static inline int check_identity(uint64_t value, uint32_t flags, int64_t i, const Regions *regions,
                                 const uint8_t *nations, uint32_t earliest, uint32_t as_of, Candidates *out) {
    uint32_t bits, family = 0;
    if (!(flags & RUN_ID18)) return 1;
    uint64_t ends_in_x = -(uint64_t)((flags & RUN_X) != 0);
    uint64_t body = value / 10, whole = value;
    body ^= (body ^ value) & ends_in_x;
    whole ^= (whole ^ (value * 10 + 10)) & ends_in_x; /* X counts 10 */
    uint32_t code = (uint32_t)(body / 100000000000ULL);
    uint32_t date = (uint32_t)((body - code * 100000000000ULL) / 1000), year = date / 10000;
    uint32_t entry = region_of(regions, code);
    bits = IS_FORMAT | birth(date, year, earliest, as_of) | region(entry & REGION_YEAR, year);
    if (flags & SUMS_TAKEN ? flags & HOLDS_11_2 : whole - body * 10 == mod_11_2(body)) bits |= IS_CHECKSUM;
    if (entry & REGION_PERMIT || code >= FOREIGN_CODES) {
        int known = 1;
        if (code >= FOREIGN_CODES)
            known = region_of(regions, code / 1000 % 100 * 10000) & REGION_YEAR && nations[code % 1000];
        family = code >= FOREIGN_CODES ? 2 : 1;
        bits &= ~(uint32_t)(IS_REGION | IS_UNASSIGNED | IS_ABOLISHED);
        bits |= known ? IS_REGION : IS_UNASSIGNED;
    }
    if (out[family].count == out[family].room) return 0;
    add(out + family, i, bits, body + whole); /* 17 digits * 11 + check value */
    return 1;
}

#ifdef HAS_WIDE
/* Eight numbers at once; returns 0, nothing done, where one of them needs a closer look. */
VECTOR static inline int check_eight_identities(const Numbers *in, int64_t i, const Regions *regions, uint32_t earliest,
                                              uint32_t as_of, Candidates *out) {
    __m512i flags = _mm512_cvtepu16_epi64(_mm_loadu_si128((const __m128i *)(in->flags + i)));
    __mmask8 here = _mm512_test_epi64_mask(flags, _mm512_set1_epi64(RUN_ID18));
    if (!here) return 1;
    if (_mm512_mask_testn_epi64_mask(here, flags, _mm512_set1_epi64(SUMS_TAKEN))) return 0;
    __mmask8 ends_in_x = _mm512_test_epi64_mask(flags, _mm512_set1_epi64(RUN_X));
    __m512i ten = _mm512_set1_epi64(10), many = _mm512_set1_epi64(100000000), tens = _mm512_set1_epi64(10000);
    /* 18 digits, 0 in place of an X: the first ten, then the last eight. */
    __m512i value = _mm512_maskz_loadu_epi64(here, in->value + i);
    value = _mm512_mask_mullo_epi64(value, ends_in_x, value, ten);
    __m512i first = divided(value, many, _mm512_set1_pd(1e-8));
    __m512i last = _mm512_sub_epi64(value, _mm512_mullo_epi64(first, many));
    /* 10000 is 16 * 625: the ten digits without four bits fit the reciprocal for 32 bits. */
    __m512i code = _mm512_mul_epu32(_mm512_srli_epi64(first, 4), _mm512_set1_epi64(3518437209U));
    code = _mm512_srli_epi64(code, 41);
    __m512i year = _mm512_sub_epi64(first, _mm512_mul_epu32(code, tens)), day = TEN_THOUSANDTH(last);
    __m512i entry = eight_halves(regions->entries, places_of(regions->hundred, code));
    __mmask8 odd = _mm512_cmpge_epu64_mask(code, _mm512_set1_epi64(FOREIGN_CODES));
    odd |= _mm512_test_epi64_mask(entry, _mm512_set1_epi64(REGION_PERMIT));
    odd |= _mm512_cmpeq_epi64_mask(day, _mm512_set1_epi64(229));
    if (odd & here) return 0;
    __m512i known = _mm512_and_si512(entry, _mm512_set1_epi64(REGION_YEAR));
    __m512i bits = _mm512_set1_epi64(IS_FORMAT | IS_ABOLISHED);
    bits = _mm512_mask_mov_epi64(bits, _mm512_cmple_epu64_mask(year, known), _mm512_set1_epi64(IS_FORMAT | IS_REGION));
    bits = _mm512_mask_mov_epi64(bits, _mm512_testn_epi64_mask(known, known),
                                 _mm512_set1_epi64(IS_FORMAT | IS_UNASSIGNED));
    __mmask8 sound = _mm512_test_epi64_mask(eight_bytes(DAYS, day), _mm512_set1_epi64(1));
    sound = _mm512_mask_cmpge_epu64_mask(sound, year, _mm512_set1_epi64(earliest));
    __m512i date = _mm512_add_epi64(_mm512_mul_epu32(year, tens), day);
    __mmask8 past = _mm512_cmple_epu64_mask(date, _mm512_set1_epi64(as_of));
    bits = _mm512_mask_or_epi64(bits, sound & past, bits, _mm512_set1_epi64(IS_DATE));
    bits = _mm512_mask_or_epi64(bits, sound & ~past, bits, _mm512_set1_epi64(IS_FUTURE));
    bits = _mm512_mask_or_epi64(bits, _mm512_test_epi64_mask(flags, _mm512_set1_epi64(HOLDS_11_2)), bits,
                                _mm512_set1_epi64(IS_CHECKSUM));
    /* 17 digits * 11 + the check value. */
    __m512i tenth = _mm512_srli_epi64(_mm512_mul_epu32(last, _mm512_set1_epi64(3435973837U)), 35);
    __m512i key = _mm512_add_epi64(value, _mm512_add_epi64(_mm512_mullo_epi64(first, _mm512_set1_epi64(10000000)), tenth));
    key = _mm512_mask_add_epi64(key, ends_in_x, key, ten);
    __m256i at = _mm256_add_epi32(_mm256_set1_epi32((int)i), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    _mm256_storeu_si256((__m256i *)(out->which + out->count), _mm256_maskz_compress_epi32(here, at));
    _mm256_storeu_si256((__m256i *)(out->checks + out->count),
                        _mm512_cvtepi64_epi32(_mm512_maskz_compress_epi64(here, bits)));
    _mm512_storeu_si512(out->key + out->count, _mm512_maskz_compress_epi64(here, key));
    out->count += __builtin_popcount(here);
    return 1;
}

VECTOR static int64_t check_identities_wide(const Numbers *in, const Regions *regions, const uint8_t *nations,
                                          uint32_t earliest, uint32_t as_of, Candidates *out) {
    int64_t i = 0;
    for (; i + 8 <= in->count; i += 8) {
        if (check_eight_identities(in, i, regions, earliest, as_of, out)) continue;
        for (int64_t each = i; each < i + 8; each++)
            if (!check_identity(in->value[each], in->flags[each], each, regions, nations, earliest, as_of, out)) return -1;
    }
    return i;
}
#endif

/* In each family there must be room for EIGHT more than it says, in the first for all. */
static int check_identities(const Numbers *in, const Regions *regions, const uint8_t *nations, uint32_t earliest,
                            uint32_t as_of, Candidates *out, int path) {
    int64_t i = 0;
#ifdef HAS_WIDE
    if (is_wide(path)) i = check_identities_wide(in, regions, nations, earliest, as_of, out);
    if (i < 0) return 0;
#endif
    (void)path;
    for (; i < in->count; i++)
        if (!check_identity(in->value[i], in->flags[i], i, regions, nations, earliest, as_of, out)) return 0;
    return 1;
}

/* 15 digits of the first generation, as the 18 that they became; sequence 996 to 999 marks a birth in 18xx. */
static void check_identities_15(const Numbers *in, const Regions *regions, uint32_t earliest, uint32_t as_of,
                                Candidates *out) {
    for (int64_t i = 0; i < in->count; i++) {
        uint64_t value = in->value[i];
        if (!(in->flags[i] & RUN_ID15) || value >= 900000000000000ULL) continue;
        uint32_t code = (uint32_t)(value / 1000000000), sequence = (uint32_t)(value % 1000);
        uint32_t date = (uint32_t)(value / 1000 % 1000000) + (sequence >= 996 ? 18000000 : 19000000);
        uint64_t body = code * 100000000000ULL + date * 1000ULL + sequence;
        uint32_t bits = IS_FORMAT | birth(date, date / 10000, earliest, as_of);
        uint32_t entry = region_of(regions, code);
        bits |= region(entry & REGION_YEAR, date / 10000);
        add(out, i, bits, body * 11 + mod_11_2(body));
    }
}

/* 11 digits that begin with 1, by what the table says of the first five: 1 for subscribers, 2 for others, 0 for none. */
static void check_mobiles(const Numbers *in, const uint8_t *prefixes, Candidates *out) {
    static const uint32_t SAYS[4] = {IS_FORMAT | IS_UNASSIGNED, IS_FORMAT | IS_PREFIX, IS_FORMAT | IS_RESERVED,
                                     IS_FORMAT | IS_UNASSIGNED};
    for (int64_t i = 0; i < in->count; i++) {
        if (!(in->flags[i] & RUN_MOBILE)) continue;
        uint64_t value = in->value[i];
        add(out, i, SAYS[prefixes[value / 1000000] & PREFIX_STATE], value);
    }
}

/* Area code and subscriber; ``areas``: 1 for 7-digit subscribers, 2 for 8, 3 for both, 0 for no such area. */
static void check_landlines(const Numbers *in, const uint8_t *areas, Candidates *out) {
    for (int64_t i = 0; i < in->count; i++) {
        if (!(in->flags[i] & RUN_LANDLINE)) continue;
        uint64_t value = in->value[i];
        int digits = in->length[i], first, subscriber;
        if (value < TEN_TO[digits - 1]) digits--; /* written with the leading 0 */
        first = (int)(value / TEN_TO[digits - 1]);
        subscriber = digits - (first == 1 || first == 2 ? 2 : 3);
        uint32_t area = areas[value / TEN_TO[subscriber]], bits;
        first = (int)(value / TEN_TO[subscriber - 1] % 10);
        if (subscriber != 7 && subscriber != 8) {
            bits = IS_LENGTH;
        } else {
            bits = 2 <= first && first <= 8 ? IS_FORMAT : IS_RESERVED;
        }
        if (!area) {
            bits |= IS_UNASSIGNED;
        } else {
            bits |= (subscriber == 7 && area & 1) || (subscriber == 8 && area & 2) ? IS_PREFIX : IS_LENGTH;
        }
        add(out, i, bits, value);
    }
}

/* Codes that are digits only, or of which the sum was taken: returns 1 valid, 0 not, 2 where the text must be read. A
 * run of digits has an 18th that is one, and a second that is not 0: that is asked first. */
static inline int code_holds(uint64_t value, uint32_t flags) {
    if (flags & SUMS_TAKEN) return flags & HOLDS_31_3 ? 1 : 0;
    return value && !(flags & RUN_X) ? digits_mod_31_3(value) : 2;
}

static inline int second_is_zero(uint64_t value) { return value / 10000000000000000ULL % 10 == 0; }

#endif
